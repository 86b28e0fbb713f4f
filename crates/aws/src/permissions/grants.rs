//! From what types call to what has to be allowed: which action, on what, under which condition.

use super::arns::Arns;
use super::operations;
use super::reference::{self, Kind};
use super::stack::PermissionStack;
use super::{Besides, Purpose};
use crate::adapter::ResourceType;
use crate::{notify, register, registry, trail};
use cairn_model::Mode;
use std::collections::BTreeSet;

/// What an action is allowed on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// `*`: AWS takes nothing narrower.
    Everything,
    /// All of a kind.
    All(Kind),
    /// Those of a kind that the configuration names.
    Named(Kind),
    /// One ARN.
    Arn(String),
}

impl Place {
    /// Its kind, where it has one.
    pub fn kind(&self) -> Option<&Kind> {
        match self {
            Place::All(kind) | Place::Named(kind) => Some(kind),
            Place::Everything | Place::Arn(_) => None,
        }
    }
}

/// Under which condition an action is allowed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Condition {
    /// Under none.
    None,
    /// The resource carries the stack's mark.
    Marked,
    /// The request puts the stack's mark on.
    Marking,
    /// The tags come with the call that makes the resource, the stack's mark among them.
    Made,
    /// The tags come with the launch of an instance.
    Launched,
    /// The instance is launched from a template.
    FromTemplate,
    /// A role is handed to one of these services.
    PassedTo(BTreeSet<&'static str>),
    /// The service-linked role of one of these services.
    ServiceRole(BTreeSet<&'static str>),
    /// The call comes from one of these services.
    Via(BTreeSet<&'static str>),
}

/// One thing that is allowed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grant {
    /// The action.
    pub action: &'static str,
    /// On what.
    pub place: Place,
    /// When.
    pub condition: Condition,
}

/// The step that a call is part of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Read,
    Create,
    Update,
    Delete,
}

/// A change of one kind.
struct Write<'a> {
    of: &'static dyn ResourceType,
    action: &'static str,
    kind: &'a Kind,
    flags: &'a str,
    step: Step,
    /// The kind is the type's own, not that of what it is a part of.
    own: bool,
    /// Some call of the step makes the resource.
    makes: bool,
}

/// Kinds that EC2 tags while it launches an instance from a template.
const LAUNCHED: [&str; 3] = [
    "ec2:${Region}:${Account}:instance/${InstanceId}",
    "ec2:${Region}:${Account}:network-interface/${NetworkInterfaceId}",
    "ec2:${Region}:${Account}:volume/${VolumeId}",
];
const ROLE: &str = "iam::${Account}:role/${RoleNameWithPath}";
const PARAMETER: &str = "ssm:${Region}:${Account}:parameter/${ParameterNameWithoutLeadingSlash}";

/// Everything that a purpose takes.
pub fn grants(stack: &PermissionStack, arns: &Arns, purpose: Purpose, besides: &Besides) -> BTreeSet<Grant> {
    let mut grants = Grants { arns, all: BTreeSet::new() };
    grants.every_run();
    grants.besides(besides);
    grants.register(stack, purpose);
    for declared in &stack.declared {
        if declared.mode == Mode::Data {
            grants.data(declared);
        }
    }
    let wanted: BTreeSet<&str> = stack.declared.iter().filter(|d| d.mode == Mode::Managed).map(|d| d.type_name.as_str()).collect();
    for of in arns.types() {
        let calls = of.calls();
        grants.calls(*of, calls.read, Step::Read);
        if purpose != Purpose::Read {
            // What is a stray, or has no block any more, is destroyed.
            grants.calls(*of, calls.delete, Step::Delete);
        }
        if purpose == Purpose::Apply && wanted.contains(of.schema().name) {
            grants.calls(*of, calls.create, Step::Create);
            grants.calls(*of, calls.update, Step::Update);
        }
    }
    if purpose == Purpose::Apply {
        grants.roles(&wanted);
    }
    grants.all
}

struct Grants<'a> {
    arns: &'a Arns,
    all: BTreeSet<Grant>,
}

impl Grants<'_> {
    fn allow(&mut self, action: &'static str, place: Place, condition: Condition) {
        self.all.insert(Grant { action, place, condition });
    }

    /// What every run asks, whatever is in the stack.
    fn every_run(&mut self) {
        self.allow("sts:GetCallerIdentity", Place::Everything, Condition::None);
        self.allow("tag:GetResources", Place::Everything, Condition::None);
    }

    /// What is done besides reading.
    fn besides(&mut self, besides: &Besides) {
        for action in trail::CALLS.iter().filter(|_| besides.history) {
            self.allow(action, Place::Everything, Condition::None);
        }
        for topic in &besides.topics {
            for action in notify::CALLS {
                self.allow(action, Place::Arn(topic.clone()), Condition::None);
            }
        }
    }

    /// The stack's register.
    fn register(&mut self, stack: &PermissionStack, purpose: Purpose) {
        let registered = self.arns.types().iter().any(|t| t.registered());
        let actions: &[&'static str] = match purpose {
            Purpose::Apply if registered => register::CALLS,
            Purpose::Destroy if registered => &[register::READS, register::STRIKES],
            _ => &[register::READS],
        };
        for arn in self.arns.of_name(PARAMETER, &format!("{}*", register::folder(&stack.id))) {
            for action in actions {
                self.allow(action, Place::Arn(arn.clone()), Condition::None);
            }
        }
    }

    /// What a data source asks.
    fn data(&mut self, declared: &super::stack::Declared) {
        let Some(kind) = registry::data_source(&declared.type_name) else { return };
        let name = kind.named().and_then(|argument| declared.config.get_str(argument));
        for action in kind.calls().iter().flat_map(|o| operations::actions(o)) {
            for place in kinds(action) {
                match (&place, name) {
                    (Place::All(of), Some(name)) => {
                        for arn in self.arns.of_name(of, name) {
                            self.allow(action, Place::Arn(public(arn)), Condition::None);
                        }
                    }
                    _ => self.allow(action, place, Condition::None),
                }
            }
        }
    }

    /// What a type calls in a step.
    fn calls(&mut self, of: &'static dyn ResourceType, operations: &[&'static str], step: Step) {
        let actions: Vec<&'static str> = operations.iter().flat_map(|o| operations::actions(o)).collect();
        let makes = step == Step::Create && actions.iter().any(|a| self.makes(of, a));
        for action in actions {
            let service = action.split(':').next().unwrap_or_default();
            match action {
                "ec2:RunInstances" => self.launch(),
                // RDS keeps master passwords in secrets that it names itself.
                _ if service == "secretsmanager" => {
                    for arn in self.arns.of_name("secretsmanager:${Region}:${Account}:secret:${SecretId}", "rds!*") {
                        self.allow(action, Place::Arn(arn), Condition::None);
                    }
                }
                _ if service == "kms" && of.facts().service != "kms" => {
                    let condition = Condition::Via(BTreeSet::from([of.facts().service]));
                    self.allow(action, Place::All("kms:${Region}:${Account}:key/${KeyId}".into()), condition);
                }
                _ => self.call(of, action, step, makes),
            }
        }
    }

    /// True when an action makes a resource of the type, tags included.
    fn makes(&self, of: &'static dyn ResourceType, action: &str) -> bool {
        reference::of(action)
            .is_some_and(|f| f.level == "Write" && f.on.iter().any(|(kind, flags)| flags.contains('q') && self.arns.is_of(kind, of)))
    }

    fn call(&mut self, of: &'static dyn ResourceType, action: &'static str, step: Step, makes: bool) {
        let Some(facts) = reference::of(action) else { return self.allow(action, Place::Everything, Condition::None) };
        if step != Step::Delete && facts.on.keys().any(|kind| facts.holds(kind, 'n') && self.arns.is_absent(kind)) {
            return;
        }
        // What is held by its name may refer to whatever it likes.
        let by_name = facts.on.keys().any(|kind| self.arns.is_of(kind, of) && self.arns.are_named(kind));
        let unmarked = facts.on.keys().any(|kind| self.arns.may_be_unmarked(of, kind));
        for (kind, flags) in &facts.on {
            let own = self.arns.is_of(kind, of);
            let held = own || !by_name && self.part_of(of, kind);
            if kind == "*" {
                let marking = step == Step::Create && !facts.reads() && flags.contains('q');
                self.allow(action, Place::Everything, if marking { Condition::Marking } else { Condition::None });
            } else if facts.reads() {
                self.read(action, kind, flags, held);
            } else if held && (own || !facts.tags()) {
                self.write(Write { of, action, kind, flags, step, own, makes });
            } else if !facts.tags() {
                let condition = if unmarked { Some(Condition::None) } else { self.referred(of, kind, flags) };
                if let Some(condition) = condition {
                    self.allow(action, Place::All(kind.clone()), condition);
                }
            }
        }
    }

    /// Changes to what is the type's own, or what it is a part of.
    fn write(&mut self, write: Write<'_>) {
        let Write { of, action, kind, flags, step, own, makes } = write;
        let marked = flags.contains('r') && (of.taggable() || !own);
        if self.arns.are_named(kind) {
            return self.named(action, kind, marked && step != Step::Create);
        }
        let tags = reference::of(action).is_some_and(reference::Facts::tags);
        let condition = match step {
            // The mark comes with the call that makes it.
            Step::Create if tags && makes && action == "ec2:CreateTags" => Condition::Made,
            Step::Create if own && flags.contains('q') => Condition::Marking,
            _ if marked => Condition::Marked,
            _ => Condition::None,
        };
        self.allow(action, Place::All(kind.clone()), condition);
    }

    /// Reads: those that the configuration names, or all where AWS gives only an id.
    fn read(&mut self, action: &'static str, kind: &Kind, flags: &str, held: bool) {
        if action.contains(":ListTags") && !held {
            return;
        }
        match self.arns.are_named(kind) && !lists(action) {
            true => self.named(action, kind, flags.contains('r')),
            false => self.allow(action, Place::All(kind.clone()), Condition::None),
        }
    }

    /// Under which condition an action may refer to something, such as the VPC of a new subnet: in EC2 to the stack's own, unless the
    /// configuration names what others made. Elsewhere AWS's own are usual, such as a default parameter group.
    fn referred(&self, of: &dyn ResourceType, kind: &Kind, flags: &str) -> Option<Condition> {
        if !kind.starts_with("ec2:") || self.arns.are_foreign(kind) {
            return Some(Condition::None);
        }
        match self.arns.are_marked(kind) {
            true if self.arns.inline(of, kind) => Some(Condition::None),
            true if flags.contains('r') => Some(Condition::Marked),
            true if flags.contains('q') => Some(Condition::Marking),
            true => Some(Condition::None),
            // A stray may be about what the stack does not know.
            false => flags.contains('n').then_some(Condition::None),
        }
    }

    /// On those that the configuration names, and on those that carry the mark though their blocks are gone.
    fn named(&mut self, action: &'static str, kind: &Kind, marked: bool) {
        self.allow(action, Place::Named(kind.clone()), Condition::None);
        if marked {
            self.allow(action, Place::All(kind.clone()), Condition::Marked);
        }
    }

    /// True when whatever the type can be a part of, as far as the stack has it, is of a kind.
    fn part_of(&self, of: &dyn ResourceType, kind: &str) -> bool {
        let parents = of.facts().parents;
        let there = || parents.iter().filter_map(|p| self.arns.types().iter().find(|t| t.schema().name == p.type_name));
        there().next().is_some() && there().all(|parent| self.arns.is_of(kind, *parent))
    }

    /// Launches, which Auto Scaling asks for in the caller's name.
    fn launch(&mut self) {
        self.allow("ec2:RunInstances", Place::Everything, Condition::FromTemplate);
        for kind in LAUNCHED {
            self.allow("ec2:CreateTags", Place::All(kind.to_string()), Condition::Launched);
        }
    }

    /// Handing roles to services, and the roles that AWS makes for services.
    fn roles(&mut self, wanted: &BTreeSet<&str>) {
        let kinds: Vec<_> = self.arns.types().iter().filter(|t| wanted.contains(t.schema().name)).map(|t| t.iam()).collect();
        let passed: BTreeSet<&str> = kinds.iter().flat_map(|a| a.passes_roles_to.iter().copied()).collect();
        if !passed.is_empty() {
            let spelled = self.arns.roles.iter().cloned().map(Place::Arn).collect::<Vec<_>>();
            let named = self.arns.are_named(ROLE).then(|| Place::Named(ROLE.to_string()));
            for place in spelled.into_iter().chain(named) {
                self.allow("iam:PassRole", place, Condition::PassedTo(passed.clone()));
            }
        }
        let made: BTreeSet<&str> = kinds.iter().filter_map(|a| a.service_role).collect();
        for service in &made {
            for arn in self.arns.of_name(ROLE, &format!("aws-service-role/{service}/*")) {
                self.allow("iam:CreateServiceLinkedRole", Place::Arn(arn), Condition::ServiceRole(made.clone()));
            }
        }
    }
}

/// What an action can be limited to.
fn kinds(action: &str) -> Vec<Place> {
    let place = |kind: &Kind| if kind == "*" { Place::Everything } else { Place::All(kind.clone()) };
    reference::of(action).map_or_else(|| vec![Place::Everything], |f| f.on.keys().map(place).collect())
}

/// True for an action that gives many at once: it can't be limited to those that are wanted.
fn lists(action: &str) -> bool {
    action.split(':').nth(1).is_some_and(|a| a.starts_with("Describe") && a.ends_with('s'))
}

/// AWS's own parameters belong to no account.
fn public(arn: String) -> String {
    match arn.split_once(":parameter/aws/") {
        Some((before, name)) => format!("{}:*:parameter/aws/{name}", before.rsplit_once(':').map_or(before, |(start, _)| start)),
        None => arn,
    }
}
