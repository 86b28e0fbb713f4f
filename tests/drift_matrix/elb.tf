variable "account" {
  type = string
}

resource "aws_vpc" "main" {
  cidr_block = "10.1.0.0/16"
}

resource "aws_internet_gateway" "main" {
  vpc_id = aws_vpc.main.id
}

resource "aws_subnet" "main" {
  count             = 3
  vpc_id            = aws_vpc.main.id
  cidr_block        = cidrsubnet(aws_vpc.main.cidr_block, 8, count.index)
  availability_zone = "us-east-1${["a", "b", "c"][count.index]}"
}

resource "aws_security_group" "main" {
  count  = 2
  name   = "elb-${count.index}"
  vpc_id = aws_vpc.main.id
}

resource "aws_s3_bucket" "logs" {
  bucket = "${var.account}-drift-elb"
}

resource "aws_s3_bucket_policy" "logs" {
  bucket = aws_s3_bucket.logs.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "logdelivery.elasticloadbalancing.amazonaws.com" }
      Action    = "s3:PutObject"
      Resource  = "${aws_s3_bucket.logs.arn}/*"
    }]
  })
}

resource "aws_lb" "application" {
  count           = 5
  name            = "application-${count.index}"
  internal        = true
  ip_address_type = "ipv4"
  subnets         = [aws_subnet.main[0].id, aws_subnet.main[1].id]
  security_groups = [aws_security_group.main[0].id]

  access_logs {
    bucket  = aws_s3_bucket.logs.bucket
    enabled = true
    prefix  = "access"
  }

  connection_logs {
    bucket  = aws_s3_bucket.logs.bucket
    enabled = true
    prefix  = "connections"
  }

  depends_on = [aws_s3_bucket_policy.logs]
}

resource "aws_lb" "network" {
  count              = 2
  name               = "network-${count.index}"
  internal           = true
  load_balancer_type = "network"
  security_groups    = [aws_security_group.main[0].id]

  subnet_mapping {
    subnet_id = aws_subnet.main[0].id
  }

  subnet_mapping {
    subnet_id = aws_subnet.main[1].id
  }

  enforce_security_group_inbound_rules_on_private_link_traffic = "on"
}

resource "aws_lb_target_group" "http" {
  count                             = 5
  name                              = "http-${count.index}"
  port                              = 80
  protocol                          = "HTTP"
  vpc_id                            = aws_vpc.main.id
  load_balancing_algorithm_type     = "round_robin"
  load_balancing_anomaly_mitigation = "off"
  load_balancing_cross_zone_enabled = "use_load_balancer_configuration"

  health_check {
    matcher = "200"
    path    = "/"
    timeout = 5
  }

  stickiness {
    type        = "app_cookie"
    cookie_name = "DECLARED"
  }

  target_group_health {
    dns_failover {
      minimum_healthy_targets_count = "1"
    }
    unhealthy_state_routing {
      minimum_healthy_targets_count = 1
    }
  }
}

resource "aws_lb_target_group" "tcp" {
  count                  = 3
  name                   = "tcp-${count.index}"
  port                   = 80
  protocol               = "TCP"
  vpc_id                 = aws_vpc.main.id
  connection_termination = false
  preserve_client_ip     = "true"

  target_health_state {
    enable_unhealthy_connection_termination = false
  }
}

resource "aws_lb_target_group" "lambda" {
  name        = "lambda"
  target_type = "lambda"

  health_check {
    enabled  = true
    interval = 60
    timeout  = 30
    path     = "/"
    matcher  = "200"
  }
}

resource "aws_acm_certificate" "main" {
  count             = 2
  domain_name       = "elb-${count.index}.example.com"
  validation_method = "DNS"
}

resource "aws_lb_listener" "http" {
  count             = 5
  load_balancer_arn = aws_lb.application[count.index].arn
  port              = 80
  protocol          = "HTTP"

  default_action {
    type  = "fixed-response"
    order = 1
    fixed_response {
      content_type = "text/plain"
      message_body = "declared"
      status_code  = "404"
    }
  }

  routing_http_response_server_enabled                                = true
  routing_http_response_access_control_allow_credentials_header_value = "true"
  routing_http_response_access_control_allow_headers_header_value     = "declared"
  routing_http_response_access_control_allow_methods_header_value     = "GET"
  routing_http_response_access_control_allow_origin_header_value      = "https://declared.example.com"
  routing_http_response_access_control_expose_headers_header_value    = "declared"
  routing_http_response_access_control_max_age_header_value           = "60"
  routing_http_response_content_security_policy_header_value          = "default-src 'self'"
  routing_http_response_strict_transport_security_header_value        = "max-age=60"
  routing_http_response_x_content_type_options_header_value           = "nosniff"
  routing_http_response_x_frame_options_header_value                  = "DENY"
}

resource "aws_lb_listener" "https" {
  count             = 4
  load_balancer_arn = aws_lb.application[count.index].arn
  port              = 443
  protocol          = "HTTPS"
  certificate_arn   = aws_acm_certificate.main[0].arn
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"

  default_action {
    type = "redirect"
    redirect {
      status_code = "HTTP_301"
      host        = "declared.example.com"
    }
  }

  mutual_authentication {
    mode                             = "verify"
    trust_store_arn                  = "arn:aws:elasticloadbalancing:us-east-1:${var.account}:truststore/declared/1111111111111111"
    advertise_trust_store_ca_names   = "off"
    ignore_client_certificate_expiry = false
  }

  routing_http_request_x_amzn_mtls_clientcert_header_name               = "declared-1"
  routing_http_request_x_amzn_mtls_clientcert_issuer_header_name        = "declared-2"
  routing_http_request_x_amzn_mtls_clientcert_leaf_header_name          = "declared-3"
  routing_http_request_x_amzn_mtls_clientcert_serial_number_header_name = "declared-4"
  routing_http_request_x_amzn_mtls_clientcert_subject_header_name       = "declared-5"
  routing_http_request_x_amzn_mtls_clientcert_validity_header_name      = "declared-6"
  routing_http_request_x_amzn_tls_cipher_suite_header_name              = "declared-7"
  routing_http_request_x_amzn_tls_version_header_name                   = "declared-8"
}

resource "aws_lb_listener" "tls" {
  count             = 2
  load_balancer_arn = aws_lb.network[count.index].arn
  port              = 443
  protocol          = "TLS"
  alpn_policy       = "HTTP2Preferred"
  certificate_arn   = aws_acm_certificate.main[0].arn

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.tcp[0].arn
  }
}

resource "aws_lb_listener" "tcp" {
  load_balancer_arn        = aws_lb.network[0].arn
  port                     = 80
  protocol                 = "TCP"
  tcp_idle_timeout_seconds = 350

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.tcp[0].arn
  }
}

# The kinds of actions, on listeners and on rules.
resource "aws_lb_listener" "forward" {
  count             = 2
  load_balancer_arn = aws_lb.application[count.index].arn
  port              = 8001
  protocol          = "HTTP"

  default_action {
    type  = "forward"
    order = 1
    forward {
      target_group {
        arn    = aws_lb_target_group.http[0].arn
        weight = 10
      }
      target_group {
        arn    = aws_lb_target_group.http[1].arn
        weight = 20
      }
      stickiness {
        enabled  = true
        duration = 600
      }
    }
  }
}

resource "aws_lb_listener" "cognito" {
  count             = 4
  load_balancer_arn = aws_lb.application[count.index].arn
  port              = 8443
  protocol          = "HTTPS"
  certificate_arn   = aws_acm_certificate.main[0].arn

  default_action {
    type = "authenticate-cognito"
    authenticate_cognito {
      user_pool_arn                       = "arn:aws:cognito-idp:us-east-1:${var.account}:userpool/declared"
      user_pool_client_id                 = "declared"
      user_pool_domain                    = "declared"
      authentication_request_extra_params = { prompt = "declared" }
      on_unauthenticated_request          = "authenticate"
      scope                               = "openid"
      session_cookie_name                 = "declared"
      session_timeout                     = 3600
    }
  }

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.http[0].arn
  }
}

resource "aws_lb_listener" "oidc" {
  count             = 4
  load_balancer_arn = aws_lb.application[count.index].arn
  port              = 9443
  protocol          = "HTTPS"
  certificate_arn   = aws_acm_certificate.main[0].arn

  default_action {
    type = "authenticate-oidc"
    authenticate_oidc {
      authorization_endpoint              = "https://declared.example.com/authorize"
      client_id                           = "declared"
      client_secret                       = "not-a-secret"
      issuer                              = "https://declared.example.com"
      token_endpoint                      = "https://declared.example.com/token"
      user_info_endpoint                  = "https://declared.example.com/user"
      authentication_request_extra_params = { prompt = "declared" }
      on_unauthenticated_request          = "authenticate"
      scope                               = "openid"
      session_cookie_name                 = "declared"
      session_timeout                     = 3600
    }
  }

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.http[0].arn
  }
}

resource "aws_lb_listener_rule" "fixed" {
  count        = 5
  listener_arn = aws_lb_listener.http[0].arn
  priority     = 10 + count.index

  action {
    type  = "fixed-response"
    order = 1
    fixed_response {
      content_type = "text/plain"
      message_body = "declared"
      status_code  = "404"
    }
  }

  condition {
    host_header {
      values = ["declared.example.com"]
    }
  }

  condition {
    http_request_method {
      values = ["GET"]
    }
  }

  condition {
    source_ip {
      values = ["192.0.2.0/24"]
    }
  }
}

resource "aws_lb_listener_rule" "redirect" {
  count        = 4
  listener_arn = aws_lb_listener.http[0].arn
  priority     = 20 + count.index

  action {
    type = "redirect"
    redirect {
      status_code = "HTTP_301"
      host        = "declared.example.com"
    }
  }

  condition {
    http_header {
      http_header_name = "X-Declared"
      values           = ["yes"]
    }
  }

  condition {
    path_pattern {
      values = ["/declared/${count.index}"]
    }
  }

  condition {
    query_string {
      key   = "declared"
      value = "yes"
    }
  }
}

resource "aws_lb_listener_rule" "forward" {
  count        = 2
  listener_arn = aws_lb_listener.http[0].arn
  priority     = 30 + count.index

  action {
    type = "forward"
    forward {
      target_group {
        arn    = aws_lb_target_group.http[0].arn
        weight = 10
      }
      target_group {
        arn    = aws_lb_target_group.http[1].arn
        weight = 20
      }
      stickiness {
        enabled  = true
        duration = 600
      }
    }
  }

  condition {
    path_pattern {
      values = ["/forward/${count.index}"]
    }
  }
}

resource "aws_lb_listener_rule" "plain" {
  listener_arn = aws_lb_listener.http[0].arn
  priority     = 40

  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.http[0].arn
  }

  condition {
    path_pattern {
      values = ["/plain"]
    }
  }
}

resource "aws_lb_listener_rule" "cognito" {
  count        = 4
  listener_arn = aws_lb_listener.https[0].arn
  priority     = 10 + count.index

  action {
    type = "authenticate-cognito"
    authenticate_cognito {
      user_pool_arn                       = "arn:aws:cognito-idp:us-east-1:${var.account}:userpool/declared"
      user_pool_client_id                 = "declared"
      user_pool_domain                    = "declared"
      authentication_request_extra_params = { prompt = "declared" }
      on_unauthenticated_request          = "authenticate"
      scope                               = "openid"
      session_cookie_name                 = "declared"
      session_timeout                     = 3600
    }
  }

  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.http[0].arn
  }

  condition {
    path_pattern {
      values = ["/cognito/${count.index}"]
    }
  }
}

resource "aws_lb_listener_rule" "oidc" {
  count        = 4
  listener_arn = aws_lb_listener.https[0].arn
  priority     = 20 + count.index

  action {
    type = "authenticate-oidc"
    authenticate_oidc {
      authorization_endpoint              = "https://declared.example.com/authorize"
      client_id                           = "declared"
      client_secret                       = "not-a-secret"
      issuer                              = "https://declared.example.com"
      token_endpoint                      = "https://declared.example.com/token"
      user_info_endpoint                  = "https://declared.example.com/user"
      authentication_request_extra_params = { prompt = "declared" }
      on_unauthenticated_request          = "authenticate"
      scope                               = "openid"
      session_cookie_name                 = "declared"
      session_timeout                     = 3600
    }
  }

  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.http[0].arn
  }

  condition {
    path_pattern {
      values = ["/oidc/${count.index}"]
    }
  }
}
