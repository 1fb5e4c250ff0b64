//! Tables for people: plain columns, numbers to the right.

use comfy_table::{CellAlignment, Table, presets};

/// Columns under a header, indented by two spaces. Columns named in `right` hold numbers.
pub fn table(header: &[&str], right: &[usize], rows: &[Vec<String>]) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(header.to_vec());
    for row in rows {
        table.add_row(row.clone());
    }
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, 2));
        if right.contains(&index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let lines = table.to_string();
    let indented = lines.lines().map(|line| format!("  {}\n", line.trim_end()));
    indented.collect()
}

/// At most four significant digits, with a unit prefix where the number is large.
pub fn short(number: f64) -> String {
    let (scaled, prefix) = match number.abs() {
        size if size >= 1e12 => (number / 1e12, " T"),
        size if size >= 1e9 => (number / 1e9, " G"),
        size if size >= 1e6 => (number / 1e6, " M"),
        size if size >= 1e4 => (number / 1e3, " k"),
        _ => (number, ""),
    };
    let whole = prefix.is_empty() && scaled.fract().abs() < 1e-9;
    let decimals = match scaled.abs() {
        _ if whole => 0,
        size if size >= 1e3 => 0,
        size if size >= 1e2 => 1,
        size if size >= 1e1 => 2,
        _ => 3,
    };
    format!("{scaled:.decimals$}{prefix}")
}

/// A count with its noun.
pub fn count(number: u64, noun: &str) -> String {
    let plural = match (number, noun.strip_suffix('y')) {
        (1, _) => noun.to_owned(),
        (_, Some(stem)) => format!("{stem}ies"),
        (_, None) => format!("{noun}s"),
    };
    format!("{number} {plural}")
}

/// A share as per cent with one decimal place.
pub fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}
