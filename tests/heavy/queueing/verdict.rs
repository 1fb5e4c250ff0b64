//! The comparison: Student-t intervals over independent replications, for all checks at once.

use statrs::distribution::{ContinuousCDF, StudentsT};

/// Error that all checks of a suite together may make.
const FAMILY_ERROR: f64 = 0.01;

/// One figure of one world: what theory says and what each replication measured.
#[derive(Clone, Debug)]
pub(crate) struct Check {
    pub(crate) what: String,
    pub(crate) theory: f64,
    pub(crate) measured: Vec<f64>,
    /// Widest half of the interval, as a share of the theoretical value.
    pub(crate) precision: f64,
}

/// A check, judged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Verdict {
    pub(crate) mean: f64,
    pub(crate) half_width: f64,
    /// Theory lies within the interval.
    pub(crate) agrees: bool,
    /// The interval is narrow enough to mean something.
    pub(crate) precise: bool,
}

impl Check {
    /// Judges one of `family` checks (Bonferroni: checks of one world depend on each other).
    pub(crate) fn judge(&self, family: usize) -> Verdict {
        let count = self.measured.len() as f64;
        let mean = self.measured.iter().sum::<f64>() / count;
        let squares: f64 = self.measured.iter().map(|value| (value - mean) * (value - mean)).sum();
        let deviation = (squares / (count - 1.0) / count).sqrt();
        let student = StudentsT::new(0.0, 1.0, count - 1.0).unwrap();
        let factor = student.inverse_cdf(1.0 - FAMILY_ERROR / family as f64 / 2.0);
        let half_width = factor * deviation;
        Verdict {
            mean,
            half_width,
            agrees: (mean - self.theory).abs() <= half_width,
            precise: half_width <= self.precision * self.theory,
        }
    }
}

/// A table of all checks; those that fail end in a word.
pub(crate) fn table(checks: &[Check], family: usize) -> String {
    let row = |check: &Check| {
        let Verdict { mean, half_width, agrees, precise } = check.judge(family);
        let (what, theory) = (&check.what, check.theory);
        let (off, width) = ((mean / theory - 1.0) * 100.0, half_width / theory * 100.0);
        let word = match (agrees, precise) {
            (true, true) => "",
            (true, false) => " WIDE",
            (false, _) => " REJECTED",
        };
        format!("{what:<34} {theory:>10.5} {mean:>10.5} {off:>+7.3} % ± {width:.3} %{word}")
    };
    checks.iter().map(row).collect::<Vec<_>>().join("\n")
}

#[test]
fn an_interval_has_the_width_of_students_table() {
    // Mean 3, standard error 1 over the root of 2: 4 degrees of freedom, 0.5 % a side: 4.604.
    let measured = vec![1.0, 2.0, 3.0, 4.0, 5.0];
    let check = Check { what: String::new(), theory: 6.3, measured, precision: 1.0 };
    let verdict = check.judge(1);
    assert!((verdict.half_width - 4.604_1 / std::f64::consts::SQRT_2).abs() < 1e-3);
    assert!(!verdict.agrees && verdict.precise);
    assert!(check.judge(2).agrees, "two checks share the error");
}
