locals {
  # A group that can't grow has nothing to decide.
  web_scales = var.web_nodes.max > var.web_nodes.min ? 1 : 0
}

resource "aws_autoscaling_policy" "web_cpu" {
  count = local.web_scales

  name                   = "${var.name}-web-cpu"
  autoscaling_group_name = aws_autoscaling_group.node["web"].name
  policy_type            = "TargetTrackingScaling"

  target_tracking_configuration {
    target_value = var.web_nodes.cpu_target

    predefined_metric_specification {
      predefined_metric_type = "ASGAverageCPUUtilization"
    }
  }
}

# Requests rise before the processor does when nodes wait for the database or for files.
resource "aws_autoscaling_policy" "web_requests" {
  count = local.web_scales

  name                   = "${var.name}-web-requests"
  autoscaling_group_name = aws_autoscaling_group.node["web"].name
  policy_type            = "TargetTrackingScaling"

  target_tracking_configuration {
    target_value = var.web_nodes.requests_per_node

    predefined_metric_specification {
      predefined_metric_type = "ALBRequestCountPerTarget"
      resource_label         = var.request_metric_label
    }
  }
}
