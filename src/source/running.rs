//! What a system shows of itself once it runs: zones, memory blocks, lockdown.

use super::root::Root;
use crate::boot::running::online::OnlineState;
use crate::boot::running::settings::Settings;
use crate::boot::running::udev;
use crate::check::doctor::Block;
use crate::memory::zoneinfo::{self, ZoneInfo};
use std::collections::BTreeMap;

const BLOCKS: &str = "sys/devices/system/memory";

/// The zones; none when /proc/zoneinfo is not there.
pub fn zones(root: &Root) -> Vec<ZoneInfo> {
    zoneinfo::parse(&root.text("proc/zoneinfo").unwrap_or_default())
}

/// The memory blocks by their number; none when Linux has none, or a copy lacks them.
pub fn blocks(root: &Root) -> Vec<Block> {
    let block = |name: &String| {
        let number = name.strip_prefix("memory")?.parse().ok()?;
        let file = |file: &str| root.text(&format!("{BLOCKS}/{name}/{file}")).unwrap_or_default();
        let zone = file("valid_zones").split_whitespace().next().unwrap_or_default().to_owned();
        Some(Block { number, online: file("state").trim() == "online", zone })
    };
    let mut blocks: Vec<Block> = root.names(BLOCKS).iter().filter_map(block).collect();
    blocks.sort_by_key(|block| block.number);
    blocks
}

/// Bytes in a memory block.
pub fn block_size(root: &Root) -> Option<u64> {
    u64::from_str_radix(root.text(&format!("{BLOCKS}/block_size_bytes"))?.trim(), 16).ok()
}

/// How the machine is set to treat memory that is added. `virtualization` is what `systemd-detect-virt` prints, where that is known.
pub fn added(root: &Root, virtualization: Option<&str>, arch: &str) -> Settings {
    const PARAMETERS: &str = "sys/module/memory_hotplug/parameters";
    let line =
        |path: &str| root.text(path).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let parameter = |name: &String| Some((name.clone(), line(&format!("{PARAMETERS}/{name}"))?));
    Settings {
        auto_online: line(&format!("{BLOCKS}/auto_online_blocks")).as_deref().and_then(OnlineState::named),
        parameters: root.names(PARAMETERS).iter().filter_map(parameter).collect(),
        rule: rule(root, virtualization, arch),
    }
}

/// What rules of udev do about a block that is added offline, and the file that decides. Of files of one name that in /etc counts.
fn rule(root: &Root, virtualization: Option<&str>, arch: &str) -> Option<(OnlineState, String)> {
    const FOLDERS: [&str; 5] = [
        "etc/udev/rules.d",
        "run/udev/rules.d",
        "usr/local/lib/udev/rules.d",
        "usr/lib/udev/rules.d",
        "lib/udev/rules.d",
    ];
    const DMI: [&str; 5] =
        ["sys_vendor", "product_name", "product_version", "bios_vendor", "chassis_asset_tag"];
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    for folder in FOLDERS {
        for name in root.names(folder).into_iter().filter(|name| name.ends_with(".rules")) {
            let path = format!("{folder}/{name}");
            files.entry(name).or_insert(path);
        }
    }
    let texts: Vec<(String, String)> = files
        .into_values()
        .filter_map(|path| Some((path.clone(), root.head(&path, RULES_LEN)?)))
        .filter(|(_, text)| text.contains("memory"))
        .collect();
    let dmi: Vec<(String, String)> = DMI
        .iter()
        .filter_map(|name| {
            Some(((*name).to_owned(), root.text(&format!("sys/class/dmi/id/{name}"))?.trim().to_owned()))
        })
        .collect();
    let lines = || texts.iter().flat_map(|(path, text)| text.lines().map(move |line| (path, line)));
    let around = udev::Surroundings { dmi: &dmi, virtualization, arch };
    let (state, number) = udev::state_of_added(lines().map(|(_, line)| line), &around)?;
    let (path, _) = lines().nth(number)?;
    Some((state, super::display(&root.path(path))))
}

/// As much of a file of udev rules as is read, in bytes.
const RULES_LEN: u64 = 256 << 10;

/// The lockdown mode in force: `none`, `integrity` or `confidentiality`; `None` when the kernel has no lockdown.
pub fn lockdown(root: &Root) -> Option<String> {
    let text = root.text("sys/kernel/security/lockdown")?;
    let (_, rest) = text.split_once('[')?;
    let mode = rest.split_once(']')?.0;
    ["none", "integrity", "confidentiality"].contains(&mode).then(|| mode.to_owned())
}
