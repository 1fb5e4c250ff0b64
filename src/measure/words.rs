//! Words: every field of a fact, as numbers, and whose fact it is.

use crate::model::fact::{Account, Attempt, Fact, RouteClass};
use crate::units::{Amount, Duration, Instant, InstitutionId, Obligation, SourceId, Status};

/// Odd and below 2^31: what one instruction multiplies by. One for each word after the first.
const FACTORS: [u64; 4] = [0x6B5D_2C97, 0x5A1E_93C5, 0x4F8B_71E3, 0x735A_C62B];
/// Keeps both sides of the last product large, also where all words are small.
const LEFT: u64 = !0x3C6E_F372;
/// Sets the kinds of facts apart.
const KIND: u32 = 0x9E37_79B9;

/// Where an intention ended without a message.
const NO_ROUTE: u64 = 0xFF_FFFF;
/// Above the number of every reason.
const ACCEPTED: u64 = 0xFF;

/// In whose order a fact counts.
#[derive(Clone, Copy, Debug)]
pub(super) enum Owner {
    Institution(InstitutionId),
    SettlementBank,
    Source(SourceId),
    /// Told by somebody the fact does not name: counts under its source, in no order.
    Nobody(SourceId),
}

/// One fact, hashed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Words {
    pub(super) hash: u64,
    pub(super) owner: Owner,
}

impl Words {
    /// All fields of a fact enter, and its instant; of a visit, the arrival.
    #[inline(always)]
    pub(super) fn of(at: Instant, fact: &Fact) -> Self {
        use Fact as F;
        let by = Owner::Institution;
        let (hash, owner) = match *fact {
            F::Intended { source, intention, consumer, merchant, amount, counted } => {
                let merchant = merchant.map_or(0, |id| id.index() as u64 + 1);
                let own = intention.rotate_left(16) ^ source.index() as u64;
                let small = merchant << 1 | u64::from(counted);
                (mix(at, 1, [own, consumer, small, amount.minor(), 0]), Owner::Source(source))
            }
            F::Opened { of, wallet, acquirer, bank, house, debit_house, issuer, route, amount } => {
                let named = with_count(pair(wallet, acquirer) << 16 | id(issuer), of);
                let houses = maybe(house) << 17 | maybe(debit_house) << 34;
                let others = maybe(bank) | houses | (route.index() as u64) << 51;
                (mix(at, 2, [attempt(of), amount.minor(), named, others, 0]), source(of))
            }
            F::Unreadable { of, wallet, mode } => {
                (plain(at, 3, of, id(wallet) << 8 | mode as u64), source(of))
            }
            F::Visited { at: node, arrived, ahead, wait, service } => {
                let small = id(node) << 32 | u64::from(ahead);
                let (wait, service) = (wait.nanos(), service.nanos());
                (mix(arrived, 4, [wait, service, small, 0, 0]), by(node))
            }
            F::TurnedAway { at: node, of } => (plain(at, 5, of, id(node)), by(node)),
            F::Refused { by: who, of, reason } => {
                (plain(at, 6, of, id(who) << 8 | reason as u64), by(who))
            }
            F::HoldPlaced { book, of, amount } => (hold(at, 7, (book, of), amount), by(book)),
            F::HoldPosted { book, of, amount } => (hold(at, 8, (book, of), amount), by(book)),
            F::HoldVoided { book, of, amount } => (hold(at, 9, (book, of), amount), by(book)),
            F::Exchanged { exchange, of, route, elapsed, status } => {
                let small = outcome(status, route_word(route), exchange as u64);
                (timed(at, 18, (of, small), elapsed), nobody(of))
            }
            F::Answered { of, route, elapsed, messages, status } => {
                let small = outcome(status, route_word(route), u64::from(messages));
                (timed(at, 19, (of, small), elapsed), nobody(of))
            }
            F::Closed { of, status } => (plain(at, 20, of, status_word(status)), source(of)),
            F::Concluded { of, route, elapsed, purchase, status } => {
                let route = route.map_or(NO_ROUTE, route_word);
                let small = outcome(status, route, purchase as u64);
                (timed(at, 21, (of, small), elapsed), source(of))
            }
            F::Posted { .. }
            | F::Cleared { .. }
            | F::Charged { .. }
            | F::FeeReturned { .. }
            | F::CutOff { .. }
            | F::Netted { .. }
            | F::ReserveMoved { .. }
            | F::Settled { .. }
            | F::Postponed { .. } => return Self::of_money(at, fact),
            _ => return Self::of_checks(at, fact),
        };
        Self { hash, owner }
    }

    /// What an institution says of limits, risk, outages and time-outs.
    #[inline(always)]
    fn of_checks(at: Instant, fact: &Fact) -> Self {
        use Fact as F;
        let by = Owner::Institution;
        let (hash, owner) = match *fact {
            F::Authorised { by: who, of, tier } => {
                (plain(at, 22, of, id(who) << 8 | tier as u64), by(who))
            }
            F::Screened { by: who, of, fraud, refused } => {
                let told = u64::from(fraud) << 1 | u64::from(refused);
                (plain(at, 24, of, id(who) << 8 | told), by(who))
            }
            F::Released { by: who, of } => (plain(at, 23, of, id(who)), by(who)),
            F::OutageBegan { fault, at: who, lasts } => {
                (outage(at, 25, fault, who, lasts), by(who))
            }
            F::OutageEnded { fault, at: who } => {
                (outage(at, 26, fault, who, Duration::ZERO), by(who))
            }
            F::Recovery { what, by: who, exchange, of } => {
                (plain(at, 27, of, id(who) << 16 | (exchange as u64) << 8 | what as u64), by(who))
            }
            F::Lost { from, to, of } => (plain(at, 28, of, pair(from, to)), by(from)),
            F::Finished { of } => (plain(at, 29, of, 0), source(of)),
            _ => unreachable!("`of` handles the others"),
        };
        Self { hash, owner }
    }

    /// Facts about books, clearing and settlement.
    #[inline(always)]
    fn of_money(at: Instant, fact: &Fact) -> Self {
        use Fact as F;
        let by = Owner::Institution;
        let bank = Owner::SettlementBank;
        let (hash, owner) = match *fact {
            F::Posted { book, debit, credit, amount, of } => {
                let accounts = account(debit) << 20 | account(credit) | id(book) << 40;
                let (whose, place) = of.map_or((0, 0), |of| (attempt(of), with_count(1, of)));
                let small = accounts | place << 56;
                (mix(at, 10, [whose, amount.minor(), small, 0, 0]), by(book))
            }
            F::Cleared { house, cycle, obligation, fee, of } => {
                let Obligation { debtor_agent, creditor_agent, amount } = obligation;
                let small = with_count(id(house) << 1 | u64::from(fee), of);
                let small = small << 32 | u64::from(cycle);
                let agents = pair(debtor_agent, creditor_agent);
                (mix(at, 11, [attempt(of), amount.minor(), small, agents, 0]), by(house))
            }
            F::Charged { leg, payer, earner, amount, of } => {
                let parties = maybe(payer) << 16 | id(earner);
                let small = with_count(u64::from(leg) << 33 | parties, of);
                (mix(at, 12, [attempt(of), amount.minor(), small, 0, 0]), nobody(of))
            }
            F::FeeReturned { leg, payer, earner, amount, of } => {
                let parties = maybe(payer) << 16 | id(earner);
                let small = with_count(u64::from(leg) << 33 | parties, of);
                (mix(at, 30, [attempt(of), amount.minor(), small, 0, 0]), nobody(of))
            }
            F::CutOff { house, cycle } => {
                (mix(at, 13, [0, u64::from(cycle), id(house), 0, 0]), by(house))
            }
            F::Netted { house, cycle, participant, debit, credit, fee_debit, fee_credit } => {
                let who = of_cycle(house, cycle, participant);
                let [debit, credit] = [debit, credit].map(Amount::minor);
                let [fee_debit, fee_credit] = [fee_debit, fee_credit].map(Amount::minor);
                (mix(at, 14, [debit, credit, who, fee_debit, fee_credit]), by(house))
            }
            F::ReserveMoved { house, cycle, participant, debit, credit, balance } => {
                let who = of_cycle(house, cycle, participant);
                let [debit, credit, balance] = [debit, credit, balance].map(Amount::minor);
                (mix(at, 15, [debit, credit, who, balance, 0]), bank)
            }
            F::Settled { house, cycle } => {
                (mix(at, 16, [0, u64::from(cycle), id(house), 0, 0]), bank)
            }
            F::Postponed { house, cycle, short, lacking } => {
                (mix(at, 17, [0, lacking.minor(), of_cycle(house, cycle, short), 0, 0]), bank)
            }
            _ => unreachable!("`of` handles the others"),
        };
        Self { hash, owner }
    }
}

/// Both halves of the product of two sums. An instant and up to five words enter, each under a
/// factor of its own, so that no word can change alone; what is not there costs nothing.
#[expect(clippy::cast_possible_truncation, reason = "the lower half is meant")]
#[inline]
fn mix(at: Instant, kind: u32, words: [u64; 5]) -> u64 {
    let term = |word: u64, factor: usize| word.wrapping_mul(FACTORS[factor]);
    let left = term(at.nanos(), 0).wrapping_add(words[0]).wrapping_add(LEFT);
    let left = left.wrapping_add(term(words[3], 2));
    let kind = !u64::from(KIND.wrapping_mul(kind) >> 1);
    let right = term(words[1], 1).wrapping_add(words[2]).wrapping_add(kind);
    let right = right.wrapping_add(term(words[4], 3));
    let product = u128::from(left) * u128::from(right);
    (product >> 64) as u64 ^ product as u64
}

fn id(institution: InstitutionId) -> u64 {
    institution.index() as u64
}

/// Somebody or, as 0, nobody: 17 bits.
#[inline]
fn maybe(institution: Option<InstitutionId>) -> u64 {
    institution.map_or(0, |one| id(one) + 1)
}

/// Status, route and one small number in one word.
#[inline]
fn outcome(status: Status, route_word: u64, small: u64) -> u64 {
    status_word(status) << 32 | route_word << 8 | small
}

fn pair(a: InstitutionId, b: InstitutionId) -> u64 {
    id(a) << 16 | id(b)
}

fn of_cycle(house: InstitutionId, cycle: u32, who: InstitutionId) -> u64 {
    u64::from(cycle) << 32 | pair(house, who)
}

#[inline]
fn plain(at: Instant, kind: u32, of: Attempt, small: u64) -> u64 {
    mix(at, kind, [attempt(of), 0, with_count(small, of), 0, 0])
}

#[inline]
fn hold(at: Instant, kind: u32, (book, of): (InstitutionId, Attempt), amount: Amount) -> u64 {
    mix(at, kind, [attempt(of), amount.minor(), with_count(id(book), of), 0, 0])
}

#[inline]
fn timed(at: Instant, kind: u32, (of, small): (Attempt, u64), elapsed: Duration) -> u64 {
    mix(at, kind, [attempt(of), elapsed.nanos(), with_count(small, of), 0, 0])
}

fn outage(at: Instant, kind: u32, fault: u16, who: InstitutionId, lasts: Duration) -> u64 {
    let small = u64::from(fault) << 16 | id(who);
    mix(at, kind, [lasts.nanos(), 0, small, 0, 0])
}

fn attempt(of: Attempt) -> u64 {
    of.id.raw()
}

/// A small word and whether its attempt counts. The slot is left out: it is where an attempt is
/// kept, not what happened.
fn with_count(small: u64, of: Attempt) -> u64 {
    small << 1 | u64::from(of.counted)
}

fn source(of: Attempt) -> Owner {
    Owner::Source(of.id.source())
}

fn nobody(of: Attempt) -> Owner {
    Owner::Nobody(of.id.source())
}

/// As it lies in a register; above all routes stands no route.
#[inline]
fn route_word(route: RouteClass) -> u64 {
    (route.topology as u64) << 16 | (route.mode as u64) << 8 | route.funding as u64
}

#[inline]
fn status_word(status: Status) -> u64 {
    match status {
        Status::Accepted => ACCEPTED,
        Status::Rejected(reason) => reason as u64,
    }
}

/// What kind, and whose where there are many: 20 bits.
#[inline]
fn account(account: Account) -> u64 {
    let kind = match account {
        Account::Settlement => 0,
        Account::CustomerFunds => 1,
        Account::MerchantPayable => 2,
        Account::FeeIncome => 3,
        Account::FeeExpense => 4,
        Account::Capital => 5,
        Account::DueFrom(_) => 6,
        Account::DueTo(_) => 7,
        Account::ReserveOf(_) => 8,
    };
    let whose = match account {
        Account::DueFrom(who) | Account::DueTo(who) | Account::ReserveOf(who) => id(who),
        _ => 0,
    };
    kind << 16 | whose
}
