output "load_balancer_dns_name" {
  description = "Where the site's DNS record has to point."
  value       = aws_lb.main.dns_name
}

output "load_balancer_zone_id" {
  description = "Hosted zone of the load balancer, for an alias record."
  value       = aws_lb.main.zone_id
}

output "load_balancer_arn_suffix" {
  description = "The load balancer's name in metrics."
  value       = aws_lb.main.arn_suffix
}

output "target_group_arn" {
  description = "Target group of the web nodes."
  value       = aws_lb_target_group.web.arn
}

output "target_group_arn_suffix" {
  description = "The target group's name in metrics."
  value       = aws_lb_target_group.web.arn_suffix
}

output "certificate_validation_records" {
  description = "DNS records that prove the domain is ours."
  value = flatten([
    for certificate in aws_acm_certificate.site : [
      for option in certificate.domain_validation_options : {
        name  = option.resource_record_name
        type  = option.resource_record_type
        value = option.resource_record_value
      }
    ]
  ])
}

output "web_acl_name" {
  description = "Name of the firewall in metrics; null without one."
  value       = one(aws_wafv2_web_acl.main[*].name)
}

# A scaling policy on requests is refused while no listener uses the target group.
output "request_metric_label" {
  description = "Load balancer and target group, as the request metric names them."
  value       = "${aws_lb.main.arn_suffix}/${aws_lb_target_group.web.arn_suffix}"
  depends_on  = [aws_lb_listener.https]
}
