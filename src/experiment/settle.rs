//! Settling a file of obligations: several regimes side by side, in one pass over the file.
//!
//! Every regime has a lane of its own: an agent, a recorder and an auditor. Rows go to all lanes in
//! blocks, and the lanes work through a block at the same time; what a lane does depends on the
//! rows alone. Memory: one block, and for each regime what is open in it.
//!
//! Never: a row of the file kept that is not open.

mod lane;
mod timetable;

use rayon::prelude::*;

use crate::measure::settlement::{Comparison, Fate, FlowRecorder};
use crate::policy::settlement::{Costs, Options, Regime};
use crate::units::{Account, Amount, Due, InstitutionId, Obligation};
use lane::Lane;
pub use timetable::{Hours, Timetable};

/// Rows that are read before the lanes go on.
const BLOCK: usize = 1 << 14;
/// Rows of accounts by window, of one regime: windows are left out where there would be more.
const BALANCE_ROWS: u64 = 1_000_000;
/// The largest number of defaulters for which a clearing vector is computed.
pub const DEFAULTERS_MAX: usize = 128;
/// How many queues of a regime are compared with their optimum, unless a caller asks otherwise.
pub const OPTIMA_MAX: usize = 200;

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Which regimes, in order.
    pub regimes: Vec<Regime>,
    /// When.
    pub timetable: Timetable,
    /// Limits and splitting.
    pub options: Options,
    /// What default at the close costs.
    pub costs: Costs,
    /// How many short queues of a regime are compared with their optimum.
    pub optima_max: usize,
}

/// Who writes down what became of obligations.
pub trait Fates: Send {
    /// One more.
    fn record(&mut self, fate: &Fate);
}

/// Nobody.
impl Fates for () {
    fn record(&mut self, _fate: &Fate) {}
}

/// Settles a stream of obligations under every regime of the plan: `next` gives them in order of
/// time, and `fates[i]` hears of regime `i`.
///
/// # Errors
/// What the source says.
pub fn settle<F: Fates, E: Send>(
    plan: &Plan,
    accounts: &[Account],
    next: &mut dyn FnMut() -> Result<Option<Due>, E>,
    fates: &mut [F],
) -> Result<Comparison, E> {
    let mut flows = FlowRecorder::new(accounts.len());
    let lanes = plan.regimes.iter().zip(fates);
    let mut lanes: Vec<Lane<'_, F>> =
        lanes.map(|(regime, fates)| Lane::new(*regime, plan, accounts, fates)).collect();
    let mut block = Vec::with_capacity(BLOCK);
    loop {
        block.clear();
        while block.len() < BLOCK {
            let Some(due) = next()? else { break };
            flows.arrived(&due);
            block.push(due);
        }
        if block.is_empty() {
            break;
        }
        lanes.par_iter_mut().for_each(|lane| lane.take(&block));
    }
    let regimes = lanes.into_par_iter().map(Lane::end).collect();
    Ok(Comparison { flows: flows.end(), regimes })
}

/// Obligations of each ordered pair as one claim, in order of debtor and creditor.
fn claims(open: &[Due]) -> Vec<Obligation> {
    let mut pairs: std::collections::BTreeMap<(InstitutionId, InstitutionId), Amount> =
        std::collections::BTreeMap::new();
    for due in open {
        let Obligation { debtor_agent, creditor_agent, amount } = due.obligation;
        *pairs.entry((debtor_agent, creditor_agent)).or_default() += amount;
    }
    let claim = |((debtor_agent, creditor_agent), amount)| Obligation {
        debtor_agent,
        creditor_agent,
        amount,
    };
    pairs.into_iter().map(claim).collect()
}
