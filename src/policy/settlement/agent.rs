//! A settlement agent: one regime, its positions and what still waits.

use std::collections::VecDeque;

use super::positions::{Limit, Positions};
use super::queue::Key;
use super::regime::{Discipline, Method, Regime, Review};
use super::waiting::Waiting;
use super::{gridlock, net, offset};
use crate::units::{Account, Amount, Discharge, Due, InstitutionId, Obligation};

/// How many obligations each way a bilateral offset looks at.
const OFFSET_DEPTH: usize = 10;

/// What may be changed about a regime.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Gross settlement discharges larger obligations in parts of this amount; never zero.
    pub split_above: Option<Amount>,
    /// Bilateral limits. Netting at cut-offs, other than continuous netting, does not read them.
    pub limits: Vec<Limit>,
}

/// Who hears what became of obligations.
pub trait Outcome {
    /// These were discharged, all at once.
    fn discharged(&mut self, method: Method, set: &[Discharge]);
    /// This was refused for lack of cover.
    fn refused(&mut self, due: Due);
}

/// Carries out settlement under one regime. Obligations come in order of time; the caller knows
/// the time and calls [`SettlementAgent::review`] at cut-offs and reviews.
#[derive(Clone, Debug)]
pub struct SettlementAgent {
    regime: Regime,
    positions: Positions,
    waiting: Waiting,
    /// Accepted for netting at the next cut-off, in order of arrival.
    accepted: Vec<Due>,
    /// Whether anything happened since the last review.
    changed: bool,
    /// Participants that received money and may have become able to pay.
    credited: VecDeque<InstitutionId>,
    is_credited: Vec<bool>,
}

impl SettlementAgent {
    /// An agent for participants `0..accounts.len()`.
    pub fn new(regime: Regime, accounts: &[Account], options: &Options) -> Self {
        let prefunded = |account: &Account| Account { credit_limit: Amount::ZERO, ..*account };
        let positions = if regime == Regime::Instant {
            let accounts: Vec<Account> = accounts.iter().map(prefunded).collect();
            Positions::new(&accounts, &options.limits)
        } else {
            Positions::new(accounts, &options.limits)
        };
        let by_pair = regime == Regime::HybridBilateral;
        let participants = accounts.len();
        let split = options.split_above;
        Self {
            regime,
            positions,
            waiting: Waiting::new(regime.discipline(), participants, split, by_pair),
            accepted: Vec::new(),
            changed: false,
            credited: VecDeque::new(),
            is_credited: vec![false; participants],
        }
    }

    /// The positions now.
    pub fn positions(&self) -> &Positions {
        &self.positions
    }

    /// How many obligations are open: queued, or accepted for the next cut-off.
    pub fn open(&self) -> usize {
        self.waiting.count() + self.accepted.len()
    }

    /// What is open, in order of arrival.
    pub fn list(&self) -> Vec<Due> {
        let mut open: Vec<Due> = self.waiting.lists().into_iter().flatten().collect();
        open.extend(&self.accepted);
        open.sort_by_key(|due| due.number);
        open
    }

    /// An obligation arrives; debtor and creditor differ.
    pub fn submit(&mut self, due: Due, out: &mut impl Outcome) {
        let Obligation { debtor_agent: debtor, creditor_agent: creditor, amount } = due.obligation;
        assert!(
            debtor != creditor && amount > Amount::ZERO,
            "an obligation to nobody or of nothing"
        );
        self.changed = true;
        if self.regime.review() == Review::CutOff {
            return self.accepted.push(due);
        }
        let passes = self.waiting.may_pass(debtor);
        if passes && self.positions.covers(&due.obligation) {
            self.positions.settle(&due.obligation);
            out.discharged(Method::Gross, &[Discharge { due, whole: true }]);
            self.credit(creditor);
            return self.release(out);
        }
        if self.regime == Regime::Instant {
            return out.refused(due);
        }
        let key = self.waiting.key(&due);
        self.waiting.insert(key, due);
        // Behind others in order of arrival it cannot be next; elsewhere it may be.
        let behind = !passes && self.regime.discipline() == Discipline::Fifo;
        if !behind && (!passes || self.waiting.offered(amount) < amount) {
            self.credit(debtor);
            self.release(out);
        }
        if self.regime == Regime::HybridBilateral {
            self.offset_pair(debtor, creditor, out);
            self.release(out);
        }
    }

    /// A cut-off of a netting regime, or the moment at which a hybrid looks for offsets. Says
    /// whether there was anything to look at.
    pub fn review(&mut self, out: &mut impl Outcome) -> bool {
        if self.open() == 0 || !std::mem::take(&mut self.changed) {
            return false;
        }
        match self.regime {
            Regime::NetBilateral => self.net_pairs(out),
            Regime::NetMultilateral => self.net_all(out),
            Regime::NetContinuous => self.net_prefixes(out),
            Regime::HybridBilateral => {
                for (one, other) in self.waiting.mutual_pairs() {
                    self.offset_pair(one, other, out);
                    self.release(out);
                }
            }
            Regime::HybridMultilateral => {
                let chosen = offset::multilateral(&self.waiting.lists(), &self.positions);
                self.offset(chosen, out);
            }
            Regime::HybridCycles => self.offset_cycles(out),
            Regime::HybridGridlock => {
                let lists = self.waiting.lists();
                let chosen = prefixes(&lists, &gridlock::resolve(&lists, &self.positions));
                self.offset(chosen, out);
            }
            _ => {}
        }
        true
    }

    fn credit(&mut self, at: InstitutionId) {
        if !self.waiting.queue(at).is_empty() && !self.is_credited[at.index()] {
            self.is_credited[at.index()] = true;
            self.credited.push_back(at);
        }
    }

    /// Settles gross whatever has cover now, beginning with those who received money first.
    fn release(&mut self, out: &mut impl Outcome) {
        while let Some(debtor) = self.credited.pop_front() {
            self.is_credited[debtor.index()] = false;
            while let Some(key) = self.waiting.next(debtor, &self.positions) {
                self.settle_queued(debtor, key, out);
            }
        }
    }

    fn settle_queued(&mut self, debtor: InstitutionId, key: Key, out: &mut impl Outcome) {
        let mut due = self.waiting.remove(debtor, key);
        let obligation = due.obligation;
        let cover = self.positions.cover(debtor, obligation.creditor_agent);
        let part = self.waiting.part(obligation.amount, cover).expect("it has cover");
        let whole = part == obligation.amount;
        due.obligation.amount = part;
        self.positions.settle(&due.obligation);
        out.discharged(Method::Gross, &[Discharge { due, whole }]);
        if !whole {
            due.obligation.amount = obligation.amount - part;
            self.waiting.insert(key, due);
        }
        self.changed = true;
        self.credit(obligation.creditor_agent);
    }

    /// Settles a set of queued obligations at once, then whatever that has made possible.
    fn offset(&mut self, chosen: Vec<Due>, out: &mut impl Outcome) {
        if chosen.is_empty() {
            return;
        }
        self.changed = true;
        self.positions.settle_together(chosen.iter().map(|due| &due.obligation));
        let mut set = Vec::with_capacity(chosen.len());
        for due in chosen {
            // A rank by amount cannot be rebuilt from what is left; no hybrid has one.
            debug_assert!(self.regime.discipline() != Discipline::Size);
            self.waiting.remove(due.obligation.debtor_agent, self.waiting.key(&due));
            set.push(Discharge { due, whole: true });
        }
        out.discharged(Method::Offset, &set);
        for discharge in &set {
            self.credit(discharge.due.obligation.creditor_agent);
            self.credit(discharge.due.obligation.debtor_agent);
        }
        self.release(out);
    }

    fn offset_pair(&mut self, one: InstitutionId, other: InstitutionId, out: &mut impl Outcome) {
        let forth = self.waiting.between(one, other, OFFSET_DEPTH);
        let back = self.waiting.between(other, one, OFFSET_DEPTH);
        if forth.is_empty() || back.is_empty() {
            return;
        }
        let covers = (self.positions.cover(one, other), self.positions.cover(other, one));
        let (ones, others) = offset::bilateral((&forth, &back), covers);
        self.offset([&forth[..ones], &back[..others]].concat(), out);
    }

    fn offset_cycles(&mut self, out: &mut impl Outcome) {
        loop {
            let ids = (0..self.positions.len()).map(InstitutionId::new);
            let heads: Vec<Option<Due>> =
                ids.map(|at| self.waiting.queue(at).first().map(|(_, due)| *due)).collect();
            let found = offset::cycles(&heads, &self.positions);
            if found.is_empty() {
                return;
            }
            // Gross release in between could spend what a later cycle counts on.
            let all = found.concat();
            let chosen = all.iter().filter_map(|at| heads[at.index()]).collect();
            self.offset(chosen, out);
        }
    }

    fn net_all(&mut self, out: &mut impl Outcome) {
        let obligations = self.accepted.iter().map(|due| &due.obligation);
        let positions = net::multilateral(obligations, self.positions.len());
        if net::is_covered(&positions, &self.positions) {
            self.post(&positions);
            let set: Vec<Discharge> = self.accepted.drain(..).map(whole).collect();
            out.discharged(Method::Net, &set);
        }
    }

    fn net_pairs(&mut self, out: &mut impl Outcome) {
        let pairs = net::bilateral(self.accepted.iter().map(|due| &due.obligation));
        let covered = net::covered_pairs(&pairs, &self.positions);
        let mut order = vec![None; pairs.len()];
        for (place, index) in covered.iter().enumerate() {
            order[*index] = Some(place);
        }
        let place = |due: &Due| {
            let (one, other) = (due.obligation.debtor_agent, due.obligation.creditor_agent);
            let pair = (one.min(other), one.max(other));
            let found = pairs.binary_search_by_key(&pair, |net| {
                (net.debtor.min(net.creditor), net.debtor.max(net.creditor))
            });
            found.ok().and_then(|index| order[index])
        };
        let mut sets: Vec<Vec<Discharge>> = vec![Vec::new(); covered.len()];
        self.accepted.retain(|due| match place(due) {
            Some(at) => {
                sets[at].push(whole(*due));
                false
            }
            None => true,
        });
        for (index, set) in covered.iter().zip(&sets) {
            let amount = i128::try_from(pairs[*index].amount).expect("an amount within 127 bits");
            self.positions.post(pairs[*index].debtor, -amount);
            self.positions.post(pairs[*index].creditor, amount);
            out.discharged(Method::Net, set);
        }
        self.changed |= !covered.is_empty();
    }

    fn net_prefixes(&mut self, out: &mut impl Outcome) {
        let mut lists: Vec<Vec<Due>> = vec![Vec::new(); self.positions.len()];
        for due in &self.accepted {
            lists[due.obligation.debtor_agent.index()].push(*due);
        }
        let lengths = gridlock::resolve(&lists, &self.positions);
        let chosen = prefixes(&lists, &lengths);
        if chosen.is_empty() {
            return;
        }
        self.positions.settle_together(chosen.iter().map(|due| &due.obligation));
        let mut left = lengths;
        self.accepted.retain(|due| {
            let left = &mut left[due.obligation.debtor_agent.index()];
            let stays = *left == 0;
            *left = left.saturating_sub(1);
            stays
        });
        let set: Vec<Discharge> = chosen.into_iter().map(whole).collect();
        out.discharged(Method::Net, &set);
    }

    fn post(&mut self, net: &[i128]) {
        for (at, amount) in net.iter().enumerate() {
            self.positions.post(InstitutionId::new(at), *amount);
        }
    }
}

fn whole(due: Due) -> Discharge {
    Discharge { due, whole: true }
}

fn prefixes(lists: &[Vec<Due>], lengths: &[usize]) -> Vec<Due> {
    lists.iter().zip(lengths).flat_map(|(list, length)| &list[..*length]).copied().collect()
}
