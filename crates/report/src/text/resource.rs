//! Draws one resource and how it changes.

use super::style::{Colour, Style};
use super::values::{Drawer, Pair, aligned, keys};
use cairn_engine::{Action, saved::SavedChange};
use cairn_model::schema::{Block, NestedBlock, Schema};
use serde_json::Value as Json;

static NULL: Json = Json::Null;
static NO: Json = Json::Bool(false);

/// Attributes that are shown even where they stay the same: they tell a reader which resource it is.
const TELLING: &[&str] = &["id", "name"];

/// The block of a change, `resource "TYPE" "NAME" { … }`, with its symbol.
pub fn draw(change: &SavedChange, schema: Option<&Schema>, style: Style) -> Vec<String> {
    let symbol = match change.action {
        Action::Create => style.paint(Colour::Green, "+"),
        Action::Update => style.paint(Colour::Yellow, "~"),
        Action::Delete => style.paint(Colour::Red, "-"),
        Action::DeleteThenCreate => format!("{}/{}", style.paint(Colour::Red, "-"), style.paint(Colour::Green, "+")),
        Action::CreateThenDelete => format!("{}/{}", style.paint(Colour::Green, "+"), style.paint(Colour::Red, "-")),
        Action::Read => style.paint(Colour::Cyan, "<="),
        Action::NoOp => " ".to_string(),
    };
    let width = if matches!(change.action, Action::DeleteThenCreate | Action::CreateThenDelete) { 3 } else { 1 };
    let deletes = change.action == Action::Delete;
    let pair = Pair {
        before: &change.before,
        after: if deletes { &NULL } else { &change.after },
        unknown: if deletes { &NO } else { &change.after_unknown },
        sensitive_before: &change.before_sensitive,
        sensitive_after: &change.after_sensitive,
    };
    let forces: Vec<String> = change
        .differences
        .iter()
        .filter(|d| d.force_new)
        .filter_map(|d| d.steps.first().and_then(Json::as_str).map(str::to_string))
        .collect();
    let body = Body { drawer: Drawer { style, whole: false }, forces: &forces };
    let mut lines = vec![format!("{:1$}{symbol} resource \"{2}\" \"{3}\" {{", "", 3 - width, change.type_name, change.name)];
    lines.extend(body.block(2, pair, schema.map(|s| s.block), true));
    lines.push("    }".to_string());
    lines
}

/// What differs of a resource, `PATH = FOUND -> WANTED` each.
pub fn differences(change: &SavedChange, style: Style) -> Vec<String> {
    let drawer = Drawer { style, whole: false };
    let lines = change.differences.iter().flat_map(|d| {
        let sensitive = Json::Bool(d.sensitive);
        let pair =
            Pair { before: &d.have, after: &d.want, unknown: &d.want_unknown, sensitive_before: &sensitive, sensitive_after: &sensitive };
        drawer.attribute(4, &d.path, 0, pair, if d.force_new { "# forces replacement" } else { "" })
    });
    lines.collect()
}

/// A resource as it is, every attribute shown.
pub fn draw_live(change: &SavedChange, schema: Option<&Schema>, style: Style) -> Vec<String> {
    let pair = Pair {
        before: &change.before,
        after: &change.after,
        unknown: &NO,
        sensitive_before: &change.before_sensitive,
        sensitive_after: &change.after_sensitive,
    };
    let body = Body { drawer: Drawer { style, whole: true }, forces: &[] };
    let mut lines = vec![format!("resource \"{}\" \"{}\" {{", change.type_name, change.name)];
    // Without symbols, everything stands four columns further left.
    let inner = body.block(2, pair, schema.map(|s| s.block), true);
    lines.extend(inner.into_iter().map(|l| l.strip_prefix("    ").map_or(l.clone(), str::to_string)));
    lines.push("}".to_string());
    lines
}

struct Body<'a> {
    drawer: Drawer,
    forces: &'a [String],
}

impl Body<'_> {
    /// The inside of a block whose symbol stands in column `n`.
    fn block(&self, n: usize, pair: Pair<'_>, block: Option<&Block>, top: bool) -> Vec<String> {
        let nested = |name: &str| block.and_then(|b| b.nested(name));
        let names: Vec<String> = keys(pair).into_iter().filter(|k| nested(k).is_none()).collect();
        let one_sided = pair.before.is_null() || (pair.after.is_null() && pair.unknown == &NO);
        let mut same = 0;
        let shown: Vec<&String> = names
            .iter()
            .filter(|name| {
                let p = pair.get(name);
                if p.is_nothing() || (empty(p.before) && empty(p.after) && p.is_same()) {
                    return false;
                }
                // `tags_all` repeats `tags` where no default tags are set.
                let tells = top && TELLING.contains(&name.as_str());
                let hide = !one_sided && !self.drawer.whole && p.is_same() && !tells;
                same += usize::from(hide);
                !hide
            })
            .collect();
        let pad = shown.iter().map(|n| n.chars().count()).max().unwrap_or(0);
        let mut lines = Vec::new();
        for name in &shown {
            let suffix = if top && self.forces.contains(name) { "# forces replacement" } else { "" };
            lines.extend(self.drawer.attribute(n + 4, name, pad, pair.get(name), suffix));
        }
        if same > 0 {
            lines.push(self.hidden(n, same, "attribute"));
        }
        let mut same = 0;
        for b in block.map_or(&[][..], |b| b.blocks) {
            let p = pair.get(b.name);
            let (drawn, hidden) = self.blocks(n + 4, b, p, top);
            same += hidden;
            if !drawn.is_empty() {
                lines.push(String::new());
                lines.extend(drawn);
            }
        }
        if same > 0 {
            lines.push(String::new());
            lines.push(self.hidden(n, same, "block"));
        }
        lines
    }

    fn hidden(&self, n: usize, count: usize, what: &str) -> String {
        let plural = if count == 1 { "" } else { "s" };
        let text = self.drawer.style.paint(Colour::Dim, &format!("# ({count} unchanged {what}{plural} hidden)"));
        format!("{:1$}{text}", "", n + 6)
    }

    /// The blocks of one name, and how many of them stay the same and are left out.
    fn blocks(&self, n: usize, nested: &NestedBlock, pair: Pair<'_>, top: bool) -> (Vec<String>, usize) {
        let mut lines = Vec::new();
        let mut hidden = 0;
        if pair.unknown == &Json::Bool(true) {
            lines.push(format!(
                "{:n$}{} {} (known after apply)",
                "",
                self.drawer.symbol(if pair.before.is_null() { '+' } else { '~' }),
                nested.name
            ));
            return (lines, 0);
        }
        for element in aligned(pair) {
            if element.is_same() && !self.drawer.whole {
                hidden += 1;
                continue;
            }
            let forces = if top && self.forces.iter().any(|f| f == nested.name) { " # forces replacement" } else { "" };
            lines.push(format!("{:n$}{} {} {{{forces}", "", self.drawer.symbol(element.symbol()), nested.name));
            lines.extend(self.block(n, element, Some(nested.block), false));
            lines.push(format!("{:1$}}}", "", n + 2));
        }
        (lines, hidden)
    }
}

fn empty(json: &Json) -> bool {
    match json {
        Json::Null => true,
        Json::Array(e) => e.is_empty(),
        Json::Object(e) => e.is_empty(),
        _ => false,
    }
}
