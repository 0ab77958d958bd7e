//! A boot that the running kernel starts.

use super::UsageError;
use crate::boot::NextBoot;
use crate::boot::kernel::release::Release;
use crate::boot::kexec::Running;
use crate::boot::places;
use crate::finding::Finding;
use crate::finding::registry::boot as rule;
use crate::memory::PAGE_SIZE;
use crate::memory::memmap::Kind;
use crate::source::machine::Recorded;

/// Who starts the kernel.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Loader {
    /// Firmware, and a boot loader.
    #[default]
    Firmware,
    /// The kernel that runs (kexec_file_load).
    Kexec,
}

/// Makes the machine one whose next kernel is started by kexec, and says what is known of that.
///
/// # Errors
/// [`UsageError`] where the machine has no room for a kernel, or no memory map.
pub fn settle(recorded: &mut Recorded, next: &NextBoot<'_>) -> Result<Finding, UsageError> {
    let (build, machine) = (next.kernel().build(), &recorded.machine);
    let running = recorded.release.as_deref().and_then(|release| Release::parse(release).ok());
    let rules = running.as_ref().unwrap_or(next.release());
    let mut ram = recorded.system_ram.clone();
    if ram.is_empty() {
        // Page 0 is never RAM to Linux.
        let all = machine.map.entries.iter().filter(|entry| entry.kind == Kind::RAM && !entry.wraps());
        ram = all
            .map(|entry| entry.start.max(PAGE_SIZE)..entry.range().end)
            .filter(|range| !range.is_empty())
            .collect();
    }
    let room =
        build.room.or((machine.init_size > 0).then_some(machine.init_size)).unwrap_or(places::IMAGE_LEN);
    let line = next.given_line().len() as u64;
    let placed = Running::new(ram, rules).place(room, build.align, line).ok_or_else(|| {
        UsageError(format!(
            "--loader kexec: the machine's memory map has no room for a kernel of {} MiB; expected boot_params or a log with the map",
            room >> 20
        ))
    })?;
    let mut message = format!(
        "by the rules of {} that runs, kexec_file_load puts it at {:#x}, where nokaslr keeps it; kexec_load (kexec -c), \
         kexec into memory for CMA and live updates (kho=on) choose otherwise, and are not modelled",
        rules.name.text(),
        placed.kernel.start
    );
    if running.is_none() {
        message.push_str("; which kernel runs is not known, and it was taken to be of the same release");
    }
    if machine.is_uefi {
        message.push_str(
            "; EFI's boot services are reserved no more, and whether KASLR finds a place without EFI's memory map is not known",
        );
        recorded.reserved.clear();
    }
    recorded.machine = std::mem::take(&mut recorded.machine).by_kexec(placed);
    Ok(Finding::new(&rule::KEXEC, "kernel image", message))
}
