//! Table source: what templates, listings and JSON say is what the table's bytes say.

use crate::skip;

use super::{checked, definitions, problems};
use crate::made;
use acpihp::report::model::dump::DumpModel;
use acpihp::report::{dsl, json, template};
use acpihp::source::{SourceTable, table_json};
use acpihp::table::decode::decode;
use acpihp::table::item::What;
use acpihp::table::source::{BuildOptions, build, read};
use proptest::prelude::*;
use std::process::Command;

/// What is wanted of a table whose lengths and sums may be wrong.
const AS_IS: BuildOptions = BuildOptions { as_is: true };

fn source_table(bytes: &[u8]) -> SourceTable {
    let bytes = bytes.to_vec();
    SourceTable {
        name: "TEST".into(),
        address: None,
        bytes,
        origin: "test".into(),
        offset: 0,
        is_dynamic: false,
    }
}

/// A table as source in iasl's language.
pub(crate) fn listing(table: &[u8]) -> String {
    let mut text = Vec::new();
    dsl::tables(&mut text, [&source_table(table)]).unwrap();
    String::from_utf8(text).unwrap()
}

fn as_json(table: &[u8]) -> String {
    let mut text = Vec::new();
    json(&mut text, &DumpModel::new([&source_table(table)], true)).unwrap();
    String::from_utf8(text).unwrap()
}

/// The bytes that a listing and JSON make.
pub(crate) fn both_ways(table: &[u8], options: BuildOptions) -> [Result<Vec<u8>, String>; 2] {
    let text = listing(table);
    let lines = read(&text).unwrap();
    let tables = table_json::read(&as_json(table)).unwrap();
    assert_eq!(tables.len(), 1);
    let made =
        |lines: &[_]| build(lines, options).map(|built| built.bytes).map_err(|error| error.to_string());
    [made(&lines), made(&tables[0])]
}

#[test]
fn templates_are_tables_without_a_problem() {
    for def in definitions() {
        let table = template::table(def).unwrap_or_else(|error| panic!("{}: {error}", def.signature.text()));
        let items = checked(&table);
        assert_eq!(problems(&items), [], "{}", def.signature.text());
        assert!(items.iter().all(|item| !matches!(item.what, What::Raw(..))), "{}", def.signature.text());
        let mut text = Vec::new();
        template::write(&mut text, def, &table).unwrap();
        let lines = read(std::str::from_utf8(&text).unwrap()).unwrap();
        let built = build(&lines, BuildOptions::default())
            .unwrap_or_else(|error| panic!("{}: {error}", def.signature.text()));
        assert_eq!(built.bytes, table, "{}", def.signature.text());
        assert_eq!(built.notes, [], "{}", def.signature.text());
    }
}

#[test]
fn what_was_taken_apart_can_be_put_together() {
    let templates = definitions().map(|def| (def.title, template::table(def).unwrap()));
    for (name, table) in made::all().into_iter().chain(templates) {
        for made in both_ways(&table, BuildOptions::default()).into_iter().chain(both_ways(&table, AS_IS)) {
            assert_eq!(made.as_ref(), Ok(&table), "{name}");
        }
    }
}

#[test]
fn cut_tables_can_be_put_together() {
    let templates = definitions().map(|def| (def.title, template::table(def).unwrap()));
    for (name, table) in made::all().into_iter().chain(templates) {
        for end in (1..table.len()).step_by(table.len() / 20 + 1).chain([table.len() - 1]) {
            // Without a signature there is no table to speak of.
            for made in both_ways(&table[..end], AS_IS).into_iter().filter(|_| end >= 8) {
                assert_eq!(made.as_ref().map(Vec::as_slice), Ok(&table[..end]), "{name} cut to {end}");
            }
        }
    }
}

#[test]
fn iasl_compiles_templates_to_the_same_bytes() {
    /// Tables that the installed iasl may know in another form, or not at all.
    const OTHERWISE: [&str; 3] = ["PMTT", "RIMT", "TPM2"];
    if !skip::program("iasl") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (mut same, mut refused) = (0, Vec::new());
    for def in definitions() {
        let table = template::table(def).unwrap();
        let mut text = Vec::new();
        template::write(&mut text, def, &table).unwrap();
        std::fs::write(folder.path().join("table.dsl"), text).unwrap();
        let _ = std::fs::remove_file(folder.path().join("table.aml"));
        let run = Command::new("iasl").arg("table.dsl").current_dir(folder.path()).output().unwrap();
        let Ok(theirs) = std::fs::read(folder.path().join("table.aml")) else {
            assert!(!run.status.success());
            refused.push(def.signature.text().into_owned());
            continue;
        };
        if !OTHERWISE.contains(&&*def.signature.text()) {
            assert_eq!(
                without_creator(&theirs, def),
                without_creator(&table, def),
                "{}",
                def.signature.text()
            );
            same += 1;
        }
    }
    eprintln!("{same} templates make the same bytes; iasl does not know the fields of {}", refused.join(" "));
    assert!(same >= 40, "{same}");
}

/// A table without what each compiler writes about itself, and the sum that depends on it.
fn without_creator(table: &[u8], def: &acpihp::table::def::TableDef) -> Vec<u8> {
    let mut table = table.to_vec();
    if !def.header.is_empty() {
        table[9] = 0;
        table[28..36].fill(0);
    }
    table
}

#[test]
fn errors_name_the_place_the_field_and_what_fits() {
    let good = listing(&made::srat());
    let told = |from: &str, to: &str| {
        assert!(good.contains(from), "{from}");
        let text = good.replacen(from, to, 1);
        let lines = read(&text).unwrap();
        build(&lines, BuildOptions::default()).unwrap_err().to_string()
    };
    let place = |needle: &str| good.lines().position(|line| line.contains(needle)).unwrap() + 1;
    let (revision, base) = (place("Revision : 03"), place("Base Address :"));
    assert_eq!(
        told("Revision : 03", "Revision : 103"),
        format!("line {revision}, column 48: Revision: 0x103 is out of range: 0 to 0xff")
    );
    let message = told("Base Address :", "Base Adress :");
    assert!(message.ends_with("expected Base Address, found Base Adress"), "{message}");
    assert!(message.starts_with(&format!("line {base}, column ")), "{message}");
    assert!(
        told("Oem ID : \"ACPIHP\"", "Oem ID : \"ACPIHP2\"").contains("7 characters, there is room for 6")
    );
    assert!(told("Enabled : 1", "Enabled : 2").contains("Enabled: 0x2 is out of range: 0 to 0x1"));
    assert!(told("Clock Domain : ", "Clock Domain : 1 + * ").contains("is not a number"));
    assert!(told("Device Handle : ", "Device Handle : 1 ").contains("Device Handle: "));
    let end = good.find("Clock Domain").unwrap();
    let cut = read(&good[..end]).unwrap();
    let message = build(&cut, BuildOptions::default()).unwrap_err().to_string();
    assert!(message.ends_with("the source ends before Clock Domain"), "{message}");
}

#[test]
fn lengths_counts_and_offsets_follow_from_what_is_there() {
    let text = "Signature : \"DBG2\"\nTable Length : 0\nRevision : 0\nChecksum : 0\nOem ID : \"A\"\n\
        Oem Table ID : B\nOem Revision : 1\nAsl Compiler ID : \"C\"\nAsl Compiler Revision : 2\n\
        Info Offset : auto\nInfo Count : auto\n\
        Revision : 0\nLength : auto\nRegister Count : auto\nNamepath Length : 0\nNamepath Offset : 0\n\
        OEM Data Length : auto\nOEM Data Offset : auto\nPort Type : 8000\nPort Subtype : 1 + 2\nReserved : 0\n\
        Base Address Offset : auto\nAddress Size Offset : auto\n\
        Base Address Register : [Generic Address Structure]\nSpace ID : 01 [SystemIO]\nBit Width : 8\n\
        Bit Offset : 0\nEncoded Access Width : 1\nAddress : 3F8 // the usual one\n\
        Address Size : 8 /* bytes\n of it */\nNamepath : \".\"\nOEM Data : 01 02 \\\n 03\n";
    let built = build(&read(text).unwrap(), BuildOptions::default()).unwrap();
    let bytes = built.bytes;
    assert_eq!((bytes.len(), &bytes[36..44]), (44 + 22 + 12 + 4 + 2 + 3, &[44, 0, 0, 0, 1, 0, 0, 0][..]));
    assert_eq!(
        bytes[44..44 + 22],
        [0, 43, 0, 1, 2, 0, 38, 0, 3, 0, 40, 0, 0, 0x80, 3, 0, 0, 0, 22, 0, 34, 0]
    );
    assert_eq!(bytes.iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte)), 0);
    assert_eq!(built.notes, []);
}

#[test]
fn labels_and_generic_types() {
    let text = "Signature : \"ABCD\"\nTable Length : 0\nRevision : 1\nChecksum : 0\nOem ID : \"A\"\n\
        Oem Table ID : \"B\"\nOem Revision : 1\nAsl Compiler ID : \"C\"\nAsl Compiler Revision : 2\n\
        UINT32 : $There + 1\nLabel : Here\nUINT24 : 010203\nString : \"ab\"\nLabel : There\nUnicode : \"c\"\n\
        GUID : 03020100-0504-0706-0809-0A0B0C0D0E0F\nBuffer : FF, EE\nUINT16 : $Here << 4\n";
    let built = build(&read(text).unwrap(), BuildOptions::default()).unwrap();
    let content = [
        &[47, 0, 0, 0, 3, 2, 1, b'a', b'b', 0, b'c', 0, 0, 0][..],
        &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0xff, 0xee, 0x80, 2],
    ];
    assert_eq!(built.bytes[36..], content.concat());
    let elsewhere = text.replace("$Here", "$Where");
    let unknown = read(&elsewhere).unwrap();
    assert!(
        build(&unknown, BuildOptions::default())
            .unwrap_err()
            .to_string()
            .ends_with("no line defines the label Where")
    );
}

#[test]
fn bits_say_more_than_the_number_above_them_and_unnamed_ones_stay() {
    let good = listing(&made::srat_memory(0, 0, 4096, 0x8000_0001));
    let changed = good.replace("Hot Pluggable : 0", "Hot Pluggable : 1");
    let built = build(&read(&changed).unwrap(), BuildOptions::default()).unwrap();
    assert_eq!(built.bytes, made::srat_memory(0, 0, 4096, 0x8000_0003));
}

#[test]
fn bits_are_those_of_the_lines_or_of_the_number_as_iasl_has_it() {
    let told = |text: &str| {
        let built = build(&read(text).unwrap(), BuildOptions::default()).unwrap();
        (built.bytes, built.notes.iter().map(|note| note.what.clone()).collect::<Vec<_>>())
    };
    // Of a SRAT the lines count; bits without one are dropped, unless the source says that they stay.
    let good = listing(&made::srat_memory(0, 0, 4096, 0x8000_0001));
    assert!(good.contains("80000001 [all bits kept]"), "{good}");
    let (bytes, notes) = told(&good.replace(" [all bits kept]", ""));
    assert_eq!(bytes, made::srat_memory(0, 0, 4096, 1));
    assert!(notes[0].starts_with("0x80000000 has no line below and is dropped"), "{notes:?}");
    let plain = listing(&made::srat_memory(0, 0, 4096, 1));
    let (bytes, notes) = told(&plain.replace("(decoded below) : 00000001", "(decoded below) : 00000003"));
    assert_eq!(bytes, made::srat_memory(0, 0, 4096, 1));
    assert_eq!(notes, ["the bits below count, which make 0x1, not the number 0x3"]);
    // Of a PPTT the number counts.
    let table = template::table(definitions().find(|def| def.signature.0 == *b"PPTT").unwrap()).unwrap();
    let text = listing(&table);
    let (bytes, notes) = told(&text.replacen("Physical package : 0", "Physical package : 1", 1));
    assert_eq!(bytes, table);
    assert_eq!(notes, ["the number 0x0 counts, not the bits below it, which make 0x1"]);
}

#[test]
fn counts_are_computed_where_iasl_does_that() {
    let find = |signature| definitions().find(|def| def.signature.0 == signature).unwrap();
    for (signature, label) in
        [(*b"VIOT", "Node count : "), (*b"PPTT", "Private Resource Number : "), (*b"UEFI", "Data Offset : ")]
    {
        let table = template::table(find(signature)).unwrap();
        let text = listing(&table);
        let at = text.find(label).unwrap() + label.len();
        let mut lying = text.clone();
        lying.replace_range(at..at + 4, "0077");
        assert_ne!(lying, text);
        let built = build(&read(&lying).unwrap(), BuildOptions::default()).unwrap();
        assert_eq!(built.bytes, table);
    }
}

#[test]
fn of_a_table_that_iasl_does_not_know_the_header_is_enough() {
    let table = template::table(definitions().find(|def| def.signature.0 == *b"CRAT").unwrap()).unwrap();
    let text = listing(&table);
    let (header, _) = text.split_once("Total Entries").unwrap();
    let header = header.rsplit_once('\n').unwrap().0;
    let built = build(&read(header).unwrap(), BuildOptions::default()).unwrap();
    assert_eq!((built.bytes.len(), built.notes.len()), (36, 2));
    let generic = format!("{header}\nUINT16 : 0102\nBuffer : 03 04\n");
    assert_eq!(build(&read(&generic).unwrap(), BuildOptions::default()).unwrap().bytes[36..], [2, 1, 3, 4]);
}

#[test]
fn what_iasl_has_as_templates_is_compiled_as_iasl_does() {
    let folder = tempfile::tempdir().unwrap();
    let iasl = |arguments: &[&str]| Command::new("iasl").args(arguments).current_dir(folder.path()).output();
    if !skip::program("iasl") {
        return;
    }
    iasl(&["-T", "ALL"]).unwrap();
    let mut same = 0;
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_uppercase();
        if path.extension().is_none_or(|end| end != "asl")
            || ["DSDT", "SSDT", "OSDT"].contains(&name.as_str())
        {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let _ = iasl(&[path.file_name().unwrap().to_str().unwrap()]);
        let Ok(theirs) = std::fs::read(path.with_extension("aml")) else { continue };
        let ours = build(&read(&text).unwrap(), BuildOptions::default());
        // Until 2021 iasl had another PMTT, with the revision of today's.
        if name == "PMTT" && ours.is_err() {
            continue;
        }
        let def = acpihp::table::definition(&theirs).unwrap();
        let ours = ours.unwrap_or_else(|error| panic!("{name}: {error}")).bytes;
        assert_eq!(without_creator(&ours, def), without_creator(&theirs, def), "{name}");
        same += 1;
    }
    eprintln!("{same} templates of iasl make the same bytes");
    assert!(same >= 50, "{same}");
}

#[test]
fn json_whose_bits_contradict_its_value_is_refused() {
    let text = as_json(&made::srat_memory(0, 0, 4096, 1));
    let mut json: serde_json::Value = serde_json::from_str(&text).unwrap();
    let fields = json["tables"][0]["fields"].as_array_mut().unwrap();
    let flags = fields.iter_mut().find(|field| field["name"] == "Flags").unwrap();
    flags["bits"][1]["value"] = 1.into();
    let message = table_json::read(&serde_json::to_string_pretty(&json).unwrap()).unwrap_err().to_string();
    assert!(message.contains("Flags: the value 0x1 has Hot Pluggable = 0x0, its bits say 0x1"), "{message}");
    assert!(message.starts_with("line "), "{message}");
}

/// Whether some byte is in two fields.
fn overlaps(table: &[u8]) -> bool {
    let mut spans: Vec<_> = decode(table)
        .filter(|item| matches!(item.what, What::Value(_) | What::Raw(..)))
        .map(|item| (item.offset, item.offset + item.size))
        .collect();
    spans.sort_unstable();
    spans.windows(2).any(|pair| pair[0].1 > pair[1].0)
}

proptest! {
    #[test]
    fn any_text_is_read_and_built_or_refused(
        def in proptest::sample::select(definitions().collect::<Vec<_>>()),
        at in any::<prop::sample::Index>(),
        len in 0usize..40,
        noise in "[ -~\n\\\\:\"/*{}$]{0,30}",
        as_is: bool,
    ) {
        let table = template::table(def).unwrap();
        let mut text = listing(&table);
        let at = at.index(text.len());
        let end = (at + len).min(text.len());
        if text.is_char_boundary(at) && text.is_char_boundary(end) {
            text.replace_range(at..end, &noise);
        }
        if let Ok(lines) = read(&text) {
            let _ = build(&lines, BuildOptions { as_is });
        }
    }

    #[test]
    fn any_bytes_can_be_taken_apart_and_put_together(
        def in proptest::sample::select(definitions().collect::<Vec<_>>()),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
    ) {
        let mut table = template::table(def).unwrap();
        for (at, value) in changes {
            let at = at.index(table.len());
            // The signature and the table's length stay; the RSDP has its own at byte 20.
            let is_length = def.signature.0 == *b"RSD " && (20..24).contains(&at);
            if at >= 8 && !is_length {
                table[at] = value;
            }
        }
        for made in both_ways(&table, AS_IS) {
            // A length or a pointer that makes structures overlap leads to text that names a field twice: it is refused,
            // and never built into other bytes.
            let is_refused = made.as_ref().is_err_and(|error| error.contains("has no such field here"));
            if !is_refused || !overlaps(&table) {
                prop_assert_eq!(made.as_ref(), Ok(&table));
            }
        }
    }
}
