# Production's shape at a smaller size: two of everything that fails over, a firewall that only counts.
environment = "staging"
domain      = "moodle-staging.example.edu"

nat                 = "single"
interface_endpoints = ["ssm", "ssmmessages"]

load_balancer_deletion_protection = false
admin_cidrs                       = ["203.0.113.0/24"]

waf = {
  mode = "count"
}

moodle = {
  version   = "v5.2.2"
  site_name = "Moodle (staging)"
}

web_nodes = {
  instance_type = "t4g.medium"
  min           = 2
  max           = 3
}

# Made outside of this stack, see README.md.
shared_file_system = {
  kind = "efs"
  id   = "fs-0123456789abcdef0"
}

database = {
  instance_class        = "db.t4g.medium"
  storage_gib           = 20
  max_storage_gib       = 100
  backup_retention_days = 7
  deletion_protection   = false
  apply_immediately     = true
}

erasable           = true
log_retention_days = 90
alarm_emails       = ["moodle-staging@example.edu"]
