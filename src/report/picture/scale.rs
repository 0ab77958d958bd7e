//! One scale for all bars of a picture: addresses to places. RAM is as wide as it is large; holes and hot-add windows that
//! are much larger than the RAM are cut short, and a node that is too small to be seen has a scale of its own.

use super::lane::Lane;
use std::ops::Range;

/// What a scale has to keep to, in whatever unit the writer draws.
#[derive(Debug, Clone, Copy)]
pub struct ScaleLimits {
    /// What the widest bar takes.
    pub width: f64,
    /// What a hole that is cut short takes.
    pub hole: f64,
    /// What a window that is cut short takes.
    pub window: f64,
    /// What a bar takes at least.
    pub least: f64,
}

/// What a stretch of a bar is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// RAM.
    Ram,
    /// Nothing of this node.
    Hole,
    /// A hot-add window.
    Window,
}

/// A stretch of addresses, and where it is drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Stretch {
    /// Physical addresses in bytes, the end exclusive.
    pub range: Range<u64>,
    /// What it is.
    pub kind: Kind,
    /// Whether it is cut short.
    pub is_cut: bool,
    /// Where it begins and ends.
    pub place: Range<f64>,
}

/// The scale of one bar.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// Its stretches, ascending.
    pub stretches: Vec<Stretch>,
    /// Whether the bar has a scale of its own, as it would not be seen otherwise.
    pub is_own: bool,
}

impl Axis {
    /// Where the bar ends.
    pub fn end(&self) -> f64 {
        self.stretches.last().map_or(0.0, |stretch| stretch.place.end)
    }

    /// The place of an address; what is outside of the bar is at its edge.
    pub fn at(&self, address: u64) -> f64 {
        let after = self.stretches.partition_point(|stretch| stretch.range.end <= address);
        let Some(stretch) = self.stretches.get(after) else { return self.end() };
        let len = stretch.range.end - stretch.range.start;
        let inside = address.saturating_sub(stretch.range.start);
        let Range { start, end } = stretch.place;
        start + (end - start) * (inside as f64 / len as f64)
    }

    /// The places of a range.
    pub fn place(&self, range: &Range<u64>) -> Range<f64> {
        self.at(range.start)..self.at(range.end)
    }
}

/// The scales of all bars.
pub fn axes<'a>(lanes: impl IntoIterator<Item = &'a Lane>, limits: ScaleLimits) -> Vec<Axis> {
    let bars: Vec<Vec<Stretch>> = lanes.into_iter().map(stretches).collect();
    let ram = |bar: &Vec<Stretch>| len_of(bar, |stretch| stretch.kind == Kind::Ram);
    // A hole that is an eighth of the largest node's RAM says nothing more by being longer.
    let longest = bars.iter().map(ram).max().unwrap_or(0) / 8;
    let bars: Vec<Vec<Stretch>> = bars
        .into_iter()
        .map(|mut bar| {
            for stretch in &mut bar {
                stretch.is_cut =
                    stretch.kind != Kind::Ram && stretch.range.end - stretch.range.start > longest;
            }
            bar
        })
        .collect();
    let scale = bars.iter().filter_map(|bar| scale(bar, limits.width, limits)).fold(f64::INFINITY, f64::min);
    bars.into_iter().map(|bar| laid_out(bar, scale, limits)).collect()
}

/// Units per byte with which a bar is as wide as asked for; `None` where nothing of it has a length.
fn scale(bar: &[Stretch], width: f64, limits: ScaleLimits) -> Option<f64> {
    let bytes = len_of(bar, |stretch| !stretch.is_cut);
    (bytes > 0).then(|| (width - cut(bar, limits) * squeeze(bar, limits)) / bytes as f64)
}

/// What the cut stretches of a bar take.
fn cut(bar: &[Stretch], limits: ScaleLimits) -> f64 {
    bar.iter().filter(|stretch| stretch.is_cut).map(|stretch| cut_width(stretch.kind, limits)).sum()
}

fn cut_width(kind: Kind, limits: ScaleLimits) -> f64 {
    if kind == Kind::Window { limits.window } else { limits.hole }
}

/// By how much cut stretches are narrower where there are so many that they would take more than half of the bar.
fn squeeze(bar: &[Stretch], limits: ScaleLimits) -> f64 {
    (limits.width / 2.0 / cut(bar, limits).max(1.0)).min(1.0)
}

fn laid_out(mut bar: Vec<Stretch>, scale: f64, limits: ScaleLimits) -> Axis {
    let fixed = cut(&bar, limits) * squeeze(&bar, limits);
    let bytes = len_of(&bar, |stretch| !stretch.is_cut);
    let is_own = bytes > 0 && fixed + bytes as f64 * scale < limits.least;
    let own = self::scale(&bar, limits.least.max(fixed * 2.0), limits).unwrap_or(0.0);
    let scale = if is_own { own } else { scale };
    let squeeze = squeeze(&bar, limits);
    let mut at = 0.0;
    for stretch in &mut bar {
        let width = match stretch.is_cut {
            true => cut_width(stretch.kind, limits) * squeeze,
            false => (stretch.range.end - stretch.range.start) as f64 * scale,
        };
        stretch.place = at..at + width;
        at += width;
    }
    Axis { stretches: bar, is_own }
}

fn len_of(bar: &[Stretch], counts: impl Fn(&Stretch) -> bool) -> u64 {
    let len = |stretch: &Stretch| stretch.range.end - stretch.range.start;
    bar.iter().filter(|stretch| counts(stretch)).map(len).sum()
}

/// The stretches of a lane, from its first address to its last; pieces of RAM that touch are one.
fn stretches(lane: &Lane) -> Vec<Stretch> {
    let spans = lane.spans.iter().map(|span| (span.range.clone(), Kind::Ram));
    let windows = lane.windows.iter().map(|window| (window.range.clone(), Kind::Window));
    let mut parts: Vec<(Range<u64>, Kind)> =
        spans.chain(windows).filter(|(range, _)| !range.is_empty()).collect();
    parts.sort_by_key(|(range, _)| (range.start, range.end));
    let mut all: Vec<Stretch> = Vec::new();
    for (range, kind) in parts {
        let at = all.last().map_or(range.start, |last| last.range.end);
        let range = range.start.max(at)..range.end;
        if range.is_empty() {
            continue;
        }
        let stretch = |range, kind| Stretch { range, kind, is_cut: false, place: 0.0..0.0 };
        if at < range.start {
            all.push(stretch(at..range.start, Kind::Hole));
        }
        match all.last_mut() {
            Some(last) if last.kind == kind && last.range.end == range.start && kind == Kind::Ram => {
                last.range.end = range.end;
            }
            _ => all.push(stretch(range, kind)),
        }
    }
    all
}
