//! Demand: consumers, merchants, background traffic and replay.

use std::path::PathBuf;

use crate::kernel::dist::Dist;
use crate::units::{Duration, Instant, InstitutionId, Ppm};

/// Who shows the code, and what kind of code it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Mode {
    /// Merchant-presented, printed once; the payer types the amount.
    Static,
    /// Merchant-presented, made for this order.
    Dynamic,
    /// Consumer-presented: the till scans the app.
    ConsumerPresented,
    /// Tap: a tag that acts as a static merchant-presented code.
    Tap,
}

impl Mode {
    /// Every mode, in order.
    pub const ALL: [Self; 4] = [Self::Static, Self::Dynamic, Self::ConsumerPresented, Self::Tap];

    /// The word used in scenario files and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Static => "static",
            Self::Dynamic => "dynamic",
            Self::ConsumerPresented => "consumer-presented",
            Self::Tap => "tap",
        }
    }
}

/// Something with a non-negative weight; weights need not sum to one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weighted {
    /// Which institution.
    pub institution: InstitutionId,
    /// How much, relative to the others.
    pub weight: f64,
}

/// The arrival rate from an instant on, until the next step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RateStep {
    /// Start of the step; the first is the epoch, and starts increase.
    pub from: Instant,
    /// Intentions per second of the whole class, at the scenario's scale.
    pub per_second: f64,
}

/// A class of consumers.
#[derive(Clone, Debug)]
pub struct ConsumerClass {
    /// Unique among all sources.
    pub name: String,
    /// How many people, at the scenario's scale; at least 1.
    pub population: u64,
    /// Which wallets are held together, with shares that sum to one.
    pub holds: Vec<Bundle>,
    /// Preference among the wallets one holds.
    pub prefers: Vec<Weighted>,
    /// Share of payments funded from a bank account; the rest from the wallet balance.
    pub bank_funded: Ppm,
    /// At which banks the linked accounts are held.
    pub banks: Vec<Weighted>,
    /// Amount of one payment in minor units; never below 1.
    pub ticket: Dist,
    /// Poisson arrivals, piecewise constant.
    pub arrivals: Vec<RateStep>,
}

/// Wallets held by one person.
#[derive(Clone, Debug, PartialEq)]
pub struct Bundle {
    /// In order of id, without repeats.
    pub wallets: Vec<InstitutionId>,
    /// Share of the class.
    pub share: f64,
}

impl Bundle {
    /// The most wallets of one person: an attempt keeps those tried as bits of one word.
    pub const WALLETS_MAX: usize = 16;
}

/// A class of merchants.
#[derive(Clone, Debug)]
pub struct MerchantClass {
    /// Unique name.
    pub name: String,
    /// How many shops, at the scenario's scale; at least 1.
    pub count: u64,
    /// Share of shopping trips that this class attracts, relative to the others.
    pub weight: f64,
    /// The codes on the counter, in order of display.
    pub accepts: Vec<Acceptance>,
    /// How payments are presented here.
    pub modes: ModeMix,
    /// Whether a dynamic code needs an order fetch; `EMVCo` codes carry all and need none.
    pub order_fetch: bool,
    /// Merchant category, free text.
    pub category: String,
}

/// One code on the counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Acceptance {
    /// Whose code it is.
    pub code: InstitutionId,
    /// Who acquires payments made with it; the issuer itself for a direct merchant.
    pub acquirer: InstitutionId,
}

/// Weights of the presentment modes; they need not sum to one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ModeMix {
    /// Indexed by `Mode`.
    pub weights: [f64; 4],
}

/// Clearing traffic that is no barcode payment.
#[derive(Clone, Debug)]
pub struct Background {
    /// Unique among all sources.
    pub name: String,
    /// The clearing house that carries it.
    pub house: InstitutionId,
    /// Who owes.
    pub debtors: Vec<Weighted>,
    /// Who is owed.
    pub creditors: Vec<Weighted>,
    /// Amount of one item in minor units.
    pub ticket: Dist,
    /// Poisson arrivals, piecewise constant.
    pub arrivals: Vec<RateStep>,
}

/// A log of real payments, played back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replay {
    /// The CSV file.
    pub file: PathBuf,
    /// How far out of order its rows may be.
    pub look_back: Duration,
}

/// Human time, drawn once for each attempt, in nanoseconds.
#[derive(Clone, Debug)]
pub struct HumanTimes {
    /// Consumer-presented: open the app and show the code, then the scan.
    pub show: Dist,
    /// Merchant-presented: open the app and scan the sign.
    pub scan: Dist,
    /// Tap: unlock and touch.
    pub tap: Dist,
    /// Type the amount after a static code.
    pub type_amount: Dist,
    /// Password or fingerprint.
    pub authenticate: Dist,
}
