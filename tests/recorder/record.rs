//! Records a boot: `cargo run --example record-boot -- --kernel VMLINUZ --out DIR [OPTIONS] [-- QEMU-ARGUMENT…]`.
//!
//! The first boot, without override, gives `machine/`; the second, with what is to be tried, gives `truth/`.

#![allow(clippy::indexing_slicing)]

#[path = "mod.rs"]
mod recorder;

use clap::Parser;
use recorder::{Guest, folder, user_space};
use serde_json::json;
use std::path::PathBuf;
use std::time::Duration;

/// Boot a kernel twice in QEMU and keep what it showed: the machine before, and what it did with an override.
#[derive(Debug, Parser)]
struct Args {
    /// The kernel image
    #[arg(long, value_name = "VMLINUZ")]
    kernel: PathBuf,
    /// The folder that is made
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// What the boot is about, in a few words
    #[arg(long, default_value = "qemu")]
    scenario: String,
    /// Memory of each node in MiB; one alone is a machine without SRAT
    #[arg(long, value_delimiter = ',', default_value = "1024,1024,2048")]
    nodes: Vec<u64>,
    /// CPUs
    #[arg(long, default_value_t = 2)]
    cpus: usize,
    /// Kernel command line of the boot to predict
    #[arg(long, default_value = "console=ttyS0 panic=-1 nokaslr movable_node")]
    cmdline: String,
    /// Kernel command line of the boot before
    #[arg(long, default_value = "console=ttyS0 panic=-1 nokaslr")]
    cmdline_before: String,
    /// A table that the firmware is to have; may be given several times
    #[arg(long, value_name = "TABLE")]
    acpitable: Vec<PathBuf>,
    /// An archive to put in front of the initrd of the boot to predict
    #[arg(long, value_name = "ARCHIVE")]
    archive: Option<PathBuf>,
    /// UEFI: the image of OVMF's code, and the one of its variables
    #[arg(long, num_args = 2, value_names = ["CODE", "VARS"])]
    ovmf: Vec<PathBuf>,
    /// Seconds that a boot may take
    #[arg(long, default_value_t = 300)]
    timeout: u64,
    /// Further arguments for QEMU
    #[arg(last = true, value_name = "QEMU-ARGUMENT")]
    qemu: Vec<String>,
}

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let busybox =
        user_space::busybox().ok_or_else(|| anyhow::anyhow!("no static busybox in /bin or /usr/bin"))?;
    let initrd = user_space::initrd(&busybox)?;
    let guest = Guest {
        kernel: args.kernel,
        cpus: args.cpus,
        nodes_mib: args.nodes,
        acpi_tables: args.acpitable,
        uefi: args.ovmf.first().cloned().zip(args.ovmf.get(1).cloned()),
        qemu: args.qemu,
        timeout: Duration::from_secs(args.timeout),
    };
    let before = guest.boot(&initrd, &args.cmdline_before)?;
    if before.files.is_empty() {
        anyhow::bail!("the first boot never came to user space; its console:\n{}", before.console);
    }
    folder::machine(&args.out.join("machine"), &before)?;
    folder::write(&args.out.join("next/cmdline"), format!("{}\n", args.cmdline).as_bytes())?;
    let archive = args.archive.map(std::fs::read).transpose()?;
    let mut front = archive.clone().unwrap_or_default();
    if let Some(archive) = &archive {
        // The main archive is the recorder's own and says nothing; its first bytes show where the search ends.
        let kept = [&archive[..], initrd.get(..512).unwrap_or(&initrd)].concat();
        folder::write(&args.out.join("next/initrd.img"), &kept)?;
    }
    front.extend(&initrd);
    let after = guest.boot(&front, &args.cmdline)?;
    folder::truth(&args.out.join("truth"), &after)?;
    let name = args.out.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut case = folder::case(&name, &args.scenario, &after);
    case["qemu"] = json!(guest.qemu);
    folder::write_json(&args.out.join("case.json"), &case)?;
    if after.files.is_empty() {
        folder::write(&args.out.join("truth/console"), after.console.as_bytes())?;
        anyhow::bail!("the second boot never came to user space: see truth/console");
    }
    Ok(())
}
