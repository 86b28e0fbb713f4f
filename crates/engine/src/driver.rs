//! From a configuration to a plan: surveys, reads, plans, and again while data sources open up more.

use crate::event::{Event, Events};
use crate::plan::Plan;
use crate::planning::{PlanMode, PlanOptions, Planned, Surveyed, plan_and_wanted, survey};
use crate::provider::{Failure, Provider, Reading, Survey, Wanted};
use crate::references;
use crate::snapshot::{DataKey, Snapshot};
use cairn_model::instance::Configuration;
use cairn_model::{Address, Diagnostic, Diagnostics, Instance, Mode, Resolver, Span, Type, Value};
use std::collections::HashSet;
use std::fmt;
use std::time::Instant;

/// Why there is no plan.
#[derive(Clone, Debug)]
pub enum PrepareError {
    /// The configuration, or what it asks for, is wrong.
    Diagnostics(Diagnostics),
    /// The live world could not be read at all.
    Read(Failure),
}

impl fmt::Display for PrepareError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PrepareError::Diagnostics(d) => d.fmt(f),
            PrepareError::Read(failure) => failure.fmt(f),
        }
    }
}

impl std::error::Error for PrepareError {}

impl From<Diagnostics> for PrepareError {
    fn from(diagnostics: Diagnostics) -> PrepareError {
        PrepareError::Diagnostics(diagnostics)
    }
}

/// Reads the world and plans.
pub async fn prepare(
    configuration: &dyn Configuration,
    provider: &dyn Provider,
    options: &PlanOptions,
    events: &dyn Events,
) -> Result<Plan, PrepareError> {
    let (mut snapshot, survey) = look(&[Side { configuration, provider }], options, events).await.map_err(|(_, e)| e)?;
    let settling = Settling { survey: Some(survey), others: Vec::new() };
    settle_from(configuration, provider, options, &mut snapshot, settling, events).await
}

/// A configuration that was surveyed: what it asks of the world is known. So the world can be read for several
/// configurations at once before each is planned.
#[derive(Clone, Debug)]
pub struct Asked {
    snapshot: Snapshot,
    survey: Survey,
    errors: Diagnostics,
}

/// Surveys a configuration, and reads the data sources that can be asked before anything else is.
pub async fn ask(side: Side<'_>, options: &PlanOptions) -> Result<Asked, PrepareError> {
    let mut snapshot = Snapshot::default();
    let Surveyed { survey, errors, .. } = surveyed(side, options, &mut snapshot).await?;
    Ok(Asked { snapshot, survey, errors })
}

impl Asked {
    /// What is to be read.
    pub fn survey(&self) -> &Survey {
        &self.survey
    }

    /// Plans on what was read for this survey.
    pub async fn answered(
        self,
        side: Side<'_>,
        options: &PlanOptions,
        reading: Result<Reading, Failure>,
        events: &dyn Events,
    ) -> Result<Plan, PrepareError> {
        let Asked { mut snapshot, survey, errors } = self;
        let reading = match reading {
            Ok(reading) => reading,
            Err(_) if errors.has_errors() => return Err(errors.into()),
            Err(failure) => return Err(PrepareError::Read(failure)),
        };
        snapshot.live = reading.live;
        snapshot.unchecked = reading.unchecked;
        let settling = Settling { survey: Some(survey), others: Vec::new() };
        settle_from(side.configuration, side.provider, options, &mut snapshot, settling, events).await
    }
}

/// A configuration, and the provider that it configures.
#[derive(Clone, Copy)]
pub struct Side<'a> {
    /// The configuration.
    pub configuration: &'a dyn Configuration,
    /// The provider.
    pub provider: &'a dyn Provider,
}

/// Two plans on one reading of the world.
#[derive(Clone, Debug)]
pub struct Both {
    /// Of the configuration that is there.
    pub head: Plan,
    /// Of the one that it is compared with.
    pub base: Plan,
}

/// Why there are not two plans.
#[derive(Clone, Debug)]
pub enum BothError {
    /// The configuration that is there is at fault, or the world can't be read.
    Head(PrepareError),
    /// The one that it is compared with is.
    Base(PrepareError),
}

/// Reads the world once, through the head's provider, and plans two configurations of one stack on it.
pub async fn prepare_both(head: Side<'_>, base: Side<'_>, options: &PlanOptions, events: &dyn Events) -> Result<Both, BothError> {
    let fault = |(side, e)| if side == 0 { BothError::Head(e) } else { BothError::Base(e) };
    let (mut snapshot, survey) = look(&[head, base], options, events).await.map_err(fault)?;
    let others = wanted_by(base, options, &snapshot).map_err(|d| BothError::Base(d.into()))?;
    let settling = Settling { survey: Some(survey), others };
    let planned = settle_from(head.configuration, head.provider, options, &mut snapshot, settling, events);
    let head = planned.await.map_err(BothError::Head)?;
    // Nothing is asked to be replaced by the base.
    let options = PlanOptions { replace: Vec::new(), ..options.clone() };
    let base = settle(base.configuration, base.provider, &options, &mut snapshot, events).await.map_err(BothError::Base)?;
    Ok(Both { head, base })
}

fn wanted_by(side: Side<'_>, options: &PlanOptions, snapshot: &Snapshot) -> Result<Vec<Wanted>, Diagnostics> {
    Ok(survey(side.configuration, side.provider, &options.stack, &snapshot.data)?.survey.wanted)
}

/// Reads what a configuration asks for. Several configurations can be planned on one snapshot.
pub async fn observe(
    configuration: &dyn Configuration,
    provider: &dyn Provider,
    options: &PlanOptions,
    events: &dyn Events,
) -> Result<Snapshot, PrepareError> {
    look(&[Side { configuration, provider }], options, events).await.map(|(snapshot, _)| snapshot).map_err(|(_, e)| e)
}

/// Plans on a snapshot, reading only data sources that it lacks.
pub async fn settle(
    configuration: &dyn Configuration,
    provider: &dyn Provider,
    options: &PlanOptions,
    snapshot: &mut Snapshot,
    events: &dyn Events,
) -> Result<Plan, PrepareError> {
    settle_from(configuration, provider, options, snapshot, Settling::default(), events).await
}

/// A chain of data sources longer than this is no configuration anybody writes.
const ROUNDS: usize = 100;

/// Reads what all sides ask for, through the provider of the first. Fails with the number of the side at fault.
async fn look(sides: &[Side<'_>], options: &PlanOptions, events: &dyn Events) -> Result<(Snapshot, Survey), (usize, PrepareError)> {
    let mut snapshot = Snapshot::default();
    let mut whole = Survey { stack: options.stack.clone(), wanted: Vec::new() };
    let mut errors = Diagnostics::default();
    for (number, side) in sides.iter().enumerate() {
        let surveyed = surveyed(*side, options, &mut snapshot).await.map_err(|e| (number, e))?;
        errors.extend(surveyed.errors);
        add_wanted(&mut whole.wanted, surveyed.survey.wanted);
    }
    let Some(side) = sides.first() else { return Ok((snapshot, whole)) };
    match read(side.provider, &whole, &mut snapshot, events).await {
        Ok(()) => Ok((snapshot, whole)),
        Err(_) if errors.has_errors() => Err((0, errors.into())),
        Err(failure) => Err((0, PrepareError::Read(failure))),
    }
}

/// Surveys a side, and reads the data sources that can be asked before anything else is read. Errors are left that may go
/// away once the world is read.
async fn surveyed(side: Side<'_>, options: &PlanOptions, snapshot: &mut Snapshot) -> Result<Surveyed, PrepareError> {
    let Side { configuration, provider } = side;
    let mut surveyed = survey(configuration, provider, &options.stack, &snapshot.data)?;
    for _ in 0..ROUNDS {
        if surveyed.needs_data.is_empty() {
            break;
        }
        read_data(configuration, provider, options, snapshot, &surveyed.needs_data).await?;
        surveyed = survey(configuration, provider, &options.stack, &snapshot.data)?;
    }
    if surveyed.errors.has_errors() && !hangs_on_unread(&surveyed.errors) {
        return Err(surveyed.errors.into());
    }
    Ok(surveyed)
}

/// Adds what is not there already, word for word.
fn add_wanted(all: &mut Vec<Wanted>, more: Vec<Wanted>) {
    let known: HashSet<Address> = all.iter().map(|w| w.address.clone()).collect();
    let new = |w: &Wanted| {
        !known.contains(&w.address) || !all.iter().any(|a| a.address == w.address && a.provider == w.provider && a.config == w.config)
    };
    let mut new: Vec<Wanted> = more.into_iter().filter(new).collect();
    all.append(&mut new);
}

/// True when errors may go away once the world is read: they speak of what is not known. A wrong
/// guess costs one reading.
fn hangs_on_unread(errors: &Diagnostics) -> bool {
    errors.0.iter().any(|d| {
        let text = format!("{} {} {}", d.summary, d.detail, d.help.as_deref().unwrap_or_default());
        text.contains("known") || text.contains("determined")
    })
}

async fn read(provider: &dyn Provider, survey: &Survey, snapshot: &mut Snapshot, events: &dyn Events) -> Result<(), Failure> {
    let started = Instant::now();
    events.event(Event::ReadStarted);
    let reading = provider.read(survey).await?;
    events.event(Event::ReadDone { resources: reading.live.len(), elapsed: started.elapsed() });
    snapshot.live = reading.live;
    snapshot.unchecked = reading.unchecked;
    Ok(())
}

/// What was read for a plan, and what may be read again.
#[derive(Default)]
struct Settling {
    /// What was asked for; nothing where the snapshot is to be taken as it is.
    survey: Option<Survey>,
    /// What others want that plan on the same snapshot.
    others: Vec<Wanted>,
}

async fn settle_from(
    configuration: &dyn Configuration,
    provider: &dyn Provider,
    options: &PlanOptions,
    snapshot: &mut Snapshot,
    mut settling: Settling,
    events: &dyn Events,
) -> Result<Plan, PrepareError> {
    for _ in 0..ROUNDS {
        let (planned, wanted) = plan_and_wanted(configuration, provider, snapshot, options)?;
        match planned {
            Planned::NeedsData(keys) => read_data(configuration, provider, options, snapshot, &keys).await?,
            Planned::Plan(plan) => {
                let Some(survey) = &mut settling.survey else { return finished(*plan, configuration, provider) };
                let known: HashSet<&Address> = survey.wanted.iter().map(|w| &w.address).collect();
                if wanted.iter().all(|w| known.contains(&w.address)) {
                    return finished(*plan, configuration, provider);
                }
                // Live values opened up instances that had not been looked for: their names may be taken.
                survey.wanted = wanted;
                add_wanted(&mut survey.wanted, settling.others.clone());
                read(provider, survey, snapshot, events).await.map_err(PrepareError::Read)?;
            }
        }
    }
    Err(Diagnostics::from(Diagnostic::error("the configuration never settles: its data sources open up more without end")).into())
}

/// A plan that can't be carried out is none.
fn finished(plan: Plan, configuration: &dyn Configuration, provider: &dyn Provider) -> Result<Plan, PrepareError> {
    match crate::apply::critical_path(&plan, provider) {
        Ok(critical_path) => {
            let relevant = configuration.relevant(&plan.changing());
            Ok(Plan { references: references::of_plan(configuration, &plan), relevant, critical_path, ..plan })
        }
        Err(cycle) => Err(Diagnostics::from(
            Diagnostic::error("the plan can't be put in order")
                .detail(cycle.to_string())
                .help("if one of them is another under a new name, leave it its old name; otherwise make the change in two applies"),
        )
        .into()),
    }
}

async fn read_data(
    configuration: &dyn Configuration,
    provider: &dyn Provider,
    options: &PlanOptions,
    snapshot: &mut Snapshot,
    keys: &[DataKey],
) -> Result<(), PrepareError> {
    let answers = provider.read_data(keys).await;
    let mut failures = Vec::new();
    let mut answers = answers.into_iter();
    for key in keys {
        match answers.next() {
            Some(Ok(value)) => {
                snapshot.data.insert(key.clone(), value);
            }
            // What can't be looked up must not keep a stack from being destroyed.
            Some(Err(_)) | None if options.mode == PlanMode::Destroy => {
                let ty = provider.schemas().data_source(&key.type_name).map_or(Type::Dynamic, |s| s.ty());
                snapshot.data.insert(key.clone(), Value::unknown(ty));
            }
            Some(Err(failure)) => failures.push((key.clone(), failure.to_string())),
            None => failures.push((key.clone(), "no answer came".to_string())),
        }
    }
    if failures.is_empty() {
        return Ok(());
    }
    let places = places_of(configuration, provider, options, snapshot, keys);
    let mut diagnostics = Diagnostics::default();
    for (key, message) in failures {
        let place = places.iter().find(|(k, _, _)| *k == key);
        let name = place.map_or_else(|| format!("data.{}", key.type_name), |(_, address, _)| address.to_string());
        diagnostics.push(Diagnostic::error(format!("{name} can't be read")).detail(message).maybe_at(place.map(|(_, _, span)| span), ""));
    }
    Err(diagnostics.into())
}

/// Where the data sources are declared. Walks the configuration once more, which only a failure costs.
fn places_of(
    configuration: &dyn Configuration,
    provider: &dyn Provider,
    options: &PlanOptions,
    snapshot: &Snapshot,
    keys: &[DataKey],
) -> Vec<(DataKey, Address, Span)> {
    struct Places<'a> {
        planner: crate::planning::Walk<'a>,
        keys: &'a [DataKey],
        found: Vec<(DataKey, Address, Span)>,
    }
    impl Resolver for Places<'_> {
        fn resolve(&mut self, instance: Instance) -> Result<Value, Diagnostics> {
            if instance.address.mode == Mode::Data {
                let key = crate::planning::data_key(&instance);
                if self.keys.contains(&key) {
                    self.found.push((key, instance.address.clone(), instance.span.clone()));
                }
            }
            self.planner.resolve(instance)
        }
    }
    let mut places = Places { planner: crate::planning::Walk::new(provider, snapshot, options), keys, found: Vec::new() };
    let _ = configuration.walk(&mut places);
    places.found
}
