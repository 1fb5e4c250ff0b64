//! Was the settlement of obligations lawful? Balances and open amounts rebuilt from discharges.

use std::collections::BTreeMap;

use super::{Finding, Findings, Offence};
use crate::units::{Account, Discharge, Due, Instant};

const LAWS: [(&str, &str); 4] = [
    ("never-overdrawn", "No balance falls below its credit limit, whatever settles."),
    ("conservation", "Money moves between participants and never appears or vanishes."),
    ("discharged-once", "Each obligation is discharged as it was owed, at most once."),
    ("after-arrival", "Nothing settles before it arrives, and time does not run backwards."),
];
const OVERDRAWN: usize = 0;
const CONSERVATION: usize = 1;
const ONCE: usize = 2;
const ARRIVAL: usize = 3;

/// Follows one regime's settlement.
#[derive(Clone, Debug)]
pub struct ObligationAuditor {
    balances: Vec<i128>,
    lowest: Vec<i128>,
    opening: i128,
    /// What is still owed of each open obligation.
    open: BTreeMap<u32, Due>,
    latest: Instant,
    checked: [u64; LAWS.len()],
    offences: [Option<Offence>; LAWS.len()],
}

impl ObligationAuditor {
    /// Before the first obligation. The balance may go as far below zero as the credit limit, or
    /// stay where it was.
    pub fn new(accounts: &[Account]) -> Self {
        let lowest = |at: &Account| at.opening.min(-i128::from(at.credit_limit.minor()));
        Self {
            balances: accounts.iter().map(|account| account.opening).collect(),
            lowest: accounts.iter().map(lowest).collect(),
            opening: accounts.iter().map(|account| account.opening).sum(),
            open: BTreeMap::new(),
            latest: Instant::EPOCH,
            checked: [0; LAWS.len()],
            offences: Default::default(),
        }
    }

    /// An obligation arrived.
    pub fn arrived(&mut self, due: &Due) {
        self.time(due.at);
        let known = self.open.insert(due.number, *due).is_some();
        self.test(ONCE, due.at, !known, || said(due, "arrives once", "it arrived again"));
    }

    /// These were discharged at once.
    pub fn discharged(&mut self, at: Instant, set: &[Discharge]) {
        self.time(at);
        for one in set {
            self.discharge(at, one);
        }
        for one in set {
            let debtor = one.due.obligation.debtor_agent.index();
            let (balance, lowest) = (self.balances[debtor], self.lowest[debtor]);
            self.test(OVERDRAWN, at, lowest <= balance, || {
                said(&one.due, &format!("a balance of at least {lowest}"), &balance.to_string())
            });
        }
    }

    fn discharge(&mut self, at: Instant, one: &Discharge) {
        let due = &one.due;
        let amount = due.obligation.amount;
        self.balances[due.obligation.debtor_agent.index()] -= i128::from(amount.minor());
        self.balances[due.obligation.creditor_agent.index()] += i128::from(amount.minor());
        let Some(open) = self.open.get_mut(&due.number) else {
            return self
                .test(ONCE, at, false, || said(due, "an open obligation", "it is not open"));
        };
        let same = open.obligation.debtor_agent == due.obligation.debtor_agent
            && open.obligation.creditor_agent == due.obligation.creditor_agent;
        let left = open.obligation.amount.checked_sub(amount);
        let lawful = same && left.is_some_and(|left| (left.minor() == 0) == one.whole);
        let (in_time, owed) = (open.at <= at, open.obligation.amount.minor());
        match left {
            Some(left) if left.minor() > 0 => open.obligation.amount = left,
            _ => {
                self.open.remove(&due.number);
            }
        }
        self.test(ONCE, at, lawful, || {
            said(due, &format!("at most {owed}, all of it if it ends"), &amount.minor().to_string())
        });
        self.test(ARRIVAL, at, in_time, || said(due, "no earlier than it arrived", "earlier"));
    }

    /// This was refused and will not settle.
    pub fn refused(&mut self, due: &Due) {
        let open = self.open.remove(&due.number).is_some();
        self.test(ONCE, due.at, open, || said(due, "an open obligation", "it is not open"));
    }

    /// The findings, given the obligations that the regime says are still open.
    pub fn end(mut self, open: &[Due]) -> Findings {
        let at = self.latest;
        let mine: Vec<Due> = self.open.values().copied().collect();
        self.test(ONCE, at, mine == open, || {
            let text = |list: &[Due]| format!("{} open", list.len());
            ("what is open at the end".to_owned(), text(&mine), text(open))
        });
        let (opening, closing) = (self.opening, self.balances.iter().sum::<i128>());
        self.test(CONSERVATION, at, opening == closing, || {
            ("the sum of all balances".to_owned(), opening.to_string(), closing.to_string())
        });
        let finding =
            |((law, statement), (checked, offence))| Finding { law, statement, checked, offence };
        let tests = self.checked.into_iter().zip(self.offences);
        Findings { laws: LAWS.into_iter().zip(tests).map(finding).collect(), ..Findings::default() }
    }

    fn time(&mut self, at: Instant) {
        let latest = self.latest;
        self.test(ARRIVAL, at, latest <= at, || {
            let text = |at: Instant| format!("{} ns", at.nanos());
            ("the time of a step".to_owned(), format!("not before {}", text(latest)), text(at))
        });
        self.latest = latest.max(at);
    }

    #[inline]
    fn test(
        &mut self,
        law: usize,
        at: Instant,
        lawful: bool,
        words: impl FnOnce() -> (String, String, String),
    ) {
        self.checked[law] += 1;
        if !lawful && self.offences[law].is_none() {
            let (what, expected, observed) = words();
            self.offences[law] = Some(Offence { at, what, expected, observed });
        }
    }
}

fn said(due: &Due, expected: &str, observed: &str) -> (String, String, String) {
    (format!("obligation {}", due.number), expected.to_owned(), observed.to_owned())
}
