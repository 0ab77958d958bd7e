//! The picture in 80 columns of a terminal: a line for each bar, the strip of its memory blocks below, and notes.

use super::lane::{Block, Flag, Lane};
use super::scale::{Axis, Kind, ScaleLimits, axes};
use super::{Picture, State, lead, of_all};
use crate::boot::running::removable::Answer;
use crate::bytes::size;
use crate::report::ink::Ink;
use crate::report::text::{WIDTH, or_empty};
use std::io::{self, Write};
use std::ops::Range;

/// Columns of the widest bar.
pub(super) const BAR: usize = 40;
/// From this many bars on, each has one line.
const DENSE: usize = 13;
/// The most notes about what blocks.
const MOST_NOTES: usize = 9;

/// What the terminal can show.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Look {
    /// Letters beyond ASCII.
    pub utf8: bool,
    /// Colours.
    pub colour: bool,
}

/// What a cell of a bar shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cell {
    Ram(State),
    Hole,
    CutHole,
    Window,
    Flag(usize),
}

impl Look {
    fn sign(self, cell: Cell) -> (String, Ink) {
        let pick = |utf8: &str, ascii: &str| if self.utf8 { utf8 } else { ascii }.to_owned();
        match cell {
            Cell::Ram(State::Movable) => (pick("█", "#"), Ink::Blue),
            Cell::Ram(State::Lost) => (pick("▚", "%"), Ink::Orange),
            Cell::Ram(State::Kernel) => (pick("░", "."), Ink::Plain),
            Cell::Hole => (" ".to_owned(), Ink::Plain),
            Cell::CutHole => (pick("⋯", "~"), Ink::Dim),
            Cell::Window => (pick("┄", "+"), Ink::Dim),
            Cell::Flag(number) => (self.number(number), Ink::Red),
        }
    }

    /// The number of a flag in one column.
    fn number(self, number: usize) -> String {
        let circled = u32::try_from(number).ok().and_then(|number| char::from_u32(0x245f + number));
        match (self.utf8, number) {
            (true, 1..=20) => circled.map(String::from).unwrap_or_default(),
            (_, 1..=9) => number.to_string(),
            _ => "!".to_owned(),
        }
    }

    pub(super) fn offline(self, answer: Answer) -> (&'static str, Ink) {
        match (answer, self.utf8) {
            (Answer::Yes, true) => ("━", Ink::Blue),
            (Answer::Maybe, true) => ("╌", Ink::Plain),
            (Answer::No, true) => ("×", Ink::Dim),
            (Answer::Yes, false) => ("=", Ink::Blue),
            (Answer::Maybe, false) => ("-", Ink::Plain),
            (Answer::No, false) => ("x", Ink::Dim),
            (Answer::Unknown, _) => ("?", Ink::Plain),
        }
    }

    pub(super) fn paint(self, ink: Ink, text: &str) -> String {
        match ink {
            Ink::Plain => text.to_owned(),
            _ if !self.colour || text.trim().is_empty() => text.to_owned(),
            _ => ink.around(text),
        }
    }

    /// Cells as text; neighbours of one colour are painted together.
    pub(super) fn cells(self, signs: impl IntoIterator<Item = (String, Ink)>) -> String {
        let (mut out, mut run, mut ink) = (String::new(), String::new(), Ink::Plain);
        for (sign, next) in signs {
            if next != ink {
                out += &self.paint(ink, &std::mem::take(&mut run));
                ink = next;
            }
            run += &sign;
        }
        out + &self.paint(ink, &run)
    }
}

/// Widths of the columns beside the bars.
struct BarColumns {
    name: usize,
    size: usize,
    /// Where the bars begin.
    bar: usize,
}

/// What the bars keep to, in columns.
pub(super) const LIMITS: ScaleLimits = ScaleLimits { width: BAR as f64, hole: 2.0, window: 6.0, least: 2.0 };

impl BarColumns {
    fn of(lanes: &[Lane]) -> BarColumns {
        let name = lanes.iter().map(|lane| lane.name().len()).max().unwrap_or(0);
        let size = lanes.iter().map(|lane| size(lane.totals.total_bytes).len()).max().unwrap_or(0);
        BarColumns { name, size, bar: name + size + 4 }
    }
}

/// Writes the picture.
pub fn write(out: &mut dyn Write, picture: &Picture, look: Look) -> io::Result<()> {
    let lanes = &picture.lanes;
    head(out, None, picture, look)?;
    boot(out, picture, look)?;
    bars(out, lanes, &axes(lanes, LIMITS), &BarColumns::of(lanes), look)?;
    legend(out, lanes, is_dense(picture), look)?;
    notes(out, &[(None, picture)], look)
}

/// Writes two pictures on one scale, each under its name; what holds of both is said once.
pub fn pair(out: &mut dyn Write, pair: [(&str, &Picture); 2], look: Look) -> io::Result<()> {
    let lanes: Vec<Lane> = pair.iter().flat_map(|(_, picture)| picture.lanes.iter().cloned()).collect();
    let (axes, columns) = (axes(&lanes, LIMITS), BarColumns::of(&lanes));
    let [(_, first), _] = pair;
    let (one, other) = axes.split_at(first.lanes.len().min(axes.len()));
    for ((name, picture), axes) in pair.into_iter().zip([one, other]) {
        head(out, Some(name), picture, look)?;
        if !std::ptr::eq(first, picture) && picture.is_boot_of(first) {
            writeln!(out)?
        } else {
            boot(out, picture, look)?
        }
        bars(out, &picture.lanes, axes, &columns, look)?;
    }
    legend(out, &lanes, pair.iter().all(|(_, picture)| is_dense(picture)), look)?;
    notes(out, &pair.map(|(name, picture)| (Some(name), picture)), look)
}

/// Whether there is one line for each bar.
fn is_dense(picture: &Picture) -> bool {
    picture.lanes.len() >= DENSE
}

/// The number that counts, and whether the boot gets there.
fn head(out: &mut dyn Write, name: Option<&str>, picture: &Picture, look: Look) -> io::Result<()> {
    let text = format!("{}{}", lead(name), picture.headline());
    writeln!(out, "{}", look.paint(Ink::Bold, &text))?;
    match &picture.failure {
        Some(why) => wrapped(out, 0, 2, &format!("The boot FAILS: {why}"), |line| look.paint(Ink::Red, line)),
        None => Ok(()),
    }
}

/// Which boot it is.
fn boot(out: &mut dyn Write, picture: &Picture, look: Look) -> io::Result<()> {
    let what = format!("Linux {}: {}", picture.kernel.text(), or_empty(&picture.command_line));
    wrapped(out, 0, 2, &what, |line| look.paint(Ink::Dim, line))?;
    writeln!(out)
}

fn bars(
    out: &mut dyn Write,
    lanes: &[Lane],
    axes: &[Axis],
    columns: &BarColumns,
    look: Look,
) -> io::Result<()> {
    let is_dense = lanes.len() >= DENSE;
    for (lane, axis) in lanes.iter().zip(axes) {
        bar(out, lane, axis, columns, look)?;
        if !is_dense {
            strip(out, lane, axis, columns, look)?;
            foot(out, lane, axis, columns, look)?;
        }
    }
    writeln!(out)
}

fn bar(out: &mut dyn Write, lane: &Lane, axis: &Axis, columns: &BarColumns, look: Look) -> io::Result<()> {
    let BarColumns { name, size: wide, .. } = *columns;
    let cells = cells(lane, axis);
    let blank = " ".repeat(BAR.saturating_sub(cells.len()));
    let remark = remark(lane, look);
    let painted = look.cells(cells.into_iter().map(|cell| look.sign(cell)));
    let label = format!("{:name$}  {:>wide$}", lane.name(), size(lane.totals.total_bytes));
    writeln!(out, "{label}  {painted}{blank}  {remark}")
}

/// What is said to the right of a bar.
fn remark(lane: &Lane, look: Look) -> String {
    let ink = match (lane.totals.lost_bytes, lane.totals.movable_bytes) {
        (1.., _) => Ink::Orange,
        (0, 1..) => Ink::Blue,
        (0, 0) => Ink::Plain,
    };
    let see: Vec<String> = lane.flags.iter().take(3).map(|flag| look.number(flag.number)).collect();
    let more = if lane.flags.len() > see.len() { "…" } else { "" };
    let more = if look.utf8 { more } else { more.trim_matches('…') };
    let see = if see.is_empty() { String::new() } else { format!(": {}{more}", see.join(" ")) };
    let fold = if lane.count() > 1 { " each" } else { "" };
    look.paint(ink, &format!("{}{fold}{see}", lane.remark()))
}

/// What the cells of a bar show: what most of their memory is; a flag has its cell in any case.
fn cells(lane: &Lane, axis: &Axis) -> Vec<Cell> {
    let count = columns_of(axis);
    let mut parts: Vec<(Range<f64>, Cell)> = Vec::new();
    for stretch in &axis.stretches {
        let cell = match (stretch.kind, stretch.is_cut) {
            (Kind::Ram, _) => continue,
            (Kind::Hole, false) => Cell::Hole,
            (Kind::Hole, true) => Cell::CutHole,
            (Kind::Window, _) => Cell::Window,
        };
        parts.push((stretch.place.clone(), cell));
    }
    parts.extend(lane.spans.iter().map(|span| (axis.place(&span.range), Cell::Ram(span.state))));
    parts.sort_by(|one, other| one.0.start.total_cmp(&other.0.start));
    let mut cells = dominant(count, &parts, Cell::Hole);
    for flag in lane.flags.iter().rev() {
        if let Some(cell) = cells.get_mut(column(axis, flag.range.start, count)) {
            *cell = Cell::Flag(flag.number);
        }
    }
    cells
}

/// For each of some cells, what takes most of it.
fn dominant<T: Copy + PartialEq>(count: usize, parts: &[(Range<f64>, T)], nothing: T) -> Vec<T> {
    let mut cells: Vec<Vec<(T, f64)>> = vec![Vec::new(); count];
    for (place, what) in parts {
        let first = (place.start.floor().max(0.0) as usize).min(count);
        let last = (place.end.ceil() as usize).min(count);
        for (index, cell) in cells.iter_mut().enumerate().take(last).skip(first) {
            let share = place.end.min(index as f64 + 1.0) - place.start.max(index as f64);
            match cell.iter_mut().find(|(known, _)| known == what) {
                Some((_, sum)) => *sum += share,
                None => cell.push((*what, share)),
            }
        }
    }
    let most = |cell: Vec<(T, f64)>| {
        let largest = cell.into_iter().reduce(|one, other| if other.1 > one.1 { other } else { one });
        largest.map_or(nothing, |(what, _)| what)
    };
    cells.into_iter().map(most).collect()
}

fn columns_of(axis: &Axis) -> usize {
    (axis.end().round() as usize).clamp(1, BAR)
}

/// The cell of an address.
fn column(axis: &Axis, address: u64, count: usize) -> usize {
    (axis.at(address) as usize).min(count.saturating_sub(1))
}

/// A sign for each cell of a strip of memory blocks, each with whether it goes offline; blank where there are none.
pub(super) fn block_cells(
    blocks: impl Iterator<Item = (Range<u64>, Answer)>,
    axis: &Axis,
    look: Look,
) -> Vec<(String, Ink)> {
    let holes =
        axis.stretches.iter().filter(|stretch| stretch.is_cut).map(|stretch| (stretch.place.clone(), None));
    let parts: Vec<_> =
        blocks.map(|(range, answer)| (axis.place(&range), Some(answer))).chain(holes).collect();
    let sign = |offline: Option<Answer>| {
        offline.map_or_else(
            || (" ".to_owned(), Ink::Plain),
            |answer| {
                let (sign, ink) = look.offline(answer);
                (sign.to_owned(), ink)
            },
        )
    };
    dominant(columns_of(axis), &parts, None).into_iter().map(sign).collect()
}

/// The memory blocks below a bar.
fn strip(out: &mut dyn Write, lane: &Lane, axis: &Axis, columns: &BarColumns, look: Look) -> io::Result<()> {
    if lane.blocks.is_empty() {
        return Ok(());
    }
    let part = |block: &Block| (block.range.clone(), Answer::from(block.offline));
    let signs = block_cells(lane.blocks.iter().map(part), axis, look);
    let domain = lane.pxm.map(|pxm| format!("PXM {pxm}")).unwrap_or_default();
    let label = look.paint(Ink::Dim, &format!("{domain:width$}", width = columns.bar));
    writeln!(out, "{label}{}", look.cells(signs).trim_end())
}

/// First and last address of a bar, and what is reserved early between them.
fn foot(out: &mut dyn Write, lane: &Lane, axis: &Axis, columns: &BarColumns, look: Look) -> io::Result<()> {
    let count = columns_of(axis);
    let extent = lane.extent();
    let (first, last) = (address(extent.start), address(lane.end));
    let mut line: Vec<char> = vec![' '; count];
    for tab in &lane.tabs {
        if let Some(cell) = line.get_mut(column(axis, tab.range.start, count)) {
            *cell = '^';
        }
    }
    let marks: String = line.into_iter().collect();
    let blank = " ".repeat(columns.bar.saturating_sub(first.len() + 1));
    let text = format!("{blank}{first} {marks} {last}");
    writeln!(out, "{}", look.paint(Ink::Dim, text.trim_end()))?;
    Ok(())
}

/// An address in the largest unit that divides it, as `6G`; else in hexadecimal.
pub fn address(at: u64) -> String {
    const UNITS: [(u32, &str); 5] = [(50, "P"), (40, "T"), (30, "G"), (20, "M"), (10, "K")];
    let fits = |(shift, name): (u32, &str)| {
        let number = at >> shift;
        (at.trailing_zeros() >= shift && at > 0 && number < 10_000).then(|| format!("{number}{name}"))
    };
    match at {
        0 => "0".to_owned(),
        _ => UNITS.into_iter().find_map(fits).unwrap_or_else(|| format!("{at:#x}")),
    }
}

fn legend(out: &mut dyn Write, lanes: &[Lane], is_dense: bool, look: Look) -> io::Result<()> {
    let has = |state: State| lanes.iter().flat_map(|lane| &lane.spans).any(|span| span.state == state);
    let mut entries: Vec<(String, String)> = State::ALL
        .into_iter()
        .filter(|state| has(*state))
        .map(|state| {
            let (sign, ink) = look.sign(Cell::Ram(state));
            (look.paint(ink, &sign), state.words().to_owned())
        })
        .collect();
    if lanes.iter().any(|lane| !lane.windows.is_empty()) {
        let (sign, ink) = look.sign(Cell::Window);
        entries.push((look.paint(ink, &sign), "hot-add window".to_owned()));
    }
    if !is_dense {
        if lanes.iter().any(|lane| !lane.tabs.is_empty()) {
            entries.push((look.paint(Ink::Dim, "^"), "reserved early".to_owned()));
        }
        let known = |answer: Answer| {
            lanes.iter().flat_map(|lane| &lane.blocks).any(|run| Answer::from(run.offline) == answer)
        };
        entries.extend(answers(known, look));
    }
    in_a_row(out, entries)
}

/// Signs of memory blocks in a legend, of those that there are.
pub(super) fn answers(known: impl Fn(Answer) -> bool, look: Look) -> Vec<(String, String)> {
    let words = |answer| match answer {
        Answer::Yes => "block goes offline",
        Answer::Maybe => "maybe",
        Answer::No => "never",
        Answer::Unknown => "unknown",
    };
    let all = [Answer::Yes, Answer::Maybe, Answer::No, Answer::Unknown].into_iter().filter(|one| known(*one));
    all.map(|answer| {
        let (sign, ink) = look.offline(answer);
        (look.paint(ink, sign), words(answer).to_owned())
    })
    .collect()
}

/// The entries of a legend, in as many lines as they need.
pub(super) fn in_a_row(out: &mut dyn Write, entries: Vec<(String, String)>) -> io::Result<()> {
    let mut column = 0;
    for (sign, words) in entries {
        let width = words.chars().count() + 2;
        if column > 0 && column + 3 + width > WIDTH {
            writeln!(out)?;
            column = 0;
        }
        let gap = if column > 0 { "   " } else { "" };
        write!(out, "{gap}{sign} {words}")?;
        column += width + gap.len();
    }
    writeln!(out)
}

/// What flags mean, why memory is lost, and what is not sure: of pictures with names, what holds of all of them without one.
fn notes(out: &mut dyn Write, pictures: &[(Option<&str>, &Picture)], look: Look) -> io::Result<()> {
    let flags = |picture: &Picture| -> Vec<(usize, String)> {
        let of_lane = |lane: &Lane| -> Vec<_> {
            lane.flags.iter().map(|flag| (flag.number, blocked(lane, flag))).collect()
        };
        picture.lanes.iter().flat_map(of_lane).collect()
    };
    let flags = of_all(pictures, flags);
    if !flags.is_empty() {
        writeln!(out)?;
    }
    for (name, (number, text)) in flags.iter().take(MOST_NOTES) {
        let number = look.number(*number);
        let text = format!("{number} {}{text}", lead(*name));
        wrapped(out, 0, 2, &text, |line| line.replacen(&number, &look.paint(Ink::Red, &number), 1))?;
    }
    if flags.len() > MOST_NOTES {
        writeln!(out, "  and {} more: acpihp plan --early", flags.len() - MOST_NOTES)?;
    }
    for (name, text) in of_all(pictures, Picture::sentences) {
        writeln!(out)?;
        wrapped(out, 0, 0, &format!("{}{text}", lead(name)), str::to_owned)?;
    }
    Ok(())
}

/// What a flag stands for, as a sentence.
pub fn blocked(lane: &Lane, flag: &Flag) -> String {
    let pieces = if flag.pieces > 1 { format!(", {} pieces", flag.pieces) } else { String::new() };
    let len = size(flag.range.end - flag.range.start);
    let (name, at, node) = (&flag.name, flag.range.start, lane.name());
    let lost = size(lane.totals.lost_bytes);
    format!(
        "{name} at {at:#x} ({len}{pieces}): {node} loses its hot-pluggable marks for it, and {lost} stay the kernel's."
    )
}

/// Text wrapped at blanks, each line painted.
fn wrapped(
    out: &mut dyn Write,
    first: usize,
    rest: usize,
    text: &str,
    paint: impl Fn(&str) -> String,
) -> io::Result<()> {
    let (mut line, mut indent) = (String::new(), first);
    for word in text.split(' ') {
        let wide = indent + line.chars().count() + usize::from(!line.is_empty()) + word.chars().count();
        if !line.is_empty() && wide > WIDTH {
            writeln!(out, "{:indent$}{}", "", paint(&line))?;
            line.clear();
            indent = rest;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line += word;
    }
    writeln!(out, "{:indent$}{}", "", paint(&line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_short_where_they_can_be() {
        let pairs =
            [(0, "0"), (6 << 30, "6G"), (1 << 40, "1T"), (640 << 10, "640K"), (0x1_0000_1000, "0x100001000")];
        for (at, text) in pairs {
            assert_eq!(address(at), text);
        }
    }

    #[test]
    fn a_cell_shows_what_takes_most_of_it() {
        let parts = [(0.0..1.6, 'a'), (1.6..2.1, 'b'), (2.1..3.0, 'c')];
        assert_eq!(dominant(3, &parts, ' '), ['a', 'a', 'c']);
        assert_eq!(dominant(2, &parts[..1], ' '), ['a', 'a']);
    }
}
