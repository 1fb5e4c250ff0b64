//! The plan: which runs there are, in one fixed order.

use crate::scenario::Scenario;
use crate::units::PolicyId;

/// One run that will be carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedRun {
    /// Which file, in the order in which files were named.
    pub file: usize,
    /// Counted from 0.
    pub replication: u32,
    /// Which policy.
    pub policy: PolicyId,
    /// Its name.
    pub policy_name: String,
}

/// Every run of every file: files outermost, then replications, then policies as listed.
///
/// Replications stand outside policies so that whatever is complete when a plan is cut short
/// compares all policies on the same replications. `only` keeps a single replication.
pub fn plan<'a>(
    scenarios: impl IntoIterator<Item = &'a Scenario>,
    only: Option<u32>,
) -> Vec<PlannedRun> {
    let mut planned = Vec::new();
    for (file, scenario) in scenarios.into_iter().enumerate() {
        let replications = match only {
            Some(replication) => replication..=replication,
            None => 0..=scenario.replications.saturating_sub(1),
        };
        for replication in replications {
            planned.extend(scenario.compared.iter().map(|&policy| PlannedRun {
                file,
                replication,
                policy,
                policy_name: scenario.policies[policy.index()].name.clone(),
            }));
        }
    }
    planned
}
