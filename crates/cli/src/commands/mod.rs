//! The verbs, one file each.

pub mod apply;
pub mod drift;
pub mod graph;
pub mod iam_policy;
pub mod output;
pub mod plan;
pub mod show;
pub mod stateless;
pub mod validate;
pub mod version;

use crate::args::Selection;
use crate::base::Base;
use crate::project::{Project, Told, in_base};
use cairn_aws::AwsProvider;
use cairn_engine::{BothError, Events, Plan, PlanMode, PlanOptions, PrepareError, Side, TargetAddress};
use cairn_lang::Program;
use cairn_model::instance::Configuration;
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
    let progress = project.show(0);
    let plan = cairn_engine::prepare(program.as_ref(), provider.as_ref(), options, progress.as_ref() as &dyn Events).await;
    progress.finish();
    let plan = plan.map_err(|e| project.tell_prepare(&e))?;
    project.warn(&plan.warnings);
    Ok(Prepared { program, provider, plan })
}

/// Reads AWS once, and plans the configuration and that of another revision. Of a revision that has no such
/// stack there is no plan.
pub async fn prepare_both(
    project: &Project,
    program: Arc<Program>,
    base: &Base,
    base_program: Option<Arc<Program>>,
    options: &PlanOptions,
) -> Result<(Prepared, Option<Plan>), Told> {
    let Some(base_program) = base_program else { return Ok((prepare(project, program, options).await?, None)) };
    let provider = project.connect(&program).await?;
    let base_provider = if same_providers(&program, &base_program) { provider.clone() } else { project.connect(&base_program).await? };
    let progress = project.show(0);
    let head_side = Side { configuration: program.as_ref(), provider: provider.as_ref() };
    let base_side = Side { configuration: base_program.as_ref(), provider: base_provider.as_ref() };
    let both = cairn_engine::prepare_both(head_side, base_side, options, progress.as_ref() as &dyn Events).await;
    progress.finish();
    let both = both.map_err(|e| match e {
        BothError::Head(e) => project.tell_prepare(&e),
        BothError::Base(PrepareError::Diagnostics(d)) => project.tell(&in_base(base, d)),
        BothError::Base(PrepareError::Read(failure)) => project.tell_failure(&failure),
    })?;
    project.warn(&both.head.warnings);
    Ok((Prepared { program, provider, plan: both.head }, Some(both.base)))
}

/// True when both configure their providers alike, wherever that is written.
fn same_providers(a: &Program, b: &Program) -> bool {
    let said = |program: &Program| -> Option<Vec<_>> { Some(program.providers().ok()?.into_iter().map(|p| (p.key, p.config)).collect()) };
    said(a).is_some_and(|a| said(b) == Some(a))
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
