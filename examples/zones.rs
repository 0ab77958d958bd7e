//! Which memory goes to which node and zone: `cargo run --example zones -- RELEASE COMMAND-LINE SRAT START-END...`

use acpihp::answers::Boot;
use acpihp::boot::kernel::Kernel;
use acpihp::bytes::parse_size;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [release, line, srat, ram @ ..] = args.as_slice() else {
        return Err("expected a kernel release, a command line, a SRAT and ranges of RAM".into());
    };
    let mut boot = Boot::new(Kernel::of_release(release)?).command_line(line).tables([std::fs::read(srat)?]);
    for range in ram {
        let (start, end) = range.split_once('-').ok_or("expected START-END")?;
        let address = |text: &str| parse_size(text).ok_or("expected a number of bytes, such as 0x1000 or 4G");
        boot = boot.ram(address(start)?..address(end)?);
    }
    for range in &boot.plan().ranges {
        println!("{:#x}-{:#x} node {:?} {:?}: {}", range.start, range.end, range.node, range.zone, range.why);
    }
    Ok(())
}
