//! Classes of routes: one row of a latency table each.
//!
//! Invariant: an index for each class, dense and stable.
//! Never: who takes part.

use crate::scenario::Mode;

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
