//! What becomes of the tables of an archive: `cargo run --example override-verdict -- RELEASE ARCHIVE [TABLE...]`

use acpihp::answers::Override;
use acpihp::boot::kernel::Kernel;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [release, archive, firmware @ ..] = args.as_slice() else {
        return Err("expected a kernel release, an archive, and tables of the firmware".into());
    };
    let archive = std::fs::read(archive)?;
    let firmware = firmware.iter().map(std::fs::read).collect::<Result<Vec<_>, _>>()?;
    let asked = Override::new(&archive).kernel(Kernel::of_release(release)?);
    let verdict = asked.against(firmware.iter().map(Vec::as_slice)).verdict();
    for file in &verdict.files {
        println!("{}: {:?}, {:?}", file.path.text(), file.outcome, file.becomes);
    }
    for finding in &verdict.findings {
        println!("{}: {}: {}", finding.rule.code, finding.subject.text(), finding.message.text());
    }
    Ok(())
}
