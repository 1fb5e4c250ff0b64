//! Alias tables: one among many by weight, with one draw (Walker; Vose).
//!
//! Invariant: probabilities are whole multiples of 2^-32 / n and sum to one exactly.
//! Never: a float once the table is built.

/// A choice among n by weight. Eight bytes an entry.
#[derive(Clone, Debug)]
pub struct Alias {
    cells: Vec<Cell>,
}

#[derive(Clone, Copy, Debug)]
struct Cell {
    /// Coins below this choose the cell itself.
    threshold: u32,
    /// Whom the other coins choose.
    other: u32,
}

const ONE: u64 = 1 << 32;

impl Alias {
    /// A table over weights in any unit, none negative and not all zero.
    pub fn new(weights: &[f64]) -> Self {
        let mut shares = whole_shares(weights);
        let mut cells = vec![Cell { threshold: 0, other: 0 }; weights.len()];
        let (mut poor, mut rich): (Vec<usize>, Vec<usize>) =
            (0..weights.len()).partition(|&index| shares[index] < ONE);
        while let (Some(&giver), Some(taker)) = (rich.last(), poor.pop()) {
            cells[taker] = Cell { threshold: shares[taker] as u32, other: giver as u32 };
            shares[giver] -= ONE - shares[taker];
            if shares[giver] < ONE {
                rich.pop();
                poor.push(giver);
            }
        }
        assert!(poor.is_empty(), "shares sum to one");
        for index in rich {
            assert!(shares[index] == ONE, "shares sum to one");
            cells[index] = Cell { threshold: u32::MAX, other: index as u32 };
        }
        Self { cells }
    }

    /// The choice at a 64-bit draw: the high half picks a cell, the low half tosses its coin.
    #[inline]
    pub fn at(&self, bits: u64) -> usize {
        let index = ((bits >> 32) * self.cells.len() as u64 >> 32) as usize;
        let cell = self.cells[index];
        if (bits as u32) < cell.threshold { index } else { cell.other as usize }
    }

    /// How many can be chosen.
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// Whether nobody can be chosen; never true.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }
}

/// Weights as whole shares of n · 2^32 that sum to it exactly; a weight of zero stays zero.
fn whole_shares(weights: &[f64]) -> Vec<u64> {
    let total: f64 = weights.iter().sum();
    assert!(weights.iter().all(|&weight| weight >= 0.0), "a weight is negative");
    assert!(total > 0.0 && total < f64::INFINITY, "weights are all zero or infinite");
    assert!(weights.len() < 1 << 31, "more than 2^31 choices");
    let whole = weights.len() as u64 * ONE;
    let mut shares: Vec<u64> =
        weights.iter().map(|weight| (weight / total * whole as f64) as u64).collect();
    // Rounding leaves less than one unit an entry, and a little of the sum's own error: the
    // largest share takes it, where it matters least.
    let largest = (0..shares.len())
        .max_by_key(|&index| (shares[index], usize::MAX - index))
        .expect("a positive total has an entry");
    let sum: u64 = shares.iter().sum();
    shares[largest] = (shares[largest] + whole).checked_sub(sum).expect("errors are small");
    shares
}
