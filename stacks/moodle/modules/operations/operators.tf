# For the people who run the site: a recorded shell on its nodes, and the maintenance
# switch. Attach it to their role or permission set.
data "aws_iam_policy_document" "operators" {
  statement {
    sid       = "OpenShellOnNodes"
    actions   = ["ssm:StartSession"]
    resources = ["arn:${var.partition}:ec2:${var.region}:${var.account_id}:instance/*"]

    dynamic "condition" {
      for_each = var.tags

      content {
        test     = "StringEquals"
        variable = "ssm:resourceTag/${condition.key}"
        values   = [condition.value]
      }
    }

    # Without this check any other document, unrecorded, would do as well.
    condition {
      test     = "BoolIfExists"
      variable = "ssm:SessionDocumentAccessCheck"
      values   = ["true"]
    }
  }

  statement {
    sid       = "OnlyRecorded"
    actions   = ["ssm:StartSession"]
    resources = [aws_ssm_document.session.arn]
  }

  statement {
    sid       = "EndOwnSessions"
    actions   = ["ssm:ResumeSession", "ssm:TerminateSession"]
    resources = ["arn:${var.partition}:ssm:*:${var.account_id}:session/$${aws:userid}-*"]
  }

  statement {
    sid       = "SwitchMaintenance"
    actions   = ["ssm:SendCommand"]
    resources = [aws_ssm_document.maintenance.arn]
  }

  statement {
    sid       = "SwitchMaintenanceOnNodes"
    actions   = ["ssm:SendCommand"]
    resources = ["arn:${var.partition}:ec2:${var.region}:${var.account_id}:instance/*"]

    dynamic "condition" {
      for_each = var.tags

      content {
        test     = "StringEquals"
        variable = "ssm:resourceTag/${condition.key}"
        values   = [condition.value]
      }
    }
  }

  statement {
    sid       = "FindNodes"
    actions   = ["ec2:DescribeInstances", "ssm:DescribeInstanceInformation", "ssm:DescribeSessions", "ssm:GetCommandInvocation"]
    resources = ["*"]
  }

  statement {
    sid       = "EncryptSessions"
    actions   = ["kms:GenerateDataKey"]
    resources = [var.key_arn]
  }
}

resource "aws_iam_policy" "operators" {
  name        = "${var.name}-operators"
  description = "Recorded shells on the nodes of ${var.name}, and its maintenance switch"
  policy      = data.aws_iam_policy_document.operators.json
}
