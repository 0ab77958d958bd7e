//! Proximity domains and the numbers of their nodes.

use crate::boot::kernel::build::NodeLimits;

/// Which node each proximity domain becomes. Numbers are handed out on first sight, the lowest free one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DomainMap {
    nodes: Vec<Option<u32>>,
    domains: Vec<u32>,
    pub(super) limits: NodeLimits,
}

impl DomainMap {
    /// No domain has a node yet.
    pub(super) fn new(limits: NodeLimits) -> DomainMap {
        DomainMap { limits, ..DomainMap::default() }
    }

    pub(super) fn map(&mut self, pxm: u32) -> Option<u32> {
        let slot = usize::try_from(pxm).ok().filter(|_| pxm < self.limits.max_pxm())?;
        if self.nodes.len() <= slot {
            self.nodes.resize(slot + 1, None);
        }
        let next = u32::try_from(self.domains.len()).ok()?;
        let known = self.nodes.get_mut(slot)?;
        if known.is_none() && next < self.limits.max_nodes {
            *known = Some(next);
            self.domains.push(pxm);
        }
        *known
    }

    /// The node of a domain.
    pub fn node(&self, pxm: u32) -> Option<u32> {
        self.nodes.get(usize::try_from(pxm).ok()?).copied().flatten()
    }

    /// The domain of a node.
    pub fn pxm(&self, node: u32) -> Option<u32> {
        self.domains.get(usize::try_from(node).ok()?).copied()
    }

    /// The largest domain that has a node.
    pub(super) fn largest(&self) -> Option<u32> {
        self.domains.iter().copied().max()
    }
}
