# Nodes hand out their credentials to sessions only: the metadata service's version 2.
package main

import rego.v1

deny_imdsv1 contains finding(node, "metadata_options needs http_tokens = \"required\" (IMDSv2)") if {
	some type in ["aws_launch_template", "aws_instance"]
	some node in of_type(type)
	not asks_for_tokens(node.values)
}

asks_for_tokens(values) if values.metadata_options[_].http_tokens == "required"
