//! Graphviz's language.

use super::Graph;
use std::fmt::Write;

/// An arrow leads from a resource to what it needs; data sources are dashed.
pub fn dot(graph: &Graph) -> String {
    let mut out = format!("digraph {} {{\n  rankdir = \"RL\";\n  node [shape = rect, fontname = \"sans-serif\"];\n", quoted(&graph.title));
    for (address, node) in &graph.nodes {
        let style = if node.data { " [style = dashed]" } else { "" };
        let _ = writeln!(out, "  {}{style};", quoted(address));
    }
    for (from, node) in &graph.nodes {
        for to in &node.needs {
            let _ = writeln!(out, "  {} -> {};", quoted(from), quoted(to));
        }
    }
    out.push_str("}\n");
    out
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
