//! What fits into a comment: the dangerous in full, every destruction at least by name, the rest as far as there is room.

use super::entry::Entry;
use super::escape::code;

/// Room for what is said about what was cut.
const RESERVE: usize = 600;

/// So many of the most dangerous changes are shown in full before others are shown at all.
const FIRST: usize = 10;

/// Changes that stand together.
#[derive(Default)]
pub struct Group {
    /// The heading above them; none when empty.
    pub heading: String,
    /// The heading is there without changes, too.
    pub always: bool,
    /// What is seen while they are folded; nothing where they are open.
    pub fold: Option<String>,
    /// The changes, the most dangerous first.
    pub entries: Vec<Entry>,
}

/// How much of a change is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Out,
    Named,
    Brief,
    Full,
}

/// What was cut, to be said at the top.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cut {
    /// Shown in one line.
    pub brief: usize,
    /// Destructions of which only the address is given.
    pub named: usize,
    /// Not shown.
    pub out: usize,
    /// Destructions that are not even named.
    pub unnamed: usize,
    /// Of how many.
    pub all: usize,
}

/// Draws the groups in at most `room` bytes.
pub fn fit(groups: &[Group], room: usize) -> (String, Cut) {
    let mut room = Room { left: room.saturating_sub(RESERVE + groups.iter().map(frame).sum::<usize>()) };
    let all: Vec<(&Group, &Entry)> = groups.iter().flat_map(|g| g.entries.iter().map(move |e| (g, e))).collect();
    let mut levels = vec![Level::Out; all.len()];
    let mut raise = |wanted: Level, of: &dyn Fn(&Group, &Entry) -> bool| {
        for ((group, entry), level) in all.iter().zip(levels.iter_mut()) {
            if of(group, entry) && *level < wanted && room.take(size(entry, wanted).saturating_sub(size(entry, *level))) {
                *level = wanted;
            }
        }
    };
    raise(Level::Named, &|_, e| e.destroys);
    raise(Level::Full, &|g, e| g.fold.is_none() && g.entries.iter().take(FIRST).any(|f| std::ptr::eq(f, e)));
    raise(Level::Brief, &|g, _| g.fold.is_none());
    raise(Level::Brief, &|_, _| true);
    raise(Level::Full, &|g, _| g.fold.is_none());
    raise(Level::Full, &|_, _| true);
    let count = |level: Level, of: fn(&Entry) -> bool| all.iter().zip(&levels).filter(|((_, e), l)| **l == level && of(e)).count();
    let cut = Cut {
        brief: count(Level::Brief, |_| true),
        named: count(Level::Named, |_| true),
        out: count(Level::Out, |_| true),
        unnamed: count(Level::Out, |e| e.destroys),
        all: all.len(),
    };
    let mut levels = levels.into_iter();
    let drawn = groups.iter().map(|g| group(g, &levels.by_ref().take(g.entries.len()).collect::<Vec<_>>())).collect();
    (drawn, cut)
}

struct Room {
    left: usize,
}

impl Room {
    fn take(&mut self, size: usize) -> bool {
        let fits = size <= self.left;
        if fits {
            self.left -= size;
        }
        fits
    }
}

fn size(entry: &Entry, level: Level) -> usize {
    match level {
        Level::Out => 0,
        Level::Named => code(&entry.address).len() + 2,
        Level::Brief => entry.brief.len(),
        Level::Full => entry.full.len(),
    }
}

/// The room that a heading, a fold and the count of what was cut take.
fn frame(group: &Group) -> usize {
    group.heading.len() + group.fold.as_ref().map_or(0, String::len) + 200
}

fn group(group: &Group, levels: &[Level]) -> String {
    let mut out = String::new();
    if !group.heading.is_empty() && (group.always || !group.entries.is_empty()) {
        out.push_str(&format!("#### {}\n\n", group.heading));
    }
    if group.entries.is_empty() {
        return out;
    }
    let at = |level: Level| group.entries.iter().zip(levels).filter(move |(_, l)| **l == level).map(|(e, _)| e);
    if let Some(fold) = &group.fold {
        out.push_str(&format!("<details>\n<summary>{fold}</summary>\n\n"));
    }
    out.extend(at(Level::Full).map(|e| e.full.as_str()));
    out.extend(at(Level::Brief).map(|e| e.brief.as_str()));
    if !out.ends_with("\n\n") {
        out.push('\n');
    }
    let named: Vec<String> = at(Level::Named).map(|e| code(&e.address)).collect();
    if !named.is_empty() {
        out.push_str(&format!("Also destroyed: {}\n\n", named.join(", ")));
    }
    let left_out = at(Level::Out).count();
    if left_out > 0 {
        out.push_str(&format!("…and {left_out} more that are not shown here.\n\n"));
    }
    if group.fold.is_some() {
        out.push_str("</details>\n\n");
    }
    out
}
