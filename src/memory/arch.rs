//! Processor architectures, as far as ACPI is found on them.

use crate::bytes::u16_at;
use crate::phrase::words;
use crate::table::entries::Entry;
use crate::table::madt::Madt;
use crate::table::srat;
use std::fmt;

words! {
    /// An architecture.
    #[derive(Default, Hash)]
    pub enum Arch {
        /// x86-64.
        #[default]
        X86_64 = "x86_64",
        /// x86 with 32 bits.
        X86_32 = "i386",
        /// 64-bit Arm.
        Arm64 = "arm64",
        /// 32-bit Arm.
        Arm = "arm",
        /// 64-bit RISC-V.
        RiscV64 = "riscv64",
        /// 64-bit LoongArch.
        LoongArch64 = "loongarch64",
        /// Itanium.
        Ia64 = "ia64",
        /// 64-bit PowerPC, which has no ACPI.
        PowerPc64 = "ppc64",
        /// 64-bit z/Architecture, which has no ACPI.
        S390x = "s390x",
    }
}

impl Arch {
    /// The architecture that a kernel's release names at its end (`6.1.0-20-arm64`), as distributions do.
    pub fn of_release(release: &str) -> Option<Arch> {
        let words = release.split(['-', '.', '+', '_']);
        let arch = |word: &str| {
            Some(match word {
                "amd64" | "x86" => Arch::X86_64,
                "i386" | "i486" | "i586" | "i686" | "686" => Arch::X86_32,
                "arm64" | "aarch64" => Arch::Arm64,
                "armmp" | "armv7hl" | "armhf" => Arch::Arm,
                "riscv64" => Arch::RiscV64,
                "loongarch64" | "loong64" => Arch::LoongArch64,
                "ia64" => Arch::Ia64,
                "ppc64" | "ppc64le" | "ppc64el" | "powerpc64le" => Arch::PowerPc64,
                "s390x" => Arch::S390x,
                _ => return None,
            })
        };
        words.filter_map(arch).next_back()
    }

    /// The architecture that only kernels of it print such a message of. Those of several architectures are not asked.
    ///
    /// # Kernel
    /// setup_arch, arch/*/kernel/setup.c, and what it calls, 3.10 to 7.3.
    pub fn of_message(message: &str) -> Option<Arch> {
        const STARTS: [(&str, Arch); 24] = [
            ("BIOS-e820: ", Arch::X86_64),
            ("BIOS-provided physical RAM map", Arch::X86_64),
            ("e820: ", Arch::X86_64),
            ("Xen: [mem ", Arch::X86_64),
            ("MTRR ", Arch::X86_64),
            ("x86/", Arch::X86_64),
            ("smpboot: ", Arch::X86_64),
            ("psci: ", Arch::Arm64),
            ("GICv3: ", Arch::Arm64),
            ("CPU: All CPU(s) started at EL", Arch::Arm64),
            ("Boot CPU: AArch64", Arch::Arm64),
            ("CPU: ARMv", Arch::Arm),
            ("OF: fdt: Machine model: ARM", Arch::Arm),
            ("SBI specification ", Arch::RiscV64),
            ("riscv: ", Arch::RiscV64),
            ("Loongson ", Arch::LoongArch64),
            ("64-bit Loongson Processor", Arch::LoongArch64),
            ("SAL ", Arch::Ia64),
            ("PAL ", Arch::Ia64),
            ("radix-mmu: ", Arch::PowerPc64),
            ("hash-mmu: ", Arch::PowerPc64),
            ("Using pSeries machine description", Arch::PowerPc64),
            ("OPAL ", Arch::PowerPc64),
            ("setup: Linux is running ", Arch::S390x),
        ];
        if let Some((_, arch)) = STARTS.iter().find(|(start, _)| message.starts_with(start)) {
            return Some(*arch);
        }
        if message.ends_with("MB LOWMEM available.") || message.ends_with("MB HIGHMEM available.") {
            return Some(Arch::X86_32);
        }
        // 64-bit Arm shows the processor's identity, ten digits of its place before it.
        let place = message.strip_prefix("Booting Linux on physical CPU 0x")?;
        let (number, rest) = place.split_once(' ').unwrap_or((place, ""));
        (number.len() == 10 && rest.starts_with("[0x")).then_some(Arch::Arm64)
    }
}

/// What a kernel runs on, as far as the model of a boot goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Platform {
    /// x86-64, the only one whose boot is modelled.
    #[default]
    X86_64,
    /// Another architecture.
    Other(Arch),
    /// A paravirtualised guest of Xen on x86-64: Xen, and not firmware, gives the memory.
    XenPv,
}

impl Platform {
    /// The platform of an architecture.
    pub fn of(arch: Arch) -> Platform {
        if arch == Arch::X86_64 { Platform::X86_64 } else { Platform::Other(arch) }
    }

    /// Whether its boot is modelled.
    pub fn is_modelled(self) -> bool {
        self == Platform::X86_64
    }

    /// That zones are not predicted, where the boot is not modelled.
    pub fn not_modelled(self) -> Option<String> {
        (!self.is_modelled()).then(|| format!("{self}: zones are not modelled"))
    }

    /// The architecture that the platform belongs to.
    pub fn arch(self) -> Arch {
        match self {
            Platform::Other(arch) => arch,
            Platform::X86_64 | Platform::XenPv => Arch::X86_64,
        }
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Platform::Other(Arch::X86_32) => out.pad("32-bit x86"),
            Platform::XenPv => out.pad("Xen PV"),
            platform => out.pad(platform.arch().name()),
        }
    }
}

impl Arch {
    /// The architecture that the first processor of /proc/cpuinfo shows.
    pub fn of_cpuinfo(text: &str) -> Option<Arch> {
        let field = |name: &str| {
            let mut lines = text.lines().filter_map(|line| line.split_once(':'));
            lines.find(|(key, _)| key.trim() == name).map(|(_, value)| value.trim())
        };
        if field("CPU implementer").is_some() {
            return Some(if field("CPU architecture") == Some("7") { Arch::Arm } else { Arch::Arm64 });
        }
        if let Some(isa) = field("isa") {
            return isa.starts_with("rv64").then_some(Arch::RiscV64);
        }
        if field("Model Name").or(field("CPU Family")).is_some_and(|name| name.contains("Loongson")) {
            return Some(Arch::LoongArch64);
        }
        // Only 64-bit processors have the flag; that the kernel has 64 bits as well, all but old machines do.
        let flags = field("flags")?;
        field("vendor_id").filter(|_| flags.split_whitespace().any(|flag| flag == "lm")).map(|_| Arch::X86_64)
    }

    /// The architecture that a machine's tables show: by the interrupt controllers of the MADT, else by tables and flags that only
    /// one architecture has.
    ///
    /// # Spec
    /// ACPI 6.6, 5.2.12 (MADT), 5.2.9.4 (ARM boot architecture flags), 5.2.24 (GTDT), 5.2.37 (RHCT).
    pub fn of_tables<'t>(tables: impl Iterator<Item = &'t [u8]> + Clone) -> Option<Arch> {
        let find = |name: &[u8; 4]| tables.clone().find(|table| table.starts_with(name));
        let controller = |entry: Entry<'_>| {
            Some(match entry.kind {
                0 | 1 | 9 => Arch::X86_64,
                0xb..=0xf => Arch::Arm64,
                0x11..=0x17 => Arch::LoongArch64,
                0x18..=0x1b => Arch::RiscV64,
                6 | 7 => Arch::Ia64,
                _ => return None,
            })
        };
        if let Some(madt) = find(b"APIC").and_then(|table| Madt::parse(table).ok()) {
            let mut known = madt.entries().flatten().filter_map(controller);
            if let Some(arch) = known.next() {
                return Some(arch);
            }
        }
        let psci = find(b"FACP").and_then(|fadt| u16_at(fadt, 129)).is_some_and(|flags| flags & 3 != 0);
        if psci || find(b"GTDT").is_some() || find(b"IORT").is_some() {
            return Some(Arch::Arm64);
        }
        if find(b"RHCT").is_some() {
            return Some(Arch::RiscV64);
        }
        // One with processors of x86 beside others shows nothing.
        let has_apics = |table: &[u8]| {
            let entries = srat::Srat::parse(table)
                .into_iter()
                .flat_map(|view| view.entries().flatten().collect::<Vec<_>>());
            entries.into_iter().any(|entry| matches!(entry.kind, srat::kind::LOCAL_APIC | srat::kind::X2APIC))
        };
        find(b"SRAT").filter(|table| !has_apics(table)).and_then(Arch::of_srat)
    }

    /// The architecture whose processors a SRAT has, where it is not x86.
    pub fn of_srat(table: &[u8]) -> Option<Arch> {
        let view = srat::Srat::parse(table).ok()?;
        view.entries().flatten().find_map(|entry| match entry.kind {
            srat::kind::GICC => Some(Arch::Arm64),
            srat::kind::RINTC => Some(Arch::RiscV64),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn architectures_are_known_by_what_their_kernels_say() {
        for (release, arch) in [
            ("6.1.0-20-arm64", Some(Arch::Arm64)),
            ("5.14.0-570.el9_6.x86_64", Some(Arch::X86_64)),
            ("6.1.0-20-686-pae", Some(Arch::X86_32)),
            ("6.1.0", None),
        ] {
            assert_eq!(Arch::of_release(release), arch, "{release}");
        }
        let of = Arch::of_message;
        assert_eq!(of("Booting Linux on physical CPU 0x0000000000 [0x51af8014]"), Some(Arch::Arm64));
        assert_eq!(of("Booting Linux on physical CPU 0x0"), None);
        assert_eq!(of("891MB LOWMEM available."), Some(Arch::X86_32));
        assert_eq!(of("e820: update [mem 0x0-0x1]"), Some(Arch::X86_64));
    }
}
