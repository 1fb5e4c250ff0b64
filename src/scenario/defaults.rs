//! What a scenario says when it says nothing, written into the tree so that the resolved
//! scenario shows it.

use toml::de::DeValue;

use super::de::SUPPLIED;
use super::quantity;
use super::source::Sources;
use super::tree::{Entry, Node, Table, Value, node_of};

/// The defaults that do not depend on what is there.
pub(super) const TEXT: &str = include_str!("defaults.toml");

/// Name of the settlement bank that is added where the scenario has none.
pub(super) const SETTLEMENT_BANK: &str = "settlement-bank";

/// Name of the policy that is added where the scenario has none.
const CLOSED: &str = "closed";

/// Fills in what depends on what is there. The tree has passed the walk.
pub(super) fn fill(root: &mut Node) {
    settlement_bank(root);
    each(root, &["institutions"], institution);
    each(root, &["groups"], |group| {
        institution(group);
        if group.contains_key("count") {
            supply(group, "concentration", "{ zipf = 0 }");
        }
    });
    let banks = with_role(root, "bank");
    each(root, &["consumers"], |class| {
        supply_list(class, "banks", &banks);
        let held = held_wallets(class);
        supply_list(class, "prefers", &held);
        arrivals(class);
    });
    each(root, &["merchants"], |class| {
        supply(class, "count", "1");
        supply(class, "weight", "1.0");
        supply(class, "order_fetch", "true");
        supply(class, "category", "\"\"");
        let mix = "{ static = 0.45, dynamic = 0.10, consumer-presented = 0.38, tap = 0.07 }";
        supply(class, "modes", mix);
    });
    each(root, &["demand", "background"], arrivals);
    if let Some(replay) = table_at(root, &["demand", "replay"]) {
        supply(replay, "look_back", "\"60s\"");
    }
    experiment(root);
}

/// Money that a scenario does not state is no constraint. ASSUMPTION: ten million million, six
/// times what the larger Chinese network moves in a day.
const AMPLE: &str = "\"10000000000000\"";

fn institution(table: &mut Table) {
    let settles = has_role(table, "settlement-bank");
    supply(table, "reserve", if settles { "\"0\"" } else { AMPLE });
    supply(table, "customer_funds", if settles { "\"0\"" } else { AMPLE });
    if let Some(entry) = table.get_mut("station")
        && let Some(station) = entry.node.table_mut()
    {
        supply(station, "answers", "\"shared\"");
        supply(station, "discipline", "\"fcfs\"");
    }
    let house = has_role(table, "clearing-house");
    if house && !table.contains_key("settlement") {
        supply(table, "settlement", "{ regime = { deferred-net = { cut_offs = [\"23:59\"] } } }");
    }
}

fn arrivals(class: &mut Table) {
    let arrivals = class.get_mut("arrivals").and_then(|entry| entry.node.table_mut());
    if let Some(arrivals) = arrivals {
        supply(arrivals, "profile", "\"flat\"");
    }
}

fn experiment(root: &mut Node) {
    let policies = names(root, "policies");
    let Some(table) = root.table_mut() else { return };
    if policies.is_empty() {
        supply(table, "policies", "{ closed = { connect = [] } }");
    }
    let consumers = names(root, "consumers");
    if let Some(Value::Array(bursts)) = root.at(&["demand", "bursts"]).map(|node| &node.value)
        && !bursts.is_empty()
        && let Some(entry) = table_at(root, &["demand"]).and_then(|table| table.get_mut("bursts"))
        && let Value::Array(bursts) = &mut entry.node.value
    {
        for burst in bursts.iter_mut().filter_map(Node::table_mut) {
            supply_list(burst, "consumers", &consumers);
        }
    }
    let horizon = root.get("horizon").and_then(|node| match &node.value {
        Value::Text(text) => quantity::time(text).ok(),
        _ => None,
    });
    if let Some(experiment) = table_at(root, &["experiment"]) {
        let listed = if policies.is_empty() { vec![CLOSED.to_owned()] } else { policies };
        supply_list(experiment, "policies", &listed);
    }
    let Some(table) = root.table_mut() else { return };
    supply(table, "output", "{}");
    if let (Some(horizon), Some(output)) = (horizon, table_at(root, &["output"])) {
        let seconds = (horizon.nanos() / 60 / quantity::SECOND_NANOS).max(1);
        supply(output, "window", &format!("\"{seconds}s\""));
    }
}

fn settlement_bank(root: &mut Node) {
    let have = with_role(root, "settlement-bank");
    let Some(table) = root.table_mut() else { return };
    if have.is_empty() && !institutions_name(table, SETTLEMENT_BANK) {
        supply(table, "institutions", "{}");
        if let Some(institutions) = table_at(root, &["institutions"]) {
            let bank = "{ roles = [\"settlement-bank\"], \
                        station = { servers = 16, service = \"1us\" } }";
            supply(institutions, SETTLEMENT_BANK, bank);
        }
    }
    let have = with_role(root, "settlement-bank");
    if let ([only], Some(settlement)) = (have.as_slice(), table_at(root, &["settlement"])) {
        supply(settlement, "bank", &format!("{only:?}"));
    }
}

fn institutions_name(root: &Table, name: &str) -> bool {
    root.get("institutions").is_some_and(|entry| entry.node.get(name).is_some())
}

/// Names of the institutions and groups with a role, in order.
fn with_role(root: &Node, role: &str) -> Vec<String> {
    let tables = ["institutions", "groups"].into_iter().filter_map(|key| root.get(key)?.table());
    let mut found: Vec<String> = tables
        .flatten()
        .filter(|(_, entry)| entry.node.table().is_some_and(|table| has_role(table, role)))
        .map(|(name, _)| name.clone())
        .collect();
    found.sort();
    found
}

fn has_role(table: &Table, role: &str) -> bool {
    texts(table.get("roles").map(|entry| &entry.node)).any(|name| name == role)
}

fn names(root: &Node, section: &str) -> Vec<String> {
    root.get(section)
        .and_then(Node::table)
        .map(|table| table.keys().cloned().collect())
        .unwrap_or_default()
}

fn held_wallets(class: &Table) -> Vec<String> {
    let bundles = class.get("holds").map(|entry| &entry.node.value);
    let Some(Value::Array(bundles)) = bundles else { return Vec::new() };
    let mut held: Vec<String> = bundles
        .iter()
        .flat_map(|bundle| texts(bundle.get("wallets")).map(str::to_owned).collect::<Vec<_>>())
        .collect();
    held.sort();
    held.dedup();
    held
}

fn texts(list: Option<&Node>) -> impl Iterator<Item = &str> {
    let items = match list.map(|node| &node.value) {
        Some(Value::Array(items)) => items.as_slice(),
        _ => &[],
    };
    items.iter().filter_map(|item| match &item.value {
        Value::Text(text) => Some(text.as_str()),
        _ => None,
    })
}

fn each(root: &mut Node, path: &[&str], mut change: impl FnMut(&mut Table)) {
    let Some(table) = table_at(root, path) else { return };
    table.values_mut().filter_map(|entry| entry.node.table_mut()).for_each(&mut change);
}

fn table_at<'a>(root: &'a mut Node, path: &[&str]) -> Option<&'a mut Table> {
    path.iter().try_fold(root.table_mut()?, |table, key| table.get_mut(*key)?.node.table_mut())
}

fn supply_list(table: &mut Table, key: &str, names: &[String]) {
    if !names.is_empty() {
        supply(table, key, &format!("{names:?}"));
    }
}

/// Puts a value, written as TOML, under a key that has none.
fn supply(table: &mut Table, key: &str, text: &str) {
    if table.contains_key(key) {
        return;
    }
    let Ok(value) = DeValue::parse(text) else { return };
    let mut node = node_of(&value, Sources::DEFAULTS);
    settle(&mut node);
    table.insert(key.to_owned(), Entry { key: SUPPLIED, node });
}

/// A supplied value stands nowhere in the defaults' text.
fn settle(node: &mut Node) {
    node.place = SUPPLIED;
    match &mut node.value {
        Value::Array(items) => items.iter_mut().for_each(settle),
        Value::Table(table) => table.values_mut().for_each(|entry| {
            entry.key = SUPPLIED;
            settle(&mut entry.node);
        }),
        _ => {}
    }
}
