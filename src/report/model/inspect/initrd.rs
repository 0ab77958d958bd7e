//! From what was seen of an initrd to its model.

use super::{
    EntryModel, FailureModel, InitrdModel, MicrocodeModel, PartModel, SegmentModel, StopModel, TableModel,
    UnpackerModel,
};
use crate::boot::stages::search::{Passed, PassedOver};
use crate::boot::stages::upgrade::Examined;
use crate::boot::unpack::{EarlyFile, Init, Looked, Packed};
use crate::check::archive::Reached;
use crate::container::cpio::early::{ACPI_PREFIX, MICROCODE_PREFIX};
use crate::container::cpio::walk::CpioPlace;
use crate::container::initrd::{Compression, End, Kind, Segment};
use crate::container::uki::Part;
use crate::report::model::words::{self, InitFile, SegmentKind, TablePlace};
use crate::table::Header;

impl InitrdModel {
    /// The model of an initrd of `length` bytes, without its entries.
    pub fn new(reached: &Reached, length: u64, limit: usize) -> Self {
        let packed = &reached.unpacking.packed;
        let of = |segment: &Segment| packed.iter().find(|part| part.at == segment.range.start);
        let segments = reached.segments.iter().map(|segment| SegmentModel::new(segment, of(segment)));
        InitrdModel {
            profiles: Vec::new(),
            parts: Vec::new(),
            length,
            segments: segments.collect(),
            more_segments: reached.more_segments,
            entries: Vec::new(),
            more_entries: 0,
            tables: tables(reached, limit),
            microcode: microcode(reached),
            search_end: StopModel { at: reached.search.stop.at, why: reached.search.stop.reason.to_string() },
            unpacker: unpacker(reached, length),
        }
    }

    /// The same for some profiles of an image, in which it is made of `parts`.
    pub fn of_image(mut self, profiles: &[usize], parts: &[Part]) -> Self {
        self.profiles = profiles.to_vec();
        self.parts = parts
            .iter()
            .map(|part| PartModel {
                section: part.source.name(),
                start: part.range.start,
                end: part.range.end,
                file_start: part.file.start,
                file_end: part.file.end,
            })
            .collect();
        self
    }
}

impl SegmentModel {
    fn new(segment: &Segment, packed: Option<&Packed>) -> Self {
        let looked = packed.map(|part| part.looked);
        let came_out = packed.filter(|part| part.looked != Looked::No);
        let (entries, trailer) = match segment.kind {
            Kind::Newc { entries, trailer } => (Some(entries), Some(trailer)),
            _ => (came_out.map(|part| part.entries), None),
        };
        SegmentModel {
            kind: match segment.kind {
                Kind::Newc { .. } => SegmentKind::Newc,
                Kind::Zeros => SegmentKind::Zeros,
                Kind::Compressed(format) => format.into(),
                Kind::Unknown => SegmentKind::Unknown,
            },
            start: segment.range.start,
            end: segment.range.end,
            end_known: segment.end == End::Told,
            damaged_at: if let End::Damaged { at } = segment.end { Some(at) } else { None },
            entries,
            trailer,
            looked: looked.or(matches!(segment.kind, Kind::Compressed(_)).then_some(Looked::No)).map(
                |looked| match looked {
                    Looked::No => words::Looked::No,
                    Looked::Start => words::Looked::Start,
                    Looked::All => words::Looked::All,
                },
            ),
            unpacked: came_out.map(|part| part.unpacked),
        }
    }
}

impl EntryModel {
    /// The model of an entry.
    pub fn new(place: &CpioPlace, name: &[u8]) -> Self {
        EntryModel {
            path: name.into(),
            kind: place.header.kind(),
            offset: place.header_at,
            data: place.data_at,
            length: place.header.file_size.into(),
            mode: place.header.mode,
        }
    }
}

impl TableModel {
    fn new(path: &[u8], offset: u64, length: u64, head: &[u8]) -> Self {
        let header = Header::parse(head);
        TableModel {
            path: path.into(),
            place: TablePlace::Early,
            offset,
            segment: None,
            length,
            signature: header.map(|header| header.signature.into()),
            revision: header.map(|header| header.revision),
            oem_id: header.map(|header| header.oem_id[..].into()),
            oem_table_id: header.map(|header| header.oem_table_id[..].into()),
            oem_revision: header.map(|header| header.oem_revision),
            seen: false,
            outcome: words::Examined::NotSeen,
            why: None,
        }
    }
}

/// All tables: those that the early search takes or refuses, those that it passes over, and those that it does not get to.
fn tables(reached: &Reached, limit: usize) -> Vec<TableModel> {
    let search = &reached.search;
    let mut out = Vec::new();
    for file in &search.tables {
        let place = &file.entry.place;
        let mut model =
            TableModel::new(&file.entry.name, place.data_at, place.header.file_size.into(), &file.head);
        model.seen = file.outcome != Examined::NotExamined;
        (model.outcome, model.why) = match file.outcome {
            Examined::Accepted => (words::Examined::Accepted, None),
            Examined::NotExamined => {
                (words::Examined::NotExamined, Some(format!("the kernel looks at the first {limit} files")))
            }
            refused => (words::Examined::Rejected, Some(refused.to_string())),
        };
        out.push(model);
    }
    for Passed { entry, why, head } in &search.passed_over {
        let why = match why {
            PassedOver::NotRegular => "it is not a regular file",
            PassedOver::Prefix | PassedOver::Elsewhere => {
                "its name does not begin with kernel/firmware/acpi/"
            }
        };
        let place = &entry.place;
        let mut model = TableModel::new(&entry.name, place.data_at, place.header.file_size.into(), head);
        model.why = Some(why.to_owned());
        out.push(model);
    }
    let stop = search.stop.at;
    for hidden in &reached.hidden {
        let mut model = TableModel::new(&hidden.name, hidden.data_at, hidden.size, &hidden.head);
        model.place = TablePlace::Behind;
        model.why = Some(format!("the search ends before it, at {stop:#x}"));
        out.push(model);
    }
    for (part, file) in packed(reached, |name| name.starts_with(ACPI_PREFIX)) {
        let mut model = TableModel::new(&file.name, file.data_at, file.size, &file.head);
        model.place = TablePlace::Compressed;
        model.segment = Some(part.at);
        model.why = Some(in_compressed(part.format));
        out.push(model);
    }
    out
}

/// Why what is compressed is not seen.
fn in_compressed(format: Compression) -> String {
    format!("it is in {format} data, which is not unpacked yet when Linux looks for it")
}

/// The files in compressed parts whose names are `wanted`.
fn packed<'a>(
    reached: &'a Reached,
    wanted: impl Fn(&[u8]) -> bool + Copy + 'a,
) -> impl Iterator<Item = (&'a Packed, &'a EarlyFile)> {
    let all = reached.unpacking.packed.iter();
    all.flat_map(move |part| {
        part.files.iter().filter(move |file| wanted(&file.name)).map(move |file| (part, file))
    })
}

fn microcode(reached: &Reached) -> Vec<MicrocodeModel> {
    let model = |name: &[u8], offset, length| MicrocodeModel {
        path: name.into(),
        offset,
        segment: None,
        length,
        seen: false,
        why: None,
    };
    let mut out = Vec::new();
    for entry in &reached.search.microcode {
        let place = &entry.place;
        let mut model = model(&entry.name, place.data_at, place.header.file_size.into());
        model.seen = is_looked_for(&entry.name);
        model.why = (!model.seen).then(|| "no loader looks for that name".to_owned());
        out.push(model);
    }
    let stop = reached.search.stop.at;
    let is_microcode = |name: &[u8]| name.starts_with(MICROCODE_PREFIX);
    for file in reached.unpacking.loose.iter().filter(|file| file.at >= stop && is_microcode(&file.name)) {
        let why = format!("the search ends before it, at {stop:#x}");
        out.push(MicrocodeModel { why: Some(why), ..model(&file.name, file.data_at, file.size) });
    }
    for (part, file) in packed(reached, is_microcode) {
        out.push(MicrocodeModel {
            segment: Some(part.at),
            why: Some(in_compressed(part.format)),
            ..model(&file.name, file.data_at, file.size)
        });
    }
    out
}

/// Whether a loader looks for microcode under this name; what it looks for is only the beginning of a name.
fn is_looked_for(name: &[u8]) -> bool {
    let file = name.strip_prefix(MICROCODE_PREFIX).unwrap_or_default();
    [&b"GenuineIntel.bin"[..], b"AuthenticAMD.bin"].iter().any(|known| file.starts_with(known))
}

fn unpacker(reached: &Reached, length: u64) -> UnpackerModel {
    let unpacking = &reached.unpacking;
    UnpackerModel {
        failure: unpacking.failure.map(|failure| FailureModel {
            at: failure.at,
            inside: failure.inside,
            message: failure.kind.message(),
            lost: length.saturating_sub(failure.at),
        }),
        cut_short: unpacking.cut_short,
        init: match unpacking.init {
            Init::Present => InitFile::Present,
            Init::Absent => InitFile::Absent,
            Init::Unknown => InitFile::Unknown,
        },
        open_from: unpacking.open_from,
    }
}
