//! Which memory goes to which node and zone.

use crate::boot::install::firmware::{Firmware, FirmwareTable};
use crate::boot::kernel::Kernel;
use crate::boot::places::{self, LastBoot, PlaceSource};
use crate::boot::running::hotadd::Device;
use crate::boot::{Machine, NextBoot};
use crate::check::boot::{Assumed, settle};
use crate::memory::memmap::{Entry, Kind};
use crate::report::model::plan::Plan;
use std::ops::Range;

/// A boot to predict: a machine's tables and memory map, a kernel, and what the boot loader gives to it.
#[derive(Debug, Clone, Default)]
pub struct Boot {
    machine: Machine,
    kernel: Kernel,
    command_line: String,
    initrd: Option<Vec<u8>>,
    initrd_at: Option<Range<u64>>,
    kernel_at: Option<Range<u64>>,
    last: LastBoot,
    lockdown: bool,
    devices: Vec<Device>,
}

impl Boot {
    /// A boot of this kernel on a machine without tables and memory.
    pub fn new(kernel: Kernel) -> Boot {
        Boot { kernel, ..Boot::default() }
    }

    /// On this machine: for what is not in tables and memory map.
    pub fn machine(self, machine: Machine) -> Boot {
        Boot { machine, ..self }
    }

    /// With these tables of the firmware, in their order; where they lie is not known.
    pub fn tables(self, tables: impl IntoIterator<Item = Vec<u8>>) -> Boot {
        self.firmware(Firmware::of(tables.into_iter().map(|bytes| FirmwareTable { address: None, bytes })))
    }

    /// With the firmware's tables.
    pub fn firmware(mut self, firmware: Firmware) -> Boot {
        self.machine.firmware = firmware;
        self
    }

    /// With more RAM in the firmware's memory map, in bytes.
    pub fn ram(self, range: Range<u64>) -> Boot {
        self.memory(Entry::new(range, Kind::RAM))
    }

    /// With a further entry of the firmware's memory map.
    pub fn memory(mut self, entry: Entry) -> Boot {
        self.machine.map.entries.push(entry);
        self
    }

    /// With the command line that the boot loader gives.
    pub fn command_line(self, line: impl Into<String>) -> Boot {
        Boot { command_line: line.into(), ..self }
    }

    /// With an initrd, or an override archive alone; `at` is where it lies, in bytes, where that is known.
    pub fn initrd(self, bytes: Vec<u8>, at: Option<Range<u64>>) -> Boot {
        Boot { initrd: Some(bytes), initrd_at: at, ..self }
    }

    /// With the kernel's image at this place, in bytes, so that KASLR chooses nothing.
    pub fn kernel_at(self, at: Range<u64>) -> Boot {
        Boot { kernel_at: Some(at), ..self }
    }

    /// With kernel and initrd where the machine's last boot had them, as far as nothing else says where they lie.
    pub fn last_boot(self, last: LastBoot) -> Boot {
        Boot { last, ..self }
    }

    /// Of a kernel that is locked down for another reason than its command line.
    pub fn locked_down(self, lockdown: bool) -> Boot {
        Boot { lockdown, ..self }
    }

    /// With memory that is added after the boot, one device after the other.
    pub fn hot_add(mut self, device: Device) -> Boot {
        self.devices.push(device);
        self
    }

    /// Which memory goes to which node and zone, and why: what `acpihp plan` shows for the same inputs.
    pub fn plan(&self) -> Plan {
        let next = NextBoot::new(self.kernel.clone(), &self.command_line).with_lockdown(self.lockdown);
        let (kernel_at, kernel) = match &self.kernel_at {
            Some(range) => (range.clone(), PlaceSource::Given),
            None => places::kernel(&self.machine, &self.last, next.line(), next.kernel()),
        };
        let len = self.initrd.as_ref().map(|bytes| bytes.len() as u64);
        let (initrd_at, initrd) = match &self.initrd_at {
            Some(range) => (Some(range.clone()), PlaceSource::Given),
            None => places::initrd(&self.machine, &self.last, len),
        };
        let next = next
            .with_kernel_at(kernel_at, kernel == PlaceSource::Given)
            .with_initrd(self.initrd.as_deref().map(Into::into), initrd_at);
        let assumed = Assumed { kernel, initrd, reserved: &[] };
        Plan::of(&settle(&self.machine, &next, &assumed, &self.devices), &next)
    }
}
