locals {
  vpn_count = var.vpn == null ? 0 : 1

  # The app tier talks to the campus, the data tier does not.
  vpn_route_tables = var.vpn == null ? {} : { for zone in keys(var.zones) : "app-${zone}" => zone }
}

resource "aws_vpn_gateway" "main" {
  count = local.vpn_count

  vpc_id          = aws_vpc.main.id
  amazon_side_asn = var.vpn.amazon_asn

  tags = { Name = var.name }
}

resource "aws_customer_gateway" "campus" {
  count = local.vpn_count

  type       = "ipsec.1"
  ip_address = var.vpn.customer_ip
  bgp_asn    = var.vpn.customer_asn

  tags = { Name = "${var.name}-campus" }

  # A new campus address means a new gateway, and the connection moves over before the old one goes.
  lifecycle {
    create_before_destroy = true
  }
}

# AWS makes the pre-shared keys; they are read from the connection, never written here.
resource "aws_vpn_connection" "campus" {
  count = local.vpn_count

  type                = "ipsec.1"
  vpn_gateway_id      = aws_vpn_gateway.main[0].id
  customer_gateway_id = aws_customer_gateway.campus[0].id
  static_routes_only  = false

  tunnel1_ike_versions = ["ikev2"]
  tunnel2_ike_versions = ["ikev2"]

  tags = { Name = "${var.name}-campus" }
}

resource "aws_vpn_gateway_route_propagation" "app" {
  for_each = local.vpn_route_tables

  vpn_gateway_id = aws_vpn_gateway.main[0].id
  route_table_id = aws_route_table.main[each.key].id
}
