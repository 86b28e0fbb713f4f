resource "aws_lb" "main" {
  name               = var.name
  load_balancer_type = "application"
  internal           = false
  subnets            = var.subnet_ids
  security_groups    = [var.security_group_id]

  enable_deletion_protection = var.deletion_protection
  drop_invalid_header_fields = true
  desync_mitigation_mode     = "defensive"
  xff_header_processing_mode = "append"

  # Long imports and course backups answer late.
  idle_timeout = 120

  dynamic "access_logs" {
    for_each = var.access_logs_enabled ? ["alb"] : []

    content {
      bucket  = var.logs_bucket
      prefix  = access_logs.value
      enabled = true
    }
  }

  tags = { Name = var.name }
}

resource "aws_lb_target_group" "web" {
  # The port is part of the name: a new port needs a new group beside the old one.
  name        = "${var.name}-web-${var.app_port}"
  vpc_id      = var.vpc_id
  port        = var.app_port
  protocol    = "HTTP"
  target_type = "instance"

  deregistration_delay = 60
  slow_start           = 60

  # Answered by nginx and PHP alone. If it asked the database too, two minutes of
  # failover would make every node unhealthy, and all would be replaced at once.
  health_check {
    path                = "/healthz"
    matcher             = "200"
    interval            = 15
    timeout             = 5
    healthy_threshold   = 2
    unhealthy_threshold = 3
  }

  # Sessions live in the database, so any node can answer any request.
  stickiness {
    type    = "lb_cookie"
    enabled = false
  }

  lifecycle {
    create_before_destroy = true
  }
}
