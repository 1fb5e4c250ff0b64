//! The comparison for people: on a terminal, and as a Markdown page.

use std::fmt::Write as _;

use comfy_table::{CellAlignment, Table, presets};

use super::measures::{Compared, LINES, compared};
use super::{SettleInput, lawful};
use crate::report::markdown::{inert, row, table};
use crate::report::number::{count, fraction, plain, significant};

/// Columns of a section and a label with their spaces.
const LABELS: usize = 29;

impl SettleInput<'_> {
    /// What all participants have together: balances above their lowest allowed.
    pub(super) fn available(&self) -> u128 {
        self.context.available_minor
    }
}

/// The comparison as text of at most `width` columns where names allow; `place` is the folder.
pub fn console(input: &SettleInput<'_>, place: &str, width: usize) -> String {
    let rows = compared(input.comparison, input.available());
    let mut text = format!("{}\nMoney is in minor units.\n", network(input));
    let mut rest = &rows[..];
    while !rest.is_empty() {
        let fits = fitting(rest, width);
        let _ = writeln!(text, "\n{}", side_by_side(&rest[..fits]));
        rest = &rest[fits..];
    }
    let laws =
        if lawful(input.comparison) { "✓ all held" } else { "✗ BROKEN: see manifest.json" };
    let _ = writeln!(text, "\nINVARIANTS  {laws}");
    let _ = writeln!(text, "\nreport: {}", plain(place));
    text
}

/// How many of these regimes fit side by side; at least one.
fn fitting(rows: &[Compared], width: usize) -> usize {
    let mut room = width.saturating_sub(LABELS);
    let mut fits = 0;
    for one in rows {
        let values = LINES.iter().map(|(.., read)| read(one).chars().count());
        let widest = values.chain([one.regime.len()]).max().unwrap_or(0) + 2;
        if widest > room {
            break;
        }
        room -= widest;
        fits += 1;
    }
    fits.max(1)
}

fn side_by_side(rows: &[Compared]) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    let names = rows.iter().map(|one| one.regime.to_owned());
    table.set_header([String::new(), String::new()].into_iter().chain(names));
    for (section, label, _, read) in LINES {
        let start = [(*section).to_owned(), (*label).to_owned()];
        table.add_row(start.into_iter().chain(rows.iter().map(read)));
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    for column in table.column_iter_mut().skip(2) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.trim_fmt()
}

fn network(input: &SettleInput<'_>) -> String {
    let summary = &input.comparison.flows.summary;
    let shown = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), fraction);
    format!(
        "NETWORK  {} participants, {} links, density {}, reciprocity {} ({} of value), core {} of \
         {}, concentration {}",
        summary.active,
        count(summary.links.into()),
        shown(summary.density),
        shown(summary.reciprocity),
        shown(summary.reciprocity_by_value),
        summary.core,
        summary.core_size,
        summary.concentration.map_or_else(|| "–".to_owned(), significant),
    )
}

/// The comparison as a page.
pub fn page(input: &SettleInput<'_>) -> String {
    let rows = compared(input.comparison, input.available());
    let context = input.context;
    let verdict = if lawful(input.comparison) {
        "**OK**: every law held under every regime."
    } else {
        "**A law was broken**: do not use these figures."
    };
    let mut page = format!("# {}\n\n{verdict}\n\n{}\n", inert(&context.name), network(input));
    page.push_str("\n## Regimes\n\nMoney is in minor units. `hutong explain LABEL` explains.\n\n");
    let names = rows.iter().map(|one| inert(one.regime));
    row([String::new(), String::new()].into_iter().chain(names), &mut page);
    let marks = rows.iter().map(|_| "---:".to_owned());
    row(["---".to_owned(), "---".to_owned()].into_iter().chain(marks), &mut page);
    for (section, label, _, read) in LINES {
        let start = [(*section).to_owned(), (*label).to_owned()];
        row(start.into_iter().chain(rows.iter().map(|one| inert(&read(one)))), &mut page);
    }
    page.push_str("\n## Laws\n\n");
    table(&["Regime", "Law", "Held", "Tested"], &mut page);
    for one in &input.comparison.regimes {
        for law in &one.findings.laws {
            let held = if law.offence.is_none() { "yes" } else { "**no**" };
            let cells = [one.regime, law.law, held, &law.checked.to_string()].map(str::to_owned);
            row(cells.into_iter(), &mut page);
        }
    }
    page.push_str("\n## Inputs\n\n");
    table(&["What", "File", "BLAKE3"], &mut page);
    for file in &context.inputs {
        let cells = [file.kind.to_owned(), inert(&file.file), file.blake3.clone()];
        row(cells.into_iter(), &mut page);
    }
    page.push_str("\nColumns, units and keys of the tables: `datapackage.json`.\n");
    let _ = writeln!(page, "\nThis report again:\n\n    {}", plain(&context.reproduce));
    page
}
