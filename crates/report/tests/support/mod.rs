//! Plans to draw: recorded from the real binary, and larger and worse ones made of them.

#![allow(missing_docs, dead_code)]

use cairn_engine::saved::{SavedChange, SavedPlan, SavedUnchecked};
use cairn_engine::{Action, Reason};
use cairn_model::instance::Schemas;
use cairn_model::{Block, Diagnostic, Mode, Schema, Span};
use cairn_report::finding::{Finding, Severity};
use cairn_report::markdown;
use cairn_report::text::{self, Style};
use serde_json::{Value as Json, json};
use std::path::PathBuf;

/// Types without their schemas: blocks are drawn as attributes.
pub struct NoSchemas;

impl Schemas for NoSchemas {
    fn resource(&self, _: &str) -> Option<&'static Schema> {
        None
    }
    fn data_source(&self, _: &str) -> Option<&'static Schema> {
        None
    }
    fn provider(&self, _: &str) -> Option<&'static Block> {
        None
    }
    fn names(&self, _: Mode) -> Vec<&'static str> {
        Vec::new()
    }
}

fn here(folder: &str, name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", folder, name].iter().collect()
}

/// A plan that was recorded.
pub fn recorded(name: &str) -> SavedPlan {
    let file = here("plans", &format!("{name}.json"));
    let text = std::fs::read_to_string(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    cairn_engine::load(&serde_json::from_str::<Json>(&text).unwrap()).unwrap()
}

/// The same plan after it was written to a file and read again.
pub fn again(plan: &SavedPlan) -> SavedPlan {
    cairn_engine::load(&serde_json::from_str::<Json>(&serde_json::to_string_pretty(plan).unwrap()).unwrap()).unwrap()
}

/// What policies say of the change in place.
pub fn findings() -> Vec<Finding> {
    vec![
        Finding {
            severity: Severity::Deny,
            rule: "database.multi_az".into(),
            resource: Some("aws_db_instance.main".into()),
            message: "a production database must run in two zones".into(),
            at: Some("main.tf:96:1".into()),
        },
        Finding {
            severity: Severity::Warn,
            rule: "logs.retention".into(),
            resource: None,
            message: "logs are kept for less than 90 days </details> `x` @everyone".into(),
            at: None,
        },
    ]
}

/// A plan with types that could not be read and warnings.
pub fn troubled() -> SavedPlan {
    let mut plan = recorded("in-place");
    plan.unchecked.push(SavedUnchecked {
        type_name: "aws_wafv2_web_acl".into(),
        provider: "aws".into(),
        reason: "wafv2:ListWebACLs: AccessDeniedException: User ``` is not authorized\n</details> <b>".into(),
    });
    plan.warnings.push("warning: this is odd\n```\n</details>".into());
    plan
}

/// A thousand changes of all kinds; what is destroyed is spread among them.
pub fn thousand() -> SavedPlan {
    let made = recorded("first-apply");
    let mut plan = recorded("replace-database");
    let create = made.changes.iter().find(|c| c.type_name == "aws_launch_template").unwrap();
    let update = recorded("in-place").changes.into_iter().find(|c| c.type_name == "aws_db_instance").unwrap();
    let replace = plan.changes.iter().find(|c| c.action == Action::DeleteThenCreate).unwrap().clone();
    plan.changes = (0..1000)
        .map(|i| {
            let (like, action, reason) = match i % 10 {
                0 => (&replace, Action::Delete, Some(Reason::DeleteBecauseNoResourceConfig)),
                1 => (&replace, Action::DeleteThenCreate, Some(Reason::ReplaceBecauseCannotUpdate)),
                2..=5 => (&update, Action::Update, None),
                _ => (create, Action::Create, None),
            };
            let address = format!("module.tenant[\"{i:04}\"].{}.main", like.type_name);
            SavedChange { address, action, reason, ..like.clone() }
        })
        .collect();
    plan
}

/// A recorded plan of hostile values, and others in places that AWS would not let them into.
pub fn hostile() -> SavedPlan {
    let mut plan = recorded("hostile");
    let bad = "`````\n</details></summary><script>alert(1)</script>\u{1b}[2J\u{202e}@everyone\r\n# heading\n~~~\n";
    let mut extra: Vec<SavedChange> = Vec::new();
    for (i, change) in plan.changes.iter().enumerate().filter(|(_, c)| c.action == Action::Create) {
        let mut update = change.clone();
        update.address = format!("{} {bad} {i}", change.address);
        update.id = Some(bad.to_string());
        update.action = if i % 2 == 0 { Action::Update } else { Action::Delete };
        update.reason = (i % 2 == 1).then_some(Reason::DeleteBecauseStray);
        update.before = json!({ "name": bad, "policy": json!({ bad: bad }).to_string(), "long": bad.repeat(2000) });
        update.declared_at = Some(bad.to_string());
        extra.push(update);
    }
    let differing = recorded("in-place").changes.into_iter().flat_map(|c| c.differences).next().unwrap();
    for change in &mut extra {
        for (have, want) in [(json!(bad), json!("x".repeat(100_000))), (json!({ bad: bad }), json!([bad, bad]))] {
            let mut d = differing.clone();
            (d.path, d.have, d.want, d.written_at) = (format!("tags[\"{bad}\"]"), have, want, Some(bad.to_string()));
            change.differences.push(d);
        }
    }
    plan.changes.extend(extra);
    plan.stack = format!("{}{bad}", plan.stack);
    plan.warnings.push(bad.to_string());
    plan
}

/// Errors that name places, and one whose text is hostile.
pub fn errors() -> Vec<Diagnostic> {
    let source = "resource \"aws_vpc\" \"main\" {\n  cidr = 1\n}\n";
    vec![
        Diagnostic::error("Unsupported argument")
            .detail("aws_vpc has no argument \"cidr\".")
            .at(&Span::new("network/main.tf".into(), source, 29, 33), "")
            .help("did you mean \"cidr_block\"?"),
        Diagnostic::error("AWS refuses").detail("``` \u{1b}[2J </details>\n<script> @everyone\n# heading"),
    ]
}

/// The situations, with the name of their golden files.
pub fn situations() -> Vec<(&'static str, SavedPlan, Vec<Finding>)> {
    let mut all: Vec<_> = [
        "first-apply",
        "no-op",
        "in-place",
        "replace-database",
        "drift",
        "refresh-only",
        "change-and-drift",
        "pull-request",
        "tag-only",
        "destroy",
    ]
    .into_iter()
    .map(|name| (name, recorded(name), Vec::new()))
    .collect();
    all.push(("policy-denial", recorded("in-place"), findings()));
    all.push(("unchecked", troubled(), Vec::new()));
    all.push(("thousand", thousand(), Vec::new()));
    all.push(("hostile", hostile(), Vec::new()));
    all
}

pub fn markdown(plan: &SavedPlan, findings: &[Finding]) -> String {
    markdown::draw(plan, findings)
}

pub fn plain_text(plan: &SavedPlan) -> String {
    text::plan::draw(plan, &NoSchemas, Style::PLAIN)
}

/// Compares with the golden file, or writes it anew with UPDATE=1.
pub fn golden(name: &str, drawn: &str) {
    let file = here("golden", name);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&file, drawn).unwrap();
    }
    let golden = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        golden == drawn,
        "{name} is not drawn as its golden file says; look at it with UPDATE=1 cargo test -p cairn-report and git diff"
    );
}
