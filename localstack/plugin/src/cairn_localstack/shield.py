"""Shield Advanced: an account is taken to be subscribed, since a subscription binds for a year.

The sources are the pages of https://docs.aws.amazon.com/waf/latest/DDOSAPIReference/ named like the operations.
"""

import time

from moto.shield.models import Subscription, shield_backends

from .rules import rule


def backend(call):
    backends = shield_backends[call.account]
    return backends["aws"] if "aws" in backends else backends[call.region]


@rule("shield", "GetSubscriptionState")
def state(call):
    return {"SubscriptionState": "ACTIVE"}


@rule("shield", "DescribeSubscription")
def subscription(call):
    shield = backend(call)
    if shield.subscription is None:
        shield.subscription = Subscription(account_id=call.account)
    answer = shield.subscription.to_dict()
    answer["StartTime"] = answer["EndTime"] = time.time()
    answer["EndTime"] += 31536000
    return {"Subscription": answer}


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
