//! Processor architectures, as far as ACPI is found on them.

use std::fmt;

/// An architecture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Arch {
    /// x86-64.
    X86_64,
    /// x86 with 32 bits.
    X86_32,
    /// 64-bit Arm.
    Arm64,
    /// 32-bit Arm.
    Arm,
    /// 64-bit RISC-V.
    RiscV64,
    /// 64-bit LoongArch.
    LoongArch64,
    /// Itanium.
    Ia64,
    /// 64-bit PowerPC, which has no ACPI.
    PowerPc64,
}

impl Arch {
    /// The name, as Linux calls the architecture.
    pub fn name(self) -> &'static str {
        match self {
            Arch::X86_64 => "x86_64",
            Arch::X86_32 => "i386",
            Arch::Arm64 => "arm64",
            Arch::Arm => "arm",
            Arch::RiscV64 => "riscv64",
            Arch::LoongArch64 => "loongarch64",
            Arch::Ia64 => "ia64",
            Arch::PowerPc64 => "ppc64",
        }
    }

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
        const STARTS: [(&str, Arch); 23] = [
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

impl fmt::Display for Arch {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.name())
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
