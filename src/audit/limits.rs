//! Limits, counted again from the facts alone.

use std::collections::BTreeMap;

use super::auditor::Auditor;
use super::law::{Law, attempt};
use crate::model::fact::{Attempt, Fact, RouteClass, Topology};
use crate::scenario::{Limits, Mode, Scenario, Tier};
use crate::units::{Amount, Duration, Instant, InstitutionId, PaymentId, Reason, Status};

/// An attempt under way.
#[derive(Clone, Copy, Debug)]
struct Open {
    at: Instant,
    wallet: InstitutionId,
    from_bank: bool,
    mode: Mode,
    amount: Amount,
    /// Which person pays; nobody on behalf of background traffic.
    payer: Option<Payer>,
    /// In which tier it was authorised, on which day.
    authorised: Option<(Tier, u64)>,
}

/// A wallet's customer: wallet, source, person.
type Payer = (InstitutionId, usize, u64);

/// What has been used up on one day, as facts tell it.
#[derive(Debug)]
pub(super) struct Used {
    limits: Limits,
    time_of_day: Duration,
    people: usize,
    day: u64,
    /// By payer, account and tier.
    amounts: BTreeMap<(Payer, bool, Tier), u64>,
    /// Payments without a PIN by payer.
    payments: BTreeMap<Payer, u64>,
    /// Who has the intention, until it is concluded.
    consumers: BTreeMap<(usize, u64), u64>,
    open: BTreeMap<u64, Open>,
}

impl Used {
    /// Nothing is used up; `None` where nothing is limited.
    pub(super) fn new(scenario: &Scenario) -> Option<Box<Self>> {
        let used = || Self {
            limits: scenario.limits,
            time_of_day: scenario.epoch.time_of_day,
            people: scenario.consumers.len(),
            day: 0,
            amounts: BTreeMap::new(),
            payments: BTreeMap::new(),
            consumers: BTreeMap::new(),
            open: BTreeMap::new(),
        };
        scenario.limits.is_any().then(|| Box::new(used()))
    }

    fn day_of(&self, at: Instant) -> u64 {
        const DAY: u64 = 86_400_000_000_000;
        (at.nanos() + self.time_of_day.nanos()) / DAY
    }

    fn cap(&self, tier: Tier) -> Option<Amount> {
        match tier {
            Tier::A => None,
            Tier::B => self.limits.with_pin,
            Tier::C => self.limits.without_pin,
            Tier::D => self.limits.static_codes,
        }
    }

    /// A new day has nothing used up.
    fn turn(&mut self, at: Instant) {
        let day = self.day_of(at);
        if day != self.day {
            self.day = day;
            self.amounts.clear();
            self.payments.clear();
        }
    }

    fn after(&self, open: &Open, tier: Tier) -> u128 {
        let used = open.payer.and_then(|payer| self.amounts.get(&(payer, open.from_bank, tier)));
        u128::from(used.copied().unwrap_or(0)) + u128::from(open.amount.minor())
    }

    /// Whether this tier's limit forbids the attempt now.
    fn exceeds(&self, open: &Open, tier: Tier) -> bool {
        self.cap(tier).is_some_and(|cap| self.after(open, tier) > u128::from(cap.minor()))
    }

    /// Whether an attempt in this mode can be of this tier at this wallet, now.
    fn may_be(&self, open: &Open, tier: Tier) -> bool {
        let Limits { pin, certified, .. } = &self.limits;
        let unasked = open.payer.and_then(|payer| self.payments.get(&payer));
        let often =
            pin.after.is_some_and(|after| unasked.copied().unwrap_or(0) >= u64::from(after));
        let asked = often || pin.above.is_some_and(|above| open.amount > above);
        let may_ask = asked || anybody(pin.at_random.parts());
        match (open.mode, tier) {
            (Mode::Static | Mode::Tap, tier) => tier == Tier::D,
            (Mode::ConsumerPresented, Tier::C) => !asked,
            (Mode::ConsumerPresented, Tier::B) => may_ask,
            (Mode::ConsumerPresented, Tier::A) => may_ask && anybody(certified.parts()),
            (Mode::Dynamic, Tier::B) => true,
            (Mode::Dynamic, Tier::A) => anybody(certified.parts()),
            _ => false,
        }
    }

    /// Whether a refusal for this reason by this institution follows from the limits.
    pub(super) fn forbids(
        &mut self,
        at: Instant,
        (by, reason): (InstitutionId, Reason),
        of: Attempt,
    ) -> bool {
        self.turn(at);
        let Some(open) = self.open.get(&of.id.raw()) else { return false };
        let age = at.since(open.at);
        let tiers = [Tier::A, Tier::B, Tier::C, Tier::D];
        by == open.wallet
            && open.authorised.is_none()
            && match reason {
                Reason::LimitExceeded => {
                    let mut may = tiers.into_iter().filter(|tier| self.may_be(open, *tier));
                    may.any(|tier| self.exceeds(open, tier))
                }
                Reason::InvalidCode => {
                    let shown = open.mode == Mode::ConsumerPresented;
                    shown && self.limits.code_life.is_some_and(|life| age > life)
                }
                _ => false,
            }
    }

    /// Takes a payment up and tells whether tier and limit allow it.
    fn authorise(&mut self, at: Instant, by: InstitutionId, (id, tier): (u64, Tier)) -> bool {
        self.turn(at);
        let Some(open) = self.open.get(&id).copied() else { return false };
        let Some(payer) = open.payer else { return false };
        let lawful = by == open.wallet
            && open.authorised.is_none()
            && self.may_be(&open, tier)
            && !self.exceeds(&open, tier);
        *self.amounts.entry((payer, open.from_bank, tier)).or_insert(0) += open.amount.minor();
        *self.payments.entry(payer).or_insert(0) += u64::from(tier == Tier::C);
        let day = self.day;
        self.open.entry(id).and_modify(|open| open.authorised = Some((tier, day)));
        lawful
    }

    /// Gives a payment back and tells whether it was authorised.
    fn release(&mut self, at: Instant, by: InstitutionId, id: u64) -> bool {
        self.turn(at);
        let Some(open) = self.open.get_mut(&id) else { return false };
        let (Some(payer), Some((tier, day))) = (open.payer, open.authorised.take()) else {
            return false;
        };
        if day == self.day {
            let amount = open.amount.minor();
            let from_bank = open.from_bank;
            self.amounts.entry((payer, from_bank, tier)).and_modify(|used| *used -= amount);
            self.payments.entry(payer).and_modify(|used| *used -= u64::from(tier == Tier::C));
        }
        by == open.wallet
    }
}

/// Whether a share leaves anybody.
const fn anybody(parts: u32) -> bool {
    parts > 0
}

/// Facts that limits ask for.
pub(super) const fn concerns(fact: &Fact) -> bool {
    matches!(
        fact,
        Fact::Intended { .. }
            | Fact::Opened { .. }
            | Fact::Authorised { .. }
            | Fact::Released { .. }
            | Fact::Answered { .. }
            | Fact::Concluded { .. }
    )
}

impl Auditor {
    /// Counts what a day's limits are used up by.
    #[inline(never)]
    pub(super) fn heed(&mut self, at: Instant, fact: &Fact) {
        let Some(used) = &mut self.used else { return };
        match *fact {
            Fact::Intended { source, intention, consumer, .. } if source.index() < used.people => {
                used.consumers.insert((source.index(), intention), consumer);
            }
            Fact::Opened { of, wallet, bank, route, amount, .. } => {
                let source = of.id.source().index();
                let consumer = used.consumers.get(&(source, of.id.intention())).copied();
                let payer = consumer.map(|consumer| (wallet, source, consumer));
                let from_bank = bank.is_some();
                let mode = route.mode;
                let authorised = None;
                let open = Open { at, wallet, from_bank, mode, amount, payer, authorised };
                used.open.insert(of.id.raw(), open);
            }
            Fact::Authorised { by, of, tier } => {
                let lawful = used.authorise(at, by, (of.id.raw(), tier));
                self.say_limit(at, of.id, lawful, || format!("authorised in tier {}", tier.name()));
            }
            Fact::Released { by, of } => {
                let lawful = used.release(at, by, of.id.raw());
                self.say_limit(at, of.id, lawful, || "released".to_owned());
            }
            Fact::Answered { of, status, .. } => {
                let open = used.open.remove(&of.id.raw());
                let lawful = open.is_some_and(|open| {
                    let counts = open.authorised.is_some();
                    open.payer.is_none() || counts == (status == Status::Accepted)
                });
                self.say_limit(at, of.id, lawful, || format!("answered {status:?}"));
            }
            Fact::Concluded { of, .. } => {
                used.consumers.remove(&(of.id.source().index(), of.id.intention()));
            }
            _ => {}
        }
    }

    /// What a wallet says before it authorises, and when it takes that back.
    pub(super) fn checks(&mut self, at: Instant, fact: &Fact) {
        match *fact {
            Fact::Screened { by, of, refused, .. } => self.was_screened(at, (by, refused), of),
            Fact::Authorised { by, of, .. } | Fact::Released { by, of } => self.spoke(at, by, of),
            _ => unreachable!("it speaks of limits or risk"),
        }
    }

    /// A wallet speaks of an open attempt.
    #[inline(never)]
    pub(super) fn spoke(&mut self, at: Instant, by: InstitutionId, of: Attempt) {
        self.tick(at, by);
        let Some(case) = self.cases.get(of) else { return self.unknown(at, of.into()) };
        let before = *case;
        self.acts_in_time(at, of, &before);
    }

    /// A wallet has looked at an open attempt: once, and what it takes for fraud it refuses.
    #[inline(never)]
    pub(super) fn was_screened(
        &mut self,
        at: Instant,
        (by, refused): (InstitutionId, bool),
        of: Attempt,
    ) {
        self.spoke(at, by, of);
        let wallet = self.cases.get(of).map(|case| case.wallet());
        let first = self.screened.as_mut().is_some_and(|seen| seen.insert(of.id));
        let before = self.suspected.take();
        let lawful = wallet == Some(by) && first && before.is_none();
        if refused {
            self.suspected = Some((by, of.id));
        }
        self.docket.check(Law::Causality, at, lawful, |names| {
            let what = format!("{}, screened by {}", attempt(of.id), names.of(by));
            [what, "by its wallet, once".to_owned(), "otherwise".to_owned()]
        });
    }

    /// No payment is accepted that its wallet has not looked at, nor one that it took for fraud.
    #[inline(never)]
    pub(super) fn must_be_screened(
        &mut self,
        at: Instant,
        (of, route): (Attempt, RouteClass),
        status: Status,
    ) {
        let seen = self.screened.as_mut().is_some_and(|seen| seen.remove(&of.id));
        let refused = matches!(status, Status::Rejected(_));
        let background = route.topology == Topology::Background;
        let let_through = self.suspected.take().is_none();
        let lawful = let_through && (refused || background || seen);
        self.docket.check(Law::Causality, at, lawful, |_| {
            let expected = "screened before it is accepted, refused when suspected".to_owned();
            [attempt(of.id), expected, format!("answered {status:?}")]
        });
    }

    fn say_limit(
        &mut self,
        at: Instant,
        id: PaymentId,
        lawful: bool,
        observed: impl FnOnce() -> String,
    ) {
        self.docket.check(Law::LimitsAreKept, at, lawful, |_| {
            let expected = "its wallet authorises it once, in its tier, within the day's limit; \
                            it counts when accepted, and no longer when refused";
            [attempt(id), expected.to_owned(), observed()]
        });
    }
}
