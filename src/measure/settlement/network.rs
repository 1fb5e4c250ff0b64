//! The network of obligations: a link from each debtor to each of its creditors.

use std::collections::BTreeSet;

use super::ratio;
use crate::units::InstitutionId;

/// All obligations of one participant to another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Pair {
    pub(super) count: u64,
    pub(super) minor: u128,
}

/// One participant's place in the network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NetworkRow {
    /// How many it owes.
    pub out_degree: u32,
    /// How many owe it.
    pub in_degree: u32,
    /// With how many it trades in both directions.
    pub reciprocal: u32,
    /// Obligations it owes.
    pub out_count: u64,
    /// Their value: its out-strength.
    pub out_minor: u128,
    /// Obligations owed to it.
    pub in_count: u64,
    /// Their value: its in-strength.
    pub in_minor: u128,
    /// The largest *k* whose core it belongs to.
    pub core: u32,
}

/// The network as a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct NetworkSummary {
    /// Participants that owe or are owed.
    pub active: u32,
    /// Ordered pairs with an obligation.
    pub links: u64,
    /// Links as a share of all ordered pairs of active participants.
    pub density: Option<f64>,
    /// Share of links with one in the other direction.
    pub reciprocity: Option<f64>,
    /// Share of value with a counterpart in the other direction.
    pub reciprocity_by_value: Option<f64>,
    /// Sum of squared shares in value owed.
    pub concentration: Option<f64>,
    /// The largest core.
    pub core: u32,
    /// How many participants belong to it.
    pub core_size: u32,
}

/// Rows by participant, and the whole. `pairs` in order of debtor and creditor.
pub(super) fn network(
    pairs: &[((InstitutionId, InstitutionId), Pair)],
    participants: usize,
) -> (Vec<NetworkRow>, NetworkSummary) {
    let mut rows = vec![NetworkRow::default(); participants];
    let mut partners: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); participants];
    let (mut mutual, mut mutual_minor, mut total) = (0, 0, 0);
    for ((debtor, creditor), pair) in pairs {
        let back = pairs.binary_search_by_key(&(*creditor, *debtor), |(key, _)| *key);
        let back = back.ok().map(|at| pairs[at].1.minor);
        mutual += u64::from(back.is_some());
        mutual_minor += back.map_or(0, |back| back.min(pair.minor));
        total += pair.minor;
        let out = &mut rows[debtor.index()];
        out.out_degree += 1;
        out.out_count += pair.count;
        out.out_minor += pair.minor;
        out.reciprocal += u32::from(back.is_some());
        let into = &mut rows[creditor.index()];
        into.in_degree += 1;
        into.in_count += pair.count;
        into.in_minor += pair.minor;
        partners[debtor.index()].insert(creditor.index());
        partners[creditor.index()].insert(debtor.index());
    }
    for (row, core) in rows.iter_mut().zip(cores(&partners)) {
        row.core = core;
    }
    let active = rows.iter().filter(|row| row.out_degree + row.in_degree > 0).count();
    let possible = (active as u128) * (active as u128).saturating_sub(1);
    let core = rows.iter().map(|row| row.core).max().unwrap_or(0);
    let in_core = rows.iter().filter(|row| row.core == core && core > 0).count();
    let summary = NetworkSummary {
        active: narrow(active),
        links: pairs.len() as u64,
        density: ratio(pairs.len() as u128, possible),
        reciprocity: ratio(u128::from(mutual), pairs.len() as u128),
        reciprocity_by_value: ratio(mutual_minor, total),
        concentration: concentration(rows.iter().map(|row| row.out_minor)),
        core,
        core_size: narrow(in_core),
    };
    (rows, summary)
}

/// Sum of squared shares; `None` where there is nothing to share.
pub(super) fn concentration(values: impl Iterator<Item = u128> + Clone) -> Option<f64> {
    let total: u128 = values.clone().sum();
    let square = |value: u128| ratio(value, total).map(|share| share * share);
    values.map(square).sum()
}

/// Core numbers, by taking away the least connected again and again.
fn cores(partners: &[BTreeSet<usize>]) -> Vec<u32> {
    let mut degrees: Vec<usize> = partners.iter().map(BTreeSet::len).collect();
    let mut order: BTreeSet<(usize, usize)> =
        degrees.iter().enumerate().map(|(at, degree)| (*degree, at)).collect();
    let mut cores = vec![0; partners.len()];
    let mut core = 0;
    while let Some((degree, at)) = order.pop_first() {
        core = core.max(degree);
        cores[at] = narrow(core);
        for other in &partners[at] {
            if order.remove(&(degrees[*other], *other)) {
                degrees[*other] -= 1;
                order.insert((degrees[*other], *other));
            }
        }
    }
    cores
}

fn narrow(count: usize) -> u32 {
    u32::try_from(count).expect("at most 65,536 participants")
}
