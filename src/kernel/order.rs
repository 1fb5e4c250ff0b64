//! The order of events: what breaks a tie between two events at one instant.
//!
//! Invariant: a tie is a pure function of the two entities and of the sender's own counter, so
//! that every way of running the same world finds the same order.
//! Never: a counter shared by several senders, or a random tie-break.

use crate::units::Instant;

const ENTITY_BITS: u32 = 14;
const COUNT_BITS: u32 = 27;
const RANK_BITS: u32 = 3;
const MICROSTEP_BITS: u32 = 6;

const SENDER_SHIFT: u32 = COUNT_BITS;
const RECEIVER_SHIFT: u32 = SENDER_SHIFT + ENTITY_BITS;
const RANK_SHIFT: u32 = RECEIVER_SHIFT + ENTITY_BITS;
const MICROSTEP_SHIFT: u32 = RANK_SHIFT + RANK_BITS;

const ENTITY_MASK: u64 = (1 << ENTITY_BITS) - 1;
const COUNT_MASK: u32 = (1 << COUNT_BITS) - 1;

/// The owner of some state: the one that sends and receives events. Dense, below 16,384.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntityId(u16);

impl EntityId {
    /// The entity with this dense index, below [`Tie::ENTITIES_MAX`].
    #[inline]
    pub fn new(index: usize) -> Self {
        assert!(index < Tie::ENTITIES_MAX, "more than 16,384 entities");
        Self(u16::try_from(index).expect("14 bits fit in 16"))
    }

    /// The dense index.
    #[inline]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// What comes first at one instant and microstep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Rank {
    /// A visit ends, or something becomes free or fails: its server is free for an arrival at that
    /// instant, and an outage is [start, end).
    Availability,
    /// A message arrives.
    Delivery,
    /// An intention arises, human time is over, a timer expires: an answer at its deadline is in
    /// time.
    Timer,
    /// A cycle closes: a cycle is (previous cut-off, cut-off].
    CutOff,
    /// Positions are settled.
    Settlement,
}

impl Rank {
    const ALL: [Self; 5] =
        [Self::Availability, Self::Delivery, Self::Timer, Self::CutOff, Self::Settlement];
}

/// Packed tie-break at one instant: microstep (6 bits), rank (3), receiver (14), sender (14) and
/// the sender's own counter (27, wrapping).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Tie(u64);

impl Tie {
    /// The largest number of entities.
    pub const ENTITIES_MAX: usize = 1 << ENTITY_BITS;
    /// The largest number of microsteps at one instant.
    pub const MICROSTEPS_MAX: u8 = 1 << MICROSTEP_BITS;
    /// No tie comes before this one.
    pub const FIRST: Self = Self(0);

    /// The tie-break of the `count`-th event of `sender`. `microstep` is below
    /// [`Tie::MICROSTEPS_MAX`]: an event that an event of its own instant causes with an equal or
    /// lower rank has one microstep more than its cause.
    #[inline]
    pub fn new(
        microstep: u8,
        rank: Rank,
        receiver: EntityId,
        sender: EntityId,
        count: u32,
    ) -> Self {
        assert!(microstep < Self::MICROSTEPS_MAX, "more than 64 microsteps at one instant");
        Self(
            u64::from(microstep) << MICROSTEP_SHIFT
                | (rank as u64) << RANK_SHIFT
                | u64::from(receiver.0) << RECEIVER_SHIFT
                | u64::from(sender.0) << SENDER_SHIFT
                | u64::from(count & COUNT_MASK),
        )
    }

    /// The tie-break of an event that no event of its own instant causes. A cycle ends with its
    /// cut-off: whatever happens at that instant, at any microstep but the last, comes before.
    #[inline]
    pub fn of_rank(rank: Rank, receiver: EntityId, sender: EntityId, count: u32) -> Self {
        let microstep = if rank == Rank::CutOff { Self::MICROSTEPS_MAX - 2 } else { 0 };
        Self::new(microstep, rank, receiver, sender, count)
    }

    /// Who receives the event.
    #[inline]
    pub fn receiver(self) -> EntityId {
        EntityId((self.0 >> RECEIVER_SHIFT & ENTITY_MASK) as u16)
    }

    /// Who sent the event.
    #[inline]
    pub fn sender(self) -> EntityId {
        EntityId((self.0 >> SENDER_SHIFT & ENTITY_MASK) as u16)
    }

    /// The rank of the event at its instant.
    #[inline]
    pub fn rank(self) -> Rank {
        Rank::ALL[(self.0 >> RANK_SHIFT & 0b111) as usize]
    }

    /// The microstep of the event at its instant.
    #[inline]
    pub fn microstep(self) -> u8 {
        (self.0 >> MICROSTEP_SHIFT) as u8
    }

    /// The sender's counter, modulo 2^27.
    #[inline]
    pub fn count(self) -> u32 {
        (self.0 as u32) & COUNT_MASK
    }
}

/// Something that will happen to the receiver named in `tie`.
#[derive(Clone, Copy, Debug)]
pub struct Event<P> {
    /// When.
    pub at: Instant,
    /// Its place among the events of that instant.
    pub tie: Tie,
    /// What happens.
    pub payload: P,
}

impl<P> Event<P> {
    /// The place of this event in the order of all events.
    #[inline]
    pub(super) fn key(&self) -> (Instant, Tie) {
        (self.at, self.tie)
    }

    /// The key as one number of two words: quicker to compare than a pair.
    #[inline]
    pub(super) fn order(&self) -> u128 {
        u128::from(self.at.nanos()) << 64 | u128::from(self.tie.0)
    }
}
