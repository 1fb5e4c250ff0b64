//! Dossiers: what each side of an attempt knows about it, where answers may fail to come.
//!
//! A dossier has one copy for each place of an attempt; a copy is read and written by its owner's
//! handlers only. Without timers there are none.

use super::fact::{Attempt, Exchange};
use super::message::Message;
use crate::units::{Instant, Reason};

/// How many exchanges there are.
const EXCHANGES: usize = 3;

/// No dossier: the attempt runs without timers.
pub(super) const NO_DOSSIER: u32 = u32::MAX;

/// Whether an attempt has a dossier.
#[inline]
pub(super) fn is_kept(message: &Message) -> bool {
    message.dossier != NO_DOSSIER
}

/// What the asker of an exchange waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Waits {
    /// For an answer, polling meanwhile.
    Answer,
    /// For the acknowledgement of its reversal.
    Acknowledgement,
    /// For nothing: answered, acknowledged or given up.
    Nothing,
}

/// The asker's copy of an exchange.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    pub(super) waits: Waits,
    /// Polls sent; then reversals sent.
    pub(super) sent: u8,
    /// Whether the first deadline has passed.
    pub(super) late: bool,
    /// The payment as it was when the request left.
    pub(super) request: Message,
}

/// The copy of who is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Done {
    /// The request has not arrived.
    Nothing,
    /// It has arrived, and a bank is being asked.
    InProcess,
    /// Accepted, and booked, after so many messages of the payment.
    Accepted(u8),
    /// Refused, after so many.
    Refused(Reason, u8),
    /// Taken back, or forbidden before it came: a tombstone.
    Undone,
}

/// The copy of a clearing house between the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum House {
    /// Nothing is cleared.
    Open,
    /// The obligations are cleared.
    Cleared,
    /// They are cleared both ways, or will never be.
    Undone,
}

/// All copies of one attempt.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dossier {
    pub(super) of: Attempt,
    /// The asker's copies, by exchange.
    pub(super) asked: [Option<Asked>; EXCHANGES],
    /// Copies of who is asked, by exchange.
    pub(super) done: [Done; EXCHANGES],
    /// Copies of the houses between, by exchange.
    pub(super) houses: [House; EXCHANGES],
    /// Whether any deadline has passed.
    pub(super) late: bool,
    /// Messages and timers that name it.
    named: u32,
    /// When the last of them ended so far.
    ended: Instant,
}

impl Dossier {
    /// The asker's copy of an exchange that is under way.
    pub(super) fn asked(&mut self, exchange: Exchange) -> &mut Asked {
        self.asked[exchange as usize].as_mut().expect("an exchange that its asker has begun")
    }
}

/// The dossiers of a run.
#[derive(Debug, Default)]
pub(super) struct Dossiers {
    all: Vec<Dossier>,
    free: Vec<u32>,
}

impl Dossiers {
    /// Opens a dossier that one message names.
    pub(super) fn open(&mut self, of: Attempt) -> u32 {
        let dossier = Dossier {
            of,
            asked: [None; EXCHANGES],
            done: [Done::Nothing; EXCHANGES],
            houses: [House::Open; EXCHANGES],
            late: false,
            named: 1,
            ended: Instant::EPOCH,
        };
        if let Some(index) = self.free.pop() {
            self.all[index as usize] = dossier;
            return index;
        }
        self.all.push(dossier);
        u32::try_from(self.all.len() - 1).expect("fewer than 2^32 dossiers")
    }

    /// The dossier with this index.
    #[inline]
    pub(super) fn at(&mut self, index: u32) -> &mut Dossier {
        &mut self.all[index as usize]
    }

    /// One more message or timer names it.
    pub(super) fn join(&mut self, index: u32) {
        self.at(index).named += 1;
    }

    /// A message or timer that named it has ended. When nothing names it any more it is closed; an
    /// attempt that met a time-out is then told as finished, counted from the returned instant.
    pub(super) fn leave(&mut self, index: u32, now: Instant) -> Option<(Attempt, Instant)> {
        let dossier = self.at(index);
        dossier.named -= 1;
        dossier.ended = dossier.ended.max(now);
        if dossier.named > 0 {
            return None;
        }
        let (of, ended, late) = (dossier.of, dossier.ended, dossier.late);
        self.free.push(index);
        late.then_some((of, ended))
    }
}
