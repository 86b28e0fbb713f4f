locals {
  # The family follows the engine: 17 and 17.6 are both postgres17.
  parameter_family = "postgres${split(".", var.database.engine_version)[0]}"

  parameters = {
    # Refuse connections without TLS.
    "rds.force_ssl" = "1"
    # Statements slower than a second, and whoever waits for a lock, are worth a line in the log.
    "log_min_duration_statement" = "1000"
    "log_lock_waits"             = "1"
    # A node that died in the middle of a transaction must not hold its locks for hours.
    "idle_in_transaction_session_timeout" = "600000"
  }

  log_exports = toset(var.database.export_logs ? ["postgresql", "upgrade"] : [])
}

resource "aws_db_subnet_group" "main" {
  name        = var.name
  description = "Data subnets of ${var.name}"
  subnet_ids  = var.subnet_ids
}

resource "aws_db_parameter_group" "main" {
  # The family is part of the name: a major upgrade needs the new group beside the old one.
  name        = "${var.name}-${local.parameter_family}"
  family      = local.parameter_family
  description = "Moodle's settings for ${local.parameter_family}"

  dynamic "parameter" {
    for_each = local.parameters

    content {
      name  = parameter.key
      value = parameter.value
    }
  }

  lifecycle {
    create_before_destroy = true
  }
}

# Made before the database, which would otherwise make them itself and keep them for ever.
resource "aws_cloudwatch_log_group" "database" {
  for_each = local.log_exports

  name              = "/aws/rds/instance/${var.name}/${each.key}"
  retention_in_days = var.log_retention_days
}

resource "aws_db_instance" "main" {
  identifier     = var.name
  engine         = "postgres"
  engine_version = var.database.engine_version
  instance_class = var.database.instance_class

  db_name  = "moodle"
  username = "moodle"

  # RDS makes the password, keeps it in Secrets Manager and rotates it. Nobody else ever holds it.
  manage_master_user_password   = true
  master_user_secret_kms_key_id = aws_kms_key.data.arn

  storage_type          = "gp3"
  allocated_storage     = var.database.storage_gib
  max_allocated_storage = var.database.max_storage_gib
  storage_encrypted     = true
  kms_key_id            = aws_kms_key.data.arn

  multi_az               = var.database.multi_az
  db_subnet_group_name   = aws_db_subnet_group.main.name
  vpc_security_group_ids = [var.security_group_id]
  publicly_accessible    = false
  port                   = 5432
  ca_cert_identifier     = "rds-ca-rsa2048-g1"

  parameter_group_name        = aws_db_parameter_group.main.name
  auto_minor_version_upgrade  = true
  allow_major_version_upgrade = false
  apply_immediately           = var.database.apply_immediately
  maintenance_window          = "sun:05:00-sun:06:00"

  backup_window             = "03:00-03:30"
  backup_retention_period   = var.database.backup_retention_days
  copy_tags_to_snapshot     = true
  delete_automated_backups  = var.erasable
  deletion_protection       = var.database.deletion_protection
  skip_final_snapshot       = var.erasable
  final_snapshot_identifier = var.erasable ? null : "${var.name}-final"

  enabled_cloudwatch_logs_exports = local.log_exports

  performance_insights_enabled          = var.database.enhanced_monitoring
  performance_insights_kms_key_id       = var.database.enhanced_monitoring ? aws_kms_key.data.arn : null
  performance_insights_retention_period = var.database.enhanced_monitoring ? 7 : null
  monitoring_interval                   = var.database.enhanced_monitoring ? 60 : 0
  monitoring_role_arn                   = one(aws_iam_role.database_monitoring[*].arn)

  tags = { Name = var.name }

  depends_on = [
    aws_cloudwatch_log_group.database,
    aws_iam_role_policy_attachment.database_monitoring,
  ]
}
