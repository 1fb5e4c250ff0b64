//! Many runs: the order of the plan, the pool, failures, interruptions and exit codes.

use std::sync::Mutex;
use std::thread;
use std::time::Duration as Wall;

use hutong::audit::{Finding, Findings, Offence};
use hutong::cli::check::{self, Line};
use hutong::cli::exit::Exit;
use hutong::cli::run::exit_of;
use hutong::experiment::identity::RunHash;
use hutong::experiment::plan::{PlannedRun, plan};
use hutong::experiment::pool::Pool;
use hutong::experiment::progress::{Board, Pace, Show, Standing};
use hutong::experiment::run::Silent;
use hutong::experiment::stop::{Cause, Stop};
use hutong::experiment::{Subject, carry_out};
use hutong::measure::outcome::{RunOutcome, Tally};
use hutong::measure::results::{Results, RunRecord, RunStatus};
use hutong::scenario::Scenario;
use hutong::scenario::{self, LoadOptions};
use hutong::units::{Instant, PolicyId};

/// Two files: 3 replications of 2 policies, then 4 of 1.
fn planned() -> Vec<PlannedRun> {
    let mut planned = Vec::new();
    for (file, replications, policies) in [(0, 3, 2), (1, 4, 1)] {
        for replication in 0..replications {
            planned.extend((0..policies).map(|policy| PlannedRun {
                file,
                replication,
                policy: PolicyId::new(policy),
                policy_name: format!("p{policy}"),
            }));
        }
    }
    planned
}

fn pool(jobs: usize, stop: &Stop) -> Pool {
    Pool { jobs, stop: stop.clone() }
}

/// Everything folded, as text.
fn folded(
    jobs: usize,
    stop: &Stop,
    run: impl Fn(usize, &PlannedRun) -> RunStatus + Sync,
) -> Vec<String> {
    let mut lines = Vec::new();
    let fold = |file, records: Vec<RunRecord>| {
        lines.extend(records.into_iter().map(|record| {
            let end = match record.end {
                RunStatus::Complete(outcome, _) => format!("complete {}", outcome.events),
                RunStatus::Failed(message) => format!("failed {message}"),
                RunStatus::LeftOut(..) => "left out".to_owned(),
                RunStatus::Aborted(abort) => format!("aborted {}", abort.text),
                RunStatus::Interrupted => "interrupted".to_owned(),
            };
            format!("{file}/{}/{}: {end}", record.replication, record.policy)
        }));
    };
    pool(jobs, stop).execute(&planned(), run, || {}, fold).expect("threads start");
    lines
}

fn complete(events: u64, findings: Findings) -> RunStatus {
    let outcome = RunOutcome {
        policy: "p0".to_owned(),
        replication: 0,
        tally: Tally::default(),
        latency: Vec::new(),
        heat_map: Vec::new(),
        series: Vec::new(),
        queues: Vec::new(),
        stations: Vec::new(),
        settlement: Vec::new(),
        positions: Vec::new(),
        liquidity: Vec::new(),
        flows: Vec::new(),
        errors: Vec::new(),
        fees: Vec::new(),
        wallets: Vec::new(),
        decisions: Vec::new(),
        houses: Vec::new(),
        multiset: 0,
        digest: [0; 32],
        events,
        payments: 0,
    };
    RunStatus::Complete(Box::new(outcome), findings)
}

fn lawful() -> Findings {
    Findings::default()
}

fn unlawful() -> Findings {
    let offence = Offence {
        at: Instant::EPOCH,
        what: "an entry".to_owned(),
        expected: "0".to_owned(),
        observed: "1".to_owned(),
    };
    let (law, statement) = ("books-balance", "every book balances");
    Findings {
        laws: vec![Finding { law, statement, checked: 1, offence: Some(offence) }],
        ..Findings::default()
    }
}

/// The shipped first scenario, with this many replications.
fn town(replications: u32) -> Scenario {
    let sets = ["horizon=\"70s\"".to_owned(), format!("experiment.replications={replications}")];
    let options = LoadOptions { sets: sets.into(), seed: None };
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/two-wallets.toml");
    let loaded = scenario::load(file.as_ref(), &options);
    loaded.expect("the shipped scenario is valid").scenario
}

fn places(planned: &[PlannedRun]) -> Vec<(usize, u32, &str)> {
    planned.iter().map(|run| (run.file, run.replication, run.policy_name.as_str())).collect()
}

#[test]
fn files_are_outermost_then_replications_then_policies_as_listed() {
    let mut reversed = town(1);
    reversed.compared.reverse();
    let all = plan([&town(2), &reversed], None);
    let expected = [
        (0, 0, "closed"),
        (0, 0, "interconnected"),
        (0, 1, "closed"),
        (0, 1, "interconnected"),
        (1, 0, "interconnected"),
        (1, 0, "closed"),
    ];
    assert_eq!(places(&all), expected);
    let only = plan([&town(2)], Some(7));
    assert_eq!(places(&only), [(0, 7, "closed"), (0, 7, "interconnected")]);
}

#[test]
fn runs_of_several_files_go_on_when_one_panics_and_its_message_says_how_to_see_it_again() {
    let subject = |command: &str| Subject { scenario: town(2), command: command.to_owned() };
    let subjects = [subject("hutong run a.toml"), subject("hutong run b.toml")];
    let planned = plan(subjects.iter().map(|subject| &subject.scenario), None);
    let mut board = Board::new(Show::Nothing, vec![String::new(); 2]);
    let emit = |run: &PlannedRun| {
        assert_ne!(
            (run.file, run.replication, &*run.policy_name),
            (1, 1, "interconnected"),
            "injected"
        );
        Ok(Silent)
    };
    let mut results = Vec::new();
    let fold = |file, runs| results.push((file, runs));
    carry_out(&subjects, &planned, &pool(2, &Stop::new()), &mut board, emit, fold).unwrap();
    assert_eq!(results.iter().map(|(file, _)| *file).collect::<Vec<_>>(), [0, 1]);
    let complete: Vec<usize> = results.iter().map(|(_, runs)| runs.complete().count()).collect();
    assert_eq!(complete, [4, 3]);
    let RunStatus::Failed(message) = &results[1].1.runs[3].end else { panic!("it did not fail") };
    assert!(message.contains("injected"), "{message}");
    assert!(message.ends_with("seed 42, policy interconnected, replication 1"), "{message}");
    let again =
        "hutong run b.toml --seed 42 --policy 'interconnected' --only-replication 1 --fresh";
    assert_eq!(subjects[1].reproduce("interconnected", 1), again);
}

#[test]
fn one_two_and_eight_threads_fold_alike() {
    let run = |index: usize, run: &PlannedRun| {
        // Later runs are quicker, so that several threads finish them out of order.
        thread::sleep(Wall::from_millis(3 * (10 - index as u64)));
        complete(u64::from(run.replication) * 100 + index as u64, lawful())
    };
    let one = folded(1, &Stop::new(), run);
    assert_eq!(folded(2, &Stop::new(), run), one);
    assert_eq!(folded(8, &Stop::new(), run), one);
}

#[test]
fn a_panicking_run_fails_alone_and_says_why() {
    let lines = folded(4, &Stop::new(), |index, _| {
        assert_ne!(index, 3, "run three is bad");
        complete(index as u64, lawful())
    });
    let failed: Vec<&String> = lines.iter().filter(|line| line.contains("failed")).collect();
    assert_eq!(failed.len(), 1);
    assert!(failed[0].starts_with("0/1/p1: failed"), "{failed:?}");
    assert!(failed[0].contains("run three is bad"), "{failed:?}");
    assert!(failed[0].contains("experiment.rs:"), "the place is missing: {failed:?}");
    assert_eq!(lines.iter().filter(|line| line.contains("complete")).count(), 9);
}

#[test]
fn after_a_stop_complete_runs_are_kept_and_no_new_one_starts() {
    for jobs in [1, 2, 8] {
        let stop = Stop::new();
        let started = Mutex::new(Vec::new());
        let lines = folded(jobs, &stop, |index, _| {
            started.lock().unwrap().push(index);
            match index {
                0 | 1 => complete(index as u64, lawful()),
                2 => {
                    stop.ask();
                    RunStatus::Interrupted
                }
                _ => {
                    while !stop.asked() {
                        thread::yield_now();
                    }
                    RunStatus::Interrupted
                }
            }
        });
        assert_eq!(lines.len(), 10, "every planned run is accounted for");
        assert_eq!(lines[0], "0/0/p0: complete 0");
        assert_eq!(lines[1], "0/0/p1: complete 1");
        assert!(lines[2..].iter().all(|line| line.ends_with("interrupted")), "{lines:?}");
        assert!(started.lock().unwrap().len() <= 2 + jobs, "{jobs} threads");
    }
}

#[test]
fn the_gravest_end_of_a_run_is_the_exit() {
    let exit = |ends: Vec<RunStatus>, cause| {
        let record = |end| RunRecord { policy: "p0".to_owned(), replication: 0, end };
        exit_of(&Results { runs: ends.into_iter().map(record).collect() }, cause)
    };
    let failed = || RunStatus::Failed("no".to_owned());
    let stopped = || RunStatus::Interrupted;
    assert_eq!(exit(vec![complete(0, lawful())], None), Exit::Ok);
    assert_eq!(exit(vec![complete(0, lawful()), failed()], None), Exit::Unexpected);
    let cause = Some(Cause::Interrupt);
    assert_eq!(exit(vec![complete(0, lawful()), stopped()], cause), Exit::Interrupted);
    assert_eq!(exit(vec![stopped()], Some(Cause::Terminate)), Exit::Terminated);
    let broken = vec![failed(), complete(0, unlawful()), stopped()];
    assert_eq!(exit(broken, cause), Exit::InvariantBroken);
}

#[test]
fn severity_is_70_then_2_3_5_1_4_then_signals_then_99() {
    let mut order = Exit::ALL;
    order.sort_by(|a, b| b.cmp(a));
    assert_eq!(order.map(Exit::code), [70, 2, 3, 5, 1, 4, 143, 130, 99, 0]);
}

#[test]
fn the_run_hash_depends_on_each_of_its_parts() {
    let plan = planned();
    let base = RunHash::new("a = 1", 1, &[], &plan[..2]);
    assert_eq!(base, RunHash::new("a = 1", 1, &[], &plan[..2]));
    let others = [
        RunHash::new("a = 2", 1, &[], &plan[..2]),
        RunHash::new("a = 1", 2, &[], &plan[..2]),
        RunHash::new("a = 1", 1, &[("log.csv".to_owned(), "00".to_owned())], &plan[..2]),
        RunHash::new("a = 1", 1, &[], &plan[..3]),
    ];
    assert!(others.iter().all(|other| *other != base));
    assert_eq!(base.folder().len(), 12);
    assert!(base.hex().starts_with(&base.folder()));
}

#[test]
fn plain_progress_waits_for_ten_seconds_and_ten_per_cent() {
    let mut pace = Pace::default();
    let mut due = |seconds, per_mille| pace.due(Wall::from_secs(seconds), per_mille);
    assert!(!due(9, 500), "too soon");
    assert!(!due(11, 50), "not far enough");
    assert!(due(12, 100));
    assert!(!due(21, 900), "nine seconds after the last line");
    assert!(due(22, 900));
    assert!(!due(60, 1_000), "the end has a line of its own");
}

#[test]
fn a_file_without_planned_time_is_done() {
    assert_eq!(Standing::default().per_mille(), 1_000);
    let half = Standing { simulated_ns: 5, planned_ns: 10, payments: 0 };
    assert_eq!(half.per_mille(), 500);
}

#[test]
fn check_warns_of_overload_and_of_scaling() {
    let line = |institution: &str, utilisation, full| Line {
        institution: institution.to_owned(),
        visits_per_s: 1_234.5,
        utilisation,
        full,
    };
    let lines =
        [line("calm", 0.5, Some(0.52)), line("busy", 1.0, None), line("odd", 0.5, Some(0.4))];
    let warnings = check::warn("open", &lines);
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    assert!(warnings[0].contains("`busy`") && warnings[0].contains("100.0 %"));
    assert!(warnings[1].contains("`odd`") && warnings[1].contains("40.0 %"));
    let many: Vec<Line> = (0..50).map(|n| line(&format!("b-{n}"), 1.5, Some(3.0))).collect();
    let warnings = check::warn("open", &many);
    assert_eq!(warnings.len(), 2, "one line a doubt: {warnings:?}");
    assert!(warnings[0].contains("50 stations") && warnings[1].contains("50 of 50 stations"));
    let table = check::render(&lines);
    assert!(table.contains("at full size") && table.contains("1234"), "{table}");
    assert!(!check::render(&[line("calm", 0.5, None)]).contains("full size"));
}
