//! Records a boot: `cargo run --example record-boot -- --kernel VMLINUZ --out DIR [OPTIONS] [-- QEMU-ARGUMENT…]`.
//!
//! The first boot, without override, gives `machine/`; the second, with what is to be tried, gives `truth/`.

#![allow(clippy::indexing_slicing)]

#[path = "mod.rs"]
mod recorder;

use clap::Parser;
use recorder::files::{self, Files, Keep};
use recorder::{Guest, user_space};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Boot a kernel twice in QEMU and keep what it showed: the machine before, and what it did with an override.
#[derive(Debug, Parser)]
struct Args {
    /// The kernel image
    #[arg(long, value_name = "VMLINUZ", required_unless_present_any = ["scenario", "builds", "watch"])]
    kernel: Option<PathBuf>,
    /// The archive that is made; with --scenario, the folder that holds the recordings
    #[arg(long, value_name = "FILE.tar")]
    out: PathBuf,
    /// Record boots of the repository anew: those whose names begin so (X for all)
    #[arg(long, value_name = "NAME", requires = "kernels", conflicts_with = "kernel")]
    scenario: Vec<String>,
    /// Record the boots of each build whose release begins so (tests/recorder/scenarios/builds.rs)
    #[arg(long, value_name = "RELEASE", requires = "kernels", conflicts_with_all = ["kernel", "scenario"])]
    builds: Vec<String>,
    /// Record 20 boots of each build below the folder of kernels (.ci/kernels)
    #[arg(long, requires = "kernels", conflicts_with_all = ["kernel", "scenario", "builds"])]
    watch: bool,
    /// With --scenario or --builds: leave out those that are in the folder already
    #[arg(long)]
    missing: bool,
    /// With --scenario or --builds: the folder below which kernel images are
    #[arg(long, value_name = "DIR")]
    kernels: Option<PathBuf>,
    /// With --scenario: the folder of OVMF's images
    #[arg(long, value_name = "DIR", default_value = "/usr/share/OVMF")]
    ovmf_folder: PathBuf,
    /// What the boot is about, in a few words
    #[arg(long, default_value = "qemu")]
    about: String,
    /// Memory of each node in MiB; one alone is a machine without SRAT
    #[arg(long, value_delimiter = ',', default_value = "1024,1024,2048")]
    nodes: Vec<u64>,
    /// CPUs
    #[arg(long, default_value_t = 2)]
    cpus: usize,
    /// Kernel command line of the boot to predict
    #[arg(long, default_value = "console=ttyS0 panic=-1 nokaslr movable_node")]
    cmdline: String,
    /// A machine that was recorded before, in place of a first boot: another recording, or a folder with proc and sys
    #[arg(long, value_name = "FILE.tar|DIR")]
    machine: Option<PathBuf>,
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
    if let Some(kernels) = &args.kernels {
        return if args.scenario.is_empty() && args.builds.is_empty() && !args.watch {
            anyhow::bail!("--kernels goes with --scenario, --builds or --watch")
        } else if args.watch {
            watch(&args, kernels)
        } else if args.builds.is_empty() {
            scenarios(&args, kernels)
        } else {
            builds(&args, kernels)
        };
    }
    let Some(kernel) = args.kernel else { anyhow::bail!("--kernel is missing") };
    let busybox =
        user_space::busybox().ok_or_else(|| anyhow::anyhow!("no static busybox in /bin or /usr/bin"))?;
    let initrd = user_space::initrd(&busybox)?;
    let guest = Guest {
        cpus: args.cpus,
        acpi_tables: args.acpitable,
        uefi: args.ovmf.first().cloned().zip(args.ovmf.get(1).cloned()),
        qemu: args.qemu,
        timeout: Duration::from_secs(args.timeout),
        ..Guest::new(&kernel, &args.nodes)
    };
    let mut files = match &args.machine {
        Some(folder) if folder.is_dir() => Files::below(folder)?,
        Some(archive) => Files::machine_of(&std::fs::read(archive)?)?,
        None => {
            let before = guest.boot(&initrd, &args.cmdline_before)?;
            if before.files.is_empty() {
                anyhow::bail!("the first boot never came to user space; its console:\n{}", before.console);
            }
            let mut files = Files::default();
            files.put_machine(&before, Keep::All)?;
            files
        }
    };
    files.put("next/cmdline", format!("{}\n", args.cmdline));
    let archive = args.archive.map(std::fs::read).transpose()?;
    let mut front = archive.clone().unwrap_or_default();
    if let Some(archive) = &archive {
        // The main archive is the recorder's own and says nothing; its first bytes show where the search ends.
        let kept = [&archive[..], initrd.get(..512).unwrap_or(&initrd)].concat();
        files.put("next/initrd.img", kept);
    }
    front.extend(&initrd);
    let after = guest.boot(&front, &args.cmdline)?;
    files.put_truth(&after, &[])?;
    let name = args.out.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut case = files::case(&name, &args.about, &after);
    case["qemu"] = json!(guest.qemu);
    files.put_json("case.json", &case);
    if after.files.is_empty() {
        files.put("truth/console", after.console.as_str());
    }
    files.write_archive(&args.out)?;
    if after.files.is_empty() {
        anyhow::bail!("the second boot never came to user space: see truth/console");
    }
    Ok(())
}

/// Records the boots of every build that is asked for. One that fails is named, and the others go on.
fn builds(args: &Args, kernels: &Path) -> anyhow::Result<()> {
    let there = |name: &str| args.missing && args.out.join(format!("{name}.tar")).exists();
    let mut failed = 0;
    for (release, kernel) in recorder::scenario::kernels(kernels)? {
        if !args.builds.iter().any(|start| release.starts_with(start.as_str())) {
            continue;
        }
        let mut all = recorder::scenarios::builds::scenarios(&release);
        all.retain(|scenario| !there(&scenario.name));
        let started = std::time::Instant::now();
        let done = recorder::scenario::record_all(&all, &kernel, &args.ovmf_folder, &args.out);
        failed += u32::from(done.is_err());
        let outcome = done.map_or_else(|error| error.to_string(), |()| format!("{} recorded", all.len()));
        println!("{release}: {outcome} ({} s)", started.elapsed().as_secs());
    }
    anyhow::ensure!(failed == 0, "{failed} builds could not be recorded");
    Ok(())
}

/// Records the boots of a build, and of those that decide a rule in one release each the newest, of every build.
fn watch(args: &Args, kernels: &Path) -> anyhow::Result<()> {
    let mut failed = 0;
    for (release, kernel) in recorder::scenario::kernels(kernels)? {
        let started = std::time::Instant::now();
        let same = recorder::scenarios::builds::scenarios(&release);
        let mut all = vec![same];
        all.extend(recorder::scenarios::watched(&release).into_iter().map(|scenario| vec![scenario]));
        let boots: usize = all.iter().map(Vec::len).sum();
        for machine in all {
            if let Err(error) =
                recorder::scenario::record_all(&machine, &kernel, &args.ovmf_folder, &args.out)
            {
                failed += 1;
                println!("{error}");
            }
        }
        println!("{release}: {boots} boots ({} s)", started.elapsed().as_secs());
    }
    anyhow::ensure!(failed == 0, "{failed} could not be recorded");
    Ok(())
}

/// Records those of the repository's own boots that are asked for, one after the other.
fn scenarios(args: &Args, kernels: &Path) -> anyhow::Result<()> {
    let asked = |name: &str| args.scenario.iter().any(|start| name.starts_with(start.as_str()));
    let there = |name: &str| args.missing && args.out.join(format!("{name}.tar")).exists();
    let mut failed = 0;
    for scenario in recorder::scenarios::all() {
        if !asked(&scenario.name) || there(&scenario.name) {
            continue;
        }
        let started = std::time::Instant::now();
        let done = scenario.record(kernels, &args.ovmf_folder, &args.out);
        failed += u32::from(done.is_err());
        let outcome = done.map_or_else(|error| error.to_string(), |()| "recorded".to_owned());
        println!("{}: {outcome} ({} s)", scenario.name, started.elapsed().as_secs());
    }
    anyhow::ensure!(failed == 0, "{failed} could not be recorded");
    Ok(())
}
