//! The verbs, one file each.

pub mod apply;
pub mod drift;
pub mod graph;
pub mod output;
pub mod plan;
pub mod show;
pub mod stateless;
pub mod validate;
pub mod version;

use crate::args::Selection;
use crate::progress::Progress;
use crate::project::{Project, Told};
use cairn_aws::AwsProvider;
use cairn_engine::{Plan, PlanMode, PlanOptions, TargetAddress};
use cairn_lang::Program;
use cairn_model::{Address, Diagnostic};
use std::sync::Arc;

/// Everything that planning needs, and the plan.
pub struct Prepared {
    /// The configuration.
    pub program: Arc<Program>,
    /// The way into AWS.
    pub provider: Arc<AwsProvider>,
    /// The plan.
    pub plan: Plan,
}

/// Reads AWS and plans.
pub async fn prepare(project: &Project, program: Arc<Program>, options: &PlanOptions) -> Result<Prepared, Told> {
    let provider = project.connect(&program).await?;
    let progress = Progress::new(project.terminal, 0);
    let plan = cairn_engine::prepare(program.as_ref(), provider.as_ref(), options, progress.as_ref()).await;
    progress.finish();
    let plan = plan.map_err(|e| project.tell_prepare(&e))?;
    project.warn(&plan.warnings);
    Ok(Prepared { program, provider, plan })
}

/// The options of a plan from the flags of a verb.
pub fn options(project: &Project, mode: PlanMode, selection: &Selection, replace: &[String]) -> Result<PlanOptions, Told> {
    let wrong = |flag: &str, message: String| project.tell(&Diagnostic::error(format!("{flag}: {message}")).into());
    let mut options = PlanOptions::new(project.stack.clone());
    options.mode = mode;
    for (flag, texts, into) in
        [("-target", &selection.target, &mut options.targets), ("-exclude", &selection.exclude, &mut options.excludes)]
    {
        for text in texts {
            into.push(text.parse::<TargetAddress>().map_err(|e| wrong(flag, e))?);
        }
    }
    for text in replace {
        options.replace.push(text.parse::<Address>().map_err(|e| wrong("-replace", e))?);
    }
    Ok(options)
}
