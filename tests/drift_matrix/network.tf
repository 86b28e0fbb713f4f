variable "account" {
  type = string
}

# What the stack refers to, and no type of its own makes.
variable "instance" {
  type = string
}

variable "interface" {
  type = string
}

variable "prefix_list" {
  type = string
}

resource "aws_vpc" "main" {
  count      = 3
  cidr_block = "10.${count.index}.0.0/16"
}

resource "aws_internet_gateway" "main" {
  count  = 2
  vpc_id = aws_vpc.main[count.index].id
}

resource "aws_subnet" "main" {
  count                               = 4
  vpc_id                              = aws_vpc.main[0].id
  cidr_block                          = cidrsubnet(aws_vpc.main[0].cidr_block, 8, count.index)
  availability_zone                   = "us-east-1${["a", "b"][count.index % 2]}"
  private_dns_hostname_type_on_launch = "ip-name"
}

resource "aws_eip" "nat" {}

resource "aws_nat_gateway" "main" {
  subnet_id     = aws_subnet.main[0].id
  allocation_id = aws_eip.nat.id
}

resource "aws_eip" "of_instance" {
  instance = var.instance
}

resource "aws_eip" "of_interface" {
  network_interface = var.interface
}

resource "aws_route_table" "main" {
  count  = 2
  vpc_id = aws_vpc.main[0].id
}

resource "aws_route_table" "whole" {
  count  = 2
  vpc_id = aws_vpc.main[0].id

  route {
    cidr_block     = "192.0.2.0/24"
    nat_gateway_id = aws_nat_gateway.main.id
  }

  propagating_vgws = [aws_vpn_gateway.main[0].id]
}

resource "aws_route_table_association" "main" {
  subnet_id      = aws_subnet.main[0].id
  route_table_id = aws_route_table.main[0].id
}

resource "aws_route" "by_gateway" {
  route_table_id         = aws_route_table.main[0].id
  destination_cidr_block = "198.51.100.0/24"
  gateway_id             = aws_internet_gateway.main[0].id
}

resource "aws_route" "by_nat" {
  count                  = 4
  route_table_id         = aws_route_table.main[0].id
  destination_cidr_block = "203.0.113.${64 * count.index}/26"
  nat_gateway_id         = aws_nat_gateway.main.id
}

resource "aws_route" "six" {
  route_table_id              = aws_route_table.main[0].id
  destination_ipv6_cidr_block = "2001:db8::/32"
  gateway_id                  = aws_internet_gateway.main[0].id
}

resource "aws_vpc_endpoint" "gateway" {
  count           = 2
  vpc_id          = aws_vpc.main[0].id
  service_name    = "com.amazonaws.us-east-1.${["s3", "dynamodb"][count.index]}"
  route_table_ids = [aws_route_table.main[0].id]
  policy          = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = "*", Action = "*", Resource = "*" }] })
}

resource "aws_vpc_endpoint" "interface" {
  count               = 4
  vpc_id              = aws_vpc.main[0].id
  service_name        = "com.amazonaws.us-east-1.${["ssm", "ec2", "logs", "monitoring"][count.index]}"
  vpc_endpoint_type   = "Interface"
  subnet_ids          = [aws_subnet.main[0].id]
  security_group_ids  = [aws_security_group.main[0].id]
  private_dns_enabled = true
  ip_address_type     = "ipv4"

  depends_on = [aws_vpc.main]
}

resource "aws_vpn_gateway" "main" {
  count  = 2
  vpc_id = aws_vpc.main[count.index].id
}

resource "aws_default_security_group" "main" {
  count  = 3
  vpc_id = aws_vpc.main[count.index].id

  ingress {
    protocol    = "tcp"
    from_port   = 443
    to_port     = 443
    cidr_blocks = ["10.0.0.0/8"]
  }

  egress {
    protocol    = "-1"
    from_port   = 0
    to_port     = 0
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_security_group" "main" {
  count  = 2
  name   = "main-${count.index}"
  vpc_id = aws_vpc.main[0].id
}

resource "aws_security_group" "whole" {
  count  = 2
  name   = "whole-${count.index}"
  vpc_id = aws_vpc.main[0].id

  ingress {
    protocol    = "tcp"
    from_port   = 443
    to_port     = 443
    cidr_blocks = ["10.0.0.0/8"]
  }

  egress {
    protocol    = "-1"
    from_port   = 0
    to_port     = 0
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_vpc_security_group_ingress_rule" "four" {
  count             = 4
  security_group_id = aws_security_group.main[0].id
  ip_protocol       = "tcp"
  from_port         = 1000 + 10 * count.index
  to_port           = 1005 + 10 * count.index
  cidr_ipv4         = "10.0.0.0/8"
  description       = "As declared"
}

resource "aws_vpc_security_group_ingress_rule" "six" {
  security_group_id = aws_security_group.main[0].id
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv6         = "2001:db8::/32"
}

resource "aws_vpc_security_group_ingress_rule" "list" {
  security_group_id = aws_security_group.main[0].id
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  prefix_list_id    = var.prefix_list
}

resource "aws_vpc_security_group_ingress_rule" "group" {
  security_group_id            = aws_security_group.main[0].id
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
  referenced_security_group_id = aws_security_group.main[1].id
}

resource "aws_vpc_security_group_egress_rule" "four" {
  count             = 4
  security_group_id = aws_security_group.main[0].id
  ip_protocol       = "tcp"
  from_port         = 1000 + 10 * count.index
  to_port           = 1005 + 10 * count.index
  cidr_ipv4         = "10.0.0.0/8"
  description       = "As declared"
}

resource "aws_vpc_security_group_egress_rule" "six" {
  security_group_id = aws_security_group.main[0].id
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv6         = "2001:db8::/32"
}

resource "aws_vpc_security_group_egress_rule" "list" {
  security_group_id = aws_security_group.main[0].id
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  prefix_list_id    = var.prefix_list
}

resource "aws_vpc_security_group_egress_rule" "group" {
  security_group_id            = aws_security_group.main[0].id
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
  referenced_security_group_id = aws_security_group.main[1].id
}

resource "aws_customer_gateway" "main" {
  bgp_asn    = 65000
  ip_address = "198.51.100.1"
  type       = "ipsec.1"
}

resource "aws_flow_log" "main" {
  vpc_id               = aws_vpc.main[0].id
  traffic_type         = "REJECT"
  log_destination_type = "s3"
  log_destination      = aws_s3_bucket.logs.arn
}

resource "aws_s3_bucket" "logs" {
  bucket = "${var.account}-drift-network"
}
