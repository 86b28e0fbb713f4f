//! `--calls FILE`, and the line with which every verb ends.

use cairn_aws::calls::CallLog;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

/// Writes one JSON line per request.
pub fn write(file: &Path, log: &CallLog) -> std::io::Result<()> {
    let mut out = std::io::BufWriter::new(std::fs::File::create(file)?);
    for call in log.calls() {
        let line = serde_json::json!({
            "service": call.service,
            "operation": call.operation,
            "ms": call.ms,
            "attempt": call.attempt,
            "outcome": call.outcome,
        });
        writeln!(out, "{line}")?;
    }
    out.flush()
}

/// How many calls a run made and how long it took.
pub fn summary(log: &CallLog, elapsed: Duration) -> String {
    let count = log.count();
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} AWS call{plural} in {:.1} s", elapsed.as_secs_f64())
}
