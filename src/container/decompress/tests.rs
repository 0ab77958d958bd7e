//! Decoders over what tools packed, damage and bombs.

#![allow(clippy::indexing_slicing)]

use super::*;
use crate::container::initrd::extent::samples;
use flate2::{Compress, FlushCompress, Status};

/// A gzip member; its header with a name or without.
fn gzip(data: &[u8], name: &[u8]) -> Vec<u8> {
    let mut body = vec![0; data.len() / 2 + 4096];
    let mut deflate = Compress::new(flate2::Compression::fast(), false);
    assert_eq!(deflate.compress(data, &mut body, FlushCompress::Finish).unwrap(), Status::StreamEnd);
    body.truncate(deflate.total_out() as usize);
    let flags = if name.is_empty() { 0 } else { 8 };
    [&[0x1f, 0x8b, 8, flags, 0, 0, 0, 0, 0, 3][..], name, &body, &[0; 8]].concat()
}

fn unpack(
    format: Compression,
    bytes: &[u8],
    at: u64,
    limits: Limits,
) -> Result<(Vec<u8>, Option<u64>), UnpackError> {
    let mut unpacker = Unpacker::open(format, bytes, at, limits)?;
    let (mut out, mut buffer) = (Vec::new(), [0; 1000]);
    loop {
        let len = unpacker.read(&mut buffer)?;
        out.extend(&buffer[..len]);
        if len < buffer.len() {
            return Ok((out, unpacker.end()));
        }
    }
}

#[test]
fn what_the_tools_packed_comes_out() {
    for (format, bytes) in samples::all() {
        let all = [b"123", &bytes[..], &[0; 7]].concat();
        let result = unpack(format, &all, 3, Limits::default());
        let is_read = cfg!(feature = "decompress") && format != Compression::Lz4;
        match is_read {
            true => assert_eq!(result.unwrap().0, samples::TEXT.repeat(30).as_bytes(), "{format}"),
            false => assert_eq!(result, Err(UnpackError::Unsupported(format))),
        }
    }
}

#[test]
fn a_gzip_member_tells_its_end() {
    let data: Vec<u8> = (0..300_000u32).flat_map(|number| (number / 7).to_le_bytes()).collect();
    let member = gzip(&data, b"name\0");
    let all = [&[7; 9][..], &member, b"070701"].concat();
    let (out, end) = unpack(Compression::Gzip, &all, 9, Limits::default()).unwrap();
    assert!(out == data && end == Some(9 + member.len() as u64));
    for len in [0, 5, 12, 100, member.len() / 2] {
        let result = unpack(Compression::Gzip, &member[..len], 0, Limits::default());
        assert!(matches!(result, Err(UnpackError::Damaged { .. })), "{len}");
    }
    let empty = gzip(b"", b"");
    assert_eq!(
        unpack(Compression::Gzip, &empty, 0, Limits::default()),
        Ok((vec![], Some(empty.len() as u64)))
    );
}

#[test]
fn bombs_are_stopped() {
    let zeros = gzip(&vec![0; 80 << 20], b"");
    let stop = |limits| unpack(Compression::Gzip, &zeros, 0, limits).map(|(out, _)| out.len()).unwrap_err();
    let limits = Limits { ratio: 20, ..Limits::default() };
    // What was read by then counts, and all that is there at most.
    let most = FREE + 20 * zeros.len() as u64;
    let error = stop(limits);
    let is_stopped = matches!(error, UnpackError::TooMuch { format: Compression::Gzip, limit } if limit > FREE && limit <= most);
    assert!(is_stopped, "{error}");
    let limits = Limits { bytes: 1 << 20, ratio: 200 };
    assert_eq!(stop(limits), UnpackError::TooMuch { format: Compression::Gzip, limit: 1 << 20 });
}

#[cfg(feature = "decompress")]
#[test]
fn bombs_of_other_formats_are_stopped_too() {
    // 4096 blocks that say "this byte 131072 times".
    let block = [0x02, 0, 0x10, 0];
    let bomb = [&[0x28, 0xb5, 0x2f, 0xfd, 0, 0x58][..], &block.repeat(4096)].concat();
    let result = unpack(Compression::Zstd, &bomb, 0, Limits::default());
    assert!(matches!(result, Err(UnpackError::TooMuch { .. })), "{:?}", result.map(|(out, _)| out.len()));
    // Promises of windows and dictionaries that nobody has the memory for.
    let window = [0x28, 0xb5, 0x2f, 0xfd, 0, 0xff, 1, 0, 0];
    assert!(matches!(
        unpack(Compression::Zstd, &window, 0, Limits::default()),
        Err(UnpackError::Damaged { .. })
    ));
    let dictionary = [&[0x5d, 0xff, 0xff, 0xff, 0xff][..], &[0xff; 8], &[0; 20]].concat();
    let result = unpack(Compression::Lzma, &dictionary, 0, Limits::default());
    assert!(matches!(result, Err(UnpackError::Damaged { .. })), "{result:?}");
}

#[cfg(feature = "decompress")]
#[test]
fn the_start_of_a_long_frame_comes_out_as_it_is() {
    // 100 blocks of 100,000 bytes that are not compressed, a window of 8 MiB.
    let header = |last: bool| ((100_000u32 << 3) | u32::from(last)).to_le_bytes();
    let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0, 0x68];
    for block in 0..100u8 {
        frame.extend(&header(block == 99)[..3]);
        frame.extend(vec![block; 100_000]);
    }
    for bytes in [1, 100_000, 131_072, 131_073, 1 << 20] {
        let limits = Limits { bytes, ratio: 200 };
        let mut unpacker = Unpacker::open_start(Compression::Zstd, frame.as_slice(), 0, limits).unwrap();
        let (mut out, mut buffer) = (Vec::<u8>::new(), [0; 1000]);
        let error = loop {
            match unpacker.read_some(&mut buffer) {
                Ok(0) => panic!("{bytes}: {} came out, and then the end", out.len()),
                Ok(len) => out.extend(&buffer[..len]),
                Err(error) => break error,
            }
        };
        assert!(matches!(error, UnpackError::TooMuch { .. }), "{error}");
        assert!(out.iter().enumerate().all(|(at, byte)| usize::from(*byte) == at / 100_000));
        // Blocks are counted as if each were full.
        assert!(
            out.len() as u64 + 1000 >= bytes.min(bytes.div_ceil(131_072) * 100_000),
            "{bytes}: {}",
            out.len()
        );
    }
    let all = unpack(Compression::Zstd, &frame, 0, Limits::default()).unwrap().0;
    assert_eq!(all.len(), 10_000_000);
}

#[cfg(feature = "decompress")]
#[test]
fn all_comes_out_of_blocks_that_are_not_full() {
    // Encoders split blocks for better codes: 300 blocks here, where 3 would do.
    let header = |last: bool| ((1000u32 << 3) | u32::from(last)).to_le_bytes();
    let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0, 0x68];
    for block in 0..300u16 {
        frame.extend(&header(block == 299)[..3]);
        frame.extend(vec![block.to_le_bytes()[0]; 1000]);
    }
    let limits = Limits { bytes: 300_000, ..Limits::default() };
    let all = unpack(Compression::Zstd, &frame, 0, limits).unwrap().0;
    assert_eq!(all.len(), 300_000);
    let less = Limits { bytes: 299_999, ..limits };
    let error = unpack(Compression::Zstd, &frame, 0, less).unwrap_err();
    assert!(matches!(error, UnpackError::TooMuch { limit: 299_999, .. }), "{error}");
}

#[test]
fn damage_is_an_error_and_never_a_panic() {
    for (format, bytes) in samples::all() {
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0xff;
            let _ = unpack(format, &damaged, 0, Limits::default());
            let _ = unpack(format, &damaged[..at], 0, Limits::default());
        }
    }
}
