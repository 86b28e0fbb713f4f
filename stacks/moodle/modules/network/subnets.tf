locals {
  # public-a, public-b, app-a … : one entry per subnet, with keys that never depend on AWS.
  subnets = merge([
    for tier, cidrs in var.subnet_cidrs : {
      for zone, cidr in cidrs : "${tier}-${zone}" => { tier = tier, zone = zone, cidr = cidr }
    }
  ]...)
}

resource "aws_subnet" "main" {
  for_each = local.subnets

  vpc_id            = aws_vpc.main.id
  cidr_block        = each.value.cidr
  availability_zone = var.zones[each.value.zone]

  # Only the load balancer and the NAT gateways live in public subnets, and they bring their own addresses.
  map_public_ip_on_launch = false

  tags = {
    Name = "${var.name}-${each.key}"
    Tier = each.value.tier
  }
}
