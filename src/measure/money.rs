//! Money between institutions over the whole run: flows of principal, fees, and what each clearing
//! house carried. Dense tables, one row of them made when its payer first pays. Flows and what
//! houses carried are known once a cycle is over.

use std::collections::BTreeMap;

use super::cycle::{Cycle, Sum, Value};
use super::outcome::{FeeRow, FlowRow, HouseRow};
use crate::scenario::{FeeKind, Scenario};
use crate::units::{Amount, Duration, InstitutionId};

/// Recorder of flows, fees and houses.
#[derive(Clone, Debug)]
pub(super) struct Money {
    institutions: usize,
    /// By debtor agent and creditor agent.
    flows: Vec<Vec<Sum>>,
    /// By leg and payer (the merchants last), then by earner.
    fees: Vec<Vec<Sum>>,
    /// Counted attempts only.
    houses: Vec<Sum>,
    /// Accepted bank debits of counted attempts, by house: how many, and their time in all.
    debits: Vec<(u64, u128)>,
}

impl Money {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let institutions = scenario.institutions.len();
        Self {
            institutions,
            flows: vec![Vec::new(); institutions],
            fees: vec![Vec::new(); scenario.fees.len() * (institutions + 1)],
            houses: vec![Sum::default(); institutions],
            debits: vec![(0, 0); institutions],
        }
    }

    /// A cycle of a house is over.
    pub(super) fn cleared(&mut self, house: InstitutionId, cycle: &Cycle) {
        for (debtor, creditor, pair) in cycle.pairs() {
            let row = &mut self.flows[debtor.index()];
            if row.is_empty() {
                row.resize(self.institutions, Sum::default());
            }
            let counted = pair.of(Value::Counted);
            row[creditor.index()].join(counted);
            row[creditor.index()].join(pair.of(Value::Early));
            self.houses[house.index()].join(counted);
        }
    }

    /// A bank debit was accepted, after so long.
    #[inline]
    pub(super) fn debited(&mut self, house: InstitutionId, elapsed: Duration) {
        let (count, sum_ns) = &mut self.debits[house.index()];
        *count += 1;
        *sum_ns += u128::from(elapsed.nanos());
    }

    /// A fee was charged.
    #[inline]
    pub(super) fn charged(
        &mut self,
        leg: u16,
        payer: Option<InstitutionId>,
        earner: InstitutionId,
        amount: Amount,
    ) {
        let payer = payer.map_or(self.institutions, InstitutionId::index);
        let row = &mut self.fees[usize::from(leg) * (self.institutions + 1) + payer];
        if row.is_empty() {
            row.resize(self.institutions, Sum::default());
        }
        row[earner.index()].add(amount);
    }

    pub(super) fn flows(&self, scenario: &Scenario) -> Vec<FlowRow> {
        let opposite = |payer: usize, payee: usize| -> u64 {
            self.flows[payee].get(payer).map_or(0, |sum| sum.minor)
        };
        let mut rows = Vec::new();
        for (payer, row) in self.flows.iter().enumerate() {
            for (payee, sum) in row.iter().enumerate().filter(|(_, sum)| sum.count > 0) {
                rows.push(FlowRow {
                    payer: scenario.institutions[payer].name.clone(),
                    payee: scenario.institutions[payee].name.clone(),
                    currency: scenario.currency.code.clone(),
                    count: sum.count,
                    gross_minor: u128::from(sum.minor),
                    net_minor: i128::from(sum.minor) - i128::from(opposite(payer, payee)),
                });
            }
        }
        rows
    }

    pub(super) fn fees(&self, scenario: &Scenario) -> Vec<FeeRow> {
        let mut sums: BTreeMap<(&str, &str, &'static str), (u64, u128)> = BTreeMap::new();
        for (place, row) in self.fees.iter().enumerate() {
            let (leg, payer) = (place / (self.institutions + 1), place % (self.institutions + 1));
            let payer = scenario.institutions.get(payer).map_or("merchants", |one| &one.name);
            for (earner, sum) in row.iter().enumerate().filter(|(_, sum)| sum.count > 0) {
                let kind = kind_name(scenario.fees[leg].kind);
                let key = (payer, scenario.institutions[earner].name.as_str(), kind);
                let entry = sums.entry(key).or_default();
                entry.0 += sum.count;
                entry.1 += u128::from(sum.minor);
            }
        }
        let row = |((payer, earner, kind), (count, amount_minor)): ((&str, &str, _), _)| FeeRow {
            payer: payer.to_owned(),
            earner: earner.to_owned(),
            kind,
            currency: scenario.currency.code.clone(),
            count,
            amount_minor,
        };
        sums.into_iter().map(row).collect()
    }

    pub(super) fn houses(&self, scenario: &Scenario) -> Vec<HouseRow> {
        let named = scenario.institutions.iter().zip(&self.houses).zip(&self.debits);
        named
            .filter(|((_, sum), _)| sum.count > 0)
            .map(|((house, sum), (debits, debit_sum_ns))| HouseRow {
                house: house.name.clone(),
                items: sum.count,
                value_minor: u128::from(sum.minor),
                debits: *debits,
                debit_sum_ns: *debit_sum_ns,
            })
            .collect()
    }
}

/// The column value.
const fn kind_name(kind: FeeKind) -> &'static str {
    match kind {
        FeeKind::MerchantDiscount => "merchant_discount",
        FeeKind::Interchange => "interchange",
        FeeKind::Clearing => "clearing",
        FeeKind::CodeIssuer => "code_issuer",
        FeeKind::BankDebit => "bank_debit",
    }
}
