//! The JSON of `acpihp dump`.

mod hardware;

pub use hardware::{LocalityModel, WindowModel};

use super::sources::About;
use crate::bytes::hex;
use crate::bytes::latin1;
use crate::foreign::Foreign;
use crate::report::dsl;
use crate::source::SourceTable;
use crate::table::def::{Bits, FieldKind};
use crate::table::domains::{Domain, Domains};
use crate::table::item::{FieldValue, Item, Value, What};
use crate::table::srat::{Generic, MemoryFlags, Srat};
use crate::table::summary::Summary;
use crate::table::{CDAT, aml, decode, definition, is_cdat, names, rsdp};
use serde::{Serialize, Serializer};

/// What `acpihp dump --format json` prints.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DumpModel<'a> {
    /// Name and version of this contract.
    pub schema: &'static str,
    /// Who made it, and from what.
    #[serde(flatten)]
    pub about: About,
    /// The tables, in the order of the source or as they were named.
    pub tables: Vec<TableModel<'a>>,
}

/// One table. Ids are strings of as many characters as the table has bytes, one for each byte's value.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TableModel<'a> {
    /// The name it goes by: its signature, with a number where several tables share it.
    pub name: &'a Foreign,
    /// The signature as it stands in the table.
    pub signature: String,
    /// The full name of such tables, where it is known.
    pub title: Option<&'static str>,
    /// Physical address, where the source tells.
    pub address: Option<u64>,
    /// Length that the table claims, in bytes.
    pub length: Option<u64>,
    /// Bytes that the source has.
    pub bytes: u64,
    /// Revision of the structure.
    pub revision: Option<u8>,
    /// The checksum byte.
    pub checksum: Option<u8>,
    /// Whether the bytes sum to zero; null where there is no sum (FACS).
    pub checksum_ok: Option<bool>,
    /// OEM ID.
    pub oem_id: Option<String>,
    /// OEM table ID.
    pub oem_table_id: Option<String>,
    /// OEM revision.
    pub oem_revision: Option<u32>,
    /// Vendor ID of the tool that made the table.
    pub creator_id: Option<String>,
    /// Revision of that tool.
    pub creator_revision: Option<u32>,
    /// The file that the table was read from, `-` for standard input.
    pub origin: Foreign,
    /// Where in that file it starts.
    pub offset: u64,
    /// Of an SRAT that is decoded: what each proximity domain has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domains: Option<Vec<DomainModel>>,
    /// Of a CEDT that is decoded: its windows of memory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub windows: Option<Vec<WindowModel>>,
    /// Of an HMAT that is decoded: latency and bandwidth between domains, a matrix for each kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub localities: Option<Vec<LocalityModel>>,
    /// Of a table of AML that is decoded: what it defines, as far as a scan can tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aml: Option<AmlModel>,
    /// When decoded, and true: `acpihp build` makes the same bytes of the fields only with `--as-is`, for lengths, counts or
    /// sums of the table are not those of its fields.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub needs_as_is: bool,
    /// When decoded: the entries, in order.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "entries")]
    #[cfg_attr(test, schemars(with = "Option<Vec<EntryModel>>"))]
    pub entries: Option<&'a [u8]>,
    /// When decoded: the fields, in order; together they cover every byte of the table once.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "fields")]
    #[cfg_attr(test, schemars(with = "Option<Vec<FieldModel>>"))]
    pub fields: Option<&'a [u8]>,
    /// When decoded: what does not fit, in order.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "problems")]
    #[cfg_attr(test, schemars(with = "Option<Vec<ProblemModel>>"))]
    pub problems: Option<&'a [u8]>,
}

/// What a table of AML defines, as far as a scan for names can tell.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct AmlModel {
    /// Bytes of AML.
    pub bytes: usize,
    /// The names of devices as they are written, each once.
    pub devices: Vec<String>,
    /// How many control methods.
    pub methods: usize,
    /// How many processor objects.
    pub processors: usize,
}

/// One entry of a table.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct EntryModel {
    /// The number that its fields carry as `entry`.
    pub index: usize,
    /// What its type is called; null for an unknown type.
    pub name: Option<&'static str>,
    /// Its type, where entries have types.
    pub r#type: Option<u64>,
    /// Where it starts, in bytes from the start of the table.
    pub offset: usize,
    /// Bytes of it that are there.
    pub size: usize,
}

/// One field of a table.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct FieldModel {
    /// The name that iasl prints, with a number where there are several in a row.
    pub name: String,
    /// Where it starts, in bytes from the start of the table.
    pub offset: usize,
    /// How many bytes it takes.
    pub size: usize,
    /// Its value: a number, a list of numbers, text, bytes as hexadecimal digits, or null for a structure whose fields
    /// follow with a greater `depth`.
    pub value: ValueModel,
    /// What the value is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meaning: Option<&'static str>,
    /// The index of the entry that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry: Option<usize>,
    /// How deep it lies in entries and structures.
    #[serde(skip_serializing_if = "is_zero")]
    pub depth: u8,
    /// True for reserved fields.
    #[serde(skip_serializing_if = "is_false")]
    pub reserved: bool,
    /// The bits of a flags field that have names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub bits: Vec<BitsModel>,
    /// Bits of a flags field that are set and have no name.
    #[serde(skip_serializing_if = "is_zero_u64")]
    pub undefined_bits: u64,
}

/// A named bit, or a run of bits.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct BitsModel {
    /// The name that iasl prints.
    pub name: &'static str,
    /// The lowest bit.
    pub bit: u8,
    /// How many bits.
    pub width: u8,
    /// What they hold.
    pub value: u64,
    /// What that value is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meaning: Option<&'static str>,
}

/// Something that does not fit.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ProblemModel {
    /// Where, in bytes from the start of the table.
    pub offset: usize,
    /// The index of the entry that it is about.
    pub entry: Option<usize>,
    /// What was found.
    pub message: String,
}

/// The value of a field.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum ValueModel {
    /// A number.
    Uint(u64),
    /// Several numbers.
    List(Vec<u64>),
    /// Text, or bytes as hexadecimal digits.
    Text(String),
    /// A structure: its fields follow.
    None,
}

/// What an SRAT has in one proximity domain; enabled entries only.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DomainModel {
    /// Proximity domain, as Linux reads it: 8 bits before SRAT revision 2.
    pub pxm: u32,
    /// APIC and x2APIC ids.
    pub apic_ids: Vec<u32>,
    /// ACPI processor UIDs.
    pub processor_uids: Vec<u32>,
    /// Memory, in table order.
    pub memory: Vec<MemoryModel>,
    /// GIC ITS ids.
    pub its_ids: Vec<u32>,
    /// Generic initiators.
    pub initiators: Vec<DeviceModel>,
    /// Generic ports.
    pub ports: Vec<DeviceModel>,
}

/// An enabled memory affinity entry.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct MemoryModel {
    /// First address.
    pub start: u64,
    /// Address after the last one; null when it is past the end of the address space.
    pub end: Option<u64>,
    /// May be hot-added or hot-removed.
    pub hotpluggable: bool,
    /// Non-volatile memory.
    pub non_volatile: bool,
    /// Set aside for a special purpose.
    pub specific_purpose: bool,
    /// Where the entry starts, in bytes from the start of the table.
    pub offset: usize,
}

/// A device by its handle.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DeviceModel {
    /// 0 for an ACPI handle, 1 for a PCI handle.
    pub handle_type: u8,
    /// The handle's 16 bytes as hexadecimal digits.
    pub handle: String,
}

impl<'a> DumpModel<'a> {
    /// Name and version of the contract.
    pub const SCHEMA: &'static str = "acpihp.dump/1";

    /// The report about these tables, with their fields when `decoded`.
    pub fn new(tables: impl IntoIterator<Item = &'a SourceTable>, decoded: bool) -> Self {
        let tables = tables.into_iter().map(|table| TableModel::new(table, decoded)).collect();
        DumpModel { schema: Self::SCHEMA, about: About::default(), tables }
    }
}

impl<'a> TableModel<'a> {
    fn new(table: &'a SourceTable, decoded: bool) -> Self {
        let bytes = table.bytes.as_slice();
        let summary = Summary::of(bytes);
        let is_rsdp = definition(bytes).is_some_and(|def| def.signature == rsdp::NAME);
        let fields = decoded.then_some(bytes);
        let srat = Srat::parse(bytes).ok().filter(|_| decoded);
        TableModel {
            name: &table.name,
            signature: match bytes.get(..if is_rsdp { 8 } else { 4 }).unwrap_or(bytes) {
                _ if is_cdat(bytes) => latin1(&CDAT.0),
                signature => latin1(signature),
            },
            title: names::title(bytes),
            address: table.address,
            length: summary.length,
            bytes: bytes.len() as u64,
            revision: summary.revision,
            checksum: summary.checksum,
            checksum_ok: summary.checksum_ok,
            oem_id: summary.oem_id.map(|id| latin1(&id)),
            oem_table_id: summary.oem_table_id.map(|id| latin1(&id)),
            oem_revision: summary.oem_revision,
            creator_id: summary.creator_id.map(|id| latin1(&id)),
            creator_revision: summary.creator_revision,
            origin: table.origin.as_path().into(),
            offset: table.offset,
            domains: srat.map(|srat| {
                Domains::of(&srat).by_pxm.iter().map(|(pxm, domain)| DomainModel::new(*pxm, domain)).collect()
            }),
            windows: WindowModel::of(bytes).filter(|_| decoded),
            localities: LocalityModel::of(bytes).filter(|_| decoded),
            aml: aml::scan(bytes).filter(|_| decoded).map(|found| AmlModel {
                bytes: found.len,
                devices: found.devices,
                methods: found.methods,
                processors: found.processors,
            }),
            needs_as_is: decoded && dsl::needs_as_is(bytes),
            entries: fields,
            fields,
            problems: fields,
        }
    }
}

impl DomainModel {
    fn new(pxm: u32, domain: &Domain) -> Self {
        let devices = |devices: &[Generic]| {
            let device = |device: &Generic| DeviceModel {
                handle_type: device.handle_type,
                handle: hex(&device.handle),
            };
            devices.iter().map(device).collect()
        };
        let memory = domain.memory.iter().map(|(offset, memory)| MemoryModel {
            start: memory.base,
            end: memory.range().map(|range| range.end),
            hotpluggable: memory.flags.contains(MemoryFlags::HOT_PLUGGABLE),
            non_volatile: memory.flags.contains(MemoryFlags::NON_VOLATILE),
            specific_purpose: memory.flags.contains(MemoryFlags::SPECIFIC_PURPOSE),
            offset: *offset,
        });
        DomainModel {
            pxm,
            apic_ids: domain.apic_ids.clone(),
            processor_uids: domain.processor_uids.clone(),
            memory: memory.collect(),
            its_ids: domain.its_ids.clone(),
            initiators: devices(&domain.initiators),
            ports: devices(&domain.ports),
        }
    }
}

impl EntryModel {
    fn new(item: &Item<'_>) -> Option<Self> {
        let What::Entry { def, kind } = item.what else { return None };
        let name = def.map(|def| def.title);
        Some(EntryModel { index: item.entry?, name, r#type: kind, offset: item.offset, size: item.size })
    }
}

impl FieldModel {
    fn new(item: &Item<'_>) -> Option<Self> {
        let bare = |value| FieldModel {
            name: item.name(),
            offset: item.offset,
            size: item.size,
            value,
            meaning: None,
            entry: item.entry,
            depth: item.depth,
            reserved: false,
            bits: Vec::new(),
            undefined_bits: 0,
        };
        match &item.what {
            What::Value(field) => Some(FieldModel {
                meaning: field.label(),
                reserved: field.def.reserved_value().is_some(),
                bits: field.bits().map(|(bits, value)| BitsModel::new(bits, value)).collect(),
                undefined_bits: if let FieldKind::Flags(_) = field.def.kind {
                    field.undefined_bits()
                } else {
                    0
                },
                ..bare(ValueModel::new(field))
            }),
            What::Group { .. } => Some(bare(ValueModel::None)),
            What::Raw(_, bytes) => Some(bare(ValueModel::Text(hex(bytes)))),
            What::Entry { .. } | What::Problem(_) => None,
        }
    }
}

impl BitsModel {
    fn new(bits: &Bits, value: u64) -> Self {
        let meaning = bits.meaning(value);
        BitsModel { name: bits.name, bit: bits.low, width: bits.width, value, meaning }
    }
}

impl ValueModel {
    fn new(field: &FieldValue<'_>) -> Self {
        match field.value {
            Value::Uint(number) => ValueModel::Uint(number),
            Value::Uints { .. } => ValueModel::List(field.value.uints().collect()),
            Value::Unicode(_) => match field.value.utf16() {
                Some(text) => ValueModel::Text(text),
                None => ValueModel::List(field.value.uints().collect()),
            },
            Value::Text(text) => ValueModel::Text(latin1(text)),
            Value::Guid(bytes) => ValueModel::Text(crate::bytes::guid(bytes)),
            Value::Bytes(bytes) => ValueModel::Text(hex(bytes)),
        }
    }
}

// What a table of many megabytes decodes to is not collected first: each item is written as it is found.

fn entries<S: Serializer>(table: &Option<&[u8]>, to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(decode(table.unwrap_or_default()).filter_map(|item| EntryModel::new(&item)))
}

fn fields<S: Serializer>(table: &Option<&[u8]>, to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(decode(table.unwrap_or_default()).filter_map(|item| FieldModel::new(&item)))
}

fn problems<S: Serializer>(table: &Option<&[u8]>, to: S) -> Result<S::Ok, S::Error> {
    let problem = |item: Item<'_>| match item.what {
        What::Problem(problem) => {
            Some(ProblemModel { offset: item.offset, entry: item.entry, message: problem.to_string() })
        }
        _ => None,
    };
    to.collect_seq(decode(table.unwrap_or_default()).filter_map(problem))
}

fn is_zero(number: &u8) -> bool {
    *number == 0
}

fn is_zero_u64(number: &u64) -> bool {
    *number == 0
}

fn is_false(value: &bool) -> bool {
    !value
}
