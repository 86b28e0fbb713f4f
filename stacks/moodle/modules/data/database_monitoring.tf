data "aws_iam_policy_document" "database_monitoring_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["monitoring.rds.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "database_monitoring" {
  count = var.database.enhanced_monitoring ? 1 : 0

  name               = "${var.name}-database-monitoring"
  description        = "Lets RDS write operating system metrics of the database to CloudWatch"
  assume_role_policy = data.aws_iam_policy_document.database_monitoring_trust.json
}

resource "aws_iam_role_policy_attachment" "database_monitoring" {
  count = var.database.enhanced_monitoring ? 1 : 0

  role       = aws_iam_role.database_monitoring[0].name
  policy_arn = "arn:${var.partition}:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"
}
