//! Words that fit: how wide text is, where it is cut, and what a screen reader says of a box.

use crate::architecture::{Architecture, End, Item, Traffic, Vpc};
use crate::text::harmless;

/// About how wide text is in a sans-serif face; what is wider than a Latin letter counts double.
pub fn width(text: &str, size: i32) -> i32 {
    let tenths: i32 = text
        .chars()
        .map(|c| match c {
            'i' | 'l' | 'j' | '.' | ',' | ':' | '\'' | '|' | ' ' => 3,
            'f' | 't' | 'r' | '-' | '/' | '(' | ')' => 4,
            'm' | 'w' | 'M' | 'W' | '—' | '…' => 9,
            c if c.is_ascii_uppercase() => 7,
            c if c.is_ascii() => 6,
            c if (c as u32) < 0x1100 => 6,
            _ => 11,
        })
        .sum();
    // Faces differ: better some room too much.
    tenths * size * 11 / 100
}

/// Text that fits a width, cut where it must be, with nothing in it that could break a line or a drawing.
pub fn fitting(text: &str, size: i32, room: i32) -> String {
    // What can't fit is not even looked at.
    let text: String = harmless(&text.chars().take(400).collect::<String>()).replace(['\n', '\t'], " ");
    if width(&text, size) <= room {
        return text;
    }
    let mut cut = String::new();
    for c in text.chars() {
        cut.push(c);
        if width(&cut, size) + size > room {
            cut.pop();
            break;
        }
    }
    cut.push('…');
    cut
}

/// What is said of a box: what it is, its name, what happens to it and to its parts.
pub fn item_words(item: &Item) -> String {
    let mut words = item.title.clone();
    if !item.name.is_empty() {
        words = format!("{words} {}", fitting(&item.name, 10, 1000));
    }
    words = format!("{words}: {}", item.effect.word());
    if !item.parts.is_empty() {
        words = format!("{words}, with {} ({})", parts(item.parts.len()), item.part_tally.words());
    }
    if item.drifted { format!("{words}, drifted") } else { words }
}

/// How many parts.
pub fn parts(count: usize) -> String {
    if count == 1 { "1 part".to_string() } else { format!("{count} parts") }
}

/// What is said of an arrow.
pub fn traffic_words(architecture: &Architecture, vpc: &Vpc, traffic: &Traffic) -> (String, String) {
    let name = |end: &End| match end {
        End::Network(n) => vpc.networks.get(*n).cloned().unwrap_or_default(),
        End::Item(i) => architecture.items.get(*i).map_or_else(String::new, |i| format!("{} {}", i.title, i.name).trim().to_string()),
    };
    let names = |ends: &[End]| fitting(&ends.iter().map(name).collect::<Vec<_>>().join(", "), 10, 2000);
    (names(&traffic.from), names(&traffic.to))
}
