//! L4: what each command does, from plain requests to values: no command line, no printing.

pub mod advise;
pub mod boot;
pub mod capture;
pub mod check;
pub mod compare;
pub mod diff;
pub mod doctor;
pub mod dump;
pub mod edit;
pub mod howto;
pub mod inspect;
pub mod kernel;
pub mod kexec;
pub mod listing;
pub mod log;
pub mod machine;
pub mod map;
pub mod mkinitrd_override;
pub mod order;
pub mod plan;
pub mod present;
pub mod range;
pub mod removable;
pub mod report;
pub mod sample;
pub mod simulate;
pub mod sources;
pub mod target;
pub mod whereis;

/// A request that makes no sense: who asks is to blame.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct UsageError(pub String);

/// Something that was asked for by name and is not there.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct AbsentError(pub String);
