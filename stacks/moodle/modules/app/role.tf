data "aws_iam_policy_document" "node_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "node" {
  name               = "${var.name}-node"
  description        = "What a Moodle node may do"
  assume_role_policy = data.aws_iam_policy_document.node_trust.json
}

resource "aws_iam_instance_profile" "node" {
  name = "${var.name}-node"
  role = aws_iam_role.node.name
}

# Session Manager instead of SSH, and the CloudWatch agent.
resource "aws_iam_role_policy_attachment" "node" {
  for_each = toset(["AmazonSSMManagedInstanceCore", "CloudWatchAgentServerPolicy"])

  role       = aws_iam_role.node.name
  policy_arn = "arn:${var.partition}:iam::aws:policy/${each.key}"
}

locals {
  parameter_arn = "arn:${var.partition}:ssm:${var.region}:${var.account_id}:parameter${var.parameter_path}"

  # The bootstrap writes the first administrator's password here, once, encrypted. It is
  # the only parameter that a node may write.
  admin_password_arn = "${local.parameter_arn}/generated/admin-password"
}

data "aws_iam_policy_document" "node" {
  statement {
    sid       = "ReadSettings"
    actions   = ["ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath"]
    resources = [local.parameter_arn, "${local.parameter_arn}/*"]
  }

  statement {
    sid       = "KeepFirstAdminPassword"
    actions   = ["ssm:PutParameter"]
    resources = [local.admin_password_arn]
  }

  statement {
    sid       = "ReadSecrets"
    actions   = ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"]
    resources = compact([var.database_secret_arn, var.smtp_secret_arn])
  }

  statement {
    sid       = "ListFiles"
    actions   = ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"]
    resources = [var.moodledata_bucket_arn]
  }

  statement {
    sid = "ReadAndWriteFiles"
    actions = [
      "s3:AbortMultipartUpload",
      "s3:DeleteObject",
      "s3:GetObject",
      "s3:ListMultipartUploadParts",
      "s3:PutObject",
    ]
    resources = ["${var.moodledata_bucket_arn}/*"]
  }

  dynamic "statement" {
    for_each = var.weekly_dumps ? [1] : []

    content {
      sid       = "WriteDumps"
      actions   = ["s3:AbortMultipartUpload", "s3:PutObject"]
      resources = ["${var.dumps_bucket_arn}/*"]
    }
  }

  statement {
    sid       = "UseKey"
    actions   = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*"]
    resources = [var.key_arn]
  }

  # Both names are those of the mount helper; the file system's own policy has the last word.
  dynamic "statement" {
    for_each = contains(keys(var.settings), "file-system/id") ? [1] : []

    content {
      sid = "MountFileSystem"
      actions = [
        "elasticfilesystem:ClientMount",
        "elasticfilesystem:ClientWrite",
        "s3files:ClientMount",
        "s3files:ClientWrite",
      ]
      resources = ["*"]
    }
  }
}

resource "aws_iam_role_policy" "node" {
  name   = "moodle-node"
  role   = aws_iam_role.node.id
  policy = data.aws_iam_policy_document.node.json
}
