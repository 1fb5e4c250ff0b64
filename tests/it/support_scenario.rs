//! A tiny scenario made by hand: four institutions, one class of consumers, windows of a second.

use hutong::kernel::dist::Dist;
use hutong::measure::outcome::RunOutcome;
use hutong::measure::recorder::Recorder;
use hutong::model::fact::{Attempt, Fact, Funding, Observer, RouteClass, Topology};
use hutong::scenario::{
    Answers, Currency, Discipline, Epoch, FeeKind, FeeLeg, FeeParty, FeeScope, HumanTimes,
    Institution, Link, LinkTable, Mode, Policy, Role, Roles, RuleMatrix, Scenario, Settlement,
    Station,
};
use hutong::units::{Amount, Duration, Instant, InstitutionId, PaymentId, PolicyId, Ppm, SourceId};

/// In order of name.
pub(crate) const BANK: usize = 0;
pub(crate) const CENTRAL: usize = 1;
pub(crate) const HUB: usize = 2;
pub(crate) const WALLET: usize = 3;

pub(crate) const ONE_HUB: RouteClass =
    RouteClass { topology: Topology::OneHub, funding: Funding::Bank, mode: Mode::Static };
pub(crate) const BACKGROUND: RouteClass =
    RouteClass { topology: Topology::Background, funding: Funding::Balance, mode: Mode::Static };

/// Midnight of the first day of 2025, in China.
pub(crate) fn midnight() -> Epoch {
    Epoch {
        text: "2025-01-01T00:00:00+08:00".to_owned(),
        unix_seconds: 1_735_660_800,
        time_of_day: Duration::ZERO,
    }
}

/// Counted demand in [2 s, 10 s), windows of 1 s, a drain of 2 s.
pub(crate) fn tiny() -> Scenario {
    let institutions = vec![
        institution("bank", Role::Bank, 1_000),
        institution("central", Role::SettlementBank, 0),
        institution("hub", Role::ClearingHouse, 0),
        institution("wallet", Role::Wallet, 500),
    ];
    let human = Dist::Constant(0);
    Scenario {
        name: "tiny".to_owned(),
        question: String::new(),
        expect: String::new(),
        epoch: midnight(),
        horizon: Duration::from_secs(10),
        warm_up: Duration::from_secs(2),
        drain: Duration::from_secs(2),
        seed: 1,
        currency: Currency { code: "CNY".to_owned(), exponent: 2 },
        scale: 1.0,
        timers: None,
        links: LinkTable {
            kinds: vec![Link { floor: Duration::from_millis(1), jitter: Dist::Constant(0) }],
            of: vec![0; institutions.len() * institutions.len()],
        },
        institutions,
        consumers: Vec::new(),
        merchants: Vec::new(),
        background: Vec::new(),
        replay: None,
        limits: hutong::scenario::Limits::default(),
        risk: None,
        human: HumanTimes {
            show: human.clone(),
            scan: human.clone(),
            tap: human.clone(),
            type_amount: human.clone(),
            authenticate: human,
        },
        policies: vec![Policy { name: "only".to_owned(), connect: Vec::new(), shares_risk: false }],
        rules: RuleMatrix::default(),
        faults: Vec::new(),
        fees: vec![FeeLeg {
            kind: FeeKind::MerchantDiscount,
            payer: FeeParty::Merchant,
            earner: FeeParty::Acquirer,
            rate: Ppm::new(6_000),
            floor: Amount::ZERO,
            cap: None,
            scope: FeeScope::All,
        }],
        settlement: Settlement { bank: id(CENTRAL) },
        compared: vec![PolicyId::new(0)],
        replications: 1,
        window: Duration::from_secs(1),
        calibration: Vec::new(),
        thresholds: Vec::new(),
        regressions: Vec::new(),
    }
}

fn institution(name: &str, role: Role, reserve: u64) -> Institution {
    Institution {
        name: name.to_owned(),
        group: None,
        roles: Roles::default().with(role),
        share: 1.0,
        station: Station {
            servers: 2,
            service: Dist::Constant(0),
            queue_limit: None,
            answers: Answers::Shared,
            discipline: Discipline::Fcfs,
            sites: Vec::new(),
        },
        payment_codes: Vec::new(),
        collection_codes: Vec::new(),
        reserve: Amount::from_minor(reserve),
        customer_funds: Amount::ZERO,
        declines: Vec::new(),
        cut_offs: Vec::new(),
        debits_via: None,
    }
}

pub(crate) fn id(index: usize) -> InstitutionId {
    InstitutionId::new(index)
}

pub(crate) fn minor(amount: u64) -> Amount {
    Amount::from_minor(amount)
}

pub(crate) fn ms(millis: u64) -> Instant {
    Instant::from_nanos(millis * 1_000_000)
}

/// The first attempt of the n-th intention of a source, in a slot of its own.
pub(crate) fn attempt(source: usize, intention: u32, counted: bool) -> Attempt {
    let id = PaymentId::new(SourceId::new(source), u64::from(intention), 0);
    Attempt { id, slot: intention, counted }
}

pub(crate) fn opened(of: Attempt, route: RouteClass, amount: u64) -> Fact {
    let (wallet, acquirer) = (id(WALLET), id(BANK));
    Fact::Opened {
        of,
        wallet,
        acquirer,
        bank: None,
        house: None,
        debit_house: None,
        issuer: acquirer,
        route,
        amount: minor(amount),
    }
}

/// What the recorder makes of these facts.
pub(crate) fn record(scenario: &Scenario, facts: &[(Instant, Fact)], end: Instant) -> RunOutcome {
    let mut recorder = Recorder::new(scenario, PolicyId::new(0), 0);
    for (at, fact) in facts {
        recorder.observe(*at, fact);
    }
    recorder.finish(end, facts.len() as u64)
}
