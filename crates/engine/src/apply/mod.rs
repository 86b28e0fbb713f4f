//! Applying: what the plan says, in the order that the resources demand, or a refusal.

mod backoff;
mod graph;
mod scheduler;
mod step;

pub use backoff::{Backoff, pause_after};
pub use graph::Cycle;

use crate::event::{Event, Events};
use crate::plan::{Action, Change, Leg, Plan};
use crate::planning::{evaluate, marks};
use crate::provider::{Others, Provider};
use crate::snapshot::DataKey;
use crate::terraform_data;
use cairn_model::instance::{Configuration, Output, Values};
use cairn_model::{Address, Diagnostics, Value};
use graph::{Graph, Task, generation};
use scheduler::{Started, Work};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};
use step::{Context, Outcome};
use tokio::sync::watch;

/// How far a run was asked to stop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stop {
    /// Not at all.
    #[default]
    Run,
    /// Start nothing new and finish what is in flight.
    Drain,
    /// Drop what is in flight.
    Abort,
}

/// How to apply.
#[derive(Clone, Debug)]
pub struct ApplyOptions {
    /// How many steps run at a time.
    pub parallelism: usize,
    /// Asks the run to stop.
    pub stop: watch::Receiver<Stop>,
    /// How long to wait between tries.
    pub backoff: Backoff,
}

impl ApplyOptions {
    /// Ten steps at a time, as Terraform has it.
    pub fn new(stop: watch::Receiver<Stop>) -> ApplyOptions {
        ApplyOptions { parallelism: 10, stop, backoff: Backoff::default() }
    }
}

/// What an apply came to.
#[derive(Clone, Debug, Default)]
pub struct Applied {
    /// How many were made.
    pub added: usize,
    /// How many were changed in place.
    pub changed: usize,
    /// How many were destroyed.
    pub destroyed: usize,
    /// What failed, and why.
    pub failed: Vec<(Address, String)>,
    /// What was not tried, and because of what.
    pub skipped: Vec<(Address, String)>,
    /// What was not reached when the run was asked to stop.
    pub remaining: Vec<Address>,
    /// The root outputs.
    pub outputs: BTreeMap<String, Output>,
    /// Outputs that could not be evaluated.
    pub output_errors: Diagnostics,
}

impl Applied {
    /// True when everything was done.
    pub fn is_complete(&self) -> bool {
        self.failed.is_empty() && self.skipped.is_empty() && self.remaining.is_empty() && !self.output_errors.has_errors()
    }
}

/// The longest way through a plan, or why it can't be put in order.
pub fn critical_path(plan: &Plan, provider: &dyn Provider) -> Result<Vec<Leg>, Cycle> {
    let graph = Graph::build(plan, provider)?;
    let longest = |steps: &mut dyn Iterator<Item = usize>| {
        steps.max_by_key(|s| (graph.remaining.get(*s).copied().unwrap_or_default(), std::cmp::Reverse(*s)))
    };
    let mut path = Vec::new();
    let mut at = longest(&mut (0..graph.steps.len()));
    while let Some(step) = at.and_then(|s| graph.steps.get(s).map(|step| (s, step))) {
        let (number, step) = step;
        if let Some(action) = step.task.action() {
            path.push(Leg { address: step.address.clone(), action, typical: step.weight });
        }
        at = longest(&mut graph.then.get(number).into_iter().flatten().copied());
    }
    Ok(path)
}

/// Applies a plan.
pub async fn apply(
    plan: &Plan,
    configuration: Arc<dyn Configuration>,
    provider: Arc<dyn Provider>,
    options: ApplyOptions,
    events: Arc<dyn Events>,
) -> Applied {
    let graph = match Graph::build(plan, provider.as_ref()) {
        Ok(graph) => graph,
        Err(cycle) => {
            let changing = plan.changes.iter().filter(|c| c.action != Action::NoOp).map(|c| c.address.clone());
            return Applied { failed: changing.map(|a| (a, cycle.to_string())).collect(), ..Applied::default() };
        }
    };
    let context = Context {
        provider: provider.as_ref(),
        events: events.as_ref(),
        backoff: &options.backoff,
        stack: &plan.stack,
        others: Others(&plan.changes),
    };
    let mut runner = Runner {
        plan,
        graph: &graph,
        configuration: configuration.as_ref(),
        context,
        values: initial(plan),
        started: HashMap::new(),
        told: HashSet::new(),
        applied: Applied::default(),
    };
    runner.say_blocked();
    let left = scheduler::run(&graph, options.parallelism, options.stop.clone(), &mut runner).await;
    for step in left.interrupted {
        runner.fail(step, "interrupted; the next run finds out how far it got".to_string());
    }
    for step in left.waiting {
        runner.leave(step);
    }
    let Runner { mut applied, values, .. } = runner;
    if !plan.destroy {
        match configuration.outputs(&Known(&values)) {
            Ok(outputs) => applied.outputs = outputs,
            Err(errors) => applied.output_errors = errors,
        }
    }
    applied
}

/// What is known before anything is done.
fn initial(plan: &Plan) -> HashMap<Address, Value> {
    let unchanged = plan.changes.iter().filter(|c| c.action == Action::NoOp);
    let changes = unchanged.filter_map(|c| Some((c.address.clone(), evaluate::unchanged(c.schema, &c.after, c.config.as_ref()?))));
    let data = plan.data.iter().filter(|d| !d.deferred).map(|d| (d.address.clone(), d.value.clone()));
    changes.chain(data).collect()
}

struct Known<'a>(&'a HashMap<Address, Value>);

impl Values for Known<'_> {
    fn value(&self, address: &Address) -> Option<Value> {
        self.0.get(address).cloned()
    }
}

struct Runner<'a> {
    plan: &'a Plan,
    graph: &'a Graph,
    configuration: &'a dyn Configuration,
    context: Context<'a>,
    values: HashMap<Address, Value>,
    started: HashMap<usize, Instant>,
    /// Addresses already listed as failed, skipped or left.
    told: HashSet<Address>,
    applied: Applied,
}

impl<'a> Runner<'a> {
    fn task(&self, step: usize) -> Task {
        self.graph.steps.get(step).map_or(Task::Nothing, |s| s.task)
    }

    fn address(&self, step: usize) -> Option<&'a Address> {
        self.graph.steps.get(step).map(|s| &s.address)
    }

    /// Says which changes wait for which, before anything starts.
    fn say_blocked(&self) {
        for (step, first) in self.graph.first.iter().enumerate() {
            let (Some(_), Some(address)) = (self.task(step).action(), self.address(step)) else { continue };
            let mut by: Vec<Address> =
                first.iter().filter(|f| self.task(**f).action().is_some()).filter_map(|f| self.address(*f)).cloned().collect();
            by.sort();
            by.dedup();
            if !by.is_empty() {
                self.context.events.event(Event::Blocked { address: address.clone(), by });
            }
        }
    }

    /// The arguments of an instance as they are by now: all known, and where the plan knew them, the same.
    fn config(&self, address: &Address, planned: Option<&Value>) -> Result<Value, String> {
        let config = self.configuration.instance(address, &Known(&self.values)).map_err(|d| d.to_string())?;
        if let Some(path) = planned.and_then(|p| evaluate::contradiction(p, &config)) {
            return Err(format!("the configuration gives another {path} than when the plan was made; plan again"));
        }
        if !config.is_wholly_known() {
            let unknown: Vec<&str> =
                config.entries().into_iter().flatten().filter(|(_, v)| !v.is_wholly_known()).map(|(k, _)| k.as_str()).collect();
            return Err(format!("still not known: {}", unknown.join(", ")));
        }
        Ok(config)
    }

    fn change(&self, at: usize) -> Result<&'a Change, String> {
        self.plan.changes.get(at).ok_or_else(|| "no such change".to_string())
    }

    fn begin(&mut self, step: usize) -> Result<Started<'a, Result<Outcome, String>>, String> {
        let context = self.context;
        Ok(match self.task(step) {
            Task::Nothing => Started::Done(true),
            Task::Evaluate(at) => {
                let change = self.change(at)?;
                let config = self.config(&change.address, change.config.as_ref())?;
                let value = terraform_data::value(&self.plan.stack, &change.address, &config);
                self.values.insert(change.address.clone(), value);
                Started::Done(true)
            }
            Task::Read(at) => {
                let data = self.plan.data.get(at).ok_or("no such data source")?;
                let config = self.config(&data.address, Some(&data.config))?;
                Started::Running(Box::pin(async move {
                    let key = DataKey {
                        provider: data.provider.clone(),
                        type_name: data.address.type_name.to_string(),
                        config: config.deep_unmarked(),
                    };
                    let answer = context.provider.read_data(std::slice::from_ref(&key)).await.into_iter().next();
                    let value = answer.ok_or("no answer came")?.map_err(|f| f.to_string())?;
                    let value = marks::marked(data.schema, &value, Some(&config));
                    let id = value.get_str("id").unwrap_or_default().to_string();
                    Ok(Outcome { id, value: Some(value), changed: false })
                }))
            }
            Task::Create(at) => {
                let change = self.change(at)?;
                let config = self.config(&change.address, change.config.as_ref())?;
                let generation = generation(self.plan, change);
                Started::Running(Box::pin(async move { step::create(context, change, config, generation).await }))
            }
            Task::Update(at) => {
                let change = self.change(at)?;
                let config = self.config(&change.address, change.config.as_ref())?;
                Started::Running(Box::pin(async move { step::update(context, change, config).await }))
            }
            Task::Depose(at) => {
                let change = self.change(at)?;
                Started::Running(Box::pin(async move { step::depose(context, change).await }))
            }
            Task::Delete(at) => {
                let change = self.change(at)?;
                Started::Running(Box::pin(async move { step::delete(context, change).await }))
            }
        })
    }

    fn elapsed(&self, step: usize) -> Duration {
        self.started.get(&step).map(Instant::elapsed).unwrap_or_default()
    }

    fn fail(&mut self, step: usize, message: String) {
        let Some(address) = self.address(step) else { return };
        let action = self.task(step).action().unwrap_or(Action::Update);
        self.context.events.event(Event::Failed {
            address: address.clone(),
            action,
            message: message.clone(),
            elapsed: self.elapsed(step),
        });
        self.told.insert(address.clone());
        self.applied.failed.push((address.clone(), message));
    }

    fn leave(&mut self, step: usize) {
        if let (Some(address), Some(action)) = (self.address(step), self.task(step).action()) {
            let because = "the run was asked to stop".to_string();
            self.context.events.event(Event::Skipped { address: address.clone(), action, because });
            if self.told.insert(address.clone()) {
                self.applied.remaining.push(address.clone());
            }
        }
    }
}

impl<'a> Work<'a> for Runner<'a> {
    type Output = Result<Outcome, String>;

    fn start(&mut self, step: usize) -> Started<'a, Self::Output> {
        self.started.insert(step, Instant::now());
        if let (Some(address), Some(action)) = (self.address(step), self.task(step).action()) {
            let at = match self.task(step) {
                Task::Update(at) | Task::Delete(at) => self.plan.changes.get(at),
                _ => None,
            };
            let id = at.and_then(|c| c.live.as_ref()).map(|l| l.id.clone());
            self.context.events.event(Event::Started { address: address.clone(), action, id });
        }
        match self.begin(step) {
            Ok(started) => started,
            Err(message) => {
                self.fail(step, message);
                Started::Done(false)
            }
        }
    }

    fn done(&mut self, step: usize, output: Result<Outcome, String>) -> bool {
        let outcome = match output {
            Ok(outcome) => outcome,
            Err(message) => {
                self.fail(step, message);
                return false;
            }
        };
        let Some(address) = self.address(step) else { return true };
        let task = self.task(step);
        match task {
            Task::Create(_) => self.applied.added += 1,
            Task::Update(_) if outcome.changed => self.applied.changed += 1,
            Task::Delete(_) => self.applied.destroyed += 1,
            _ => {}
        }
        if let Some(value) = outcome.value {
            self.values.insert(address.clone(), value);
        }
        if let Some(action) = task.action() {
            self.context.events.event(Event::Done { address: address.clone(), action, id: outcome.id, elapsed: self.elapsed(step) });
        }
        true
    }

    fn skip(&mut self, step: usize, because: usize) {
        let (Some(address), Some(action)) = (self.address(step), self.task(step).action()) else { return };
        let because = self.address(because).map_or_else(String::new, |a| format!("{a} failed"));
        self.context.events.event(Event::Skipped { address: address.clone(), action, because: because.clone() });
        if self.told.insert(address.clone()) {
            self.applied.skipped.push((address.clone(), because));
        }
    }
}

#[cfg(test)]
mod tests;
