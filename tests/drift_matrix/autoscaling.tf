variable "account" {
  type = string
}

resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_subnet" "main" {
  count             = 2
  vpc_id            = aws_vpc.main.id
  cidr_block        = cidrsubnet(aws_vpc.main.cidr_block, 8, count.index)
  availability_zone = "us-east-1${["a", "b"][count.index]}"
}

resource "aws_lb_target_group" "main" {
  count    = 2
  name     = "autoscaling-${count.index}"
  port     = 80
  protocol = "HTTP"
  vpc_id   = aws_vpc.main.id
}

resource "aws_launch_template" "main" {
  count         = 2
  name          = "autoscaling-${count.index}"
  image_id      = data.aws_ami.any.id
  instance_type = "t3.micro"
}

data "aws_ami" "any" {
  most_recent = true
  owners      = ["amazon"]
}

resource "aws_autoscaling_group" "main" {
  count                     = 6
  name                      = "main-${count.index}"
  min_size                  = 0
  max_size                  = 4
  desired_capacity          = 1
  desired_capacity_type     = "units"
  vpc_zone_identifier       = [aws_subnet.main[0].id]
  target_group_arns         = [aws_lb_target_group.main[0].arn]
  health_check_type         = "EC2"
  health_check_grace_period = 300
  default_cooldown          = 300
  default_instance_warmup   = 60
  max_instance_lifetime     = 86400
  termination_policies      = ["OldestInstance"]
  suspended_processes       = ["AZRebalance"]
  enabled_metrics           = ["GroupMinSize"]
  service_linked_role_arn   = "arn:aws:iam::${var.account}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"

  launch_template {
    id      = aws_launch_template.main[0].id
    version = "1"
  }

  instance_maintenance_policy {
    min_healthy_percentage = 90
    max_healthy_percentage = 120
  }

  availability_zone_distribution {
    capacity_distribution_strategy = "balanced-best-effort"
  }

  tag {
    key                 = "Name"
    value               = "declared"
    propagate_at_launch = true
  }
}

resource "aws_autoscaling_group" "zoned" {
  name               = "zoned"
  min_size           = 0
  max_size           = 0
  availability_zones = ["us-east-1a"]

  launch_template {
    name    = aws_launch_template.main[0].name
    version = "$Latest"
  }
}

resource "aws_autoscaling_group" "mixed" {
  count               = 4
  name                = "mixed-${count.index}"
  min_size            = 0
  max_size            = 0
  vpc_zone_identifier = [aws_subnet.main[0].id]

  mixed_instances_policy {
    instances_distribution {
      on_demand_allocation_strategy            = "prioritized"
      on_demand_base_capacity                  = 1
      on_demand_percentage_above_base_capacity = 50
      spot_allocation_strategy                 = "lowest-price"
      spot_instance_pools                      = 2
      spot_max_price                           = "0.05"
    }

    launch_template {
      launch_template_specification {
        launch_template_id = aws_launch_template.main[0].id
        version            = "1"
      }

      override {
        instance_type     = "t3.micro"
        weighted_capacity = "1"

        launch_template_specification {
          launch_template_id = aws_launch_template.main[0].id
          version            = "1"
        }
      }
    }
  }
}

resource "aws_autoscaling_policy" "simple" {
  count                     = 2
  name                      = "simple-${count.index}"
  autoscaling_group_name    = aws_autoscaling_group.main[0].name
  adjustment_type           = "PercentChangeInCapacity"
  scaling_adjustment        = 10
  cooldown                  = 60
  min_adjustment_magnitude  = 1
}

resource "aws_autoscaling_policy" "step" {
  count                     = 3
  name                      = "step-${count.index}"
  policy_type               = "StepScaling"
  autoscaling_group_name    = aws_autoscaling_group.main[0].name
  adjustment_type           = "ChangeInCapacity"
  metric_aggregation_type   = "Average"
  estimated_instance_warmup = 60

  step_adjustment {
    metric_interval_lower_bound = "0"
    metric_interval_upper_bound = "10"
    scaling_adjustment          = 1
  }

  step_adjustment {
    metric_interval_lower_bound = "10"
    scaling_adjustment          = 2
  }
}

resource "aws_autoscaling_policy" "predefined" {
  count                  = 2
  name                   = "predefined-${count.index}"
  policy_type            = "TargetTrackingScaling"
  autoscaling_group_name = aws_autoscaling_group.main[1].name

  target_tracking_configuration {
    target_value = 50

    predefined_metric_specification {
      predefined_metric_type = "ALBRequestCountPerTarget"
      resource_label         = "app/declared/1111111111111111/targetgroup/declared/1111111111111111"
    }
  }
}

resource "aws_autoscaling_policy" "customized" {
  count                  = 4
  name                   = "customized-${count.index}"
  policy_type            = "TargetTrackingScaling"
  autoscaling_group_name = aws_autoscaling_group.main[1].name

  target_tracking_configuration {
    target_value = 50

    customized_metric_specification {
      metric_name = "Declared"
      namespace   = "Declared"
      statistic   = "Average"
      unit        = "Percent"
      period      = 60

      metric_dimension {
        name  = "Declared"
        value = "declared"
      }
    }
  }
}

resource "aws_autoscaling_policy" "metrics" {
  count                  = 4
  name                   = "metrics-${count.index}"
  policy_type            = "TargetTrackingScaling"
  autoscaling_group_name = aws_autoscaling_group.main[1].name

  target_tracking_configuration {
    target_value = 50

    customized_metric_specification {
      metrics {
        id          = "half"
        expression  = "whole / 2"
        label       = "declared"
        return_data = true
      }

      metrics {
        id          = "whole"
        return_data = false

        metric_stat {
          stat   = "Average"
          unit   = "Percent"
          period = 60

          metric {
            metric_name = "Declared"
            namespace   = "Declared"

            dimensions {
              name  = "Declared"
              value = "declared"
            }
          }
        }
      }
    }
  }
}

# Templates by name: another name has to win over the id that AWS gives back.
resource "aws_autoscaling_group" "mixed_by_name" {
  count               = 2
  name                = "mixed-by-name-${count.index}"
  min_size            = 0
  max_size            = 0
  vpc_zone_identifier = [aws_subnet.main[0].id]

  mixed_instances_policy {
    launch_template {
      launch_template_specification {
        launch_template_name = aws_launch_template.main[0].name
        version              = "1"
      }

      override {
        instance_type = "t3.micro"

        launch_template_specification {
          launch_template_name = aws_launch_template.main[0].name
          version              = "1"
        }
      }
    }
  }
}
