locals {
  # Two widgets to a row, each half the width of the 24 columns.
  widgets = [
    {
      title = "Requests and errors"
      stat  = "Sum"
      metrics = [
        ["AWS/ApplicationELB", "RequestCount", "LoadBalancer", var.load_balancer],
        ["AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", "LoadBalancer", var.load_balancer],
        ["AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", "LoadBalancer", var.load_balancer],
      ]
    },
    {
      title   = "Time to answer, p95"
      stat    = "p95"
      metrics = [["AWS/ApplicationELB", "TargetResponseTime", "LoadBalancer", var.load_balancer]]
    },
    {
      title = "Web nodes"
      stat  = "Average"
      metrics = [
        ["AWS/AutoScaling", "GroupInServiceInstances", "AutoScalingGroupName", var.group_names["web"]],
        ["AWS/AutoScaling", "GroupDesiredCapacity", "AutoScalingGroupName", var.group_names["web"]],
      ]
    },
    {
      title = "Web nodes: processor and memory, percent"
      stat  = "Average"
      metrics = [
        ["AWS/EC2", "CPUUtilization", "AutoScalingGroupName", var.group_names["web"]],
        ["Moodle/${var.environment}", "mem_used_percent", "AutoScalingGroupName", var.group_names["web"]],
      ]
    },
    {
      title = "Database"
      stat  = "Average"
      metrics = [
        ["AWS/RDS", "CPUUtilization", "DBInstanceIdentifier", var.database_id],
        ["AWS/RDS", "DatabaseConnections", "DBInstanceIdentifier", var.database_id],
      ]
    },
    {
      title = "Database disk: seconds for a read, for a write"
      stat  = "Average"
      metrics = [
        ["AWS/RDS", "ReadLatency", "DBInstanceIdentifier", var.database_id],
        ["AWS/RDS", "WriteLatency", "DBInstanceIdentifier", var.database_id],
      ]
    },
  ]
}

resource "aws_cloudwatch_dashboard" "main" {
  count = var.alarms_enabled ? 1 : 0

  dashboard_name = var.name

  dashboard_body = jsonencode({
    widgets = [
      for index, widget in local.widgets : {
        type   = "metric"
        x      = index % 2 * 12
        y      = floor(index / 2) * 6
        width  = 12
        height = 6
        properties = {
          title   = widget.title
          stat    = widget.stat
          metrics = widget.metrics
          region  = var.region
          period  = 60
          view    = "timeSeries"
        }
      }
    ]
  })
}
