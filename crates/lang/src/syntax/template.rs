//! Text with interpolations `${…}` and directives `%{…}`: in quotes, as a heredoc, or a whole file.

use super::ast::{Expr, ExprKind, Ident, Part};
use super::cursor::{Cursor, Parsed};
use super::expression::{ForHead, expression, for_head};
use crate::source::At;
use cairn_model::Value;

/// A template before its directives are put into each other.
enum Token {
    Text(String),
    Interpolation(Expr),
    If(Expr, At),
    Else(At),
    EndIf(At),
    For { key_name: Option<Ident>, value_name: Ident, collection: Expr, at: At },
    EndFor(At),
}

/// What ends the text.
enum Until<'t> {
    Quote,
    /// A line that holds nothing but this word.
    Marker(&'t str),
    End,
}

/// A whole text.
pub(super) fn whole(c: &mut Cursor<'_>) -> Parsed<Vec<Part>> {
    let tokens = tokens(c, &Until::End)?;
    nest(c, tokens)
}

/// A label of a block: text without interpolation.
pub(super) fn label(c: &mut Cursor<'_>) -> Parsed<Ident> {
    let expr = quoted(c)?;
    match expr.as_text() {
        Some(text) => Ok(Ident { name: text.into(), at: expr.at }),
        None => c.error("Invalid label", "A block's label is plain text, without \"${\" or \"%{\".", expr.at),
    }
}

/// Text in quotes.
pub(super) fn quoted(c: &mut Cursor<'_>) -> Parsed<Expr> {
    let start = c.position;
    c.take("\"");
    let tokens = c.nested(|c| tokens(c, &Until::Quote))?;
    c.take("\"");
    let at = c.since(start);
    let mut parts = nest(c, tokens)?;
    let wraps = matches!(parts.as_slice(), [Part::Interpolation(_)]);
    let kind = match parts.pop() {
        None => ExprKind::Literal(Value::from("")),
        Some(Part::Interpolation(inner)) if wraps => ExprKind::Wrapped(Box::new(inner)),
        Some(Part::Text(text)) if parts.is_empty() => ExprKind::Literal(Value::string(text)),
        Some(last) => {
            parts.push(last);
            ExprKind::Template(parts)
        }
    };
    Ok(Expr { kind, at })
}

/// `<<MARKER` or `<<-MARKER`.
pub(super) fn heredoc(c: &mut Cursor<'_>) -> Parsed<Expr> {
    let start = c.position;
    c.take("<<");
    let flush = c.take("-");
    let marker = c.identifier("a word that will end the text, such as EOT")?;
    if !c.at_line_end() || c.at_end() {
        return c.unexpected("Invalid heredoc", "a line break right after the word that will end the text");
    }
    let at = c.since(start);
    c.take_line_end();
    let mut tokens = c.nested(|c| tokens(c, &Until::Marker(&marker.name))).map_err(|mut e| {
        if e.summary == UNTERMINATED {
            e.at = at;
        }
        e
    })?;
    if flush {
        dedent(&mut tokens);
    }
    let parts = nest(c, tokens)?;
    let kind = match parts.as_slice() {
        [] => ExprKind::Literal(Value::from("")),
        [Part::Text(text)] => ExprKind::Literal(Value::string(text.clone())),
        _ => ExprKind::Template(parts),
    };
    Ok(Expr { kind, at: c.since(start) })
}

const UNTERMINATED: &str = "Unterminated text";

/// If the cursor, at the start of a line, stands before the line that ends a heredoc: goes behind its marker.
fn take_marker(c: &mut Cursor<'_>, marker: &str) -> bool {
    let rest = c.rest();
    let line = rest.split('\n').next().unwrap_or("");
    if line.trim() != marker {
        return false;
    }
    let leading = line.len() - line.trim_start().len();
    c.position += leading + marker.len();
    true
}

fn tokens(c: &mut Cursor<'_>, until: &Until<'_>) -> Parsed<Vec<Token>> {
    let start = c.position;
    let mut out: Vec<Token> = Vec::new();
    let mut text = String::new();
    // `~}` was just read: the text that follows directly loses its leading space.
    let mut trim_next = false;
    let flush = |out: &mut Vec<Token>, text: &mut String, trim: &mut bool| {
        if !text.is_empty() {
            let mut piece = std::mem::take(text);
            if *trim {
                piece = piece.trim_start().to_string();
            }
            *trim = false;
            out.push(Token::Text(piece));
        }
    };
    if let Until::Marker(marker) = until
        && take_marker(c, marker)
    {
        return Ok(out);
    }
    loop {
        let Some(ch) = c.peek() else {
            if matches!(until, Until::End) {
                flush(&mut out, &mut text, &mut trim_next);
                return Ok(out);
            }
            return c.error(
                UNTERMINATED,
                "The end of the file comes before the end of this text.",
                At { file: c.file, start: start.saturating_sub(1) as u32, end: start as u32 },
            );
        };
        if c.looking_at("$${") || c.looking_at("%%{") {
            text.push_str(c.rest().get(1..3).unwrap_or(""));
            c.position += 3;
            continue;
        }
        if c.looking_at("${") || c.looking_at("%{") {
            flush(&mut out, &mut text, &mut trim_next);
            let opening = c.position;
            c.position += 2;
            if c.take("~")
                && let Some(Token::Text(before)) = out.last_mut()
            {
                before.truncate(before.trim_end().len());
            }
            let token = c.nested(|c| {
                c.skip(true)?;
                if ch == '$' { Ok(Token::Interpolation(expression(c, true)?)) } else { directive(c, opening) }
            })?;
            out.push(token);
            c.skip(true)?;
            trim_next = c.take("~");
            if !c.take("}") {
                return c.unexpected("Invalid template", "\"}\" to close the interpolation or directive");
            }
            continue;
        }
        match (until, ch) {
            (Until::Quote, '"') => {
                flush(&mut out, &mut text, &mut trim_next);
                return Ok(out);
            }
            (Until::Quote, '\n') => {
                let at = At { file: c.file, start: start.saturating_sub(1) as u32, end: c.position as u32 };
                return Err(super::SyntaxError {
                    summary: "Invalid multi-line text".into(),
                    detail: "Text in quotes must end on the line where it begins.".into(),
                    help: Some("close the quotes, or write several lines as a heredoc: <<EOT".into()),
                    at,
                });
            }
            (Until::Quote, '\\') => text.push(escape(c)?),
            (Until::Marker(_) | Until::End, '\n') => {
                c.advance();
                text.push('\n');
                // Each line is a piece of its own: `~` reaches to the end of its line only.
                flush(&mut out, &mut text, &mut trim_next);
                if let Until::Marker(marker) = until
                    && take_marker(c, marker)
                {
                    return Ok(out);
                }
            }
            (Until::Marker(_), '\r') if c.looking_at("\r\n") => {
                c.advance();
            }
            _ => {
                c.advance();
                text.push(ch);
            }
        }
    }
}

fn escape(c: &mut Cursor<'_>) -> Parsed<char> {
    let start = c.position;
    c.advance();
    let digits = match c.advance() {
        Some('n') => return Ok('\n'),
        Some('r') => return Ok('\r'),
        Some('t') => return Ok('\t'),
        Some('"') => return Ok('"'),
        Some('\\') => return Ok('\\'),
        Some('u') => 4,
        Some('U') => 8,
        _ => {
            let at = c.since(start);
            return Err(super::SyntaxError {
                summary: "Invalid escape sequence".into(),
                detail: "A backslash may be followed by n, r, t, \", \\, u and four digits, or U and eight.".into(),
                help: Some("write \\\\ for a backslash".into()),
                at,
            });
        }
    };
    let hex = c.rest().get(..digits).filter(|h| h.bytes().all(|b| b.is_ascii_hexdigit()));
    let found = hex.and_then(|h| u32::from_str_radix(h, 16).ok()).and_then(char::from_u32);
    match found {
        Some(found) => {
            c.position += digits;
            Ok(found)
        }
        None => {
            let at = c.since(start);
            c.error("Invalid escape sequence", format!("\"\\u\" and \"\\U\" need {digits} hexadecimal digits of a character."), at)
        }
    }
}

fn directive(c: &mut Cursor<'_>, opening: usize) -> Parsed<Token> {
    let word = c.word();
    let at = |c: &Cursor<'_>| c.since(opening);
    if c.take_word("if") {
        c.skip(true)?;
        let condition = expression(c, true)?;
        return Ok(Token::If(condition, at(c)));
    }
    if c.take_word("else") {
        return Ok(Token::Else(at(c)));
    }
    if c.take_word("endif") {
        return Ok(Token::EndIf(at(c)));
    }
    if c.take_word("endfor") {
        return Ok(Token::EndFor(at(c)));
    }
    if c.take_word("for") {
        let ForHead { key_name, value_name, collection } = for_head(c, "Invalid for directive")?;
        return Ok(Token::For { key_name, value_name, collection, at: at(c) });
    }
    let found = if word.is_empty() { "no word".to_string() } else { format!("\"{word}\"") };
    c.error("Invalid template directive", format!("A directive begins with if, else, endif, for or endfor, not with {found}."), c.here())
}

/// A directive that is open, and what has been collected since.
enum Open {
    If { condition: Expr, then: Option<Vec<Part>>, at: At },
    For { key_name: Option<Ident>, value_name: Ident, collection: Expr, at: At },
}

/// Puts what stands between a directive and its end into it.
fn nest(c: &Cursor<'_>, tokens: Vec<Token>) -> Parsed<Vec<Part>> {
    let mut parts: Vec<Part> = Vec::new();
    let mut open: Vec<(Open, Vec<Part>)> = Vec::new();
    for token in tokens {
        match token {
            Token::Text(text) => match parts.last_mut() {
                _ if text.is_empty() => {}
                Some(Part::Text(before)) => before.push_str(&text),
                _ => parts.push(Part::Text(text)),
            },
            Token::Interpolation(expr) => parts.push(Part::Interpolation(expr)),
            Token::If(condition, at) => {
                limit(c, open.len(), at)?;
                open.push((Open::If { condition, then: None, at }, std::mem::take(&mut parts)));
            }
            Token::For { key_name, value_name, collection, at } => {
                limit(c, open.len(), at)?;
                open.push((Open::For { key_name, value_name, collection, at }, std::mem::take(&mut parts)));
            }
            Token::Else(at) => match open.last_mut() {
                Some((Open::If { then: then @ None, .. }, _)) => *then = Some(std::mem::take(&mut parts)),
                _ => return c.error("Unexpected else directive", "There is no open \"if\" that this \"else\" could belong to.", at),
            },
            Token::EndIf(at) => match open.pop() {
                Some((Open::If { condition, then, .. }, outer)) => {
                    let inner = std::mem::replace(&mut parts, outer);
                    let (then, otherwise) = match then {
                        Some(then) => (then, inner),
                        None => (inner, Vec::new()),
                    };
                    parts.push(Part::If { condition, then, otherwise });
                }
                _ => return c.error("Unexpected endif directive", "There is no open \"if\" that this \"endif\" could close.", at),
            },
            Token::EndFor(at) => match open.pop() {
                Some((Open::For { key_name, value_name, collection, .. }, outer)) => {
                    let body = std::mem::replace(&mut parts, outer);
                    parts.push(Part::For { key_name, value_name, collection, body });
                }
                _ => return c.error("Unexpected endfor directive", "There is no open \"for\" that this \"endfor\" could close.", at),
            },
        }
    }
    match open.pop() {
        None => Ok(parts),
        Some((Open::If { at, .. }, _)) => c.error("Unclosed if directive", "This \"if\" has no \"endif\".", at),
        Some((Open::For { at, .. }, _)) => c.error("Unclosed for directive", "This \"for\" has no \"endfor\".", at),
    }
}

fn limit(c: &Cursor<'_>, depth: usize, at: At) -> Parsed<()> {
    if depth >= super::MAX_DEPTH {
        return c.error("Nested too deeply", format!("Template directives may nest up to {} levels.", super::MAX_DEPTH), at);
    }
    Ok(())
}

/// Takes the leading space that all lines share off each of them. A line that is blank neither
/// counts nor changes; one that begins with an interpolation has no leading space.
fn dedent(tokens: &mut [Token]) {
    let mut shared: Option<usize> = None;
    let mut starts: Vec<usize> = Vec::new();
    let mut line_start = true;
    for (i, token) in tokens.iter().enumerate() {
        if line_start {
            let leading = match token {
                Token::Text(t) if t.trim().is_empty() && t.ends_with('\n') => None,
                Token::Text(t) => {
                    starts.push(i);
                    Some(t.chars().take_while(|ch| ch.is_whitespace()).count())
                }
                _ => Some(0),
            };
            if let Some(n) = leading {
                shared = Some(shared.map_or(n, |s| s.min(n)));
            }
        }
        line_start = matches!(token, Token::Text(t) if t.ends_with('\n'));
    }
    let shared = shared.unwrap_or(0);
    for i in starts {
        if let Some(Token::Text(text)) = tokens.get_mut(i) {
            *text = text.chars().skip(shared).collect();
        }
    }
}
