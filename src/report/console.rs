//! The summary for a terminal: one column a policy, then verdicts, then where the report lies.

use std::fmt::Write;

use comfy_table::{CellAlignment, Table, presets};

use super::number::{clock, count, fraction, micros, money, percent, plain, sparkline};
use super::view::{LawView, PolicyView, ScenarioView, SummaryView};

/// Narrower than this, lines would be torn apart.
const WIDTH_MIN: usize = 40;
const UNKNOWN: &str = "–";

/// One line of figures: its section (on the first line only), its name, a value a policy.
pub(super) struct Line {
    pub(super) section: &'static str,
    pub(super) label: &'static str,
    pub(super) values: Vec<String>,
}

type Read = fn(&PolicyView, &ScenarioView) -> String;

const LINES: &[(&str, &str, Read)] = &[
    ("PAYMENTS", "replications", |p, s| format!("{} of {}", p.replications, s.replications)),
    ("", "offered", |p, _| count(p.counts.attempts.into())),
    ("", "accepted", |p, _| attempts(p, p.counts.accepted)),
    ("", "declined", |p, _| attempts(p, p.counts.declined_business)),
    ("", "failed", |p, _| attempts(p, p.counts.declined_technical)),
    ("", "value", |p, s| amount(p.counts.accepted_minor, s)),
    ("", "messages each", |p, _| {
        let each = super::number::ratio(p.counts.messages.into(), p.counts.attempts.into());
        each.map_or_else(|| UNKNOWN.to_owned(), super::number::significant)
    }),
    ("SHOPPERS", "first wallet", |p, _| intentions(p, p.counts.first_try)),
    ("", "other wallet", |p, _| intentions(p, p.counts.after_switch)),
    ("", "lost sales", |p, _| intentions(p, p.counts.unreadable)),
    ("LATENCY", "p50", |p, _| time(p.latency.as_ref().and_then(|l| l.p50_us))),
    ("", "p95", |p, _| time(p.latency.as_ref().and_then(|l| l.p95_us))),
    ("", "p99", |p, _| time(p.latency.as_ref().and_then(|l| l.p99_us))),
    ("", "p99.9", |p, _| time(p.latency.as_ref().and_then(|l| l.p999_us))),
    ("", "max", |p, _| time(p.latency.as_ref().map(|l| l.max_us))),
    ("CLEARING", "settled", |p, _| {
        format!(
            "{} of {} cycles",
            count(p.clearing.settled.into()),
            count(p.clearing.cycles.into())
        )
    }),
    ("", "gross", |p, s| amount(p.clearing.gross_minor, s)),
    ("", "net", |p, s| amount(p.clearing.net_minor, s)),
    ("", "netting", |p, _| p.clearing.netting_frac.map_or_else(|| UNKNOWN.to_owned(), fraction)),
    ("", "without cover", |p, s| amount(p.clearing.failed_minor, s)),
    ("LIQUIDITY", "peak use", peak),
    ("", "at", |p, s| peak_place(p, s)),
    ("", "postponed", |p, _| count(p.liquidity.calls.into())),
    ("QUEUES", "in flight", |p, _| sparkline(&p.queues.in_flight)),
    ("", "most", |p, _| {
        p.queues.in_flight_max.map_or_else(|| UNKNOWN.to_owned(), |most| count(most.into()))
    }),
    ("", "busiest", |p, _| p.queues.busiest.clone().unwrap_or_else(|| UNKNOWN.to_owned())),
    ("", "utilisation", |p, _| {
        p.queues.utilisation_frac.map_or_else(|| UNKNOWN.to_owned(), fraction)
    }),
    ("", "turned away", |p, _| count(p.queues.turned_away.into())),
];

fn attempts(policy: &PolicyView, part: u64) -> String {
    percent(part.into(), policy.counts.attempts.into())
}

fn intentions(policy: &PolicyView, part: u64) -> String {
    percent(part.into(), policy.counts.intentions.into())
}

fn time(value_us: Option<u64>) -> String {
    value_us.map_or_else(|| UNKNOWN.to_owned(), micros)
}

fn amount(minor: u128, scenario: &ScenarioView) -> String {
    money(minor, scenario.currency_exponent, &scenario.currency)
}

fn peak(policy: &PolicyView, _: &ScenarioView) -> String {
    let used = policy.liquidity.peak_used_ppm;
    used.map_or_else(|| UNKNOWN.to_owned(), |ppm| percent(ppm.into(), 1_000_000))
}

fn peak_place(policy: &PolicyView, scenario: &ScenarioView) -> String {
    match (&policy.liquidity.peak_participant, policy.liquidity.peak_t_us) {
        (Some(who), Some(t_us)) if policy.liquidity.peak_used_ppm > Some(0) => {
            format!("{who} {}", clock(scenario.epoch_time_of_day_us, t_us))
        }
        _ => UNKNOWN.to_owned(),
    }
}

/// The figures of every policy that has a complete run; unknown for the others.
pub(super) fn lines(view: &SummaryView) -> Vec<Line> {
    let value = |read: Read, policy: &PolicyView| match (policy.replications, read) {
        (0, _) => UNKNOWN.to_owned(),
        (_, read) => read(policy, &view.scenario),
    };
    let line = |(section, label, read): &(&'static str, &'static str, Read)| Line {
        section,
        label,
        values: view.policies.iter().map(|policy| value(*read, policy)).collect(),
    };
    LINES.iter().map(line).collect()
}

/// The summary as text of at most `width` columns where names allow; `place` is the folder.
pub fn console(view: &SummaryView, place: &str, width: usize) -> String {
    let width = width.max(WIDTH_MIN);
    let mut text = String::new();
    head(view, width, &mut text);
    for table in tables(view, width) {
        text.push('\n');
        text.push_str(&table);
    }
    text.push('\n');
    verdicts(view, width, &mut text);
    let next =
        if view.ok { format!("less {}/summary.md", plain(place)) } else { view.reproduce.clone() };
    let _ = writeln!(text, "\nreport: {}", plain(place));
    let _ = writeln!(text, "next:   {}", plain(&next));
    text
}

fn head(view: &SummaryView, width: usize, text: &mut String) {
    let scenario = &view.scenario;
    let _ = writeln!(
        text,
        "{}  seed {}  scale {}  engine {}  {}",
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
    let over = if scenario.replications > 1 { " Counts and money are sums over them." } else { "" };
    let note = "Latency: system, accepted payments, replications pooled.";
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
    let names = policies.iter().map(|at| view.policies[*at].policy.clone());
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
