locals {
  node_alarms = {
    cpu = {
      enabled     = true
      description = "Web nodes are short of processor, although the group scales"
      namespace   = "AWS/EC2"
      metric      = "CPUUtilization"
      statistic   = "Average"
      comparison  = "GreaterThanThreshold"
      threshold   = 80
      period      = 300
      periods     = 2
      missing     = "notBreaching"
      dimensions  = { AutoScalingGroupName = var.group_names["web"] }
    }
    memory = {
      enabled     = true
      description = "Web nodes are short of memory"
      namespace   = "Moodle/${var.environment}"
      metric      = "mem_used_percent"
      statistic   = "Average"
      comparison  = "GreaterThanThreshold"
      threshold   = 85
      period      = 300
      periods     = 2
      missing     = "notBreaching"
      dimensions  = { AutoScalingGroupName = var.group_names["web"] }
    }
    disk = {
      enabled     = true
      description = "A web node's disk fills up"
      namespace   = "Moodle/${var.environment}"
      metric      = "disk_used_percent"
      statistic   = "Maximum"
      comparison  = "GreaterThanThreshold"
      threshold   = 80
      period      = 300
      periods     = 1
      missing     = "notBreaching"
      dimensions  = { AutoScalingGroupName = var.group_names["web"] }
    }
    too-few-nodes = {
      enabled     = true
      description = "Fewer web nodes in service than the minimum"
      namespace   = "AWS/AutoScaling"
      metric      = "GroupInServiceInstances"
      statistic   = "Minimum"
      comparison  = "LessThanThreshold"
      threshold   = var.web_nodes_min
      period      = 60
      periods     = 10
      missing     = "breaching"
      dimensions  = { AutoScalingGroupName = var.group_names["web"] }
    }
    cron-node-gone = {
      enabled     = var.has_cron_node
      description = "The node for background jobs isn't in service"
      namespace   = "AWS/AutoScaling"
      metric      = "GroupInServiceInstances"
      statistic   = "Minimum"
      comparison  = "LessThanThreshold"
      threshold   = 1
      period      = 60
      periods     = 15
      missing     = "breaching"
      dimensions  = { AutoScalingGroupName = lookup(var.group_names, "cron", "") }
    }
    # Every run of the background jobs counts itself; silence means that none has finished.
    cron-silent = {
      enabled     = var.has_cron_node
      description = "No background job has finished for five minutes: no mail, no grading, no clean-up"
      namespace   = "Moodle/${var.environment}"
      metric      = "cron_runs"
      statistic   = "SampleCount"
      comparison  = "LessThanThreshold"
      threshold   = 1
      period      = 300
      periods     = 1
      missing     = "breaching"
      dimensions  = { AutoScalingGroupName = lookup(var.group_names, "cron", "") }
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "nodes" {
  for_each = { for key, alarm in local.node_alarms : key => alarm if alarm.enabled && var.alarms_enabled }

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.description
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  statistic           = each.value.statistic
  comparison_operator = each.value.comparison
  threshold           = each.value.threshold
  period              = each.value.period
  evaluation_periods  = each.value.periods
  dimensions          = each.value.dimensions
  treat_missing_data  = each.value.missing
  alarm_actions       = local.alarm_actions
  ok_actions          = local.alarm_actions
}
