provider "aws" {
  region = "us-east-1"
}

variable "n" {
  type = number
}

locals {
  each = toset([for i in range(var.n) : tostring(i)])
}

resource "aws_vpc" "main" {
  cidr_block = "10.1.0.0/16"
}

resource "aws_vpc" "more" {
  for_each   = local.each
  cidr_block = "10.${100 + each.key}.0.0/16"
}

resource "aws_internet_gateway" "more" {
  for_each = local.each
  vpc_id   = aws_vpc.more[each.key].id
}

resource "aws_subnet" "app" {
  for_each          = local.each
  vpc_id            = aws_vpc.main.id
  cidr_block        = cidrsubnet(aws_vpc.main.cidr_block, 8, each.key)
  availability_zone = "us-east-1${["a", "b"][each.key % 2]}"
}

resource "aws_eip" "out" {
  for_each = local.each
  domain   = "vpc"
}

resource "aws_nat_gateway" "out" {
  for_each      = local.each
  subnet_id     = aws_subnet.app[each.key].id
  allocation_id = aws_eip.out[each.key].id
}

resource "aws_route_table" "app" {
  for_each = local.each
  vpc_id   = aws_vpc.main.id
}

resource "aws_route_table_association" "app" {
  for_each       = local.each
  subnet_id      = aws_subnet.app[each.key].id
  route_table_id = aws_route_table.app[each.key].id
}

resource "aws_route" "out" {
  for_each               = local.each
  route_table_id         = aws_route_table.app[each.key].id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.out[each.key].id
}

resource "aws_vpc_endpoint" "s3" {
  for_each        = local.each
  vpc_id          = aws_vpc.more[each.key].id
  service_name    = "com.amazonaws.us-east-1.s3"
  route_table_ids = []
}

resource "aws_vpn_gateway" "more" {
  for_each = local.each
  vpc_id   = aws_vpc.more[each.key].id
}

resource "aws_customer_gateway" "office" {
  for_each   = local.each
  bgp_asn    = 65000 + each.key
  ip_address = "198.51.100.${each.key + 1}"
  type       = "ipsec.1"
}

resource "aws_vpn_connection" "office" {
  for_each            = local.each
  vpn_gateway_id      = aws_vpn_gateway.more[each.key].id
  customer_gateway_id = aws_customer_gateway.office[each.key].id
  type                = "ipsec.1"
  static_routes_only  = true
}

resource "aws_vpn_gateway_route_propagation" "more" {
  for_each       = local.each
  vpn_gateway_id = aws_vpn_gateway.more["0"].id
  route_table_id = aws_route_table.more[each.key].id
}

resource "aws_route_table" "more" {
  for_each = local.each
  vpc_id   = aws_vpc.more["0"].id
}

resource "aws_default_security_group" "more" {
  for_each = local.each
  vpc_id   = aws_vpc.more[each.key].id
}

resource "aws_security_group" "app" {
  for_each = local.each
  name     = "app-${each.key}"
  vpc_id   = aws_vpc.main.id
}

resource "aws_vpc_security_group_ingress_rule" "app" {
  for_each          = local.each
  security_group_id = aws_security_group.app[each.key].id
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = "10.0.0.0/8"
}

resource "aws_vpc_security_group_egress_rule" "app" {
  for_each          = local.each
  security_group_id = aws_security_group.app[each.key].id
  ip_protocol       = "-1"
  cidr_ipv4         = "0.0.0.0/0"
}

resource "aws_flow_log" "more" {
  for_each        = local.each
  vpc_id          = aws_vpc.more[each.key].id
  traffic_type    = "REJECT"
  log_destination = aws_cloudwatch_log_group.app[each.key].arn
  iam_role_arn    = aws_iam_role.app[each.key].arn
}

resource "aws_launch_template" "app" {
  for_each      = local.each
  name          = "app-${each.key}"
  image_id      = data.aws_ami.any.id
  instance_type = "t3.micro"
}

data "aws_ami" "any" {
  most_recent = true
  owners      = ["amazon"]
}

resource "aws_autoscaling_group" "app" {
  name                = "app"
  min_size            = 0
  max_size            = 20
  desired_capacity    = var.n
  vpc_zone_identifier = [aws_subnet.app["0"].id]

  launch_template {
    id      = aws_launch_template.app["0"].id
    version = "$Latest"
  }
}

resource "aws_autoscaling_group" "more" {
  for_each            = local.each
  name                = "more-${each.key}"
  min_size            = 0
  max_size            = 0
  vpc_zone_identifier = [aws_subnet.app["0"].id]

  launch_template {
    id      = aws_launch_template.app["0"].id
    version = "$Latest"
  }
}

resource "aws_autoscaling_policy" "app" {
  for_each               = local.each
  name                   = "scale-${each.key}"
  autoscaling_group_name = aws_autoscaling_group.app.name
  adjustment_type        = "ChangeInCapacity"
  scaling_adjustment     = 1
}

resource "aws_iam_role" "app" {
  for_each           = local.each
  name               = "app-${each.key}"
  description        = "Number ${each.key}"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}

resource "aws_iam_policy" "app" {
  for_each = local.each
  name     = "app-${each.key}"
  policy   = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "*" }] })
}

resource "aws_iam_role_policy" "app" {
  for_each = local.each
  name     = "inline"
  role     = aws_iam_role.app[each.key].name
  policy   = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:PutObject", Resource = "*" }] })
}

resource "aws_iam_role_policy_attachment" "app" {
  for_each   = local.each
  role       = aws_iam_role.app[each.key].name
  policy_arn = aws_iam_policy.app[each.key].arn
}

resource "aws_iam_instance_profile" "app" {
  for_each = local.each
  name     = "app-${each.key}"
  role     = aws_iam_role.app[each.key].name
}

resource "aws_cloudwatch_log_group" "app" {
  for_each = local.each
  name     = "/app/${each.key}"
}

resource "aws_cloudwatch_metric_alarm" "app" {
  for_each            = local.each
  alarm_name          = "app-${each.key}"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 1
  metric_name         = "CPUUtilization"
  namespace           = "AWS/EC2"
  period              = 60
  statistic           = "Average"
  threshold           = 80
}

resource "aws_cloudwatch_dashboard" "app" {
  for_each       = local.each
  dashboard_name = "app-${each.key}"
  dashboard_body = jsonencode({ widgets = [] })
}

resource "aws_sns_topic" "app" {
  for_each = local.each
  name     = "app-${each.key}"
}

resource "aws_sns_topic_subscription" "app" {
  for_each  = local.each
  topic_arn = aws_sns_topic.app["0"].arn
  protocol  = "sqs"
  endpoint  = "arn:aws:sqs:us-east-1:123456789012:queue-${each.key}"
}

resource "aws_ssm_parameter" "app" {
  for_each = local.each
  name     = "/app/${each.key}"
  type     = "String"
  value    = each.key
}

resource "aws_ssm_document" "app" {
  for_each        = local.each
  name            = "app-${each.key}"
  document_type   = "Command"
  document_format = "JSON"
  content         = jsonencode({ schemaVersion = "2.2", description = "app", mainSteps = [] })
}

resource "aws_s3_bucket" "app" {
  for_each = local.each
  bucket   = "${var.account}-app-${each.key}"
}

variable "account" {
  type = string
}

resource "aws_s3_bucket_versioning" "app" {
  for_each = local.each
  bucket   = aws_s3_bucket.app[each.key].id
  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_public_access_block" "app" {
  for_each                = local.each
  bucket                  = aws_s3_bucket.app[each.key].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_kms_key" "app" {
  for_each = local.each
}

resource "aws_kms_alias" "app" {
  for_each      = local.each
  name          = "alias/app-${each.key}"
  target_key_id = aws_kms_key.app["0"].key_id
}

resource "aws_lb" "app" {
  for_each = local.each
  name     = "app-${each.key}"
  internal = true
  subnets  = [aws_subnet.app["0"].id, aws_subnet.app["1"].id]
}

resource "aws_lb_target_group" "app" {
  for_each = local.each
  name     = "app-${each.key}"
  port     = 80
  protocol = "HTTP"
  vpc_id   = aws_vpc.main.id
}

resource "aws_lb_listener" "app" {
  for_each          = local.each
  load_balancer_arn = aws_lb.app[each.key].arn
  port              = 80
  protocol          = "HTTP"

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.app["0"].arn
  }
}

resource "aws_lb_listener_rule" "app" {
  for_each     = local.each
  listener_arn = aws_lb_listener.app["0"].arn
  priority     = 10 + each.key

  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.app[each.key].arn
  }

  condition {
    path_pattern {
      values = ["/${each.key}/*"]
    }
  }
}

resource "aws_acm_certificate" "app" {
  for_each          = local.each
  domain_name       = "app-${each.key}.example.com"
  validation_method = "DNS"
}

resource "aws_wafv2_web_acl" "app" {
  for_each = local.each
  name     = "app-${each.key}"
  scope    = "REGIONAL"

  default_action {
    allow {}
  }

  visibility_config {
    cloudwatch_metrics_enabled = false
    metric_name                = "app-${each.key}"
    sampled_requests_enabled   = false
  }
}

resource "aws_wafv2_web_acl_association" "app" {
  for_each     = local.each
  resource_arn = aws_lb.app[each.key].arn
  web_acl_arn  = aws_wafv2_web_acl.app["0"].arn
}

resource "aws_cloudwatch_log_group" "waf" {
  for_each = local.each
  name     = "aws-waf-logs-${each.key}"
}

resource "aws_wafv2_web_acl_logging_configuration" "app" {
  for_each                = local.each
  log_destination_configs = [aws_cloudwatch_log_group.waf[each.key].arn]
  resource_arn            = aws_wafv2_web_acl.app[each.key].arn
}

resource "aws_shield_protection" "app" {
  for_each     = local.each
  name         = "app-${each.key}"
  resource_arn = aws_lb.app[each.key].arn
}

resource "aws_db_subnet_group" "app" {
  for_each   = local.each
  name       = "app-${each.key}"
  subnet_ids = [aws_subnet.app["0"].id, aws_subnet.app["1"].id]
}

resource "aws_db_parameter_group" "app" {
  for_each = local.each
  name     = "app-${each.key}"
  family   = "mysql8.0"

  parameter {
    name  = "max_connections"
    value = "100"
  }
}

resource "aws_db_instance" "app" {
  for_each             = local.each
  identifier           = "app-${each.key}"
  engine               = "mysql"
  instance_class       = "db.t4g.micro"
  allocated_storage    = 20
  username             = "moodle"
  password             = "not-a-secret-${each.key}"
  db_subnet_group_name = aws_db_subnet_group.app["0"].name
  skip_final_snapshot  = true
}

resource "aws_ecs_cluster" "app" {
  for_each = local.each
  name     = "app-${each.key}"
}

resource "aws_ecs_task_definition" "app" {
  for_each                 = local.each
  family                   = "app-${each.key}"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = "256"
  memory                   = "512"
  execution_role_arn       = aws_iam_role.app["0"].arn
  task_role_arn            = aws_iam_role.app["1"].arn
  container_definitions    = jsonencode([{ name = "app", image = "registry.example.com/app:1" }])
}

resource "aws_scheduler_schedule" "app" {
  for_each            = local.each
  name                = "app-${each.key}"
  schedule_expression = "rate(1 day)"

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = aws_ecs_cluster.app[each.key].arn
    role_arn = aws_iam_role.app["0"].arn

    ecs_parameters {
      task_definition_arn = aws_ecs_task_definition.app[each.key].arn
    }
  }
}
