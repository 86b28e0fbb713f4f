//! `cairn apply` and `cairn destroy`

use super::{Prepared, options, prepare};
use crate::args::{Apply, DEFAULT_PARALLELISM, Destroy, Variables};
use crate::exit::Exit;
use crate::json_lines;
use crate::policies;
use crate::progress::Shown;
use crate::project::{Project, Speech, Told};
use cairn_aws::AwsSchemas;
use cairn_engine::{Applied, ApplyOptions, BuiltIn, Events, PlanMeta, PlanMode, PlanOptions, SavedPlan, Stop};
use cairn_lang::Program;
use cairn_model::{Address, Diagnostic, Diagnostics};
use cairn_report::text::{self, Colour, harmless};
use cairn_report::ui;
use std::io::{BufRead, IsTerminal, Write};
use std::path::Path;
use std::sync::Arc;
use tokio::sync::watch;

/// How a run is made.
struct Way<'a> {
    auto_approve: bool,
    input: bool,
    saved: Option<&'a Path>,
}

/// Makes the world as the configuration says.
pub async fn run(project: &Project, args: &Apply, matches: &clap::ArgMatches) -> Result<Exit, Told> {
    let program = load(project, &args.variables, matches)?;
    let way = Way { auto_approve: args.auto_approve, input: args.variables.input, saved: args.plan.as_deref() };
    let mode = match (args.destroy, args.planning.refresh_only) {
        (true, true) => return Err(project.tell(&Diagnostic::error("-destroy and -refresh-only exclude each other").into())),
        (true, false) => PlanMode::Destroy,
        (false, true) => PlanMode::RefreshOnly,
        (false, false) => PlanMode::Normal,
    };
    let options = options(project, mode, &args.planning.selection, &args.planning.replace)?;
    go(project, program, options, &way).await
}

/// Destroys everything that the stack made.
pub async fn destroy(project: &Project, args: &Destroy, matches: &clap::ArgMatches) -> Result<Exit, Told> {
    let program = load(project, &args.variables, matches)?;
    let way = Way { auto_approve: args.auto_approve, input: args.variables.input, saved: None };
    let options = options(project, PlanMode::Destroy, &args.selection, &[])?;
    go(project, program, options, &way).await
}

fn load(project: &Project, variables: &Variables, matches: &clap::ArgMatches) -> Result<Arc<Program>, Told> {
    project.load(variables, matches)
}

async fn go(project: &Project, program: Arc<Program>, mut options: PlanOptions, way: &Way<'_>) -> Result<Exit, Told> {
    let policies = policies::load(project, &[])?;
    let saved = way.saved.map(|file| super::plan::read(project, file)).transpose()?;
    if let Some(saved) = &saved {
        adopt(project, saved, &mut options)?;
    }
    let prepared = prepare(project, program, &options).await?;
    let meta = project.meta(&prepared.program);
    let mut fresh = SavedPlan::of(&prepared.plan, &meta);
    policies::judge(project, &policies, &mut fresh)?;
    match &saved {
        Some(saved) => {
            unmoved(project, saved, &prepared, &meta)?;
            policies::say(project, &fresh);
        }
        None if project.speech == Speech::Json => {
            super::plan::tell(&prepared.plan);
            policies::say(project, &fresh);
        }
        None => print!("{}", text::plan::draw(&fresh, &BuiltIn(&AwsSchemas), project.style)),
    }
    if !prepared.plan.unchecked.is_empty() {
        let d = Diagnostic::error("Not everything could be read, so nothing is changed")
            .detail("The types are listed above.")
            .help("mend what keeps them from being read (usually a permission), and run again".to_string());
        return Err(project.tell(&d.into()));
    }
    if policies::refused(&fresh) {
        let d = Diagnostic::error("A policy refuses this plan, so nothing is changed").detail("What it says is listed above.");
        return Err(project.tell(&d.into()));
    }
    if options.mode == PlanMode::RefreshOnly {
        return Ok(Exit::Ok);
    }
    if prepared.plan.is_empty() {
        return finish(project, &prepared, Applied { outputs: prepared.plan.outputs.clone(), ..Applied::default() });
    }
    if saved.is_none() && !way.auto_approve && !approved(project, way, options.mode == PlanMode::Destroy)? {
        return Ok(Exit::Error);
    }
    let applied = carry_out(project, &prepared).await;
    finish(project, &prepared, applied)
}

/// The options that a saved plan was made with.
fn adopt(project: &Project, saved: &SavedPlan, options: &mut PlanOptions) -> Result<(), Told> {
    if saved.targeted {
        let d = Diagnostic::error("This plan was made with -target").detail("Such a plan is applied by `cairn apply -target=…` itself.");
        return Err(project.tell(&d.into()));
    }
    if saved.refresh_only {
        return Err(project.tell(&Diagnostic::error("This plan was made with -refresh-only: there is nothing to apply").into()));
    }
    if saved.destroy {
        options.mode = PlanMode::Destroy;
    }
    let requested = saved.changes.iter().filter(|c| c.reason == Some(cairn_engine::Reason::ReplaceByRequest));
    options.replace.extend(requested.filter_map(|c| c.address.parse::<Address>().ok()));
    Ok(())
}

/// Refuses a saved plan when the world or the configuration has moved since.
fn unmoved(project: &Project, saved: &SavedPlan, prepared: &Prepared, meta: &PlanMeta) -> Result<(), Told> {
    let mut moved = cairn_engine::moved(saved, &prepared.plan);
    if saved.config_digest != meta.config_digest && !moved.is_empty() {
        moved.insert(0, "the configuration's files were changed".to_string());
    }
    if moved.is_empty() {
        return Ok(());
    }
    let d = Diagnostic::error("The saved plan can no longer be applied: the world has moved since it was made")
        .detail(moved.join("\n"))
        .help("make a new plan with `cairn plan -out=FILE`, and have it reviewed".to_string());
    Err(project.tell(&d.into()))
}

fn approved(project: &Project, way: &Way<'_>, destroy: bool) -> Result<bool, Told> {
    if project.speech == Speech::Json {
        let d = Diagnostic::error("-json asks nothing").help("give -auto-approve, or apply a saved plan".to_string());
        return Err(project.tell(&d.into()));
    }
    if !way.input || !std::io::stdin().is_terminal() && std::env::var_os("TF_IN_AUTOMATION").is_some() {
        let d = Diagnostic::error("Nobody is there to approve the plan").help("give -auto-approve, or apply a saved plan".to_string());
        return Err(project.tell(&d.into()));
    }
    let bold = |t: &str| project.style.paint(Colour::Bold, t);
    if destroy {
        println!(
            "\n{}\n  Everything listed above is destroyed. There is no undo.\n  Only 'yes' will be accepted.\n",
            bold("Do you really want to destroy all of it?")
        );
    } else {
        println!(
            "\n{}\n  Cairn will do what is listed above.\n  Only 'yes' will be accepted.\n",
            bold("Do you want to perform these actions?")
        );
    }
    print!("  {} ", bold("Enter a value:"));
    let _ = std::io::stdout().flush();
    let mut line = String::new();
    let read = std::io::stdin().lock().read_line(&mut line);
    println!();
    if read.is_ok() && line.trim() == "yes" {
        return Ok(true);
    }
    println!("Cancelled. Nothing was changed.");
    Ok(false)
}

async fn carry_out(project: &Project, prepared: &Prepared) -> Applied {
    let counts = prepared.plan.counts();
    let progress = project.show(counts.add + counts.change + counts.destroy);
    let (stop, stopped) = watch::channel(Stop::default());
    let ends = tokio::spawn(listen(stop, progress.clone()));
    let mut options = ApplyOptions::new(stopped);
    options.parallelism = usize::from(project.parallelism.unwrap_or(DEFAULT_PARALLELISM));
    let events: Arc<dyn Events> = progress.clone();
    let applied = cairn_engine::apply(&prepared.plan, prepared.program.clone(), prepared.provider.clone(), options, events).await;
    ends.abort();
    progress.finish();
    applied
}

/// The first Ctrl-C starts nothing new, the second stops.
async fn listen(stop: watch::Sender<Stop>, progress: Arc<dyn Shown>) {
    for (step, words) in [
        (Stop::Drain, "Interrupted: finishing what is in flight, starting nothing new. Once more to stop at once."),
        (Stop::Abort, "Stopping. The next run finds what was made."),
    ] {
        if interrupted().await.is_err() {
            return;
        }
        progress.say(words);
        let _ = stop.send(step);
    }
}

async fn interrupted() -> std::io::Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        end = tokio::signal::ctrl_c() => end,
        _ = terminate.recv() => Ok(()),
    }
}

fn finish(project: &Project, prepared: &Prepared, applied: Applied) -> Result<Exit, Told> {
    let style = project.style;
    if applied.output_errors.has_errors() {
        project.tell(&applied.output_errors);
    }
    for (address, message) in &applied.failed {
        let change = prepared.plan.change(address);
        let d = Diagnostic::error(format!("{address} failed")).detail(harmless(message)).maybe_at(change.and_then(|c| c.span.as_ref()), "");
        project.tell(&Diagnostics::from(d));
    }
    let complete = applied.is_complete() && !applied.output_errors.has_errors();
    let exit = if complete { Exit::Ok } else { Exit::Error };
    if project.speech == Speech::Json {
        json_lines::write(ui::applied(&prepared.plan, &applied));
        return Ok(exit);
    }
    if !applied.skipped.is_empty() {
        println!("\n{} not tried, because something that they need failed:", applied.skipped.len());
        for (address, because) in &applied.skipped {
            println!("  {address}: {}", harmless(because));
        }
    }
    if !applied.remaining.is_empty() {
        println!("\n{} left undone; the next run goes on from here:", applied.remaining.len());
        for address in &applied.remaining {
            println!("  {address}");
        }
    }
    let what = if prepared.plan.destroy { "Destroy" } else { "Apply" };
    let colour = if complete { Colour::Green } else { Colour::Red };
    let verdict = if complete { "complete!" } else { "incomplete." };
    let numbers = format!("Resources: {} added, {} changed, {} destroyed.", applied.added, applied.changed, applied.destroyed);
    println!("\n{} {numbers}", style.paint(colour, &format!("{what} {verdict}")));
    if !prepared.plan.destroy && !applied.outputs.is_empty() {
        println!("\n{}\n\n{}", style.paint(Colour::Bold, "Outputs:"), text::outputs::draw(&applied.outputs, style).trim_end());
    }
    Ok(exit)
}
