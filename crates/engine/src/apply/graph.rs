//! The steps of a plan and which waits for which.

use crate::plan::{Action, Change, Plan, Reason};
use crate::planning::world::wanted_key;
use crate::provider::Provider;
use crate::snapshot::{Owner, key_of};
use cairn_model::{Address, Kind, Value};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::time::Duration;

/// What a step does. Numbers are places in the plan's changes or data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Task {
    /// Nothing: it stands in the order for others.
    Nothing,
    /// Works out a built-in value.
    Evaluate(usize),
    /// Reads a data source.
    Read(usize),
    /// Makes a resource.
    Create(usize),
    /// Changes a resource.
    Update(usize),
    /// Marks a resource as replaced.
    Depose(usize),
    /// Destroys a resource.
    Delete(usize),
}

impl Task {
    /// The action as events name it; nothing for what no user sees.
    pub fn action(self) -> Option<Action> {
        match self {
            Task::Nothing | Task::Evaluate(_) | Task::Depose(_) => None,
            Task::Read(_) => Some(Action::Read),
            Task::Create(_) => Some(Action::Create),
            Task::Update(_) => Some(Action::Update),
            Task::Delete(_) => Some(Action::Delete),
        }
    }
}

/// One step.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub task: Task,
    pub address: Address,
    /// How long it typically takes.
    pub weight: Duration,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = match self.task {
            Task::Nothing | Task::Evaluate(_) => "passing",
            Task::Read(_) => "reading",
            Task::Create(_) => "creating",
            Task::Update(_) => "updating",
            Task::Depose(_) => "deposing",
            Task::Delete(_) => "destroying",
        };
        write!(f, "{verb} {}", self.address)
    }
}

/// Steps and their order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Graph {
    pub steps: Vec<Step>,
    /// For each step, those that wait for it.
    pub then: Vec<Vec<usize>>,
    /// For each step, those that it waits for.
    pub first: Vec<Vec<usize>>,
    /// For each step, how long the longest way from its start to the end is.
    pub remaining: Vec<Duration>,
}

/// Steps that wait for each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cycle {
    /// The steps, each waiting for the one before it and the first for the last.
    pub steps: Vec<String>,
}

impl fmt::Display for Cycle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("these steps wait for each other: ")?;
        for step in &self.steps {
            write!(f, "{step} -> ")?;
        }
        f.write_str(self.steps.first().map_or("", String::as_str))
    }
}

impl std::error::Error for Cycle {}

/// How sure it is that one step must come before another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Why {
    /// It must.
    Sure,
    /// A value of one live resource is the id of the other.
    Likeness,
    /// The configuration orders what is made so; what is destroyed may have been made by another.
    Declared,
}

struct Builder<'a> {
    plan: &'a Plan,
    provider: &'a dyn Provider,
    steps: Vec<Step>,
    edges: BTreeMap<(usize, usize), Why>,
    up: Vec<Option<usize>>,
    down: Vec<Option<usize>>,
    data: Vec<usize>,
    declared: HashMap<&'a Address, usize>,
    read: HashMap<&'a Address, usize>,
}

impl Graph {
    /// The graph of a plan.
    pub fn build(plan: &Plan, provider: &dyn Provider) -> Result<Graph, Cycle> {
        let mut builder = Builder {
            plan,
            provider,
            steps: Vec::new(),
            edges: BTreeMap::new(),
            up: vec![None; plan.changes.len()],
            down: vec![None; plan.changes.len()],
            data: Vec::new(),
            declared: plan.changes.iter().enumerate().filter(|(_, c)| c.config.is_some()).map(|(i, c)| (&c.address, i)).collect(),
            read: plan.data.iter().enumerate().map(|(i, d)| (&d.address, i)).collect(),
        };
        builder.add_steps();
        builder.order_making();
        if builder.down.iter().any(Option::is_some) {
            builder.order_destroying();
            builder.order_by_live_values();
            builder.order_by_names();
        }
        builder.finish()
    }
}

impl Builder<'_> {
    fn step(&mut self, task: Task, address: &Address, weight: Duration) -> usize {
        self.steps.push(Step { task, address: address.clone(), weight });
        self.steps.len() - 1
    }

    fn edge(&mut self, before: Option<usize>, after: Option<usize>, why: Why) {
        if let (Some(before), Some(after)) = (before, after)
            && before != after
        {
            let kept = self.edges.entry((before, after)).or_insert(why);
            *kept = why.min(*kept);
        }
    }

    fn up_of(&self, change: usize) -> Option<usize> {
        self.up.get(change).copied().flatten()
    }

    fn down_of(&self, change: usize) -> Option<usize> {
        self.down.get(change).copied().flatten()
    }

    /// How long making and destroying one of a type typically takes.
    fn weights(&self, type_name: &str) -> (Duration, Duration) {
        let least = Duration::from_secs(1);
        let typical = self.provider.facts(type_name).map(|f| f.typical);
        typical.map_or((least, least), |t| (t.create.max(least), t.delete.max(least)))
    }

    fn add_steps(&mut self) {
        let plan = self.plan;
        for (i, change) in plan.changes.iter().enumerate() {
            let (create, delete) = self.weights(change.schema.name);
            let address = &change.address;
            let built_in = change.schema.name == crate::terraform_data::TERRAFORM_DATA;
            let (mut up, mut down) = (None, None);
            match change.action {
                Action::NoOp | Action::Read if built_in => up = Some(self.step(Task::Evaluate(i), address, Duration::ZERO)),
                Action::NoOp | Action::Read => up = Some(self.step(Task::Nothing, address, Duration::ZERO)),
                Action::Create => up = Some(self.step(Task::Create(i), address, create)),
                Action::Update => {
                    // New tags alone take less than what the type's changes usually take.
                    let planned = Duration::from_secs(change.impact.seconds.max(1));
                    up = Some(self.step(Task::Update(i), address, planned));
                }
                Action::Delete => down = Some(self.step(Task::Delete(i), address, delete)),
                Action::DeleteThenCreate => {
                    down = Some(self.step(Task::Delete(i), address, delete));
                    up = Some(self.step(Task::Create(i), address, create));
                    self.edge(down, up, Why::Sure);
                }
                Action::CreateThenDelete => {
                    // Only what carries a mark can be told from its replacement by it.
                    let marked = change.live.as_ref().is_some_and(|l| matches!(l.owner, Owner::Mark(_)));
                    let depose = marked.then(|| self.step(Task::Depose(i), address, Duration::ZERO));
                    up = Some(self.step(Task::Create(i), address, create));
                    down = Some(self.step(Task::Delete(i), address, delete));
                    self.edge(depose, up, Why::Sure);
                    self.edge(up, down, Why::Sure);
                }
            }
            if let (Some(u), Some(d)) = (self.up.get_mut(i), self.down.get_mut(i)) {
                (*u, *d) = (up, down);
            }
        }
        for (i, data) in plan.data.iter().enumerate() {
            let step = match data.deferred {
                true => self.step(Task::Read(i), &data.address, Duration::from_secs(1)),
                false => self.step(Task::Nothing, &data.address, Duration::ZERO),
            };
            self.data.push(step);
        }
    }

    /// What is made or changed comes after what it depends on.
    fn order_making(&mut self) {
        let plan = self.plan;
        for (i, change) in plan.changes.iter().enumerate() {
            for on in &change.depends_on {
                self.edge(self.making(on), self.up_of(i), Why::Sure);
            }
        }
        for (i, data) in plan.data.iter().enumerate() {
            for on in &data.depends_on {
                self.edge(self.making(on), self.data.get(i).copied(), Why::Sure);
            }
        }
    }

    fn making(&self, address: &Address) -> Option<usize> {
        match self.declared.get(address) {
            Some(i) => self.up_of(*i),
            None => self.read.get(address).and_then(|i| self.data.get(*i).copied()),
        }
    }

    /// What is destroyed comes after the destruction of what depends on it, and after the change of
    /// what no longer does. Through what stays as it is, the order reaches to what is behind.
    fn order_destroying(&mut self) {
        let plan = self.plan;
        let depends: Vec<(&Address, &BTreeSet<Address>, Option<usize>)> = plan
            .changes
            .iter()
            .enumerate()
            .filter(|(_, c)| c.config.is_some())
            .map(|(i, c)| (&c.address, &c.depends_on, Some(i)))
            .chain(plan.data.iter().map(|d| (&d.address, &d.depends_on, None)))
            .collect();
        // For what is not destroyed itself: one step that passes on "who hung on this is destroyed",
        // and one that passes on "who hung on this is changed".
        let mut destroyed: HashMap<&Address, usize> = HashMap::new();
        let mut changed: HashMap<&Address, usize> = HashMap::new();
        for (address, _, i) in &depends {
            if i.and_then(|i| self.down_of(i)).is_none() {
                let step = self.step(Task::Nothing, address, Duration::ZERO);
                destroyed.insert(*address, step);
                let step = self.step(Task::Nothing, address, Duration::ZERO);
                changed.insert(*address, step);
            }
        }
        for (address, depends_on, i) in &depends {
            let own = i.and_then(|i| self.down_of(i));
            let update = i.and_then(|i| plan.changes.get(i).filter(|c| c.action == Action::Update).and(self.up_of(i)));
            for on in depends_on.iter() {
                let behind = self.declared.get(on).copied();
                let down = behind.and_then(|b| self.down_of(b));
                // Destroyed first and made again, it can't wait for those that are changed to use the new one.
                let first = behind.and_then(|b| plan.changes.get(b)).is_some_and(|c| c.action == Action::DeleteThenCreate);
                self.edge(own.or(destroyed.get(address).copied()), down.or(destroyed.get(on).copied()), Why::Declared);
                if !first {
                    let next = down.or(changed.get(on).copied());
                    self.edge(update, next, Why::Declared);
                    self.edge(changed.get(address).copied(), next, Why::Declared);
                }
            }
        }
    }

    /// What AWS has says who hangs on whom, where no block says it.
    fn order_by_live_values(&mut self) {
        let plan = self.plan;
        let mut by_text: HashMap<&str, Vec<usize>> = HashMap::new();
        let mut by_id: HashMap<(&str, &str), Vec<usize>> = HashMap::new();
        for (i, change) in plan.changes.iter().enumerate() {
            if let (Some(live), Some(_)) = (&change.live, self.down_of(i)) {
                by_id.entry((live.schema.name, &live.id)).or_default().push(i);
                let arn = live.value.get_str("arn").filter(|a| !a.is_empty() && *a != live.id);
                for text in [Some(live.id.as_str()), arn].into_iter().flatten() {
                    by_text.entry(text).or_default().push(i);
                }
            }
        }
        let none = Vec::new();
        let mut by_name: HashMap<(&str, &str), HashMap<&str, Vec<usize>>> = HashMap::new();
        for (j, change) in plan.changes.iter().enumerate() {
            let Some(live) = &change.live else { continue };
            if self.down_of(j).is_none() && change.action != Action::Update {
                continue;
            }
            if let Owner::Child { parent_type, parent_id } = &live.owner {
                for i in by_id.get(&(*parent_type, parent_id.as_str())).unwrap_or(&none) {
                    self.hangs(j, *i, Why::Sure);
                }
            }
            let facts = self.provider.facts(live.schema.name);
            for parent in facts.iter().flat_map(|f| f.parents) {
                let Some(text) = live.value.get_str(parent.attribute) else { continue };
                let named = by_name.entry((parent.type_name, parent.names)).or_insert_with(|| {
                    let mut named: HashMap<&str, Vec<usize>> = HashMap::new();
                    for (i, other) in plan.changes.iter().enumerate().filter(|(_, c)| c.schema.name == parent.type_name) {
                        if let Some(name) = other.live.as_ref().and_then(|l| l.value.get_str(parent.names)) {
                            named.entry(name).or_default().push(i);
                        }
                    }
                    named
                });
                for i in named.get(text).unwrap_or(&none).clone() {
                    self.hangs(j, i, Why::Sure);
                }
            }
            for text in settable_texts(change) {
                for i in by_text.get(text.as_str()).unwrap_or(&none) {
                    // Settings of one thing often share its id: that tells nothing of who hangs on whom.
                    if plan.changes.get(*i).and_then(|c| c.live.as_ref()).is_some_and(|l| l.id != live.id) {
                        self.hangs(j, *i, Why::Likeness);
                    }
                }
            }
        }
    }

    /// The live `j` hangs on the live `i`.
    fn hangs(&mut self, j: usize, i: usize, why: Why) {
        let (Some(a), Some(b)) = (self.plan.changes.get(j), self.plan.changes.get(i)) else { return };
        if i == j {
            return;
        }
        self.edge(self.down_of(j), self.down_of(i), why);
        if a.action == Action::Update && matches!(b.action, Action::Delete | Action::CreateThenDelete) {
            self.edge(self.up_of(j), self.down_of(i), Why::Sure);
        }
    }

    /// A name must be free before it is taken again.
    fn order_by_names(&mut self) {
        let plan = self.plan;
        let mut leaving: HashMap<(&str, &str, Vec<Value>), usize> = HashMap::new();
        for (i, change) in plan.changes.iter().enumerate().filter(|(_, c)| c.action == Action::Delete) {
            if let Some(live) = &change.live
                && let Some(key) = key_of(live.schema, &live.value)
            {
                leaving.insert((live.schema.name, &live.provider, key), i);
            }
        }
        if leaving.is_empty() {
            return;
        }
        for (i, change) in plan.changes.iter().enumerate() {
            if !matches!(change.action, Action::Create | Action::DeleteThenCreate | Action::CreateThenDelete) {
                continue;
            }
            let Some(key) = change.config.as_ref().and_then(|c| wanted_key(change.schema, &c.deep_unmarked())) else { continue };
            if let Some(old) = leaving.get(&(change.schema.name, change.provider.as_str(), key)) {
                self.edge(self.down_of(*old), self.up_of(i), Why::Sure);
            }
        }
    }

    fn finish(mut self) -> Result<Graph, Cycle> {
        let mut order = self.sorted();
        // Where the order is not sure it gives way: a destruction that comes too early is refused, and
        // tried again.
        for guesses in [&[Why::Declared][..], &[Why::Likeness], &[Why::Declared, Why::Likeness]] {
            if order.len() == self.steps.len() {
                break;
            }
            let all = self.edges.clone();
            self.leave_out(&order, guesses);
            let without = self.sorted();
            if without.len() == self.steps.len() || guesses.len() > 1 {
                order = without;
            } else {
                self.edges = all;
            }
        }
        if order.len() < self.steps.len() {
            return Err(self.explain(&order));
        }
        let mut graph = Graph {
            then: vec![Vec::new(); self.steps.len()],
            first: vec![Vec::new(); self.steps.len()],
            remaining: vec![Duration::ZERO; self.steps.len()],
            steps: self.steps,
        };
        for (before, after) in self.edges.into_keys() {
            if let (Some(then), Some(first)) = (graph.then.get_mut(before), graph.first.get_mut(after)) {
                then.push(after);
                first.push(before);
            }
        }
        for step in order.into_iter().rev() {
            let longest =
                graph.then.get(step).into_iter().flatten().filter_map(|t| graph.remaining.get(*t)).max().copied().unwrap_or_default();
            if let (Some(remaining), Some(s)) = (graph.remaining.get_mut(step), graph.steps.get(step)) {
                *remaining = longest + s.weight;
            }
        }
        Ok(graph)
    }

    /// The steps in an order that respects the edges; those of cycles, and behind them, are missing.
    fn sorted(&self) -> Vec<usize> {
        let mut waits = vec![0usize; self.steps.len()];
        let mut then: Vec<Vec<usize>> = vec![Vec::new(); self.steps.len()];
        for (before, after) in self.edges.keys() {
            if let (Some(w), Some(t)) = (waits.get_mut(*after), then.get_mut(*before)) {
                *w += 1;
                t.push(*after);
            }
        }
        let mut order: Vec<usize> = waits.iter().enumerate().filter(|(_, w)| **w == 0).map(|(i, _)| i).collect();
        let mut at = 0;
        while let Some(step) = order.get(at).copied() {
            at += 1;
            for next in then.get(step).into_iter().flatten() {
                if let Some(w) = waits.get_mut(*next) {
                    *w -= 1;
                    if *w == 0 {
                        order.push(*next);
                    }
                }
            }
        }
        order
    }

    /// Takes the guesses out of cycles.
    fn leave_out(&mut self, sorted: &[usize], guesses: &[Why]) {
        let fine: BTreeSet<usize> = sorted.iter().copied().collect();
        let mut graph = petgraph::graph::DiGraph::<usize, ()>::new();
        let nodes: HashMap<usize, _> = (0..self.steps.len()).filter(|s| !fine.contains(s)).map(|s| (s, graph.add_node(s))).collect();
        for (before, after) in self.edges.keys() {
            if let (Some(b), Some(a)) = (nodes.get(before), nodes.get(after)) {
                graph.add_edge(*b, *a, ());
            }
        }
        let mut component = HashMap::new();
        for (number, members) in petgraph::algo::tarjan_scc(&graph).into_iter().enumerate() {
            for member in members {
                if let Some(step) = graph.node_weight(member) {
                    component.insert(*step, number);
                }
            }
        }
        self.edges.retain(|(before, after), why| {
            !(guesses.contains(why) && component.contains_key(before) && component.get(before) == component.get(after))
        });
    }

    fn explain(&self, sorted: &[usize]) -> Cycle {
        let fine: BTreeSet<usize> = sorted.iter().copied().collect();
        let mut first: BTreeMap<usize, usize> = BTreeMap::new();
        for (before, after) in self.edges.keys().filter(|(b, a)| !fine.contains(b) && !fine.contains(a)) {
            first.entry(*after).or_insert(*before);
        }
        // Each of these waits for another one of them: going back for ever comes round.
        let mut way = Vec::new();
        let mut at = first.keys().next().copied();
        while let Some(step) = at {
            if let Some(start) = way.iter().position(|s| *s == step) {
                way.drain(..start);
                break;
            }
            way.push(step);
            at = first.get(&step).copied();
        }
        way.reverse();
        Cycle {
            steps: way.iter().filter_map(|s| self.steps.get(*s)).filter(|s| s.task != Task::Nothing).map(ToString::to_string).collect(),
        }
    }
}

/// What something is called and tagged tells nothing of what it hangs on: a launch template and its group may share a name.
const OWN_WORDS: &[&str] = &["name", "name_prefix", "description", "tags", "tags_all", "tag", "tag_specifications"];

/// Every text in the arguments of a live resource that may name another.
fn settable_texts(change: &Change) -> Vec<String> {
    fn texts(value: &Value, out: &mut Vec<String>) {
        match value.kind() {
            Kind::String(s) if !s.is_empty() => out.push(s.to_string()),
            _ => value.children().for_each(|v| texts(v, out)),
        }
    }
    let mut out = Vec::new();
    let Some(live) = &change.live else { return out };
    let settable = live.schema.attributes().filter(|a| a.required || a.optional).map(|a| a.name);
    let names = settable.chain(live.schema.block.blocks.iter().map(|b| b.name));
    for name in names.filter(|n| !OWN_WORDS.contains(n)) {
        if let Some(value) = live.value.get(name) {
            texts(value, &mut out);
        }
    }
    out.sort();
    out.dedup();
    out
}

/// How many live resources a plan knows at the address of a change that are not gone when its
/// replacement is made.
pub(crate) fn generation(plan: &Plan, change: &Change) -> u32 {
    let there = plan.changes.iter().filter(|c| {
        c.address == change.address
            && (c.reason == Some(Reason::DeleteBecauseDeposed) || (c.action == Action::CreateThenDelete && c.live.is_some()))
    });
    u32::try_from(there.count()).unwrap_or(u32::MAX)
}
