locals {
  # Amazon Linux serves its packages, and Systems Manager its agent and plug-ins, from these buckets.
  aws_bucket_arns = [
    for bucket in [
      "al2023-repos-${var.region}-de612dc2",
      "amazon-ssm-${var.region}",
      "amazon-ssm-packages-${var.region}",
      "aws-ssm-${var.region}",
      "aws-ssm-document-attachments-${var.region}",
      "patch-baseline-snapshot-${var.region}",
    ] : "arn:${var.partition}:s3:::${bucket}"
  ]
}

data "aws_iam_policy_document" "s3_endpoint" {
  statement {
    sid     = "OwnBuckets"
    actions = ["s3:*"]

    resources = flatten([
      for arn in var.bucket_arns : [arn, "${arn}/*"]
    ])

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:PrincipalAccount"
      values   = [var.account_id]
    }
  }

  statement {
    sid       = "PackagesAndAgent"
    actions   = ["s3:GetObject"]
    resources = [for arn in local.aws_bucket_arns : "${arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }
  }
}

# Free of charge, and keeps file traffic off the NAT gateways.
resource "aws_vpc_endpoint" "s3" {
  vpc_id            = aws_vpc.main.id
  service_name      = "com.amazonaws.${var.region}.s3"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = [for key, tier in local.route_tables : aws_route_table.main[key].id if tier != "public"]
  policy            = data.aws_iam_policy_document.s3_endpoint.json

  tags = { Name = "${var.name}-s3" }
}

resource "aws_vpc_endpoint" "interface" {
  for_each = var.interface_endpoints

  vpc_id              = aws_vpc.main.id
  service_name        = "com.amazonaws.${var.region}.${each.key}"
  vpc_endpoint_type   = "Interface"
  private_dns_enabled = true
  subnet_ids          = [for zone in keys(var.zones) : aws_subnet.main["app-${zone}"].id]
  security_group_ids  = [aws_security_group.main["endpoints"].id]

  tags = { Name = "${var.name}-${each.key}" }
}
