variable "account" {
  type = string
}

variable "imported" {
  type = object({ key = string, body = string, chain = string })
}

locals {
  trust = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
  read  = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "*" }] })
}

resource "aws_cloudwatch_log_group" "main" {
  count             = 3
  name              = "/declared/${count.index}"
  retention_in_days = 7
  kms_key_id        = aws_kms_key.main[0].arn
}

resource "aws_cloudwatch_metric_alarm" "main" {
  count                     = 5
  alarm_name                = "main-${count.index}"
  alarm_description         = "As declared"
  comparison_operator       = "GreaterThanThreshold"
  evaluation_periods        = 3
  datapoints_to_alarm       = 2
  threshold                 = 80
  metric_name               = "CPUUtilization"
  namespace                 = "AWS/EC2"
  dimensions                = { InstanceId = "i-11111111" }
  period                    = 60
  statistic                 = "Average"
  unit                      = "Percent"
  treat_missing_data        = "missing"
  actions_enabled           = true
  alarm_actions             = [aws_sns_topic.main[0].arn]
  ok_actions                = [aws_sns_topic.main[0].arn]
  insufficient_data_actions = [aws_sns_topic.main[0].arn]
}

resource "aws_cloudwatch_metric_alarm" "percentile" {
  count                                 = 2
  alarm_name                            = "percentile-${count.index}"
  comparison_operator                   = "GreaterThanThreshold"
  evaluation_periods                    = 1
  threshold                             = 80
  metric_name                           = "Latency"
  namespace                             = "AWS/ELB"
  period                                = 60
  extended_statistic                    = "p90"
  evaluate_low_sample_count_percentiles = "evaluate"
}

resource "aws_cloudwatch_metric_alarm" "query" {
  count               = 6
  alarm_name          = "query-${count.index}"
  comparison_operator = "LessThanLowerOrGreaterThanUpperThreshold"
  evaluation_periods  = 2
  threshold_metric_id = "band"

  metric_query {
    id          = "band"
    expression  = "ANOMALY_DETECTION_BAND(whole)"
    label       = "declared"
    return_data = true
  }

  metric_query {
    id          = "whole"
    return_data = true

    metric {
      metric_name = "CPUUtilization"
      namespace   = "AWS/EC2"
      period      = 120
      stat        = "Average"
      unit        = "Percent"
      dimensions  = { InstanceId = "i-11111111" }
    }
  }
}

resource "aws_cloudwatch_dashboard" "main" {
  dashboard_name = "main"
  dashboard_body = jsonencode({ widgets = [] })
}

resource "aws_sns_topic" "main" {
  count             = 6
  name              = "main-${count.index}"
  display_name      = "Declared"
  signature_version = 1
  tracing_config    = "PassThrough"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { AWS = "arn:aws:iam::${var.account}:root" }, Action = "sns:Publish", Resource = "*" }]
  })
}

resource "aws_sns_topic" "fifo" {
  count                 = 3
  name                  = "main-${count.index}.fifo"
  fifo_topic            = true
  fifo_throughput_scope = "Topic"
}

resource "aws_sns_topic_subscription" "main" {
  count                = 3
  topic_arn            = aws_sns_topic.main[0].arn
  protocol             = "sqs"
  endpoint             = "arn:aws:sqs:us-east-1:${var.account}:main-${count.index}"
  raw_message_delivery = false
  filter_policy        = jsonencode({ kind = ["declared"] })
  filter_policy_scope  = "MessageAttributes"
}

resource "aws_ssm_parameter" "main" {
  count           = 3
  name            = "/declared/${count.index}"
  type            = "String"
  value           = "declared"
  description     = "As declared"
  allowed_pattern = ".*"
  data_type       = "text"
  tier            = "Standard"
}

resource "aws_ssm_parameter" "secret" {
  name   = "/declared/secret"
  type   = "SecureString"
  value  = "not-a-secret"
  key_id = aws_kms_key.main[0].key_id
}

resource "aws_ssm_document" "main" {
  count           = 4
  name            = "main-${count.index}"
  document_type   = "Command"
  document_format = "JSON"
  target_type     = "/AWS::EC2::Instance"
  content         = jsonencode({ schemaVersion = "2.2", description = "declared", mainSteps = [] })
}

resource "aws_ssm_document" "named" {
  name          = "named"
  document_type = "Command"
  version_name  = "declared"
  content       = jsonencode({ schemaVersion = "2.2", description = "declared", mainSteps = [] })
}

resource "aws_ssm_parameter" "image" {
  name      = "/declared/image"
  type      = "String"
  value     = "ami-12345678"
  data_type = "text"
}

resource "aws_kms_key" "main" {
  count                   = 3
  description             = "As declared"
  enable_key_rotation     = true
  rotation_period_in_days = 180
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Sid = "Declared", Effect = "Allow", Action = "kms:*", Resource = "*", Principal = { AWS = "arn:aws:iam::${var.account}:root" } }]
  })
}

resource "aws_kms_alias" "main" {
  name          = "alias/declared"
  target_key_id = aws_kms_key.main[0].key_id
}

resource "aws_iam_role" "main" {
  count                = 3
  name                 = "main-${count.index}"
  description          = "As declared"
  max_session_duration = 3600
  assume_role_policy   = local.trust
  permissions_boundary = aws_iam_policy.main[1].arn
}

resource "aws_iam_policy" "main" {
  count  = 3
  name   = "main-${count.index}"
  policy = local.read
}

resource "aws_iam_role_policy" "main" {
  name   = "declared"
  role   = aws_iam_role.main[0].name
  policy = local.read
}

resource "aws_iam_role_policy_attachment" "main" {
  role       = aws_iam_role.main[0].name
  policy_arn = aws_iam_policy.main[1].arn
}

resource "aws_iam_instance_profile" "main" {
  count = 2
  name  = "main-${count.index}"
  role  = aws_iam_role.main[0].name
}

resource "aws_acm_certificate" "main" {
  domain_name       = "declared.example.com"
  validation_method = "DNS"
}

resource "aws_acm_certificate" "imported" {
  count             = 2
  private_key       = var.imported.key
  certificate_body  = var.imported.body
  certificate_chain = var.imported.chain
}
