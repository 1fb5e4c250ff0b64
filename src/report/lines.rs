//! Lines: the figures of a summary by label, each with its words and how to read it off a policy.

use super::number::{
    clock, count, fraction, micros, money, percent, plain, ratio, significant, sparkline,
};
use super::view::{PolicyView, ScenarioView, SummaryView};

/// Shown where nothing is known.
pub(super) const UNKNOWN: &str = "–";

/// One line of figures: its section (on the first line only), its name, a value a policy.
pub(super) struct Line {
    pub(super) section: &'static str,
    pub(super) label: &'static str,
    pub(super) values: Vec<String>,
}

type Read = fn(&PolicyView, &ScenarioView) -> String;
/// Label, what it means, how to read it.
type Row = (&'static str, &'static str, Read);

const SECTIONS: [(&str, &[Row]); 6] = [
    ("PAYMENTS", PAYMENTS),
    ("SHOPPERS", SHOPPERS),
    ("LATENCY", LATENCY),
    ("CLEARING", CLEARING),
    ("LIQUIDITY", LIQUIDITY),
    ("QUEUES", QUEUES),
];

const PAYMENTS: &[Row] = &[
    ("replications", "Runs that the figures are made of, of those planned.", |p, s| {
        format!("{} of {}", p.replications, s.replications)
    }),
    (
        "wishes to pay",
        "Counted intentions: shoppers who wanted to pay from warm-up to horizon. Every policy \
         meets the same ones, unless a policy changes who comes.",
        |p, _| count(p.counts.intentions.into()),
    ),
    (
        "attempts",
        "Tries with one wallet of which at least one message was sent. One wish makes none (no \
         code could be read), one, or several (another wallet was tried).",
        |p, _| count(p.counts.attempts.into()),
    ),
    ("accepted", "Share of attempts that were accepted.", |p, _| attempts(p, p.counts.accepted)),
    ("declined", "Share of attempts declined for business reasons: the answer was no.", |p, _| {
        attempts(p, p.counts.declined_business)
    }),
    (
        "failed",
        "Share of attempts declined for technical reasons: there was no answer to be had.",
        |p, _| attempts(p, p.counts.declined_technical),
    ),
    ("open at end", "Share of attempts still under way when the run was closed.", |p, _| {
        attempts(p, p.counts.open_at_end)
    }),
    ("value", "Value of accepted attempts, background apart.", |p, s| {
        amount(p.counts.accepted_minor, s)
    }),
    ("messages each", "Messages between institutions, for one attempt that is over.", |p, _| {
        let counts = &p.counts;
        let over = counts.accepted + counts.declined_business + counts.declined_technical;
        let each = ratio(counts.messages.into(), over.into());
        each.map_or_else(|| UNKNOWN.to_owned(), significant)
    }),
];

const SHOPPERS: &[Row] = &[
    ("first wallet", "Share of wishes paid with the first wallet tried.", |p, _| {
        intentions(p, p.counts.first_try)
    }),
    ("other wallet", "Share of wishes paid after switching to another wallet.", |p, _| {
        intentions(p, p.counts.after_switch)
    }),
    ("lost sales", "Share of wishes lost because no wallet held could read the code.", |p, _| {
        intentions(p, p.counts.unreadable)
    }),
    ("refused", "Share of wishes that ended with the refusal of an institution.", |p, _| {
        intentions(p, p.counts.declined)
    }),
];

const LATENCY: &[Row] = &[
    (
        "p50",
        "Median system latency of accepted attempts, replications pooled. The metric \
         `latency.system.p50_us` is the mean over replications of each one's median.",
        |p, _| time(p.latency.as_ref().and_then(|l| l.p50_us)),
    ),
    ("p95", "0.95 quantile of the same.", |p, _| time(p.latency.as_ref().and_then(|l| l.p95_us))),
    ("p99", "0.99 quantile of the same.", |p, _| time(p.latency.as_ref().and_then(|l| l.p99_us))),
    ("p99.9", "0.999 quantile of the same; unknown below 10,000 attempts.", |p, _| {
        time(p.latency.as_ref().and_then(|l| l.p999_us))
    }),
    ("max", "The largest of the same.", |p, _| time(p.latency.as_ref().map(|l| l.max_us))),
];

const CLEARING: &[Row] = &[
    (
        "settled",
        "Settlement cycles of the whole run with any business, warm-up and drain included; the \
         cycle that is open when the run ends is cut off and settled then.",
        |p, _| {
            let (settled, cycles) = (p.clearing.settled, p.clearing.cycles);
            format!("{} of {} cycles", count(settled.into()), count(cycles.into()))
        },
    ),
    ("gross", "Obligations of all cycles, fees included, over the whole run.", |p, s| {
        amount(p.clearing.gross_minor, s)
    }),
    ("net", "Multilateral net debits of all cycles: what had to be paid.", |p, s| {
        amount(p.clearing.net_minor, s)
    }),
    ("netting", "Share of gross that netting saved: 1 − net ÷ gross.", |p, _| {
        p.clearing.netting_frac.map_or_else(|| UNKNOWN.to_owned(), fraction)
    }),
    (
        "pays most",
        "The participant with the largest net debit over all cycles, and how much it is.",
        |p, s| extreme(p, s, |net| net < 0),
    ),
    (
        "receives most",
        "The participant with the largest net credit over all cycles, and how much it is.",
        |p, s| extreme(p, s, |net| net > 0),
    ),
    (
        "without cover",
        "What reserve accounts lacked for their net debits, each cycle at its worst.",
        |p, s| amount(p.clearing.failed_minor, s),
    ),
];

const LIQUIDITY: &[Row] = &[
    (
        "peak use",
        "Largest share of its opening reserve that any participant used in any replication. The \
         metric `liquidity.peak_used_frac` is the mean over replications.",
        peak,
    ),
    ("peak at", "Who used it, and at what time of day.", peak_place),
    (
        "postponed",
        "How often a participant lacked cover, so that its settlement was put off: every \
         participant and every time counts.",
        |p, _| count(p.liquidity.calls.into()),
    ),
];

const QUEUES: &[Row] = &[
    ("in flight", "Attempts under way over the whole run, from left to right.", |p, _| {
        sparkline(&p.queues.in_flight)
    }),
    (
        "most",
        "Most attempts under way at once in any replication. The metric `in_flight_max` is the \
         mean over replications.",
        |p, _| p.queues.in_flight_max.map_or_else(|| UNKNOWN.to_owned(), |m| count(m.into())),
    ),
    (
        "busiest",
        "The station with the highest utilisation, as a mean over replications.",
        |p, _| p.queues.busiest.as_deref().map_or_else(|| UNKNOWN.to_owned(), plain),
    ),
    (
        "utilisation",
        "Its utilisation from warm-up to horizon, as a mean over replications.",
        |p, _| p.queues.utilisation_frac.map_or_else(|| UNKNOWN.to_owned(), fraction),
    ),
    ("turned away", "Messages that a full queue turned away, from warm-up to horizon.", |p, _| {
        count(p.queues.turned_away.into())
    }),
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

/// Who is furthest from zero on one side; of equals, the first by name.
fn extreme(policy: &PolicyView, scenario: &ScenarioView, side: fn(i128) -> bool) -> String {
    let positions = policy.positions.iter().filter(|one| side(one.net_minor)).rev();
    let furthest = positions.max_by_key(|one| one.net_minor.unsigned_abs());
    furthest.map_or_else(
        || UNKNOWN.to_owned(),
        |one| format!("{} {}", one.participant, amount(one.net_minor.unsigned_abs(), scenario)),
    )
}

fn peak(policy: &PolicyView, _: &ScenarioView) -> String {
    let used = policy.liquidity.peak_used_ppm;
    used.map_or_else(|| UNKNOWN.to_owned(), |ppm| percent(ppm.into(), 1_000_000))
}

fn peak_place(policy: &PolicyView, scenario: &ScenarioView) -> String {
    match (&policy.liquidity.peak_participant, policy.liquidity.peak_t_us) {
        (Some(who), Some(t_us)) if policy.liquidity.peak_used_ppm > Some(0) => {
            format!("{} {}", plain(who), clock(scenario.epoch_time_of_day_us, t_us))
        }
        _ => UNKNOWN.to_owned(),
    }
}

/// Every label with its section and what it means.
pub fn labels() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    let all = SECTIONS.into_iter();
    all.flat_map(|(section, rows)| rows.iter().map(move |row| (section, row.0, row.1)))
}

/// The figures of every policy that has a complete run; unknown for the others.
pub(super) fn lines(view: &SummaryView) -> Vec<Line> {
    let value = |read: Read, policy: &PolicyView| match policy.replications {
        0 => UNKNOWN.to_owned(),
        _ => read(policy, &view.scenario),
    };
    let line = |section: &'static str, (label, _, read): Row| Line {
        section,
        label,
        values: view.policies.iter().map(|policy| value(read, policy)).collect(),
    };
    let rows = SECTIONS.into_iter().flat_map(|(section, rows)| {
        let named = std::iter::once(section).chain(std::iter::repeat(""));
        named.zip(rows).map(move |(section, row)| line(section, *row))
    });
    rows.collect()
}
