//! Kernel images: bzImage, vmlinux, packed or not, by themselves and in a unified kernel image.

use super::build::{BSS, HEAP_END, Made, Part, TEXT, bzimage, gzip, pe, uki, vmlinux};
use crate::skip::skip;
use acpihp::container::bzimage::BzImage;
use acpihp::container::initrd::Compression;
use acpihp::container::kernel::{KernelError, KernelFormat, KernelImage};
use acpihp::container::pe::Pe;
use acpihp::container::vmlinux::Vmlinux;
use proptest::prelude::*;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const VERSION: &str = "6.1.5-made (a@b) #1 SMP Thu Jan 1";
const CONFIG: &str = "CONFIG_NUMA=y\nCONFIG_NODES_SHIFT=6\n";

fn program() -> Vec<u8> {
    vmlinux(&Made { version: VERSION, config: Some(CONFIG) })
}

fn open(bytes: &[u8]) -> Result<KernelImage, KernelError> {
    KernelImage::open(&bytes, 0, true)
}

#[test]
fn a_vmlinux_tells_version_place_and_configuration() {
    let kernel = open(&program()).unwrap();
    assert_eq!((kernel.format, kernel.in_uki), (KernelFormat::Vmlinux, false));
    assert_eq!((kernel.version.as_deref(), kernel.release()), (Some(VERSION), Some("6.1.5-made")));
    assert_eq!(kernel.config(), Some(CONFIG.as_bytes()));
    assert_eq!(kernel.place(), Some(TEXT..BSS.end));
    assert_eq!(kernel.room(), Some(2 << 20));
    let without = open(&vmlinux(&Made { version: "4.9", config: None })).unwrap();
    assert_eq!((without.release(), without.config()), (Some("4.9"), None));
}

#[test]
fn section_headers_are_no_must() {
    let mut bytes = program();
    bytes[60..62].copy_from_slice(&[0, 0]);
    let kernel = open(&bytes).unwrap();
    assert_eq!(kernel.place(), Some(TEXT..HEAP_END));
    bytes[60..62].copy_from_slice(&[0xff, 0xff]);
    assert_eq!(open(&bytes).unwrap().place(), Some(TEXT..HEAP_END));
}

#[test]
fn a_bzimage_tells_what_its_header_has_and_what_is_in_it() {
    let program = program();
    let bytes = bzimage(VERSION, &gzip(&program), program.len() + 3 * (1 << 20));
    let header = BzImage::open(&bytes.as_slice()).unwrap();
    assert_eq!((header.protocol, header.version.as_deref()), (0x20f, Some(VERSION)));
    assert_eq!((header.compression, header.preferred_address), (Some(Compression::Gzip), Some(TEXT)));
    assert_eq!((header.init_size, header.is_64_bit, header.relocatable), (Some(0x50_0000), Some(true), true));
    assert_eq!(header.alignment, Some(0x20_0000));
    assert!(bytes.len() as u64 - header.declared_len < 16);

    let kernel = open(&bytes).unwrap();
    assert_eq!(kernel.format, KernelFormat::BzImage(Some(Compression::Gzip)));
    assert_eq!((kernel.release(), kernel.unread.as_deref()), (Some("6.1.5-made"), None));
    assert_eq!((kernel.config(), kernel.place()), (Some(CONFIG.as_bytes()), Some(TEXT..BSS.end)));
    // What is unpacked, with relocations behind it, is more than the kernel takes.
    assert_eq!(kernel.room(), Some(4 << 20));
    let shallow = KernelImage::open(&bytes.as_slice(), 0, false).unwrap();
    assert_eq!((shallow.place(), shallow.config()), (None, None));
    assert_eq!(shallow.room(), Some(6 << 20), "what the header asks for");
}

#[test]
fn old_protocols_tell_less() {
    let mut bytes = bzimage(VERSION, &gzip(b"x"), 1);
    for (protocol, payload, init) in [(0x204u16, false, false), (0x208, true, false), (0x20a, true, true)] {
        bytes[0x206..0x208].copy_from_slice(&protocol.to_le_bytes());
        let header = BzImage::open(&bytes.as_slice()).unwrap();
        assert_eq!((header.payload.is_some(), header.init_size.is_some()), (payload, init), "{protocol:#x}");
        assert_eq!(header.version.as_deref(), Some(VERSION));
    }
    // A pointer that leads out of the first part leads nowhere.
    bytes[0x20e..0x210].copy_from_slice(&0xff00u16.to_le_bytes());
    assert_eq!(BzImage::open(&bytes.as_slice()).unwrap().version, None);
}

/// What a program makes of some bytes; `None` when it is not here.
fn packed(bytes: &[u8], program: &str, args: &[&str]) -> Option<Vec<u8>> {
    let child = Command::new(program).args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut child = child.ok()?;
    let mut input = child.stdin.take().unwrap();
    let bytes = bytes.to_vec();
    let writer = std::thread::spawn(move || input.write_all(&bytes));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    output.status.success().then_some(output.stdout)
}

#[test]
fn kernels_are_unpacked_as_the_kernel_s_build_packs_them() {
    let program = program();
    let formats: [(Compression, &str, &[&str]); 6] = [
        (Compression::Xz, "xz", &["--check=crc32", "--x86", "--lzma2=dict=32MiB"]),
        (Compression::Lzma, "xz", &["--format=lzma", "-9"]),
        (Compression::Zstd, "zstd", &["-22", "--ultra"]),
        (Compression::Lz4Legacy, "lz4", &["-l", "-9"]),
        (Compression::Bzip2, "bzip2", &["-9"]),
        (Compression::Lzo, "lzop", &["-9"]),
    ];
    for (format, tool, args) in formats {
        let Some(bytes) = packed(&program, tool, args) else {
            skip(tool, format_args!("{tool} is not here"));
            continue;
        };
        let kernel = open(&bzimage(VERSION, &bytes, program.len())).unwrap();
        assert_eq!(
            (kernel.format, kernel.release()),
            (KernelFormat::BzImage(Some(format)), Some("6.1.5-made"))
        );
        if cfg!(feature = "decompress") {
            assert_eq!(
                (kernel.unread.as_deref(), kernel.config()),
                (None, Some(CONFIG.as_bytes())),
                "{format}"
            );
            // The same, packed as a whole.
            let whole = open(&bytes).unwrap();
            assert_eq!((whole.format, whole.release()), (KernelFormat::Packed(format), Some("6.1.5-made")));
        } else {
            assert_eq!(kernel.unread.as_deref(), Some(format!("{format} data are not read").as_str()));
            assert!(open(&bytes).is_err());
        }
    }
}

#[test]
fn a_kernel_in_a_unified_kernel_image_is_found() {
    let image = bzimage(VERSION, &gzip(&program()), program().len());
    let bytes = uki(
        "257",
        &[(".linux", &image), (".profile", b"ID=a"), (".profile", b"ID=b"), (".linux", &program())],
    );
    let kernel = open(&bytes).unwrap();
    assert!(kernel.in_uki && kernel.format == KernelFormat::BzImage(Some(Compression::Gzip)));
    let second = KernelImage::open(&bytes.as_slice(), 1, true).unwrap();
    assert!(second.in_uki && second.format == KernelFormat::Vmlinux);
    assert!(matches!(KernelImage::open(&bytes.as_slice(), 2, true), Err(KernelError::Uki(_))));
    // One in another is none.
    let inner = uki("257", &[(".linux", &image)]);
    assert!(open(&uki("257", &[(".linux", &inner)])).is_err());
    assert!(open(&pe(&[Part(b".text", b"x", 0)])).is_err());
}

#[test]
fn what_is_no_kernel_is_told() {
    let told = |bytes: &[u8]| open(bytes).unwrap_err().to_string();
    assert!(told(b"").starts_with("no kernel: found the bytes "));
    assert!(
        told(b"hello, world").starts_with("no kernel: found the bytes 68 65 6c 6c 6f 2c 20 77, expected")
    );
    let mut arm = vec![0; 64];
    arm[56..60].copy_from_slice(b"ARM\x64");
    assert_eq!(told(&arm), "a kernel for arm64, and only x86-64 is known here");
    let mut other = vmlinux(&Made { version: "x", config: None });
    assert_eq!(told(&other), "an ELF file that is not a kernel: \"Linux version \" is nowhere in it");
    other[16] = 1;
    assert_eq!(
        told(&other),
        "an ELF file that is not a kernel: byte 16: found type 1, expected a program, type 2 or 3"
    );
    assert!(told(&gzip(b"something else")).contains("no ELF file"), "{}", told(&gzip(b"something else")));
}

#[test]
fn what_unpacks_to_too_much_is_left() {
    // More comes out than the image says.
    let program = program();
    let short = open(&bzimage(VERSION, &gzip(&program), program.len() / 2)).unwrap();
    let why = short.unread.unwrap();
    assert!(why.starts_with("the gzip data unpack to more than "), "{why}");
    // Zeros without end.
    let zeros = gzip(&vec![0; 300 << 20]);
    let bomb = open(&bzimage(VERSION, &zeros, u32::MAX as usize)).unwrap();
    let why = bomb.unread.unwrap();
    assert!(why.starts_with("the gzip data unpack to more than "), "{why}");
    assert!(matches!(open(&zeros), Err(KernelError::Unpack(_))));
    // A configuration of that kind is none.
    let mut made = program.clone();
    let config = gzip(&vec![b'x'; 40 << 20]);
    let at = made.windows(8).position(|part| part == b"IKCFG_ST").unwrap() + 8;
    made[at..at + config.len()].copy_from_slice(&config);
    made[at + config.len()..at + config.len() + 8].copy_from_slice(b"IKCFG_ED");
    assert_eq!(open(&made).unwrap().config(), None);
}

#[test]
fn a_bzimage_that_is_cut_off_has_what_is_there() {
    let bytes = bzimage(VERSION, &gzip(&program()), program().len());
    for len in (0..0x300).chain((0x300..bytes.len()).step_by(61)) {
        match open(&bytes[..len]) {
            Ok(kernel) => {
                assert!(len >= 0x208 && kernel.header.is_some());
                assert!(kernel.unread.is_some() || kernel.program.is_some());
            }
            Err(_) => assert!(len < 0x208, "{len:#x}"),
        }
    }
}

/// A kernel of a distribution: the one that the live test boots, or one that was unpacked below target/.
fn real_kernels() -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> =
        std::env::var_os("ACPIHP_LIVE_KERNEL").map(PathBuf::from).into_iter().collect();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("target/live-kernel")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                folders.push(path);
            } else if entry.file_name().to_string_lossy().starts_with("vmlinuz-") {
                found.push(path);
            }
        }
    }
    found
}

#[test]
fn real_kernels_are_what_other_programs_say() {
    let kernels = real_kernels();
    if kernels.is_empty() {
        return skip(
            "ACPIHP_LIVE_KERNEL",
            "no kernel of a distribution: set ACPIHP_LIVE_KERNEL, or let .ci/run fetch one",
        );
    }
    for path in kernels {
        let bytes = std::fs::read(&path).unwrap();
        let kernel = open(&bytes).unwrap();
        assert_eq!(kernel.unread, None, "{}", path.display());
        let version = kernel.version.clone().unwrap();
        if let Ok(output) = Command::new("file").arg("-bL").arg(&path).output() {
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            assert!(text.contains("bzImage") && text.contains(&format!("version {version},")), "{text}");
        }
        // The banner inside is that of the same build, and the kernel lies where its header says.
        let header = kernel.header.clone().unwrap();
        let program = kernel.program.clone().unwrap();
        assert!(program.banner.as_deref().unwrap().starts_with(&version[..version.find(')').unwrap()]));
        assert_eq!(Some(program.place.start), header.preferred_address);
        let unpacked = u64::from(header.unpacked_len.unwrap());
        let init_size = u64::from(header.init_size.unwrap());
        assert!(program.end - program.place.start <= init_size && unpacked <= init_size);
        assert!(kernel.room().unwrap() <= init_size.next_multiple_of(2 << 20));
        // readelf reads the same addresses out of the unpacked kernel.
        let (format, payload) = (header.compression.unwrap(), header.payload.clone().unwrap());
        let payload = &bytes[payload.start as usize..payload.end as usize - 4];
        let limits = acpihp::container::kernel::LIMITS;
        let elf = acpihp::container::vmlinux::unpacked(format, payload, 0, limits).unwrap();
        assert_eq!(Vmlinux::open(&elf.as_slice()).unwrap(), program);
        let folder = tempfile::tempdir().unwrap();
        let unpacked = folder.path().join("vmlinux");
        std::fs::write(&unpacked, &elf).unwrap();
        let Ok(output) = Command::new("readelf").args(["-SW"]).arg(&unpacked).output() else {
            skip("readelf", "readelf is not here");
            continue;
        };
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let bss = text.lines().find(|line| line.contains(" .bss ")).unwrap();
        let fields: Vec<&str> = bss.split(']').nth(1).unwrap().split_whitespace().collect();
        let hex = |field: &str| u64::from_str_radix(field, 16).unwrap();
        let end = hex(fields[2]) + hex(fields[4]);
        assert_eq!(program.place.end, end - 0xffff_ffff_8000_0000);
    }
}

#[test]
fn sections_of_a_kernel_that_firmware_starts_are_read() {
    // A bzImage is a PE file too where it has an EFI stub.
    for path in real_kernels() {
        let bytes = std::fs::read(&path).unwrap();
        let pe = Pe::open(bytes.as_slice()).unwrap();
        assert!(pe.sections.iter().any(|section| section.is_called(".setup") || section.is_called(".text")));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn changed_images_are_read_to_an_end(
        which in 0..3usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), any::<bool>()), 1..10),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut bytes = match which {
            0 => program(),
            1 => bzimage(VERSION, &gzip(&program()), program().len()),
            _ => uki("257", &[(".linux", &bzimage(VERSION, &gzip(&program()), program().len()))]),
        };
        for (place, value, in_head) in changes {
            let len = if in_head { 0x270 } else { bytes.len() };
            bytes[place.index(len)] = value;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let Ok(kernel) = open(&bytes) else { return Ok(()) };
        if let Some(program) = &kernel.program {
            prop_assert!(program.place.start <= program.place.end);
            prop_assert!(program.config.as_ref().is_none_or(|config| config.len() <= 16 << 20));
        }
        prop_assert!(kernel.room().is_none_or(|room| room > 0 && room % (2 << 20) == 0));
    }
}
