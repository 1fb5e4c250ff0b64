//! Facts: what has happened, told once, at its own instant, by the entity that owns it.
//!
//! Invariant: a fact never carries an instant later than now. Lengths of time may lie ahead: a
//! station that serves first come, first served commits wait and service on arrival.
//! Never: who listens.

pub use super::class::{Account, Funding, Recovery, RouteClass, Topology};
use crate::scenario::{Mode, Tier};
use crate::units::{
    Amount, Duration, Instant, InstitutionId, MerchantClassId, Obligation, PaymentId, Reason,
    SourceId, Status,
};

/// One attempt in flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Unique within the run.
    pub id: PaymentId,
    /// Dense place among its source's attempts in flight; reused after `Closed`.
    pub slot: u32,
    /// Whether its intention arose in `[warm_up, horizon)`.
    pub counted: bool,
}

/// A request that travels to another institution and its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Exchange {
    /// The code is parsed and the order fetched.
    Parse,
    /// The bank account is debited; the wallet's own work before sending is included.
    Debit,
    /// The payment itself.
    Pay,
}

/// How an intention ended for the shopper.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Purchase {
    /// The first wallet tried could be used here, and the payment was accepted.
    FirstTry,
    /// Accepted after switching to another wallet.
    AfterSwitch,
    /// No wallet that the shopper holds works here.
    Unreadable,
    /// A wallet worked, but the payment was declined.
    Declined,
}

/// What has happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact {
    /// Somebody wants to pay (consumers and replay), or a background item arises.
    Intended {
        /// Which source.
        source: SourceId,
        /// Its n-th intention.
        intention: u64,
        /// Which person of the class.
        consumer: u64,
        /// Which class of merchants; `None` for background, and for a replayed row that gives a
        /// code instead.
        merchant: Option<MerchantClassId>,
        /// How much.
        amount: Amount,
        /// In `[warm_up, horizon)`.
        counted: bool,
    },
    /// An attempt starts with this wallet on this route.
    Opened {
        /// The attempt.
        of: Attempt,
        /// The account side; the debtor for background.
        wallet: InstitutionId,
        /// The acquiring side; the creditor for background.
        acquirer: InstitutionId,
        /// The payer's bank, when it is asked to debit.
        bank: Option<InstitutionId>,
        /// Where the wallet's obligation is cleared: the clearing house next to the acquirer, or
        /// the acquirer itself over a bilateral link; `None` on-us.
        house: Option<InstitutionId>,
        /// Where the bank's obligation is cleared: a clearing house, or the wallet itself over a
        /// direct link; `None` without a bank.
        debit_house: Option<InstitutionId>,
        /// Whose code is used.
        issuer: InstitutionId,
        /// The route.
        route: RouteClass,
        /// How much.
        amount: Amount,
    },
    /// A wallet was tried whose app cannot read this merchant's codes: no message was sent.
    Unreadable {
        /// Which intention's attempt.
        of: Attempt,
        /// Whose app.
        wallet: InstitutionId,
        /// How the code was presented.
        mode: Mode,
    },
    /// A message arrived at a station and waits and is served for these lengths. A computed station
    /// tells it on arrival, an evented one when service starts.
    Visited {
        /// Whose station.
        at: InstitutionId,
        /// When it arrived: now at a computed station, earlier where start is an event.
        arrived: Instant,
        /// How many were waiting on arrival.
        ahead: u32,
        /// Until service starts.
        wait: Duration,
        /// The service itself.
        service: Duration,
    },
    /// A message was turned away by a full queue.
    TurnedAway {
        /// Whose station.
        at: InstitutionId,
        /// Which attempt's message.
        of: Attempt,
    },
    /// An outage or degradation began.
    OutageBegan {
        /// Index in `Scenario::faults`.
        fault: u16,
        /// Whose; of a link, the sender.
        at: InstitutionId,
        /// How long it will last.
        lasts: Duration,
    },
    /// It is over.
    OutageEnded {
        /// Index in `Scenario::faults`.
        fault: u16,
        /// Whose; of a link, the sender.
        at: InstitutionId,
    },
    /// An institution refused.
    Refused {
        /// Who.
        by: InstitutionId,
        /// Which attempt.
        of: Attempt,
        /// Why.
        reason: Reason,
    },
    /// Under risk: a wallet has looked at a payment.
    Screened {
        /// Which wallet.
        by: InstitutionId,
        /// Which attempt.
        of: Attempt,
        /// Whether it is fraudulent.
        fraud: bool,
        /// Whether the wallet takes it for fraud: its refusal follows.
        refused: bool,
    },
    /// Under limits: a wallet authorised a payment in this tier.
    Authorised {
        /// Which wallet.
        by: InstitutionId,
        /// Which attempt.
        of: Attempt,
        /// How it is verified.
        tier: Tier,
    },
    /// An authorised payment was refused further on: it no longer counts against any limit.
    Released {
        /// Which wallet.
        by: InstitutionId,
        /// Which attempt.
        of: Attempt,
    },
    /// Funds were set aside on customer funds.
    HoldPlaced {
        /// In whose book.
        book: InstitutionId,
        /// For which attempt.
        of: Attempt,
        /// How much.
        amount: Amount,
    },
    /// A hold became a debit of customer funds (the posting follows as `Posted`).
    HoldPosted {
        /// In whose book.
        book: InstitutionId,
        /// For which attempt.
        of: Attempt,
        /// How much.
        amount: Amount,
    },
    /// A hold was released.
    HoldVoided {
        /// In whose book.
        book: InstitutionId,
        /// For which attempt.
        of: Attempt,
        /// How much.
        amount: Amount,
    },
    /// One balanced double entry.
    Posted {
        /// In whose book.
        book: InstitutionId,
        /// The account debited.
        debit: Account,
        /// The account credited.
        credit: Account,
        /// How much.
        amount: Amount,
        /// For which attempt; `None` for opening and settlement entries.
        of: Option<Attempt>,
    },
    /// A clearing house (or the acquirer of a bilateral link) accepted an obligation into its
    /// open cycle.
    Cleared {
        /// Whose cycle.
        house: InstitutionId,
        /// Counted from 0.
        cycle: u32,
        /// Who owes whom how much.
        obligation: Obligation,
        /// From principal, or from fees.
        fee: bool,
        /// For which attempt.
        of: Attempt,
    },
    /// A fee was charged (once a leg and accepted payment).
    Charged {
        /// Index in `Scenario::fees`.
        leg: u16,
        /// Who pays; `None` is the merchant.
        payer: Option<InstitutionId>,
        /// Who earns.
        earner: InstitutionId,
        /// How much.
        amount: Amount,
        /// For which attempt.
        of: Attempt,
    },
    /// A fee was given back with the payment that it was charged for.
    FeeReturned {
        /// Index in `Scenario::fees`.
        leg: u16,
        /// Who had paid; `None` is the merchant.
        payer: Option<InstitutionId>,
        /// Who had earned.
        earner: InstitutionId,
        /// How much.
        amount: Amount,
        /// For which attempt.
        of: Attempt,
    },
    /// A step of time-outs and what follows them, at an institution.
    Recovery {
        /// Which.
        what: Recovery,
        /// Who.
        by: InstitutionId,
        /// Of which exchange.
        exchange: Exchange,
        /// For which attempt.
        of: Attempt,
    },
    /// A message was lost on a link, just after it left.
    Lost {
        /// Who sent it.
        from: InstitutionId,
        /// Who will not receive it.
        to: InstitutionId,
        /// For which attempt.
        of: Attempt,
    },
    /// No message of an attempt that met a time-out is under way any more.
    Finished {
        /// Which.
        of: Attempt,
    },
    /// A cycle closed: `(previous cut-off, cut-off]`.
    CutOff {
        /// Whose cycle.
        house: InstitutionId,
        /// Counted from 0.
        cycle: u32,
    },
    /// A participant's sums in a cycle that just closed (one for each participant with business).
    Netted {
        /// Whose cycle.
        house: InstitutionId,
        /// Counted from 0.
        cycle: u32,
        /// Who.
        participant: InstitutionId,
        /// Gross owed, principal and fees.
        debit: Amount,
        /// Gross due, principal and fees.
        credit: Amount,
        /// The part of `debit` that is fees.
        fee_debit: Amount,
        /// The part of `credit` that is fees.
        fee_credit: Amount,
    },
    /// The settlement bank moved one participant's net position.
    ReserveMoved {
        /// Whose cycle.
        house: InstitutionId,
        /// Counted from 0.
        cycle: u32,
        /// Whose account.
        participant: InstitutionId,
        /// Taken from the account.
        debit: Amount,
        /// Paid into the account.
        credit: Amount,
        /// Balance afterwards.
        balance: Amount,
    },
    /// All positions of a cycle were settled: final.
    Settled {
        /// Whose cycle.
        house: InstitutionId,
        /// Counted from 0.
        cycle: u32,
    },
    /// A net debtor lacked cover: the cycle stays open and is tried again with the next one.
    Postponed {
        /// Whose cycle.
        house: InstitutionId,
        /// Counted from 0.
        cycle: u32,
        /// The first participant without cover.
        short: InstitutionId,
        /// What it lacked.
        lacking: Amount,
    },
    /// A request and its answer are complete.
    Exchanged {
        /// Which.
        exchange: Exchange,
        /// For which attempt.
        of: Attempt,
        /// On which route.
        route: RouteClass,
        /// From the asker's receipt of the work to its receipt of the answer.
        elapsed: Duration,
        /// What the answer said.
        status: Status,
    },
    /// The last institution released the result.
    Answered {
        /// Which attempt.
        of: Attempt,
        /// On which route.
        route: RouteClass,
        /// First institution's receipt to this release, without human time.
        elapsed: Duration,
        /// Directed transmissions between two institutions.
        messages: u8,
        /// The result.
        status: Status,
    },
    /// The attempt is over: the shopper knows.
    Closed {
        /// Which attempt.
        of: Attempt,
        /// The result: the one terminal status of this attempt.
        status: Status,
    },
    /// The intention is over.
    Concluded {
        /// Its last attempt.
        of: Attempt,
        /// The last attempt's route; `None` when no message was sent.
        route: Option<RouteClass>,
        /// From intention to knowing, over all attempts, with human time.
        elapsed: Duration,
        /// How it ended.
        purchase: Purchase,
        /// The last status.
        status: Status,
    },
}

/// Listens to facts. Statically dispatched.
pub trait Observer {
    /// One fact, at its instant.
    fn observe(&mut self, at: Instant, fact: &Fact);
}

impl<A: Observer, B: Observer> Observer for (A, B) {
    #[expect(clippy::inline_always, reason = "the teller knows the kind: no match remains")]
    #[inline(always)]
    fn observe(&mut self, at: Instant, fact: &Fact) {
        self.0.observe(at, fact);
        self.1.observe(at, fact);
    }
}
