//! How a plan is written: the one place where the format is chosen.

use crate::project::Project;
use cairn_aws::AwsSchemas;
use cairn_engine::terraform_json::terraform_json;
use cairn_engine::{BuiltIn, SavedPlan};
use cairn_report::{html, markdown, text};
use clap::ValueEnum;

/// What plans are written as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Terraform's words and symbols, for a terminal or a log.
    #[default]
    Text,
    /// Terraform's plan JSON, format 1.2.
    Json,
    /// A comment on a pull request, for GitHub and GitLab.
    Markdown,
    /// One page with the architecture, that needs nothing else.
    Html,
}

/// Why there is no plan, in a format that goes where errors on the terminal don't; nothing for others.
pub fn draw_failure(project: &Project, format: Format) -> Option<String> {
    match format {
        Format::Markdown => Some(markdown::failure(&project.stack.to_string(), &project.told())),
        Format::Text | Format::Json | Format::Html => None,
    }
}

/// A plan in a format, with the newline that ends it.
pub fn draw(project: &Project, plan: &SavedPlan, format: Format) -> String {
    match format {
        Format::Text => text::plan::draw(plan, &BuiltIn(&AwsSchemas), project.style),
        Format::Json => format!("{}\n", terraform_json(plan, &BuiltIn(&AwsSchemas))),
        Format::Markdown => markdown::draw(plan, &plan.findings),
        Format::Html => html::page(plan, &BuiltIn(&AwsSchemas)),
    }
}
