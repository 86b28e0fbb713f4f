environment = "production"
domain      = "moodle.example.edu"

availability_zones  = ["us-east-1a", "us-east-1b"]
nat                 = "per_zone"
interface_endpoints = ["kms", "logs", "monitoring", "secretsmanager", "ssm", "ssmmessages"]

connectivity = "vpn"
vpn = {
  customer_ip     = "198.51.100.10"
  customer_asn    = 65000
  corporate_cidrs = ["10.100.0.0/16"]
}

admin_cidrs = ["203.0.113.0/24", "198.51.100.0/24"]

waf = {
  mode             = "block"
  rate_limit       = 2000
  login_rate_limit = 500
}

moodle = {
  version   = "v5.2.2"
  site_name = "Moodle"
}

web_nodes = {
  instance_type = "m7g.large"
  min           = 2
  max           = 6
}

cron_node = {
  instance_type = "m7g.large"
}

# Made outside of this stack, see README.md.
shared_file_system = {
  kind = "efs"
  id   = "fs-0123456789abcdef0"
}

database = {
  instance_class        = "db.m7g.large"
  storage_gib           = 100
  max_storage_gib       = 500
  backup_retention_days = 14
}

weekly_dumps = true

log_retention_days = 365
alarm_emails       = ["moodle-operations@example.edu"]
