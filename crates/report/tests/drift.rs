//! The formats of a report of drift, and the schema that describes its JSON.
#![allow(missing_docs)]

use cairn_report::drift::{
    AttributeDrift, DriftReport, Finding, IgnoreEntry, Ignored, Kind, Place, Since, StackDrift, UncheckedType, Verdict, Who, junit,
    markdown, prometheus, sarif,
};
use serde_json::{Value as Json, json};
use std::path::Path;

const HOSTILE: &str = "a\"b\\c\n```\n<script>alert(1)</script> & \u{1b}[31m]]>\u{202e}";

fn finding(address: &str, kind: Kind, differences: Vec<AttributeDrift>) -> Finding {
    let declared = matches!(kind, Kind::Changed | Kind::Missing).then(|| Place { file: "modules/a b/main.tf".into(), line: 7, column: 3 });
    let id = (kind != Kind::Missing).then(|| "sg-1".to_string());
    Finding {
        address: address.into(),
        type_name: "aws_security_group".into(),
        id,
        kind,
        declared,
        detail: None,
        differences,
        expired_ignore: None,
        console: None,
        who: None,
        who_unknown: None,
    }
}

fn entry(expires: &str) -> IgnoreEntry {
    let declared = Place { file: "cairn.toml".into(), line: 5, column: 1 };
    IgnoreEntry { address: "aws_vpc.*".into(), attribute: Some("tags".into()), reason: HOSTILE.into(), expires: expires.into(), declared }
}

fn ignored() -> Ignored {
    let attributes = vec!["tags[\"a\"]".to_string()];
    Ignored {
        address: "aws_vpc.main".into(),
        type_name: "aws_vpc".into(),
        id: None,
        kind: Kind::Changed,
        attributes,
        entry: entry("2027-01-01"),
    }
}

fn who() -> Who {
    Who {
        user: format!("arn:aws:iam::111122223333:user/{HOSTILE}"),
        time: "2026-11-21T20:00:00Z".into(),
        source: "192.0.2.1".into(),
        call: "ec2:ModifyVpcAttribute".into(),
        event_id: "11111111-2222-3333-4444-555555555555".into(),
    }
}

fn report() -> DriftReport {
    let difference = |attribute: &str, found: Json, sensitive| AttributeDrift {
        attribute: attribute.into(),
        wanted: if sensitive { Json::Null } else { json!("fine") },
        found,
        sensitive,
    };
    let drifted = StackDrift {
        stack: "moodle".into(),
        workspace: "production".into(),
        verdict: Verdict::Drift,
        checked: vec!["aws_vpc.main".into(), "aws_security_group.a".into(), "aws_security_group.gone".into()],
        findings: vec![
            finding(
                "aws_security_group.a",
                Kind::Changed,
                vec![difference("description", json!(HOSTILE), false), difference("password", Json::Null, true)],
            ),
            finding("aws_security_group.gone", Kind::Missing, vec![]),
            Finding { who: Some(who()), ..finding("aws_security_group[\"sg-1\"]", Kind::Stray, vec![]) },
            Finding { expired_ignore: Some(entry("2026-01-01")), ..finding("aws_security_group.a", Kind::Unmarked, vec![]) },
        ],
        ignored: vec![ignored()],
        unmatched_ignores: vec![entry("2027-02-02")],
        unchecked: vec![],
        error: None,
    };
    let unread = StackDrift {
        stack: "other".into(),
        workspace: "dev".into(),
        verdict: Verdict::Unknown,
        checked: vec!["aws_vpc.main".into()],
        findings: vec![],
        ignored: vec![],
        unmatched_ignores: vec![],
        unchecked: vec![
            UncheckedType { type_name: "aws_iam_role".into(), provider: "aws".into(), reason: HOSTILE.into(), allowed: false },
            UncheckedType { type_name: "aws_shield_protection".into(), provider: "aws".into(), reason: "no".into(), allowed: true },
        ],
        error: None,
    };
    let failed = StackDrift::failed("third".into(), "dev".into(), "There is no cairn.toml".into());
    DriftReport::new("2026-11-22T01:02:03Z".into(), vec![drifted, unread, failed])
}

#[test]
fn the_worst_verdict_is_the_reports() {
    let report = report();
    assert_eq!(report.verdict, Verdict::Unknown);
    assert_eq!(DriftReport::new(String::new(), report.stacks[..1].to_vec()).verdict, Verdict::Drift);
    assert_eq!(DriftReport::new(String::new(), vec![]).verdict, Verdict::NoDrift);
}

#[test]
fn json_is_read_back_and_described_by_its_schema() {
    let text = report().json();
    assert_eq!(serde_json::from_str::<DriftReport>(&text).unwrap(), report());
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/drift.schema.json");
    let schema = format!("{:#}\n", schemars::schema_for!(DriftReport).to_value());
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&file, &schema).unwrap();
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(kept, schema, "docs/drift.schema.json is not what the types say: UPDATE=1 cargo test -p cairn-report writes it again");
}

#[test]
fn prometheus_has_a_line_a_series_and_escapes_labels() {
    let mut report = report();
    report.stacks[0].stack = HOSTILE.into();
    let text = prometheus::draw(&report);
    let hostile = r#"stack="a\"b\\c\n```\n<script>"#;
    assert!(text.contains(&format!("cairn_drift_verdict{{{hostile}")), "{text}");
    for line in [
        r#"cairn_drift_verdict{stack="other",workspace="dev"} 1"#,
        r#"cairn_drift_unchecked_types{stack="other",workspace="dev"} 2"#,
        r#"cairn_drift_findings{stack="third",workspace="dev",kind="stray"} 0"#,
        r#"cairn_drift_checked_timestamp_seconds{stack="other",workspace="dev"} 1795309323"#,
    ] {
        assert!(text.lines().any(|l| l == line), "no {line} in\n{text}");
    }
}

#[test]
fn junit_tells_failures_from_errors() {
    let xml = junit::draw(&report()).unwrap();
    assert!(xml.contains(r#"tests="9""#) && xml.contains(r#"failures="4""#) && xml.contains(r#"errors="2""#), "{xml}");
    assert!(!xml.contains("<script>") && !xml.contains('\u{1b}'), "{xml}");
    assert_eq!(xml, junit::draw(&report()).unwrap());
}

#[test]
fn sarif_points_at_the_declaration() {
    let log: Json = serde_json::from_str(&sarif::draw(&report())).unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), 8);
    let suppressed = results.iter().filter(|r| r.get("suppressions").is_some()).count();
    assert_eq!(suppressed, 2, "what is ignored, and what is allowed to be unread");
    let place = |i: usize| &results[i]["locations"][0]["physicalLocation"];
    assert_eq!(place(0)["artifactLocation"]["uri"], "modules/a%20b/main.tf");
    assert_eq!(place(0)["region"], json!({ "startLine": 7, "startColumn": 3 }));
    assert_eq!(place(2)["artifactLocation"]["uri"], "cairn.toml", "a stray is declared nowhere");
    let rules: Vec<&Json> = log["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap().iter().map(|r| &r["id"]).collect();
    assert!(results.iter().all(|r| rules.contains(&&r["ruleId"])));
}

#[test]
fn markdown_says_the_verdict_first_and_is_not_broken_by_values() {
    let text = markdown::draw(&report());
    assert!(text.starts_with("## 2 of 3 stacks could not be read in full; 4 resources have drifted\n"), "{text}");
    assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'));
    // The value's own fence is shorter than the one around it.
    let fence = text.lines().find(|l| l.ends_with("diff")).unwrap().trim_end_matches("diff");
    assert!(fence.len() > 3, "{text}");
    assert!(text.contains("sensitive values differ"));
}

#[test]
fn what_changed_since_the_last_report() {
    let last = report();
    let mut now = report();
    assert_eq!(
        Since::of(&now, &last),
        Since { checked_at: last.checked_at.clone(), changed: false, new: vec![], altered: vec![], gone: vec![] }
    );
    now.stacks[1].unchecked[0].reason = "another request id".into();
    assert!(!Since::of(&now, &last).changed, "the reason's words do not count");
    now.stacks[0].findings[0].differences[0].found = json!("other");
    now.stacks[0].findings.remove(1);
    now.stacks[0].findings.push(finding("aws_security_group.b", Kind::Missing, vec![]));
    let since = Since::of(&now, &last);
    let names = |all: &[cairn_report::drift::since::Named]| all.iter().map(|n| n.address.clone()).collect::<Vec<_>>();
    assert_eq!(names(&since.new), ["aws_security_group.b"]);
    assert_eq!(names(&since.altered), ["aws_security_group.a"]);
    assert_eq!(names(&since.gone), ["aws_security_group.gone"]);
    assert!(since.changed);
    let fresh = Since::of(&last, &DriftReport::new(String::new(), vec![]));
    assert_eq!((fresh.new.len(), fresh.changed), (4, true));
}

#[test]
fn what_could_not_be_read_is_not_gone() {
    let last = report();
    let mut now = report();
    now.stacks[0] = StackDrift::failed("moodle".into(), "production".into(), "AWS does not answer".into());
    let since = Since::of(&now, &last);
    assert!(since.gone.is_empty() && since.changed);
}
