//! What a step does: looks again at what it is about to change, works out what it should be by now,
//! and makes the call.

use super::backoff::{Backoff, Tries};
use crate::digest::covered;
use crate::event::{Event, Events, Waiting};
use crate::plan::{Action, Change};
use crate::planning::differ::differences;
use crate::planning::evaluate::{Subject, evaluate, published};
use crate::provider::{Create, Delete, Failure, FailureKind, Others, Provider, Update};
use crate::snapshot::Live;
use cairn_model::{Address, Mark, StackId, Value};
use std::time::Duration;

/// What every step needs.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    pub provider: &'a dyn Provider,
    pub events: &'a dyn Events,
    pub backoff: &'a Backoff,
    pub stack: &'a StackId,
    /// What else is planned.
    pub others: Others<'a>,
}

/// What a step came to.
pub(crate) struct Outcome {
    /// The resource's id.
    pub id: String,
    /// What the rest of the configuration sees of it from now on.
    pub value: Option<Value>,
    /// AWS was changed.
    pub changed: bool,
}

/// Times that a create whose reply was lost is made.
const CREATES: usize = 3;

struct Waits<'a> {
    events: &'a dyn Events,
    address: &'a Address,
}

impl Waiting for Waits<'_> {
    fn waiting(&self, what: &str) {
        self.events.event(Event::Waiting { address: self.address.clone(), what: what.to_string() });
    }
}

/// The longest that a step may take, from the `timeouts` of the configuration.
fn deadline(config: Option<&Value>, step: &str) -> Option<Duration> {
    let timeouts = config?.get("timeouts")?;
    let timeouts = timeouts.elements().map_or(Some(timeouts), <[Value]>::first)?;
    duration(timeouts.get_str(step)?)
}

/// A duration such as `1h30m` or `45s`.
fn duration(text: &str) -> Option<Duration> {
    let mut total = 0u64;
    let mut digits = String::new();
    for c in text.chars() {
        if c.is_ascii_digit() {
            digits.push(c);
            continue;
        }
        let unit = match c {
            'h' => 3600,
            'm' => 60,
            's' => 1,
            _ => return None,
        };
        total = total.checked_add(digits.parse::<u64>().ok()?.checked_mul(unit)?)?;
        digits.clear();
    }
    (digits.is_empty() && total > 0).then(|| Duration::from_secs(total))
}

fn subject<'v>(change: &'v Change, config: &'v Value) -> Subject<'v> {
    Subject { schema: change.schema, provider_key: &change.provider, lifecycle: &change.lifecycle, config }
}

fn refused(refusals: Vec<crate::provider::Refusal>) -> String {
    refusals.into_iter().map(|r| r.message).collect::<Vec<_>>().join("; ")
}

/// Makes a resource.
pub(crate) async fn create(context: Context<'_>, change: &Change, config: Value, generation: u32) -> Result<Outcome, String> {
    let subject = subject(change, &config);
    let want = evaluate(context.provider, &subject, None).map_err(refused)?.planned;
    let waits = Waits { events: context.events, address: &change.address };
    let mut create = Create {
        schema: change.schema,
        provider: &change.provider,
        mark: Mark::new(context.stack, &change.address),
        want: &want,
        generation,
        others: context.others,
        deadline: deadline(Some(&config), "create"),
        waiting: &waits,
    };
    let mut made = make(context, &create, &subject).await;
    if change.action == Action::CreateThenDelete {
        // Which of the names made up by Cairn the old one has can't be seen from here.
        for other in (0..=generation.saturating_add(1)).filter(|g| *g != generation) {
            if !made.as_ref().is_err_and(|f| f.kind == FailureKind::AlreadyExists) {
                break;
            }
            create.generation = other;
            made = make(context, &create, &subject).await;
        }
    }
    let live = made.map_err(|f| f.to_string())?;
    Ok(Outcome { id: live.id.clone(), value: Some(published(context.provider, &subject, &live.value)), changed: true })
}

async fn make(context: Context<'_>, create: &Create<'_>, subject: &Subject<'_>) -> Result<Live, Failure> {
    let mut tries = Tries::new(context.backoff);
    let mut creates = 0;
    loop {
        let failure = match context.provider.create(create).await {
            Ok(live) => return Ok(live),
            Err(failure) => failure,
        };
        match failure.kind {
            FailureKind::ReplyLost => {
                creates += 1;
                // Whether it was made decides what is next: never a second one on a guess.
                if let Some(live) = find(context, create).await? {
                    return complete(context, create, subject, live).await;
                }
                if creates >= CREATES {
                    return Err(failure);
                }
            }
            _ if tries.after(&failure, create.deadline).await => {}
            _ => return Err(failure),
        }
    }
}

async fn find(context: Context<'_>, create: &Create<'_>) -> Result<Option<Live>, Failure> {
    let mut tries = Tries::new(context.backoff);
    let mut lost = 0;
    loop {
        match context.provider.find(create).await {
            Ok(found) => return Ok(found),
            Err(f) if f.kind == FailureKind::ReplyLost && lost < CREATES => lost += 1,
            Err(f) if tries.after(&f, create.deadline).await => {}
            Err(f) => return Err(f),
        }
    }
}

/// What a lost create has made may lack what its later calls would have added.
async fn complete(context: Context<'_>, create: &Create<'_>, subject: &Subject<'_>, live: Live) -> Result<Live, Failure> {
    let judged = evaluate(context.provider, subject, Some(&live.value));
    let Ok(judged) = judged else { return Ok(live) };
    if judged.differences.is_empty() || judged.replaces() {
        return Ok(live);
    }
    let update = Update {
        live: &live,
        mark: create.mark.clone(),
        want: &judged.planned,
        others: create.others,
        deadline: create.deadline,
        waiting: create.waiting,
    };
    change_in_place(context, &update, subject).await
}

/// Changes a resource in place.
pub(crate) async fn update(context: Context<'_>, change: &Change, config: Value) -> Result<Outcome, String> {
    let subject = subject(change, &config);
    let Some(live) = look_again(context, change).await? else {
        return Err("it was deleted since the plan was made; plan again".to_string());
    };
    let judged = evaluate(context.provider, &subject, Some(&live.value)).map_err(refused)?;
    if judged.differences.is_empty() {
        // What was unknown turned out to be what is there, or another step of the run has made it so.
        let changed = change.live.as_ref().is_some_and(|was| differ(change, was, &live));
        return Ok(Outcome { id: live.id.clone(), value: Some(judged.reference), changed });
    }
    if judged.replaces() {
        let paths: Vec<String> = judged.differences.iter().filter(|d| d.force_new).map(|d| d.path.to_string()).collect();
        return Err(format!("it must be replaced by now, which the plan does not say ({}); plan again", paths.join(", ")));
    }
    let waits = Waits { events: context.events, address: &change.address };
    let update = Update {
        live: &live,
        mark: Mark::new(context.stack, &change.address),
        want: &judged.planned,
        others: context.others,
        deadline: deadline(Some(&config), "update"),
        waiting: &waits,
    };
    let live = change_in_place(context, &update, &subject).await.map_err(|f| f.to_string())?;
    Ok(Outcome { id: live.id.clone(), value: Some(published(context.provider, &subject, &live.value)), changed: true })
}

async fn change_in_place(context: Context<'_>, update: &Update<'_>, subject: &Subject<'_>) -> Result<Live, Failure> {
    let mut tries = Tries::new(context.backoff);
    let mut lost = 0;
    loop {
        let failure = match context.provider.update(update).await {
            Ok(live) => return Ok(live),
            Err(failure) => failure,
        };
        match failure.kind {
            FailureKind::ReplyLost => {
                lost += 1;
                if let Some(live) = refresh(context, update.live).await?
                    && evaluate(context.provider, subject, Some(&live.value)).is_ok_and(|e| e.differences.is_empty())
                {
                    return Ok(live);
                }
                if lost >= CREATES {
                    return Err(failure);
                }
            }
            _ if tries.after(&failure, update.deadline).await => {}
            _ => return Err(failure),
        }
    }
}

/// Marks a resource as replaced.
pub(crate) async fn depose(context: Context<'_>, change: &Change) -> Result<Outcome, String> {
    let Some(live) = look_again(context, change).await? else {
        return Err("it was deleted since the plan was made; plan again".to_string());
    };
    let mark = Mark { deposed: true, ..Mark::new(context.stack, &change.address) };
    let mut tries = Tries::new(context.backoff);
    let mut lost = 0;
    loop {
        match context.provider.depose(&live, mark.clone()).await {
            Ok(()) => return Ok(Outcome { id: live.id, value: None, changed: false }),
            // Marking twice is marking once.
            Err(f) if f.kind == FailureKind::ReplyLost && lost < CREATES => lost += 1,
            Err(f) if tries.after(&f, None).await => {}
            Err(f) => return Err(f.to_string()),
        }
    }
}

/// Destroys a resource.
pub(crate) async fn delete(context: Context<'_>, change: &Change) -> Result<Outcome, String> {
    let Some(planned) = &change.live else { return Err("there is nothing to destroy".to_string()) };
    let gone = || Outcome { id: planned.id.clone(), value: None, changed: true };
    let mut live = look_again(context, change).await?;
    if live.is_none() {
        // A look may miss what is there: reads lag, and in a listing things slip between pages while others go. What has to
        // go is missed twice before it counts as gone.
        live = look_again(context, change).await?;
    }
    let Some(live) = live else { return Ok(gone()) };
    let waits = Waits { events: context.events, address: &change.address };
    let deadline = deadline(change.config.as_ref(), "delete");
    let delete = Delete { live: &live, config: change.config.as_ref(), deadline, waiting: &waits };
    let mut tries = Tries::new(context.backoff);
    let mut lost = 0;
    loop {
        let failure = match context.provider.delete(&delete).await {
            Ok(()) => return Ok(gone()),
            Err(failure) => failure,
        };
        match failure.kind {
            FailureKind::NotFound => return Ok(gone()),
            FailureKind::ReplyLost if lost < CREATES => {
                lost += 1;
                if refresh(context, &live).await.map_err(|f| f.to_string())?.is_none() {
                    return Ok(gone());
                }
            }
            FailureKind::InUse => {
                waits.waiting(&format!("{} to be free of what hangs on it ({failure})", live.id));
                if !tries.when_free(deadline.unwrap_or(context.backoff.in_use)).await {
                    return Err(format!("something still hangs on it: {failure}"));
                }
            }
            _ if tries.after(&failure, deadline).await => {}
            _ => return Err(failure.to_string()),
        }
    }
}

async fn refresh(context: Context<'_>, live: &Live) -> Result<Option<Live>, Failure> {
    let mut tries = Tries::new(context.backoff);
    let mut lost = 0;
    loop {
        match context.provider.refresh(live).await {
            Ok(live) => return Ok(live),
            Err(f) if f.kind == FailureKind::NotFound => return Ok(None),
            Err(f) if f.kind == FailureKind::ReplyLost && lost < CREATES => lost += 1,
            Err(f) if tries.after(&f, None).await => {}
            Err(f) => return Err(f),
        }
    }
}

/// Reads what is to be changed once more, and refuses when it is no longer what was planned for.
async fn look_again(context: Context<'_>, change: &Change) -> Result<Option<Live>, String> {
    let Some(planned) = &change.live else { return Err("there is nothing to change".to_string()) };
    let Some(live) = refresh(context, planned).await.map_err(|f| f.to_string())? else { return Ok(None) };
    let moved = moved(change, planned, &live);
    if moved.is_empty() { Ok(Some(live)) } else { Err(format!("it was changed since the plan was made: {}; plan again", moved.join(", "))) }
}

/// True when what the configuration says anything of was changed since the plan was made.
fn differ(change: &Change, planned: &Live, live: &Live) -> bool {
    let [was, is] = [planned, live].map(|l| covered(change.schema, &l.value, change.config.as_ref()));
    was != is
}

fn moved(change: &Change, planned: &Live, live: &Live) -> Vec<String> {
    let schema = change.schema;
    let [was, is] = [planned, live].map(|l| covered(schema, &l.value, change.config.as_ref()));
    let mut paths: Vec<String> = Vec::new();
    if was != is {
        // Where the world has moved to what an update wants, nothing stands against the plan: a database that
        // was still being made, and has its port by now. What is to be destroyed counts as moved all the same:
        // with what it has become it might stay.
        let wanted = |d: &&crate::Difference| {
            if change.action != Action::Update {
                return false;
            }
            let (is, after) = (d.path.find(&live.value), d.path.find(&change.after));
            is.is_some_and(|is| after.is_some_and(|after| is.deep_unmarked() == after.deep_unmarked()))
        };
        paths.extend(differences(schema, &was, &is).iter().filter(|d| !wanted(d)).map(|d| d.path.to_string()));
    }
    if let (crate::Owner::Mark(a), crate::Owner::Mark(b)) = (&planned.owner, &live.owner)
        && (&a.stack, &a.address) != (&b.stack, &b.address)
    {
        paths.push("its mark".to_string());
    }
    if matches!((&planned.owner, &live.owner), (crate::Owner::Mark(_), other) if !matches!(other, crate::Owner::Mark(_))) {
        paths.push("its mark".to_string());
    }
    paths
}
