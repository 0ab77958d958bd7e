//! Tables as programs print bytes in hex: the `.hex` files of iasl (`-tc`, `-ta` and `-ts`: C, assembler and ASL), arrays
//! in C as `xxd -i` writes them, and the output of `xxd`, `xxd -p`, `hexdump -C`, `od -t x1` and `od -An -t x1`.
//!
//! What makes such a text one of tables is what it spells: bytes that do not begin with a table are left out. The 16-bit
//! words of `hexdump` without `-C` are not read, since their text does not tell which byte comes first.

use super::acpidump::{Dump, DumpedTable, Note, What, digit, is_blank, number, unquoted};
use super::raw;
use crate::foreign::Foreign;

/// The most bytes that are made out of `*`, which stands for any number of the same row, in one text.
const MOST_REPEATED: u64 = 16 << 20;

/// The most notes that are kept of one run of bytes.
const MOST_NOTES: usize = 100;

/// What source in ASL begins with. Its buffers are no tables.
pub(crate) const ASL: &[u8] = b"DefinitionBlock";

/// Reads the tables of a text. One without tables gives none: no text is an error. Each stands for one run of bytes,
/// which can hold several tables, one after the other.
pub fn read(text: &[u8]) -> Dump {
    let mut reader = HexReader { room: MOST_REPEATED, ..HexReader::default() };
    if memchr::memmem::find(text, ASL).is_some() {
        return reader.dump;
    }
    let mut at = if text.starts_with(b"\xef\xbb\xbf") { 3_usize } else { 0 };
    for line in text.get(at..).unwrap_or_default().split(|byte| *byte == b'\n') {
        reader.number = reader.number.saturating_add(1);
        reader.offset = at;
        reader.line(unquoted(line).trim_ascii_end());
        at = at.saturating_add(line.len()).saturating_add(1);
    }
    reader.close();
    reader.dump
}

/// How a line gives its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// `0x53,0x52` or `053h,052h`, perhaps with a comment that tells the offset.
    Array,
    /// `00000000: 5352 4154  SRAT`.
    Xxd,
    /// `00000000  53 52 41 54  |SRAT|`.
    HexdumpC,
    /// `0000000 53 52 41 54`, the offset in octal, or in hex with six digits (`od -Ax`).
    Od,
    /// `53 52 41 54`.
    Pairs,
    /// `53524154`.
    Plain,
}

/// The bytes of a line.
struct HexRow {
    form: Form,
    /// Where they stand in their file, when the line tells.
    offset: Option<u64>,
    bytes: Vec<u8>,
    /// Whether the rest of the line is what may follow the bytes.
    whole: bool,
}

impl HexRow {
    fn new(form: Form, offset: Option<u64>) -> HexRow {
        HexRow { form, offset, bytes: Vec::new(), whole: true }
    }

    /// Adds the byte that two hex digits at the beginning of `text` spell, and gives what follows them.
    fn take<'a>(&mut self, text: &'a [u8]) -> Option<&'a [u8]> {
        let [high, low, rest @ ..] = text else { return None };
        if digit(*high) > 15 || digit(*low) > 15 {
            return None;
        }
        self.bytes.push(digit(*high) << 4 | digit(*low));
        Some(rest)
    }

    /// Reads a line that has neither indentation nor blanks at its end; `None` when it gives no bytes. Within plain
    /// digits a line can be short.
    fn parse(line: &[u8], form: Option<Form>) -> Option<HexRow> {
        let digits = line.iter().take_while(|byte| digit(**byte) < 16).count();
        let after = line.get(digits..)?;
        let row = match after {
            [b':', b' ', columns @ ..] if digits >= 8 => HexRow::xxd(offset(line, digits)?, columns),
            [b' ', columns @ ..] if digits >= 8 => HexRow::hexdump(offset(line, digits)?, columns),
            [b' ', columns @ ..] if matches!(digits, 6 | 7) => {
                HexRow::pairs(Form::Od, od_offset(line, digits), columns).or_else(|| HexRow::array(line))
            }
            // Eight are a row of the shortest kind: a word of two letters begins many sentences.
            [] | [b' ', ..] if digits == 2 && (line.len() >= 23 || form == Some(Form::Pairs)) => {
                HexRow::pairs(Form::Pairs, None, line).or_else(|| HexRow::array(line))
            }
            [] if digits > 8 || form == Some(Form::Plain) => HexRow::plain(line),
            _ => HexRow::array(line),
        };
        row.filter(|row| !row.bytes.is_empty())
    }

    /// Groups of digits with one blank between them; two end them.
    fn xxd(offset: u64, columns: &[u8]) -> Option<HexRow> {
        let mut row = HexRow::new(Form::Xxd, Some(offset));
        let mut rest = columns;
        loop {
            match row.take(rest) {
                Some(after) => rest = after,
                None => break row.whole = false,
            }
            match rest {
                [] | [b' ', b' ', ..] => break,
                // A row of one byte a group ends with the blank before the second one.
                [b' ', next @ ..] => rest = next,
                _ => {}
            }
        }
        Some(row)
    }

    /// Pairs of digits with one blank or two between them, then the characters between bars.
    fn hexdump(offset: u64, columns: &[u8]) -> Option<HexRow> {
        let (columns, _) = columns.split_at(columns.iter().position(|byte| *byte == b'|')?);
        let mut row = HexRow::new(Form::HexdumpC, Some(offset));
        let mut rest = columns.trim_ascii();
        while !rest.is_empty() {
            match row.take(rest) {
                Some(after) => rest = after.trim_ascii_start(),
                None => {
                    row.whole = false;
                    break;
                }
            }
        }
        Some(row)
    }

    /// Pairs of digits with blanks between them, and perhaps the characters between `>` and `<`.
    fn pairs(form: Form, offset: Option<u64>, columns: &[u8]) -> Option<HexRow> {
        let mut row = HexRow::new(form, offset);
        let columns = columns.split(|byte| *byte == b'>').next().unwrap_or_default();
        for pair in columns.split(u8::is_ascii_whitespace).filter(|pair| !pair.is_empty()) {
            row.take(pair).filter(|rest| rest.is_empty())?;
        }
        Some(row)
    }

    /// Nothing but digits.
    fn plain(line: &[u8]) -> Option<HexRow> {
        let mut row = HexRow::new(Form::Plain, None);
        let mut rest = line;
        while let Some(after) = row.take(rest) {
            rest = after;
        }
        rest.is_empty().then_some(row)
    }

    /// Constants of C or of an assembler, with commas between them.
    fn array(line: &[u8]) -> Option<HexRow> {
        let mut row = HexRow::new(Form::Array, None);
        // `unsigned char table[] = { 0x53, …`; what stands behind bytes is a comment.
        let mut rest = match memchr::memchr(b'{', line) {
            Some(at) if !line.starts_with(b"0") && !line.starts_with(b"db") => {
                line.get(at.saturating_add(1)..).unwrap_or_default()
            }
            _ => line,
        };
        for directive in [&b"db"[..], b"DB", b".byte"] {
            match rest.strip_prefix(directive) {
                Some(after) if after.first().is_some_and(|byte| is_blank(*byte)) => rest = after,
                _ => {}
            }
        }
        loop {
            rest = rest.trim_ascii_start();
            let is_c = rest.starts_with(b"0x") || rest.starts_with(b"0X");
            let before = row.bytes.len();
            let after = if is_c {
                row.take(rest.get(2..)?)
            } else {
                // An assembler wants a digit first: 0D7h.
                let digits = rest.iter().take_while(|byte| digit(**byte) < 16).count();
                let text = if digits == 3 { rest.strip_prefix(b"0").unwrap_or(rest) } else { rest };
                row.take(text).and_then(|after| after.strip_prefix(b"h").or_else(|| after.strip_prefix(b"H")))
            };
            let Some(after) = after else {
                row.bytes.truncate(before);
                row.whole = ends_array(rest);
                break;
            };
            let after = after.trim_ascii_start();
            rest = after.strip_prefix(b",").unwrap_or(after);
        }
        row.offset = comment_offset(rest);
        Some(row)
    }
}

/// The offset of `od`: in octal with seven digits, in hex with six.
fn od_offset(line: &[u8], digits: usize) -> Option<u64> {
    let text = std::str::from_utf8(line.get(..digits)?).ok()?;
    u64::from_str_radix(text, if digits == 7 { 8 } else { 16 }).ok()
}

/// The number that a line begins with.
fn offset(line: &[u8], digits: usize) -> Option<u64> {
    (digits <= 16).then(|| number(line.get(..digits).unwrap_or_default()))
}

/// Whether this may stand after the constants of a line.
fn ends_array(rest: &[u8]) -> bool {
    rest.is_empty() || [&b"/*"[..], b"//", b";", b"}", b"#"].iter().any(|end| rest.starts_with(end))
}

/// The offset in the comment that iasl writes behind a row: `/* 00000010    "ABCDEFGH" */`, or after `;`.
fn comment_offset(rest: &[u8]) -> Option<u64> {
    let text = rest.strip_prefix(b"/*").or_else(|| rest.strip_prefix(b";"))?.trim_ascii_start();
    let digits = text.iter().take_while(|byte| digit(**byte) < 16).count();
    (digits == 8 && text.get(8) == Some(&b' ')).then(|| number(text.get(..8).unwrap_or_default()))
}

/// Where a line stands that tells the number of some bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CountLine {
    Before,
    After,
}

/// The number of bytes that a line tells: before them `AML code block contains 0x180 bytes`, after them `…_len = 384;`.
fn announced(line: &[u8]) -> Option<(u64, CountLine)> {
    const IASL: &[u8] = b"AML code block contains 0x";
    if let Some(at) = memchr::memmem::find(line, IASL) {
        let digits = line.get(at.checked_add(IASL.len())?..)?;
        let count = digits.iter().take_while(|byte| digit(**byte) < 16).count();
        return Some((offset(digits, count)?, CountLine::Before));
    }
    let digits = line.get(memchr::memmem::find(line, b"_len = ")?.checked_add(7)?..)?.strip_suffix(b";")?;
    Some((std::str::from_utf8(digits).ok()?.parse().ok()?, CountLine::After))
}

/// Where the reading of a text stands.
#[derive(Default)]
struct HexReader {
    dump: Dump,
    /// The run of bytes that is being read.
    open: Option<ByteRun>,
    /// How many bytes the next run has, as a line before it says.
    said: Option<u64>,
    /// How many bytes can still be made out of `*`.
    room: u64,
    /// The line being read, from 1.
    number: usize,
    /// Where it starts in the text.
    offset: usize,
}

/// Bytes that follow each other.
struct ByteRun {
    form: Form,
    table: DumpedTable,
    /// How many bytes there are, as a line says.
    said: Option<u64>,
    /// The bytes of the last row.
    last: Vec<u8>,
    /// Whether that row repeats, up to the offset of the next one.
    repeats: bool,
    notes: Vec<Note>,
}

impl HexReader {
    fn line(&mut self, line: &[u8]) {
        let form = self.open.as_ref().map(|run| run.form);
        if let Some(row) = HexRow::parse(line, form) {
            return self.row(row);
        }
        match (announced(line), &mut self.open) {
            _ if line.is_empty() => {}
            (_, Some(run)) if line == b"*" && matches!(run.form, Form::Xxd | Form::HexdumpC | Form::Od) => {
                run.repeats = true;
            }
            // What hexdump -C and od end with: the number of bytes.
            (_, Some(_))
                if matches!(form, Some(Form::HexdumpC | Form::Od))
                    && line.iter().all(|byte| digit(*byte) < 16) =>
            {
                let end = match form {
                    Some(Form::Od) => od_offset(line, line.len()),
                    _ => offset(line, line.len()),
                };
                let end = end.unwrap_or(u64::MAX);
                self.repeat(end);
                self.open.iter_mut().for_each(|run| run.said = Some(end));
                self.close();
            }
            (Some((said, CountLine::After)), Some(run)) => {
                run.said = Some(said);
                self.close();
            }
            (Some((said, CountLine::Before)), _) => {
                self.close();
                self.said = Some(said);
            }
            // Comments and the end of an array can be followed by more that is said of it.
            _ if [b'/', b'*', b';', b'#', b'}'].iter().any(|first| line.starts_with(&[*first])) => {}
            _ => self.close(),
        }
    }

    fn row(&mut self, row: HexRow) {
        let begins = match &self.open {
            // Rows from the middle of something.
            None if row.offset.is_some_and(|offset| offset != 0) => return,
            None => true,
            Some(run) => run.form != row.form || row.offset == Some(0),
        };
        if begins {
            self.close();
            let (line, offset) = (self.number, self.offset);
            let table = DumpedTable {
                name: Foreign::default(),
                address: 0,
                line,
                offset,
                bytes: Vec::new(),
                decoded: None,
            };
            let (said, last, notes) = (self.said.take(), Vec::new(), Vec::new());
            self.open = Some(ByteRun { form: row.form, table, said, last, repeats: false, notes });
        }
        if let Some(offset) = row.offset {
            self.repeat(offset);
        }
        let Some(run) = &mut self.open else { return };
        let expected = run.table.bytes.len();
        if let Some(found) = row.offset.filter(|offset| *offset != expected as u64) {
            run.note(self.number, What::Gap { expected, found });
        }
        if !row.whole {
            run.note(self.number, What::NoHex);
        }
        run.table.bytes.extend_from_slice(&row.bytes);
        run.last = row.bytes;
    }

    /// Repeats the last row up to an offset, if it is said to repeat.
    fn repeat(&mut self, to: u64) {
        let Some(run) = self.open.as_mut().filter(|run| run.repeats) else { return };
        run.repeats = false;
        let more = to.saturating_sub(run.table.bytes.len() as u64);
        match self.room.checked_sub(more) {
            Some(room) if !run.last.is_empty() => {
                self.room = room;
                let more = usize::try_from(more).unwrap_or(0);
                run.table.bytes.extend(run.last.iter().cycle().take(more));
            }
            _ => run.note(self.number, What::Repeated { to }),
        }
    }

    /// Ends the open run, and keeps it when it begins with a table.
    fn close(&mut self) {
        let Some(mut run) = self.open.take() else { return };
        if raw::split(&run.table.bytes).tables.is_empty() {
            return;
        }
        let found = run.table.bytes.len();
        if let Some(said) = run.said.filter(|said| *said != found as u64) {
            run.note(run.table.line, What::Count { said, found });
        }
        self.dump.notes.append(&mut run.notes);
        self.dump.tables.push(run.table);
    }
}

impl ByteRun {
    fn note(&mut self, line: usize, what: What) {
        if self.notes.len() < MOST_NOTES {
            self.notes.push(Note { line, what });
        }
    }
}
