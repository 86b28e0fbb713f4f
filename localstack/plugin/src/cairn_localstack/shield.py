"""Shield Advanced: an account has to subscribe first, for a year; moto doesn't ask for that."""

from datetime import datetime, timedelta, timezone

from moto.shield.models import Subscription, shield_backends

from .rules import STRICT, error, rule


def backend(call):
    backends = shield_backends[call.account]
    return backends["aws"] if "aws" in backends else backends[call.region]


def _subscribed(call):
    return not STRICT or backend(call).subscription is not None


@rule("shield", "GetSubscriptionState")
def state(call):
    """An account is not subscribed until it has subscribed."""
    return {"SubscriptionState": "ACTIVE" if _subscribed(call) else "INACTIVE"}


@rule("shield", "DescribeSubscription")
def subscription(call):
    """Without a subscription: ResourceNotFoundException."""
    shield = backend(call)
    if not _subscribed(call):
        raise error("ResourceNotFoundException", "The subscription does not exist.")
    if shield.subscription is None:
        shield.subscription = Subscription(account_id=call.account)
    answer = shield.subscription.to_dict()
    began = call.store("shield").setdefault("began", datetime.now(timezone.utc))
    answer.update(StartTime=began, EndTime=began + timedelta(days=365))
    return {"Subscription": answer}


@rule("shield", "CreateProtection", strict=True)
def create_protection(call):
    """Only a subscribed account can protect anything: ResourceNotFoundException."""
    if not _subscribed(call):
        raise error("ResourceNotFoundException", "The subscription does not exist.")
    return call.next()


@rule("shield", "ListProtections")
def list_protections(call):
    """A filter that fits nothing gives an empty list."""
    filters = call.get("InclusionFilters") or {}
    found = [
        p.to_dict()
        for p in backend(call).protections.values()
        if (not filters.get("ResourceArns") or p.resource_arn in filters["ResourceArns"])
        and (not filters.get("ProtectionNames") or p.name in filters["ProtectionNames"])
        and (not filters.get("ResourceTypes") or p.resource_type in filters["ResourceTypes"])
    ]
    return {"Protections": found}
