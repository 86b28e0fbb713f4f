locals {
  roles = merge(
    { web = { instance_type = var.web_nodes.instance_type } },
    var.cron_node == null ? {} : { cron = { instance_type = var.cron_node.instance_type } },
  )

  node_tags = {
    for role in keys(local.roles) : role => merge(var.tags, { Name = "${var.name}-${role}", Role = role })
  }
}

resource "aws_launch_template" "node" {
  for_each = local.roles

  name          = "${var.name}-${each.key}"
  description   = "Moodle ${each.key} node"
  image_id      = local.image_id
  instance_type = each.value.instance_type

  vpc_security_group_ids = [var.security_group_id]
  update_default_version = true

  # Everything else comes from Parameter Store, so a changed setting needs no new template.
  user_data = base64encode(templatefile("${path.module}/templates/boot.sh.tftpl", {
    region         = var.region
    environment    = var.environment
    parameter_path = var.parameter_path
    role           = each.key
    runs_cron      = each.key == "cron" || var.cron_node == null
    dumps          = each.key == "cron" && var.weekly_dumps
    prepared_image = var.prepared_image
    port           = var.app_port
  }))

  iam_instance_profile {
    arn = aws_iam_instance_profile.node.arn
  }

  # Version 2 only, and not through a proxy on the node.
  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  monitoring {
    enabled = true
  }

  block_device_mappings {
    device_name = "/dev/xvda"

    ebs {
      volume_type           = "gp3"
      volume_size           = var.volume_gib
      encrypted             = true
      delete_on_termination = true
    }
  }

  dynamic "tag_specifications" {
    for_each = toset(["instance", "volume"])

    content {
      resource_type = tag_specifications.value
      tags          = local.node_tags[each.key]
    }
  }

  tags = { Name = "${var.name}-${each.key}" }
}
