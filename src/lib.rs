//! acpihp: ACPI tables, initrd overrides, and the memory zones Linux will make of them.
//!
//! The crate is laid out in layers; arrows point down only:
//!
//! | layer | modules | what |
//! |---|---|---|
//! | L5 | `cli` | arguments, and one file per subcommand |
//! | L4 | `app` | what each command is asked, and what it answers: no arguments, no printing |
//! | L4 | [`answers`] | the same for programs that have bytes: start here |
//! | L3 | [`report`], `source`, `sink` | everything that goes out, everything that comes in |
//! | L2 | [`boot`], [`check`] | the model of Linux' boot; rules over tables and archives |
//! | L1 | [`table`], [`container`], [`memory`] | ACPI tables, what they travel in, what Linux says of memory |
//! | L0 | [`bytes`], [`budget`], [`foreign`], [`finding`] | checked reads; limits; text from outside; findings and the registry of rules |
//!
//! L0 to L2 and [`answers`] are pure: no file, environment, clock or terminal. With the views of plans they are all that
//! `--no-default-features` leaves, and build for targets without a system; feature `io` brings `source` and `sink`, and `cli`,
//! which is on by default, the rest.
//! `decompress`, also on by default, unpacks kernels and initrds that are packed with more than gzip.
//!
//! # Examples
//!
//! Which memory a SRAT marks hot-pluggable:
//!
//! ```
//! use acpihp::answers::hot_pluggable;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let table = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/samples/hotplug/machine/sys/firmware/acpi/tables/SRAT"));
//! # let mut domains = Vec::new();
//! for memory in hot_pluggable(table)? {
//!     println!("{:#x?} of proximity domain {}", memory.range, memory.domain);
//! #   domains.push(memory.domain);
//! }
//! # assert_eq!(domains, [1, 2]);
//! # Ok(())
//! # }
//! ```
//!
//! What becomes of the tables of an override archive, with all that is to be said of them:
//!
//! ```
//! use acpihp::answers::Override;
//! use acpihp::boot::kernel::Kernel;
//! # use acpihp::boot::install::TableOutcome;
//! # use acpihp::container::cpio::build::{File, build};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let srat = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/samples/hotplug/machine/sys/firmware/acpi/tables/SRAT"));
//! # let mut newer = srat.to_vec();
//! # (newer[24], newer[9]) = (newer[24] + 1, newer[9].wrapping_sub(1));
//! # let archive = build(&[File { name: "srat.aml", data: &newer }], 0)?.bytes;
//! let verdict = Override::new(&archive)
//!     .kernel(Kernel::of_release("6.12")?)
//!     .against([srat.as_slice()])
//!     .verdict();
//! for file in &verdict.files {
//!     println!("{}: {:?}, {:?}", file.path.text(), file.outcome, file.becomes);
//! }
//! for finding in &verdict.findings {
//!     println!("{}: {}", finding.rule.code, finding.message.text());
//! }
//! # let becomes = verdict.files[0].becomes.as_ref().map(|becomes| becomes.outcome);
//! # assert_eq!(becomes, Some(TableOutcome::Override(0)));
//! # Ok(())
//! # }
//! ```
//!
//! Which memory goes to which node and zone, as `acpihp plan` shows it:
//!
//! ```
//! use acpihp::answers::Boot;
//! use acpihp::boot::kernel::Kernel;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let srat = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/samples/hotplug/machine/sys/firmware/acpi/tables/SRAT"));
//! let plan = Boot::new(Kernel::of_release("6.12")?)
//!     .tables([srat.to_vec()])
//!     .ram(0x1000..0x9_f000)
//!     .ram(0x10_0000..0x8000_0000)
//!     .ram(0x1_0000_0000..0x2_0000_0000)
//!     .command_line("movable_node")
//!     .plan();
//! for range in &plan.ranges {
//!     println!("{:#x}-{:#x} node {:?} {:?}", range.start, range.end, range.node, range.zone);
//! }
//! # assert_eq!(plan.totals.movable_bytes, 4 << 30);
//! # Ok(())
//! # }
//! ```
//!
//! `examples/` in the repository has programs of these three.

#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod answers;
#[cfg(feature = "cli")]
pub mod app;
pub mod boot;
pub mod budget;
pub mod bytes;
pub mod check;
#[cfg(feature = "cli")]
pub mod cli;
pub mod container;
pub mod finding;
pub mod foreign;
pub mod memory;
mod phrase;
pub mod report;
#[cfg(feature = "io")]
pub mod sink;
#[cfg(feature = "io")]
pub mod source;
pub mod table;
