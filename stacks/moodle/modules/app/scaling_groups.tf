locals {
  groups = {
    web = {
      min               = var.web_nodes.min
      max               = var.web_nodes.max
      target_group_arns = [var.target_group_arn]
      health_check_type = "ELB"
    }
    # Jobs lock themselves in the database, so two nodes side by side during a refresh are harmless.
    cron = {
      min               = 1
      max               = 1
      target_group_arns = []
      health_check_type = "EC2"
    }
  }
}

resource "aws_autoscaling_group" "node" {
  for_each = local.roles

  name                = "${var.name}-${each.key}"
  vpc_zone_identifier = var.subnet_ids

  # How many run at the moment is for the scaling policies to say, so it isn't said here.
  min_size = local.groups[each.key].min
  max_size = local.groups[each.key].max

  target_group_arns         = local.groups[each.key].target_group_arns
  health_check_type         = local.groups[each.key].health_check_type
  health_check_grace_period = var.web_nodes.health_check_grace_secs
  default_instance_warmup   = var.web_nodes.warmup_secs

  # A number and not $Latest: only then can a failed refresh roll back.
  launch_template {
    id      = aws_launch_template.node[each.key].id
    version = aws_launch_template.node[each.key].latest_version
  }

  # New nodes first, old ones out once the new ones are healthy.
  instance_refresh {
    strategy = "Rolling"

    preferences {
      min_healthy_percentage = 100
      max_healthy_percentage = 200
      instance_warmup        = var.web_nodes.warmup_secs
      auto_rollback          = true
      skip_matching          = true
    }
  }

  metrics_granularity = "1Minute"
  enabled_metrics     = ["GroupDesiredCapacity", "GroupInServiceInstances", "GroupPendingInstances", "GroupTotalInstances"]

  dynamic "tag" {
    for_each = local.node_tags[each.key]

    content {
      key                 = tag.key
      value               = tag.value
      propagate_at_launch = true
    }
  }

  # A node that boots before these are there fails its bootstrap.
  depends_on = [
    aws_iam_role_policy.node,
    aws_iam_role_policy_attachment.node,
    aws_ssm_parameter.cloudwatch_agent,
    aws_ssm_parameter.setting,
  ]
}
