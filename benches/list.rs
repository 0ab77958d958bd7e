//! How fast tables are read and written inside the process, in bytes of the input a second.
#![allow(clippy::indexing_slicing)]

use acpihp::container::{acpidump, raw};
use divan::Bencher;
use divan::counter::BytesCount;

fn main() {
    divan::main();
}

/// Tables of a machine of common size: one of 64 KiB, thirty of 4 KiB; about 650 KB of text.
fn tables() -> Vec<Vec<u8>> {
    let table = |signature: &[u8; 4], length: usize| {
        let header =
            [signature, &(length as u32).to_le_bytes()[..], b"\x02\0ACPIHPEXAMPLE \x01\0\0\0AHP \x01\0\0\0"];
        let mut table = header.concat();
        table.extend((table.len()..length).map(|index| ((index * 151) >> 3) as u8));
        table
    };
    std::iter::once(table(b"DSDT", 64 << 10)).chain((0..30).map(|_| table(b"SSDT", 4 << 10))).collect()
}

fn text() -> Vec<u8> {
    let mut text = Vec::new();
    tables().iter().for_each(|table| acpidump::write(&mut text, table, 0, table));
    text
}

#[divan::bench]
fn read_acpidump_text(bencher: Bencher) {
    let text = text();
    bencher.counter(BytesCount::of_slice(&text)).bench(|| acpidump::read(divan::black_box(&text)));
}

#[divan::bench]
fn read_acpidump_text_with_cr_lf(bencher: Bencher) {
    let text = String::from_utf8(text()).unwrap().replace('\n', "\r\n").into_bytes();
    bencher.counter(BytesCount::of_slice(&text)).bench(|| acpidump::read(divan::black_box(&text)));
}

#[divan::bench]
fn write_acpidump_text(bencher: Bencher) {
    let tables = tables();
    bencher.counter(BytesCount::new(tables.iter().map(Vec::len).sum::<usize>())).bench(|| {
        let mut text = Vec::new();
        divan::black_box(&tables).iter().for_each(|table| acpidump::write(&mut text, table, 0, table));
        text
    });
}

#[divan::bench]
fn divide_binary_tables(bencher: Bencher) {
    let bytes = tables().concat();
    bencher.counter(BytesCount::of_slice(&bytes)).bench(|| raw::split(divan::black_box(&bytes)));
}
