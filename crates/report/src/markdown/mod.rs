//! A plan as a comment on a pull request, for GitHub and GitLab. What comes from outside stands in code
//! spans and code blocks only, so that nothing in it is Markdown, HTML or a mention.

mod entry;
pub(crate) mod escape;
mod failure;
mod fit;
mod values;

pub use failure::failure;

use crate::finding::{Finding, Severity};
use crate::impact::{Danger, Verdict, duration, expected_seconds, verdict};
use crate::review::{Following, Review, review};
use cairn_engine::Action;
use cairn_engine::saved::{SavedChange, SavedPlan};
use entry::{Entry, Origin, entry};
use escape::{block, code, plain};
use fit::{Cut, Group, fit};

/// GitHub takes 65,535 characters.
pub const LIMIT: usize = 65_000;
/// Names in one line of the verdict.
const MOST_NAMES: usize = 4;
/// Lines of one list outside of the changes.
const MOST_LINES: usize = 40;
/// Steps of the longest way that are told.
const MOST_LEGS: usize = 6;

/// The comment.
pub fn draw(plan: &SavedPlan, findings: &[Finding]) -> String {
    let review = review(plan);
    let mut head = title(plan, review.as_ref());
    head.push_str(&warnings_first(plan, findings));
    let tail = tail(plan);
    let groups = match &review {
        Some(review) => reviewed(plan, review),
        None => groups(plan, plan, Origin::Open, "Look at these first"),
    };
    let follows = review.as_ref().map(|r| follows(&r.follows)).unwrap_or_default();
    let room = LIMIT.saturating_sub(head.len() + follows.len() + tail.len());
    let (drawn, cut) = fit(&groups, room);
    format!("{head}{}{drawn}{follows}{tail}", said(cut))
}

fn title(plan: &SavedPlan, review: Option<&Review>) -> String {
    let whole = verdict(plan);
    let told = review.map(|r| verdict(&r.change));
    let counted = told.as_ref().unwrap_or(&whole);
    let stack = code(&plan.stack);
    let what = if plan.destroy { "Destroys" } else { "Plan of" };
    let mut line = match review {
        _ if plan.refresh_only => format!("### Comparison of {stack} with AWS: {}", differing(plan)),
        None if counted.is_empty() => format!("### {what} {stack}: no changes. AWS is as the configuration says."),
        None => format!("### {what} {stack}: {}", counts(counted)),
        Some(_) if counted.is_empty() => format!("### {what} {stack}: this change does nothing to AWS."),
        Some(_) => format!("### {what} {stack}: this change has {}", counts(counted)),
    };
    for (words, names) in [
        ("⛔ **Loses data:**", &whole.loses),
        ("⛔ **Data at risk:**", &whole.keeps),
        ("May lose data:", &whole.may_lose),
        ("⚠️ **Interrupts:**", &whole.interrupts),
        ("May interrupt:", &whole.may_interrupt),
    ] {
        if !names.is_empty() {
            line.push_str(&format!(" {words} {}.", few(names)));
        }
    }
    if let Some(review) = review {
        line.push_str(&format!(
            " Drifted before it: {}. Follows AWS: {}.",
            review.drift.changes.iter().filter(|c| c.action != Action::NoOp).count(),
            review.follows.len()
        ));
    }
    format!("{line}\n\n{}{}", compared(plan, &whole), way(plan))
}

fn counts(verdict: &Verdict<'_>) -> String {
    let Verdict { add, change, replace, destroy, .. } = verdict;
    format!("{add} to add, {change} to change, {replace} to replace, {destroy} to destroy.")
}

fn differing(plan: &SavedPlan) -> String {
    match plan.changes.iter().filter(|c| !c.differences.is_empty()).count() {
        0 => "AWS is as the configuration says.".to_string(),
        n => format!("{n} differ. Nothing is changed."),
    }
}

fn few(names: &[&str]) -> String {
    let shown: Vec<String> = names.iter().take(MOST_NAMES).map(|n| code(n)).collect();
    let rest = names.len().saturating_sub(MOST_NAMES);
    if rest == 0 { shown.join(", ") } else { format!("{} and {rest} more", shown.join(", ")) }
}

fn compared(plan: &SavedPlan, whole: &Verdict<'_>) -> String {
    let Some(base) = &plan.base else { return String::new() };
    let commit: String = base.commit.chars().take(12).collect();
    format!(
        "Compared with {} ({}), both against one reading of AWS. An apply does all of it: {}\n\n",
        code(&base.revision),
        code(&commit),
        counts(whole)
    )
}

/// What a run takes at least, and where the time goes.
fn way(plan: &SavedPlan) -> String {
    let seconds = expected_seconds(plan);
    if seconds < 10 || plan.refresh_only {
        return String::new();
    }
    let long = plan.critical_path.iter().filter(|leg| leg.seconds > 9);
    let steps: Vec<String> = long
        .clone()
        .take(MOST_LEGS)
        .map(|leg| format!("{} {} ({})", entry::verb(leg.action).to_lowercase(), code(&leg.address), duration(leg.seconds)))
        .collect();
    let more = if long.count() > MOST_LEGS { " → …" } else { "" };
    let way = if steps.is_empty() { String::new() } else { format!(" The longest way: {}{more}.", steps.join(" → ")) };
    format!("An apply takes about **{}** at least (estimate).{way}\n\n", duration(seconds))
}

/// What comes before any change: what could not be read, and what policies say.
fn warnings_first(plan: &SavedPlan, findings: &[Finding]) -> String {
    let mut out = String::new();
    if !plan.unchecked.is_empty() {
        out.push_str("**Not everything could be read.** Nothing is said of these types, and an apply is refused:\n\n");
        let lines = plan.unchecked.iter().map(|u| format!("- {}: {}\n", code(&u.type_name), code(&u.reason)));
        out.push_str(&listed(lines));
    }
    for (severity, words) in [(Severity::Deny, "**Policies refuse this plan:**"), (Severity::Warn, "Policies warn:")] {
        let found = findings.iter().filter(|f| f.severity == severity);
        let lines = found.map(|f| {
            let resource = f.unnamed_resource().map(|r| format!("{}: ", code(r))).unwrap_or_default();
            let at = f.at.as_deref().map(|at| format!(", {}", code(at))).unwrap_or_default();
            format!("- {resource}{} ({}{at})\n", code(&f.message), code(&f.rule))
        });
        let list = listed(lines);
        if !list.is_empty() {
            out.push_str(&format!("{words}\n\n{list}"));
        }
    }
    out
}

fn listed(lines: impl Iterator<Item = String>) -> String {
    let lines: Vec<String> = lines.collect();
    let mut out: String = lines.iter().take(MOST_LINES).map(String::as_str).collect();
    if lines.len() > MOST_LINES {
        out.push_str(&format!("- and {} more\n", lines.len() - MOST_LINES));
    }
    if !out.is_empty() {
        out.push('\n');
    }
    out
}

/// The changes of a part, the dangerous ones first and open, the others folded by what is done. What
/// makes a value unknown is looked for in the whole.
fn groups(whole: &SavedPlan, plan: &SavedPlan, origin: Origin, heading: &str) -> Vec<Group> {
    let shown =
        |c: &&SavedChange| if plan.refresh_only { !c.differences.is_empty() } else { !matches!(c.action, Action::NoOp | Action::Read) };
    let mut drawn: Vec<(&SavedChange, Entry)> = plan.changes.iter().filter(shown).map(|c| (c, entry(whole, c, origin))).collect();
    drawn.sort_by(|(_, a), (_, b)| (a.danger, &a.address).cmp(&(b.danger, &b.address)));
    let mut groups = vec![Group { heading: heading.to_string(), ..Group::default() }];
    let titles = ["to change", "to change in their tags only", "to add", "that differ"];
    groups.extend(titles.iter().map(|_| Group::default()));
    for (change, entry) in drawn {
        let place = match (entry.danger.is_open(), change.action) {
            (true, _) => 0,
            (_, Action::Update) if entry.tags_only => 2,
            (_, Action::Update) => 1,
            (_, Action::NoOp) => 4,
            _ => 3,
        };
        if let Some(group) = groups.get_mut(place) {
            group.entries.push(entry);
        }
    }
    for (group, words) in groups.iter_mut().skip(1).zip(titles) {
        group.fold = Some(format!("{} {words}{}", group.entries.len(), noticed(&group.entries)));
    }
    groups
}

fn noticed(entries: &[Entry]) -> String {
    match entries.iter().filter(|e| e.danger == Danger::MayInterrupt).count() {
        0 => String::new(),
        n => format!(", {n} may interrupt"),
    }
}

fn reviewed(plan: &SavedPlan, review: &Review) -> Vec<Group> {
    let base = plan.base.as_ref().map_or(plan, |b| &b.plan);
    let mut all = headed(groups(plan, &review.change, Origin::Configuration, "What this change does"));
    all.extend(headed(groups(base, &review.drift, Origin::World, "What had already drifted, and an apply mends as well")));
    all
}

/// The groups of a part that has its heading even where nothing stands open below it.
fn headed(mut groups: Vec<Group>) -> Vec<Group> {
    let nothing = groups.iter().all(|g| g.entries.is_empty());
    if let Some(first) = groups.first_mut() {
        first.always = true;
        if nothing {
            first.heading.push_str(": nothing");
        }
    }
    groups
}

fn follows(follows: &[Following]) -> String {
    if follows.is_empty() {
        return String::new();
    }
    let lines = follows.iter().map(|f| {
        let paths: Vec<String> = f.differences.iter().filter(|d| d.drift).take(3).map(|d| code(&d.path)).collect();
        let paths = if paths.is_empty() { String::new() } else { format!(": {}", paths.join(", ")) };
        let at = f.declared_at.as_deref().map(|at| format!(" ({})", code(at))).unwrap_or_default();
        format!("- {} {}{paths}{at}\n", code(&f.address), f.words())
    });
    format!("#### What this change writes down as AWS already has it: nothing is done\n\n{}", listed(lines))
}

fn tail(plan: &SavedPlan) -> String {
    let mut out = String::new();
    let deferred = plan.data.iter().filter(|d| d.deferred).map(|d| format!("- {}\n", code(&d.address)));
    let deferred = listed(deferred);
    if !deferred.is_empty() {
        out.push_str(&format!("<details>\n<summary>Read during the apply</summary>\n\n{deferred}</details>\n\n"));
    }
    let outputs = listed(crate::text::outputs::changes(plan).into_iter().map(|name| format!("- {}\n", code(name))));
    if !outputs.is_empty() {
        out.push_str(&format!("<details>\n<summary>Outputs that are known after the apply</summary>\n\n{outputs}</details>\n\n"));
    }
    if !plan.warnings.is_empty() {
        let lines: Vec<String> = plan.warnings.iter().take(MOST_LINES).map(|w| plain(w, 400)).collect();
        out.push_str(&format!("Warnings:\n\n{}\n", block("text", &lines)));
    }
    let time = if plan.timestamp.is_empty() { String::new() } else { format!(" at {}", code(&plan.timestamp)) };
    out.push_str(&format!("Planned by Cairn{time}.\n"));
    out
}

fn said(cut: Cut) -> String {
    if cut.brief + cut.named + cut.out == 0 {
        return String::new();
    }
    let mut parts = Vec::new();
    for (n, words) in [(cut.brief, "in one line"), (cut.named, "only named"), (cut.out, "left out")] {
        if n > 0 {
            parts.push(format!("{n} {words}"));
        }
    }
    let unnamed = match cut.unnamed {
        0 => "Everything that is destroyed is named.".to_string(),
        n => format!("**There is no room to name {n} destructions.**"),
    };
    format!(
        "> This comment is cut: of {} changes, {}. {unnamed} The whole is what `cairn plan` prints, or `cairn show FILE` of the saved plan.\n\n",
        cut.all,
        parts.join(", ")
    )
}
