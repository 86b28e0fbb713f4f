"""The plug-in's own pages: what it is set to, its clock, its durations, its rules."""

import json

from . import durations, policy, rules
from .clock import clock
from .settings import settings


def _answer(value, status=200):
    from localstack.http import Response

    return Response(json.dumps(value) + "\n", status=status, mimetype="application/json")


def _changing(request, change):
    """Takes a JSON object; what is wrong with it is the answer."""
    try:
        values = json.loads(request.get_data() or b"{}")
        if not isinstance(values, dict):
            raise ValueError("a JSON object is needed")
        change(values)
    except (ValueError, TypeError) as problem:
        return _answer({"error": str(problem)}, 400)
    return None


class Clock:
    """GET says what time it is in AWS's seconds; POST {"advance": 60} lets time pass at once."""

    def on_get(self, _request):
        return _answer({"factor": clock.factor, "now": clock.now()})

    def on_post(self, request):
        return _changing(request, lambda values: clock.advance(float(values.get("advance", 0)))) or self.on_get(request)


class Settings:
    """GET says what is on; POST {"lag": "all", "throttle": true} changes it."""

    def on_get(self, _request):
        return _answer(settings.shown())

    def on_post(self, request):
        return _changing(request, settings.change) or self.on_get(request)


class Policy:
    """POST {"account": ..., "documents": [...]} holds an account to policies; GET ?account=... tells what it asked for."""

    def on_get(self, request):
        return _answer(policy.asked(request.args.get("account", "")))

    def on_post(self, request):
        return _changing(request, policy.change) or _answer({})


class Durations:
    def on_get(self, _request):
        return _answer(durations.table())


class Rules:
    """Every rule with the number of calls that it has seen."""

    def on_get(self, _request):
        return _answer([{"name": r.name, "strict": r.strict, "calls": r.calls} for r in rules.RULES])


PAGES = {"clock": Clock, "settings": Settings, "durations": Durations, "policy": Policy, "rules": Rules}


def install():
    """Serves the pages under /_cairn."""
    from localstack.http import Resource
    from localstack.services.internal import get_internal_apis

    for name, page in PAGES.items():
        get_internal_apis().add(Resource(f"/_cairn/{name}", page()))
