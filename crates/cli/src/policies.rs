//! Policies on a plan: where their files are, what they say of it, and that a denial refuses it.

use crate::project::{Project, Speech, Told};
use cairn_aws::AwsSchemas;
use cairn_engine::terraform_json::terraform_json;
use cairn_engine::{BuiltIn, SavedPlan};
use cairn_model::finding::{Finding, Severity};
use cairn_model::{Diagnostic, Diagnostics};
use cairn_policy::{Places, Policies, PolicyFile};
use cairn_report::text;
use std::path::{Path, PathBuf};

/// The policies of `cairn.toml` and of more folders, which are relative to the stack's as well.
pub fn load(project: &Project, more: &[PathBuf]) -> Result<Policies, Told> {
    let mut files = Vec::new();
    for folder in project.policies.iter().chain(more) {
        let found = read(&project.dir.join(folder)).map_err(|d| project.tell(&d.into()))?;
        if found.is_empty() {
            let d = Diagnostic::error(format!("There is no policy in {}", folder.display()))
                .detail("Policies are files whose names end in .rego; those that end in _test.rego test them and are left out.");
            return Err(project.tell(&d.into()));
        }
        files.extend(found);
    }
    for file in &files {
        project.remember(&file.name, &file.text);
    }
    Policies::load(files).map_err(|d| project.tell(&d))
}

/// Writes down in a plan what policies say of it.
pub fn judge(project: &Project, policies: &Policies, plan: &mut SavedPlan) -> Result<(), Told> {
    let places: Places = plan.changes.iter().map(|c| (c.address.clone(), c.declared_at.clone())).collect();
    let json = terraform_json(plan, &BuiltIn(&AwsSchemas));
    plan.findings = policies.judge(&json, &places).map_err(|d| project.tell(&d))?;
    Ok(())
}

/// Says what policies say, where the plan is not drawn with it.
pub fn say(project: &Project, plan: &SavedPlan) {
    match project.speech {
        Speech::Text => print!("{}", text::policies::draw(&plan.findings, project.style)),
        Speech::Json => {
            project.tell(&Diagnostics(plan.findings.iter().map(diagnostic).collect()));
        }
    }
}

fn diagnostic(finding: &Finding) -> Diagnostic {
    let resource = finding.unnamed_resource().map(|r| format!("{r}: ")).unwrap_or_default();
    let summary = format!("{resource}{}", finding.message);
    let place = finding.at.as_deref().map(|at| format!(", {at}")).unwrap_or_default();
    let made = match finding.severity {
        Severity::Deny => Diagnostic::error(summary),
        Severity::Warn => Diagnostic::warning(summary),
    };
    made.detail(format!("So says the policy {}{place}.", finding.rule))
}

/// Whether a policy refuses the plan.
pub fn refused(plan: &SavedPlan) -> bool {
    plan.findings.iter().any(|f| f.severity == Severity::Deny)
}

/// The policies in a folder and those in it, in the order of their names.
fn read(folder: &Path) -> Result<Vec<PolicyFile>, Diagnostic> {
    let unreadable = |path: &Path, e: std::io::Error| {
        Diagnostic::error(format!("The policies in {} can't be read", path.display()))
            .detail(e.to_string())
            .help("name a folder with -policy=DIR, or as policies in cairn.toml".to_string())
    };
    let entries = std::fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>).map_err(|e| unreadable(folder, e))?;
    let mut paths: Vec<PathBuf> = entries.into_iter().map(|e| e.path()).collect();
    paths.sort();
    let mut files = Vec::new();
    for path in paths {
        let name = path.to_string_lossy().trim_start_matches("./").to_string();
        if path.is_dir() {
            files.extend(read(&path)?);
        } else if name.ends_with(".rego") && !name.ends_with("_test.rego") {
            let text = std::fs::read_to_string(&path).map_err(|e| unreadable(&path, e))?;
            files.push(PolicyFile { name, text });
        }
    }
    Ok(files)
}
