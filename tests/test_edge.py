"""Load balancers, certificates, the firewall and keys: made, changed one by one, broken by hand, mended, destroyed."""

import re

import pytest

NETWORK = """
provider "aws" {
  region = "us-east-1"
}

resource "aws_vpc" "main" {
  cidr_block = "10.1.0.0/16"
}

resource "aws_internet_gateway" "main" {
  vpc_id = aws_vpc.main.id
}

resource "aws_subnet" "public" {
  count             = 3
  vpc_id            = aws_vpc.main.id
  cidr_block        = cidrsubnet(aws_vpc.main.cidr_block, 8, count.index)
  availability_zone = "us-east-1${["a", "b", "c"][count.index]}"
}

resource "aws_security_group" "web" {
  count  = 2
  name   = "web-${count.index}"
  vpc_id = aws_vpc.main.id
}
"""

BALANCER = NETWORK + """
resource "aws_lb" "main" {
  name               = "web"
  load_balancer_type = "application"
  subnets            = SUBNETS
  security_groups    = GROUPS
  idle_timeout       = 120

  drop_invalid_header_fields = true
  depends_on = [aws_internet_gateway.main]
MORE
  tags = { Name = "web" }
}

resource "aws_lb_target_group" "web" {
  name        = "web-80"
  port        = 80
  protocol    = "HTTP"
  vpc_id      = aws_vpc.main.id
  GROUP

  health_check {
    path    = "/healthz"
    matcher = "200"
    HEALTH
  }
}

resource "aws_lb_target_group" "other" {
  name_prefix = "other-"
  port        = 81
  protocol    = "HTTP"
  vpc_id      = aws_vpc.main.id
}

resource "aws_lb_listener" "http" {
  load_balancer_arn = aws_lb.main.arn
  port              = PORT
  protocol          = "HTTP"
  DEFAULT
}

resource "aws_lb_listener_rule" "one" {
  listener_arn = aws_lb_listener.http.arn
  PRIORITY
  CONDITIONS
  ACTIONS
  tags = { Name = "one" }
}
"""

FIRST = {
    "SUBNETS": "[aws_subnet.public[0].id, aws_subnet.public[1].id]",
    "GROUPS": "[aws_security_group.web[0].id]",
    "MORE": "",
    "GROUP": "",
    "HEALTH": "",
    "PORT": "80",
    "DEFAULT": 'default_action {\n type = "forward"\n target_group_arn = aws_lb_target_group.web.arn\n}',
    "PRIORITY": "priority = 10",
    "CONDITIONS": 'condition {\n path_pattern {\n values = ["/a/*"]\n }\n }',
    "ACTIONS": 'action {\n type = "fixed-response"\n fixed_response {\n content_type = "text/plain"\n message_body = "no"\n status_code = "403"\n }\n }',
}

FORWARD = """
  type = "forward"
  forward {
    target_group {
      arn    = aws_lb_target_group.web.arn
      weight = 80
    }
    SECOND
    STICKY
  }
"""

CHANGES = [
    {"SUBNETS": "[aws_subnet.public[1].id, aws_subnet.public[2].id]"},
    {"GROUPS": "aws_security_group.web[*].id"},
    {"MORE": "enable_deletion_protection = false\nxff_header_processing_mode = \"preserve\"\ndesync_mitigation_mode = \"strictest\"\nclient_keep_alive = 600"},
    {"MORE": "enable_http2 = false\nenable_waf_fail_open = true\npreserve_host_header = true\nenable_xff_client_port = true\nenable_tls_version_and_cipher_suite_headers = true"},
    {"MORE": "enable_cross_zone_load_balancing = true\nip_address_type = \"ipv4\""},
    {"GROUP": "deregistration_delay = 60\nslow_start = 60"},
    {"GROUP": 'load_balancing_algorithm_type = "least_outstanding_requests"\nstickiness {\n type = "lb_cookie"\n enabled = false\n}'},
    {"GROUP": 'stickiness {\n type = "lb_cookie"\n cookie_duration = 600\n}'},
    {"GROUP": 'stickiness {\n type = "app_cookie"\n cookie_duration = 600\n cookie_name = "SESSION"\n}'},
    {"HEALTH": "interval = 15\ntimeout = 4\nhealthy_threshold = 2\nunhealthy_threshold = 4"},
    {"HEALTH": 'port = "8080"\nprotocol = "HTTPS"'},
    {"PORT": "8080"},
    {"DEFAULT": "default_action {" + FORWARD.replace("SECOND", "").replace("STICKY", "") + "}"},
    {"DEFAULT": "default_action {" + FORWARD.replace("SECOND", "target_group {\n arn = aws_lb_target_group.other.arn\n }").replace("STICKY", "") + "}"},
    {"DEFAULT": "default_action {" + FORWARD.replace("SECOND", "target_group {\n arn = aws_lb_target_group.other.arn\n }").replace("STICKY", "stickiness {\n enabled = true\n duration = 60\n }") + "}"},
    {"DEFAULT": 'default_action {\n type = "redirect"\n redirect {\n port = "443"\n protocol = "HTTPS"\n status_code = "HTTP_301"\n }\n}'},
    {"PRIORITY": "priority = 20"},
    {"CONDITIONS": 'condition {\n path_pattern {\n values = ["/a/*", "/b"]\n }\n }\n condition {\n source_ip {\n values = ["10.0.0.0/8"]\n }\n }'},
    {"CONDITIONS": 'condition {\n http_header {\n http_header_name = "X-A"\n values = ["1"]\n }\n }\n condition {\n query_string {\n key = "a"\n value = "b"\n }\n query_string {\n value = "c"\n }\n }\n condition {\n host_header {\n values = ["a.example.org"]\n }\n }\n condition {\n http_request_method {\n values = ["GET"]\n }\n }'},
    {"ACTIONS": 'action {\n type = "forward"\n target_group_arn = aws_lb_target_group.other.arn\n }'},
]


def fill(text, values):
    for name in sorted(values, key=len, reverse=True):
        text = re.sub(rf"\b{name}\b", lambda _: values[name], text)
    return text


def test_balancer(world, folder):
    stack = folder(fill(BALANCER, FIRST))
    world.apply(stack)
    for change in CHANGES:
        stack = folder(fill(BALANCER, {**FIRST, **change}))
        printed = world.cairn(stack, "plan")
        assert "must be replaced" not in printed, change
        world.apply(stack)
    stack = folder(fill(BALANCER, FIRST))
    world.apply(stack)

    elb = world.client("elbv2")
    lb = elb.describe_load_balancers(Names=["web"])["LoadBalancers"][0]["LoadBalancerArn"]
    listener = elb.describe_listeners(LoadBalancerArn=lb)["Listeners"][0]["ListenerArn"]
    group = elb.describe_target_groups(Names=["web-80"])["TargetGroups"][0]["TargetGroupArn"]
    rule = next(r for r in elb.describe_rules(ListenerArn=listener)["Rules"] if not r["IsDefault"])["RuleArn"]

    def broken(named):
        printed = world.cairn(stack, "drift", exit=2)
        assert named in printed, printed
        world.apply(stack)

    elb.modify_load_balancer_attributes(LoadBalancerArn=lb, Attributes=[{"Key": "idle_timeout.timeout_seconds", "Value": "33"}])
    broken("aws_lb.main")
    elb.modify_target_group_attributes(TargetGroupArn=group, Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": "33"}])
    broken("aws_lb_target_group.web")
    elb.modify_target_group(TargetGroupArn=group, HealthCheckPath="/other")
    broken("aws_lb_target_group.web")
    elb.modify_listener(ListenerArn=listener, DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "500", "ContentType": "text/plain"}}])
    broken("aws_lb_listener.http")
    elb.modify_rule(RuleArn=rule, Conditions=[{"Field": "path-pattern", "Values": ["/z"]}])
    broken("aws_lb_listener_rule.one")
    elb.remove_tags(ResourceArns=[rule], TagKeys=["Name"])
    broken("aws_lb_listener_rule.one")
    elb.delete_rule(RuleArn=rule)
    broken("aws_lb_listener_rule.one")
    elb.create_rule(ListenerArn=listener, Priority=99, Conditions=[{"Field": "path-pattern", "Values": ["/stray"]}], Actions=[{"Type": "forward", "TargetGroupArn": group}])
    broken("listener-rule/")
    elb.create_listener(LoadBalancerArn=lb, Protocol="HTTP", Port=9999, DefaultActions=[{"Type": "forward", "TargetGroupArn": group}])
    broken("listener/")

    world.cairn(stack, "destroy", "-auto-approve")
    assert world.marked() == []
    assert elb.describe_load_balancers()["LoadBalancers"] == []
    assert elb.describe_target_groups()["TargetGroups"] == []


def test_balancer_refusals(world, folder):
    wrong = {"MORE": 'enable_cross_zone_load_balancing = false\ndns_record_client_routing_policy = "availability_zone_affinity"'}
    printed = world.cairn(folder(fill(BALANCER, {**FIRST, **wrong})), "plan", exit=1)
    assert "enable_cross_zone_load_balancing" in printed and "network load balancer only" in printed
    taken = world.client("elbv2")
    vpc = world.client("ec2").create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    taken.create_target_group(Name="web-80", Protocol="HTTP", Port=80, VpcId=vpc)
    printed = world.cairn(folder(fill(BALANCER, FIRST)), "plan", exit=1)
    assert "import" in printed and "web-80" in printed


def test_deletion_protection(world, folder):
    protected = fill(BALANCER, {**FIRST, "MORE": "enable_deletion_protection = true"})
    stack = folder(protected)
    world.apply(stack)
    printed = world.cairn(stack, "destroy", "-auto-approve", exit=1)
    assert "enable_deletion_protection" in printed
    world.apply(folder(fill(BALANCER, FIRST)))
    world.cairn(stack, "destroy", "-auto-approve")
    assert world.marked() == []


NLB = NETWORK + """
resource "aws_eip" "one" {
  domain = "vpc"
}

resource "aws_lb" "net" {
  load_balancer_type = "network"
  name_prefix        = "net-"
  internal           = true
  CROSS
  subnet_mapping {
    subnet_id = aws_subnet.public[0].id
  }
  subnet_mapping {
    subnet_id = aws_subnet.public[1].id
  }
}

resource "aws_lb_target_group" "tcp" {
  name     = "tcp"
  port     = 5432
  protocol = "TCP"
  vpc_id   = aws_vpc.main.id
  GROUP
  health_check {
    protocol = "TCP"
  }
}

resource "aws_lb_target_group" "function" {
  name        = "function"
  target_type = "lambda"
}

resource "aws_lb_listener" "tcp" {
  load_balancer_arn = aws_lb.net.arn
  port              = 5432
  protocol          = "TCP"
  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.tcp.arn
  }
}
"""


def test_network_balancer(world, folder):
    world.apply(folder(fill(NLB, {"CROSS": "", "GROUP": ""})))
    world.apply(folder(fill(NLB, {"CROSS": "enable_cross_zone_load_balancing = true", "GROUP": ""})))
    stack = folder(fill(NLB, {"CROSS": "enable_zonal_shift = true", "GROUP": 'preserve_client_ip = "true"\nproxy_protocol_v2 = true\nconnection_termination = true'}))
    world.apply(stack)
    world.cairn(stack, "destroy", "-auto-approve")
    assert world.marked() == []


CERTIFICATE = NETWORK + """
resource "aws_acm_certificate" "site" {
  domain_name       = "moodle.example.org"
  validation_method = "DNS"
  MORE
  lifecycle {
    create_before_destroy = true
  }
}

resource "terraform_data" "records" {
  for_each = { for o in aws_acm_certificate.site.domain_validation_options : o.domain_name => o.resource_record_name }
  input    = each.value
}

resource "aws_lb" "main" {
  name            = "web"
  subnets         = [aws_subnet.public[0].id, aws_subnet.public[1].id]
  security_groups = [aws_security_group.web[0].id]
  depends_on      = [aws_internet_gateway.main]
}

resource "aws_lb_listener" "https" {
  load_balancer_arn = aws_lb.main.arn
  port              = 443
  protocol          = "HTTPS"
  certificate_arn   = aws_acm_certificate.site.arn
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"
  LISTENER
  default_action {
    type = "fixed-response"
    fixed_response {
      content_type = "text/plain"
    }
  }
}
"""


def test_certificate(world, folder):
    stack = folder(fill(CERTIFICATE, {"MORE": "", "LISTENER": ""}))
    world.apply(stack)
    # The listener moves to the new certificate before the old one goes.
    stack = folder(fill(CERTIFICATE, {"MORE": 'subject_alternative_names = ["www.example.org"]', "LISTENER": ""}))
    printed = world.cairn(stack, "plan")
    assert "must be replaced" in printed
    world.apply(stack)
    certificates = world.client("acm").list_certificates()["CertificateSummaryList"]
    assert len(certificates) == 1
    world.apply(folder(fill(CERTIFICATE, {"MORE": 'subject_alternative_names = ["www.example.org"]\noptions {\n certificate_transparency_logging_preference = "ENABLED"\n}\ntags = { A = "b" }', "LISTENER": ""})))
    world.apply(folder(fill(CERTIFICATE, {"MORE": 'subject_alternative_names = ["www.example.org"]', "LISTENER": 'routing_http_response_server_enabled = false\nrouting_http_response_x_frame_options_header_value = "DENY"\ntags = { A = "b" }'})))
    world.cairn(stack, "destroy", "-auto-approve")
    assert world.marked() == []


IMPORTED = """
provider "aws" {
  region = "us-east-1"
}

resource "aws_acm_certificate" "own" {
  certificate_body = file("${path.module}/certificate.pem")
  private_key      = file("${path.module}/key.pem")
}
"""


def test_imported_certificate(world, folder):
    import subprocess

    stack = folder(IMPORTED)

    def make(name):
        command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", f"/CN={name}"]
        subprocess.run([*command, "-keyout", stack / "key.pem", "-out", stack / "certificate.pem"], check=True, capture_output=True)

    make("own.example.org")
    printed = world.apply(stack)
    assert "PRIVATE KEY" not in printed
    make("own.example.org")
    printed = world.cairn(stack, "plan", "-detailed-exitcode", exit=2)
    assert "PRIVATE KEY" not in printed and "will be updated in-place" in printed
    # Applying it is not tried: the emulator forgets the tags of a certificate that is imported again.
    world.cairn(stack, "destroy", "-auto-approve")
    assert world.marked() == []


KEY = """
provider "aws" {
  region = "us-east-1"
}

resource "aws_kms_key" "data" {
  description             = "DESCRIPTION"
  deletion_window_in_days = 7
  MORE
}

resource "aws_kms_alias" "data" {
  name          = "alias/ALIAS"
  target_key_id = aws_kms_key.data.TARGET
}
"""
PLAIN = {"DESCRIPTION": "data", "MORE": "", "ALIAS": "data", "TARGET": "key_id"}


def test_key(world, folder):
    stack = folder(fill(KEY, PLAIN))
    world.apply(stack)
    policy = 'policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "kms:*", Resource = "*", Principal = { AWS = "*" } }] })'
    for change in [
        {"DESCRIPTION": "other"},
        {"MORE": "enable_key_rotation = true"},
        {"MORE": "enable_key_rotation = true\nrotation_period_in_days = 180"},
        {"MORE": "is_enabled = false"},
        {"MORE": policy},
        {"ALIAS": "more"},
        {"TARGET": "arn"},
        {"MORE": 'tags = { A = "b" }'},
    ]:
        stack = folder(fill(KEY, {**PLAIN, **change}))
        world.apply(stack)
    stack = folder(fill(KEY, PLAIN))
    world.apply(stack)
    kms = world.client("kms")
    key = next(a for a in kms.list_aliases()["Aliases"] if a["AliasName"] == "alias/data")["TargetKeyId"]

    def broken(named):
        printed = world.cairn(stack, "drift", exit=2)
        assert named in printed, printed
        world.apply(stack)

    kms.enable_key_rotation(KeyId=key)
    broken("aws_kms_key.data")
    kms.disable_key(KeyId=key)
    broken("aws_kms_key.data")
    kms.create_alias(AliasName="alias/stray", TargetKeyId=key)
    broken("alias/stray")
    kms.delete_alias(AliasName="alias/data")
    broken("aws_kms_alias.data")
    printed = world.cairn(folder(fill(KEY, {**PLAIN, "MORE": "rotation_period_in_days = 180"})), "plan", exit=1)
    assert "enable_key_rotation" in printed
    folder(fill(KEY, PLAIN))
    world.cairn(stack, "destroy", "-auto-approve")
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "PendingDeletion"
    # A key that waits for its end is gone; another takes its place.
    world.apply(stack)
    assert next(a for a in kms.list_aliases()["Aliases"] if a["AliasName"] == "alias/data")["TargetKeyId"] != key


FIREWALL = """
provider "aws" {
  region = "us-east-1"
}

resource "aws_wafv2_web_acl" "main" {
  NAME
  scope = "REGIONAL"
  DESCRIPTION

  default_action {
    DEFAULT {}
  }

  rule {
    name     = "rate"
    priority = 0
    action {
      ACTION {}
    }
    statement {
      rate_based_statement {
        limit = LIMIT
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
      metric_name                = "rate"
      sampled_requests_enabled   = true
    }
  }

  RULES

  visibility_config {
    cloudwatch_metrics_enabled = true
    metric_name                = "main"
    sampled_requests_enabled   = true
  }

  tags = { Name = "main" }
}
"""
WAF = {"NAME": 'name = "main"', "DESCRIPTION": 'description = "all"', "DEFAULT": "allow", "ACTION": "block", "LIMIT": "2000", "RULES": ""}


def rule(name, priority, statement, action="action {\n count {}\n }", more=""):
    return f"""
  rule {{
    name     = "{name}"
    priority = {priority}
    {action}
    {more}
    statement {{
      {statement}
    }}
    visibility_config {{
      cloudwatch_metrics_enabled = false
      metric_name                = "{name}"
      sampled_requests_enabled   = false
    }}
  }}
"""


FIELD = "text_transformation {\n priority = 0\n type = \"NONE\"\n}\ntext_transformation {\n priority = 1\n type = \"LOWERCASE\"\n}\n"
STATEMENTS = [
    'geo_match_statement {\n country_codes = ["CH", "DE"]\n forwarded_ip_config {\n fallback_behavior = "MATCH"\n header_name = "X-Forwarded-For"\n }\n }',
    "sqli_match_statement {\n field_to_match {\n body {\n oversize_handling = \"CONTINUE\"\n }\n }\n" + FIELD + "}",
    "xss_match_statement {\n field_to_match {\n json_body {\n match_scope = \"ALL\"\n match_pattern {\n all {}\n }\n }\n }\n" + FIELD + "}",
    "size_constraint_statement {\n comparison_operator = \"GT\"\n size = 100\n field_to_match {\n headers {\n match_scope = \"KEY\"\n oversize_handling = \"MATCH\"\n match_pattern {\n included_headers = [\"a\", \"b\"]\n }\n }\n }\n" + FIELD + "}",
    "regex_match_statement {\n regex_string = \"^a\"\n field_to_match {\n single_header {\n name = \"User-Agent\"\n }\n }\n" + FIELD + "}",
    'label_match_statement {\n scope = "LABEL"\n key = "awswaf:managed:aws:core-rule-set:NoUserAgent_Header"\n }',
    "and_statement {\n statement {\n or_statement {\n statement {\n label_match_statement {\n scope = \"LABEL\"\n key = \"a:b\"\n }\n }\n statement {\n label_match_statement {\n scope = \"NAMESPACE\"\n key = \"a:\"\n }\n }\n }\n }\n statement {\n not_statement {\n statement {\n and_statement {\n statement {\n geo_match_statement {\n country_codes = [\"CH\"]\n }\n }\n statement {\n byte_match_statement {\n search_string = \"POST\"\n positional_constraint = \"EXACTLY\"\n field_to_match {\n method {}\n }\n" + FIELD + "}\n }\n }\n }\n }\n }\n }",
    'rate_based_statement {\n limit = 100\n aggregate_key_type = "CUSTOM_KEYS"\n evaluation_window_sec = 60\n custom_key {\n header {\n name = "x"\n text_transformation {\n priority = 0\n type = "NONE"\n }\n }\n }\n custom_key {\n ip {}\n }\n }',
]
GROUP = """managed_rule_group_statement {
  vendor_name = "AWS"
  name        = "AWSManagedRulesCommonRuleSet"
  rule_action_override {
    name = "SizeRestrictions_BODY"
    action_to_use {
      count {}
    }
  }
  rule_action_override {
    name = "NoUserAgent_HEADER"
    action_to_use {
      block {
        custom_response {
          response_code = 418
          response_header {
            name  = "a"
            value = "b"
          }
        }
      }
    }
  }
}"""
BOTS = """managed_rule_group_statement {
  vendor_name = "AWS"
  name        = "AWSManagedRulesBotControlRuleSet"
  managed_rule_group_configs {
    aws_managed_rules_bot_control_rule_set {
      inspection_level = "COMMON"
    }
  }
}"""


def test_firewall(world, folder):
    stack = folder(fill(FIREWALL, WAF))
    world.apply(stack)
    some = "\n".join(rule(f"s{i}", i + 10, s) for i, s in enumerate(STATEMENTS))
    none = "override_action {\n none {}\n }"
    for change in [
        {"DESCRIPTION": 'description = "other"'},
        {"DEFAULT": "block"},
        {"ACTION": "count"},
        {"LIMIT": "500"},
        {"RULES": some},
        {"RULES": rule("group", 5, GROUP, none) + rule("bots", 6, BOTS, "override_action {\n count {}\n }")},
        {"RULES": rule("labels", 5, STATEMENTS[0], more='rule_label {\n name = "a:b"\n }\n rule_label {\n name = "c:d"\n }\n captcha_config {\n immunity_time_property {\n immunity_time = 120\n }\n }', action="action {\n captcha {\n custom_request_handling {\n insert_header {\n name = \"a\"\n value = \"b\"\n }\n }\n }\n }")},
    ]:
        stack = folder(fill(FIREWALL, {**WAF, **change}))
        world.apply(stack)
    stack = folder(fill(FIREWALL, WAF))
    world.apply(stack)
    waf = world.client("wafv2")
    acl = waf.list_web_acls(Scope="REGIONAL")["WebACLs"][0]
    got = waf.get_web_acl(Name="main", Id=acl["Id"], Scope="REGIONAL")
    whole = got["WebACL"]
    whole["Rules"][0]["Statement"]["RateBasedStatement"]["Limit"] = 77
    waf.update_web_acl(Name="main", Id=acl["Id"], Scope="REGIONAL", DefaultAction=whole["DefaultAction"], Rules=whole["Rules"], VisibilityConfig=whole["VisibilityConfig"], LockToken=got["LockToken"])
    printed = world.cairn(stack, "drift", exit=2)
    assert "aws_wafv2_web_acl.main" in printed and "77" in printed
    world.apply(stack)
    printed = world.cairn(folder(fill(FIREWALL, {**WAF, "RULES": rule("rate", 7, STATEMENTS[0])})), "plan", exit=1)
    assert "two rules named" in printed
    stack = folder(fill(FIREWALL, {**WAF, "NAME": 'name_prefix = "other-"'}))
    world.apply(stack)
    world.cairn(stack, "destroy", "-auto-approve")
    assert waf.list_web_acls(Scope="REGIONAL")["WebACLs"] == []
    # The emulator does not clear what an update leaves out, so these are made each time.
    for more in [{"RULES": 'custom_response_body {\n key = "no"\n content = "no"\n content_type = "TEXT_PLAIN"\n }\n token_domains = ["example.org"]\n challenge_config {\n immunity_time_property {\n immunity_time = 500\n }\n }'},
        {"RULES": 'association_config {\n request_body {\n api_gateway {\n default_size_inspection_limit = "KB_32"\n }\n }\n }'}]:
        world.apply(folder(fill(FIREWALL, {**WAF, **more})))
        world.cairn(stack, "destroy", "-auto-approve")


GUARDED = NETWORK + fill(FIREWALL, WAF).replace('provider "aws" {\n  region = "us-east-1"\n}', "") + """
resource "aws_lb" "main" {
  count           = 2
  name            = "web-${count.index}"
  subnets         = [aws_subnet.public[0].id, aws_subnet.public[1].id]
  security_groups = [aws_security_group.web[0].id]
  depends_on      = [aws_internet_gateway.main]
}

resource "aws_wafv2_web_acl_association" "main" {
  resource_arn = aws_lb.main[INDEX].arn
  web_acl_arn  = aws_wafv2_web_acl.main.arn
}

resource "aws_cloudwatch_log_group" "waf" {
  name = "aws-waf-logs-main"
}

resource "aws_wafv2_web_acl_logging_configuration" "main" {
  resource_arn            = aws_wafv2_web_acl.main.arn
  log_destination_configs = [aws_cloudwatch_log_group.waf.arn]
  LOGGING
}
"""


def test_guard(world, folder):
    stack = folder(fill(GUARDED, {"INDEX": "0", "LOGGING": ""}))
    try:
        world.apply(stack)
    except AssertionError as error:
        if "aws_cloudwatch_log_group" in str(error):
            pytest.skip("no log groups yet")
        raise
    fields = 'redacted_fields {\n single_header {\n name = "cookie"\n }\n }\n redacted_fields {\n method {}\n }\n'
    keep = 'logging_filter {\n default_behavior = "DROP"\n filter {\n behavior = "KEEP"\n requirement = "MEETS_ANY"\n condition {\n action_condition {\n action = "BLOCK"\n }\n }\n condition {\n label_name_condition {\n label_name = "a:b"\n }\n }\n }\n }'
    world.apply(folder(fill(GUARDED, {"INDEX": "1", "LOGGING": fields})))
    world.apply(folder(fill(GUARDED, {"INDEX": "1", "LOGGING": keep})))
    waf = world.client("wafv2")
    elb = world.client("elbv2")
    acl = waf.list_web_acls(Scope="REGIONAL")["WebACLs"][0]["ARN"]
    first = elb.describe_load_balancers(Names=["web-0"])["LoadBalancers"][0]["LoadBalancerArn"]
    second = elb.describe_load_balancers(Names=["web-1"])["LoadBalancers"][0]["LoadBalancerArn"]
    waf.associate_web_acl(WebACLArn=acl, ResourceArn=first)
    printed = world.cairn(stack, "drift", exit=2)
    assert first in printed
    world.apply(stack)
    waf.disassociate_web_acl(ResourceArn=second)
    printed = world.cairn(stack, "drift", exit=2)
    assert "aws_wafv2_web_acl_association.main" in printed
    world.apply(stack)
    waf.delete_logging_configuration(ResourceArn=acl)
    printed = world.cairn(stack, "drift", exit=2)
    assert "aws_wafv2_web_acl_logging_configuration.main" in printed
    world.apply(stack)
    world.cairn(stack, "destroy", "-auto-approve")
    assert world.marked() == []


SHIELD = NETWORK + """
resource "aws_lb" "main" {
  name            = "web"
  subnets         = [aws_subnet.public[0].id, aws_subnet.public[1].id]
  security_groups = [aws_security_group.web[0].id]
  depends_on      = [aws_internet_gateway.main]
}

resource "aws_shield_protection" "one" {
  name         = "NAME"
  resource_arn = aws_lb.main.arn
  tags         = { A = "B" }
}
"""


def test_shield(world, folder):
    stack = folder(fill(SHIELD, {"NAME": "one"}))
    shield = world.client("shield")
    shield.create_subscription()
    world.apply(stack)
    world.apply(folder(fill(SHIELD, {"NAME": "other"})))
    protection = shield.list_protections()["Protections"][0]
    assert protection["Name"] == "other"
    shield.delete_protection(ProtectionId=protection["Id"])
    printed = world.cairn(stack, "drift", exit=2)
    assert "aws_shield_protection.one" in printed
    world.apply(stack)
    world.cairn(stack, "destroy", "-auto-approve")
    assert shield.list_protections()["Protections"] == []
