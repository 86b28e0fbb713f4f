//! The ignore list: drift that somebody has looked at and lets be, for a reason and for a time.

use super::pattern::covers;
use super::{Kind, Place};
use cairn_engine::Difference;
use cairn_engine::drift::{Finding, FindingKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One entry of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IgnoreEntry {
    /// The resources, as a pattern of their addresses.
    pub address: String,
    /// The values, as a pattern of their paths; nothing for what concerns the resource as a whole: that it is
    /// missing, a stray, orphaned, or without its mark.
    pub attribute: Option<String>,
    /// Why.
    pub reason: String,
    /// The last day on which it holds, in UTC: YYYY-MM-DD.
    pub expires: String,
    /// Where it stands.
    pub declared: Place,
}

/// What an entry covers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Ignored {
    /// The resource.
    pub address: String,
    /// Its type.
    #[serde(rename = "type")]
    pub type_name: String,
    /// Its id; nothing for one that is missing.
    pub id: Option<String>,
    /// What is the matter.
    pub kind: Kind,
    /// The values that differ and are let be; none where the resource as a whole is.
    pub attributes: Vec<String>,
    /// The entry.
    pub entry: IgnoreEntry,
}

/// What was found, sorted by what the list says of it.
#[derive(Clone, Debug, Default)]
pub struct Sorted {
    /// What is drift, each with an entry that covered it and has expired.
    pub findings: Vec<(Finding, Option<IgnoreEntry>)>,
    /// What is let be.
    pub ignored: Vec<Ignored>,
    /// Entries that cover nothing of what was found.
    pub unmatched: Vec<IgnoreEntry>,
}

impl IgnoreEntry {
    fn holds(&self, today: &str) -> bool {
        // Both are written YYYY-MM-DD, which sorts as text.
        today <= self.expires.as_str()
    }

    /// True when it speaks of the resource as a whole, or of that value of it.
    fn speaks_of(&self, address: &str, attribute: Option<&str>) -> bool {
        let says = match (&self.attribute, attribute) {
            (Some(pattern), Some(attribute)) => covers(pattern, attribute),
            (None, None) => true,
            _ => false,
        };
        says && covers(&self.address, address)
    }

    /// In one line.
    pub fn line(&self) -> String {
        let attribute = self.attribute.as_ref().map(|a| format!(", attribute {a}")).unwrap_or_default();
        format!("{}:{} ({}{attribute})", self.declared.file, self.declared.line, self.address)
    }

    /// What is to be said of one that expired.
    pub fn expired_line(&self) -> String {
        format!("was ignored until {}, and is drift again: {} ({}:{})", self.expires, self.reason, self.declared.file, self.declared.line)
    }
}

/// Sorts findings. `today` is written YYYY-MM-DD.
pub fn sort_out(findings: Vec<Finding>, entries: &[IgnoreEntry], today: &str) -> Sorted {
    let mut sorting = Sorting { entries, today, matched: vec![false; entries.len()], sorted: Sorted::default() };
    for finding in findings {
        sorting.take(finding);
    }
    let Sorting { matched, mut sorted, .. } = sorting;
    sorted.unmatched = entries.iter().zip(matched).filter(|(_, matched)| !matched).map(|(e, _)| e.clone()).collect();
    sorted
}

struct Sorting<'a> {
    entries: &'a [IgnoreEntry],
    today: &'a str,
    matched: Vec<bool>,
    sorted: Sorted,
}

impl<'a> Sorting<'a> {
    fn take(&mut self, finding: Finding) {
        let address = finding.address.to_string();
        let mut expired = None;
        let mut left: Vec<Difference> = Vec::new();
        for difference in finding.kind.differences().to_vec() {
            let attribute = difference.path.to_string();
            match self.entry_for(&address, Some(&attribute), &mut expired) {
                Some(entry) => self.let_be(&finding, Some(attribute), entry),
                None => left.push(difference),
            }
        }
        let whole = !matches!(finding.kind, FindingKind::Changed(_));
        let entry = if whole { self.entry_for(&address, None, &mut expired) } else { None };
        let kind = match entry {
            Some(entry) => {
                self.let_be(&finding, None, entry);
                FindingKind::Changed(left)
            }
            None => finding.kind.clone().with_differences(left),
        };
        if !matches!(&kind, FindingKind::Changed(left) if left.is_empty()) {
            self.sorted.findings.push((Finding { kind, ..finding }, expired.cloned()));
        }
    }

    /// The entry that lets something be, or else the one that did.
    fn entry_for(&mut self, address: &str, attribute: Option<&str>, expired: &mut Option<&'a IgnoreEntry>) -> Option<&'a IgnoreEntry> {
        let mut holding = None;
        let mut over = None;
        for (entry, matched) in self.entries.iter().zip(&mut self.matched).filter(|(e, _)| e.speaks_of(address, attribute)) {
            *matched = true;
            let place = if entry.holds(self.today) { &mut holding } else { &mut over };
            place.get_or_insert(entry);
        }
        if holding.is_none() {
            *expired = expired.or(over);
        }
        holding
    }

    fn let_be(&mut self, finding: &Finding, attribute: Option<String>, entry: &IgnoreEntry) {
        let address = finding.address.to_string();
        let same = |i: &&mut Ignored| i.address == address && i.id == finding.id && i.entry == *entry;
        if let Some(known) = self.sorted.ignored.iter_mut().find(same) {
            known.attributes.extend(attribute);
            return;
        }
        self.sorted.ignored.push(Ignored {
            address,
            type_name: finding.type_name.to_string(),
            id: finding.id.clone(),
            kind: if attribute.is_some() { Kind::Changed } else { Kind::of(&finding.kind) },
            attributes: attribute.into_iter().collect(),
            entry: entry.clone(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cairn_model::{Address, Key, Path, Value};

    fn difference(attribute: &str) -> Difference {
        let (have, want) = (Value::string("found"), Value::string("wanted"));
        Difference { path: Path::name(attribute), have, want, force_new: false, drift: true, span: None }
    }

    fn found(name: &str, kind: FindingKind) -> Finding {
        let address = Address::root("aws_vpc", name, Key::None);
        Finding { address, type_name: "aws_vpc", id: Some("vpc-1".into()), provider: "aws".into(), value: Value::null(), kind }
    }

    fn entry(address: &str, attribute: Option<&str>, expires: &str) -> IgnoreEntry {
        let declared = Place { file: "cairn.toml".into(), line: 3, column: 1 };
        let reason = "agreed".to_string();
        IgnoreEntry { address: address.into(), attribute: attribute.map(str::to_string), reason, expires: expires.into(), declared }
    }

    const TODAY: &str = "2026-11-22";

    #[test]
    fn a_value_is_let_be_and_the_others_stay() {
        let kind = FindingKind::Changed(vec![difference("a"), difference("b")]);
        let sorted = sort_out(vec![found("main", kind)], &[entry("aws_vpc.*", Some("b"), TODAY)], TODAY);
        assert_eq!(sorted.findings[0].0.kind, FindingKind::Changed(vec![difference("a")]));
        assert_eq!((sorted.findings[0].1.as_ref(), sorted.ignored[0].attributes.as_slice()), (None, &["b".to_string()][..]));
        assert!(sorted.unmatched.is_empty());
    }

    #[test]
    fn an_expired_entry_is_drift_again() {
        let over = entry("aws_vpc.main", None, "2026-11-21");
        let sorted = sort_out(vec![found("main", FindingKind::Stray)], std::slice::from_ref(&over), TODAY);
        assert_eq!((sorted.findings.len(), sorted.findings[0].1.as_ref()), (1, Some(&over)));
        assert!(sorted.ignored.is_empty() && sorted.unmatched.is_empty());
        let both = [over, entry("aws_vpc.main", None, "2026-12-31")];
        let sorted = sort_out(vec![found("main", FindingKind::Stray)], &both, TODAY);
        assert!(sorted.findings.is_empty(), "another entry holds");
    }

    #[test]
    fn an_entry_that_covers_nothing_is_told() {
        let entries = [entry("aws_vpc.main", Some("a"), "2027-01-01"), entry("aws_vpc.main", None, "2027-01-01")];
        let sorted = sort_out(vec![found("main", FindingKind::Changed(vec![difference("b")]))], &entries, TODAY);
        assert_eq!((sorted.unmatched.as_slice(), sorted.findings.len()), (&entries[..], 1));
    }

    #[test]
    fn a_lost_mark_that_is_let_be_leaves_the_values() {
        let kind = FindingKind::Unmarked { whose: "it carries no mark".into(), differences: vec![difference("a")] };
        let sorted = sort_out(vec![found("main", kind)], &[entry("aws_vpc.main", None, TODAY)], TODAY);
        assert_eq!(sorted.findings[0].0.kind, FindingKind::Changed(vec![difference("a")]));
        assert_eq!(sorted.ignored[0].kind, Kind::Unmarked);
    }
}
