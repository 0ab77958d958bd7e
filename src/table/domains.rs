//! The SRAT by proximity domain: what is in each, as Linux reads the numbers, and what is disabled.

use super::srat::{Affinity, ByUid, Generic, LocalApic, Memory, Srat, X2Apic};
use std::collections::BTreeMap;

/// What belongs to one proximity domain; enabled entries only.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Domain {
    /// APIC and x2APIC ids, rising, each once.
    pub apic_ids: Vec<u32>,
    /// ACPI processor UIDs (GICC and RINTC entries), rising, each once.
    pub processor_uids: Vec<u32>,
    /// Memory in table order, each with the offset of its entry.
    pub memory: Vec<(usize, Memory)>,
    /// GIC ITS ids in table order.
    pub its_ids: Vec<u32>,
    /// Generic initiators in table order.
    pub initiators: Vec<Generic>,
    /// Generic ports in table order.
    pub ports: Vec<Generic>,
}

/// All domains of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Domains {
    /// By proximity domain.
    pub by_pxm: BTreeMap<u32, Domain>,
    /// Entries of processors and devices that do not count.
    pub disabled_others: usize,
    /// Memory entries that do not count.
    pub disabled_memory: usize,
    /// Whether only the low 8 bits of a proximity domain count and some entry has more.
    pub cut_to_8_bits: bool,
}

impl Domains {
    /// Sorts the entries of a table into domains. Before SRAT revision 2 only the low 8 bits of a domain count.
    ///
    /// # Kernel
    /// The mask is `acpi_numa_memory_affinity_init` in drivers/acpi/numa/srat.c and
    /// `acpi_numa_processor_affinity_init` in arch/x86/mm/srat.c.
    pub fn of(srat: &Srat<'_>) -> Domains {
        let narrow = srat.header.revision < 2;
        let mut domains = Domains::default();
        for entry in srat.entries().flatten() {
            let affinity = Affinity::of(&entry);
            let Some(full) = affinity.pxm() else { continue };
            if !affinity.is_enabled() {
                match affinity {
                    Affinity::Memory(_) => domains.disabled_memory += 1,
                    _ => domains.disabled_others += 1,
                }
                continue;
            }
            let narrowed = narrow && matches!(affinity, Affinity::LocalApic(_) | Affinity::Memory(_));
            let pxm = if narrowed { full & 0xff } else { full };
            domains.cut_to_8_bits |= pxm != full;
            let domain = domains.by_pxm.entry(pxm).or_default();
            match affinity {
                Affinity::LocalApic(LocalApic { apic_id, .. }) => domain.apic_ids.push(u32::from(apic_id)),
                Affinity::X2Apic(X2Apic { apic_id, .. }) => domain.apic_ids.push(apic_id),
                Affinity::Gicc(ByUid { uid, .. }) | Affinity::Rintc(ByUid { uid, .. }) => {
                    domain.processor_uids.push(uid);
                }
                Affinity::Memory(memory) => domain.memory.push((entry.offset, memory)),
                Affinity::GicIts(its) => domain.its_ids.push(its.its_id),
                Affinity::GenericInitiator(device) => domain.initiators.push(device),
                Affinity::GenericPort(device) => domain.ports.push(device),
                Affinity::Short { .. } | Affinity::Unknown => (),
            }
        }
        for domain in domains.by_pxm.values_mut() {
            for ids in [&mut domain.apic_ids, &mut domain.processor_uids] {
                ids.sort_unstable();
                ids.dedup();
            }
        }
        domains
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_tables_have_domains_of_8_bits() {
        let mut memory = vec![0; 40];
        memory[..6].copy_from_slice(&[1, 40, 7, 1, 0, 0]);
        memory[28] = 1;
        let mut disabled = memory.clone();
        disabled[28] = 2;
        for (revision, pxm) in [(1, 7), (2, 0x107)] {
            let head = [b"SRAT".as_slice(), &128u32.to_le_bytes(), &[revision], &[0; 39]].concat();
            let table = [head, memory.clone(), disabled.clone()].concat();
            let domains = Domains::of(&Srat::parse(&table).unwrap());
            assert_eq!(domains.by_pxm.keys().copied().collect::<Vec<_>>(), [pxm]);
            assert_eq!((domains.cut_to_8_bits, domains.disabled_memory), (revision == 1, 1));
        }
    }
}
