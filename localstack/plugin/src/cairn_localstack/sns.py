"""SNS: attributes of subscriptions that LocalStack can't take away, or doesn't know."""

from localstack.services.sns.models import sns_stores

from .rules import rule


@rule("sns", "SetSubscriptionAttributes")
def policies(call):
    """The policies for what can't be delivered and for replays are taken away by a request without a value."""
    name = call.get("AttributeName")
    subscription = sns_stores[call.account][call.region].subscriptions.get(call.get("SubscriptionArn"))
    if subscription is None or name not in ("RedrivePolicy", "ReplayPolicy"):
        return call.next()
    if not call.get("AttributeValue"):
        subscription.pop(name, None)
    elif name == "ReplayPolicy":
        subscription[name] = call.get("AttributeValue")
    else:
        return call.next()
    return {}
