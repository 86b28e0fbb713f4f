//! What standard output and error are: whether they may be coloured, and drawn over.

use cairn_report::text::Style;
use std::io::IsTerminal;

/// Where output goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terminal {
    /// How text is drawn.
    pub style: Style,
    /// Lines may be drawn over.
    pub moving: bool,
}

impl Terminal {
    /// From the flag, the environment (`NO_COLOR`, `TERM=dumb`, `TF_IN_AUTOMATION`) and what standard output and error are.
    pub fn detect(no_color: bool) -> Terminal {
        let set = |name: &str| std::env::var_os(name).is_some_and(|v| !v.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|t| t == "dumb");
        let plain = no_color || set("NO_COLOR") || dumb;
        Terminal {
            style: Style { colour: !plain && std::io::stdout().is_terminal() },
            moving: !plain && !set("TF_IN_AUTOMATION") && std::io::stderr().is_terminal(),
        }
    }
}
