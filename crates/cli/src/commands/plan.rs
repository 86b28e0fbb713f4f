//! `cairn plan`

use super::{Prepared, options, prepare, prepare_both};
use crate::args::Plan;
use crate::base::Base;
use crate::exit::Exit;
use crate::format::{self, Format};
use crate::json_lines;
use crate::policies;
use crate::project::{Project, Speech, Told};
use cairn_engine::{PlanMeta, PlanMode, PlanOptions, SavedBase, SavedPlan};
use cairn_lang::Program;
use cairn_model::Diagnostic;
use cairn_report::ui;
use std::path::Path;
use std::sync::Arc;

/// Shows what apply would do, and keeps it in a file when asked to.
pub async fn run(project: &Project, args: &Plan, matches: &clap::ArgMatches) -> Result<Exit, Told> {
    let done = plan(project, args, matches).await;
    if let (Err(_), Some(report)) = (&done, format::draw_failure(project, args.format)) {
        print!("{report}");
    }
    done
}

async fn plan(project: &Project, args: &Plan, matches: &clap::ArgMatches) -> Result<Exit, Told> {
    let policies = policies::load(project, &args.policy)?;
    let program = project.load(&args.variables, matches)?;
    let mode = match (args.destroy, args.planning.refresh_only) {
        (true, true) => return Err(project.tell(&Diagnostic::error("-destroy and -refresh-only exclude each other").into())),
        (true, false) => PlanMode::Destroy,
        (false, true) => PlanMode::RefreshOnly,
        (false, false) => PlanMode::Normal,
    };
    let options = options(project, mode, &args.planning.selection, &args.planning.replace)?;
    let meta = project.meta(&program);
    let (prepared, base) = match &args.base {
        None => (prepare(project, program, &options).await?, None),
        Some(revision) => compared(project, program, revision, args, matches, &options).await?,
    };
    let mut saved = SavedPlan { base, ..SavedPlan::of(&prepared.plan, &meta) };
    policies::judge(project, &policies, &mut saved)?;
    match project.speech {
        Speech::Text => print!("{}", format::draw(project, &saved, args.format)),
        Speech::Json => {
            tell(&prepared.plan);
            policies::say(project, &saved);
        }
    }
    if let Some(file) = &args.out {
        write(project, file, &saved)?;
        let note = format!("Saved the plan to {}. Apply exactly this with:\n  cairn apply {}", file.display(), file.display());
        match args.format {
            Format::Text if project.speech == Speech::Text => println!("\n{note}"),
            // Standard output is the report alone.
            _ => eprintln!("{note}"),
        }
    }
    if !prepared.plan.unchecked.is_empty() || policies::refused(&saved) {
        return Ok(Exit::Error);
    }
    let changes =
        if args.planning.refresh_only { saved.changes.iter().any(|c| !c.differences.is_empty()) } else { !prepared.plan.is_empty() };
    Ok(if args.detailed_exitcode && changes { Exit::Changes } else { Exit::Ok })
}

/// Tells a plan in JSON lines.
pub fn tell(plan: &cairn_engine::Plan) {
    json_lines::write(ui::plan(plan).into_iter().chain(ui::planned_outputs(&plan.outputs)));
}

/// The plan, and that of another revision on the same reading of AWS.
async fn compared(
    project: &Project,
    program: Arc<Program>,
    revision: &str,
    args: &Plan,
    matches: &clap::ArgMatches,
    options: &PlanOptions,
) -> Result<(Prepared, Option<SavedBase>), Told> {
    let base = Base::take(&project.dir, revision).map_err(|d| project.tell(&d.into()))?;
    let base_program = project.load_base(&base, &args.variables, matches)?;
    let (prepared, plan) = prepare_both(project, program, &base, base_program, options).await?;
    let mut saved = match &plan {
        Some(plan) => SavedPlan::of(plan, &PlanMeta::default()),
        None => SavedPlan { changes: Vec::new(), ..SavedPlan::of(&prepared.plan, &PlanMeta::default()) },
    };
    saved.warnings.clear();
    let base = SavedBase { revision: base.revision.clone(), commit: base.commit.clone(), plan: Box::new(saved) };
    Ok((prepared, Some(base)))
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
