//! Which resources are drawn as part of another: a listener with its load balancer, a rule with its
//! group, a launch template with the group that launches from it.

use super::resources::Resources;

/// The part names its whole in an argument.
const NAMES_ITS_WHOLE: &[(&str, &str, &[&str])] = &[
    ("aws_autoscaling_policy", "autoscaling_group_name", &["aws_autoscaling_group"]),
    ("aws_autoscaling_schedule", "autoscaling_group_name", &["aws_autoscaling_group"]),
    ("aws_flow_log", "vpc_id", &["aws_vpc"]),
    ("aws_iam_instance_profile", "role", &["aws_iam_role"]),
    ("aws_kms_alias", "target_key_id", &["aws_kms_key"]),
    ("aws_lambda_permission", "function_name", &["aws_lambda_function"]),
    ("aws_route", "route_table_id", &["aws_route_table"]),
    ("aws_route_table_association", "route_table_id", &["aws_route_table"]),
    ("aws_security_group_rule", "security_group_id", GROUPS),
    ("aws_volume_attachment", "instance_id", &["aws_instance"]),
    ("aws_vpc_security_group_egress_rule", "security_group_id", GROUPS),
    ("aws_vpc_security_group_ingress_rule", "security_group_id", GROUPS),
    ("aws_vpn_gateway_route_propagation", "route_table_id", &["aws_route_table"]),
];

/// Security groups.
pub const GROUPS: &[&str] = &["aws_security_group", "aws_default_security_group"];

/// The whole names its part: the part's type, the whole's, and the arguments. Who comes first has it.
const IS_NAMED_BY_ITS_WHOLE: &[(&str, &str, &[&str])] = &[
    ("aws_db_parameter_group", "aws_db_instance", &["parameter_group_name"]),
    ("aws_db_subnet_group", "aws_db_instance", &["db_subnet_group_name"]),
    ("aws_eip", "aws_nat_gateway", &["allocation_id"]),
    ("aws_launch_template", "aws_autoscaling_group", &["launch_template", "mixed_instances_policy"]),
    ("aws_lb_target_group", "aws_lb_listener", &["default_action"]),
];

/// What is drawn by itself though its type's name begins with another's.
const NEVER_WHOLE: &[&str] = &["aws_vpc"];

/// For each resource the one that it is drawn with; itself when it is drawn by itself.
pub fn owners(resources: &Resources) -> Vec<usize> {
    let mut direct: Vec<Option<usize>> = (0..resources.len()).map(|i| whole(resources, i)).collect();
    for (part, owner, arguments) in IS_NAMED_BY_ITS_WHOLE {
        for o in resources.of_type(owner) {
            for p in resources.named(*o, arguments, &[part]) {
                direct[p].get_or_insert(*o);
            }
        }
    }
    (0..direct.len()).map(|i| root(&direct, i)).collect()
}

fn root(direct: &[Option<usize>], start: usize) -> usize {
    let mut at = start;
    for _ in 0..direct.len() {
        match direct[at] {
            Some(next) => at = next,
            None => return at,
        }
    }
    start
}

fn whole(resources: &Resources, i: usize) -> Option<usize> {
    let type_name = resources.type_name(i);
    if let Some((_, argument, types)) = NAMES_ITS_WHOLE.iter().find(|(part, _, _)| *part == type_name) {
        return resources.named(i, &[argument], types).first().copied();
    }
    let mut wholes: Vec<&str> = resources
        .types()
        .filter(|t| !NEVER_WHOLE.contains(t) && type_name.strip_prefix(t).is_some_and(|rest| rest.starts_with('_')))
        .collect();
    wholes.sort_by_key(|t| std::cmp::Reverse(t.len()));
    wholes.into_iter().find_map(|t| resources.named_anywhere(i, t).first().copied())
}
