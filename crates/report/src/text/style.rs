//! Colours, and what keeps text from outside from steering the terminal.

/// How text is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// With colours.
    pub colour: bool,
}

impl Style {
    /// Without colours.
    pub const PLAIN: Style = Style { colour: false };

    /// Puts text in a colour, if colours are on.
    pub fn paint(&self, colour: Colour, text: &str) -> String {
        if self.colour { format!("\x1b[{}m{text}\x1b[0m", colour.code()) } else { text.to_string() }
    }
}

/// The few colours in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// Made.
    Green,
    /// Changed.
    Yellow,
    /// Destroyed, and errors.
    Red,
    /// Read.
    Cyan,
    /// Headings.
    Bold,
    /// What matters less.
    Dim,
}

impl Colour {
    fn code(self) -> &'static str {
        match self {
            Colour::Green => "32",
            Colour::Yellow => "33",
            Colour::Red => "31",
            Colour::Cyan => "36",
            Colour::Bold => "1",
            Colour::Dim => "2",
        }
    }
}

/// Makes text from outside safe to print: control characters, which could move the cursor or change
/// colours, and characters that are not seen or turn the order of others around, are written as escapes.
pub fn harmless(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\t' => out.push(c),
            c if c.is_control() || is_hidden(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out
}

/// True for marks of direction, characters without width, separators of lines and tag characters.
fn is_hidden(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
    )
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn control_characters_are_shown_not_obeyed() {
        assert_eq!(harmless("a\x1b[31mb\nc"), "a\\u{1b}[31mb\nc");
    }
}
