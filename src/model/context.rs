//! Context: what a handler may do. Know the instant, schedule, send, draw, tell.

use std::sync::Arc;

use super::compile::Model;
use super::fact::{Fact, Observer};
use super::message::{Kind, Message};
use super::settlement::ClearingFile;
use crate::kernel::calendar::{Calendar, EntityId, Event, Rank, Tie};
use crate::kernel::chance::Key;
use crate::units::{Duration, Instant, PaymentId};

/// Purposes of draws, mixed into their keys. Stable numbers: they are part of every golden file.
pub(super) mod purpose {
    /// Time to the next intention.
    pub(in crate::model) const GAP: u64 = 1;
    /// Amount.
    pub(in crate::model) const AMOUNT: u64 = 2;
    /// Which person.
    pub(in crate::model) const PERSON: u64 = 3;
    /// Which merchant class (and the class's name).
    pub(in crate::model) const MERCHANT: u64 = 4;
    /// How the code is presented.
    pub(in crate::model) const MODE: u64 = 5;
    /// Balance or bank.
    pub(in crate::model) const FUNDING: u64 = 6;
    /// Order of preference (and the wallet's name).
    pub(in crate::model) const WALLET: u64 = 7;
    /// Which wallets a person holds.
    pub(in crate::model) const BUNDLE: u64 = 8;
    /// At which bank a person's account is.
    pub(in crate::model) const BANK: u64 = 9;
    /// Debtor of a background item.
    pub(in crate::model) const DEBTOR: u64 = 10;
    /// Creditor of a background item.
    pub(in crate::model) const CREDITOR: u64 = 11;
    /// Time to open the app and present or scan.
    pub(in crate::model) const PRESENT: u64 = 16;
    /// Time to type the amount.
    pub(in crate::model) const TYPE: u64 = 17;
    /// Time to authenticate.
    pub(in crate::model) const AUTHENTICATE: u64 = 18;
    /// Access leg from the shopper's or till's device.
    pub(in crate::model) const ACCESS: u64 = 19;
    /// Access legs of the confirmation.
    pub(in crate::model) const CONFIRM: u64 = 20;
    /// Whether an institution declines.
    pub(in crate::model) const DECLINE: u64 = 21;
}

/// The keys of one source in one replication.
#[derive(Clone, Copy, Debug)]
pub(super) struct SourceKeys {
    /// Of its intentions.
    pub(super) intentions: Key,
    /// Of its attempts.
    pub(super) attempts: Key,
    /// Of its people.
    pub(super) people: Key,
}

impl SourceKeys {
    pub(super) fn new(seed: u64, replication: u32, source: &str) -> Self {
        let run = Key::new(seed).with(u64::from(replication)).and(Key::named(source));
        Self {
            intentions: run.with(1),
            attempts: run.with(2),
            // The people of a class are the same in every replication of a seed.
            people: Key::new(seed).and(Key::named(source)).with(3),
        }
    }
}

/// What a handler may do.
pub(super) struct Context<'a, O> {
    pub(super) model: &'a Model,
    pub(super) keys: &'a [SourceKeys],
    pub(super) calendar: &'a mut Calendar<Message>,
    pub(super) observer: &'a mut O,
    pub(super) files: &'a mut Vec<Arc<ClearingFile>>,
    /// Why the run cannot go on.
    pub(super) failure: &'a mut Option<String>,
    pub(super) now: Instant,
    pub(super) tie: Tie,
}

/// Where an event goes, and when.
#[derive(Clone, Copy)]
pub(super) struct Delivery {
    pub(super) to: EntityId,
    pub(super) at: Instant,
    pub(super) rank: Rank,
}

impl<O: Observer> Context<'_, O> {
    /// Tells a fact, now.
    #[inline]
    pub(super) fn tell(&mut self, fact: Fact) {
        self.observer.observe(self.now, &fact);
    }

    /// Schedules an event. What an event causes at its own instant with an equal or lower rank
    /// happens one microstep later.
    #[inline]
    pub(super) fn schedule(&mut self, sent: &mut u32, delivery: Delivery, message: Message) {
        let mut microstep = 0;
        if delivery.at == self.now {
            let later = u8::from(delivery.rank <= self.tie.rank());
            microstep = self.tie.microstep() + later;
        }
        *sent = sent.wrapping_add(1);
        let sender = self.tie.receiver();
        let tie = Tie::new(microstep, delivery.rank, delivery.to, sender, *sent);
        self.calendar.push(Event { at: delivery.at, tie, payload: message });
    }

    /// Schedules an event for the entity that is handling one now.
    #[inline]
    pub(super) fn schedule_own(
        &mut self,
        sent: &mut u32,
        (at, rank): (Instant, Rank),
        message: Message,
    ) {
        let to = self.tie.receiver();
        self.schedule(sent, Delivery { to, at, rank }, message);
    }

    /// The key of everything drawn for one attempt.
    #[inline]
    pub(super) fn attempt_key(&self, payment: u64) -> Key {
        let id = PaymentId::from_raw(payment);
        self.keys[id.source().index()].attempts.with(id.within_source())
    }

    /// Latency of a link for a 32-bit draw.
    #[inline]
    pub(super) fn latency(&self, kind: u16, draw: u32) -> Duration {
        let link = &self.model.links[usize::from(kind)];
        Duration::from_nanos(link.floor + link.jitter.at(draw))
    }

    /// A clearing event that speaks of one file.
    pub(super) fn about_file(kind: Kind, file: usize) -> Message {
        Message { payment: file as u64, ..Message::bare(kind) }
    }
}

/// The low half of a draw.
#[inline]
pub(super) fn low(bits: u64) -> u32 {
    (bits & 0xFFFF_FFFF) as u32
}

/// The high half of a draw.
#[inline]
pub(super) fn high(bits: u64) -> u32 {
    (bits >> 32) as u32
}
