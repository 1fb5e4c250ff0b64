//! Supplied: the value of every scenario key that a scenario leaves out.
//!
//! They are read off a scenario that says as little as it may, so that no second list can go stale.

use std::collections::BTreeMap;

use super::explain::stands_for;
use crate::scenario::{LoadOptions, load_text};

/// Every section, with no key that may be left out.
const SPARSE: &str = "
name = 'sparse'
epoch = '2025-01-06T10:00:00+08:00'
horizon = '1h'
institutions.w.roles = ['wallet', 'acquirer', 'code-issuer']
institutions.w.station = { servers = 1, service = '1ms' }
institutions.h.roles = ['clearing-house']
institutions.h.station = { servers = 1, service = '1ms' }
groups.b.roles = ['bank']
groups.b.count = 1
groups.b.station = { servers = 1, service = '1ms' }
consumers.c.population = 1
consumers.c.holds = [{ wallets = ['w'], share = 1 }]
consumers.c.funding = { balance = 1 }
consumers.c.ticket = '1'
consumers.c.arrivals.rate = '1/s'
merchants.m.accepts = ['w']
";
/// The settlement bank that is added where a scenario has none: its keys are nobody's defaults.
const ADDED: &str = "institutions.settlement-bank.";
/// Where a section must be filled for the value to show.
const BESIDES: [(&str, &str); 1] = [("demand.replay.look_back", "\"60s\"")];

/// The default of each of these keys that has one, as TOML.
pub fn defaults(keys: &[&str]) -> BTreeMap<String, String> {
    let loaded = load_text("sparse", SPARSE, &LoadOptions::default());
    let resolved = loaded.map(|loaded| loaded.resolved_toml(true)).unwrap_or_default();
    let mut found: BTreeMap<String, String> =
        BESIDES.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    let mut section = String::new();
    for line in resolved.lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = format!("{name}.");
        }
        let Some((key, rest)) = line.split_once(" = ") else { continue };
        let Some((value, _)) = rest.split_once(" # default") else { continue };
        let path = format!("{section}{key}");
        if path.starts_with(ADDED) {
            continue;
        }
        for known in keys.iter().filter(|known| stands_for(known, &path)) {
            found.entry((*known).to_owned()).or_insert_with(|| value.to_owned());
        }
    }
    found
}
