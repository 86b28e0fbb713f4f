# Administration pages answer to known addresses only. A condition can't be negated,
# so the exceptions come first and the last rule refuses the rest.
locals {
  admin_restricted = length(var.admin_cidrs) > 0 ? 1 : 0
}

# Some tools under /admin belong to every user: the mobile app, policies, learning plans, data requests.
resource "aws_lb_listener_rule" "admin_tools_for_all" {
  count = local.admin_restricted

  listener_arn = aws_lb_listener.https.arn
  priority     = 10

  condition {
    path_pattern {
      values = [
        "/admin/tool/mobile/*",
        "/admin/tool/policy/*",
        "/admin/tool/lp/*",
        "/admin/tool/dataprivacy/*",
      ]
    }
  }

  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.web.arn
  }

  tags = { Name = "${var.name}-admin-tools-for-all" }
}

resource "aws_lb_listener_rule" "admin_from_known" {
  count = local.admin_restricted

  listener_arn = aws_lb_listener.https.arn
  priority     = 20

  condition {
    path_pattern {
      values = ["/admin", "/admin/*"]
    }
  }

  condition {
    source_ip {
      values = var.admin_cidrs
    }
  }

  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.web.arn
  }

  tags = { Name = "${var.name}-admin-from-known" }
}

resource "aws_lb_listener_rule" "admin_refused" {
  count = local.admin_restricted

  listener_arn = aws_lb_listener.https.arn
  priority     = 30

  condition {
    path_pattern {
      values = ["/admin", "/admin/*"]
    }
  }

  action {
    type = "fixed-response"

    fixed_response {
      content_type = "text/plain"
      message_body = "Administration is only open from known networks."
      status_code  = "403"
    }
  }

  tags = { Name = "${var.name}-admin-refused" }
}
