# What a node has to know, by its name in Parameter Store. No secret is among it, only
# where the secrets are.
locals {
  settings = merge(
    {
      "moodle/version"      = var.moodle.version
      "site/name"           = var.moodle.site_name
      "site/url"            = "https://${var.domain}"
      "site/proxy-cidrs"    = join(",", values(var.subnet_cidrs.public))
      "database/address"    = module.data.database_address
      "database/name"       = module.data.database_name
      "database/secret-arn" = module.data.database_secret_arn
      "moodledata/bucket"   = module.data.moodledata_bucket
    },
    var.weekly_dumps ? {
      "dumps/bucket" = module.data.dumps_bucket
    } : {},
    var.moodle.commit == null ? {} : {
      "moodle/commit" = var.moodle.commit
    },
    var.shared_file_system == null ? {} : {
      "file-system/kind" = var.shared_file_system.kind
      "file-system/id"   = var.shared_file_system.id
    },
    var.mail == null ? {} : {
      "mail/smtp-host"  = var.mail.smtp_host
      "mail/secret-arn" = var.mail.secret_arn
    },
  )
}
