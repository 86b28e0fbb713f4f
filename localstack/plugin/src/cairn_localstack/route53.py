"""Route 53: references that can be used once, and changes that take time."""

from . import durations, states
from .rules import Everywhere, error, rule


@rule("route53", "CreateHostedZone", strict=True)
def create_zone(call):
    """A caller reference can be used once."""
    seen = call.store("route53.references")
    reference = call.get("CallerReference")
    if reference in seen:
        raise error("HostedZoneAlreadyExists", "A hosted zone has already been created with the specified caller "
                    f"reference: {reference}", 409)  # fmt: skip
    reply = call.next()
    seen[reference] = True
    return reply


@rule("route53", "ChangeResourceRecordSets", "CreateHostedZone", "DeleteHostedZone", strict=True)
def change(call):
    """A change is pending until all name servers have it (ChangeInfo data type)."""
    reply = call.next()
    info = reply["ChangeInfo"]
    states.mark(Everywhere(call), "change", _change(info["Id"]), "PENDING", durations.due("aws_route53_record", "create"))
    info["Status"] = states.state(Everywhere(call), "change", _change(info["Id"])) or "INSYNC"
    return reply


@rule("route53", "GetChange", strict=True)
def get_change(call):
    """The status is the one of now."""
    reply = call.next()
    info = reply["ChangeInfo"]
    info["Status"] = states.state(Everywhere(call), "change", _change(info["Id"])) or "INSYNC"
    return reply


def _change(name):
    return name.rpartition("/")[2]
