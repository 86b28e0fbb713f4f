//! Tells a run in JSON lines while it runs, for programs.

use crate::progress::Shown;
use cairn_engine::{Action, Event, Events};
use cairn_model::Address;
use cairn_report::ui::{self, Line};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant, SystemTime};

/// How often a step that takes long is told of again, as Terraform does.
const AGAIN: Duration = Duration::from_secs(10);

/// Takes the events of a run and writes a line for each.
#[derive(Default)]
pub struct JsonLines {
    running: Mutex<BTreeMap<Address, Step>>,
}

struct Step {
    action: Action,
    began: Instant,
    told: Instant,
    waits_for: Option<String>,
}

/// Writes lines to standard output.
pub fn write(lines: impl IntoIterator<Item = Line>) {
    let now = humantime::format_rfc3339_micros(SystemTime::now()).to_string();
    for line in lines {
        println!("{}", line.draw(&now));
    }
}

impl JsonLines {
    /// Begins to tell.
    pub fn new() -> Arc<JsonLines> {
        let lines = Arc::new(JsonLines::default());
        again(Arc::downgrade(&lines));
        lines
    }

    fn with<T>(&self, change: impl FnOnce(&mut BTreeMap<Address, Step>) -> T) -> T {
        change(&mut self.running.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn still_going(&self) -> Vec<Line> {
        self.with(|running| {
            let due = running.iter_mut().filter(|(_, step)| step.told.elapsed() >= AGAIN);
            due.map(|(address, step)| {
                step.told = Instant::now();
                ui::progress(address, step.action, step.began.elapsed(), step.waits_for.as_deref())
            })
            .collect()
        })
    }
}

/// Tells of long steps again, for as long as somebody holds the lines.
fn again(lines: Weak<JsonLines>) {
    tokio::spawn(async move {
        let mut clock = tokio::time::interval(Duration::from_secs(1));
        loop {
            clock.tick().await;
            match lines.upgrade() {
                Some(lines) => write(lines.still_going()),
                None => return,
            }
        }
    });
}

impl Events for JsonLines {
    fn event(&self, event: Event) {
        write(ui::event(&event));
        let now = Instant::now();
        self.with(|running| match event {
            Event::Started { address, action, .. } => {
                running.insert(address, Step { action, began: now, told: now, waits_for: None });
            }
            Event::Waiting { address, what } => {
                if let Some(step) = running.get_mut(&address) {
                    step.waits_for = Some(what);
                }
            }
            Event::Done { address, .. } | Event::Failed { address, .. } => {
                running.remove(&address);
            }
            Event::ReadStarted | Event::ReadDone { .. } | Event::Blocked { .. } | Event::Skipped { .. } => {}
        });
    }
}

impl Shown for JsonLines {
    fn say(&self, text: &str) {
        write([ui::log(text)]);
    }

    fn finish(&self) {
        self.with(BTreeMap::clear);
    }
}
