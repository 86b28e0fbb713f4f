"""Alarms, logs, topics, parameters, keys, roles and certificates."""

import datetime
import itertools
import json

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from .matrix import case, cases, lasting, tagging

ALARM, QUERY, TOPIC, FIFO = "aws_cloudwatch_metric_alarm.main", "aws_cloudwatch_metric_alarm.query", "aws_sns_topic.main", "aws_sns_topic.fifo"
IMPORTED = "aws_acm_certificate.imported"
LOGS, PARAMETER, DOCUMENT, KEY = "aws_cloudwatch_log_group.main", "aws_ssm_parameter.main", "aws_ssm_document.main", "aws_kms_key.main"
ROLE, POLICY, PROFILE = "aws_iam_role.main", "aws_iam_policy.main", "aws_iam_instance_profile.main"

SETTINGS = ["AlarmName", "AlarmDescription", "ActionsEnabled", "OKActions", "AlarmActions", "InsufficientDataActions", "MetricName", "Namespace"]
SETTINGS += ["Statistic", "ExtendedStatistic", "Dimensions", "Period", "Unit", "EvaluationPeriods", "DatapointsToAlarm", "Threshold"]
SETTINGS += ["ComparisonOperator", "TreatMissingData", "EvaluateLowSampleCountPercentile", "Metrics", "ThresholdMetricId"]
OTHER_TOPIC = "arn:aws:sns:us-east-1:123456789012:by-hand"
OTHER_ROLE = "arn:aws:iam::123456789012:role/by-hand"
WRITE = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"}]}

#: Numbers of the contents of documents.
CHANGES = itertools.count(1)
YAML = 'schemaVersion: "2.2"\ndescription: by hand\nmainSteps: []\n'


def signed(name, key, issuer, signer):
    """A certificate for a key, as PEM."""
    names = [x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, n)]) for n in (name, issuer)]
    start = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=1)
    made = x509.CertificateBuilder(names[1], names[0], key.public_key(), x509.random_serial_number(), start, start + datetime.timedelta(days=30))
    return made.sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


def prepare(aws):
    """A certificate to import, and another for the same key, each with a chain."""
    key, root = (rsa.generate_private_key(65537, 2048) for _ in range(2))
    secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    declared, aws.others = (
        {"key": secret.decode(), "body": signed("own.example.com", key, "root", root), "chain": signed("root", root, "root", root)} for _ in range(2)
    )
    return {"imported": declared}


def pair(key, value):
    return [{"Key": key, "Value": value}]


def alarm(aws, values, change):
    client = aws.client("cloudwatch")
    [found] = client.describe_alarms(AlarmNames=[values["alarm_name"]])["MetricAlarms"]
    data = {k: v for k, v in found.items() if k in SETTINGS and (v or isinstance(v, (int, float)))}
    change(data)
    client.put_metric_alarm(**data)


def query(argument, which, edit):
    """A case of a query of an alarm, by its id."""

    def at(data):
        [one] = [m for m in data["Metrics"] if m["Id"] == which]
        edit(one)

    return case(QUERY, f"metric_query.{argument}")(lambda aws, values: alarm(aws, values, at))


def topic(attribute, value):
    return lambda aws, values: aws.client("sns").set_topic_attributes(TopicArn=values["arn"], AttributeName=attribute, AttributeValue=value)


def subscription(attribute, value):
    return lambda aws, values: aws.client("sns").set_subscription_attributes(
        SubscriptionArn=values["arn"], AttributeName=attribute, AttributeValue=value
    )


def feedback(service, wire):
    """The three arguments of one kind of endpoint."""
    return [
        case(TOPIC, f"{service}_failure_feedback_role_arn")(topic(f"{wire}FailureFeedbackRoleArn", OTHER_ROLE)),
        case(TOPIC, f"{service}_success_feedback_role_arn")(topic(f"{wire}SuccessFeedbackRoleArn", OTHER_ROLE)),
        case(TOPIC, f"{service}_success_feedback_sample_rate")(topic(f"{wire}SuccessFeedbackSampleRate", "50")),
    ]


def parameter(aws, values, change):
    ssm = aws.client("ssm")
    data = {"Name": values["name"], "Type": values["type"], "Value": "declared", "Overwrite": True}
    data |= {k: v for k, v in {"Description": values["description"], "AllowedPattern": values["allowed_pattern"]}.items() if v}
    change(data)
    ssm.put_parameter(**data)


def document(aws, values, change):
    ssm = aws.client("ssm")
    data = {"Content": values["content"], "DocumentFormat": "JSON"}
    data |= {"TargetType": values["target_type"]} if values["target_type"] else {}
    change(data)
    version = ssm.update_document(Name=values["name"], DocumentVersion="$LATEST", **data)["DocumentDescription"]["DocumentVersion"]
    ssm.update_document_default_version(Name=values["name"], DocumentVersion=version)


def other_content():
    """Never twice the same: AWS makes no version with the content of another."""
    return json.dumps({"schemaVersion": "2.2", "description": f"by hand, {next(CHANGES)}", "mainSteps": []})


def other_key(aws, values):
    return aws.client("kms").create_key()["KeyMetadata"]["Arn"]


@case(LOGS, "retention_in_days")
def retention(aws, values):
    aws.client("logs").put_retention_policy(logGroupName=values["name"], retentionInDays=30)


@case(LOGS, "kms_key_id")
def log_key(aws, values):
    aws.client("logs").associate_kms_key(logGroupName=values["name"], kmsKeyId=other_key(aws, values))


@case("aws_cloudwatch_dashboard.main", "dashboard_body")
def dashboard(aws, values):
    body = json.dumps({"widgets": [{"type": "text", "width": 3, "height": 3, "properties": {"markdown": "by hand"}}]})
    aws.client("cloudwatch").put_dashboard(DashboardName="main", DashboardBody=body)


@case("aws_ssm_parameter.secret", "key_id")
def secret_key(aws, values):
    aws.client("ssm").put_parameter(Name=values["name"], Type="SecureString", Value="not-a-secret", KeyId=other_key(aws, values), Overwrite=True)


@case(PARAMETER, "tier")
def advanced(aws, values):
    aws.client("ssm").put_parameter(Name=values["name"], Value="declared", Type="String", Tier="Advanced", Overwrite=True)


@case(KEY, "description")
def key_description(aws, values):
    aws.client("kms").update_key_description(KeyId=values["key_id"], Description="By hand")


@case(KEY, "policy")
def key_policy(aws, values):
    policy = json.loads(values["policy"])
    policy["Statement"][0]["Sid"] = "ByHand"
    aws.client("kms").put_key_policy(KeyId=values["key_id"], PolicyName="default", Policy=json.dumps(policy))


@case(KEY, "enable_key_rotation", "rotation_period_in_days")
def no_rotation(aws, values):
    aws.client("kms").disable_key_rotation(KeyId=values["key_id"])


@case(KEY, "rotation_period_in_days")
def rotation_period(aws, values):
    aws.client("kms").enable_key_rotation(KeyId=values["key_id"], RotationPeriodInDays=365)


@case(KEY, "is_enabled")
def disabled(aws, values):
    aws.client("kms").disable_key(KeyId=values["key_id"])


@case("aws_kms_alias.main", "target_key_id")
def other_target(aws, values):
    """To another key of the stack's: with a foreign one the name is somebody else's, which ends a plan."""
    kms = aws.client("kms")
    marked = [k["KeyId"] for k in kms.list_keys()["Keys"] if any(t["TagKey"] == "cairn:stack" for t in kms.list_resource_tags(KeyId=k["KeyId"])["Tags"])]
    kms.update_alias(AliasName=values["name"], TargetKeyId=next(k for k in marked if k != values["target_key_id"]))


@case(ROLE, "assume_role_policy")
def trust(aws, values):
    policy = json.loads(values["assume_role_policy"])
    policy["Statement"][0]["Principal"] = {"Service": "lambda.amazonaws.com"}
    aws.client("iam").update_assume_role_policy(RoleName=values["name"], PolicyDocument=json.dumps(policy))


@case(ROLE, "description")
def role_description(aws, values):
    aws.client("iam").update_role(RoleName=values["name"], Description="By hand", MaxSessionDuration=values["max_session_duration"])


@case(ROLE, "max_session_duration")
def session(aws, values):
    aws.client("iam").update_role(RoleName=values["name"], Description=values["description"], MaxSessionDuration=7200)


@case(ROLE, "permissions_boundary")
def boundary(aws, values):
    aws.client("iam").delete_role_permissions_boundary(RoleName=values["name"])


@case(POLICY, "policy")
def policy(aws, values):
    iam = aws.client("iam")
    others = [v["VersionId"] for v in iam.list_policy_versions(PolicyArn=values["arn"])["Versions"] if not v["IsDefaultVersion"]]
    if len(others) == 4:  # AWS keeps five
        iam.delete_policy_version(PolicyArn=values["arn"], VersionId=others[-1])
    iam.create_policy_version(PolicyArn=values["arn"], PolicyDocument=json.dumps(WRITE), SetAsDefault=True)


@case("aws_iam_role_policy.main", "policy")
def inline_policy(aws, values):
    aws.client("iam").put_role_policy(RoleName=values["role"], PolicyName=values["name"], PolicyDocument=json.dumps(WRITE))


@case(PROFILE, "role")
def profile_role(aws, values):
    iam = aws.client("iam")
    iam.remove_role_from_instance_profile(InstanceProfileName=values["name"], RoleName=values["role"])
    iam.add_role_to_instance_profile(InstanceProfileName=values["name"], RoleName="main-1")


def imported(aws, values, body, chain):
    """Imports the certificate again."""
    aws.client("acm").import_certificate(CertificateArn=values["arn"], Certificate=body, CertificateChain=chain, PrivateKey=aws.others["key"])


@case(IMPORTED, "certificate_body")
def other_body(aws, values):
    imported(aws, values, aws.others["body"], values["certificate_chain"])


@case(IMPORTED, "certificate_chain")
def other_chain(aws, values):
    imported(aws, values, values["certificate_body"], aws.others["chain"])


CASES = [
    other_body,
    other_chain,
    tagging(LOGS, lambda aws, v, key, value: aws.client("logs").tag_resource(resourceArn=v["arn"], tags={key: value})),
    tagging(ALARM, lambda aws, v, key, value: aws.client("cloudwatch").tag_resource(ResourceARN=v["arn"], Tags=pair(key, value))),
    tagging(TOPIC, lambda aws, v, key, value: aws.client("sns").tag_resource(ResourceArn=v["arn"], Tags=pair(key, value))),
    tagging(
        PARAMETER, lambda aws, v, key, value: aws.client("ssm").add_tags_to_resource(ResourceType="Parameter", ResourceId=v["name"], Tags=pair(key, value))
    ),
    tagging(
        DOCUMENT, lambda aws, v, key, value: aws.client("ssm").add_tags_to_resource(ResourceType="Document", ResourceId=v["name"], Tags=pair(key, value))
    ),
    tagging(KEY, lambda aws, v, key, value: aws.client("kms").tag_resource(KeyId=v["key_id"], Tags=[{"TagKey": key, "TagValue": value}])),
    tagging(ROLE, lambda aws, v, key, value: aws.client("iam").tag_role(RoleName=v["name"], Tags=pair(key, value))),
    tagging(POLICY, lambda aws, v, key, value: aws.client("iam").tag_policy(PolicyArn=v["arn"], Tags=pair(key, value))),
    tagging(PROFILE, lambda aws, v, key, value: aws.client("iam").tag_instance_profile(InstanceProfileName=v["name"], Tags=pair(key, value))),
    tagging(
        "aws_acm_certificate.main",
        lambda aws, v, key, value: aws.client("acm").add_tags_to_certificate(CertificateArn=v["arn"], Tags=pair(key, value)),
    ),
    retention,
    log_key,
    dashboard,
    *cases(
        ALARM,
        alarm,
        {
            "alarm_description": "By hand",
            "comparison_operator": "LessThanThreshold",
            "evaluation_periods": 4,
            "datapoints_to_alarm": 1,
            "threshold": 90.0,
            "metric_name": "NetworkIn",
            "namespace": "AWS/RDS",
            "dimensions": ("Dimensions", [{"Name": "InstanceId", "Value": "i-22222222"}]),
            "period": 300,
            "statistic": "Maximum",
            "unit": "Count",
            "treat_missing_data": "breaching",
            "actions_enabled": False,
            "alarm_actions": [OTHER_TOPIC],
            "ok_actions": ("OKActions", [OTHER_TOPIC]),
            "insufficient_data_actions": [OTHER_TOPIC],
        },
    ),
    *cases(
        "aws_cloudwatch_metric_alarm.percentile",
        alarm,
        {"extended_statistic": "p99", "evaluate_low_sample_count_percentiles": ("EvaluateLowSampleCountPercentile", "ignore")},
    ),
    case(QUERY, "threshold_metric_id", "metric_query.id")(
        lambda aws, values: alarm(
            aws, values, lambda data: (data.update(ThresholdMetricId="other"), [m.update(Id="other") for m in data["Metrics"] if m["Id"] == "band"])
        )
    ),
    query("account_id", "whole", lambda m: m.update(AccountId="123456789012")),
    query("expression", "band", lambda m: m.update(Expression="ANOMALY_DETECTION_BAND(whole, 3)")),
    query("label", "band", lambda m: m.update(Label="by hand")),
    query("period", "band", lambda m: m.update(Period=300)),
    query("return_data", "band", lambda m: m.update(ReturnData=False)),
    query("metric.metric_name", "whole", lambda m: m["MetricStat"]["Metric"].update(MetricName="NetworkIn")),
    query("metric.namespace", "whole", lambda m: m["MetricStat"]["Metric"].update(Namespace="AWS/RDS")),
    query("metric.dimensions", "whole", lambda m: m["MetricStat"]["Metric"].update(Dimensions=[{"Name": "InstanceId", "Value": "i-22222222"}])),
    query("metric.period", "whole", lambda m: m["MetricStat"].update(Period=300)),
    query("metric.stat", "whole", lambda m: m["MetricStat"].update(Stat="Maximum")),
    query("metric.unit", "whole", lambda m: m["MetricStat"].update(Unit="Count")),
    *(
        case(TOPIC, argument)(topic(attribute, value))
        for argument, attribute, value in (
            ("display_name", "DisplayName", "By hand"),
            (
                "policy",
                "Policy",
                json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sns:Publish", "Resource": "*"}]}),
            ),
            (
                "delivery_policy",
                "DeliveryPolicy",
                json.dumps({"http": {"defaultHealthyRetryPolicy": {"minDelayTarget": 1, "maxDelayTarget": 2, "numRetries": 5}}}),
            ),
            ("kms_master_key_id", "KmsMasterKeyId", "alias/aws/sns"),
            ("signature_version", "SignatureVersion", "2"),
            ("tracing_config", "TracingConfig", "Active"),
        )
    ),
    *feedback("application", "Application"),
    *feedback("firehose", "Firehose"),
    *feedback("http", "HTTP"),
    *feedback("lambda", "Lambda"),
    *feedback("sqs", "SQS"),
    case(FIFO, "content_based_deduplication")(topic("ContentBasedDeduplication", "true")),
    case(FIFO, "fifo_throughput_scope")(topic("FifoThroughputScope", "MessageGroup")),
    case(FIFO, "archive_policy")(topic("ArchivePolicy", json.dumps({"MessageRetentionPeriod": "30"}))),
    *(
        case("aws_sns_topic_subscription.main", argument)(subscription(attribute, value))
        for argument, attribute, value in (
            ("delivery_policy", "DeliveryPolicy", json.dumps({"healthyRetryPolicy": {"minDelayTarget": 1, "maxDelayTarget": 2, "numRetries": 5}})),
            ("filter_policy", "FilterPolicy", json.dumps({"kind": ["by hand"]})),
            ("filter_policy_scope", "FilterPolicyScope", "MessageBody"),
            ("raw_message_delivery", "RawMessageDelivery", "true"),
            ("redrive_policy", "RedrivePolicy", json.dumps({"deadLetterTargetArn": "arn:aws:sqs:us-east-1:123456789012:dead"})),
            ("replay_policy", "ReplayPolicy", json.dumps({"PointType": "Timestamp", "StartingPoint": "2026-01-01T00:00:00.000Z"})),
            ("subscription_role_arn", "SubscriptionRoleArn", OTHER_ROLE),
        )
    ),
    *cases(
        PARAMETER,
        parameter,
        {
            "value": "by hand",
            "description": "By hand",
            "allowed_pattern": "[a-z]*",
        },
    ),
    case(PARAMETER, "type")(lambda aws, values: parameter(aws, values, lambda data: data.update(Type="StringList"))),
    case("aws_ssm_parameter.image", "data_type")(
        lambda aws, values: parameter(aws, values, lambda data: data.update(Value="ami-12345678", DataType="aws:ec2:image"))
    ),
    # AWS does not go back from it.
    lasting(advanced),
    secret_key,
    case(DOCUMENT, "content")(lambda aws, values: document(aws, values, lambda data: data.update(Content=other_content()))),
    # AWS makes no version with the same content, so these change with it.
    case(DOCUMENT, "target_type", "content")(
        lambda aws, values: document(aws, values, lambda data: data.update(Content=other_content(), TargetType="/AWS::SSM::ManagedInstance"))
    ),
    case("aws_ssm_document.named", "version_name", "content")(
        lambda aws, values: document(aws, values, lambda data: data.update(Content=other_content(), VersionName="by-hand"))
    ),
    case(DOCUMENT, "document_format", "content")(
        lambda aws, values: document(aws, values, lambda data: data.update(Content=YAML, DocumentFormat="YAML"))
    ),
    key_description,
    key_policy,
    no_rotation,
    rotation_period,
    disabled,
    other_target,
    trust,
    role_description,
    session,
    boundary,
    policy,
    inline_policy,
    profile_role,
]
