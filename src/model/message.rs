//! A message: all that one institution tells another about a payment.

use super::compile::ReachModel;
use super::dossier::NO_DOSSIER;
use super::fact::Attempt;
use super::route::Place;
use crate::kernel::chance::Key;
use crate::ledger::HoldId;
use crate::scenario::Tier;
use crate::units::{Amount, Instant, InstitutionId, PaymentId, Reason, Status};

/// What an event asks of the entity that receives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Kind {
    /// A message arrives at an institution's station.
    Arrive,
    /// A visit whose end decides or writes is complete.
    Complete,
    /// An evented station's server is free.
    EndOfService,
    /// An institution: outages begin or end; the index is that of the first.
    Outage,
    /// A source: the next intention arises.
    Intend,
    /// A message that left just now is lost.
    Lost,
    /// A deadline: the codes' answer.
    ParseIsLate,
    /// A deadline: the bank's answer.
    DebitIsLate,
    /// A deadline: the answer of the other side.
    PayIsLate,
    /// A source: no message of an attempt is under way any more.
    Finished,
    /// A source: an attempt that no app could read is over.
    GiveUp,
    /// A source: the result reached the shopper.
    Result,
    /// The run itself: look whether the end is reached.
    Look,
    /// A house: its cycle closes.
    CutOff,
    /// The settlement bank: an order of net positions arrived.
    Order,
    /// The settlement bank: settle what was ordered.
    Settle,
    /// A house: the settlement bank confirmed.
    Confirm,
    /// A participant: the house notified settlement.
    Notice,
}

/// The payload of every event: what to do, and with which message or clearing file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ticket {
    /// Index of a message, or of a clearing file; unused by some kinds.
    pub(super) index: u32,
    /// What the receiver shall do.
    pub(super) kind: Kind,
}

/// What a message is sent for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Errand {
    /// The payment itself.
    Payment,
    /// To ask what has become of a request; not known yet.
    Poll,
    /// A poll that knows whether the request was accepted or refused.
    Known,
    /// To take back what a request did, and to forbid what it may still do.
    Reversal,
}

/// A payment's message. One is under way for each attempt: whoever handles its event holds it,
/// changes it and passes it on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Message {
    /// The attempt's number, `PaymentId::raw`.
    pub(super) payment: u64,
    /// The key of everything drawn for the attempt.
    pub(super) key: Key,
    /// How much.
    pub(super) amount: Amount,
    /// First receipt by an institution, plus human time since.
    pub(super) entered: Instant,
    /// Start of the exchange under way.
    pub(super) began: Instant,
    /// The attempt's place at its source.
    pub(super) slot: u32,
    /// The hold in the wallet's book.
    pub(super) hold: HoldId,
    /// Index in `Model::steps`.
    pub(super) step: u16,
    /// Index in `Model::reaches`.
    pub(super) reach: u16,
    /// Who stands at each place of the payment.
    places: [InstitutionId; Place::COUNT],
    /// Directed transmissions so far.
    pub(super) messages: u8,
    /// 0: accepted so far; else one more than the reason's number.
    refused: u8,
    /// What it is sent for.
    pub(super) errand: Errand,
    /// Whether a deadline of the payment has passed.
    pub(super) late: bool,
    /// Whether the intention is counted.
    pub(super) counted: bool,
    /// Whether the payer of a shown code was asked for the PIN.
    pub(super) prompted: bool,
    /// The tier in which the wallet authorised it, under limits.
    pub(super) authorised: Option<Tier>,
    /// On which day, as limits count them; of no meaning before.
    pub(super) authorised_on: u32,
    /// The attempt's dossier; `NO_DOSSIER` without timers.
    pub(super) dossier: u32,
}

/// Parties of a payment, as its first message names them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parties {
    pub(super) wallet: InstitutionId,
    pub(super) bank: InstitutionId,
    pub(super) acquirer: InstitutionId,
    /// Index in `Model::reaches`.
    pub(super) reach: u16,
    /// Index in `Model::programs`.
    pub(super) program: u16,
}

impl Message {
    /// The first message of an attempt, before it is sent.
    pub(super) fn first(
        (of, key): (Attempt, Key),
        amount: Amount,
        (parties, reach): (&Parties, &ReachModel),
    ) -> Self {
        let [hub, far_hub] = reach.hubs;
        let Parties { wallet, bank, acquirer, .. } = *parties;
        Self {
            payment: of.id.raw(),
            key,
            amount,
            entered: Instant::EPOCH,
            began: Instant::EPOCH,
            slot: of.slot,
            hold: HoldId::NONE,
            step: 0,
            reach: parties.reach,
            places: [wallet, bank, acquirer, hub, far_hub, reach.debit_hub],
            messages: 0,
            refused: 0,
            errand: Errand::Payment,
            late: false,
            dossier: NO_DOSSIER,
            counted: of.counted,
            prompted: false,
            authorised: None,
            authorised_on: 0,
        }
    }

    /// The attempt, as facts name it.
    #[inline]
    pub(super) fn attempt(&self) -> Attempt {
        Attempt { id: PaymentId::from_raw(self.payment), slot: self.slot, counted: self.counted }
    }

    /// Accepted so far, or why not.
    #[inline]
    pub(super) fn status(&self) -> Status {
        match self.refused {
            0 => Status::Accepted,
            reason => Status::Rejected(Reason::ALL[usize::from(reason - 1)]),
        }
    }

    /// Whether nobody has refused.
    #[inline]
    pub(super) fn accepted(&self) -> bool {
        self.refused == 0
    }

    /// Marks the payment as refused; the first refusal stands.
    pub(super) fn refuse(&mut self, reason: Reason) {
        assert!(self.accepted(), "a payment is refused once");
        self.refused = reason as u8 + 1;
    }

    /// A message after this one, on an errand with draws of its own.
    pub(super) fn on_errand(&self, errand: Errand, key: Key) -> Self {
        Self { key, errand, ..*self }
    }

    /// A status answer takes the payment up where its request left it.
    pub(super) fn take_up(&mut self, request: &Self) {
        let Self { step, messages, refused, .. } = *self;
        *self = Self { step, messages, refused, late: true, ..*request };
    }

    /// Who stands at this place of the payment.
    #[inline]
    pub(super) fn at(&self, place: Place) -> InstitutionId {
        self.places[place as usize]
    }

    /// The account side.
    #[inline]
    pub(super) fn wallet(&self) -> InstitutionId {
        self.at(Place::Wallet)
    }

    /// The payer's bank.
    #[inline]
    pub(super) fn bank(&self) -> InstitutionId {
        self.at(Place::Bank)
    }

    /// The acquiring side.
    #[inline]
    pub(super) fn acquirer(&self) -> InstitutionId {
        self.at(Place::Acquirer)
    }
}

/// The messages under way. A place is free once its attempt is over.
#[derive(Debug, Default)]
pub(super) struct Messages {
    messages: Vec<Message>,
    free: Vec<u32>,
}

impl Messages {
    /// Takes a message up; its index names it in events.
    pub(super) fn add(&mut self, message: Message) -> u32 {
        if let Some(index) = self.free.pop() {
            self.messages[index as usize] = message;
            return index;
        }
        self.messages.push(message);
        u32::try_from(self.messages.len() - 1).expect("fewer than 2^32 messages under way")
    }

    /// Lets a message go.
    pub(super) fn release(&mut self, index: u32) {
        self.free.push(index);
    }

    /// The message with this index.
    #[inline]
    pub(super) fn at(&mut self, index: u32) -> &mut Message {
        &mut self.messages[index as usize]
    }
}
