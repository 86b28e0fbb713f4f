# AWS issues it once the record in the output certificate_validation_records is in the
# domain's DNS. Until then the HTTPS listener can't be made.
resource "aws_acm_certificate" "site" {
  count = var.certificate_arn == null ? 1 : 0

  domain_name       = var.domain
  validation_method = "DNS"

  tags = { Name = var.domain }

  # The listener must never be without a certificate.
  lifecycle {
    create_before_destroy = true
  }
}

locals {
  certificate_arn = var.certificate_arn == null ? aws_acm_certificate.site[0].arn : var.certificate_arn
}
