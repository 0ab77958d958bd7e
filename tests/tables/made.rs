//! Tables of every kind that has a field list, made byte by byte: every field holds another value.
#![allow(dead_code)] // Not every test needs every table.

/// Sets length and checksum of a table with the common header.
pub(crate) fn seal(mut table: Vec<u8>) -> Vec<u8> {
    let length = table.len() as u32;
    table[4..8].copy_from_slice(&length.to_le_bytes());
    table[9] = 0;
    table[9] = 0u8.wrapping_sub(table.iter().fold(0, |sum, byte| sum.wrapping_add(*byte)));
    table
}

/// A table with the common header.
pub(crate) fn table(signature: &[u8; 4], revision: u8, body: &[u8]) -> Vec<u8> {
    let oem = b"ACPIHPTESTING \x11\x22\x33\x44AHP \x01\x02\x03\x04";
    seal([signature.as_slice(), &[0; 4], &[revision, 0], oem, body].concat())
}

/// `len` bytes that all differ from their neighbours.
pub(crate) fn pattern(len: usize) -> Vec<u8> {
    (0..len).map(|at| (at as u8).wrapping_mul(29).wrapping_add(3)).collect()
}

/// An entry with a type and a length byte, its body a pattern.
pub(crate) fn entry(kind: u8, length: u8) -> Vec<u8> {
    [&[kind, length], &pattern(usize::from(length) - 2)[..]].concat()
}

/// An SRAT with one entry of each type.
pub(crate) fn srat() -> Vec<u8> {
    let lengths = [16, 40, 24, 18, 12, 32, 32, 20];
    let entries: Vec<u8> = (0..).zip(lengths).flat_map(|(kind, length)| entry(kind, length)).collect();
    table(b"SRAT", 3, &[&1u32.to_le_bytes()[..], &[0; 8], &entries].concat())
}

/// An SRAT with these entries.
pub(crate) fn srat_of(revision: u8, entries: &[Vec<u8>]) -> Vec<u8> {
    table(b"SRAT", revision, &[&1u32.to_le_bytes()[..], &[0; 8], &entries.concat()].concat())
}

/// A memory affinity entry.
pub(crate) fn memory(pxm: u32, base: u64, length: u64, flags: u32) -> Vec<u8> {
    let (base, length) = (base.to_le_bytes(), length.to_le_bytes());
    [&[1, 40][..], &pxm.to_le_bytes(), &[0; 2], &base, &length, &[0; 4], &flags.to_le_bytes(), &[0; 8]]
        .concat()
}

/// A local APIC affinity entry.
pub(crate) fn cpu(pxm: u32, apic_id: u8, flags: u32) -> Vec<u8> {
    let [low, high @ ..] = pxm.to_le_bytes();
    [&[0, 16, low, apic_id][..], &flags.to_le_bytes(), &[0], &high, &[0; 4]].concat()
}

/// An SRAT with one memory entry.
pub(crate) fn srat_memory(pxm: u32, base: u64, length: u64, flags: u32) -> Vec<u8> {
    srat_of(3, &[memory(pxm, base, length, flags)])
}

/// A SLIT of three domains.
pub(crate) fn slit() -> Vec<u8> {
    table(b"SLIT", 1, &[&3u64.to_le_bytes()[..], &[10, 20, 30, 21, 10, 40, 31, 41, 10]].concat())
}

/// A MADT with one entry of each type that the installed iasl may know.
pub(crate) fn madt() -> Vec<u8> {
    let mut body = pattern(8);
    let lengths = [8, 12, 10, 8, 6, 12, 16, 0, 16, 16, 12, 80, 24, 24, 16, 20];
    for (kind, length) in (0..).zip(lengths) {
        match kind {
            7 => {
                body.extend([7, 22]);
                body.extend(pattern(14));
                body.extend(b"\\CPU0\0");
            }
            _ => body.extend(entry(kind, length)),
        }
    }
    table(b"APIC", 5, &body)
}

/// A MADT with one entry of each type that came later.
pub(crate) fn madt_late() -> Vec<u8> {
    let lengths = [24, 15, 23, 21, 13, 19, 17, 14, 36, 16, 36, 36, 32, 16, 24];
    let entries: Vec<u8> = (16..).zip(lengths).flat_map(|(kind, length)| entry(kind, length)).collect();
    table(b"APIC", 7, &[pattern(8), entry(11, 82), entries, entry(0xc0, 9)].concat())
}

/// An HMAT with each structure: two initiators, three targets, two SMBIOS handles.
pub(crate) fn hmat() -> Vec<u8> {
    let head = |kind: u16, length: usize| {
        [&kind.to_le_bytes()[..], &[0; 2], &(length as u32).to_le_bytes()].concat()
    };
    let counts = [&2u32.to_le_bytes()[..], &3u32.to_le_bytes()].concat();
    let domain = [head(0, 40), pattern(32)].concat();
    let body = [pattern(4), counts, pattern(12), pattern(2 * 4 + 3 * 4 + 2 * 3 * 2)].concat();
    let locality = [head(1, 8 + body.len()), body].concat();
    let cache = [head(2, 36), pattern(22), vec![2, 0], pattern(4)].concat();
    table(b"HMAT", 2, &[vec![0; 4], domain, locality, cache].concat())
}

/// An MSCT with two domain structures.
pub(crate) fn msct() -> Vec<u8> {
    table(b"MSCT", 1, &[&56u32.to_le_bytes()[..], &pattern(16), &entry(1, 22), &entry(1, 22)].concat())
}

/// A FADT of this length and revision.
pub(crate) fn fadt(revision: u8, len: usize) -> Vec<u8> {
    table(b"FACP", revision, &pattern(len - 36))
}

/// A FACS.
pub(crate) fn facs() -> Vec<u8> {
    [b"FACS".as_slice(), &64u32.to_le_bytes(), &pattern(56)].concat()
}

/// An S3PT with both records.
pub(crate) fn s3pt() -> Vec<u8> {
    let record =
        |kind: u8, length: u8| [&[kind, 0, length, 1], &pattern(usize::from(length) - 4)[..]].concat();
    [b"S3PT".as_slice(), &52u32.to_le_bytes(), &record(0, 24), &record(1, 20)].concat()
}

/// An RSDP of revision 2 with both sums right.
pub(crate) fn rsdp() -> Vec<u8> {
    let mut table =
        [b"RSD PTR \0ACPIHP\x02".as_slice(), &pattern(4), &36u32.to_le_bytes(), &pattern(8), &[0; 4]]
            .concat();
    for (at, len) in [(8, 20), (32, 36)] {
        table[at] = 0u8.wrapping_sub(table[..len].iter().fold(0, |sum, byte| sum.wrapping_add(*byte)));
    }
    table
}

/// One of each, by signature; several where it matters.
pub(crate) fn all() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("SRAT", srat()),
        ("SLIT", slit()),
        ("APIC", madt()),
        ("APIC late", madt_late()),
        ("HMAT", hmat()),
        ("MSCT", msct()),
        ("FACP", fadt(6, 276)),
        ("FACP old", fadt(1, 116)),
        ("FACS", facs()),
        ("RSDT", table(b"RSDT", 1, &pattern(12))),
        ("XSDT", table(b"XSDT", 1, &pattern(24))),
        ("RSDP", rsdp()),
        ("S3PT", s3pt()),
    ]
}
