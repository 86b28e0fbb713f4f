//! From an architecture to a drawing: regions from above to below, in each its networks, then the
//! services that are in none.

use super::network;
use super::scene::{Boxed, Frame, Rect, Scene, Shape};
use crate::architecture::{Architecture, Effect, Group, Item, Region};

/// Size of a box.
pub const BOX: (i32, i32) = (212, 58);
/// Room between boxes.
pub const GAP: i32 = 10;
/// Room between a frame and what it holds.
pub const PAD: i32 = 12;
/// Height of a frame's heading.
pub const HEAD: i32 = 30;
/// Margin of the drawing.
const MARGIN: i32 = 12;
/// Width of what stands outside of a region.
pub const OUTSIDE: i32 = 204;
/// Boxes in a column of a group before it takes another.
const TALL: usize = 3;
/// The least width for services, in boxes.
const WIDE: i32 = 4;

/// Gives everything its place.
pub fn lay_out(architecture: &Architecture) -> Scene {
    let mut scene = Scene::default();
    let outside = architecture.regions.iter().flat_map(|r| &r.vpcs).any(|v| !v.outside.is_empty() || !v.networks.is_empty());
    let left = MARGIN + if outside { OUTSIDE + PAD * 2 } else { 0 };
    let mut y = MARGIN;
    let mut right = left + WIDE * (BOX.0 + GAP + PAD * 2) + PAD;
    // A frame around all regions would be as wide as the widest: they are laid out, and then framed alike.
    let mut framed = Vec::new();
    for region in &architecture.regions {
        let place = scene.frames.len();
        scene.frames.push(Frame { rect: Rect::default(), style: "region", effect: Effect::Unchanged, title: region_title(region) });
        let (bottom, reach) = region_inside(&mut scene, &architecture.items, region, left, y, right);
        right = right.max(reach);
        framed.push((place, Rect { x: left, y, w: 0, h: bottom + PAD - y }));
        y = bottom + PAD + GAP * 2;
    }
    if !architecture.global.is_empty() {
        let place = scene.frames.len();
        scene.frames.push(Frame {
            rect: Rect::default(),
            style: "global",
            effect: Effect::Unchanged,
            title: "Global services".to_string(),
        });
        let (bottom, reach) = groups(&mut scene, &architecture.global, left + PAD, y + HEAD, right - PAD);
        right = right.max(reach + PAD);
        framed.push((place, Rect { x: left, y, w: 0, h: bottom + PAD - y }));
        y = bottom + PAD + GAP * 2;
    }
    for (place, rect) in framed {
        scene.frames[place].rect = Rect { w: right - rect.x, ..rect };
    }
    scene.width = right + MARGIN;
    scene.height = (y - GAP * 2).max(MARGIN) + MARGIN;
    scene
}

fn region_title(region: &Region) -> String {
    format!("Region {}", region.name)
}

/// Gives how far down and to the right it reached.
fn region_inside(scene: &mut Scene, items: &[Item], region: &Region, left: i32, top: i32, right: i32) -> (i32, i32) {
    let mut y = top + HEAD + GAP / 2;
    let mut reach = right;
    for vpc in &region.vpcs {
        let rect = network::lay_out(scene, items, vpc, left, y, right);
        y = rect.bottom() + GAP * 2;
        reach = reach.max(rect.right() + PAD);
    }
    if !region.groups.is_empty() {
        let (bottom, over) = groups(scene, &region.groups, left + PAD, y, reach - PAD);
        y = bottom + GAP;
        reach = reach.max(over + PAD);
    }
    (y - GAP, reach)
}

/// Cards side by side, as many as fit, in rows. Gives how far down and to the right they reached.
pub fn groups(scene: &mut Scene, groups: &[Group], left: i32, top: i32, right: i32) -> (i32, i32) {
    let (mut x, mut y, mut tallest, mut reach) = (left, top, 0, left);
    for group in groups {
        let columns = group.items.len().div_ceil(TALL).clamp(1, fitting(right - left)) as i32;
        let rows = group.items.len().div_ceil(columns as usize) as i32;
        let (w, h) = (columns * (BOX.0 + GAP) - GAP + PAD * 2, HEAD + rows * (BOX.1 + GAP) - GAP + PAD);
        if x > left && x + w > right {
            (x, y, tallest) = (left, y + tallest + GAP, 0);
        }
        scene.frames.push(Frame { rect: Rect { x, y, w, h }, style: "group", effect: Effect::Unchanged, title: group.title.clone() });
        for (n, item) in group.items.iter().enumerate() {
            let (column, row) = (n as i32 / rows, n as i32 % rows);
            let at = (x + PAD + column * (BOX.0 + GAP), y + HEAD + row * (BOX.1 + GAP));
            scene.boxes.push(Boxed { rect: Rect { x: at.0, y: at.1, w: BOX.0, h: BOX.1 }, item: *item, shape: Shape::Box });
        }
        tallest = tallest.max(h);
        reach = reach.max(x + w);
        x += w + GAP;
    }
    (y + tallest, reach)
}

/// How many columns of boxes fit.
fn fitting(width: i32) -> usize {
    usize::try_from((width - PAD * 2 + GAP) / (BOX.0 + GAP)).unwrap_or(1).max(1)
}
