//! What went on: attempts over time, refusals, repeated tries, stations.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use super::canvas::{Anchor, Canvas, Panel, WIDTH, real};
use super::figure::Figure;
use super::files::{Folder, Rows};
use super::html::Head::{Number, Words};
use super::latency::{number, policies, whole};
use super::scale::{Linear, Time};
use crate::report::number::{count, fraction, significant};
use crate::report::picture::thinned;

/// Points of one line.
const POINTS_MAX: usize = 160;
const REASONS_MAX: usize = 8;
const STATIONS_MAX: usize = 6;

/// What is drawn of a window, with the style of its line.
const SERIES: [(&str, &str); 2] = [("offered", "faint"), ("accepted", "")];

/// A column of `timeseries.csv` a second, at the middle of each window, mean over replications.
fn rates(rows: &Rows, policy: &str, column: &str) -> Vec<(f64, f64)> {
    let mut windows: BTreeMap<(u64, u64), (f64, f64)> = BTreeMap::new();
    for row in rows.of(policy) {
        let key = (row.micros("t_us"), row.micros("window_us"));
        let sums = windows.entry(key).or_default();
        *sums = (sums.0 + row.value(column), sums.1 + 1.0);
    }
    let windows = windows.into_iter().filter(|((_, width), _)| *width > 0);
    let point = |((t, width), (sum, runs)): ((u64, u64), (f64, f64))| {
        (whole(t + width / 2), sum / runs / (whole(width) / 1e6))
    };
    thinned(windows.map(point).collect(), POINTS_MAX)
}

/// Attempts opened and accepted a second.
pub(super) fn throughput(folder: &Folder) -> io::Result<Figure> {
    let rows = folder.rows("timeseries.csv")?;
    let names = folder.policies();
    let mut all = Vec::new();
    for policy in &names {
        for (column, faint) in SERIES {
            all.push((*policy, column, faint, rates(&rows, policy, column)));
        }
    }
    let points = || all.iter().flat_map(|one| &one.3);
    let time = time(folder, points().map(|point| point.0).fold(1.0, f64::max));
    let scale = Linear::to(points().map(|point| point.1).fold(0.0, f64::max));
    let mut canvas = Canvas::new(real(names.len()) * 180.0 + 28.0);
    let (mut table, mut said) = (Vec::new(), Vec::new());
    for (at, policy) in names.iter().enumerate() {
        let top = 26.0 + real(at) * 180.0;
        let panel = Panel { left: 70.0, right: WIDTH - 12.0, top, bottom: top + 130.0 };
        uncounted(folder, &mut canvas, &panel, time);
        canvas.axes(&panel, &time.ticks(), &scale.ticks(4, significant));
        let last = at + 1 == names.len();
        let across = if last { "time of day; shaded: not counted" } else { "" };
        canvas.titles(&panel, across, &format!("{policy}: attempts a second"));
        for (_, column, faint, points) in all.iter().filter(|one| one.0 == *policy) {
            let placed: Vec<(f64, f64)> =
                points.iter().map(|(t, rate)| (time.place(*t), scale.place(*rate))).collect();
            let kind = format!("s{} {faint}", folder.style(policy));
            canvas.line(&panel, kind.trim_end(), &placed);
            for (t, rate) in points {
                let cells = [time.words(instant(*t)), (*policy).to_owned(), (*column).to_owned()];
                table.push(cells.into_iter().chain([significant(*rate)]).collect());
            }
        }
        said.push(peak_words(policy, &all, time));
    }
    let sentence = said.join(" ");
    Ok(Figure {
        id: "throughput",
        title: "Attempts over time",
        note: "Whole line: accepted; faint line: opened. Windows at their middle, mean over \
               replications; of many windows the lowest and the highest of equal parts are drawn. \
               All windows: timeseries.csv."
            .to_owned(),
        legend: policies(folder),
        svg: canvas.svg(&sentence),
        sentence,
        heads: vec![Words("Middle of window"), Words("Policy"), Words("What"), Number("a second")],
        rows: table,
    })
}

type Series<'a> = (&'a str, &'a str, &'a str, Vec<(f64, f64)>);

fn peak_words(policy: &str, all: &[Series<'_>], time: Time) -> String {
    let offered = all.iter().find(|one| one.0 == policy && one.1 == "offered");
    let peak = offered.and_then(|one| one.3.iter().max_by(|a, b| a.1.total_cmp(&b.1)));
    peak.map_or_else(String::new, |(t, rate)| {
        let at = time.words(instant(*t));
        format!(
            "Under {policy} at most {} attempts a second are opened, at {at}.",
            significant(*rate)
        )
    })
}

fn time(folder: &Folder, end: f64) -> Time {
    Time::to(folder.view.scenario.epoch_time_of_day_us, end)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an instant of a run")]
fn instant(us: f64) -> u64 {
    us as u64
}

fn uncounted(folder: &Folder, canvas: &mut Canvas, panel: &Panel, time: Time) {
    let scenario = &folder.view.scenario;
    let warm_up = time.place(whole(scenario.warm_up_us)).min(1.0);
    let horizon = time.place(whole(scenario.horizon_us)).min(1.0);
    for (from, to, why) in [(0.0, warm_up, "warm-up"), (horizon, 1.0, "drain")] {
        if from < to {
            canvas.shade(panel, (from, to), why);
        }
    }
}

/// Why attempts ended badly: one bar a policy, stacked by reason.
pub(super) fn errors(folder: &Folder) -> io::Result<Figure> {
    let rows = folder.rows("errors.csv")?;
    let mut totals: BTreeMap<&str, f64> = BTreeMap::new();
    rows.iter()
        .for_each(|row| *totals.entry(row.text("reason")).or_default() += row.value("count"));
    let mut reasons: Vec<&str> = totals.keys().copied().collect();
    reasons.sort_by(|a, b| totals[b].total_cmp(&totals[a]).then_with(|| a.cmp(b)));
    let known: Vec<&str> = reasons.iter().copied().take(REASONS_MAX).collect();
    let rest = reasons.len() > known.len();
    let names = folder.policies();
    let mut shares: Vec<Stacked<'_>> = Vec::new();
    for policy in &names {
        let wishes = folder.view.policies.iter().find(|one| one.policy == *policy);
        let wishes = whole(wishes.map_or(1, |one| one.counts.intentions.max(1)));
        let mut own: BTreeMap<usize, f64> = BTreeMap::new();
        for row in rows.of(policy) {
            let place = known.iter().position(|reason| *reason == row.text("reason"));
            *own.entry(place.unwrap_or(known.len())).or_default() += row.value("count");
        }
        let word = |place: usize| known.get(place).copied().unwrap_or("other");
        let own = own.into_iter().map(|(place, sum)| (place, word(place), sum, sum / wishes));
        shares.push((policy, own.collect()));
    }
    let high = shares.iter().map(|one| one.1.iter().map(|part| part.3).sum::<f64>());
    let scale = Linear::to(high.fold(0.0, f64::max));
    let (svg, table, said) = stack(&shares, scale);
    let mut legend: Vec<(String, String)> = known
        .iter()
        .enumerate()
        .map(|(place, reason)| (format!("rk{place}"), (*reason).to_owned()))
        .collect();
    if rest {
        legend.push((format!("rk{}", known.len()), "other".to_owned()));
    }
    Ok(Figure {
        id: "errors",
        title: "Refusals by reason",
        note: "Refusals of counted attempts, and codes that no app could read, for each hundred \
               wishes to pay; replications together. By institution: errors.csv."
            .to_owned(),
        legend,
        svg: svg.svg(&said),
        sentence: said,
        heads: vec![Words("Policy"), Words("Reason"), Number("Count"), Number("of wishes")],
        rows: table,
    })
}

/// A policy and, for each reason, its place, name, count and share.
type Stacked<'a> = (&'a str, Vec<(usize, &'a str, f64, f64)>);

fn stack(shares: &[Stacked<'_>], scale: Linear) -> (Canvas, Vec<Vec<String>>, String) {
    let mut canvas = Canvas::new(real(shares.len()) * 40.0 + 74.0);
    let bottom = 26.0 + real(shares.len()) * 40.0;
    let panel = Panel { left: 130.0, right: WIDTH - 60.0, top: 26.0, bottom };
    canvas.axes(&panel, &scale.ticks(5, fraction), &Vec::new());
    canvas.titles(&panel, "share of wishes to pay", "");
    let (mut table, mut said) = (Vec::new(), Vec::new());
    for (at, (policy, parts)) in shares.iter().enumerate() {
        let top = panel.top + real(at) * 40.0 + 8.0;
        canvas.words((120.0, top + 16.0), (Anchor::End, "label"), policy, 17);
        let mut from = 0.0;
        for (place, reason, sum, share) in parts {
            let area = Panel {
                left: panel.x(scale.place(from)),
                right: panel.x(scale.place(from + share)),
                top,
                bottom: top + 24.0,
            };
            let share_words = fraction(*share);
            canvas.bar(&format!("r{place}"), &area, &format!("{reason}: {share_words}"));
            from += share;
            let cells = [(*policy).to_owned(), (*reason).to_owned(), number(*sum), share_words];
            table.push(cells.into());
        }
        let end = panel.x(scale.place(from)) + 6.0;
        canvas.words((end, top + 16.0), (Anchor::Start, "label"), &fraction(from), 12);
        let most = parts.iter().max_by(|a, b| a.2.total_cmp(&b.2));
        let most = most.map_or_else(String::new, |one| format!(", most of all {}", one.1));
        said.push(format!("Under {policy} {} of wishes meet a refusal{most}.", fraction(from)));
    }
    (canvas, table, said.join(" "))
}

/// Tries for each wish, and messages for each try.
pub(super) fn amplification(folder: &Folder) -> Figure {
    let complete: Vec<_> = folder.view.policies.iter().filter(|one| one.replications > 0).collect();
    let each = |part: u64, of: u64| whole(part) / whole(of.max(1));
    let wishes = |at: usize| {
        let counts = &complete[at].counts;
        each(counts.attempts + counts.unreadable, counts.intentions)
    };
    let high = (0..complete.len()).map(wishes).fold(1.0, f64::max);
    let scale = Linear::to(high);
    let bottom = 26.0 + real(complete.len()) * 34.0;
    let mut canvas = Canvas::new(bottom + 48.0);
    let panel = Panel { left: 130.0, right: WIDTH - 60.0, top: 26.0, bottom };
    canvas.axes(&panel, &scale.ticks(5, significant), &Vec::new());
    canvas.titles(&panel, "tries for each wish to pay (a line at 1)", "");
    let one = panel.x(scale.place(1.0));
    canvas.rule("limit", (one, panel.top - 6.0), (one, panel.bottom));
    let (mut rows, mut said) = (Vec::new(), Vec::new());
    for (at, policy) in complete.iter().enumerate() {
        let (name, value) = (&policy.policy, wishes(at));
        let top = panel.top + real(at) * 34.0 + 6.0;
        let right = panel.x(scale.place(value));
        canvas.words((120.0, top + 15.0), (Anchor::End, "label"), name, 17);
        let area = Panel { left: panel.left, right, top, bottom: top + 20.0 };
        canvas.bar(&format!("f{}", folder.style(name)), &area, "");
        let words = significant(value);
        canvas.words((right + 6.0, top + 15.0), (Anchor::Start, "label"), &words, 12);
        let counts = &policy.counts;
        rows.push(vec![
            name.clone(),
            count(counts.intentions.into()),
            count(counts.attempts.into()),
            words.clone(),
            significant(each(counts.messages, counts.attempts)),
        ]);
        said.push(format!("{words} under {name}"));
    }
    let sentence = format!("Tries for each wish on average: {}.", said.join(", "));
    Figure {
        id: "amplification",
        title: "Tries for each wish to pay",
        note: "Attempts that sent a message, and wishes that no app could read, over wishes: 1 \
               means that nobody tried again. Repeats of one and the same attempt do not exist in \
               this engine, so every message is of a first attempt with its wallet."
            .to_owned(),
        legend: Vec::new(),
        svg: canvas.svg(&sentence),
        sentence,
        heads: vec![
            Words("Policy"),
            Number("Wishes"),
            Number("Attempts"),
            Number("Tries a wish"),
            Number("Messages an attempt"),
        ],
        rows,
    }
}

/// The busiest stations over time.
pub(super) fn stations(folder: &Folder) -> io::Result<Figure> {
    let (busy, rows) = (busiest(folder)?, folder.rows("queues.csv")?);
    let end = rows.iter().map(|row| row.micros("t_us")).max().unwrap_or(0);
    let time = time(folder, whole(end + folder.view.scenario.window_us));
    let mut canvas = Canvas::new(real(busy.len().div_ceil(2)) * 150.0 + 34.0);
    let mut table = Vec::new();
    let mut longest: Option<(f64, String)> = None;
    for (at, node) in busy.iter().enumerate() {
        let left = if at % 2 == 0 { 60.0 } else { 420.0 };
        let top = 26.0 + real(at / 2) * 150.0;
        let panel = Panel { left, right: left + 288.0, top, bottom: top + 94.0 };
        let lines: Vec<_> = folder
            .policies()
            .into_iter()
            .map(|policy| (policy, station_line(&rows, policy, node)))
            .collect();
        let high = lines.iter().flat_map(|line| &line.1).map(|point| point.1).fold(0.0, f64::max);
        let scale = Linear::to(high);
        canvas.axes(&panel, &time.ticks(), &scale.ticks(2, fraction));
        canvas.titles(&panel, "", &format!("{}: busy", super::html::short(node, 34)));
        for (policy, points) in lines {
            let placed: Vec<(f64, f64)> =
                points.iter().map(|(t, busy, _)| (time.place(*t), scale.place(*busy))).collect();
            canvas.line(&panel, &format!("s{}", folder.style(policy)), &placed);
            for (t, busy, length) in points {
                if longest.as_ref().is_none_or(|(most, _)| length > *most) {
                    longest = Some((length, node.clone()));
                }
                table.push(vec![
                    time.words(instant(t)),
                    node.clone(),
                    policy.to_owned(),
                    fraction(busy),
                    significant(length),
                ]);
            }
        }
    }
    let sentence = longest_words(longest);
    Ok(Figure {
        id: "stations",
        title: "The busiest stations",
        note: format!(
            "Share of server time in use, window by window, mean over replications, of the \
             {STATIONS_MAX} stations with the highest utilisation, each on a scale of its own. \
             All stations, their queues and waits: queues.csv and stations.csv."
        ),
        legend: policies(folder),
        svg: canvas.svg(&sentence),
        sentence,
        heads: vec![
            Words("Middle of window"),
            Words("Station"),
            Words("Policy"),
            Number("Busy"),
            Number("Most waiting"),
        ],
        rows: table,
    })
}

fn longest_words(longest: Option<(f64, String)>) -> String {
    match longest {
        Some((length, node)) if length > 0.0 => format!(
            "The longest queue of these stations held {} messages, at {node}.",
            significant(length)
        ),
        _ => "No message waited at any of these stations.".to_owned(),
    }
}

fn busiest(folder: &Folder) -> io::Result<Vec<String>> {
    let rows = folder.rows("stations.csv")?;
    let mut most: BTreeMap<&str, f64> = BTreeMap::new();
    for row in rows.iter() {
        let own = most.entry(row.text("participant")).or_default();
        *own = own.max(row.value("utilisation_frac"));
    }
    let mut nodes: Vec<(&str, f64)> = most.into_iter().collect();
    nodes.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    let nodes: BTreeSet<(usize, &str)> =
        nodes.into_iter().map(|one| one.0).enumerate().take(STATIONS_MAX).collect();
    Ok(nodes.into_iter().map(|(_, node)| node.to_owned()).collect())
}

/// Instant, utilisation and longest queue of a station in equal parts of the run.
fn station_line(rows: &Rows, policy: &str, node: &str) -> Vec<(f64, f64, f64)> {
    let mut windows: BTreeMap<u64, (f64, f64, f64)> = BTreeMap::new();
    for row in rows.of(policy).filter(|row| row.text("participant") == node) {
        let sums = windows.entry(row.micros("t_us")).or_default();
        let length = sums.2.max(row.value("length_max"));
        *sums = (sums.0 + row.value("utilisation_frac"), sums.1 + 1.0, length);
    }
    let windows: Vec<(u64, f64, f64)> =
        windows.into_iter().map(|(t, (sum, runs, most))| (t, sum / runs, most)).collect();
    let width = windows.get(1).map_or(0, |second| second.0 - windows[0].0);
    let part = windows.len().div_ceil(60).max(1);
    let join = |part: &[(u64, f64, f64)]| {
        let most = part.iter().map(|one| one.2).fold(0.0, f64::max);
        let mean = part.iter().map(|one| one.1).sum::<f64>() / real(part.len());
        (whole(part[0].0) + whole(width) * real(part.len()) / 2.0, mean, most)
    };
    windows.chunks(part).map(join).collect()
}
