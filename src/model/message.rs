//! A message: all that one institution tells another about a payment, in one cache line and a bit.

use super::fact::Attempt;
use crate::ledger::HoldId;
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
    /// A source: the next intention arises.
    Intend,
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

/// The payload of every event. Which fields mean something depends on the kind.
#[derive(Clone, Copy, Debug)]
pub(super) struct Message {
    /// The attempt; for clearing events the index of a clearing file.
    pub(super) payment: u64,
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
    /// The account side.
    pub(super) wallet: u16,
    /// The payer's bank.
    pub(super) bank: u16,
    /// The acquiring side.
    pub(super) acquirer: u16,
    /// Index in `Model::programs`.
    pub(super) program: u16,
    /// Index in `Model::reaches`.
    pub(super) reach: u16,
    /// Index in the program.
    pub(super) step: u8,
    /// Directed transmissions so far.
    pub(super) messages: u8,
    /// 0: accepted so far; else one more than the reason's number.
    pub(super) refused: u8,
    /// Whether the intention is counted.
    pub(super) counted: bool,
    /// What the receiver shall do.
    pub(super) kind: Kind,
}

impl Message {
    /// A message of this kind that says nothing else.
    pub(super) fn bare(kind: Kind) -> Self {
        Self {
            payment: 0,
            amount: Amount::ZERO,
            entered: Instant::EPOCH,
            began: Instant::EPOCH,
            slot: 0,
            hold: HoldId::NONE,
            wallet: 0,
            bank: 0,
            acquirer: 0,
            program: 0,
            reach: 0,
            step: 0,
            messages: 0,
            refused: 0,
            counted: false,
            kind,
        }
    }

    /// The attempt, as facts name it.
    #[inline]
    pub(super) fn attempt(&self) -> Attempt {
        Attempt { id: PaymentId::from_raw(self.payment), slot: self.slot, counted: self.counted }
    }

    /// The clearing file that a clearing event speaks of.
    pub(super) fn file(&self) -> usize {
        usize::try_from(self.payment).expect("an index of a clearing file")
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

    /// Index in the scenario of an id carried by a message.
    #[inline]
    pub(super) fn id(carried: u16) -> InstitutionId {
        InstitutionId::new(usize::from(carried))
    }
}

/// An institution's id as a message carries it.
#[inline]
pub(super) fn carried(id: InstitutionId) -> u16 {
    u16::try_from(id.index()).expect("ids have 16 bits")
}
