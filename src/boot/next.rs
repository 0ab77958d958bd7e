//! The boot to predict: a kernel, its command line, its initrd, and where they lie.

use crate::boot::install::Flow;
use crate::boot::kernel::Kernel;
use crate::boot::kernel::build::{NodeLimits, TableSource};
use crate::boot::kernel::cmdline::Cmdline;
use crate::boot::kernel::release::Release;
use crate::boot::places;
use crate::boot::stages::upgrade::{Lockdown, UpgradeRules};
use crate::container::initrd::held::View;
use crate::foreign::Foreign;
use std::ops::Range;

/// The boot to predict. What has to agree (release, line, order of installation, limits, lockdown) follows from the kernel.
#[derive(Debug, Clone)]
pub struct NextBoot<'a> {
    kernel: Kernel,
    /// The boot loader's line, before what is built in.
    given: String,
    line: Cmdline,
    flow: Flow,
    initrd: Option<View<'a>>,
    initrd_at: Option<Range<u64>>,
    kernel_at: Range<u64>,
    is_placed: bool,
    reserve: Vec<(Range<u64>, String)>,
    secure_boot: bool,
    lockdown: bool,
    /// What shows that an earlier boot was locked down.
    lockdown_seen: Option<Foreign>,
}

impl<'a> NextBoot<'a> {
    /// A boot of a kernel with the command line that the boot loader gives, or that /proc/cmdline shows; without an initrd, and
    /// with the kernel at its usual place as far as KASLR lets it.
    pub fn new(kernel: Kernel, command_line: &str) -> NextBoot<'a> {
        let line = Cmdline::parse(&kernel.build().command_line(command_line)).heeded_by(kernel.release());
        NextBoot {
            flow: Flow::of(kernel.release()),
            kernel_at: places::usual(&kernel),
            line,
            given: command_line.to_owned(),
            kernel,
            initrd: None,
            initrd_at: None,
            is_placed: false,
            reserve: Vec::new(),
            secure_boot: false,
            lockdown: false,
            lockdown_seen: None,
        }
    }

    /// The same boot of another kernel, with the order of installation of that.
    pub fn of_kernel(&self, kernel: Kernel) -> NextBoot<'a> {
        let other = NextBoot::new(kernel, &self.given);
        NextBoot { kernel: other.kernel, line: other.line, flow: other.flow, ..self.clone() }
    }

    /// The same boot with another command line of the boot loader.
    pub fn with_line(self, command_line: &str) -> NextBoot<'a> {
        let NextBoot { line, given, .. } = NextBoot::new(self.kernel.clone(), command_line);
        NextBoot { line, given, ..self }
    }

    /// With an initrd; `at` is where it lies, in bytes.
    pub fn with_initrd(self, initrd: Option<View<'a>>, at: Option<Range<u64>>) -> NextBoot<'a> {
        NextBoot { initrd, initrd_at: at, ..self }
    }

    /// With the kernel's image at a place, in bytes; `is_placed` where that is sure, so that KASLR has nothing to choose.
    pub fn with_kernel_at(self, at: Range<u64>, is_placed: bool) -> NextBoot<'a> {
        NextBoot { kernel_at: at, is_placed, ..self }
    }

    /// With further memory that is reserved before the SRAT is read, with names that are safe to print.
    pub fn with_reserved(self, reserve: Vec<(Range<u64>, String)>) -> NextBoot<'a> {
        NextBoot { reserve, ..self }
    }

    /// With Secure Boot on or off, which locks kernels down that are built so.
    pub fn with_secure_boot(self, secure_boot: bool) -> NextBoot<'a> {
        NextBoot { secure_boot, ..self }
    }

    /// Locked down, or not, for another reason than command line, configuration and Secure Boot.
    pub fn with_lockdown(self, lockdown: bool) -> NextBoot<'a> {
        NextBoot { lockdown, ..self }
    }

    /// Locked down as an earlier boot was: what shows it.
    pub fn with_lockdown_seen(self, seen: Option<Foreign>) -> NextBoot<'a> {
        NextBoot { lockdown_seen: seen, ..self }
    }

    /// With tables installed in another order than the release's own.
    pub fn with_flow(self, flow: Flow) -> NextBoot<'a> {
        NextBoot { flow, ..self }
    }

    /// As if `movable_node` were given, or were not.
    pub fn with_movable_node(mut self, is_given: bool) -> NextBoot<'a> {
        self.line.movable_node = is_given && self.release().movable_node;
        self
    }

    /// The kernel that is booted.
    pub fn kernel(&self) -> &Kernel {
        &self.kernel
    }

    /// The kernel's release, with all that its configuration changes.
    pub fn release(&self) -> &Release {
        self.kernel.release()
    }

    /// The command line that the kernel acts on.
    pub fn line(&self) -> &Cmdline {
        &self.line
    }

    /// The command line as the boot loader gives it, before what is built into the kernel.
    pub fn given_line(&self) -> &str {
        &self.given
    }

    /// The initrd that the boot loader hands over; `None` where there is none, or its bytes are not known.
    pub fn initrd(&self) -> Option<View<'a>> {
        self.initrd
    }

    /// Where the kernel's image is, in bytes.
    pub fn kernel_at(&self) -> &Range<u64> {
        &self.kernel_at
    }

    /// Whether the kernel's place is given or sure, so that KASLR has nothing to choose.
    pub fn kernel_is_placed(&self) -> bool {
        self.is_placed
    }

    /// Where the initrd is, in bytes.
    pub fn initrd_at(&self) -> Option<&Range<u64>> {
        self.initrd_at.as_ref()
    }

    /// Further memory that is reserved before the SRAT is read, with names.
    pub fn reserve(&self) -> &[(Range<u64>, String)] {
        &self.reserve
    }

    /// In which order tables are installed.
    pub fn flow(&self) -> Flow {
        self.flow
    }

    /// How many nodes the kernel knows.
    pub fn limits(&self) -> NodeLimits {
        self.kernel.build().limits
    }

    /// Whether the kernel is locked down, for whatever reason.
    pub fn is_locked_down(&self) -> bool {
        let build = self.kernel.build();
        let by_firmware = self.secure_boot && build.secure_boot_locks_down;
        let seen = self.lockdown_seen.is_some();
        self.line.lockdown || self.lockdown || seen || build.is_locked_down || by_firmware
    }

    /// Why the kernel is locked down, where it is.
    pub fn lockdown_reason(&self) -> Foreign {
        let build = self.kernel.build();
        match &self.lockdown_seen {
            _ if self.line.lockdown => "lockdown= on the command line".into(),
            _ if build.is_locked_down => "its configuration".into(),
            _ if self.secure_boot && build.secure_boot_locks_down => "Secure Boot".into(),
            Some(seen) => seen.clone(),
            None => "--lockdown".into(),
        }
    }

    /// The rules for taking tables from the initrd.
    pub fn upgrade_rules(&self) -> UpgradeRules {
        self.release().upgrade_rules(self.is_locked_down())
    }

    /// Whether the kernel was built to look for tables in an initrd of the boot loader.
    pub fn looks_for_tables(&self) -> bool {
        self.kernel.build().tables == TableSource::Initrd
    }

    /// Whether the kernel looks for tables, and is locked down so that it uses none that it finds.
    pub fn refuses_tables(&self) -> bool {
        self.looks_for_tables() && self.upgrade_rules().lockdown == Lockdown::Refused
    }

    /// Whether the kernel uses tables of an initrd that it accepts.
    pub fn uses_tables(&self) -> bool {
        self.looks_for_tables() && !self.refuses_tables()
    }
}
