//! Options of machine and boot to requests.

use super::UsageError;
use super::args::{BootArgs, KernelArgs, LineArgs, Loader, MachineArgs};
use crate::app::boot::BootRequest;
use crate::app::kexec;
use crate::app::machine::MachineRequest;
use crate::app::range::Given;
use crate::bytes::escape;
use crate::report::text::{self, Align};
use crate::sink;
use crate::source::samples;

impl MachineArgs {
    /// The machine that the options name.
    pub fn request(&self) -> MachineRequest {
        let MachineArgs { sysroot, from, sample, listing, root_order } = self.clone();
        MachineRequest { sysroot, from, sample, take: listing.take(), root_order }
    }
}

impl BootArgs {
    /// The boot that the options describe.
    ///
    /// # Errors
    /// [`UsageError`] for a malformed range.
    pub fn request(&self) -> Result<BootRequest, UsageError> {
        let place = |option: &str, text: &Option<String>| {
            text.as_ref().map(|text| Given::parse(option, text)).transpose()
        };
        let mirrored = self.mirrored.iter().map(|text| Given::parse("--mirrored", text));
        Ok(BootRequest {
            initrd: self.initrd.clone(),
            profile: self.profile,
            override_tables: self.override_tables.clone(),
            lockdown: self.lockdown,
            log: self.dmesg.clone(),
            log_boot: self.boot,
            loader: match self.loader {
                Loader::Firmware => kexec::Loader::Firmware,
                Loader::Kexec => kexec::Loader::Kexec,
            },
            kernel_at: place("--kernel-at", &self.kernel_at)?,
            initrd_at: place("--initrd-at", &self.initrd_at)?,
            mirrored: mirrored.collect::<Result<_, _>>()?,
            reserve: self.reserve.iter().map(|text| reservation(text)).collect::<Result<_, _>>()?,
            ..next(&self.kernel, &self.line)
        })
    }
}

/// A boot with this kernel and command line, and else as the machine has it.
pub fn next(kernel: &KernelArgs, line: &LineArgs) -> BootRequest {
    let (KernelArgs { release, config }, LineArgs { line, append }) = (kernel.clone(), line.clone());
    BootRequest {
        kernel: release.kernel,
        rules_of: release.rules_of,
        config,
        command_line: line.cmdline,
        append,
        ..BootRequest::default()
    }
}

/// Answers `--sample list`: whether it was asked for.
///
/// # Errors
/// [`crate::sink::SinkError`] when standard output fails.
pub fn listed_samples(machine: &MachineArgs) -> anyhow::Result<bool> {
    let asked = machine.sample.as_deref() == Some("list");
    if asked {
        let rows =
            samples::SAMPLES.iter().map(|sample| vec![sample.name.into(), sample.title.into()]).collect();
        sink::stdout(|out| {
            text::columns(out, &[("SAMPLE", Align::Left), ("WHAT IT IS", Align::Left)], rows)
        })?;
    }
    Ok(asked)
}

/// `START-END[=NAME]`.
fn reservation(text: &str) -> Result<(Given, String), UsageError> {
    let (range, name) = text.split_once('=').unwrap_or((text, "reserved memory"));
    Ok((Given::parse("--reserve", range)?, escape(name.as_bytes()).into_owned()))
}
