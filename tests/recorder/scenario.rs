//! A boot worth recording: the machine, the boot, the rule of the model that it decides, and what shows that it does.

use super::files::{self, Files, Keep};
use super::uefi::Mark;
use super::{Guest, user_space};
use serde_json::{Value, json};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What every boot begins with.
const COMMON: &str = "console=ttyS0 panic=-1";

/// Which of a release's kernels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flavour {
    /// Debian's for virtual machines.
    Cloud,
    /// Debian's for everything; it knows `numa=fake=`.
    Generic,
    /// Debian's with PREEMPT_RT.
    RealTime,
    /// One that tests/kernels/build-kernel makes: the name of its switches.
    Built(&'static str),
}

impl Flavour {
    /// The flavour that a release's name has.
    pub fn of(release: &str) -> Flavour {
        if release.contains("-cloud-") {
            Flavour::Cloud
        } else if release.contains("-rt-") {
            Flavour::RealTime
        } else {
            Flavour::Generic
        }
    }

    /// Whether a release's name is that of such a kernel.
    fn is_of(self, release: &str) -> bool {
        match self {
            Flavour::Built(switches) => release.ends_with(&format!("-{switches}")),
            _ => release.ends_with("amd64") && Flavour::of(release) == self,
        }
    }
}

/// A boot to record.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// The archive's name.
    pub name: String,
    /// Release, two numbers.
    pub release: &'static str,
    /// Which kernel of it.
    pub flavour: Flavour,
    /// The rule that it decides.
    pub decides: &'static str,
    /// Predictions that must be wrong if it does: the same boot with one thing otherwise.
    pub unless: Vec<Unless>,
    /// Memory of each node in MiB.
    pub nodes: Vec<u64>,
    /// CPUs.
    pub cpus: usize,
    /// Kind of CPU; QEMU's richest when not given.
    pub cpu: Option<&'static str>,
    /// Whether UEFI starts it.
    pub uefi: bool,
    /// Whether UEFI takes signed kernels alone.
    pub secure: bool,
    /// Attributes in UEFI's memory map.
    pub marks: Vec<Mark>,
    /// Tables that the firmware has beside its own.
    pub firmware: Vec<Vec<u8>>,
    /// Tables of the archive in front of the initrd.
    pub archive: Vec<Vec<u8>>,
    /// The command line of the boot to predict, without the console; `nokaslr` is there unless `kaslr` is set.
    pub line: String,
    /// Whether the kernel may choose its place.
    pub kaslr: bool,
    /// Further words of the command line of the boot before.
    pub line_before: &'static str,
    /// Further arguments of QEMU.
    pub qemu: Vec<String>,
    /// Modules of memory that ACPI's devices report, which Linux adds once it is up.
    pub modules: Vec<Module>,
}

/// A module of memory.
#[derive(Debug, Clone)]
pub struct Module {
    /// Its node.
    pub node: u32,
    /// Its addresses; QEMU has room for them from the first GiB boundary behind its RAM on.
    pub range: std::ops::Range<u64>,
}

impl Module {
    fn arguments(&self, number: usize) -> Vec<String> {
        let (start, size) = (self.range.start, self.range.end - self.range.start);
        let node = self.node;
        vec![
            "-object".to_owned(),
            format!("memory-backend-ram,id=d{number},size={size},reserve=off"),
            "-device".to_owned(),
            format!("pc-dimm,id=p{number},memdev=d{number},node={node},addr={start:#x}"),
        ]
    }
}

/// One thing that is otherwise.
#[derive(Debug, Clone, Default)]
pub struct Unless {
    /// Words that are taken out of the command line, or put at its end in place of others: from, to.
    pub line: Option<(&'static str, &'static str)>,
    /// Another release.
    pub release: Option<&'static str>,
    /// A file of the recording that is not there.
    pub without: Option<&'static str>,
    /// Another archive.
    pub archive: Option<Vec<u8>>,
    /// Memory that is reserved before the SRAT is known.
    pub reserve: Option<&'static str>,
    /// Switches of the kernel's configuration, one a line.
    pub switches: Option<&'static str>,
}

impl Unless {
    fn file(number: usize) -> String {
        format!("unless/{number}.img")
    }

    fn value(&self, line: &str, number: usize) -> Value {
        let mut value = json!({});
        if let Some((from, to)) = self.line {
            assert!(line.contains(from), "{line:?} does not have {from:?}");
            let other = line.replacen(from, to, 1);
            value["cmdline"] = other.split_whitespace().collect::<Vec<_>>().join(" ").into();
        }
        if let Some(release) = self.release {
            value["linux"] = release.into();
        }
        if let Some(path) = self.without {
            value["without"] = path.into();
        }
        if let Some(range) = self.reserve {
            value["reserve"] = json!([range]);
        }
        if let Some(switches) = self.switches {
            value["switches"] = switches.into();
        }
        if self.archive.is_some() {
            value["initrd"] = Unless::file(number).into();
        }
        value
    }
}

impl Scenario {
    /// A boot of a BIOS machine with these nodes.
    pub fn new(
        release: &'static str,
        name: &str,
        decides: &'static str,
        nodes: &[u64],
        line: &str,
    ) -> Scenario {
        Scenario {
            name: format!("X-k{}-{name}", release.replace('.', "")),
            release,
            flavour: Flavour::Cloud,
            decides,
            unless: Vec::new(),
            nodes: nodes.to_vec(),
            cpus: 2,
            cpu: None,
            uefi: false,
            secure: false,
            marks: Vec::new(),
            firmware: Vec::new(),
            archive: Vec::new(),
            line: line.to_owned(),
            kaslr: false,
            line_before: "",
            qemu: Vec::new(),
            modules: Vec::new(),
        }
    }

    /// The same boot of another release.
    #[must_use]
    pub fn of_release(mut self, release: &'static str, name: &str) -> Scenario {
        (self.release, self.name) = (release, format!("X-k{}-{name}", release.replace('.', "")));
        self
    }

    /// It is wrong with the rule of another release.
    #[must_use]
    pub fn unless_release(mut self, release: &'static str) -> Scenario {
        self.unless.push(Unless { release: Some(release), ..Unless::default() });
        self
    }

    /// It is wrong where some words of the command line are otherwise.
    #[must_use]
    pub fn unless_line(mut self, from: &'static str, to: &'static str) -> Scenario {
        self.unless.push(Unless { line: Some((from, to)), ..Unless::default() });
        self
    }

    /// It is wrong with further memory reserved before the SRAT is known.
    #[must_use]
    pub fn unless_reserved(mut self, range: &'static str) -> Scenario {
        self.unless.push(Unless { reserve: Some(range), ..Unless::default() });
        self
    }

    /// It is wrong where switches of the configuration are otherwise.
    #[must_use]
    pub fn unless_switches(mut self, switches: &'static str) -> Scenario {
        self.unless.push(Unless { switches: Some(switches), ..Unless::default() });
        self
    }

    /// It is wrong without a file.
    #[must_use]
    pub fn unless_without(mut self, path: &'static str) -> Scenario {
        self.unless.push(Unless { without: Some(path), ..Unless::default() });
        self
    }

    /// It is wrong with another archive: as the tables would be read without the rule.
    #[must_use]
    pub fn unless_archive(mut self, tables: &[Vec<u8>]) -> Scenario {
        self.unless.push(Unless { archive: Some(packed(tables)), ..Unless::default() });
        self
    }

    /// With tables in an archive.
    #[must_use]
    pub fn with_archive(mut self, tables: &[Vec<u8>]) -> Scenario {
        self.archive = tables.to_vec();
        self
    }

    /// With further tables of the firmware.
    #[must_use]
    pub fn with_firmware(mut self, tables: &[Vec<u8>]) -> Scenario {
        self.firmware = tables.to_vec();
        self
    }

    /// With the kernel for everything.
    #[must_use]
    pub fn generic(mut self) -> Scenario {
        self.flavour = Flavour::Generic;
        self
    }

    /// With a kernel that has chosen switches.
    #[must_use]
    pub fn built(mut self, switches: &'static str) -> Scenario {
        (self.flavour, self.name) = (Flavour::Built(switches), format!("{}-{switches}", self.name));
        self
    }

    /// With a module of memory that is there at boot.
    #[must_use]
    pub fn plugged(mut self, module: Module) -> Scenario {
        self.modules.push(module);
        self
    }

    /// Started by UEFI, with attributes in its memory map.
    #[must_use]
    pub fn uefi(mut self, marks: &[Mark]) -> Scenario {
        (self.uefi, self.marks) = (true, marks.to_vec());
        self
    }

    /// Started by UEFI with Secure Boot on.
    #[must_use]
    pub fn secure(mut self) -> Scenario {
        (self.uefi, self.secure) = (true, true);
        self
    }

    fn command_line(&self) -> String {
        let place = if self.kaslr { "" } else { " nokaslr" };
        format!("{COMMON}{place} {}", self.line).trim_end().to_owned()
    }

    fn packed_archive(&self) -> Option<Vec<u8>> {
        (!self.archive.is_empty()).then(|| packed(&self.archive))
    }

    /// Boots it twice and writes its archive into the folder `out`.
    pub fn record(&self, kernels: &Path, ovmf: &Path, out: &Path) -> io::Result<()> {
        let kernel = find_kernel(kernels, self.release, self.flavour)?;
        record_all(std::slice::from_ref(self), &kernel, ovmf, out)
    }

    /// The emulator for it; `scratch` takes files between.
    fn guest(&self, kernel: &Path, ovmf: &Path, scratch: &Path) -> io::Result<Guest> {
        let mut acpi_tables = Vec::new();
        for (number, table) in self.firmware.iter().enumerate() {
            let path = scratch.join(format!("{number}.aml"));
            std::fs::write(&path, table)?;
            acpi_tables.push(path);
        }
        let signed = scratch.join("signed");
        if self.secure {
            sign(kernel, ovmf, &signed)?;
        }
        let mut guest = Guest::new(if self.secure { &signed } else { kernel }, &self.nodes);
        guest.cpus = self.cpus;
        guest.cpu = self.cpu.map_or(guest.cpu, str::to_owned);
        guest.acpi_tables = acpi_tables;
        let (code, variables) = if self.secure { (".secboot", ".snakeoil") } else { ("", "") };
        let image = |name: &str, kind: &str| ovmf.join(format!("OVMF_{name}_4M{kind}.fd"));
        guest.uefi = self.uefi.then(|| (image("CODE", code), image("VARS", variables)));
        guest.secure = self.secure;
        guest.marks = self.marks.clone();
        guest.qemu = self.qemu.clone();
        guest
            .qemu
            .extend(self.modules.iter().enumerate().flat_map(|(number, module)| module.arguments(number)));
        guest.slots = self.modules.len();
        Ok(guest)
    }
}

/// Boots the machine of these scenarios, which is the same for all, then each of them, and writes their archives into the
/// folder `out`.
pub fn record_all(scenarios: &[Scenario], kernel: &Path, ovmf: &Path, out: &Path) -> io::Result<()> {
    let Some(first) = scenarios.first() else { return Ok(()) };
    let busybox = user_space::busybox().ok_or_else(|| io::Error::other("no static busybox"))?;
    let initrd = user_space::initrd(&busybox)?;
    let scratch = super::temporary()?;
    let guest = first.guest(kernel, ovmf, scratch.path())?;
    let debug = if first.uefi { " efi=debug" } else { "" };
    let before = format!("{COMMON} nokaslr{debug} {}", first.line_before);
    let before = guest.boot(&initrd, before.trim_end())?;
    if before.files.is_empty() {
        return Err(io::Error::other(format!("{}: the first boot died:\n{}", first.name, before.console)));
    }
    for scenario in scenarios {
        let line = scenario.command_line();
        let archive = scenario.packed_archive();
        let mut front = archive.clone().unwrap_or_default();
        front.extend(&initrd);
        let after = guest.boot(&front, &line)?;
        let mut files = Files::default();
        files.put_machine(&before, Keep::Needed)?;
        files.put("next/cmdline", format!("{line}\n"));
        if let Some(archive) = archive {
            let kept = [&archive[..], initrd.get(..64).unwrap_or(&initrd)].concat();
            files.put("next/initrd.img", kept);
        }
        files.put_truth(&after, &scenario.modules)?;
        let mut case = files::case(&scenario.name, scenario.decides, &after);
        case["dimms"] = scenario.modules.len().into();
        if after.files.is_empty() {
            case["linux"] = release_of(&std::fs::read(kernel)?).into();
        }
        for (number, unless) in scenario.unless.iter().enumerate() {
            if let Some(archive) = &unless.archive {
                files.put(&Unless::file(number), archive.as_slice());
            }
        }
        // Those that decide a rule are in the table of tests/boots/README.md.
        if scenario.name.starts_with("X-") {
            let unless = scenario.unless.iter().enumerate();
            case["unless"] = unless.map(|(number, unless)| unless.value(&line, number)).collect();
        }
        files.put_json("case.json", &case);
        files.write_archive(&out.join(format!("{}.tar", scenario.name)))?;
    }
    Ok(())
}

/// A kernel signed with the key that the package ovmf has for this.
fn sign(kernel: &Path, ovmf: &Path, to: &Path) -> io::Result<()> {
    let of = ovmf.with_file_name("ovmf");
    let key = to.with_extension("key");
    let run = |command: &mut Command| {
        let done = command.output().map_err(|error| io::Error::other(format!("{command:?}: {error}")))?;
        let errors = String::from_utf8_lossy(&done.stderr).into_owned();
        if done.status.success() { Ok(()) } else { Err(io::Error::other(format!("{command:?}: {errors}"))) }
    };
    let protected = of.join("PkKek-1-snakeoil.key");
    run(Command::new("openssl")
        .args(["rsa", "-passin", "pass:snakeoil", "-in"])
        .arg(protected)
        .arg("-out")
        .arg(&key))?;
    run(Command::new("sbsign")
        .arg("--key")
        .arg(&key)
        .arg("--cert")
        .arg(of.join("PkKek-1-snakeoil.pem"))
        .arg("--output")
        .arg(to)
        .arg(kernel))
}

/// A plain archive of these tables.
fn packed(tables: &[Vec<u8>]) -> Vec<u8> {
    let names = (0..tables.len()).map(|number| format!("kernel/firmware/acpi/{number:02}.aml"));
    archive(names.zip(tables.iter().map(Vec::as_slice)))
}

/// A plain archive of files with these paths, without an entry that ends it.
fn archive<'a>(files: impl Iterator<Item = (String, &'a [u8])>) -> Vec<u8> {
    let mut out = Vec::new();
    for (number, (name, bytes)) in files.enumerate() {
        let fields = [
            number as u32 + 1,
            0o100_644,
            0,
            0,
            1,
            0,
            bytes.len() as u32,
            0,
            0,
            0,
            0,
            name.len() as u32 + 1,
            0,
        ];
        out.extend(b"070701");
        fields.iter().for_each(|field| out.extend(format!("{field:08X}").bytes()));
        out.extend(name.bytes());
        out.push(0);
        out.resize(out.len().next_multiple_of(4), 0);
        out.extend(bytes);
        out.resize(out.len().next_multiple_of(4), 0);
    }
    out
}

/// The release that a kernel image names in its header.
fn release_of(image: &[u8]) -> String {
    let at = image.get(0x20e..0x210).map_or(0, |at| usize::from(u16::from_le_bytes([at[0], at[1]])));
    let text = image.get(at + 0x200..).unwrap_or_default();
    let end = text.iter().position(|byte| matches!(byte, 0 | b' ')).unwrap_or(0);
    String::from_utf8_lossy(&text[..end]).into_owned()
}

/// The kernel images below a folder, each with the release that its header names.
pub fn kernels(below: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    let mut folders = vec![below.to_owned()];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)?.flatten() {
            let path = entry.path();
            if entry.file_type()?.is_dir() {
                folders.push(path);
            } else if entry.file_name().to_string_lossy().starts_with("vmlinuz") {
                found.push((release_of(&std::fs::read(&path)?), path));
            }
        }
    }
    let numbers = |release: &str| -> Vec<u32> {
        release
            .split(|digit: char| !digit.is_ascii_digit())
            .filter_map(|number| number.parse().ok())
            .collect()
    };
    found.sort_by_key(|(release, _)| (numbers(release), release.clone()));
    Ok(found)
}

/// The newest kernel of a release below a folder.
fn find_kernel(below: &Path, release: &str, flavour: Flavour) -> io::Result<PathBuf> {
    let fits = |of: &str| of.starts_with(&format!("{release}.")) && flavour.is_of(of);
    kernels(below)?.into_iter().rfind(|(of, _)| fits(of)).map(|(_, path)| path).ok_or_else(|| {
        io::Error::other(format!("no kernel {release} ({flavour:?}) below {}", below.display()))
    })
}
