//! The `cairn` binary: parses arguments, wires, renders.

mod aftermath;
mod args;
mod base;
mod calls_file;
mod commands;
mod diagnostics;
mod exit;
mod fleet;
mod format;
mod json_lines;
mod judge;
mod notify;
mod policies;
mod progress;
mod project;
mod settings;
mod stacks;
mod terminal;
mod watch;
mod write_ignore;

use args::{Cli, Verb};
use cairn_aws::calls::CallLog;
use clap::{ArgMatches, CommandFactory, FromArgMatches};
use exit::Exit;
use project::{Project, Speech, Told};
use std::process::ExitCode;
use std::time::Instant;

fn main() -> ExitCode {
    let began = Instant::now();
    let parsed = Cli::command().try_get_matches_from(args::normalise(std::env::args_os()));
    let matches = match parsed {
        Ok(matches) => matches,
        Err(e) => {
            let _ = e.print();
            // clap's own code for wrong usage is 2, which means "changes" here.
            return if e.use_stderr() { Exit::Error.into() } else { Exit::Ok.into() };
        }
    };
    let cli = match Cli::from_arg_matches(&matches) {
        Ok(cli) => cli,
        Err(e) => {
            let _ = e.print();
            return Exit::Error.into();
        }
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(e) => {
            eprintln!("error: no threads can be started: {e}");
            return Exit::Error.into();
        }
    };
    let log = CallLog::default();
    let sub = matches.subcommand().map(|(_, m)| m.clone()).unwrap_or_default();
    let exit = runtime.block_on(run(&cli, &sub, log.clone())).unwrap_or(Exit::Error);
    runtime.shutdown_background();
    if let Some(file) = &cli.global.calls
        && let Err(e) = calls_file::write(file, &log)
    {
        eprintln!("error: the calls can't be written to {}: {e}", file.display());
        return Exit::Error.into();
    }
    if !matches!(cli.verb, Verb::Version | Verb::Stateless(_)) {
        eprintln!("{}", calls_file::summary(&log, began.elapsed()));
    }
    exit.into()
}

async fn run(cli: &Cli, sub: &ArgMatches, log: CallLog) -> Result<Exit, Told> {
    let project = || Project::open(&cli.global, log.clone(), Speech::Text);
    let speaking = |json: bool| Project::open(&cli.global, log.clone(), if json { Speech::Json } else { Speech::Text });
    match &cli.verb {
        Verb::Validate(args) => commands::validate::run(&project()?, args, sub),
        Verb::Plan(args) => commands::plan::run(&speaking(args.json)?, args, sub).await,
        Verb::Apply(args) => commands::apply::run(&speaking(args.json)?, args, sub).await,
        Verb::Destroy(args) => commands::apply::destroy(&speaking(args.json)?, args, sub).await,
        Verb::Drift(args) => commands::drift::run(&cli.global, args, sub, log.clone()).await,
        Verb::Show(args) => commands::show::run(&project()?, args, sub).await,
        Verb::Output(args) => commands::output::run(&project()?, args, sub).await,
        Verb::Graph(args) => commands::graph::run(&project()?, args, sub),
        Verb::IamPolicy(args) => commands::iam_policy::run(&project()?, args, sub),
        Verb::Version => Ok(commands::version::run()),
        Verb::Stateless(verb) => Ok(commands::stateless::run(verb)),
    }
}
