//! The summary for a terminal: one column a policy, then verdicts.

use std::fmt::Write;

use comfy_table::{CellAlignment, Table, presets};

use super::lines::{Line, UNKNOWN, lines};
use super::number::plain;
use super::verdict_view::worst_first;
use super::view::{LawView, SummaryView};

/// Narrower than this, lines would be torn apart.
const WIDTH_MIN: usize = 40;

/// The summary as text of at most `width` columns where names allow. A reused one is the same but
/// for its mark.
pub fn console(view: &SummaryView, reused: bool, width: usize) -> String {
    let width = width.max(WIDTH_MIN);
    let mut text = String::new();
    head(view, reused, width, &mut text);
    for table in tables(view, width) {
        text.push('\n');
        text.push_str(&table);
    }
    text.push('\n');
    verdicts(view, width, &mut text);
    text
}

fn head(view: &SummaryView, reused: bool, width: usize, text: &mut String) {
    let mark = if reused { " (reused)" } else { "" };
    let scenario = &view.scenario;
    let _ = writeln!(
        text,
        "{}  seed {}  scale {}  engine {}  {}{mark}",
        plain(&scenario.name),
        scenario.seed,
        scenario.scale,
        plain(&view.engine.version),
        view.status
    );
    for (what, words) in [("Question: ", &scenario.question), ("Expect:   ", &scenario.expect)] {
        if !words.is_empty() {
            wrap(what, &plain(words), width, text);
        }
    }
    let over = if scenario.replications > 1 {
        " Counts and money are sums over the replications."
    } else {
        ""
    };
    let note = "PAYMENTS: shares of attempts. SHOPPERS: shares of wishes to pay. LATENCY: system, \
                accepted attempts, replications pooled. CLEARING, LIQUIDITY: the whole run.";
    wrap("", &format!("{note}{over}"), width, text);
}

/// As many policies side by side as fit.
fn tables(view: &SummaryView, width: usize) -> Vec<String> {
    let lines = lines(view);
    let widest = |at: usize| {
        let values = lines.iter().map(|line| line.values[at].chars().count());
        values.chain([view.policies[at].policy.len()]).max().unwrap_or(0) + 2
    };
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut room = 0;
    for at in 0..view.policies.len() {
        if widest(at) > room {
            groups.push(Vec::new());
            // Section and label, with their spaces.
            room = width.saturating_sub(27);
        }
        groups.last_mut().expect("a group was just made").push(at);
        room = room.saturating_sub(widest(at));
    }
    groups.iter().map(|group| table(view, &lines, group)).collect()
}

fn table(view: &SummaryView, lines: &[Line], policies: &[usize]) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    let names = policies.iter().map(|at| plain(&view.policies[*at].policy));
    table.set_header([String::new(), String::new()].into_iter().chain(names));
    for line in lines {
        let start = [line.section.to_owned(), line.label.to_owned()];
        let values = policies.iter().map(|at| line.values[*at].clone());
        table.add_row(start.into_iter().chain(values));
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    for column in table.column_iter_mut().skip(2) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.trim_fmt() + "\n"
}

fn verdicts(view: &SummaryView, width: usize, text: &mut String) {
    let held = view.invariants.iter().filter(|law| law.ok).count();
    let all = view.invariants.len();
    let mark = if all > 0 && held == all { '✓' } else { '✗' };
    let names: Vec<&str> = view.invariants.iter().map(|law| law.law.as_str()).collect();
    let names = if names.is_empty() { "nothing was audited".to_owned() } else { names.join(", ") };
    wrap("INVARIANTS  ", &format!("{mark} {held} of {all} ({names})"), width, text);
    for law in view.invariants.iter().filter(|law| !law.ok) {
        wrap("  ✗ ", &breach(law), width, text);
    }
    for (at, one) in worst_first(&view.thresholds).into_iter().enumerate() {
        let start = if at == 0 { "THRESHOLDS  " } else { "            " };
        wrap(start, &plain(&format!("{} {}", one.mark(), one.line())), width, text);
    }
    let judged: Vec<bool> = view.calibration.iter().filter_map(|row| row.ok).collect();
    if !judged.is_empty() {
        let met = judged.iter().filter(|ok| **ok).count();
        let mark = if met == judged.len() { '✓' } else { '✗' };
        let _ =
            writeln!(text, "CALIBRATION {mark} {met} of {} published figures met", judged.len());
        for row in view.calibration.iter().filter(|row| row.ok == Some(false)) {
            let observed = row.observed.map_or_else(|| UNKNOWN.to_owned(), |v| v.to_string());
            let what = format!("{}: published {}, observed {observed}", row.what, row.published);
            wrap("  ✗ ", &plain(&what), width, text);
        }
    }
    for run in view.runs.iter().filter(|run| run.status == "failed") {
        let error = run.error.as_deref().unwrap_or("no message");
        let what = format!("{} replication {} failed: {error}", run.policy, run.replication);
        wrap("  ✗ ", &plain(&what), width, text);
    }
    let missing = view.runs.iter().filter(|run| run.status == "interrupted").count();
    if missing > 0 {
        let _ =
            writeln!(text, "  ✗ interrupted: {missing} of {} runs are missing", view.runs.len());
    }
    let left_out = view.runs.iter().filter(|run| run.status == "left_out").count();
    if left_out > 0 {
        let what = format!("{left_out} complete runs are left out: not every policy got so far");
        wrap("  ✗ ", &what, width, text);
    }
    for warning in &view.warnings {
        wrap("  ! ", &plain(warning), width, text);
    }
}

/// The breach of a law in one sentence.
pub(super) fn breach(law: &LawView) -> String {
    let Some(offence) = &law.first_offence else { return law.law.clone() };
    format!(
        "{} ({} replication {} at {} ns): {}; expected {}, observed {}",
        law.law,
        offence.policy,
        offence.replication,
        offence.at_ns,
        plain(&offence.what),
        plain(&offence.expected),
        plain(&offence.observed)
    )
}

/// Words in lines of at most `width`, the later ones indented below the first.
fn wrap(start: &str, words: &str, width: usize, text: &mut String) {
    let indent = start.chars().count();
    text.push_str(start);
    let mut column = indent;
    for word in words.split_whitespace() {
        let length = word.chars().count();
        if column > indent && column + 1 + length > width {
            text.push('\n');
            text.extend(std::iter::repeat_n(' ', indent));
            column = indent;
        }
        if column > indent {
            text.push(' ');
            column += 1;
        }
        text.push_str(word);
        column += length;
    }
    text.push('\n');
}
