//! The beginning of what is compressed with gzip: enough to see which archive is inside.

use crate::bytes::{bytes_at, u8_at, u16_at};
use flate2::{Decompress, FlushDecompress};

const EXTRA: u8 = 4;
const NAME: u8 = 8;
const COMMENT: u8 = 16;
const HEADER_SUM: u8 = 2;

/// Up to `limit` bytes of what the gzip member at the start of `bytes` holds; `None` when it is none. A member that is
/// damaged gives what comes before the damage.
///
/// # Spec
/// RFC 1952.
pub fn head(bytes: &[u8], limit: usize) -> Option<Vec<u8>> {
    let compressed = bytes.get(data_at(bytes)?..)?;
    let mut out = vec![0; limit];
    let mut inflate = Decompress::new(false);
    // Whatever the status: what was written counts.
    let _ = inflate.decompress(compressed, &mut out, FlushDecompress::Finish);
    out.truncate(usize::try_from(inflate.total_out()).unwrap_or(limit).min(limit));
    Some(out)
}

/// Where the compressed data begin.
pub(super) fn data_at(bytes: &[u8]) -> Option<usize> {
    if bytes_at(bytes, 0, 3)? != [0x1f, 0x8b, 8] {
        return None;
    }
    let flags = u8_at(bytes, 3)?;
    let mut at = 10;
    if flags & EXTRA != 0 {
        at += 2 + usize::from(u16_at(bytes, at)?);
    }
    for text in [NAME, COMMENT] {
        if flags & text != 0 {
            at += bytes.get(at..)?.iter().position(|byte| *byte == 0)? + 1;
        }
    }
    if flags & HEADER_SUM != 0 {
        at += 2;
    }
    (at <= bytes.len()).then_some(at)
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)]
mod tests {
    use super::*;
    use flate2::{Compress, FlushCompress};

    fn gzip(head: &[u8], data: &[u8]) -> Vec<u8> {
        let mut body = vec![0; data.len() + 64];
        let mut deflate = Compress::new(flate2::Compression::default(), false);
        deflate.compress(data, &mut body, FlushCompress::Finish).unwrap();
        body.truncate(deflate.total_out() as usize);
        [head, &body, &[0; 8]].concat()
    }

    #[test]
    fn the_head_of_a_member_is_read() {
        let data: Vec<u8> = (0..5000u32).flat_map(u32::to_le_bytes).collect();
        let plain = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
        let named =
            [&[0x1f, 0x8b, 8, 0x1e, 0, 0, 0, 0, 0, 3, 2, 0, 1, 2][..], b"a\0", b"b\0", &[9, 9]].concat();
        for header in [&plain[..], &named] {
            let packed = gzip(header, &data);
            assert_eq!(head(&packed, 100).unwrap(), &data[..100]);
            assert_eq!(head(&packed, 1 << 20).unwrap(), data);
            for end in 0..header.len() {
                assert_eq!(head(&packed[..end], 100).unwrap_or_default(), b"");
            }
            assert!(head(&packed[..packed.len() / 2], 1 << 20).unwrap().len() < data.len());
        }
        assert_eq!(head(b"\x28\xb5\x2f\xfd", 100), None);
    }
}
