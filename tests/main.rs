//! All integration tests in one program, so that the library is linked once.
//!
//! `cargo test --test integration` runs them all; a part is chosen by the name of its module: `cargo test --test integration boots::`.
#![allow(clippy::indexing_slicing)]

mod acpidump;
mod advise;
mod advised_boots;
mod answer;
mod answers;
mod archive;
mod bad_input;
mod blocks;
mod boot_properties;
mod boots;
mod capture;
mod cases;
#[path = "check/main.rs"]
mod check;
mod ci_example;
mod corpus_check;
mod corpus_decode;
mod corpus_lists;
mod corpus_sources;
mod detail;
mod diff;
#[path = "doctor/main.rs"]
mod doctor;
mod doors;
mod dump;
mod early;
mod edit;
mod edited_listings;
mod flow_properties;
mod foreign;
mod generated;
mod hardware;
mod held;
mod hooks;
mod hotadd;
mod howto;
#[path = "images/main.rs"]
mod images;
mod install;
mod kernel_lines;
#[path = "kernels/main.rs"]
mod kernels;
mod kexec;
mod layers;
mod library;
mod limits;
mod listings;
mod live;
#[path = "logs/main.rs"]
mod logs;
mod machine;
#[path = "tables/made.rs"]
mod made;
mod mkinitrd;
mod named;
mod next_steps;
mod offline;
mod one_answer;
mod one_machine;
#[path = "pictures/main.rs"]
mod pictures;
mod plan_model;
mod program;
mod recorded;
mod recorder;
mod releases;
mod skip;
mod sources;
mod tablemaker;
#[path = "tables/main.rs"]
mod tables;
mod transcripts;
mod trees;
mod unpack;
mod unpackers;
mod width;
mod words;
#[path = "writing/main.rs"]
mod writing;
