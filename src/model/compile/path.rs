//! Paths: over which institutions a payment and its debit go, and where they are cleared.

use super::Money;
use crate::model::fact::Topology;
use crate::model::route::Place;
use crate::policy::routing::Reach;
use crate::units::InstitutionId;

/// The way of a payment, and where its obligation is cleared.
pub(in crate::model) struct PayPath {
    pub(in crate::model) topology: Topology,
    pub(in crate::model) path: Vec<Place>,
    pub(in crate::model) cleared_at: Option<Place>,
    pub(in crate::model) house: Option<InstitutionId>,
}

/// The way from the wallet to the acquirer.
pub(in crate::model) fn pay_path(wallet: InstitutionId, reach: &Reach) -> PayPath {
    if reach.acquirer == wallet {
        return PayPath {
            topology: Topology::OnUs,
            path: vec![Place::Wallet],
            cleared_at: None,
            house: None,
        };
    }
    let topology = match reach.via.len() {
        0 => Topology::Bilateral,
        1 => Topology::OneHub,
        _ => Topology::TwoHubs,
    };
    let mut path = vec![Place::Wallet];
    let mut before = wallet;
    for (hop, hub) in reach.via.iter().enumerate() {
        let is_acquirer = *hub == reach.acquirer;
        if *hub != before && !is_acquirer {
            path.push(if hop == 0 { Place::Hub } else { Place::FarHub });
            before = *hub;
        }
    }
    path.push(Place::Acquirer);
    let house = reach.via.last().copied().unwrap_or(reach.acquirer);
    let cleared_at = if house == reach.acquirer {
        Place::Acquirer
    } else if house == wallet {
        Place::Wallet
    } else {
        *path.iter().rev().nth(1).expect("a hub lies between")
    };
    PayPath { topology, path, cleared_at: Some(cleared_at), house: Some(house) }
}

/// The path of the bank debit and where it is cleared.
pub(in crate::model) fn debit_path(
    wallet: InstitutionId,
    debits_via: Option<InstitutionId>,
    money: Money,
) -> (Vec<Place>, Option<Place>) {
    let direct = vec![Place::Wallet, Place::Bank];
    match (money, debits_via) {
        (Money::Balance, _) => (Vec::new(), None),
        (Money::BankIsHub, _) => (direct, Some(Place::Bank)),
        (Money::Bank, Some(hub)) if hub != wallet => {
            (vec![Place::Wallet, Place::DebitHub, Place::Bank], Some(Place::DebitHub))
        }
        (Money::Bank, _) => (direct, Some(Place::Wallet)),
    }
}
