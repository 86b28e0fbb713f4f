"""What can be switched on and off: by the environment when the server starts, and by POST /_cairn/settings later."""

import os

#: what AWS shows late: see lag.py and the rules that ask for them
LAGS = {
    "iam": "a new role, instance profile or membership can't be used yet",
    "reads": "what was just created is not found by the next read",
    "tags": "the tag index is behind",
    "trail": "CloudTrail's event history is behind",
    "waf": "a new web ACL can't be associated yet",
}
#: what is late unless told otherwise: what many programs are not written to live with is left out
USUAL = ("iam", "tags", "trail")


def parse_lags(text):
    """The lags of a list like `iam,tags`; `all` and `none` are lists too."""
    if text in ("none", "0", ""):
        return frozenset()
    if text in ("all", "1"):
        return frozenset(LAGS)
    names = frozenset(name.strip() for name in text.split(","))
    if names - frozenset(LAGS):
        raise ValueError(f"unknown lag {', '.join(sorted(names - frozenset(LAGS)))}; there are {', '.join(sorted(LAGS))}")
    return names


class Settings:
    """Strict mode can't be changed while the server runs; the lags and the throttling can."""

    def __init__(self, environment):
        self.strict = environment.get("CAIRN_AWS_STRICT", "1") != "0"
        self.lags = parse_lags(environment.get("CAIRN_AWS_LAG", ",".join(USUAL))) if self.strict else frozenset()
        self.throttle = self.strict and environment.get("CAIRN_AWS_THROTTLE", "0") != "0"

    def change(self, values):
        """Takes `lag` (a list as in CAIRN_AWS_LAG) and `throttle` (true or false)."""
        unknown = set(values) - {"lag", "throttle"}
        if unknown:
            raise ValueError(f"unknown setting {', '.join(sorted(unknown))}")
        if "lag" in values:
            self.lags = parse_lags(values["lag"])
        if "throttle" in values:
            self.throttle = bool(values["throttle"])

    def shown(self):
        return {"strict": self.strict, "lag": ",".join(sorted(self.lags)) or "none", "throttle": self.throttle}


settings = Settings(os.environ)
