//! Files of which a capture takes a part: what changes from one second to the next, what is long, and what names parts by
//! their serial numbers stays behind.

use super::forms::{self, Form};
use super::secrets::Kind;
use crate::boot::running::udev;
use crate::memory::boot_params;
use crate::source::root::Root;
use crate::table::HEADER_LEN;

/// How a file is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// As it is.
    Whole,
    /// As it is, if it has this form.
    Formed(Form),
    /// With what is not on the list of known options replaced.
    CommandLine,
    /// Without who built the kernel.
    Version,
    /// The header of a table.
    Header,
    /// The first processor, without its speed of the moment.
    FirstProcessor,
    /// With names that are known or plain; addresses may be hidden.
    Addresses,
    /// Sizes of the zones, without the counters.
    Zones,
    /// A table, or its header if it holds secrets.
    Table,
    /// What is read of it; zeros instead of the rest, which names a display and disks.
    BootParams,
    /// Only what is a memory map.
    SetupData,
    /// Of rules of udev, the parts that decide about added memory.
    Rules,
    /// A symbolic link.
    Link,
    /// Only if it is asked for.
    Asked(Kind, &'static str),
}

/// What is read of /proc/cpuinfo: the kernel takes its time for many processors.
pub const PROCESSOR_LEN: u64 = 16 << 10;
/// Lines of /proc/cpuinfo that say what the processor is. Others change while the machine runs, or name it.
const PROCESSOR_LINES: [&str; 27] = [
    "processor",
    "vendor_id",
    "cpu family",
    "model",
    "model name",
    "stepping",
    "microcode",
    "cache size",
    "physical id",
    "siblings",
    "core id",
    "cpu cores",
    "apicid",
    "initial apicid",
    "fpu",
    "fpu_exception",
    "cpuid level",
    "wp",
    "flags",
    "vmx flags",
    "bugs",
    "TLB size",
    "clflush size",
    "cache_alignment",
    "address sizes",
    "power management",
    "physid",
];
/// The type of a setup_data node that is a memory map (`SETUP_E820_EXT`).
const E820_EXT: &str = "0x1";

/// What is kept of a file's bytes, and what was taken out of them, if there was anything.
pub(super) fn reduce(
    part: Part,
    root: &Root,
    path: &str,
    mut bytes: Vec<u8>,
    keep: &[Kind],
) -> (Option<Vec<u8>>, Option<(Kind, &'static str)>) {
    match part {
        Part::FirstProcessor => (Some(first_processor(&bytes)), None),
        Part::Zones => (Some(forms::zones(&String::from_utf8_lossy(&bytes)).into_bytes()), None),
        Part::Addresses if !keep.contains(&Kind::Names) => {
            let (text, any) = forms::resources(&String::from_utf8_lossy(&bytes));
            let what = "names of resources that are neither known nor plain";
            (Some(text.into_bytes()), any.then_some((Kind::Names, what)))
        }
        Part::Rules => (udev::about_memory(&String::from_utf8_lossy(&bytes)).map(String::into_bytes), None),
        Part::Header => (Some(bytes.into_iter().take(HEADER_LEN).collect()), None),
        Part::BootParams if !keep.contains(&Kind::Serials) => {
            let any = boot_params::keep_read(&mut bytes);
            let what = "what no command reads, such as EDID and the signatures of disks; zeros instead";
            (Some(bytes), any.then_some((Kind::Serials, what)))
        }
        Part::SetupData if !keep.contains(&Kind::Secrets) => {
            let kind = path.strip_suffix("data").and_then(|node| root.text(&format!("{node}type")));
            match kind.as_deref().map(str::trim) {
                Some(E820_EXT) => (Some(bytes), None),
                // How long it is matters: that much memory is reserved.
                _ => (
                    Some(vec![0; bytes.len()]),
                    Some((Kind::Secrets, "what the boot loader handed over; zeros instead")),
                ),
            }
        }
        _ => (Some(bytes), None),
    }
}

/// Whether every address in /proc/iomem reads 0.
pub(super) fn hides_addresses(iomem: &[u8]) -> bool {
    let text = String::from_utf8_lossy(iomem);
    let mut ranges = crate::memory::iomem::parse(&text).peekable();
    ranges.peek().is_some() && ranges.all(|resource| resource.range == (0..1))
}

fn first_processor(bytes: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(bytes);
    let first = text.split("\n\n").next().unwrap_or_default();
    let name = |line: &str| line.split(':').next().unwrap_or_default().trim().to_owned();
    let lines = first.lines().filter(|line| PROCESSOR_LINES.contains(&name(line).as_str()));
    lines.flat_map(|line| [line, "\n"]).collect::<String>().into_bytes()
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_from_moment_to_moment_is_left_out() {
        let text = "processor\t: 0\ncpu MHz\t\t: 2445.4\nflags\t\t: fpu\n\nprocessor\t: 1\n";
        assert_eq!(first_processor(text.as_bytes()), b"processor\t: 0\nflags\t\t: fpu\n");
    }

    #[test]
    fn hidden_addresses_are_known() {
        assert!(hides_addresses(b"00000000-00000000 : System RAM\n  00000000-00000000 : Kernel code\n"));
        assert!(!hides_addresses(b"00001000-0009ffff : System RAM\n") && !hides_addresses(b""));
    }
}
