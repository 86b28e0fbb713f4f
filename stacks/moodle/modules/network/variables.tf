variable "name" {
  description = "Prefix of every name in this tier."
  type        = string
}

variable "region" {
  description = "Region of the stack, part of the endpoint service names."
  type        = string
}

variable "partition" {
  description = "AWS partition, part of every ARN."
  type        = string
}

variable "account_id" {
  description = "Account of the stack, part of ARNs in policies."
  type        = string
}

variable "zones" {
  description = "Availability zone name by the letter that the stack uses for it."
  type        = map(string)
}

variable "vpc_cidr" {
  description = "Address range of the VPC."
  type        = string
}

variable "subnet_cidrs" {
  description = "Address range of each subnet, by tier and zone letter."
  type = object({
    public = map(string)
    app    = map(string)
    data   = map(string)
  })
}

variable "nat" {
  description = "Where NAT gateways stand: per_zone, or single (in zone a)."
  type        = string
}

variable "interface_endpoints" {
  description = "AWS services that get an endpoint inside the VPC."
  type        = set(string)
}

variable "bucket_arns" {
  description = "Buckets that may be reached through the S3 endpoint."
  type        = list(string)
}

variable "flow_log_enabled" {
  description = "Record accepted and rejected traffic of the VPC."
  type        = bool
}

variable "log_retention_days" {
  description = "How long the flow log is kept."
  type        = number
}

variable "app_port" {
  description = "Port that Moodle's web server listens on."
  type        = number
}

variable "smtp_enabled" {
  description = "Let the app tier reach a mail relay on port 587."
  type        = bool
}

variable "shared_file_system_enabled" {
  description = "Make a security group for the mount targets of the shared file system."
  type        = bool
}

variable "vpn" {
  description = "Site-to-site VPN to the campus network; null for none."
  type = object({
    customer_ip     = string
    customer_asn    = number
    amazon_asn      = number
    corporate_cidrs = list(string)
  })
  default = null
}
