//! Drift as metrics in Prometheus's text format, for a push gateway or a textfile collector.

use super::{DriftReport, Kind, StackDrift, Verdict};
use std::fmt::Write;
use std::time::UNIX_EPOCH;

/// A series of a metric: its labels and its value.
type Series = (Vec<(&'static str, String)>, u64);

/// The metrics.
pub fn draw(report: &DriftReport) -> String {
    let each = |value: &dyn Fn(&StackDrift) -> u64| -> Vec<Series> { report.stacks.iter().map(|s| (labels(s), value(s))).collect() };
    let findings = report.stacks.iter().flat_map(|stack| {
        Kind::ALL.into_iter().map(move |kind| {
            let count = stack.findings.iter().filter(|f| f.kind == kind).count();
            ([labels(stack), vec![("kind", kind.name().to_string())]].concat(), count as u64)
        })
    });
    let at = humantime::parse_rfc3339(&report.checked_at).ok().and_then(|t| t.duration_since(UNIX_EPOCH).ok());
    let mut text = String::new();
    metric(&mut text, "cairn_drift_verdict", "0: no drift, 2: drift, 1: it could not be told.", each(&|s| exit_code(s.verdict)));
    metric(&mut text, "cairn_drift_findings", "Resources that are not as the configuration says.", findings.collect());
    metric(&mut text, "cairn_drift_ignored_findings", "Findings that the ignore list covers.", each(&|s| s.ignored.len() as u64));
    metric(&mut text, "cairn_drift_checked_resources", "Resources that were compared with AWS.", each(&|s| s.checked.len() as u64));
    metric(&mut text, "cairn_drift_unchecked_types", "Resource types that could not be read.", each(&|s| s.unchecked.len() as u64));
    if let Some(at) = at {
        metric(&mut text, "cairn_drift_checked_timestamp_seconds", "When AWS was read.", each(&|_| at.as_secs()));
    }
    text
}

/// The exit code that stands for a verdict.
fn exit_code(verdict: Verdict) -> u64 {
    match verdict {
        Verdict::NoDrift => 0,
        Verdict::Unknown => 1,
        Verdict::Drift => 2,
    }
}

fn labels(stack: &StackDrift) -> Vec<(&'static str, String)> {
    vec![("stack", stack.stack.clone()), ("workspace", stack.workspace.clone())]
}

fn metric(text: &mut String, name: &str, help: &str, series: Vec<Series>) {
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
    for (labels, value) in series {
        let labels: Vec<String> = labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
        let _ = writeln!(text, "{name}{{{}}} {value}", labels.join(","));
    }
}

/// A label's value as the format has it: backslash, quote and line feed are escaped.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
