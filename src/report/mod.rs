//! L3: what goes out: values to bytes. Nothing here reads, decides or looks at a terminal. Without feature `cli`, only the views
//! that the library itself answers with are here.

#[cfg(feature = "cli")]
pub mod advise;
#[cfg(feature = "cli")]
pub mod aml;
#[cfg(feature = "cli")]
pub mod annotate;
#[cfg(feature = "cli")]
pub mod blocks;
#[cfg(feature = "cli")]
pub mod capture;
#[cfg(feature = "cli")]
pub mod check;
#[cfg(feature = "cli")]
pub mod compared;
#[cfg(feature = "cli")]
pub mod comparison;
#[cfg(feature = "cli")]
pub mod diff;
#[cfg(feature = "cli")]
pub mod doctor;
#[cfg(feature = "cli")]
mod domains;
#[cfg(feature = "cli")]
pub mod dsl;
#[cfg(feature = "cli")]
pub mod dump;
#[cfg(feature = "cli")]
pub mod early;
#[cfg(feature = "cli")]
pub mod edit;
#[cfg(feature = "cli")]
pub mod explain;
#[cfg(feature = "cli")]
mod hardware;
#[cfg(feature = "cli")]
pub mod hexdump;
#[cfg(feature = "cli")]
pub mod howto;
#[cfg(feature = "cli")]
pub mod ink;
#[cfg(feature = "cli")]
pub mod inspect;
#[cfg(feature = "cli")]
mod json;
#[cfg(feature = "cli")]
pub mod junit;
#[cfg(feature = "cli")]
mod matrix;
#[cfg(feature = "cli")]
pub mod mkinitrd_override;
pub mod model;
#[cfg(feature = "cli")]
pub mod orders;
#[cfg(feature = "cli")]
pub mod outcomes;
#[cfg(feature = "cli")]
pub mod page;
#[cfg(feature = "cli")]
pub mod picture;
#[cfg(feature = "cli")]
pub mod plan;
#[cfg(feature = "cli")]
pub mod present;
#[cfg(feature = "cli")]
pub mod removable;
#[cfg(feature = "cli")]
mod run;
#[cfg(feature = "cli")]
pub mod sample;
#[cfg(feature = "cli")]
pub mod simulate;
#[cfg(feature = "cli")]
pub mod template;
#[cfg(feature = "cli")]
pub mod text;
#[cfg(feature = "cli")]
pub mod whereis;

#[cfg(feature = "cli")]
pub use json::{json, json_line, sha256};
