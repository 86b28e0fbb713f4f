variable "name" {
  description = "Prefix of every name in this tier."
  type        = string
}

variable "vpc_id" {
  description = "VPC of the target group."
  type        = string
}

variable "subnet_ids" {
  description = "Public subnets, one per zone."
  type        = list(string)
}

variable "security_group_id" {
  description = "Security group of the load balancer."
  type        = string
}

variable "app_port" {
  description = "Port that Moodle's web server listens on."
  type        = number
}

variable "domain" {
  description = "Host name of the site."
  type        = string
}

variable "certificate_arn" {
  description = "An issued certificate to use instead of requesting one; null to request."
  type        = string
  default     = null
}

variable "deletion_protection" {
  description = "Refuse to delete the load balancer."
  type        = bool
}

variable "logs_bucket" {
  description = "Bucket for access logs."
  type        = string
  default     = null
}

variable "access_logs_enabled" {
  description = "Write access logs. Separate from the bucket's name, which may not be known yet."
  type        = bool
}

variable "admin_cidrs" {
  description = "Addresses that may open the administration pages; empty for no restriction."
  type        = list(string)
}

variable "waf" {
  description = "The web application firewall; mode is off, count or block."
  type = object({
    mode             = string
    rate_limit       = number
    login_rate_limit = number
    bot_control      = bool
  })
}

variable "log_retention_days" {
  description = "How long the firewall's log is kept."
  type        = number
}

variable "shield_advanced" {
  description = "Protect the load balancer with Shield Advanced. The account must already subscribe to it."
  type        = bool
}
