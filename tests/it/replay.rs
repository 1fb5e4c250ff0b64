//! Replay: a log of payments is played back row by row, in order, and its mistakes are named.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use hutong::audit::Auditor;
use hutong::measure::Recorder;
use hutong::measure::outcome::RunOutcome;
use hutong::model::fact::{Fact, Funding, Observer, Purchase};
use hutong::model::{Model, RunEnd, RunOptions, Watch};
use hutong::scenario::replay::{ReplayFunding, ReplayRow, ReplayShop, open};
use hutong::scenario::{LoadOptions, Mode, Replay, Scenario, load};
use hutong::units::{Amount, Duration, Instant, InstitutionId, MerchantClassId, PolicyId};

const HEADER: &str = "time,payer,wallet,merchant,code,mode,funding,amount\n";
const GOOD: &str = "1.5,ann,bamboo,lotus-shops,,static,balance,20.00\n";
const OPEN: usize = 1;

/// The shipped sample with this log in place of its own.
fn scenario(folder: &Path, log: &str) -> Scenario {
    let mut scenario = shipped();
    let file = folder.join("log.csv");
    fs::write(&file, log).expect("a folder of our own");
    scenario.replay = Some(Replay { file, look_back: Duration::from_secs(5) });
    scenario
}

fn shipped() -> Scenario {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let loaded = load(&root.join("scenarios/replay-sample.toml"), &LoadOptions::default());
    loaded.unwrap_or_else(|mistakes| panic!("{mistakes}")).scenario
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// The rows of a log, or what is wrong with it, without the folder's name.
fn rows(log: &str) -> Result<Vec<ReplayRow>, String> {
    let folder = folder();
    let scenario = scenario(folder.path(), log);
    let replay = scenario.replay.as_ref().expect("set above");
    let prefix = format!("{}/", folder.path().display());
    let rows = open(replay, &scenario).and_then(Iterator::collect);
    rows.map_err(|wrong| wrong.replace(&prefix, ""))
}

fn wrong(log: &str) -> String {
    rows(log).expect_err("this log has a mistake")
}

struct Both(Recorder, Auditor, Vec<(Instant, Fact)>);

impl Observer for Both {
    fn observe(&mut self, at: Instant, fact: &Fact) {
        self.0.observe(at, fact);
        self.1.observe(at, fact);
        let told = matches!(
            fact,
            Fact::Intended { .. }
                | Fact::Opened { .. }
                | Fact::Unreadable { .. }
                | Fact::Concluded { .. }
        );
        if told {
            self.2.push((at, *fact));
        }
    }
}

struct GoOn;

impl Watch for GoOn {
    fn go_on(&mut self, _: Instant, _: u64) -> bool {
        true
    }
}

fn play(scenario: &Scenario, policy: usize, options: RunOptions) -> (Result<RunEnd, String>, Both) {
    let policy = PolicyId::new(policy);
    let model = Model::compile(scenario, policy);
    let recorder = Recorder::new(scenario, policy, 0);
    let mut both = Both(recorder, Auditor::new(scenario, policy), Vec::new());
    let end = hutong::model::run(&model, 0, options, &mut both, &mut GoOn);
    (end, both)
}

/// The run's outcome, lawful, and what was told of its payments.
fn played(
    scenario: &Scenario,
    policy: usize,
    options: RunOptions,
) -> (RunOutcome, Vec<(Instant, Fact)>) {
    let (end, both) = play(scenario, policy, options);
    let end = end.expect("a good log");
    for finding in both.1.finish(end.at).laws {
        assert!(finding.offence.is_none(), "{finding:?}");
    }
    (both.0.finish(end.at, end.events), both.2)
}

/// Twenty rows: every mode and funding, classes and codes; every fifth has no route.
fn twenty() -> (String, Vec<(u64, u64, Mode, bool)>) {
    let modes = [Mode::Static, Mode::Dynamic, Mode::ConsumerPresented, Mode::Tap];
    let places = [
        ("bamboo-shops", ""),
        ("lotus-shops", ""),
        ("", "https://qr.lotus.example/1"),
        ("", "281234567890123456"),
        ("", "https://elsewhere.example/"),
    ];
    let mut log = HEADER.to_owned();
    let mut expected = Vec::new();
    for row in 0..20 {
        let (merchant, code) = places[row % 5];
        let paid = code.starts_with("28");
        let mode = if paid { Mode::ConsumerPresented } else { modes[row % 4] };
        let wallet = if paid { "lotus" } else { "bamboo" };
        let funding = ["balance", "bank", "bank:harbour"][row % 3];
        let (micros, minor) = (row as u64 * 1_700_001, 1_005 + row as u64);
        let seconds = format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000);
        writeln!(
            log,
            "{seconds},payer {},{wallet},{merchant},{code},{},{funding},{}.{:02}",
            row % 7,
            mode.name(),
            minor / 100,
            minor % 100
        )
        .expect("a string takes all");
        expected.push((micros * 1_000, minor, mode, row % 5 != 4));
    }
    (log, expected)
}

#[test]
fn every_row_is_one_intention_with_one_attempt_as_it_was_made() {
    let folder = folder();
    let (log, expected) = twenty();
    let scenario = scenario(folder.path(), &log);
    let (_, told) = played(&scenario, OPEN, RunOptions::default());
    let id = |name| scenario.institution_named(name).expect("shipped");
    for (row, (nanos, minor, mode, readable)) in expected.into_iter().enumerate() {
        let wallet = id(if row % 5 == 3 { "lotus" } else { "bamboo" });
        let of_row = |fact: &Fact| match *fact {
            Fact::Intended { intention, .. } => intention == row as u64,
            Fact::Opened { of, .. } | Fact::Unreadable { of, .. } | Fact::Concluded { of, .. } => {
                of.id.intention() == row as u64
            }
            _ => false,
        };
        let told: Vec<_> = told.iter().filter(|(_, fact)| of_row(fact)).collect();
        let [(at, Fact::Intended { amount, merchant, .. }), (_, middle), (_, last)] = told[..]
        else {
            panic!("row {row}: {told:?}");
        };
        assert_eq!((*at, *amount), (Instant::from_nanos(nanos), Amount::from_minor(minor)));
        let class = [Some(0), Some(1), None, None, None][row % 5].map(MerchantClassId::new);
        assert_eq!(*merchant, class, "row {row}");
        match *middle {
            Fact::Opened { wallet: by, route, bank, amount, .. } if readable => {
                assert_eq!((by, route.mode, amount), (wallet, mode, Amount::from_minor(minor)));
                let from_bank = route.funding == Funding::Bank;
                assert_eq!(from_bank, row % 3 != 0, "row {row}");
                assert!(row % 3 != 2 || bank == Some(id("harbour")), "row {row}: {bank:?}");
            }
            Fact::Unreadable { wallet: by, .. } if !readable => assert_eq!(by, wallet),
            _ => panic!("row {row}: {middle:?}"),
        }
        let Fact::Concluded { purchase, .. } = *last else { panic!("row {row}: {last:?}") };
        let as_expected = if readable { Purchase::FirstTry } else { Purchase::Unreadable };
        assert_eq!(purchase, as_expected, "row {row}");
    }
}

/// `check` promises this load of a log; the run bears it, if nobody declines.
#[test]
fn the_load_worked_out_from_a_log_is_what_its_run_brings() {
    let folder = folder();
    let scenario = scenario(folder.path(), &twenty().0);
    let seconds = 120.0;
    for policy in [0, OPEN] {
        let log = open(scenario.replay.as_ref().expect("set above"), &scenario).expect("good");
        let model = Model::compile(&scenario, PolicyId::new(policy));
        let load = model.load_with(log.map(|row| row.expect("good")));
        let (run, _) = played(&scenario, policy, RunOptions::default());
        assert_eq!(run.tally.accepted, run.tally.attempts, "nobody declines");
        let banks = ["harbour", "orchard"];
        let mut at_banks = (0.0, 0);
        for (offered, brought) in load.iter().zip(&run.stations) {
            let visits = offered.visits_per_s * seconds;
            if banks.contains(&brought.node.as_str()) {
                at_banks = (at_banks.0 + visits, at_banks.1 + brought.visits);
            } else {
                assert_eq!(visits.round() as i64, brought.visits.cast_signed(), "{}", brought.node);
            }
        }
        // At which bank somebody is whose row says `bank` alone is drawn.
        assert_eq!(at_banks.0.round() as i64, at_banks.1.cast_signed());
        assert!(at_banks.1 > 0);
    }
}

#[test]
fn the_same_payer_has_the_same_number_and_the_same_bank() {
    let rows = rows(&[HEADER, GOOD, &GOOD.replace("ann", "ben"), GOOD].concat()).expect("good");
    assert_eq!(rows[0].payer, rows[2].payer);
    assert_ne!(rows[0].payer, rows[1].payer);
    assert!(rows.iter().all(|row| row.payer < 1 << 53));

    let folder = folder();
    let row = |n: usize| format!("{n},p{},bamboo,bamboo-shops,,static,bank,1.00\n", n % 40);
    let log = (0..100).map(row).fold(HEADER.to_owned(), |log, row| log + &row);
    let (_, told) = played(&scenario(folder.path(), &log), OPEN, RunOptions::default());
    let banks = told.iter().filter_map(|(_, fact)| match *fact {
        Fact::Opened { of, bank, .. } => Some((of.id.intention() % 40, bank.expect("from banks"))),
        _ => None,
    });
    let mut banks: Vec<(u64, InstitutionId)> = banks.collect();
    assert_eq!(banks.len(), 100);
    banks.sort_unstable();
    banks.dedup();
    assert_eq!(banks.len(), 40, "one bank for each of forty payers");
    banks.dedup_by_key(|(_, bank)| *bank);
    assert!(banks.len() > 5, "both banks occur");
}

#[test]
fn shops_codes_and_instants_are_read_as_they_are_written() {
    let log = "\u{feff}amount,code,merchant,funding,mode,wallet,payer,time\r\n\
               20,,bamboo-shops,balance,tap,bamboo,\"Ann, of the hill\",0.25\r\n\
               0.5,https://qr.lotus.example/x,,bank:orchard,dynamic,lotus,b,\
               2025-01-06T02:00:00.5Z\r\n\
               7.1,10,,bank,consumer-presented,bamboo,b,2025-01-06T10:00:01+08:00\r\n";
    let rows = rows(log).expect("a good log");
    let scenario = shipped();
    let id = |name| scenario.institution_named(name).expect("shipped");
    let shops: Vec<_> = rows.iter().map(|row| row.shop).collect();
    let (lotus, orchard) = (id("lotus"), id("orchard"));
    let class = ReplayShop::Class(MerchantClassId::new(0));
    assert_eq!(shops, [class, ReplayShop::Code(Some(lotus)), ReplayShop::Code(None)]);
    let funding: Vec<_> = rows.iter().map(|row| row.funding).collect();
    let expected = [ReplayFunding::Balance, ReplayFunding::BankAt(orchard), ReplayFunding::Bank];
    assert_eq!(funding, expected);
    let instants: Vec<_> = rows.iter().map(|row| row.at.nanos() / 1_000_000).collect();
    assert_eq!(instants, [250, 500, 1_000]);
    let amounts: Vec<_> = rows.iter().map(|row| row.amount.minor()).collect();
    assert_eq!(amounts, [2_000, 50, 710]);
}

#[test]
fn rows_out_of_order_within_the_look_back_are_sorted() {
    let at = |time: &str| GOOD.replace("1.5", time);
    let log = [HEADER, &at("6"), &at("1"), &at("8"), &at("3"), &at("3.5")].concat();
    let rows = rows(&log).expect("within five seconds");
    let seconds: Vec<_> = rows.iter().map(|row| row.at.nanos() / 100_000_000).collect();
    assert_eq!(seconds, [10, 30, 35, 60, 80]);
}

#[test]
fn rows_at_one_instant_keep_the_order_of_the_file_however_many() {
    let folder = folder();
    let row = |n: usize| GOOD.replace("20.00", &format!("{n}.00"));
    let log = (1..=3_000).map(row).fold(HEADER.to_owned(), |log, row| log + &row);
    let (outcome, told) = played(&scenario(folder.path(), &log), OPEN, RunOptions::default());
    let amounts = told.iter().filter_map(|(_, fact)| match fact {
        Fact::Intended { amount, .. } => Some(amount.minor()),
        _ => None,
    });
    assert!(amounts.eq((1..=3_000).map(|n| n * 100)));
    assert_eq!(outcome.tally.intentions, 3_000);
}

#[test]
fn a_row_earlier_than_the_look_back_allows_is_named() {
    let late = GOOD.replace("1.5", "9.25");
    assert_eq!(
        wrong(&[HEADER, GOOD, &late, "# a comment\n\n", GOOD].concat()),
        "log.csv:6: this row is 7.75 s earlier than one before it: expected at most the look-back \
         of 5 s"
    );
}

/// What stands in a good row, what in a bad one, and what is said of it.
const BAD_FIELDS: [(&str, &str, &str); 22] = [
    (
        "1.5",
        "noon",
        "`time` is \"noon\": expected seconds since the epoch such as \
      \"12.345678\", or an instant such as \"2025-01-06T10:00:00+08:00\"",
    ),
    ("1.5", "1.2.3", "`time` is \"1.2.3\": expected a decimal number such as \"20.00\""),
    ("1.5", "1.0000000001", "`time` is \"1.0000000001\": expected at most 9 decimal places"),
    ("1.5", "-2", "`time` is \"-2\": before the epoch, 2025-01-06T10:00:00+08:00"),
    (
        "1.5",
        "2025-01-06T09:59:59+08:00",
        "`time` is \"2025-01-06T09:59:59+08:00\": before \
      the epoch, 2025-01-06T10:00:00+08:00",
    ),
    ("ann", "", "`payer` is empty: expected any text that stands for one person"),
    (
        "bamboo",
        "bambo",
        "`wallet` is \"bambo\": no institution has this name; did you mean \
      \"bamboo\"?",
    ),
    ("bamboo", "bridge", "`wallet` is \"bridge\": this institution is no wallet"),
    (
        "lotus-shops",
        "lotus-shop",
        "`merchant` is \"lotus-shop\": no class of merchants has \
      this name; did you mean \"lotus-shops\"?",
    ),
    ("lotus-shops", "", "`merchant` and `code` are empty: expected one of them"),
    (
        "lotus-shops,",
        "lotus-shops,10",
        "`merchant` and `code` are both given: expected one \
      of them",
    ),
    (
        "static",
        "printed",
        "`mode` is \"printed\": expected one of static, dynamic, \
      consumer-presented, tap",
    ),
    (
        "static",
        "Static",
        "`mode` is \"Static\": expected one of static, dynamic, \
      consumer-presented, tap; did you mean \"static\"?",
    ),
    (
        "balance",
        "credit",
        "`funding` is \"credit\": expected \"balance\", \"bank\" or \
      \"bank:NAME\"",
    ),
    (
        "balance",
        "bank:habour",
        "`funding` is \"habour\": no institution has this name; did \
      you mean \"harbour\"?",
    ),
    ("balance", "bank:lotus", "`funding` is \"bank:lotus\": `lotus` is no bank"),
    ("20.00", "20.005", "`amount` is \"20.005\": expected at most 2 decimal places"),
    ("20.00", "0.00", "`amount` is \"0.00\": expected more than nothing"),
    ("20.00", "-3", "`amount` is \"-3\": expected a number that is not negative"),
    ("20.00", "1e3", "`amount` is \"1e3\": expected a decimal number such as \"20.00\""),
    (
        "20.00",
        "99999999999999999999",
        "`amount` is \"99999999999999999999\": expected a \
      smaller number",
    ),
    (",20.00", "", "this row has 7 fields: expected 8, as in the header"),
];

#[test]
fn every_kind_of_bad_row_is_named_with_what_was_expected() {
    for (good, bad, message) in BAD_FIELDS {
        let row = GOOD.replacen(good, bad, 1);
        assert_ne!(row, GOOD, "{good} stands in the row");
        assert_eq!(wrong(&[HEADER, GOOD, &row].concat()), format!("log.csv:3: {message}"));
    }
}

#[test]
fn a_header_that_is_not_one_of_a_log_is_named() {
    let header = |from: &str, to: &str| wrong(&HEADER.replacen(from, to, 1));
    let expected = "log.csv:1: unknown column `walet`; did you mean `wallet`?";
    assert_eq!(header("wallet", "walet"), expected);
    assert_eq!(header(",amount", ""), "log.csv:1: the column `amount` is missing");
    assert_eq!(header("code", "mode"), "log.csv:1: the column `mode` is there twice");
    let expected = "log.csv:1: a column is missing: expected `merchant`, `code` or both";
    assert_eq!(header("merchant,code,", ""), expected);
    assert_eq!(wrong(""), "log.csv:1: no header: the file is empty");
    assert_eq!(wrong("# nothing\n"), "log.csv:2: no header: the file is empty");
}

#[test]
fn a_direct_debit_that_the_rules_forbid_is_named() {
    let folder = folder();
    let log = [HEADER, &GOOD.replace("balance", "bank:harbour")].concat();
    let mut scenario = scenario(folder.path(), &log);
    for institution in &mut scenario.institutions {
        institution.debits_via = None;
    }
    let replay = scenario.replay.clone().expect("set above");
    let row = open(&replay, &scenario).expect("a good header").next().expect("one row");
    let wrong = row.expect_err("no house carries this debit");
    assert!(wrong.ends_with(
        ":2: `bamboo` may not debit `harbour` directly: give it `debits_via`, or allow it in \
         `rules`"
    ));
}

#[test]
fn rows_after_the_end_of_demand_are_left_out_and_end_the_reading() {
    let late = GOOD.replace("1.5", "1000000");
    let rows = rows(&[HEADER, GOOD, &late, "no,such,row\n"].concat());
    assert_eq!(rows.expect("nothing is read after the end").len(), 1);
}

#[test]
fn a_mistake_in_mid_run_ends_the_run_with_its_line() {
    let folder = folder();
    let row = |n: usize| GOOD.replace("1.5", &format!("{n}"));
    let mut log = (1..60).map(row).fold(HEADER.to_owned(), |log, row| log + &row);
    log += &GOOD.replace("static", "stated").replace("1.5", "60");
    let scenario = scenario(folder.path(), &log);
    let (end, both) = play(&scenario, OPEN, RunOptions::default());
    let wrong = end.expect_err("the last row is bad");
    assert!(wrong.contains("log.csv:61: `mode` is \"stated\""), "{wrong}");
    assert!(both.2.len() > 100, "the rows before it were played");
    fs::remove_file(folder.path().join("log.csv")).expect("it was there");
    let (end, _) = play(&scenario, OPEN, RunOptions::default());
    assert!(end.expect_err("the file is gone").contains("log.csv: "));
}

#[test]
fn a_bad_log_is_a_mistake_of_the_scenario_when_it_shows_early() {
    let folder = folder();
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/replay-sample.toml");
    let text = fs::read_to_string(sample).expect("shipped");
    let file = folder.path().join("town.toml");
    fs::write(&file, text).expect("a folder of our own");
    fs::create_dir(folder.path().join("data")).expect("a folder of our own");
    let bad = GOOD.replace("bamboo", "bambo");
    let write = |rows: usize| {
        let log = [HEADER, &GOOD.repeat(rows), &bad].concat();
        fs::write(folder.path().join("data/replay-sample.csv"), log).expect("it can be written");
        load(&file, &LoadOptions::default())
    };
    let mistakes = write(900).expect_err("the row is among the first thousand").plain();
    assert!(mistakes.contains("error[scenario::bad-file]: this log cannot"), "{mistakes}");
    assert!(mistakes.contains("replay-sample.csv:902: `wallet` is \"bambo\""), "{mistakes}");
}

/// Goal: memory does not grow with the log. Method: a million rows, thirty a second and up to three
/// seconds late, and the most rows held at once. Bound: what the look-back spans, and one.
#[test]
fn a_million_rows_are_streamed_through_the_look_back() {
    const ROWS: u64 = 1_000_000;
    let folder = folder();
    let mut log = HEADER.to_owned();
    for row in 0..ROWS {
        let millis = row * 1_000 / 30 + (row * 7_919) % 3_000;
        writeln!(
            log,
            "{}.{:03},p{},bamboo,bamboo-shops,,static,bank,1.00",
            millis / 1_000,
            millis % 1_000,
            row % 1_000
        )
        .expect("a string takes all");
    }
    let mut scenario = scenario(folder.path(), &log);
    drop(log);
    scenario.horizon = Duration::from_secs(100_000);
    let replay = scenario.replay.clone().expect("set above");
    let mut rows = open(&replay, &scenario).expect("a good header");
    let (mut held, mut count, mut last) = (0, 0_u64, Instant::EPOCH);
    while let Some(row) = rows.next() {
        let row = row.expect("a good row");
        assert!(last <= row.at);
        last = row.at;
        count += 1;
        held = held.max(rows.held());
    }
    assert_eq!((count, rows.read()), (ROWS, ROWS));
    assert!((60..=30 * 8 + 1).contains(&held), "{held} rows were held");
}

#[test]
fn the_order_of_entities_and_evented_stations_change_nothing() {
    let scenario = shipped();
    let (plain, _) = played(&scenario, OPEN, RunOptions::default());
    for seed in [1, 2, 3] {
        let permuted = RunOptions { permute: Some(seed), evented: false };
        assert_eq!(played(&scenario, OPEN, permuted).0.digest, plain.digest);
    }
    let evented = RunOptions { permute: None, evented: true };
    assert_eq!(played(&scenario, OPEN, evented).0.multiset, plain.multiset);
}

#[test]
fn the_shipped_sample_loses_the_sales_that_it_says() {
    let scenario = shipped();
    for (policy, lost) in [(0, 75), (OPEN, 2)] {
        let tally = played(&scenario, policy, RunOptions::default()).0.tally;
        assert_eq!(tally.intentions, 200);
        assert_eq!(tally.first_try + lost, 200, "{tally:?}");
    }
}

#[test]
fn a_log_comes_on_top_of_the_work_that_is_known_before_a_run() {
    let mut scenario = shipped();
    let size = Model::compile(&scenario, PolicyId::new(0)).size();
    assert!(size.replay_on_top && size.payments.abs() < 1e-9);
    scenario.replay = None;
    assert!(!Model::compile(&scenario, PolicyId::new(0)).size().replay_on_top);
}
