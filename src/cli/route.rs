//! `route`: the messages of one payment, in order, and who sees which field.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::{Value, json};

use super::args::{Funding, RouteArgs};
use super::exit::Exit;
use super::output::{Output, Problem};
use super::{load, nearest};
use crate::model::fact::Exchange;
use crate::model::route::Acts;
use crate::model::{Leg, Model, Payment, RouteLegs};
use crate::scenario::{Role, Scenario};
use crate::units::InstitutionId;

/// What receivers do, in words, in the order in which they do it.
const DOES: [(Acts, &str); 8] = [
    (Acts::BANK_DEBIT, "debits the payer's deposit"),
    (Acts::CLEAR_DEBIT, "accepts the bank's obligation to the wallet"),
    (Acts::BOOK_DEBIT, "books the bank's money for the payer"),
    (Acts::HOLD, "sets the amount aside"),
    (Acts::POST, "turns the hold into a debt"),
    (Acts::CREDIT, "owes the merchant"),
    (Acts::CLEAR_PAY, "accepts the wallet's obligation to the acquirer"),
    (Acts::ANSWER, "releases the result"),
];

/// ASSUMPTION: what each exchange must carry to do its work; nothing is tokenised. Whoever receives
/// one of its messages, to act on it or to pass it on, sees all of it.
const FIELDS: [(Exchange, &[&str]); 3] = [
    (Exchange::Parse, &["barcode", "merchant", "order"]),
    (Exchange::Debit, &["payer's bank account", "amount", "wallet"]),
    (Exchange::Pay, &["amount", "merchant", "wallet", "payer's wallet account"]),
];

/// Carries out `hutong route`.
pub fn route(mut args: RouteArgs, out: &mut Output) -> Exit {
    load::settle_seed(&mut args.changes, out);
    let loaded = match load::load_one(&args.file, &load::options(&args.changes), out) {
        Ok(loaded) => loaded,
        Err(exit) => return out.fail(exit),
    };
    let scenario = &loaded.scenario;
    let payment = match payment(scenario, &args) {
        Ok(payment) => payment,
        Err(problem) => {
            out.problem((*problem).in_file(args.file.display().to_string()));
            return out.fail(Exit::Usage);
        }
    };
    let mut routes = Vec::new();
    for policy in &scenario.compared {
        let name = &scenario.policies[policy.index()].name;
        let legs = Model::compile(scenario, *policy).legs(&payment);
        let told = match &legs {
            Some(legs) if args.mermaid => mermaid(scenario, legs),
            Some(legs) => text(scenario, name, legs),
            None => format!(
                "{}{name}: {} cannot pay at {} in this mode: no code there can be read\n",
                if args.mermaid { "%% " } else { "" },
                args.wallet,
                args.merchant
            ),
        };
        out.data(&told);
        routes.push(json!({ "policy": name, "legs": legs.map(|legs| document(scenario, &legs)) }));
    }
    out.document("hutong.route/1", Exit::Ok, json!({ "routes": routes }));
    Exit::Ok
}

fn payment(scenario: &Scenario, args: &RouteArgs) -> Result<Payment, Box<Problem>> {
    let wallet = institution(scenario, &args.wallet, Role::Wallet, "wallet")?;
    let classes = || scenario.merchants.iter().map(|class| class.name.as_str());
    let merchant = classes().position(|name| name == args.merchant);
    let merchant =
        merchant.ok_or_else(|| unknown("class of merchants", &args.merchant, classes()))?;
    let bank = match (args.funding, &args.bank) {
        (Funding::Balance, None) => None,
        (_, Some(name)) => Some(institution(scenario, name, Role::Bank, "bank")?),
        (Funding::Bank, None) => {
            let first = scenario.institutions.iter().position(|one| one.roles.has(Role::Bank));
            let none = || Box::new(Problem::new("usage", "there is no bank in this scenario"));
            Some(InstitutionId::new(first.ok_or_else(none)?))
        }
    };
    Ok(Payment { wallet, merchant, mode: args.mode, bank })
}

fn institution(
    scenario: &Scenario,
    name: &str,
    role: Role,
    what: &str,
) -> Result<InstitutionId, Box<Problem>> {
    let has = |one: &&crate::scenario::Institution| one.roles.has(role);
    let names = scenario.institutions.iter().filter(has).map(|one| one.name.as_str());
    let place = scenario.institutions.iter().position(|one| one.name == name && has(&one));
    place.map(InstitutionId::new).ok_or_else(|| unknown(what, name, names))
}

fn unknown<'a>(
    what: &str,
    name: &str,
    known: impl Iterator<Item = &'a str> + Clone,
) -> Box<Problem> {
    let help = match nearest(name, known.clone()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("known: {}", known.take(12).collect::<Vec<_>>().join(", ")),
    };
    Box::new(Problem::new("usage", format!("there is no {what} `{name}`")).with_help(help))
}

fn name(scenario: &Scenario, id: InstitutionId) -> &str {
    &scenario.institution(id).name
}

/// What a message is, in two words.
fn what(leg: &Leg) -> String {
    let exchange = match leg.exchange {
        Some(Exchange::Parse) => "parse",
        Some(Exchange::Debit) => "debit",
        Some(Exchange::Pay) => "pay",
        None => return "the shopper confirms".to_owned(),
    };
    format!("{exchange} {}", if leg.answer { "answer" } else { "request" })
}

fn does(acts: Acts) -> String {
    let all: Vec<&str> = DOES.iter().filter(|one| acts.has(one.0)).map(|one| one.1).collect();
    all.join(", ")
}

fn text(scenario: &Scenario, policy: &str, route: &RouteLegs) -> String {
    let messages = route.legs.iter().filter(|leg| leg.exchange.is_some()).count();
    let mut text = format!(
        "{policy}: {}, {messages} messages; code of {}, acquirer {}\n",
        route.class.name(),
        name(scenario, route.issuer),
        name(scenario, route.acquirer)
    );
    let (entry, acts) = route.entry;
    let _ = writeln!(text, "   0  → {}{}", name(scenario, entry), then(&does(acts)));
    let mut number = 0;
    for leg in &route.legs {
        let (from, to) = (name(scenario, leg.from), name(scenario, leg.to));
        let acts = then(&does(leg.acts));
        if leg.exchange.is_none() {
            let _ = writeln!(text, "      {to}: {}{acts}", what(leg));
        } else {
            number += 1;
            let _ = writeln!(text, "  {number:>2}  {from} → {to}: {}{acts}", what(leg));
        }
    }
    text.push_str("  who sees what:\n");
    for (id, fields) in seen(route) {
        let _ = writeln!(text, "      {}: {}", name(scenario, id), fields.join(", "));
    }
    text
}

fn then(does: &str) -> String {
    if does.is_empty() { String::new() } else { format!("; {does}") }
}

/// The fields of every exchange that an institution sends or receives a message of.
fn seen(route: &RouteLegs) -> BTreeMap<InstitutionId, Vec<&'static str>> {
    let mut seen: BTreeMap<InstitutionId, Vec<&'static str>> = BTreeMap::new();
    for leg in &route.legs {
        let carried = FIELDS.iter().find(|one| Some(one.0) == leg.exchange);
        for field in carried.map_or(&[][..], |one| one.1) {
            for end in [leg.from, leg.to] {
                let own = seen.entry(end).or_default();
                if !own.contains(field) {
                    own.push(field);
                }
            }
        }
    }
    seen
}

fn mermaid(scenario: &Scenario, route: &RouteLegs) -> String {
    let mut text = "sequenceDiagram\n    participant S as shopper\n".to_owned();
    let mut ends: Vec<InstitutionId> = vec![route.entry.0];
    for id in route.legs.iter().flat_map(|leg| [leg.from, leg.to]) {
        if !ends.contains(&id) {
            ends.push(id);
        }
    }
    for id in &ends {
        let _ = writeln!(text, "    participant P{} as {}", id.index(), inert(name(scenario, *id)));
    }
    let entry = route.entry.0.index();
    let _ = writeln!(text, "    S->>P{entry}: presents or scans the code");
    for leg in &route.legs {
        let (from, to) = (leg.from.index(), leg.to.index());
        let _ = match (leg.exchange, leg.answer) {
            (None, _) => writeln!(text, "    S->>P{to}: confirms"),
            (_, true) => writeln!(text, "    P{from}-->>P{to}: {}", what(leg)),
            (_, false) => writeln!(text, "    P{from}->>P{to}: {}", what(leg)),
        };
        let does = does(leg.acts);
        if !does.is_empty() {
            let _ = writeln!(text, "    Note over P{to}: {does}");
        }
    }
    text
}

/// Text that a diagram shows as it is: everything but letters, digits and a few signs becomes its
/// number.
pub fn inert(text: &str) -> String {
    let one = |c: char| match c {
        c if c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | '.') => c.to_string(),
        c => format!("#{};", u32::from(c)),
    };
    text.chars().map(one).collect()
}

fn document(scenario: &Scenario, route: &RouteLegs) -> Value {
    let leg = |leg: &Leg| {
        json!({
            "from": name(scenario, leg.from), "to": name(scenario, leg.to),
            "what": what(leg), "then": does(leg.acts),
        })
    };
    let seen: BTreeMap<&str, Vec<&str>> =
        seen(route).into_iter().map(|(id, fields)| (name(scenario, id), fields)).collect();
    json!({
        "route": route.class.name(), "issuer": name(scenario, route.issuer),
        "acquirer": name(scenario, route.acquirer), "seen": seen,
        "legs": route.legs.iter().map(leg).collect::<Vec<Value>>(),
    })
}
