//! A place in a text, and what can be read from there.

use super::SyntaxError;
use super::ast::Ident;
use crate::source::At;

pub(super) type Parsed<T> = Result<T, SyntaxError>;

pub(super) struct Cursor<'t> {
    pub text: &'t str,
    pub file: u32,
    pub position: usize,
    pub depth: usize,
}

pub(super) fn starts_identifier(c: char) -> bool {
    c.is_alphabetic() || c == '_'
}

pub(super) fn continues_identifier(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '-'
}

impl<'t> Cursor<'t> {
    pub fn new(text: &'t str, file: u32) -> Cursor<'t> {
        let position = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        Cursor { text, file, position, depth: 0 }
    }

    pub fn rest(&self) -> &'t str {
        self.text.get(self.position..).unwrap_or("")
    }

    pub fn at_end(&self) -> bool {
        self.position >= self.text.len()
    }

    pub fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub fn looking_at(&self, what: &str) -> bool {
        self.rest().starts_with(what)
    }

    /// Goes on by one character.
    pub fn advance(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.position += c.len_utf8();
        Some(c)
    }

    /// Takes the text if it stands here.
    pub fn take(&mut self, what: &str) -> bool {
        let there = self.looking_at(what);
        if there {
            self.position += what.len();
        }
        there
    }

    pub fn since(&self, start: usize) -> At {
        At { file: self.file, start: start as u32, end: self.position as u32 }
    }

    /// The place of the next character.
    pub fn here(&self) -> At {
        let end = self.position + self.peek().map_or(0, char::len_utf8);
        At { file: self.file, start: self.position as u32, end: end as u32 }
    }

    pub fn error<T>(&self, summary: &str, detail: impl Into<String>, at: At) -> Parsed<T> {
        Err(SyntaxError { summary: summary.into(), detail: detail.into(), help: None, at })
    }

    /// An error about what stands here.
    pub fn unexpected<T>(&self, summary: &str, wanted: &str) -> Parsed<T> {
        let found = match self.peek() {
            None => "the end of the file".to_string(),
            Some('\n' | '\r') => "the end of the line".to_string(),
            Some(c) if starts_identifier(c) => format!("\"{}\"", self.word()),
            Some(c) => format!("\"{c}\""),
        };
        self.error(summary, format!("Expected {wanted}, found {found}."), self.here())
    }

    /// Skips spaces and comments; line ends too when they mean nothing here.
    pub fn skip(&mut self, line_ends: bool) -> Parsed<()> {
        loop {
            match self.peek() {
                Some(' ' | '\t') => {
                    self.position += 1;
                }
                Some('\r') if line_ends || self.looking_at("\r\n") => {
                    if !line_ends {
                        return Ok(());
                    }
                    self.position += 1;
                }
                Some('\n') if line_ends => self.position += 1,
                Some('#') => self.skip_line(),
                Some('/') if self.looking_at("//") => self.skip_line(),
                Some('/') if self.looking_at("/*") => {
                    let start = self.position;
                    match self.rest().find("*/") {
                        Some(end) => self.position += end + 2,
                        None => {
                            self.position += 2;
                            let at = self.since(start);
                            return self.error("Unterminated comment", "This comment has no closing \"*/\".", at);
                        }
                    }
                }
                _ => return Ok(()),
            }
        }
    }

    /// Goes to the end of the line, before its line feed.
    pub fn skip_line(&mut self) {
        let rest = self.rest();
        let end = rest.find('\n').unwrap_or(rest.len());
        let line = rest.get(..end).unwrap_or("");
        self.position += line.trim_end_matches('\r').len();
    }

    /// True at the end of a line or of the file.
    pub fn at_line_end(&self) -> bool {
        self.at_end() || self.looking_at("\n") || self.looking_at("\r\n")
    }

    /// Takes the end of a line.
    pub fn take_line_end(&mut self) -> bool {
        self.take("\r\n") || self.take("\n")
    }

    /// The identifier that stands here; empty where none does.
    pub fn word(&self) -> &'t str {
        let rest = self.rest();
        if !rest.starts_with(starts_identifier) {
            return "";
        }
        let end = rest.find(|c| !continues_identifier(c)).unwrap_or(rest.len());
        rest.get(..end).unwrap_or("")
    }

    /// Takes an identifier.
    pub fn identifier(&mut self, what: &str) -> Parsed<Ident> {
        let word = self.word();
        if word.is_empty() {
            return self.unexpected("Invalid name", what);
        }
        let start = self.position;
        self.position += word.len();
        Ok(Ident { name: word.into(), at: self.since(start) })
    }

    /// Takes a word when it is exactly this one.
    pub fn take_word(&mut self, word: &str) -> bool {
        let there = self.word() == word;
        if there {
            self.position += word.len();
        }
        there
    }

    /// Runs one level deeper.
    pub fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth >= super::MAX_DEPTH {
            let detail = format!("Expressions and blocks may nest up to {} levels.", super::MAX_DEPTH);
            return self.error("Nested too deeply", detail, self.here());
        }
        self.depth += 1;
        let result = stacker::maybe_grow(128 * 1024, 1024 * 1024, || parse(self));
        self.depth -= 1;
        result
    }
}
