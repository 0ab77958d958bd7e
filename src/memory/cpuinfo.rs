//! /proc/cpuinfo: what the processors say of themselves.

/// The flag of a processor that runs under a hypervisor.
pub const HYPERVISOR: &str = "hypervisor";
/// The flag of a processor that has pages of 1 GiB.
pub const GB_PAGES: &str = "pdpe1gb";

/// Whether the first processor has a flag; `None` when the text has no whole line of flags that says so.
pub fn flag(text: &str, name: &str) -> Option<bool> {
    let (_, flags) = text.split_once("\nflags")?;
    let (line, whole) = flags.split_once('\n').map_or((flags, false), |(line, _)| (line, true));
    let told = line.split_whitespace().any(|flag| flag == name);
    (told || whole).then_some(told)
}

/// How many bits a physical address has, as the first processor's `address sizes` line says; `None` without one.
///
/// # Kernel
/// `show_cpuinfo` in arch/x86/kernel/cpu/proc.c, 3.10 to 7.3.
pub fn physical_bits(text: &str) -> Option<u32> {
    let (_, sizes) = text.split_once("\naddress sizes")?;
    let (bits, _) = sizes.trim_start_matches(['\t', ' ', ':']).split_once(" bits physical")?;
    bits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flag_is_found_in_the_first_line_of_flags() {
        let text = |flags: &str| format!("processor\t: 0\nvendor_id\t: GenuineIntel\nflags\t\t: fpu {flags}");
        assert_eq!(flag(&text("hypervisor lahf_lm\nbugs\t\t:\n"), HYPERVISOR), Some(true));
        assert_eq!(flag(&text("lahf_lm\nflags\t\t: hypervisor\n"), HYPERVISOR), Some(false));
        // Cut off: what is missing may hold it.
        assert_eq!(flag(&text("vmx hypervisor"), HYPERVISOR), Some(true));
        assert_eq!(flag(&text("vmx"), HYPERVISOR), None);
        assert_eq!(flag("processor: 0\n", HYPERVISOR), None);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read(text in "(?s).*") {
            flag(&text, HYPERVISOR);
        }
    }
}
