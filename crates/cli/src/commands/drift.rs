//! `cairn drift`

use super::{Prepared, options, prepare};
use crate::args::{Drift, DriftFormat, Global, Selection};
use crate::exit::Exit;
use crate::project::{Project, Speech, Told, timestamp};
use cairn_aws::calls::CallLog;
use cairn_engine::PlanMode;
use cairn_model::Diagnostic;
use cairn_report::drift::{DriftReport, StackDrift, Verdict, junit, markdown, prometheus, sarif};
use cairn_report::text::{self, Colour, Style};
use futures::StreamExt;
use std::path::PathBuf;

/// Stacks that are looked at side by side: each reads its types side by side already.
const AT_ONCE: usize = 4;

/// A stack that was looked at: what is to be said of it, and its text.
struct Looked {
    drift: StackDrift,
    text: String,
}

/// Shows what was changed by hand, in the stack of this folder or in each that is named. Only reads.
pub async fn run(global: &Global, args: &Drift, matches: &clap::ArgMatches, log: CallLog) -> Result<Exit, Told> {
    let folders: Vec<Option<PathBuf>> = match args.stacks.is_empty() {
        true => vec![None],
        false => args.stacks.iter().cloned().map(Some).collect(),
    };
    let many = folders.len() > 1;
    let looks = folders.into_iter().map(|folder| look(global, args, matches, log.clone(), folder, many));
    let looked: Vec<Looked> = futures::stream::iter(looks).buffered(AT_ONCE).collect().await;
    let style = crate::terminal::Terminal::detect(global.no_color).style;
    let (drifts, texts): (Vec<StackDrift>, Vec<String>) = looked.into_iter().map(|l| (l.drift, l.text)).unzip();
    let report = DriftReport::new(timestamp(), drifts);
    print!("{}", draw(&report, &texts, args.format, style)?);
    Ok(match report.verdict {
        Verdict::NoDrift => Exit::Ok,
        Verdict::Drift => Exit::Changes,
        // What could not be read may hide drift: that is worse to hear of than drift itself.
        Verdict::Unknown => Exit::Error,
    })
}

/// Looks at one stack. What goes wrong is told at once and becomes part of the report.
async fn look(global: &Global, args: &Drift, matches: &clap::ArgMatches, log: CallLog, folder: Option<PathBuf>, many: bool) -> Looked {
    let shown = folder.as_deref().or(global.chdir.as_deref()).map_or_else(|| ".".to_string(), |f| f.display().to_string());
    let global =
        Global { chdir: folder.map(|f| global.chdir.clone().unwrap_or_default().join(f)).or(global.chdir.clone()), ..global.clone() };
    let (name, workspace, failed) = match Project::open(&global, log, Speech::Text) {
        Ok(mut project) => {
            // Moving displays of several stacks would draw over each other.
            project.terminal.moving &= !many;
            match prepared(&project, args, matches).await {
                Ok(prepared) => {
                    let findings = cairn_engine::drift(&prepared.plan);
                    let text = text::drift::draw(&findings, &prepared.plan.unchecked, project.style);
                    return Looked { drift: StackDrift::of(&prepared.plan), text };
                }
                Err(told) => (project.stack.name, project.stack.workspace, told),
            }
        }
        Err(told) => (shown, global.workspace.clone().unwrap_or_else(|| "default".to_string()), told),
    };
    let text = format!("It could not be looked at: {}\n", failed.summary);
    Looked { drift: StackDrift::failed(name, workspace, failed.summary), text }
}

async fn prepared(project: &Project, args: &Drift, matches: &clap::ArgMatches) -> Result<Prepared, Told> {
    let program = project.load(&args.variables, matches)?;
    let options = options(project, PlanMode::Normal, &Selection::default(), &[])?;
    prepare(project, program, &options).await
}

fn draw(report: &DriftReport, texts: &[String], format: DriftFormat, style: Style) -> Result<String, Told> {
    Ok(match format {
        DriftFormat::Text => text_of_all(report, texts, style),
        DriftFormat::Json => report.json(),
        DriftFormat::Markdown => markdown::draw(report),
        DriftFormat::Junit => {
            junit::draw(report).map_err(|e| Told::told(&Diagnostic::error(format!("the JUnit report can't be written: {e}"))))?
        }
        DriftFormat::Prometheus => prometheus::draw(report),
        DriftFormat::Sarif => sarif::draw(report),
    })
}

/// The text of one stack as it is; of several, each under its name, and a summary.
fn text_of_all(report: &DriftReport, texts: &[String], style: Style) -> String {
    if let ([_], [text]) = (report.stacks.as_slice(), texts) {
        return text.clone();
    }
    let mut out = String::new();
    for (stack, text) in report.stacks.iter().zip(texts) {
        out.push_str(&format!("{}\n{text}\n", style.paint(Colour::Bold, &stack.identity())));
    }
    out.push_str(&format!("{}\n", style.paint(Colour::Bold, "Summary:")));
    for stack in &report.stacks {
        let said = match (&stack.error, stack.verdict) {
            (Some(error), _) => format!("could not be looked at: {error}"),
            (None, Verdict::NoDrift) => "no drift".to_string(),
            (None, Verdict::Drift) => format!("{} drifted", stack.findings.len()),
            (None, Verdict::Unknown) => format!("{} drifted, {} types unchecked", stack.findings.len(), stack.unchecked.len()),
        };
        out.push_str(&format!("  {}: {said}\n", stack.identity()));
    }
    out
}
