//! /proc/cpuinfo: what the processors say of themselves.

/// Whether the first processor's flags tell of a hypervisor; `None` when the text has no whole line of flags that says so.
pub fn hypervisor(text: &str) -> Option<bool> {
    let (_, flags) = text.split_once("\nflags")?;
    let (line, whole) = flags.split_once('\n').map_or((flags, false), |(line, _)| (line, true));
    let told = line.split_whitespace().any(|flag| flag == "hypervisor");
    (told || whole).then_some(told)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flag_is_found_in_the_first_line_of_flags() {
        let text = |flags: &str| format!("processor\t: 0\nvendor_id\t: GenuineIntel\nflags\t\t: fpu {flags}");
        assert_eq!(hypervisor(&text("hypervisor lahf_lm\nbugs\t\t:\n")), Some(true));
        assert_eq!(hypervisor(&text("lahf_lm\nflags\t\t: hypervisor\n")), Some(false));
        // Cut off: what is missing may hold it.
        assert_eq!(hypervisor(&text("vmx hypervisor")), Some(true));
        assert_eq!(hypervisor(&text("vmx")), None);
        assert_eq!(hypervisor("processor: 0\n"), None);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read(text in "(?s).*") {
            hypervisor(&text);
        }
    }
}
