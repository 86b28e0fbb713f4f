# What production needs: it can't be deleted by mistake, and outlives the loss of a zone.
package main

import rego.v1

deny_unprotected contains finding(database, "a database of production needs deletion_protection") if {
	some type in ["aws_db_instance", "aws_rds_cluster"]
	some database in of_type(type)
	is_production(database)
	object.get(database.values, "deletion_protection", false) != true
}

deny_unprotected contains finding(balancer, "a load balancer of production needs enable_deletion_protection") if {
	some balancer in of_type("aws_lb")
	is_production(balancer)
	object.get(balancer.values, "enable_deletion_protection", false) != true
}

deny_single_zone contains finding(database, "a database of production needs a standby in another zone (multi_az)") if {
	some database in of_type("aws_db_instance")
	is_production(database)
	object.get(database.values, "multi_az", false) != true
}
