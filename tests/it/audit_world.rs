//! A small lawful world for the auditor, by hand: hub, wallet, bank, acquirer, settlement bank.

use std::collections::BTreeMap;

use hutong::kernel::dist::Dist;
use hutong::model::fact::{
    Account, Attempt, Exchange, Fact, Funding, Purchase, RouteClass, Topology,
};
use hutong::scenario::{
    Acceptance, Answers, Background, Bundle, Connect, ConsumerClass, Currency, DeclineRate,
    Discipline, FeeKind, FeeLeg, FeeParty, FeeScope, HumanTimes, Institution, Link, LinkTable,
    MerchantClass, Mode, ModeMix, Policy, Role, Roles, RuleMatrix, Scenario, Settlement, Station,
    Weighted,
};
use hutong::units::{
    Amount, Duration, Instant, InstitutionId, MerchantClassId, Obligation, PaymentId, PolicyId,
    Ppm, Reason, SourceId, Status,
};

use crate::support_scenario::midnight;

pub(crate) const ACQUIRER: usize = 0;
pub(crate) const BANK: usize = 1;
pub(crate) const HUB: usize = 2;
pub(crate) const CENTRAL: usize = 3;
pub(crate) const WALLET: usize = 4;
const RESERVE: u64 = 1_000_000;
const OWN: usize = 0;
const SHOPS: usize = 1;

pub(crate) type Told = (Instant, Fact);

pub(crate) fn id(index: usize) -> InstitutionId {
    InstitutionId::new(index)
}

pub(crate) fn yuan(minor: u64) -> Amount {
    Amount::from_minor(minor)
}

fn institution(name: &str, roles: Roles, debits_via: Option<usize>) -> Institution {
    let settles = roles.has(Role::SettlementBank);
    Institution {
        name: name.to_owned(),
        group: None,
        roles,
        share: 1.0,
        station: Station {
            servers: 1,
            service: Dist::Constant(1_000),
            queue_limit: None,
            answers: Answers::Shared,
            discipline: Discipline::Fcfs,
            sites: Vec::new(),
        },
        payment_codes: Vec::new(),
        collection_codes: Vec::new(),
        reserve: yuan(if settles { 0 } else { RESERVE }),
        customer_funds: yuan(if settles { 0 } else { RESERVE }),
        declines: Vec::new(),
        cut_offs: Vec::new(),
        debits_via: debits_via.map(id),
    }
}

fn leg(kind: FeeKind, payer: FeeParty, earner: FeeParty, ppm: u32) -> FeeLeg {
    let (rate, scope) = (Ppm::new(ppm), FeeScope::All);
    FeeLeg { kind, payer, earner, rate, floor: Amount::ZERO, cap: None, scope }
}

fn institutions() -> Vec<Institution> {
    let role = |role| Roles::default().with(role);
    let issuer = role(Role::Acquirer).with(Role::CodeIssuer);
    let rare = |reason| DeclineRate { reason, rate: Ppm::new(1) };
    let mut wallet = institution("wallet", issuer.with(Role::Wallet), Some(HUB));
    wallet.declines = vec![rare(Reason::RiskRefused), rare(Reason::SystemError)];
    vec![
        institution("acquirer", issuer, None),
        institution("bank", role(Role::Bank).with(Role::Wallet), None),
        institution("hub", role(Role::ClearingHouse), None),
        institution("pboc", role(Role::SettlementBank), None),
        wallet,
    ]
}

/// 0.38 % discount; 0.1 % interchange, at most 15, off us; 0.0325 % clearing; 0.02 % bank
/// debit, at least 2.
fn fees() -> Vec<FeeLeg> {
    let interchange = leg(FeeKind::Interchange, FeeParty::Acquirer, FeeParty::Wallet, 1_000);
    let debit = leg(FeeKind::BankDebit, FeeParty::Wallet, FeeParty::Bank, 200);
    vec![
        leg(FeeKind::MerchantDiscount, FeeParty::Merchant, FeeParty::Acquirer, 3_800),
        FeeLeg { cap: Some(yuan(15)), scope: FeeScope::OffUs, ..interchange },
        leg(FeeKind::Clearing, FeeParty::Acquirer, FeeParty::ClearingHouse, 325),
        FeeLeg { floor: yuan(2), ..debit },
    ]
}

fn weighted(institution: usize) -> Weighted {
    Weighted { institution: id(institution), weight: 1.0 }
}

/// Holders of two wallets, of which the bank's can be used nowhere.
fn people() -> ConsumerClass {
    ConsumerClass {
        name: "people".to_owned(),
        population: 10,
        holds: vec![Bundle { wallets: vec![id(BANK), id(WALLET)], share: 1.0 }],
        prefers: vec![weighted(BANK), weighted(WALLET)],
        bank_funded: Ppm::new(500_000),
        banks: vec![weighted(BANK)],
        ticket: Dist::Constant(1),
        arrivals: Vec::new(),
    }
}

fn shops(name: &str, code: usize) -> MerchantClass {
    MerchantClass {
        name: name.to_owned(),
        count: 1,
        weight: 1.0,
        accepts: vec![Acceptance { code: id(code), acquirer: id(code) }],
        modes: ModeMix { weights: [0.25; 4] },
        order_fetch: true,
        category: String::new(),
    }
}

/// The scenario of the story.
pub(crate) fn scenario() -> Scenario {
    let instant = || Dist::Constant(0);
    Scenario {
        name: "story".to_owned(),
        question: String::new(),
        expect: String::new(),
        epoch: midnight(),
        horizon: Duration::from_secs(1),
        warm_up: Duration::ZERO,
        drain: Duration::from_secs(1),
        seed: 1,
        currency: Currency { code: "CNY".to_owned(), exponent: 2 },
        scale: 1.0,
        institutions: institutions(),
        timers: None,
        links: LinkTable {
            kinds: vec![Link { floor: Duration::from_millis(1), jitter: Dist::Constant(0) }],
            of: vec![0; 25],
        },
        consumers: vec![people()],
        merchants: vec![shops("own", WALLET), shops("shops", ACQUIRER)],
        background: vec![Background {
            name: "transfers".to_owned(),
            house: id(HUB),
            debtors: vec![weighted(WALLET)],
            creditors: vec![weighted(BANK)],
            ticket: Dist::Constant(1),
            arrivals: Vec::new(),
        }],
        replay: None,
        limits: hutong::scenario::Limits::default(),
        risk: None,
        human: HumanTimes {
            show: instant(),
            scan: instant(),
            tap: instant(),
            type_amount: instant(),
            authenticate: instant(),
        },
        policies: vec![Policy {
            name: "only".to_owned(),
            connect: vec![Connect {
                wallets: vec![id(WALLET)],
                codes: vec![id(ACQUIRER)],
                via: vec![id(HUB)],
            }],
            shares_risk: false,
        }],
        rules: RuleMatrix::default(),
        faults: Vec::new(),
        fees: fees(),
        settlement: Settlement { bank: id(CENTRAL) },
        compared: vec![PolicyId::new(0)],
        replications: 1,
        window: Duration::from_secs(1),
        calibration: Vec::new(),
        thresholds: Vec::new(),
        regressions: Vec::new(),
    }
}

/// Tells facts, a millisecond apart.
pub(crate) struct Teller {
    pub(crate) facts: Vec<Told>,
    now: u64,
    cycle: u32,
}

/// One attempt as the teller follows it.
#[derive(Clone, Copy)]
pub(crate) struct Followed {
    of: Attempt,
    route: RouteClass,
    amount: u64,
    opened: u64,
}

pub(crate) fn attempt(intention: u64, number: u8, slot: u32) -> Attempt {
    let id = PaymentId::new(SourceId::new(0), intention, number);
    Attempt { id, slot, counted: true }
}

/// The one item of background traffic.
pub(crate) fn transfer() -> Attempt {
    Attempt { id: PaymentId::new(SourceId::new(1), 0, 0), slot: 0, counted: true }
}

impl Teller {
    /// The opening entries.
    pub(crate) fn new() -> Self {
        let mut teller = Self { facts: Vec::new(), now: 0, cycle: 0 };
        for who in [ACQUIRER, BANK, HUB, WALLET] {
            for (book, debit, credit) in [
                (who, Account::Settlement, Account::Capital),
                (CENTRAL, Account::Capital, Account::ReserveOf(id(who))),
                (who, Account::Capital, Account::CustomerFunds),
            ] {
                teller.post(book, (debit, credit, RESERVE), None);
            }
        }
        teller
    }

    pub(crate) fn end(&self) -> Instant {
        Instant::from_nanos(self.now)
    }

    fn tell(&mut self, fact: Fact) {
        self.facts.push((self.end(), fact));
    }

    fn post(&mut self, book: usize, entry: (Account, Account, u64), of: Option<Attempt>) {
        let (debit, credit, amount) = entry;
        self.tell(Fact::Posted { book: id(book), debit, credit, amount: yuan(amount), of });
    }

    pub(crate) fn wait(&mut self) {
        self.now += 1_000_000;
    }

    pub(crate) fn intend(&mut self, intention: u64, merchant: usize, amount: u64) {
        self.wait();
        self.tell(Fact::Intended {
            source: SourceId::new(0),
            intention,
            consumer: 0,
            merchant: Some(MerchantClassId::new(merchant)),
            amount: yuan(amount),
            counted: true,
        });
    }

    pub(crate) fn open(
        &mut self,
        of: Attempt,
        acquirer: usize,
        (topology, funding, mode): (Topology, Funding, Mode),
        amount: u64,
    ) -> Followed {
        let route = RouteClass { topology, funding, mode };
        let background = topology == Topology::Background;
        let from_bank = funding == Funding::Bank;
        self.tell(Fact::Opened {
            of,
            wallet: id(WALLET),
            acquirer: id(acquirer),
            bank: from_bank.then(|| id(BANK)),
            house: (topology != Topology::OnUs).then(|| id(HUB)),
            debit_house: from_bank.then(|| id(HUB)),
            issuer: id(if background { HUB } else { acquirer }),
            route,
            amount: yuan(amount),
        });
        Followed { of, route, amount, opened: self.now }
    }

    pub(crate) fn hold(&mut self, book: usize, one: Followed) {
        self.wait();
        let (book, of, amount) = (id(book), one.of, yuan(one.amount));
        self.tell(Fact::HoldPlaced { book, of, amount });
    }

    pub(crate) fn void(&mut self, book: usize, one: Followed) {
        self.wait();
        let (book, of, amount) = (id(book), one.of, yuan(one.amount));
        self.tell(Fact::HoldVoided { book, of, amount });
    }

    fn debit(&mut self, book: usize, one: Followed, credit: Account) {
        let (of, amount) = (one.of, yuan(one.amount));
        self.tell(Fact::HoldPosted { book: id(book), of, amount });
        self.post(book, (Account::CustomerFunds, credit, one.amount), Some(of));
    }

    fn clear(&mut self, debtor: usize, creditor: usize, amount: u64, fee: bool, of: Attempt) {
        let obligation = Obligation {
            debtor_agent: id(debtor),
            creditor_agent: id(creditor),
            amount: yuan(amount),
        };
        self.tell(Fact::Cleared { house: id(HUB), cycle: self.cycle, obligation, fee, of });
    }

    fn fee(&mut self, leg: u16, payer: Option<usize>, earner: usize, amount: u64, one: Followed) {
        let of = one.of;
        let paid = yuan(amount);
        let (who, to) = (payer.map(id), id(earner));
        self.tell(Fact::Charged { leg, payer: who, earner: to, amount: paid, of });
        let Some(payer) = payer else {
            let entry = (Account::MerchantPayable, Account::FeeIncome, amount);
            return self.post(earner, entry, Some(of));
        };
        self.post(payer, (Account::FeeExpense, Account::DueTo(to), amount), Some(of));
        self.post(earner, (Account::DueFrom(id(payer)), Account::FeeIncome, amount), Some(of));
        self.clear(payer, earner, amount, true, of);
    }

    /// The bank debit of a bank-funded payment.
    pub(crate) fn fund(&mut self, one: Followed) {
        self.hold(BANK, one);
        self.debit(BANK, one, Account::DueTo(id(WALLET)));
        self.wait();
        self.clear(BANK, WALLET, one.amount, false, one.of);
        self.wait();
        let entry = (Account::DueFrom(id(BANK)), Account::CustomerFunds, one.amount);
        self.post(WALLET, entry, Some(one.of));
        self.exchanged(Exchange::Debit, one);
    }

    /// The parse exchange.
    pub(crate) fn parse(&mut self, one: Followed) {
        self.wait();
        self.exchanged(Exchange::Parse, one);
    }

    fn exchanged(&mut self, exchange: Exchange, one: Followed) {
        let elapsed = Duration::from_millis(1);
        let (of, route, status) = (one.of, one.route, Status::Accepted);
        self.tell(Fact::Exchanged { exchange, of, route, elapsed, status });
    }

    /// The pay exchange over the hub, with fees.
    pub(crate) fn pay(&mut self, one: Followed) {
        let entry = (Account::DueFrom(id(WALLET)), Account::MerchantPayable, one.amount);
        self.wait();
        self.post(ACQUIRER, entry, Some(one.of));
        self.wait();
        self.clear(WALLET, ACQUIRER, one.amount, false, one.of);
        self.wait();
        self.debit(WALLET, one, Account::DueTo(id(ACQUIRER)));
        let fee = |ppm: u64| (one.amount * ppm + 500_000) / 1_000_000;
        self.fee(0, None, ACQUIRER, fee(3_800), one);
        self.fee(1, Some(ACQUIRER), WALLET, fee(1_000).min(15), one);
        self.fee(2, Some(ACQUIRER), HUB, fee(325), one);
        if one.route.funding == Funding::Bank {
            self.fee(3, Some(WALLET), BANK, fee(200).max(2), one);
        }
        self.exchanged(Exchange::Pay, one);
    }

    /// Clearing traffic from the wallet to the bank.
    pub(crate) fn transfer(&mut self, one: Followed) {
        self.hold(WALLET, one);
        self.debit(WALLET, one, Account::DueTo(id(BANK)));
        self.wait();
        self.clear(WALLET, BANK, one.amount, false, one.of);
        self.wait();
        let entry = (Account::DueFrom(id(WALLET)), Account::CustomerFunds, one.amount);
        self.post(BANK, entry, Some(one.of));
        self.exchanged(Exchange::Pay, one);
    }

    /// A payment on the wallet's own books.
    pub(crate) fn pay_on_us(&mut self, one: Followed) {
        self.wait();
        self.debit(WALLET, one, Account::MerchantPayable);
        self.fee(0, None, WALLET, (one.amount * 3_800 + 500_000) / 1_000_000, one);
    }

    pub(crate) fn answer(&mut self, one: Followed, messages: u8, status: Status) {
        let elapsed = Duration::from_nanos(self.now - one.opened);
        let (of, route) = (one.of, one.route);
        self.tell(Fact::Answered { of, route, elapsed, messages, status });
    }

    pub(crate) fn close(&mut self, of: Attempt, status: Status) {
        self.wait();
        self.tell(Fact::Closed { of, status });
    }

    /// A wallet was tried in vain.
    pub(crate) fn unreadable(&mut self, of: Attempt, wallet: usize) {
        self.wait();
        self.tell(Fact::Unreadable { of, wallet: id(wallet), mode: Mode::Static });
        let status = Status::Rejected(Reason::UnsupportedCode);
        self.tell(Fact::Closed { of, status });
    }

    pub(crate) fn conclude(&mut self, one: Followed, purchase: Purchase, status: Status) {
        let elapsed = Duration::from_nanos(self.now - one.opened);
        let (of, route) = (one.of, Some(one.route));
        self.tell(Fact::Concluded { of, route, elapsed, purchase, status });
    }

    /// The wallet refuses, and releases its hold.
    pub(crate) fn refuse(&mut self, one: Followed, reason: Reason) {
        self.wait();
        self.tell(Fact::Refused { by: id(WALLET), of: one.of, reason });
        self.void(WALLET, one);
    }

    /// Cut-off, positions, settlement and its news.
    pub(crate) fn settle(&mut self) {
        self.wait();
        let (house, cycle) = (id(HUB), self.cycle);
        let mut rows = BTreeMap::<InstitutionId, [u64; 4]>::new();
        let mut pairs = BTreeMap::<(InstitutionId, InstitutionId), u64>::new();
        for (_, fact) in &self.facts {
            if let Fact::Cleared { obligation, fee, cycle: of, .. } = *fact
                && of == cycle
            {
                let (from, to) = (obligation.debtor_agent, obligation.creditor_agent);
                let amount = obligation.amount.minor();
                *pairs.entry((from, to)).or_default() += amount;
                for (who, side) in [(from, 0), (to, 1)] {
                    let row = rows.entry(who).or_default();
                    row[side] += amount;
                    row[side + 2] += amount * u64::from(fee);
                }
            }
        }
        self.tell(Fact::CutOff { house, cycle });
        self.cycle += 1;
        for (&participant, row) in &rows {
            let [debit, credit, fee_debit, fee_credit] = row.map(yuan);
            self.tell(Fact::Netted {
                house,
                cycle,
                participant,
                debit,
                credit,
                fee_debit,
                fee_credit,
            });
        }
        self.wait();
        for (&participant, &[debit, credit, ..]) in &rows {
            self.move_reserve(cycle, participant, (debit, credit));
        }
        self.tell(Fact::Settled { house, cycle });
        self.wait();
        for (&(from, to), &amount) in &pairs {
            self.post(from.index(), (Account::DueTo(to), Account::Settlement, amount), None);
            self.post(to.index(), (Account::Settlement, Account::DueFrom(from), amount), None);
        }
    }

    fn move_reserve(&mut self, cycle: u32, participant: InstitutionId, gross: (u64, u64)) {
        let (debit, credit) = (gross.0.saturating_sub(gross.1), gross.1.saturating_sub(gross.0));
        if debit == credit {
            return;
        }
        let before = self.facts.iter().rev().find_map(|(_, fact)| match *fact {
            Fact::ReserveMoved { participant: who, balance, .. } if who == participant => {
                Some(balance.minor())
            }
            _ => None,
        });
        let balance = yuan(before.unwrap_or(RESERVE) + credit - debit);
        let (house, moved) = (id(HUB), (yuan(debit), yuan(credit)));
        self.tell(Fact::ReserveMoved {
            house,
            cycle,
            participant,
            debit: moved.0,
            credit: moved.1,
            balance,
        });
        let reserve = Account::ReserveOf(participant);
        if debit > 0 {
            self.post(CENTRAL, (reserve, Account::Capital, debit), None);
        } else {
            self.post(CENTRAL, (Account::Capital, reserve, credit), None);
        }
    }
}

/// The whole story: every kind of payment, two settled cycles, one payment still in flight.
pub(crate) fn story() -> (Vec<Told>, Instant) {
    let mut teller = Teller::new();
    first_cycle(&mut teller);
    second_cycle(&mut teller);
    on_us_and_transfer(&mut teller);
    the_end(&mut teller);
    let end = teller.end();
    (teller.facts, end)
}

const SCANNED: (Topology, Funding, Mode) =
    (Topology::OneHub, Funding::Balance, Mode::ConsumerPresented);

fn hub(funding: Funding, mode: Mode) -> (Topology, Funding, Mode) {
    (Topology::OneHub, funding, mode)
}

/// A bank-funded payment and one that the wallet refuses.
fn first_cycle(teller: &mut Teller) {
    teller.intend(0, SHOPS, 10_000);
    let one = teller.open(attempt(0, 0, 0), ACQUIRER, hub(Funding::Bank, Mode::Static), 10_000);
    teller.parse(one);
    teller.fund(one);
    teller.hold(WALLET, one);
    teller.pay(one);
    teller.answer(one, 12, Status::Accepted);
    teller.close(one.of, Status::Accepted);
    teller.conclude(one, Purchase::FirstTry, Status::Accepted);

    teller.intend(1, SHOPS, 30_000);
    let of = attempt(1, 0, 1);
    let two = teller.open(of, ACQUIRER, SCANNED, 30_000);
    teller.hold(WALLET, two);
    let refused = Status::Rejected(Reason::RiskRefused);
    teller.refuse(two, Reason::RiskRefused);
    teller.answer(two, 4, refused);
    teller.close(of, refused);
    teller.conclude(two, Purchase::Declined, refused);
    teller.settle();
}

/// A switch of wallets, and a payment refused after the bank debit.
fn second_cycle(teller: &mut Teller) {
    // An app that cannot read the sign, then one that can: both in slot 0, one after the other.
    teller.intend(2, SHOPS, 25_001);
    teller.unreadable(attempt(2, 0, 0), BANK);
    let three = teller.open(attempt(2, 1, 0), ACQUIRER, SCANNED, 25_001);
    teller.hold(WALLET, three);
    teller.pay(three);
    teller.answer(three, 4, Status::Accepted);
    teller.close(three.of, Status::Accepted);
    teller.conclude(three, Purchase::AfterSwitch, Status::Accepted);

    // Refused after the bank debit: the money stays in the wallet.
    teller.intend(3, SHOPS, 7_000);
    let five = teller.open(attempt(3, 0, 1), ACQUIRER, hub(Funding::Bank, Mode::Tap), 7_000);
    teller.parse(five);
    teller.fund(five);
    teller.hold(WALLET, five);
    teller.refuse(five, Reason::SystemError);
    teller.answer(five, 12, Status::Rejected(Reason::SystemError));
    teller.close(five.of, Status::Rejected(Reason::SystemError));
    teller.conclude(five, Purchase::Declined, Status::Rejected(Reason::SystemError));
}

/// A payment on one book, and clearing traffic.
fn on_us_and_transfer(teller: &mut Teller) {
    teller.intend(4, OWN, 5_000);
    let on_us = (Topology::OnUs, Funding::Balance, Mode::Dynamic);
    let four = teller.open(attempt(4, 0, 0), WALLET, on_us, 5_000);
    teller.hold(WALLET, four);
    teller.pay_on_us(four);
    teller.answer(four, 0, Status::Accepted);
    teller.close(four.of, Status::Accepted);
    teller.conclude(four, Purchase::FirstTry, Status::Accepted);

    teller.wait();
    teller.tell(Fact::Intended {
        source: SourceId::new(1),
        intention: 0,
        consumer: 0,
        merchant: None,
        amount: yuan(40_000),
        counted: true,
    });
    let background = (Topology::Background, Funding::Balance, Mode::Static);
    let seven = teller.open(transfer(), BANK, background, 40_000);
    teller.transfer(seven);
    teller.answer(seven, 4, Status::Accepted);
    teller.close(seven.of, Status::Accepted);
    teller.conclude(seven, Purchase::FirstTry, Status::Accepted);
}

/// One payment stays in flight over the second settlement.
fn the_end(teller: &mut Teller) {
    teller.intend(5, SHOPS, 900);
    let six = teller.open(attempt(5, 0, 2), ACQUIRER, hub(Funding::Bank, Mode::Static), 900);
    teller.parse(six);
    teller.hold(BANK, six);
    teller.debit(BANK, six, Account::DueTo(id(WALLET)));
    teller.settle();
    teller.intend(6, SHOPS, 1);
}
