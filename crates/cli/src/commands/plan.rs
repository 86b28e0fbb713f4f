//! `cairn plan`

use super::{options, prepare};
use crate::args::Plan;
use crate::exit::Exit;
use crate::format::{self, Format};
use crate::project::{Project, Told, timestamp};
use cairn_engine::{PlanMeta, PlanMode, SavedPlan};
use cairn_model::Diagnostic;
use std::path::Path;

/// Shows what apply would do, and keeps it in a file when asked to.
pub async fn run(project: &Project, args: &Plan, matches: &clap::ArgMatches) -> Result<Exit, Told> {
    let program = project.load(&args.variables, matches)?;
    let mode = match (args.destroy, args.planning.refresh_only) {
        (true, true) => return Err(project.tell(&Diagnostic::error("-destroy and -refresh-only exclude each other").into())),
        (true, false) => PlanMode::Destroy,
        (false, true) => PlanMode::RefreshOnly,
        (false, false) => PlanMode::Normal,
    };
    let options = options(project, mode, &args.planning.selection, &args.planning.replace)?;
    let prepared = prepare(project, program, &options).await?;
    let meta = PlanMeta { config_digest: project.config_digest(), timestamp: timestamp() };
    let saved = SavedPlan::of(&prepared.plan, &meta);
    print!("{}", format::draw(project, &saved, args.format));
    if let Some(file) = &args.out {
        write(project, file, &saved)?;
        let note = format!("Saved the plan to {}. Apply exactly this with:\n  cairn apply {}", file.display(), file.display());
        match args.format {
            Format::Text => println!("\n{note}"),
            // Standard output is the report alone.
            _ => eprintln!("{note}"),
        }
    }
    if !prepared.plan.unchecked.is_empty() {
        return Ok(Exit::Error);
    }
    let changes =
        if args.planning.refresh_only { saved.changes.iter().any(|c| !c.differences.is_empty()) } else { !prepared.plan.is_empty() };
    Ok(if args.detailed_exitcode && changes { Exit::Changes } else { Exit::Ok })
}

fn write(project: &Project, file: &Path, plan: &SavedPlan) -> Result<(), Told> {
    let file = project.dir.join(file);
    let written =
        serde_json::to_string_pretty(plan).map_err(|e| e.to_string()).and_then(|t| std::fs::write(&file, t).map_err(|e| e.to_string()));
    written.map_err(|e| project.tell(&Diagnostic::error(format!("The plan can't be written to {}", file.display())).detail(e).into()))
}

/// Reads a saved plan.
pub fn read(project: &Project, file: &Path) -> Result<SavedPlan, Told> {
    let path = project.dir.join(file);
    let text = std::fs::read_to_string(&path).map_err(|e| e.to_string());
    let plan = text
        .and_then(|t| serde_json::from_str(&t).map_err(|e| format!("it is not a plan that Cairn saved: {e}")))
        .and_then(|j| cairn_engine::load(&j));
    plan.map_err(|e| project.tell(&Diagnostic::error(format!("The plan {} can't be read", file.display())).detail(e).into()))
}
