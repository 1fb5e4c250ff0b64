//! Faults: who is unavailable or slow, how, and when.

use super::Scenario;
use crate::units::{Duration, Instant, InstitutionId};

/// One fault of one institution, site or link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Whose.
    pub target: FaultTarget,
    /// What happens meanwhile.
    pub mode: FaultMode,
    /// When.
    pub time: FaultTime,
}

/// What a fault befalls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaultTarget {
    /// A whole institution.
    Institution(InstitutionId),
    /// A site of an institution, with its share of the servers.
    Site {
        /// Whose.
        institution: InstitutionId,
        /// Its name.
        site: String,
        /// How many servers stand there; perhaps none at a small scale.
        servers: u32,
    },
    /// One direction of a link.
    Link {
        /// Who sends.
        from: InstitutionId,
        /// Who receives.
        to: InstitutionId,
    },
}

/// What happens during a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FaultMode {
    /// New requests are refused at once.
    Refuse,
    /// No work is done.
    Stall,
    /// Everything takes so many millionths of its time; above one million.
    Degrade(u64),
}

impl FaultMode {
    /// The word used in scenario files and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Refuse => "refuse",
            Self::Stall => "stall",
            Self::Degrade(_) => "degrade",
        }
    }
}

/// When a fault is under way: always [start, end).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultTime {
    /// Once, as written.
    Planned {
        /// First instant.
        from: Instant,
        /// One past the last.
        until: Instant,
    },
    /// Again and again, drawn in each replication.
    Drawn {
        /// Mean time from an end to the next start.
        mtbf: Duration,
        /// Mean time from a start to its end.
        mttr: Duration,
    },
}

impl Fault {
    /// The institution that tells of it: the sender of a link.
    pub fn owner(&self) -> InstitutionId {
        match self.target {
            FaultTarget::Institution(id) | FaultTarget::Site { institution: id, .. } => id,
            FaultTarget::Link { from, .. } => from,
        }
    }

    /// What it befalls, in words that no other target has: draws are keyed by it.
    pub fn target_name(&self, scenario: &Scenario) -> String {
        let name = |id: InstitutionId| scenario.institution(id).name.as_str();
        match &self.target {
            FaultTarget::Institution(id) => name(*id).to_owned(),
            FaultTarget::Site { institution, site, .. } => format!("{}/{site}", name(*institution)),
            FaultTarget::Link { from, to } => format!("{}>{}", name(*from), name(*to)),
        }
    }
}
