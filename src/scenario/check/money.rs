//! Fees, calibration and the number of replications.

use super::Checker;
use crate::scenario::mistake::Mistake;
use crate::scenario::raw::{CalibrationRaw, FeeRaw, KindRaw, LegRaw, PartyRaw, ScopeRaw};
use crate::scenario::{
    CalibrationKind, CalibrationRow, ConsumerClass, FeeKind, FeeLeg, FeeParty, FeeScope,
};
use crate::units::Ppm;

/// The most replications of a policy.
const MOST_REPLICATIONS: i64 = 100_000;

impl Checker<'_> {
    pub(super) fn fees(&mut self, classes: &[ConsumerClass]) -> Vec<FeeLeg> {
        let raw = self.raw;
        let fees: Vec<FeeLeg> = raw.fees.iter().flatten().map(|fee| self.fee(fee)).collect();
        self.fees_fit(&fees);
        self.fees_within_payment(&fees, classes);
        fees
    }

    /// Whoever pays more in fees than the payment is worth hardly means to.
    #[allow(clippy::cast_precision_loss, reason = "an amount for people")]
    fn fees_within_payment(&mut self, fees: &[FeeLeg], classes: &[ConsumerClass]) {
        let means = classes.iter().map(|class| class.ticket.mean());
        let Some(mean) = means.max_by(f64::total_cmp) else { return };
        let (raw, mut told) = (self.raw, Vec::new());
        for (leg, written) in fees.iter().zip(raw.fees.iter().flatten()) {
            let alike = fees.iter().filter(|one| {
                // On-us and off-us legs never meet.
                one.payer == leg.payer && (one.scope == leg.scope || one.scope == FeeScope::All)
            });
            let charges = alike.map(|one| {
                let rate = f64::from(one.rate.parts()) / 1e6;
                let fee = (rate * mean).max(one.floor.minor() as f64);
                one.cap.map_or(fee, |cap| fee.min(cap.minor() as f64))
            });
            let sum: f64 = charges.sum();
            if sum > mean && !told.contains(&leg.payer) {
                told.push(leg.payer);
                let places = usize::from(self.currency.exponent);
                let unit = libm::pow(10.0, f64::from(self.currency.exponent));
                let message = format!(
                    "the {} pays {:.places$} in fees on a payment of {:.places$}, the largest mean \
                     of a class",
                    spoken(leg.payer),
                    sum / unit,
                    mean / unit,
                );
                self.warnings.push((written.payer.place, message));
            }
        }
    }

    /// A fee is booked where its payer and earner act in the payment: merchants hold money at
    /// their acquirer alone, and a bank takes part in the debit alone.
    fn fee_can_be_booked(&mut self, raw: &FeeRaw) {
        let (payer, earner) = (raw.payer.value, raw.earner.value);
        if earner == PartyRaw::Merchant {
            let mistake = Mistake::at("scenario::fee", raw.earner.place, "a merchant earns no fee")
                .label("expected an institution, such as \"acquirer\"");
            self.say(mistake);
        }
        if payer == PartyRaw::Merchant && earner != PartyRaw::Acquirer {
            let message = "a merchant pays fees to its acquirer only";
            let mistake = Mistake::at("scenario::fee", raw.earner.place, message)
                .label("expected \"acquirer\"")
                .also(raw.payer.place, "the payer")
                .help("let the merchant pay the acquirer, and the acquirer pay the others");
            self.say(mistake);
        }
        let debit = (payer, earner) == (PartyRaw::Wallet, PartyRaw::Bank);
        let names_bank = payer == PartyRaw::Bank || earner == PartyRaw::Bank;
        let of_debit = kind_of(raw.kind) == FeeKind::BankDebit;
        if names_bank != debit || of_debit != debit {
            let message = "a bank is paid by the wallet, for the debit, and by nobody else";
            let mistake = Mistake::at("scenario::fee", raw.payer.place, message).help(
                "write kind = \"bank-debit\", payer = \"wallet\", earner = \"bank\" together, \
                 or none of them",
            );
            self.say(mistake);
        }
    }

    fn fee(&mut self, raw: &FeeRaw) -> FeeLeg {
        if raw.payer.value == raw.earner.value {
            let message = "nobody pays a fee to itself";
            let mistake = Mistake::at("scenario::fee", raw.earner.place, message)
                .label("expected a party other than the payer")
                .also(raw.payer.place, "the payer");
            self.say(mistake);
        }
        self.fee_can_be_booked(raw);
        let rate = raw.rate.as_ref().map(|rate| self.ratio(rate, "fee.rate").unwrap_or_default());
        let floor =
            raw.floor.as_ref().map(|floor| self.money(floor, "fee.floor").unwrap_or_default());
        let cap = raw.cap.as_ref().and_then(|cap| self.money(cap, "fee.cap"));
        if rate.is_none() && floor.is_none() {
            let message = "this fee states neither a rate nor a floor";
            let mistake = Mistake::at("scenario::fee", raw.payer.place, message)
                .help("add rate = \"38bp\" or floor = \"0.01\"");
            self.say(mistake);
        }
        if let (Some(floor), Some(cap), Some(written)) = (floor, cap, &raw.cap)
            && floor > cap
        {
            let mut mistake = Mistake::at("scenario::fee", written.place, "`cap` is below `floor`")
                .label("expected the floor or more");
            if let Some(floor) = &raw.floor {
                mistake = mistake.also(floor.place, "the floor");
            }
            self.say(mistake);
        }
        FeeLeg {
            kind: kind_of(raw.kind),
            payer: fee_party(raw.payer.value),
            earner: fee_party(raw.earner.value),
            rate: rate.unwrap_or(Ppm::ZERO),
            floor: floor.unwrap_or_default(),
            cap,
            scope: match raw.scope {
                None | Some(ScopeRaw::All) => FeeScope::All,
                Some(ScopeRaw::OnUs) => FeeScope::OnUs,
                Some(ScopeRaw::OffUs) => FeeScope::OffUs,
            },
        }
    }

    pub(super) fn replications(&mut self) -> u32 {
        let raw = self.raw;
        let stated =
            raw.experiment.as_ref().and_then(|experiment| experiment.replications.as_ref());
        let read = stated
            .and_then(|count| self.whole(count, 1..=MOST_REPLICATIONS, "experiment.replications"));
        read.and_then(|count| u32::try_from(count).ok()).unwrap_or(1)
    }

    pub(super) fn calibration(&mut self) -> Vec<CalibrationRow> {
        let raw = self.raw;
        raw.calibration.iter().flatten().map(|row| self.calibration_row(row)).collect()
    }

    fn calibration_row(&mut self, raw: &CalibrationRaw) -> CalibrationRow {
        let ends = &raw.published.value.0;
        let (low, high) = match ends.as_slice() {
            [only] => (*only, *only),
            [low, high] if low <= high => (*low, *high),
            _ => {
                let message = "`published` is no range";
                let mistake = Mistake::at("scenario::calibration", raw.published.place, message)
                    .label("expected a number, or [lower, upper]");
                self.say(mistake);
                (0.0, 0.0)
            }
        };
        let given = raw.kind.value == KindRaw::Given;
        let metric = raw.metric.as_ref().map(|metric| metric.value.clone()).unwrap_or_default();
        if metric.is_empty() && !given {
            let mistake =
                Mistake::at("scenario::calibration", raw.kind.place, "no metric is named")
                    .label("expected a `metric` for fitted and predicted rows")
                    .help("add metric = \"…\", a name from summary.json");
            self.say(mistake);
        }
        if raw.source.value.trim().is_empty() {
            let mistake =
                Mistake::at("scenario::calibration", raw.source.place, "no source is named")
                    .label("expected where the figure was published");
            self.say(mistake);
        }
        let tolerance = raw.tolerance.as_ref().and_then(|rate| self.ratio(rate, "tolerance"));
        CalibrationRow {
            kind: match raw.kind.value {
                KindRaw::Given => CalibrationKind::Given,
                KindRaw::Fitted => CalibrationKind::Fitted,
                KindRaw::Predicted => CalibrationKind::Predicted,
            },
            what: raw.what.value.clone(),
            metric,
            published_low: low,
            published_high: high,
            tolerance: f64::from(tolerance.unwrap_or_default().parts()) / 1e6,
            source: raw.source.value.clone(),
        }
    }
}

fn kind_of(raw: LegRaw) -> FeeKind {
    match raw {
        LegRaw::MerchantDiscount => FeeKind::MerchantDiscount,
        LegRaw::Interchange => FeeKind::Interchange,
        LegRaw::Clearing => FeeKind::Clearing,
        LegRaw::CodeIssuer => FeeKind::CodeIssuer,
        LegRaw::BankDebit => FeeKind::BankDebit,
    }
}

/// A party in prose.
fn spoken(party: FeeParty) -> &'static str {
    match party {
        FeeParty::Merchant => "merchant",
        FeeParty::Acquirer => "acquirer",
        FeeParty::Wallet => "wallet",
        FeeParty::Bank => "bank",
        FeeParty::ClearingHouse => "clearing house",
        FeeParty::CodeIssuer => "code issuer",
    }
}

fn fee_party(raw: PartyRaw) -> FeeParty {
    match raw {
        PartyRaw::Merchant => FeeParty::Merchant,
        PartyRaw::Acquirer => FeeParty::Acquirer,
        PartyRaw::Wallet => FeeParty::Wallet,
        PartyRaw::Bank => FeeParty::Bank,
        PartyRaw::ClearingHouse => FeeParty::ClearingHouse,
        PartyRaw::CodeIssuer => FeeParty::CodeIssuer,
    }
}
