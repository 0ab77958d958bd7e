//! Stage 4, after the SRAT: distances between nodes (SLIT), and windows of memory on CXL (CEDT).

use super::srat::{Block, NumaInfo};
use crate::boot::kernel::release::{Change, Release};
use crate::bytes::{u8_at, u16_at, u64_at};
use crate::memory::range::overlap;
use crate::table::slit::Slit;
use crate::table::{HEADER_LEN, Header};
use std::ops::Range;

impl NumaInfo {
    /// Whether Linux takes the SLIT, and how many distances it allocates.
    ///
    /// # Kernel
    /// `slit_valid` and `acpi_numa_slit_init` in drivers/acpi/numa/srat.c; `numa_alloc_distance` beside numa_meminfo.
    pub(super) fn read_slit(&mut self, slit: &[u8]) {
        let slit = Slit::parse(slit).ok();
        let Some(rows) = slit.as_ref().and_then(Slit::rows) else {
            self.slit_refused = true;
            return;
        };
        let count = rows.len();
        let good = |(row, distances): (usize, &[u8])| {
            distances.iter().enumerate().all(
                |(column, distance)| {
                    if row == column { *distance == 10 } else { *distance > 10 }
                },
            )
        };
        self.slit_refused = !rows.enumerate().all(good);
        let known = (0..count.min(self.domains.limits.max_pxm() as usize))
            .filter_map(|pxm| self.domains.node(u32::try_from(pxm).ok()?));
        if !self.slit_refused && known.count() > 0 {
            let nodes = self.parsed.iter().copied().chain(self.blocks.iter().map(|block| block.node));
            let count = nodes.max().map_or(0, |node| u64::from(node) + 1);
            self.distance_len = count * count;
        }
    }

    /// CXL fixed memory windows fill gaps of blocks that they overlap, or become nodes of their own.
    ///
    /// # Kernel
    /// `acpi_parse_cfmws` in drivers/acpi/numa/srat.c, `numa_fill_memblks`; 5.17 and newer.
    pub(super) fn read_windows(&mut self, cedt: &[u8], release: &Release) {
        let length = Header::parse(cedt).map_or(0, |header| header.length as usize).min(cedt.len());
        let mut fake_pxm = self.domains.largest().map_or(0, |largest| largest + 1);
        let mut at = HEADER_LEN;
        while at + 4 <= length {
            let len = usize::from(u16_at(cedt, at + 2).unwrap_or(0));
            if len == 0 {
                return;
            }
            let window = (u8_at(cedt, at) == Some(1) && len >= 24)
                .then(|| Some((u64_at(cedt, at + 8)?, u64_at(cedt, at + 16)?)))
                .flatten()
                .and_then(|(base, size)| base.checked_add(size).map(|end| base..end))
                .filter(|window| !window.is_empty());
            at += len;
            let Some(window) = window else { continue };
            if release.has(Change::CFMWS_RESERVED) {
                let lowest = 1 << (window.start | window.end).trailing_zeros();
                if lowest >= 256 << 20 {
                    self.block_size_advice =
                        Some(self.block_size_advice.map_or(lowest, |size| size.min(lowest)));
                }
            }
            if self.fill(&window) {
                continue;
            }
            let Some(node) = self.domains.map(fake_pxm) else { return };
            fake_pxm += 1;
            let blocks = if release.has(Change::CFMWS_RESERVED) {
                &mut self.reserved_blocks
            } else {
                &mut self.blocks
            };
            blocks.push(Block { node, range: window });
            self.parsed.insert(node);
        }
    }

    /// Stretches the blocks that overlap a window until they cover it: whether there are any.
    fn fill(&mut self, window: &Range<u64>) -> bool {
        let mut inside: Vec<&mut Block> =
            self.blocks.iter_mut().filter(|block| overlap(&block.range, window).is_some()).collect();
        inside.sort_by_key(|block| block.range.start);
        let last = inside.len();
        let mut reached: Option<u64> = None;
        for (position, block) in inside.iter_mut().enumerate() {
            match reached {
                None => block.range.start = block.range.start.min(window.start),
                Some(end) if end < block.range.start => block.range.start = end,
                Some(_) => {}
            }
            reached = Some(reached.unwrap_or(0).max(block.range.end));
            if position + 1 == last {
                block.range.end = block.range.end.max(window.end);
            }
        }
        last > 0
    }
}
