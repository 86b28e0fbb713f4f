# Three roles: what Cairn may do, what Fargate may do to start it, and what the schedule may start.

data "aws_iam_policy_document" "task_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }

    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = ["${local.ecs}:*"]
    }
  }
}

# What Cairn may do: what `cairn iam-policy --for drift` wrote into policies/, and telling the topic.

resource "aws_iam_role" "task" {
  name               = "${var.name}-task"
  description        = "Reads what the stacks have in AWS"
  assume_role_policy = data.aws_iam_policy_document.task_trust.json
}

resource "aws_iam_policy" "drift" {
  for_each = fileset("${path.module}/policies", "*.json")
  name     = "${var.name}-${trimsuffix(each.value, ".json")}"
  policy   = file("${path.module}/policies/${each.value}")
}

resource "aws_iam_role_policy_attachment" "drift" {
  for_each   = aws_iam_policy.drift
  role       = aws_iam_role.task.name
  policy_arn = each.value.arn
}

data "aws_iam_policy_document" "tell" {
  statement {
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.drift.arn]
  }
}

resource "aws_iam_role_policy" "tell" {
  name   = "tell"
  role   = aws_iam_role.task.id
  policy = data.aws_iam_policy_document.tell.json
}

# What Fargate may do to start it: fetch the image, write the log.

resource "aws_iam_role" "execution" {
  name               = "${var.name}-execution"
  description        = "Fetches the image and writes the log"
  assume_role_policy = data.aws_iam_policy_document.task_trust.json
}

data "aws_iam_policy_document" "execution" {
  statement {
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }

  statement {
    actions   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    resources = ["arn:${data.aws_partition.current.partition}:ecr:*:*:repository/*"]
  }

  statement {
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.reports.arn}:*"]
  }
}

resource "aws_iam_role_policy" "execution" {
  name   = "start"
  role   = aws_iam_role.execution.id
  policy = data.aws_iam_policy_document.execution.json
}

# What the schedule may start: this family in this cluster, with these two roles.

data "aws_iam_policy_document" "schedule_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["scheduler.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

resource "aws_iam_role" "schedule" {
  name               = "${var.name}-schedule"
  description        = "Starts the look for drift"
  assume_role_policy = data.aws_iam_policy_document.schedule_trust.json
}

data "aws_iam_policy_document" "schedule" {
  statement {
    actions   = ["ecs:RunTask"]
    resources = ["${local.ecs}:task-definition/${var.name}:*"]

    condition {
      test     = "ArnEquals"
      variable = "ecs:cluster"
      values   = [aws_ecs_cluster.watcher.arn]
    }
  }

  statement {
    actions   = ["iam:PassRole"]
    resources = [aws_iam_role.task.arn, aws_iam_role.execution.arn]

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["ecs-tasks.amazonaws.com"]
    }
  }
}

resource "aws_iam_role_policy" "schedule" {
  name   = "start"
  role   = aws_iam_role.schedule.id
  policy = data.aws_iam_policy_document.schedule.json
}
