output "alarm_topic_arn" {
  description = "Topic that alarms are published to; null without alarms."
  value       = one(aws_sns_topic.alarms[*].arn)
}

output "dashboard_name" {
  description = "Name of the dashboard; null without one."
  value       = one(aws_cloudwatch_dashboard.main[*].dashboard_name)
}

output "operators_policy_arn" {
  description = "Policy for the people who run the site."
  value       = aws_iam_policy.operators.arn
}

output "session_document_name" {
  description = "Document to start a shell on a node with."
  value       = aws_ssm_document.session.name
}
