//! Looks at many stacks side by side. Every stack is surveyed first, so that those that go the same way into AWS are
//! read together; then each is compared with what was read for it.

use crate::aftermath::Home;
use crate::args::{Drift, Global, Selection};
use crate::commands::options;
use crate::judge::judged;
use crate::progress::{Progress, Shown};
use crate::project::{Project, Speech, Told, in_flight};
use crate::stacks::Named;
use crate::terminal::Terminal;
use cairn_aws::calls::CallLog;
use cairn_aws::{AwsProvider, Clients};
use cairn_engine::provider::Reading;
use cairn_engine::{Asked, Event, Events, Failure, Plan, PlanMode, PlanOptions, Side};
use cairn_lang::Program;
use cairn_report::drift::{StackDrift, Verdict};
use futures::StreamExt;
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// A stack that was looked at: what is to be said of it, and its text.
pub struct Looked {
    /// What is to be said.
    pub drift: StackDrift,
    /// The same for people.
    pub text: String,
    /// What is done with that.
    pub home: Home,
}

/// The stacks, and how they are looked at.
pub struct Fleet<'a> {
    global: &'a Global,
    args: &'a Drift,
    matches: &'a clap::ArgMatches,
    clients: Arc<Clients>,
    log: CallLog,
    progress: Arc<Progress>,
    total: usize,
    done: AtomicUsize,
}

/// A stack of which it is known what it asks of AWS.
struct Opened {
    project: Project,
    program: Arc<Program>,
    provider: Arc<AwsProvider>,
    options: PlanOptions,
    asked: Asked,
    home: Home,
}

impl Opened {
    fn side(&self) -> Side<'_> {
        Side { configuration: self.program.as_ref(), provider: self.provider.as_ref() }
    }
}

impl<'a> Fleet<'a> {
    /// Looks as the command line says.
    pub fn new(global: &'a Global, args: &'a Drift, matches: &'a clap::ArgMatches, log: CallLog) -> Fleet<'a> {
        let clients = Arc::new(Clients::for_reading(in_flight(global), log.clone()));
        let progress = Progress::new(Terminal::detect(global.no_color), 0);
        Fleet { global, args, matches, clients, log, progress, total: 0, done: AtomicUsize::new(0) }
    }

    /// Looks at the stacks. What goes wrong with one is told at once and becomes part of what is said of it.
    pub async fn look(mut self, stacks: Vec<Named>) -> Vec<Looked> {
        self.total = stacks.len();
        let at_once = usize::from(self.args.at_once);
        let fleet = &self;
        let opening = stacks.into_iter().map(|named| fleet.open(named));
        let opened: Vec<Result<Opened, Looked>> = futures::stream::iter(opening).buffered(at_once).collect().await;
        let mut readings = self.read(&opened, at_once).await;
        let looking = opened.into_iter().map(|opened| {
            let reading = if opened.is_ok() { readings.pop_front() } else { None };
            fleet.compare(opened, reading.unwrap_or_else(|| Ok(Reading::default())))
        });
        futures::stream::iter(looking).buffered(at_once).collect().await
    }

    async fn open(&self, named: Named) -> Result<Opened, Looked> {
        let here = self.global.chdir.clone();
        let chdir = if named.dir.as_os_str().is_empty() { here } else { Some(here.unwrap_or_default().join(&named.dir)) };
        let shown = chdir.as_ref().map_or_else(|| ".".to_string(), |dir| dir.display().to_string());
        let global = Global { chdir, workspace: named.workspace.or(self.global.workspace.clone()), ..self.global.clone() };
        let workspace = global.workspace.clone().unwrap_or_else(|| "default".to_string());
        let mut home = Home { dir: global.chdir.clone().unwrap_or_else(|| PathBuf::from(".")), receivers: Vec::new() };
        match Project::open(&global, self.log.clone(), Speech::Text) {
            Ok(mut project) => {
                project.clients = self.clients.clone();
                home.receivers = project.watch.receivers.clone();
                match self.ask(&project).await {
                    Ok((program, provider, options, asked)) => Ok(Opened { project, program, provider, options, asked, home }),
                    Err(told) => Err(self.looked(failed(project.stack.name, project.stack.workspace, told, home))),
                }
            }
            Err(told) => Err(self.looked(failed(shown, workspace, told, home))),
        }
    }

    async fn ask(&self, project: &Project) -> Result<(Arc<Program>, Arc<AwsProvider>, PlanOptions, Asked), Told> {
        let program = project.load(&self.args.variables, self.matches)?;
        let options = options(project, PlanMode::Drift, &Selection::default(), &[])?;
        let provider = project.connect(&program).await?;
        let side = Side { configuration: program.as_ref(), provider: provider.as_ref() };
        let asked = cairn_engine::ask(side, &options).await.map_err(|e| project.tell_prepare(&e))?;
        Ok((program, provider, options, asked))
    }

    /// What was read for each stack that could be opened, in their order.
    async fn read(&self, opened: &[Result<Opened, Looked>], at_once: usize) -> VecDeque<Result<Reading, Failure>> {
        let asks: Vec<_> = opened.iter().flatten().map(|o| (o.provider.as_ref(), o.asked.survey())).collect();
        let started = Instant::now();
        self.progress.event(Event::ReadStarted);
        let readings = cairn_aws::read_together(&asks, at_once).await;
        let resources = readings.iter().flatten().map(|r| r.live.len()).sum();
        self.progress.event(Event::ReadDone { resources, elapsed: started.elapsed() });
        self.progress.finish();
        readings.into()
    }

    async fn compare(&self, opened: Result<Opened, Looked>, reading: Result<Reading, Failure>) -> Looked {
        let opened = match opened {
            Ok(opened) => opened,
            Err(looked) => return looked,
        };
        let asked = opened.asked.clone();
        let plan = asked.answered(opened.side(), &opened.options, reading, self.progress.as_ref() as &dyn Events).await;
        let looked = match plan.map_err(|e| opened.project.tell_prepare(&e)) {
            Ok(plan) => self.compared(&opened, &plan).await,
            Err(told) => failed(opened.project.stack.name, opened.project.stack.workspace, told, opened.home),
        };
        self.looked(looked)
    }

    async fn compared(&self, opened: &Opened, plan: &Plan) -> Looked {
        let project = &opened.project;
        project.warn(&plan.warnings);
        let (drift, text) = judged(&project.watch, self.args, &opened.provider, plan, project.style).await;
        Looked { drift, text, home: opened.home.clone() }
    }

    /// Tells of a stack that is done with, where there are others.
    fn looked(&self, looked: Looked) -> Looked {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        if self.total > 1 {
            self.progress.say(&format!("[{done}/{}] {}: {}", self.total, looked.drift.identity(), in_short(&looked.drift)));
        }
        looked
    }
}

fn failed(name: String, workspace: String, told: Told, home: Home) -> Looked {
    let text = format!("It could not be looked at: {}\n", told.summary);
    Looked { drift: StackDrift::failed(name, workspace, told.summary), text, home }
}

/// What is to be said of a stack, in a few words.
pub fn in_short(stack: &StackDrift) -> String {
    match (&stack.error, stack.verdict) {
        (Some(error), _) => format!("could not be looked at: {error}"),
        (None, Verdict::NoDrift) => "no drift".to_string(),
        (None, Verdict::Drift) => format!("{} drifted", stack.findings.len()),
        (None, Verdict::Unknown) => {
            let unread = stack.unchecked.iter().filter(|u| !u.allowed).count();
            format!("{} drifted, {unread} types unchecked", stack.findings.len())
        }
    }
}
