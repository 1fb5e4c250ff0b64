//! What the auditor says at the end of a run.

use crate::units::Instant;

/// One finding for each law, in a fixed order, and what was still open when the run ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// Every law, held or broken.
    pub laws: Vec<Finding>,
    /// Attempts that were opened and not closed.
    pub open_attempts: u64,
    /// Holds that were neither posted nor voided; of these attempts only, in a lawful run.
    pub open_holds: u64,
    /// What these attempts were to pay, in minor units.
    pub open_minor: u128,
}

/// Whether one law held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Stable name of the law, such as `books-balance`.
    pub law: &'static str,
    /// The law in one sentence.
    pub statement: &'static str,
    /// How many times it was tested.
    pub checked: u64,
    /// The first breach, if any.
    pub offence: Option<Offence>,
}

/// The first breach of a law.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offence {
    /// When.
    pub at: Instant,
    /// The offending fact or account, in words.
    pub what: String,
    /// What the law expects.
    pub expected: String,
    /// What was there.
    pub observed: String,
}

impl Findings {
    /// Whether every law held.
    pub fn lawful(&self) -> bool {
        self.laws.iter().all(|finding| finding.offence.is_none())
    }
}
