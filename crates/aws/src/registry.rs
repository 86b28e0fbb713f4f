//! Every type that Cairn knows on AWS: one line each.

use crate::adapter::{DataType, Of, ResourceType};
use crate::{acm, autoscaling, cloudwatch, ec2, ecs, elbv2, iam, kms, logs, rds, s3, scheduler, shield, sns, ssm, sts, wafv2};
use std::collections::BTreeSet;

/// Resource types, in the order of their names.
pub static RESOURCES: &[&dyn ResourceType] = &[
    &Of::<acm::certificate::Certificate>::NEW,
    &Of::<autoscaling::group::Group>::NEW,
    &Of::<autoscaling::policy::Policy>::NEW,
    &Of::<cloudwatch::dashboard::Dashboard>::NEW,
    &Of::<logs::log_group::LogGroup>::NEW,
    &Of::<cloudwatch::metric_alarm::MetricAlarm>::NEW,
    &Of::<ec2::customer_gateway::CustomerGateway>::NEW,
    &Of::<rds::db_instance::DbInstance>::NEW,
    &Of::<rds::parameter_group::ParameterGroup>::NEW,
    &Of::<rds::subnet_group::SubnetGroup>::NEW,
    &Of::<ec2::default_security_group::DefaultSecurityGroup>::NEW,
    &Of::<ecs::cluster::Cluster>::NEW,
    &Of::<ecs::task_definition::TaskDefinition>::NEW,
    &Of::<ec2::eip::Eip>::NEW,
    &Of::<ec2::flow_log::FlowLog>::NEW,
    &Of::<iam::instance_profile::InstanceProfile>::NEW,
    &Of::<iam::policy::Policy>::NEW,
    &Of::<iam::role::Role>::NEW,
    &Of::<iam::role_policy::RolePolicy>::NEW,
    &Of::<iam::role_policy_attachment::RolePolicyAttachment>::NEW,
    &Of::<ec2::internet_gateway::InternetGateway>::NEW,
    &Of::<kms::alias::Alias>::NEW,
    &Of::<kms::key::Key>::NEW,
    &Of::<ec2::launch_template::LaunchTemplate>::NEW,
    &Of::<elbv2::load_balancer::LoadBalancer>::NEW,
    &Of::<elbv2::listener::Listener>::NEW,
    &Of::<elbv2::listener_rule::ListenerRule>::NEW,
    &Of::<elbv2::target_group::TargetGroup>::NEW,
    &Of::<ec2::nat_gateway::NatGateway>::NEW,
    &Of::<ec2::route::Route>::NEW,
    &Of::<ec2::route_table::RouteTable>::NEW,
    &Of::<ec2::route_table_association::RouteTableAssociation>::NEW,
    &Of::<s3::bucket::Bucket>::NEW,
    &Of::<s3::bucket_lifecycle_configuration::BucketLifecycle>::NEW,
    &Of::<s3::bucket_ownership_controls::BucketOwnershipControls>::NEW,
    &Of::<s3::bucket_policy::BucketPolicy>::NEW,
    &Of::<s3::bucket_public_access_block::PublicAccessBlock>::NEW,
    &Of::<s3::bucket_server_side_encryption_configuration::BucketEncryption>::NEW,
    &Of::<s3::bucket_versioning::BucketVersioning>::NEW,
    &Of::<scheduler::schedule::Schedule>::NEW,
    &Of::<ec2::security_group::SecurityGroup>::NEW,
    &Of::<shield::protection::Protection>::NEW,
    &Of::<sns::topic::Topic>::NEW,
    &Of::<sns::topic_subscription::Subscription>::NEW,
    &Of::<ssm::document::Document>::NEW,
    &Of::<ssm::parameter::Parameter>::NEW,
    &Of::<ec2::subnet::Subnet>::NEW,
    &Of::<ec2::vpc::Vpc>::NEW,
    &Of::<ec2::vpc_endpoint::VpcEndpoint>::NEW,
    &Of::<ec2::security_group_egress_rule::SecurityGroupEgressRule>::NEW,
    &Of::<ec2::security_group_ingress_rule::SecurityGroupIngressRule>::NEW,
    &Of::<ec2::vpn_connection::VpnConnection>::NEW,
    &Of::<ec2::vpn_gateway::VpnGateway>::NEW,
    &Of::<ec2::vpn_gateway_route_propagation::RoutePropagation>::NEW,
    &Of::<wafv2::web_acl::WebAcl>::NEW,
    &Of::<wafv2::web_acl_association::Association>::NEW,
    &Of::<wafv2::web_acl_logging_configuration::LoggingConfiguration>::NEW,
];

/// Data sources, in the order of their names.
pub static DATA_SOURCES: &[&dyn DataType] = &[
    &Of::<ec2::ami::Ami>::NEW,
    &Of::<ec2::availability_zones::AvailabilityZones>::NEW,
    &Of::<sts::caller_identity::CallerIdentity>::NEW,
    &Of::<iam::policy_document::PolicyDocument>::NEW,
    &Of::<sts::partition::Partition>::NEW,
    &Of::<sts::region::Region>::NEW,
    &Of::<ssm::parameter_data::ParameterData>::NEW,
    &Of::<ec2::subnets_data::Subnets>::NEW,
    &Of::<ec2::vpc_data::VpcData>::NEW,
];

/// Types that are read for every plan though the configuration may not mention them: AWS's tag index
/// leaves them out, and one call with a tag filter finds them.
pub static ALWAYS_READ: &[&str] = &["aws_autoscaling_group"];

/// Types, and the types that can be parts of them, and so on: these are read along, so that strays are found.
pub fn with_parts(mut names: BTreeSet<&str>) -> BTreeSet<&str> {
    loop {
        let before = names.len();
        for kind in RESOURCES {
            if kind.facts().parents.iter().any(|p| names.contains(p.type_name)) {
                names.insert(kind.schema().name);
            }
        }
        if names.len() == before {
            return names;
        }
    }
}

/// A resource type by name.
pub fn resource(name: &str) -> Option<&'static dyn ResourceType> {
    RESOURCES.iter().copied().find(|t| t.schema().name == name)
}

/// A data source by name.
pub fn data_source(name: &str) -> Option<&'static dyn DataType> {
    DATA_SOURCES.iter().copied().find(|t| t.schema().name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use cairn_engine::Does;

    #[test]
    fn sorted_and_unique() {
        let resources: Vec<_> = RESOURCES.iter().map(|t| t.schema().name).collect();
        let data: Vec<_> = DATA_SOURCES.iter().map(|t| t.schema().name).collect();
        for names in [resources, data] {
            assert!(names.windows(2).all(|w| w[0] < w[1]), "{names:?}");
        }
    }

    #[test]
    fn every_type_says_what_it_calls_and_how_it_is_found() {
        for kind in RESOURCES {
            let name = kind.schema().name;
            let calls = kind.calls();
            assert!(!calls.read.is_empty() && !calls.create.is_empty() && !calls.delete.is_empty(), "{name}: calls");
            assert!(!calls.read_cost.is_empty(), "{name}: read_cost");
            let operations = [calls.read, calls.create, calls.update, calls.delete].concat();
            assert!(operations.iter().all(|o| o.contains(':')), "{name}: operations are written service:Operation");
            let facts = kind.facts();
            let parents_known = facts.parents.iter().all(|p| resource(p.type_name).is_some());
            assert!(parents_known, "{name}: a parent type that is not registered");
            let found = kind.taggable() || kind.registered() || !facts.parents.is_empty();
            assert!(found, "{name}: no tags, no register, no parent: no way to find it again");
        }
    }

    #[test]
    fn effects_name_arguments_that_can_be_changed_in_place_and_their_source() {
        for kind in RESOURCES {
            let schema = kind.schema();
            let attributes = schema.attributes().filter(|a| (a.optional || a.required) && !a.force_new).map(|a| a.name);
            let names: Vec<&str> = attributes.chain(schema.block.blocks.iter().map(|b| b.name)).collect();
            for rule in kind.facts().effects.in_place {
                for argument in rule.arguments {
                    let there = match argument.strip_suffix('*') {
                        Some(start) => names.iter().any(|n| n.starts_with(start)),
                        None => names.contains(argument),
                    };
                    assert!(there, "{}: {argument}", schema.name);
                }
                assert!(rule.source.starts_with("https://docs.aws.amazon.com/"), "{}: {}", schema.name, rule.source);
            }
        }
    }

    #[test]
    fn what_holds_data_says_so() {
        let holding: Vec<_> = RESOURCES.iter().filter(|k| k.facts().effects.holds.is_some()).map(|k| k.schema().name).collect();
        assert_eq!(holding, ["aws_cloudwatch_log_group", "aws_db_instance", "aws_kms_key", "aws_s3_bucket"]);
    }

    /// The table of effects in the documentation is what the types say. `UPDATE=1 cargo test -p cairn-aws` writes it again.
    #[test]
    fn effects_are_documented() {
        let mut table = String::from(
            "# What changes do, and how long they take\n\nGenerated from what each resource type declares; \
             `UPDATE=1 cargo test -p cairn-aws effects` writes it again.\n\n\
             Durations are estimates, in seconds to make, change and destroy one: what public logs of applies show, a few seconds \
             where they show nothing else. What a change in place does is what AWS documents on the page that is linked.\n\n\
             | type | make | change | destroy | is lost with one | stops without one | a replacement has anew |\n|---|---|---|---|---|---|---|\n",
        );
        let mut in_place =
            String::from("\n| type | arguments | effect of a change | what is concerned | source |\n|---|---|---|---|---|\n");
        for kind in RESOURCES {
            let (name, facts) = (kind.schema().name, kind.facts());
            let [make, change, destroy] = [facts.typical.create, facts.typical.update, facts.typical.delete].map(|d| d.as_secs());
            let [holds, serves, known_by] =
                [facts.effects.holds, facts.effects.serves, facts.effects.known_by].map(Option::unwrap_or_default);
            table.push_str(&format!("| `{name}` | {make} | {change} | {destroy} | {holds} | {serves} | {known_by} |\n"));
            for rule in facts.effects.in_place {
                let arguments: Vec<String> = rule.arguments.iter().map(|a| format!("`{a}`")).collect();
                let does = match rule.does {
                    Does::Loses => "loses data",
                    Does::MayLose => "may lose data",
                    Does::Interrupts => "interrupts",
                    Does::MayInterrupt => "may interrupt",
                    Does::Renames => "has anew",
                };
                in_place.push_str(&format!("| `{name}` | {} | {does} | {} | [AWS]({}) |\n", arguments.join(", "), rule.what, rule.source));
            }
        }
        recorded("docs/effects.md", &(table + &in_place));
    }

    /// The table of read costs in the documentation is what the types say. `UPDATE=1 cargo test -p cairn-aws` writes it again.
    #[test]
    fn read_costs_are_documented() {
        let mut table = String::from(
            "# What a plan reads\n\nGenerated from what each resource type declares; `UPDATE=1 cargo test -p cairn-aws read_costs` writes it again.\n\n\
             Besides these, each plan asks the public tag index once per 100 resources of the stack, the stack's register once per \
             ten entries, and once whose the credentials are (sts:GetCallerIdentity).\n\n\
             `cairn drift` over several stacks of one account and region reads up to 20 of them as if they were one: what is once a plan here \
             is once for all of them.\n\n| type | operations | calls |\n|---|---|---|\n",
        );
        for kind in RESOURCES {
            let calls = kind.calls();
            table.push_str(&format!("| `{}` | {} | {} |\n", kind.schema().name, calls.read.join(", "), calls.read_cost));
        }
        recorded("docs/read-costs.md", &table);
    }

    /// Every argument of every type, one line each, with where drift names it and why it can't be seen to change:
    /// tests/test_drift_matrix.py has a case for each of the others. `UPDATE=1 cargo test -p cairn-aws` writes it again.
    #[test]
    fn arguments_are_listed() {
        let lines: Vec<String> = RESOURCES.iter().flat_map(|kind| arguments(*kind)).map(|a| a.to_string()).collect();
        recorded("tests/drift_matrix/arguments.json", &format!("[\n{}\n]\n", lines.join(",\n")));
    }

    #[test]
    fn what_cannot_be_seen_says_why() {
        for kind in RESOURCES {
            let name = kind.schema().name;
            let listed = arguments(*kind);
            for argument in &listed {
                assert!(
                    !argument["config_only"].as_bool().unwrap_or(false) || argument["unseen"].is_string(),
                    "{name}: UNSEEN lacks {argument}"
                );
            }
            for (path, _) in kind.unseen() {
                let about =
                    |a: &serde_json::Value| a["argument"].as_str().is_some_and(|a| a == *path || a.starts_with(&format!("{path}.")));
                assert!(listed.iter().any(about), "{name}: UNSEEN names {path}, which is no argument");
            }
        }
    }

    /// Where in a type a block stands, and what that means for what is inside.
    #[derive(Clone, Default)]
    struct Place {
        /// The path, with the dot that goes before the next name.
        at: String,
        /// The set of blocks that drift names as a whole.
        named: Option<String>,
        /// It can't be changed in place.
        force_new: bool,
        /// AWS does not give it back.
        config_only: bool,
    }

    impl Place {
        fn argument(&self, name: &str, force_new: bool, config_only: bool) -> serde_json::Value {
            let mut out = serde_json::json!({ "argument": format!("{}{name}", self.at) });
            for (flag, on) in [("force_new", self.force_new || force_new), ("config_only", self.config_only || config_only)] {
                if on {
                    out[flag] = true.into();
                }
            }
            if let Some(named) = &self.named {
                out["named"] = named.as_str().into();
            }
            out
        }
    }

    /// The arguments of a type, from the outer to the inner ones. A block counts by what is inside; one without
    /// anything inside is an argument itself. Where a language repeats itself (the statements of web ACLs), blocks of one
    /// name with the same inside count once.
    fn arguments(kind: &dyn ResourceType) -> Vec<serde_json::Value> {
        let schema = kind.schema();
        let mut out = Vec::new();
        let mut seen = std::collections::HashSet::new();
        let mut left = std::collections::VecDeque::from([(schema.block, Place::default())]);
        while let Some((block, place)) = left.pop_front() {
            let set = block.attributes.iter().filter(|a| a.required || a.optional);
            out.extend(set.map(|a| place.argument(a.name, a.force_new, a.config_only)));
            for b in block.blocks {
                let inside = format!("{} {:?}", b.name, b.ty());
                if schema.name.starts_with("aws_wafv2_") && !seen.insert(inside) {
                    continue;
                }
                let path = format!("{}{}", place.at, b.name);
                if b.block.attributes.is_empty() && b.block.blocks.is_empty() {
                    out.push(place.argument(b.name, b.force_new, b.config_only));
                }
                let named = place.named.clone().or((b.nesting == cairn_model::Nesting::Set).then(|| path.clone()));
                let (force_new, config_only) = (place.force_new || b.force_new, place.config_only || b.config_only);
                left.push_back((b.block, Place { at: format!("{path}."), named, force_new, config_only }));
            }
        }
        if schema.tags && schema.block.attribute("tags").is_none() {
            out.push(Place::default().argument("tags", false, false));
        }
        for argument in &mut out {
            let path = argument["argument"].as_str().unwrap_or_default().to_string();
            if let Some((_, why)) = kind.unseen().iter().find(|(p, _)| path == *p || path.starts_with(&format!("{p}."))) {
                argument["unseen"] = (*why).into();
            }
            argument["type"] = schema.name.into();
        }
        out
    }

    /// Compares with a file of the repository, or writes it anew with UPDATE=1.
    fn recorded(name: &str, text: &str) {
        let file = format!("{}/../../{name}", env!("CARGO_MANIFEST_DIR"));
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&file, text).expect("the table can be written");
        }
        assert!(
            std::fs::read_to_string(&file).is_ok_and(|t| t == text),
            "{name} is not what the types say: run UPDATE=1 cargo test -p cairn-aws"
        );
    }
}
