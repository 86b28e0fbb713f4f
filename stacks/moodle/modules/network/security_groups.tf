locals {
  security_groups = merge(
    {
      alb = "Load balancer: web traffic in, app tier out"
      app = "Moodle nodes: from the load balancer only"
      db  = "Database: from the Moodle nodes only"
    },
    var.shared_file_system_enabled ? { files = "Mount targets of the shared file system: from the Moodle nodes only" } : {},
    length(var.interface_endpoints) > 0 ? { endpoints = "AWS service endpoints: from the Moodle nodes only" } : {},
  )

  corporate_cidrs = var.vpn == null ? [] : var.vpn.corporate_cidrs
}

resource "aws_security_group" "main" {
  for_each = local.security_groups

  name        = "${var.name}-${each.key}"
  description = each.value
  vpc_id      = aws_vpc.main.id

  tags = { Name = "${var.name}-${each.key}" }

  # A new group has to be in place before the old one can leave the interfaces that use it.
  lifecycle {
    create_before_destroy = true
  }
}

# There is no rule for port 22 anywhere: shells come through Session Manager.
