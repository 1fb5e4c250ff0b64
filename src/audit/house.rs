//! Cycles of one clearing house (or of the acquirer of a bilateral link), rebuilt from what it
//! cleared.

use crate::units::{InstitutionId, Obligation};

/// A participant's sums in a cycle that closed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sums {
    /// Gross owed, principal and fees.
    pub(super) debit: u128,
    /// Gross due, principal and fees.
    pub(super) credit: u128,
    /// The part of `debit` that is fees.
    pub(super) fee_debit: u128,
    /// The part of `credit` that is fees.
    pub(super) fee_credit: u128,
}

impl Sums {
    /// Due less owed.
    pub(super) fn net(&self) -> i128 {
        self.credit.cast_signed() - self.debit.cast_signed()
    }
}

/// One participant of a closed cycle.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    /// Which institution.
    pub(super) participant: usize,
    /// What was cleared.
    pub(super) sums: Sums,
    /// Whether the house told its position.
    pub(super) netted: bool,
    /// Whether the settlement bank moved it.
    pub(super) moved: bool,
}

/// A closed cycle that is not settled yet.
#[derive(Clone, Debug)]
pub(super) struct Cycle {
    /// Counted from 0.
    pub(super) number: u32,
    /// Participants with business, in order.
    pub(super) rows: Vec<Row>,
    /// Debtor, creditor and amount of every pair with business.
    pub(super) pairs: Vec<(usize, usize, u128)>,
    /// The total cleared.
    pub(super) value: u128,
    /// Told positions: debits and credits.
    pub(super) told: (u128, u128),
    /// Moved reserves: credits less debits.
    pub(super) moved: i128,
    /// Whether the settlement bank tried it and found a debtor without cover.
    pub(super) postponed: bool,
}

impl Cycle {
    /// The row of a participant.
    pub(super) fn row_mut(&mut self, participant: usize) -> Option<&mut Row> {
        self.rows.iter_mut().find(|row| row.participant == participant)
    }
}

/// One house: its open cycle and those that await settlement.
#[derive(Debug)]
pub(super) struct House {
    width: usize,
    /// Number of the open cycle.
    pub(super) open: u32,
    /// By debtor, then creditor; a row is empty until the first obligation of its debtor.
    gross: Vec<Vec<u128>>,
    fees: Vec<(u128, u128)>,
    /// Closed and not settled, in order.
    pub(super) closed: Vec<Cycle>,
    /// All that was ever cleared.
    pub(super) cleared: u128,
    /// All that was ever settled.
    pub(super) settled: u128,
}

impl House {
    /// A house with `width` possible participants and nothing cleared.
    pub(super) fn new(width: usize) -> Self {
        Self {
            width,
            open: 0,
            gross: vec![Vec::new(); width],
            fees: vec![(0, 0); width],
            closed: Vec::new(),
            cleared: 0,
            settled: 0,
        }
    }

    /// Adds one obligation to the open cycle.
    #[inline(always)]
    pub(super) fn clear(&mut self, obligation: Obligation, fee: bool) {
        let amount = u128::from(obligation.amount.minor());
        let debtor = obligation.debtor_agent.index();
        let creditor = obligation.creditor_agent.index();
        self.cleared += amount;
        let row = &mut self.gross[debtor];
        if row.is_empty() {
            row.resize(self.width, 0);
        }
        row[creditor] += amount;
        if fee {
            self.fees[debtor].0 += amount;
            self.fees[creditor].1 += amount;
        }
    }

    /// What lies in the open cycle.
    pub(super) fn open_value(&self) -> u128 {
        self.gross.iter().flatten().sum()
    }

    /// Closes the open cycle and opens the next.
    pub(super) fn cut_off(&mut self) {
        let width = self.width;
        let mut sums = vec![Sums::default(); width];
        let mut pairs = Vec::new();
        for (debtor, row) in self.gross.iter_mut().enumerate() {
            for (creditor, amount) in row.iter_mut().enumerate() {
                let amount = std::mem::take(amount);
                if amount > 0 {
                    sums[debtor].debit += amount;
                    sums[creditor].credit += amount;
                    pairs.push((debtor, creditor, amount));
                }
            }
        }
        for (sum, fees) in sums.iter_mut().zip(&mut self.fees) {
            (sum.fee_debit, sum.fee_credit) = std::mem::take(fees);
        }
        let with_business = |(participant, sums): (usize, Sums)| {
            let row = Row { participant, sums, netted: false, moved: false };
            (sums != Sums::default()).then_some(row)
        };
        // A cycle without business has nothing to settle.
        if !pairs.is_empty() {
            self.closed.push(Cycle {
                number: self.open,
                rows: sums.into_iter().enumerate().filter_map(with_business).collect(),
                value: pairs.iter().map(|pair| pair.2).sum(),
                pairs,
                told: (0, 0),
                moved: 0,
                postponed: false,
            });
        }
        self.open += 1;
    }

    /// A closed cycle that awaits settlement.
    pub(super) fn waiting(&mut self, number: u32) -> Option<&mut Cycle> {
        self.closed.iter_mut().find(|cycle| cycle.number == number)
    }

    /// Takes a cycle out of those that await settlement.
    pub(super) fn settle(&mut self, number: u32) -> Option<Cycle> {
        let place = self.closed.iter().position(|cycle| cycle.number == number)?;
        let cycle = self.closed.remove(place);
        self.settled += cycle.value;
        Some(cycle)
    }
}

/// All houses; each gets its tables with its first fact.
#[derive(Debug)]
pub(super) struct Houses {
    width: usize,
    houses: Vec<Option<Box<House>>>,
}

impl Houses {
    /// No house has cleared anything.
    pub(super) fn new(width: usize) -> Self {
        Self { width, houses: (0..width).map(|_| None).collect() }
    }

    /// The house of this institution.
    #[inline(always)]
    pub(super) fn of(&mut self, institution: InstitutionId) -> &mut House {
        if self.houses[institution.index()].is_none() {
            self.build(institution);
        }
        self.houses[institution.index()].as_deref_mut().expect("it was built")
    }

    #[cold]
    #[inline(never)]
    fn build(&mut self, institution: InstitutionId) {
        self.houses[institution.index()] = Some(Box::new(House::new(self.width)));
    }

    /// Every house that has said anything, with its index.
    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, &House)> {
        let houses = self.houses.iter().enumerate();
        houses.filter_map(|(index, house)| Some((index, house.as_deref()?)))
    }
}
