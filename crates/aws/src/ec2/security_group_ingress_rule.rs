//! `aws_vpc_security_group_ingress_rule`.

super::security_group_rules::rule_type!(
    SecurityGroupIngressRule,
    "aws_vpc_security_group_ingress_rule",
    "One rule of a security group for what may come in.",
    egress = false,
    inline = "ingress"
);
