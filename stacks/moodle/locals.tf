locals {
  environment = terraform.workspace
  name        = "moodle-${local.environment}"

  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  region     = data.aws_region.current.name

  tags = {
    Project     = "moodle"
    Environment = local.environment
  }

  # The two zones are called a and b here, whatever AWS calls them in this account.
  zone_names = length(var.availability_zones) == 2 ? var.availability_zones : slice(data.aws_availability_zones.available.names, 0, 2)
  zones = {
    a = local.zone_names[0]
    b = local.zone_names[1]
  }

  # Bucket names are global, so the account and the region make them ours alone.
  bucket_names = {
    moodledata = "${local.name}-moodledata-${local.account_id}-${local.region}"
    logs       = "${local.name}-logs-${local.account_id}-${local.region}"
    dumps      = "${local.name}-dumps-${local.account_id}-${local.region}"
  }

  bucket_arns = [for name in values(local.bucket_names) : "arn:${local.partition}:s3:::${name}"]

  # Nodes read their settings below this path when they boot.
  parameter_path = "/moodle/${local.environment}"
}
