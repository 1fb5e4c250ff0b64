//! Files on request: payments and events, streamed while a run goes on.

use std::fs;
use std::io::{self, BufWriter, Write};

use hutong::model::fact::{Attempt, Fact, Funding, Observer, Purchase, RouteClass, Topology};
use hutong::report::{self, EventsWriter, PaymentsWriter, RunDir};
use hutong::scenario::Mode;
use hutong::units::{
    Amount, Duration, Instant, InstitutionId, PaymentId, Reason, SourceId, Status,
};
use serde_json::Value;
use tempfile::tempdir;

use crate::report_support::{HASH, complete, context, files, results, scenario, write};

fn ms(millis: u64) -> Instant {
    Instant::EPOCH + Duration::from_millis(millis)
}

/// Attempt `number` of the seventh intention of a source.
fn attempt(source: usize, number: u8) -> Attempt {
    Attempt { id: PaymentId::new(SourceId::new(source), 7, number), slot: 0, counted: true }
}

/// An unreadable code, then a declined attempt, then an accepted one; and a background item.
fn facts() -> Vec<(Instant, Fact)> {
    let [alipay, hub, tenpay] = [0, 1, 2].map(InstitutionId::new);
    let amount = Amount::from_minor(2_000);
    let route =
        RouteClass { topology: Topology::OneHub, funding: Funding::Bank, mode: Mode::Static };
    let background = RouteClass { topology: Topology::Background, ..route };
    let intended = |source| Fact::Intended {
        source: SourceId::new(source),
        intention: 7,
        consumer: 5,
        merchant: None,
        amount,
        counted: true,
    };
    let opened = |of, route| Fact::Opened {
        of,
        wallet: tenpay,
        acquirer: alipay,
        bank: None,
        house: None,
        debit_house: None,
        issuer: alipay,
        route,
        amount,
    };
    let answered = |of, status| Fact::Answered {
        of,
        route,
        elapsed: Duration::from_millis(150),
        messages: 6,
        status,
    };
    let unsupported = Status::Rejected(Reason::UnsupportedCode);
    let no = Status::Rejected(Reason::InsufficientFunds);
    let concluded = Fact::Concluded {
        of: attempt(3, 2),
        route: Some(route),
        elapsed: Duration::from_millis(900),
        purchase: Purchase::AfterSwitch,
        status: Status::Accepted,
    };
    vec![
        (ms(50), intended(3)),
        (ms(100), Fact::Unreadable { of: attempt(3, 0), wallet: hub, mode: Mode::Tap }),
        (ms(100), Fact::Closed { of: attempt(3, 0), status: unsupported }),
        (ms(200), opened(attempt(3, 1), route)),
        (ms(250), intended(1)),
        (ms(250), opened(attempt(1, 0), background)),
        (ms(300), Fact::Refused { by: hub, of: attempt(3, 1), reason: Reason::InsufficientFunds }),
        (ms(350), answered(attempt(3, 1), no)),
        (ms(400), Fact::Closed { of: attempt(3, 1), status: no }),
        (ms(500), opened(attempt(3, 2), route)),
        (ms(900), answered(attempt(3, 2), Status::Accepted)),
        (ms(1_000), Fact::Closed { of: attempt(3, 2), status: Status::Accepted }),
        (ms(1_000), concluded),
        (ms(1_100), Fact::Closed { of: attempt(1, 0), status: Status::Accepted }),
    ]
}

fn tell<O: Observer>(observer: &mut O) {
    for (at, fact) in facts() {
        observer.observe(at, &fact);
    }
}

#[test]
fn a_payment_has_one_row_at_its_close() {
    let scenario = scenario();
    let mut writer = PaymentsWriter::new(&scenario, "closed", 1, Vec::new());
    tell(&mut writer);
    let text = String::from_utf8(writer.finish().expect("rows")).expect("utf-8");
    let expected = "\
closed,1,3-7-0,payment,50000,yes,,tap,hub,,,,2000,CNY,unreadable,unsupported-code,,50000,
closed,1,3-7-1,payment,200000,yes,,static,tenpay,alipay,alipay,one_hub.bank.static,2000,CNY,\
declined_business,insufficient-funds,150000,350000,6
closed,1,3-7-2,payment,500000,yes,,static,tenpay,alipay,alipay,one_hub.bank.static,2000,CNY,\
accepted,,150000,950000,6
closed,1,1-7-0,background,250000,yes,,,tenpay,,alipay,background,2000,CNY,accepted,,,850000,
";
    assert_eq!(text, expected);
}

#[test]
fn an_event_is_one_json_object_a_fact() {
    let scenario = scenario();
    let mut writer = EventsWriter::new(&scenario, "closed", 0, Vec::new());
    tell(&mut writer);
    let text = String::from_utf8(writer.finish().expect("lines")).expect("utf-8");
    let lines: Vec<Value> =
        text.lines().map(|line| serde_json::from_str(line).expect("one object")).collect();
    assert_eq!(lines.len(), facts().len());
    let refused = text.lines().nth(6).expect("a line");
    assert_eq!(
        refused,
        "{\"policy\":\"closed\",\"replication\":0,\"time_ns\":300000000,\"entity\":\"hub\",\
         \"kind\":\"refused\",\"fields\":{\"payment_id\":\"3-7-1\",\
         \"reason\":\"insufficient-funds\"}}"
    );
    // No institution declined a code that nobody could read.
    let fields = |line: usize| &lines[line]["fields"];
    assert_eq!((&fields(1)["wallet"], &fields(1)["mode"]), (&"hub".into(), &"tap".into()));
    assert_eq!(fields(2)["outcome"], "unreadable");
}

#[test]
fn parts_of_runs_join_in_plan_order_and_are_described() {
    let scenario = scenario();
    let out = tempdir().expect("a folder");
    let mut dir = RunDir::open(out.path(), "city", HASH).expect("a folder");
    let mut parts = Vec::new();
    let mut logs = Vec::new();
    for replication in 0..2 {
        let part = dir.part().expect("a part");
        let mut writer =
            PaymentsWriter::new(&scenario, "closed", replication, BufWriter::new(part));
        tell(&mut writer);
        let part = writer.finish().expect("rows").into_inner().expect("flushed");
        parts.push(part.into_temp_path());
        let part = dir.part().expect("a part");
        let mut writer = EventsWriter::new(&scenario, "closed", replication, part);
        tell(&mut writer);
        logs.push(writer.finish().expect("lines").into_temp_path());
    }
    dir.join_payments(parts).expect("joined");
    dir.join_events(logs).expect("joined");
    let timing = report::Timing::default();
    let input = report::ReportInput {
        scenario: &scenario,
        resolved: "",
        results: &results(complete),
        context: &context(),
        metrics: &[],
        calibration: &[],
        timing: &timing,
    };
    report::write(&input, &mut dir).expect("a report");
    let files = files(dir.path());
    assert!(files.keys().all(|name| !name.starts_with('.')), "{:?}", files.keys());
    let mut reader = csv::Reader::from_reader(&files["payments.csv"][..]);
    let package: Value = serde_json::from_slice(&files["datapackage.json"]).expect("json");
    let resources = package["resources"].as_array().expect("resources");
    let payments = resources.iter().find(|r| r["path"] == "payments.csv").expect("described");
    let fields = payments["schema"]["fields"].as_array().expect("fields");
    let names: Vec<&str> = fields.iter().map(|f| f["name"].as_str().expect("a name")).collect();
    assert_eq!(reader.headers().expect("a header").iter().collect::<Vec<_>>(), names);
    assert_eq!(reader.records().count(), 8);
    let manifest: Value = serde_json::from_slice(&files["manifest.json"]).expect("json");
    let rows = |name: &str| {
        let listed = manifest["files"].as_array().expect("files");
        listed.iter().find(|file| file["name"] == name).expect("listed")["rows"].clone()
    };
    assert_eq!((rows("payments.csv"), rows("events.ndjson")), (8.into(), 28.into()));
}

#[test]
fn a_part_that_is_not_joined_vanishes() {
    let out = tempdir().expect("a folder");
    let (_, dir) = write(out.path(), &scenario(), &results(complete));
    let part = dir.part().expect("a part");
    let path = part.path().to_owned();
    assert!(path.starts_with(dir.path()));
    drop(part);
    assert!(!fs::exists(path).expect("an answer"));
}

/// Takes some bytes, then no more.
struct Full(usize);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0 < bytes.len() {
            return Err(io::Error::other("the disk is full"));
        }
        self.0 -= bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_is_told_at_the_end_and_not_a_panic() {
    let scenario = scenario();
    let mut payments = PaymentsWriter::new(&scenario, "closed", 0, Full(10));
    tell(&mut payments);
    assert!(payments.finish().is_err());
    let mut events = EventsWriter::new(&scenario, "closed", 0, Full(10));
    tell(&mut events);
    assert!(events.finish().is_err());
}
