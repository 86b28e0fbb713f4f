variable "account" {
  type = string
}

locals {
  key   = "arn:aws:kms:us-east-1:${var.account}:key/11111111-1111-1111-1111-111111111111"
  role  = "arn:aws:iam::${var.account}:role/declared"
  queue = "arn:aws:sqs:us-east-1:${var.account}:declared"
}

resource "aws_ecs_cluster" "main" {
  count = 4
  name  = "main-${count.index}"

  configuration {
    execute_command_configuration {
      kms_key_id = local.key
      logging    = "OVERRIDE"

      log_configuration {
        cloud_watch_log_group_name     = "/declared"
        cloud_watch_encryption_enabled = true
        s3_bucket_name                 = "declared"
        s3_bucket_encryption_enabled   = true
        s3_key_prefix                  = "declared"
      }
    }

    managed_storage_configuration {
      fargate_ephemeral_storage_kms_key_id = local.key
      kms_key_id                           = local.key
    }
  }

  service_connect_defaults {
    namespace = "arn:aws:servicediscovery:us-east-1:${var.account}:namespace/ns-declared"
  }

  setting {
    name  = "containerInsights"
    value = "enabled"
  }
}

resource "aws_ecs_task_definition" "main" {
  family                   = "main"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = ".25 vCPU"
  memory                   = "0.5 GB"
  container_definitions = jsonencode([{
    name         = "main"
    image        = "registry.example.com/main:1"
    portMappings = [{ containerPort = 8080 }]
    healthCheck  = { command = ["CMD", "true"] }
  }])

  volume {
    name = "scratch"
  }

  volume {
    name = "files"

    efs_volume_configuration {
      file_system_id     = "fs-12345678"
      transit_encryption = "ENABLED"
    }
  }
}

resource "aws_scheduler_schedule" "fargate" {
  count                        = 6
  name                         = "fargate-${count.index}"
  description                  = "As declared"
  schedule_expression          = "rate(1 day)"
  schedule_expression_timezone = "Europe/Berlin"
  start_date                   = "2099-01-01T00:00:00+01:00"
  end_date                     = "2099-12-31T00:00:00Z"
  kms_key_arn                  = local.key

  flexible_time_window {
    mode                      = "FLEXIBLE"
    maximum_window_in_minutes = 15
  }

  target {
    arn      = "arn:aws:ecs:us-east-1:${var.account}:cluster/declared"
    role_arn = local.role
    input    = jsonencode({ containerOverrides = [] })

    dead_letter_config {
      arn = local.queue
    }

    retry_policy {
      maximum_event_age_in_seconds = 3600
      maximum_retry_attempts       = 3
    }

    ecs_parameters {
      task_definition_arn     = aws_ecs_task_definition.main.arn
      task_count              = 2
      launch_type             = "FARGATE"
      platform_version        = "1.4.0"
      group                   = "declared"
      enable_ecs_managed_tags = true
      enable_execute_command  = true
      propagate_tags          = "TASK_DEFINITION"
      reference_id            = "declared"
      tags                    = { Declared = "yes" }

      network_configuration {
        subnets          = ["subnet-11111111"]
        security_groups  = ["sg-11111111"]
        assign_public_ip = true
      }
    }
  }
}

resource "aws_scheduler_schedule" "instances" {
  count               = 4
  name                = "instances-${count.index}"
  schedule_expression = "cron(0 3 * * ? *)"

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = "arn:aws:ecs:us-east-1:${var.account}:cluster/declared"
    role_arn = local.role

    ecs_parameters {
      task_definition_arn = aws_ecs_task_definition.main.arn

      capacity_provider_strategy {
        capacity_provider = "declared"
        base              = 1
        weight            = 2
      }

      placement_constraints {
        type       = "memberOf"
        expression = "attribute:ecs.instance-type =~ m7g.*"
      }

      placement_strategy {
        type  = "spread"
        field = "attribute:ecs.availability-zone"
      }
    }
  }
}

resource "aws_scheduler_schedule" "queue" {
  name                = "queue"
  schedule_expression = "rate(1 day)"

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = "${local.queue}.fifo"
    role_arn = local.role

    sqs_parameters {
      message_group_id = "declared"
    }
  }
}

resource "aws_scheduler_schedule" "bus" {
  count               = 2
  name                = "bus-${count.index}"
  schedule_expression = "rate(1 day)"

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = "arn:aws:events:us-east-1:${var.account}:event-bus/declared"
    role_arn = local.role

    eventbridge_parameters {
      detail_type = "Declared"
      source      = "declared"
    }
  }
}

resource "aws_scheduler_schedule" "stream" {
  name                = "stream"
  schedule_expression = "rate(1 day)"

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = "arn:aws:kinesis:us-east-1:${var.account}:stream/declared"
    role_arn = local.role

    kinesis_parameters {
      partition_key = "declared"
    }
  }
}

resource "aws_scheduler_schedule" "pipeline" {
  count               = 2
  name                = "pipeline-${count.index}"
  schedule_expression = "rate(1 day)"

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = "arn:aws:sagemaker:us-east-1:${var.account}:pipeline/declared"
    role_arn = local.role

    sagemaker_pipeline_parameters {
      pipeline_parameter {
        name  = "Declared"
        value = "yes"
      }
    }
  }
}
