//! Context: what a handler may do. Know the instant, schedule, send, draw, tell.

use super::compile::Model;
use super::dossier::Dossiers;
use super::fact::{Fact, Observer};
use super::message::{Kind, Ticket};
use super::settlement::Files;
use crate::kernel::calendar::{Calendar, EntityId, Event, Rank, Tie};
use crate::kernel::chance::Key;
use crate::units::{Instant, PaymentId};

/// Purposes of draws, mixed into their keys. Stable numbers: they are part of every golden file.
pub(super) mod purpose {
    use crate::kernel::chance::Key;

    const fn of(number: u64) -> Key {
        Key::new(0).with(number)
    }

    /// Time to the next intention.
    pub(in crate::model) const GAP: Key = of(1);
    /// Amount.
    pub(in crate::model) const AMOUNT: Key = of(2);
    /// Which person.
    pub(in crate::model) const PERSON: Key = of(3);
    /// Which merchant class (and the class's name).
    pub(in crate::model) const MERCHANT: Key = of(4);
    /// How the code is presented.
    pub(in crate::model) const MODE: Key = of(5);
    /// Balance or bank.
    pub(in crate::model) const FUNDING: Key = of(6);
    /// Order of preference (and the wallet's name).
    pub(in crate::model) const WALLET: Key = of(7);
    /// Which wallets a person holds.
    pub(in crate::model) const BUNDLE: Key = of(8);
    /// At which bank a person's account is.
    pub(in crate::model) const BANK: Key = of(9);
    /// Debtor of a background item.
    pub(in crate::model) const DEBTOR: Key = of(10);
    /// Creditor of a background item.
    pub(in crate::model) const CREDITOR: Key = of(11);
    /// Time to open the app and present or scan.
    pub(in crate::model) const PRESENT: Key = of(16);
    /// Time to type the amount.
    pub(in crate::model) const TYPE: Key = of(17);
    /// Time to authenticate.
    pub(in crate::model) const AUTHENTICATE: Key = of(18);
    /// Access leg from the shopper's or till's device.
    pub(in crate::model) const ACCESS: Key = of(19);
    /// Access legs of the confirmation.
    pub(in crate::model) const CONFIRM: Key = of(20);
    /// Whether an institution declines.
    pub(in crate::model) const DECLINE: Key = of(21);
    /// Whether risk rules ask for the PIN.
    pub(in crate::model) const PIN: Key = of(22);
    /// Whether a person has a digital certificate.
    pub(in crate::model) const CERTIFICATE: Key = of(23);
    /// Whether an intention is fraudulent.
    pub(in crate::model) const FRAUD: Key = of(24);
    /// Whether a wallet takes an attempt for fraud (and the wallet's name).
    pub(in crate::model) const SCREEN: Key = of(25);
    /// Times between outages and their lengths.
    pub(in crate::model) const OUTAGE: Key = of(30);
    /// Whether a message is lost.
    pub(in crate::model) const LOSS: Key = of(31);
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
    pub(super) keys: Vec<SourceKeys>,
    pub(super) calendar: Calendar<Ticket>,
    pub(super) observer: &'a mut O,
    pub(super) files: Files,
    pub(super) dossiers: Dossiers,
    /// Messages that ended in this event.
    pub(super) ended: Vec<u32>,
    /// Why the run cannot go on.
    pub(super) failure: Option<String>,
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
    #[expect(clippy::inline_always, reason = "the teller knows the kind: no match remains")]
    #[inline(always)]
    pub(super) fn tell(&mut self, fact: Fact) {
        self.observer.observe(self.now, &fact);
    }

    /// Schedules an event. What an event causes at its own instant with an equal or lower rank
    /// happens one microstep later.
    #[expect(clippy::inline_always, reason = "a call costs as much as keeping the event")]
    #[inline(always)]
    pub(super) fn schedule(&mut self, sent: &mut u32, delivery: Delivery, ticket: Ticket) {
        let Delivery { to, at, rank } = delivery;
        *sent = sent.wrapping_add(1);
        let sender = self.tie.receiver();
        let tie = if at == self.now {
            Tie::new(self.microstep(rank), rank, to, sender, *sent)
        } else {
            Tie::of_rank(rank, to, sender, *sent)
        };
        self.calendar.push(Event { at, tie, payload: ticket });
    }

    /// The microstep of what the event at hand causes at its own instant.
    #[cold]
    fn microstep(&self, rank: Rank) -> u8 {
        self.tie.microstep() + u8::from(rank <= self.tie.rank())
    }

    /// Schedules an event for the entity that is handling one now.
    #[expect(clippy::inline_always, reason = "a call costs as much as keeping the event")]
    #[inline(always)]
    pub(super) fn schedule_own(
        &mut self,
        sent: &mut u32,
        (at, rank): (Instant, Rank),
        ticket: Ticket,
    ) {
        let to = self.tie.receiver();
        self.schedule(sent, Delivery { to, at, rank }, ticket);
    }

    /// The key of everything drawn for one attempt.
    #[inline]
    pub(super) fn attempt_key(&self, id: PaymentId) -> Key {
        self.keys[id.source().index()].attempts.with(id.within_source())
    }

    /// A clearing event that speaks of one file.
    pub(super) fn about_file(kind: Kind, file: usize) -> Ticket {
        Ticket { index: u32::try_from(file).expect("fewer than 2^32 clearing files"), kind }
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
