variable "name" {
  description = "Prefix of every name in this tier."
  type        = string
}

variable "environment" {
  description = "dev, staging or production."
  type        = string
}

variable "region" {
  description = "Region of the stack."
  type        = string
}

variable "partition" {
  description = "AWS partition, part of every ARN."
  type        = string
}

variable "account_id" {
  description = "Account of the stack."
  type        = string
}

variable "tags" {
  description = "Tags by which operators' rights know the nodes of this stack."
  type        = map(string)
}

variable "key_arn" {
  description = "Key that encrypts alarms and operators' sessions."
  type        = string
}

variable "alarms_enabled" {
  description = "Make the alarms, their topic and the dashboard."
  type        = bool
}

variable "alarm_emails" {
  description = "Who is told; each address gets a mail that asks to confirm."
  type        = set(string)
}

variable "log_retention_days" {
  description = "How long operators' sessions are kept."
  type        = number
}

variable "load_balancer" {
  description = "The load balancer's name in metrics."
  type        = string
}

variable "target_group" {
  description = "The target group's name in metrics."
  type        = string
}

variable "zones" {
  description = "Availability zone name by the letter that the stack uses for it."
  type        = map(string)
}

variable "group_names" {
  description = "Auto Scaling group name by role."
  type        = map(string)
}

variable "web_nodes_min" {
  description = "Fewer web nodes than this is an alarm."
  type        = number
}

variable "has_cron_node" {
  description = "Background jobs run on a node of their own."
  type        = bool
}

variable "database_id" {
  description = "Identifier of the database."
  type        = string
}

variable "database" {
  description = "Size of the database, which the thresholds follow."
  type = object({
    instance_class = string
    storage_gib    = number
  })
}

variable "nat_gateway_ids" {
  description = "NAT gateway id by zone letter."
  type        = map(string)
}

variable "vpn_enabled" {
  description = "There is a VPN to watch."
  type        = bool
}

variable "vpn_connection_id" {
  description = "Id of the VPN connection."
  type        = string
  default     = null
}

variable "web_acl_enabled" {
  description = "There is a firewall to watch."
  type        = bool
}

variable "web_acl_name" {
  description = "Name of the firewall in metrics."
  type        = string
  default     = null
}
