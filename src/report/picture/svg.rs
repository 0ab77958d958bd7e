//! The picture as SVG: light and dark, with words on every shape for pointers and for those who do not see it.

use super::canvas::{Anchor, Canvas, Rect, WIDE, fitted, width_of};
use super::lane::{Flag, Lane, Span};
use super::scale::{Axis, Kind, ScaleLimits, Stretch, axes};
use super::text::{address, blocked};
use super::{Picture, State, lead, of_all};
use crate::boot::running::blocks::Verdict;
use crate::boot::stages::zones::Zone;
use crate::bytes::size;
use crate::foreign::markup;
use crate::phrase;
use crate::report::text::or_empty;
use std::io::{self, Write};

/// The rules that shapes are drawn by; a page that holds pictures has them once.
pub const STYLE: &str = include_str!("map.css");

const WIDTH: f64 = 960.0;
const LEFT: f64 = 150.0;
const BAR: f64 = WIDTH - LEFT - 24.0;
/// Shapes that a picture has room for: with more, pieces that are hardly seen are left out.
const MOST_SHAPES: usize = 700;

/// How much room a bar gets.
#[derive(Debug, Clone, Copy)]
struct Density {
    bar: f64,
    strip: f64,
    /// Between two bars.
    gap: f64,
    /// Whether addresses and reasons are written out.
    is_wordy: bool,
}

impl Density {
    fn of(lanes: usize) -> Density {
        match lanes {
            0..=12 => Density { bar: 34.0, strip: 8.0, gap: 18.0, is_wordy: true },
            13..=40 => Density { bar: 16.0, strip: 4.0, gap: 8.0, is_wordy: false },
            _ => Density { bar: 9.0, strip: 3.0, gap: 4.0, is_wordy: false },
        }
    }
}

/// A picture being drawn.
struct Drawing<'a> {
    canvas: Canvas,
    density: Density,
    /// Pieces narrower than this are left out where one is beside them.
    fine: f64,
    /// Tells the parts of one picture of a page from those of others.
    id: &'a str,
}

/// A picture with its name, where it is one of two.
type Named<'a> = (Option<&'a str>, &'a Picture);

/// Writes a file of the picture.
///
/// # Errors
/// What `out` says.
pub fn write(out: &mut dyn Write, picture: &Picture) -> io::Result<()> {
    out.write_all(file(&[(None, picture)]).as_bytes())
}

/// Writes a file of two pictures on one scale, each under its name; what holds of both is said once.
///
/// # Errors
/// What `out` says.
pub fn pair(out: &mut dyn Write, pair: [(&str, &Picture); 2]) -> io::Result<()> {
    out.write_all(file(&pair.map(|(name, picture)| (Some(name), picture))).as_bytes())
}

fn file(pictures: &[Named<'_>]) -> String {
    let scales = scales(pictures.iter().map(|(_, picture)| *picture));
    document(pictures, &scales, "map", &format!("<style>\n{STYLE}</style>\n"))
}

/// Elements `svg` for a page that has the rules, all on one scale; with each goes what the names inside begin with.
pub fn on_page(pictures: &[(&str, &Picture)]) -> Vec<String> {
    let scales = scales(pictures.iter().map(|(_, picture)| *picture));
    let element = |((id, picture), scale): (&(&str, &Picture), Vec<Axis>)| {
        document(&[(None, picture)], &[scale], id, "")
    };
    pictures.iter().zip(scales).map(element).collect()
}

/// The scales of the bars of each picture, which are one.
fn scales<'a>(pictures: impl Iterator<Item = &'a Picture> + Clone) -> Vec<Vec<Axis>> {
    let mut all = axes(pictures.clone().flat_map(|picture| &picture.lanes), LIMITS).into_iter();
    pictures.map(|picture| all.by_ref().take(picture.lanes.len()).collect()).collect()
}

/// One element `svg`, with `rules` in it.
fn document(pictures: &[Named<'_>], scales: &[Vec<Axis>], id: &str, rules: &str) -> String {
    let density = Density::of(pictures.iter().map(|(_, picture)| picture.lanes.len()).max().unwrap_or(0));
    let lanes = || pictures.iter().flat_map(|(_, picture)| &picture.lanes);
    let fine = fine(|| lanes().zip(scales.iter().flatten()));
    let mut drawing = Drawing { canvas: Canvas::default(), density, fine, id };
    let (mut y, mut last) = (0.0, None);
    for ((name, picture), axes) in pictures.iter().zip(scales) {
        if let Some(name) = name {
            drawing.canvas.side(name);
        }
        y = drawing.heading(*name, picture, last, y);
        for (lane, axis) in picture.lanes.iter().zip(axes) {
            y = drawing.lane(lane, axis, y);
        }
        if name.is_some() {
            drawing.canvas.end();
        }
        last = Some(*picture);
    }
    y = drawing.legend(&lanes().collect::<Vec<_>>(), y + 6.0);
    y = drawing.notes(pictures, y);
    let said = |say: fn(&Picture) -> String| -> String {
        let each = pictures.iter().map(|(name, picture)| format!("{}{}", lead(*name), say(picture)));
        markup(&each.collect::<Vec<_>>().join("; "))
    };
    let (title, label) = (said(Picture::headline), said(label));
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"map\" viewBox=\"0 0 {WIDTH} {y:.0}\" width=\"{WIDTH}\" \
         height=\"{y:.0}\" role=\"img\" aria-label=\"{label}\">\n<title>{title}</title>\n{rules}{}<rect class=\"back\" \
         width=\"{WIDTH}\" height=\"{y:.0}\"><title>{title}</title></rect>\n{}</svg>\n",
        pattern(id),
        drawing.canvas.svg
    )
}

const LIMITS: ScaleLimits = ScaleLimits { width: BAR, hole: 26.0, window: 132.0, least: 36.0 };

fn pattern(id: &str) -> String {
    format!(
        "<defs><pattern id=\"{id}-lost\" width=\"9\" height=\"9\" patternUnits=\"userSpaceOnUse\" \
         patternTransform=\"rotate(45)\"><rect class=\"la\" width=\"9\" height=\"9\"/><rect class=\"lb\" width=\"4\" \
         height=\"9\"/></pattern></defs>\n"
    )
}

/// What a screen reader says: the number, then node by node.
fn label(picture: &Picture) -> String {
    let lanes = picture.lanes.iter().take(16).map(|lane| {
        let flags: Vec<&str> = lane.flags.iter().map(|flag| flag.name.as_str()).collect();
        let by = if flags.is_empty() { String::new() } else { format!(" to {}", flags.join(", ")) };
        format!("{}, {}: {}{by}", lane.name(), size(lane.totals.total_bytes), lane.remark())
    });
    let lanes: Vec<String> = lanes.collect();
    format!("Memory map of Linux {}: {}. {}", picture.kernel.text(), picture.headline(), lanes.join("; "))
}

/// The width below which pieces of bars are left out, so that the picture has not too many shapes.
fn fine<'a, I: Iterator<Item = (&'a Lane, &'a Axis)>>(bars: impl Fn() -> I) -> f64 {
    let mut fine = 0.4;
    let count = |fine: f64| -> usize {
        let shapes = |(lane, axis): (&Lane, &Axis)| {
            visible(lane.spans.iter().map(|span| axis.place(&span.range)), fine).count()
                + visible(lane.blocks.iter().map(|run| axis.place(&run.range)), fine).count()
        };
        bars().map(shapes).sum()
    };
    while fine < 50.0 && count(fine) > MOST_SHAPES {
        fine *= 2.0;
    }
    fine
}

/// Which of some places, ascending, are far enough from the one that was drawn last.
fn visible(
    places: impl Iterator<Item = std::ops::Range<f64>>,
    fine: f64,
) -> impl Iterator<Item = std::ops::Range<f64>> {
    let mut drawn = f64::NEG_INFINITY;
    places.filter(move |place| {
        let is_seen = place.end - drawn >= fine;
        if is_seen {
            drawn = place.end;
        }
        is_seen
    })
}

/// The class of a state's shapes.
fn class(state: State) -> &'static str {
    match state {
        State::Movable => "mov",
        State::Lost => "lost",
        State::Kernel => "ker",
    }
}

fn verdict_class(verdict: Verdict) -> &'static str {
    verdict.name()
}

/// A range as titles have it, the end inclusive as Linux prints it.
fn printed(range: &std::ops::Range<u64>) -> String {
    format!("{:#x}-{:#x}", range.start, range.end.saturating_sub(1))
}

impl Drawing<'_> {
    /// The number, and what it is of unless that is the boot of the picture above; returns where the bars begin.
    fn heading(&mut self, name: Option<&str>, picture: &Picture, above: Option<&Picture>, y: f64) -> f64 {
        let text = format!("{}{}", lead(name), picture.headline());
        self.canvas.text("h", (16.0, y + 30.0), Anchor::Start, &text);
        let mut y = y + 50.0;
        if above.is_none_or(|above| !picture.is_boot_of(above)) {
            let line = format!("Linux {} · {}", picture.kernel.text(), or_empty(&picture.command_line));
            self.canvas.text("dim", (16.0, y), Anchor::Start, &fitted(&line, 12.0, WIDTH - 32.0));
            y += 20.0;
        }
        let Some(why) = &picture.failure else { return y };
        let why = fitted(&format!("The boot FAILS: {why}"), 12.0, WIDTH - 32.0);
        self.canvas.text("blk", (16.0, y), Anchor::Start, &why);
        y + 20.0
    }

    /// A bar with all that belongs to it; returns where the next one begins.
    fn lane(&mut self, lane: &Lane, axis: &Axis, top: f64) -> f64 {
        let Density { bar, strip, gap, is_wordy } = self.density;
        let above = match (lane.flags.is_empty(), lane.tabs.is_empty(), is_wordy) {
            (true, true, _) => 0.0,
            (_, _, false) => 5.0,
            (false, true, true) => 18.0,
            (true, false, true) => 18.0,
            (false, false, true) => 34.0,
        };
        let y = top + above;
        self.canvas.group(&format!("lane{}", if axis.is_own { " own-scale" } else { "" }), lane.node);
        self.names(lane, y);
        self.holes(axis, y);
        self.spans(lane, axis, y);
        self.windows(lane, axis, y);
        self.blocks(lane, axis, y + bar + 3.0);
        self.tabs(lane, axis, y);
        self.flags(lane, axis, y, y - above);
        let mut end = y + bar + 3.0 + strip;
        if is_wordy {
            self.foot(lane, axis, end + 12.0);
            end += 14.0;
        }
        self.canvas.end();
        end + gap
    }

    fn names(&mut self, lane: &Lane, y: f64) {
        let Density { bar, is_wordy, .. } = self.density;
        let fold = if lane.count() > 1 { " each" } else { "" };
        let len = format!("{}{fold}", size(lane.totals.total_bytes));
        if is_wordy {
            let domain = match lane.pxm {
                Some(pxm) if lane.count() == 1 => format!(" · PXM {pxm}"),
                _ => String::new(),
            };
            self.canvas.text("name", (16.0, y + 15.0), Anchor::Start, &lane.name());
            self.canvas.text("dim", (16.0, y + 31.0), Anchor::Start, &format!("{len}{domain}"));
        } else {
            let text = format!("{} · {len}", lane.name());
            let class = if bar < 12.0 { "small" } else { "dim" };
            self.canvas.text(class, (16.0, y + bar / 2.0 + 4.0), Anchor::Start, &text);
        }
    }

    /// What is no RAM of this node: a dashed line, broken where it is cut short.
    fn holes(&mut self, axis: &Axis, y: f64) {
        let middle = y + self.density.bar / 2.0;
        for Stretch { range, is_cut, place, .. } in axis.stretches.iter().filter(|one| one.kind == Kind::Hole)
        {
            if place.end - place.start < 1.0 {
                continue;
            }
            let (from, to) = (LEFT + place.start, LEFT + place.end);
            let len = size(range.end - range.start);
            let title = format!("{} {len}: no RAM of this node", printed(range));
            self.canvas.path("hole", &format!("M{from:.1} {middle:.1}H{to:.1}"), &title);
            if *is_cut {
                let (x, down) = ((from + to) / 2.0, middle + 6.0);
                let path = format!("M{:.1} {down:.1}l6 -12M{:.1} {down:.1}l6 -12", x - 6.0, x);
                self.canvas.path("cut", &path, &format!("{title} (not to scale)"));
            }
        }
    }

    fn spans(&mut self, lane: &Lane, axis: &Axis, y: f64) {
        let height = self.density.bar;
        let mut drawn = f64::NEG_INFINITY;
        for span in &lane.spans {
            let place = axis.place(&span.range);
            if place.end - drawn < self.fine {
                continue;
            }
            drawn = place.end;
            let (x, width) = (LEFT + place.start, place.end - place.start);
            let rect = Rect { x, y, width, height };
            self.span(span, rect);
        }
    }

    fn span(&mut self, span: &Span, rect: Rect) {
        let len = size(span.range.end - span.range.start);
        let zone = span.zone.map_or("no zone", Zone::name);
        let title = format!("{} {len}, zone {zone}: {}", printed(&span.range), span.why);
        let name = class(span.state);
        self.shape(span.state, rect, &title);
        let words = match span.state {
            State::Lost => format!("hot-pluggable, but {zone} · {len}"),
            State::Movable | State::Kernel => format!("{zone} · {len}"),
        };
        let middle = (rect.x + rect.width / 2.0, rect.y + rect.height / 2.0 + 4.0);
        if self.density.is_wordy && width_of(&words, 12.0) + 24.0 < rect.width {
            self.canvas.text(&format!("in in-{name}"), middle, Anchor::Start, &words);
        }
    }

    /// A box in the fill of a state. The hatch is named on the shape itself, as a page has several pictures.
    fn shape(&mut self, state: State, rect: Rect, title: &str) {
        let pattern = (state == State::Lost).then(|| format!("{}-lost", self.id));
        self.canvas.filled(class(state), pattern.as_deref(), rect, title);
    }

    fn windows(&mut self, lane: &Lane, axis: &Axis, y: f64) {
        let height = self.density.bar;
        for window in &lane.windows {
            let place = axis.place(&window.range);
            let (x, width) = (LEFT + place.start, (place.end - place.start).max(2.0));
            let len = size(window.range.end - window.range.start);
            let zone =
                window.zone.map_or("refused by Linux".to_owned(), |zone| format!("zone {}", zone.name()));
            let range = printed(&window.range);
            let title = format!(
                "{range} {len}: hot-add window of SRAT entry #{}; a first block: {zone}",
                window.entry
            );
            self.canvas.rect("win", Rect { x, y: y + 1.0, width, height: height - 2.0 }, &title);
            let words = fitted(&format!("window · {len}"), 13.5, width - 6.0);
            if self.density.is_wordy {
                self.canvas.text("in", (x + width / 2.0, y + height / 2.0 + 4.0), Anchor::Start, &words);
            }
        }
    }

    /// The strip of memory blocks: runs of them, with a line between two blocks where they can be seen.
    fn blocks(&mut self, lane: &Lane, axis: &Axis, y: f64) {
        let height = self.density.strip;
        let mut drawn = f64::NEG_INFINITY;
        for run in &lane.blocks {
            let place = axis.place(&run.range);
            if place.end - drawn < self.fine {
                continue;
            }
            drawn = place.end;
            let (x, width) = (LEFT + place.start, place.end - place.start);
            let name = match run.first == run.last {
                true => format!("memory{}", run.first),
                false => format!("memory{} to memory{}", run.first, run.last),
            };
            let title = format!("{name}: goes offline: {}; {}", run.offline.name(), run.why);
            self.canvas.rect(verdict_class(run.offline), Rect { x, y, width, height }, &title);
            let count = run.last - run.first + 1;
            let each = width / count as f64;
            if self.density.is_wordy && each >= 6.0 {
                let lines: Vec<String> =
                    (1..=count).map(|n| format!("M{:.1} {y:.1}v{height}", x + each * n as f64)).collect();
                self.canvas.path("grid", &lines.concat(), &title);
            }
        }
    }

    /// What is reserved early: black tabs above the bar; those that touch are one, with all their names.
    fn tabs(&mut self, lane: &Lane, axis: &Axis, y: f64) {
        let mut clusters: Vec<(f64, f64, Vec<String>, Vec<&str>)> = Vec::new();
        for tab in &lane.tabs {
            let place = axis.place(&tab.range);
            let (from, to) = (place.start.min(BAR - 2.0), place.end.max(place.start + 2.0).min(BAR));
            let title = format!("{} {}", tab.name, printed(&tab.range));
            match clusters.last_mut() {
                Some((_, end, titles, groups)) if from <= *end + 3.0 => {
                    *end = to.max(*end);
                    titles.push(title);
                    if !groups.contains(&tab.group.as_str()) {
                        groups.push(&tab.group);
                    }
                }
                _ => clusters.push((from, to, vec![title], vec![&tab.group])),
            }
        }
        let height = if self.density.is_wordy { 6.0 } else { 3.0 };
        let mut free = f64::NEG_INFINITY;
        for (index, (from, to, titles, groups)) in clusters.iter().enumerate() {
            let more = phrase::more(titles.len().saturating_sub(12));
            let shown: Vec<&str> = titles.iter().take(12).map(String::as_str).collect();
            let title = format!("reserved early: {}{more}", shown.join("; "));
            let rect = Rect { x: LEFT + from, y: y - height - 1.0, width: to - from, height };
            self.canvas.rect("tab", rect, &title);
            if !self.density.is_wordy {
                continue;
            }
            let words = groups.join(", ");
            let next = clusters.get(index + 1).map_or(BAR, |next| next.0);
            let wide = width_of(&words, 10.5);
            let (x, anchor, words) = match from + wide <= next.max(from + 40.0) || next - from > BAR / 3.0 {
                true => (*from, Anchor::Start, fitted(&words, 10.5, next - from - 6.0)),
                false if *to > BAR - 60.0 && to - wide > free => (*to, Anchor::End, words),
                false => (*from, Anchor::Start, fitted(&words, 10.5, next - from - 6.0)),
            };
            if x >= free || anchor == Anchor::End {
                self.canvas.text("small", (LEFT + x, y - 11.0), anchor, &words);
                free = x + width_of(&words, 10.5);
            }
        }
    }

    /// What took the marks away: red flags over the whole bar, each with its name where there is room; those that would cover
    /// each other's names have one label.
    fn flags(&mut self, lane: &Lane, axis: &Axis, y: f64, top: f64) {
        let foot = y + self.density.bar;
        let at = |flag: &Flag| axis.at(flag.range.start);
        let mut free = f64::NEG_INFINITY;
        for group in lane.flags.chunk_by(|one, next| at(next) - at(one) < 15.0) {
            let (Some(first), Some(last)) = (group.first(), group.last()) else { continue };
            let others = group.iter().skip(1).map(|flag| format!(", {}", flag.name));
            let words = flag_words(first) + &others.collect::<String>();
            let wide = width_of(&words, 13.5) + 16.0;
            let to_left = at(last) + wide > BAR;
            for flag in group {
                self.canvas.flag(LEFT + at(flag), (top, foot), to_left, &blocked(lane, flag));
            }
            let (start, end) =
                if to_left { (at(first) - wide, at(first)) } else { (at(first), at(last) + wide) };
            if !self.density.is_wordy || start < free {
                continue;
            }
            free = end;
            let (x, anchor) = match to_left {
                true => (at(first) - 15.0, Anchor::End),
                false => (at(last) + 15.0, Anchor::Start),
            };
            self.canvas.text("blk", (LEFT + x, top + 9.0), anchor, &words);
        }
    }

    /// First and last address, and the reason.
    fn foot(&mut self, lane: &Lane, axis: &Axis, y: f64) {
        let (extent, end) = (lane.extent(), LEFT + axis.end());
        let (first, last) = (address(extent.start), address(lane.end));
        let taken = width_of(&first, 10.5) + width_of(&last, 10.5) + 20.0;
        if axis.end() < taken {
            self.canvas.text("small", (LEFT, y), Anchor::Start, &format!("{first} to {last}"));
        } else {
            self.canvas.text("small", (LEFT, y), Anchor::Start, &first);
            self.canvas.text("small", (end, y), Anchor::End, &last);
        }
        let own = if axis.is_own { " (on a scale of its own)" } else { "" };
        let fold = if lane.count() > 1 { ", the same on each" } else { "" };
        let is_lost = lane.totals.lost_bytes > lane.totals.movable_bytes;
        let (class, letters) = if is_lost { ("blk", 13.5) } else { ("dim", 12.0) };
        let why = if lane.why.is_empty() { String::new() } else { format!(": {}", lane.why) };
        let words = format!("{}{fold}{own}{why}", lane.remark());
        let room = axis.end() - taken;
        if room > 260.0 {
            let middle = LEFT + axis.end() / 2.0;
            self.canvas.text(class, (middle, y), Anchor::Middle, &fitted(&words, letters, room));
        } else {
            let room = WIDTH - end - 30.0;
            let y = y - self.density.strip - self.density.bar / 2.0 - 10.0;
            self.canvas.text(class, (end + 14.0, y), Anchor::Start, &fitted(&words, letters, room));
        }
    }

    fn legend(&mut self, lanes: &[&Lane], y: f64) -> f64 {
        let mut x = LEFT;
        let has = |state| lanes.iter().flat_map(|lane| &lane.spans).any(|span| span.state == state);
        for state in State::ALL.into_iter().filter(|state| has(*state)) {
            let rect = Rect { x, y, width: 16.0, height: 12.0 };
            self.shape(state, rect, state.words());
            x = self.legend_words(x + 22.0, y + 10.0, state.words());
        }
        if lanes.iter().any(|lane| !lane.windows.is_empty()) {
            self.canvas.rect("win", Rect { x, y, width: 16.0, height: 12.0 }, "hot-add window");
            x = self.legend_words(x + 22.0, y + 10.0, "hot-add window");
        }
        if lanes.iter().any(|lane| !lane.flags.is_empty()) {
            self.canvas.flag(x + 3.0, (y, y + 12.0), false, "takes the marks away");
            self.legend_words(x + 22.0, y + 10.0, "takes the marks away");
        }
        let (mut x, y) = (LEFT, y + 20.0);
        let known = |verdict| lanes.iter().flat_map(|lane| &lane.blocks).any(|run| run.offline == verdict);
        let words = [
            (Verdict::Yes, "memory block goes offline"),
            (Verdict::Maybe, "may go offline, or not"),
            (Verdict::Never, "never goes offline"),
        ];
        for (verdict, words) in words.into_iter().filter(|(verdict, _)| known(*verdict)) {
            self.canvas.rect(verdict_class(verdict), Rect { x, y: y + 2.0, width: 16.0, height: 8.0 }, words);
            x = self.legend_words(x + 22.0, y + 10.0, words);
        }
        if lanes.iter().any(|lane| !lane.tabs.is_empty()) {
            self.canvas.rect("tab", Rect { x, y: y + 3.0, width: 10.0, height: 6.0 }, "reserved early");
            self.legend_words(x + 16.0, y + 10.0, "reserved before the SRAT is read");
        }
        y + 26.0
    }

    fn legend_words(&mut self, x: f64, y: f64, words: &str) -> f64 {
        self.canvas.text("leg", (x, y), Anchor::Start, words);
        x + width_of(words, 12.0) + 18.0
    }

    fn notes(&mut self, pictures: &[Named<'_>], y: f64) -> f64 {
        let mut y = y;
        for (name, note) in of_all(pictures, Picture::sentences) {
            for line in
                lines(&format!("{}{note}", lead(name)), ((WIDTH - LEFT - 24.0) / (12.0 * WIDE)) as usize)
            {
                self.canvas.text("warn", (LEFT, y + 10.0), Anchor::Start, &line);
                y += 17.0;
            }
        }
        y + 12.0
    }
}

/// What stands beside a flag.
fn flag_words(flag: &Flag) -> String {
    let pieces = phrase::more(flag.pieces.saturating_sub(1));
    format!("{} at {:#x}{pieces}", flag.name, flag.range.start)
}

/// Text in lines of so many letters at most.
fn lines(text: &str, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= most => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
