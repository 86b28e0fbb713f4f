variable "name" {
  description = "Name of everything that is made here."
  type        = string
  default     = "drift-watcher"
}

variable "region" {
  description = "Region that the watcher runs in. The stacks that it looks at may be in others."
  type        = string
  default     = "us-east-1"
}

variable "image" {
  description = "Image with Cairn and the stacks in /stacks."
  type        = string
}

variable "arguments" {
  description = "What Cairn is to do."
  type        = list(string)
  default     = ["drift", "*", "--all-workspaces", "--format=json"]
}

variable "architecture" {
  description = "What the image is built for: X86_64 or ARM64."
  type        = string
  default     = "X86_64"
}

variable "vpc_id" {
  description = "VPC that the task runs in."
  type        = string
}

variable "subnet_ids" {
  description = "Subnets that the task runs in, with a way to AWS's APIs and the registry: a NAT gateway, endpoints, or a public address."
  type        = list(string)
}

variable "assign_public_ip" {
  description = "Give the task a public address: in public subnets, where there is no NAT gateway."
  type        = bool
  default     = false
}

variable "schedule" {
  description = "When to look."
  type        = string
  default     = "cron(30 3 * * ? *)"
}

variable "timezone" {
  description = "Where the clock hangs that the schedule goes by."
  type        = string
  default     = "UTC"
}

variable "retention_in_days" {
  description = "How long reports are kept."
  type        = number
  default     = 90
}
