//! What is to be said of a stack that was looked at: its drift, less what is let be, with what else is known of it.

use crate::args::Drift;
use crate::watch::Watch;
use crate::write_ignore::today;
use cairn_aws::{AwsProvider, trail};
use cairn_engine::{Finding, Plan, drift};
use cairn_report::drift::{StackDrift, ignore};
use cairn_report::text::{self, Style};

/// What a plan says of drift, and that as text.
pub async fn judged(watch: &Watch, args: &Drift, provider: &AwsProvider, plan: &Plan, style: Style) -> (StackDrift, String) {
    let sorted = ignore::sort_out(drift(plan), &watch.ignore, &today());
    let allowed = [watch.allow_unchecked.as_slice(), args.allow_unchecked.as_slice()].concat();
    let mut drift = StackDrift::of(plan, &sorted, &allowed);
    let findings: Vec<Finding> = sorted.findings.iter().map(|(f, _)| f.clone()).collect();
    for (told, found) in drift.findings.iter_mut().zip(&findings) {
        told.console = provider.console(found);
    }
    if args.who {
        let told = trail::last_changes(provider, &plan.stack, &findings).await;
        for (finding, told) in drift.findings.iter_mut().zip(told) {
            finding.changed_by(told);
        }
    }
    let text = text::drift::draw(&sorted, &drift, style);
    (drift, text)
}
