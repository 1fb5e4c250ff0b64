//! Holds: pending → posted | voided | expired, each exactly once.

use crate::units::Amount;

/// Names a hold while it is pending; the place is reused afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HoldId(u32);

impl HoldId {
    /// No hold.
    pub const NONE: Self = Self(u32::MAX);

    /// Whether this names a hold.
    pub const fn is_some(self) -> bool {
        self.0 != u32::MAX
    }
}

/// The life of a hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HoldState {
    /// The place is free.
    Free,
    /// Funds are set aside.
    Pending,
    /// They were debited.
    Posted,
    /// They were released.
    Voided,
    /// They were released because time ran out.
    Expired,
}

/// Funds set aside on one account.
#[derive(Clone, Copy, Debug)]
pub struct Hold {
    /// On which account.
    pub account: usize,
    /// How much.
    pub amount: Amount,
    /// Where in its life.
    pub state: HoldState,
}

/// All pending holds of one book; memory follows the most that were ever pending.
#[derive(Clone, Debug, Default)]
pub(super) struct HoldTable {
    holds: Vec<Hold>,
    free: Vec<u32>,
}

impl HoldTable {
    #[inline]
    pub(super) fn open(&mut self, account: usize, amount: Amount) -> HoldId {
        let hold = Hold { account, amount, state: HoldState::Pending };
        if let Some(place) = self.free.pop() {
            assert_eq!(self.holds[place as usize].state, HoldState::Free, "a place in use");
            self.holds[place as usize] = hold;
            return HoldId(place);
        }
        let place = u32::try_from(self.holds.len()).expect("more than 2^32 holds pending");
        self.holds.push(hold);
        HoldId(place)
    }

    #[inline]
    pub(super) fn end(&mut self, id: HoldId, state: HoldState) -> Hold {
        assert!(id.is_some(), "no hold to end");
        assert_ne!(state, HoldState::Pending, "a hold ends posted, voided or expired");
        let hold = &mut self.holds[id.0 as usize];
        assert_eq!(hold.state, HoldState::Pending, "a hold ends once");
        let ended = Hold { state, ..*hold };
        hold.state = HoldState::Free;
        self.free.push(id.0);
        ended
    }
}
