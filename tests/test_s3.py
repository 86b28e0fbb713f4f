"""Buckets and their settings."""

import json

import pytest

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


BLOCK = """
provider "aws" {
  region = "us-east-1"
}

resource "aws_s3_bucket" "files" {
  bucket_prefix = "files-"
}

resource "aws_s3_bucket_public_access_block" "files" {
  bucket              = aws_s3_bucket.files.id
  block_public_policy = true
  skip_destroy        = SKIP
}

output "bucket" {
  value = aws_s3_bucket.files.id
}

output "names" {
  value = [aws_s3_bucket.files.bucket_namespace, aws_s3_bucket.files.bucket_region, aws_s3_bucket.files.region]
}
"""


def test_a_public_access_block_may_stay(world, folder):
    stack = folder(BLOCK.replace("SKIP", "true"))
    world.apply(stack)
    read = lambda name: json.loads(world.cairn(stack, "output", "-json", name).splitlines()[0])
    assert read("names") == ["global", "us-east-1", "us-east-1"]
    assert "No changes" in world.cairn(stack, "plan")
    bucket = read("bucket")
    s3 = world.client("s3")
    only = "-target=aws_s3_bucket_public_access_block.files"
    world.cairn(stack, "destroy", "-auto-approve", only)
    assert s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]["BlockPublicPolicy"]
    (stack / "main.tf").write_text(BLOCK.replace("SKIP", "false"))
    world.apply(stack)
    world.cairn(stack, "destroy", "-auto-approve", only)
    with pytest.raises(s3.exceptions.ClientError, match="NoSuchPublicAccessBlockConfiguration"):
        s3.get_public_access_block(Bucket=bucket)
