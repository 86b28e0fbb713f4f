"""Starts LocalStack: `python -m cairn_localstack`."""

import warnings

if not hasattr(warnings, "deprecated"):
    # LocalStack uses what Python has had since 3.13.
    from typing_extensions import deprecated

    warnings.deprecated = deprecated

from localstack.runtime.main import main  # noqa: E402

main()
