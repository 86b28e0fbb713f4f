module "network" {
  source = "./modules/network"

  name       = local.name
  region     = local.region
  partition  = local.partition
  account_id = local.account_id

  zones               = local.zones
  vpc_cidr            = var.vpc_cidr
  subnet_cidrs        = var.subnet_cidrs
  nat                 = var.nat
  interface_endpoints = var.interface_endpoints
  bucket_arns         = local.bucket_arns
  vpn                 = var.connectivity == "vpn" ? var.vpn : null

  app_port                   = var.app_port
  smtp_enabled               = var.mail != null
  shared_file_system_enabled = var.shared_file_system != null

  flow_log_enabled   = var.flow_log
  log_retention_days = var.log_retention_days
}

module "data" {
  source = "./modules/data"

  name       = local.name
  partition  = local.partition
  account_id = local.account_id

  subnet_ids        = values(module.network.subnet_ids.data)
  security_group_id = module.network.security_group_ids["db"]

  bucket_names       = local.bucket_names
  keep_access_logs   = var.access_logs
  keep_dumps         = var.weekly_dumps
  log_retention_days = var.log_retention_days
  erasable           = var.erasable
  database           = var.database
}

module "edge" {
  source = "./modules/edge"

  name              = local.name
  vpc_id            = module.network.vpc_id
  subnet_ids        = values(module.network.subnet_ids.public)
  security_group_id = module.network.security_group_ids["alb"]

  domain              = var.domain
  certificate_arn     = var.certificate_arn
  app_port            = var.app_port
  admin_cidrs         = var.admin_cidrs
  waf                 = var.waf
  shield_advanced     = var.shield_advanced
  deletion_protection = var.load_balancer_deletion_protection

  access_logs_enabled = var.access_logs
  logs_bucket         = module.data.logs_bucket
  log_retention_days  = var.log_retention_days
}

module "app" {
  source = "./modules/app"

  name        = local.name
  environment = local.environment
  region      = local.region
  partition   = local.partition
  account_id  = local.account_id
  tags        = local.tags

  subnet_ids           = values(module.network.subnet_ids.app)
  security_group_id    = module.network.security_group_ids["app"]
  app_port             = var.app_port
  target_group_arn     = module.edge.target_group_arn
  request_metric_label = module.edge.request_metric_label

  ami_id         = var.ami_id
  prepared_image = var.prepared_image
  web_nodes      = var.web_nodes
  cron_node      = var.cron_node
  volume_gib     = var.volume_gib

  parameter_path        = local.parameter_path
  settings              = local.settings
  moodledata_bucket_arn = module.data.moodledata_bucket_arn
  dumps_bucket_arn      = module.data.dumps_bucket_arn
  weekly_dumps          = var.weekly_dumps
  database_secret_arn   = module.data.database_secret_arn
  smtp_secret_arn       = var.mail == null ? null : var.mail.secret_arn
  key_arn               = module.data.key_arn

  log_names          = var.node_logs
  log_retention_days = var.log_retention_days
}

module "operations" {
  source = "./modules/operations"

  name        = local.name
  environment = local.environment
  region      = local.region
  partition   = local.partition
  account_id  = local.account_id
  tags        = local.tags
  key_arn     = module.data.key_arn

  alarms_enabled     = var.alarms
  alarm_emails       = var.alarm_emails
  log_retention_days = var.log_retention_days

  zones             = local.zones
  load_balancer     = module.edge.load_balancer_arn_suffix
  target_group      = module.edge.target_group_arn_suffix
  group_names       = module.app.group_names
  web_nodes_min     = var.web_nodes.min
  has_cron_node     = var.cron_node != null
  database_id       = module.data.database_id
  database          = var.database
  nat_gateway_ids   = module.network.nat_gateway_ids
  vpn_enabled       = var.connectivity == "vpn"
  vpn_connection_id = module.network.vpn_connection_id
  web_acl_enabled   = var.waf.mode != "off"
  web_acl_name      = module.edge.web_acl_name
}
