//! The firmware's tables with their order and addresses: from a recorded root table, from the kernel's log, from an image of
//! memory, or as they usually stand.

use super::root::Root;
use super::tables::{FOLDER, TableSet, natural, of_boot};
use super::{SourceError, SourceTable};
use crate::boot::install::order::Rival;
use crate::boot::install::{Firmware, FirmwareTable, OrderSource, Roots};
use crate::foreign::Foreign;
use crate::memory::log::Events;
use crate::memory::log::header as log_header;
use crate::memory::log::{KernelLog, LoggedTable};
use crate::table::root::{RSDT, XSDT};
use crate::table::rsdp;
use crate::table::{Header, Signature};
use std::collections::{HashMap, HashSet, VecDeque};

/// Where a capture has the headers of tables whose content was left out.
pub const HEADERS: &str = "acpihp/table-headers";
/// Where a recording has the root tables and the order of the others.
const RECORDED: &str = "firmware";

/// The tables of a machine's tree. What the last boot added from an archive is left out where its log tells; what it replaced
/// stands where the firmware's own table lies. `own` are the tree's tables where they were read already.
///
/// # Errors
/// [`SourceError`] when tables are there and cannot be read.
pub(super) fn of_tree(root: &Root, own: Option<&TableSet>, log: &KernelLog) -> Result<Firmware, SourceError> {
    let tables = static_tables(root, own)?;
    let recording = Recording::read(root)?;
    if let Some(recording) = recording.filter(|recording| !recording.order.is_empty()) {
        let tables = in_order(tables, &recording.order);
        let roots = recording.roots;
        return Ok(Firmware { tables, order: OrderSource::RootTable, roots, ..Firmware::default() });
    }
    if tables.is_empty() {
        return Ok(of_log(log));
    }
    if log.tables.is_empty() {
        return Ok(Firmware::in_usual_order(
            tables.into_iter().map(|bytes| FirmwareTable { address: None, bytes }).collect(),
        ));
    }
    let mut tables = tables;
    for added in &log.added {
        if let Some(place) = tables.iter().rposition(|table| is(table, added)) {
            tables.remove(place);
        }
    }
    let tables = in_order(tables, &log.tables);
    Ok(Firmware { tables, order: OrderSource::Log, roots: logged_roots(log), ..Firmware::default() })
}

/// Whether a tree has tables, or headers of them.
pub(super) fn has_tables(root: &Root) -> bool {
    [FOLDER, HEADERS].iter().any(|folder| !root.names(folder).is_empty())
}

/// The tables of a machine of which only the log is at hand: those that the boot reads as far as the log shows them, of all
/// others the header.
fn of_log(log: &KernelLog) -> Firmware {
    let mut tables: Vec<FirmwareTable> = Vec::new();
    let mut made = HashSet::new();
    for shown in log.listed() {
        let address = Some(shown.table.address);
        if tables.iter().any(|table| table.address == address) {
            continue;
        }
        let name = shown.table.signature.0;
        let is_first = made.insert(name);
        let whole = match &name {
            b"SRAT" if is_first => log.srat(),
            b"SLIT" if is_first => log.slit(),
            b"FACP" if is_first => log.fadt(),
            _ => None,
        };
        let bytes = whole.unwrap_or_else(|| KernelLog::header_of(&shown));
        tables.push(FirmwareTable { address, bytes });
    }
    // Lines of nodes without those of tables, as a search for a word leaves them.
    if !made.contains(b"SRAT")
        && let Some(bytes) = log.srat()
    {
        tables.push(FirmwareTable { address: None, bytes });
    }
    let order = if log.tables.is_empty() { OrderSource::Usual } else { OrderSource::Log };
    let may_have_srat = log.may_have_srat();
    Firmware { tables, order, roots: logged_roots(log), may_have_srat, ..Firmware::default() }
}

/// The tables in force, each at the address that the log tells of it: those of an archive where they were copied.
///
/// # Errors
/// [`SourceError`] when tables are there and cannot be read.
pub fn in_force(root: &Root, events: &Events) -> Result<Firmware, SourceError> {
    let tables = in_order(static_tables(root, None)?, &events.tables);
    Ok(Firmware { tables, order: OrderSource::Log, ..Firmware::default() })
}

/// Tables from a file, a folder or an image. Where no root table shows the order, a log of the machine does.
///
/// # Errors
/// As [`TableSet::arrange`].
pub fn of_source(mut set: TableSet, log: &KernelLog) -> Result<Firmware, SourceError> {
    set.arrange(Some(log))?;
    let mut labels: HashMap<Vec<u8>, Foreign> = HashMap::new();
    for (table, label) in set.tables.iter().zip(set.labels()) {
        if let Some(label) = label {
            labels.entry(table.bytes.clone()).or_insert(label);
        }
    }
    let is_given = !set.root_order.is_empty();
    let found = set.tables.into_iter();
    let found = found.map(|table| FirmwareTable { address: table.address, bytes: table.bytes });
    let firmware = with_log(Firmware::of(found), log);
    let tables = firmware.tables.iter().enumerate();
    let open = tables
        .filter_map(|(index, table)| Some(Rival { index, name: labels.get(&table.bytes)?.clone() }))
        .collect();
    let order = match firmware.order {
        OrderSource::Usual if is_given => OrderSource::Given,
        order => order,
    };
    Ok(Firmware { open, order, ..firmware })
}

/// The tables in the order of a log, where no root table showed it, and with what else the log lists.
fn with_log(firmware: Firmware, log: &KernelLog) -> Firmware {
    if firmware.order != OrderSource::Usual || log.tables.is_empty() {
        return firmware;
    }
    let mut tables = in_order(firmware.tables.into_iter().map(|table| table.bytes).collect(), &log.tables);
    // Of kinds that a dump leaves out altogether, as many do with DSDT and SSDTs, the log has the headers.
    let missing: Vec<FirmwareTable> = of_log(log)
        .tables
        .into_iter()
        .filter(|listed| !tables.iter().any(|table| table.signature() == listed.signature()))
        .collect();
    tables.extend(missing);
    let place = |table: &FirmwareTable| log.tables.iter().position(|one| Some(one.address) == table.address);
    tables.sort_by_key(|table| place(table).unwrap_or(usize::MAX));
    Firmware { tables, order: OrderSource::Log, roots: logged_roots(log), ..Firmware::default() }
}

/// The tables that were there when the system came up, in the order of their names; those loaded later are in a folder of their
/// own. Of tables that a capture left out, the header stands for all.
fn static_tables(root: &Root, own: Option<&TableSet>) -> Result<Vec<Vec<u8>>, SourceError> {
    if matches!(root, Root::Log(_) | Root::Nothing) {
        return Ok(Vec::new());
    }
    let named = |table: &SourceTable| (table.name.clone(), table.bytes.clone());
    let mut tables: Vec<(Foreign, Vec<u8>)> = match own {
        Some(set) => set.tables.iter().filter(|table| !table.is_dynamic).map(named).collect(),
        None => of_boot(root)?.into_iter().map(|table| (table.name, table.bytes)).collect(),
    };
    for name in root.names(HEADERS) {
        if let Some(bytes) = root.bytes(&format!("{HEADERS}/{name}"))? {
            tables.push((name.into(), bytes));
        }
    }
    tables.sort_by_cached_key(|(name, _)| natural(name.raw()));
    Ok(tables.into_iter().map(|(_, bytes)| bytes).collect())
}

/// What a recording has: `firmware/roots.json`, and the root tables beside it.
struct Recording {
    order: Vec<LoggedTable>,
    roots: Roots,
}

impl Recording {
    fn read(root: &Root) -> Result<Option<Recording>, SourceError> {
        let json = root.text(&format!("{RECORDED}/roots.json"));
        let Some(json) = json.and_then(|json| serde_json::from_str::<serde_json::Value>(&json).ok()) else {
            return Ok(None);
        };
        let mut recording = Recording { order: Vec::new(), roots: Roots::default() };
        let order = json.get("order").and_then(serde_json::Value::as_array);
        let entries = order.into_iter().flatten().map(|entry| logged(entry).map(|(table, _)| table));
        recording.order = entries.collect::<Option<Vec<_>>>().unwrap_or_default();
        let listed = json.get("root").and_then(serde_json::Value::as_array);
        let listed: Vec<_> = listed.into_iter().flatten().filter_map(logged).collect();
        for name in [rsdp::NAME, RSDT, XSDT] {
            let told = listed.iter().find(|(table, _)| table.signature == name);
            let bytes = root.bytes(&format!("{RECORDED}/{}.bin", name.text()))?;
            let bytes = bytes.or_else(|| {
                let (table, shown) = told?;
                if name != rsdp::NAME {
                    return log_header::header(name, table.length, shown);
                }
                // Only where it is and how long: enough for its line, but for the OEM ID.
                let shown = if table.length as usize == rsdp::V1_LEN { "v00 ??????" } else { "v02 ??????" };
                let at = |name: Signature| {
                    let root = listed.iter().find(|(table, _)| table.signature == name);
                    root.map_or(0, |(table, _)| table.address)
                };
                log_header::rsdp(shown, u32::try_from(at(RSDT)).unwrap_or(0), at(XSDT))
            });
            let Some(bytes) = bytes.filter(|bytes| !bytes.is_empty()) else { continue };
            let table = FirmwareTable { address: told.map(|(table, _)| table.address), bytes };
            recording.put(name, table);
        }
        Ok(Some(recording))
    }

    fn put(&mut self, name: Signature, table: FirmwareTable) {
        let place = match name {
            RSDT => &mut self.roots.rsdt,
            XSDT => &mut self.roots.xsdt,
            _ => &mut self.roots.rsdp,
        };
        *place = Some(table);
    }
}

/// A table of `roots.json`, and what the kernel's line shows of its ids.
fn logged(entry: &serde_json::Value) -> Option<(LoggedTable, String)> {
    let hex = |text: &str| u64::from_str_radix(text.strip_prefix("0x")?, 16).ok();
    let table = LoggedTable {
        signature: Signature(entry.get("sig")?.as_str()?.as_bytes().try_into().ok()?),
        address: hex(entry.get("addr")?.as_str()?)?,
        length: entry.get("len")?.as_u64()?.try_into().ok()?,
    };
    let text = |name: &str| entry.get(name).and_then(serde_json::Value::as_str).unwrap_or_default();
    let revision = entry.get("rev").and_then(serde_json::Value::as_u64).unwrap_or(0);
    Some((table, format!("v{revision:02} {}", text("rest"))))
}

/// The root tables as far as a log shows them: their headers, and which of them there are.
fn logged_roots(log: &KernelLog) -> Roots {
    let find = |name: Signature| log.roots.iter().find(|root| root.table.signature == name);
    let header = |name: Signature| {
        let root = find(name)?;
        let bytes = log_header::header(name, root.table.length, &root.shown)?;
        Some(FirmwareTable { address: Some(root.table.address), bytes })
    };
    let (rsdt, xsdt) = (header(RSDT), header(XSDT));
    let at = |table: &Option<FirmwareTable>| table.as_ref().and_then(|table| table.address).unwrap_or(0);
    let pointer = find(rsdp::NAME).and_then(|root| {
        let narrow = u32::try_from(at(&rsdt)).unwrap_or(0);
        let bytes = log_header::rsdp(&root.shown, narrow, at(&xsdt))?;
        Some(FirmwareTable { address: Some(root.table.address), bytes })
    });
    Roots { rsdp: pointer, rsdt, xsdt }
}

fn is(table: &[u8], entry: &LoggedTable) -> bool {
    table.starts_with(&entry.signature.0)
        && Header::parse(table).is_some_and(|header| header.length == entry.length)
}

/// Puts tables into a recorded order; what the order does not name comes last. A table is known by its signature and length. One
/// that was changed since is known by its signature, where no other table and no other entry of that is left.
fn in_order(tables: Vec<Vec<u8>>, order: &[LoggedTable]) -> Vec<FirmwareTable> {
    let kinds: Vec<_> =
        tables.iter().map(|table| Header::parse(table).map(|it| (it.signature, it.length))).collect();
    let mut left: HashMap<_, VecDeque<usize>> = HashMap::new();
    for (index, kind) in kinds.iter().enumerate() {
        left.entry(*kind).or_default().push_back(index);
    }
    let (mut firsts, mut taken) = (HashMap::new(), HashSet::new());
    let mut places: Vec<(&LoggedTable, Option<usize>)> = Vec::new();
    for entry in order {
        let kind = Some((entry.signature, entry.length));
        if taken.contains(&entry.address) {
            continue;
        }
        // Byte-identical tables are one file in /sys: the later ones are copies of the first.
        let found = left.get_mut(&kind).and_then(VecDeque::pop_front).or_else(|| firsts.get(&kind).copied());
        if let Some(index) = found {
            firsts.entry(kind).or_insert(index);
            taken.insert(entry.address);
        }
        places.push((entry, found));
    }
    let changed = left.into_values().flatten().filter_map(|index| Some(((*kinds.get(index)?)?.0, index)));
    let changed = only(changed);
    let missing = places.iter().enumerate().filter(|(_, (_, found))| found.is_none());
    for (signature, place) in only(missing.map(|(place, (entry, _))| (entry.signature, place))) {
        if let Some((_, found)) = places.get_mut(place) {
            *found = changed.get(&signature).copied();
        }
    }
    let mut uses: HashMap<usize, usize> = HashMap::new();
    places.iter().filter_map(|(_, index)| *index).for_each(|index| *uses.entry(index).or_default() += 1);
    let mut tables = tables;
    let mut ordered = Vec::with_capacity(tables.len());
    for (entry, index) in places {
        let Some((index, uses)) = index.and_then(|index| Some((index, uses.get_mut(&index)?))) else {
            continue;
        };
        let Some(table) = tables.get_mut(index) else { continue };
        *uses -= 1;
        let bytes = if *uses == 0 { std::mem::take(table) } else { table.clone() };
        ordered.push(FirmwareTable { address: Some(entry.address), bytes });
    }
    let rest = tables.into_iter().enumerate().filter(|(index, _)| !uses.contains_key(index));
    let rest = rest.map(|(_, bytes)| FirmwareTable { address: None, bytes });
    ordered.extend(Firmware::in_usual_order(rest.collect()).tables);
    ordered
}

/// The number of each signature that has one alone.
fn only(all: impl Iterator<Item = (Signature, usize)>) -> HashMap<Signature, usize> {
    let mut numbers: HashMap<Signature, Vec<usize>> = HashMap::new();
    all.for_each(|(signature, number)| numbers.entry(signature).or_default().push(number));
    let alone = |(signature, numbers): (Signature, Vec<usize>)| match numbers.as_slice() {
        [number] => Some((signature, *number)),
        _ => None,
    };
    numbers.into_iter().filter_map(alone).collect()
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::memory::log;
    use crate::table::rsdp::Rsdp;

    fn table(name: &[u8; 4], length: u32, byte: u8) -> Vec<u8> {
        let mut bytes = vec![byte; length as usize];
        bytes[..4].copy_from_slice(name);
        bytes[4..8].copy_from_slice(&length.to_le_bytes());
        bytes
    }

    fn fadt(dsdt: u32) -> Vec<u8> {
        let mut bytes = table(b"FACP", 116, 0);
        bytes[40..44].copy_from_slice(&dsdt.to_le_bytes());
        bytes
    }

    fn source(address: u64, bytes: Vec<u8>) -> SourceTable {
        let address = (address != 0).then_some(address);
        SourceTable {
            name: Foreign::default(),
            address,
            bytes,
            origin: std::path::PathBuf::new(),
            offset: 0,
            is_dynamic: false,
        }
    }

    fn of_tables(tables: Vec<SourceTable>) -> Firmware {
        of_source(TableSet { tables, ..TableSet::default() }, &KernelLog::default()).unwrap()
    }

    fn shown(firmware: &Firmware) -> Vec<(String, Option<u64>)> {
        firmware.tables.iter().map(|table| (table.signature().text().into_owned(), table.address)).collect()
    }

    fn own(name: &str, address: Option<u64>) -> (String, Option<u64>) {
        (name.to_owned(), address)
    }

    #[test]
    fn addresses_of_a_dump_count_where_they_lead_somewhere() {
        let (dsdt, ssdt) = (table(b"DSDT", 40, 1), table(b"SSDT", 40, 2));
        let tables = |dsdt_at| {
            vec![source(0x3000, ssdt.clone()), source(dsdt_at, dsdt.clone()), source(0x1000, fadt(0x2000))]
        };
        let right = of_tables(tables(0x2000));
        assert_eq!(
            shown(&right),
            [own("FACP", Some(0x1000)), own("DSDT", Some(0x2000)), own("SSDT", Some(0x3000))]
        );
        let nonsense = of_tables(tables(0x2008));
        assert_eq!(shown(&nonsense), [own("FACP", None), own("DSDT", None), own("SSDT", None)]);
        assert_eq!((right.order, nonsense.order), (OrderSource::Usual, OrderSource::Usual));
    }

    #[test]
    fn root_tables_of_an_image_are_no_tables_of_the_list() {
        let mut xsdt = table(b"XSDT", 44, 0);
        xsdt[36..44].copy_from_slice(&0x1000u64.to_le_bytes());
        let old = log_header::rsdp("v00 BOCHS ", 0x9000, 0).unwrap();
        let new = log_header::rsdp("v02 BOCHS ", 0x9000, 0x8000).unwrap();
        let all = |entry: u64| {
            let mut xsdt = xsdt.clone();
            xsdt[36..44].copy_from_slice(&entry.to_le_bytes());
            of_tables(vec![
                source(0xf0000, old.clone()),
                source(0xf0014, new.clone()),
                source(0x8000, xsdt),
                source(0x1000, table(b"SRAT", 48, 0)),
            ])
        };
        let listed = all(0x1000);
        assert_eq!(shown(&listed), [own("SRAT", Some(0x1000))]);
        assert_eq!(listed.order, OrderSource::RootTable);
        assert_eq!(listed.roots.rsdp.as_ref().unwrap().address, Some(0xf0014), "the newer one");
        let stray = all(0x7777);
        assert_eq!((stray.order, stray.roots == Roots::default()), (OrderSource::Usual, true));
    }

    #[test]
    fn a_log_gives_order_places_and_headers_of_the_root_tables() {
        let log = log::parse(
            "ACPI: RSDP 0x00000000000F59E0 000024 (v02 BOCHS )\n\
             ACPI: XSDT 0x000000007FFE2464 00002C (v01 BOCHS  BXPC     00000001 BXPC 00000001)\n",
        );
        let roots = logged_roots(&log);
        let pointer = roots.rsdp.as_ref().unwrap();
        assert_eq!(Rsdp::parse(&pointer.bytes).unwrap().xsdt(), Some(0x7ffe_2464));
        assert_eq!(roots.xsdt.as_ref().unwrap().bytes.len(), 36);
        assert!(roots.rsdt.is_none());
        let order = [LoggedTable { signature: Signature(*b"SSDT"), address: 0x5000, length: 40 }];
        let ordered = in_order(vec![table(b"FACP", 116, 0), table(b"SSDT", 40, 1)], &order);
        let firmware = Firmware { tables: ordered, ..Firmware::default() };
        assert_eq!(shown(&firmware), [own("SSDT", Some(0x5000)), own("FACP", None)]);
    }

    #[test]
    fn a_table_that_was_changed_keeps_its_place_where_it_is_the_only_one() {
        let entry =
            |name: &[u8; 4], address, length| LoggedTable { signature: Signature(*name), address, length };
        let order = [
            entry(b"SRAT", 0x1000, 48),
            entry(b"SSDT", 0x2000, 40),
            entry(b"SSDT", 0x3000, 40),
            entry(b"SSDT", 0x4000, 44),
            entry(b"APIC", 0x5000, 44),
            entry(b"APIC", 0x6000, 46),
        ];
        let tables = vec![
            table(b"APIC", 50, 0),
            table(b"HPET", 56, 0),
            table(b"SRAT", 88, 0),
            table(b"SSDT", 40, 1),
            table(b"SSDT", 45, 2),
        ];
        let tables = in_order(tables, &order);
        let rest = [own("APIC", None), own("HPET", None)];
        // One file of two that are alike stands for both.
        let placed = [("SRAT", 0x1000), ("SSDT", 0x2000), ("SSDT", 0x3000), ("SSDT", 0x4000)];
        let placed = placed.map(|(name, address)| own(name, Some(address)));
        assert_eq!(shown(&Firmware { tables, ..Firmware::default() }), [&placed[..], &rest].concat());
    }
}
