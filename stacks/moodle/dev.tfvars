# A place to try things: one node, one small database, nothing that can't be thrown away.
environment = "dev"
domain      = "moodle-dev.example.edu"

nat      = "single"
flow_log = false

access_logs                       = false
load_balancer_deletion_protection = false

moodle = {
  version   = "v5.2.2"
  site_name = "Moodle (dev)"
}

web_nodes = {
  instance_type = "t4g.small"
  min           = 1
  max           = 1
}

database = {
  instance_class        = "db.t4g.micro"
  storage_gib           = 20
  max_storage_gib       = 50
  multi_az              = false
  backup_retention_days = 1
  deletion_protection   = false
  enhanced_monitoring   = false
  export_logs           = false
  apply_immediately     = true
}

erasable           = true
node_logs          = ["boot", "php-fpm"]
log_retention_days = 30
alarms             = false
