# No secret is among them: secrets stay where AWS made them, and nodes fetch them from there.
resource "aws_ssm_parameter" "setting" {
  for_each = var.settings

  name  = "${var.parameter_path}/${each.key}"
  type  = "String"
  value = each.value
}

locals {
  log_files = {
    nginx-access = "/var/log/nginx/access.log"
    nginx-error  = "/var/log/nginx/error.log"
    php-fpm      = "/var/log/php-fpm/*.log"
    cron         = "/var/log/moodle/cron.log"
    boot         = "/var/log/moodle/boot.log"
    system       = "/var/log/cloud-init-output.log"
  }
}

# The CloudWatch agent reads its configuration from here too: memory and disk are not
# among the metrics that EC2 knows by itself.
resource "aws_ssm_parameter" "cloudwatch_agent" {
  name = "${var.parameter_path}/cloudwatch-agent"
  type = "String"

  value = jsonencode({
    agent = { metrics_collection_interval = 60 }

    logs = {
      logs_collected = {
        files = {
          collect_list = [
            for log in var.log_names : {
              file_path       = local.log_files[log]
              log_group_name  = aws_cloudwatch_log_group.node[log].name
              log_stream_name = "{instance_id}"
            }
          ]
        }
      }
    }

    metrics = {
      namespace              = "Moodle/${var.environment}"
      append_dimensions      = { AutoScalingGroupName = "$${aws:AutoScalingGroupName}" }
      aggregation_dimensions = [["AutoScalingGroupName"]]
      metrics_collected = {
        mem    = { measurement = ["mem_used_percent"] }
        disk   = { measurement = ["used_percent"], resources = ["/"] }
        statsd = { service_address = ":8125", metrics_aggregation_interval = 60 }
      }
    }
  })
}
