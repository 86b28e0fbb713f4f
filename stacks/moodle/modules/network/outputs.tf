output "vpc_id" {
  description = "Id of the VPC."
  value       = aws_vpc.main.id
}

output "subnet_ids" {
  description = "Subnet ids by tier, then by zone letter."
  value = {
    for tier in keys(var.subnet_cidrs) : tier => {
      for zone in keys(var.zones) : zone => aws_subnet.main["${tier}-${zone}"].id
    }
  }
}

output "security_group_ids" {
  description = "Security group id by tier."
  value       = { for tier, group in aws_security_group.main : tier => group.id }
}

output "nat_gateway_ids" {
  description = "NAT gateway id by zone letter."
  value       = { for zone, gateway in aws_nat_gateway.main : zone => gateway.id }
}

output "nat_addresses" {
  description = "Public addresses that Moodle's outgoing traffic comes from, for the allow lists of others."
  value       = { for zone, address in aws_eip.nat : zone => address.public_ip }
}

output "vpn_connection_id" {
  description = "Id of the VPN connection to the campus; null without one."
  value       = one(aws_vpn_connection.campus[*].id)
}

output "vpn_tunnel_addresses" {
  description = "Amazon's end of the two VPN tunnels."
  value = flatten([
    for connection in aws_vpn_connection.campus : [connection.tunnel1_address, connection.tunnel2_address]
  ])
}
