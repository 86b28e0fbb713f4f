//! `drift --write-ignore`: entries for what was found, at the end of `cairn.toml`. The reason is left empty, so
//! that the file is refused until somebody has written one.

use crate::project::{Told, timestamp};
use crate::settings::FILE;
use cairn_model::Diagnostic;
use cairn_report::drift::{Finding, Kind, StackDrift};
use cairn_report::text::harmless;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// How long a proposed entry holds.
const DAYS: u64 = 30;

/// One entry as it is proposed.
struct Entry<'a> {
    address: &'a str,
    attribute: Option<&'a str>,
    /// What was found.
    comment: String,
}

/// Proposes entries for the findings of a stack, in its folder. Gives what is to be said of it.
pub fn write(dir: &Path, stack: &StackDrift) -> Result<String, Told> {
    let file = dir.join(FILE);
    let refused = |why: &str| Told::saying(&Diagnostic::error(format!("{} can't be added to: {why}", file.display())));
    let before = std::fs::read_to_string(&file).map_err(|e| refused(&e.to_string()))?;
    // An entry that expired is to be looked at again, not to be written a second time.
    let (expired, fresh): (Vec<&Finding>, Vec<&Finding>) = stack.findings.iter().partition(|f| f.expired_ignore.is_some());
    // The same stack in another workspace may have asked for the same.
    let entries: Vec<Entry<'_>> = fresh.into_iter().flat_map(entries).filter(|e| !before.contains(&e.names())).collect();
    if !entries.is_empty() {
        let added: String = entries.iter().map(|e| e.text(&last_day())).collect();
        let gap = if before.ends_with('\n') || before.is_empty() { "" } else { "\n" };
        let after = format!("{before}{gap}{added}");
        // A list that is written as `ignore = […]` can't be gone on with by tables.
        after.parse::<toml::Table>().map_err(|e| refused(&format!("{}\n\nThese are the entries:\n{added}", e.message())))?;
        std::fs::write(&file, after).map_err(|e| refused(&e.to_string()))?;
    }
    let mut said = match entries.len() {
        0 => format!("{}: there is nothing to add to the ignore list.", file.display()),
        n => format!("{}: added to the ignore list: {n}. Write a reason into each before the file is read again.", file.display()),
    };
    if !expired.is_empty() {
        said.push_str(&format!(" Findings whose entry expired: {}; renew those, or mend the drift.", expired.len()));
    }
    Ok(said)
}

/// An entry per value that differs; one for the resource where that as a whole is the matter.
fn entries(finding: &Finding) -> Vec<Entry<'_>> {
    let address = finding.address.as_str();
    let whole = (finding.kind != Kind::Changed).then(|| Entry { address, attribute: None, comment: finding.sentence() });
    let values = finding.differences.iter().map(|d| Entry { address, attribute: Some(&d.attribute), comment: d.line() });
    whole.into_iter().chain(values).collect()
}

impl Entry<'_> {
    /// What it is for.
    fn names(&self) -> String {
        let attribute = self.attribute.map(|a| format!("attribute = {}\n", quoted(a))).unwrap_or_default();
        format!("[[ignore]]\naddress = {}\n{attribute}reason", quoted(self.address))
    }

    fn text(&self, expires: &str) -> String {
        let comment = harmless(&self.comment).replace('\n', " ");
        format!("\n# {comment}\n{} = \"\"\nexpires = {expires}\n", self.names())
    }
}

/// Text as TOML: plain quotes where they serve, since addresses hold double ones.
fn quoted(text: &str) -> String {
    let plain = !text.contains('\'') && !text.chars().any(char::is_control);
    if plain { format!("'{text}'") } else { serde_json::Value::from(text).to_string() }
}

fn last_day() -> String {
    let then = SystemTime::now() + Duration::from_secs(DAYS * 24 * 60 * 60);
    day_of(&humantime::format_rfc3339_seconds(then).to_string())
}

/// Today, in UTC: YYYY-MM-DD.
pub fn today() -> String {
    day_of(&timestamp())
}

fn day_of(timestamp: &str) -> String {
    timestamp.chars().take("YYYY-MM-DD".len()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_as_it_was_meant() {
        for (address, attribute) in [("aws_vpc.a[\"x\"]", Some("tags[\"it's\"]")), ("aws_vpc.a[\"\\n\u{7}'\"]", None)] {
            let text = Entry { address, attribute, comment: "line\none".into() }.text("2026-12-31");
            let table: toml::Table = text.parse().unwrap_or_else(|e| panic!("{e}\n{text}"));
            let entry = &table["ignore"][0];
            assert_eq!((entry["address"].as_str(), entry.get("attribute").and_then(|a| a.as_str())), (Some(address), attribute));
        }
    }
}
