# Load balancer

resource "aws_vpc_security_group_ingress_rule" "alb_from_internet" {
  for_each = { http = 80, https = 443 }

  security_group_id = aws_security_group.main["alb"].id
  description       = "${each.key} from anywhere"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = each.value
  to_port           = each.value

  tags = { Name = "${var.name}-alb-${each.key}" }
}

resource "aws_vpc_security_group_egress_rule" "alb_to_app" {
  security_group_id            = aws_security_group.main["alb"].id
  description                  = "Web traffic to the Moodle nodes"
  referenced_security_group_id = aws_security_group.main["app"].id
  ip_protocol                  = "tcp"
  from_port                    = var.app_port
  to_port                      = var.app_port

  tags = { Name = "${var.name}-alb-to-app" }
}

# Moodle nodes

resource "aws_vpc_security_group_ingress_rule" "app_from_alb" {
  security_group_id            = aws_security_group.main["app"].id
  description                  = "Web traffic from the load balancer"
  referenced_security_group_id = aws_security_group.main["alb"].id
  ip_protocol                  = "tcp"
  from_port                    = var.app_port
  to_port                      = var.app_port

  tags = { Name = "${var.name}-app-from-alb" }
}

resource "aws_vpc_security_group_egress_rule" "app_to_https" {
  security_group_id = aws_security_group.main["app"].id
  description       = "AWS APIs, packages and remote services over TLS"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443

  tags = { Name = "${var.name}-app-https" }
}

resource "aws_vpc_security_group_egress_rule" "app_to_db" {
  security_group_id            = aws_security_group.main["app"].id
  description                  = "PostgreSQL"
  referenced_security_group_id = aws_security_group.main["db"].id
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432

  tags = { Name = "${var.name}-app-to-db" }
}

resource "aws_vpc_security_group_egress_rule" "app_to_smtp" {
  count = var.smtp_enabled ? 1 : 0

  security_group_id = aws_security_group.main["app"].id
  description       = "Mail relay"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 587
  to_port           = 587

  tags = { Name = "${var.name}-app-smtp" }
}

resource "aws_vpc_security_group_egress_rule" "app_to_files" {
  count = var.shared_file_system_enabled ? 1 : 0

  security_group_id            = aws_security_group.main["app"].id
  description                  = "NFS to the mount targets"
  referenced_security_group_id = aws_security_group.main["files"].id
  ip_protocol                  = "tcp"
  from_port                    = 2049
  to_port                      = 2049

  tags = { Name = "${var.name}-app-to-files" }
}

# The campus directory stays on campus; Moodle reaches it through the VPN.
resource "aws_vpc_security_group_egress_rule" "app_to_directory" {
  for_each = toset(local.corporate_cidrs)

  security_group_id = aws_security_group.main["app"].id
  description       = "LDAPS to the campus directory"
  cidr_ipv4         = each.key
  ip_protocol       = "tcp"
  from_port         = 636
  to_port           = 636

  tags = { Name = "${var.name}-app-ldaps" }
}

# Database

resource "aws_vpc_security_group_ingress_rule" "db_from_app" {
  security_group_id            = aws_security_group.main["db"].id
  description                  = "PostgreSQL from the Moodle nodes"
  referenced_security_group_id = aws_security_group.main["app"].id
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432

  tags = { Name = "${var.name}-db-from-app" }
}

# Shared file system

resource "aws_vpc_security_group_ingress_rule" "files_from_app" {
  count = var.shared_file_system_enabled ? 1 : 0

  security_group_id            = aws_security_group.main["files"].id
  description                  = "NFS from the Moodle nodes"
  referenced_security_group_id = aws_security_group.main["app"].id
  ip_protocol                  = "tcp"
  from_port                    = 2049
  to_port                      = 2049

  tags = { Name = "${var.name}-files-from-app" }
}

# Endpoints

resource "aws_vpc_security_group_ingress_rule" "endpoints_from_app" {
  count = length(var.interface_endpoints) > 0 ? 1 : 0

  security_group_id            = aws_security_group.main["endpoints"].id
  description                  = "AWS APIs from the Moodle nodes"
  referenced_security_group_id = aws_security_group.main["app"].id
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443

  tags = { Name = "${var.name}-endpoints-from-app" }
}
