# SSH is open to nobody's whole world: nodes are reached through Session Manager.
package main

import rego.v1

deny_open_ssh contains finding(group, "SSH is open to the world") if {
	some group in of_type("aws_security_group")
	some rule in group.values.ingress
	some range in array.concat(listed(rule, "cidr_blocks"), listed(rule, "ipv6_cidr_blocks"))
	whole_world(range)
	lets_ssh_in(rule, rule.protocol)
}

deny_open_ssh contains finding(rule, "SSH is open to the world") if {
	some rule in of_type("aws_vpc_security_group_ingress_rule")
	some name in ["cidr_ipv4", "cidr_ipv6"]
	whole_world(rule.values[name])
	lets_ssh_in(rule.values, rule.values.ip_protocol)
}

deny_open_ssh contains finding(rule, "SSH is open to the world") if {
	some rule in of_type("aws_security_group_rule")
	rule.values.type == "ingress"
	some range in array.concat(listed(rule.values, "cidr_blocks"), listed(rule.values, "ipv6_cidr_blocks"))
	whole_world(range)
	lets_ssh_in(rule.values, rule.values.protocol)
}

listed(values, name) := value if {
	value := values[name]
	is_array(value)
} else := []

# A range of no bits, however it is written.
whole_world(range) if endswith(range, "/0")

lets_ssh_in(_, protocol) if lower(protocol) in {"-1", "all"}

lets_ssh_in(ports, protocol) if {
	lower(protocol) in {"tcp", "6"}
	ports.from_port <= 22
	ports.to_port >= 22
}
