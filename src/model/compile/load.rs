//! Load: how much work a model offers to each station, worked out before it runs.
//!
//! Declines are left out, so this is the load of a day on which every payment is accepted. A
//! replayed log is left out unless its rows are given: what they ask for is known once they are
//! read.

use super::{Model, Money};
use crate::model::route::{Place, Program};
use crate::scenario::replay::{self, ReplayFunding, ReplayRow, ReplayShop};
use crate::scenario::{Answers, ConsumerClass, Mode, RateStep, Weighted};
use crate::units::{Instant, InstitutionId};

/// The mean work offered to one station over `[0, horizon)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StationLoad {
    /// Whose station.
    pub institution: InstitutionId,
    /// Messages that take a server, per second.
    pub visits_per_s: f64,
    /// Offered work ÷ servers: at 1 and above the queue grows without end.
    pub utilisation: f64,
}

/// The mean size of one run.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RunSize {
    /// Payments and background items that are opened.
    pub payments: f64,
    /// Visits to stations.
    pub visits: f64,
    /// Whether a replayed log, whose size is not known before it is read, comes on top.
    pub replay_on_top: bool,
}

impl Model {
    /// The mean load of every station, in order of institution.
    pub fn load(&self) -> Vec<StationLoad> {
        self.load_with(std::iter::empty())
    }

    /// The same with the rows of a log that is replayed.
    pub fn load_with(&self, rows: impl Iterator<Item = ReplayRow>) -> Vec<StationLoad> {
        let horizon = Instant::EPOCH + self.scenario.horizon;
        let banks = replay::banks(&self.scenario);
        let mut of_rows = vec![0.0; self.scenario.institutions.len()];
        for row in rows.filter(|row| row.at < horizon) {
            self.add_row(&row, &banks, &mut of_rows);
        }
        let length_s = seconds(self.scenario.horizon.nanos());
        let visits = self.visits_per_second().into_iter().zip(of_rows);
        let visits = visits.map(|(drawn, replayed)| drawn + replayed / length_s);
        let stations = self.scenario.institutions.iter().zip(visits).enumerate();
        let loads = stations.map(|(index, (institution, visits_per_s))| {
            let service_s = institution.station.service.mean() / 1e9;
            let servers = f64::from(institution.station.servers);
            StationLoad {
                institution: InstitutionId::new(index),
                visits_per_s,
                utilisation: visits_per_s * service_s / servers,
            }
        });
        loads.collect()
    }

    /// How many payments and visits a run of the horizon has on average.
    pub fn size(&self) -> RunSize {
        let seconds = seconds(self.scenario.horizon.nanos());
        let visits: f64 = self.visits_per_second().iter().sum();
        let mut payments = 0.0;
        for class in &self.scenario.consumers {
            payments += self.mean_rate(&class.arrivals) * seconds;
        }
        for flow in &self.scenario.background {
            payments += self.mean_rate(&flow.arrivals) * seconds;
        }
        RunSize {
            payments,
            visits: visits * seconds,
            replay_on_top: self.scenario.replay.is_some(),
        }
    }

    /// Mean rate over `[0, horizon)`, per second.
    fn mean_rate(&self, steps: &[RateStep]) -> f64 {
        let horizon = Instant::EPOCH + self.scenario.horizon;
        let mut sum = 0.0;
        for (place, step) in steps.iter().enumerate() {
            let end = steps.get(place + 1).map_or(horizon, |next| next.from.min(horizon));
            if step.from < end {
                sum += step.per_second * seconds(end.since(step.from).nanos());
            }
        }
        sum / seconds(self.scenario.horizon.nanos())
    }

    fn visits_per_second(&self) -> Vec<f64> {
        let mut visits = vec![0.0; self.scenario.institutions.len()];
        for class in &self.scenario.consumers {
            self.add_class(class, &mut visits);
        }
        for (flow, (reach, program)) in self.scenario.background.iter().zip(&self.background) {
            let rate = self.mean_rate(&flow.arrivals);
            let hubs = self.reaches[usize::from(*reach)].hubs;
            for step in &self.programs[usize::from(*program)].steps {
                match step.place {
                    Place::Wallet => spread(&flow.debtors, rate, &mut visits),
                    Place::Acquirer => spread(&flow.creditors, rate, &mut visits),
                    _ => visits[hubs[0].index()] += rate,
                }
            }
        }
        visits
    }

    fn add_class(&self, class: &ConsumerClass, visits: &mut [f64]) {
        let rate = self.mean_rate(&class.arrivals);
        let merchants = &self.scenario.merchants;
        let weights: f64 = merchants.iter().map(|merchant| merchant.weight).sum();
        for (index, merchant) in merchants.iter().enumerate() {
            let all_modes: f64 = merchant.modes.weights.iter().sum();
            for (mode, weight) in Mode::ALL.into_iter().zip(merchant.modes.weights) {
                let rate = rate * merchant.weight / weights * weight / all_modes;
                for bundle in &class.holds {
                    self.add_bundle(class, &bundle.wallets, (index, mode), &mut |place, share| {
                        visits[place.index()] += rate * bundle.share * share;
                    });
                }
            }
        }
    }

    /// Visits for one intention of somebody who holds these wallets.
    fn add_bundle(
        &self,
        class: &ConsumerClass,
        wallets: &[InstitutionId],
        (merchant, mode): (usize, Mode),
        add: &mut impl FnMut(InstitutionId, f64),
    ) {
        // In a race, who comes first among those that work is as likely as its weight.
        let prefers = |wallet: InstitutionId| {
            let stated = class.prefers.iter().find(|at| at.institution == wallet);
            stated.map_or(0.0, |at| at.weight)
        };
        let choice = |wallet: InstitutionId| self.choice(wallet.index(), merchant, mode);
        let working = wallets.iter().filter_map(|wallet| Some((*wallet, choice(*wallet)?)));
        let working: Vec<_> = working.collect();
        let sum: f64 = working.iter().map(|(wallet, _)| prefers(*wallet)).sum();
        for (wallet, choice) in working {
            let share = prefers(wallet) / sum;
            if sum > 0.0 && share > 0.0 {
                self.add_wallet(class, (wallet, choice, mode), &mut |place, visits| {
                    add(place, share * visits);
                });
            }
        }
    }

    /// Visits for one intention that is paid with this wallet over this reach.
    fn add_wallet(
        &self,
        class: &ConsumerClass,
        (wallet, choice, mode): (InstitutionId, u16, Mode),
        add: &mut impl FnMut(InstitutionId, f64),
    ) {
        let banks: f64 = class.banks.iter().map(|bank| bank.weight).sum();
        let from_bank = f64::from(class.bank_funded.parts()) / 1e6;
        let balance = if class.banks.is_empty() { 1.0 } else { 1.0 - from_bank };
        self.add_funded((wallet, choice, mode), wallet, &mut |place| add(place, balance));
        for bank in &class.banks {
            let share = from_bank * bank.weight / banks;
            let who = bank.institution;
            self.add_funded((wallet, choice, mode), who, &mut |place| add(place, share));
        }
    }

    /// Visits for one payment from an account at this institution; at the wallet, its balance.
    fn add_funded(
        &self,
        (wallet, choice, mode): (InstitutionId, u16, Mode),
        account: InstitutionId,
        add: &mut impl FnMut(InstitutionId),
    ) {
        let reach = &self.reaches[usize::from(choice)];
        let money = match account {
            own if own == wallet => Money::Balance,
            hub if hub == reach.debit_hub => Money::BankIsHub,
            _ => Money::Bank,
        };
        let who = |place| match place {
            Place::Wallet => wallet,
            Place::Bank => account,
            Place::Acquirer => reach.acquirer,
            Place::Hub => reach.hubs[0],
            Place::FarHub => reach.hubs[1],
            Place::DebitHub => reach.debit_hub,
        };
        let program = reach.programs[mode as usize][money as usize];
        self.add_program(&self.programs[usize::from(program)], who, add);
    }

    /// Visits for one row of a log; none where the policy opens no route to its code.
    fn add_row(&self, row: &ReplayRow, banks: &[Weighted], visits: &mut [f64]) {
        let choice = match row.shop {
            ReplayShop::Class(class) => self.choice(row.wallet.index(), class.index(), row.mode),
            ReplayShop::Code(issuer) => {
                issuer.and_then(|code| self.code_choice((row.wallet, code), row.mode))
            }
        };
        let Some(choice) = choice else { return };
        let mut add = |account, share| {
            let paid = (row.wallet, choice, row.mode);
            self.add_funded(paid, account, &mut |place| visits[place.index()] += share);
        };
        match row.funding {
            ReplayFunding::BankAt(bank) => add(bank, 1.0),
            ReplayFunding::Bank if !banks.is_empty() => {
                let all: f64 = banks.iter().map(|bank| bank.weight).sum();
                for bank in banks {
                    add(bank.institution, bank.weight / all);
                }
            }
            ReplayFunding::Bank | ReplayFunding::Balance => add(row.wallet, 1.0),
        }
    }

    fn add_program(
        &self,
        program: &Program,
        who: impl Fn(Place) -> InstitutionId,
        add: &mut impl FnMut(InstitutionId),
    ) {
        for step in &program.steps {
            let at = who(step.place);
            let station = &self.scenario.institution(at).station;
            if !(step.answer && station.answers == Answers::Bypass) {
                add(at);
            }
        }
    }
}

fn spread(over: &[Weighted], rate: f64, visits: &mut [f64]) {
    let sum: f64 = over.iter().map(|at| at.weight).sum();
    for at in over {
        visits[at.institution.index()] += rate * at.weight / sum;
    }
}

#[expect(clippy::cast_precision_loss, reason = "a run has fewer than 2^53 nanoseconds: 104 days")]
fn seconds(nanos: u64) -> f64 {
    nanos as f64 / 1e9
}
