# Shells on the nodes: no port, no key, no password, and a record of what was typed.
resource "aws_cloudwatch_log_group" "session" {
  name              = "/${var.name}/session"
  retention_in_days = var.log_retention_days
}

resource "aws_ssm_document" "session" {
  name            = "${var.name}-session"
  document_type   = "Session"
  document_format = "JSON"

  content = jsonencode({
    schemaVersion = "1.0"
    description   = "Recorded and encrypted shell on a node of ${var.name}"
    sessionType   = "Standard_Stream"
    inputs = {
      cloudWatchLogGroupName      = aws_cloudwatch_log_group.session.name
      cloudWatchStreamingEnabled  = true
      cloudWatchEncryptionEnabled = false
      s3BucketName                = ""
      s3KeyPrefix                 = ""
      s3EncryptionEnabled         = false
      kmsKeyId                    = var.key_arn
      idleSessionTimeout          = "20"
      maxSessionDuration          = "60"
      runAsEnabled                = false
      runAsDefaultUser            = ""
      shellProfile                = { linux = "exec bash -l", windows = "" }
    }
  })
}
