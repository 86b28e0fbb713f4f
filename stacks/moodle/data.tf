data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

data "aws_availability_zones" "available" {
  state = "available"

  # Local and wavelength zones can hold neither the load balancer nor the database.
  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }
}
