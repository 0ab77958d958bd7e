//! Rules for the SLIT.

use super::Findings;
use crate::finding::registry::numa as rules;
use crate::table::slit::{LOCAL_DISTANCE, MATRIX_AT, Slit, UNREACHABLE};

/// The number of localities, and its bytes.
const LOCALITIES: std::ops::Range<usize> = 36..44;

pub(super) fn check(findings: &mut Findings, table: &[u8]) {
    let Ok(slit) = Slit::parse(table) else { return };
    let there = slit.bytes().len();
    let Some(localities) = slit.localities() else {
        findings.add(
            &rules::SLIT_SHORT,
            0..there,
            format_args!("{there} bytes, expected at least {MATRIX_AT}"),
        );
        return;
    };
    if localities == 0 {
        findings.add(&rules::SLIT_EMPTY, LOCALITIES, format_args!("the number of localities is 0"));
    }
    let surplus = slit.surplus().len();
    if surplus > 0 {
        findings.add(
            &rules::SLIT_SURPLUS,
            there - surplus..there,
            format_args!("{surplus} bytes follow the {localities} x {localities} distances"),
        );
    }
    let Some(size) = slit.size() else {
        let room = there - MATRIX_AT;
        let wanted = u128::from(localities) * u128::from(localities);
        findings.add(
            &rules::SLIT_SIZE,
            LOCALITIES,
            format_args!("{localities} localities need {wanted} distances, and {room} bytes are there"),
        );
        return;
    };
    matrix(findings, &slit, size);
}

/// Up to how many localities each way round is compared.
const TRIANGLES: usize = 64;

/// A way round that is shorter than the direct one; the first is told.
fn triangle(findings: &mut Findings, size: usize, cell: &dyn Fn(usize, usize) -> u8) {
    let distance = |from, to| u16::from(cell(from, to));
    for (from, to) in
        (0..size.min(TRIANGLES)).flat_map(|from| (0..size.min(TRIANGLES)).map(move |to| (from, to)))
    {
        let over = |over: &usize| {
            *over != from && *over != to && distance(from, *over) + distance(*over, to) < distance(from, to)
        };
        if let Some(over) = (0..size.min(TRIANGLES)).find(over)
            && cell(from, to) != UNREACHABLE
        {
            let at = MATRIX_AT + from * size + to;
            let message = format_args!(
                "from domain {from} to {to}: {}, and over {over} only {}",
                cell(from, to),
                distance(from, over) + distance(over, to)
            );
            findings.add(&rules::SLIT_TRIANGLE, at..at + 1, message);
            return;
        }
    }
}

/// The rules for the distances, all of which are there.
fn matrix(findings: &mut Findings, slit: &Slit<'_>, size: usize) {
    let cell = |from: usize, to: usize| slit.bytes().get(MATRIX_AT + from * size + to).copied().unwrap_or(0);
    let mut uniform = size > 2;
    for from in 0..size {
        for to in 0..size {
            let (value, back) = (cell(from, to), cell(to, from));
            let at = MATRIX_AT + from * size + to;
            if from == to {
                if value != LOCAL_DISTANCE {
                    let message =
                        format_args!("from domain {from} to itself: {value}, expected {LOCAL_DISTANCE}");
                    findings.add(&rules::SLIT_DIAGONAL, at..at + 1, message);
                }
                continue;
            }
            uniform &= value == cell(0, 1);
            if value <= LOCAL_DISTANCE {
                let message = format_args!(
                    "from domain {from} to {to}: {value}, expected {} or more",
                    LOCAL_DISTANCE + 1
                );
                findings.add(&rules::SLIT_DISTANCE, at..at + 1, message);
            } else if value == UNREACHABLE {
                findings.add(
                    &rules::SLIT_UNREACHABLE,
                    at..at + 1,
                    format_args!("from domain {from} to {to}: {value}"),
                );
            }
            if from < to && value != back {
                let message = format_args!("from domain {from} to {to}: {value}, and back: {back}");
                findings.add(&rules::SLIT_ASYMMETRIC, at..at + 1, message);
            }
        }
    }
    triangle(findings, size, &cell);
    if uniform {
        let end = MATRIX_AT + size * size;
        let message = format_args!("all {size} domains are {} from each other", cell(0, 1));
        findings.add(&rules::SLIT_UNIFORM, MATRIX_AT..end, message);
    }
}
