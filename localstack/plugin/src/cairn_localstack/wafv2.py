"""WAFv2: which resources a web ACL protects, and the names of errors.

The sources are the pages of https://docs.aws.amazon.com/waf/latest/APIReference/ named like the operations.
"""

from moto.wafv2.exceptions import WAFV2DuplicateItemException
from moto.wafv2.models import wafv2_backends

from . import durations, states
from .rules import error, page, rule
from .settings import settings


def backend(call, arn=""):
    # Web ACLs for CloudFront live in a region of their own inside moto.
    return wafv2_backends[call.account]["aws" if ":global/" in arn else call.region]


def _duplicate(self):
    super(WAFV2DuplicateItemException, self).__init__(
        "WAFDuplicateItemException",
        "AWS WAF could not perform the operation because some resource in your request is a duplicate of an existing one.",
    )


WAFV2DuplicateItemException.__init__ = _duplicate


def _acl(call, arn):
    acl = backend(call, arn).wacls.get(arn)
    if not acl:
        raise error("WAFNonexistentItemException", "AWS WAF couldn't perform the operation because your resource "
                    "doesn't exist.")  # fmt: skip
    return acl


@rule("wafv2", "AssociateWebACL")
def associate(call):
    """A resource has one web ACL; a new association takes the place of the old one."""
    acl = _acl(call, call.get("WebACLArn"))
    arn = call.get("ResourceArn")
    if ":loadbalancer/" in arn:
        from moto.elbv2.models import elbv2_backends

        if arn not in elbv2_backends[call.account][call.region].load_balancers:
            raise error("WAFUnavailableEntityException", "AWS WAF couldn't retrieve the resource that you requested.")
    for other in backend(call).wacls.values():
        if arn in other.associated_resources:
            other.associated_resources.remove(arn)
    acl.associated_resources.append(arn)
    return {}


@rule("wafv2", "CreateWebACL", strict=True)
def create_acl(call):
    """A new web ACL takes a while to be known everywhere."""
    reply = call.next()
    states.mark(call, "acl", reply["Summary"]["ARN"], "new", durations.due("aws_wafv2_web_acl", "propagate"))
    return reply


@rule("wafv2", "AssociateWebACL", strict=True)
def associate_later(call):
    """A web ACL that is not known everywhere can't be associated yet: WAFUnavailableEntityException."""
    if "waf" in settings.lags and states.state(call, "acl", call.get("WebACLArn")):
        raise error("WAFUnavailableEntityException", "AWS WAF couldn't retrieve the resource that you requested. "
                    "Retry your request.")  # fmt: skip
    return call.next()


@rule("wafv2", "ListResourcesForWebACL")
def list_resources(call):
    """Without a type: load balancers."""
    kinds = {
        "APPLICATION_LOAD_BALANCER": ":loadbalancer/",
        "API_GATEWAY": ":/restapis/",
        "APPSYNC": ":apis/",
        "COGNITO_USER_POOL": ":userpool/",
    }
    part = kinds.get(call.get("ResourceType") or "APPLICATION_LOAD_BALANCER", "?")
    acl = _acl(call, call.get("WebACLArn"))
    return {"ResourceArns": [arn for arn in acl.associated_resources if part in arn]}


@rule("wafv2", "DeleteWebACL", strict=True)
def delete_acl(call):
    """A web ACL that protects something can't be deleted."""
    for acl in backend(call, ":global/" if call.get("Scope") == "CLOUDFRONT" else "").wacls.values():
        if acl.id == call.get("Id") and acl.associated_resources:
            raise error("WAFAssociatedItemException", "AWS WAF couldn't perform the operation because your resource "
                        "is being used by another resource or it's associated with another resource.")  # fmt: skip
    return call.next()


@rule("wafv2", "ListWebACLs")
def list_acls(call):
    """Pages of Limit."""
    request = {k: v for k, v in call.request.items() if k not in ("Limit", "NextMarker")}
    reply = call.next(request)
    reply["WebACLs"], marker = page(reply.get("WebACLs") or [], call.get("Limit"), call.get("NextMarker"))
    reply.pop("NextMarker", None)
    return {**reply, **({"NextMarker": marker} if marker else {})}


@rule("wafv2", "CreateWebACL", "UpdateWebACL", "GetWebACL")
def data_protection(call):
    """What is left out of logs is read back as the last request said it."""
    kept = call.store("data protection")
    reply = call.next()
    if call.context.operation.name == "GetWebACL":
        item = reply.get("WebACL") or {}
        if kept.get(item.get("Id")):
            item["DataProtectionConfig"] = kept[item["Id"]]
    else:
        kept[call.get("Id") or reply["Summary"]["Id"]] = call.get("DataProtectionConfig")
    return reply
