//! Text from outside, made harmless for Markdown and for the HTML in it.

use crate::text::harmless;

/// The longest text that stands in a line.
const LONGEST_CODE: usize = 300;

/// Text on one line, shortened, with nothing in it that a terminal or a browser would obey.
pub fn plain(text: &str, longest: usize) -> String {
    let line = harmless(text).replace('\n', "\\n").replace('\t', "\\t");
    let count = line.chars().count();
    if count <= longest {
        return line;
    }
    let start: String = line.chars().take(longest).collect();
    format!("{start}… ({} more characters)", count - longest)
}

/// The longest run of backticks.
fn backticks(text: &str) -> usize {
    let runs = text.split(|c| c != '`').map(str::len);
    runs.max().unwrap_or(0)
}

/// Text as inline code.
pub fn code(text: &str) -> String {
    let text = plain(text, LONGEST_CODE);
    let fence = "`".repeat(backticks(&text) + 1);
    // A space on both sides is taken away again by Markdown; without one, a backtick at the edge would belong to the fence.
    let edge = text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) || text.is_empty();
    if edge { format!("{fence} {text} {fence}") } else { format!("{fence}{text}{fence}") }
}

/// Lines as a code block; each must be made harmless already.
pub fn block(language: &str, lines: &[String]) -> String {
    let longest = lines.iter().map(|l| backticks(l)).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}{language}\n{}\n{fence}\n", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::{block, code};

    #[test]
    fn code_ends_where_it_should() {
        assert_eq!(code("plain"), "`plain`");
        assert_eq!(code("a`b"), "``a`b``");
        assert_eq!(code("``"), "``` `` ```");
        assert_eq!(code("a\nb\u{1b}[31m\u{202e}"), "`a\\nb\\u{1b}[31m\\u{202e}`");
        assert_eq!(block("diff", &["+ ```` x".into()]), "`````diff\n+ ```` x\n`````\n");
    }
}
