//! One row a participant: what each institution did, owed and used.

use std::collections::BTreeMap;
use std::io;

use super::files::Folder;
use super::html::Head::{Number, Words};
use super::html::table;
use super::latency::number;
use crate::report::number::fraction;

/// Rows of a page; more are in the tables.
const ROWS_MAX: usize = 200;

#[derive(Default)]
struct Part {
    visits: f64,
    busy: f64,
    turned_away: f64,
    attempts: f64,
    accepted: f64,
    refusals: f64,
    debit: f64,
    credit: f64,
    used: Option<f64>,
    earned: f64,
    paid: f64,
}

/// The table, means over replications.
pub(super) fn participants(folder: &Folder) -> io::Result<String> {
    let mut parts: BTreeMap<(String, usize), Part> = BTreeMap::new();
    let names = folder.policies();
    for (at, policy) in names.iter().enumerate() {
        gather(folder, policy, &mut |name, read| {
            read(parts.entry((name.to_owned(), at)).or_default());
        })?;
    }
    let all = parts.len();
    let rows = parts.into_iter().take(ROWS_MAX).map(|((name, at), part)| {
        let wallet = part.attempts > 0.0;
        let some = |known: bool, words: String| if known { words } else { "–".to_owned() };
        vec![
            name,
            names[at].to_owned(),
            number(part.visits),
            fraction(part.busy),
            number(part.turned_away),
            some(wallet, number(part.attempts)),
            some(wallet, fraction(part.accepted / part.attempts.max(1.0))),
            number(part.refusals),
            folder.money(part.debit),
            folder.money(part.credit),
            folder.money(part.earned - part.paid),
            part.used.map_or_else(|| "–".to_owned(), fraction),
        ]
    });
    let rows: Vec<Vec<String>> = rows.collect();
    let heads = [
        Words("Participant"),
        Words("Policy"),
        Number("Messages served"),
        Number("Busy"),
        Number("Turned away"),
        Number("Attempts"),
        Number("Accepted"),
        Number("Refusals"),
        Number("Owed"),
        Number("Due"),
        Number("Fees earned less paid"),
        Number("Reserve used"),
    ];
    let more = all.saturating_sub(ROWS_MAX);
    let note = if more > 0 { format!("; {more} more rows are left out") } else { String::new() };
    let caption = format!("Each participant under each policy, mean over replications{note}");
    Ok(table(&caption, &heads, &rows))
}

type Read<'a> = &'a mut dyn FnMut(&str, &dyn Fn(&mut Part));

fn gather(folder: &Folder, policy: &str, add: Read<'_>) -> io::Result<()> {
    let runs = folder.runs(policy);
    for row in folder.rows("stations.csv")?.of(policy) {
        add(row.text("participant"), &|part| {
            part.visits += row.value("visits") / runs;
            part.busy += row.value("utilisation_frac") / runs;
            part.turned_away += row.value("turned_away") / runs;
        });
    }
    for row in folder.rows("wallets.csv")?.of(policy) {
        add(row.text("wallet"), &|part| {
            part.attempts += row.value("attempts") / runs;
            part.accepted += row.value("accepted") / runs;
        });
    }
    for row in folder.rows("errors.csv")?.of(policy) {
        add(row.text("participant"), &|part| part.refusals += row.value("count") / runs);
    }
    for row in folder.rows("positions.csv")?.of(policy) {
        add(row.text("participant"), &|part| {
            part.debit += row.value("debit_minor") / runs;
            part.credit += row.value("credit_minor") / runs;
        });
    }
    for row in folder.rows("liquidity.csv")?.of(policy) {
        let Some(used) = row.number("used_ppm") else { continue };
        let used = used / 1e6;
        add(row.text("participant"), &|part| {
            part.used = Some(part.used.map_or(used, |most| most.max(used)));
        });
    }
    for row in folder.rows("fees.csv")?.of(policy) {
        let amount = row.value("amount_minor") / runs;
        add(row.text("payer"), &|part| part.paid += amount);
        add(row.text("earner"), &|part| part.earned += amount);
    }
    Ok(())
}
