//! One network: zones as columns, tiers as rows, gateways on its border, what it talks to at its left.

use super::flow;
use super::layout::{BOX, GAP, HEAD, OUTSIDE, PAD, groups};
use super::scene::{Boxed, Frame, Label, Line, Point, Rect, Scene, Shape};
use crate::architecture::{Effect, Item, ItemId, Subnet, Tier, Vpc};

/// Size of what stands on the border.
const GATEWAY: (i32, i32) = (118, 66);
/// Width of a zone's column.
const COLUMN: i32 = BOX.0 + PAD * 4;
/// Height of an address range outside.
const RANGE: i32 = 40;

/// Lays a network out inside a region that begins at `left`. Gives its frame.
pub fn lay_out(scene: &mut Scene, items: &[Item], vpc: &Vpc, left: i32, top: i32, right: i32) -> Rect {
    let half = if vpc.gateways.is_empty() { 0 } else { GATEWAY.0 / 2 };
    let border = left + half + PAD;
    let effect = effect_of(items, vpc.item);
    let frame = scene.frames.len();
    scene.frames.push(Frame { rect: Rect::default(), style: "vpc", effect, title: title(vpc) });
    if let Some(item) = vpc.item {
        scene.boxes.push(Boxed { rect: Rect { x: border, y: top, w: 420, h: HEAD }, item, shape: Shape::Heading });
    }
    let (ranges, down) = outside(scene, vpc, left, top + HEAD, border);
    let (frames, boxes) = (scene.frames.len(), scene.boxes.len());
    let inner = border + half + PAD;
    let columns_end = inner + vpc.zones.len() as i32 * (COLUMN + GAP) - GAP;
    let y = columns(scene, items, vpc, inner, top + HEAD + GAP);
    let (mut bottom, mut reach) = (y, columns_end);
    if !vpc.groups.is_empty() {
        let (low, over) = groups(scene, &vpc.groups, inner, y, columns_end.max(inner + (BOX.0 + GAP + PAD) * 3));
        (bottom, reach) = (low + PAD, reach.max(over));
    }
    let edge = left - PAD * 2;
    let lanes = flow::lanes(scene, vpc, edge, &ranges);
    for frame in &mut scene.frames[frames..] {
        frame.rect.x += lanes.width();
    }
    for boxed in &mut scene.boxes[boxes..] {
        boxed.rect.x += lanes.width();
    }
    let rect = Rect { x: border, y: top, w: (reach + lanes.width()).max(right - PAD * 2) + PAD - border, h: bottom.max(down) - top };
    scene.frames[frame].rect = rect;
    flow::draw(scene, &lanes, inner + lanes.width() - PAD / 2, edge);
    rect
}

fn effect_of(items: &[Item], item: Option<ItemId>) -> Effect {
    item.and_then(|i| items.get(i)).map_or(Effect::Unchanged, |i| i.effect)
}

fn title(vpc: &Vpc) -> String {
    if vpc.item.is_some() { String::new() } else { format!("VPC {}", vpc.title) }
}

/// Zones and tiers. Gives where the next thing may begin.
fn columns(scene: &mut Scene, items: &[Item], vpc: &Vpc, left: i32, top: i32) -> i32 {
    if vpc.zones.is_empty() {
        return top;
    }
    let zones = scene.frames.len();
    for (n, zone) in vpc.zones.iter().enumerate() {
        let rect = Rect { x: left + n as i32 * (COLUMN + GAP), y: top, w: COLUMN, h: 0 };
        scene.frames.push(Frame { rect, style: "zone", effect: Effect::Unchanged, title: zone.clone() });
    }
    let mut y = top + HEAD;
    for (n, tier) in vpc.tiers.iter().enumerate() {
        let style = ["subnet outer", "subnet middle", "subnet inner"][if n == 0 {
            0
        } else if n + 1 == vpc.tiers.len() {
            2
        } else {
            1
        }];
        y = row(scene, items, tier, style, left, y) + GAP;
    }
    for zone in &mut scene.frames[zones..zones + vpc.zones.len()] {
        zone.rect.h = y - top;
    }
    y + GAP
}

/// One tier. Gives its lower edge.
fn row(scene: &mut Scene, items: &[Item], tier: &Tier, style: &'static str, left: i32, top: i32) -> i32 {
    let step = BOX.1 + GAP;
    let band = tier.across.len() as i32 * step;
    let height = |held: usize| HEAD + held as i32 * step + GAP / 2;
    let of_cell = |cell: &Vec<Subnet>| cell.iter().map(|s| height(s.items.len()) + GAP).sum::<i32>() - GAP;
    let tallest = tier.cells.iter().map(of_cell).max().unwrap_or(0).max(HEAD);
    let total = tallest + band;
    for (column, cell) in tier.cells.iter().enumerate() {
        let x = left + column as i32 * (COLUMN + GAP) + PAD;
        let mut y = top;
        for (n, subnet) in cell.iter().enumerate() {
            let h = if n + 1 == cell.len() { top + total - y } else { height(subnet.items.len()) };
            let rect = Rect { x, y, w: COLUMN - PAD * 2, h };
            let effect = effect_of(items, Some(subnet.item));
            scene.frames.push(Frame { rect, style, effect, title: String::new() });
            scene.boxes.push(Boxed { rect: Rect { h: HEAD, ..rect }, item: subnet.item, shape: Shape::Heading });
            for (k, item) in subnet.items.iter().enumerate() {
                let rect = Rect { x: x + PAD, y: y + HEAD + k as i32 * step, w: BOX.0, h: BOX.1 };
                scene.boxes.push(Boxed { rect, item: *item, shape: Shape::Box });
            }
            y += h + GAP;
        }
    }
    let (first, last) = span(tier);
    let x = left + first * (COLUMN + GAP) + PAD * 2;
    let w = (last - first) * (COLUMN + GAP) + BOX.0;
    for (k, item) in tier.across.iter().enumerate() {
        let rect = Rect { x, y: top + tallest + k as i32 * step, w, h: BOX.1 };
        scene.boxes.push(Boxed { rect, item: *item, shape: Shape::Box });
    }
    top + total
}

/// The first and last column in which a tier has subnets.
fn span(tier: &Tier) -> (i32, i32) {
    let there = || tier.cells.iter().enumerate().filter(|(_, c)| !c.is_empty()).map(|(n, _)| n as i32);
    (there().min().unwrap_or(0), there().max().unwrap_or(0))
}

/// What the network talks to, the far ends of its VPNs, and the gateways on its border. Gives where the
/// address ranges are, and how far down it reached.
fn outside(scene: &mut Scene, vpc: &Vpc, left: i32, top: i32, border: i32) -> (Vec<Rect>, i32) {
    let x = left - PAD * 2 - OUTSIDE;
    let mut y = top + GAP;
    let internet = y + RANGE / 2;
    let mut ranges = Vec::new();
    for network in &vpc.networks {
        let rect = Rect { x, y, w: OUTSIDE, h: RANGE };
        ranges.push(rect);
        scene.labels.push(Label { rect, style: "range", text: network.clone() });
        y = rect.bottom() + GAP * 2;
    }
    let mut far = None;
    for item in &vpc.outside {
        let rect = Rect { x, y, w: OUTSIDE, h: BOX.1 };
        scene.boxes.push(Boxed { rect, item: *item, shape: Shape::Box });
        if let Some(above) = far.replace(rect) {
            scene.lines.push(Line { from: Point { x: x + OUTSIDE / 2, y: above.bottom() }, to: Point { x: x + OUTSIDE / 2, y: rect.y } });
        }
        y = rect.bottom() + GAP;
    }
    let mut least = top + GAP / 2;
    let last = vpc.gateways.len().saturating_sub(1);
    for (n, item) in vpc.gateways.iter().enumerate() {
        let wanted = match far {
            Some(rect) if n == last => rect.middle(),
            _ => internet,
        };
        let at = (wanted - GATEWAY.1 / 2).max(least);
        let rect = Rect { x: border - GATEWAY.0 / 2, y: at, w: GATEWAY.0, h: GATEWAY.1 };
        scene.boxes.push(Boxed { rect, item: *item, shape: Shape::Gateway });
        if let Some(end) = far.filter(|_| n == last) {
            scene.lines.push(Line { from: Point { x: x + OUTSIDE, y: end.middle() }, to: Point { x: rect.x, y: end.middle() } });
        }
        least = rect.bottom() + GAP;
    }
    (ranges, y.max(least) + GAP)
}
