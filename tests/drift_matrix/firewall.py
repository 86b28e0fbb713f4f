"""Web ACLs, their logs, and Shield.

Each argument of a web ACL is changed where it first stands in what the API has of it; the API's model says what values it
may have."""

import boto3

from .matrix import ARGUMENTS, Case, case, tagging

MAIN, BLOCKING, GLOBAL = "aws_wafv2_web_acl.main", "aws_wafv2_web_acl.blocking", "aws_wafv2_web_acl.global"
LOGGING = "aws_wafv2_web_acl_logging_configuration.main"
KEPT = ["DefaultAction", "Description", "Rules", "VisibilityConfig", "DataProtectionConfig", "CustomResponseBodies", "CaptchaConfig"]
KEPT += ["ChallengeConfig", "TokenDomains", "AssociationConfig"]

#: What stands in the place of a block without anything inside, when it is changed.
INSTEAD = {
    "All": ("IncludedCookies", ["by-hand"]),
    "AllQueryArguments": ("Method", {}),
    "Count": ("None", {}),
    "ForwardedIP": ("IP", {}),
    "HTTPMethod": ("IP", {}),
    "IP": ("HTTPMethod", {}),
    "Method": ("QueryString", {}),
    "None": ("Count", {}),
    "QueryString": ("Method", {}),
    "UriPath": ("Method", {}),
}

#: What is on where the API leaves it out.
ON = ("EnableMachineLearning",)


def prepare(aws):
    """The account has Shield Advanced."""
    aws.client("shield").create_subscription()


def edited(value, shape):
    """Another value that the API takes."""
    if shape.type_name == "list":
        return [*value, edited(value[0], shape.member)]
    if shape.type_name == "boolean":
        return not value
    if shape.type_name in ("integer", "long"):
        return value + 1
    if shape.type_name == "blob":
        return value + b"-by-hand"
    return next(v for v in shape.enum if v != value) if shape.enum else f"{value}-by-hand"


def plain(name):
    return name.replace("_", "").lower()


def edit(data, shape, path):
    """Changes the first that stands at a path of arguments; gives whether there is one."""
    if isinstance(data, list):
        return any(edit(one, shape.member, path) for one in data)
    if path == ["identifiers"]:
        path = ["identifier"]
    if not isinstance(data, dict):
        return False
    name, *rest = path
    for key in data:
        if plain(key) not in (plain(name), plain(name) + "s", plain(name).removesuffix("y") + "ies"):
            continue
        inner = shape.value if shape.type_name == "map" else shape.members[key]
        if rest:
            return edit(data[key], inner, rest)
        if data[key] == {}:
            instead, value = INSTEAD[key]
            del data[key]
            data[instead] = value
        else:
            data[key] = edited(data[key], inner)
        return True
    # What is off, the API leaves out.
    left_out = [key for key, inner in shape.members.items() if plain(key) == plain(name) and inner.type_name == "boolean"]
    data |= {key: key not in ON for key in left_out}
    return bool(left_out)


def acl(change):
    """A change of what the API has of a web ACL."""

    def at(aws, values):
        waf = aws.client("wafv2")
        name = {"Name": values["name"], "Scope": values["scope"], "Id": values["id"]}
        whole = waf.get_web_acl(**name)
        data = {k: whole["WebACL"][k] for k in KEPT if whole["WebACL"].get(k)}
        assert change(data) is not False, "it does not stand in the web ACL"
        waf.update_web_acl(**name, LockToken=whole["LockToken"], **data)

    return at


def shape():
    return boto3.client("wafv2", region_name="us-east-1").meta.service_model.shape_for("UpdateWebACLRequest")


def argument(address, path):
    return Case(address, (path,), acl(lambda data: edit(data, shape(), path.split("."))))


def response_body(change):
    """A case of the bodies of responses, which the API has by their keys."""
    return acl(lambda data: change(data["CustomResponseBodies"]))


def log(change):
    def at(aws, values):
        waf = aws.client("wafv2")
        data = waf.get_logging_configuration(ResourceArn=values["resource_arn"])["LoggingConfiguration"]
        change(data)
        waf.put_logging_configuration(LoggingConfiguration=data)

    return at


def redacted(kind):
    """One field more is left out of the logs: drift names its block."""
    return Case(LOGGING, (f"redacted_fields.{kind}",), log(lambda d: d["RedactedFields"].append({camel(kind): {}})), ("redacted_fields",))


def camel(kind):
    return "".join(part.capitalize() for part in kind.split("_"))


def first_filter(data):
    return data["LoggingFilter"]["Filters"][0]


@case(LOGGING, "log_destination_configs")
def other_destination(aws, values):
    [group] = aws.client("logs").describe_log_groups(logGroupNamePrefix="aws-waf-logs-1")["logGroups"]
    log(lambda data: data.update(LogDestinationConfigs=[group["arn"].removesuffix(":*")]))(aws, values)


#: What is changed in another way, and what stands in another web ACL.
OF_OWN = ("name", "name_prefix", "scope", "tags")
OF_OTHERS = {"default_action.block.": BLOCKING, "association_config.request_body.cloudfront.": GLOBAL}

CASES = [
    tagging(MAIN, lambda aws, v, key, value: aws.client("wafv2").tag_resource(ResourceARN=v["arn"], Tags=[{"Key": key, "Value": value}])),
    tagging(
        "aws_shield_protection.main",
        lambda aws, v, key, value: aws.client("shield").tag_resource(ResourceARN=v["arn"], Tags=[{"Key": key, "Value": value}]),
    ),
    *(
        argument(next((address for start, address in OF_OTHERS.items() if path.startswith(start)), MAIN), path)
        for path, fact in ARGUMENTS["aws_wafv2_web_acl"].items()
        if path not in OF_OWN and not path.startswith("custom_response_body.") and "unseen" not in fact
    ),
    Case(BLOCKING, ("custom_response_body.content",), response_body(lambda bodies: bodies["other"].update(Content="by hand"))),
    Case(BLOCKING, ("custom_response_body.content_type",), response_body(lambda bodies: bodies["other"].update(ContentType="TEXT_HTML"))),
    Case(BLOCKING, ("custom_response_body.key",), response_body(lambda bodies: bodies.update(renamed=bodies.pop("other")))),
    other_destination,
    case(LOGGING, "logging_filter.default_behavior")(log(lambda data: data["LoggingFilter"].update(DefaultBehavior="DROP"))),
    case(LOGGING, "logging_filter.filter.behavior")(log(lambda data: first_filter(data).update(Behavior="KEEP"))),
    case(LOGGING, "logging_filter.filter.requirement")(log(lambda data: first_filter(data).update(Requirement="MEETS_ANY"))),
    case(LOGGING, "logging_filter.filter.condition.action_condition.action")(
        log(lambda data: [c["ActionCondition"].update(Action="BLOCK") for c in first_filter(data)["Conditions"] if "ActionCondition" in c])
    ),
    case(LOGGING, "logging_filter.filter.condition.label_name_condition.label_name")(
        log(lambda data: [c["LabelNameCondition"].update(LabelName="other:label") for c in first_filter(data)["Conditions"] if "LabelNameCondition" in c])
    ),
    case(LOGGING, "redacted_fields.single_header.name")(
        log(lambda data: [f["SingleHeader"].update(Name="other") for f in data["RedactedFields"] if "SingleHeader" in f])
    ),
    *(redacted(kind) for kind in ("method", "query_string", "uri_path")),
]
