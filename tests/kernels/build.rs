//! What the tests are made of: PE files, and unified kernel images of them.

/// A section: its name, its bytes, and how many more zeros it has in memory.
pub(crate) struct Part<'a>(pub(crate) &'a [u8], pub(crate) &'a [u8], pub(crate) u32);

/// A PE file for x86-64 whose sections stand at multiples of 512, as they do in the file that linkers and ukify write.
pub(crate) fn pe(sections: &[Part<'_>]) -> Vec<u8> {
    const ALIGN: usize = 512;
    let mut out = b"MZ".to_vec();
    out.resize(60, 0);
    out.extend(0x80u32.to_le_bytes());
    out.resize(0x80, 0);
    out.extend(b"PE\0\0\x64\x86");
    out.extend((sections.len() as u16).to_le_bytes());
    out.extend([0; 12]);
    out.extend([240, 0, 0x2e, 0x02]);
    // PE32+: entry, base, alignments, sizes, an EFI application.
    let mut optional = vec![0x0b, 0x02];
    optional.resize(240, 0);
    let headers = (out.len() + optional.len() + sections.len() * 40).next_multiple_of(ALIGN);
    let put = |optional: &mut Vec<u8>, at: usize, value: &[u8]| {
        optional[at..at + value.len()].copy_from_slice(value)
    };
    put(&mut optional, 24, &0x1_4000_0000u64.to_le_bytes());
    put(&mut optional, 32, &(ALIGN as u32).to_le_bytes());
    put(&mut optional, 36, &(ALIGN as u32).to_le_bytes());
    put(&mut optional, 60, &(headers as u32).to_le_bytes());
    put(&mut optional, 68, &10u16.to_le_bytes());
    put(&mut optional, 108, &16u32.to_le_bytes());
    let (mut file, mut address, mut table) = (headers, headers.next_multiple_of(4096), Vec::new());
    for Part(name, data, zeros) in sections {
        let mut name = name.to_vec();
        name.resize(8, 0);
        table.extend(name);
        let memory = data.len() as u32 + zeros;
        let raw = data.len().next_multiple_of(ALIGN);
        for number in [memory, address as u32, raw as u32, file as u32, 0, 0, 0, 0x4000_0040] {
            table.extend(number.to_le_bytes());
        }
        file += raw;
        address = (address + memory as usize).next_multiple_of(ALIGN);
    }
    put(&mut optional, 56, &(address as u32).to_le_bytes());
    out.extend(optional);
    out.extend(table);
    for Part(_, data, _) in sections {
        // What fills sections up is not theirs.
        out.resize(out.len().next_multiple_of(ALIGN), 0xaa);
        out.extend(*data);
    }
    out.resize(out.len().next_multiple_of(ALIGN), 0xaa);
    out
}

/// A unified kernel image with a stub of this version in front of the sections.
pub(crate) fn uki(stub: &str, sections: &[(&str, &[u8])]) -> Vec<u8> {
    let magic = format!("#### LoaderInfo: systemd-stub {stub} ####\0");
    let mut parts = vec![Part(b".text", b"\xc3", 0), Part(b".sdmagic", magic.as_bytes(), 0)];
    parts.extend(sections.iter().map(|(name, data)| Part(name.as_bytes(), data, 0)));
    pe(&parts)
}

/// An override archive with one table of this signature, whose checksum holds.
pub(crate) fn archive(name: &str, signature: &[u8; 4]) -> Vec<u8> {
    use acpihp::container::cpio::build::{File, build};
    let mut table = signature.to_vec();
    table.extend(48u32.to_le_bytes());
    table.extend([1, 0]);
    table.extend(b"MADE  MADETEST\x02\0\0\0TEST\x01\0\0\0");
    table.extend([0; 12]);
    table[9] = 0u8.wrapping_sub(acpihp::bytes::sum8(&table));
    build(&[File { name, data: &table }], 0).unwrap().bytes
}

/// What a kernel is made of.
pub(crate) struct Made<'a> {
    /// The text behind `Linux version `, and the one that a bzImage's header tells.
    pub(crate) version: &'a str,
    /// The configuration that it carries.
    pub(crate) config: Option<&'a str>,
}

/// Where the made kernel lies: text and data, `.bss` behind them, and the early heap.
pub(crate) const TEXT: u64 = 0x100_0000;
pub(crate) const BSS: std::ops::Range<u64> = 0x101_0000..0x101_8000;
pub(crate) const HEAP_END: u64 = 0x101_b000;

pub(crate) fn gzip(data: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

/// A kernel as an ELF program for x86-64: one piece that is loaded, with `.bss` and `.brk` at its end.
pub(crate) fn vmlinux(made: &Made<'_>) -> Vec<u8> {
    let mut data = vec![0xcc; 0x1000];
    // A banner that is none in front of the real one.
    data.extend(b"Linux version %s\0Linux version ");
    data.extend(made.version.as_bytes());
    data.extend(b"\n\0");
    if let Some(config) = made.config {
        data.extend(b"IKCFG_ST");
        data.extend(gzip(config.as_bytes()));
        data.extend(b"IKCFG_ED");
    }
    assert!(data.len() < 0x1_0000);
    data.resize(0x1_0000, 0xcc);
    let names = b"\0.text\0.bss\0.brk\0.shstrtab\0";
    let (data_at, names_at) = (0x1000u64, 0x1_1000u64);
    let sections_at = (names_at + names.len() as u64).next_multiple_of(8);
    let virt = |physical: u64| 0xffff_ffff_8000_0000 + physical;
    let mut out = b"\x7fELF\x02\x01\x01".to_vec();
    out.resize(16, 0);
    out.extend([2, 0, 62, 0, 1, 0, 0, 0]);
    for number in [TEXT, 64, sections_at] {
        out.extend(number.to_le_bytes());
    }
    out.extend([0, 0, 0, 0, 64, 0, 56, 0, 1, 0, 64, 0, 5, 0, 4, 0]);
    out.extend([1, 0, 0, 0, 7, 0, 0, 0]);
    for number in [data_at, virt(TEXT), TEXT, data.len() as u64, HEAP_END - TEXT, 0x1000] {
        out.extend(number.to_le_bytes());
    }
    out.resize(data_at as usize, 0);
    out.extend(&data);
    out.extend(names);
    out.resize(sections_at as usize, 0);
    // Name, type, flags, address, offset, size.
    let sections: [(u32, u32, u64, u64, u64); 5] = [
        (0, 0, 0, 0, 0),
        (1, 1, virt(TEXT), data_at, data.len() as u64),
        (7, 8, virt(BSS.start), names_at, BSS.end - BSS.start),
        (12, 8, virt(BSS.end), names_at, HEAP_END - BSS.end),
        (17, 3, 0, names_at, names.len() as u64),
    ];
    for (name, kind, address, offset, size) in sections {
        out.extend(name.to_le_bytes());
        out.extend(kind.to_le_bytes());
        for number in [3, address, offset, size, 0, 1, 0] {
            out.extend(u64::to_le_bytes(number));
        }
    }
    out
}

/// A bzImage around a packed kernel; `unpacked_len` stands behind it.
pub(crate) fn bzimage(version: &str, packed: &[u8], unpacked_len: usize) -> Vec<u8> {
    const SECTORS: u8 = 4;
    let setup_len = (usize::from(SECTORS) + 1) * 512;
    let payload = [packed, &(unpacked_len as u32).to_le_bytes()].concat();
    let payload_at = 0x100;
    let mut out = vec![0; setup_len + payload_at];
    let mut put = |at: usize, value: &[u8]| out[at..at + value.len()].copy_from_slice(value);
    put(0, b"MZ");
    put(0x1f1, &[SECTORS]);
    put(0x1f4, &(((payload_at + payload.len()) as u32).div_ceil(16)).to_le_bytes());
    put(0x1fe, &[0x55, 0xaa]);
    put(0x202, b"HdrS\x0f\x02");
    put(0x20e, &0x200u16.to_le_bytes());
    put(0x230, &0x20_0000u32.to_le_bytes());
    put(0x234, &[1]);
    put(0x236, &[1, 0]);
    put(0x248, &(payload_at as u32).to_le_bytes());
    put(0x24c, &(payload.len() as u32).to_le_bytes());
    put(0x258, &TEXT.to_le_bytes());
    put(0x260, &0x50_0000u32.to_le_bytes());
    put(0x400, version.as_bytes());
    out.extend(payload);
    out.resize(out.len().next_multiple_of(16), 0);
    out
}
