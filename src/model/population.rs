//! Populations: how one intention is drawn from a class of consumers or a background flow.

use super::compile::Model;
use super::context::{SourceKeys, high, purpose};
use super::message::Parties;
use super::source::Intention;
use crate::kernel::chance::Key;
use crate::kernel::sampler::{Alias, Race, Sampler, inverse_weight, race_time};
use crate::kernel::shares;
use crate::scenario::{self, Mode, Weighted};
use crate::units::{Amount, Instant, InstitutionId, MerchantClassId};

/// A class of consumers, ready to be drawn from.
pub(super) struct Consumers {
    population: u64,
    ticket: Sampler,
    /// Merchant classes race for the intention.
    merchants: Race,
    merchant_keys: Vec<Key>,
    /// Cumulative shares on a 64-bit draw, and the wallets with their inverse preference.
    bundles: Vec<(u64, Vec<(InstitutionId, u64)>)>,
    banks: Option<(Alias, Vec<InstitutionId>)>,
    /// Threshold on a 32-bit draw.
    bank_funded: u64,
    modes: Vec<Alias>,
}

impl Consumers {
    pub(super) fn new(of: &scenario::ConsumerClass, scenario: &scenario::Scenario) -> Self {
        let preference = |wallet: InstitutionId| {
            let stated = of.prefers.iter().find(|at| at.institution == wallet);
            inverse_weight(stated.map_or(0.0, |at| at.weight))
        };
        let thresholds = shares::thresholds(of.holds.iter().map(|bundle| bundle.share));
        let bundles = of.holds.iter().zip(thresholds).map(|(bundle, threshold)| {
            let wallets = bundle.wallets.iter().map(|wallet| (*wallet, preference(*wallet)));
            (threshold, wallets.collect())
        });
        Self {
            population: of.population,
            ticket: Sampler::capped(&of.ticket, Amount::LARGEST_DRAW.minor()),
            merchants: Race::new(scenario.merchants.iter().map(|class| class.weight)),
            merchant_keys: scenario
                .merchants
                .iter()
                .map(|at| purpose::MERCHANT.and(Key::named(&at.name)))
                .collect(),
            bundles: bundles.collect(),
            banks: weighted(&of.banks),
            bank_funded: of.bank_funded.threshold(),
            modes: scenario.merchants.iter().map(|at| Alias::new(&at.modes.weights)).collect(),
        }
    }

    /// Draws everything about an intention but its instant.
    pub(super) fn draw(&self, model: &Model, keys: &SourceKeys, number: u64) -> Intention {
        let key = keys.intentions.with(number);
        let consumer = consumer(key, self.population);
        let person = keys.people.with(consumer);
        let merchant = self.merchant(key);
        let mode = self.modes[merchant].at(key.draw(purpose::MODE));
        let amount = self.ticket.at(high(key.draw(purpose::AMOUNT))).max(1);
        let from_bank = u64::from(high(key.draw(purpose::FUNDING))) < self.bank_funded;
        let bundle = self.bundle(person.draw(purpose::BUNDLE));
        let other = match &self.banks {
            Some((alias, banks)) => banks[alias.at(person.draw(purpose::BANK))],
            None => model.settlement_bank,
        };
        Intention {
            number,
            at: Instant::EPOCH,
            consumer,
            amount: Amount::from_minor(amount),
            merchant: Some(MerchantClassId::new(merchant)),
            bundle,
            mode: Mode::ALL[mode],
            from_bank: from_bank && self.banks.is_some(),
            other,
            counted: false,
            stated: None,
        }
    }

    fn merchant(&self, key: Key) -> usize {
        if self.merchant_keys.len() == 1 {
            return 0;
        }
        let draw = |class: usize| high(key.draw(self.merchant_keys[class]));
        self.merchants.winner(draw).expect("a merchant class has a weight")
    }

    fn bundle(&self, draw: u64) -> u16 {
        let found = self.bundles.iter().position(|(threshold, _)| draw <= *threshold);
        u16::try_from(found.expect("shares sum to one")).expect("few bundles")
    }

    /// How many wallets this bundle has.
    pub(super) fn held(&self, bundle: u16) -> usize {
        self.bundles[usize::from(bundle)].1.len()
    }

    /// The wallet preferred among those not yet tried, which it marks as tried. Wallets race, each
    /// with a draw keyed by its name.
    pub(super) fn prefer(
        &self,
        model: &Model,
        keys: &SourceKeys,
        (intention, tried): (&Intention, &mut u16),
    ) -> Option<InstitutionId> {
        let wallets = &self.bundles[usize::from(intention.bundle)].1;
        let place = if wallets.len() == 1 {
            (*tried == 0).then_some(0)
        } else {
            let key = keys.intentions.with(intention.number).and(purpose::WALLET);
            let left = (0..wallets.len()).filter(|place| *tried & 1 << place == 0);
            left.min_by_key(|place| {
                let (wallet, inverse) = wallets[*place];
                let draw = key.draw(model.institutions[wallet.index()].key);
                (race_time(high(draw), inverse), *place)
            })
        }?;
        *tried |= 1 << place;
        Some(wallets[place].0)
    }
}

/// A background flow, ready to be drawn from.
pub(super) struct Background {
    ticket: Sampler,
    debtors: (Alias, Vec<InstitutionId>),
    creditors: (Alias, Vec<InstitutionId>),
    reach: u16,
    program: u16,
}

/// How often a creditor is drawn again when it is the debtor, before the next one is taken.
const REDRAWS_MAX: u64 = 8;

impl Background {
    pub(super) fn new(of: &scenario::Background, (reach, program): (u16, u16)) -> Self {
        Self {
            ticket: Sampler::capped(&of.ticket, Amount::LARGEST_DRAW.minor()),
            debtors: weighted(&of.debtors).expect("a background flow has debtors"),
            creditors: weighted(&of.creditors).expect("a background flow has creditors"),
            reach,
            program,
        }
    }

    /// Draws everything about an item but its instant. The consumer is the debtor's index.
    pub(super) fn draw(&self, keys: &SourceKeys, number: u64) -> Intention {
        let key = keys.intentions.with(number);
        let debtor = self.debtors.1[self.debtors.0.at(key.draw(purpose::DEBTOR))];
        let amount = self.ticket.at(high(key.draw(purpose::AMOUNT))).max(1);
        Intention {
            number,
            at: Instant::EPOCH,
            consumer: debtor.index() as u64,
            amount: Amount::from_minor(amount),
            merchant: None,
            bundle: 0,
            mode: Mode::Static,
            from_bank: false,
            other: self.creditor(key, debtor),
            counted: false,
            stated: None,
        }
    }

    fn creditor(&self, key: Key, debtor: InstitutionId) -> InstitutionId {
        let (alias, creditors) = &self.creditors;
        let mut place = 0;
        for redraw in 0..REDRAWS_MAX {
            place = alias.at(key.and(purpose::CREDITOR).with(redraw).bits());
            if creditors[place] != debtor {
                return creditors[place];
            }
        }
        let others = (1..creditors.len()).map(|step| creditors[(place + step) % creditors.len()]);
        let mut others = others.filter(|other| *other != debtor);
        others.next().expect("a background flow has two different participants")
    }

    /// Who takes part in an item.
    pub(super) fn parties(&self, intention: &Intention) -> Parties {
        let debtor = usize::try_from(intention.consumer).expect("an index");
        Parties {
            wallet: InstitutionId::new(debtor),
            bank: InstitutionId::new(debtor),
            acquirer: intention.other,
            reach: self.reach,
            program: self.program,
        }
    }
}

/// A choice by weight; `None` among nobody.
pub(super) fn weighted(choices: &[Weighted]) -> Option<(Alias, Vec<InstitutionId>)> {
    if choices.is_empty() {
        return None;
    }
    let weights: Vec<_> = choices.iter().map(|at| at.weight).collect();
    Some((Alias::new(&weights), choices.iter().map(|at| at.institution).collect()))
}

/// Which person of a class has the intention with this key.
pub(super) fn consumer(intention: Key, population: u64) -> u64 {
    within(intention.draw(purpose::PERSON), population)
}

/// A uniform index below `count`.
fn within(bits: u64, count: u64) -> u64 {
    let scaled = (u128::from(bits) * u128::from(count)) >> 64;
    u64::try_from(scaled).expect("below count")
}
