"""Starts LocalStack: `python -m cairn_localstack`."""

import hashlib
import sys
import uuid
import warnings

if sys.version_info < (3, 12):
    # LocalStack's KMS names keys by bytes, which uuid5 takes since Python 3.12.
    _uuid5 = uuid.uuid5

    def uuid5(namespace, name):
        if isinstance(name, bytes):
            return uuid.UUID(bytes=hashlib.sha1(namespace.bytes + name).digest()[:16], version=5)
        return _uuid5(namespace, name)

    uuid.uuid5 = uuid5

if not hasattr(warnings, "deprecated"):
    # LocalStack uses what Python has had since 3.13.
    from typing_extensions import deprecated

    warnings.deprecated = deprecated

from localstack.runtime.main import main  # noqa: E402

main()
