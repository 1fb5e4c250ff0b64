//! How long payments took: by percentile, and over time.

use std::collections::BTreeMap;
use std::io;

use super::canvas::{Anchor, Canvas, Panel, WIDTH, real};
use super::figure::Figure;
use super::files::Folder;
use super::html::Head::{Number, Words};
use super::scale::{Log, Time};
use crate::report::number::{count, micros, significant};

/// Samples above the last point drawn: no tail is drawn from fewer.
const TAIL: f64 = 10.0;
/// Most columns and rows of all heat maps of a page.
const COLUMNS: u64 = 60;
const CELLS_MAX: usize = 4_500;

struct Percentile {
    policy: String,
    quantile: f64,
    us: f64,
    above: f64,
}

/// The percentile tables that `latency.hgrm` holds.
fn percentiles(text: &str) -> Vec<Percentile> {
    let mut found = Vec::new();
    let mut policy = String::new();
    let mut samples: f64 = 0.0;
    let mut block: Vec<Percentile> = Vec::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("# ").and_then(|line| line.split_once(": ")) {
            name.0.clone_into(&mut policy);
        } else if line.starts_with("#[Max") {
            let counted = line.rsplit_once('=').map_or("", |(_, rest)| rest);
            samples = counted.trim().trim_end_matches(']').parse().unwrap_or(samples);
            // A tail needs its samples, and so does the fast end.
            let known = |one: &Percentile| samples * one.above >= TAIL && one.quantile > 0.0;
            found.extend(block.drain(..).filter(known));
        } else {
            let mut words = line.split_whitespace().map(str::parse::<f64>);
            let (Some(Ok(us)), Some(Ok(quantile))) = (words.next(), words.next()) else { continue };
            let above = 1.0 - quantile;
            block.push(Percentile { policy: policy.clone(), quantile, us, above });
        }
    }
    found
}

/// System latency of accepted attempts by percentile.
pub(super) fn by_percentile(folder: &Folder) -> io::Result<Figure> {
    let points = percentiles(&folder.text("latency.hgrm")?);
    let scale = Log::over(points.iter().map(|point| point.us.max(1.0)));
    let nines = points.iter().map(|point| -libm::log10(point.above)).fold(1.0, f64::max);
    let panel = Panel { left: 70.0, right: 610.0, top: 26.0, bottom: 290.0 };
    let mut canvas = Canvas::new(334.0);
    let labels = ["0 %", "90 %", "99 %", "99.9 %", "99.99 %", "99.999 %", "99.9999 %"];
    let whole = (0_u32..).zip(labels).map(|(n, words)| (f64::from(n) / nines, words.to_owned()));
    let half = (libm::log10(2.0) / nines, "50 %".to_owned());
    let mut across: Vec<_> = whole.chain([half]).filter(|(place, _)| *place <= 1.0).collect();
    across.sort_by(|a, b| a.0.total_cmp(&b.0));
    canvas.axes(&panel, &across, &scale.ticks(micros_of));
    canvas.titles(&panel, "share of attempts that were at least as fast", "latency (logarithmic)");
    let mut ends: Vec<(f64, &str)> = Vec::new();
    for policy in folder.policies() {
        let own = points.iter().filter(|point| point.policy == policy);
        let line: Vec<(f64, f64)> = own
            .map(|point| (-libm::log10(point.above) / nines, scale.place(point.us.max(1.0))))
            .collect();
        if let Some((_, y)) = line.last() {
            ends.push((panel.y(*y), policy));
            canvas.line(&panel, &format!("s{}", folder.style(policy)), &line);
        }
    }
    direct_labels(folder, &mut canvas, panel.right + 8.0, ends);
    let rows = points.iter().map(|point| {
        let share = significant(point.quantile * 1e2);
        vec![point.policy.clone(), format!("{share} %"), micros_of(point.us)]
    });
    let sentence = percentile_sentence(folder);
    Ok(Figure {
        id: "percentiles",
        title: "Latency by percentile",
        note: format!(
            "System latency of accepted attempts, replications pooled, from the first \
             institution's receipt to the last one's release. Lines end where fewer than {TAIL} \
             attempts were slower. All steps: latency.hgrm."
        ),
        legend: policies(folder),
        svg: canvas.svg(&sentence),
        sentence,
        heads: vec![Words("Policy"), Number("Percentile"), Number("Latency")],
        rows: rows.collect(),
    })
}

fn percentile_sentence(folder: &Folder) -> String {
    let said = folder.view.policies.iter().filter_map(|policy| {
        let figures = policy.latency.as_ref()?;
        let p99 = figures.p99_us.map(|us| format!(", 1 % more than {}", micros(us)));
        let median = micros(figures.p50_us?);
        Some(format!(
            "Under {} half of the accepted attempts took at most {median}{}.",
            policy.policy,
            p99.unwrap_or_default()
        ))
    });
    let said: Vec<String> = said.collect();
    if said.is_empty() { "No attempt was accepted.".to_owned() } else { said.join(" ") }
}

/// Names at the ends of lines, pushed apart where they would touch.
pub(super) fn direct_labels(
    folder: &Folder,
    canvas: &mut Canvas,
    x: f64,
    mut ends: Vec<(f64, &str)>,
) {
    ends.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut free = 0.0_f64;
    for (y, policy) in ends {
        let y = y.max(free);
        let kind = format!("label t{}", folder.style(policy));
        canvas.words((x, y + 4.0), (Anchor::Start, &kind), policy, 15);
        free = y + 15.0;
    }
}

/// The legend of charts whose colours are policies; one policy needs none.
pub(super) fn policies(folder: &Folder) -> Vec<(String, String)> {
    let names = folder.policies();
    if names.len() < 2 {
        return Vec::new();
    }
    let entry = |policy: &&str| (format!("s{}", folder.style(policy)), (*policy).to_owned());
    names.iter().map(entry).collect()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a length of time between nothing and hours"
)]
pub(super) fn micros_of(us: f64) -> String {
    micros(us.round() as u64)
}

/// A cell: window and bucket by number.
type Cells = BTreeMap<(u64, u64), f64>;

struct Heat {
    cells: BTreeMap<String, Cells>,
    width_us: u64,
    edges: Vec<(f64, f64)>,
}

/// Windows and buckets joined until all policies' cells fit a page.
fn heat(folder: &Folder) -> io::Result<Heat> {
    let rows = folder.rows("latency_heatmap.csv")?;
    let end = rows.iter().map(|row| row.micros("t_us")).max().unwrap_or(0) + 1;
    let mut buckets: Vec<(u64, u64)> =
        rows.iter().map(|row| (row.micros("bucket_lo_us"), row.micros("bucket_hi_us"))).collect();
    buckets.sort_unstable();
    buckets.dedup();
    let window = folder.view.scenario.window_us.max(1);
    let (mut wide, mut high) = (end.div_ceil(window).div_ceil(COLUMNS).max(1), 1);
    loop {
        let mut cells: BTreeMap<String, Cells> = BTreeMap::new();
        for row in rows.iter() {
            let bucket = (row.micros("bucket_lo_us"), row.micros("bucket_hi_us"));
            let bucket = buckets.binary_search(&bucket).unwrap_or(0) / high;
            let key = (row.micros("t_us") / (window * wide), bucket as u64);
            let own = cells.entry(row.text("policy").to_owned()).or_default();
            *own.entry(key).or_default() += row.value("count");
        }
        if cells.values().map(Cells::len).sum::<usize>() <= CELLS_MAX {
            let edge = |part: &[(u64, u64)]| {
                let (low, high) = (part[0].0, part[part.len() - 1].1);
                (whole(low), whole(high))
            };
            let edges = buckets.chunks(high).map(edge).collect();
            return Ok(Heat { cells, width_us: window * wide, edges });
        }
        // The time axis stays the finer one.
        if high < 3 { high += 1 } else { wide += 1 }
    }
}

/// Exact below 2^53 microseconds, which is 285 years.
#[expect(clippy::cast_precision_loss, reason = "a place in a picture")]
pub(super) fn whole(value: u64) -> f64 {
    value as f64
}

/// How many attempts took how long, window by window.
pub(super) fn over_time(folder: &Folder) -> io::Result<Figure> {
    let heat = heat(folder)?;
    let most = heat.cells.values().flat_map(Cells::values).copied().fold(1.0, f64::max);
    let latest = heat.cells.values().flat_map(Cells::keys).map(|key| key.0 + 1).max().unwrap_or(1);
    let end = whole(latest * heat.width_us);
    let time = Time::to(folder.view.scenario.epoch_time_of_day_us, end);
    let scale = Log::over(heat.edges.iter().flat_map(|(low, high)| [low.max(1.0), *high]));
    let names: Vec<&str> = folder.policies();
    let tall = if names.len() > 2 { 150.0 } else { 210.0 };
    let mut canvas = Canvas::new(real(names.len()) * (tall + 50.0) + 24.0);
    let mut rows = Vec::new();
    for (at, policy) in names.iter().enumerate() {
        let top = 26.0 + real(at) * (tall + 50.0);
        let panel = Panel { left: 70.0, right: WIDTH - 12.0, top, bottom: top + tall };
        canvas.axes(&panel, &time.ticks(), &scale.ticks(micros_of));
        let last = at + 1 == names.len();
        canvas.titles(&panel, if last { "time of day" } else { "" }, &format!("{policy}: latency"));
        for ((window, bucket), found) in heat.cells.get(*policy).into_iter().flatten() {
            let (low, high) = heat.edges[usize::try_from(*bucket).unwrap_or(0)];
            let from = window * heat.width_us;
            let place = |us: u64| panel.x(time.place(whole(us)));
            let area = Panel {
                left: place(from),
                right: place(from + heat.width_us),
                top: panel.y(scale.place(high)),
                bottom: panel.y(scale.place(low.max(1.0))),
            };
            canvas.bar(&format!("h{}", tone(*found, most)), &area, "");
            let between = format!("{} to {}", micros_of(low), micros_of(high));
            rows.push(vec![time.words(from), (*policy).to_owned(), between, number(*found)]);
        }
    }
    let sentence = format!(
        "{} cells of {} by latency; the fullest holds {} answers.",
        rows.len(),
        span(heat.width_us),
        number(most)
    );
    Ok(Figure {
        id: "heat",
        title: "Latency over time",
        note: "Stronger: more accepted attempts were answered in this window with this latency \
               (logarithmic, replications together). All windows and buckets: \
               latency_heatmap.csv."
            .to_owned(),
        legend: (0..7).map(|tone| (format!("hk{tone}"), tone_words(tone, most))).collect(),
        svg: canvas.svg(&sentence),
        sentence,
        heads: vec![Words("Window from"), Words("Policy"), Words("Latency"), Number("Answers")],
        rows,
    })
}

/// One of seven tones, by the logarithm.
fn tone(value: f64, most: f64) -> u32 {
    let place = libm::log10(1.0 + value) / libm::log10(1.0 + most);
    (0..6).filter(|step| place > f64::from(step + 1) / 7.0).count().try_into().unwrap_or(0)
}

fn tone_words(tone: u32, most: f64) -> String {
    let bound = |part: u32| libm::pow(1.0 + most, f64::from(part) / 7.0) - 1.0;
    format!("to {}", significant(libm::ceil(bound(tone + 1)).max(1.0)))
}

/// A count, exact where it is whole and small.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
pub(super) fn number(value: f64) -> String {
    count(value.round() as u128)
}

/// A window's width in words.
pub(super) fn span(us: u64) -> String {
    match us {
        minutes if minutes >= 60_000_000 && minutes % 60_000_000 == 0 => {
            format!("{} min", minutes / 60_000_000)
        }
        us => micros(us),
    }
}
