"""EventBridge Scheduler: schedules as AWS keeps them.

The sources are the pages of https://docs.aws.amazon.com/scheduler/latest/APIReference/ named API_ and the operation.
"""

from moto.scheduler.models import scheduler_backends

from .rules import error, idempotent, rule

RETRIES = {"MaximumEventAgeInSeconds": 86400, "MaximumRetryAttempts": 185}


def _group(call):
    name = call.get("GroupName") or "default"
    found = scheduler_backends[call.account][call.region].schedule_groups.get(name)
    if found is None:
        raise error("ResourceNotFoundException", f"Schedule group {name} does not exist.", 404)
    return found


def _filled(call):
    """The request with what AWS fills in."""
    target = dict(call.get("Target"))
    target["RetryPolicy"] = {**RETRIES, **(target.get("RetryPolicy") or {})}
    if "EcsParameters" in target:
        target["EcsParameters"] = {"TaskCount": 1, **target["EcsParameters"]}
    return {**call.request, "State": call.get("State") or "ENABLED", "Target": target}


def _done(call):
    """After a create or an update: when a schedule goes by itself."""
    _group(call).schedules[call.get("Name")].action_after_completion = call.get("ActionAfterCompletion") or "NONE"


@rule("scheduler", "CreateSchedule")
def create_schedule(call):
    """Defaults are filled in; the same client token gives the same schedule; its group has to be there."""

    def make():
        _group(call)
        reply = call.next(_filled(call))
        _done(call)
        return reply

    return idempotent(call, "ClientToken", make)


@rule("scheduler", "UpdateSchedule")
def update_schedule(call):
    """An update sets the whole: what is left out goes back to its default."""
    _group(call)
    reply = call.next(_filled(call))
    _done(call)
    return reply


@rule("scheduler", "CreateSchedule", "UpdateSchedule", strict=True, source="https://docs.aws.amazon.com/scheduler/latest/APIReference/API_FlexibleTimeWindow.html")
def window(call):
    """A flexible window has a length, and none is off with one: ValidationException."""
    given = call.get("FlexibleTimeWindow") or {}
    if (given.get("Mode") == "FLEXIBLE") != ("MaximumWindowInMinutes" in given):
        raise error("ValidationException", "MaximumWindowInMinutes goes with the mode FLEXIBLE, and with no other.")
    return call.next()
