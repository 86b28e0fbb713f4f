//! What is done with a report besides showing it: it is compared with the last one, receivers are told, entries
//! for the ignore list are proposed.

use crate::args::Drift;
use crate::project::Told;
use crate::watch::Receiver;
use crate::{notify, write_ignore};
use cairn_aws::calls::CallLog;
use cairn_report::drift::{DriftReport, Since, StackDrift};
use cairn_report::text::harmless;
use std::path::{Path, PathBuf};

/// Where a stack is, and who is told of it.
#[derive(Clone, Debug, Default)]
pub struct Home {
    /// Its folder.
    pub dir: PathBuf,
    /// Who is told.
    pub receivers: Vec<Receiver>,
}

/// The report that a caller kept, where one is named. It is read before anything is printed, which may go to the
/// same file. Without one, everything is new: to be told too much is better than too little.
pub fn earlier(args: &Drift) -> Option<DriftReport> {
    let file = args.since.as_deref()?;
    Some(kept(file).unwrap_or_else(|why| {
        eprintln!("warning: {} holds no earlier report, so that everything counts as new: {why}", file.display());
        DriftReport::new(String::new(), Vec::new())
    }))
}

fn kept(file: &Path) -> Result<DriftReport, String> {
    let text = std::fs::read_to_string(file).map_err(|e| e.to_string())?;
    serde_json::from_str(&text).map_err(|e| e.to_string())
}

/// A report with what changed since an earlier one.
pub fn compared(mut report: DriftReport, earlier: Option<&DriftReport>) -> DriftReport {
    report.since = earlier.map(|earlier| Since::of(&report, earlier));
    report
}

/// Tells the receivers and proposes entries, after the report was shown.
pub async fn follow(
    args: &Drift,
    report: &DriftReport,
    earlier: Option<&DriftReport>,
    stacks: &[(StackDrift, Home)],
    log: &CallLog,
) -> Result<(), Told> {
    let audiences = notify::audiences(stacks.iter().map(|(drift, home)| (drift.identity(), home.receivers.as_slice())));
    for failure in notify::tell(audiences, report, earlier, log).await {
        eprintln!("warning: {}", harmless(&failure));
    }
    for (drift, home) in stacks.iter().filter(|(drift, _)| args.write_ignore && drift.error.is_none()) {
        eprintln!("{}", write_ignore::write(&home.dir, drift)?);
    }
    Ok(())
}
