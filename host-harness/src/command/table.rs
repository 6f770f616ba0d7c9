//! Columns for people.

use host_harness::text;

use super::print::DIM;
use crate::command::terminal::println;

/// Rows under headings. A heading that begins with `#` is one of numbers: they stand at the right.
pub(super) fn table(headings: &[&str], rows: &[Vec<String>]) {
    // What is shown is as wide as it looks.
    let rows: Vec<Vec<_>> = rows
        .iter()
        .map(|row| row.iter().map(|cell| text::line(cell)).collect())
        .collect();
    let width = |column: usize, heading: &str| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells
            .map(|cell| letters(cell))
            .chain([letters(name(heading))])
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<_> = headings
        .iter()
        .enumerate()
        .map(|(column, heading)| (width(column, heading), heading.starts_with('#')))
        .collect();
    let line = |cells: Vec<&str>| {
        let padded = cells.iter().zip(&widths).map(|(cell, (width, right))| match right {
            true => format!("{cell:>width$}"),
            false => format!("{cell:width$}"),
        });
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    let names = headings.iter().map(|heading| name(heading)).collect();
    println!("{DIM}{}{DIM:#}", line(names));
    for row in &rows {
        println!("{}", line(row.iter().map(AsRef::as_ref).collect()));
    }
}

fn name(heading: &str) -> &str {
    heading.trim_start_matches('#')
}

/// As many as formatting pads to.
fn letters(text: &str) -> usize {
    text.chars().count()
}
