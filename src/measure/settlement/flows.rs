//! What obligations alone tell: bounds of liquidity, and the network they form.

use std::collections::BTreeMap;

use super::Flows;
use super::network::{self, Pair};
use crate::units::{Due, InstitutionId};

/// Pairs up to which a table of all of them is kept: 64 MiB.
const TABLE_PAIRS: usize = 1 << 21;

/// Listens to obligations as they arrive.
#[derive(Clone, Debug)]
pub struct FlowRecorder {
    /// Received less sent so far, by participant.
    net: Vec<i128>,
    lowest: Vec<i128>,
    pairs: Pairs,
}

/// Values by ordered pair: a table where it is small, else the pairs that occur.
#[derive(Clone, Debug)]
enum Pairs {
    Table(Vec<Pair>),
    Sparse(BTreeMap<(InstitutionId, InstitutionId), Pair>),
}

impl FlowRecorder {
    /// Before the first obligation.
    pub fn new(participants: usize) -> Self {
        let pairs = if participants * participants <= TABLE_PAIRS {
            Pairs::Table(vec![Pair::default(); participants * participants])
        } else {
            Pairs::Sparse(BTreeMap::new())
        };
        Self { net: vec![0; participants], lowest: vec![0; participants], pairs }
    }

    /// An obligation arrives.
    #[inline]
    pub fn arrived(&mut self, due: &Due) {
        let (debtor, creditor) = (due.obligation.debtor_agent, due.obligation.creditor_agent);
        let amount = due.obligation.amount.minor();
        self.net[creditor.index()] += i128::from(amount);
        let net = &mut self.net[debtor.index()];
        *net -= i128::from(amount);
        let lowest = &mut self.lowest[debtor.index()];
        *lowest = (*lowest).min(*net);
        let pair = match &mut self.pairs {
            Pairs::Table(table) => {
                &mut table[debtor.index() * self.lowest.len() + creditor.index()]
            }
            Pairs::Sparse(pairs) => pairs.entry((debtor, creditor)).or_default(),
        };
        pair.count += 1;
        pair.minor += u128::from(amount);
    }

    /// The rows, by participant.
    pub fn end(self) -> Flows {
        let participants = self.net.len();
        let pairs: Vec<_> = match self.pairs {
            Pairs::Sparse(pairs) => pairs.into_iter().collect(),
            Pairs::Table(table) => {
                let id = InstitutionId::new;
                let keyed = table.into_iter().enumerate();
                let keyed =
                    keyed.map(|(at, pair)| ((id(at / participants), id(at % participants)), pair));
                keyed.filter(|(_, pair)| pair.count > 0).collect()
            }
        };
        let debit = |net: &i128| if *net < 0 { net.unsigned_abs() } else { 0 };
        let (network, summary) = network::network(&pairs, participants);
        Flows {
            lower_bound: self.net.iter().map(debit).collect(),
            upper_bound: self.lowest.iter().map(debit).collect(),
            network,
            summary,
        }
    }
}
