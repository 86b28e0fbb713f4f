# What is stored is encrypted: databases, volumes of nodes, buckets.
package main

import rego.v1

deny_unencrypted contains finding(database, "the database's storage is not encrypted (storage_encrypted)") if {
	some type in ["aws_db_instance", "aws_rds_cluster"]
	some database in of_type(type)
	object.get(database.values, "storage_encrypted", false) != true
}

deny_unencrypted contains finding(template, "a volume of the nodes is not encrypted (ebs.encrypted)") if {
	some template in of_type("aws_launch_template")
	some device in template.values.block_device_mappings
	some volume in device.ebs
	not object.get(volume, "encrypted", null) in {true, "true"}
}

deny_unencrypted contains finding(bucket, "the bucket says nothing of its encryption (aws_s3_bucket_server_side_encryption_configuration)") if {
	some bucket in of_type("aws_s3_bucket")
	count(parts_of(bucket, "aws_s3_bucket_server_side_encryption_configuration")) == 0
}
