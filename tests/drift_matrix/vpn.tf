variable "account" {
  type = string
}

variable "customer_gateway" {
  type = string
}

variable "vpn_gateway" {
  type = string
}

resource "aws_customer_gateway" "main" {
  bgp_asn    = 65000
  ip_address = "198.51.100.1"
  type       = "ipsec.1"
}

resource "aws_vpn_gateway" "main" {}

resource "aws_cloudwatch_log_group" "main" {
  count = 2
  name  = "/vpn/${count.index}"
}

resource "aws_vpn_connection" "main" {
  count                    = 10
  vpn_gateway_id           = aws_vpn_gateway.main.id
  customer_gateway_id      = aws_customer_gateway.main.id
  type                     = "ipsec.1"
  static_routes_only       = true
  local_ipv4_network_cidr  = "10.0.0.0/16"
  remote_ipv4_network_cidr = "10.1.0.0/16"

  tunnel1_inside_cidr                  = "169.254.10.${4 * count.index}/30"
  tunnel1_preshared_key                = "notasecret1"
  tunnel1_dpd_timeout_action           = "clear"
  tunnel1_dpd_timeout_seconds          = 30
  tunnel1_ike_versions                 = ["ikev2"]
  tunnel1_phase1_dh_group_numbers      = [14]
  tunnel1_phase1_encryption_algorithms = ["AES256"]
  tunnel1_phase1_integrity_algorithms  = ["SHA2-256"]
  tunnel1_phase2_dh_group_numbers      = [14]
  tunnel1_phase2_encryption_algorithms = ["AES256"]
  tunnel1_phase2_integrity_algorithms  = ["SHA2-256"]

  tunnel1_log_options {
    cloudwatch_log_options {
      log_enabled       = true
      log_group_arn     = aws_cloudwatch_log_group.main[0].arn
      log_output_format = "json"
    }
  }

  tunnel2_inside_cidr                  = "169.254.11.${4 * count.index}/30"
  tunnel2_preshared_key                = "notasecret2"
  tunnel2_dpd_timeout_action           = "clear"
  tunnel2_dpd_timeout_seconds          = 30
  tunnel2_ike_versions                 = ["ikev2"]
  tunnel2_phase1_dh_group_numbers      = [14]
  tunnel2_phase1_encryption_algorithms = ["AES256"]
  tunnel2_phase1_integrity_algorithms  = ["SHA2-256"]
  tunnel2_phase2_dh_group_numbers      = [14]
  tunnel2_phase2_encryption_algorithms = ["AES256"]
  tunnel2_phase2_integrity_algorithms  = ["SHA2-256"]

  tunnel2_log_options {
    cloudwatch_log_options {
      log_enabled       = true
      log_group_arn     = aws_cloudwatch_log_group.main[0].arn
      log_output_format = "json"
    }
  }
}
