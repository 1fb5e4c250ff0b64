//! Classes that facts name: routes, one row of a latency table each; accounts; steps of recovery.
//!
//! Invariant: an index for each class, dense and stable.
//! Never: who takes part.

use crate::scenario::Mode;
use crate::units::InstitutionId;

/// The path between wallet and acquirer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Topology {
    /// Wallet and acquirer are one institution.
    OnUs,
    /// A direct link.
    Bilateral,
    /// Over one clearing house.
    OneHub,
    /// Over two clearing houses.
    TwoHubs,
    /// No barcode payment: clearing traffic between two participants.
    Background,
}

/// Where the payer's money comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Funding {
    /// The wallet's balance.
    Balance,
    /// A linked bank account.
    Bank,
}

/// The kind of route an attempt takes: one row of a latency table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RouteClass {
    /// The path.
    pub topology: Topology,
    /// The source of money.
    pub funding: Funding,
    /// The presentment; `Static` for background.
    pub mode: Mode,
}

impl RouteClass {
    /// How many distinct indices there are.
    pub const COUNT: usize = 5 * 2 * 4;

    /// A dense index below `COUNT`.
    pub const fn index(self) -> usize {
        (self.topology as usize * 2 + self.funding as usize) * 4 + self.mode as usize
    }

    /// The column value, such as `one_hub.bank.static`.
    pub fn name(self) -> String {
        let topology = match self.topology {
            Topology::OnUs => "on_us",
            Topology::Bilateral => "bilateral",
            Topology::OneHub => "one_hub",
            Topology::TwoHubs => "two_hubs",
            Topology::Background => return "background".to_owned(),
        };
        let funding = match self.funding {
            Funding::Balance => "balance",
            Funding::Bank => "bank",
        };
        format!("{topology}.{funding}.{}", self.mode.name().replace('-', "_"))
    }
}

/// A step of what follows a time-out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Recovery {
    /// The asker's first deadline passed without an answer.
    TimedOut,
    /// The asker sent a status poll.
    Polled,
    /// The asker sent a reversal, or repeated it.
    Reversed,
    /// Who had acted took it back; counter-entries follow at once.
    Undone,
    /// The asker heard that everything is taken back.
    Acknowledged,
    /// The asker gave up repeating the reversal: what was done may stay one-sided.
    Abandoned,
    /// A full queue turned a poll or a reversal away.
    TurnedAway,
}

impl Recovery {
    /// The word used in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TimedOut => "timed_out",
            Self::Polled => "polled",
            Self::Reversed => "reversed",
            Self::Undone => "undone",
            Self::Acknowledged => "acknowledged",
            Self::Abandoned => "abandoned",
            Self::TurnedAway => "turned_away",
        }
    }
}

/// An account in one institution's book.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Account {
    /// Own money at the settlement bank (asset).
    Settlement,
    /// Owed to customers: deposits or wallet balances (liability).
    CustomerFunds,
    /// Owed to merchants (liability).
    MerchantPayable,
    /// Fees earned (income).
    FeeIncome,
    /// Fees borne (expense).
    FeeExpense,
    /// Balances the opening entry.
    Capital,
    /// Claims on another institution from payments (asset).
    DueFrom(InstitutionId),
    /// Debts to another institution from payments (liability).
    DueTo(InstitutionId),
    /// Settlement bank only: what it owes this participant (liability).
    ReserveOf(InstitutionId),
}
