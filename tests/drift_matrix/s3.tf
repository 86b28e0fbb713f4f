variable "account" {
  type = string
}

resource "aws_kms_key" "main" {}

resource "aws_s3_bucket" "main" {
  count  = 4
  bucket = "${var.account}-drift-${count.index}"
}

resource "aws_s3_bucket_versioning" "main" {
  count  = 2
  bucket = aws_s3_bucket.main[count.index].id

  versioning_configuration {
    status     = "Enabled"
    mfa_delete = "Disabled"
  }
}

resource "aws_s3_bucket_policy" "main" {
  bucket = aws_s3_bucket.main[0].id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Deny", Principal = "*", Action = "s3:*", Resource = "${aws_s3_bucket.main[0].arn}/*", Condition = { Bool = { "aws:SecureTransport" = "false" } } }]
  })
}

resource "aws_s3_bucket_ownership_controls" "main" {
  bucket = aws_s3_bucket.main[0].id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_public_access_block" "main" {
  count                   = 4
  bucket                  = aws_s3_bucket.main[count.index].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "main" {
  count  = 3
  bucket = aws_s3_bucket.main[count.index].id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.main.arn
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "main" {
  count                                  = 4
  bucket                                 = aws_s3_bucket.main[count.index].id
  transition_default_minimum_object_size = "all_storage_classes_128K"

  rule {
    id     = "plain"
    status = "Enabled"

    filter {
      prefix = "declared/"
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }

    expiration {
      days = 365
    }

    noncurrent_version_expiration {
      newer_noncurrent_versions = 3
      noncurrent_days           = 90
    }

    noncurrent_version_transition {
      newer_noncurrent_versions = 3
      noncurrent_days           = 30
      storage_class             = "STANDARD_IA"
    }

    transition {
      days          = 30
      storage_class = "STANDARD_IA"
    }
  }

  rule {
    id     = "dated"
    status = "Enabled"

    filter {
      tag {
        key   = "Kind"
        value = "declared"
      }
    }

    expiration {
      date = "2030-01-01T00:00:00Z"
    }

    transition {
      date          = "2029-01-01T00:00:00Z"
      storage_class = "GLACIER"
    }
  }

  rule {
    id     = "and"
    status = "Enabled"

    filter {
      and {
        prefix                   = "declared/"
        object_size_greater_than = 1000
        object_size_less_than    = 100000
        tags                     = { Kind = "declared" }
      }
    }

    expiration {
      days = 30
    }
  }

  rule {
    id     = "larger"
    status = "Enabled"

    filter {
      object_size_greater_than = 1000
    }

    expiration {
      days = 30
    }
  }

  rule {
    id     = "smaller"
    status = "Enabled"

    filter {
      object_size_less_than = 1000
    }

    expiration {
      days = 30
    }
  }

  rule {
    id     = "markers"
    status = "Enabled"

    filter {}

    expiration {
      expired_object_delete_marker = true
    }
  }

  depends_on = [aws_s3_bucket_versioning.main]
}
