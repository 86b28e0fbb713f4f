"""Names and tokens that make a create call safe to repeat: Secrets Manager and Route 53.

https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
https://docs.aws.amazon.com/Route53/latest/APIReference/API_CreateHostedZone.html
"""

import copy

from . import durations, states
from .rules import error, lock, rule, store


@rule("secretsmanager", "CreateSecret", strict=True)
def create_secret(call):
    """The same token with the same value gives the same secret."""
    token = call.get("ClientRequestToken")
    seen = call.store("secrets.tokens")
    key = (call.get("Name"), token)
    request = {k: call.get(k) for k in ("Name", "SecretString", "SecretBinary")}
    with lock:
        if token and key in seen and seen[key][0] == request:
            from moto.secretsmanager.models import secretsmanager_backends

            secrets = secretsmanager_backends[call.account][call.region].secrets
            if any(s.arn == seen[key][1]["ARN"] and s.deleted_date is None for s in secrets.values()):
                return copy.deepcopy(seen[key][1])
        reply = call.next()
        if token:
            seen[key] = (request, copy.deepcopy(reply))
        return reply


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
    states.mark(_everywhere(call), "change", _change(info["Id"]), "PENDING", durations.due("aws_route53_record", "create"))
    info["Status"] = states.state(_everywhere(call), "change", _change(info["Id"])) or "INSYNC"
    return reply


@rule("route53", "GetChange", strict=True)
def get_change(call):
    """The status is the one of now."""
    reply = call.next()
    info = reply["ChangeInfo"]
    info["Status"] = states.state(_everywhere(call), "change", _change(info["Id"])) or "INSYNC"
    return reply


def _change(name):
    return name.rpartition("/")[2]


class _everywhere:
    """Route 53 has no regions: its states are kept for the account."""

    def __init__(self, call):
        self.store = lambda name: store(call.account, "aws", name)
