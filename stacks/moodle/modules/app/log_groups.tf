# Made here, with a retention, before an agent makes them without.
resource "aws_cloudwatch_log_group" "node" {
  for_each = var.log_names

  name              = "/${var.name}/${each.key}"
  retention_in_days = var.log_retention_days
}
