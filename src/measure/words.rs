//! Words: every field of a fact, as numbers, and whose fact it is.

use crate::model::fact::{Account, Attempt, Fact, RouteClass};
use crate::units::{Amount, Instant, InstitutionId, Obligation, SourceId, Status};

const KEYS: [u64; 6] = [
    0xA076_1D64_78BD_642F,
    0xE703_7ED1_A0B4_28DB,
    0x8EBC_6AF0_9C88_C6E3,
    0x5899_65CC_7537_4CC3,
    0x1D8E_4E27_C47D_124F,
    0xEB44_ACCA_B455_D165,
];

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
    #[inline]
    pub(super) fn of(at: Instant, fact: &Fact) -> Self {
        use Fact as F;
        let by = Owner::Institution;
        let (tag, words, owner) = match *fact {
            F::Intended { source, intention, consumer, merchant, amount, counted } => {
                let merchant = merchant.map_or(0, |id| id.index() as u64 + 1);
                let small = merchant << 1 | u64::from(counted);
                let own = intention.rotate_left(16) ^ source.index() as u64;
                (1, [own, consumer, amount.minor(), small], Owner::Source(source))
            }
            F::Opened { of, wallet, acquirer, bank, house, debit_house, issuer, route, amount } => {
                let small = pair(wallet, acquirer) << 16 | route_word(Some(route));
                let others = parties(bank, house, debit_house) ^ id(issuer).rotate_left(48);
                let last = counted(of).rotate_left(24) ^ others;
                (2, [attempt(of), amount.minor(), small, last], source(of))
            }
            F::Unreadable { of, wallet } => {
                (3, [attempt(of), id(wallet), 0, counted(of)], source(of))
            }
            F::Visited { at: node, arrived: _, ahead, wait, service } => {
                let small = id(node) << 32 | u64::from(ahead);
                (4, [small, wait.nanos(), service.nanos(), 0], by(node))
            }
            F::TurnedAway { at: node, of } => {
                (5, [attempt(of), id(node), 0, counted(of)], by(node))
            }
            F::Refused { by: who, of, reason } => {
                (6, [attempt(of), id(who), reason as u64, counted(of)], by(who))
            }
            F::HoldPlaced { book, of, amount } => (7, hold(book, of, amount), by(book)),
            F::HoldPosted { book, of, amount } => (8, hold(book, of, amount), by(book)),
            F::HoldVoided { book, of, amount } => (9, hold(book, of, amount), by(book)),
            F::Exchanged { exchange, of, route, elapsed, status } => {
                let small = outcome(status, Some(route), exchange as u64);
                (18, [attempt(of), elapsed.nanos(), small, counted(of)], nobody(of))
            }
            F::Answered { of, route, elapsed, messages, status } => {
                let small = outcome(status, Some(route), u64::from(messages));
                (19, [attempt(of), elapsed.nanos(), small, counted(of)], nobody(of))
            }
            F::Closed { of, status } => {
                (20, [attempt(of), status_word(status), 0, counted(of)], source(of))
            }
            F::Concluded { of, route, elapsed, purchase, status } => {
                let small = outcome(status, route, purchase as u64);
                (21, [attempt(of), elapsed.nanos(), small, counted(of)], source(of))
            }
            F::Posted { .. }
            | F::Cleared { .. }
            | F::Charged { .. }
            | F::CutOff { .. }
            | F::Netted { .. }
            | F::ReserveMoved { .. }
            | F::Settled { .. }
            | F::Postponed { .. } => return Self::of_money(at, fact),
        };
        let at = if let F::Visited { arrived, .. } = *fact { arrived } else { at };
        Self { hash: mix(at, tag, words), owner }
    }

    /// Facts about books, clearing and settlement.
    #[inline]
    fn of_money(at: Instant, fact: &Fact) -> Self {
        use Fact as F;
        let by = Owner::Institution;
        let bank = Owner::SettlementBank;
        let (tag, words, owner) = match *fact {
            F::Posted { book, debit, credit, amount, of } => {
                let accounts = account(debit) << 20 | account(credit) | id(book) << 40;
                let (whose, place) = of.map_or((0, 0), |of| (!attempt(of), counted(of)));
                (10, [whose, accounts, amount.minor(), place], by(book))
            }
            F::Cleared { house, cycle, obligation, fee, of } => {
                let small = u64::from(cycle) << 17 | id(house) << 1 | u64::from(fee);
                let Obligation { debtor_agent, creditor_agent, amount } = obligation;
                let agents = pair(debtor_agent, creditor_agent) ^ counted(of).rotate_left(32);
                (11, [attempt(of), small, amount.minor(), agents], by(house))
            }
            F::Charged { leg, payer, earner, amount, of } => {
                let payer = payer.map_or(0, |who| id(who) + 1);
                let small = u64::from(leg) << 40 | payer << 20 | id(earner);
                (12, [attempt(of), small, amount.minor(), counted(of)], nobody(of))
            }
            F::CutOff { house, cycle } => (13, [id(house), u64::from(cycle), 0, 0], by(house)),
            F::Netted { house, cycle, participant, debit, credit, fee_debit, fee_credit } => {
                let who = of_cycle(house, cycle, participant);
                let fees = fee_debit.minor().rotate_left(32) ^ fee_credit.minor();
                (14, [who, debit.minor(), credit.minor(), fees], by(house))
            }
            F::ReserveMoved { house, cycle, participant, debit, credit, balance } => {
                let who = of_cycle(house, cycle, participant);
                (15, [who, debit.minor(), credit.minor(), balance.minor()], bank)
            }
            F::Settled { house, cycle } => (16, [id(house), u64::from(cycle), 0, 0], bank),
            F::Postponed { house, cycle, short, lacking } => {
                (17, [of_cycle(house, cycle, short), lacking.minor(), 0, 0], bank)
            }
            _ => unreachable!("`of` handles the others"),
        };
        Self { hash: mix(at, tag, words), owner }
    }
}

/// Three folded products that do not wait for one another.
#[inline]
fn mix(at: Instant, tag: u64, words: [u64; 4]) -> u64 {
    let a = fold(at.nanos() ^ KEYS[0], tag.wrapping_mul(KEYS[4]) ^ KEYS[1]);
    let b = fold(words[0] ^ KEYS[2], words[1] ^ KEYS[3]);
    let c = fold(words[2] ^ KEYS[4], words[3] ^ KEYS[5]);
    // Not a plain exclusive or: equal parts must not cancel.
    fold(a ^ b.rotate_left(21), c ^ KEYS[1]) ^ b.wrapping_add(a.rotate_left(43))
}

/// Both halves of the full product.
#[expect(clippy::cast_possible_truncation, reason = "the lower half is meant")]
#[inline]
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    (product >> 64) as u64 ^ product as u64
}

fn id(institution: InstitutionId) -> u64 {
    institution.index() as u64
}

/// The bank and the houses of an attempt in one word; 0 stands for nobody.
#[inline]
fn parties(
    bank: Option<InstitutionId>,
    house: Option<InstitutionId>,
    debit_house: Option<InstitutionId>,
) -> u64 {
    let maybe = |at: Option<InstitutionId>| at.map_or(0, |at| id(at) + 1);
    maybe(bank) ^ maybe(house).rotate_left(16) ^ maybe(debit_house).rotate_left(32)
}

/// Status, route and one small number in one word.
#[inline]
fn outcome(status: Status, route: Option<RouteClass>, small: u64) -> u64 {
    status_word(status) << 24 | route_word(route) << 8 | small
}

fn pair(a: InstitutionId, b: InstitutionId) -> u64 {
    id(a) << 16 | id(b)
}

fn of_cycle(house: InstitutionId, cycle: u32, who: InstitutionId) -> u64 {
    u64::from(cycle) << 32 | pair(house, who)
}

fn hold(book: InstitutionId, of: Attempt, amount: Amount) -> [u64; 4] {
    [attempt(of), id(book), amount.minor(), counted(of)]
}

fn attempt(of: Attempt) -> u64 {
    of.id.raw()
}

/// The slot is left out: it is where an attempt is kept, not what happened.
fn counted(of: Attempt) -> u64 {
    u64::from(of.counted)
}

fn source(of: Attempt) -> Owner {
    Owner::Source(of.id.source())
}

fn nobody(of: Attempt) -> Owner {
    Owner::Nobody(of.id.source())
}

fn route_word(route: Option<RouteClass>) -> u64 {
    route.map_or(0, |route| route.index() as u64 + 1)
}

fn status_word(status: Status) -> u64 {
    match status {
        Status::Accepted => 0,
        Status::Rejected(reason) => reason as u64 + 1,
    }
}

fn account(account: Account) -> u64 {
    match account {
        Account::Settlement => 0,
        Account::CustomerFunds => 1,
        Account::MerchantPayable => 2,
        Account::FeeIncome => 3,
        Account::FeeExpense => 4,
        Account::Capital => 5,
        Account::DueFrom(who) => 1 << 16 | id(who),
        Account::DueTo(who) => 2 << 16 | id(who),
        Account::ReserveOf(who) => 3 << 16 | id(who),
    }
}
