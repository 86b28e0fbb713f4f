locals {
  waf_enabled = var.waf.mode != "off"
  waf_count   = local.waf_enabled ? 1 : 0

  # Rules that only count first show what they would have blocked.
  waf_blocks = var.waf.mode == "block"

  # Teachers upload files, paste HTML and write code; these signatures would call that an
  # attack. They only count here, and waf_exceptions.tf blocks them again where nobody
  # uploads anything.
  managed_groups = {
    AWSManagedRulesAmazonIpReputationList = {
      priority = 20
      counted  = []
    }
    AWSManagedRulesKnownBadInputsRuleSet = {
      priority = 30
      counted  = []
    }
    AWSManagedRulesCommonRuleSet = {
      priority = 40
      counted = [
        "SizeRestrictions_BODY",
        "CrossSiteScripting_BODY",
        "GenericLFI_BODY",
        "GenericRFI_BODY",
        "GenericRFI_QUERYARGUMENTS",
        # Names of uploaded files are part of the address.
        "RestrictedExtensions_URIPATH",
        # LTI tools call without saying who they are.
        "NoUserAgent_HEADER",
      ]
    }
    AWSManagedRulesSQLiRuleSet = {
      priority = 50
      counted  = ["SQLi_BODY"]
    }
    AWSManagedRulesPHPRuleSet = {
      priority = 60
      counted  = ["PHPHighRiskMethodsVariables_BODY"]
    }
  }
}

resource "aws_wafv2_web_acl" "main" {
  count = local.waf_count

  name        = var.name
  description = "Common exploits, bad addresses and floods"
  scope       = "REGIONAL"

  default_action {
    allow {}
  }

  # A whole campus may sit behind one address, so the limit is generous.
  rule {
    name     = "requests-per-address"
    priority = 0

    action {
      dynamic "block" {
        for_each = local.waf_blocks ? [1] : []
        content {}
      }
      dynamic "count" {
        for_each = local.waf_blocks ? [] : [1]
        content {}
      }
    }

    statement {
      rate_based_statement {
        limit                 = var.waf.rate_limit
        aggregate_key_type    = "IP"
        evaluation_window_sec = 300
      }
    }

    visibility_config {
      cloudwatch_metrics_enabled = true
      metric_name                = "requests-per-address"
      sampled_requests_enabled   = true
    }
  }

  rule {
    name     = "logins-per-address"
    priority = 10

    action {
      dynamic "block" {
        for_each = local.waf_blocks ? [1] : []
        content {}
      }
      dynamic "count" {
        for_each = local.waf_blocks ? [] : [1]
        content {}
      }
    }

    statement {
      rate_based_statement {
        limit                 = var.waf.login_rate_limit
        aggregate_key_type    = "IP"
        evaluation_window_sec = 300

        scope_down_statement {
          byte_match_statement {
            search_string         = "/login/"
            positional_constraint = "STARTS_WITH"

            field_to_match {
              uri_path {}
            }

            text_transformation {
              priority = 0
              type     = "NORMALIZE_PATH"
            }
          }
        }
      }
    }

    visibility_config {
      cloudwatch_metrics_enabled = true
      metric_name                = "logins-per-address"
      sampled_requests_enabled   = true
    }
  }

  dynamic "rule" {
    for_each = local.managed_groups

    content {
      name     = rule.key
      priority = rule.value.priority

      override_action {
        dynamic "none" {
          for_each = local.waf_blocks ? [1] : []
          content {}
        }
        dynamic "count" {
          for_each = local.waf_blocks ? [] : [1]
          content {}
        }
      }

      statement {
        managed_rule_group_statement {
          vendor_name = "AWS"
          name        = rule.key

          dynamic "rule_action_override" {
            for_each = rule.value.counted

            content {
              name = rule_action_override.value

              action_to_use {
                count {}
              }
            }
          }
        }
      }

      visibility_config {
        cloudwatch_metrics_enabled = true
        metric_name                = rule.key
        sampled_requests_enabled   = true
      }
    }
  }

  # Paid per request, so it has to be asked for.
  dynamic "rule" {
    for_each = var.waf.bot_control ? ["AWSManagedRulesBotControlRuleSet"] : []

    content {
      name     = rule.value
      priority = 70

      override_action {
        dynamic "none" {
          for_each = local.waf_blocks ? [1] : []
          content {}
        }
        dynamic "count" {
          for_each = local.waf_blocks ? [] : [1]
          content {}
        }
      }

      statement {
        managed_rule_group_statement {
          vendor_name = "AWS"
          name        = rule.value

          managed_rule_group_configs {
            aws_managed_rules_bot_control_rule_set {
              inspection_level = "COMMON"
            }
          }
        }
      }

      visibility_config {
        cloudwatch_metrics_enabled = true
        metric_name                = rule.value
        sampled_requests_enabled   = true
      }
    }
  }

  # The counted signatures, blocked again outside of the pages that take uploads.
  rule {
    name     = "signatures-outside-uploads"
    priority = 80

    action {
      dynamic "block" {
        for_each = local.waf_blocks ? [1] : []
        content {}
      }
      dynamic "count" {
        for_each = local.waf_blocks ? [] : [1]
        content {}
      }
    }

    statement {
      and_statement {
        statement {
          or_statement {
            dynamic "statement" {
              for_each = local.reblocked_labels

              content {
                label_match_statement {
                  scope = "LABEL"
                  key   = "awswaf:managed:aws:${statement.value}"
                }
              }
            }
          }
        }

        statement {
          not_statement {
            statement {
              and_statement {
                statement {
                  byte_match_statement {
                    search_string         = "POST"
                    positional_constraint = "EXACTLY"

                    field_to_match {
                      method {}
                    }

                    text_transformation {
                      priority = 0
                      type     = "NONE"
                    }
                  }
                }

                statement {
                  regex_match_statement {
                    regex_string = local.upload_pattern

                    field_to_match {
                      uri_path {}
                    }

                    text_transformation {
                      priority = 0
                      type     = "NORMALIZE_PATH"
                    }
                  }
                }
              }
            }
          }
        }
      }
    }

    visibility_config {
      cloudwatch_metrics_enabled = true
      metric_name                = "signatures-outside-uploads"
      sampled_requests_enabled   = true
    }
  }

  visibility_config {
    cloudwatch_metrics_enabled = true
    metric_name                = var.name
    sampled_requests_enabled   = true
  }

  tags = { Name = var.name }
}

resource "aws_wafv2_web_acl_association" "load_balancer" {
  count = local.waf_count

  resource_arn = aws_lb.main.arn
  web_acl_arn  = aws_wafv2_web_acl.main[0].arn
}
