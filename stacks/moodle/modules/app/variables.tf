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
  description = "Tags for what the Auto Scaling groups launch, which the provider's default tags don't reach."
  type        = map(string)
}

variable "subnet_ids" {
  description = "App subnets, one per zone."
  type        = list(string)
}

variable "security_group_id" {
  description = "Security group of the nodes."
  type        = string
}

variable "app_port" {
  description = "Port that nginx listens on."
  type        = number
}

variable "target_group_arn" {
  description = "Target group that web nodes join."
  type        = string
}

variable "request_metric_label" {
  description = "Load balancer and target group, as the request metric names them."
  type        = string
}

variable "parameter_path" {
  description = "Where nodes find their settings in Parameter Store."
  type        = string
}

variable "settings" {
  description = "What a node has to know, by its name below the parameter path."
  type        = map(string)
}

variable "ami_id" {
  description = "Image to boot; null for the newest Amazon Linux 2023."
  type        = string
  default     = null
}

variable "prepared_image" {
  description = "The image already holds nginx, PHP and Moodle, so nothing is installed at boot."
  type        = bool
}

variable "web_nodes" {
  description = "Nodes behind the load balancer."
  type = object({
    instance_type           = string
    min                     = number
    max                     = number
    cpu_target              = number
    requests_per_node       = number
    health_check_grace_secs = number
    warmup_secs             = number
  })
}

variable "cron_node" {
  description = "A node of its own for background jobs; null to run them on the web nodes."
  type = object({
    instance_type = string
  })
  default = null
}

variable "volume_gib" {
  description = "Size of a node's disk."
  type        = number
}

variable "moodledata_bucket_arn" {
  description = "Bucket for Moodle's files."
  type        = string
}

variable "dumps_bucket_arn" {
  description = "Bucket for dumps of the database; null without dumps."
  type        = string
  default     = null
}

variable "weekly_dumps" {
  description = "Dump the database once a week. Separate from the bucket's ARN, which may not be known yet."
  type        = bool
}

variable "database_secret_arn" {
  description = "Secret with the database user and password."
  type        = string
}

variable "smtp_secret_arn" {
  description = "Secret with the mail relay's user and password; null without a relay."
  type        = string
  default     = null
}

variable "key_arn" {
  description = "Key that encrypts files, secrets and operators' sessions."
  type        = string
}

variable "log_names" {
  description = "Logs that every node ships."
  type        = set(string)
}

variable "log_retention_days" {
  description = "How long the nodes' logs are kept."
  type        = number
}
