//! Tables that a log shows well enough to make them again: what the model of a boot reads of them, and no more.

use super::{Gap, KernelLog, LoggedTable, ShownTable, SratLine};
use crate::table::HEADER_LEN;
use crate::table::summary::right_checksum;
use std::collections::{BTreeMap, BTreeSet};

/// An APIC ID for processors that no line shows.
const UNSEEN: u8 = 0xfe;

impl KernelLog {
    /// The tables of the list, each with what its line shows.
    pub fn listed(&self) -> impl Iterator<Item = ShownTable> + '_ {
        let shown = self.shown.iter().chain(std::iter::repeat(&EMPTY));
        self.tables.iter().zip(shown).map(|(table, shown)| ShownTable { table: *table, shown: shown.clone() })
    }

    /// A SRAT with the processors and the memory that the log's lines show, so that each domain becomes the same node again.
    /// `None` where no line shows memory of a SRAT.
    ///
    /// Where the lines about processors are not there (from 6.12 on), and memory alone would number the nodes otherwise, each
    /// node has one processor in the order of nodes.
    pub fn srat(&self) -> Option<Vec<u8>> {
        let lines = match self.srat_gap() {
            _ if self.events.srat.is_empty() => self.by_ranges()?,
            Some(Gap::Srat { is_filled: true, .. }) => self.filled(),
            Some(_) => return None,
            None => self.events.srat.clone(),
        };
        let listed = self.listed().find(|table| table.table.signature.0 == *b"SRAT");
        let mut bytes = listed.and_then(|table| table.header()).unwrap_or_else(|| plain_header(*b"SRAT", 3));
        bytes.extend(1u32.to_le_bytes());
        bytes.extend([0; 8]);
        let last = self.nodes_beside(&lines).last().copied();
        if last.is_some() || !self.numbers_in_order(&lines) {
            for pxm in pxm_of_nodes(self, &lines, last) {
                processor(&mut bytes, pxm, UNSEEN.into());
            }
        }
        self.events.cpus.iter().for_each(|cpu| processor(&mut bytes, cpu.pxm, cpu.apic));
        lines.iter().for_each(|line| memory(&mut bytes, line));
        Some(finished(bytes))
    }

    /// The lines of the SRAT, and what they lack by the node ranges.
    fn filled(&self) -> Vec<SratLine> {
        let mut lines = self.events.srat.clone();
        let more = self.srat_of_ranges();
        let known = pxm_of_nodes(self, &lines, more.iter().map(|line| line.node).max());
        lines.extend(more.into_iter().filter_map(|line| {
            let pxm = *known.get(usize::try_from(line.node).ok()?)?;
            Some(SratLine { pxm, ..line })
        }));
        lines
    }

    /// Nodes without memory of which neither these lines nor those of processors speak.
    fn nodes_beside(&self, lines: &[SratLine]) -> BTreeSet<u32> {
        let events = &self.events;
        let mut nodes: BTreeSet<u32> =
            events.spans.iter().map(|(node, _)| *node).filter(|node| *node < 1024).collect();
        for node in lines.iter().map(|line| line.node).chain(events.cpus.iter().map(|cpu| cpu.node)) {
            nodes.remove(&node);
        }
        nodes
    }

    /// Memory by the "Early memory node ranges", where the log shows more than one node.
    fn by_ranges(&self) -> Option<Vec<SratLine>> {
        let mut nodes: Vec<SratLine> = Vec::new();
        for (node, range) in &self.events.memory {
            let node = u32::try_from(*node).ok().filter(|node| *node < 1024)?;
            let last = range.end - 1;
            match nodes.last_mut() {
                // What lies between belongs to no other node.
                Some(line) if line.node == node => line.last = last,
                _ => nodes.push(SratLine {
                    node,
                    pxm: node,
                    start: if nodes.is_empty() { 0 } else { range.start },
                    last,
                    hotpluggable: false,
                    non_volatile: false,
                }),
            }
        }
        let mut numbers: BTreeSet<u32> = nodes.iter().map(|line| line.node).collect();
        numbers.extend(self.events.cpus.iter().map(|cpu| cpu.node));
        numbers.extend(self.nodes_beside(&nodes));
        (!nodes.is_empty() && numbers.len() > 1).then_some(nodes)
    }

    /// Whether domains become nodes in the order of the lines, as Linux numbers them.
    fn numbers_in_order(&self, lines: &[SratLine]) -> bool {
        let cpus = self.events.cpus.iter().map(|cpu| (cpu.pxm, cpu.node));
        let mut known: BTreeMap<u32, u32> = BTreeMap::new();
        for (pxm, node) in cpus.chain(lines.iter().map(|line| (line.pxm, line.node))) {
            let next = u32::try_from(known.len()).unwrap_or(u32::MAX);
            if *known.entry(pxm).or_insert(next) != node {
                return false;
            }
        }
        true
    }

    /// The FADT with the addresses of DSDT and FACS, by which Linux finds them.
    pub fn fadt(&self) -> Option<Vec<u8>> {
        const LEN: usize = 244;
        let listed = self.listed().find(|table| table.table.signature.0 == *b"FACP")?;
        let mut bytes = listed.header().unwrap_or_else(|| plain_header(*b"FACP", 5));
        bytes.resize(LEN, 0);
        let at = |name: &[u8; 4]| {
            self.tables.iter().find(|table| table.signature.0 == *name).map(|table| table.address)
        };
        for (name, narrow, wide) in [(b"FACS", 36, 132), (b"DSDT", 40, 140)] {
            let Some(address) = at(name) else { continue };
            put(&mut bytes, wide, &address.to_le_bytes());
            put(&mut bytes, narrow, &u32::try_from(address).unwrap_or(0).to_le_bytes());
        }
        Some(finished(bytes))
    }

    /// A SLIT of the size that its line shows, with the usual distances: how much memory its copy takes goes with the size.
    pub fn slit(&self) -> Option<Vec<u8>> {
        let listed = self.listed().find(|table| table.table.signature.0 == *b"SLIT")?;
        let cells = usize::try_from(listed.table.length).ok()?.checked_sub(HEADER_LEN + 8)?;
        let count = cells.isqrt();
        if count * count != cells || count == 0 || count > 4096 {
            return None;
        }
        let mut bytes = listed.header().unwrap_or_else(|| plain_header(*b"SLIT", 1));
        bytes.extend((count as u64).to_le_bytes());
        bytes.extend((0..cells).map(|cell| if cell % (count + 1) == 0 { 10 } else { 20 }));
        Some(finished(bytes))
    }

    /// The header of a table of the list; of a FACS, which has none, signature and length.
    pub fn header_of(table: &ShownTable) -> Vec<u8> {
        table.header().unwrap_or_else(|| {
            let LoggedTable { signature, length, .. } = table.table;
            [signature.0, length.to_le_bytes()].concat()
        })
    }
}

static EMPTY: String = String::new();

/// The domain of each node from 0 to the last that is known; of a node that no line names, one that no other node has.
fn pxm_of_nodes(log: &KernelLog, lines: &[SratLine], last: Option<u32>) -> Vec<u32> {
    let cpus = log.events.cpus.iter().map(|cpu| (cpu.node, cpu.pxm));
    let known: BTreeMap<u32, u32> = lines.iter().map(|line| (line.node, line.pxm)).chain(cpus).collect();
    let last = known.last_key_value().map(|(node, _)| *node).max(last).unwrap_or(0).min(1023);
    let mut free = known.values().max().map_or(0, |pxm| pxm.saturating_add(1));
    (0..=last)
        .map(|node| {
            known.get(&node).copied().unwrap_or_else(|| {
                free = free.saturating_add(1);
                free - 1
            })
        })
        .collect()
}

/// A header that no line shows.
fn plain_header(signature: [u8; 4], revision: u8) -> Vec<u8> {
    let mut bytes = signature.to_vec();
    bytes.resize(HEADER_LEN, 0);
    put(&mut bytes, 8, &[revision]);
    put(&mut bytes, 10, b"LOG   LOG     ");
    bytes
}

/// A processor affinity entry: type 0, or type 2 for IDs that it has no room for.
fn processor(bytes: &mut Vec<u8>, pxm: u32, apic: u32) {
    let [low, high @ ..] = pxm.to_le_bytes();
    match u8::try_from(apic) {
        Ok(apic) if apic < u8::MAX => {
            bytes.extend([0, 16, low, apic, 1, 0, 0, 0, 0]);
            bytes.extend(high);
            bytes.extend([0; 4]);
        }
        _ => {
            bytes.extend([2, 24, 0, 0]);
            bytes.extend(pxm.to_le_bytes());
            bytes.extend(apic.to_le_bytes());
            bytes.extend([1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        }
    }
}

/// A memory affinity entry.
fn memory(bytes: &mut Vec<u8>, line: &SratLine) {
    bytes.extend([1, 40]);
    bytes.extend(line.pxm.to_le_bytes());
    bytes.extend([0, 0]);
    bytes.extend(line.start.to_le_bytes());
    bytes.extend(line.last.wrapping_add(1).wrapping_sub(line.start).to_le_bytes());
    bytes.extend([0; 4]);
    let flags = 1 | u32::from(line.hotpluggable) << 1 | u32::from(line.non_volatile) << 2;
    bytes.extend(flags.to_le_bytes());
    bytes.extend([0; 8]);
}

fn put(bytes: &mut [u8], at: usize, value: &[u8]) {
    if let Some(field) = bytes.get_mut(at..at + value.len()) {
        field.copy_from_slice(value);
    }
}

/// The table with its own length and a right sum.
fn finished(mut bytes: Vec<u8>) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    put(&mut bytes, 4, &length.to_le_bytes());
    put(&mut bytes, 9, &[0]);
    let checksum = right_checksum(0, &bytes);
    put(&mut bytes, 9, &[checksum]);
    bytes
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use crate::boot::kernel::build::NodeLimits;
    use crate::boot::kernel::cmdline::Cmdline;
    use crate::boot::kernel::release::Release;
    use crate::boot::stages::srat::{Tables, read};
    use crate::bytes::sum8;

    const LOG: &str = "ACPI: FACP 0x0000000000001000 0000F4 (v04 HP     ProLiant 20120202 MSFT 00000097)\n\
        ACPI: DSDT 0x0000000000002000 005BF6 (v02 HP     ProLiant 00000202 INTL 20051117)\n\
        ACPI: SRAT 0x00000000BFDBA7C0 000220 (v02 AMD    AGESA    00000001 AMD  00000001)\n\
        ACPI: SLIT 0x00000000BFDBA9E0 000030 (v01 HP     F10      00000001 HP   00000001)\n\
        SRAT: PXM 7 -> APIC 0x10 -> Node 0\nSRAT: PXM 3 -> APIC 0x0200 -> Node 1\n\
        ACPI: SRAT: Node 1 PXM 3 [mem 0x00000000-0x7fffffff]\n\
        ACPI: SRAT: Node 0 PXM 7 [mem 0x80000000-0xbfffffff] hotplug\n";

    fn nodes(log: &str) -> Vec<(u32, u32, u64, bool)> {
        let srat = parse(log).srat().unwrap();
        assert_eq!(sum8(&srat), 0);
        let tables = Tables { srat: Some(&srat), x2apic: true, ..Tables::default() };
        let info = read(&tables, &Cmdline::default(), NodeLimits::default(), &Release::newest());
        info.memory.iter().map(|one| (one.node, one.pxm, one.length, one.hotpluggable)).collect()
    }

    #[test]
    fn lines_become_a_table_that_gives_the_same_nodes() {
        let expected = vec![(1, 3, 2 << 30, false), (0, 7, 1 << 30, true)];
        assert_eq!(nodes(LOG), expected);
        let silent: String =
            LOG.lines().filter(|line| !line.contains("APIC")).map(|line| format!("{line}\n")).collect();
        assert_eq!(nodes(&silent), expected, "kernels from 6.12 on say nothing of processors");
    }

    #[test]
    fn ranges_of_nodes_stand_in_for_a_table_that_no_line_shows() {
        let log = "Early memory node ranges\n  node   0: [mem 0x0000000000001000-0x000000000009efff]\n  \
                   node   0: [mem 0x0000000000100000-0x000000007fffffff]\n  \
                   node   1: [mem 0x0000000080000000-0x00000000bfffffff]\n";
        assert_eq!(nodes(log), vec![(0, 0, 2 << 30, false), (1, 1, 1 << 30, false)]);
        let one = log.replace("node   1", "node   0");
        assert_eq!(parse(&one).srat(), None, "one node needs no table");
    }

    #[test]
    fn other_tables_have_what_the_boot_needs() {
        let log = parse(LOG);
        let fadt = log.fadt().unwrap();
        let fadt = crate::table::fadt::Fadt::parse(&fadt).unwrap();
        assert_eq!((fadt.x_dsdt(), fadt.dsdt()), (Some(0x2000), Some(0x2000)));
        let slit = log.slit().unwrap();
        assert_eq!((slit.len(), slit.get(44..)), (48, Some([10, 20, 20, 10].as_slice())));
    }
}
