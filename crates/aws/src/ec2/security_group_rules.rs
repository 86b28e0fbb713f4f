//! Rules of security groups: how AWS has them, how blocks inside a group write them, and what makes
//! the two the same.

use super::shared::{canonical6, describe_rules, own_groups, own_rules};
use super::{filter, from_tags, specification};
use crate::client::Aws;
use crate::failure::{failed, gone, missing};
use crate::once;
use crate::resource::{Found, Making, Tags};
use crate::scope::Scope;
use crate::wait;
use aws_sdk_ec2::types::{
    self, IpPermission, IpRange, Ipv6Range, PrefixListId, ResourceType, SecurityGroupRuleRequest, SecurityGroupRuleUpdate, UserIdGroupPair,
};
use cairn_derive::Model;
use cairn_engine::Failure;
use cairn_engine::impact::{self, Does, InPlace};
use cairn_engine::provider::Refusal;
use cairn_model::Value;
use cairn_model::check::cidr4;
use cairn_model::mark::TAG_STACK;
use cairn_model::model::Field;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// What a change of a group's rules does to those who use them.
pub const RULES_TAKEN_AWAY: InPlace = InPlace {
    arguments: &["ingress", "egress"],
    does: Does::MayInterrupt,
    what: "connections that only a rule allowed which is taken away",
    when: impact::taken_away,
    source: "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/security-group-connection-tracking.html",
};

/// What a rule lets in or out: one protocol, one range of ports, one other end.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Traffic {
    /// `tcp`, `udp`, `icmp`, `icmpv6`, another protocol by number, or `-1` for all.
    pub protocol: String,
    /// First port, or ICMP type; -1 for all and for protocols without ports.
    pub from: i32,
    /// Last port, or ICMP code; -1 for all and for protocols without ports.
    pub to: i32,
    /// The other end.
    pub peer: Peer,
}

/// The other end of a rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Peer {
    /// An IPv4 range.
    V4(String),
    /// An IPv6 range.
    V6(String),
    /// A prefix list.
    Prefix(String),
    /// A security group: its id, with the account before it when that is another.
    Group(String),
    /// The group that the rule is in.
    Itself,
}

/// A rule as AWS has it.
#[derive(Clone, Debug, PartialEq)]
pub struct SecurityGroupRule {
    /// Its id.
    pub id: String,
    /// Its ARN.
    pub arn: Option<String>,
    /// The group it is in.
    pub group: String,
    /// It is for what goes out.
    pub egress: bool,
    /// What it lets through. A rule for its own group is under [`Peer::Itself`].
    pub traffic: Traffic,
    /// What it is for.
    pub description: Option<String>,
    /// Its tags.
    pub tags: Tags,
}

/// A protocol as AWS writes it back: the four it knows by name, others by number.
pub fn protocol(text: &str) -> String {
    match text.to_ascii_lowercase().as_str() {
        "6" => "tcp".into(),
        "17" => "udp".into(),
        "1" => "icmp".into(),
        "58" => "icmpv6".into(),
        "all" => "-1".into(),
        other => other.into(),
    }
}

/// True when two texts name one protocol.
pub fn same_protocol(have: &Value, want: &Value) -> bool {
    match (have.as_str(), want.as_str()) {
        (Some(have), Some(want)) => protocol(have) == protocol(want),
        _ => have == want,
    }
}

impl Traffic {
    /// Protocols without ports have none, whatever the configuration says: AWS ignores them.
    pub fn new(name: &str, from: Option<i64>, to: Option<i64>, peer: Peer) -> Traffic {
        let protocol = protocol(name);
        let ports = matches!(protocol.as_str(), "tcp" | "udp" | "icmp" | "icmpv6");
        let port = |p: Option<i64>| p.filter(|_| ports).and_then(|p| i32::try_from(p).ok()).unwrap_or(-1);
        Traffic { from: port(from), to: port(to), protocol, peer }
    }

    fn permission(&self, group: &str, description: Option<&str>) -> IpPermission {
        let text = description.map(str::to_string);
        let rule = IpPermission::builder().ip_protocol(&self.protocol).from_port(self.from).to_port(self.to);
        let pair = |id: &str| {
            let (user, id) = match id.split_once('/') {
                Some((user, id)) => (Some(user.to_string()), id),
                None => (None, id),
            };
            UserIdGroupPair::builder().group_id(id).set_user_id(user).set_description(text.clone()).build()
        };
        match &self.peer {
            Peer::V4(cidr) => rule.ip_ranges(IpRange::builder().cidr_ip(cidr).set_description(text).build()),
            Peer::V6(cidr) => rule.ipv6_ranges(Ipv6Range::builder().cidr_ipv6(cidr).set_description(text).build()),
            Peer::Prefix(id) => rule.prefix_list_ids(PrefixListId::builder().prefix_list_id(id).set_description(text).build()),
            Peer::Group(id) => rule.user_id_group_pairs(pair(id)),
            Peer::Itself => rule.user_id_group_pairs(pair(group)),
        }
        .build()
    }

    fn request(&self, group: &str, description: Option<&str>) -> SecurityGroupRuleRequest {
        let rule = SecurityGroupRuleRequest::builder().ip_protocol(&self.protocol).from_port(self.from).to_port(self.to);
        // ModifySecurityGroupRules takes a group's id without its account.
        let bare = |id: &str| id.rsplit('/').next().unwrap_or(id).to_string();
        match &self.peer {
            Peer::V4(cidr) => rule.cidr_ipv4(cidr),
            Peer::V6(cidr) => rule.cidr_ipv6(cidr),
            Peer::Prefix(id) => rule.prefix_list_id(id),
            Peer::Group(id) => rule.referenced_group_id(bare(id)),
            Peer::Itself => rule.referenced_group_id(group),
        }
        .description(description.unwrap_or_default())
        .build()
    }
}

impl SecurityGroupRule {
    /// From a describe answer.
    pub fn from_aws(rule: types::SecurityGroupRule) -> SecurityGroupRule {
        let group = rule.group_id.unwrap_or_default();
        let owner = rule.group_owner_id;
        let peer = match (rule.cidr_ipv4, rule.cidr_ipv6, rule.prefix_list_id, rule.referenced_group_info) {
            (Some(cidr), ..) => Peer::V4(cidr),
            (_, Some(cidr), ..) => Peer::V6(cidr),
            (_, _, Some(id), _) => Peer::Prefix(id),
            (.., info) => {
                let info = info.unwrap_or_else(|| types::ReferencedSecurityGroup::builder().build());
                let id = info.group_id.unwrap_or_default();
                match info.user_id.filter(|user| !user.is_empty() && owner.as_ref().is_some_and(|o| o != user)) {
                    Some(user) => Peer::Group(format!("{user}/{id}")),
                    None if id == group => Peer::Itself,
                    None => Peer::Group(id),
                }
            }
        };
        let name = rule.ip_protocol.unwrap_or_default();
        SecurityGroupRule {
            id: rule.security_group_rule_id.unwrap_or_default(),
            arn: rule.security_group_rule_arn,
            egress: rule.is_egress.unwrap_or_default(),
            traffic: Traffic::new(&name, rule.from_port.map(i64::from), rule.to_port.map(i64::from), peer),
            description: rule.description.filter(|d| !d.is_empty()),
            tags: from_tags(rule.tags),
            group,
        }
    }

    /// Nobody's mark is on it: the group's own affair.
    pub fn is_unmarked(&self) -> bool {
        !self.tags.contains_key(TAG_STACK)
    }
}

/// Rules inside a security group: protocol and ports, and any number of other ends.
#[derive(Model, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct InlineRule {
    /// First port, or ICMP type. 0 when the protocol is `-1`.
    #[attr(required, check = cairn_model::check::port)]
    from_port: i64,
    /// Last port, or ICMP code. 0 when the protocol is `-1`.
    #[attr(required, check = cairn_model::check::port)]
    to_port: i64,
    /// Protocol: `tcp`, `udp`, `icmp`, `icmpv6`, a number, or `-1` for all.
    #[attr(required)]
    protocol: String,
    /// What the rule is for.
    #[attr(optional)]
    description: Option<String>,
    /// IPv4 ranges.
    #[attr(optional)]
    cidr_blocks: Vec<String>,
    /// IPv6 ranges.
    #[attr(optional)]
    ipv6_cidr_blocks: Vec<String>,
    /// Prefix lists.
    #[attr(optional)]
    prefix_list_ids: Vec<String>,
    /// Security groups.
    #[attr(optional)]
    security_groups: BTreeSet<String>,
    /// The group itself.
    #[attr(name = "self", default = false)]
    itself: Option<bool>,
}

/// Inline rules, one by one: what each lets through and what it is for.
pub type Rules = BTreeMap<Traffic, Option<String>>;

/// The rules that blocks stand for.
pub fn expand(blocks: &BTreeSet<InlineRule>) -> Rules {
    let mut rules = Rules::new();
    for block in blocks {
        let peers = (block.cidr_blocks.iter().cloned().map(Peer::V4))
            .chain(block.ipv6_cidr_blocks.iter().cloned().map(Peer::V6))
            .chain(block.prefix_list_ids.iter().cloned().map(Peer::Prefix))
            .chain(block.security_groups.iter().cloned().map(Peer::Group))
            .chain(block.itself.unwrap_or_default().then_some(Peer::Itself));
        for peer in peers {
            let description = block.description.clone().filter(|d| !d.is_empty());
            rules.insert(Traffic::new(&block.protocol, Some(block.from_port), Some(block.to_port), peer), description);
        }
    }
    rules
}

/// The blocks for the rules of a group: one for each protocol, range of ports and description. Rules with a mark
/// are resources of their own and left out.
pub fn collect(rules: &[SecurityGroupRule], group: &str, egress: bool) -> BTreeSet<InlineRule> {
    let mut blocks: BTreeMap<(String, i32, i32, Option<String>), InlineRule> = BTreeMap::new();
    for rule in rules.iter().filter(|r| r.group == group && r.egress == egress && r.is_unmarked()) {
        let Traffic { protocol, from, to, peer } = &rule.traffic;
        let ports = matches!(protocol.as_str(), "tcp" | "udp" | "icmp" | "icmpv6");
        let port = |p: i32| if ports { i64::from(p) } else { 0 };
        let block = blocks.entry((protocol.clone(), *from, *to, rule.description.clone())).or_insert_with(|| InlineRule {
            from_port: port(*from),
            to_port: port(*to),
            protocol: protocol.clone(),
            description: rule.description.clone(),
            cidr_blocks: Vec::new(),
            ipv6_cidr_blocks: Vec::new(),
            prefix_list_ids: Vec::new(),
            security_groups: BTreeSet::new(),
            itself: Some(false),
        });
        match peer {
            Peer::V4(cidr) => block.cidr_blocks.push(cidr.clone()),
            Peer::V6(cidr) => block.ipv6_cidr_blocks.push(cidr.clone()),
            Peer::Prefix(id) => block.prefix_list_ids.push(id.clone()),
            Peer::Group(id) => drop(block.security_groups.insert(id.clone())),
            Peer::Itself => block.itself = Some(true),
        }
    }
    let sorted = |mut block: InlineRule| {
        block.cidr_blocks.sort();
        block.ipv6_cidr_blocks.sort();
        block.prefix_list_ids.sort();
        block
    };
    blocks.into_values().map(sorted).collect()
}

/// True when two sets of blocks stand for the same rules, however they are put together.
pub fn same_rules(have: &Value, want: &Value) -> bool {
    match (BTreeSet::<InlineRule>::from_value(have), BTreeSet::<InlineRule>::from_value(want)) {
        (Ok(have), Ok(want)) => expand(&have) == expand(&want),
        _ => have == want,
    }
}

/// Judges the rules inside a group: ranges have no host bits, and every rule has another end.
pub fn inline_rules(config: &Value) -> Result<(), Vec<Refusal>> {
    let judge = |name: &str| -> Result<(), String> {
        let blocks = config.get(name).and_then(Value::elements).unwrap_or_default();
        for block in blocks.iter().filter(|b| b.is_wholly_known()) {
            let list = |name: &str| block.get(name).and_then(Value::elements).unwrap_or_default();
            for cidr in list("cidr_blocks") {
                cidr4(cidr).map_err(|e| format!("a range in cidr_blocks of {name} {e}"))?;
            }
            for cidr in list("ipv6_cidr_blocks") {
                canonical6(cidr).map_err(|e| format!("a range in ipv6_cidr_blocks of {name} {e}"))?;
            }
            let empty = ["cidr_blocks", "ipv6_cidr_blocks", "prefix_list_ids", "security_groups"].iter().all(|l| list(l).is_empty());
            if empty && block.get("self").and_then(Value::as_bool) != Some(true) {
                let message = "needs another end: cidr_blocks, ipv6_cidr_blocks, prefix_list_ids, security_groups or self";
                return Err(format!("a rule in {name} {message}"));
            }
        }
        Ok(())
    };
    let refusals = ["ingress", "egress"].into_iter().filter_map(|n| judge(n).err().map(|message| Refusal { attribute: n.into(), message }));
    let refusals: Vec<Refusal> = refusals.collect();
    if refusals.is_empty() { Ok(()) } else { Err(refusals) }
}

/// Adds rules to a group, with tags on each. Gives the ids.
pub async fn authorize(aws: &Aws, group: &str, egress: bool, rules: &Rules, tags: &Tags) -> Result<Vec<String>, Failure> {
    let permissions: Vec<IpPermission> = rules.iter().map(|(t, d)| t.permission(group, d.as_deref())).collect();
    let tags = (!tags.is_empty()).then(|| vec![specification(ResourceType::SecurityGroupRule, tags)]);
    let made = if egress {
        let request =
            aws.ec2.authorize_security_group_egress().group_id(group).set_ip_permissions(Some(permissions)).set_tag_specifications(tags);
        once!(aws_sdk_ec2, request).await.map_err(failed("ec2:AuthorizeSecurityGroupEgress"))?.security_group_rules
    } else {
        let request =
            aws.ec2.authorize_security_group_ingress().group_id(group).set_ip_permissions(Some(permissions)).set_tag_specifications(tags);
        once!(aws_sdk_ec2, request).await.map_err(failed("ec2:AuthorizeSecurityGroupIngress"))?.security_group_rules
    };
    Ok(made.unwrap_or_default().into_iter().filter_map(|r| r.security_group_rule_id).collect())
}

/// Takes rules out of a group.
pub async fn revoke(aws: &Aws, group: &str, egress: bool, ids: Vec<String>) -> Result<(), Failure> {
    if ids.is_empty() {
        return Ok(());
    }
    if egress {
        let request = aws.ec2.revoke_security_group_egress().group_id(group).set_security_group_rule_ids(Some(ids));
        gone(request.send().await.map_err(failed("ec2:RevokeSecurityGroupEgress")))
    } else {
        let request = aws.ec2.revoke_security_group_ingress().group_id(group).set_security_group_rule_ids(Some(ids));
        gone(request.send().await.map_err(failed("ec2:RevokeSecurityGroupIngress")))
    }
}

/// Changes rules in place: no moment without them (`ModifySecurityGroupRules`).
pub async fn modify(aws: &Aws, group: &str, changes: Vec<(String, Traffic, Option<String>)>) -> Result<(), Failure> {
    if changes.is_empty() {
        return Ok(());
    }
    let changes = changes.into_iter().map(|(id, traffic, description)| {
        SecurityGroupRuleUpdate::builder()
            .security_group_rule_id(id)
            .security_group_rule(traffic.request(group, description.as_deref()))
            .build()
    });
    let request = aws.ec2.modify_security_group_rules().group_id(group).set_security_group_rules(Some(changes.collect()));
    request.send().await.map_err(failed("ec2:ModifySecurityGroupRules")).map(|_| ())
}

/// What AWS lets out of a new group: everything, over IPv4.
pub fn default_egress() -> Traffic {
    Traffic::new("-1", None, None, Peer::V4("0.0.0.0/0".into()))
}

/// Takes away the rule that AWS puts into a new group: everything may go out, over IPv4 and, in a VPC with
/// IPv6, over IPv6 (VPC user guide, "Default security groups"). By what it lets through: the rule itself may
/// not be visible yet. `keep` are rules that are wanted.
pub async fn revoke_default_egress(aws: &Aws, group: &str, keep: &Rules) -> Result<(), Failure> {
    for everything in [default_egress(), Traffic::new("-1", None, None, Peer::V6("::/0".into()))] {
        if keep.get(&everything) == Some(&None) {
            continue;
        }
        let request = aws.ec2.revoke_security_group_egress().group_id(group).ip_permissions(everything.permission(group, None));
        let sent = request.send().await.map_err(failed("ec2:RevokeSecurityGroupEgress"));
        match sent {
            Err(failure) if failure.code == "InvalidPermission.NotFound" => {}
            other => drop(other?),
        }
    }
    Ok(())
}

/// Makes the rules of a group that carry no mark the wanted ones. Adds before it takes away.
pub async fn settle(aws: &Aws, group: &str, egress: bool, want: &Rules) -> Result<(), Failure> {
    let rules = describe_rules(aws, vec![filter("group-id", [group])]).await?;
    let have: Vec<&SecurityGroupRule> = rules.iter().filter(|r| r.egress == egress && r.is_unmarked()).collect();
    let missing: Rules = want.iter().filter(|(t, _)| !have.iter().any(|h| h.traffic == **t)).map(|(t, d)| (t.clone(), d.clone())).collect();
    let other_words = have.iter().filter_map(|h| match want.get(&h.traffic) {
        Some(description) if *description != h.description => Some((h.id.clone(), h.traffic.clone(), description.clone())),
        _ => None,
    });
    modify(aws, group, other_words.collect()).await?;
    if !missing.is_empty() {
        authorize(aws, group, egress, &missing, &Tags::new()).await?;
    }
    revoke(aws, group, egress, have.iter().filter(|h| !want.contains_key(&h.traffic)).map(|h| h.id.clone()).collect()).await
}

/// A rule as a resource of its own: the same arguments for both ways.
macro_rules! rule_type {
    ($rule:ident, $name:tt, $doc:tt, egress = $egress:tt, inline = $inline:tt) => {
        #[doc = $doc]
        #[derive(cairn_derive::Model, Clone, Debug, PartialEq)]
        #[resource(name = $name, tags)]
        pub struct $rule {
            /// Security group that the rule is in.
            #[attr(required, force_new, key)]
            security_group_id: String,
            /// Protocol: `tcp`, `udp`, `icmp`, `icmpv6`, a number, or `-1` for all.
            #[attr(required, key, equal = $crate::ec2::security_group_rules::same_protocol)]
            ip_protocol: String,
            /// First port, or ICMP type. Left out for protocols without ports, and for all types.
            #[attr(optional, key, check = cairn_model::check::port)]
            from_port: Option<i64>,
            /// Last port, or ICMP code. Left out for protocols without ports, and for all codes.
            #[attr(optional, key, check = cairn_model::check::port)]
            to_port: Option<i64>,
            /// The other end: an IPv4 range.
            #[attr(optional, key, check = cairn_model::check::cidr4)]
            cidr_ipv4: Option<String>,
            /// The other end: an IPv6 range.
            #[attr(optional, key, check = $crate::ec2::shared::canonical6)]
            cidr_ipv6: Option<String>,
            /// The other end: a prefix list.
            #[attr(optional, key)]
            prefix_list_id: Option<String>,
            /// The other end: a security group; `ACCOUNT/GROUP` for one of another account.
            #[attr(optional, key)]
            referenced_security_group_id: Option<String>,
            /// What the rule is for.
            #[attr(optional, check = cairn_model::length!(0, 255))]
            description: Option<String>,
            /// ARN of the rule.
            #[attr(computed)]
            arn: Option<String>,
            /// Id of the rule.
            #[attr(computed)]
            security_group_rule_id: Option<String>,
        }

        impl $rule {
            fn from_aws(rule: &$crate::ec2::security_group_rules::SecurityGroupRule) -> $rule {
                use $crate::ec2::security_group_rules::Peer;
                let peer = &rule.traffic.peer;
                let port = |p: i32| (p != -1).then_some(i64::from(p));
                $rule {
                    security_group_id: rule.group.clone(),
                    ip_protocol: rule.traffic.protocol.clone(),
                    from_port: port(rule.traffic.from),
                    to_port: port(rule.traffic.to),
                    cidr_ipv4: if let Peer::V4(cidr) = peer { Some(cidr.clone()) } else { None },
                    cidr_ipv6: if let Peer::V6(cidr) = peer { Some(cidr.clone()) } else { None },
                    prefix_list_id: if let Peer::Prefix(id) = peer { Some(id.clone()) } else { None },
                    referenced_security_group_id: match peer {
                        Peer::Group(id) => Some(id.clone()),
                        Peer::Itself => Some(rule.group.clone()),
                        _ => None,
                    },
                    description: rule.description.clone(),
                    arn: rule.arn.clone(),
                    security_group_rule_id: Some(rule.id.clone()),
                }
            }

            fn traffic(&self) -> $crate::ec2::security_group_rules::Traffic {
                use $crate::ec2::security_group_rules::{Peer, Traffic};
                let peer = match (&self.cidr_ipv4, &self.cidr_ipv6, &self.prefix_list_id) {
                    (Some(cidr), ..) => Peer::V4(cidr.clone()),
                    (_, Some(cidr), _) => Peer::V6(cidr.clone()),
                    (.., Some(id)) => Peer::Prefix(id.clone()),
                    _ => Peer::Group(self.referenced_security_group_id.clone().unwrap_or_default()),
                };
                Traffic::new(&self.ip_protocol, self.from_port, self.to_port, peer)
            }
        }

        impl $crate::resource::Resource for $rule {
            const CONSOLE: Option<&'static str> = Some("ec2/home?region={region}#SecurityGroup:groupId={security_group_id}");
            const SERVICE: &'static str = "ec2";
            const INDEX: Option<(&'static str, &'static str)> = Some(("ec2", "security-group-rule/"));
            const EFFECTS: cairn_engine::Effects =
                cairn_engine::Effects { serves: Some("connections that it alone allows"), ..cairn_engine::Effects::NONE };
            const PARENTS: &'static [cairn_engine::provider::Parent] = &[
                cairn_engine::provider::Parent {
                    type_name: "aws_security_group",
                    attribute: "security_group_id",
                    names: "id",
                    inline: Some($inline),
                },
                cairn_engine::provider::Parent {
                    type_name: "aws_default_security_group",
                    attribute: "security_group_id",
                    names: "id",
                    inline: Some($inline),
                },
            ];
            const CALLS: $crate::resource::Calls = $crate::resource::Calls {
                read: &["ec2:DescribeSecurityGroupRules", "ec2:DescribeSecurityGroups"],
                create: &[if $egress { "ec2:AuthorizeSecurityGroupEgress" } else { "ec2:AuthorizeSecurityGroupIngress" }, "ec2:CreateTags"],
                update: &["ec2:ModifySecurityGroupRules", "ec2:CreateTags", "ec2:DeleteTags"],
                delete: &[if $egress { "ec2:RevokeSecurityGroupEgress" } else { "ec2:RevokeSecurityGroupIngress" }],
                read_cost: "2 per 1,000 for both ways: those with the stack's mark, and all in its groups, 200 groups a call",
            };

            async fn read(
                aws: &$crate::client::Aws,
                scope: &$crate::scope::Scope<'_>,
            ) -> Result<Vec<$crate::resource::Found<$rule>>, cairn_engine::Failure> {
                $crate::ec2::security_group_rules::read(aws, scope, $egress, $rule::from_aws).await
            }

            async fn create(
                aws: &$crate::client::Aws,
                want: &$rule,
                making: &$crate::resource::Making<'_>,
            ) -> Result<String, cairn_engine::Failure> {
                $crate::ec2::security_group_rules::create(
                    aws,
                    &want.security_group_id,
                    $egress,
                    want.traffic(),
                    want.description.clone(),
                    making,
                )
                .await
            }

            async fn update(
                aws: &$crate::client::Aws,
                have: &$crate::resource::Found<$rule>,
                want: &$rule,
                _: &$crate::resource::Changing<'_>,
            ) -> Result<(), cairn_engine::Failure> {
                let change = (have.id.clone(), want.traffic(), want.description.clone());
                $crate::ec2::security_group_rules::modify(aws, &want.security_group_id, vec![change]).await
            }

            async fn delete(
                aws: &$crate::client::Aws,
                have: &$crate::resource::Found<$rule>,
                _: &$crate::resource::Removing<'_, $rule>,
            ) -> Result<(), cairn_engine::Failure> {
                $crate::ec2::security_group_rules::revoke(aws, &have.value.security_group_id, $egress, vec![have.id.clone()]).await
            }

            async fn tag(
                aws: &$crate::client::Aws,
                have: &$crate::resource::Found<$rule>,
                set: &$crate::resource::Tags,
                remove: &[String],
            ) -> Result<(), cairn_engine::Failure> {
                $crate::ec2::tag(aws, &have.id, set, remove).await
            }

            fn adjust(
                _: Option<&cairn_model::Value>,
                config: &cairn_model::Value,
                planned: cairn_model::Value,
            ) -> Result<cairn_model::Value, Vec<cairn_engine::provider::Refusal>> {
                $crate::ec2::security_group_rules::adjust(config, planned)
            }
        }
    };
}
pub(crate) use rule_type;

/// Reads rules of one way: those with the stack's mark, and every other in its groups, which is a part of them.
pub async fn read<T>(aws: &Aws, scope: &Scope<'_>, egress: bool, from: impl Fn(&SecurityGroupRule) -> T) -> Result<Vec<Found<T>>, Failure> {
    if let Some(id) = scope.only() {
        let rules = describe_rules(aws, vec![filter("security-group-rule-id", [id])]).await?;
        return Ok(rules.iter().filter(|r| r.egress == egress).map(|r| Found::new(&r.id, from(r), r.tags.clone())).collect());
    }
    let (groups, rules) = futures::try_join!(own_groups(aws, scope), own_rules(aws, scope))?;
    let default: BTreeMap<&str, bool> = groups.iter().filter_map(|g| Some((g.group_id()?, g.group_name() == Some("default")))).collect();
    let found = rules.iter().filter(|r| r.egress == egress).map(|rule| {
        let parent = default.get(rule.group.as_str()).map(|default| {
            let type_name = if *default { "aws_default_security_group" } else { "aws_security_group" };
            (type_name, rule.group.clone())
        });
        Found { id: rule.id.clone(), value: from(rule), tags: rule.tags.clone(), parent }
    });
    Ok(found.collect())
}

/// Makes a rule. The group, or the one it refers to, may just have been made.
pub async fn create(
    aws: &Aws,
    group: &str,
    egress: bool,
    traffic: Traffic,
    description: Option<String>,
    making: &Making<'_>,
) -> Result<String, Failure> {
    let rules = Rules::from([(traffic, description.filter(|d| !d.is_empty()))]);
    let fresh = |f: &Failure| f.code.starts_with("InvalidGroup");
    let what = format!("security group {group} and what its rule names to become visible");
    let ids = wait::while_failing(
        making.run,
        &what,
        Duration::from_secs(60),
        |f| fresh(f) && f.code.ends_with("NotFound"),
        || authorize(aws, group, egress, &rules, &making.tags),
    )
    .await?;
    ids.into_iter().next().ok_or_else(|| missing("ec2:AuthorizeSecurityGroup", "SecurityGroupRuleId"))
}

/// A rule has one other end, and ports where its protocol has. -1, all, is what AWS takes ports that are left out for.
pub fn adjust(config: &Value, mut planned: Value) -> Result<Value, Vec<Refusal>> {
    const PEERS: &[&str] = &["cidr_ipv4", "cidr_ipv6", "prefix_list_id", "referenced_security_group_id"];
    let set = |name: &str| config.get(name).is_some_and(|v| !v.is_null());
    let known = |name: &str| config.get(name).is_some_and(|v| !v.is_null() && !v.is_unknown());
    let refusal = |attribute: &str, message: String| Err(vec![Refusal { attribute: attribute.into(), message }]);
    if !PEERS.iter().any(|p| set(p)) {
        return refusal("", format!("a rule needs another end: one of {}", PEERS.join(", ")));
    }
    if let [_, second, ..] = PEERS.iter().filter(|p| known(p)).collect::<Vec<_>>().as_slice() {
        return refusal(second, format!("a rule has only one of {}", PEERS.join(", ")));
    }
    let text = planned.get_str("ip_protocol").map(protocol);
    let (from, to) = (planned.get("from_port").and_then(Value::as_i64), planned.get("to_port").and_then(Value::as_i64));
    match (text.as_deref(), from, to) {
        (Some("tcp" | "udp"), ..) if !set("from_port") || !set("to_port") => {
            let name = if set("from_port") { "to_port" } else { "from_port" };
            return refusal(name, format!("{name} is needed with the protocols tcp and udp"));
        }
        (Some("tcp" | "udp"), Some(from), Some(to)) if from > to => {
            return refusal("to_port", format!("to_port must not be smaller than from_port ({from})"));
        }
        (Some("tcp" | "udp" | "icmp" | "icmpv6") | None, ..) => {}
        (Some(other), ..) if from.is_some_and(|p| p != -1) || to.is_some_and(|p| p != -1) => {
            return refusal("from_port", format!("the protocol {other} has no ports: leave from_port and to_port out"));
        }
        _ => {}
    }
    for (name, port) in [("from_port", from), ("to_port", to)] {
        if port == Some(-1) {
            planned = planned.with(name, Value::null());
        }
    }
    Ok(planned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(from: i64, cidrs: &[&str], description: Option<&str>) -> InlineRule {
        InlineRule {
            from_port: from,
            to_port: from,
            protocol: "tcp".into(),
            description: description.map(str::to_string),
            cidr_blocks: cidrs.iter().map(ToString::to_string).collect(),
            ipv6_cidr_blocks: Vec::new(),
            prefix_list_ids: Vec::new(),
            security_groups: BTreeSet::new(),
            itself: Some(false),
        }
    }

    fn value(blocks: &[InlineRule]) -> Value {
        blocks.iter().cloned().collect::<BTreeSet<_>>().to_value()
    }

    #[test]
    fn blocks_that_stand_for_the_same_rules() {
        let one = value(&[block(443, &["10.0.0.0/8", "192.168.0.0/16"], None)]);
        let two = value(&[block(443, &["192.168.0.0/16"], Some("")), block(443, &["10.0.0.0/8"], None)]);
        assert!(same_rules(&one, &two));
        assert!(!same_rules(&one, &value(&[block(443, &["10.0.0.0/8"], None)])));
        assert!(!same_rules(&one, &value(&[block(443, &["10.0.0.0/8", "192.168.0.0/16"], Some("web"))])));
    }

    #[test]
    fn all_protocols_have_no_ports() {
        let all = |from| Traffic::new("-1", from, from, Peer::Itself);
        assert_eq!(all(Some(0)), all(None));
        assert_eq!(Traffic::new("6", Some(22), Some(22), Peer::Itself), Traffic::new("tcp", Some(22), Some(22), Peer::Itself));
    }

    #[test]
    fn rules_are_put_together_again() {
        let rule = |cidr: &str, tags: Tags| SecurityGroupRule {
            id: format!("sgr-{cidr}"),
            arn: None,
            group: "sg-1".into(),
            egress: false,
            traffic: Traffic::new("tcp", Some(80), Some(80), Peer::V4(cidr.into())),
            description: None,
            tags,
        };
        let marked = Tags::from([(TAG_STACK.to_string(), "a/b".to_string())]);
        let rules = [rule("10.1.0.0/16", Tags::new()), rule("10.0.0.0/16", Tags::new()), rule("10.2.0.0/16", marked)];
        let blocks = collect(&rules, "sg-1", false);
        assert_eq!(blocks, BTreeSet::from([block(80, &["10.0.0.0/16", "10.1.0.0/16"], None)]));
        assert!(collect(&rules, "sg-1", true).is_empty());
    }
}
