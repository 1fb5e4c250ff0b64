//! Small worlds of obligations for the tests of settlement.

use hutong::policy::settlement::{
    Limit, Method, Options, Outcome, Positions, Regime, SettlementAgent,
};
use hutong::units::{Account, Amount, Discharge, Due, Instant, InstitutionId, Obligation};
use proptest::prelude::*;

/// Accounts, limits and obligations.
#[derive(Clone, Debug)]
pub(crate) struct Town {
    pub(crate) accounts: Vec<Account>,
    pub(crate) limits: Vec<Limit>,
    pub(crate) dues: Vec<Due>,
}

pub(crate) fn id(index: usize) -> InstitutionId {
    InstitutionId::new(index)
}

pub(crate) fn account(opening: i128, credit: u64) -> Account {
    Account { opening, credit_limit: Amount::from_minor(credit) }
}

/// The `number`-th obligation: debtor, creditor and amount. It arrives after `number` seconds.
pub(crate) fn due(number: u32, (debtor, creditor, minor): (usize, usize, u64)) -> Due {
    Due {
        number,
        priority: 0,
        at: Instant::from_nanos(u64::from(number) * 1_000_000_000),
        obligation: Obligation {
            debtor_agent: id(debtor),
            creditor_agent: id(creditor),
            amount: Amount::from_minor(minor),
        },
    }
}

pub(crate) fn dues(list: &[(usize, usize, u64)]) -> Vec<Due> {
    list.iter().zip(0..).map(|(one, number)| due(number, *one)).collect()
}

/// Random towns of few participants, little money and obligations that often lack cover.
pub(crate) fn towns(most: usize) -> impl Strategy<Value = Town> {
    let limited = prop_oneof![Just(false), Just(true)];
    (2..=4_usize, limited).prop_flat_map(move |(size, limited)| {
        let accounts = prop::collection::vec((0..12_i128, 0..5_u64), size);
        let pair = (0..size, 1..size);
        let dues = prop::collection::vec((pair.clone(), 1..12_u64, 0..3_u8), 0..=most);
        let limits = prop::collection::vec((pair, 0..15_u64), if limited { 0..=4 } else { 0..=0 });
        (accounts, dues, limits)
            .prop_map(move |(accounts, list, limits)| town(size, &accounts, &list, &limits))
    })
}

type Pair = (usize, usize);

fn town(
    size: usize,
    accounts: &[(i128, u64)],
    list: &[(Pair, u64, u8)],
    limits: &[(Pair, u64)],
) -> Town {
    let other = |(debtor, step): Pair| (debtor, (debtor + step) % size);
    let mut dues = Vec::new();
    for (number, (pair, minor, priority)) in (0..).zip(list) {
        let (debtor, creditor) = other(*pair);
        let due = due(number, (debtor, creditor, *minor));
        dues.push(Due { priority: *priority, ..due });
    }
    let limit = |(pair, minor): &(Pair, u64)| {
        let (debtor, creditor) = other(*pair);
        Limit { debtor: id(debtor), creditor: id(creditor), amount: Amount::from_minor(*minor) }
    };
    let mut limits: Vec<Limit> = limits.iter().map(limit).collect();
    limits.sort_by_key(|limit| (limit.debtor, limit.creditor));
    limits.dedup_by_key(|limit| (limit.debtor, limit.creditor));
    let accounts = accounts.iter().map(|(opening, credit)| account(*opening, *credit)).collect();
    Town { accounts, limits, dues }
}

impl Town {
    pub(crate) fn positions(&self) -> Positions {
        Positions::new(&self.accounts, &self.limits)
    }

    /// The queue of each participant, in order of arrival.
    pub(crate) fn queues(&self) -> Vec<Vec<Due>> {
        let of = |at: usize| {
            let mine = self.dues.iter().filter(|due| due.obligation.debtor_agent == id(at));
            mine.copied().collect()
        };
        (0..self.accounts.len()).map(of).collect()
    }

    /// Whether these settle at once: written out again, on purpose.
    pub(crate) fn is_feasible(&self, set: &[Due]) -> bool {
        let sum = |from: Option<InstitutionId>, to: Option<InstitutionId>| -> i128 {
            let same = |want: Option<InstitutionId>, is| want.is_none_or(|want| want == is);
            let flows = set.iter().map(|due| due.obligation);
            let flows = flows.filter(|o| same(from, o.debtor_agent) && same(to, o.creditor_agent));
            flows.map(|o| i128::from(o.amount.minor())).sum()
        };
        let solvent = self.accounts.iter().enumerate().all(|(at, account)| {
            let closing = account.opening + sum(None, Some(id(at))) - sum(Some(id(at)), None);
            closing >= -i128::from(account.credit_limit.minor())
        });
        let within = self.limits.iter().all(|limit| {
            let (debtor, creditor) = (Some(limit.debtor), Some(limit.creditor));
            let net = sum(debtor, creditor) - sum(creditor, debtor);
            net <= i128::from(limit.amount.minor())
        });
        solvent && within
    }

    /// Every obligation through an agent, with a review after each `every`.
    pub(crate) fn settle(&self, regime: Regime, every: usize, split: Option<u64>) -> Heard {
        let split_above = split.map(Amount::from_minor);
        let options = Options { split_above, limits: self.limits.clone() };
        let mut agent = SettlementAgent::new(regime, &self.accounts, &options);
        let mut heard = Heard::default();
        for (place, due) in self.dues.iter().enumerate() {
            heard.now = due.at;
            agent.submit(*due, &mut heard);
            if place % every == every - 1 {
                agent.review(&mut heard);
            }
        }
        agent.review(&mut heard);
        heard.open = agent.list();
        heard.balances =
            (0..self.accounts.len()).map(|at| agent.positions().balance(id(at))).collect();
        heard
    }
}

pub(crate) fn value(set: &[Due]) -> u128 {
    set.iter().map(|due| u128::from(due.obligation.amount.minor())).sum()
}

/// What an agent told.
#[derive(Clone, Debug, Default)]
pub(crate) struct Heard {
    pub(crate) now: Instant,
    pub(crate) sets: Vec<(Instant, Method, Vec<Discharge>)>,
    pub(crate) refused: Vec<Due>,
    pub(crate) open: Vec<Due>,
    pub(crate) balances: Vec<i128>,
}

impl Outcome for Heard {
    fn discharged(&mut self, method: Method, set: &[Discharge]) {
        self.sets.push((self.now, method, set.to_vec()));
    }

    fn refused(&mut self, due: Due) {
        self.refused.push(due);
    }
}

impl Heard {
    /// Numbers of what was wholly discharged, in order.
    pub(crate) fn settled(&self) -> Vec<u32> {
        let all = self.sets.iter().flat_map(|(.., set)| set);
        all.filter(|one| one.whole).map(|one| one.due.number).collect()
    }
}
