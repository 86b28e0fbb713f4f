//! Shows a run while it runs: a moving display on a terminal, plain lines in a log.

use crate::terminal::Terminal;
use cairn_engine::{Action, Event, Events};
use cairn_model::Address;
use cairn_report::text::{Colour, harmless};
use cairn_report::verbs;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

/// How often a step that takes long is told of again in a log, as Terraform does.
const REMIND_EVERY: Duration = Duration::from_secs(10);

/// Takes the events of a run and shows them.
pub trait Shown: Events {
    /// Says something in a line of its own.
    fn say(&self, text: &str);
    /// Takes away what was only for the time of the run.
    fn finish(&self);
}

/// Shows a run to people.
pub struct Progress {
    terminal: Terminal,
    display: Option<MultiProgress>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    running: BTreeMap<(Address, &'static str), Step>,
    blocked: BTreeMap<Address, Vec<Address>>,
    reading: Option<ProgressBar>,
    finished: usize,
    total: usize,
    overall: Option<ProgressBar>,
}

struct Step {
    action: Action,
    began: Instant,
    reminded: Instant,
    waits_for: String,
    bar: Option<ProgressBar>,
}

fn seconds(duration: Duration) -> String {
    let s = duration.as_secs();
    if s < 60 { format!("{s}s") } else { format!("{}m{:02}s", s / 60, s % 60) }
}

impl Progress {
    /// `total` is the number of changes that the run will make.
    pub fn new(terminal: Terminal, total: usize) -> Arc<Progress> {
        let display = terminal.moving.then(MultiProgress::new);
        let overall = display.as_ref().filter(|_| total > 0).map(|d| {
            let bar = d.add(ProgressBar::new(total as u64));
            if let Ok(template) = ProgressStyle::with_template("{bar:30} {pos}/{len} changes, {elapsed}") {
                bar.set_style(template);
            }
            bar.enable_steady_tick(Duration::from_millis(250));
            bar
        });
        let progress = Arc::new(Progress { terminal, display, state: Mutex::new(State { total, overall, ..State::default() }) });
        if !terminal.moving {
            remind(Arc::downgrade(&progress));
        }
        progress
    }

    fn clear(&self) {
        self.with(|state| {
            for step in state.running.values() {
                if let Some(bar) = &step.bar {
                    bar.finish_and_clear();
                }
            }
            state.running.clear();
            for bar in [state.overall.take(), state.reading.take()].into_iter().flatten() {
                bar.finish_and_clear();
            }
        });
    }

    fn with(&self, change: impl FnOnce(&mut State)) {
        match self.state.lock() {
            Ok(mut state) => change(&mut state),
            Err(poisoned) => change(&mut poisoned.into_inner()),
        }
    }

    fn spinner(&self) -> Option<ProgressBar> {
        let display = self.display.as_ref()?;
        let bar = display.add(ProgressBar::new_spinner());
        if let Ok(template) = ProgressStyle::with_template("{spinner} {msg} [{elapsed}]") {
            bar.set_style(template);
        }
        bar.enable_steady_tick(Duration::from_millis(120));
        Some(bar)
    }

    fn reminders(&self) {
        let mut lines = Vec::new();
        self.with(|state| {
            for ((address, _), step) in &mut state.running {
                if step.reminded.elapsed() >= REMIND_EVERY {
                    step.reminded = Instant::now();
                    let waits = if step.waits_for.is_empty() { String::new() } else { format!(", waiting for {}", step.waits_for) };
                    lines.push(format!(
                        "{address}: Still {}... [{} elapsed{waits}]",
                        verbs::of(step.action).going_on,
                        seconds(step.began.elapsed())
                    ));
                }
            }
        });
        for line in lines {
            self.say(&line);
        }
    }
}

/// Tells of long steps again and again, for as long as somebody holds the display.
fn remind(progress: Weak<Progress>) {
    tokio::spawn(async move {
        let mut clock = tokio::time::interval(Duration::from_secs(1));
        loop {
            clock.tick().await;
            match progress.upgrade() {
                Some(progress) => progress.reminders(),
                None => return,
            }
        }
    });
}

impl Shown for Progress {
    fn say(&self, text: &str) {
        match &self.display {
            Some(display) => {
                let _ = display.println(text);
            }
            None => eprintln!("{text}"),
        }
    }

    fn finish(&self) {
        self.clear();
    }
}

impl Events for Progress {
    fn event(&self, event: Event) {
        match event {
            Event::ReadStarted => {
                let bar = self.spinner();
                if let Some(bar) = &bar {
                    bar.set_message("Reading AWS");
                }
                self.with(|state| state.reading = bar);
            }
            Event::ReadDone { .. } => self.with(|state| {
                if let Some(bar) = state.reading.take() {
                    bar.finish_and_clear();
                }
            }),
            Event::Blocked { address, by } => self.with(|state| {
                state.blocked.insert(address, by);
            }),
            Event::Started { address, action, id } => {
                let id = id.map(|id| format!(" [id={}]", harmless(&id))).unwrap_or_default();
                if !self.terminal.moving {
                    self.say(&format!("{address}: {}...{id}", verbs::of(action).starting));
                }
                let bar = self.spinner();
                if let Some(bar) = &bar {
                    bar.set_message(format!("{address}: {}{id}", verbs::of(action).going_on));
                }
                let now = Instant::now();
                self.with(|state| {
                    state.blocked.remove(&address);
                    let step = Step { action, began: now, reminded: now, waits_for: String::new(), bar };
                    state.running.insert((address, verbs::of(action).starting), step);
                });
            }
            Event::Waiting { address, what } => self.with(|state| {
                for ((a, _), step) in &mut state.running {
                    if *a == address {
                        step.waits_for = harmless(&what);
                        if let Some(bar) = &step.bar {
                            bar.set_message(format!("{address}: {}, waiting for {}", verbs::of(step.action).going_on, step.waits_for));
                        }
                    }
                }
            }),
            Event::Done { address, action, id, elapsed } => {
                self.ended(&address, action);
                let text = format!("{address}: {} complete after {} [id={}]", verbs::of(action).noun, seconds(elapsed), harmless(&id));
                self.say(&text);
            }
            Event::Failed { address, action, message, elapsed } => {
                self.ended(&address, action);
                let text = format!("{address}: {} failed after {}: {}", verbs::of(action).noun, seconds(elapsed), harmless(&message));
                self.say(&self.terminal.style.paint(Colour::Red, &text));
            }
            Event::Skipped { address, action, because } => {
                let text = format!("{address}: {} skipped: {}", verbs::of(action).noun, harmless(&because));
                self.say(&self.terminal.style.paint(Colour::Dim, &text));
            }
        }
    }
}

impl Progress {
    fn ended(&self, address: &Address, action: Action) {
        self.with(|state| {
            if let Some(bar) = state.running.remove(&(address.clone(), verbs::of(action).starting)).and_then(|step| step.bar) {
                bar.finish_and_clear();
            }
            state.finished = (state.finished + 1).min(state.total);
            let waiting = state.blocked.iter().next().map(|(a, by)| match by.first() {
                Some(first) => format!("{a} waits for {first}"),
                None => String::new(),
            });
            if let Some(overall) = &state.overall {
                overall.set_position(state.finished as u64);
                overall.set_message(waiting.unwrap_or_default());
            }
        });
    }
}
