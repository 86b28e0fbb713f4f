locals {
  load_balancer_alarms = {
    elb-5xx = {
      description = "The load balancer itself answers with errors"
      metric      = "HTTPCode_ELB_5XX_Count"
      statistic   = "Sum"
      comparison  = "GreaterThanThreshold"
      threshold   = 10
      period      = 300
      periods     = 1
      dimensions  = { LoadBalancer = var.load_balancer }
    }
    rejected-connections = {
      description = "The load balancer turns users away"
      metric      = "RejectedConnectionCount"
      statistic   = "Sum"
      comparison  = "GreaterThanThreshold"
      threshold   = 0
      period      = 60
      periods     = 1
      dimensions  = { LoadBalancer = var.load_balancer }
    }
    unhealthy-nodes = {
      description = "A web node has been failing its health check for three minutes"
      metric      = "UnHealthyHostCount"
      statistic   = "Maximum"
      comparison  = "GreaterThanOrEqualToThreshold"
      threshold   = 1
      period      = 60
      periods     = 3
      dimensions  = { LoadBalancer = var.load_balancer, TargetGroup = var.target_group }
    }
  }

  # Each zone has to be able to serve alone.
  zone_alarms = {
    for letter, zone in var.zones : "no-healthy-node-${letter}" => {
      description = "No healthy web node in ${zone}"
      metric      = "HealthyHostCount"
      statistic   = "Minimum"
      comparison  = "LessThanThreshold"
      threshold   = 1
      period      = 60
      periods     = 3
      dimensions  = { LoadBalancer = var.load_balancer, TargetGroup = var.target_group, AvailabilityZone = zone }
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "load_balancer" {
  for_each = { for key, alarm in merge(local.load_balancer_alarms, local.zone_alarms) : key => alarm if var.alarms_enabled }

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.description
  namespace           = "AWS/ApplicationELB"
  metric_name         = each.value.metric
  statistic           = each.value.statistic
  comparison_operator = each.value.comparison
  threshold           = each.value.threshold
  period              = each.value.period
  evaluation_periods  = each.value.periods
  dimensions          = each.value.dimensions
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.alarm_actions
  ok_actions          = local.alarm_actions
}

resource "aws_cloudwatch_metric_alarm" "latency" {
  count = var.alarms_enabled ? 1 : 0

  alarm_name          = "${var.name}-latency"
  alarm_description   = "One page in twenty takes longer than two seconds"
  namespace           = "AWS/ApplicationELB"
  metric_name         = "TargetResponseTime"
  extended_statistic  = "p95"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 2
  period              = 60
  evaluation_periods  = 5
  dimensions          = { LoadBalancer = var.load_balancer }
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.alarm_actions
  ok_actions          = local.alarm_actions

  # One slow request at night is no reason to wake anybody.
  evaluate_low_sample_count_percentiles = "ignore"
}

resource "aws_cloudwatch_metric_alarm" "error_rate" {
  count = var.alarms_enabled ? 1 : 0

  alarm_name          = "${var.name}-error-rate"
  alarm_description   = "Moodle answers more than one request in a hundred with an error"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 1
  evaluation_periods  = 3
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.alarm_actions
  ok_actions          = local.alarm_actions

  metric_query {
    id          = "rate"
    label       = "Errors in percent"
    expression  = "100 * errors / requests"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = {
      errors   = "HTTPCode_Target_5XX_Count"
      requests = "RequestCount"
    }

    content {
      id = metric_query.key

      metric {
        namespace   = "AWS/ApplicationELB"
        metric_name = metric_query.value
        stat        = "Sum"
        period      = 60
        dimensions  = { LoadBalancer = var.load_balancer }
      }
    }
  }
}
