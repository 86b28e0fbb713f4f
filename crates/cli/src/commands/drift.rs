//! `cairn drift`

use super::{options, prepare};
use crate::args::{Drift, Selection};
use crate::exit::Exit;
use crate::project::{Project, Told};
use cairn_engine::PlanMode;
use cairn_report::text;

/// Shows what was changed by hand. Only reads.
pub async fn run(project: &Project, args: &Drift, matches: &clap::ArgMatches) -> Result<Exit, Told> {
    let program = project.load(&args.variables, matches)?;
    let options = options(project, PlanMode::Normal, &Selection::default(), &[])?;
    let prepared = prepare(project, program, &options).await?;
    let findings = cairn_engine::drift(&prepared.plan);
    print!("{}", text::drift::draw(&findings, &prepared.plan.unchecked, project.style));
    // What could not be read may hide drift: that is worse to hear of than drift itself.
    Ok(match (prepared.plan.unchecked.is_empty(), findings.is_empty()) {
        (false, _) => Exit::Error,
        (true, false) => Exit::Changes,
        (true, true) => Exit::Ok,
    })
}
