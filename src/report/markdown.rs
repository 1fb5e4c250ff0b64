//! The summary as a Markdown page, from the same record as `summary.json`.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::console::breach;
use super::lines::{UNKNOWN, lines};
use super::metric_view::{DifferenceView, MetricView};
use super::number::{money, plain, significant};
use super::verdict_view::{VerdictView, worst_first};
use super::view::SummaryView;

/// Most rows of a table that grows with the scenario: the first ones are the headline.
const ROWS_MAX: usize = 30;

/// The page.
pub fn page(view: &SummaryView) -> String {
    let mut page = String::new();
    head(view, &mut page);
    list("Warnings", view.warnings.iter().cloned(), &mut page);
    page.push_str(&verdicts("Thresholds", &view.thresholds));
    figures(view, &mut page);
    calibration(view, &mut page);
    positions(view, &mut page);
    differences(view, &mut page);
    metrics(view, &mut page);
    invariants(view, &mut page);
    let failed = view.runs.iter().filter(|run| run.status != "complete").map(|run| {
        let error = run.error.as_deref().map(|error| format!(": {error}")).unwrap_or_default();
        let status = match run.status {
            "left_out" => "complete, but not under every policy",
            other => other,
        };
        format!("{}, replication {}: {status}{error}", run.policy, run.replication)
    });
    list("Runs that the figures leave out", failed, &mut page);
    methods(view, &mut page);
    page
}

fn head(view: &SummaryView, page: &mut String) {
    let verdict = match (view.ok, view.status) {
        (true, _) => "**OK**: every run is complete and every law held.",
        (_, "complete") if view.invariants.iter().all(|law| law.ok) => {
            "**A threshold was breached**; every law held."
        }
        (_, "complete") => "**A law was broken**: do not use these figures.",
        (_, "partial") => "**Partial**: some runs failed or were stopped.",
        (_, "interrupted") => "**Interrupted**: some runs are missing.",
        _ => "**Failed**: no run is complete.",
    };
    let _ = writeln!(page, "# {}\n\n{verdict}", inert(&view.scenario.name));
    for (what, words) in
        [("Question", &view.scenario.question), ("Expected", &view.scenario.expect)]
    {
        if !words.is_empty() {
            let _ = writeln!(page, "\n{what}: {}", inert(words));
        }
    }
}

fn figures(view: &SummaryView, page: &mut String) {
    page.push_str("\n## Figures\n\n");
    page.push_str("Counts and money are sums over the complete replications; latency is system\n");
    page.push_str(
        "latency of accepted attempts, pooled. PAYMENTS are shares of attempts, SHOPPERS\n",
    );
    page.push_str(
        "shares of wishes to pay: a wish may lead to no attempt (no code could be read) or\n",
    );
    page.push_str(
        "to several (another wallet was tried). CLEARING and LIQUIDITY cover the whole run,\n",
    );
    page.push_str("the rest what arose from warm-up to horizon.\n\n");
    let names = view.policies.iter().map(|policy| inert(&policy.policy));
    row([String::new(), String::new()].into_iter().chain(names), page);
    let marks = view.policies.iter().map(|_| "---:".to_owned());
    row(["---".to_owned(), "---".to_owned()].into_iter().chain(marks), page);
    for line in lines(view) {
        let start = [line.section.to_owned(), line.label.to_owned()];
        row(start.into_iter().chain(line.values.iter().map(|value| inert(value))), page);
    }
}

/// One column a policy, the participants with the largest positions first.
fn positions(view: &SummaryView, page: &mut String) {
    let all = || view.policies.iter().flat_map(|policy| &policy.positions);
    let mut largest: BTreeMap<&str, u128> = BTreeMap::new();
    for one in all() {
        let most = largest.entry(&one.participant).or_default();
        *most = one.net_minor.unsigned_abs().max(*most);
    }
    if largest.is_empty() {
        return;
    }
    page.push_str("\n## Net positions\n\n");
    page.push_str("What each participant received less what it paid over all cycles, fees\n");
    page.push_str("included, summed over the complete replications.\n\n");
    let mut order: Vec<(&str, u128)> = largest.into_iter().collect();
    order.sort_by_key(|(_, most)| std::cmp::Reverse(*most));
    let names = view.policies.iter().map(|policy| inert(&policy.policy));
    row(std::iter::once("Participant".to_owned()).chain(names), page);
    let marks = view.policies.iter().map(|_| "---:".to_owned());
    row(std::iter::once("---".to_owned()).chain(marks), page);
    for (participant, _) in order.iter().take(ROWS_MAX) {
        let cells = view.policies.iter().map(|policy| {
            let found = policy.positions.iter().find(|one| one.participant == *participant);
            found.map_or_else(|| UNKNOWN.to_owned(), |one| signed(one.net_minor, view))
        });
        row(std::iter::once(inert(participant)).chain(cells), page);
    }
    more(order.len(), "positions.csv", page);
}

fn signed(minor: i128, view: &SummaryView) -> String {
    let (exponent, currency) = (view.scenario.currency_exponent, &view.scenario.currency);
    let sign = if minor < 0 { "−" } else { "" };
    format!("{sign}{}", money(minor.unsigned_abs(), exponent, currency))
}

/// What a table of so many rows leaves out, and where it is.
fn more(rows: usize, file: &str, page: &mut String) {
    if rows > ROWS_MAX {
        let _ = writeln!(page, "\n{} more in `{file}`.", rows - ROWS_MAX);
    }
}

/// One column a policy; a cell holds the value and, below it, its interval.
fn metrics(view: &SummaryView, page: &mut String) {
    if view.metrics.is_empty() {
        return;
    }
    page.push_str("\n## Metrics\n\n");
    page.push_str("Means over replications, with 0.95 intervals in brackets where there are at\n");
    page.push_str(
        "least two. Each replication: `metrics.csv`. What one means: `hutong explain`.\n\n",
    );
    let cell = |one: &MetricView| {
        let value = one.value.map_or_else(|| UNKNOWN.to_owned(), significant);
        value + &interval(one.ci_lo, one.ci_hi)
    };
    let rows = view.metrics.iter().map(|one| (&one.name, &one.unit, &one.policy, cell(one)));
    let policies: Vec<&String> = view.policies.iter().map(|policy| &policy.policy).collect();
    by_policy(rows, &policies, "metrics.csv", page);
}

/// Every policy less the first one, one column a policy.
fn differences(view: &SummaryView, page: &mut String) {
    let [first, others @ ..] = view.policies.as_slice() else { return };
    if others.is_empty() {
        return;
    }
    let _ = writeln!(page, "\n## Differences from {}\n", inert(&first.policy));
    if view.differences.is_empty() {
        page.push_str("None: no replication is complete under two policies.\n");
        return;
    }
    page.push_str("Each policy less the first, in the same replication: the same shoppers with\n");
    page.push_str("the same wishes. ");
    page.push_str(if view.differences.iter().any(|one| one.replications < 2) {
        "There are fewer than two replications, so nothing can be said of how\n\
         sure these differences are: `--replications 10` gives intervals.\n\n"
    } else {
        "In brackets 0.95 intervals (Student-t over replications). One\n\
         that does not hold 0 speaks for a difference; one in twenty does so by chance.\n\n"
    });
    let cell = |one: &DifferenceView| {
        let sign = if one.difference > 0.0 { "+" } else { "" };
        format!("{sign}{}{}", significant(one.difference), interval(one.ci_lo, one.ci_hi))
    };
    let rows = view.differences.iter().map(|one| (&one.name, &one.unit, &one.policy, cell(one)));
    let policies: Vec<&String> = others.iter().map(|policy| &policy.policy).collect();
    by_policy(rows, &policies, "summary.json", page);
}

/// A table of one row a metric, in order of first occurrence, and one column a policy; the rows
/// that it has no room for are in a file.
fn by_policy<'a>(
    cells: impl Iterator<Item = (&'a String, &'a String, &'a String, String)>,
    policies: &[&String],
    file: &str,
    page: &mut String,
) {
    let mut rows: Vec<(&str, &str, Vec<String>)> = Vec::new();
    let mut places = BTreeMap::new();
    for (name, unit, policy, cell) in cells {
        let Some(column) = policies.iter().position(|known| *known == policy) else { continue };
        let at = *places.entry(name).or_insert_with(|| {
            rows.push((name, unit, vec![UNKNOWN.to_owned(); policies.len()]));
            rows.len() - 1
        });
        rows[at].2[column] = cell;
    }
    let heads = ["Metric".to_owned(), "Unit".to_owned()];
    row(heads.into_iter().chain(policies.iter().map(|policy| inert(policy))), page);
    let marks = policies.iter().map(|_| "---:".to_owned());
    row(["---".to_owned(), "---".to_owned()].into_iter().chain(marks), page);
    let count = rows.len();
    for (name, unit, cells) in rows.into_iter().take(ROWS_MAX) {
        row([inert(name), inert(unit)].into_iter().chain(cells), page);
    }
    more(count, file, page);
}

fn interval(low: Option<f64>, high: Option<f64>) -> String {
    match (low, high) {
        (Some(low), Some(high)) => format!(" ({} to {})", significant(low), significant(high)),
        _ => String::new(),
    }
}

fn calibration(view: &SummaryView, page: &mut String) {
    if view.calibration.is_empty() {
        return;
    }
    page.push_str("\n## Given, fitted, predicted\n\n");
    page.push_str("Only predicted rows count as validation.\n\n");
    table(&["Kind", "What", "Published", "Observed", "Met", "Source"], page);
    for line in &view.calibration {
        let met = match line.ok {
            Some(true) => "yes",
            Some(false) => "**no**",
            None => "–",
        };
        let cells = [
            inert(&line.kind),
            inert(&line.what),
            inert(&line.published),
            line.observed.map_or_else(|| "–".to_owned(), significant),
            met.to_owned(),
            inert(&line.source),
        ];
        row(cells.into_iter(), page);
    }
}

/// A table of verdicts, the worst first; nothing where there are none.
pub(super) fn verdicts(title: &str, verdicts: &[VerdictView]) -> String {
    let mut page = String::new();
    if verdicts.is_empty() {
        return page;
    }
    let _ = writeln!(page, "\n## {title}\n");
    table(&["Verdict", "What"], &mut page);
    for one in worst_first(verdicts) {
        let word = if one.ok { one.verdict.clone() } else { format!("**{}**", one.verdict) };
        row([word, inert(&one.line())].into_iter(), &mut page);
    }
    page
}

fn invariants(view: &SummaryView, page: &mut String) {
    page.push_str("\n## Invariants\n\n");
    if view.invariants.is_empty() {
        page.push_str("Nothing was audited.\n");
        return;
    }
    table(&["Law", "Held", "Tested", "Statement"], page);
    for law in &view.invariants {
        let held = if law.ok { "yes" } else { "**no**" };
        let cells =
            [inert(&law.law), held.to_owned(), law.checked.to_string(), inert(&law.statement)];
        row(cells.into_iter(), page);
    }
    let broken = view.invariants.iter().filter(|law| !law.ok);
    list("Broken laws", broken.map(breach), page);
}

fn methods(view: &SummaryView, page: &mut String) {
    let scenario = &view.scenario;
    page.push_str("\n## Methods\n\n");
    let _ = writeln!(page, "{}", methods_text(view, inert));
    let _ = writeln!(
        page,
        "\nEngine {}, sources {}, run {}.",
        inert(&view.engine.version),
        inert(&view.engine.digest),
        inert(&scenario.hash)
    );
    page.push_str(
        "\nColumns, units and keys of the tables beside this page: `datapackage.json`.\n",
    );
    let _ = writeln!(
        page,
        "\nThis report again, in the folder of the scenario:\n\n    {}",
        plain(&view.reproduce)
    );
}

/// How the runs were made, with the names shown as the page needs them.
pub(super) fn methods_text(view: &SummaryView, show: fn(&str) -> String) -> String {
    let scenario = &view.scenario;
    format!(
        "Independent replications with common random numbers: {} of each policy, seed {}, \
         generator {}. Simulated time begins at {}; intentions from {} s to {} s are counted \
         and followed for at most {} s more. Scale {}. Intervals are Student-t over \
         replications, level 0.95.",
        scenario.replications,
        scenario.seed,
        show(&view.engine.generator),
        show(&scenario.epoch),
        seconds(scenario.warm_up_us),
        seconds(scenario.horizon_us),
        seconds(scenario.drain_us),
        scenario.scale
    )
}

#[expect(clippy::cast_precision_loss, reason = "exact below 285 years")]
fn seconds(us: u64) -> f64 {
    us as f64 / 1e6
}

fn list(title: &str, entries: impl Iterator<Item = String>, page: &mut String) {
    let mut entries = entries.peekable();
    if entries.peek().is_some() {
        let _ = writeln!(page, "\n## {title}\n");
    }
    for entry in entries {
        let _ = writeln!(page, "- {}", inert(&entry));
    }
}

pub(super) fn table(heads: &[&str], page: &mut String) {
    row(heads.iter().map(|head| (*head).to_owned()), page);
    row(heads.iter().map(|_| "---".to_owned()), page);
}

pub(super) fn row(cells: impl Iterator<Item = String>, page: &mut String) {
    for cell in cells {
        let _ = write!(page, "| {cell} ");
    }
    page.push_str("|\n");
}

/// Text that Markdown shows as it is.
pub(super) fn inert(text: &str) -> String {
    let text = plain(text);
    let mut shown = String::with_capacity(text.len());
    let mut before = ' ';
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let word = |c: char| c.is_alphanumeric();
        let special = match c {
            // Within a word, or within an address, an underscore is only that.
            '_' => !(word(before) && rest.peek().copied().is_some_and(word)),
            '\\' | '`' | '*' | '[' | ']' | '<' | '>' | '|' | '~' | '$' | '!' | '#' | '{' | '}' => {
                true
            }
            '-' | '+' | '=' | '.' | ')' | ':' => shown.is_empty(),
            _ => false,
        };
        if c == '&' {
            shown.push_str("&amp;");
        } else if special {
            shown.extend(['\\', c]);
        } else {
            shown.push(c);
        }
        before = c;
    }
    shown
}
