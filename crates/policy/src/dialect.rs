//! The dialect of Rego from before version 1: how its files are told from today's, and one of its forms that the
//! evaluator does not know.

/// A piece of a policy's text.
enum Piece<'a> {
    /// A character of code.
    Code(char),
    /// A string or a comment.
    Other(&'a str),
}

/// The text in pieces.
fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let length = match first {
            '"' => string_length(rest),
            '`' => rest[1..].find('`').map_or(rest.len(), |at| at + 2),
            '#' => rest.find('\n').unwrap_or(rest.len()),
            _ => 0,
        };
        let (piece, after) = rest.split_at(length.max(first.len_utf8()));
        rest = after;
        Some(if length == 0 { Piece::Code(first) } else { Piece::Other(piece) })
    })
}

/// The length of the string that a text begins with, in which a backslash keeps the next character from ending it.
fn string_length(text: &str) -> usize {
    let mut escaped = false;
    let end = text.char_indices().skip(1).find(|(_, c)| {
        let ends = *c == '"' && !escaped;
        escaped = *c == '\\' && !escaped;
        ends
    });
    end.map_or(text.len(), |(at, _)| at + 1)
}

/// Whether a file can be Rego from before version 1, which has the new words only where it imports them.
/// The parser must not be asked: it prints a warning for each of them.
pub fn may_be_old(text: &str) -> bool {
    let code: String = pieces(text).map(|piece| if let Piece::Code(c) = piece { c } else { ' ' }).collect();
    code.contains("future.keywords") || !code.split_whitespace().any(|word| matches!(word, "if" | "contains"))
}

/// A file of the old dialect with a head of its own for each body of a rule: `head { … } { … }` is short for
/// `head { … } head { … }`. Lines stay where they are.
pub fn with_heads(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut depth, mut statement, mut head) = (0_usize, 0, String::new());
    let mut after_body = false;
    for piece in pieces(text) {
        match piece {
            Piece::Code('{') if depth == 0 && after_body => out.push_str(&head),
            Piece::Code('{') if depth == 0 => head = format!("{} ", out[statement..].trim().replace('\n', " ")),
            _ => {}
        }
        match piece {
            Piece::Code(c) => {
                match c {
                    '(' | '[' | '{' => depth += 1,
                    ')' | ']' | '}' => depth = depth.saturating_sub(1),
                    _ => {}
                }
                after_body = depth == 0 && (c == '}' || after_body && c.is_whitespace());
                out.push(c);
                if c == '\n' && depth == 0 {
                    statement = out.len();
                }
            }
            Piece::Other(piece) => {
                after_body &= piece.starts_with('#');
                out.push_str(piece);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_in_strings_and_comments_are_no_code() {
        assert!(may_be_old("x = \"a \\\" if \" # if\ny = ` contains\n`"));
        assert!(may_be_old("import future.keywords.if\ny if true"));
        assert!(!may_be_old("y if true"));
        assert!(may_be_old("\"if ") && may_be_old("`if ") && may_be_old("\" if \\"));
    }

    #[test]
    fn each_body_has_a_head() {
        let old =
            "a[{\n\"k\": \"}{\"}] = x {\n  b\n} # why\n{\n  c[_] = {\"d\": 1}\n}\n\ne { f }\ng = {1}\n{ h } # a body without a rule\n";
        let new = with_heads(old);
        assert_eq!(new.lines().count(), old.lines().count());
        assert!(new.contains("} # why\na[{ \"k\": \"}{\"}] = x {\n  c[_]"), "{new}");
        assert_eq!(with_heads("a { b } { c }{ d }"), "a { b } a { c }a { d }");
        assert_eq!(with_heads("a { b }\nc { d }"), "a { b }\nc { d }");
        assert_eq!(with_heads("a { b } else = c { d }"), "a { b } else = c { d }");
        assert_eq!(with_heads("a = {x | y}"), "a = {x | y}");
    }
}
