//! The memory map that EFI firmware hands over, as far as zones depend on it: who owns what, and which memory is kept twice.
//!
//! Linux prints the map with `efi=debug`; of a running system /sys/firmware/efi/runtime-map shows the firmware's own part only.

use super::Ranges;
use crate::memory::hex;
use std::ops::Range;

/// Memory that firmware keeps in two copies (`EFI_MEMORY_MORE_RELIABLE`).
pub const MORE_RELIABLE: u64 = 0x1_0000;
/// Memory that firmware keeps for a purpose (`EFI_MEMORY_SP`).
pub const SPECIFIC_PURPOSE: u64 = 0x4_0000;

/// What a descriptor's memory is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// Free.
    Conventional,
    /// Free once it has been accepted (confidential guests).
    Unaccepted,
    /// Code or data of a boot loader or of the kernel's own stub: free when the stub started.
    Loader,
    /// Code or data of the boot services: free once Linux runs, and reserved by it until then.
    BootServices,
    /// Anything else.
    Other,
}

/// A descriptor of EFI's memory map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EfiDescriptor {
    /// Physical addresses in bytes, the end exclusive.
    pub range: Range<u64>,
    /// What they are for.
    pub kind: Type,
    /// Attributes, of which only [`MORE_RELIABLE`] and [`SPECIFIC_PURPOSE`] are kept.
    pub attributes: u64,
}

/// The map, in the firmware's order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EfiMap(pub Vec<EfiDescriptor>);

impl EfiMap {
    /// Memory that firmware keeps in two copies.
    pub fn mirrored(&self) -> Ranges {
        let mirrored = self.0.iter().filter(|descriptor| descriptor.attributes & MORE_RELIABLE != 0);
        mirrored.map(|descriptor| descriptor.range.clone()).collect()
    }

    /// Code and data of the boot services, neighbours as one.
    pub fn boot_services(&self) -> Ranges {
        let kept = self.0.iter().filter(|descriptor| descriptor.kind == Type::BootServices);
        kept.map(|descriptor| descriptor.range.clone()).collect()
    }

    /// Where the kernel's stub may put the kernel: what it and the loader took in the boot of the log was free before.
    ///
    /// # Kernel
    /// `efi_random_alloc` in drivers/firmware/efi/libstub/randomalloc.c, 6.1 to 7.3.
    pub fn free_to_stub(&self) -> Ranges {
        let mirrored = self.mirrored();
        let usable = self.0.iter().filter(|descriptor| {
            matches!(descriptor.kind, Type::Conventional | Type::Loader)
                && descriptor.attributes & SPECIFIC_PURPOSE == 0
        });
        let free: Ranges = usable.map(|descriptor| descriptor.range.clone()).collect();
        if mirrored.is_empty() { free } else { free.common(&mirrored) }
    }

    /// Where the decompressor may put the kernel, in its order.
    ///
    /// # Kernel
    /// `process_efi_entries` in arch/x86/boot/compressed/kaslr.c, 5.10 to 7.3; unaccepted memory from 6.6 on.
    pub fn free(&self) -> impl Iterator<Item = Range<u64>> + '_ {
        let mirrored = !self.mirrored().is_empty();
        let free = self.0.iter().filter(move |descriptor| {
            matches!(descriptor.kind, Type::Conventional | Type::Unaccepted)
                && descriptor.attributes & SPECIFIC_PURPOSE == 0
                && (!mirrored || descriptor.attributes & MORE_RELIABLE != 0)
        });
        free.map(|descriptor| descriptor.range.clone())
    }
}

/// A line of the log, from `memNN:` on: its number, and the descriptor.
///
/// # Kernel
/// `efi_print_memmap` in arch/x86/platform/efi/efi.c, `efi_md_typeattr_format` in drivers/firmware/efi/efi.c; 3.10 to 7.3. Up
/// to 3.16 type and attributes are numbers; up to 4.4 the end of a range is exclusive, with a round bracket.
pub fn from_log(text: &str) -> Option<(usize, EfiDescriptor)> {
    let (number, rest) = text.strip_prefix("mem")?.split_once(": ")?;
    let number = number.parse().ok()?;
    let (kind, attributes, rest) = match rest.strip_prefix('[') {
        Some(rest) => {
            let (words, rest) = rest.split_once(']')?;
            let (name, attributes) = words.split_once('|')?;
            (named(name.trim()), attributes_of(attributes)?, rest)
        }
        None => {
            let (kind, rest) = rest.strip_prefix("type=")?.split_once(", attr=0x")?;
            let (attributes, rest) = rest.split_once(',')?;
            (numbered(kind.parse().ok()?), hex(attributes)?, rest)
        }
    };
    let (_, range) = rest.split_once("range=[0x")?;
    let end = range.find([']', ')'])?;
    let is_exclusive = range.get(end..)?.starts_with(')');
    let (start, last) = range.get(..end)?.split_once("-0x")?;
    let range = hex(start)?..hex(last)?.checked_add(u64::from(!is_exclusive))?;
    (range.start < range.end).then_some(())?;
    Some((number, EfiDescriptor { range, kind, attributes: attributes & (MORE_RELIABLE | SPECIFIC_PURPOSE) }))
}

fn attributes_of(text: &str) -> Option<u64> {
    match text.strip_prefix("attr=0x") {
        Some(number) => hex(number),
        None => Some(text.split('|').fold(0, |all, word| match word.trim() {
            "MR" => all | MORE_RELIABLE,
            "SP" => all | SPECIFIC_PURPOSE,
            _ => all,
        })),
    }
}

fn named(name: &str) -> Type {
    match name {
        "Conventional" | "Conventional Memory" => Type::Conventional,
        "Unaccepted" => Type::Unaccepted,
        "Boot Code" | "Boot Data" => Type::BootServices,
        "Loader Code" | "Loader Data" => Type::Loader,
        _ => Type::Other,
    }
}

/// The type of a number of the specification (`EFI_MEMORY_TYPE`, UEFI 2.10, 7.2).
fn numbered(kind: u32) -> Type {
    match kind {
        1 | 2 => Type::Loader,
        3 | 4 => Type::BootServices,
        7 => Type::Conventional,
        15 => Type::Unaccepted,
        _ => Type::Other,
    }
}

#[cfg(test)]
#[allow(clippy::single_range_in_vec_init)]
mod tests {
    use super::*;

    const NEW: &str = "mem07: [Boot Data   |   |  |  |  |  |  |  |  |  |  |   |WB|WT|WC|UC] range=[0x0000000000900000-0x00000000014fffff] (12MB)";
    const MIRRORED: &str = "mem42: [Conventional|   |MR|  |  |  |  |  |  |  |  |   |WB|WT|WC|UC] range=[0x0000000100000000-0x00000001ffffffff] (4096MB)";
    const OLD: &str = "mem00: [Conventional Memory|   |  |  |  |  |  |  |   |WB|WT|WC|UC] range=[0x0000000000000000-0x0000000000058fff] (0MB)";
    const ODD: &str = "mem3: [Reserved           |attr=0x8000000000050000] range=[0x1000-0x1fff] (0MB)";

    #[test]
    fn descriptors_are_read_in_every_style() {
        let (number, data) = from_log(NEW).unwrap();
        assert_eq!((number, data.kind, data.range), (7, Type::BootServices, 0x90_0000..0x150_0000));
        assert_eq!(from_log(MIRRORED).unwrap().1.attributes, MORE_RELIABLE);
        assert_eq!(from_log(OLD).unwrap().1.kind, Type::Conventional);
        assert_eq!(from_log(ODD).unwrap().1.attributes, MORE_RELIABLE | SPECIFIC_PURPOSE);
        let exclusive = OLD.replace("0x0000000000058fff]", "0x0000000000059000)");
        assert_eq!(from_log(&exclusive), from_log(OLD));
        let numbers = "mem03: type=4, attr=0xf, range=[0x0000000000010000-0x0000000000014000) (0MB)";
        let (number, data) = from_log(numbers).unwrap();
        assert_eq!((number, data.kind, data.range), (3, Type::BootServices, 0x1_0000..0x1_4000));
        for bad in ["", "mem: []", "mem0: [x|] range=[0x2-0x1]", "mem0: [x|] range=[0x0-0xffffffffffffffff]"]
        {
            assert_eq!(from_log(bad), None, "{bad}");
        }
    }

    #[test]
    fn with_mirrored_memory_only_that_is_free_for_the_kernel() {
        let mut map = EfiMap([OLD, NEW].map(|line| from_log(line).unwrap().1).to_vec());
        assert_eq!(map.free().collect::<Vec<_>>(), [0..0x5_9000]);
        map.0.push(from_log(MIRRORED).unwrap().1);
        assert_eq!(map.free().collect::<Vec<_>>(), [1 << 32..2 << 32]);
        assert_eq!(map.boot_services().total(), 12 << 20);
        assert_eq!(map.free_to_stub().iter().cloned().collect::<Vec<_>>(), [1 << 32..2 << 32]);
    }

    proptest::proptest! {
        #[test]
        fn any_line_is_read(text in "\\PC{0,100}", inner in "\\PC{0,30}") {
            from_log(&text);
            from_log(&format!("mem1: [{inner}|{text}] range=[0x{inner}"));
        }
    }
}
