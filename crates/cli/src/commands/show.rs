//! `cairn show`

use super::{options, prepare};
use crate::args::Show;
use crate::exit::Exit;
use crate::project::{Project, Told, timestamp};
use crate::render;
use cairn_aws::AwsSchemas;
use cairn_engine::terraform_json::{Extras, terraform_json};
use cairn_engine::{BuiltIn, PlanMeta, PlanMode, SavedPlan};

/// Shows a saved plan, or the live stack.
pub async fn run(project: &Project, args: &Show, matches: &clap::ArgMatches) -> Result<Exit, Told> {
    let plan = match &args.plan {
        Some(file) => super::plan::read(project, file)?,
        None => {
            let program = project.load(&args.variables, matches)?;
            let options = options(project, PlanMode::Normal, &[], &[])?;
            let prepared = prepare(project, program, &options).await?;
            SavedPlan::of(&prepared.plan, &PlanMeta { config_digest: project.config_digest(), timestamp: timestamp() })
        }
    };
    if args.json {
        println!("{}", terraform_json(&plan, &Extras::default()));
    } else if args.plan.is_some() {
        print!("{}", render::plan::draw(&plan, &BuiltIn(&AwsSchemas), project.style));
    } else {
        print!("{}", render::plan::draw_live(&plan, &BuiltIn(&AwsSchemas), project.style));
    }
    Ok(Exit::Ok)
}
