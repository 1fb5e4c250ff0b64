//! `topology`: who is connected with whom, drawn before anything runs.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use serde_json::json;

use super::args::TopologyArgs;
use super::exit::Exit;
use super::load;
use super::output::Output;
use crate::model::{Model, Payment};
use crate::report::network;
use crate::scenario::{Institution, Mode, Role, Scenario};
use crate::units::{InstitutionId, PolicyId};

/// Nodes by name, with their column; edges by the ends' names.
struct Net {
    nodes: BTreeMap<String, (usize, usize)>,
    edges: BTreeSet<(String, String)>,
}

/// Carries out `hutong topology`. Of several policies the first one is drawn.
pub fn topology(mut args: TopologyArgs, out: &mut Output) -> Exit {
    load::settle_seed(&mut args.changes, out);
    let loaded = match load::load_one(&args.file, &load::options(&args.changes), out) {
        Ok(loaded) => loaded,
        Err(exit) => return out.fail(exit),
    };
    let scenario = &loaded.scenario;
    let policy = scenario.compared.first().copied().unwrap_or_else(|| PolicyId::new(0));
    let name = &scenario.policies[policy.index()].name;
    let net = net(scenario, policy);
    let title = format!("{} under {name}", scenario.name);
    out.data(&if args.dot { dot(&title, &net) } else { svg(&title, &net) });
    let edges: Vec<_> = net.edges.iter().collect();
    let nodes: Vec<_> = net.nodes.keys().collect();
    let body = json!({ "policy": name, "nodes": nodes, "edges": edges });
    out.document("hutong.topology/1", Exit::Ok, body);
    Exit::Ok
}

/// The members of a group are one node, with their number.
fn label(scenario: &Scenario, one: &Institution) -> String {
    let Some(group) = &one.group else { return one.name.clone() };
    let same = |other: &&Institution| other.group.as_ref() == Some(group);
    format!("{group} × {}", scenario.institutions.iter().filter(same).count())
}

/// Wallets, clearing houses, then whoever holds merchants or deposits.
fn column(one: &Institution) -> usize {
    match one.roles {
        roles if roles.has(Role::Wallet) => 0,
        roles if roles.has(Role::ClearingHouse) => 1,
        _ => 2,
    }
}

fn net(scenario: &Scenario, policy: PolicyId) -> Net {
    let model = Model::compile(scenario, policy);
    let mut net = Net { nodes: BTreeMap::new(), edges: BTreeSet::new() };
    let institutions = || (0..scenario.institutions.len()).map(InstitutionId::new);
    let bank = institutions().find(|id| scenario.institution(*id).roles.has(Role::Bank));
    for wallet in institutions() {
        for merchant in 0..scenario.merchants.len() {
            for (mode, bank) in Mode::ALL.into_iter().flat_map(|mode| [(mode, None), (mode, bank)])
            {
                let payment = Payment { wallet, merchant, mode, bank };
                let legs = model.legs(&payment).map_or_else(Vec::new, |route| route.legs);
                for leg in legs.iter().filter(|leg| leg.exchange.is_some() && !leg.answer) {
                    net.join(scenario, (leg.from, leg.to));
                }
            }
        }
    }
    net
}

impl Net {
    fn join(&mut self, scenario: &Scenario, ends: (InstitutionId, InstitutionId)) {
        let mut name = |id: InstitutionId| {
            let one = scenario.institution(id);
            let name = label(scenario, one);
            self.nodes.insert(name.clone(), (column(one), 0));
            name
        };
        let (from, to) = (name(ends.0), name(ends.1));
        // A connection is drawn once, whoever began.
        let edge = if from < to { (from, to) } else { (to, from) };
        if edge.0 != edge.1 {
            self.edges.insert(edge);
        }
    }
}

fn dot(title: &str, net: &Net) -> String {
    let quoted = |text: &str| {
        let inert = text.replace('\\', "\\\\").replace('"', "\\\"");
        format!("\"{}\"", inert.replace(char::is_control, " "))
    };
    let mut dot = format!("graph {} {{\n  rankdir=LR;\n  node [shape=box];\n", quoted(title));
    for name in net.nodes.keys() {
        let _ = writeln!(dot, "  {};", quoted(name));
    }
    for (from, to) in &net.edges {
        let _ = writeln!(dot, "  {} -- {};", quoted(from), quoted(to));
    }
    dot + "}\n"
}

fn svg(title: &str, net: &Net) -> String {
    let nodes: Vec<(&str, usize)> =
        net.nodes.iter().map(|(name, place)| (name.as_str(), place.0)).collect();
    let edges: Vec<(&str, &str)> =
        net.edges.iter().map(|(from, to)| (from.as_str(), to.as_str())).collect();
    network(title, &nodes, &edges)
}
