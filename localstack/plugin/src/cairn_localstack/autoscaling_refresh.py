"""Auto Scaling: instance refresh, batch by batch, with all its states.

A refresh goes on by the clock. A batch takes as long as its instances need to be in service and warm. What can go wrong
is what goes wrong in AWS: an alarm that the refresh watches rings, new instances are unhealthy (SetInstanceHealth), or they
can't be launched, as when the image is gone.
"""

import contextlib
import math
import uuid
from datetime import datetime, timezone

from . import durations
from .autoscaling import backend, group, refreshes
from .clock import clock
from .rules import error, lock, page, rule, store

ACTIVE = ("Pending", "InProgress", "Cancelling", "RollbackInProgress", "Baking")

#: a refresh that replaced nothing for so long has failed
PATIENCE = 3600


def _now():
    return datetime.now(timezone.utc)


class Refresh:
    """One run of StartInstanceRefresh."""

    def __init__(self, call, found, wanted, preferences):
        self.id = str(uuid.uuid4())
        self.group, self.wanted, self.preferences = found, wanted, preferences
        self.account, self.region = call.account, call.region
        self.status, self.reason = "Pending", None
        self.began, self.ended = _now(), None
        self.before = _template_of(found)
        self.rollback = None
        self.stalled = 0
        self.batch = []
        self.checkpoints = sorted(preferences.get("CheckpointPercentages") or [])
        self.old = self._to_replace(wanted, preferences["SkipMatching"])
        self.total = len(self.old)
        self.warmup = _warmup(call, found, preferences)

    active = property(lambda self: self.status in ACTIVE)

    def _to_replace(self, wanted, skip_matching):
        with _using(self.group, wanted):
            version = _version_of(self.group)
        states = list(self.group.instance_states)
        return [s for s in states if not skip_matching or getattr(s, "cairn_version", None) != version]

    def start(self):
        clock.at(clock.due(5), self._begin)

    def _begin(self):
        if self.status == "Pending":
            self.status = "InProgress"
            self._next_batch()
        elif self.status == "Cancelling":
            self._end("Cancelled")

    def _next_batch(self):
        """Replaces some instances, and looks at them when they should be warm."""
        with lock:
            self.old = [s for s in self.old if s in self.group.instance_states]
            if not self.old:
                self._bake()
                return
            self.batch = self._replace(self.old[: self._batch_size()])
        clock.at(clock.due(durations.seconds("aws_autoscaling_group", "create") + self.warmup), self._look)

    def _batch_size(self):
        """How many can be replaced at once without leaving the healthy percentages."""
        low = self.preferences["MinHealthyPercentage"]
        high = self.preferences.get("MaxHealthyPercentage") or 100
        size = max(len(self.group.instance_states), 1)
        if high > 100:
            return max(1, math.floor(size * (high - 100) / 100))
        return max(1, size - math.ceil(size * low / 100))

    def _replace(self, some):
        """New instances for old ones. What can't be launched leaves the old ones where they are."""
        found = self.group
        if not self._launchable():
            return []
        with _using(found, self._goal()):
            have = list(found.instance_states)
            found.replace_autoscaling_group_instances(len(some), found.get_propagated_tags())
            new = [s for s in found.instance_states if s not in have]
        found.instance_states = [s for s in found.instance_states if s not in some]
        self.old = [s for s in self.old if s not in some]
        found.autoscaling_backend.ec2_backend.terminate_instances([s.instance.id for s in some])
        found.autoscaling_backend.update_attached_target_groups(found.name)
        return new

    def _goal(self):
        return self.before if self.rollback else self.wanted

    def _launchable(self):
        with _using(self.group, self._goal()):
            image = self.group.image_id
        return image not in store(self.account, self.region, "ec2.deregistered")

    def _look(self):
        """A batch should be warm: goes on, waits, or gives up."""
        if self.status not in ACTIVE:
            return
        if self.status == "Cancelling":
            self._end("Cancelled")
            return
        if not self.rollback and self._alarmed():
            self._fail(f"A CloudWatch alarm is in the ALARM state: {self._alarmed()}.")
            return
        sick = [s for s in self.batch if s.health_status == "Unhealthy" and s in self.group.instance_states]
        if self.batch and not sick:
            self.stalled = 0
            self._after_batch()
            return
        self.stalled += durations.seconds("aws_autoscaling_group", "create") + self.warmup or 1
        if self.stalled >= PATIENCE:
            what = "The instances failed to become healthy." if sick else "The instances failed to launch."
            self._fail(what)
            return
        self.reason = "Waiting for instances to become healthy." if sick else "Waiting for instances to launch."
        self.old = [*sick, *self.old]
        self._next_batch()

    def _after_batch(self):
        self.reason = None
        percent = self._percent()
        if self.status == "InProgress" and self.old and self.checkpoints and percent >= self.checkpoints[0]:
            self.checkpoints = [c for c in self.checkpoints if c > percent]
            self.reason = "Waiting at a checkpoint."
            clock.at(clock.due(self.preferences.get("CheckpointDelay", 3600)), self._next_batch)
            return
        self._next_batch()

    def _percent(self):
        return 100 if not self.total else int(100 * (self.total - len(self.old)) / self.total)

    def _bake(self):
        """All are replaced. The refresh may go on watching its alarms for a while."""
        seconds = self.preferences.get("BakeTime") or 0
        if self.status == "InProgress" and seconds:
            self.status = "Baking"
            clock.at(clock.due(seconds), self._finish)
        else:
            self._finish()

    def _finish(self):
        if self.status not in ACTIVE:
            return
        if not self.rollback and self._alarmed():
            self._fail(f"A CloudWatch alarm is in the ALARM state: {self._alarmed()}.")
            return
        if self.status == "Cancelling":
            self._end("Cancelled")
            return
        template = (self._goal() or {}).get("LaunchTemplate")
        if template:
            self.group._set_launch_configuration(None, dict(template), None)
        self._end("RollbackSuccessful" if self.rollback else "Successful")

    def _fail(self, reason):
        if self.rollback:
            self._end("RollbackFailed", reason)
        elif self.preferences["AutoRollback"]:
            self.roll_back(reason)
        else:
            self._end("Failed", reason)

    def roll_back(self, reason):
        """Goes back to what the group was before."""
        self.status, self.reason = "RollbackInProgress", reason
        self.rollback = {"RollbackReason": reason, "RollbackStartTime": _now()}
        self.stalled, self.checkpoints = 0, []
        self.old = self._to_replace(self.before, True)
        self.total = len(self.old)
        clock.at(clock.due(5), self._next_batch)

    def cancel(self):
        self.status = "Cancelling"
        clock.at(clock.due(10), self._look)

    def _end(self, status, reason=None):
        self.status, self.reason, self.ended = status, reason or self.reason, _now()

    def _alarmed(self):
        """The first of the refresh's alarms that rings."""
        from localstack.services.cloudwatch.models import cloudwatch_stores

        wanted = (self.preferences.get("AlarmSpecification") or {}).get("Alarms") or []
        for found in cloudwatch_stores[self.account][self.region].alarms.values():
            if found.alarm["AlarmName"] in wanted and found.alarm.get("StateValue") == "ALARM":
                return found.alarm["AlarmName"]
        return None

    def shown(self):
        """As DescribeInstanceRefreshes shows it."""
        item = {
            "InstanceRefreshId": self.id,
            "AutoScalingGroupName": self.group.name,
            "Status": self.status,
            "StatusReason": self.reason,
            "StartTime": self.began,
            "EndTime": self.ended,
            "PercentageComplete": 0 if self.status == "Pending" else self._percent(),
            "InstancesToUpdate": len(self.old),
            "Preferences": self.preferences,
            "DesiredConfiguration": self.wanted,
        }
        if self.rollback:
            item["RollbackDetails"] = {
                **self.rollback,
                "PercentageCompleteOnRollback": self._percent(),
                "InstancesToUpdateOnRollback": len(self.old),
            }
        return {k: v for k, v in item.items() if v is not None}


def _template_of(found):
    template = dict(found.launch_template or {})
    template.pop("LaunchTemplateName", None)
    if template and not template.get("Version"):
        template["Version"] = "$Default"
    return {"LaunchTemplate": template} if template else None


def _version_of(found):
    template = found.ec2_launch_template
    return template and template.get_version(found.launch_template_version).number


@contextlib.contextmanager
def _using(found, wanted):
    """The group as it will be, for as long as it takes to launch from it: it changes only when a refresh ends well."""
    template = (wanted or {}).get("LaunchTemplate")
    kept = {k: getattr(found, k, None) for k in KEPT}
    if template:
        found._set_launch_configuration(None, dict(template), None)
    try:
        yield
    finally:
        for key, value in kept.items():
            setattr(found, key, value)


KEPT = ("ec2_launch_template", "launch_template_version", "provided_launch_template_version")


def _warmup(call, found, preferences):
    """The refresh's own warm-up, the group's, or its grace period."""
    group_settings = call.store("autoscaling").get(found.name, {})
    for value in (
        preferences.get("InstanceWarmup"),
        group_settings.get("DefaultInstanceWarmup"),
        found.health_check_grace_period,
    ):
        if value is not None and int(value) >= 0:
            return int(value)
    return 0


@rule("autoscaling", "StartInstanceRefresh")
def start_refresh(call):
    """One at a time; the group takes over the desired configuration when the refresh ends well."""
    found = group(call)
    with lock:
        mine = call.store("autoscaling.refreshes").setdefault(found.name, [])
        if any(r.active for r in mine):
            raise error("InstanceRefreshInProgress", "An Instance Refresh is already in progress and blocks the "
                        "execution of this Instance Refresh.")  # fmt: skip
        wanted = call.get("DesiredConfiguration")
        if wanted and wanted.get("LaunchTemplate"):
            _known_template(call, wanted["LaunchTemplate"])
        preferences = {
            "MinHealthyPercentage": 90,
            "SkipMatching": False,
            "AutoRollback": False,
            "ScaleInProtectedInstances": "Wait",
            "StandbyInstances": "Wait",
            **(call.get("Preferences") or {}),
        }
        _check(preferences, wanted)
        refresh = Refresh(call, found, wanted, preferences)
        mine.append(refresh)
        refresh.start()
    return {"InstanceRefreshId": refresh.id}


def _known_template(call, spec):
    ec2 = backend(call).ec2_backend
    name = spec.get("LaunchTemplateId") or ec2.launch_template_name_to_ids.get(spec.get("LaunchTemplateName"))
    template = ec2.launch_templates.get(name)
    if not template:
        raise error("ValidationError", "You must use a valid fully-formed launch template.")
    template.get_version(spec.get("Version") or "$Default")


def _check(preferences, wanted):
    """What RefreshPreferences doesn't allow."""
    high, low = preferences.get("MaxHealthyPercentage"), preferences["MinHealthyPercentage"]
    if preferences["AutoRollback"] and not wanted:
        raise error("ValidationError", "To use AutoRollback, a DesiredConfiguration must be specified.")
    if high is not None and not 100 <= high <= 200:
        raise error("ValidationError", "MaxHealthyPercentage must be between 100 and 200.")
    if high is not None and high - low > 100:
        raise error("ValidationError", "The difference between MaxHealthyPercentage and MinHealthyPercentage can't be "
                    "greater than 100.")  # fmt: skip


@rule("autoscaling", "DescribeInstanceRefreshes")
def describe_refreshes(call):
    """The newest first."""
    found = group(call)
    wanted = call.get("InstanceRefreshIds")
    items = [r.shown() for r in reversed(refreshes(call, found.name)) if not wanted or r.id in wanted]
    items, token = page(items, call.get("MaxRecords") or 50, call.get("NextToken"))
    return {"InstanceRefreshes": items, **({"NextToken": token} if token else {})}


def _active(call):
    found = group(call)
    for refresh in refreshes(call, found.name):
        if refresh.active:
            return refresh
    raise error("ActiveInstanceRefreshNotFound", "No in progress or pending Instance Refresh found for Auto Scaling "
                f"group {found.name}")  # fmt: skip


@rule("autoscaling", "CancelInstanceRefresh")
def cancel_refresh(call):
    """What was replaced stays replaced."""
    with lock:
        refresh = _active(call)
        refresh.cancel()
        return {"InstanceRefreshId": refresh.id}


@rule("autoscaling", "RollbackInstanceRefresh")
def rollback_refresh(call):
    """Only a refresh with a desired configuration can be rolled back, to a numbered version."""
    with lock:
        refresh = _active(call)
        before = (refresh.before or {}).get("LaunchTemplate") or {}
        if not refresh.wanted or before.get("Version") in ("$Latest", "$Default"):
            raise error("IrreversibleInstanceRefresh", "The instance refresh can't be rolled back.")
        refresh.roll_back("Started by RollbackInstanceRefresh")
        return {"InstanceRefreshId": refresh.id}


@rule("ec2", "DeregisterImage", source="https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ami-deregister.html")
def deregister(call):
    """From an image that is gone nothing can be launched any more."""
    reply = call.next()
    call.store("ec2.deregistered")[call.get("ImageId")] = True
    return reply
