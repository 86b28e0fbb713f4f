# A shop: small, and with everything that a report has to speak of.
variable "class" {
  type    = string
  default = "db.t4g.micro"
}

variable "master" {
  type    = string
  default = "shop"
}

variable "retention" {
  type    = number
  default = 90
}

variable "greeting" {
  type    = string
  default = "hello"
}

variable "actions" {
  type    = list(string)
  default = ["s3:GetObject"]
}

variable "team" {
  type    = string
  default = "shop"
}

variable "office" {
  type    = string
  default = "203.0.113.0/24"
}

variable "health" {
  type    = string
  default = "/health"
}

provider "aws" {
  region = "us-east-1"
  default_tags {
    tags = { Team = var.team }
  }
}

resource "aws_vpc" "main" {
  cidr_block           = "10.3.0.0/16"
  enable_dns_hostnames = true
}

resource "aws_subnet" "app" {
  for_each          = { a = 0, b = 1 }
  vpc_id            = aws_vpc.main.id
  cidr_block        = cidrsubnet(aws_vpc.main.cidr_block, 8, each.value)
  availability_zone = "us-east-1${each.key}"
}

resource "aws_security_group" "app" {
  name        = "shop-app"
  description = "The shop."
  vpc_id      = aws_vpc.main.id
}

resource "aws_vpc_security_group_ingress_rule" "office" {
  security_group_id = aws_security_group.app.id
  cidr_ipv4         = var.office
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_db_subnet_group" "main" {
  name       = "shop"
  subnet_ids = [for s in aws_subnet.app : s.id]
}

resource "aws_db_instance" "main" {
  identifier                = "shop"
  engine                    = "postgres"
  engine_version            = "17"
  instance_class            = var.class
  allocated_storage         = 20
  storage_encrypted         = true
  username                  = var.master
  password                  = "not-a-secret-of-anybody"
  db_subnet_group_name      = aws_db_subnet_group.main.name
  vpc_security_group_ids    = [aws_security_group.app.id]
  apply_immediately         = true
  final_snapshot_identifier = "shop-final"
  timeouts {
    create = "30m"
  }
}

resource "aws_s3_bucket" "files" {
  bucket_prefix = "shop-files-"
}

resource "aws_cloudwatch_log_group" "app" {
  name              = "/shop/app"
  retention_in_days = var.retention
}

resource "aws_iam_role" "app" {
  name = "shop-app"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Action = "sts:AssumeRole", Effect = "Allow", Principal = { Service = "ec2.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy" "files" {
  name = "files"
  role = aws_iam_role.app.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Action = var.actions, Effect = "Allow", Resource = "${aws_s3_bucket.files.arn}/*" }]
  })
}

resource "aws_launch_template" "app" {
  name          = "shop-app"
  image_id      = "ami-0123456789abcdef0"
  instance_type = "t4g.small"
  user_data     = base64encode("#!/bin/sh\nset -eu\necho ${var.greeting} > /etc/motd\nsystemctl start shop\n")
}

resource "aws_autoscaling_group" "app" {
  name                = "shop-app"
  min_size            = 2
  max_size            = 4
  vpc_zone_identifier = [for s in aws_subnet.app : s.id]
  launch_template {
    id      = aws_launch_template.app.id
    version = aws_launch_template.app.latest_version
  }
}

resource "aws_lb_target_group" "app" {
  name     = "shop-app"
  port     = 80
  protocol = "HTTP"
  vpc_id   = aws_vpc.main.id
  health_check {
    path = var.health
  }
}

output "database" {
  value = aws_db_instance.main.address
}
