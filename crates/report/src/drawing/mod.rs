//! The architecture as a drawing: every box is given its place in whole numbers, then written as SVG.
//! The same architecture gives the same bytes.

mod flow;
mod layout;
mod network;
mod scene;
mod svg;
mod words;

pub use layout::lay_out;
pub use scene::{Arrow, Boxed, Frame, Label, Line, Point, Rect, Scene, Shape};
pub use svg::{alone, inside};
pub use words::{item_words, traffic_words};

/// How the drawing looks. The page that a drawing is part of needs it too.
pub const STYLE: &str = include_str!("style.css");
