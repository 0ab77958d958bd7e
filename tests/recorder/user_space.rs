//! What the kernel starts: a static busybox and a script that hands over what the system shows of itself.
//!
//! The script copies files of /proc and /sys into a folder, packs it (cpio, gzip, base64) and prints the result
//! between two lines on the serial console; [`files`] reads it back.

use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// The line before the packed files.
pub const BEGIN: &str = "== acpihp: begin of files ==";
/// The line behind them.
pub const END: &str = "== acpihp: end of files ==";

/// The script. Sizes in sysfs are not true, so everything is copied before it is packed. `/dev/mem` gives the root
/// pointer and the root tables, where the kernel lets them be read.
const INIT: &str = r#"#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin
mount -t devtmpfs dev /dev
mount -t proc proc /proc
mount -t sysfs sys /sys
dmesg -n 1
# Files of one line, without a process for each.
keep() {
    for file in "$@"; do
        [ -f "$file" ] && echo "/out${file%/*}"
    done | uniq | xargs mkdir -p
    for file in "$@"; do
        [ -f "$file" ] && IFS= read -r line < "$file" && printf '%s\n' "$line" > "/out$file"
    done
}
mkdir -p /out/proc/sys/kernel /out/sys/kernel/boot_params /out/sys/firmware/acpi/tables
cp /proc/cmdline /proc/iomem /proc/zoneinfo /proc/version /proc/meminfo /out/proc
cp /proc/sys/kernel/osrelease /out/proc/sys/kernel 2>/dev/null || uname -r > /out/proc/sys/kernel/osrelease
[ -f /proc/config.gz ] && cp /proc/config.gz /out/proc
sed '/^$/q' /proc/cpuinfo > /out/proc/cpuinfo
cp /sys/kernel/boot_params/data /out/sys/kernel/boot_params
cp -r /sys/firmware/acpi/tables/* /out/sys/firmware/acpi/tables
rm -rf /out/sys/firmware/acpi/tables/data
rmdir /out/sys/firmware/acpi/tables/dynamic 2>/dev/null
keep /sys/firmware/memmap/*/*
keep /sys/devices/system/memory/block_size_bytes /sys/devices/system/memory/auto_online_blocks
keep /sys/devices/system/memory/memory*/state /sys/devices/system/memory/memory*/valid_zones
keep /sys/devices/system/node/has_* /sys/devices/system/node/online /sys/devices/system/node/possible
keep /sys/devices/system/node/node*/distance /sys/devices/system/node/node*/cpulist
for link in /sys/devices/system/node/node*/memory[0-9]*; do
    [ -e "$link" ] || continue
    [ -d "/out${link%/*}" ] || mkdir -p "/out${link%/*}"
    echo > "/out$link"
done
dmesg > /out/dmesg
mkdir -p /out/firmware
for table in RSDP RSDT XSDT; do
    dmesg | sed -n "s/.*ACPI: $table 0x\([0-9A-F]*\) \([0-9A-F]*\) .*/\1 \2/p" | head -n 1 | while read -r at length; do
        dd if=/dev/mem of=/out/firmware/$table.bin bs=1 skip=$((0x$at)) count=$((0x$length)) 2>/dev/null ||
            rm -f /out/firmware/$table.bin
    done
done
[ -x /more ] && /more
cd /out
echo
echo "@BEGIN@"
find . -type f | cpio -o -H newc 2>/dev/null | gzip | base64
echo "@END@"
poweroff -f
"#;

/// Where a busybox is that needs no libraries.
pub fn busybox() -> Option<PathBuf> {
    ["/bin/busybox", "/usr/bin/busybox"].iter().map(PathBuf::from).find(|path| {
        let bytes = std::fs::read(path).unwrap_or_default();
        goblin::elf::Elf::parse(&bytes).is_ok_and(|elf| elf.interpreter.is_none())
    })
}

/// The initrd with the script and this busybox: one compressed archive, as distributions make it.
pub fn initrd(busybox: &Path) -> io::Result<Vec<u8>> {
    initrd_with(busybox, &[])
}

/// The same with further files, all executable; `more` is run before what is below /out is handed over.
pub fn initrd_with(busybox: &Path, files: &[(&str, Vec<u8>)]) -> io::Result<Vec<u8>> {
    let program = std::fs::read(busybox)?;
    let script = INIT.replace("@BEGIN@", BEGIN).replace("@END@", END);
    let mut archive = Vec::new();
    let mut number = 0;
    let mut add = |name: &str, mode: u32, bytes: &[u8]| -> io::Result<()> {
        number += 1;
        let entry = cpio::newc::Builder::new(name).ino(number).mode(mode).nlink(1);
        let mut writer = entry.write(&mut archive, u32::try_from(bytes.len()).map_err(io::Error::other)?);
        writer.write_all(bytes)?;
        writer.finish().map(drop)
    };
    for folder in ["bin", "dev", "out", "proc", "sys"] {
        add(folder, 0o040_755, b"")?;
    }
    add("bin/busybox", 0o100_755, &program)?;
    add("init", 0o100_755, script.as_bytes())?;
    let mut folders = BTreeSet::new();
    for (name, bytes) in files {
        for (at, _) in name.match_indices('/').filter(|(at, _)| *at > 0) {
            if folders.insert(&name[..at]) {
                add(&name[..at], 0o040_755, b"")?;
            }
        }
        add(name, 0o100_755, bytes)?;
    }
    cpio::newc::trailer(&mut archive)?;
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(&archive)?;
    packed.finish()
}

/// The files that the script printed; none when the console never saw all of them.
pub fn files(console: &str) -> io::Result<BTreeMap<String, Vec<u8>>> {
    let mut out = BTreeMap::new();
    let Some(packed) =
        console.split(BEGIN).nth(1).and_then(|rest| rest.split_once(END)).map(|(packed, _)| packed)
    else {
        return Ok(out);
    };
    let mut archive = Vec::new();
    GzDecoder::new(&*base64(packed)).read_to_end(&mut archive)?;
    let mut rest = &archive[..];
    loop {
        let mut reader = cpio::newc::Reader::new(rest)?;
        if reader.entry().is_trailer() {
            return Ok(out);
        }
        let name = reader.entry().name().trim_start_matches("./").to_owned();
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes)?;
        out.insert(name, bytes);
        rest = reader.finish()?;
    }
}

/// What base64 text stands for; line ends do not count.
fn base64(text: &str) -> Vec<u8> {
    let (mut out, mut bits, mut held) = (Vec::new(), 0_u32, 0);
    for digit in text.bytes() {
        let value = match digit {
            b'A'..=b'Z' => digit - b'A',
            b'a'..=b'z' => digit - b'a' + 26,
            b'0'..=b'9' => digit - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => continue,
        };
        bits = bits << 6 | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held) as u8);
            bits &= (1 << held) - 1;
        }
    }
    out
}

#[test]
fn files_come_back_from_a_console() {
    assert_eq!(base64("aGVs\r\nbG8="), b"hello");
    assert!(files("no lines here").unwrap().is_empty());
    assert!(files(&format!("{BEGIN}\nnot base64 of gzip\n{END}")).is_err());
}
