"""Secrets Manager: tokens that make a create call safe to repeat, and secrets in their recovery window."""

import copy

from moto.secretsmanager.models import secretsmanager_backends

from .rules import error, lock, rule


def _secret(call):
    """The secret that a call names by its name or its ARN."""
    name = call.get("SecretId")
    return next((s for s in _secrets(call).values() if name in (s.arn, s.name)), None)


def _secrets(call):
    return secretsmanager_backends[call.account][call.region].secrets


@rule("secretsmanager", "CreateSecret", strict=True)
def create_secret(call):
    """The same token with the same value gives the same secret."""
    token = call.get("ClientRequestToken")
    seen = call.store("secrets.tokens")
    key = (call.get("Name"), token)
    request = {k: call.get(k) for k in ("Name", "SecretString", "SecretBinary")}
    with lock:
        if token and key in seen and seen[key][0] == request:
            if any(s.arn == seen[key][1]["ARN"] and s.deleted_date is None for s in _secrets(call).values()):
                return copy.deepcopy(seen[key][1])
        reply = call.next()
        if token:
            seen[key] = (request, copy.deepcopy(reply))
        return reply


@rule(
    "secretsmanager", "PutSecretValue", "UpdateSecret", "UpdateSecretVersionStage", "RotateSecret", strict=True,
    source="https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_delete-secret.html",
)  # fmt: skip
def recovering(call):
    """A secret in its recovery window can be restored, and nothing else: InvalidRequestException."""
    found = _secret(call)
    if found is not None and found.deleted_date is not None:
        raise error("InvalidRequestException", "You can't perform this operation on the secret because it was marked "
                    "for deletion.")  # fmt: skip
    return call.next()
