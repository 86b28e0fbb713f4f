//! The ARNs of the kinds of resources that a stack has, as far as its configuration knows them.

use super::iam::Named;
use super::reference::Kind;
use super::stack::{Declared, NO_ACCOUNT, PermissionStack, Way, partition};
use crate::adapter::ResourceType;
use crate::registry;
use cairn_engine::provider::Parent;
use cairn_model::{Mode, Value};
use std::collections::{BTreeMap, BTreeSet};

const PREFIX_LIST: &str = "prefix-list/";

/// How ids of EC2 begin, and how the ARNs of what they name do.
const IDS: &[(&str, &str)] = &[
    ("cgw", "customer-gateway/"),
    ("eipalloc", "elastic-ip/"),
    ("eni", "network-interface/"),
    ("i", "instance/"),
    ("igw", "internet-gateway/"),
    ("ipam-pool", "ipam-pool/"),
    ("ipv4pool-ec2", "ipv4pool-ec2/"),
    ("ipv6pool-ec2", "ipv6pool-ec2/"),
    ("nat", "natgateway/"),
    ("pl", PREFIX_LIST),
    ("rtb", "route-table/"),
    ("sg", "security-group/"),
    ("subnet", "subnet/"),
    ("tgw", "transit-gateway/"),
    ("tgw-attach", "transit-gateway-attachment/"),
    ("vgw", "vpn-gateway/"),
    ("vpc", "vpc/"),
    ("vpce", "vpc-endpoint/"),
];

/// The ARNs of a stack.
pub struct Arns {
    ways: Vec<Way>,
    /// The types that are in the configuration, and those that are read along with them.
    types: Vec<&'static dyn ResourceType>,
    /// Names and patterns of names, by the type that they are of.
    names: BTreeMap<&'static str, BTreeSet<String>>,
    /// ARNs of roles that the configuration spells out.
    pub roles: BTreeSet<String>,
    /// How the kinds begin of which the configuration refers to what others made: it spells out ids, or asks for them.
    foreign: BTreeSet<&'static str>,
    /// Types of which some instance lists parts inline, with the argument that does.
    inline: BTreeSet<(String, &'static str)>,
}

impl Arns {
    /// Those of a stack.
    pub fn new(stack: &PermissionStack) -> Arns {
        let mut arns = Arns {
            ways: stack.ways.clone(),
            types: types(stack),
            names: BTreeMap::new(),
            roles: BTreeSet::new(),
            foreign: BTreeSet::new(),
            inline: BTreeSet::new(),
        };
        for declared in &stack.declared {
            texts(&declared.config, &mut |text| {
                arns.foreign.extend(kind_of_id(text));
                if is_role(text) {
                    arns.roles.insert(text.replace(NO_ACCOUNT, "*"));
                }
            });
            if declared.mode == Mode::Data && asks_for_ids(&declared.type_name) {
                // What belongs to a VPC that is found is found with it.
                arns.foreign.extend(IDS.iter().map(|(_, kind)| *kind));
            }
            arns.learn(declared);
        }
        arns
    }

    /// The types that are in the configuration, and those that are read along with them: parts, so that strays are found.
    pub fn types(&self) -> &[&'static dyn ResourceType] {
        &self.types
    }

    /// Takes the names that an instance has, and that it has of what it is a part of.
    fn learn(&mut self, declared: &Declared) {
        let Some(kind) = registry::resource(&declared.type_name).filter(|_| declared.mode == Mode::Managed) else { return };
        if let Some(named) = kind.iam().named {
            self.names.entry(kind.schema().name).or_default().insert(name(&named, &declared.config));
        }
        let parts = registry::RESOURCES.iter().flat_map(|t| t.facts().parents).filter(|p| p.type_name == declared.type_name);
        for argument in parts.filter_map(|p| p.inline) {
            if declared.config.get(argument).is_some_and(|v| v.is_unknown() || v.elements().is_some_and(|e| !e.is_empty())) {
                self.inline.insert((declared.type_name.clone(), argument));
            }
        }
        if declared.config.get("prefix_list_id").is_some_and(|v| !v.is_null()) {
            // Those of AWS's services are AWS's own.
            self.foreign.insert(PREFIX_LIST);
        }
        for parent in kind.facts().parents {
            let Some(of) = registry::resource(parent.type_name).filter(|of| of.iam().named.is_some()) else { continue };
            let names = self.names.entry(of.schema().name).or_default();
            let known = |name: &str| names.iter().any(|n| n == name || n.rsplit('/').next() == Some(name));
            if let Some(text) = declared.config.get_str(parent.attribute).filter(|t| !t.starts_with("arn:") && !known(t)) {
                names.insert(text.to_string());
            }
        }
    }

    /// True when a kind is that of a type.
    pub fn is_of(&self, kind: &str, of: &dyn ResourceType) -> bool {
        of.arn().is_some_and(|(service, start)| begins(kind, service, start))
    }

    /// True when the stack has resources of a kind that the configuration names.
    pub fn are_named(&self, kind: &str) -> bool {
        self.owners(kind).any(|t| t.iam().named.is_some())
    }

    /// True when the stack has resources of a kind, and all of them carry its mark.
    pub fn are_marked(&self, kind: &str) -> bool {
        let mut owners = self.owners(kind).peekable();
        owners.peek().is_some() && owners.all(|t| t.taggable())
    }

    /// True when the configuration refers to what others made of a kind.
    pub fn are_foreign(&self, kind: &str) -> bool {
        self.foreign.iter().any(|start| begins(kind, "ec2", start))
    }

    /// True for a kind of EC2 of which the stack has none, and refers to none: nothing can be called on one.
    pub fn is_absent(&self, kind: &str) -> bool {
        kind.starts_with("ec2:") && !self.are_foreign(kind) && self.owners(kind).next().is_none()
    }

    /// True when what a type is a part of may be of a kind and yet carry no mark: a VPC's main route table comes with the VPC.
    pub fn may_be_unmarked(&self, of: &dyn ResourceType, kind: &str) -> bool {
        let parents = of.facts().parents;
        let is = |p: &Parent| registry::resource(p.type_name).is_some_and(|t| self.is_of(kind, t));
        parents.iter().filter(|p| is(p)).any(|p| parents.iter().any(|other| other.attribute == p.attribute && !is(other)))
    }

    /// True when resources of a kind are listed inside those of a type: they carry no mark.
    pub fn inline(&self, inside: &dyn ResourceType, kind: &str) -> bool {
        let name = inside.schema().name;
        let parents = self.owners(kind).flat_map(|t| t.facts().parents).filter(|p| p.type_name == name);
        parents.filter_map(|p| p.inline).any(|argument| self.inline.contains(&(name.to_string(), argument)))
    }

    /// The types that are of a kind.
    fn owners<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'static dyn ResourceType> + 'a {
        let all = self.types.iter().copied().chain(self.names.keys().filter_map(|n| registry::resource(n)));
        all.filter(move |t| self.is_of(kind, *t))
    }

    /// The ARNs of everything of a kind.
    pub fn all(&self, kind: &str) -> BTreeSet<String> {
        self.spelled(kind, |_| "*".to_string())
    }

    /// The ARNs of those that the configuration names.
    pub fn named(&self, kind: &Kind) -> BTreeSet<String> {
        let names: BTreeSet<&String> = self.owners(kind).filter_map(|t| self.names.get(t.schema().name)).flatten().collect();
        names.into_iter().flat_map(|name| self.of_name(kind, name)).collect()
    }

    /// The ARNs of a name.
    pub fn of_name(&self, kind: &str, name: &str) -> BTreeSet<String> {
        let Some(place) = place_of_name(kind) else { return self.all(kind) };
        let name = name.replace(NO_ACCOUNT, "*");
        let arns = self.spelled(kind, |variable| if variable == place { fitted(kind, place, &name) } else { "*".to_string() });
        match kind.starts_with("logs:") {
            // Both spellings are needed: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html
            true => arns.into_iter().flat_map(|arn| [format!("{arn}:*"), arn]).collect(),
            false => arns,
        }
    }

    /// The ARNs of a kind in every way, its own variables filled in.
    fn spelled(&self, kind: &str, value: impl Fn(&str) -> String) -> BTreeSet<String> {
        let arn = |way: &Way| {
            let region = way.region.as_deref();
            let filled = fill(kind, |variable| match variable {
                "Region" => region.unwrap_or("*").to_string(),
                // AWS's own prefix lists are in no account of ours.
                "Account" if !begins(kind, "ec2", PREFIX_LIST) => way.account.as_deref().unwrap_or("*").to_string(),
                "Account" => "*".to_string(),
                other => value(other),
            });
            format!("arn:{}:{filled}", partition(region))
        };
        self.ways.iter().map(arn).collect()
    }

    /// The domains of a service's endpoints, as `kms:ViaService` names them.
    pub fn endpoints(&self, service: &str) -> BTreeSet<String> {
        self.ways.iter().map(|w| format!("{service}.{}.amazonaws.com", w.region.as_deref().unwrap_or("*"))).collect()
    }
}

/// The types of the configuration, those that every plan reads, and what can be a part of them.
fn types(stack: &PermissionStack) -> Vec<&'static dyn ResourceType> {
    let managed = stack.declared.iter().filter(|d| d.mode == Mode::Managed).map(|d| d.type_name.as_str());
    let names: BTreeSet<&str> = managed.chain(registry::ALWAYS_READ.iter().copied()).collect();
    registry::with_parts(names).into_iter().filter_map(registry::resource).collect()
}

/// The whole name, or its beginning and a star.
fn name(named: &Named, config: &Value) -> String {
    let path = named.path.and_then(|p| config.get_str(p)).unwrap_or_default();
    let name = match config.get(named.argument) {
        Some(value) if value.is_unknown() => "*".to_string(),
        value => match value.and_then(Value::as_str) {
            Some(name) => name.to_string(),
            None => format!("{}*", config.get_str(named.prefix).unwrap_or(named.made_up)),
        },
    };
    format!("{path}{name}")
}

/// Every text in a value.
fn texts(value: &Value, see: &mut dyn FnMut(&str)) {
    if let Some(text) = value.as_str() {
        see(text);
    }
    for child in value.children() {
        texts(child, see);
    }
}

/// True for the ARN of a role.
fn is_role(text: &str) -> bool {
    text.starts_with("arn:") && text.contains(":iam::") && text.contains(":role/")
}

/// How the kind begins that an id of EC2 is of, such as `vpc-0123456789abcdef0`.
fn kind_of_id(text: &str) -> Option<&'static str> {
    let (prefix, digits) = text.rsplit_once('-')?;
    let hex = matches!(digits.len(), 8 | 17) && digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    IDS.iter().find(|(p, _)| hex && *p == prefix).map(|(_, kind)| *kind)
}

/// True for a data source that finds what resource types of EC2 are about.
fn asks_for_ids(type_name: &str) -> bool {
    let calls = registry::data_source(type_name).map(|t| t.calls()).unwrap_or_default();
    let read = |operation: &&str| registry::RESOURCES.iter().any(|t| t.calls().read.contains(operation));
    calls.iter().filter(|o| o.starts_with("ec2:")).any(read)
}

/// True when the kind's ARNs belong to a service and their resource part begins so.
pub fn begins(kind: &str, service: &str, start: &str) -> bool {
    let mut parts = kind.splitn(4, ':');
    parts.next() == Some(service) && parts.nth(2).is_some_and(|resource| resource.starts_with(start))
}

/// The variable that holds the name: the one that begins with the kind's own word (of `schedule/${GroupName}/${ScheduleName}` the
/// second), else the first that says so, or the last.
fn place_of_name(kind: &str) -> Option<&str> {
    let word = kind.splitn(4, ':').nth(3).and_then(|resource| resource.split(['/', ':']).next()).unwrap_or_default();
    let own = |variable: &str| !word.is_empty() && variable.to_lowercase().starts_with(word) && variable.ends_with("Name");
    let variables = || kind.split("${").skip(1).filter_map(|v| v.split('}').next()).filter(|v| !matches!(*v, "Region" | "Account"));
    variables().find(|v| own(v)).or_else(|| variables().find(|v| v.contains("Name"))).or_else(|| variables().last())
}

/// A name as it stands in an ARN: without what the ARN says before it anyway.
fn fitted(kind: &str, place: &str, name: &str) -> String {
    let before = kind.split(&format!("${{{place}}}")).next().and_then(|b| b.rsplit(':').next()).unwrap_or_default();
    let name = name.strip_prefix(before).filter(|_| !before.is_empty()).unwrap_or(name);
    if before.ends_with('/') { name.trim_start_matches('/').to_string() } else { name.to_string() }
}

/// Replaces `${Variable}`.
fn fill(template: &str, value: impl Fn(&str) -> String) -> String {
    let mut parts = template.split("${");
    let mut filled = parts.next().unwrap_or_default().to_string();
    for part in parts {
        let (variable, rest) = part.split_once('}').unwrap_or((part, ""));
        filled.push_str(&value(variable));
        filled.push_str(rest);
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::place_of_name;

    #[test]
    fn the_name_stands_where_the_kind_says_so() {
        for (kind, place) in [
            ("scheduler:${Region}:${Account}:schedule/${GroupName}/${ScheduleName}", "ScheduleName"),
            (
                "ecs:${Region}:${Account}:task-definition/${TaskDefinitionFamilyName}:${TaskDefinitionRevisionNumber}",
                "TaskDefinitionFamilyName",
            ),
            ("s3:::${BucketName}/${ObjectName}", "BucketName"),
            ("wafv2:${Region}:${Account}:${Scope}/webacl/${Name}/${Id}", "Name"),
            ("kms:${Region}:${Account}:key/${KeyId}", "KeyId"),
        ] {
            assert_eq!(place_of_name(kind), Some(place), "{kind}");
        }
    }
}
