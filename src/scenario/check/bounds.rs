//! Bounds: what keeps times, sums of money and tables within their types, however long a run is.

use std::collections::BTreeSet;

use super::Checker;
use crate::kernel::dist::Dist;
use crate::scenario::de::Sp;
use crate::scenario::mistake::Mistake;
use crate::scenario::raw::DistRaw;
use crate::scenario::source::Place;
use crate::scenario::{FeeLeg, MerchantClass, Policy, RateStep, Role};
use crate::units::{Duration, InstitutionId};

/// The longest time that is stated for one step of a payment, and the longest mean of one drawn.
const LONGEST_STEP: Duration = Duration::from_secs(24 * 3_600);
/// The most minor units that all payments of a scenario move, on average over its runs; and the
/// most that all its fees do.
const MOST_MINOR: f64 = 1e18;
/// The most intentions of one source: ids have 48 bits.
const MOST_INTENTIONS: f64 = 1e14;
/// The most ways from a wallet to an acquirer: they are numbered in 16 bits.
const MOST_REACHES: usize = 65_535;

impl Checker<'_> {
    /// A time that a step of a payment may take.
    #[allow(clippy::cast_precision_loss, reason = "compared with a bound")]
    pub(super) fn short_enough(&mut self, dist: Dist, place: Place, what: &str) -> Option<Dist> {
        let longest = LONGEST_STEP.nanos();
        let fits = match &dist {
            Dist::Constant(value) | Dist::Uniform { high: value, .. } => *value <= longest,
            Dist::Empirical(knots) => knots.last().is_none_or(|knot| knot.value <= longest),
            drawn => drawn.mean() <= longest as f64,
        };
        if fits {
            return Some(dist);
        }
        self.too_long(place, what);
        None
    }

    /// As [`Self::short_enough`], of one length.
    pub(super) fn short_time(&mut self, time: Duration, place: Place, what: &str) -> Duration {
        if time <= LONGEST_STEP {
            return time;
        }
        self.too_long(place, what);
        LONGEST_STEP
    }

    fn too_long(&mut self, place: Place, what: &str) {
        let message = format!("`{what}` is too long");
        let mistake = Mistake::at("scenario::out-of-range", place, message)
            .label("expected at most \"24h\", and a mean of at most 24 hours where it is drawn");
        self.say(mistake);
    }

    /// Keeps the money that a source of demand moves on average, and refuses what 64 bits may not
    /// hold in sum.
    pub(super) fn affordable(&mut self, ticket: (&Dist, Option<&Sp<DistRaw>>), steps: &[RateStep]) {
        let (dist, written) = ticket;
        let count = expected(steps, self.until());
        let money = if count > 0.0 { dist.mean() * count } else { 0.0 };
        self.payments += count;
        self.money += money;
        // Arrivals without number are told as such.
        let Some(written) = written.filter(|_| count <= MOST_INTENTIONS) else { return };
        if money > MOST_MINOR || self.money > MOST_MINOR {
            let message = format!("these payments move too much money: about {count:.0} of them");
            let mistake = Mistake::at("scenario::out-of-range", written.place, message).label(
                "expected mean ticket × payments, over all demand, to be at most 10^18 minor units",
            );
            self.say(mistake);
        }
    }

    /// Where demand ends, in nanoseconds after the epoch.
    pub(super) fn until(&self) -> u64 {
        self.horizon.nanos() + self.drain.nanos()
    }

    /// A source has no more intentions than ids.
    pub(super) fn countable(&mut self, steps: &[RateStep], place: Place) {
        let expected = expected(steps, self.until());
        if !expected.is_finite() || expected > MOST_INTENTIONS {
            let message = "these arrivals are too many for one class";
            let mistake = Mistake::at("scenario::too-large", place, message)
                .label("expected at most 10^14 over the horizon; lower `scale` or the rate");
            self.say(mistake);
        }
    }

    /// The floors of fees, over all payments, stay within 64 bits too.
    #[allow(clippy::cast_precision_loss, reason = "compared with a bound")]
    pub(super) fn fees_fit(&mut self, fees: &[FeeLeg]) {
        let (raw, mut sum) = (self.raw, 0.0);
        for (leg, written) in fees.iter().zip(raw.fees.iter().flatten()) {
            let rate = f64::from(leg.rate.parts()) / 1e6;
            let floor = leg.floor.minor() as f64 * self.payments;
            sum += rate * self.money + floor;
            if sum > MOST_MINOR {
                let place = written.floor.as_ref().map_or(written.payer.place, |floor| floor.place);
                let message = format!(
                    "these fees move too much money over about {:.0} payments",
                    self.payments
                );
                let mistake = Mistake::at("scenario::out-of-range", place, message)
                    .label("expected all fees together to be at most 10^18 minor units");
                self.say(mistake);
                return;
            }
        }
    }

    /// No more ways from a wallet to an acquirer than numbers for them.
    pub(super) fn reachable(&mut self, merchants: &[MerchantClass], policies: &[Policy]) {
        let wallets = self.institutions.iter().filter(|one| one.roles.has(Role::Wallet)).count();
        let shown = merchants.iter().flat_map(|class| {
            class.accepts.iter().map(|at| (at.code, at.acquirer, class.order_fetch))
        });
        let mut shown: BTreeSet<(InstitutionId, InstitutionId, bool)> = shown.collect();
        if self.raw.demand.as_ref().is_some_and(|demand| demand.replay.is_some()) {
            // A log may give the code of any issuer, at the first class that accepts it or at none.
            for (index, issuer) in self.institutions.iter().enumerate() {
                let id = InstitutionId::new(index);
                if !issuer.payment_codes.is_empty() || !issuer.collection_codes.is_empty() {
                    shown.insert((id, id, true));
                }
            }
        }
        let most = wallets * shown.len() + self.institutions.len();
        if most <= MOST_REACHES {
            return;
        }
        let open = policies.iter().map(|policy| self.open_ways(policy, &shown)).max();
        let count = open.unwrap_or(0) + self.institutions.len();
        if count > MOST_REACHES {
            let message = format!("wallets reach acquirers in about {count} ways");
            let mistake = Mistake::at("scenario::too-large", self.root.place, message)
                .label(format!("expected at most {MOST_REACHES}"))
                .help("describe fewer wallets, fewer acquirers, or connections of fewer of them");
            self.say(mistake);
        }
    }

    /// At most so many pairs of a wallet and a code on a counter does a policy join.
    fn open_ways(
        &self,
        policy: &Policy,
        shown: &BTreeSet<(InstitutionId, InstitutionId, bool)>,
    ) -> usize {
        let width = self.institutions.len();
        let mut joined = vec![false; width * width];
        for one in 0..width {
            joined[one * width + one] = true;
        }
        for connect in &policy.connect {
            for code in &connect.codes {
                for wallet in &connect.wallets {
                    joined[code.index() * width + wallet.index()] = true;
                }
            }
        }
        let ways = |code: InstitutionId| {
            let row = &joined[code.index() * width..(code.index() + 1) * width];
            row.iter().filter(|joined| **joined).count()
        };
        shown.iter().map(|(code, ..)| ways(*code)).sum()
    }
}

/// How many arrivals these steps bring on average until then.
#[allow(clippy::cast_precision_loss, reason = "an expected count")]
fn expected(steps: &[RateStep], until: u64) -> f64 {
    let ends = steps.iter().skip(1).map(|step| step.from.nanos()).chain([until]);
    let lengths = steps.iter().zip(ends).map(|(step, end)| (step, end - step.from.nanos()));
    lengths.map(|(step, length)| step.per_second * length as f64 * 1e-9).sum()
}
