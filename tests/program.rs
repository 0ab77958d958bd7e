//! Runs of the program that read standard input.

use std::io::Write;
use std::process::{Command, Output, Stdio};

/// What a command gives that finds `stdin` on its standard input.
pub(crate) fn fed(command: &mut Command, stdin: &[u8]) -> Output {
    let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = pipes.spawn().unwrap();
    // A program that does not read its input is no failure of the test.
    let _ = child.stdin.take().unwrap().write_all(stdin);
    child.wait_with_output().unwrap()
}
