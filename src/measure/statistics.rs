//! Statistics of one run, as plain numbers under the names of the dictionary.

use hdrhistogram::Histogram;

use super::outcome::{BANDS, LatencyCell, RunOutcome, Tally};
use crate::scenario::{Role, Scenario};

/// Quantiles of latency: name, value, fewest samples.
pub(super) const QUANTILES: [(&str, f64, u64); 5] = [
    ("p50_us", 0.5, 1),
    ("p95_us", 0.95, 20),
    ("p99_us", 0.99, 100),
    ("p999_us", 0.999, 10_000),
    ("p9999_us", 0.9999, 100_000),
];
const TOPOLOGIES: [&str; 4] = ["on_us", "bilateral", "one_hub", "two_hubs"];

/// One statistic of one run.
#[derive(Clone, Debug)]
pub(super) struct Statistic {
    /// The entry's pattern in the dictionary.
    pub(super) pattern: String,
    /// The full name.
    pub(super) name: String,
    /// `None`: not defined, or too few samples.
    pub(super) value: Option<f64>,
    /// How many samples there were, where a tail was refused.
    pub(super) too_few: Option<u64>,
}

impl Statistic {
    /// The unit, as in the dictionary.
    pub(super) fn unit(&self) -> &'static str {
        super::dictionary::entry(&self.pattern).unit
    }
}

/// Collects the statistics of one run.
#[derive(Default)]
struct Sheet {
    rows: Vec<Statistic>,
}

/// All statistics of one run.
pub(super) fn of_run(run: &RunOutcome, scenario: &Scenario) -> Vec<Statistic> {
    let counted = scenario.horizon.nanos().saturating_sub(scenario.warm_up.nanos());
    let seconds = whole(u128::from(counted)) / 1e9;
    let mut sheet = Sheet::default();
    sheet.counts(run, seconds);
    sheet.tickets(&run.tally);
    if scenario.risk.is_some() {
        sheet.risk(&run.tally);
    }
    sheet.latencies(run);
    sheet.houses(run, scenario, seconds);
    sheet.money(run);
    sheet.participants(run, scenario);
    sheet.rows
}

impl Sheet {
    fn put(&mut self, name: &str, value: Option<f64>) {
        self.named(name, name, value);
    }

    fn named(&mut self, pattern: &str, name: &str, value: Option<f64>) {
        let (pattern, name) = (pattern.to_owned(), name.to_owned());
        self.rows.push(Statistic { pattern, name, value, too_few: None });
    }

    fn counts(&mut self, run: &RunOutcome, seconds: f64) {
        let tally = &run.tally;
        let closed = tally.accepted + tally.declined_business + tally.declined_technical;
        self.put("intentions", Some(whole(tally.intentions)));
        for (name, count) in [
            ("acceptance.first_try_frac", tally.first_try),
            ("acceptance.after_switch_frac", tally.after_switch),
            ("acceptance.lost_frac", tally.unreadable),
            ("acceptance.declined_frac", tally.declined),
        ] {
            self.put(name, ratio(count, tally.intentions));
        }
        self.put("attempts", Some(whole(tally.attempts)));
        self.put("approved_frac", ratio(tally.accepted, tally.attempts));
        self.put("declined_business_frac", ratio(tally.declined_business, tally.attempts));
        self.put("declined_technical_frac", ratio(tally.declined_technical, tally.attempts));
        self.put("messages_per_attempt", ratio(tally.messages, closed));
        self.put("throughput_per_s", rate(tally.accepted, seconds));
        self.put("value_minor", Some(whole(tally.accepted_minor)));
        self.put("ticket_mean_minor", ratio(tally.accepted_minor, tally.accepted));
        let basis_points = ratio(tally.merchant_fees_minor, tally.accepted_minor);
        self.put("fees.merchant_bp", basis_points.map(|share| share * 1e4));
        let in_flight = run.series.iter().map(|row| row.in_flight_max).max();
        self.put("in_flight_max", in_flight.map(whole));
        self.put("background_items", Some(whole(tally.background)));
    }

    fn tickets(&mut self, tally: &Tally) {
        let background = ratio(tally.background_minor, tally.background_accepted);
        self.put("background.ticket_mean_minor", background);
        let minor = tally.accepted_minor + tally.background_minor;
        self.put(
            "traffic.ticket_mean_minor",
            ratio(minor, tally.accepted + tally.background_accepted),
        );
        let mut at_most = 0;
        for (bound, count) in BANDS.iter().zip(tally.bands) {
            at_most += count;
            let name = format!("ticket.at_most_{bound}_frac");
            self.named("ticket.at_most_{amount}_frac", &name, ratio(at_most, tally.accepted));
        }
    }

    fn risk(&mut self, tally: &Tally) {
        let honest = tally.screened.saturating_sub(tally.frauds);
        self.put("fraud.attempted_frac", ratio(tally.frauds, tally.screened));
        self.put("fraud.detected_frac", ratio(tally.frauds_detected, tally.frauds));
        self.put("fraud.false_decline_frac", ratio(tally.false_declines, honest));
        self.put("fraud.paid", Some(whole(tally.frauds_paid)));
        self.put("fraud.paid_minor", Some(whole(tally.frauds_paid_minor)));
        let paid = ratio(tally.frauds_paid_minor, tally.accepted_minor);
        self.put("fraud.paid_bp", paid.map(|share| share * 1e4));
    }

    fn latencies(&mut self, run: &RunOutcome) {
        for stage in ["system", "user"] {
            let cells = accepted(run, stage, "");
            self.latency(&format!("latency.{stage}"), &format!("latency.{stage}"), &cells);
        }
        for stage in ["parse", "debit", "pay"] {
            let cells = accepted(run, stage, "");
            self.exchange(stage, &cells);
        }
        for route in routes(run) {
            let cells = accepted(run, "system", &route);
            self.latency("latency.system.{route}", &format!("latency.system.{route}"), &cells);
        }
    }

    fn latency(&mut self, pattern: &str, name: &str, cells: &[&LatencyCell]) {
        let Some((merged, mean)) = merge(cells) else { return };
        self.named(&format!("{pattern}.mean_us"), &format!("{name}.mean_us"), Some(mean));
        for (quantile, at, fewest) in QUANTILES {
            let enough = merged.len() >= fewest;
            self.rows.push(Statistic {
                pattern: format!("{pattern}.{quantile}"),
                name: format!("{name}.{quantile}"),
                value: enough.then(|| whole(merged.value_at_quantile(at))),
                too_few: (!enough).then_some(merged.len()),
            });
        }
    }

    /// Buckets of 1 % carry no far tail.
    fn exchange(&mut self, stage: &str, cells: &[&LatencyCell]) {
        let Some((merged, mean)) = merge(cells) else { return };
        let pattern = format!("latency.{stage}.{{statistic}}");
        self.named(&pattern, &format!("latency.{stage}.mean_us"), Some(mean));
        for (quantile, at, fewest) in &QUANTILES[..3] {
            let value = (merged.len() >= *fewest).then(|| whole(merged.value_at_quantile(*at)));
            self.named(&pattern, &format!("latency.{stage}.{quantile}"), value);
        }
    }

    fn houses(&mut self, run: &RunOutcome, scenario: &Scenario, seconds: f64) {
        for hub in with_role(scenario, Role::ClearingHouse) {
            let row = run.houses.iter().find(|row| row.house == hub);
            let (items, value) = row.map_or((0, 0), |row| (row.items, row.value_minor));
            let mut put = |end: &str, value| {
                self.named(&format!("hub.{{name}}.{end}"), &format!("hub.{hub}.{end}"), value);
            };
            put("items_per_s", rate(items, seconds));
            put("value_minor_per_s", rate(value, seconds));
            put("ticket_mean_minor", ratio(value, items));
            let per_day = 86_400.0 / scenario.scale;
            put("full_items_per_day", rate(items, seconds).map(|rate| rate * per_day));
            put("full_value_minor_per_day", rate(value, seconds).map(|rate| rate * per_day));
            let (debits, sum_ns) = row.map_or((0, 0), |row| (row.debits, row.debit_sum_ns));
            put("debit_mean_us", ratio(sum_ns, debits).map(|mean_ns| mean_ns / 1e3));
        }
    }

    fn money(&mut self, run: &RunOutcome) {
        let gross: u128 = run.settlement.iter().map(|row| row.gross_minor).sum();
        let net: u128 = run.settlement.iter().map(|row| row.net_minor).sum();
        self.put("settlement.netting_frac", ratio(net, gross).map(|kept| 1.0 - kept));
        self.put("settlement.gross_minor", Some(whole(gross)));
        self.put("settlement.net_minor", Some(whole(net)));
        let used = run.liquidity.iter().filter_map(|row| row.used_ppm).max();
        self.put("liquidity.peak_used_frac", used.map(|ppm| whole(ppm) / 1e6));
    }

    fn participants(&mut self, run: &RunOutcome, scenario: &Scenario) {
        for row in &run.stations {
            let name = format!("utilisation.{}_frac", row.node);
            self.named("utilisation.{name}_frac", &name, Some(row.utilisation_frac));
        }
        for wallet in with_role(scenario, Role::Wallet) {
            let row = run.wallets.iter().find(|row| row.wallet == wallet);
            let share = ratio(row.map_or(0, |row| row.accepted), run.tally.accepted);
            self.named("wallet.{name}.share_frac", &format!("wallet.{wallet}.share_frac"), share);
        }
        for bank in with_role(scenario, Role::Bank) {
            let row = run.decisions.iter().find(|row| row.institution == bank);
            let Some(row) = row else { continue };
            let decided = row.approved + row.declined_business + row.declined_technical;
            for (end, count) in [
                ("approved_frac", row.approved),
                ("declined_business_frac", row.declined_business),
                ("declined_technical_frac", row.declined_technical),
            ] {
                let name = format!("bank.{bank}.{end}");
                self.named(&format!("bank.{{name}}.{end}"), &name, ratio(count, decided));
            }
        }
    }
}

fn with_role(scenario: &Scenario, role: Role) -> impl Iterator<Item = &str> {
    let has = move |one: &&crate::scenario::Institution| one.roles.has(role);
    scenario.institutions.iter().filter(has).map(|one| one.name.as_str())
}

/// Accepted cells of a stage on routes that begin so, background apart.
fn accepted<'a>(run: &'a RunOutcome, stage: &str, route: &str) -> Vec<&'a LatencyCell> {
    let on_route = |cell: &&LatencyCell| {
        let rest = cell.route.strip_prefix(route);
        rest.is_some_and(|rest| route.is_empty() || rest.is_empty() || rest.starts_with('.'))
    };
    let of_stage = run.latency.iter().filter(|cell| {
        cell.stage == stage && cell.outcome == "accepted" && cell.route != "background"
    });
    of_stage.filter(on_route).collect()
}

/// Topologies, then with funding, then with mode, as far as they occur.
fn routes(run: &RunOutcome) -> Vec<String> {
    let mut found = Vec::new();
    for topology in TOPOLOGIES {
        for cell in accepted(run, "system", topology) {
            let ends = cell.route.match_indices('.').map(|(at, _)| at).chain([cell.route.len()]);
            found.extend(ends.map(|end| cell.route[..end].to_owned()));
        }
    }
    found.sort();
    found.dedup();
    found
}

/// One histogram and the exact mean in microseconds.
fn merge(cells: &[&LatencyCell]) -> Option<(Histogram<u64>, f64)> {
    let mut merged = super::buckets::histogram();
    let (mut sum, mut count) = (0_u128, 0_u64);
    for cell in cells {
        merged.add(&cell.histogram).expect("all histograms have the same bounds");
        sum += cell.sum_ns;
        count += cell.count;
    }
    ratio(sum, count).map(|mean_ns| (merged, mean_ns / 1e3))
}

#[expect(clippy::cast_precision_loss, reason = "a report's number; sums stay whole until here")]
pub(super) fn whole(count: impl Into<u128>) -> f64 {
    count.into() as f64
}

/// `part ÷ of`; `None` of nothing.
pub(super) fn ratio(part: impl Into<u128>, of: impl Into<u128>) -> Option<f64> {
    let of = of.into();
    (of > 0).then(|| whole(part) / whole(of))
}

fn rate(count: impl Into<u128>, seconds: f64) -> Option<f64> {
    (seconds > 0.0).then(|| whole(count) / seconds)
}
