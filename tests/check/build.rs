//! Tables for the tests, made byte by byte.

/// Sets length and checksum of a table.
pub(crate) fn seal(mut table: Vec<u8>) -> Vec<u8> {
    let length = table.len() as u32;
    table[4..8].copy_from_slice(&length.to_le_bytes());
    resum(table)
}

/// Sets the checksum of a table.
pub(crate) fn resum(mut table: Vec<u8>) -> Vec<u8> {
    table[9] = 0;
    table[9] = 0u8.wrapping_sub(table.iter().fold(0, |sum, byte| sum.wrapping_add(*byte)));
    table
}

/// A table with this signature, revision and body.
pub(crate) fn table(signature: &[u8; 4], revision: u8, body: &[u8]) -> Vec<u8> {
    let head = [
        signature,
        &[0; 4][..],
        &[revision, 0],
        b"ACPIHP",
        b"TESTING ",
        &1u32.to_le_bytes(),
        b"AHP ",
        &[1, 0, 0, 0],
    ];
    seal([head.concat(), body.to_vec()].concat())
}

/// A SRAT of revision 3.
pub(crate) fn srat(entries: &[Vec<u8>]) -> Vec<u8> {
    let body = [&1u32.to_le_bytes()[..], &[0; 8], &entries.concat()].concat();
    table(b"SRAT", 3, &body)
}

/// The same SRAT with another revision.
pub(crate) fn revised(revision: u8, mut srat: Vec<u8>) -> Vec<u8> {
    srat[8] = revision;
    resum(srat)
}

/// A local APIC entry.
pub(crate) fn cpu(domain: u32, apic_id: u8) -> Vec<u8> {
    let [low, high @ ..] = domain.to_le_bytes();
    [&[0, 16, low, apic_id, 1, 0, 0, 0, 0][..], &high, &[0; 4]].concat()
}

/// An x2APIC entry.
pub(crate) fn x2apic(domain: u32, apic_id: u32) -> Vec<u8> {
    let [domain, id] = [domain, apic_id].map(u32::to_le_bytes);
    [&[2, 24, 0, 0][..], &domain, &id, &[1, 0, 0, 0], &[0; 8]].concat()
}

/// A GICC entry.
pub(crate) fn gicc(domain: u32, uid: u32) -> Vec<u8> {
    let [domain, uid] = [domain, uid].map(u32::to_le_bytes);
    [&[3, 18][..], &domain, &uid, &[1, 0, 0, 0], &[0; 4]].concat()
}

/// A generic initiator entry with a PCI handle.
pub(crate) fn initiator(domain: u32, flags: u32) -> Vec<u8> {
    let [domain, flags] = [domain, flags].map(u32::to_le_bytes);
    [&[5, 32, 0, 1][..], &domain, &[0; 16], &flags, &[0; 4]].concat()
}

pub(crate) const ENABLED: u32 = 1;
pub(crate) const HOT: u32 = 3;
pub(crate) const NON_VOLATILE: u32 = 5;

/// A memory entry.
pub(crate) fn memory(domain: u32, base: u64, length: u64, flags: u32) -> Vec<u8> {
    let (base, length) = (base.to_le_bytes(), length.to_le_bytes());
    let (domain, flags) = (domain.to_le_bytes(), flags.to_le_bytes());
    [&[1, 40][..], &domain, &[0; 2], &base, &length, &[0; 4], &flags, &[0; 8]].concat()
}

/// A SLIT with this matrix.
pub(crate) fn slit(localities: u64, matrix: &[u8]) -> Vec<u8> {
    table(b"SLIT", 1, &[&localities.to_le_bytes()[..], matrix].concat())
}

/// A MADT with local APICs of these ids.
pub(crate) fn madt(ids: &[u8]) -> Vec<u8> {
    let entries = ids.iter().flat_map(|id| [0, 8, *id, *id, 1, 0, 0, 0]);
    let body: Vec<u8> =
        [0xfee0_0000u32.to_le_bytes(), 1u32.to_le_bytes()].concat().into_iter().chain(entries).collect();
    table(b"APIC", 5, &body)
}

/// A FADT of fixed hardware with these addresses of the DSDT, and nothing else to find in it.
pub(crate) fn fadt(dsdt: u32, x_dsdt: u64) -> Vec<u8> {
    let mut body = vec![0; 240];
    let mut put = |at: usize, bytes: &[u8]| body[at - 36..at - 36 + bytes.len()].copy_from_slice(bytes);
    put(36, &0x6000u32.to_le_bytes());
    put(40, &dsdt.to_le_bytes());
    put(46, &9u16.to_le_bytes());
    put(48, &0xb2u32.to_le_bytes());
    put(52, &[0xf1, 0xf0]);
    put(56, &0x600u32.to_le_bytes());
    put(64, &0x604u32.to_le_bytes());
    put(76, &0x608u32.to_le_bytes());
    put(80, &0x620u32.to_le_bytes());
    put(88, &[4, 2, 0, 4, 16]);
    put(131, &[6]);
    put(140, &x_dsdt.to_le_bytes());
    table(b"FACP", 6, &body)
}

/// A MADT with these entries, which start at 44.
pub(crate) fn madt_of(entries: &[&[u8]]) -> Vec<u8> {
    table(b"APIC", 6, &[&0xfee0_0000u32.to_le_bytes()[..], &1u32.to_le_bytes(), &entries.concat()].concat())
}

/// An RSDP of revision 2.
pub(crate) fn rsdp(rsdt: u32, xsdt: u64) -> Vec<u8> {
    let mut bytes = [
        b"RSD PTR \0ACPIHP\x02",
        &rsdt.to_le_bytes()[..],
        &36u32.to_le_bytes(),
        &xsdt.to_le_bytes(),
        &[0; 4],
    ]
    .concat();
    bytes[8] = 0u8.wrapping_sub(bytes[..20].iter().fold(0, |sum, byte| sum.wrapping_add(*byte)));
    bytes[32] = 0u8.wrapping_sub(bytes.iter().fold(0, |sum, byte| sum.wrapping_add(*byte)));
    bytes
}

/// A machine of two domains, with nothing to find in it.
pub(crate) fn clean_srat() -> Vec<u8> {
    srat(&clean_entries())
}

/// The entries of [`clean_srat`], which start at 48, 64, 80, 120 and 160.
pub(crate) fn clean_entries() -> Vec<Vec<u8>> {
    vec![
        cpu(0, 0),
        cpu(1, 1),
        memory(0, 0, 0x8000_0000, ENABLED),
        memory(0, 0x1_0000_0000, 0x8000_0000, ENABLED),
        memory(1, 0x1_8000_0000, 0x1_0000_0000, HOT),
    ]
}

/// One entry of a newc archive, filled up to a multiple of 4.
pub(crate) fn entry(mode: u32, name: &[u8], data: &[u8]) -> Vec<u8> {
    let (size, name_size) = (data.len(), name.len() + 1);
    let head = format!("070701{:08x}{mode:08x}{:032x}{size:08x}{:032x}{name_size:08x}{:08x}", 1, 1, 0, 0);
    let mut out = [head.as_bytes(), name, b"\0"].concat();
    out.resize(out.len().next_multiple_of(4), 0);
    out.extend(data);
    out.resize(out.len().next_multiple_of(4), 0);
    out
}

/// A regular file of a newc archive.
pub(crate) fn file(name: &str, data: &[u8]) -> Vec<u8> {
    entry(0o100_644, name.as_bytes(), data)
}

pub(crate) fn trailer() -> Vec<u8> {
    entry(0, b"TRAILER!!!", b"")
}

/// A gzip member with these bytes, not compressed any smaller.
pub(crate) fn gzip(data: &[u8]) -> Vec<u8> {
    let length = (data.len() as u16).to_le_bytes();
    let inverse = length.map(|byte| !byte);
    let mut sum = flate2::Crc::new();
    sum.update(data);
    let trailer = [sum.sum(), sum.amount()].map(u32::to_le_bytes).concat();
    [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1][..], &length, &inverse, data, &trailer].concat()
}

/// An HMAT with one latency structure, which starts at 40.
pub(crate) fn hmat(initiators: &[u32], targets: &[u32]) -> Vec<u8> {
    let (rows, columns) = (initiators.len() as u32, targets.len() as u32);
    let length = 32 + 4 * (rows + columns) + 2 * rows * columns;
    let mut body = [&[0u8; 4][..], &[1, 0, 0, 0], &length.to_le_bytes(), &[0; 4]].concat();
    body.extend([rows, columns, 0].iter().flat_map(|number| number.to_le_bytes()));
    body.extend(1000u64.to_le_bytes());
    body.extend(initiators.iter().chain(targets).flat_map(|domain| domain.to_le_bytes()));
    body.extend(vec![100; 2 * (rows * columns) as usize]);
    table(b"HMAT", 2, &body)
}

/// A MSCT with this highest domain, and no structures.
pub(crate) fn msct(highest: u32) -> Vec<u8> {
    msct_of(highest, &[])
}

/// A MSCT with ranges of domains, which start at 56.
pub(crate) fn msct_of(highest: u32, ranges: &[(u32, u32)]) -> Vec<u8> {
    let mut body =
        [&56u32.to_le_bytes()[..], &highest.to_le_bytes(), &[0; 4], &u64::MAX.to_le_bytes()].concat();
    for (first, last) in ranges {
        body.extend(
            [&[1, 22][..], &first.to_le_bytes(), &last.to_le_bytes(), &[8, 0, 0, 0], &[0; 8]].concat(),
        );
    }
    table(b"MSCT", 1, &body)
}

/// A FACS with these flags.
pub(crate) fn facs(flags: u8) -> Vec<u8> {
    let mut bytes = [b"FACS".as_slice(), &64u32.to_le_bytes(), &[0; 56]].concat();
    bytes[20] = flags;
    bytes
}
