//! Five stations in a row are Jackson's tandem: each is the queue that it would be alone.
//!
//! A consumer-presented payment from a bank account visits the till's acquirer, two clearing
//! houses, the wallet and the bank; answers bypass every station. Its checks share the error of six
//! of the family of `theory`.

use std::fmt::Write as _;

use hutong::measure::outcome::{LatencyCell, RunOutcome};
use hutong::scenario::Scenario;

use crate::queueing::verdict::Check;
use crate::queueing::world::{
    Estimate, Fault, Length, Line, RELAXATIONS, checks, head, loaded, replications, station,
};
use crate::theory::{FAMILY, REPLICATIONS, assert_all, millions};

/// Four links of ten milliseconds there and four back, in nanoseconds.
const LINKS_NS: f64 = 8.0 * 10e6;

/// Names of a tandem's stations in the order in which a payment visits them.
const TANDEM: [&str; 5] = ["acquirer", "hub-b", "hub-a", "wallet", "bank"];
const TANDEM_ROLES: [&str; 5] = [
    "\"acquirer\", \"code-issuer\"",
    "\"clearing-house\"",
    "\"clearing-house\"",
    "\"wallet\"",
    "\"bank\"",
];

/// Five queues in a row: the till's acquirer, two clearing houses, the wallet and the bank. All
/// must offer the same number of payments a second.
fn tandem(lines: &[Line; 5], length: Length) -> Scenario {
    let per_second = lines[0].per_second();
    let warm_up = RELAXATIONS * lines.iter().map(Line::relaxation_s).sum::<f64>();
    let mut text = head(length, (per_second, warm_up), "{ balance = 0.0, bank = 1.0 }");
    for ((line, name), roles) in lines.iter().zip(TANDEM).zip(TANDEM_ROLES) {
        assert!((line.per_second() - per_second).abs() < 1e-6, "what comes in goes on");
        let station = station(line, Fault::None);
        write!(text, "[institutions.{name}]\nroles = [{roles}]\n{station}\n").unwrap();
    }
    text.push_str(
        r#"
        [[rules]]
        from = "wallet"
        to = "bank"
        rail = "bank-debit"
        direct = true
        [merchants.shops]
        count = 10
        accepts = ["acquirer"]
        modes = { consumer-presented = 1.0 }
        "#,
    );
    loaded(&text)
}

/// What is measured of each station, and the mean from end to end in nanoseconds.
fn measure(outcome: &RunOutcome, lines: &[Line; 5]) -> (Vec<Estimate>, f64) {
    let row = |name: &str| outcome.stations.iter().find(|row| row.node == name).unwrap();
    let each = TANDEM.iter().zip(lines);
    let waits = each.map(|(name, line)| Estimate::of(row(name), line)).collect();
    let system = |cell: &&LatencyCell| cell.stage == "system";
    let mut cells = outcome.latency.iter().filter(system);
    let cell = cells.next().unwrap();
    assert!(cells.next().is_none(), "every payment takes one route and is accepted");
    (waits, cell.sum_ns as f64 / cell.count as f64)
}

#[test]
fn five_stations_in_a_row_are_jacksons_tandem() {
    let line = |servers, mean_ms, rho| Line { mean_ms, ..Line::new(servers, rho) };
    let lines = [
        line(1, 7.0, 0.7),
        line(1, 5.0, 0.5),
        line(1, 9.0, 0.9),
        line(1, 6.0, 0.6),
        line(2, 16.0, 0.8),
    ];
    let scenario = tandem(&lines, millions(100, 3.2));
    let measured = replications(&scenario, REPLICATIONS, |outcome| measure(outcome, &lines));
    let mut all = Vec::new();
    let mut whole = LINKS_NS;
    for (index, (name, line)) in TANDEM.iter().zip(&lines).enumerate() {
        whole += (line.theory().mean + 1.0) * line.mean_ms * 1e6;
        let station: Vec<_> = measured.iter().map(|(stations, _)| stations[index]).collect();
        all.extend(checks(&format!("tandem {name}"), line, &station));
    }
    all.push(Check {
        what: "tandem end to end".to_owned(),
        theory: whole,
        measured: measured.iter().map(|(_, end_to_end)| *end_to_end).collect(),
        precision: 0.01,
    });
    // As much error as six checks of the family, divided among all of these.
    assert_all(&all, FAMILY * all.len() / 6);
}
