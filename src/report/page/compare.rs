//! Policies against each other: paired differences, and what is paid for what.

use super::canvas::{Anchor, Canvas, Panel, WIDTH, real};
use super::figure::Figure;
use super::files::Folder;
use super::html::Head::{Number, Words};
use super::latency::policies;
use super::scale::{Linear, Symmetric};
use crate::measure::Direction;
use crate::measure::dictionary::entry_of;
use crate::report::metric_view::MetricView;
use crate::report::number::significant;

/// Metrics compared, those of a page; all others are in `summary.json`.
const METRICS: [&str; 14] = [
    "acceptance.first_try_frac",
    "acceptance.after_switch_frac",
    "acceptance.lost_frac",
    "acceptance.declined_frac",
    "attempts",
    "value_minor",
    "messages_per_attempt",
    "latency.system.p50_us",
    "latency.system.p99_us",
    "latency.user.p50_us",
    "latency.user.p99_us",
    "settlement.net_minor",
    "liquidity.peak_used_frac",
    "fees.merchant_bp",
];
const COST: &str = "settlement.net_minor";
const DELAY: [&str; 2] = ["latency.system.p99_us", "latency.system.mean_us"];

struct Effect {
    metric: &'static str,
    policy: String,
    change: f64,
    interval: Option<(f64, f64)>,
    pairs: u32,
}

fn metric<'a>(folder: &'a Folder, name: &str, policy: &str) -> Option<&'a MetricView> {
    let mut all = folder.view.metrics.iter();
    all.find(|one| one.name == name && one.policy == policy)
}

/// Differences as shares of the first policy's mean, in per cent.
fn effects(folder: &Folder) -> Vec<Effect> {
    let mut effects = Vec::new();
    for name in METRICS {
        for one in folder.view.differences.iter().filter(|one| one.name == name) {
            let base = metric(folder, name, &one.baseline).and_then(|base| base.value);
            let Some(base) = base.filter(|base| base.abs() > 0.0) else { continue };
            let percent = |value: f64| value / base.abs() * 100.0;
            effects.push(Effect {
                metric: name,
                policy: one.policy.clone(),
                change: percent(one.difference),
                interval: one.ci_lo.zip(one.ci_hi).map(|(low, high)| (percent(low), percent(high))),
                pairs: one.replications,
            });
        }
    }
    effects
}

impl Effect {
    /// What the interval allows to say.
    fn verdict(&self) -> &'static str {
        let better = entry_of(self.metric).map_or(Direction::Neutral, |entry| entry.direction);
        let clear = self.interval.is_some_and(|(low, high)| low > 0.0 || high < 0.0);
        match (self.interval, clear, better) {
            (None, ..) => "one replication",
            (_, false, _) => "no clear difference",
            (_, _, Direction::Neutral) => "differs",
            (_, _, Direction::Higher) if self.change > 0.0 => "better",
            (_, _, Direction::Lower) if self.change < 0.0 => "better",
            _ => "worse",
        }
    }
}

impl Effect {
    /// A dot with its interval and its value, `y` down the picture.
    fn draw(&self, canvas: &mut Canvas, panel: &Panel, scale: Symmetric, (y, style): (f64, usize)) {
        let up = (panel.bottom - y) / (panel.bottom - panel.top);
        if let Some((low, high)) = self.interval {
            let (from, to) = (panel.x(scale.place(low)), panel.x(scale.place(high)));
            canvas.rule(&format!("whisker s{style}"), (from, y), (to, y));
        }
        let change = signed(self.change);
        let says = format!("{}: {change}", self.policy);
        canvas.dot(panel, &format!("f{style}"), (scale.place(self.change), up), &says);
        let at = (panel.right + 6.0, y + 4.0);
        canvas.words(at, (Anchor::Start, "tick"), &change, 12);
    }

    fn row(&self) -> Vec<String> {
        let interval = self.interval.map_or_else(
            || "–".to_owned(),
            |(low, high)| format!("{} to {}", signed(low), signed(high)),
        );
        vec![
            self.metric.to_owned(),
            self.policy.clone(),
            signed(self.change),
            interval,
            self.pairs.to_string(),
            self.verdict().to_owned(),
        ]
    }
}

fn forest_words(first: &str, effects: &[Effect]) -> String {
    let clear =
        effects.iter().filter(|one| matches!(one.verdict(), "better" | "worse" | "differs"));
    if effects.iter().any(|one| one.interval.is_some()) {
        format!(
            "Of {} differences from {first}, {} have an interval without 0.",
            effects.len(),
            clear.count()
        )
    } else {
        "One replication shows differences but not how sure they are: --replications 10 gives \
         intervals."
            .to_owned()
    }
}

fn signed(percent: f64) -> String {
    let sign = if percent > 0.0 { "+" } else { "" };
    format!("{sign}{} %", significant(percent)).replace('-', "−")
}

/// A forest of paired differences from the first policy.
pub(super) fn forest(folder: &Folder) -> Option<Figure> {
    let names = folder.policies();
    let [first, others @ ..] = names.as_slice() else { return None };
    if others.is_empty() {
        return None;
    }
    let effects = effects(folder);
    let ends = effects.iter().flat_map(|one| {
        let (low, high) = one.interval.unwrap_or((one.change, one.change));
        [one.change, low, high]
    });
    let scale = Symmetric::over(ends);
    let mut metrics: Vec<&str> = effects.iter().map(|one| one.metric).collect();
    metrics.dedup();
    let lane = 14.0 * real(others.len()) + 10.0;
    let bottom = 30.0 + lane * real(metrics.len());
    let panel = Panel { left: 190.0, right: WIDTH - 90.0, top: 30.0, bottom };
    let mut canvas = Canvas::new(bottom + 48.0);
    canvas.axes(&panel, &scale.ticks(), &Vec::new());
    canvas.titles(&panel, &format!("change from {first}, linear below 1 %"), "");
    canvas.rule("limit", (panel.x(0.5), 20.0), (panel.x(0.5), bottom));
    let mut rows = Vec::new();
    for (at, name) in metrics.iter().enumerate() {
        let top = panel.top + lane * real(at) + 5.0;
        canvas.words((180.0, top + lane / 2.0), (Anchor::End, "label"), name, 27);
        for one in effects.iter().filter(|one| one.metric == *name) {
            let place = others.iter().position(|policy| *policy == one.policy).unwrap_or(0);
            let style = folder.style(&one.policy);
            one.draw(&mut canvas, &panel, scale, (top + 14.0 * real(place) + 7.0, style));
            rows.push(one.row());
        }
    }
    let sentence = forest_words(first, &effects);
    Some(Figure {
        id: "forest",
        title: "Policies compared",
        note: format!(
            "Each policy less {first} in the same replication, as a share of {first}'s mean; \
             whiskers are 0.95 intervals (Student-t, not adjusted for many metrics). Metrics that \
             are 0 under {first} have no share. All metrics: summary.json."
        ),
        legend: policies(folder),
        svg: canvas.svg(&sentence),
        sentence,
        heads: vec![
            Words("Metric"),
            Words("Policy"),
            Number("Change"),
            Number("0.95 interval"),
            Number("Pairs"),
            Words("Verdict"),
        ],
        rows,
    })
}

struct Choice<'a> {
    policy: &'a str,
    delay: &'a MetricView,
    cost: &'a MetricView,
    front: bool,
}

impl Choice<'_> {
    /// A dot with the intervals of both its values.
    fn cross(&self, canvas: &mut Canvas, panel: &Panel, scales: (Linear, Linear), style: usize) {
        let (across, up) = scales;
        let x = across.place(self.delay.value.unwrap_or(0.0));
        let y = up.place(self.cost.value.unwrap_or(0.0));
        let whisker = format!("whisker s{style}");
        if let Some((low, high)) = self.delay.ci_lo.zip(self.delay.ci_hi) {
            let (from, to) = (panel.x(across.place(low)), panel.x(across.place(high)));
            canvas.rule(&whisker, (from, panel.y(y)), (to, panel.y(y)));
        }
        if let Some((low, high)) = self.cost.ci_lo.zip(self.cost.ci_hi) {
            let (from, to) = (panel.y(up.place(low)), panel.y(up.place(high)));
            canvas.rule(&whisker, (panel.x(x), from), (panel.x(x), to));
        }
        canvas.dot(panel, &format!("f{style}"), (x, y), self.policy);
    }
}

fn choices(folder: &Folder) -> Vec<Choice<'_>> {
    let known = |name| move |policy: &&str| metric(folder, name, policy).is_some();
    let names = folder.policies();
    let delay = DELAY.into_iter().find(|name| names.iter().all(known(name)));
    let Some(delay) = delay else { return Vec::new() };
    let mut all: Vec<Choice<'_>> = names
        .into_iter()
        .filter_map(|policy| {
            let (delay, cost) = (metric(folder, delay, policy)?, metric(folder, COST, policy)?);
            Some(Choice { policy, delay, cost, front: true })
        })
        .collect();
    let places: Vec<(f64, f64)> = all
        .iter()
        .map(|one| (one.delay.value.unwrap_or(f64::MAX), one.cost.value.unwrap_or(f64::MAX)))
        .collect();
    for (at, one) in all.iter_mut().enumerate() {
        let (x, y) = places[at];
        let beats = |&(a, b): &(f64, f64)| a <= x && b <= y && (a < x || b < y);
        one.front = !places.iter().any(beats);
    }
    all
}

/// Slow payments against money to settle; nobody on the front is beaten in both.
pub(super) fn trade_off(folder: &Folder) -> Option<Figure> {
    let all = choices(folder);
    if all.len() < 2 {
        return None;
    }
    let reach = |read: for<'a> fn(&'a Choice<'_>) -> &'a MetricView| {
        let low = |one: &Choice<'_>| read(one).ci_lo.or(read(one).value).unwrap_or(0.0);
        let high = |one: &Choice<'_>| read(one).ci_hi.or(read(one).value).unwrap_or(0.0);
        let (low, high) = (all.iter().map(low), all.iter().map(high));
        Linear::around(low.fold(f64::MAX, f64::min).max(0.0), high.fold(0.0, f64::max))
    };
    let (across, up) = (reach(|one| one.delay), reach(|one| one.cost));
    let panel = Panel { left: 120.0, right: WIDTH - 130.0, top: 30.0, bottom: 290.0 };
    let mut canvas = Canvas::new(334.0);
    let money = |value: f64| folder.money(value);
    canvas.axes(&panel, &across.ticks(5, super::latency::micros_of), &up.ticks(4, money));
    let delay = &all[0].delay.name;
    canvas.titles(&panel, delay, "net to settle in a run");
    let place = |one: &MetricView, scale: Linear| scale.place(one.value.unwrap_or(0.0));
    let mut front: Vec<&Choice<'_>> = all.iter().filter(|one| one.front).collect();
    front.sort_by(|a, b| place(a.delay, across).total_cmp(&place(b.delay, across)));
    for pair in front.windows(2) {
        let point =
            |one: &Choice<'_>| (panel.x(place(one.delay, across)), panel.y(place(one.cost, up)));
        canvas.rule("front", point(pair[0]), point(pair[1]));
    }
    let mut rows = Vec::new();
    for one in &all {
        one.cross(&mut canvas, &panel, (across, up), folder.style(one.policy));
        let delay = super::latency::micros_of(one.delay.value.unwrap_or(0.0));
        let cost = money(one.cost.value.unwrap_or(0.0));
        let front = if one.front { "yes" } else { "no: another is better in both" };
        rows.push(vec![one.policy.to_owned(), delay, cost, front.to_owned()]);
    }
    let ends = all.iter().map(|one| (panel.y(place(one.cost, up)), one.policy)).collect();
    super::latency::direct_labels(folder, &mut canvas, panel.right + 10.0, ends);
    let names: Vec<&str> = front.iter().map(|one| one.policy).collect();
    let sentence = match names.as_slice() {
        [only] => format!("{only} is fastest at the slow end and settles least."),
        many => format!("No policy is best in both: the front is {}.", many.join(", ")),
    };
    Some(Figure {
        id: "trade-off",
        title: "Speed against money to settle",
        note: "Lower left is better. Crosses are 0.95 intervals where there are at least two \
               replications; the dashed line is the Pareto front."
            .to_owned(),
        legend: Vec::new(),
        svg: canvas.svg(&sentence),
        sentence,
        heads: vec![
            Words("Policy"),
            Number("Slow end"),
            Number("Net to settle"),
            Words("On the front"),
        ],
        rows,
    })
}
