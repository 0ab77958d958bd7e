//! A layout that uses everything a list can say.

use super::super::layout::Layout;
use super::*;

/// What later tables need and those of today do not have: counted entries with entries in them, whose type alone
/// tells the length, optional parts at an offset, strings, structures in a row.
static TABLE: Layout = Layout::new(
    *b"TEST",
    "\
table TEST Test
36 1 dec Count
37 1 hex Flags
38 2 hex Part Offset
40 - entries Entries ; count Count
  0 1 type Type
  1 2 length Length
  entry 1 5 Outer
    3 2 dec Own
    5 - entries Entries
      0 1 type Type
      entry 1-2 2 Small
        1 1 dec Value
      entry 4 1 Bare
+ 3 group Pair ; count 2
  0 1 dec First
  1 2 dec Second
+ 1 string Name
+ 2 hex Extra ; when Flags bit 3
@ 2 bytes Part ; at Part Offset ; when Part Offset
",
);

fn shown(table: &[u8]) -> Vec<String> {
    let item = |item: Item<'_>| {
        let value = match &item.what {
            What::Value(field) => format!("{:?}", field.value),
            What::Raw(_, bytes) => format!("{bytes:?}"),
            What::Problem(problem) => problem.to_string(),
            What::Group { .. } | What::Entry { .. } => String::new(),
        };
        format!("{} {}{} {value}", item.offset, ">".repeat(item.depth.into()), item.name())
    };
    Decode::new(table, Some(TABLE.parsed().unwrap())).filter(|item| item.offset >= 40).map(item).collect()
}

fn table(body: &[u8]) -> Vec<u8> {
    let length = (36 + body.len()) as u32;
    [b"TEST".as_slice(), &length.to_le_bytes(), &[0; 28], body].concat()
}

#[test]
fn everything_that_a_layout_can_say() {
    let body = [
        &[2, 8, 75, 0][..],
        &[1, 10, 0, 7, 0, 1, 9, 2, 8, 4],
        &[1, 6, 0, 5, 0, 3],
        &[1, 2, 0, 3, 4, 0],
        b"ab\0",
        &[0x34, 0x12],
        &[0xee, 0xee, 0xee, 0xee],
        &[0xaa, 0xbb, 0xcc],
    ];
    let expected = [
        "40 Outer ",
        "40 >Type Uint(1)",
        "41 >Length Uint(10)",
        "43 >Own Uint(7)",
        "45 >Small ",
        "45 >>Type Uint(1)",
        "46 >>Value Uint(9)",
        "47 >Small ",
        "47 >>Type Uint(2)",
        "48 >>Value Uint(8)",
        "49 >Bare ",
        "49 >>Type Uint(4)",
        "50 Outer ",
        "50 >Type Uint(1)",
        "51 >Length Uint(6)",
        "53 >Own Uint(5)",
        "55 >Problem an entry of unknown type 0x03, whose length only its type defines; what follows cannot be read",
        "55 >Data [3]",
        "56 Pair 0 ",
        "56 >First Uint(1)",
        "57 >Second Uint(2)",
        "59 Pair 1 ",
        "59 >First Uint(3)",
        "60 >Second Uint(4)",
        "62 Name Text([97, 98, 0])",
        "65 Extra Uint(4660)",
        "67 Undefined Bytes [238, 238, 238, 238]",
        "71 Undefined Bytes [170, 187, 204]",
    ];
    let mut body = body.concat();
    body[2] = 0;
    let lines = shown(&table(&body));
    assert_eq!(lines.len(), expected.len() - 1, "{lines:#?}");
    assert_eq!(lines[..26], expected[..26]);
    assert_eq!(lines.last().unwrap(), "67 Undefined Bytes [238, 238, 238, 238, 170, 187, 204]");
    body[2] = 71;
    let lines = shown(&table(&body));
    let tail =
        ["67 Undefined Bytes [238, 238, 238, 238]", "71 Part Bytes([170, 187])", "73 Undefined Bytes [204]"];
    assert_eq!(lines[26..], tail);
    body[1] = 0;
    let lines = shown(&table(&body));
    assert_eq!(lines[25], "65 Undefined Bytes [52, 18, 238, 238, 238, 238]");
}

#[test]
fn what_is_counted_and_not_there_is_told() {
    let lines = shown(&table(&[200, 0, 0, 0, 1, 5, 0, 7, 0]));
    let told = "45 Problem 199 more entries are counted than there are";
    assert!(lines.iter().any(|line| line == told), "{lines:#?}");
    let lines = shown(&table(&[1, 0, 0, 0, 1, 7, 0, 7, 0, 9, 9]));
    let told = "45 >Problem an entry of unknown type 0x09, whose length only its type defines; what follows cannot be read";
    assert!(lines.iter().any(|line| line == told), "{lines:#?}");
}
