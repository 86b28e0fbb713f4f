//! The lines of a resource's diff, each in the style of its sign.

use maud::{Markup, html};

/// More characters than this of one line are left out: no one reads them on a page.
const LONG: usize = 4_000;
/// More lines than this of one resource are left out.
const MANY: usize = 2_000;

/// Lines as the text of a plan has them.
pub fn draw(lines: &[String]) -> Markup {
    let lines: Vec<&str> = lines.iter().flat_map(|l| l.split('\n')).collect();
    html! {
        pre class="diff" tabindex="0" {
            code {
                @for line in lines.iter().take(MANY) { span class=(style(line)) { (cut(line)) "\n" } }
                @if lines.len() > MANY { span class="left" { "# " (lines.len() - MANY) " more lines are not shown here\n" } }
            }
        }
    }
}

fn style(line: &str) -> &'static str {
    let line = line.trim_start();
    match line.split(' ').next() {
        Some("+") => "plus",
        Some("-") => "minus",
        Some("~") => "tilde",
        Some("-/+" | "+/-") => "both",
        Some("#") => "left",
        _ => "same",
    }
}

fn cut(line: &str) -> String {
    match line.char_indices().nth(LONG) {
        None => line.to_string(),
        Some((at, _)) => format!("{} … {} more characters are not shown here", &line[..at], line[at..].chars().count()),
    }
}

#[cfg(test)]
mod tests {
    use super::{LONG, cut, style};

    #[test]
    fn signs_and_lengths() {
        assert_eq!(style("      ~ threshold = 720 -> 1441"), "tilde");
        assert_eq!(style("  -/+ resource"), "both");
        assert_eq!(style("        id = 1"), "same");
        assert!(cut(&"é".repeat(LONG + 7)).ends_with("… 7 more characters are not shown here"));
    }
}
