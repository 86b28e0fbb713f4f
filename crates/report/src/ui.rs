//! A run as JSON lines, in the form of Terraform's machine-readable UI (`ui` 1.2): what is planned and what
//! happened, a line each. Pure: the caller adds the time and writes.

use crate::verbs;
use cairn_engine::drift::FindingKind;
use cairn_engine::terraform_json::TERRAFORM_VERSION;
use cairn_engine::{Action, Applied, Event, Plan, Reason, drift};
use cairn_model::instance::Output;
use cairn_model::json::{to_json_shown, type_to_json};
use cairn_model::{Address, Diagnostic, Key, Severity, Span};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;
use std::time::Duration;

/// The version of the form.
const UI: &str = "1.2";

/// One line, without its time.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    level: &'static str,
    message: String,
    kind: &'static str,
    body: Map<String, Json>,
}

impl Line {
    fn new(kind: &'static str, message: String, body: Json) -> Line {
        let body = match body {
            Json::Object(body) => body,
            _ => Map::new(),
        };
        Line { level: "info", message, kind, body }
    }

    fn at_level(self, level: &'static str) -> Line {
        Line { level, ..self }
    }

    /// As JSON on one line, without the newline. `timestamp` is in RFC 3339.
    pub fn draw(&self, timestamp: &str) -> String {
        let mut object = Map::new();
        object.insert("@level".into(), json!(self.level));
        object.insert("@message".into(), json!(self.message));
        object.insert("@module".into(), json!("terraform.ui"));
        object.insert("@timestamp".into(), json!(timestamp));
        object.extend(self.body.clone());
        object.insert("type".into(), json!(self.kind));
        Json::Object(object).to_string()
    }
}

/// The first line: which version speaks, and whose language and form it keeps to.
pub fn version() -> Line {
    let cairn = env!("CARGO_PKG_VERSION");
    Line::new("version", format!("Cairn {cairn}"), json!({ "cairn": cairn, "terraform": TERRAFORM_VERSION, "ui": UI }))
}

/// What a plan says: what was read, what drifted, what is planned, the summary, the outputs.
pub fn plan(plan: &Plan) -> Vec<Line> {
    let mut lines: Vec<Line> = plan.changes.iter().flat_map(refreshed).collect();
    // What is missing can't be told from what was never made, and what nobody declares is planned to go.
    let changed = drift(plan).into_iter().filter(|found| matches!(found.kind, FindingKind::Changed(_)));
    lines.extend(changed.map(|found| {
        let change = json!({ "resource": resource(&found.address), "action": "update" });
        Line::new("resource_drift", format!("{}: Drift detected (update)", found.address), json!({ "change": change }))
    }));
    lines.extend(plan.data.iter().filter(|d| d.deferred).map(|d| planned(&d.address, "read", None)));
    lines.extend(plan.changes.iter().filter(|c| c.action != Action::NoOp).map(|c| planned(&c.address, planned_word(c.action), c.reason)));
    let counts = plan.counts();
    let message = format!("Plan: {} to add, {} to change, {} to destroy.", counts.add, counts.change, counts.destroy);
    lines.push(summary(message, counts.add, counts.change, counts.destroy, "plan"));
    lines
}

/// The outputs as a plan has them: which change is not told, since nothing of the last run is kept.
pub fn planned_outputs(outputs: &BTreeMap<String, Output>) -> Option<Line> {
    let each = |o: &Output| json!({ "sensitive": o.sensitive, "action": "create" });
    outputs_line(outputs, &each)
}

/// Something said besides.
pub fn log(message: &str) -> Line {
    Line::new("log", message.to_string(), Json::Null)
}

/// How a run ended: what was not tried, the summary, the outputs. What failed the caller tells as diagnostics.
pub fn applied(plan: &Plan, applied: &Applied) -> Vec<Line> {
    let (verb, operation) = if plan.destroy { ("Destroy", "destroy") } else { ("Apply", "apply") };
    let state = if applied.is_complete() { "complete!" } else { "incomplete." };
    let numbers = match plan.destroy {
        true => format!("{} destroyed.", applied.destroyed),
        false => format!("{} added, {} changed, {} destroyed.", applied.added, applied.changed, applied.destroyed),
    };
    let message = format!("{verb} {state} Resources: {numbers}");
    let skipped = applied.skipped.iter().map(|(address, because)| log(&format!("{address}: not tried: {because}")).at_level("warn"));
    let remaining = applied.remaining.iter().map(|address| log(&format!("{address}: left undone")).at_level("warn"));
    let mut lines: Vec<Line> = skipped.chain(remaining).collect();
    lines.push(summary(message, applied.added, applied.changed, applied.destroyed, operation));
    if !plan.destroy {
        lines.extend(outputs_line(&applied.outputs, &output));
    }
    lines
}

/// One thing that happened during a run; nothing for what the form has no word for.
pub fn event(event: &Event) -> Option<Line> {
    Some(match event {
        Event::Started { address, action, id } => {
            let id = id.as_deref();
            let shown = id.map(|id| format!(" [id={id}]")).unwrap_or_default();
            let message = format!("{address}: {}...{shown}", verbs::of(*action).starting);
            Line::new("apply_start", message, json!({ "hook": hook(address, *action, id, None) }))
        }
        Event::Done { address, action, id, elapsed } => {
            let message = format!("{address}: {} complete after {}s [id={id}]", verbs::of(*action).noun, elapsed.as_secs());
            Line::new("apply_complete", message, json!({ "hook": hook(address, *action, Some(id), Some(*elapsed)) }))
        }
        Event::Failed { address, action, elapsed, .. } => {
            let message = format!("{address}: {} errored after {}s", verbs::of(*action).noun, elapsed.as_secs());
            Line::new("apply_errored", message, json!({ "hook": hook(address, *action, None, Some(*elapsed)) })).at_level("error")
        }
        Event::ReadStarted | Event::ReadDone { .. } | Event::Blocked { .. } | Event::Waiting { .. } | Event::Skipped { .. } => return None,
    })
}

/// That a step is still going on, and what it waits for.
pub fn progress(address: &Address, action: Action, elapsed: Duration, waits_for: Option<&str>) -> Line {
    let waits = waits_for.map(|w| format!(", waiting for {w}")).unwrap_or_default();
    let message = format!("{address}: Still {}... [{}s elapsed{waits}]", verbs::of(action).going_on, elapsed.as_secs());
    Line::new("apply_progress", message, json!({ "hook": hook(address, action, None, Some(elapsed)) }))
}

/// An error or a warning. `source` finds the text of a file by its name.
pub fn diagnostic(diagnostic: &Diagnostic, source: &dyn Fn(&str) -> Option<String>) -> Line {
    let (level, severity, word) = match diagnostic.severity {
        Severity::Error => ("error", "error", "Error"),
        Severity::Warning => ("warn", "warning", "Warning"),
    };
    let detail: Vec<&str> =
        [diagnostic.detail.as_str(), diagnostic.help.as_deref().unwrap_or("")].into_iter().filter(|t| !t.is_empty()).collect();
    let mut body = json!({ "severity": severity, "summary": diagnostic.summary, "detail": detail.join("\n") });
    if let (Some(label), Some(object)) = (diagnostic.labels.first(), body.as_object_mut()) {
        object.insert("range".into(), range(&label.span, source(&label.span.file).as_deref()));
    }
    Line::new("diagnostic", format!("{word}: {}", diagnostic.summary), json!({ "diagnostic": body })).at_level(level)
}

/// Where a span begins and ends. Its end is known as lines and columns where the text is at hand.
fn range(span: &Span, text: Option<&str>) -> Json {
    let place = |line: usize, column: usize, byte: usize| json!({ "line": line, "column": column, "byte": byte });
    let start = place(span.line, span.column, span.start);
    let end = match text.and_then(|t| t.get(span.start..span.end)) {
        Some(inside) => {
            let lines = inside.matches('\n').count();
            let last = inside.rsplit('\n').next().unwrap_or("").chars().count();
            place(span.line + lines, if lines == 0 { span.column + last } else { last + 1 }, span.end)
        }
        None => start.clone(),
    };
    json!({ "filename": &*span.file, "start": start, "end": end })
}

/// The form has a line before and after each resource is read; Cairn reads them in batches, so both come then.
fn refreshed(change: &cairn_engine::Change) -> Vec<Line> {
    let Some(live) = &change.live else { return Vec::new() };
    let hook = json!({ "hook": { "resource": resource(&change.address), "id_key": "id", "id_value": live.id } });
    let line = |kind, text: &str| Line::new(kind, format!("{}: {text} [id={}]", change.address, live.id), hook.clone());
    vec![line("refresh_start", "Refreshing state..."), line("refresh_complete", "Refresh complete")]
}

fn planned(address: &Address, action: &str, reason: Option<Reason>) -> Line {
    let mut change = json!({ "resource": resource(address), "action": action });
    if let (Some(reason), Some(object)) = (reason, change.as_object_mut()) {
        object.insert("reason".into(), json!(reason_word(reason)));
    }
    Line::new("planned_change", format!("{address}: Plan to {action}"), json!({ "change": change }))
}

fn planned_word(action: Action) -> &'static str {
    match action {
        Action::NoOp => "noop",
        Action::Create => "create",
        Action::Read => "read",
        Action::Update => "update",
        Action::DeleteThenCreate | Action::CreateThenDelete => "replace",
        Action::Delete => "delete",
    }
}

fn reason_word(reason: Reason) -> &'static str {
    match reason {
        Reason::ReplaceBecauseCannotUpdate => "cannot_update",
        Reason::ReplaceByRequest => "requested",
        Reason::ReplaceByTriggers => "replace_triggered_by",
        // Terraform knows neither strays nor marks: both are no resource of the configuration.
        Reason::DeleteBecauseNoResourceConfig | Reason::DeleteBecauseStray | Reason::DeleteBecauseDeposed => {
            "delete_because_no_resource_config"
        }
        Reason::DeleteBecauseCountIndex => "delete_because_count_index",
        Reason::DeleteBecauseEachKey => "delete_because_each_key",
        Reason::DeleteBecauseNoModule => "delete_because_no_module",
    }
}

fn summary(message: String, add: usize, change: usize, remove: usize, operation: &str) -> Line {
    let changes = json!({ "add": add, "change": change, "import": 0, "remove": remove, "operation": operation });
    Line::new("change_summary", message, json!({ "changes": changes }))
}

fn outputs_line(outputs: &BTreeMap<String, Output>, each: &dyn Fn(&Output) -> Json) -> Option<Line> {
    if outputs.is_empty() {
        return None;
    }
    let object: Map<String, Json> = outputs.iter().map(|(name, o)| (name.clone(), each(o))).collect();
    Some(Line::new("outputs", format!("Outputs: {}", outputs.len()), json!({ "outputs": object })))
}

/// A sensitive output has no value here.
fn output(output: &Output) -> Json {
    let ty = type_to_json(&output.value.ty());
    match output.sensitive {
        true => json!({ "sensitive": true, "type": ty }),
        false => json!({ "sensitive": false, "type": ty, "value": to_json_shown(&output.value) }),
    }
}

fn hook(address: &Address, action: Action, id: Option<&str>, elapsed: Option<Duration>) -> Json {
    let mut hook = Map::new();
    hook.insert("resource".into(), resource(address));
    hook.insert("action".into(), json!(planned_word(action)));
    if let Some(id) = id {
        hook.insert("id_key".into(), json!("id"));
        hook.insert("id_value".into(), json!(id));
    }
    if let Some(elapsed) = elapsed {
        hook.insert("elapsed_seconds".into(), json!(elapsed.as_secs()));
    }
    Json::Object(hook)
}

fn resource(address: &Address) -> Json {
    let within = Address { module: Vec::new(), ..address.clone() };
    let key = match &address.key {
        Key::None => Json::Null,
        Key::Int(i) => json!(i),
        Key::String(name) => json!(&**name),
    };
    json!({
        "addr": address.to_string(),
        "module": address.module_path(),
        "resource": within.to_string(),
        "implied_provider": address.type_name.split('_').next().unwrap_or_default(),
        "resource_type": &*address.type_name,
        "resource_name": &*address.name,
        "resource_key": key,
    })
}
