//! What is known of resource types: what people call them, the letters that stand for them, and the
//! service that they are listed under when they have no place of their own.

/// A family of services; each has a colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Machines and what runs on them.
    Compute,
    /// Files and objects.
    Storage,
    /// Databases.
    Database,
    /// Networks, and what leads into them.
    Network,
    /// Keys, identities, firewalls.
    Security,
    /// Logs, alarms, operations.
    Management,
    /// Everything else.
    Other,
}

impl Family {
    /// The name of its style.
    pub fn word(self) -> &'static str {
        match self {
            Family::Compute => "compute",
            Family::Storage => "storage",
            Family::Database => "database",
            Family::Network => "network",
            Family::Security => "security",
            Family::Management => "management",
            Family::Other => "other",
        }
    }
}

/// What is known of one type, or of all that begin alike.
#[derive(Debug)]
pub struct Kind {
    /// The beginning of the type's name; the longest that fits counts.
    prefix: &'static str,
    /// What people call one.
    noun: &'static str,
    /// The letters on its glyph.
    pub letters: &'static str,
    /// Its family.
    pub family: Family,
    /// The service that it is listed under.
    pub service: &'static str,
}

const fn kind(prefix: &'static str, noun: &'static str, letters: &'static str, family: Family, service: &'static str) -> Kind {
    Kind { prefix, noun, letters, family, service }
}

/// Services that belong to no region.
pub const GLOBAL: &[&str] = &["IAM", "CloudFront", "Route 53"];

use Family::{Compute, Database, Management, Network, Other, Security, Storage};

/// An empty noun is made from the type's name.
static KINDS: &[Kind] = &[
    kind("", "", "?", Other, "Other"),
    kind("terraform_data", "Terraform data", "TF", Other, "Other"),
    kind("aws_acm_", "", "ACM", Security, "Certificate Manager"),
    kind("aws_acm_certificate", "Certificate", "ACM", Security, "Certificate Manager"),
    kind("aws_ami", "", "AMI", Compute, "EC2"),
    kind("aws_apigateway", "", "API", Network, "API Gateway"),
    kind("aws_autoscaling_", "", "ASG", Compute, "EC2"),
    kind("aws_autoscaling_group", "Auto Scaling group", "ASG", Compute, "EC2"),
    kind("aws_autoscaling_policy", "Scaling policy", "ASG", Compute, "EC2"),
    kind("aws_backup_", "", "BKP", Storage, "Backup"),
    kind("aws_cloudfront_", "", "CF", Network, "CloudFront"),
    kind("aws_cloudtrail", "Trail", "CT", Management, "CloudTrail"),
    kind("aws_cloudwatch_", "", "CW", Management, "CloudWatch"),
    kind("aws_cloudwatch_dashboard", "Dashboard", "CW", Management, "CloudWatch"),
    kind("aws_cloudwatch_log_group", "Log group", "LOG", Management, "CloudWatch"),
    kind("aws_cloudwatch_metric_alarm", "Alarm", "CW", Management, "CloudWatch"),
    kind("aws_customer_gateway", "Customer gateway", "CGW", Network, "VPC"),
    kind("aws_db_", "", "RDS", Database, "RDS"),
    kind("aws_db_instance", "Database", "RDS", Database, "RDS"),
    kind("aws_db_parameter_group", "Parameter group", "RDS", Database, "RDS"),
    kind("aws_db_subnet_group", "DB subnet group", "RDS", Database, "RDS"),
    kind("aws_default_security_group", "Default security group", "SG", Security, "Security groups"),
    kind("aws_dynamodb_", "", "DDB", Database, "DynamoDB"),
    kind("aws_ebs_", "", "EBS", Storage, "EC2"),
    kind("aws_ecr_", "", "ECR", Compute, "ECR"),
    kind("aws_ecs_", "", "ECS", Compute, "ECS"),
    kind("aws_ecs_cluster", "Cluster", "ECS", Compute, "ECS"),
    kind("aws_ecs_task_definition", "Task definition", "ECS", Compute, "ECS"),
    kind("aws_efs_", "", "EFS", Storage, "EFS"),
    kind("aws_egress_only_internet_gateway", "Egress-only gateway", "EIGW", Network, "VPC"),
    kind("aws_eip", "Elastic IP", "EIP", Network, "VPC"),
    kind("aws_eks_", "", "EKS", Compute, "EKS"),
    kind("aws_elasticache_", "", "EC", Database, "ElastiCache"),
    kind("aws_flow_log", "Flow log", "LOG", Network, "VPC"),
    kind("aws_iam_", "", "IAM", Security, "IAM"),
    kind("aws_iam_instance_profile", "Instance profile", "IAM", Security, "IAM"),
    kind("aws_iam_policy", "Policy", "IAM", Security, "IAM"),
    kind("aws_iam_role", "Role", "IAM", Security, "IAM"),
    kind("aws_iam_role_policy", "Inline policy", "IAM", Security, "IAM"),
    kind("aws_iam_role_policy_attachment", "Policy attachment", "IAM", Security, "IAM"),
    kind("aws_instance", "Instance", "EC2", Compute, "EC2"),
    kind("aws_internet_gateway", "Internet gateway", "IGW", Network, "VPC"),
    kind("aws_kms_", "", "KMS", Security, "KMS"),
    kind("aws_kms_key", "Key", "KMS", Security, "KMS"),
    kind("aws_lambda_", "", "λ", Compute, "Lambda"),
    kind("aws_launch_template", "Launch template", "LT", Compute, "EC2"),
    kind("aws_lb", "Load balancer", "LB", Network, "Load balancing"),
    kind("aws_lb_listener", "Listener", "LB", Network, "Load balancing"),
    kind("aws_lb_listener_rule", "Listener rule", "LB", Network, "Load balancing"),
    kind("aws_lb_target_group", "Target group", "TG", Network, "Load balancing"),
    kind("aws_nat_gateway", "NAT gateway", "NAT", Network, "VPC"),
    kind("aws_network_", "", "NET", Network, "VPC"),
    kind("aws_rds_", "", "RDS", Database, "RDS"),
    kind("aws_route", "Route", "RT", Network, "Routing"),
    kind("aws_route53_", "", "R53", Network, "Route 53"),
    kind("aws_route_table", "Route table", "RT", Network, "Routing"),
    kind("aws_route_table_association", "Route table association", "RT", Network, "Routing"),
    kind("aws_s3_bucket", "Bucket", "S3", Storage, "S3"),
    kind("aws_s3_bucket_", "", "S3", Storage, "S3"),
    kind("aws_scheduler_", "", "EVB", Management, "EventBridge"),
    kind("aws_scheduler_schedule", "Schedule", "EVB", Management, "EventBridge"),
    kind("aws_secretsmanager_", "", "SM", Security, "Secrets Manager"),
    kind("aws_security_group", "Security group", "SG", Security, "Security groups"),
    kind("aws_security_group_rule", "Security group rule", "SG", Security, "Security groups"),
    kind("aws_shield_protection", "Shield protection", "SHD", Security, "WAF and Shield"),
    kind("aws_sns_", "", "SNS", Management, "SNS"),
    kind("aws_sns_topic", "Topic", "SNS", Management, "SNS"),
    kind("aws_sns_topic_subscription", "Subscription", "SNS", Management, "SNS"),
    kind("aws_sqs_", "", "SQS", Management, "SQS"),
    kind("aws_ssm_", "", "SSM", Management, "Systems Manager"),
    kind("aws_ssm_document", "Document", "SSM", Management, "Systems Manager"),
    kind("aws_ssm_parameter", "Parameter", "SSM", Management, "Systems Manager"),
    kind("aws_subnet", "Subnet", "SN", Network, "VPC"),
    kind("aws_vpc", "VPC", "VPC", Network, "VPC"),
    kind("aws_vpc_", "", "VPC", Network, "VPC"),
    kind("aws_vpc_endpoint", "VPC endpoint", "VPCE", Network, "Endpoints"),
    kind("aws_vpc_security_group_egress_rule", "Egress rule", "SG", Security, "Security groups"),
    kind("aws_vpc_security_group_ingress_rule", "Ingress rule", "SG", Security, "Security groups"),
    kind("aws_vpn_", "", "VPN", Network, "VPC"),
    kind("aws_vpn_connection", "VPN connection", "VPN", Network, "VPC"),
    kind("aws_vpn_gateway", "VPN gateway", "VGW", Network, "VPC"),
    kind("aws_vpn_gateway_route_propagation", "Route propagation", "VGW", Network, "Routing"),
    kind("aws_wafv2_", "", "WAF", Security, "WAF and Shield"),
    kind("aws_wafv2_web_acl", "Web ACL", "WAF", Security, "WAF and Shield"),
];

/// What is known of a type.
pub fn of(type_name: &str) -> &'static Kind {
    KINDS.iter().filter(|k| type_name.starts_with(k.prefix)).max_by_key(|k| k.prefix.len()).unwrap_or(&KINDS[0])
}

/// What people call one of a type.
pub fn noun(type_name: &str) -> String {
    let kind = of(type_name);
    if kind.prefix == type_name && !kind.noun.is_empty() {
        return kind.noun.to_string();
    }
    // The letters of a service stand on the glyph already.
    let rest = type_name.strip_prefix("aws_").unwrap_or(type_name);
    capital(&rest.replace('_', " "))
}

/// The same words with a capital at the beginning.
pub fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The same for several.
pub fn plural(type_name: &str) -> String {
    let one = noun(type_name);
    match one.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'o']) => format!("{stem}ies"),
        _ if one.ends_with(['s', 'a']) => one,
        _ => format!("{one}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_beginning_counts() {
        assert_eq!(of("aws_lb").letters, "LB");
        assert_eq!(of("aws_lb_target_group").letters, "TG");
        assert_eq!(of("aws_route53_record").service, "Route 53");
        assert_eq!(of("aws_unheard_of").service, "Other");
    }

    #[test]
    fn every_type_has_a_noun() {
        assert_eq!(noun("aws_db_instance"), "Database");
        assert_eq!(noun("aws_s3_bucket_versioning"), "S3 bucket versioning");
        assert_eq!(plural("aws_iam_policy"), "Policies");
        assert_eq!(plural("aws_vpn_gateway"), "VPN gateways");
    }

    #[test]
    fn the_table_is_sorted_and_says_nothing_twice() {
        assert!(KINDS.windows(2).skip(2).all(|w| w[0].prefix < w[1].prefix), "sorted by prefix");
    }
}
