//! What is at physical addresses of a machine.

use super::boot::{BootRequest, Prepared};
use super::machine::MachineRequest;
use crate::boot::running::whereis::{Place, Places};
use crate::boot::running::windows::{self, Later};
use crate::boot::{self, Outcome};
use crate::memory::now::Now;
use crate::memory::physical;
use crate::memory::space::Space;
use crate::report::model::sources::Sources;
use crate::source::now;
use std::ops::Range;

/// The machine whose addresses are meant.
#[derive(Debug, Clone, Default)]
pub struct WhereRequest {
    /// Where the machine is read: this one, or files that stand for one.
    pub machine: MachineRequest,
}

/// A machine that is ready to be asked.
#[derive(Debug)]
pub struct Ready {
    prepared: Prepared,
    now: Now,
}

/// What is at one address or range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundPlaces {
    /// The pieces that have the same of everything.
    pub places: Vec<Place>,
    /// Whether there are more than are told.
    pub cut: bool,
}

impl Ready {
    /// Reads a machine.
    ///
    /// # Errors
    /// As [`Prepared::read`].
    pub fn read(request: &WhereRequest) -> anyhow::Result<Ready> {
        let prepared = Prepared::read(&request.machine, &BootRequest::default())?;
        let now = now::read(&prepared.root);
        Ok(Ready { prepared, now })
    }

    /// How far the machine's addresses reach.
    pub fn space(&self) -> Space {
        self.prepared.recorded.space
    }

    /// The address of this machine that a line is about.
    pub fn address_in(&self, line: &str) -> Option<Range<u64>> {
        physical::in_line(line).filter(|range| range.end <= self.space().end())
    }

    /// What the answers are made from.
    pub fn sources(&self) -> &Sources {
        &self.prepared.sources
    }

    /// Hands `ask` a function that answers for an address or range.
    ///
    /// # Errors
    /// What `ask` says.
    pub fn ask<T>(&self, ask: impl FnOnce(&dyn Fn(&Range<u64>) -> FoundPlaces) -> T) -> T {
        let next = self.prepared.next();
        let machine = self.prepared.machine();
        let outcome: Outcome<'_> = boot::predict(machine, &next);
        let Later { windows, .. } = windows::later(&outcome, machine, &next, &[]);
        let places = Places::new(&outcome, machine, &next, &windows, &self.now);
        ask(&|range| {
            let (places, cut) = places.of(range);
            FoundPlaces { places, cut }
        })
    }
}
