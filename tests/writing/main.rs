//! What happens to files: an output is whole or as it was, nobody is let in by links, nothing but the output is in a
//! stream, and a copied tree is not left by its links.

mod failures;
mod kept;
mod links;
mod streams;
mod traced;
mod trees;

use crate::made;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A folder with a table, an initrd of some size, and the initrd with the table in front of it.
struct Desk(tempfile::TempDir);

/// How many bytes the initrd has beyond its end, in pieces that all differ.
const INITRD_LEN: usize = 3 << 20;

impl Desk {
    fn new() -> Desk {
        let desk = Desk(tempfile::tempdir().unwrap());
        let srat = made::srat_memory(1, 1 << 32, 1 << 31, 3);
        fs::write(desk.at("srat.aml"), srat).unwrap();
        fs::write(desk.at("initrd"), initrd()).unwrap();
        let made = desk.run(&[
            "mkinitrd-override",
            "srat.aml",
            "--against",
            "none",
            "--initrd",
            "initrd",
            "-o",
            "wanted",
        ]);
        assert!(made.status.success(), "{made:?}");
        desk
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(program());
        command.args(args).current_dir(self.0.path()).stdin(Stdio::null());
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// Runs a line of the shell, with the program as $A.
    fn shell(&self, script: &str) -> Output {
        let mut command = Command::new("sh");
        command.args(["-c", script]).env("A", program()).current_dir(self.0.path()).stdin(Stdio::null());
        command.output().unwrap()
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.at(name)).unwrap()
    }

    /// The names of temporary files.
    fn leftovers(&self) -> Vec<String> {
        leftovers(self.0.path())
    }
}

fn leftovers(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.starts_with(".acpihp-")).collect()
}

fn program() -> &'static str {
    env!("CARGO_BIN_EXE_acpihp")
}

/// An initrd: an archive with one file.
fn initrd() -> Vec<u8> {
    let entry = |name: &str, data: &[u8]| {
        // Inode, mode; owner, group, links and time; size; devices; length of the name; no checksum.
        let (mode, len, name_len) = (0o100_644, data.len(), name.len() + 1);
        let head =
            format!("070701{:08x}{mode:08x}{:032x}{len:08x}{:032x}{name_len:08x}{:08x}{name}\0", 1, 0, 0, 0);
        let mut bytes = head.into_bytes();
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes.extend(data);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes
    };
    let data: Vec<u8> =
        (0..INITRD_LEN as u32 / 4).flat_map(|word| word.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    [entry("file", &data), entry("TRAILER!!!", b"")].concat()
}

/// Whether this is root in a system that lets root act; else says what is skipped.
fn is_root(what: &str) -> bool {
    let is_root = rustix::process::geteuid().is_root();
    if !is_root {
        eprintln!("skipped: {what}: needs root");
    }
    is_root
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
