//! `cairn drift`

use crate::aftermath::{self, Home};
use crate::args::{Drift, DriftFormat, Global};
use crate::exit::Exit;
use crate::fleet::{Fleet, in_short};
use crate::project::{Told, timestamp};
use crate::stacks::{self, Named};
use crate::terminal::Terminal;
use cairn_aws::calls::CallLog;
use cairn_model::Diagnostic;
use cairn_report::drift::{DriftReport, StackDrift, Verdict, junit, markdown, prometheus, sarif};
use cairn_report::text::{self, Colour, Style};
use clap::parser::ValueSource;
use std::path::PathBuf;

/// Shows what was changed by hand, in the stack of this folder or in each that is named. Only reads.
pub async fn run(global: &Global, args: &Drift, matches: &clap::ArgMatches, log: CallLog) -> Result<Exit, Told> {
    let earlier = aftermath::earlier(args);
    let looked = Fleet::new(global, args, matches, log.clone()).look(chosen(global, args, matches)?).await;
    let (stacks, texts): (Vec<(StackDrift, Home)>, Vec<String>) = looked.into_iter().map(|l| ((l.drift, l.home), l.text)).unzip();
    let report = DriftReport::new(timestamp(), stacks.iter().map(|(drift, _)| drift.clone()).collect());
    let report = aftermath::compared(report, earlier.as_ref());
    print!("{}", draw(&report, &texts, args.format, Terminal::detect(global.no_color).style)?);
    aftermath::follow(args, &report, earlier.as_ref(), &stacks, &log).await?;
    Ok(match report.verdict {
        Verdict::NoDrift => Exit::Ok,
        Verdict::Drift => Exit::Changes,
        // What could not be read may hide drift: that is worse to hear of than drift itself.
        Verdict::Unknown => Exit::Error,
    })
}

/// The stacks that the command line means.
fn chosen(global: &Global, args: &Drift, matches: &clap::ArgMatches) -> Result<Vec<Named>, Told> {
    // clap's own check would take the environment's word for the flag.
    if args.all_workspaces && matches.value_source("workspace") == Some(ValueSource::CommandLine) {
        return Err(Told::saying(&Diagnostic::error("--all-workspaces and --workspace cannot be used together")));
    }
    let base = global.chdir.clone().unwrap_or_else(|| PathBuf::from("."));
    let here = [String::new()];
    let names = if args.stacks.is_empty() { &here[..] } else { &args.stacks };
    let all = stacks::named(&base, names, args.all_workspaces).map_err(|e| Told::saying(&Diagnostic::error(e)))?;
    Ok(match args.shard {
        Some(shard) => shard.part(all),
        None => all,
    })
}

fn draw(report: &DriftReport, texts: &[String], format: DriftFormat, style: Style) -> Result<String, Told> {
    Ok(match format {
        DriftFormat::Text => text_of_all(report, texts, style),
        DriftFormat::Json => report.json(),
        DriftFormat::Markdown => markdown::draw(report),
        DriftFormat::Junit => {
            junit::draw(report).map_err(|e| Told::saying(&Diagnostic::error(format!("the JUnit report can't be written: {e}"))))?
        }
        DriftFormat::Prometheus => prometheus::draw(report),
        DriftFormat::Sarif => sarif::draw(report),
    })
}

/// The text of one stack as it is; of several, each under its name, and a summary.
fn text_of_all(report: &DriftReport, texts: &[String], style: Style) -> String {
    let since = report.since.iter().map(|s| format!("\n{}", text::drift::since(s, style))).collect::<String>();
    if let ([_], [text]) = (report.stacks.as_slice(), texts) {
        return text.clone() + &since;
    }
    let mut out = String::new();
    for (stack, text) in report.stacks.iter().zip(texts) {
        out.push_str(&format!("{}\n{text}\n", style.paint(Colour::Bold, &stack.identity())));
    }
    out.push_str(&format!("{}\n", style.paint(Colour::Bold, "Summary:")));
    for stack in &report.stacks {
        out.push_str(&format!("  {}: {}\n", stack.identity(), in_short(stack)));
    }
    out + &since
}
