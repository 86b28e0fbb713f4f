//! What a drawing is made of, once everything has its place.

use crate::architecture::{Effect, ItemId};

/// A rectangle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rect {
    /// Left edge.
    pub x: i32,
    /// Upper edge.
    pub y: i32,
    /// Width.
    pub w: i32,
    /// Height.
    pub h: i32,
}

impl Rect {
    /// Right edge.
    pub fn right(&self) -> i32 {
        self.x + self.w
    }

    /// Lower edge.
    pub fn bottom(&self) -> i32 {
        self.y + self.h
    }

    /// The middle between upper and lower edge.
    pub fn middle(&self) -> i32 {
        self.y + self.h / 2
    }

    /// True when two have room in common.
    pub fn overlaps(&self, other: &Rect) -> bool {
        self.x < other.right() && other.x < self.right() && self.y < other.bottom() && other.y < self.bottom()
    }

    /// True when the other is inside of this.
    pub fn holds(&self, other: &Rect) -> bool {
        self.x <= other.x && self.y <= other.y && other.right() <= self.right() && other.bottom() <= self.bottom()
    }
}

/// A place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    /// From the left.
    pub x: i32,
    /// From above.
    pub y: i32,
}

/// How an item is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Glyph at the left, words beside it.
    Box,
    /// Glyph above, one word below: what stands on a border.
    Gateway,
    /// The heading of a frame.
    Heading,
}

/// An item in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Boxed {
    /// Where.
    pub rect: Rect,
    /// Which.
    pub item: ItemId,
    /// How.
    pub shape: Shape,
}

/// A frame around others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Where.
    pub rect: Rect,
    /// The name of its style.
    pub style: &'static str,
    /// What happens to the resource that it stands for.
    pub effect: Effect,
    /// Its heading; empty where an item is its heading.
    pub title: String,
}

/// Words by themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Where its box is.
    pub rect: Rect,
    /// The name of its style.
    pub style: &'static str,
    /// The words.
    pub text: String,
}

/// A line that is no traffic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// From.
    pub from: Point,
    /// To.
    pub to: Point,
}

/// Traffic: from every source to a lane, along it, and from it to every target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrow {
    /// Where it leaves.
    pub from: Vec<Point>,
    /// Where it arrives.
    pub to: Vec<Point>,
    /// Where its lane is.
    pub lane: i32,
    /// What it says.
    pub text: String,
    /// The box of what it says.
    pub label: Rect,
    /// What happens to its rules.
    pub effect: Effect,
    /// A rule was changed in the world.
    pub drifted: bool,
    /// The first of its rules: a place in the plan's `changes`.
    pub rule: Option<usize>,
}

/// Everything in its place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scene {
    /// Width of all.
    pub width: i32,
    /// Height of all.
    pub height: i32,
    /// Frames, outer ones first.
    pub frames: Vec<Frame>,
    /// Items, in the order in which they are read.
    pub boxes: Vec<Boxed>,
    /// Words by themselves.
    pub labels: Vec<Label>,
    /// Lines.
    pub lines: Vec<Line>,
    /// Traffic.
    pub arrows: Vec<Arrow>,
}
