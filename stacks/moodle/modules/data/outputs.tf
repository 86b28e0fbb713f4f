output "key_arn" {
  description = "Key that encrypts Moodle's data."
  value       = aws_kms_key.data.arn
}

output "moodledata_bucket" {
  description = "Name of the bucket for Moodle's files."
  value       = aws_s3_bucket.main["moodledata"].id
}

output "moodledata_bucket_arn" {
  description = "ARN of the bucket for Moodle's files."
  value       = aws_s3_bucket.main["moodledata"].arn
}

output "dumps_bucket" {
  description = "Name of the bucket for dumps of the database; null without one."
  value       = try(aws_s3_bucket.main["dumps"].id, null)
}

output "dumps_bucket_arn" {
  description = "ARN of the bucket for dumps of the database; null without one."
  value       = try(aws_s3_bucket.main["dumps"].arn, null)
}

# Taken from the policy, so that whoever delivers logs waits until it may.
output "logs_bucket" {
  description = "Name of the bucket for access logs, once its policy is in place; null without one."
  value       = try(aws_s3_bucket_policy.main["logs"].bucket, null)
}

output "database_id" {
  description = "Identifier of the database."
  value       = aws_db_instance.main.identifier
}

output "database_address" {
  description = "Host name of the database; it stays the same when the standby takes over."
  value       = aws_db_instance.main.address
}

output "database_name" {
  description = "Name of Moodle's database."
  value       = aws_db_instance.main.db_name
}

output "database_secret_arn" {
  description = "Secret that holds the database user and password."
  value       = aws_db_instance.main.master_user_secret[0].secret_arn
}
