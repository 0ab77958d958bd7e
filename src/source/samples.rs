//! Machines that the program carries, so that every command shows something on any machine, without rights. They are
//! recorded boots: the files below samples/ are what /proc and /sys of those guests held.

use super::SourceTable;

/// A machine that the program carries, to try things on.
#[derive(Debug, PartialEq, Eq)]
pub struct Sample {
    /// The name that `--sample` takes.
    pub name: &'static str,
    /// What there is to see, in one line.
    pub title: &'static str,
    files: Files,
}

/// Files with their paths, relative to the folder that they belong into.
pub type Files = &'static [(&'static str, &'static [u8])];

/// The files of both samples are the same ones; what differs is in them.
macro_rules! sample {
    ($name:literal, $title:literal) => {
        sample!($name, $title,
            "firmware/roots.json" "proc/cmdline" "proc/iomem" "proc/sys/kernel/osrelease" "proc/version"
            "sys/firmware/acpi/tables/APIC" "sys/firmware/acpi/tables/DSDT" "sys/firmware/acpi/tables/FACP"
            "sys/firmware/acpi/tables/FACS" "sys/firmware/acpi/tables/HPET" "sys/firmware/acpi/tables/MCFG"
            "sys/firmware/acpi/tables/SRAT" "sys/firmware/acpi/tables/WAET" "sys/kernel/boot_params/data")
    };
    ($name:literal, $title:literal, $($path:literal)*) => {
        Sample {
            name: $name,
            title: $title,
            files: &[$(($path, include_bytes!(concat!("../../samples/", $name, "/machine/", $path)))),*],
        }
    };
}

/// All samples.
pub static SAMPLES: &[Sample] = &[
    sample!("hotplug", "three nodes of 2 GiB, two of them hot-pluggable, booted with movable_node"),
    sample!("unmarked", "three nodes of 2 GiB, none hot-pluggable: a machine to try an override on"),
];

/// What docs/tutorial.md works on: no machine, so `--sample` does not take it.
pub static TUTORIAL: Sample = Sample {
    name: "tutorial",
    title: "the files that docs/tutorial.md works on",
    files: &[
        ("booted.tar.gz", include_bytes!("../../samples/tutorial/booted.tar.gz")),
        ("forgotten.aml", include_bytes!("../../samples/tutorial/forgotten.aml")),
        ("initrd.img", include_bytes!("../../samples/tutorial/initrd.img")),
        ("slit.dsl", include_bytes!("../../samples/tutorial/slit.dsl")),
    ],
};

/// The sample of this name.
pub fn find(name: &str) -> Option<&'static Sample> {
    SAMPLES.iter().find(|sample| sample.name == name)
}

impl Sample {
    /// All its files.
    pub fn files(&self) -> Files {
        self.files
    }

    /// A file of the machine, by its path without the leading slash.
    pub fn file(&self, path: &str) -> Option<&'static [u8]> {
        self.files.iter().find(|(known, _)| *known == path).map(|(_, bytes)| *bytes)
    }

    /// The names in a folder of the machine; a name may come several times.
    pub fn names<'s>(&'s self, folder: &str) -> impl Iterator<Item = &'static str> + use<'s> {
        let prefix = format!("{}/", folder.trim_end_matches('/'));
        self.files.iter().filter_map(move |(path, _)| path.strip_prefix(prefix.as_str())?.split('/').next())
    }

    /// Its tables, under the names of their files.
    pub fn tables(&self) -> Vec<SourceTable> {
        const TABLES: &str = "sys/firmware/acpi/tables/";
        let table = |(path, bytes): &(&str, &[u8])| {
            let name = path.strip_prefix(TABLES)?;
            let origin = format!("sample {}", self.name).into();
            Some(SourceTable {
                name: name.into(),
                address: None,
                bytes: bytes.to_vec(),
                origin,
                offset: 0,
                is_dynamic: false,
            })
        };
        self.files.iter().filter_map(table).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn every_recorded_file_that_matters_is_carried() {
        for sample in SAMPLES {
            let root =
                Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(sample.name).join("machine");
            for folder in ["sys/firmware/acpi/tables", "proc", "proc/sys/kernel", "sys/kernel/boot_params"] {
                for entry in std::fs::read_dir(root.join(folder)).unwrap().map(Result::unwrap) {
                    let path = format!("{folder}/{}", entry.file_name().into_string().unwrap());
                    let carried = sample.file(&path).is_some();
                    assert!(carried || entry.path().is_dir(), "{}: {path} is not carried", sample.name);
                }
            }
        }
    }
}
