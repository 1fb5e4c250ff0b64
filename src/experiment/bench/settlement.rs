//! The settlement half of the benchmark: obligations through a regime, and single decisions.
//!
//! The workload is the one that other settlement simulators were measured with: ten participants,
//! nine hours, random pairs, amounts of 1 to 100. *Ample*: nothing ever waits. *Tight*: opening
//! balances of 100 and no credit, so that obligations queue. Recorders and auditor listen; nothing
//! is read or written.

use std::convert::Infallible;

use crate::experiment::clock::Stopwatch;
use crate::experiment::settle::{Plan, Timetable, settle};
use crate::kernel::chance::Key;
use crate::policy::settlement::{Costs, Options, Positions, Regime, gridlock, offset};
use crate::units::{Account, Amount, Due, Duration, Instant, InstitutionId, Obligation};

const PARTICIPANTS: usize = 10;
const HOUR: u64 = 3_600 * 1_000_000_000;
const OPEN: u64 = 9 * HOUR;
const CLOSE: u64 = 18 * HOUR;
const TIGHT: i128 = 100;
/// Obligations in the queue on which single decisions are measured.
const QUEUE: u32 = 10_000;
/// Participants of that queue.
const QUEUE_PARTICIPANTS: usize = 100;

/// How many obligations.
const SIZES: [u32; 4] = [1_000, 10_000, 100_000, 1_000_000];

/// Regimes that are measured.
const REGIMES: [Regime; 6] = [
    Regime::GrossFifo,
    Regime::GrossBypass,
    Regime::NetMultilateral,
    Regime::HybridBilateral,
    Regime::HybridMultilateral,
    Regime::HybridGridlock,
];

/// One row: the best of its rounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SettlementRow {
    /// Under which regime.
    pub regime: Regime,
    /// Whether nothing had to wait.
    pub ample: bool,
    /// How many obligations.
    pub obligations: u32,
    /// Wall time of the best round on one core, in nanoseconds.
    pub elapsed_ns: u64,
}

/// A single decision over a long queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecisionRow {
    /// Which.
    pub name: &'static str,
    /// Obligations in the queue.
    pub queued: u32,
    /// Obligations that it chose.
    pub chosen: u64,
    /// Wall time of the best round, in nanoseconds.
    pub elapsed_ns: u64,
}

/// Measures settlement: `rounds` rounds of every row, interleaved.
pub fn measure_settlement(rounds: u32) -> (Vec<SettlementRow>, Vec<DecisionRow>) {
    let mut rows = Vec::new();
    for obligations in SIZES {
        let dues = day(obligations, PARTICIPANTS);
        let mut best: Vec<SettlementRow> = Vec::new();
        for round in 0..rounds {
            let mut place = 0;
            for ample in [true, false] {
                for regime in REGIMES {
                    let row = measure(regime, ample, &dues);
                    if round == 0 {
                        best.push(row);
                    } else if row.elapsed_ns < best[place].elapsed_ns {
                        best[place] = row;
                    }
                    place += 1;
                }
            }
        }
        rows.extend(best);
    }
    (rows, decisions(rounds))
}

/// The same obligations in every run.
fn day(obligations: u32, participants: usize) -> Vec<Due> {
    let key = Key::named("settlement benchmark");
    let below = |word: u64, bound: u64| ((u128::from(word) * u128::from(bound)) >> 64) as u64;
    let mut draws = key.draws();
    let mut times: Vec<u64> = (0..obligations)
        .map(|_| OPEN + below(draws.next_bits(), 540) * 60 * 1_000_000_000)
        .collect();
    times.sort_unstable();
    let mut due = |(number, at): (u32, u64)| {
        let mut draw = |bound: usize| {
            usize::try_from(below(draws.next_bits(), bound as u64)).expect("a small number")
        };
        let debtor = draw(participants);
        let creditor = (debtor + 1 + draw(participants - 1)) % participants;
        let amount = draw(100) as u64 + 1;
        let obligation = Obligation {
            debtor_agent: InstitutionId::new(debtor),
            creditor_agent: InstitutionId::new(creditor),
            amount: Amount::from_minor(amount),
        };
        Due { number, priority: 0, at: Instant::from_nanos(at), obligation }
    };
    (0..obligations).zip(times).map(&mut due).collect()
}

fn accounts(opening: i128, participants: usize) -> Vec<Account> {
    vec![Account { opening, credit_limit: Amount::ZERO }; participants]
}

fn measure(regime: Regime, ample: bool, dues: &[Due]) -> SettlementRow {
    let accounts = accounts(if ample { 1 << 60 } else { TIGHT }, PARTICIPANTS);
    let hour = |at: u64| Instant::from_nanos(at);
    let plan = Plan {
        regimes: vec![regime],
        timetable: Timetable {
            start: hour(OPEN - 1),
            close: hour(CLOSE),
            cut_offs: (10..=18).map(|at| hour(at * HOUR)).collect(),
            review: Duration::from_secs(60),
            window: Duration::from_secs(900),
        },
        options: Options::default(),
        costs: Costs::NONE,
        optima_max: 0,
    };
    let clock = Stopwatch::start();
    let mut stream = dues.iter().copied();
    let mut next = || Ok::<_, Infallible>(stream.next());
    let done = settle(&plan, &accounts, &mut next, &mut [()]);
    let elapsed_ns = nanos(clock);
    let settled = &done.expect("a list never fails").regimes[0];
    assert!(settled.findings.lawful(), "the benchmark broke a law");
    let obligations = u32::try_from(dues.len()).expect("at most a million");
    SettlementRow { regime, ample, obligations, elapsed_ns }
}

/// Decisions over one queue in which about half the value has cover.
fn decisions(rounds: u32) -> Vec<DecisionRow> {
    let dues = day(QUEUE, QUEUE_PARTICIPANTS);
    let positions = Positions::new(&accounts(TIGHT, QUEUE_PARTICIPANTS), &[]);
    let mut queues: Vec<Vec<Due>> = vec![Vec::new(); QUEUE_PARTICIPANTS];
    for due in dues {
        queues[due.obligation.debtor_agent.index()].push(due);
    }
    let named: [(&'static str, &dyn Fn() -> u64); 2] = [
        ("multilateral offset, greedy", &|| offset::multilateral(&queues, &positions).len() as u64),
        ("gridlock resolution, order binding", &|| {
            gridlock::resolve(&queues, &positions).iter().sum::<usize>() as u64
        }),
    ];
    let mut rows = Vec::new();
    for (name, decide) in named {
        let mut best = u64::MAX;
        let mut chosen = 0;
        for _ in 0..rounds {
            let clock = Stopwatch::start();
            chosen = decide();
            best = best.min(nanos(clock));
        }
        rows.push(DecisionRow { name, queued: QUEUE, chosen, elapsed_ns: best });
    }
    rows
}

fn nanos(clock: Stopwatch) -> u64 {
    u64::try_from(clock.elapsed().as_nanos()).expect("a round takes less than centuries")
}
