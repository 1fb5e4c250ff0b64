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

/// What a wallet can do apart from the connections of a policy.
pub struct Means<Reads, Direct> {
    /// The clearing house that carries its own codes behind other acquirers.
    pub own_house: Option<InstitutionId>,
    /// Whether an issuer's code can be read as it is presented.
    pub reads: Reads,
    /// Whether the rules let it talk directly to an acquirer.
    pub direct: Direct,
}

/// How `wallet` pays at a counter with these codes, or `None` when its app can use none of them.
///
/// Of the codes that can be read, in order of precedence: its own at its own merchant; its own
/// behind another acquirer (over the stated connection, else over its own clearing house, else
/// directly where the rules allow it); a connected code, in order of display.
pub fn reach(
    policy: &Policy,
    wallet: InstitutionId,
    accepts: &[Acceptance],
    means: &Means<impl Fn(InstitutionId) -> bool, impl Fn(InstitutionId) -> bool>,
) -> Option<Reach> {
    let readable = || accepts.iter().filter(|at| (means.reads)(at.code));
    let own = |at: &&Acceptance| at.code == wallet;
    let at_home = |at: &&Acceptance| own(at) && at.acquirer == wallet;
    if readable().any(|at| at_home(&at)) {
        return Some(Reach { code: wallet, acquirer: wallet, via: Vec::new() });
    }
    let behind_another = readable().filter(own).find_map(|at| {
        let via = match (connection(policy, wallet, at.code), means.own_house) {
            (Some(via), _) => via.to_vec(),
            (None, Some(house)) => vec![house],
            (None, None) if (means.direct)(at.acquirer) => Vec::new(),
            (None, None) => return None,
        };
        Some(Reach { code: at.code, acquirer: at.acquirer, via })
    });
    behind_another.or_else(|| {
        readable().find_map(|at| {
            let via = connection(policy, wallet, at.code)?;
            let via = if at.acquirer == wallet { Vec::new() } else { via.to_vec() };
            Some(Reach { code: at.code, acquirer: at.acquirer, via })
        })
    })
}
