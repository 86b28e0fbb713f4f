//! The resource graph of a configuration, in languages that other programs draw.

mod dot;
mod mermaid;

pub use dot::dot;
pub use mermaid::mermaid;

use std::collections::BTreeMap;

/// Who depends on whom, by address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Graph {
    /// Its title.
    pub title: String,
    /// The instances.
    pub nodes: BTreeMap<String, Node>,
}

/// One instance.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Node {
    /// It is a data source.
    pub data: bool,
    /// The addresses that it depends on.
    pub needs: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph() -> Graph {
        let node = |data, needs: &[&str]| Node { data, needs: needs.iter().map(|n| n.to_string()).collect() };
        let nodes = [
            (r#"aws_subnet.a["x\y"]"#.to_string(), node(false, &["aws_vpc.main", "data.aws_region.here"])),
            ("aws_vpc.main".to_string(), node(false, &[])),
            ("data.aws_region.here".to_string(), node(true, &[])),
        ];
        Graph { title: "test/default".to_string(), nodes: nodes.into() }
    }

    #[test]
    fn dot_escapes_quotes_and_backslashes() {
        let text = dot(&graph());
        assert!(text.contains(r#""aws_subnet.a[\"x\\y\"]" -> "aws_vpc.main";"#), "{text}");
        assert!(text.contains(r#""data.aws_region.here" [style = dashed];"#), "{text}");
    }

    #[test]
    fn mermaid_names_no_address_outside_of_a_label() {
        let text = mermaid(&graph());
        assert!(text.starts_with("flowchart RL\n"), "{text}");
        assert!(text.contains(r##"n0["aws_subnet.a[#quot;x#92;y#quot;]"]"##), "{text}");
        assert!(text.contains("n0 --> n1\n") && text.contains("n0 --> n2\n"), "{text}");
    }
}
