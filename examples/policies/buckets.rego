# Buckets are closed to the public, whatever their policies and lists say.
package main

import rego.v1

switches := ["block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"]

deny_public_bucket contains finding(bucket, "nothing keeps the bucket from being made public (aws_s3_bucket_public_access_block)") if {
	some bucket in of_type("aws_s3_bucket")
	count(parts_of(bucket, "aws_s3_bucket_public_access_block")) == 0
}

deny_public_bucket contains finding(block, sprintf("%s has to be true", [switch])) if {
	some block in of_type("aws_s3_bucket_public_access_block")
	some switch in switches
	object.get(block.values, switch, false) != true
}
