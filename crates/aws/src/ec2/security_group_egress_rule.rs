//! `aws_vpc_security_group_egress_rule`.

super::security_group_rules::rule_type!(
    SecurityGroupEgressRule,
    "aws_vpc_security_group_egress_rule",
    "One rule of a security group for what may go out.",
    egress = true,
    inline = "egress"
);
