variable "account" {
  type = string
}

# What rules refer to: nobody looks inside.
locals {
  of         = "arn:aws:wafv2:us-east-1:${var.account}:regional"
  ip_set     = "${local.of}/ipset/declared/11111111-1111-1111-1111-111111111111"
  regex_set  = "${local.of}/regexpatternset/declared/11111111-1111-1111-1111-111111111111"
  rule_group = "${local.of}/rulegroup/declared/11111111-1111-1111-1111-111111111111"
}

resource "aws_wafv2_web_acl" "main" {
  count         = 10
  name          = "main-${count.index}"
  description   = "As declared"
  scope         = "REGIONAL"
  token_domains = ["declared.example.com"]

  default_action {
    allow {
      custom_request_handling {
        insert_header {
          name  = "x-declared"
          value = "yes"
        }
      }
    }
  }

  visibility_config {
    cloudwatch_metrics_enabled = false
    metric_name                = "main"
    sampled_requests_enabled   = false
  }

  captcha_config {
    immunity_time_property {
      immunity_time = 300
    }
  }

  association_config {
    request_body {
      api_gateway {
        default_size_inspection_limit = "KB_16"
      }
      app_runner_service {
        default_size_inspection_limit = "KB_16"
      }
      cognito_user_pool {
        default_size_inspection_limit = "KB_16"
      }
      verified_access_instance {
        default_size_inspection_limit = "KB_16"
      }
    }
  }

  data_protection_config {
    data_protection {
      action                     = "HASH"
      exclude_rate_based_details = false
      exclude_rule_match_details = false
      field {
        field_type = "SINGLE_HEADER"
        field_keys = ["declared"]
      }
    }
  }

  rule {
    name     = "rule-0"
    priority = 0
    action {
      block {}
    }
    rule_label {
      name = "declared"
    }
    statement {
      asn_match_statement {
        asn_list = [64496]
        forwarded_ip_config {
          fallback_behavior = "MATCH"
          header_name       = "X-Declared"
        }
      }
    }
    visibility_config {
      cloudwatch_metrics_enabled = false
      metric_name                = "rule-0"
      sampled_requests_enabled   = false
    }
  }

  rule {
    name     = "rule-1"
    priority = 1
    action {
      block {}
    }
    statement {
      byte_match_statement {
        positional_constraint = "CONTAINS"
        search_string         = "declared"
        field_to_match {
          all_query_arguments {}
        }
        text_transformation {
          priority = 0
          type     = "NONE"
        }
      }
    }
    visibility_config {
      cloudwatch_metrics_enabled = false
      metric_name                = "rule-1"
      sampled_requests_enabled   = false
    }
  }

  rule {
    name     = "rule-2"
    priority = 2
    action {
      block {}
    }
    statement {
      byte_match_statement {
        positional_constraint = "CONTAINS"
        search_string         = "declared"
        field_to_match {
          method {}
        }
        text_transformation {
          priority = 0
          type     = "NONE"
        }
      }
    }
    visibility_config {
      cloudwatch_metrics_enabled = false
      metric_name                = "rule-2"
      sampled_requests_enabled   = false
    }
  }

  rule {
    name     = "rule-3"
    priority = 3
    action {
      block {}
    }
    statement {
      byte_match_statement {
        positional_constraint = "CONTAINS"
        search_string         = "declared"
        field_to_match {
          query_string {}
        }
        text_transformation {
          priority = 0
          type     = "NONE"
        }
      }
    }
    visibility_config {
      cloudwatch_metrics_enabled = false
      metric_name                = "rule-3"
      sampled_requests_enabled   = false
    }
  }

  rule {
    name     = "rule-4"
    priority = 4
    action {
      block {}
    }
    statement {
      byte_match_statement {
        positional_constraint = "CONTAINS"
        search_string         = "declared"
        field_to_match {
          uri_path {}
        }
        text_transformation {
          priority = 0
          type     = "NONE"
        }
      }
    }
    visibility_config {
      cloudwatch_metrics_enabled = false
      metric_name                = "rule-4"
      sampled_requests_enabled   = false
    }
  }

  rule {
    name     = "rule-5"
    priority = 5
    action {
      block {}
    }
    statement {
      byte_match_statement {
        positional_constraint = "CONTAINS"
        search_string         = "declared"
        field_to_match {
          body {
            oversize_handling = "CONTINUE"
          }
        }
        text_transformation {
          priority = 0
          type     = "NONE"
        }
      }
    }
    visibility_config {
      cloudwatch_metrics_enabled = false
      metric_name                = "rule-5"
      sampled_requests_enabled   = false
    }
  }

  rule {
    name     = "rule-6"
    priority = 6
    action {
      block {}
    }
    statement {
      byte_match_statement {
        positional_constraint = "CONTAINS"
        search_string         = "declared"
        field_to_match {
          cookies {
            match_scope       = "ALL"
            oversize_handling = "CONTINUE"
            match_pattern {
              all {}
            }
          }
        }
        text_transformation {
          priority = 0
          type     = "NONE"
        }
      }
    }
    visibility_config {
      cloudwatch_metrics_enabled = false
      metric_name                = "rule-6"
      sampled_requests_enabled   = false
    }
  }

  rule {
    name     = "rule-7"
    priority = 7
    action {
      block {}
    }
    statement {
      byte_match_statement {
        positional_constraint = "CONTAINS"
        search_string         = "declared"
        field_to_match {
          cookies {
            match_scope       = "ALL"
            oversize_handling = "CONTINUE"
            match_pattern {
              included_cookies = ["declared"]
            }
          }
        }
        text_transformation {
          priority = 0
          type     = "NONE"
        }
      }
    }
    visibility_config {
      cloudwatch_metrics_enabled = false
      metric_name                = "rule-7"
      sampled_requests_enabled   = false
    }
  }

  rule {
    name     = "rule-8"
    priority = 8
    action {
      block {}
    }
    statement {
      byte_match_statement {
        positional_constraint = "CONTAINS"
        search_string         = "declared"
        field_to_match {
          cookies {
            match_scope       = "ALL"
            oversize_handling = "CONTINUE"
            match_pattern {
              excluded_cookies = ["declared"]
            }
          }
        }
        text_transformation {
          priority = 0
          type     = "NONE"
        }
      }
    }
    visibility_config {
      cloudwatch_metrics_enabled = false
      metric_name                = "rule-8"
      sampled_requests_enabled   = false
    }
  }

  rule {
    name     = "rule-9"
    priority = 9
    action {
      block {}
    }
    statement {
      byte_match_statement {
        positional_constraint = "CONTAINS"
        search_string         = "declared"
        field_to_match {
          header_order {
            oversize_handling = "CONTINUE"
          }
        }
        text_transformation {
          priority = 0
          type     = "NONE"
        }
      }
    }
    visibility_config {
      cloudwatch_metrics_enabled = false
      metric_name                = "rule-9"
      sampled_requests_enabled   = false
    }
  }

  rule {
    name     = "rule-10"
    priority = 10
    action {
      block {}
    }
    statement {
      byte_match_statement {
        positional_constraint = "CONTAINS"
        search_string         = "declared"
        field_to_match {
          headers {
            match_scope       = "ALL"
            oversize_handling = "CONTINUE"
            match_pattern {
              included_headers = ["declared"]
            }
          }
        }
        text_transformation {
          priority = 0
          type     = "NONE"
        }
      }
    }
    visibility_config {
      cloudwatch_metrics_enabled = false
      metric_name                = "rule-10"
      sampled_requests_enabled   = false
    }
  }

  rule {
    name     = "rule-11"
    priority = 11
    action {
      block {}
    }
    statement {
      byte_match_statement {
        positional_constraint = "CONTAINS"
        search_string         = "declared"
        field_to_match {
          headers {
            match_scope       = "ALL"
            oversize_handling = "CONTINUE"
            match_pattern {
              excluded_headers = ["declared"]
            }
          }
        }
        text_transformation {
          priority = 0
          type     = "NONE"
        }
      }
    }
    visibility_config {
      cloudwatch_metrics_enabled = false
      metric_name                = "rule-11"
      sampled_requests_enabled   = false
    }
  }

  rule {
    name     = "rule-12"
    priority = 12
    action {
      block {}
    }
    statement {
      byte_match_statement {
        positional_constraint = "CONTAINS"
        search_string         = "declared"
        field_to_match {
          ja3_fingerprint {
            fallback_behavior = "MATCH"
          }
        }
        text_transformation {
          priority = 0
          type     = "NONE"
        }
      }
    }
    visibility_config {
      cloudwatch_metrics_enabled = false
      metric_name                = "rule-12"
      sampled_requests_enabled   = false
    }
  }

  rule {
    name     = "rule-13"
    priority = 13
    action {
      block {}
    }
    statement {
      byte_match_statement {
        positional_constraint = "CONTAINS"
        search_string         = "declared"
        field_to_match {
          ja4_fingerprint {
            fallback_behavior = "MATCH"
          }
        }
        text_transformation {
          priority = 0
          type     = "NONE"
        }
      }
    }
    visibility_config {
      cloudwatch_metrics_enabled = false
      metric_name                = "rule-13"
      sampled_requests_enabled   = false
    }
  }

  rule {
    name     = "rule-14"
    priority = 14
    action {
      block {}
    }
    statement {
      byte_match_statement {
        positional_constraint = "CONTAINS"
        search_string         = "declared"
        field_to_match {
          json_body {
            match_scope               = "ALL"
            invalid_fallback_behavior = "MATCH"
            oversize_handling         = "CONTINUE"
            match_pattern {
              included_paths = ["/declared"]
            }
          }
        }
        text_transformation {
          priority = 0
          type     = "NONE"
        }
      }
    }
    visibility_config {
      cloudwatch_metrics_enabled = false
      metric_name                = "rule-14"
      sampled_requests_enabled   = false
    }
  }

  rule {
    name     = "rule-15"
    priority = 15
    action {
      block {}
    }
    statement {
      byte_match_statement {
        positional_constraint = "CONTAINS"
        search_string         = "declared"
        field_to_match {
          single_header {
            name = "declared"
          }
        }
        text_transformation {
          priority = 0
          type     = "NONE"
        }
      }
    }
    visibility_config {
      cloudwatch_metrics_enabled = false
      metric_name                = "rule-15"
      sampled_requests_enabled   = false
    }
  }

  rule {
    name     = "rule-16"
    priority = 16
    action {
      block {}
    }
    statement {
      byte_match_statement {
        positional_constraint = "CONTAINS"
        search_string         = "declared"
        field_to_match {
          single_query_argument {
            name = "declared"
          }
        }
        text_transformation {
          priority = 0
          type     = "NONE"
        }
      }
    }
    visibility_config {
      cloudwatch_metrics_enabled = false
      metric_name                = "rule-16"
      sampled_requests_enabled   = false
    }
  }

  rule {
    name     = "rule-17"
    priority = 17
    action {
      block {}
    }
    statement {
      byte_match_statement {
        positional_constraint = "CONTAINS"
        search_string         = "declared"
        field_to_match {
          uri_fragment {
            fallback_behavior = "MATCH"
          }
        }
        text_transformation {
          priority = 0
          type     = "NONE"
        }
      }
    }
    visibility_config {
      cloudwatch_metrics_enabled = false
      metric_name                = "rule-17"
      sampled_requests_enabled   = false
    }
  }

  rule {
    name     = "rule-18"
    priority = 18
    action {
      block {}
    }
    statement {
      geo_match_statement {
        country_codes = ["DE"]
      }
    }
    visibility_config {
      cloudwatch_metrics_enabled = false
      metric_name                = "rule-18"
      sampled_requests_enabled   = false
    }
  }

  rule {
    name     = "rule-19"
    priority = 19
    action {
      block {}
    }
    statement {
      ip_set_reference_statement {
        arn = local.ip_set
        ip_set_forwarded_ip_config {
          fallback_behavior = "MATCH"
          header_name       = "X-Declared"
          position          = "FIRST"
        }
      }
    }
    visibility_config {
      cloudwatch_metrics_enabled = false
      metric_name                = "rule-19"
      sampled_requests_enabled   = false
    }
  }

  rule {
    name     = "rule-20"
    priority = 20
    action {
      block {}
    }
    statement {
      label_match_statement {
        key   = "declared"
        scope = "LABEL"
      }
    }
    visibility_config {
      cloudwatch_metrics_enabled = false
      metric_name                = "rule-20"
      sampled_requests_enabled   = false
    }
  }

  rule {
    name     = "rule-21"
    priority = 21
    action {
      block {}
    }
    statement {
      regex_match_statement {
        regex_string = "declared"
        field_to_match {
          uri_path {}
        }
        text_transformation {
          priority = 0
          type     = "NONE"
        }
      }
    }
    visibility_config {
      cloudwatch_metrics_enabled = false
      metric_name                = "rule-21"
      sampled_requests_enabled   = false
    }
  }

  rule {
    name     = "rule-22"
    priority = 22
    action {
      block {}
    }
    statement {
      regex_pattern_set_reference_statement {
        arn = local.regex_set
        field_to_match {
          uri_path {}
        }
        text_transformation {
          priority = 0
          type     = "NONE"
        }
      }
    }
    visibility_config {
      cloudwatch_metrics_enabled = false
      metric_name                = "rule-22"
      sampled_requests_enabled   = false
    }
  }

  rule {
    name     = "rule-23"
    priority = 23
    action {
      block {}
    }
    statement {
      size_constraint_statement {
        comparison_operator = "GT"
        size                = 100
        field_to_match {
          uri_path {}
        }
        text_transformation {
          priority = 0
          type     = "NONE"
        }
      }
    }
    visibility_config {
      cloudwatch_metrics_enabled = false
      metric_name                = "rule-23"
      sampled_requests_enabled   = false
    }
  }

  rule {
    name     = "rule-24"
    priority = 24
    action {
      block {}
    }
    statement {
      sqli_match_statement {
        sensitivity_level = "LOW"
        field_to_match {
          uri_path {}
        }
        text_transformation {
          priority = 0
          type     = "NONE"
        }
      }
    }
    visibility_config {
      cloudwatch_metrics_enabled = false
      metric_name                = "rule-24"
      sampled_requests_enabled   = false
    }
  }

  rule {
    name     = "rule-25"
    priority = 25
    action {
      block {}
    }
    statement {
      rate_based_statement {
        aggregate_key_type    = "IP"
        evaluation_window_sec = 300
        limit                 = 1000
      }
    }
    visibility_config {
      cloudwatch_metrics_enabled = false
      metric_name                = "rule-25"
      sampled_requests_enabled   = false
    }
  }

  rule {
    name     = "rule-26"
    priority = 26
    action {
      block {}
    }
    statement {
      rate_based_statement {
        aggregate_key_type = "CUSTOM_KEYS"
        limit              = 1000
        custom_key {
          forwarded_ip {}
        }
        custom_key {
          header {
            name = "beside"
            text_transformation {
              priority = 0
              type     = "NONE"
            }
          }
        }
        forwarded_ip_config {
          fallback_behavior = "MATCH"
          header_name       = "X-Declared"
        }
      }
    }
    visibility_config {
      cloudwatch_metrics_enabled = false
      metric_name                = "rule-26"
      sampled_requests_enabled   = false
    }
  }

  rule {
    name     = "rule-27"
    priority = 27
    action {
      block {}
    }
    statement {
      rate_based_statement {
        aggregate_key_type = "CUSTOM_KEYS"
        limit              = 1000
        custom_key {
          http_method {}
        }
        custom_key {
          header {
            name = "beside"
            text_transformation {
              priority = 0
              type     = "NONE"
            }
          }
        }
      }
    }
    visibility_config {
      cloudwatch_metrics_enabled = false
      metric_name                = "rule-27"
      sampled_requests_enabled   = false
    }
  }

  rule {
    name     = "rule-28"
    priority = 28
    action {
      block {}
    }
    statement {
      rate_based_statement {
        aggregate_key_type = "CUSTOM_KEYS"
        limit              = 1000
        custom_key {
          ip {}
        }
        custom_key {
          header {
            name = "beside"
            text_transformation {
              priority = 0
              type     = "NONE"
            }
          }
        }
      }
    }
    visibility_config {
      cloudwatch_metrics_enabled = false
      metric_name                = "rule-28"
      sampled_requests_enabled   = false
    }
  }

  rule {
    name     = "rule-29"
    priority = 29
    action {
      block {}
    }
    statement {
      rate_based_statement {
        aggregate_key_type = "CUSTOM_KEYS"
        limit              = 1000
        custom_key {
          cookie {
            name = "declared"
            text_transformation {
              priority = 0
              type     = "NONE"
            }
          }
        }
      }
    }
    visibility_config {
      cloudwatch_metrics_enabled = false
      metric_name                = "rule-29"
      sampled_requests_enabled   = false
    }
  }

  rule {
    name     = "rule-30"
    priority = 30
    action {
      block {}
    }
    statement {
      rate_based_statement {
        aggregate_key_type = "CUSTOM_KEYS"
        limit              = 1000
        custom_key {
          header {
            name = "declared"
            text_transformation {
              priority = 0
              type     = "NONE"
            }
          }
        }
      }
    }
    visibility_config {
      cloudwatch_metrics_enabled = false
      metric_name                = "rule-30"
      sampled_requests_enabled   = false
    }
  }

  rule {
    name     = "rule-31"
    priority = 31
    action {
      block {}
    }
    statement {
      rate_based_statement {
        aggregate_key_type = "CUSTOM_KEYS"
        limit              = 1000
        custom_key {
          label_namespace {
            namespace = "declared:"
          }
        }
      }
    }
    visibility_config {
      cloudwatch_metrics_enabled = false
      metric_name                = "rule-31"
      sampled_requests_enabled   = false
    }
  }

  rule {
    name     = "rule-32"
    priority = 32
    action {
      block {}
    }
    statement {
      rate_based_statement {
        aggregate_key_type = "CUSTOM_KEYS"
        limit              = 1000
        custom_key {
          query_argument {
            name = "declared"
            text_transformation {
              priority = 0
              type     = "NONE"
            }
          }
        }
      }
    }
    visibility_config {
      cloudwatch_metrics_enabled = false
      metric_name                = "rule-32"
      sampled_requests_enabled   = false
    }
  }

  rule {
    name     = "rule-33"
    priority = 33
    override_action {
      count {}
    }
    statement {
      managed_rule_group_statement {
        name        = "AWSManagedRulesCommonRuleSet"
        vendor_name = "AWS"
        version     = "Version_1.0"
        rule_action_override {
          name = "declared"
          action_to_use {
            count {}
          }
        }
      }
    }
    visibility_config {
      cloudwatch_metrics_enabled = false
      metric_name                = "rule-33"
      sampled_requests_enabled   = false
    }
  }

  rule {
    name     = "rule-34"
    priority = 34
    override_action {
      none {}
    }
    statement {
      managed_rule_group_statement {
        name        = "AWSManagedRulesACFPRuleSet"
        vendor_name = "AWS"
        managed_rule_group_configs {
          aws_managed_rules_acfp_rule_set {
            creation_path          = "/declared"
            registration_page_path = "/declared"
            enable_regex_in_path   = false
            request_inspection {
              payload_type = "JSON"
              address_fields {
                identifiers = ["/address"]
              }
              email_field {
                identifier = "/email"
              }
              password_field {
                identifier = "/password"
              }
              phone_number_fields {
                identifiers = ["/phone"]
              }
              username_field {
                identifier = "/user"
              }
            }
            response_inspection {
              body_contains {
                failure_strings = ["no"]
                success_strings = ["yes"]
              }
            }
          }
        }
      }
    }
    visibility_config {
      cloudwatch_metrics_enabled = false
      metric_name                = "rule-34"
      sampled_requests_enabled   = false
    }
  }

  rule {
    name     = "rule-35"
    priority = 35
    override_action {
      count {}
    }
    statement {
      managed_rule_group_statement {
        name        = "AWSManagedRulesACFPRuleSet"
        vendor_name = "AWS"
        managed_rule_group_configs {
          aws_managed_rules_acfp_rule_set {
            creation_path          = "/declared"
            registration_page_path = "/declared"
            enable_regex_in_path   = false
            request_inspection {
              payload_type = "JSON"
              address_fields {
                identifiers = ["/address"]
              }
              email_field {
                identifier = "/email"
              }
              password_field {
                identifier = "/password"
              }
              phone_number_fields {
                identifiers = ["/phone"]
              }
              username_field {
                identifier = "/user"
              }
            }
            response_inspection {
              header {
                name           = "declared"
                failure_values = ["no"]
                success_values = ["yes"]
              }
            }
          }
        }
      }
    }
    visibility_config {
      cloudwatch_metrics_enabled = false
      metric_name                = "rule-35"
      sampled_requests_enabled   = false
    }
  }

  rule {
    name     = "rule-36"
    priority = 36
    override_action {
      none {}
    }
    statement {
      managed_rule_group_statement {
        name        = "AWSManagedRulesACFPRuleSet"
        vendor_name = "AWS"
        managed_rule_group_configs {
          aws_managed_rules_acfp_rule_set {
            creation_path          = "/declared"
            registration_page_path = "/declared"
            enable_regex_in_path   = false
            request_inspection {
              payload_type = "JSON"
              address_fields {
                identifiers = ["/address"]
              }
              email_field {
                identifier = "/email"
              }
              password_field {
                identifier = "/password"
              }
              phone_number_fields {
                identifiers = ["/phone"]
              }
              username_field {
                identifier = "/user"
              }
            }
            response_inspection {
              json {
                identifier     = "/declared"
                failure_values = ["no"]
                success_values = ["yes"]
              }
            }
          }
        }
      }
    }
    visibility_config {
      cloudwatch_metrics_enabled = false
      metric_name                = "rule-36"
      sampled_requests_enabled   = false
    }
  }

  rule {
    name     = "rule-37"
    priority = 37
    override_action {
      count {}
    }
    statement {
      managed_rule_group_statement {
        name        = "AWSManagedRulesACFPRuleSet"
        vendor_name = "AWS"
        managed_rule_group_configs {
          aws_managed_rules_acfp_rule_set {
            creation_path          = "/declared"
            registration_page_path = "/declared"
            enable_regex_in_path   = false
            request_inspection {
              payload_type = "JSON"
              address_fields {
                identifiers = ["/address"]
              }
              email_field {
                identifier = "/email"
              }
              password_field {
                identifier = "/password"
              }
              phone_number_fields {
                identifiers = ["/phone"]
              }
              username_field {
                identifier = "/user"
              }
            }
            response_inspection {
              status_code {
                failure_codes = [403]
                success_codes = [200]
              }
            }
          }
        }
      }
    }
    visibility_config {
      cloudwatch_metrics_enabled = false
      metric_name                = "rule-37"
      sampled_requests_enabled   = false
    }
  }

  rule {
    name     = "rule-38"
    priority = 38
    override_action {
      none {}
    }
    statement {
      managed_rule_group_statement {
        name        = "AWSManagedRulesATPRuleSet"
        vendor_name = "AWS"
        managed_rule_group_configs {
          aws_managed_rules_atp_rule_set {
            login_path           = "/declared"
            enable_regex_in_path = false
            request_inspection {
              payload_type = "JSON"
              password_field {
                identifier = "/password"
              }
              username_field {
                identifier = "/user"
              }
            }
          }
        }
      }
    }
    visibility_config {
      cloudwatch_metrics_enabled = false
      metric_name                = "rule-38"
      sampled_requests_enabled   = false
    }
  }

  rule {
    name     = "rule-39"
    priority = 39
    override_action {
      count {}
    }
    statement {
      managed_rule_group_statement {
        name        = "AWSManagedRulesBotControlRuleSet"
        vendor_name = "AWS"
        managed_rule_group_configs {
          aws_managed_rules_bot_control_rule_set {
            enable_machine_learning = true
            inspection_level        = "TARGETED"
          }
        }
      }
    }
    visibility_config {
      cloudwatch_metrics_enabled = false
      metric_name                = "rule-39"
      sampled_requests_enabled   = false
    }
  }

  rule {
    name     = "rule-40"
    priority = 40
    override_action {
      none {}
    }
    statement {
      rule_group_reference_statement {
        arn = local.rule_group
      }
    }
    visibility_config {
      cloudwatch_metrics_enabled = false
      metric_name                = "rule-40"
      sampled_requests_enabled   = false
    }
  }
}

resource "aws_wafv2_web_acl" "blocking" {
  count = 4
  name  = "blocking-${count.index}"
  scope = "REGIONAL"

  default_action {
    block {
      custom_response {
        custom_response_body_key = "declared"
        response_code            = 403
        response_header {
          name  = "x-declared"
          value = "yes"
        }
      }
    }
  }

  custom_response_body {
    key          = "declared"
    content      = "declared"
    content_type = "TEXT_PLAIN"
  }

  custom_response_body {
    key          = "other"
    content      = "other"
    content_type = "TEXT_PLAIN"
  }

  visibility_config {
    cloudwatch_metrics_enabled = false
    metric_name                = "blocking"
    sampled_requests_enabled   = false
  }
}

resource "aws_wafv2_web_acl" "global" {
  name  = "global"
  scope = "CLOUDFRONT"

  default_action {
    allow {}
  }

  association_config {
    request_body {
      cloudfront {
        default_size_inspection_limit = "KB_16"
      }
    }
  }

  visibility_config {
    cloudwatch_metrics_enabled = false
    metric_name                = "global"
    sampled_requests_enabled   = false
  }
}

resource "aws_cloudwatch_log_group" "main" {
  count = 2
  name  = "aws-waf-logs-${count.index}"
}

resource "aws_wafv2_web_acl_logging_configuration" "main" {
  count                   = 4
  resource_arn            = aws_wafv2_web_acl.main[count.index].arn
  log_destination_configs = [aws_cloudwatch_log_group.main[0].arn]

  logging_filter {
    default_behavior = "KEEP"

    filter {
      behavior    = "DROP"
      requirement = "MEETS_ALL"

      condition {
        action_condition {
          action = "ALLOW"
        }
      }

      condition {
        label_name_condition {
          label_name = "declared:label"
        }
      }
    }
  }

  redacted_fields {
    single_header {
      name = "declared"
    }
  }
}

resource "aws_eip" "main" {}

resource "aws_shield_protection" "main" {
  name         = "declared"
  resource_arn = "arn:aws:ec2:us-east-1:${var.account}:eip-allocation/${aws_eip.main.id}"
}
