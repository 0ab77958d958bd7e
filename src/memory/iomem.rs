//! /proc/iomem: which addresses Linux uses for what.

use std::ops::Range;

/// One line: a range and its name; `depth` 0 is a top-level resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource<'a> {
    /// The addresses, end exclusive.
    pub range: Range<u64>,
    /// What is there; may hold anything a driver or firmware named.
    pub name: &'a str,
    /// How deep it is nested.
    pub depth: usize,
}

/// The resources of a /proc/iomem text in its order. Lines of another form are left out. Without CAP_SYS_ADMIN Linux shows
/// every address as 0: such lines come back as the range 0..1.
pub fn parse(text: &str) -> impl Iterator<Item = Resource<'_>> {
    text.lines().filter_map(|line| {
        let (addresses, name) = line.split_once(" : ")?;
        let depth = addresses.len() - addresses.trim_start().len();
        let (start, last) = addresses.trim_start().split_once('-')?;
        let start = u64::from_str_radix(start, 16).ok()?;
        let last = u64::from_str_radix(last.trim_end(), 16).ok()?;
        (start <= last).then_some(Resource { range: start..last.checked_add(1)?, name, depth: depth / 2 })
    })
}

/// Where the running kernel's image lies: from `Kernel code` to the end of `Kernel bss`. `None` when the text does not
/// tell, or tells only zeros.
pub fn kernel_image(text: &str) -> Option<Range<u64>> {
    let parts = ["Kernel code", "Kernel rodata", "Kernel data", "Kernel bss"];
    let (mut start, mut end) = (u64::MAX, 0);
    for resource in parse(text).filter(|resource| parts.contains(&resource.name)) {
        start = start.min(resource.range.start);
        end = end.max(resource.range.end);
    }
    (start != u64::MAX && start != 0 && start < end).then_some(start..end)
}

/// What the text calls System RAM, in its order. Empty where it hides addresses.
pub fn system_ram(text: &str) -> Vec<Range<u64>> {
    let ram = parse(text).filter(|resource| resource.name == "System RAM" && resource.range != (0..1));
    ram.map(|resource| resource.range).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_image_is_found_or_hidden() {
        let text = "00100000-7ffdffff : System RAM\n  01000000-02000d3f : Kernel code\n  03000000-037fffff : Kernel bss\n";
        assert_eq!(kernel_image(text), Some(0x100_0000..0x380_0000));
        assert_eq!(parse(text).map(|resource| resource.depth).collect::<Vec<_>>(), [0, 1, 1]);
        assert_eq!(kernel_image("  00000000-00000000 : Kernel code\n"), None);
        assert_eq!(parse("00002000-00001000 : backward\n").count(), 0);
    }
}
