variable "name" {
  type = string
}

variable "given" {
  type = string
  validation {
    condition     = var.given != ""
    error_message = "A value."
  }
}

resource "aws_cloudwatch_log_group" "inner" {
  name = var.name
  tags = { given = var.given }
  lifecycle {
    postcondition {
      condition     = self.tags["given"] != ""
      error_message = "A value."
    }
  }
}

output "given" {
  value = aws_cloudwatch_log_group.inner.tags["given"]
  precondition {
    condition     = aws_cloudwatch_log_group.inner.tags["given"] != ""
    error_message = "A value."
  }
}
