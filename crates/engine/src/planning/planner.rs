//! The walk: each instance is matched to its live resource and judged.

use super::compose::compose;
use super::data::{self, Answer};
use super::evaluate::{Evaluated, Subject, evaluate, look};
use super::world::{Match, Place, World, wanted_key};
use super::{PlanMode, PlanOptions, marks};
use crate::digest;
use crate::plan::{Action, Change, DataRead, Misplaced, Reason};
use crate::provider::{Provider, Refusal, Wanted};
use crate::snapshot::{DataKey, Live, Owner, Snapshot, Unchecked};
use crate::terraform_data::{self, TERRAFORM_DATA};
use cairn_model::address::TAG_VALUE_MAX;
use cairn_model::{Address, Diagnostic, Diagnostics, Instance, Mode, ModuleStep, Path, Resolver, Schema, Span, Value};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// One change and what the walk needs to remember of it.
pub(crate) struct Entry {
    pub change: Change,
    /// What the rest of the configuration sees.
    pub reference: Value,
    /// Where each argument is written.
    pub spans: BTreeMap<String, Span>,
    /// Its live resource.
    pub place: Option<Place>,
}

/// Takes the instances of a walk and makes a plan of them.
pub(crate) struct Planner<'a> {
    pub provider: &'a dyn Provider,
    pub snapshot: &'a Snapshot,
    pub options: &'a PlanOptions,
    pub world: World<'a>,
    pub entries: Vec<Entry>,
    pub by_address: HashMap<Address, usize>,
    pub data: Vec<DataRead>,
    pub deferred: HashSet<Address>,
    pub needs: BTreeSet<DataKey>,
    pub diagnostics: Diagnostics,
    /// Instances of which nothing can be said, for a type that could not be read.
    pub left_out: HashSet<Address>,
    pub hanging: BTreeSet<Unchecked>,
    /// In a destroy, instances that have nothing to destroy, and what they depend on.
    pub absent: HashMap<Address, BTreeSet<Address>>,
    /// Blocks that have instances; `true` where they are told apart by keys.
    pub blocks: HashMap<Address, bool>,
    pub modules: HashSet<Vec<ModuleStep>>,
    /// When only looking for drift.
    pub misplaced: Vec<Misplaced>,
    wanted: Vec<Wanted>,
    unchecked: HashSet<(String, String)>,
    keys: HashMap<(&'static str, String, Vec<Value>), Address>,
}

/// The schema of a resource type.
pub(crate) fn schema(provider: &dyn Provider, instance: &Instance) -> Result<&'static Schema, Diagnostics> {
    provider.schemas().resource(&instance.address.type_name).ok_or_else(|| {
        Diagnostic::error(format!("{}: Cairn has no resource type {}", instance.address, instance.address.type_name))
            .at(&instance.span, "")
            .into()
    })
}

impl<'a> Planner<'a> {
    pub fn new(provider: &'a dyn Provider, snapshot: &'a Snapshot, options: &'a PlanOptions) -> Planner<'a> {
        Planner {
            provider,
            snapshot,
            options,
            world: World::new(snapshot, &options.stack),
            entries: Vec::new(),
            by_address: HashMap::new(),
            data: Vec::new(),
            deferred: HashSet::new(),
            needs: BTreeSet::new(),
            diagnostics: Diagnostics::default(),
            left_out: HashSet::new(),
            hanging: BTreeSet::new(),
            absent: HashMap::new(),
            blocks: HashMap::new(),
            modules: HashSet::new(),
            misplaced: Vec::new(),
            wanted: Vec::new(),
            unchecked: snapshot.unchecked.iter().map(|u| (u.type_name.clone(), u.provider.clone())).collect(),
            keys: HashMap::new(),
        }
    }

    /// The instances met so far that live in AWS.
    pub fn take_wanted(&mut self) -> Vec<Wanted> {
        std::mem::take(&mut self.wanted)
    }

    /// True when a type could not be read.
    pub fn is_unchecked(&self, type_name: &str, provider: &str) -> bool {
        let has = |p: &str| self.unchecked.contains(&(type_name.to_string(), p.to_string()));
        !self.unchecked.is_empty() && (has(provider) || has(""))
    }

    fn destroying(&self) -> bool {
        self.options.mode == PlanMode::Destroy
    }

    /// True when nothing is to come of the plan but what it says of drift.
    pub fn looking(&self) -> bool {
        self.options.mode == PlanMode::Drift
    }

    fn data(&mut self, instance: Instance) -> Result<Value, Diagnostics> {
        let schema = data::schema(self.provider, &instance)?;
        let asks = self.provider.asks(&instance.address.type_name);
        let pending = asks && !self.destroying() && instance.depends_on.iter().any(|a| self.is_pending(a));
        let (value, deferred) = match data::answer(schema, &instance, &self.snapshot.data, pending) {
            Answer::Known(value) => (value, false),
            Answer::Later(value) => (value, true),
            Answer::Missing(key, value) => {
                self.needs.insert(key);
                (value, true)
            }
        };
        if deferred {
            self.deferred.insert(instance.address.clone());
        }
        let Instance { address, provider, config, depends_on, .. } = instance;
        self.data.push(DataRead { address, schema, provider, value: value.clone(), config, depends_on, deferred });
        Ok(value)
    }

    /// True for what a data source may have to wait for: what is made anew, and data that waits itself.
    fn is_pending(&self, address: &Address) -> bool {
        match address.mode {
            Mode::Data => self.deferred.contains(address),
            Mode::Managed => self
                .by_address
                .get(address)
                .and_then(|i| self.entries.get(*i))
                .is_some_and(|e| matches!(e.change.action, Action::Create | Action::DeleteThenCreate | Action::CreateThenDelete)),
        }
    }

    fn managed(&mut self, instance: Instance) -> Result<Value, Diagnostics> {
        let address = &instance.address;
        self.blocks.insert(address.block(), matches!(address.key, cairn_model::Key::String(_)));
        if *address.type_name == *TERRAFORM_DATA {
            return Ok(self.built_in(instance));
        }
        let schema = schema(self.provider, &instance)?;
        self.wanted.push(Wanted { address: address.clone(), provider: instance.provider.clone(), config: instance.config.clone() });
        self.refuse_unsupported(schema, &instance);
        let plain = instance.config.deep_unmarked();

        if self.is_unchecked(schema.name, &instance.provider) {
            self.left_out.insert(address.clone());
            return Ok(self.unread(schema, &instance));
        }
        self.note_key(schema, &instance, &plain);
        let tag = address.to_tag();
        let place = match self.world.find(schema, &instance.provider, address, &tag, &plain) {
            Match::Found(place) => Some(place),
            Match::Missing if self.destroying() => None,
            Match::Missing => {
                let replaced = self.replaced_dependencies(&instance);
                self.world.find_by_replaced(schema, &plain, &replaced)
            }
            Match::Twice(places) if self.looking() => self.note_twice(schema, &instance, &places),
            Match::Twice(places) => {
                self.refuse_twice(&instance, &places);
                None
            }
            Match::Taken(_) if self.destroying() => None,
            Match::Taken(place) if self.looking() => self.note_absent(&instance, place),
            Match::Taken(place) => {
                self.refuse_taken(&instance, place);
                None
            }
        };
        if let Some(place) = place {
            self.world.claim(place);
        }
        let live = place.and_then(|p| self.world.live(p));
        if self.destroying() {
            return Ok(self.destroy(schema, instance, place, live));
        }
        self.judge(schema, instance, place, live)
    }

    fn judge(
        &mut self,
        schema: &'static Schema,
        mut instance: Instance,
        place: Option<Place>,
        live: Option<&'a Live>,
    ) -> Result<Value, Diagnostics> {
        let subject = Subject { schema, provider_key: &instance.provider, lifecycle: &instance.lifecycle, config: &instance.config };
        let judge = if self.looking() { look } else { evaluate };
        let judged = judge(self.provider, &subject, live.map(|l| &l.value));
        let in_place = match judged {
            Ok(evaluated) => evaluated,
            Err(refusals) => {
                self.refuse(&instance, refusals);
                return Ok(self.unread(schema, &instance));
            }
        };
        let hangs = instance.depends_on.iter().find(|a| self.left_out.contains(*a));
        if let Some(on) = hangs
            && (live.is_none() || in_place.differences.iter().any(|d| !d.drift))
        {
            let reason = format!("{} depends on {on}, whose type could not be read", instance.address);
            self.hanging.insert(Unchecked { type_name: schema.name.into(), provider: instance.provider.clone(), reason });
            self.left_out.insert(instance.address.clone());
            return Ok(if live.is_some() { in_place.reference } else { self.unread(schema, &instance) });
        }

        let moved = live.is_some_and(|l| l.provider != instance.provider);
        let requested = self.options.replace.contains(&instance.address);
        let (action, reason) = match live {
            None => (Action::Create, None),
            Some(_) if in_place.replaces() || moved => (Action::DeleteThenCreate, Some(Reason::ReplaceBecauseCannotUpdate)),
            Some(_) if requested => (Action::DeleteThenCreate, Some(Reason::ReplaceByRequest)),
            Some(_) if in_place.differences.is_empty() => (Action::NoOp, None),
            Some(_) => (Action::Update, None),
        };
        let action = match action {
            Action::DeleteThenCreate if instance.lifecycle.create_before_destroy => Action::CreateThenDelete,
            action => action,
        };
        let Evaluated { before, mut planned, mut reference, mut differences } = in_place;
        for d in &mut differences {
            d.span = instance.spans.get(d.path.root()).cloned();
        }
        if matches!(action, Action::DeleteThenCreate | Action::CreateThenDelete) {
            match evaluate(self.provider, &subject, None) {
                Ok(anew) => (planned, reference) = (anew.planned, anew.reference),
                Err(refusals) => self.refuse(&instance, refusals),
            }
        }
        if action == Action::NoOp {
            planned = before.clone();
        }
        let live_digest = live.map(|l| digest::live(l, Some(&instance.config))).unwrap_or_default();
        let spans = std::mem::take(&mut instance.spans);
        let change =
            Change { action, reason, live: live.cloned(), differences, live_digest, ..Change::idle(schema, instance, before, planned) };
        self.enter(change, reference.clone(), spans, place);
        Ok(reference)
    }

    fn destroy(&mut self, schema: &'static Schema, mut instance: Instance, place: Option<Place>, live: Option<&'a Live>) -> Value {
        let Some(live) = live else {
            let value = self.unread(schema, &instance);
            self.absent.insert(instance.address, instance.depends_on);
            return value;
        };
        let subject = Subject { schema, provider_key: &instance.provider, lifecycle: &instance.lifecycle, config: &instance.config };
        let (before, reference) = match evaluate(self.provider, &subject, Some(&live.value)) {
            Ok(e) => (e.before, e.reference),
            Err(_) => {
                let value = marks::marked(schema, &live.value, Some(&instance.config));
                (value.clone(), value)
            }
        };
        let spans = std::mem::take(&mut instance.spans);
        let change = Change {
            provider: live.provider.clone(),
            action: Action::Delete,
            live_digest: digest::live(live, Some(&instance.config)),
            live: Some(live.clone()),
            ..Change::idle(schema, instance, before, Value::null())
        };
        self.enter(change, reference.clone(), spans, place);
        reference
    }

    fn built_in(&mut self, mut instance: Instance) -> Value {
        let value = terraform_data::value(&self.options.stack, &instance.address, &instance.config);
        if self.destroying() {
            self.absent.insert(instance.address, instance.depends_on);
            return value;
        }
        let spans = std::mem::take(&mut instance.spans);
        let idle = Change::idle(&terraform_data::SCHEMA, instance, value.clone(), value.clone());
        self.enter(Change { provider: "terraform".into(), ..idle }, value.clone(), spans, None);
        value
    }

    fn enter(&mut self, change: Change, reference: Value, spans: BTreeMap<String, Span>, place: Option<Place>) {
        self.by_address.insert(change.address.clone(), self.entries.len());
        self.entries.push(Entry { change, reference, spans, place });
    }

    /// The value of an instance of which only the configuration is known.
    fn unread(&self, schema: &'static Schema, instance: &Instance) -> Value {
        let plain = instance.config.deep_unmarked();
        let mut value = compose(schema, &plain, None);
        if schema.tags {
            let all = super::tags::merged(&self.provider.default_tags(&instance.provider), &super::equal::part(&plain, "tags"));
            value = value.with("tags_all", all);
        }
        marks::marked(schema, &value, Some(&instance.config))
    }

    fn replaced_dependencies(&self, instance: &Instance) -> Vec<Place> {
        let changing = |a: &Address| {
            let entry = self.by_address.get(a).and_then(|i| self.entries.get(*i))?;
            if entry.change.action == Action::NoOp { None } else { entry.place }
        };
        // Instances of blocks that repeat alike belong together: those come first.
        let (alike, others): (Vec<&Address>, Vec<&Address>) = instance.depends_on.iter().partition(|a| a.key == instance.address.key);
        let alike: Vec<Place> = alike.into_iter().filter_map(changing).collect();
        if alike.is_empty() { others.into_iter().filter_map(changing).collect() } else { alike }
    }

    fn note_key(&mut self, schema: &'static Schema, instance: &Instance, plain: &Value) {
        let Some(key) = wanted_key(schema, plain) else { return };
        let other = self.keys.insert((schema.name, instance.provider.clone(), key), instance.address.clone());
        if let Some(other) = other {
            self.diagnostics.push(
                Diagnostic::error(format!("{} and {other} are one resource to AWS", instance.address))
                    .detail(format!("both give {}", key_text(schema, &instance.config)))
                    .at(&instance.span, "declared a second time here")
                    .help("remove one of the two, or let them differ"),
            );
        }
    }

    fn refuse_unsupported(&mut self, schema: &'static Schema, instance: &Instance) {
        if let Some((watched, _)) = instance.lifecycle.replace_triggered_by.first() {
            self.diagnostics.push(
                Diagnostic::error(format!("{}: replace_triggered_by is not supported yet", instance.address))
                    .detail(format!("it names {watched}"))
                    .at(&instance.span, "")
                    .help("take it out; `cairn apply -replace=ADDRESS` replaces a resource once"),
            );
        }
        let tag = instance.address.to_tag();
        if self.provider.facts(schema.name).is_none_or(|f| f.marked) && tag.chars().count() > TAG_VALUE_MAX {
            self.diagnostics.push(
                Diagnostic::error(format!("the address {} is too long for a tag", instance.address))
                    .detail(format!("it takes {} characters in a tag's value, and AWS allows {TAG_VALUE_MAX}", tag.chars().count()))
                    .at(&instance.span, "")
                    .help("shorten the names or the for_each key"),
            );
        }
    }

    fn refuse(&mut self, instance: &Instance, refusals: Vec<Refusal>) {
        for refusal in refusals {
            let span = if refusal.attribute.is_empty() { &instance.span } else { instance.span_of(&Path::name(&refusal.attribute)) };
            self.diagnostics.push(Diagnostic::error(format!("{}: {}", instance.address, refusal.message)).at(span, ""));
        }
    }

    fn refuse_twice(&mut self, instance: &Instance, places: &[Place]) {
        let [Some(a), Some(b), ..] = places.iter().map(|p| self.world.live(*p)).collect::<Vec<_>>()[..] else { return };
        self.diagnostics.push(
            Diagnostic::error(format!("two resources are marked as {}: {} and {}", instance.address, a.id, b.id))
                .detail("nothing is changed while it is open which of them is meant")
                .at(&instance.span, "")
                .help(format!(
                    "remove the tags {} and {} from the one that is not",
                    cairn_model::mark::TAG_STACK,
                    cairn_model::mark::TAG_ADDRESS
                )),
        );
    }

    fn refuse_taken(&mut self, instance: &Instance, place: Place) {
        let Some(live) = self.world.live(place) else { return };
        let help = match &live.owner {
            Owner::Mark(_) => "give it another name, or remove it from the other stack first".to_string(),
            _ => format!("give it another name, or make it the stack's own: cairn import '{}' {}", instance.address, live.id),
        };
        let span = live.schema.keys().find_map(|a| instance.spans.get(a.name)).unwrap_or(&instance.span);
        self.diagnostics.push(
            Diagnostic::error(format!(
                "{}: {} {} exists already and carries no mark of this stack",
                instance.address, live.schema.name, live.id
            ))
            .detail(super::misplaced::whose(live))
            .at(span, "")
            .help(help),
        );
    }
}

/// What tells a resource from others; what is sensitive of it shows as such.
fn key_text(schema: &'static Schema, config: &Value) -> String {
    let parts: Vec<String> = schema
        .keys()
        .filter_map(|a| {
            config
                .get(a.name)
                .filter(|v| !v.is_null())
                .map(|v| if a.sensitive { format!("{} (sensitive)", a.name) } else { format!("{} = {v:?}", a.name) })
        })
        .collect();
    parts.join(", ")
}

impl Resolver for Planner<'_> {
    fn resolve(&mut self, instance: Instance) -> Result<Value, Diagnostics> {
        for depth in 1..=instance.address.module.len() {
            self.modules.insert(instance.address.module.iter().take(depth).cloned().collect());
        }
        match instance.address.mode {
            Mode::Data => self.data(instance),
            Mode::Managed => self.managed(instance),
        }
    }
}
