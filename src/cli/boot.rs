//! Options of machine and boot to requests.

use super::UsageError;
use super::args::{BootArgs, Format, KernelArgs, LineArgs, Loader, MachineArgs, TreeArgs};
use crate::app::boot::BootRequest;
use crate::app::kexec;
use crate::app::machine::MachineRequest;
use crate::app::range::Given;
use crate::app::sample;
use crate::bytes::escape;
use crate::foreign::Foreign;
use crate::report::{self, text::Detail};
use crate::sink;
use std::path::PathBuf;

impl TreeArgs {
    /// The machine that the options name.
    pub fn request(&self) -> MachineRequest {
        let TreeArgs { sysroot, from, sample } = self.clone();
        MachineRequest { sysroot, from, sample, ..MachineRequest::default() }
    }

    /// The files that the options name.
    pub fn files(&self) -> impl Iterator<Item = &PathBuf> {
        self.sysroot.iter().chain(&self.from)
    }
}

impl MachineArgs {
    /// The machine that the options name.
    pub fn request(&self) -> MachineRequest {
        let MachineArgs { tree, dmesg, boot, listing, root_order } = self.clone();
        MachineRequest { log: dmesg, log_boot: boot, take: listing.take(), root_order, ..tree.request() }
    }

    /// The files that the options name.
    pub fn files(&self) -> impl Iterator<Item = &PathBuf> {
        self.tree.files().chain(&self.dmesg)
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
            profile: self.profile.unwrap_or(0),
            override_tables: self.override_tables.clone(),
            lockdown: self.lockdown,
            loader: match self.loader {
                None | Some(Loader::Firmware) => kexec::Loader::Firmware,
                Some(Loader::Kexec) => kexec::Loader::Kexec,
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
pub(super) fn next(kernel: &KernelArgs, line: &LineArgs) -> BootRequest {
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

/// The options that a pasted command needs to be about the same machine, kernel and command line: each a word.
pub(super) fn options(machine: &MachineArgs, kernel: &KernelArgs, line: &LineArgs) -> Vec<Foreign> {
    let text = |text: &String| Foreign::from(text);
    let given = [("--cmdline", line.line.cmdline.as_ref().map(text))];
    let more = line.append.iter().map(|more| ("--append", Some(text(more))));
    let line = given.into_iter().chain(more).filter_map(|(name, value)| Some([name.into(), value?]));
    machine_options(machine, kernel).into_iter().chain(line.flatten()).collect()
}

/// The same for commands that have no command line.
pub(super) fn machine_options(machine: &MachineArgs, kernel: &KernelArgs) -> Vec<Foreign> {
    let path = |path: &PathBuf| Foreign::from(path.as_path());
    let text = |text: &String| Foreign::from(text);
    let MachineArgs { tree, dmesg, boot, .. } = machine;
    let given = [
        ("--sysroot", tree.sysroot.as_ref().map(path)),
        ("--from", tree.from.as_ref().map(path)),
        ("--sample", tree.sample.as_ref().map(text)),
        ("--dmesg", dmesg.as_ref().map(path)),
        ("--boot", boot.map(|number| number.to_string().into())),
        ("--kernel", kernel.release.kernel.as_ref().map(path)),
        ("--rules-of", kernel.release.rules_of.as_ref().map(text)),
        ("--config", kernel.config.as_ref().map(path)),
    ];
    given.into_iter().filter_map(|(name, value)| Some([name.into(), value?])).flatten().collect()
}

/// Answers `--sample list`, in text or JSON: whether it was asked for.
///
/// # Errors
/// [`crate::sink::SinkError`] when standard output fails.
pub(super) fn listed_samples(machine: &TreeArgs, format: Format) -> anyhow::Result<bool> {
    let asked = machine.sample.as_deref() == Some("list");
    if asked {
        let view = sample::machines();
        sink::stdout(|out| match format {
            Format::Json => report::json(out, &view),
            Format::Text => report::sample::text(out, &view, Detail::Normal),
        })?;
    }
    Ok(asked)
}

/// `START-END[=NAME]`.
fn reservation(text: &str) -> Result<(Given, String), UsageError> {
    let (range, name) = text.split_once('=').unwrap_or((text, "reserved memory"));
    Ok((Given::parse("--reserve", range)?, escape(name.as_bytes()).into_owned()))
}
