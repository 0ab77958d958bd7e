//! Recorded boots as inputs of tests: the machine, the boot to predict, and what the kernel did.
//!
//! A recording of the repository is one tar archive that `--sysroot` takes; elsewhere it may be a folder, with the machine's
//! files below `machine/`. Paths are the same in both: see tests/recorder/files.rs.

#![allow(dead_code, unreachable_pub)]
#![allow(clippy::indexing_slicing)]

use crate::recorder::files::{Files, is_of_machine};

use acpihp::app::boot::Prepared;
use acpihp::cli::args::{BootArgs, CmdlineArgs, KernelArgs, LineArgs, ReleaseArgs, TreeArgs};
use acpihp::source::root::Root;
use acpihp::source::{SourceTable, tables};
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};

/// A recorded boot.
#[derive(Debug)]
pub struct Boot {
    /// Its name: that of the archive or folder.
    pub name: String,
    /// `case.json`.
    pub case: Value,
    /// `truth/truth.json`.
    pub truth: Value,
    place: Place,
}

/// Where the files of a recording are.
#[derive(Debug)]
enum Place {
    /// In an archive, which was read into memory.
    Archive(PathBuf, Files),
    /// In a folder.
    Folder(PathBuf),
}

impl Place {
    /// What stands at a path; `None` if it is no recording.
    fn at(path: PathBuf) -> Option<Place> {
        if path.join("case.json").is_file() {
            return Some(Place::Folder(path));
        }
        let is_archive = path.extension().is_some_and(|extension| extension == "tar") && path.is_file();
        let bytes = is_archive.then(|| std::fs::read(&path).unwrap())?;
        let files = Files::read(&bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Some(Place::Archive(path, files))
    }

    fn path(&self) -> &Path {
        let (Place::Archive(path, _) | Place::Folder(path)) = self;
        path
    }

    fn read(&self, path: &str) -> Option<Vec<u8>> {
        match self {
            Place::Archive(_, files) => files.get(path).cloned(),
            Place::Folder(folder) => std::fs::read(folder.join(in_folder(path))).ok(),
        }
    }

    fn json(&self, path: &str) -> Value {
        let name = self.path().display();
        let bytes = self.read(path).unwrap_or_else(|| panic!("{name}: {path} is not there"));
        serde_json::from_slice(&bytes).unwrap_or_else(|error| panic!("{name}: {path}: {error}"))
    }
}

/// Where a folder has a file of a recording.
fn in_folder(path: &str) -> PathBuf {
    if is_of_machine(path) { Path::new("machine").join(path) } else { PathBuf::from(path) }
}

impl Boot {
    /// The recording at a path; `None` if there is none.
    pub fn at(path: PathBuf) -> Option<Boot> {
        let place = Place::at(path)?;
        let name = match &place {
            Place::Archive(path, _) => path.file_stem(),
            Place::Folder(path) => path.file_name(),
        };
        let name = name.unwrap().to_string_lossy().into_owned();
        Some(Boot { name, case: place.json("case.json"), truth: place.json("truth/truth.json"), place })
    }

    /// What `--sysroot` takes: the archive, or the folder with the machine.
    pub fn sysroot(&self) -> PathBuf {
        match &self.place {
            Place::Archive(path, _) => path.clone(),
            Place::Folder(folder) => folder.join("machine"),
        }
    }

    /// A file's bytes.
    pub fn read(&self, path: &str) -> Option<Vec<u8>> {
        self.place.read(path)
    }

    /// Whether it has a file.
    pub fn has(&self, path: &str) -> bool {
        match &self.place {
            Place::Archive(_, files) => files.contains_key(path),
            Place::Folder(folder) => folder.join(in_folder(path)).is_file(),
        }
    }

    /// A file as text.
    pub fn text(&self, path: &str) -> Option<String> {
        self.read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    }

    /// A text that was packed with gzip.
    pub fn packed_text(&self, path: &str) -> Option<String> {
        let packed = self.read(path)?;
        let mut text = Vec::new();
        flate2::read::GzDecoder::new(packed.as_slice()).read_to_end(&mut text).unwrap();
        Some(String::from_utf8_lossy(&text).into_owned())
    }

    /// A file where programs find it: from an archive it is copied below the target folder.
    pub fn on_disk(&self, path: &str) -> Option<PathBuf> {
        if let Place::Folder(folder) = &self.place {
            return Some(folder.join(in_folder(path))).filter(|path| path.is_file());
        }
        let bytes = self.read(path)?;
        let there = Path::new(env!("CARGO_TARGET_TMPDIR")).join("boots").join(&self.name).join(path);
        if std::fs::read(&there).ok().as_ref() != Some(&bytes) {
            let folder = there.parent().unwrap();
            std::fs::create_dir_all(folder).unwrap();
            // Other tests look for it at the same time: it is there as a whole or not at all.
            let new = tempfile::NamedTempFile::new_in(folder).unwrap();
            std::fs::write(new.path(), bytes).unwrap();
            new.persist(&there).unwrap();
        }
        Some(there)
    }

    /// The machine's files.
    pub fn machine(&self) -> Files {
        match &self.place {
            Place::Archive(_, files) => {
                let own = files.iter().filter(|(path, _)| is_of_machine(path));
                own.map(|(path, bytes)| (path.clone(), bytes.clone())).collect()
            }
            Place::Folder(folder) => Files::below(&folder.join("machine")).unwrap(),
        }
    }

    /// The firmware's tables as the program reads them.
    pub fn firmware(&self) -> Vec<SourceTable> {
        tables::from_root(&Root::open(&self.sysroot()).unwrap()).unwrap().tables
    }

    /// The firmware's tables by their names in /sys.
    pub fn tables(&self) -> Vec<(String, Vec<u8>)> {
        let table = |(path, bytes): (&String, &Vec<u8>)| {
            let name = path.strip_prefix("sys/firmware/acpi/tables/").filter(|name| !name.contains('/'));
            Some((name?.to_owned(), bytes.clone()))
        };
        self.machine().iter().filter_map(table).collect()
    }

    /// Lays the machine out as a folder.
    pub fn unpack(&self, to: &Path) {
        self.machine().write_below(to).unwrap();
    }

    /// Writes `case.json` of a recording of the repository anew.
    pub fn renew_case(&self, case: &Value) {
        let Place::Archive(path, files) = &self.place else {
            panic!("{}: only archives are renewed", self.name)
        };
        let mut files = files.clone();
        files.put_json("case.json", case);
        files.write_archive(path).unwrap();
    }

    /// The archive as it was found and as it would be written; `None` for a folder.
    pub fn archives(&self) -> Option<(Vec<u8>, Vec<u8>)> {
        let Place::Archive(path, files) = &self.place else { return None };
        Some((std::fs::read(path).unwrap(), files.archive().unwrap()))
    }

    /// The command line of the boot to predict.
    pub fn line(&self) -> String {
        self.text("next/cmdline").unwrap().trim().to_owned()
    }

    /// The initrd of the boot to predict, where it had an archive in front.
    pub fn initrd(&self) -> Option<PathBuf> {
        self.on_disk("next/initrd.img")
    }

    /// What the model is asked with.
    pub fn inputs(&self) -> Prepared {
        let text = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        let machine = TreeArgs { sysroot: Some(self.sysroot()), ..TreeArgs::default() };
        let kernel = text(&self.truth["linux"]).or_else(|| text(&self.case["linux"])).map(PathBuf::from);
        let boot = BootArgs {
            kernel: KernelArgs { release: ReleaseArgs { kernel, ..ReleaseArgs::default() }, config: None },
            line: LineArgs { line: CmdlineArgs { cmdline: Some(self.line()) }, append: Vec::new() },
            initrd: self.initrd(),
            kernel_at: text(&self.case["kernel_at"]),
            initrd_at: text(&self.case["initrd_at"]),
            reserve: self.case["reserve"].as_array().into_iter().flatten().filter_map(text).collect(),
            ..BootArgs::default()
        };
        Prepared::read(&machine.request(), &boot.request().unwrap()).unwrap()
    }

    /// Whether the kernel came to user space, so that there is something to compare.
    pub fn came_up(&self) -> bool {
        self.truth["userspace"] == true && self.truth["zones"].is_object()
    }

    /// The kernel's log, where it was kept.
    pub fn log(&self) -> Option<String> {
        self.packed_text("truth/dmesg.gz")
    }
}

/// The recordings of the repository.
pub fn own() -> Vec<Boot> {
    below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/boots"))
}

/// One of the repository's recordings.
pub fn named(name: &str) -> Boot {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/boots").join(name).with_extension("tar");
    Boot::at(path).unwrap_or_else(|| panic!("tests/boots has no {name}"))
}

/// The larger collection beside the repository.
pub fn shared() -> Option<Vec<Boot>> {
    crate::skip::shared("boots").map(|folder| below(&folder))
}

/// All recordings where they are there beside the repository, those of the repository elsewhere. `ACPIHP_BOOTS` names
/// another folder of them.
pub fn all() -> Vec<Boot> {
    match std::env::var_os("ACPIHP_BOOTS") {
        Some(folder) => below(Path::new(&folder)),
        None => shared().unwrap_or_else(own),
    }
}

/// The recordings of the repository and those beside it; of two with one name the one beside it, which is fuller.
pub fn both() -> Vec<Boot> {
    let mut boots = shared().unwrap_or_default();
    let known: BTreeSet<String> = boots.iter().map(|boot| boot.name.clone()).collect();
    boots.extend(own().into_iter().filter(|boot| !known.contains(&boot.name)));
    boots.sort_by(|one, other| one.name.cmp(&other.name));
    boots
}

/// The recordings in a folder, by their names.
pub fn below(folder: &Path) -> Vec<Boot> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut boots: Vec<Boot> = entries.filter_map(|entry| Boot::at(entry.unwrap().path())).collect();
    boots.sort_by(|one, other| one.name.cmp(&other.name));
    assert!(!boots.is_empty(), "no recordings in {}", folder.display());
    boots
}
