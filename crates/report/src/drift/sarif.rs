//! Drift as SARIF 2.1.0, which code hosts show beside the lines that declare a resource.

use super::{DriftReport, Finding, Ignored, Kind, Place, StackDrift};
use serde_json::{Value as Json, json};

/// The rule under which a type that could not be read, or a whole stack, is reported.
const UNCHECKED: &str = "cairn/unchecked";
/// What stands for a stack as a whole: results need a file.
const SETTINGS: &str = "cairn.toml";

/// The log, with the newline that ends it.
pub fn draw(report: &DriftReport) -> String {
    let mut rules: Vec<Json> = Kind::ALL.into_iter().map(|k| rule(&id(k), k.meaning())).collect();
    rules.push(rule(UNCHECKED, "it could not be read: whether it drifted is not known"));
    let results: Vec<Json> = report.stacks.iter().flat_map(results).collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": { "name": "cairn", "semanticVersion": env!("CARGO_PKG_VERSION"), "rules": rules } },
            "automationDetails": { "id": "cairn-drift/" },
            "results": results,
        }],
    });
    format!("{log:#}\n")
}

fn id(kind: Kind) -> String {
    format!("cairn/{}", kind.name())
}

fn rule(id: &str, meaning: &str) -> Json {
    json!({ "id": id, "shortDescription": { "text": meaning }, "defaultConfiguration": { "level": "warning" } })
}

fn results(stack: &StackDrift) -> Vec<Json> {
    let identity = stack.identity();
    let drifted = stack.findings.iter().map(|f| {
        let lines: Vec<String> =
            std::iter::once(f.sentence()).chain(f.differences.iter().map(super::AttributeDrift::line)).chain(f.notes()).collect();
        result(&identity, &id(f.kind), &f.address, lines.join("\n"), f.declared.as_ref(), &fingerprint(&identity, f))
    });
    let ignored = stack.ignored.iter().map(|i| suppressed(&identity, i));
    let unchecked = stack.unchecked.iter().map(|u| {
        let text = format!("{} (provider {}) could not be read: {}", u.type_name, u.provider, u.reason);
        let mut result =
            result(&identity, UNCHECKED, &u.type_name, text, None, &format!("{identity} unchecked {} {}", u.type_name, u.provider));
        if u.allowed {
            suppress(&mut result, "allowed to be unread");
        }
        result
    });
    let failed = stack.error.iter().map(|e| result(&identity, UNCHECKED, &identity, e.clone(), None, &format!("{identity} unchecked")));
    drifted.chain(ignored).chain(unchecked).chain(failed).collect()
}

/// What the ignore list covers: a result that is suppressed outside of the code that it points at.
fn suppressed(identity: &str, ignored: &Ignored) -> Json {
    let values = if ignored.attributes.is_empty() { String::new() } else { format!(": {}", ignored.attributes.join(", ")) };
    let text = format!("{} is {}{values}", ignored.address, ignored.kind.name().replace('_', " "));
    let fingerprint = format!("{identity} {} {} ignored", ignored.kind.name(), ignored.address);
    let mut result = result(identity, &id(ignored.kind), &ignored.address, text, Some(&ignored.entry.declared), &fingerprint);
    suppress(&mut result, &format!("{} (until {})", ignored.entry.reason, ignored.entry.expires));
    result
}

fn suppress(result: &mut Json, justification: &str) {
    result["suppressions"] = json!([{ "kind": "external", "status": "accepted", "justification": justification }]);
}

/// What makes a finding the same one in the next run: not its values, which may go on changing.
fn fingerprint(identity: &str, finding: &Finding) -> String {
    format!("{identity} {} {}", finding.kind.name(), finding.address)
}

fn result(identity: &str, rule: &str, name: &str, text: String, place: Option<&Place>, fingerprint: &str) -> Json {
    let (file, line, column) = place.map_or((SETTINGS, 1, 1), |p| (p.file.as_str(), p.line, p.column));
    json!({
        "ruleId": rule,
        "level": "warning",
        "message": { "text": text },
        "locations": [{
            "physicalLocation": {
                "artifactLocation": { "uri": uri(file) },
                "region": { "startLine": line, "startColumn": column },
            },
            "logicalLocations": [{ "name": name, "fullyQualifiedName": format!("{identity}: {name}"), "kind": "resource" }],
        }],
        "partialFingerprints": { "cairnDrift/v1": fingerprint },
    })
}

/// A path as a relative URI reference.
fn uri(path: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'.' | b'-' | b'_' | b'~');
    path.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}
