//! Pages of the commands that read, write and change tables.

use super::{COLOUR, Page, TABLES};

/// `acpihp dump`.
pub(super) const DUMP: Page = Page {
    command: "dump",
    description: &[
        "Without a table, one line for each: its name, its address in memory if the source has it, length, \
         revision, whether its checksum holds, OEM ID, OEM table ID and OEM revision. With tables, every field \
         with its offset, name and value.",
        "The tables are those of this machine unless --from or --sysroot say otherwise. The kind of source is \
         detected from its content: a folder of table files, one table, several in a row, the text of acpidump, a \
         listing of iasl or hw-probe with its raw table data, a .hex file of iasl, the output of xxd or \
         hexdump -C, an initrd, a UKI or an image of memory.",
    ],
    examples: &[
        ("List the tables of this machine", "acpihp dump"),
        ("Read one table of another machine", "acpihp dump SRAT --from acpidump.txt"),
        ("The same without a file between", "ssh host acpidump | acpihp dump SRAT --from -"),
        ("Write all tables as files, as acpixtract does", "acpihp dump -o tables"),
        ("The memory of each domain, for a program", "acpihp dump SRAT -J | jq '.tables[].domains[].memory'"),
    ],
    files: &[TABLES],
    environment: &COLOUR,
    see_also: &["acpidump(1)", "acpixtract(1)", "iasl(1)"],
};

/// `acpihp build`.
pub(super) const BUILD: Page = Page {
    command: "build",
    description: &[
        "Makes the bytes of a table from text that says what each field holds: iasl's data-table language, as \
         `iasl -d`, `iasl -T` and `acpihp dump --format dsl` write it, or the JSON of `acpihp dump`. The fields \
         of the list that acpihp has for such a table come in their order, each with its label; what is in \
         brackets and comments do not count. Numbers are hexadecimal \
         and may be expressions (1F + 2, 1 << 4 | 3); text is in quotation marks, bytes as 0A FF, GUIDs as \
         usual. Tables without a list take iasl's generic types after the header: UINT8 to UINT64, String, \
         Unicode, Buffer, GUID and Label.",
        "Lengths and checksums are computed, and so are the counts that iasl computes and where text and bytes are \
         that an offset names. A count or an offset may be auto; acpihp warns \
         if a given one contradicts the data. --as-is takes everything as it is written, which makes tables that are wrong on purpose.",
        "The lines below a flags field count, not its number, and bits that no line names are dropped, as iasl does; \
         in the fields where iasl takes the number, so does acpihp. Where that makes a difference, a note says so. \
         After a number with [all bits kept], as acpihp dump --format dsl writes it, all of its bits stay; in \
         JSON they always do.",
        "A listing that has \"Raw Table Data\" says its table twice. Where only values of fields differ from the raw data, \
         those that were edited count, and a note says which; bytes that no decoded line gives are those of the raw \
         data, and a note says where. Anything else, such as lines that were added or a changed length, is refused \
         with exit status 1: --take decoded compiles the decoded lines alone, --take raw takes the raw data. Every \
         command that reads listings does the same.",
        "An error names line, column, field and what would fit; then no file is written.",
    ],
    examples: &[
        ("Source of a table, to be changed by hand", "acpihp dump SRAT --format dsl > srat.dsl"),
        ("The table that it makes", "acpihp build srat.dsl -o srat.aml"),
        ("From the JSON of a program", "acpihp build srat.json -o srat.aml"),
        ("Start a new one", "acpihp template HMAT > hmat.dsl"),
    ],
    files: &[],
    environment: &COLOUR,
    see_also: &["acpihp-template(1)", "acpihp-dump(1)", "iasl(1)"],
};

/// `acpihp template`.
pub(super) const TEMPLATE: Page = Page {
    command: "template",
    description: &[
        "Prints source that acpihp build and iasl compile: one entry of each type, one element of each list, and \
         what the fields may hold. Remove what the table is not to have, repeat what it has more of.",
    ],
    examples: &[
        ("Which tables there are", "acpihp template list"),
        ("The source of a new SRAT", "acpihp template SRAT > srat.dsl"),
    ],
    files: &[],
    environment: &COLOUR,
    see_also: &["acpihp-build(1)", "iasl(1)"],
};

/// `acpihp edit`.
pub(super) const EDIT: Page = Page {
    command: "edit",
    description: &[
        "Changes the fields of a table that are named and no other byte: unknown bits, reserved fields and whatever \
         follows stay. The OEM revision is raised by one, because Linux takes only a newer table for an override, \
         and the checksum is fixed. Every byte that is not as it was is shown.",
        "A path names a field or a flag: its name, as acpihp dump and iasl print it, after the name of its entry with a \
         number in brackets, counted from 0 among entries of that name: \"Memory[3].Hot Pluggable\". An entry's name may be \
         shortened to its first words; Entry[N] counts entries of all kinds. Values are numbers in decimal or 0x hex with K, M, G, T \
         or P after them, names of values, text, GUIDs, or bytes in hex.",
        "--hotplug, --no-hotplug and --move take memory of a SRAT; entries that reach over the borders of a range are \
         split there first. Nodes are counted as Linux counts them. Changes are made in this order: --split, --move, \
         --hotplug, --no-hotplug, --distance, --set.",
        "With --plan, nodes and zones of the machine's next boot are shown without and with the change, on a terminal or \
         with --map as two maps on one scale, with --format svg as one picture of both; with --override-to, the archive is made as acpihp-mkinitrd-override(1) does it.",
    ],
    examples: &[
        (
            "Make node 1 removable: the change, the zones, the archive",
            "acpihp edit SRAT --hotplug node=1 --plan --override-to acpi.img",
        ),
        ("Mark half of a node in a file", "acpihp edit srat.aml --hotplug range=8G-12G -o new.aml"),
        ("Set one field", "acpihp edit FACP --set 'Reset Register.Address=0xcf9' -o facp.aml"),
        ("Set a longer distance between two domains", "acpihp edit SLIT --distance 0,2=31 -o slit.aml"),
    ],
    files: &[TABLES],
    environment: &[
        ("SOURCE_DATE_EPOCH", "with --override-to: the time that the archive's entries carry"),
        COLOUR[0],
        COLOUR[1],
    ],
    see_also: &["acpihp-mkinitrd-override(1)", "acpihp-plan(1)", "iasl(1)"],
};

/// `acpihp sample`.
pub(super) const SAMPLE: Page = Page {
    command: "sample",
    description: &[
        "acpihp carries machines, recorded under QEMU, so that every command can be tried without root on any system. \
         Without a name, they are listed; with one, its files are listed, and --output writes them into a folder, \
         where --sysroot reads them as it reads any other machine.",
        "The sample tutorial is not a machine but the files that docs/tutorial.md works on.",
    ],
    examples: &[
        ("Which samples there are", "acpihp sample"),
        ("Which memory of one is movable", "acpihp plan --sample hotplug"),
        ("The files of the tutorial", "acpihp sample tutorial -o ."),
    ],
    files: &[],
    environment: &COLOUR,
    see_also: &["acpihp-plan(1)", "acpihp-dump(1)"],
};
