//! An SRAT by proximity domain, for people.

use super::text::{self, WIDTH, size};
use crate::bytes::{escape, u16_at, u32_at};
use crate::phrase::{count, run, runs};
use crate::table::domains::{Domain, Domains};
use crate::table::srat::{Generic, Memory, MemoryFlags, Srat};
use std::io::{self, Write};

/// Columns in front of what a domain has.
const INDENT: usize = 14;

/// Each domain with its processors, memory and devices, and a word on what is not enabled.
pub(super) fn write(out: &mut dyn Write, srat: &Srat<'_>) -> io::Result<()> {
    let domains = Domains::of(srat);
    let memory = || domains.by_pxm.values().flat_map(|domain| &domain.memory).map(|(_, memory)| memory);
    let digits = memory().map(|memory| format!("{:x}", last(memory)).len()).max().unwrap_or(0).max(8);
    for (pxm, domain) in &domains.by_pxm {
        one(out, *pxm, domain, digits)?;
    }
    if domains.cut_to_8_bits {
        let note =
            "An SRAT of revision 1 has 8-bit domains: Linux ignores the higher bits that some entries set.";
        text::paragraph(out, "", 0, note)?;
    }
    match (domains.disabled_memory, domains.disabled_others) {
        (0, 0) if domains.by_pxm.is_empty() => writeln!(out, "no entries that can be read")?,
        (0, 0) => (),
        (memory, others) => {
            let mut parts = Vec::new();
            if memory > 0 {
                parts.push(count(memory, "memory entry", "memory entries"));
            }
            if others > 0 {
                parts.push(count(others, "processor or device entry", "processor or device entries"));
            }
            writeln!(out, "not enabled: {}", parts.join(", "))?;
        }
    }
    writeln!(out)
}

/// The last address of a range, as far as the address space goes.
fn last(memory: &Memory) -> u64 {
    memory.base.saturating_add(memory.length.saturating_sub(1))
}

fn one(out: &mut dyn Write, pxm: u32, domain: &Domain, digits: usize) -> io::Result<()> {
    let total = domain.memory.iter().fold(0u64, |sum, (_, memory)| sum.saturating_add(memory.length));
    let processors = domain.apic_ids.len().saturating_add(domain.processor_uids.len());
    let processors = match processors {
        0 => "no processors".to_owned(),
        1 => "1 processor".to_owned(),
        many => format!("{many} processors"),
    };
    let total = if total == 0 { "no".to_owned() } else { format!("{} of", size(total)) };
    writeln!(out, "domain {pxm}: {processors}, {total} memory")?;
    for (what, ids) in
        [("APIC ids", &domain.apic_ids), ("UIDs", &domain.processor_uids), ("GIC ITS", &domain.its_ids)]
    {
        if !ids.is_empty() {
            let shown: Vec<_> =
                runs(ids.iter().copied()).into_iter().map(|(first, last)| run(first, last)).collect();
            text::paragraph(out, &format!("  {what}"), INDENT, &shown.join(", "))?;
        }
    }
    for (index, (_, memory)) in domain.memory.iter().enumerate() {
        let label = if index == 0 { "  memory" } else { "" };
        let (first, last) = (memory.base, last(memory));
        let range = match memory.length {
            0 => format!("[mem 0x{first:0digits$x}, empty]{:1$}", "", digits - 4),
            _ => format!("[mem 0x{first:0digits$x}-0x{last:0digits$x}]"),
        };
        let mut flags = flag_words(memory.flags);
        if memory.range().is_none() {
            flags.push("runs past the end of the address space".to_owned());
        }
        let line = format!("{label:INDENT$}{range} {:>9}", size(memory.length));
        let flags = flags.join(", ");
        if flags.is_empty() {
            writeln!(out, "{line}")?;
        } else if line.len() + 2 + flags.len() <= WIDTH {
            writeln!(out, "{line}  {flags}")?;
        } else {
            writeln!(out, "{line}")?;
            text::paragraph(out, "", INDENT + 5, &flags)?;
        }
    }
    for (what, devices) in [("initiator", &domain.initiators), ("port", &domain.ports)] {
        for device in devices {
            writeln!(out, "{:INDENT$}{}", format!("  {what}"), handle(device))?;
        }
    }
    Ok(())
}

fn flag_words(flags: MemoryFlags) -> Vec<String> {
    const WORDS: [(MemoryFlags, &str); 4] = [
        (MemoryFlags::HOT_PLUGGABLE, "hot-pluggable"),
        (MemoryFlags::NON_VOLATILE, "non-volatile"),
        (MemoryFlags::SPECIFIC_PURPOSE, "specific purpose"),
        (MemoryFlags::POISON_CLEARING, "poison clearing"),
    ];
    let named = WORDS.iter().filter(|(flag, _)| flags.contains(*flag)).map(|(_, word)| (*word).to_owned());
    let known = WORDS.iter().fold(MemoryFlags::ENABLED, |all, (flag, _)| all | *flag);
    let unknown = flags.bits() & !known.bits();
    named.chain((unknown != 0).then(|| format!("undefined bits {unknown:#x}"))).collect()
}

/// A device as its handle names it.
///
/// # Spec
/// ACPI 6.6, 5.2.16.6: an ACPI handle is `_HID` and `_UID`, a PCI handle segment, bus, and device with function.
fn handle(device: &Generic) -> String {
    let handle = &device.handle;
    match device.handle_type {
        0 => {
            let (hid, _) = handle.split_at(8);
            let hid = escape(hid.split(|byte| *byte == 0).next().unwrap_or_default()).into_owned();
            format!("ACPI {hid} uid {}", u32_at(handle, 8).unwrap_or_default())
        }
        1 => {
            let [_, _, bus, slot, ..] = *handle;
            let segment = u16_at(handle, 0).unwrap_or_default();
            format!("PCI {segment:04x}:{bus:02x}:{:02x}.{}", slot >> 3, slot & 7)
        }
        other => format!("handle of unknown type {other}"),
    }
}
