//! `cairn show`

use super::{options, prepare};
use crate::args::{Selection, Show};
use crate::exit::Exit;
use crate::format::{self, Format};
use crate::project::{Project, Told};
use cairn_aws::AwsSchemas;
use cairn_engine::{BuiltIn, PlanMode, SavedPlan};
use cairn_model::Diagnostic;
use cairn_report::text;

/// Shows a saved plan, or the live stack.
pub async fn run(project: &Project, args: &Show, matches: &clap::ArgMatches) -> Result<Exit, Told> {
    if args.format == Format::Markdown && args.plan.is_none() {
        let d = Diagnostic::error("-format=markdown needs a saved plan").help("name one, or use cairn plan -format=markdown".to_string());
        return Err(project.tell(&d.into()));
    }
    let plan = match &args.plan {
        Some(file) => super::plan::read(project, file)?,
        None => {
            let program = project.load(&args.variables, matches)?;
            let options = options(project, PlanMode::Normal, &Selection::default(), &[])?;
            let prepared = prepare(project, program, &options).await?;
            SavedPlan::of(&prepared.plan, &project.meta(&prepared.program))
        }
    };
    let format = if args.json { Format::Json } else { args.format };
    match (format, &args.plan) {
        (Format::Text, None) => print!("{}", text::plan::draw_live(&plan, &BuiltIn(&AwsSchemas), project.style)),
        _ => print!("{}", format::draw(project, &plan, format)),
    }
    Ok(Exit::Ok)
}
