//! Traffic: arrows run in lanes beside the columns. Two share a lane only where neither passes the
//! other, so that no two run on top of each other.

use super::scene::{Arrow, Point, Rect, Scene, Shape};
use super::words::width;
use crate::architecture::{DRIFT_SYMBOL, Effect, End, Traffic, Vpc};
use std::collections::BTreeMap;

/// Least width of a lane.
const LANE: i32 = 30;
/// Height of what an arrow says.
const LABEL: i32 = 18;
/// Room between two arrows that share a lane.
const APART: i32 = 12;

/// One arrow on its way into the drawing.
struct Run<'t> {
    traffic: &'t Traffic,
    from: Vec<Point>,
    to: Vec<Point>,
    lane: usize,
}

impl Run<'_> {
    fn ys(&self) -> impl Iterator<Item = i32> + '_ {
        self.from.iter().chain(&self.to).map(|p| p.y)
    }

    fn top(&self) -> i32 {
        self.ys().min().unwrap_or(0)
    }

    fn bottom(&self) -> i32 {
        self.ys().max().unwrap_or(0)
    }
}

/// The lanes of a network.
pub struct Lanes<'t> {
    runs: Vec<Run<'t>>,
    widths: Vec<i32>,
}

impl Lanes<'_> {
    /// How wide they are together.
    pub fn width(&self) -> i32 {
        self.widths.iter().sum()
    }
}

/// Finds a lane for each arrow of a network whose boxes have their heights. `outside` is where arrows
/// from and to address ranges end, `ranges` where those are.
pub fn lanes<'t>(scene: &Scene, vpc: &'t Vpc, outside: i32, ranges: &[Rect]) -> Lanes<'t> {
    let boxes: BTreeMap<usize, Rect> = scene.boxes.iter().filter(|b| b.shape == Shape::Box).map(|b| (b.item, b.rect)).collect();
    let place = |end: &End| match end {
        End::Item(item) => boxes.get(item).copied(),
        End::Network(n) => ranges.get(*n).copied(),
    };
    let drawn = |t: &&Traffic| t.from.iter().any(|e| place(e).is_some()) && t.to.iter().any(|e| place(e).is_some());
    let arrows: Vec<&Traffic> = vpc.traffic.iter().filter(drawn).collect();
    // Every arrow ends at a point of its own on the edge of a box.
    let mut ends: BTreeMap<End, i32> = BTreeMap::new();
    for end in arrows.iter().flat_map(|t| t.from.iter().chain(&t.to)) {
        *ends.entry(*end).or_default() += 1;
    }
    let mut taken: BTreeMap<End, i32> = BTreeMap::new();
    let mut point = |end: &End| {
        let rect = place(end)?;
        let slot = taken.entry(*end).or_default();
        *slot += 1;
        let y = rect.y + rect.h * *slot / (ends.get(end).copied().unwrap_or(1) + 1);
        Some(Point { x: if matches!(end, End::Item(_)) { rect.x } else { outside }, y })
    };
    let mut runs: Vec<Run> = arrows
        .into_iter()
        .map(|traffic| Run {
            traffic,
            from: traffic.from.iter().filter_map(&mut point).collect(),
            to: traffic.to.iter().filter_map(&mut point).collect(),
            lane: 0,
        })
        .collect();
    runs.sort_by_key(|r| (r.bottom() - r.top(), r.top()));
    let mut lanes: Vec<Vec<(i32, i32)>> = Vec::new();
    let mut widths: Vec<i32> = Vec::new();
    for run in &mut runs {
        // What a short arrow says is taller than the arrow.
        let middle = (run.top() + run.bottom()) / 2;
        let (top, bottom) = (run.top().min(middle - LABEL / 2) - APART, run.bottom().max(middle + LABEL / 2) + APART);
        let free = lanes.iter().position(|l| l.iter().all(|(a, b)| bottom <= *a || *b <= top));
        run.lane = free.unwrap_or_else(|| {
            lanes.push(Vec::new());
            widths.push(LANE);
            lanes.len() - 1
        });
        lanes[run.lane].push((top, bottom));
        widths[run.lane] = widths[run.lane].max(label_width(&words(run.traffic)) + 8);
    }
    Lanes { runs, widths }
}

fn label_width(text: &str) -> i32 {
    width(text, 11) + 14
}

/// The ports, and what happens to the rules.
fn words(traffic: &Traffic) -> String {
    let mut words = traffic.ports.join(", ");
    if words.chars().count() > 14 {
        words = words.chars().take(13).chain(['…']).collect();
    }
    if traffic.effect != Effect::Unchanged {
        words = format!("{} {words}", traffic.effect.symbol());
    }
    if traffic.drifted { format!("{DRIFT_SYMBOL} {words}") } else { words }
}

/// Draws the arrows. The lanes end at `right`, the first beside the columns; boxes have moved by the
/// lanes' width since the lanes were found.
pub fn draw(scene: &mut Scene, lanes: &Lanes, right: i32, outside: i32) {
    let middle = |lane: usize| right - lanes.widths[..lane].iter().sum::<i32>() - lanes.widths[lane] / 2;
    let moved = |p: &Point| Point { x: if p.x == outside { p.x } else { p.x + lanes.width() }, y: p.y };
    let mut arrows: Vec<Arrow> = lanes
        .runs
        .iter()
        .map(|run| Arrow {
            from: run.from.iter().map(moved).collect(),
            to: run.to.iter().map(moved).collect(),
            lane: middle(run.lane),
            text: words(run.traffic),
            label: Rect::default(),
            effect: run.traffic.effect,
            drifted: run.traffic.drifted,
            rule: run.traffic.rules.first().copied(),
        })
        .collect();
    let stubs: Vec<(i32, i32, i32)> = arrows
        .iter()
        .flat_map(|a| a.from.iter().chain(&a.to).map(|p| (p.x.min(a.lane), p.x.max(a.lane), p.y)).collect::<Vec<_>>())
        .collect();
    for arrow in &mut arrows {
        let ys = || arrow.from.iter().chain(&arrow.to).map(|p| p.y);
        let (top, bottom) = (ys().min().unwrap_or(0), ys().max().unwrap_or(0));
        let w = label_width(&arrow.text);
        let free =
            |y: i32| !stubs.iter().any(|(a, b, s)| *a < arrow.lane + w / 2 && arrow.lane - w / 2 < *b && (s - y).abs() < LABEL / 2 + 3);
        let centre = (top + bottom) / 2;
        let tries = (0..(bottom - top) / 2).step_by(4).flat_map(|d| [centre - d, centre + d]);
        let y = tries.into_iter().find(|y| free(*y)).unwrap_or(centre);
        arrow.label = Rect { x: arrow.lane - w / 2, y: y - LABEL / 2, w, h: LABEL };
    }
    scene.arrows.extend(arrows);
}
