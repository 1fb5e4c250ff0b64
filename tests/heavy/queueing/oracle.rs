//! Exact waiting times from the literature. The unit of time is one mean service.
//!
//! | System | Source | Exact |
//! |---|---|---|
//! | M/M/c | Erlang 1917: the delay formula; the wait is exponential once positive | all |
//! | M/M/c/K | birth and death; a customer that finds n waits an Erlang time | all |
//! | M/D/1 | Erlang 1909: the alternating series | all |
//! | M/G/1 | Pollaczek 1930, Khinchine 1932: mean, and the geometric sum of residual services | all |
//!
//! The geometric sum is evaluated on a lattice of a hundredth of a service (Panjer 1981); its error
//! is of second order, below 0.01 % of the quantiles used here, as the tests at the end show
//! against both closed forms.

/// How long a service takes; its mean is 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Service {
    /// Always the mean.
    Constant,
    /// Anything from 0 to twice the mean.
    Uniform,
    /// Exponential.
    Exponential,
    /// Log-normal with this coefficient of variation.
    LogNormal(f64),
}

impl Service {
    /// Squared coefficient of variation.
    pub(crate) fn scv(self) -> f64 {
        match self {
            Self::Constant => 0.0,
            Self::Uniform => 1.0 / 3.0,
            Self::Exponential => 1.0,
            Self::LogNormal(cv) => cv * cv,
        }
    }

    /// The share of residual services up to `x`: the mean of min(service, x).
    fn residual(self, x: f64) -> f64 {
        match self {
            Self::Constant => x.min(1.0),
            Self::Uniform => x.min(2.0) - x.min(2.0) * x.min(2.0) / 4.0,
            Self::Exponential => -libm::expm1(-x),
            Self::LogNormal(cv) => {
                let variance = libm::log1p(cv * cv);
                let (sigma, mu) = (variance.sqrt(), -variance / 2.0);
                let below = |z: f64| libm::erfc(-z / std::f64::consts::SQRT_2) / 2.0;
                let z = (libm::log(x) - mu) / sigma;
                below(z - sigma) + x * below(-z)
            }
        }
    }
}

/// The stationary wait of a customer that is let in.
#[derive(Clone, Debug)]
pub(crate) struct Wait {
    /// Its mean.
    pub(crate) mean: f64,
    /// The probability of waiting at all.
    pub(crate) positive: f64,
    /// The probability of being turned away.
    pub(crate) blocked: f64,
    tail: Tail,
}

#[derive(Clone, Debug)]
enum Tail {
    /// Probability of waiting, and rate of the wait once positive.
    Exponential(f64, f64),
    /// Servers, and the probability of finding all busy and so many waiting.
    Mixture(f64, Vec<f64>),
    /// Erlang's series at this load.
    Series(f64),
    /// Probability of waiting longer, at each lattice point.
    Lattice(Vec<f64>),
}

/// Lattice points in one mean service.
const PER_SERVICE: usize = 100;
/// Length of the lattice in mean services.
const SERVICES: usize = 120;

impl Wait {
    /// M/M/c, each server loaded with `rho`.
    pub(crate) fn erlang(servers: u32, rho: f64) -> Self {
        let c = f64::from(servers);
        let offered = c * rho;
        // Erlang's loss formula by its recursion, then his delay formula.
        let step = |loss: f64, n: u32| offered * loss / (f64::from(n) + offered * loss);
        let loss = (1..=servers).fold(1.0, step);
        let positive = loss / (1.0 - rho * (1.0 - loss));
        let rate = c * (1.0 - rho);
        let tail = Tail::Exponential(positive, rate);
        Self { mean: positive / rate, positive, blocked: 0.0, tail }
    }

    /// M/G/1; M/D/1 among them.
    pub(crate) fn pollaczek(service: Service, rho: f64) -> Self {
        let mean = rho * (1.0 + service.scv()) / (2.0 * (1.0 - rho));
        let tail = match service {
            Service::Constant => Tail::Series(rho),
            _ => Tail::Lattice(geometric_sum(service, rho)),
        };
        Self { mean, positive: rho, blocked: 0.0, tail }
    }

    /// M/M/c/K with K = servers + room; `rho` is the offered load of each server.
    pub(crate) fn finite(servers: u32, room: u32, rho: f64) -> Self {
        let c = f64::from(servers);
        let mut weights = vec![1.0];
        for n in 1..=servers + room {
            let last = weights[weights.len() - 1];
            weights.push(last * rho * c / f64::from(n.min(servers)));
        }
        let total: f64 = weights.iter().sum();
        let blocked = weights[weights.len() - 1] / total;
        let admitted = total * (1.0 - blocked);
        let busy: Vec<f64> = weights[servers as usize..weights.len() - 1]
            .iter()
            .map(|weight| weight / admitted)
            .collect();
        let mean = busy.iter().zip(1_u32..).map(|(share, n)| share * f64::from(n) / c).sum();
        let positive = busy.iter().sum();
        Self { mean, positive, blocked, tail: Tail::Mixture(c, busy) }
    }

    /// The probability of waiting longer than `x` mean services.
    pub(crate) fn longer(&self, x: f64) -> f64 {
        match &self.tail {
            Tail::Exponential(positive, rate) => positive * libm::exp(-rate * x),
            Tail::Mixture(c, busy) => {
                let mut term = libm::exp(-c * x);
                let mut erlang = 0.0;
                let mut longer = 0.0;
                for (share, n) in busy.iter().zip(1_u32..) {
                    erlang += term;
                    longer += share * erlang;
                    term *= c * x / f64::from(n);
                }
                longer
            }
            Tail::Series(rho) => 1.0 - series(*rho, x),
            Tail::Lattice(longer) => {
                let at = x * PER_SERVICE as f64;
                let below = at as usize;
                let (from, to) = (libm::log(longer[below]), libm::log(longer[below + 1]));
                libm::exp(from + (to - from) * (at - below as f64))
            }
        }
    }

    /// The wait, in mean services, that a share of `p` does not exceed; `p` must exceed the share
    /// that does not wait.
    pub(crate) fn quantile(&self, p: f64) -> f64 {
        assert!(1.0 - p < self.positive, "the quantile is zero");
        let (mut low, mut high) = (0.0, (SERVICES - 1) as f64);
        for _ in 0..60 {
            let middle = f64::midpoint(low, high);
            if self.longer(middle) > 1.0 - p { low = middle } else { high = middle }
        }
        low
    }
}

/// Erlang's distribution of the wait in M/D/1: the share of waits up to `x`. The terms alternate,
/// the largest near e^(rho x); 25 services leave eight of the sixteen digits.
fn series(rho: f64, x: f64) -> f64 {
    if x > 25.0 {
        return 1.0;
    }
    let mut sum = 0.0;
    for k in 0..=x as u32 {
        let base = rho * (f64::from(k) - x);
        let power: f64 = (1..=k).map(|n| base / f64::from(n)).product();
        sum += power * libm::exp(-base);
    }
    (1.0 - rho) * sum
}

/// The tail of a geometric sum of residual services, each put on the lattice so that its mean and
/// the share on either side stay: half of a cell's mass at each end.
fn geometric_sum(service: Service, rho: f64) -> Vec<f64> {
    let at = |cell: usize| service.residual(cell as f64 / PER_SERVICE as f64);
    let points = SERVICES * PER_SERVICE;
    let first = at(1) / 2.0;
    let masses: Vec<f64> = (1..points).map(|j| (at(j + 1) - at(j - 1)) / 2.0).collect();
    let mut sums = vec![(1.0 - rho) / (1.0 - rho * first)];
    let factor = rho / (1.0 - rho * first);
    for n in 1..points {
        let earlier = sums.iter().rev();
        let mixed: f64 = masses[..n].iter().zip(earlier).map(|(mass, sum)| mass * sum).sum();
        sums.push(factor * mixed);
    }
    let mut longer = 1.0;
    // Half of a point's mass lies beyond it; but none of the atom at zero.
    let tails = sums.iter().enumerate().map(|(point, sum)| {
        let here = if point == 0 { sum - (1.0 - rho) } else { *sum };
        let before = if point == 0 { 1.0 - rho } else { 0.0 };
        longer -= before + here;
        (longer + here / 2.0).max(f64::MIN_POSITIVE)
    });
    tails.collect()
}

fn assert_near(value: f64, expected: f64, relative: f64) {
    let off = (value / expected - 1.0).abs();
    assert!(off <= relative, "{value} instead of {expected}: off by {off:e}");
}

#[test]
fn erlangs_delay_formula_gives_the_tabulated_values() {
    // M/M/1: everything in closed form.
    let one = Wait::erlang(1, 0.8);
    assert_near(one.positive, 0.8, 1e-12);
    assert_near(one.mean, 4.0, 1e-12);
    assert_near(one.quantile(0.95), libm::log(0.8 / 0.05) / 0.2, 1e-9);
    // M/M/2: 2 rho^2 / (1 + rho).
    assert_near(Wait::erlang(2, 0.5).positive, 1.0 / 3.0, 1e-12);
    // Ten servers and eight erlangs: 0.409 in every table.
    assert_near(Wait::erlang(10, 0.8).positive, 0.409_18, 1e-5);
}

#[test]
fn the_lattice_agrees_with_both_closed_forms() {
    for rho in [0.5, 0.7, 0.9] {
        let exponential = Wait::pollaczek(Service::Exponential, rho);
        let closed = Wait::erlang(1, rho);
        let constant = Wait::pollaczek(Service::Constant, rho);
        let tail = Tail::Lattice(geometric_sum(Service::Constant, rho));
        let lattice = Wait { tail, ..constant.clone() };
        assert_near(exponential.mean, closed.mean, 1e-12);
        for p in [0.95, 0.99] {
            assert_near(exponential.quantile(p), closed.quantile(p), 1e-4);
            assert_near(lattice.quantile(p), constant.quantile(p), 1e-4);
        }
    }
}

#[test]
fn the_tail_of_every_service_integrates_to_the_mean_of_pollaczek_and_khinchine() {
    // A heavy tail goes on beyond the lattice's end.
    let services = [
        (Service::Constant, 1e-4),
        (Service::Uniform, 1e-4),
        (Service::Exponential, 1e-4),
        (Service::LogNormal(0.6), 1e-4),
        (Service::LogNormal(1.5), 5e-4),
    ];
    for (service, relative) in services {
        let wait = Wait::pollaczek(service, 0.7);
        let step = 0.01;
        let points = if service == Service::Constant { 2_400 } else { 11_900 };
        let inner: f64 = (1..points).map(|n| wait.longer(f64::from(n) * step)).sum();
        let integral = step * (inner + wait.positive / 2.0);
        assert_near(integral, wait.mean, relative);
    }
}

#[test]
fn a_large_room_is_no_limit_and_no_room_is_erlangs_loss_system() {
    let wide = Wait::finite(4, 400, 0.8);
    let open = Wait::erlang(4, 0.8);
    assert!(wide.blocked < 1e-12);
    assert_near(wide.mean, open.mean, 1e-9);
    assert_near(wide.positive, open.positive, 1e-9);
    assert_near(wide.quantile(0.99), open.quantile(0.99), 1e-9);
    // Two servers and one erlang: (1/2) / (1 + 1 + 1/2).
    let loss = Wait::finite(2, 0, 0.5);
    assert_near(loss.blocked, 0.2, 1e-12);
    assert!(loss.positive.abs() < 1e-12);
}
