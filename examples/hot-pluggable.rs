//! Which memory a SRAT marks hot-pluggable: `cargo run --example hot-pluggable -- SRAT`

use acpihp::answers::hot_pluggable;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args_os().nth(1).ok_or("expected a file with a SRAT")?;
    for memory in hot_pluggable(&std::fs::read(path)?)? {
        println!("{:#x?} of proximity domain {}", memory.range, memory.domain);
    }
    Ok(())
}
