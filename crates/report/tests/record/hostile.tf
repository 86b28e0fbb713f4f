# What a name, a tag, a script or a description can hold in the worst case.
locals {
  fences  = "``` \n````\n</details>\n<script>alert(1)</script> <!-- --> @everyone [link](http://example.com) **bold** \n# heading"
  escapes = "\u001b[2J\u001b[31mred\u0007 \u202ereversed\u202c \u200bhidden\u2028line\rreturn"
  long    = join("", [for i in range(100) : "0123456789"])
}

provider "aws" {
  region = "us-east-1"
}

resource "aws_vpc" "main" {
  cidr_block = "10.4.0.0/16"
  tags       = { Name = local.fences, Note = local.escapes, "`code`" = "</details>", "<b>" = "a|b" }
}

resource "aws_cloudwatch_log_group" "keys" {
  for_each = toset(["plain", "`back`ticks```", "</summary></details>", "line\nbreak", "@org/team <img src=x onerror=alert(1)>", local.escapes])
  name     = "/hostile/${md5(each.key)}"
  tags     = { Key = each.key }
}

resource "aws_launch_template" "main" {
  name      = "hostile"
  user_data = base64encode("#!/bin/sh\n${local.fences}\n${local.escapes}\n~~~\n")
}

resource "aws_cloudwatch_metric_alarm" "long" {
  alarm_name          = "long"
  alarm_description   = local.long
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 1
  metric_name         = "x"
  namespace           = "y"
  period              = 60
  statistic           = "Sum"
  threshold           = 1
}
