//! Recorded boots as inputs of the model: the machine, the boot to predict, and what the kernel did.

#![allow(dead_code, unreachable_pub)]
#![allow(clippy::indexing_slicing)]

use acpihp::cli::args::{BootArgs, MachineArgs};
use acpihp::cli::boot::Inputs;
use serde_json::Value;
use std::io::Read;
use std::path::{Path, PathBuf};

/// A recorded boot.
#[derive(Debug)]
pub struct Boot {
    /// Its folder's name.
    pub name: String,
    /// Its folder.
    pub path: PathBuf,
    /// `case.json`.
    pub case: Value,
    /// `truth/truth.json`.
    pub truth: Value,
}

impl Boot {
    /// What the model is asked with.
    pub fn inputs(&self) -> Inputs {
        let text = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        let next = self.path.join("next");
        let initrd = next.join("initrd.img");
        let machine = MachineArgs { sysroot: Some(self.path.join("machine")), ..MachineArgs::default() };
        let boot = BootArgs {
            kernel: text(&self.truth["linux"]).or_else(|| text(&self.case["linux"])).map(PathBuf::from),
            cmdline: Some(std::fs::read_to_string(next.join("cmdline")).unwrap().trim().to_owned()),
            initrd: initrd.exists().then_some(initrd),
            kernel_at: text(&self.case["kernel_at"]),
            initrd_at: text(&self.case["initrd_at"]),
            reserve: self.case["reserve"].as_array().into_iter().flatten().filter_map(text).collect(),
            ..BootArgs::default()
        };
        Inputs::read(&machine, &boot).unwrap()
    }

    /// Whether the kernel came to user space, so that there is something to compare.
    pub fn came_up(&self) -> bool {
        self.truth["userspace"] == true && self.truth["zones"].is_object()
    }

    /// The kernel's log, where it was kept.
    pub fn log(&self) -> Option<String> {
        let packed = std::fs::read(self.path.join("truth/dmesg.gz")).ok()?;
        let mut text = Vec::new();
        flate2::read::GzDecoder::new(packed.as_slice()).read_to_end(&mut text).unwrap();
        Some(String::from_utf8_lossy(&text).into_owned())
    }
}

/// The recordings of the repository.
pub fn own() -> Vec<Boot> {
    folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/boots"))
}

/// All recordings where they are there beside the repository, those of the repository elsewhere. `ACPIHP_BOOTS` names
/// another folder of them.
pub fn all() -> Vec<Boot> {
    if let Some(named) = std::env::var_os("ACPIHP_BOOTS") {
        return folder(Path::new(&named));
    }
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/boots");
    if shared.is_dir() {
        return folder(&shared);
    }
    eprintln!("skipped: ../shared/boots is not there, only the recordings in tests/boots are looked at");
    own()
}

fn folder(of: &Path) -> Vec<Boot> {
    let read = |path: PathBuf| serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let mut boots: Vec<Boot> = std::fs::read_dir(of)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("case.json").exists())
        .map(|path| Boot {
            name: path.file_name().unwrap().to_string_lossy().into_owned(),
            case: read(path.join("case.json")),
            truth: read(path.join("truth/truth.json")),
            path,
        })
        .collect();
    boots.sort_by(|one, other| one.name.cmp(&other.name));
    assert!(!boots.is_empty(), "no recordings in {}", of.display());
    boots
}
