//! Institutions: roles, capacity, codes, money and declines.

use crate::kernel::dist::Dist;
use crate::units::{Amount, Duration, InstitutionId, Ppm, Reason};

/// What an institution may be; one firm holds several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Role {
    /// Holds the payer's wallet account and issues payment codes.
    Wallet,
    /// Holds deposits and answers bank debits.
    Bank,
    /// Contracts merchants and owes them their money.
    Acquirer,
    /// Issues collection codes.
    CodeIssuer,
    /// Combines channels without a licence.
    Aggregator,
    /// Switches, clears and nets.
    ClearingHouse,
    /// Its books settle.
    SettlementBank,
    /// A wallet provider abroad.
    OverseasWallet,
    /// Joins overseas wallets to domestic codes.
    CrossBorderGateway,
    /// Operates digital-currency wallets.
    EcnyOperator,
}

impl Role {
    /// Every role, in order.
    pub const ALL: [Self; 10] = [
        Self::Wallet,
        Self::Bank,
        Self::Acquirer,
        Self::CodeIssuer,
        Self::Aggregator,
        Self::ClearingHouse,
        Self::SettlementBank,
        Self::OverseasWallet,
        Self::CrossBorderGateway,
        Self::EcnyOperator,
    ];

    /// The word used in scenario files and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Wallet => "wallet",
            Self::Bank => "bank",
            Self::Acquirer => "acquirer",
            Self::CodeIssuer => "code-issuer",
            Self::Aggregator => "aggregator",
            Self::ClearingHouse => "clearing-house",
            Self::SettlementBank => "settlement-bank",
            Self::OverseasWallet => "overseas-wallet",
            Self::CrossBorderGateway => "cross-border-gateway",
            Self::EcnyOperator => "ecny-operator",
        }
    }
}

/// A set of roles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Roles(u16);

impl Roles {
    /// This set and one more role.
    #[must_use]
    pub const fn with(self, role: Role) -> Self {
        Self(self.0 | 1 << role as u8)
    }

    /// Whether the role is in the set.
    pub const fn has(self, role: Role) -> bool {
        self.0 & (1 << role as u8) != 0
    }
}

/// One institution at the scenario's scale.
#[derive(Clone, Debug)]
pub struct Institution {
    /// Unique name; members of a group are `group-01`, `group-02`, …
    pub name: String,
    /// The group it was made from.
    pub group: Option<String>,
    /// What it may do.
    pub roles: Roles,
    /// Its share of the group's business; 1 outside a group.
    pub share: f64,
    /// Its processing capacity.
    pub station: Station,
    /// Which payment codes it issues.
    pub payment_codes: Vec<PaymentCodes>,
    /// Which collection codes it issues.
    pub collection_codes: Vec<CollectionCode>,
    /// Opening balance of its account at the settlement bank.
    pub reserve: Amount,
    /// Opening deposits or wallet balances that it owes its customers.
    pub customer_funds: Amount,
    /// Base declines: independent of load.
    pub declines: Vec<DeclineRate>,
    /// Cut-offs as times of day, increasing. Only a clearing house has any.
    pub cut_offs: Vec<Duration>,
    /// The clearing house that carries this wallet's bank debits; none means a direct link.
    pub debits_via: Option<InstitutionId>,
}

/// Servers, service and waiting room.
#[derive(Clone, Debug)]
pub struct Station {
    /// Parallel servers; at least 1.
    pub servers: u32,
    /// Service time of one message, in nanoseconds.
    pub service: Dist,
    /// Most messages that may wait; more are turned away. `None`: no limit.
    pub queue_limit: Option<u32>,
    /// Whether answers passing through take a server.
    pub answers: Answers,
    /// Who is served next.
    pub discipline: Discipline,
    /// Where the servers stand, in order of name; empty where nothing is said of it.
    pub sites: Vec<Site>,
}

/// A place where some of a station's servers stand.
#[derive(Clone, Debug, PartialEq)]
pub struct Site {
    /// Unique within the station.
    pub name: String,
    /// Its servers, relative to the other sites'; above zero.
    pub weight: f64,
}

impl Station {
    /// How many servers stand at a site, if there is one of this name. The sites' servers sum to
    /// the station's.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "at most the station's servers"
    )]
    pub fn servers_at(&self, site: &str) -> Option<u32> {
        let place = self.sites.iter().position(|one| one.name == site)?;
        let whole: f64 = self.sites.iter().map(|one| one.weight).sum();
        let before = |count: usize| {
            let weight: f64 = self.sites[..count].iter().map(|one| one.weight).sum();
            (f64::from(self.servers) * weight / whole).round() as u32
        };
        Some(before(place + 1) - before(place))
    }
}

/// How a station treats answers (status reports on their way back).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answers {
    /// Answers queue and are served like instructions.
    Shared,
    /// Answers pass without queueing or service.
    Bypass,
}

/// Order of service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Discipline {
    /// First come, first served.
    Fcfs,
    /// Last come, first served, without pre-emption.
    Lcfs,
}

/// Payment codes of one issuer: decimal prefixes and lengths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentCodes {
    /// Decimal prefixes, such as `"10"`.
    pub prefixes: Vec<String>,
    /// Shortest length in digits.
    pub length_min: u8,
    /// Longest length in digits.
    pub length_max: u8,
}

/// How a collection code names its issuer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CollectionCode {
    /// A URL that starts so, such as `https://qr.95516.com/`.
    Url(String),
    /// An `EMVCo` merchant account template with this globally unique identifier.
    Emv(String),
}

/// One base decline rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeclineRate {
    /// Why.
    pub reason: Reason,
    /// How often, of the instructions that this institution decides.
    pub rate: Ppm,
}
