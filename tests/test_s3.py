"""Buckets and their settings."""

STACK = """
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  region = "us-east-1"
}

resource "aws_s3_bucket" "files" {
  bucket_prefix = "files-"
}

resource "aws_s3_bucket_lifecycle_configuration" "files" {
  bucket = aws_s3_bucket.files.id

  rule {
    id     = "old"
    status = "Enabled"
    %s
  }
}
"""

RULES = [
    """
    filter {}
    expiration {
      days = 3
    }
    """,
    """
    filter {
      tag {
        key   = "kind"
        value = "draft"
      }
    }
    expiration {
      days = 5
    }
    """,
    """
    filter {
      object_size_greater_than = 5
    }
    noncurrent_version_expiration {
      noncurrent_days           = 3
      newer_noncurrent_versions = 2
    }
    """,
    """
    filter {
      prefix = "drafts/"
    }
    expiration {
      expired_object_delete_marker = true
    }
    noncurrent_version_expiration {
      noncurrent_days = 3
    }
    """,
    """
    filter {}
    expiration {
      days = 3
    }
    """,
]


def test_nothing_stays_of_an_earlier_lifecycle_rule(world, folder):
    for rule in RULES:
        world.apply(folder(STACK % rule))
    bucket = world.client("s3").list_buckets()["Buckets"][0]["Name"]
    (rule,) = world.client("s3").get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    assert rule["Expiration"] == {"Days": 3}
    assert "NoncurrentVersionExpiration" not in rule
