//! The command line program: see the library crate for everything it does.

use std::process::ExitCode;

fn main() -> ExitCode {
    acpihp::cli::main()
}
