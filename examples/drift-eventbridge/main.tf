# Where it runs, and what: a task on Fargate, started by a schedule.

locals {
  account = data.aws_caller_identity.current.account_id
  ecs     = "arn:${data.aws_partition.current.partition}:ecs:${var.region}:${local.account}"
}

resource "aws_cloudwatch_log_group" "reports" {
  name              = "/${var.name}"
  retention_in_days = var.retention_in_days
}

resource "aws_ecs_cluster" "watcher" {
  name = var.name
}

resource "aws_security_group" "task" {
  name        = var.name
  description = "The look for drift: HTTPS to AWS and to whom it tells"
  vpc_id      = var.vpc_id
}

resource "aws_vpc_security_group_egress_rule" "https" {
  security_group_id = aws_security_group.task.id
  description       = "HTTPS"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_ecs_task_definition" "drift" {
  family                   = var.name
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = "512"
  memory                   = "1024"
  task_role_arn            = aws_iam_role.task.arn
  execution_role_arn       = aws_iam_role.execution.arn

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = var.architecture
  }

  container_definitions = jsonencode([{
    name                   = "drift"
    image                  = var.image
    command                = var.arguments
    readonlyRootFilesystem = true
    linuxParameters        = { capabilities = { drop = ["ALL"] } }
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.reports.name
        awslogs-region        = var.region
        awslogs-stream-prefix = "drift"
      }
    }
  }])

  lifecycle {
    # The schedule names a revision that is there at every instant.
    create_before_destroy = true
  }
}

resource "aws_scheduler_schedule" "nightly" {
  name                         = var.name
  description                  = "Looks for drift"
  schedule_expression          = var.schedule
  schedule_expression_timezone = var.timezone

  flexible_time_window {
    mode                      = "FLEXIBLE"
    maximum_window_in_minutes = 30
  }

  target {
    arn      = aws_ecs_cluster.watcher.arn
    role_arn = aws_iam_role.schedule.arn

    ecs_parameters {
      task_definition_arn = aws_ecs_task_definition.drift.arn
      launch_type         = "FARGATE"

      network_configuration {
        subnets          = var.subnet_ids
        security_groups  = [aws_security_group.task.id]
        assign_public_ip = var.assign_public_ip
      }
    }

    # Only the start is tried again, where AWS has no room. Drift doesn't go away by asking twice.
    retry_policy {
      maximum_event_age_in_seconds = 3600
      maximum_retry_attempts       = 10
    }
  }
}
