locals {
  gib = 1024 * 1024 * 1024

  # Memory of the classes that this stack is run with, in GiB.
  class_memory = {
    "db.t4g.micro"   = 1
    "db.t4g.small"   = 2
    "db.t4g.medium"  = 4
    "db.t4g.large"   = 8
    "db.m7g.large"   = 8
    "db.m7g.xlarge"  = 16
    "db.m7g.2xlarge" = 32
    "db.r7g.large"   = 16
    "db.r7g.xlarge"  = 32
  }
  memory = lookup(local.class_memory, var.database.instance_class, 8) * local.gib

  # PostgreSQL on RDS takes this many connections unless told otherwise.
  max_connections = min(floor(local.memory / 9531392), 5000)

  database_alarms = {
    cpu = {
      description = "The database is short of processor"
      metric      = "CPUUtilization"
      statistic   = "Average"
      comparison  = "GreaterThanThreshold"
      threshold   = 80
      periods     = 2
    }
    free-storage = {
      description = "Less than 15 % of the database's disk is free, although it grows by itself"
      metric      = "FreeStorageSpace"
      statistic   = "Minimum"
      comparison  = "LessThanThreshold"
      threshold   = floor(var.database.storage_gib * local.gib * 0.15)
      periods     = 1
    }
    free-memory = {
      description = "Less than a tenth of the database's memory is free"
      metric      = "FreeableMemory"
      statistic   = "Average"
      comparison  = "LessThanThreshold"
      threshold   = floor(local.memory * 0.1)
      periods     = 3
    }
    connections = {
      description = "More than 80 % of the database's connections are taken"
      metric      = "DatabaseConnections"
      statistic   = "Maximum"
      comparison  = "GreaterThanThreshold"
      threshold   = floor(local.max_connections * 0.8)
      periods     = 1
    }
    read-latency = {
      description = "Reads from the database's disk take longer than 50 ms"
      metric      = "ReadLatency"
      statistic   = "Average"
      comparison  = "GreaterThanThreshold"
      threshold   = 0.05
      periods     = 3
    }
    write-latency = {
      description = "Writes to the database's disk take longer than 50 ms"
      metric      = "WriteLatency"
      statistic   = "Average"
      comparison  = "GreaterThanThreshold"
      threshold   = 0.05
      periods     = 3
    }
    # At two thousand million PostgreSQL stops to protect its data; vacuum is not keeping up.
    transaction-ids = {
      description = "Half of PostgreSQL's transaction numbers are used up"
      metric      = "MaximumUsedTransactionIDs"
      statistic   = "Maximum"
      comparison  = "GreaterThanThreshold"
      threshold   = 1000000000
      periods     = 1
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "database" {
  for_each = { for key, alarm in local.database_alarms : key => alarm if var.alarms_enabled }

  alarm_name          = "${var.name}-database-${each.key}"
  alarm_description   = each.value.description
  namespace           = "AWS/RDS"
  metric_name         = each.value.metric
  statistic           = each.value.statistic
  comparison_operator = each.value.comparison
  threshold           = each.value.threshold
  period              = 300
  evaluation_periods  = each.value.periods
  dimensions          = { DBInstanceIdentifier = var.database_id }
  treat_missing_data  = "missing"
  alarm_actions       = local.alarm_actions
  ok_actions          = local.alarm_actions
}
