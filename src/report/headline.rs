//! From results to the summary record: sums over complete replications, and the laws.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::latency::{self, Figures};
use super::metric_view::DifferenceView;
use super::number::{plain, ratio};
use super::verdict_view::{self, VerdictView};
use super::view::{
    ClearingView, CountsView, EngineView, LawView, LiquidityView, OffenceView, PolicyView,
    PositionView, QueuesView, RunView, ScenarioView, SummaryView,
};
use super::{ReportInput, SUMMARY_SCHEMA};
use crate::measure::outcome::{LiquidityRow, RunOutcome, SeriesRow};
use crate::measure::results::{Results, RunStatus};
use crate::measure::summary;

/// Points of the sparkline.
const POINTS: usize = 24;
/// Samples below which the 0.999 quantile is not reported.
const TAIL_SAMPLES: u64 = 10_000;

/// The summary record of these results.
pub fn summary(input: &ReportInput<'_>) -> SummaryView {
    let status = status(input.results);
    let invariants = laws(input.results);
    let policies = policies(input);
    let thresholds = verdict_view::thresholds(input.results, input.scenario);
    let mut warnings: Vec<String> = input.context.warnings.iter().map(|w| plain(w)).collect();
    for policy in &policies {
        warnings.extend(warnings_of(policy));
    }
    SummaryView {
        schema: SUMMARY_SCHEMA,
        ok: status == "complete"
            && invariants.iter().all(|law| law.ok)
            && !thresholds.iter().any(VerdictView::fails),
        status,
        scenario: scenario(input),
        engine: EngineView {
            version: plain(&input.context.engine_version),
            digest: plain(&input.context.source_digest),
            generator: plain(&input.context.generator),
        },
        reproduce: plain(&input.context.command),
        policies,
        metrics: input.metrics.to_vec(),
        differences: differences(input),
        calibration: input.calibration.iter().map(plain_calibration).collect(),
        thresholds,
        invariants,
        warnings,
        runs: runs(input.results),
    }
}

/// `complete`, `partial` (some runs failed), `interrupted`, or `failed` (no run is complete).
pub fn status(results: &Results) -> &'static str {
    let any = |of: fn(&RunStatus) -> bool| results.runs.iter().any(|run| of(&run.end));
    if any(|end| matches!(end, RunStatus::Interrupted)) {
        "interrupted"
    } else if !any(|end| matches!(end, RunStatus::Complete(..))) {
        "failed"
    } else if any(|end| matches!(end, RunStatus::Failed(_) | RunStatus::Aborted(_))) {
        "partial"
    } else {
        "complete"
    }
}

fn plain_calibration(row: &super::CalibrationView) -> super::CalibrationView {
    super::CalibrationView {
        kind: plain(&row.kind),
        what: plain(&row.what),
        published: plain(&row.published),
        source: plain(&row.source),
        ..*row
    }
}

fn scenario(input: &ReportInput<'_>) -> ScenarioView {
    let scenario = input.scenario;
    ScenarioView {
        name: plain(&scenario.name),
        file: plain(&input.context.scenario_file),
        question: plain(&scenario.question),
        expect: plain(&scenario.expect),
        hash: plain(&input.context.hash),
        seed: scenario.seed,
        scale: scenario.scale,
        epoch: plain(&scenario.epoch.text),
        epoch_time_of_day_us: scenario.epoch.time_of_day.micros_rounded(),
        warm_up_us: scenario.warm_up.micros_rounded(),
        horizon_us: scenario.horizon.micros_rounded(),
        drain_us: scenario.drain.micros_rounded(),
        window_us: scenario.window.micros_rounded(),
        currency: plain(&scenario.currency.code),
        currency_exponent: scenario.currency.exponent,
        replications: scenario.replications,
    }
}

fn differences(input: &ReportInput<'_>) -> Vec<DifferenceView> {
    let all = summary::differences(input.results, input.scenario);
    all.iter().map(DifferenceView::from).collect()
}

fn policies(input: &ReportInput<'_>) -> Vec<PolicyView> {
    let named = |id: &crate::units::PolicyId| &input.scenario.policies[id.index()].name;
    input.scenario.compared.iter().map(|id| policy(input.results, named(id))).collect()
}

fn policy(results: &Results, policy: &str) -> PolicyView {
    let runs: Vec<&RunOutcome> =
        results.complete().map(|(run, _)| run).filter(|run| run.policy == policy).collect();
    PolicyView {
        policy: policy.to_owned(),
        replications: u32::try_from(runs.len()).expect("replications are counted in 32 bits"),
        counts: counts(&runs),
        latency: latency::headline(results, policy).and_then(|cell| Figures::of(&cell)),
        clearing: clearing(&runs),
        positions: positions(&runs),
        liquidity: liquidity(&runs),
        queues: queues(&runs),
    }
}

fn counts(runs: &[&RunOutcome]) -> CountsView {
    let mut sum = CountsView::default();
    for tally in runs.iter().map(|run| run.tally) {
        sum.intentions += tally.intentions;
        sum.first_try += tally.first_try;
        sum.after_switch += tally.after_switch;
        sum.unreadable += tally.unreadable;
        sum.declined += tally.declined;
        sum.attempts += tally.attempts;
        sum.accepted += tally.accepted;
        sum.declined_business += tally.declined_business;
        sum.declined_technical += tally.declined_technical;
        sum.messages += tally.messages;
        sum.accepted_minor += tally.accepted_minor;
        sum.background += tally.background;
        sum.background_accepted += tally.background_accepted;
        sum.background_minor += tally.background_minor;
        sum.open_at_end += tally.open_at_end;
    }
    sum
}

fn clearing(runs: &[&RunOutcome]) -> ClearingView {
    let mut sum = ClearingView::default();
    let cycles = runs.iter().flat_map(|run| &run.settlement);
    // A closing cut-off may find nothing: there was no cycle to settle.
    for cycle in cycles.filter(|cycle| cycle.status != "empty") {
        sum.cycles += 1;
        sum.settled += u64::from(cycle.settled_us.is_some());
        sum.gross_minor += cycle.gross_minor;
        sum.net_minor += cycle.net_minor;
        sum.failed_minor += cycle.failed_minor;
    }
    sum.netting_frac = ratio(sum.gross_minor.saturating_sub(sum.net_minor), sum.gross_minor);
    sum
}

fn positions(runs: &[&RunOutcome]) -> Vec<PositionView> {
    let mut sums: BTreeMap<&str, (i128, i128)> = BTreeMap::new();
    for row in runs.iter().flat_map(|run| &run.positions) {
        let (net, fees) = sums.entry(&row.participant).or_default();
        *net += row.net_minor;
        *fees += row.fees_minor;
    }
    let view = |(participant, (net_minor, fees_minor)): (&str, _)| PositionView {
        participant: participant.to_owned(),
        net_minor,
        fees_minor,
    };
    sums.into_iter().map(view).collect()
}

fn liquidity(runs: &[&RunOutcome]) -> LiquidityView {
    let mut peak: Option<&LiquidityRow> = None;
    let mut calls = 0;
    for run in runs {
        let mut by_participant = BTreeMap::new();
        for row in &run.liquidity {
            if row.used_ppm > peak.and_then(|peak| peak.used_ppm) {
                peak = Some(row);
            }
            let so_far: &mut u64 = by_participant.entry(&row.participant).or_default();
            *so_far = row.calls.max(*so_far);
        }
        calls += by_participant.values().sum::<u64>();
    }
    LiquidityView {
        peak_used_ppm: peak.and_then(|row| row.used_ppm),
        peak_participant: peak.map(|row| row.participant.clone()),
        peak_t_us: peak.map(|row| row.t_us),
        calls,
    }
}

fn queues(runs: &[&RunOutcome]) -> QueuesView {
    let busiest = busiest(runs);
    let stations = || runs.iter().flat_map(|run| &run.stations);
    let series = || runs.iter().flat_map(|run| &run.series);
    QueuesView {
        busiest: busiest.map(|(node, _)| node.to_owned()),
        utilisation_frac: busiest.map(|(_, utilisation)| utilisation),
        turned_away: stations().map(|station| station.turned_away).sum(),
        in_flight: in_flight(runs),
        in_flight_max: series().map(|row| row.in_flight_max).max(),
    }
}

/// The station with the highest mean utilisation, the figure of `utilisation.NAME_frac`.
fn busiest<'a>(runs: &[&'a RunOutcome]) -> Option<(&'a str, f64)> {
    let mut nodes: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for station in runs.iter().flat_map(|run| &run.stations) {
        nodes.entry(&station.node).or_default().push(station.utilisation_frac);
    }
    let mean = |(node, estimates): (&'a str, Vec<f64>)| {
        summary::mean_and_interval(&estimates).map(|(mean, _)| (node, mean))
    };
    let means = nodes.into_iter().filter_map(mean);
    means.reduce(|busiest, other| if other.1 > busiest.1 { other } else { busiest })
}

/// Means over equal parts of the windows and over replications.
#[expect(clippy::cast_precision_loss, reason = "a count of windows")]
fn in_flight(runs: &[&RunOutcome]) -> Vec<f64> {
    let windows = runs.iter().map(|run| run.series.len()).max().unwrap_or(0);
    let points = windows.min(POINTS);
    let mut sums = vec![(0.0, 0_usize); points];
    for run in runs {
        let mut series: Vec<&SeriesRow> = run.series.iter().collect();
        series.sort_by_key(|row| row.t_us);
        for (window, row) in series.into_iter().enumerate() {
            let (sum, count) = &mut sums[window * points / windows];
            *sum += row.in_flight_mean;
            *count += 1;
        }
    }
    sums.into_iter().map(|(sum, count)| sum / count as f64).collect()
}

fn laws(results: &Results) -> Vec<LawView> {
    let mut laws: Vec<LawView> = Vec::new();
    for (run, findings) in results.audited() {
        for finding in &findings.laws {
            let known = laws.iter().position(|law| law.law == finding.law);
            let at = known.unwrap_or_else(|| {
                laws.push(LawView {
                    law: finding.law.to_owned(),
                    statement: finding.statement.to_owned(),
                    ok: true,
                    checked: 0,
                    first_offence: None,
                });
                laws.len() - 1
            });
            let law = &mut laws[at];
            law.checked += finding.checked;
            if let Some(offence) = &finding.offence {
                law.ok = false;
                law.first_offence.get_or_insert_with(|| OffenceView {
                    policy: run.policy.clone(),
                    replication: run.replication,
                    at_ns: offence.at.nanos(),
                    what: plain(&offence.what),
                    expected: plain(&offence.expected),
                    observed: plain(&offence.observed),
                });
            }
        }
    }
    laws
}

fn runs(results: &Results) -> Vec<RunView> {
    let view = |run: &crate::measure::results::RunRecord| {
        let (status, outcome, error) = match &run.end {
            RunStatus::Complete(outcome, _) => ("complete", Some(outcome), None),
            RunStatus::LeftOut(outcome, _) => ("left_out", Some(outcome), None),
            RunStatus::Failed(message) => ("failed", None, Some(plain(message))),
            RunStatus::Aborted(abort) => ("aborted", None, Some(plain(&abort.text))),
            RunStatus::Interrupted => ("interrupted", None, None),
        };
        RunView {
            policy: run.policy.clone(),
            replication: run.replication,
            status,
            digest: outcome.map(|outcome| hexadecimal(&outcome.digest)),
            events: outcome.map(|outcome| outcome.events),
            payments: outcome.map(|outcome| outcome.payments),
            error,
        }
    };
    results.runs.iter().map(view).collect()
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes every character");
        text
    })
}

/// What a reader of this policy's figures must know.
fn warnings_of(policy: &PolicyView) -> Vec<String> {
    let name = &policy.policy;
    let mut warnings = Vec::new();
    if policy.replications == 0 {
        warnings.push(format!("{name}: no replication is complete"));
    }
    match &policy.latency {
        Some(figures) if figures.count < TAIL_SAMPLES => warnings.push(format!(
            "{name}: {} accepted payments are too few for p99.9 (10,000 needed)",
            figures.count
        )),
        Some(figures) if figures.clamped > 0 => warnings
            .push(format!("{name}: {} latencies above one hour count as one", figures.clamped)),
        _ => {}
    }
    if policy.counts.open_at_end > 0 {
        let open = policy.counts.open_at_end;
        warnings.push(format!("{name}: {open} counted payments were still open after the drain"));
    }
    if policy.clearing.failed_minor > 0 {
        warnings.push(format!("{name}: net debits without cover; see settlement.csv"));
    }
    warnings
}
