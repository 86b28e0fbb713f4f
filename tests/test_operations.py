"""Log groups, alarms, dashboards, topics, parameters and documents: every argument, changed by configuration and by hand."""

import json

PROVIDER = 'provider "aws" {\n  region = "us-east-1"\n}\n'


def write(folder, text):
    (folder / "main.tf").write_text(PROVIDER + text)


def through(world, folder, *texts):
    """Applies one text after the other."""
    where = folder(PROVIDER + texts[0])
    for text in texts:
        write(where, text)
        world.apply(where)
    return where


def emptied(world, where, count):
    """Takes every block away, and insists that nothing is left."""
    write(where, "")
    assert f"{count} destroyed" in world.apply(where)
    assert world.marked() == []
    assert world.client("ssm").describe_parameters()["Parameters"] == []


def test_log_groups(world, folder):
    group = """
resource "aws_cloudwatch_log_group" "main" {
  for_each          = toset(["a", "b"])
  name              = "/moodle/${each.key}"
  %s
}

resource "aws_cloudwatch_log_group" "made_up" {
  name_prefix = "made-up-"
  kms_key_id  = "KEY"
}
"""
    key = world.client("kms").create_key()["KeyMetadata"]["Arn"]
    group = group.replace("KEY", key)
    where = through(world, folder, group % "", group % "retention_in_days = 30", group % 'tags = { A = "b" }', group % "retention_in_days = 7")
    logs = world.client("logs")
    logs.put_retention_policy(logGroupName="/moodle/a", retentionInDays=1)
    arn = logs.describe_log_groups(logGroupNamePrefix="/moodle/b")["logGroups"][0]["logGroupArn"]
    logs.tag_resource(resourceArn=arn, tags={"By": "hand"})
    drift = world.cairn(where, "drift", exit=2)
    assert 'main["a"]' in drift and 'main["b"]' in drift and "2 changed, 0 missing, 0 stray" in drift, drift
    world.apply(where)
    logs.delete_log_group(logGroupName="/moodle/b")
    assert "1 added" in world.apply(where)
    emptied(world, where, 3)


def test_a_log_group_that_a_service_made_first_is_refused(world, folder):
    world.client("logs").create_log_group(logGroupName="/aws/rds/x")
    where = folder(PROVIDER + 'resource "aws_cloudwatch_log_group" "x" {\n  name = "/aws/rds/x"\n}\n')
    assert "/aws/rds/x" in world.cairn(where, "plan", exit=1)


ALARMS = """
resource "aws_sns_topic" "alarms" {
  name = "alarms"
}

resource "aws_cloudwatch_metric_alarm" "plain" {
  alarm_name          = "plain"
  comparison_operator = "%(operator)s"
  evaluation_periods  = %(periods)s
  metric_name         = "RequestCount"
  namespace           = "AWS/ApplicationELB"
  period              = 60
  statistic           = "%(statistic)s"
  threshold           = %(threshold)s
  alarm_actions       = aws_sns_topic.alarms[*].arn
  ok_actions          = aws_sns_topic.alarms[*].arn
  dimensions          = { LoadBalancer = "app/x/1" }
  %(more)s
}

resource "aws_cloudwatch_metric_alarm" "latency" {
  alarm_name                            = "latency"
  comparison_operator                   = "GreaterThanThreshold"
  evaluation_periods                    = 5
  metric_name                           = "TargetResponseTime"
  namespace                             = "AWS/ApplicationELB"
  period                                = 60
  extended_statistic                    = "p95"
  threshold                             = 0.05
  evaluate_low_sample_count_percentiles = "ignore"
}

resource "aws_cloudwatch_metric_alarm" "rate" {
  alarm_name          = "rate"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 1
  evaluation_periods  = 3
  treat_missing_data  = "notBreaching"

  metric_query {
    id          = "rate"
    label       = "Errors in percent"
    expression  = "100 * errors / requests"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = { errors = "HTTPCode_Target_5XX_Count", requests = "RequestCount" }

    content {
      id = metric_query.key

      metric {
        namespace   = "AWS/ApplicationELB"
        metric_name = metric_query.value
        stat        = "Sum"
        period      = %(query_period)s
        dimensions  = { LoadBalancer = "app/x/1" }
      }
    }
  }
}

resource "aws_cloudwatch_dashboard" "main" {
  dashboard_name = "main"
  dashboard_body = jsonencode({ widgets = [{ type = "text", x = 0, y = 0, width = %(width)s, height = 3, properties = { markdown = "hello" } }] })
}
"""


def alarms(operator="GreaterThanThreshold", periods=2, statistic="Sum", threshold=10, more="", query_period=60, width=6):
    return ALARMS % locals()


def test_alarms_and_dashboards(world, folder):
    where = through(
        world,
        folder,
        alarms(),
        alarms(operator="LessThanThreshold", periods=3, statistic="Average", threshold=1.5),
        alarms(more='alarm_description = "why"\n  unit = "Count"\n  datapoints_to_alarm = 1\n  treat_missing_data = "breaching"'),
        alarms(more='actions_enabled = false\n  insufficient_data_actions = aws_sns_topic.alarms[*].arn\n  tags = { A = "b" }'),
        alarms(query_period=300),
        alarms(width=12),
    )
    watch = world.client("cloudwatch")
    watch.put_metric_alarm(
        AlarmName="latency", MetricName="TargetResponseTime", Namespace="AWS/ApplicationELB", Period=60, ExtendedStatistic="p99",
        EvaluationPeriods=5, Threshold=0.05, ComparisonOperator="GreaterThanThreshold", EvaluateLowSampleCountPercentile="ignore",
    )  # fmt: skip
    watch.delete_alarms(AlarmNames=["plain"])
    watch.put_dashboard(DashboardName="main", DashboardBody=json.dumps({"widgets": []}))
    drift = world.cairn(where, "drift", exit=2)
    assert "2 changed, 1 missing, 0 stray" in drift and "latency" in drift and "dashboard.main" in drift, drift
    world.apply(where)
    emptied(world, where, 5)
    assert watch.list_dashboards()["DashboardEntries"] == []
    assert watch.describe_alarms()["MetricAlarms"] == []


def test_somebody_elses_names_are_refused(world, folder):
    watch = world.client("cloudwatch")
    watch.put_dashboard(DashboardName="main", DashboardBody=json.dumps({"widgets": []}))
    watch.put_metric_alarm(AlarmName="plain", MetricName="x", Namespace="x", Period=60, Statistic="Sum", EvaluationPeriods=1, Threshold=1, ComparisonOperator="LessThanThreshold")
    world.client("sns").create_topic(Name="alarms")
    world.client("ssm").put_parameter(Name="/moodle/x", Value="theirs", Type="String")
    content = json.dumps({"schemaVersion": "1.0", "sessionType": "Standard_Stream", "inputs": {}})
    world.client("ssm").create_document(Name="SSM-SessionManagerRunShell", Content=content, DocumentType="Session")
    more = """
resource "aws_ssm_parameter" "x" {
  name  = "/moodle/x"
  type  = "String"
  value = "ours"
}

resource "aws_ssm_document" "x" {
  name          = "SSM-SessionManagerRunShell"
  document_type = "Session"
  content       = jsonencode({ schemaVersion = "1.0", sessionType = "Standard_Stream", inputs = {} })
}
"""
    where = folder(PROVIDER + alarms() + more)
    printed = world.cairn(where, "plan", exit=1)
    for name in ["aws_cloudwatch_dashboard.main", "aws_cloudwatch_metric_alarm.plain", "aws_sns_topic.alarms", "aws_ssm_parameter.x", "aws_ssm_document.x"]:
        assert name in printed, f"{name}\n{printed}"


TOPIC = """
resource "aws_sns_topic" "main" {
  name = "main"
  %s
}

resource "aws_sns_topic" "fifo" {
  name_prefix                 = "fifo-"
  fifo_topic                  = true
  content_based_deduplication = true
}

resource "aws_sns_topic_subscription" "email" {
  for_each  = toset(["a@example.org", "b@example.org"])
  topic_arn = aws_sns_topic.main.arn
  protocol  = "email"
  endpoint  = each.key
}

resource "aws_sns_topic_subscription" "queue" {
  topic_arn = aws_sns_topic.main.arn
  protocol  = "sqs"
  endpoint  = "QUEUE"
  %s
}
"""


def test_topics(world, folder):
    queues = world.client("sqs")
    url = queues.create_queue(QueueName="q")["QueueUrl"]
    queue = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    role = f"arn:aws:iam::{world.account}:role/feedback"
    policy = 'jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { Service = "cloudwatch.amazonaws.com" }, Action = "sns:Publish", Resource = "*" }] })'
    retry = "jsonencode({ http = { defaultHealthyRetryPolicy = { minDelayTarget = 20, maxDelayTarget = 20, numRetries = 5 } } })"
    text = TOPIC.replace("QUEUE", queue)
    where = through(
        world,
        folder,
        text % ("", ""),
        text % ('display_name = "Main"\n  kms_master_key_id = "alias/aws/sns"', "raw_message_delivery = true"),
        text % (f"policy = {policy}", 'filter_policy = jsonencode({ kind = ["a"] })'),
        text % (f"policy = {policy}\n  delivery_policy = {retry}", 'filter_policy = jsonencode({ kind = ["b"] })\n  filter_policy_scope = "MessageBody"'),
        text % (f'policy = {policy}\n  signature_version = 2\n  tracing_config = "Active"\n  sqs_success_feedback_sample_rate = 10\n  sqs_success_feedback_role_arn = "{role}"', f'redrive_policy = jsonencode({{ deadLetterTargetArn = "{queue}" }})'),
        text % (f'policy = {policy}\n  tags = {{ A = "b" }}', f'redrive_policy = jsonencode({{ deadLetterTargetArn = "{queue}" }})'),
    )  # fmt: skip
    sns = world.client("sns")
    arn = next(t["TopicArn"] for t in sns.list_topics()["Topics"] if t["TopicArn"].endswith(":main"))
    sns.set_topic_attributes(TopicArn=arn, AttributeName="DisplayName", AttributeValue="by hand")
    mine = next(s for s in sns.list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"] if s["Protocol"] == "sqs")
    sns.set_subscription_attributes(SubscriptionArn=mine["SubscriptionArn"], AttributeName="RawMessageDelivery", AttributeValue="true")
    drift = world.cairn(where, "drift", exit=2)
    assert "2 changed, 0 missing, 0 stray" in drift, drift
    world.apply(where)
    sns.unsubscribe(SubscriptionArn=mine["SubscriptionArn"])
    assert "1 added" in world.apply(where)
    emptied(world, where, 5)
    assert sns.list_topics()["Topics"] == []


PARAMETERS = """
resource "aws_ssm_parameter" "plain" {
  name = "/moodle/plain"
  type = "%(kind)s"
  %(value)s = "%(text)s"
  %(more)s
}

resource "aws_ssm_parameter" "many" {
  for_each = toset([for n in range(12) : tostring(n)])
  name     = "/moodle/many/${each.key}"
  type     = "StringList"
  value    = "a,b,${each.key}"
}

resource "aws_ssm_parameter" "secret" {
  name  = "secret"
  type  = "SecureString"
  value = "%(secret)s"
}

output "plain" {
  value     = aws_ssm_parameter.plain.%(value)s
  sensitive = true
}
"""


def parameters(kind="String", value="value", text="one", more="", secret="hush-hush-1"):
    return PARAMETERS % locals()


def test_parameters(world, folder):
    where = through(
        world,
        folder,
        parameters(),
        parameters(text="two", more='description = "what for"'),
        parameters(text="three", more='allowed_pattern = "^[a-z]+$"'),
        parameters(value="insecure_value", text="four"),
        parameters(value="insecure_value", text="five", more='tags = { A = "b" }'),
        parameters(text="six", more='tier = "Advanced"\n  overwrite = true'),
        parameters(kind="SecureString", text="seven", more='tier = "Advanced"'),
        parameters(kind="String", text="eight", more='tier = "Intelligent-Tiering"', secret="hush-hush-2"),
    )
    ssm = world.client("ssm")
    ssm.put_parameter(Name="secret", Value="hush-hush-3", Type="SecureString", Overwrite=True)
    ssm.delete_parameter(Name="/moodle/many/7")
    drift = world.cairn(where, "drift", exit=2)
    assert "1 changed, 1 missing, 0 stray" in drift and "hush-hush" not in drift, drift
    printed = world.apply(where)
    assert "hush-hush" not in printed
    assert ssm.get_parameter(Name="secret", WithDecryption=True)["Parameter"]["Value"] == "hush-hush-2"
    emptied(world, where, 14)


DOCUMENTS = """
resource "aws_ssm_document" "session" {
  name            = "moodle-session"
  document_type   = "Session"
  document_format = "JSON"
  content = jsonencode({
    schemaVersion = "1.0"
    description   = "%(text)s"
    sessionType   = "Standard_Stream"
    inputs        = { idleSessionTimeout = "20", shellProfile = { linux = "exec bash -l" } }
  })
  %(more)s
}

resource "aws_ssm_document" "command" {
  name            = "moodle-command"
  document_type   = "Command"
  document_format = "YAML"
  content         = <<-END
    schemaVersion: "2.2"
    description: %(text)s
    parameters:
      mode:
        type: String
        description: what
    mainSteps:
      - action: aws:runShellScript
        name: run
        inputs:
          runCommand: ["true"]
  END
}

output "inputs" {
  value = aws_ssm_document.command.parameter[*].name
}
"""


def documents(text="first", more=""):
    return DOCUMENTS % locals()


def test_documents(world, folder):
    where = through(world, folder, documents(), documents(text="second"), documents(text="third", more='tags = { A = "b" }'), documents(text="fourth", more='version_name = "v4"'))
    assert json.loads(world.cairn(where, "output", "-json", "inputs").splitlines()[0]) == ["mode"]
    ssm = world.client("ssm")
    assert ssm.describe_document(Name="moodle-session")["Document"]["DefaultVersion"] == "4"
    ssm.update_document_default_version(Name="moodle-session", DocumentVersion="2")
    drift = world.cairn(where, "drift", exit=2)
    assert "1 changed, 0 missing, 0 stray" in drift, drift
    world.apply(where)
    emptied(world, where, 2)
