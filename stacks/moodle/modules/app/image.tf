# Newest image for ARM. It is resolved to an id and pinned in the launch template; a newer
# one shows up in the next plan and is rolled out like any other change.
data "aws_ssm_parameter" "amazon_linux" {
  count = var.ami_id == null ? 1 : 0

  name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"
}

locals {
  # The id of a public image is no secret, though every parameter's value counts as one.
  image_id = var.ami_id == null ? nonsensitive(data.aws_ssm_parameter.amazon_linux[0].value) : var.ami_id
}
