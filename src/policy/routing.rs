//! Routing: which code on the counter a wallet uses, and over which path.

use crate::scenario::{Acceptance, Policy};
use crate::units::InstitutionId;

/// How a wallet reaches a merchant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    /// The code used.
    pub code: InstitutionId,
    /// Who acquires.
    pub acquirer: InstitutionId,
    /// Clearing houses from the wallet's side to the acquirer's; empty for on-us and bilateral.
    pub via: Vec<InstitutionId>,
}

/// The path that a policy opens between a wallet's app and an issuer's codes, if any.
/// The last connection that names both wins, so a child policy overrides its parent.
pub fn connection(
    policy: &Policy,
    wallet: InstitutionId,
    code: InstitutionId,
) -> Option<&[InstitutionId]> {
    let names_both = |connect: &&crate::scenario::Connect| {
        connect.wallets.contains(&wallet) && connect.codes.contains(&code)
    };
    policy.connect.iter().rev().find(names_both).map(|connect| connect.via.as_slice())
}

/// How `wallet` pays at a counter with these codes, or `None` when its app can use none of them.
///
/// In order of precedence: its own code at its own merchant; its own code behind another
/// acquirer (over the stated connection, else over `own_house`, the wallet's clearing house); a
/// connected code, in order of display.
pub fn reach(
    policy: &Policy,
    wallet: InstitutionId,
    accepts: &[Acceptance],
    own_house: Option<InstitutionId>,
) -> Option<Reach> {
    let own = |direct: bool| {
        accepts.iter().find(|at| at.code == wallet && (at.acquirer == wallet) == direct)
    };
    if own(true).is_some() {
        return Some(Reach { code: wallet, acquirer: wallet, via: Vec::new() });
    }
    if let Some(at) = own(false) {
        let via = match connection(policy, wallet, at.code) {
            Some(via) => via.to_vec(),
            None => own_house.into_iter().collect(),
        };
        return Some(Reach { code: at.code, acquirer: at.acquirer, via });
    }
    accepts.iter().find_map(|at| {
        let via = connection(policy, wallet, at.code)?;
        let via = if at.acquirer == wallet { Vec::new() } else { via.to_vec() };
        Some(Reach { code: at.code, acquirer: at.acquirer, via })
    })
}
