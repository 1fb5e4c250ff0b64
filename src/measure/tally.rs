//! Tally: counts and values of counted intentions and attempts, by wallet, reason and decider.
//!
//! Background is apart: it enters only the fields that name it. A refusal is counted where it is
//! told as `Refused`; a station that turns a message away is in the stations' rows.

use super::attempts::Open;
use super::outcome::{BANDS, DecisionRow, ErrorRow, Tally, WalletRow};
use crate::model::fact::Purchase;
use crate::scenario::Scenario;
use crate::units::{Amount, InstitutionId, Reason, Status};

const REASONS: usize = Reason::ALL.len();

/// Recorder of counts.
#[derive(Clone, Debug)]
pub(super) struct Counts {
    /// But for what the institutions' counts add up to.
    tally: Tally,
    by_institution: Vec<Institution>,
    /// Payments closed, counted or not.
    payments: u64,
    /// `BANDS` in minor units.
    bands_minor: [u64; BANDS.len()],
}

#[derive(Clone, Debug, Default)]
struct Institution {
    attempts: u64,
    accepted: u64,
    accepted_minor: u128,
    unreadable: u64,
    holds: u64,
    refused: [u64; REASONS],
}

impl Counts {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let unit = 10_u64.pow(u32::from(scenario.currency.exponent));
        Self {
            tally: Tally::default(),
            by_institution: vec![Institution::default(); scenario.institutions.len()],
            payments: 0,
            bands_minor: BANDS.map(|bound| bound * unit),
        }
    }

    /// A counted intention of a consumer.
    #[inline]
    pub(super) fn intended(&mut self) {
        self.tally.intentions += 1;
    }

    /// A counted attempt or item.
    #[inline]
    pub(super) fn opened(&mut self, open: Open) {
        if open.background {
            self.tally.background += 1;
        } else {
            self.by_institution[open.wallet.index()].attempts += 1;
        }
    }

    /// A counted try without a message.
    #[inline]
    pub(super) fn unreadable(&mut self, wallet: InstitutionId) {
        self.by_institution[wallet.index()].unreadable += 1;
    }

    /// A counted attempt that its wallet screened.
    pub(super) fn screened(&mut self, fraud: bool, refused: bool) {
        let tally = &mut self.tally;
        tally.screened += 1;
        tally.frauds += u64::from(fraud);
        tally.frauds_detected += u64::from(fraud && refused);
        tally.false_declines += u64::from(!fraud && refused);
    }

    /// A counted refusal, background apart.
    #[inline]
    pub(super) fn refused(&mut self, by: InstitutionId, reason: Reason) {
        self.by_institution[by.index()].refused[reason as usize] += 1;
    }

    /// A counted hold, background apart.
    #[inline]
    pub(super) fn held(&mut self, book: InstitutionId) {
        self.by_institution[book.index()].holds += 1;
    }

    /// The messages of a counted attempt, background apart.
    #[inline]
    pub(super) fn answered(&mut self, messages: u8) {
        self.tally.messages += u64::from(messages);
    }

    /// What a merchant pays for a counted attempt.
    #[inline]
    pub(super) fn merchant_charged(&mut self, amount: Amount) {
        self.tally.merchant_fees_minor += u128::from(amount.minor());
    }

    /// An attempt or item is over.
    #[inline]
    pub(super) fn closed(&mut self, open: Open, counted: bool, status: Status) {
        self.payments += 1;
        if !counted {
            return;
        }
        let minor = u128::from(open.amount.minor());
        let tally = &mut self.tally;
        match (open.background, status) {
            (true, Status::Accepted) => {
                tally.background_accepted += 1;
                tally.background_minor += minor;
            }
            (true, Status::Rejected(_)) => {}
            (false, Status::Accepted) => {
                if open.missed {
                    tally.frauds_paid += 1;
                    tally.frauds_paid_minor += minor;
                }
                let band = self.bands_minor.partition_point(|bound| *bound < open.amount.minor());
                if let Some(count) = tally.bands.get_mut(band) {
                    *count += 1;
                }
                let wallet = &mut self.by_institution[open.wallet.index()];
                wallet.accepted += 1;
                wallet.accepted_minor += minor;
            }
            (false, Status::Rejected(reason)) if reason.is_technical() => {
                tally.declined_technical += 1;
            }
            (false, Status::Rejected(_)) => tally.declined_business += 1,
        }
    }

    /// A counted intention of a consumer is over.
    #[inline]
    pub(super) fn concluded(&mut self, purchase: Purchase) {
        let tally = &mut self.tally;
        let count = match purchase {
            Purchase::FirstTry => &mut tally.first_try,
            Purchase::AfterSwitch => &mut tally.after_switch,
            Purchase::Unreadable => &mut tally.unreadable,
            Purchase::Declined => &mut tally.declined,
        };
        *count += 1;
    }

    /// Payments closed, counted or not.
    pub(super) fn payments(&self) -> u64 {
        self.payments
    }

    pub(super) fn tally(&self) -> Tally {
        let of = |count: fn(&Institution) -> u64| self.by_institution.iter().map(count).sum();
        let (attempts, accepted): (u64, u64) = (of(|one| one.attempts), of(|one| one.accepted));
        let accepted_minor = self.by_institution.iter().map(|one| one.accepted_minor).sum();
        let closed = accepted + self.tally.declined_business + self.tally.declined_technical;
        let open_at_end = attempts.saturating_sub(closed);
        Tally { attempts, accepted, accepted_minor, open_at_end, ..self.tally }
    }

    pub(super) fn wallets(&self, scenario: &Scenario) -> Vec<WalletRow> {
        let used = |one: &&Institution| one.attempts + one.unreadable > 0;
        self.named(scenario)
            .filter(|(_, one)| used(one))
            .map(|(name, one)| WalletRow {
                wallet: name.to_owned(),
                attempts: one.attempts,
                accepted: one.accepted,
                accepted_minor: one.accepted_minor,
                unreadable: one.unreadable,
            })
            .collect()
    }

    pub(super) fn decisions(&self, scenario: &Scenario) -> Vec<DecisionRow> {
        let refused = |one: &Institution, technical: bool| -> u64 {
            let of_kind =
                Reason::ALL.into_iter().filter(|reason| reason.is_technical() == technical);
            of_kind.map(|reason| one.refused[reason as usize]).sum()
        };
        self.named(scenario)
            .map(|(name, one)| DecisionRow {
                institution: name.to_owned(),
                approved: one.holds,
                declined_business: refused(one, false),
                declined_technical: refused(one, true),
            })
            .filter(|row| row.approved + row.declined_business + row.declined_technical > 0)
            .collect()
    }

    pub(super) fn errors(&self, scenario: &Scenario) -> Vec<ErrorRow> {
        let mut rows = Vec::new();
        let of = |count: fn(&Institution) -> u64| self.by_institution.iter().map(count).sum();
        let tries = ("presentment", "tries", of(|one| one.attempts + one.unreadable));
        let attempts = ("processing", "attempts", of(|one| one.attempts));
        for (name, one) in self.named(scenario) {
            let mut push = |reason: Reason, (stage, of, of_count), count: u64| {
                if count > 0 {
                    let (reason, participant) = (reason.name(), name.to_owned());
                    rows.push(ErrorRow { reason, stage, participant, count, of, of_count });
                }
            };
            push(Reason::UnsupportedCode, tries, one.unreadable);
            for reason in Reason::ALL {
                push(reason, attempts, one.refused[reason as usize]);
            }
        }
        let key = |row: &ErrorRow| (row.reason, row.stage, row.participant.clone());
        rows.sort_by_cached_key(key);
        rows
    }

    fn named<'a>(
        &'a self,
        scenario: &'a Scenario,
    ) -> impl Iterator<Item = (&'a str, &'a Institution)> {
        let names = scenario.institutions.iter().map(|institution| institution.name.as_str());
        names.zip(&self.by_institution)
    }
}
