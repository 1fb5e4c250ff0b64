//! Progress: one bar a file on a terminal, a plain line now and then elsewhere.
//!
//! Never: standard output. Progress is no data.

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::clock::Stopwatch;

/// How progress is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Show {
    /// Bars, redrawn in place.
    Bars,
    /// A line now and then.
    Plain,
    /// Not at all.
    Nothing,
}

impl Show {
    /// Bars where standard error is a terminal that can redraw, plain lines elsewhere.
    pub fn suited() -> Self {
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        if io::stderr().is_terminal() && !dumb { Self::Bars } else { Self::Plain }
    }
}

/// How far one file's runs have got, all together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Simulated nanoseconds so far, over all runs.
    pub simulated_ns: u128,
    /// Simulated nanoseconds when all is done.
    pub planned_ns: u128,
    /// Payments opened so far.
    pub payments: u64,
}

impl Standing {
    /// Share done, in thousandths.
    pub fn per_mille(&self) -> u64 {
        if self.planned_ns == 0 {
            return 1_000;
        }
        let share = self.simulated_ns.min(self.planned_ns) * 1_000 / self.planned_ns;
        u64::try_from(share).expect("at most a thousand")
    }

    /// Simulated time, payments per second of wall time, and the time left.
    fn words(&self, elapsed: Duration) -> String {
        let seconds = elapsed.as_secs_f64().max(0.001);
        let mut words = format!(
            "{} simulated, {} payments/s",
            short_time(self.simulated_ns / 1_000_000_000),
            thousands(rate(self.payments, seconds)),
        );
        if let Some(left) = self.left(elapsed) {
            let _ = write!(words, ", {} left", short_time(u128::from(left.as_secs())));
        }
        words
    }

    /// Wall time left if it goes on like this; `None` before anything can be said.
    fn left(&self, elapsed: Duration) -> Option<Duration> {
        let done = self.per_mille();
        if done == 0 || done >= 1_000 {
            return None;
        }
        let whole = elapsed.as_millis() * 1_000 / u128::from(done);
        let left = whole.saturating_sub(elapsed.as_millis());
        Some(Duration::from_millis(u64::try_from(left).unwrap_or(u64::MAX)))
    }
}

/// Decides when a plain line is due: after 10 s and 10 %, whichever is later.
#[derive(Clone, Debug, Default)]
pub struct Pace {
    at: Duration,
    per_mille: u64,
}

impl Pace {
    /// Runs below this say nothing at all.
    const SHORT: Duration = Duration::from_secs(2);
    const EVERY: Duration = Duration::from_secs(10);
    const EVERY_PER_MILLE: u64 = 100;

    /// Whether a line is due now; if so the pace starts over.
    pub fn due(&mut self, elapsed: Duration, per_mille: u64) -> bool {
        let long_ago = elapsed.saturating_sub(self.at) >= Self::EVERY;
        let far = per_mille.saturating_sub(self.per_mille) >= Self::EVERY_PER_MILLE;
        let due = long_ago && far && per_mille < 1_000;
        if due {
            (self.at, self.per_mille) = (elapsed, per_mille);
        }
        due
    }
}

/// Shows how every file gets on.
#[derive(Debug)]
pub struct Board {
    since: Stopwatch,
    names: Vec<String>,
    drawn: Drawn,
}

#[derive(Debug)]
enum Drawn {
    Bars(MultiProgress, Vec<ProgressBar>),
    Plain(Vec<Pace>, Vec<bool>),
    Nothing,
}

impl Board {
    /// A board with one place a file.
    pub fn new(show: Show, names: Vec<String>) -> Self {
        let drawn = match show {
            Show::Bars => {
                let (all, bars) = bars(&names);
                Drawn::Bars(all, bars)
            }
            Show::Plain => {
                Drawn::Plain(vec![Pace::default(); names.len()], vec![false; names.len()])
            }
            Show::Nothing => Drawn::Nothing,
        };
        Self { since: Stopwatch::start(), names, drawn }
    }

    /// Shows the standings, one a file.
    pub fn update(&mut self, standings: &[Standing]) {
        let elapsed = self.since.elapsed();
        match &mut self.drawn {
            Drawn::Bars(_, bars) => {
                for (bar, standing) in bars.iter().zip(standings) {
                    bar.set_position(standing.per_mille());
                    bar.set_message(standing.words(elapsed));
                }
            }
            Drawn::Plain(paces, ended) => {
                for (file, standing) in standings.iter().enumerate() {
                    if let Some(text) = line(&mut paces[file], &mut ended[file], standing, elapsed)
                    {
                        say(&self.names[file], &text);
                    }
                }
            }
            Drawn::Nothing => {}
        }
    }

    /// Removes what was drawn.
    pub fn finish(&mut self) {
        if let Drawn::Bars(all, bars) = &self.drawn {
            bars.iter().for_each(ProgressBar::finish_and_clear);
            // A terminal that went away does not matter any more.
            let _ = all.clear();
        }
    }
}

fn bars(names: &[String]) -> (MultiProgress, Vec<ProgressBar>) {
    let style = ProgressStyle::with_template("{prefix:<14!} ▕{bar:10}▏{percent:>3} %  {wide_msg}")
        .expect("the template is a constant")
        .progress_chars("█▉▊▋▌▍▎▏ ");
    let all = MultiProgress::new();
    let add = |name: &String| {
        let bar = ProgressBar::new(1_000).with_style(style.clone()).with_prefix(name.clone());
        all.add(bar)
    };
    let bars = names.iter().map(add).collect();
    (all, bars)
}

/// The line that is due now, if any. The last line of a file comes once.
fn line(
    pace: &mut Pace,
    ended: &mut bool,
    standing: &Standing,
    elapsed: Duration,
) -> Option<String> {
    let per_mille = standing.per_mille();
    if per_mille == 1_000 && !*ended {
        *ended = true;
        let seconds = elapsed.as_secs_f64();
        return (elapsed >= Pace::SHORT).then(|| format!("ended after {seconds:.0} s"));
    }
    let due = !*ended && pace.due(elapsed, per_mille);
    due.then(|| format!("{} %  {}", per_mille / 10, standing.words(elapsed)))
}

fn say(name: &str, text: &str) {
    // Nobody is left to tell when standard error is gone.
    let _ = writeln!(io::stderr().lock(), "{name}: {text}");
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a rate for the eye"
)]
fn rate(payments: u64, seconds: f64) -> u64 {
    (payments as f64 / seconds).round() as u64
}

/// Digits in groups of three.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A length of time in its two largest units.
pub fn short_time(seconds: u128) -> String {
    let (days, hours) = (seconds / 86_400, seconds / 3_600 % 24);
    let (minutes, rest) = (seconds / 60 % 60, seconds % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{rest} s"),
        (0, 0, _) => format!("{minutes} min {rest:02} s"),
        (0, _, _) => format!("{hours} h {minutes:02} min"),
        _ => format!("{days} d {hours:02} h"),
    }
}
