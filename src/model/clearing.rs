//! Clearing: obligations accepted into a house's open cycle, and its cut-off.
//!
//! Invariant: the net positions of one cycle sum to zero.
//! Never: moves money or draws a random number.

use super::context::{Context, Delivery};
use super::fact::{Attempt, Fact, Observer};
use super::message::Kind;
use super::settlement::{ClearingFile, NetPosition, PairTotal, floor_between};
use crate::kernel::calendar::{EntityId, Rank};
use crate::units::{Amount, Duration, Instant, InstitutionId, Obligation};

/// The open cycle of one clearing house, or of an acquirer's bilateral links.
#[derive(Debug)]
pub(super) struct Clearing {
    house: InstitutionId,
    institutions: usize,
    /// Gross value by debtor, then creditor. Empty until the first obligation, and a row until the
    /// first of its debtor: most houses of bilateral links know few institutions.
    gross: Vec<Vec<u64>>,
    fee_debits: Vec<u64>,
    fee_credits: Vec<u64>,
    cycle: u32,
    opened: Instant,
}

/// Is this value principal, or a fee?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Principal,
    Fee,
}

impl Clearing {
    pub(super) fn new(house: InstitutionId, institutions: usize) -> Self {
        Self {
            house,
            institutions,
            gross: Vec::new(),
            fee_debits: Vec::new(),
            fee_credits: Vec::new(),
            cycle: 0,
            opened: Instant::EPOCH,
        }
    }

    /// Whether this house has ever accepted an obligation.
    pub(super) fn is_used(&self) -> bool {
        !self.gross.is_empty()
    }

    /// Accepts an obligation into the open cycle, unless it is empty.
    #[expect(clippy::inline_always, reason = "what listens folds at the caller")]
    #[inline(always)]
    pub(super) fn accept<O: Observer>(
        &mut self,
        cx: &mut Context<'_, O>,
        (due, value): (Obligation, Value),
        of: Attempt,
    ) {
        if due.amount == Amount::ZERO {
            return;
        }
        let (debtor, creditor) = (due.debtor_agent.index(), due.creditor_agent.index());
        assert_ne!(debtor, creditor, "an institution owes itself nothing");
        if self.gross.is_empty() {
            self.gross = vec![Vec::new(); self.institutions];
            self.fee_debits = vec![0; self.institutions];
            self.fee_credits = vec![0; self.institutions];
        }
        let row = &mut self.gross[debtor];
        if row.is_empty() {
            row.resize(self.institutions, 0);
        }
        add(&mut row[creditor], due.amount);
        if value == Value::Fee {
            add(&mut self.fee_debits[debtor], due.amount);
            add(&mut self.fee_credits[creditor], due.amount);
        }
        cx.tell(Fact::Cleared {
            house: self.house,
            cycle: self.cycle,
            obligation: due,
            fee: value == Value::Fee,
            of,
        });
    }

    /// Closes the cycle at its cut-off and orders settlement of its net positions.
    pub(super) fn cut_off<O: Observer>(&mut self, cx: &mut Context<'_, O>, sent: &mut u32) {
        let (house, cycle) = (self.house, self.cycle);
        cx.tell(Fact::CutOff { house, cycle });
        if self.is_used() {
            let positions = self.positions();
            for position in &positions {
                cx.tell(Fact::Netted {
                    house,
                    cycle,
                    participant: position.participant,
                    debit: position.debit,
                    credit: position.credit,
                    fee_debit: position.fee_debit,
                    fee_credit: position.fee_credit,
                });
            }
            if !positions.is_empty() {
                let file = ClearingFile { house, cycle, positions, pairs: self.pairs() };
                let order = Context::<O>::about_file(Kind::Order, cx.files.add(file));
                let bank = cx.model.settlement_bank;
                let delivery = Delivery {
                    to: EntityId::new(bank.index()),
                    at: cx.now + floor_between(cx, house, bank),
                    rank: Rank::Delivery,
                };
                cx.schedule(sent, delivery, order);
            }
            self.gross.iter_mut().for_each(|row| row.fill(0));
            self.fee_debits.fill(0);
            self.fee_credits.fill(0);
        }
        self.cycle += 1;
        self.opened = cx.now;
    }

    fn positions(&self) -> Vec<NetPosition> {
        let mut credits = vec![Amount::ZERO; self.institutions];
        for row in &self.gross {
            for (credit, gross) in credits.iter_mut().zip(row) {
                *credit += Amount::from_minor(*gross);
            }
        }
        let positions = self.gross.iter().zip(credits).enumerate();
        let positions = positions.map(|(index, (row, credit))| NetPosition {
            participant: InstitutionId::new(index),
            debit: row.iter().copied().map(Amount::from_minor).sum(),
            credit,
            fee_debit: Amount::from_minor(self.fee_debits[index]),
            fee_credit: Amount::from_minor(self.fee_credits[index]),
        });
        let in_business = |at: &NetPosition| at.debit > Amount::ZERO || at.credit > Amount::ZERO;
        positions.filter(in_business).collect()
    }

    fn pairs(&self) -> Vec<PairTotal> {
        let cells = self.gross.iter().enumerate().flat_map(|(debtor, row)| {
            row.iter().enumerate().map(move |(creditor, gross)| PairTotal {
                debtor: InstitutionId::new(debtor),
                creditor: InstitutionId::new(creditor),
                amount: Amount::from_minor(*gross),
            })
        });
        cells.filter(|pair| pair.amount > Amount::ZERO).collect()
    }
}

#[inline]
fn add(cell: &mut u64, amount: Amount) {
    *cell = cell.checked_add(amount.minor()).expect("a cycle's gross value exceeds 64 bits");
}

/// The next cut-off strictly after `now`, from times of day and the epoch's own time of day.
pub(super) fn next_cut_off(cut_offs: &[Duration], now: Instant, epoch_of_day: Duration) -> Instant {
    const DAY: u64 = 86_400_000_000_000;
    let since_midnight = now.nanos() + epoch_of_day.nanos();
    let day = since_midnight / DAY * DAY;
    let candidates = cut_offs.iter().map(|at| day + at.nanos());
    let later = candidates.chain(cut_offs.iter().map(|at| day + DAY + at.nanos()));
    let next = later.filter(|at| *at > since_midnight).min().expect("a house has a cut-off");
    Instant::from_nanos(next - epoch_of_day.nanos())
}
