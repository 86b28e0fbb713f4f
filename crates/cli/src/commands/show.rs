//! `cairn show`

use super::{options, prepare};
use crate::args::{Selection, Show};
use crate::exit::Exit;
use crate::format::{self, Format};
use crate::project::{Project, Told, timestamp};
use cairn_aws::AwsSchemas;
use cairn_engine::{BuiltIn, PlanMeta, PlanMode, SavedPlan};
use cairn_report::text;

/// Shows a saved plan, or the live stack.
pub async fn run(project: &Project, args: &Show, matches: &clap::ArgMatches) -> Result<Exit, Told> {
    let plan = match &args.plan {
        Some(file) => super::plan::read(project, file)?,
        None => {
            let program = project.load(&args.variables, matches)?;
            let options = options(project, PlanMode::Normal, &Selection::default(), &[])?;
            let prepared = prepare(project, program, &options).await?;
            SavedPlan::of(&prepared.plan, &PlanMeta { config_digest: project.config_digest(), timestamp: timestamp() })
        }
    };
    let format = if args.json { Format::Json } else { args.format };
    match (format, &args.plan) {
        (Format::Text, None) => print!("{}", text::plan::draw_live(&plan, &BuiltIn(&AwsSchemas), project.style)),
        _ => print!("{}", format::draw(project, &plan, format)),
    }
    Ok(Exit::Ok)
}
