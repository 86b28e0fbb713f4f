output "site_url" {
  description = "Address of the site."
  value       = "https://${var.domain}"
}

output "load_balancer_dns_name" {
  description = "Where the DNS record of the site has to point."
  value       = module.edge.load_balancer_dns_name
}

output "load_balancer_zone_id" {
  description = "Hosted zone of the load balancer, for an alias record in Route 53."
  value       = module.edge.load_balancer_zone_id
}

output "certificate_validation_records" {
  description = "DNS records to set by hand, so that AWS issues the certificate."
  value       = module.edge.certificate_validation_records
}

output "outgoing_addresses" {
  description = "Public addresses that Moodle calls others from."
  value       = module.network.nat_addresses
}

output "vpn_tunnel_addresses" {
  description = "Amazon's end of the VPN tunnels, for the campus router."
  value       = module.network.vpn_tunnel_addresses
}

output "database_address" {
  description = "Host name of the database."
  value       = module.data.database_address
}

output "database_secret_arn" {
  description = "Secret with the database user and password. The ARN is no secret."
  value       = module.data.database_secret_arn
}

output "moodledata_bucket" {
  description = "Bucket for Moodle's files."
  value       = module.data.moodledata_bucket
}

output "app_subnet_ids" {
  description = "App subnets by zone, for the mount targets of the shared file system."
  value       = module.network.subnet_ids.app
}

output "files_security_group_id" {
  description = "Security group for those mount targets; null without a shared file system."
  value       = lookup(module.network.security_group_ids, "files", null)
}

output "scaling_groups" {
  description = "Auto Scaling group by role."
  value       = module.app.group_names
}

output "session_document" {
  description = "Start a shell with: aws ssm start-session --document-name <this> --target <instance>"
  value       = module.operations.session_document_name
}

output "operators_policy_arn" {
  description = "Attach this policy to whoever may open a shell on the nodes."
  value       = module.operations.operators_policy_arn
}

output "dashboard" {
  description = "Name of the CloudWatch dashboard; null without alarms."
  value       = module.operations.dashboard_name
}

output "alarm_topic_arn" {
  description = "Topic that alarms are published to; null without alarms."
  value       = module.operations.alarm_topic_arn
}
