//! Presentment: whether the code that is shown can be read at all.
//!
//! A till reads a payment code, and an app a collection code, only if the routing table gives that
//! code back to the institution that made it: issuers whose codes collide lose sales. An
//! institution that states no codes is routed by name.

use crate::scenario::code::{CodeTable, sample_collection_codes, sample_payment_codes};
use crate::scenario::{Acceptance, Mode, Scenario};
use crate::units::InstitutionId;

/// Whose codes the routing table gives back to their issuer, by institution.
pub(in crate::model) struct Presentment {
    payment: Vec<bool>,
    collection: Vec<bool>,
}

impl Presentment {
    pub(in crate::model) fn new(scenario: &Scenario) -> Self {
        let table = CodeTable::new(&scenario.institutions);
        let (mut payment, mut collection) = (Vec::new(), Vec::new());
        for (index, institution) in scenario.institutions.iter().enumerate() {
            let own = |code: String| table.issuer(&code) == Ok(InstitutionId::new(index));
            payment.push(sample_payment_codes(institution).all(own));
            collection.push(sample_collection_codes(institution).all(own));
        }
        Self { payment, collection }
    }

    /// Whether the wallet's payment code, or else the issuer's collection code, can be read.
    pub(in crate::model) fn reads(
        &self,
        mode: Mode,
        wallet: InstitutionId,
        issuer: InstitutionId,
    ) -> bool {
        match mode {
            Mode::ConsumerPresented => self.payment[wallet.index()],
            Mode::Static | Mode::Dynamic | Mode::Tap => self.collection[issuer.index()],
        }
    }
}

/// Where a code is accepted that a log gives without a class of merchants, and whether a dynamic
/// one needs an order fetch: as at the first class, in order of name, that accepts this issuer's
/// codes; at the issuer itself, with a fetch, where none does.
pub(in crate::model) fn anywhere(scenario: &Scenario, code: InstitutionId) -> (Acceptance, bool) {
    let classes = scenario.merchants.iter();
    let stated = classes.flat_map(|class| class.accepts.iter().map(|at| (*at, class.order_fetch)));
    let mut stated = stated.filter(|(at, _)| at.code == code);
    stated.next().unwrap_or((Acceptance { code, acquirer: code }, true))
}
