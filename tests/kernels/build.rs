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
