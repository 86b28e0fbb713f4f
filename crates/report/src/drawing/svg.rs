//! Writes a drawing as SVG.

use super::STYLE;
use super::scene::{Arrow, Boxed, Frame, Label, Point, Rect, Scene, Shape};
use super::words::{fitting, item_words, parts, width};
use crate::architecture::{Architecture, DRIFT_SYMBOL, Effect, Item, ItemId};
use maud::{Markup, html};

/// Where a click on an item leads; nothing where the drawing stands alone.
pub type Target<'a> = &'a dyn Fn(ItemId) -> Option<String>;

/// A drawing that stands alone: a file of its own, with its style.
pub fn alone(scene: &Scene, architecture: &Architecture, title: &str) -> String {
    let drawing = html! {
        svg xmlns="http://www.w3.org/2000/svg" class="architecture alone" role="img" aria-labelledby="architecture-title"
            width=(scene.width) height=(scene.height) viewBox=(view_box(scene)) {
            title id="architecture-title" { (fitting(title, 10, 2000)) }
            style { (maud::PreEscaped(STYLE)) }
            rect class="ground" width=(scene.width) height=(scene.height) {}
            (content(scene, architecture, &|_| None))
        }
    };
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}\n", drawing.into_string())
}

/// A drawing inside of a page, whose items lead to their resources.
pub fn inside(scene: &Scene, architecture: &Architecture, target: Target) -> Markup {
    html! {
        svg class="architecture" role="group" aria-label="Architecture" width=(scene.width) height=(scene.height) viewBox=(view_box(scene)) {
            (content(scene, architecture, target))
        }
    }
}

fn view_box(scene: &Scene) -> String {
    format!("0 0 {} {}", scene.width, scene.height)
}

fn content(scene: &Scene, architecture: &Architecture, target: Target) -> Markup {
    html! {
        g aria-hidden="true" {
            @for frame in &scene.frames { (draw_frame(frame)) }
            @for line in &scene.lines { line class="link" x1=(line.from.x) y1=(line.from.y) x2=(line.to.x) y2=(line.to.y) {} }
            @for arrow in &scene.arrows { (draw_arrow(arrow)) }
            @for label in &scene.labels { (draw_label(label)) }
        }
        @for boxed in &scene.boxes {
            @if let Some(item) = architecture.items.get(boxed.item) { (draw_item(boxed, item, target(boxed.item))) }
        }
        g aria-hidden="true" {
            @for arrow in &scene.arrows { (draw_words(arrow)) }
        }
    }
}

fn draw_frame(frame: &Frame) -> Markup {
    let Rect { x, y, w, h } = frame.rect;
    html! {
        g class={ "frame " (frame.style) " " (frame.effect.word()) } {
            rect x=(x) y=(y) width=(w) height=(h) rx="8" {}
            @if !frame.title.is_empty() { text class="heading" x=(x + 12) y=(y + 20) { (fitting(&frame.title, 12, w - 20)) } }
        }
    }
}

fn draw_label(label: &Label) -> Markup {
    let Rect { x, y, w, h } = label.rect;
    html! {
        g class=(label.style) {
            rect x=(x) y=(y) width=(w) height=(h) rx=(h / 2) {}
            text text-anchor="middle" x=(x + w / 2) y=(y + h / 2 + 4) { (fitting(&label.text, 12, w - 16)) }
        }
    }
}

fn draw_item(boxed: &Boxed, item: &Item, link: Option<String>) -> Markup {
    let inner = match boxed.shape {
        Shape::Box => draw_box(boxed.rect, item),
        Shape::Gateway => draw_gateway(boxed.rect, item),
        Shape::Heading => draw_heading(boxed.rect, item),
    };
    let class = format!("item {} {}{}", item.family.word(), item.effect.word(), if item.drifted { " drifted" } else { "" });
    let words = item_words(item);
    html! {
        @match link {
            Some(link) => a href=(link) class=(class) data-item=(boxed.item) aria-label=(words) { title { (words) } (inner) },
            None => g class=(class) { title { (words) } (inner) },
        }
    }
}

fn draw_box(rect: Rect, item: &Item) -> Markup {
    let Rect { x, y, w, h } = rect;
    let badges = badge_room(item.effect, item.drifted);
    html! {
        rect class="body" x=(x) y=(y) width=(w) height=(h) rx="6" {}
        (glyph(x + 9, y + (h - 38) / 2, 38, item))
        text class="title" x=(x + 56) y=(y + if item.parts.is_empty() && item.name.is_empty() { 33 } else if second(item).is_none() || item.name.is_empty() { 25 } else { 19 }) {
            (fitting(&item.title, 13, w - 62 - badges))
        }
        @if !item.name.is_empty() {
            text class="name" x=(x + 56) y=(y + if second(item).is_some() { 34 } else { 42 }) { (fitting(&item.name, 11, w - 64)) }
        }
        @if let Some(second) = second(item) {
            text class="parts" x=(x + 56) y=(y + if item.name.is_empty() { 42 } else { 49 }) { (fitting(&second, 11, w - 64)) }
        }
        (marks(x + w - 15, y + 15, item.effect, item.drifted))
    }
}

/// How many parts there are, and what happens to them.
fn second(item: &Item) -> Option<String> {
    if item.parts.is_empty() {
        return None;
    }
    let signs = item.part_tally.signs();
    let parts = parts(item.parts.len());
    Some(if signs.is_empty() { parts } else { format!("{parts}  {signs}") })
}

fn draw_gateway(rect: Rect, item: &Item) -> Markup {
    let Rect { x, y, w, h } = rect;
    html! {
        rect class="body" x=(x) y=(y) width=(w) height=(h) rx="6" {}
        (glyph(x + (w - 32) / 2, y + 7, 32, item))
        text class="name" text-anchor="middle" x=(x + w / 2) y=(y + h - 10) { (fitting(&item.title, 11, w - 4)) }
        (marks(x + w - 13, y + 13, item.effect, item.drifted))
    }
}

fn draw_heading(rect: Rect, item: &Item) -> Markup {
    let Rect { x, y, w, h } = rect;
    let room = badge_room(item.effect, item.drifted);
    let title = fitting(&item.title, 12, w - 20 - room);
    let name_at = x + 20 + width(&title, 13);
    html! {
        rect class="hit" x=(x) y=(y) width=(w) height=(h) rx="8" {}
        text class="title" x=(x + 12) y=(y + 20) { (title) }
        text class="name" x=(name_at) y=(y + 20) { (fitting(&item.name, 11, x + w - name_at - 8 - room)) }
        (marks(x + w - 15, y + 15, item.effect, item.drifted))
    }
}

fn glyph(x: i32, y: i32, size: i32, item: &Item) -> Markup {
    html! {
        rect class="glyph" x=(x) y=(y) width=(size) height=(size) rx="8" {}
        text class="letters" text-anchor="middle" x=(x + size / 2) y=(y + size / 2 + 4) { (item.letters) }
    }
}

/// How wide the marks of an item are.
fn badge_room(effect: Effect, drifted: bool) -> i32 {
    (i32::from(effect != Effect::Unchanged) + i32::from(drifted)) * 22
}

/// The signs of what happens, from the right.
fn marks(x: i32, y: i32, effect: Effect, drifted: bool) -> Markup {
    let own = effect != Effect::Unchanged;
    html! {
        @if own { (mark(x, y, effect.word(), effect.symbol())) }
        @if drifted { (mark(if own { x - 22 } else { x }, y, "drift", DRIFT_SYMBOL)) }
    }
}

fn mark(x: i32, y: i32, style: &str, symbol: &str) -> Markup {
    html! {
        g class={ "mark " (style) } {
            circle cx=(x) cy=(y) r="9" {}
            text text-anchor="middle" x=(x) y=(y + 5) { (symbol) }
        }
    }
}

fn draw_arrow(arrow: &Arrow) -> Markup {
    let ys = || arrow.from.iter().chain(&arrow.to).map(|p| p.y);
    let (top, bottom) = (ys().min().unwrap_or(0), ys().max().unwrap_or(0));
    let mut path = format!("M{} {top}V{bottom}", arrow.lane);
    for Point { x, y } in arrow.from.iter().chain(&arrow.to) {
        path.push_str(&format!("M{} {y}H{x}", arrow.lane));
    }
    html! {
        g class={ "arrow " (arrow.effect.word()) @if arrow.drifted { " drifted" } } {
            path d=(path) {}
            @for Point { x, y } in &arrow.to { path class="head" d=(head(*x, *y, arrow.lane)) {} }
            @for Point { x, y } in &arrow.from { circle cx=(x) cy=(y) r="3" {} }
        }
    }
}

fn head(x: i32, y: i32, lane: i32) -> String {
    let back = if lane < x { x - 9 } else { x + 9 };
    format!("M{x} {y}L{back} {}V{}Z", y - 5, y + 5)
}

fn draw_words(arrow: &Arrow) -> Markup {
    let Rect { x, y, w, h } = arrow.label;
    html! {
        g class={ "ports " (arrow.effect.word()) @if arrow.drifted { " drifted" } } {
            rect x=(x) y=(y) width=(w) height=(h) rx="9" {}
            text text-anchor="middle" x=(x + w / 2) y=(y + 13) { (arrow.text) }
        }
    }
}
