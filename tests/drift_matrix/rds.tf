variable "account" {
  type = string
}

resource "aws_vpc" "main" {
  count      = 2
  cidr_block = "10.${count.index}.0.0/16"
}

resource "aws_subnet" "main" {
  count             = 3
  vpc_id            = aws_vpc.main[0].id
  cidr_block        = cidrsubnet(aws_vpc.main[0].cidr_block, 8, count.index)
  availability_zone = "us-east-1${["a", "b", "c"][count.index]}"
}

resource "aws_subnet" "other" {
  count             = 2
  vpc_id            = aws_vpc.main[1].id
  cidr_block        = cidrsubnet(aws_vpc.main[1].cidr_block, 8, count.index)
  availability_zone = "us-east-1${["a", "b"][count.index]}"
}

resource "aws_security_group" "main" {
  count  = 2
  name   = "rds-${count.index}"
  vpc_id = aws_vpc.main[0].id
}

resource "aws_iam_role" "monitoring" {
  count              = 2
  name               = "monitoring-${count.index}"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "monitoring.rds.amazonaws.com" } }] })
}

resource "aws_kms_key" "main" {
  count = 2
}

resource "aws_db_subnet_group" "main" {
  name        = "main"
  description = "As declared"
  subnet_ids  = [aws_subnet.main[0].id, aws_subnet.main[1].id]
}

resource "aws_db_subnet_group" "edited" {
  count       = 3
  name        = "edited-${count.index}"
  description = "As declared"
  subnet_ids  = [aws_subnet.main[0].id, aws_subnet.main[1].id]
}

resource "aws_db_subnet_group" "other" {
  name       = "other"
  subnet_ids = aws_subnet.other[*].id
}

resource "aws_db_parameter_group" "main" {
  count  = 4
  name   = "main-${count.index}"
  family = "mysql8.0"

  parameter {
    name  = "max_connections"
    value = "100"
  }
}

resource "aws_db_instance" "main" {
  count                       = 5
  identifier                  = "main-${count.index}"
  engine                      = "mysql"
  engine_version              = "8.0.40"
  instance_class              = "db.m6g.large"
  allocated_storage           = 400
  max_allocated_storage       = 800
  storage_type                = "gp3"
  storage_encrypted           = true
  iops                        = 12000
  storage_throughput          = 500
  username                    = "moodle"
  password                    = "not-a-secret"
  multi_az                    = false
  db_subnet_group_name        = aws_db_subnet_group.main.name
  vpc_security_group_ids      = [aws_security_group.main[0].id]
  network_type                = "IPV4"
  port                        = 3306
  ca_cert_identifier          = "rds-ca-rsa2048-g1"
  parameter_group_name        = aws_db_parameter_group.main[0].name
  option_group_name           = "declared"
  license_model               = "general-public-license"
  auto_minor_version_upgrade  = true
  maintenance_window          = "sun:04:00-sun:05:00"
  backup_window               = "02:00-03:00"
  backup_retention_period     = 7
  copy_tags_to_snapshot       = true
  skip_final_snapshot         = true
  apply_immediately           = true
  monitoring_interval         = 60
  monitoring_role_arn         = aws_iam_role.monitoring[0].arn
  database_insights_mode      = "standard"

  enabled_cloudwatch_logs_exports       = ["error"]
  performance_insights_enabled          = true
  performance_insights_kms_key_id       = aws_kms_key.main[0].arn
  performance_insights_retention_period = 7
}

# RDS keeps the password in Secrets Manager.
resource "aws_db_instance" "managed" {
  count                         = 2
  identifier                    = "managed-${count.index}"
  engine                        = "mysql"
  instance_class                = "db.m6g.large"
  allocated_storage             = 20
  username                      = "moodle"
  manage_master_user_password   = true
  master_user_secret_kms_key_id = aws_kms_key.main[0].arn
  db_subnet_group_name          = aws_db_subnet_group.main.name
  skip_final_snapshot           = true
  apply_immediately             = true
}
