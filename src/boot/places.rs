//! Where the kernel's image and the initrd come to lie where nobody says: derived from the machine's last boot, from EFI's
//! memory map, or taken to be as usual.

use crate::boot::Machine;
use crate::boot::kernel::Kernel;
use crate::boot::kernel::cmdline::Cmdline;
use crate::boot::stages::kaslr;
use crate::memory::{page_down, page_up};
use std::ops::Range;

/// The room in bytes that a kernel's image takes where nothing says: that of Debian's kernels.
pub const IMAGE_LEN: u64 = 50 << 20;

/// How a place in memory is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlaceSource {
    /// Somebody gave it.
    Given,
    /// It cannot be elsewhere.
    Sure,
    /// As in the machine's last boot.
    LastBoot,
    /// The lowest that EFI's memory map has room for.
    Lowest,
    /// The lowest RAM that is large enough: EFI's memory map is not known, and the last boot's place was chosen at random.
    LowestRam,
    /// Where kexec_file_load of the running kernel puts it.
    Kexec,
    /// The usual place.
    Usual,
}

impl PlaceSource {
    /// Whether the place is sure.
    pub fn is_sure(self) -> bool {
        matches!(self, PlaceSource::Given | PlaceSource::Sure)
    }

    /// What was assumed, in words; `None` where nothing was.
    pub fn assumed(self) -> Option<&'static str> {
        match self {
            PlaceSource::Given | PlaceSource::Sure => None,
            PlaceSource::LastBoot => Some("as in the machine's last boot"),
            PlaceSource::Lowest => Some("the lowest place in EFI's memory map that is large enough"),
            PlaceSource::LowestRam => Some(
                "the lowest RAM that is large enough: EFI's own memory map is not known (a log of a boot with efi=debug has it), and \
                 the last boot's place was random",
            ),
            PlaceSource::Kexec => Some("where kexec_file_load puts it"),
            PlaceSource::Usual => Some("the usual place"),
        }
    }
}

/// Where the machine's last boot had kernel and initrd, in bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LastBoot {
    /// Where the kernel's image is put; `None` where nothing tells.
    pub kernel: Option<Range<u64>>,
    /// The end of the kernel's image, where only that is known.
    pub kernel_end: Option<u64>,
    /// Where the initrd is put; `None` where nothing tells.
    pub initrd: Option<Range<u64>>,
    /// Whether KASLR may have chosen the kernel's place.
    pub is_random: bool,
}

/// The place for which a kernel was built, with the room that its image takes.
pub fn usual(kernel: &Kernel) -> Range<u64> {
    let len = kernel.image_place().map_or(IMAGE_LEN, |place| place.end.saturating_sub(place.start));
    let start = kernel.build().start;
    start..start.saturating_add(len)
}

/// Where the kernel comes to lie: at its preferred address without KASLR, else for want of better where it is now, if mem=
/// and memmap= leave it there.
pub fn kernel(
    machine: &Machine,
    last: &LastBoot,
    line: &Cmdline,
    kernel: &Kernel,
) -> (Range<u64>, PlaceSource) {
    let (build, release) = (kernel.build(), kernel.release());
    let by_stub = machine.is_uefi && release.efi_stub_places;
    if let Some(kexec) = &machine.kexec {
        let own = kernel.image_place().or(last.kernel.as_ref());
        let len = own.map_or(IMAGE_LEN, |place| place.end.saturating_sub(place.start));
        return (kexec.kernel.start..kexec.kernel.start.saturating_add(len), PlaceSource::Kexec);
    }
    let stays = line.forbids_kaslr(by_stub) || !build.randomizes;
    let own = kernel.image_place();
    let own_is_random = last.is_random;
    let is_measured = own.is_some() || last.kernel.is_some();
    let last = last.kernel.clone().or_else(|| {
        let end = last.kernel_end?;
        Some(end.checked_sub(IMAGE_LEN)?..end)
    });
    let len = own.or(last.as_ref()).map_or(IMAGE_LEN, |place| place.end.saturating_sub(place.start));
    let at = |start: u64| start..start.saturating_add(len);
    let preferred = machine.preferred_address;
    if stays
        && machine.is_uefi
        && let Some(start) = kaslr::stub_place(machine, release, len)
    {
        return (at(start), PlaceSource::Lowest);
    }
    if stays
        && by_stub
        && preferred.is_none()
        && own_is_random
        && let Some(start) = kaslr::lowest_ram(machine, line, release, len)
    {
        return (at(start), PlaceSource::LowestRam);
    }
    match last {
        // An EFI stub does not keep to the preferred address, and leaves none in boot_params.
        Some(image) if preferred.is_none() || (!stays && at(image.start).end <= kaslr::limit(line)) => {
            (at(image.start), PlaceSource::LastBoot)
        }
        _ => {
            let sure = stays && preferred.is_some() && is_measured;
            let source = if sure { PlaceSource::Sure } else { PlaceSource::Usual };
            (at(preferred.unwrap_or(build.start)), source)
        }
    }
}

/// Where the boot loader puts an initrd of `len` bytes: where the last one ended, as far below as this one is long; or where
/// kexec puts it.
pub fn initrd(machine: &Machine, last: &LastBoot, len: Option<u64>) -> (Option<Range<u64>>, PlaceSource) {
    let own = last.initrd.as_ref().map(|range| range.end.saturating_sub(range.start));
    if let Some(kexec) = &machine.kexec {
        return (len.or(own).and_then(|len| kexec.initrd(len)), PlaceSource::Kexec);
    }
    let place = last.initrd.clone().and_then(|last| {
        let Some(len) = len else { return Some(last) };
        let start = page_down(page_up(last.end).checked_sub(len)?);
        Some(start..start.saturating_add(len))
    });
    (place, PlaceSource::LastBoot)
}
