//! acpihp: ACPI tables, initrd overrides, and the memory zones Linux will make of them.
//!
//! The crate is laid out in layers; arrows point down only:
//!
//! | layer | modules | what |
//! |---|---|---|
//! | L4 | `cli` | arguments, and one file per subcommand |
//! | L4 | `app` | what each command is asked, and what it answers: no arguments, no printing |
//! | L3 | `report`, `source`, `sink` | everything that goes out, everything that comes in |
//! | L2 | [`boot`], [`check`] | the model of Linux' boot; rules over tables and archives |
//! | L1 | [`table`], [`container`], [`memory`] | ACPI tables, what they travel in, what Linux says of memory |
//! | L0 | [`bytes`], [`budget`], [`foreign`], [`finding`] | checked reads; limits; text from outside; findings and the registry of rules |
//!
//! L0 to L2 are pure: no file, environment, clock or terminal. They are all that `--no-default-features` leaves, and build for
//! targets without a system; feature `io` brings `source` and `sink`, and `cli`, which is on by default, the rest.
//! `decompress`, also on by default, unpacks kernels and initrds that are packed with more than gzip.
//!
//! # Example
//!
//! Read the header of a table and check its sum:
//!
//! ```
//! use acpihp::table::Header;
//!
//! let mut table = b"SLIT\x2c\0\0\0\x01\0ACPIHPEXAMPLE \x01\0\0\0AHP \x01\0\0\0".to_vec();
//! table.extend(0u64.to_le_bytes());
//! table[9] = 0u8.wrapping_sub(acpihp::bytes::sum8(&table));
//! let header = Header::parse(&table).unwrap();
//! assert_eq!(header.signature.to_string(), "SLIT");
//! assert!(header.checksum_ok(&table));
//! ```

#![cfg_attr(docsrs, feature(doc_cfg))]

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
#[cfg(feature = "cli")]
pub mod report;
#[cfg(feature = "io")]
pub mod sink;
#[cfg(feature = "io")]
pub mod source;
pub mod table;
