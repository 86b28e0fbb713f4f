locals {
  buckets = merge(
    { moodledata = var.bucket_names.moodledata },
    var.keep_access_logs ? { logs = var.bucket_names.logs } : {},
    var.keep_dumps ? { dumps = var.bucket_names.dumps } : {},
  )

  # Days after which objects go. Moodle's files stay until Moodle deletes them.
  expiry_days = {
    logs  = var.log_retention_days
    dumps = 90
  }
}

resource "aws_s3_bucket" "main" {
  for_each = local.buckets

  bucket        = each.value
  force_destroy = var.erasable

  tags = { Name = each.key }
}

resource "aws_s3_bucket_ownership_controls" "main" {
  for_each = local.buckets

  bucket = aws_s3_bucket.main[each.key].id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_public_access_block" "main" {
  for_each = local.buckets

  bucket = aws_s3_bucket.main[each.key].id

  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_versioning" "main" {
  for_each = local.buckets

  bucket = aws_s3_bucket.main[each.key].id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "main" {
  for_each = local.buckets

  bucket = aws_s3_bucket.main[each.key].id

  rule {
    # Load balancers can only deliver logs to a bucket that is encrypted with S3's own key.
    apply_server_side_encryption_by_default {
      sse_algorithm     = each.key == "logs" ? "AES256" : "aws:kms"
      kms_master_key_id = each.key == "logs" ? null : aws_kms_key.data.arn
    }

    # One data key per bucket and not one per object, which makes KMS nearly free.
    bucket_key_enabled = each.key != "logs"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "main" {
  for_each = local.buckets

  bucket = aws_s3_bucket.main[each.key].id

  rule {
    id     = "abort-unfinished-uploads"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  # What was deleted or overwritten can be brought back for 30 days. Nothing moves to
  # an archive tier: Moodle would wait hours for the file.
  rule {
    id     = "expire-old-versions"
    status = "Enabled"

    filter {}

    noncurrent_version_expiration {
      noncurrent_days = 30
    }
  }

  dynamic "rule" {
    for_each = contains(keys(local.expiry_days), each.key) ? [local.expiry_days[each.key]] : []

    content {
      id     = "expire"
      status = "Enabled"

      filter {}

      expiration {
        days = rule.value
      }
    }
  }

  # Rules about versions only mean something once there are versions.
  depends_on = [aws_s3_bucket_versioning.main]
}
