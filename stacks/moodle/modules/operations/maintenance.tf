# Puts the whole site into maintenance, or back: the switch is in the database, so one node is enough.
resource "aws_ssm_document" "maintenance" {
  name            = "${var.name}-maintenance"
  document_type   = "Command"
  document_format = "JSON"

  content = jsonencode({
    schemaVersion = "2.2"
    description   = "Turn Moodle's maintenance mode on or off"
    parameters = {
      mode = {
        type          = "String"
        description   = "enable or disable"
        allowedValues = ["enable", "disable"]
      }
    }
    mainSteps = [
      {
        action = "aws:runShellScript"
        name   = "maintenance"
        inputs = {
          timeoutSeconds = "120"
          runCommand = [
            "cli=$(ls -d /srv/moodle/admin/cli /srv/moodle/public/admin/cli 2> /dev/null | head -1)",
            "PGSSLROOTCERT=/etc/moodle/rds-ca.pem runuser -u apache -- php \"$cli/maintenance.php\" --{{ mode }}",
          ]
        }
      }
    ]
  })
}
