resource "aws_cloudwatch_metric_alarm" "nat_ports" {
  for_each = { for zone, id in var.nat_gateway_ids : zone => id if var.alarms_enabled }

  alarm_name          = "${var.name}-nat-ports-${each.key}"
  alarm_description   = "The NAT gateway of zone ${each.key} has run out of ports"
  namespace           = "AWS/NATGateway"
  metric_name         = "ErrorPortAllocation"
  statistic           = "Sum"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  period              = 300
  evaluation_periods  = 1
  dimensions          = { NatGatewayId = each.value }
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.alarm_actions
  ok_actions          = local.alarm_actions
}

# One tunnel down is maintenance. The best of both at zero is the campus cut off.
resource "aws_cloudwatch_metric_alarm" "vpn" {
  count = var.alarms_enabled && var.vpn_enabled ? 1 : 0

  alarm_name          = "${var.name}-vpn-down"
  alarm_description   = "Both VPN tunnels to the campus are down"
  namespace           = "AWS/VPN"
  metric_name         = "TunnelState"
  statistic           = "Maximum"
  comparison_operator = "LessThanThreshold"
  threshold           = 0.5
  period              = 300
  evaluation_periods  = 1
  dimensions          = { VpnId = var.vpn_connection_id }
  treat_missing_data  = "breaching"
  alarm_actions       = local.alarm_actions
  ok_actions          = local.alarm_actions
}

resource "aws_cloudwatch_metric_alarm" "firewall" {
  count = var.alarms_enabled && var.web_acl_enabled ? 1 : 0

  alarm_name          = "${var.name}-firewall-blocks"
  alarm_description   = "The firewall blocks far more than usual: an attack, or a rule that hits users"
  namespace           = "AWS/WAFV2"
  metric_name         = "BlockedRequests"
  statistic           = "Sum"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 1000
  period              = 300
  evaluation_periods  = 1
  dimensions          = { WebACL = var.web_acl_name, Region = var.region, Rule = "ALL" }
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.alarm_actions
  ok_actions          = local.alarm_actions
}
