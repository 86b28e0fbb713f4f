output "topic_arn" {
  description = "For `[[notify]]` in the cairn.toml of each stack."
  value       = aws_sns_topic.drift.arn
}

output "try" {
  description = "Starts a look now."
  value = join(" ", [
    "aws ecs run-task --region ${var.region} --cluster ${aws_ecs_cluster.watcher.name} --launch-type FARGATE",
    "--task-definition ${aws_ecs_task_definition.drift.family}",
    "--network-configuration 'awsvpcConfiguration={subnets=[${join(",", var.subnet_ids)}],securityGroups=[${aws_security_group.task.id}],assignPublicIp=${var.assign_public_ip ? "ENABLED" : "DISABLED"}}'",
  ])
}
