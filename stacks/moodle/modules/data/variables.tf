variable "name" {
  description = "Prefix of every name in this tier."
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

variable "subnet_ids" {
  description = "Data subnets, one per zone."
  type        = list(string)
}

variable "security_group_id" {
  description = "Security group of the database."
  type        = string
}

variable "bucket_names" {
  description = "Names of the buckets, of which logs and dumps are only made where they are asked for."
  type = object({
    moodledata = string
    logs       = string
    dumps      = string
  })
}

variable "keep_access_logs" {
  description = "Make the bucket for the load balancer's access logs."
  type        = bool
}

variable "keep_dumps" {
  description = "Make the bucket for the weekly dumps of the database."
  type        = bool
}

variable "log_retention_days" {
  description = "How long database and access logs are kept."
  type        = number
}

variable "erasable" {
  description = "Buckets may be deleted with their objects, the database without a last snapshot."
  type        = bool
}

variable "database" {
  description = "Size and care of the database."
  type = object({
    engine_version        = string
    instance_class        = string
    storage_gib           = number
    max_storage_gib       = number
    multi_az              = bool
    backup_retention_days = number
    deletion_protection   = bool
    enhanced_monitoring   = bool
    export_logs           = bool
    apply_immediately     = bool
  })
}
