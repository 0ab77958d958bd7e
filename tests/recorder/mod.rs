//! Boots a real kernel in QEMU and keeps what it said: the live test and the program `record-boot` stand on this.
//!
//! Three pieces: [`Guest`] runs the emulator, [`user_space`] is what the kernel then starts, [`log`] and [`files`]
//! read what came back and keep it as a copy of /proc and /sys.
//!
//! Nothing needs rights, KVM or a network. Everything temporary is in memory where the system has /dev/shm.

#![allow(dead_code, unreachable_pub)]
#![allow(clippy::indexing_slicing)]

pub mod compare;
pub mod files;
pub mod log;
pub mod scenario;
pub mod scenarios;
pub mod tables;
pub mod uefi;
pub mod user_space;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// What a kernel says when it dies of its emulator.
const FLAWS: [&str; 2] = ["IO-APIC + timer doesn't work", "Oops: int3:"];

/// How often a boot is tried again.
const TRIES: usize = 4;

/// What is booted, and on what.
#[derive(Debug, Clone)]
pub struct Guest {
    /// The kernel image.
    pub kernel: PathBuf,
    /// The kind of CPU, as `-cpu` takes it.
    pub cpu: String,
    /// CPUs; each belongs to the node of its number as far as there are nodes, the rest to the last one.
    pub cpus: usize,
    /// Memory of each node in MiB. One node of its own is a machine without SRAT.
    pub nodes_mib: Vec<u64>,
    /// Tables that the firmware is to have beside its own (`-acpitable`). With these, `nodes_mib` of one node leaves
    /// the SRAT to them.
    pub acpi_tables: Vec<PathBuf>,
    /// The OVMF image with the code, and the one with the variables, for a boot through UEFI.
    pub uefi: Option<(PathBuf, PathBuf)>,
    /// Whether that OVMF is one with Secure Boot, which needs the machine's system management mode.
    pub secure: bool,
    /// Attributes that UEFI's memory map is to have; they need [`Guest::uefi`].
    pub marks: Vec<uefi::Mark>,
    /// Slots for modules of memory.
    pub slots: usize,
    /// Further arguments of QEMU.
    pub qemu: Vec<String>,
    /// How long a boot may take.
    pub timeout: Duration,
}

/// What came back from a boot.
#[derive(Debug, Default)]
pub struct Recording {
    /// All that was written to the serial console.
    pub console: String,
    /// The files that user space handed over, by their path without the leading slash. Empty when the kernel did not
    /// get that far.
    pub files: BTreeMap<String, Vec<u8>>,
}

impl Recording {
    /// A file as text.
    pub fn text(&self, path: &str) -> String {
        self.files.get(path).map(|bytes| String::from_utf8_lossy(bytes).into_owned()).unwrap_or_default()
    }

    /// The kernel's log: what user space read, or else what the console saw.
    pub fn log(&self) -> String {
        // What did not fit into the kernel's buffer went over the console.
        let kept = self.text("dmesg");
        if kept.lines().next().is_some_and(|first| first.contains("Linux version")) {
            return kept;
        }
        self.console.split(user_space::BEGIN).next().unwrap_or_default().to_owned()
    }
}

impl Guest {
    /// A machine with these nodes, as QEMU builds it for a BIOS boot.
    pub fn new(kernel: &Path, nodes_mib: &[u64]) -> Guest {
        Guest {
            kernel: kernel.to_owned(),
            cpu: "max,la57=off".to_owned(),
            cpus: 2,
            nodes_mib: nodes_mib.to_owned(),
            acpi_tables: Vec::new(),
            uefi: None,
            secure: false,
            marks: Vec::new(),
            slots: 0,
            qemu: Vec::new(),
            timeout: Duration::from_secs(300),
        }
    }

    /// Boots the kernel with this initrd and command line, and waits until user space has handed over its files, the
    /// machine has stopped, or the time is over. Only the emulator that this started is ever ended.
    ///
    /// An emulator that gets no processor time at the wrong moment makes the kernel give up on its timer, or runs code that
    /// another processor patches half: such a boot is tried again.
    pub fn boot(&self, initrd: &[u8], cmdline: &str) -> std::io::Result<Recording> {
        let mut recording = self.boot_once(initrd, cmdline)?;
        for _ in 0..TRIES {
            if !FLAWS.iter().any(|flaw| recording.console.contains(flaw)) {
                break;
            }
            recording = self.boot_once(initrd, cmdline)?;
        }
        Ok(recording)
    }

    fn boot_once(&self, initrd: &[u8], cmdline: &str) -> std::io::Result<Recording> {
        let folder = temporary()?;
        let console = folder.path().join("console");
        let initrd_file = folder.path().join("initrd");
        std::fs::write(&initrd_file, initrd)?;
        let mut command = Command::new("qemu-system-x86_64");
        command.args([
            "-accel",
            "tcg",
            "-machine",
            "q35",
            "-cpu",
            &self.cpu,
            "-nodefaults",
            "-display",
            "none",
        ]);
        command.args(["-no-reboot", "-serial"]).arg(prefixed("file:", &console));
        command.args(self.memory());
        for table in &self.acpi_tables {
            command.arg("-acpitable").arg(prefixed("file=", table));
        }
        if let Some((code, variables)) = &self.uefi {
            let copy = folder.path().join("variables");
            std::fs::copy(variables, &copy)?;
            let drive =
                |path: &Path, more: &str| format!("if=pflash,format=raw,{more}file={}", path.display());
            if self.secure {
                command.args(["-global", "driver=cfi.pflash01,property=secure,value=on"]);
            }
            command.arg("-drive").arg(drive(code, "readonly=on,")).arg("-drive").arg(drive(&copy, ""));
        }
        if !self.marks.is_empty() {
            let rom = folder.path().join("marks.rom");
            std::fs::write(&rom, uefi::rom(&self.marks, folder.path())?)?;
            command.arg("-device").arg(prefixed("pci-testdev,romfile=", &rom));
        }
        command.args(&self.qemu);
        command.arg("-kernel").arg(&self.kernel).arg("-initrd").arg(&initrd_file).args(["-append", cmdline]);
        let errors = std::fs::File::create(folder.path().join("errors"))?;
        let mut running = Running(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(errors).spawn()?);
        let started = Instant::now();
        let mut ended = false;
        loop {
            let seen = std::fs::read(&console).unwrap_or_default();
            if ended || contains(&seen, user_space::END) || started.elapsed() > self.timeout {
                break;
            }
            std::thread::sleep(Duration::from_millis(100));
            // Read once more after the end: its last words may have come meanwhile.
            ended = running.0.try_wait()?.is_some();
        }
        drop(running);
        let console = String::from_utf8_lossy(&std::fs::read(&console).unwrap_or_default()).into_owned();
        if console.is_empty() {
            let errors = std::fs::read_to_string(folder.path().join("errors")).unwrap_or_default();
            return Err(std::io::Error::other(format!("QEMU said nothing but: {}", errors.trim())));
        }
        let files = user_space::files(&console)?;
        Ok(Recording { console, files })
    }

    /// The arguments for CPUs, memory and nodes.
    fn memory(&self) -> Vec<String> {
        let total: u64 = self.nodes_mib.iter().sum();
        let room = if self.slots > 0 { format!(",slots={},maxmem=16G", self.slots) } else { String::new() };
        let mut out =
            vec!["-smp".to_owned(), self.cpus.to_string(), "-m".to_owned(), format!("{total}M{room}")];
        if self.nodes_mib.len() < 2 {
            return out;
        }
        let last = self.nodes_mib.len() - 1;
        for (node, size) in self.nodes_mib.iter().enumerate() {
            // Without a reservation: a guest that touches little may have more than the host.
            let memory = format!("memory-backend-ram,id=m{node},size={size}M,reserve=off");
            out.extend(["-object".to_owned(), memory]);
            let cpus = (0..self.cpus).filter(|cpu| *cpu.min(&last) == node).map(|cpu| format!("cpus={cpu},"));
            let cpus: String = cpus.collect();
            out.extend(["-numa".to_owned(), format!("node,nodeid={node},{cpus}memdev=m{node}")]);
        }
        out
    }
}

/// An emulator that ends with the value.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A temporary folder, in memory where there is /dev/shm.
pub fn temporary() -> std::io::Result<tempfile::TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("acpihp-live-");
    builder.tempdir_in("/dev/shm").or_else(|_| builder.tempdir())
}

/// Whether a program is in the path.
pub fn has(program: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(program).is_file()))
}

fn prefixed(prefix: &str, path: &Path) -> std::ffi::OsString {
    let mut out = std::ffi::OsString::from(prefix);
    out.push(path);
    out
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}
