//! Faults as written.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Time;
use crate::scenario::de::Sp;

/// An outage or a degradation of an institution, of one of its sites, or of a link.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub(in crate::scenario) struct FaultRaw {
    /// Whose: an institution, or a group, whose members then fail each by itself.
    pub(in crate::scenario) institution: Option<Sp<String>>,
    /// One of the institution's sites: its share of the servers takes no new work.
    pub(in crate::scenario) site: Option<Sp<String>>,
    /// Or a link, in one direction.
    pub(in crate::scenario) link: Option<Sp<FaultLinkRaw>>,
    /// What happens meanwhile.
    pub(in crate::scenario) mode: Option<Sp<FaultModeRaw>>,
    /// Planned: its start, time after the epoch such as "90m", or the first time of day such as
    /// "10:00". It lasts [start, end).
    pub(in crate::scenario) from: Option<Sp<String>>,
    /// Planned: how long.
    pub(in crate::scenario) r#for: Option<Sp<Time>>,
    /// Drawn: mean time from one end to the next start, exponential.
    pub(in crate::scenario) mtbf: Option<Sp<Time>>,
    /// Drawn: mean time from a start to its end, exponential.
    pub(in crate::scenario) mttr: Option<Sp<Time>>,
}

/// A link, in one direction.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub(in crate::scenario) struct FaultLinkRaw {
    /// Who sends: an institution or a group.
    pub(in crate::scenario) from: Sp<String>,
    /// Who receives: an institution or a group.
    pub(in crate::scenario) to: Sp<String>,
}

/// What happens during a fault.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(in crate::scenario) enum FaultModeRaw {
    /// New requests are refused at once; what was accepted earlier is served.
    Refuse,
    /// No work is done and nothing is refused; all of it is done afterwards.
    Stall,
    /// Messages vanish.
    BlackHole,
    /// Everything takes longer.
    Degrade {
        /// So many times as long; above 1.
        factor: f64,
    },
}
