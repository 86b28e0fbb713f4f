output "group_names" {
  description = "Auto Scaling group name by role."
  value       = { for role, group in aws_autoscaling_group.node : role => group.name }
}

output "launch_template_versions" {
  description = "Launch template version by role."
  value       = { for role, template in aws_launch_template.node : role => template.latest_version }
}

output "role_name" {
  description = "Role of the nodes."
  value       = aws_iam_role.node.name
}

output "log_group_names" {
  description = "Log group by log."
  value       = { for log, group in aws_cloudwatch_log_group.node : log => group.name }
}
