//! Digest: a few words that change when any fact changes.
//!
//! Two numbers. The *digest* keeps, for each entity, a chain over the facts it owns in its own
//! order; facts of two entities may be told in either order. The *multiset* is a sum over all
//! facts, in no order at all: computed and evented stations, which tell a visit at different
//! instants, agree on it. A visit enters both by its arrival.
//!
//! | Owner | Facts |
//! |---|---|
//! | the source | `Intended`, `Opened`, `Unreadable`, `Closed`, `Concluded` |
//! | the institution named | `Visited`, `TurnedAway`, `Refused`, `Outage…`, `Hold…`, `Posted` |
//! | the house named | `Cleared`, `CutOff`, `Netted` |
//! | the settlement bank | `ReserveMoved`, `Settled`, `Postponed` |
//! | the source, as a sum | `Charged`, `Exchanged`, `Answered`: who tells them is not in the fact |

use super::words::{Owner, Words};
use crate::model::fact::Fact;
use crate::scenario::Scenario;
use crate::units::{Instant, InstitutionId};

/// The name under which the replayed log takes its place among the sources.
const REPLAY: &str = "replay";
/// A chain is a polynomial in this: odd, below 2^31, and 3 modulo 8, so that two facts of one chain
/// which change places change it, however far apart they are.
const CHAIN: u64 = 0x5D39_8E4B;

/// Running digests of one run.
#[derive(Clone, Debug)]
pub(super) struct Digest {
    institutions: Vec<u64>,
    /// Chain and sum.
    sources: Vec<[u64; 2]>,
    settlement_bank: InstitutionId,
    /// The sum over all facts that are in a chain.
    chained: u64,
}

impl Digest {
    pub(super) fn new(scenario: &Scenario) -> Self {
        Self {
            institutions: vec![0; scenario.institutions.len()],
            sources: vec![[0; 2]; source_names(scenario).len()],
            settlement_bank: scenario.settlement.bank,
            chained: 0,
        }
    }

    /// Takes in one fact.
    #[expect(clippy::inline_always, reason = "the teller knows the kind: no match remains")]
    #[inline(always)]
    pub(super) fn add(&mut self, at: Instant, fact: &Fact) {
        let Words { hash, owner } = Words::of(at, fact);
        let chain = match owner {
            Owner::Institution(id) => &mut self.institutions[id.index()],
            Owner::SettlementBank => &mut self.institutions[self.settlement_bank.index()],
            Owner::Source(id) => &mut self.source(id.index())[0],
            Owner::Nobody(id) => {
                let sum = &mut self.source(id.index())[1];
                *sum = sum.wrapping_add(hash);
                return;
            }
        };
        *chain = chain.wrapping_mul(CHAIN).wrapping_add(hash);
        self.chained = self.chained.wrapping_add(hash);
    }

    #[inline]
    fn source(&mut self, index: usize) -> &mut [u64; 2] {
        if index >= self.sources.len() {
            return self.grow(index);
        }
        &mut self.sources[index]
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self, index: usize) -> &mut [u64; 2] {
        self.sources.resize(index + 1, [0; 2]);
        &mut self.sources[index]
    }

    /// The sum over all facts, in no order.
    pub(super) fn multiset(&self) -> u64 {
        self.sources.iter().fold(self.chained, |sum, words| sum.wrapping_add(words[1]))
    }

    /// The digest over all entities: institutions in order of name, then sources.
    pub(super) fn finish(&self, scenario: &Scenario) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new();
        let mut name = |kind: u8, name: &str, words: &[u64]| {
            hasher.update(&[kind]);
            hasher.update(&(name.len() as u64).to_le_bytes());
            hasher.update(name.as_bytes());
            for word in words {
                hasher.update(&word.to_le_bytes());
            }
        };
        for (institution, chain) in scenario.institutions.iter().zip(&self.institutions) {
            name(b'i', &institution.name, &[*chain]);
        }
        let names = source_names(scenario);
        for (index, words) in self.sources.iter().enumerate() {
            name(b's', names.get(index).copied().unwrap_or_default(), words);
        }
        *hasher.finalize().as_bytes()
    }
}

/// Names of all sources, in order: `SourceId` indexes them.
fn source_names(scenario: &Scenario) -> Vec<&str> {
    let consumers = scenario.consumers.iter().map(|class| class.name.as_str());
    let background = scenario.background.iter().map(|flow| flow.name.as_str());
    let replay = scenario.replay.iter().map(|_| REPLAY);
    consumers.chain(background).chain(replay).collect()
}
