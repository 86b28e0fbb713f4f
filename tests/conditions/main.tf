# Every kind of condition, told at plan time and not. tests/record-terraform-plan records what real Terraform
# says of them, tests/test_terraform_format.py holds Cairn to it.
terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

provider "aws" {
  region = "eu-central-1"
}

variable "unchecked" {
  type    = string
  default = "10.0.0.0/16"
}

variable "twice" {
  type    = string
  default = "a"
  validation {
    condition     = length(var.twice) == 1
    error_message = "One character."
  }
  validation {
    condition     = var.twice != "b"
    error_message = "Another character than b."
  }
}

variable "secret" {
  type      = string
  default   = "hidden"
  sensitive = true
  validation {
    condition     = length(var.secret) > 3
    error_message = "More than three characters."
  }
}

variable "region" {
  type    = string
  default = "eu-central-1"
  validation {
    condition     = var.region == data.aws_region.here.name
    error_message = "The provider's region."
  }
}

variable "later" {
  type    = string
  default = "a"
  validation {
    condition     = var.later != aws_vpc.main.id
    error_message = "Not the network's id."
  }
}

data "aws_region" "here" {
  lifecycle {
    postcondition {
      condition     = self.name != ""
      error_message = "A name."
    }
  }
}

resource "aws_vpc" "main" {
  cidr_block = var.unchecked
  lifecycle {
    precondition {
      condition     = var.twice == "a"
      error_message = "The letter a."
    }
    postcondition {
      condition     = self.cidr_block != ""
      error_message = "A range."
    }
  }
}

resource "aws_subnet" "counted" {
  count      = 11
  vpc_id     = aws_vpc.main.id
  cidr_block = cidrsubnet(var.unchecked, 8, count.index)
  lifecycle {
    precondition {
      condition     = count.index < 20
      error_message = "Few."
    }
  }
}

resource "aws_subnet" "absent" {
  count      = 0
  vpc_id     = aws_vpc.main.id
  cidr_block = "10.0.20.0/24"
  lifecycle {
    precondition {
      condition     = var.twice == "a"
      error_message = "The letter a."
    }
  }
}

locals {
  networks = { known = "a", unknown = aws_vpc.main.id }
}

resource "aws_security_group" "mixed" {
  for_each = local.networks
  name     = each.key
  vpc_id   = aws_vpc.main.id
  lifecycle {
    precondition {
      condition     = each.value != ""
      error_message = "A value."
    }
    precondition {
      condition     = var.twice == "a"
      error_message = "The letter a."
    }
  }
}

resource "aws_internet_gateway" "later" {
  vpc_id = aws_vpc.main.id
  lifecycle {
    postcondition {
      condition     = self.id != ""
      error_message = "An id."
    }
  }
}

module "part" {
  source   = "./part"
  for_each = { "one\"" = "a", two = aws_vpc.main.id }
  name     = "part-${length(each.key)}"
  given    = each.value
}

module "absent" {
  source = "./part"
  count  = 0
  name   = "absent"
  given  = "a"
}

output "known" {
  value = var.twice
  precondition {
    condition     = var.twice == "a"
    error_message = "The letter a."
  }
}

output "later" {
  value = "a"
  precondition {
    condition     = aws_vpc.main.id != ""
    error_message = "An id."
  }
}

output "unchecked" {
  value = module.part["two"].given
}
