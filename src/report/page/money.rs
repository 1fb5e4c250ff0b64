//! Where money went: between institutions, through netting, out of reserves, cycle by cycle.

use std::collections::BTreeMap;
use std::io;

use super::canvas::{Anchor, Canvas, Panel, WIDTH, real};
use super::figure::Figure;
use super::files::{Folder, Row, Rows};
use super::html::Head::{Number, Words};
use super::html::short;
use super::latency::{number, policies};
use super::scale::{Linear, Time};
use crate::report::number::fraction;

const INSTITUTIONS_MAX: usize = 12;
const RESERVES_MAX: usize = 14;
const OTHERS: &str = "others";

/// From what was cleared to what had to be paid.
pub(super) fn waterfall(folder: &Folder) -> io::Result<Figure> {
    let rows = folder.rows("settlement.csv")?;
    let names = folder.policies();
    let sum = |policy: &str, column: &str| {
        rows.of(policy).map(|row| row.value(column)).sum::<f64>() / folder.runs(policy)
    };
    let mut canvas = Canvas::new(real(names.len()) * 172.0 + 6.0);
    let (mut table, mut said) = (Vec::new(), Vec::new());
    for (at, policy) in names.iter().enumerate() {
        let gross = sum(policy, "gross_minor");
        let (pairs, net) = (sum(policy, "bilateral_net_minor"), sum(policy, "net_minor"));
        let steps = [
            ("gross", 0.0, gross, "total"),
            ("saved by pairs", pairs, gross, "saved"),
            ("saved by netting all", net, pairs, "saved"),
            ("net", 0.0, net, "total"),
            ("without cover", 0.0, sum(policy, "failed_minor"), "lacking"),
        ];
        let top = 24.0 + real(at) * 172.0;
        let panel = Panel { left: 170.0, right: WIDTH - 160.0, top, bottom: top + 134.0 };
        canvas.words((14.0, top - 8.0), (Anchor::Start, "name"), policy, 40);
        canvas.rule("axis", (panel.left, top), (panel.left, panel.bottom));
        for (step, (what, from, to, kind)) in steps.into_iter().enumerate() {
            let y = top + real(step) * 26.0 + 4.0;
            let place = |value: f64| panel.x(if gross > 0.0 { value / gross } else { 0.0 });
            let area = Panel { left: place(from), right: place(to), top: y, bottom: y + 18.0 };
            let kind =
                if kind == "total" { format!("f{}", folder.style(policy)) } else { kind.into() };
            canvas.bar(&kind, &area, "");
            canvas.words((160.0, y + 13.0), (Anchor::End, "label"), what, 24);
            let share = if gross > 0.0 { fraction((to - from) / gross) } else { "–".to_owned() };
            let money = folder.money(to - from);
            let words = format!("{money} ({share})");
            canvas.words((area.right + 7.0, y + 13.0), (Anchor::Start, "label"), &words, 32);
            table.push(vec![(*policy).to_owned(), what.to_owned(), money, share]);
        }
        let left = if gross > 0.0 { fraction(net / gross) } else { "–".to_owned() };
        said.push(format!(
            "Under {policy} {} was cleared and {} had to be paid: {left}.",
            folder.money(gross),
            folder.money(net)
        ));
    }
    let sentence = said.join(" ");
    Ok(Figure {
        id: "netting",
        title: "What netting saves",
        note: "Obligations of all cycles with fees, mean over replications: first each pair of \
               institutions offsets what it owes each other, then all offset together. Each \
               cycle: settlement.csv."
            .to_owned(),
        legend: Vec::new(),
        svg: canvas.svg(&sentence),
        sentence,
        heads: vec![Words("Policy"), Words("Step"), Number("Value"), Number("of gross")],
        rows: table,
    })
}

/// Value and number of obligations, by debtor's and creditor's place in the matrix.
type Flows = BTreeMap<(usize, usize), (f64, f64)>;

/// Who owes whom, as a matrix of the institutions with the largest flows.
pub(super) fn flows(folder: &Folder) -> io::Result<Figure> {
    let rows = folder.rows("flows.csv")?;
    let mut totals: BTreeMap<&str, f64> = BTreeMap::new();
    for row in rows.iter() {
        for end in [row.text("payer"), row.text("payee")] {
            *totals.entry(end).or_default() += row.value("gross_minor");
        }
    }
    let mut ends: Vec<&str> = totals.keys().copied().collect();
    ends.sort_by(|a, b| totals[b].total_cmp(&totals[a]).then_with(|| a.cmp(b)));
    let all = ends.len();
    ends.truncate(INSTITUTIONS_MAX);
    if all > ends.len() {
        ends.push(OTHERS);
    }
    let place = |name: &str| ends.iter().position(|end| *end == name).unwrap_or(ends.len() - 1);
    let mut matrices: Vec<(&str, Flows)> = Vec::new();
    for policy in folder.policies() {
        let mut cells = Flows::new();
        for row in rows.of(policy) {
            let cell =
                cells.entry((place(row.text("payer")), place(row.text("payee")))).or_default();
            let runs = folder.runs(policy);
            *cell = (cell.0 + row.value("gross_minor") / runs, cell.1 + row.value("count") / runs);
        }
        matrices.push((policy, cells));
    }
    let most =
        matrices.iter().flat_map(|one| one.1.values()).map(|cell| cell.0).fold(1.0, f64::max);
    let (canvas, table) = matrix(folder, &matrices, &ends, most);
    let sentence = largest_words(folder, &matrices, &ends);
    Ok(Figure {
        id: "flows",
        title: "Flows between institutions",
        note: format!(
            "Rows owe, columns are owed (same numbers); stronger is more (logarithmic), principal \
             of the whole run, mean over replications. The {INSTITUTIONS_MAX} institutions with \
             the largest flows by name, the rest together. All pairs: flows.csv."
        ),
        legend: Vec::new(),
        svg: canvas.svg(&sentence),
        sentence,
        heads: vec![
            Words("Debtor agent"),
            Words("Creditor agent"),
            Words("Policy"),
            Number("Obligations"),
            Number("Value"),
        ],
        rows: table,
    })
}

fn largest_words(folder: &Folder, matrices: &[(&str, Flows)], ends: &[&str]) -> String {
    let all = matrices
        .iter()
        .flat_map(|(policy, cells)| cells.iter().map(move |(pair, cell)| (*policy, *pair, cell.0)));
    all.max_by(|a, b| a.2.total_cmp(&b.2)).map_or_else(
        || "Nothing was cleared.".to_owned(),
        |(policy, (payer, payee), gross)| {
            format!(
                "The largest flow goes from {} to {} under {policy}: {}.",
                ends[payer],
                ends[payee],
                folder.money(gross)
            )
        },
    )
}

fn matrix(
    folder: &Folder,
    matrices: &[(&str, Flows)],
    ends: &[&str],
    most: f64,
) -> (Canvas, Vec<Vec<String>>) {
    // One matrix has the room of two.
    let room = if matrices.len() > 1 { 226.0 } else { 320.0 };
    let side = (room / real(ends.len().max(1))).min(34.0);
    let tall = side * real(ends.len()) + 60.0;
    let mut canvas = Canvas::new(real(matrices.len().div_ceil(2).max(1)) * tall);
    let mut table = Vec::new();
    for (at, (policy, cells)) in matrices.iter().enumerate() {
        let left = if at % 2 == 0 { 130.0 } else { 480.0 };
        let top = 46.0 + real(at / 2) * tall;
        let room = if at % 2 == 0 { 15 } else { 11 };
        canvas.words((left, top - 26.0), (Anchor::Start, "name"), policy, 34);
        for (index, end) in ends.iter().enumerate() {
            let middle = side * (real(index) + 0.5);
            let head = (index + 1).to_string();
            canvas.words((left + middle, top - 6.0), (Anchor::Middle, "tick"), &head, 3);
            let row = format!("{} {}", short(end, room), head);
            canvas.words((left - 6.0, top + middle + 4.0), (Anchor::End, "tick"), &row, 19);
        }
        for ((payer, payee), (gross, count)) in cells {
            let (x, y) = (left + side * real(*payee), top + side * real(*payer));
            let area = Panel { left: x, right: x + side - 1.5, top: y, bottom: y + side - 1.5 };
            let tone = libm::log10(1.0 + gross) / libm::log10(1.0 + most);
            // Four decades below the largest are told apart.
            let tone = (1.0 - (1.0 - tone) * libm::log10(1.0 + most) / 4.0).clamp(0.0, 1.0) * 6.0;
            let says = format!("{} owes {}: {}", ends[*payer], ends[*payee], folder.money(*gross));
            canvas.bar(&format!("h{tone:.0}"), &area, &says);
            table.push(vec![
                ends[*payer].to_owned(),
                ends[*payee].to_owned(),
                (*policy).to_owned(),
                number(*count),
                folder.money(*gross),
            ]);
        }
    }
    (canvas, table)
}

/// The largest use of an opening reserve, by participant and policy.
fn peaks(rows: &Rows) -> BTreeMap<&str, BTreeMap<&str, f64>> {
    let mut peaks: BTreeMap<&str, BTreeMap<&str, f64>> = BTreeMap::new();
    for row in rows.iter() {
        let Some(used) = row.number("used_ppm") else { continue };
        let own = peaks.entry(row.text("participant")).or_default();
        let peak = own.entry(row.text("policy")).or_default();
        *peak = peak.max(used / 1e6);
    }
    peaks
}

/// How much of its opening reserve each participant used at most.
pub(super) fn liquidity(folder: &Folder) -> io::Result<Figure> {
    let rows = folder.rows("liquidity.csv")?;
    let peaks = peaks(&rows);
    let most = |name: &str| peaks[name].values().copied().fold(0.0, f64::max);
    let mut names: Vec<&str> = peaks.keys().copied().collect();
    names.sort_by(|a, b| most(b).total_cmp(&most(a)).then_with(|| a.cmp(b)));
    let left_out = names.len().saturating_sub(RESERVES_MAX);
    names.truncate(RESERVES_MAX);
    let high = names.first().map_or(0.0, |name| most(name));
    let scale = Linear::to(high.max(1e-4));
    let bottom = 26.0 + real(names.len()) * 22.0;
    let mut canvas = Canvas::new(bottom + 48.0);
    let panel = Panel { left: 150.0, right: WIDTH - 30.0, top: 26.0, bottom };
    canvas.axes(&panel, &scale.ticks(5, fraction), &Vec::new());
    canvas.titles(&panel, "largest share of the opening reserve in use", "");
    if scale.place(1.0) <= 1.0 {
        let limit = panel.x(scale.place(1.0));
        canvas.rule("limit", (limit, panel.top), (limit, panel.bottom));
        canvas.words((limit - 4.0, 17.0), (Anchor::End, "tick"), "the whole reserve", 20);
    }
    let mut table = Vec::new();
    for (at, name) in names.iter().enumerate() {
        let y = 1.0 - (real(at) + 0.5) / real(names.len());
        canvas.words((140.0, panel.y(y) + 4.0), (Anchor::End, "label"), name, 19);
        canvas.rule("grid", (panel.left, panel.y(y)), (panel.right, panel.y(y)));
        for policy in folder.policies() {
            let Some(peak) = peaks[name].get(policy) else { continue };
            let kind = format!("f{}", folder.style(policy));
            let says = format!("{policy}: {}", fraction(*peak));
            canvas.dot(&panel, &kind, (scale.place(*peak), y), &says);
            let left = fraction((1.0 - peak).max(0.0));
            table.push(vec![(*name).to_owned(), policy.to_owned(), fraction(*peak), left]);
        }
    }
    let sentence = names.first().map_or_else(
        || "No reserve account moved.".to_owned(),
        |name| format!("{name} used most of its opening reserve: {}.", fraction(most(name))),
    );
    Ok(Figure {
        id: "liquidity",
        title: "Reserves in use",
        note: format!(
            "The largest use over the whole run and all replications; at 100 % the opening \
             reserve, the limit, is used up. Participants by use; {left_out} more are in \
             liquidity.csv, with every movement."
        ),
        legend: policies(folder),
        svg: canvas.svg(&sentence),
        sentence,
        heads: vec![
            Words("Participant"),
            Words("Policy"),
            Number("Most in use"),
            Number("Least left"),
        ],
        rows: table,
    })
}

/// The cycles of each policy and house, of the policy's first replication.
fn lanes<'a>(folder: &Folder, rows: &'a Rows) -> BTreeMap<(usize, &'a str), Vec<Row<'a>>> {
    let mut lanes: BTreeMap<(usize, &str), Vec<Row<'a>>> = BTreeMap::new();
    for (at, policy) in folder.policies().iter().enumerate() {
        let own: Vec<Row<'a>> = rows.iter().filter(|row| row.text("policy") == *policy).collect();
        let first = own.first().map_or("", |row| row.text("replication"));
        for row in own.into_iter().filter(|row| row.text("replication") == first) {
            lanes.entry((at, row.text("house"))).or_default().push(row);
        }
    }
    lanes
}

/// Draws one cycle; returns how long after its cut-off it was settled.
fn cycle(
    canvas: &mut Canvas,
    panel: &Panel,
    time: Time,
    (top, row): (f64, Row<'_>),
) -> Option<f64> {
    let [open, cut_off] = ["open_us", "cutoff_us"].map(|column| row.value(column));
    let status = row.text("status");
    let area = Panel {
        left: panel.x(time.place(open)),
        right: panel.x(time.place(cut_off)) - 2.0,
        top,
        bottom: top + 18.0,
    };
    let kind = if ["settled", "postponed", "open"].contains(&status) { status } else { "open" };
    canvas.bar(&format!("cycle {kind}"), &area, status);
    let settled = row.number("settled_us")?;
    let x = panel.x(time.place(settled));
    canvas.rule("final", (x, top - 3.0), (x, top + 21.0));
    Some(settled - cut_off)
}

/// When each cycle opened, closed and was final.
pub(super) fn timeline(folder: &Folder) -> io::Result<Figure> {
    let rows = folder.rows("settlement.csv")?;
    let (names, lanes) = (folder.policies(), lanes(folder, &rows));
    let all = || lanes.values().flatten();
    let latest = |column: &'static str| all().map(move |row| row.value(column)).fold(1.0, f64::max);
    let time = Time::to(
        folder.view.scenario.epoch_time_of_day_us,
        latest("cutoff_us").max(latest("settled_us")),
    );
    let bottom = 20.0 + real(lanes.len()) * 30.0;
    let mut canvas = Canvas::new(bottom + 46.0);
    let panel = Panel { left: 190.0, right: WIDTH - 20.0, top: 20.0, bottom };
    canvas.axes(&panel, &time.ticks(), &Vec::new());
    canvas.titles(&panel, "time of day", "");
    let (mut table, mut slowest) = (Vec::new(), 0.0_f64);
    for (lane, ((at, house), cycles)) in lanes.iter().enumerate() {
        let top = panel.top + real(lane) * 30.0 + 6.0;
        let name = format!("{} · {}", short(names[*at], 13), short(house, 13));
        canvas.words((180.0, top + 14.0), (Anchor::End, "label"), &name, 30);
        for row in cycles {
            let lag = cycle(&mut canvas, &panel, time, (top, *row));
            slowest = slowest.max(lag.unwrap_or(0.0));
            table.push(vec![
                format!("{} {house} {}", names[*at], row.text("cycle")),
                time.words(row.micros("open_us")),
                time.words(row.micros("cutoff_us")),
                lag.map_or_else(|| "–".to_owned(), super::latency::micros_of),
                folder.money(row.value("net_minor")),
                row.text("status").to_owned(),
            ]);
        }
    }
    let settled = table.iter().filter(|row| row.last().is_some_and(|word| word == "settled"));
    let sentence = format!(
        "{} of {} cycles settled, at the latest {} after their cut-off.",
        settled.count(),
        table.len(),
        super::latency::micros_of(slowest)
    );
    Ok(Figure {
        id: "timeline",
        title: "Settlement cycles",
        note: "Each bar is a cycle from opening to cut-off, of the first replication; the upright \
               stroke is finality. Cycles not settled differ in colour, and the \
               table names them. All cycles: settlement.csv."
            .to_owned(),
        legend: Vec::new(),
        svg: canvas.svg(&sentence),
        sentence,
        heads: vec![
            Words("Policy, house, cycle"),
            Words("Opens"),
            Words("Cut-off"),
            Number("Settled after"),
            Number("Net"),
            Words("Status"),
        ],
        rows: table,
    })
}
