"""Elastic Load Balancing v2: settings that are read back as they were given, and that moto forgets.

The sources are https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ModifyListener.html and
API_SetSecurityGroups.html.
"""

from .elbv2 import backend
from .rules import rule

OF_LISTENER = ("AlpnPolicy", "MutualAuthentication")
ENFORCE = "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"
#: protocols that moto's ModifyListener doesn't know
OF_NETWORK = ("TLS", "UDP", "TCP_UDP")


@rule("elbv2", "CreateListener", "DescribeListeners")
def listener_settings(call):
    """What a listener asks of clients' certificates and of TLS is read back."""
    return _with_settings(call, call.next())


@rule("elbv2", "ModifyListener")
def modify_listener(call):
    """Every setting can be changed, to the protocols of network load balancers too."""
    listener = _listener(call, call.get("ListenerArn"))
    request = dict(call.request)
    protocol = request.get("Protocol")
    if protocol in OF_NETWORK:
        del request["Protocol"]
    reply = call.next(request)
    if protocol in OF_NETWORK:
        listener.protocol = protocol
        certificates = [c["CertificateArn"] for c in call.get("Certificates") or []]
        if certificates:
            listener.certificate, listener.certificates = certificates[0], certificates
        for item in reply.get("Listeners") or []:
            item["Protocol"] = protocol
    return _with_settings(call, reply)


def _listener(call, arn):
    listeners = (x for b in backend(call).load_balancers.values() for x in b.listeners.values())
    return next((x for x in listeners if x.arn == arn), None)


def _with_settings(call, reply):
    kept = call.store("listener settings")
    for item in reply.get("Listeners") or []:
        mine = kept.setdefault(item["ListenerArn"], {})
        if call.context.operation.name != "DescribeListeners":
            mine.update({k: call.get(k) for k in OF_LISTENER if call.get(k) is not None})
        item.update(mine)
    return reply


@rule("elbv2", "SetSecurityGroups")
def keep_enforcement(call):
    """Whether the groups hold for PrivateLink's traffic is kept."""
    reply = call.next()
    if call.get(ENFORCE):
        call.store("enforced groups")[call.get("LoadBalancerArn")] = reply[ENFORCE] = call.get(ENFORCE)
    return reply


@rule("elbv2", "CreateLoadBalancer", "DescribeLoadBalancers")
def enforcement(call):
    """The groups of a network load balancer hold for PrivateLink's traffic unless told otherwise."""
    reply = call.next()
    for item in reply.get("LoadBalancers") or []:
        if item.get("Type") == "network" and item.get("SecurityGroups"):
            item[ENFORCE] = call.store("enforced groups").get(item["LoadBalancerArn"], "on")
    return reply
