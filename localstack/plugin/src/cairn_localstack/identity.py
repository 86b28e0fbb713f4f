"""Names and tokens that make a create call safe to repeat: Secrets Manager and Route 53.

https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
https://docs.aws.amazon.com/Route53/latest/APIReference/API_CreateHostedZone.html
"""

import copy

from .rules import error, lock, rule


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
