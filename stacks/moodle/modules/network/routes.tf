locals {
  # One table for both public subnets; one per zone for the others, so that a zone can fail alone.
  route_tables = merge(
    { public = "public" },
    { for zone in keys(var.zones) : "app-${zone}" => "app" },
    { for zone in keys(var.zones) : "data-${zone}" => "data" },
  )
}

resource "aws_route_table" "main" {
  for_each = local.route_tables

  vpc_id = aws_vpc.main.id

  tags = {
    Name = "${var.name}-${each.key}"
    Tier = each.value
  }
}

resource "aws_route_table_association" "main" {
  for_each = local.subnets

  subnet_id      = aws_subnet.main[each.key].id
  route_table_id = aws_route_table.main[each.value.tier == "public" ? "public" : each.key].id
}

resource "aws_route" "public_internet" {
  route_table_id         = aws_route_table.main["public"].id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.main.id
}

# The data tier has no such route: the database never needs the internet.
resource "aws_route" "app_internet" {
  for_each = var.zones

  route_table_id         = aws_route_table.main["app-${each.key}"].id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.main[var.nat == "per_zone" ? each.key : "a"].id
}
