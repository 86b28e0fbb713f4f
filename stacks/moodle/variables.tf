variable "environment" {
  description = "Which environment these settings are for. It has to be the workspace's name, so that nobody applies the settings of one to another."
  type        = string

  validation {
    condition     = contains(["dev", "staging", "production"], var.environment)
    error_message = "The environment is one of dev, staging and production."
  }

  validation {
    condition     = var.environment == terraform.workspace
    error_message = "These are the settings of ${var.environment}, but the workspace is ${terraform.workspace}. Select the workspace with that name first: terraform workspace select -or-create ${var.environment}"
  }
}

variable "region" {
  description = "AWS region of the whole stack."
  type        = string
  default     = "us-east-1"
}

# Network

variable "vpc_cidr" {
  description = "Address range of the VPC. It must not overlap with the campus network."
  type        = string
  default     = "10.20.0.0/16"

  validation {
    condition     = can(cidrhost(var.vpc_cidr, 0))
    error_message = "vpc_cidr is a range in CIDR notation, such as 10.20.0.0/16."
  }
}

variable "subnet_cidrs" {
  description = "Address range of each subnet, by tier and zone. The app tier is the one that grows."
  type = object({
    public = map(string)
    app    = map(string)
    data   = map(string)
  })
  default = {
    public = { a = "10.20.0.0/24", b = "10.20.1.0/24" }
    app    = { a = "10.20.16.0/20", b = "10.20.32.0/20" }
    data   = { a = "10.20.8.0/24", b = "10.20.9.0/24" }
  }

  validation {
    condition     = alltrue([for tier, cidrs in var.subnet_cidrs : join(",", keys(cidrs)) == "a,b"])
    error_message = "Every tier has a subnet in zone a and one in zone b."
  }
}

variable "availability_zones" {
  description = "The two availability zones. Empty takes the region's first two; production names them, so that a new zone of AWS moves nothing."
  type        = list(string)
  default     = []

  validation {
    condition     = contains([0, 2], length(var.availability_zones))
    error_message = "Name exactly two availability zones, or none."
  }
}

variable "nat" {
  description = "NAT gateways: per_zone (a zone can fail alone) or single (half the price)."
  type        = string
  default     = "single"

  validation {
    condition     = contains(["per_zone", "single"], var.nat)
    error_message = "nat is per_zone or single."
  }
}

variable "interface_endpoints" {
  description = "AWS services reached without leaving the VPC, beside S3."
  type        = set(string)
  default     = []
}

variable "flow_log" {
  description = "Record the VPC's traffic."
  type        = bool
  default     = true
}

variable "connectivity" {
  description = "Link to the campus network: none or vpn."
  type        = string
  default     = "none"

  validation {
    condition     = contains(["none", "vpn"], var.connectivity)
    error_message = "connectivity is none or vpn."
  }
}

variable "vpn" {
  description = "The campus end of the VPN, for connectivity = \"vpn\"."
  type = object({
    customer_ip     = string
    customer_asn    = optional(number, 65000)
    amazon_asn      = optional(number, 64512)
    corporate_cidrs = optional(list(string), [])
  })
  default = null

  validation {
    condition     = var.connectivity == "none" || var.vpn != null
    error_message = "connectivity = \"vpn\" needs the settings of the campus end in vpn."
  }
}

# Edge

variable "domain" {
  description = "Host name of the site."
  type        = string
}

variable "certificate_arn" {
  description = "An issued certificate in ACM. Without one a certificate is requested, which needs a DNS record to be issued."
  type        = string
  default     = null
}

variable "load_balancer_deletion_protection" {
  description = "Refuse to delete the load balancer."
  type        = bool
  default     = true
}

variable "access_logs" {
  description = "Keep the load balancer's access logs in a bucket."
  type        = bool
  default     = true
}

variable "admin_cidrs" {
  description = "Networks that may open /admin; empty for all. A rule of the load balancer has room for three."
  type        = list(string)
  default     = []

  validation {
    condition     = length(var.admin_cidrs) <= 3 && alltrue([for cidr in var.admin_cidrs : can(cidrhost(cidr, 0))])
    error_message = "admin_cidrs holds at most three ranges in CIDR notation."
  }
}

variable "waf" {
  description = "Web application firewall: mode off, count (only report) or block; requests per address in five minutes; paid bot control."
  type = object({
    mode             = optional(string, "off")
    rate_limit       = optional(number, 2000)
    login_rate_limit = optional(number, 500)
    bot_control      = optional(bool, false)
  })
  default = {}

  validation {
    condition     = contains(["off", "count", "block"], var.waf.mode)
    error_message = "waf.mode is off, count or block."
  }
}

variable "shield_advanced" {
  description = "Add the load balancer to Shield Advanced. This never subscribes: somebody has to have done that by hand, at a price per month and for a year."
  type        = bool
  default     = false
}

# App

variable "app_port" {
  description = "Port that the web nodes listen on, behind the load balancer."
  type        = number
  default     = 80

  validation {
    condition     = var.app_port > 0 && var.app_port < 65536 && var.app_port != 22
    error_message = "app_port is a TCP port, and not that of SSH."
  }
}

variable "ami_id" {
  description = "Image of the nodes; null for the newest Amazon Linux 2023 on ARM."
  type        = string
  default     = null

  validation {
    condition     = var.ami_id == null ? true : can(regex("^ami-[0-9a-f]+$", var.ami_id))
    error_message = "ami_id looks like ami-0123456789abcdef0."
  }
}

variable "prepared_image" {
  description = "ami_id already holds nginx, PHP, Moodle and the certificates of RDS, so that nodes boot in two minutes and not in eight."
  type        = bool
  default     = false

  validation {
    condition     = !var.prepared_image || var.ami_id != null
    error_message = "prepared_image needs the image's ami_id."
  }
}

variable "moodle" {
  description = "Release of Moodle: a tag of its repository, and the commit that the tag has to be at (null for whatever it is at)."
  type = object({
    version   = string
    commit    = optional(string)
    site_name = optional(string, "Moodle")
  })

  validation {
    condition     = can(regex("^v[0-9]+[.][0-9]+[.][0-9]+$", var.moodle.version))
    error_message = "moodle.version is a tag such as v5.2.2."
  }
}

variable "web_nodes" {
  description = "Nodes behind the load balancer, and when their number changes."
  type = object({
    instance_type           = string
    min                     = number
    max                     = number
    cpu_target              = optional(number, 55)
    requests_per_node       = optional(number, 1000)
    health_check_grace_secs = optional(number, 900)
    warmup_secs             = optional(number, 300)
  })

  validation {
    condition     = var.web_nodes.min >= 1 && var.web_nodes.max >= var.web_nodes.min
    error_message = "web_nodes needs at least one node, and max not below min."
  }
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
  default     = 30

  validation {
    condition     = var.volume_gib >= 10
    error_message = "Amazon Linux, Moodle and its caches need 10 GiB."
  }
}

variable "shared_file_system" {
  description = "File system for moodledata, made outside of this stack with mount targets in its app subnets: kind efs or s3files, and its id. Null for a folder on the node, which does for one node only."
  type = object({
    kind = string
    id   = string
  })
  default = null

  validation {
    condition     = var.shared_file_system == null ? true : contains(["efs", "s3files"], var.shared_file_system.kind)
    error_message = "shared_file_system.kind is efs or s3files."
  }

  # Two nodes with a folder each would lose users' files without an error anywhere.
  validation {
    condition     = var.shared_file_system != null || (var.web_nodes.max == 1 && var.cron_node == null)
    error_message = "More than one node needs a shared_file_system."
  }
}

variable "mail" {
  description = "Mail relay, such as that of SES, and the secret with its username and password; null to send no mail at all."
  type = object({
    smtp_host  = string
    secret_arn = string
  })
  default = null
}

# Data

variable "database" {
  description = "Size and care of the PostgreSQL database."
  type = object({
    engine_version        = optional(string, "17")
    instance_class        = string
    storage_gib           = number
    max_storage_gib       = number
    multi_az              = optional(bool, true)
    backup_retention_days = number
    deletion_protection   = optional(bool, true)
    enhanced_monitoring   = optional(bool, true)
    export_logs           = optional(bool, true)
    apply_immediately     = optional(bool, false)
  })

  validation {
    condition     = tonumber(split(".", var.database.engine_version)[0]) >= 16
    error_message = "Moodle 5.2 and later need PostgreSQL 16 or newer."
  }

  # RDS only grows a disk by itself when it may grow by a tenth at least.
  validation {
    condition     = var.database.max_storage_gib >= var.database.storage_gib * 1.1
    error_message = "database.max_storage_gib has to be at least a tenth above storage_gib."
  }

  validation {
    condition     = var.database.backup_retention_days >= 1 && var.database.backup_retention_days <= 35
    error_message = "RDS keeps backups for 1 to 35 days."
  }
}

variable "weekly_dumps" {
  description = "Dump the database into a bucket once a week, from the node for background jobs. Unlike the backups of RDS, a dump outlives the database and can be read anywhere."
  type        = bool
  default     = false

  validation {
    condition     = !var.weekly_dumps || var.cron_node != null
    error_message = "weekly_dumps needs a cron_node to run on."
  }
}

variable "erasable" {
  description = "Destroying the stack takes files and database along, without a last snapshot."
  type        = bool
  default     = false

  validation {
    condition     = !(var.erasable && var.environment == "production")
    error_message = "Production is never erasable."
  }
}

# Operations

variable "node_logs" {
  description = "Logs that the nodes ship to CloudWatch."
  type        = set(string)
  default     = ["nginx-access", "nginx-error", "php-fpm", "cron", "boot", "system"]

  validation {
    condition     = alltrue([for log in var.node_logs : contains(["nginx-access", "nginx-error", "php-fpm", "cron", "boot", "system"], log)])
    error_message = "node_logs may name nginx-access, nginx-error, php-fpm, cron, boot and system."
  }
}

variable "log_retention_days" {
  description = "How long logs are kept."
  type        = number
  default     = 90

  validation {
    condition     = contains([7, 14, 30, 60, 90, 120, 180, 365, 400], var.log_retention_days)
    error_message = "CloudWatch keeps logs for 7, 14, 30, 60, 90, 120, 180, 365 or 400 days."
  }
}

variable "alarms" {
  description = "Make alarms, their topic and the dashboard."
  type        = bool
  default     = true
}

variable "alarm_emails" {
  description = "Who is told about alarms. Each address gets a mail that asks to confirm."
  type        = set(string)
  default     = []
}
