//! /proc/iomem, /proc/zoneinfo, /proc/cpuinfo, /proc/slabinfo, /sys/firmware/memmap and records of page_owner: no more comes out than lines went in, and what Linux prints of
//! a range is read back as that range.
#![no_main]

use acpihp::memory::memmap::{self, Entry, Kind};
use acpihp::memory::page_owner::{self, Owned, Owners, Use};
use acpihp::memory::{cpuinfo, iomem, slabinfo, zoneinfo};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, u64, u64, &str)| {
    let (text, start, last, name) = input;
    let lines = text.lines().count();
    let resources: Vec<_> = iomem::parse(text).collect();
    assert!(resources.len() <= lines && resources.iter().all(|one| one.range.start < one.range.end));
    if let Some(image) = iomem::kernel_image(text) {
        assert!(resources.iter().any(|one| one.range.start == image.start));
        assert!(resources.iter().any(|one| one.range.end == image.end));
    }
    assert!(zoneinfo::parse(text).len() <= lines);
    if cpuinfo::flag(text, name) == Some(true) {
        // Whatever follows a line that says so changes nothing.
        assert_eq!(cpuinfo::flag(&format!("{text}\nprocessor\t: 1\nflags\t\t: fpu\n"), name), Some(true));
    }
    if let (true, Some(end)) = (start <= last, last.checked_add(1)) {
        let line = format!("  {start:08x}-{last:08x} : {}\n", name.replace(['\n', '\r'], ""));
        let own = iomem::parse(&line).next().expect("a line as Linux prints it");
        assert_eq!((own.range, own.depth), (start..end, 1));
        let entry = memmap::from_sysfs(&format!("{start:#x}\n"), &format!("{last:#x}\n"), "System RAM\n");
        assert_eq!(entry, end.checked_sub(start).map(|_| Entry::new(start..end, Kind::RAM)));
    }
    memmap::from_sysfs(text, name, name);
    let caches = slabinfo::parse(text);
    assert!(
        caches.len() <= lines.min(slabinfo::MOST) && caches.iter().all(|cache| cache.used <= cache.bytes)
    );
    assert_eq!(slabinfo::read(&slabinfo::write(&caches)), caches);
    if let Some(owned) = page_owner::parse(text) {
        let mut owners = Owners::default();
        owners.take(&owned, &(start..last));
        let kept: u64 = [Use::Slab, Use::PageTable, Use::Kernel]
            .iter()
            .flat_map(|used| owners.of(*used))
            .map(|(_, pages)| pages)
            .sum();
        assert!(kept <= (1 << owned.order).min(last.saturating_sub(start)));
        let again = page_owner::read(&page_owner::write([(start, &owners)]));
        assert_eq!(again.get(&start), Some(&owners));
        // What Linux prints is read back.
        let line = format!(
            "Page allocated via order {}, mask 0x0()\nPFN {:#x} type Unmovable Block 0\n {}+0x0/0x1\n",
            owned.order,
            owned.pfn,
            owned.function.unwrap_or("f")
        );
        let own = page_owner::parse(&line).map(|Owned { pfn, order, .. }| (pfn, order));
        assert_eq!(own, Some((owned.pfn, owned.order)));
    }
    page_owner::read(text);
    slabinfo::read(text);
});
