//! What is read off an [`Outcome`](super::Outcome): rows, findings, advice, comparisons. It explains a boot and decides
//! nothing about it.

pub mod advice;
pub mod agreement;
pub mod assumed_build;
pub mod build_findings;
pub mod compare;
pub mod doubt;
pub mod early;
pub mod findings;
pub mod floor;
pub mod orders;
pub mod outcomes;
pub mod rows;
pub mod table_findings;
pub mod totals;
pub mod undo;
