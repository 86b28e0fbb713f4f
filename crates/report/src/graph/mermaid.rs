//! Mermaid's language, which GitHub and GitLab draw in Markdown.

use super::Graph;
use std::collections::BTreeMap;
use std::fmt::Write;

/// An arrow leads from a resource to what it needs; data sources have round ends.
pub fn mermaid(graph: &Graph) -> String {
    let mut out = "flowchart RL\n".to_string();
    let numbers: BTreeMap<&str, usize> = graph.nodes.keys().enumerate().map(|(n, address)| (address.as_str(), n)).collect();
    for ((address, node), n) in graph.nodes.iter().zip(0..) {
        let (open, close) = if node.data { ("([", "])") } else { ("[", "]") };
        let _ = writeln!(out, "  n{n}{open}\"{}\"{close}", label(address));
    }
    for ((_, node), n) in graph.nodes.iter().zip(0..) {
        for to in node.needs.iter().filter_map(|to| numbers.get(to.as_str())) {
            let _ = writeln!(out, "  n{n} --> n{to}");
        }
    }
    out
}

/// What could end a label, or mean something in it, is written as its number.
fn label(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '"' => "#quot;".to_string(),
            '\\' | '#' | ';' | '<' | '>' | '&' | '`' | '{' | '}' | '|' => format!("#{};", c as u32),
            c if c.is_control() => format!("#{};", c as u32),
            c => c.to_string(),
        })
        .collect()
}
