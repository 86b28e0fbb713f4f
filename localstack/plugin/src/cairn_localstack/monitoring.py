"""CloudWatch and CloudWatch Logs: pages, and filters that are replaced instead of doubled.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutMetricFilter.html
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html
"""

from moto.logs.models import logs_backends

from .rules import error, page, rule


@rule("cloudwatch", "GetDashboard")
def get_dashboard(call):
    """DashboardNotFoundError goes over the wire as ResourceNotFound (CloudWatch API reference, GetDashboard)."""
    try:
        return call.next()
    except Exception as failure:
        if "does not exist" in str(failure):
            raise error("ResourceNotFound", f"Dashboard {call.get('DashboardName')} does not exist", 404) from failure
        raise


@rule("cloudwatch", "DescribeAlarms")
def describe_alarms(call):
    """Pages of MaxRecords, over metric alarms first."""
    request = {k: v for k, v in call.request.items() if k not in ("MaxRecords", "NextToken")}
    reply = call.next(request)
    both = [("MetricAlarms", a) for a in reply.get("MetricAlarms") or []]
    both += [("CompositeAlarms", a) for a in reply.get("CompositeAlarms") or []]
    some, token = page(both, call.get("MaxRecords") or 50, call.get("NextToken"))
    answer = {"MetricAlarms": [], "CompositeAlarms": []}
    for key, item in some:
        answer[key].append(item)
    return {**answer, **({"NextToken": token} if token else {})}


@rule("cloudwatch", "PutMetricAlarm")
def put_alarm(call):
    """The create call takes tags; LocalStack 4 forgets them."""
    from localstack.services.cloudwatch.models import cloudwatch_stores

    store = cloudwatch_stores[call.account][call.region]
    arn = f"arn:aws:cloudwatch:{call.region}:{call.account}:alarm:{call.get('AlarmName')}"
    new = arn not in store.alarms
    reply = call.next()
    if new and call.get("Tags") and hasattr(store, "TAGS"):
        store.TAGS.tag_resource(arn, call.get("Tags"))
    return reply


@rule("logs", "PutMetricFilter")
def put_filter(call):
    """A filter with the same name in the same group is replaced."""
    filters = logs_backends[call.account][call.region].filters
    filters.metric_filters = [
        f
        for f in filters.metric_filters
        if (f["filterName"], f["logGroupName"]) != (call.get("filterName"), call.get("logGroupName"))
    ]
    return call.next()


@rule("logs", "CreateLogGroup")
def create_log_group(call):
    """A group keeps the class that it was made with."""
    reply = call.next()
    call.store("logs.classes")[call.get("logGroupName")] = call.get("logGroupClass") or "STANDARD"
    return reply


def _log_group(call):
    """The group of a call that names it by logGroupName or by an ARN in resourceIdentifier."""
    name = call.get("logGroupName") or (call.get("resourceIdentifier") or "").partition(":log-group:")[2].removesuffix(":*")
    found = logs_backends[call.account][call.region].groups.get(name)
    if not found:
        raise error("ResourceNotFoundException", "The specified log group does not exist.")
    return found


@rule("logs", "AssociateKmsKey", "DisassociateKmsKey")
def log_group_key(call):
    """A group's key can be changed and taken away later."""
    _log_group(call).kms_key_id = call.get("kmsKeyId")
    return {}


@rule("logs", "DescribeLogGroups")
def describe_log_groups(call):
    """Pages of `limit`; each group has its class and both of its ARNs."""
    request = {k: v for k, v in call.request.items() if k not in ("limit", "nextToken")}
    reply = call.next(request)
    for item in reply.get("logGroups") or []:
        item["logGroupClass"] = call.store("logs.classes").get(item["logGroupName"], "STANDARD")
        item.setdefault("logGroupArn", item["arn"].removesuffix(":*"))
    items, token = page(reply.get("logGroups") or [], call.get("limit") or 50, call.get("nextToken"))
    return {"logGroups": items, **({"nextToken": token} if token else {})}
