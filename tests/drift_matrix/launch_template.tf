variable "account" {
  type = string
}

resource "aws_launch_template" "whole" {
  count                                = 8
  name                                 = "whole-${count.index}"
  description                          = "As declared"
  image_id                             = "ami-12345678"
  instance_type                        = "t3.micro"
  key_name                             = "declared"
  user_data                            = base64encode("echo declared")
  vpc_security_group_ids               = ["sg-11111111"]
  ebs_optimized                        = "false"
  disable_api_stop                     = false
  disable_api_termination              = false
  instance_initiated_shutdown_behavior = "stop"

  block_device_mappings {
    device_name = "/dev/xvda"
    ebs {
      delete_on_termination = "true"
      encrypted             = "true"
      volume_size           = 20
      volume_type           = "gp3"
    }
  }

  capacity_reservation_specification {
    capacity_reservation_preference = "open"
  }

  cpu_options {
    core_count       = 2
    threads_per_core = 2
  }

  credit_specification {
    cpu_credits = "standard"
  }

  enclave_options {
    enabled = false
  }

  hibernation_options {
    configured = false
  }

  iam_instance_profile {
    name = "declared"
  }

  instance_market_options {
    market_type = "spot"
    spot_options {
      max_price          = "0.01"
      spot_instance_type = "one-time"
      valid_until        = "2030-01-01T00:00:00Z"
    }
  }

  maintenance_options {
    auto_recovery = "default"
  }

  metadata_options {
    http_endpoint               = "enabled"
    http_protocol_ipv6          = "disabled"
    http_put_response_hop_limit = 1
    http_tokens                 = "required"
    instance_metadata_tags      = "disabled"
  }

  monitoring {
    enabled = false
  }

  network_interfaces {
    device_index    = 0
    subnet_id       = "subnet-11111111"
    security_groups = ["sg-11111111"]
  }

  placement {
    tenancy = "default"
  }

  private_dns_name_options {
    enable_resource_name_dns_a_record    = false
    enable_resource_name_dns_aaaa_record = false
    hostname_type                        = "ip-name"
  }

  tag_specifications {
    resource_type = "instance"
    tags          = { Name = "declared" }
  }
}

# A reservation has a preference or a target.
resource "aws_launch_template" "reserved" {
  count = 2
  name  = "reserved-${count.index}"

  capacity_reservation_specification {
    capacity_reservation_target {
      capacity_reservation_id = "cr-11111111111111111"
    }
  }
}

resource "aws_launch_template" "default" {
  name            = "default"
  default_version = 1
  instance_type   = "t3.micro"
}
