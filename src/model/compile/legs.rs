//! Legs: the messages of one payment that is accepted, in order, with their ends by name.

use super::{Model, Money, ReachModel};
use crate::model::fact::{Exchange, RouteClass};
use crate::model::itinerary::exchange_of;
use crate::model::route::{Acts, Place, Step, Way};
use crate::scenario::Mode;
use crate::units::InstitutionId;

/// One way to pay at one class of merchants.
#[derive(Clone, Copy, Debug)]
pub struct Payment {
    /// The payer's wallet provider.
    pub wallet: InstitutionId,
    /// Which class, in the scenario's order.
    pub merchant: usize,
    /// How the code is presented.
    pub mode: Mode,
    /// The payer's bank; none pays from the wallet account.
    pub bank: Option<InstitutionId>,
}

/// One message, or what the shopper does between two.
#[derive(Clone, Copy, Debug)]
pub struct Leg {
    /// Who sends it.
    pub from: InstitutionId,
    /// Who receives it; the sender itself where the shopper acts in between.
    pub to: InstitutionId,
    /// Which exchange it belongs to; none where the shopper acts.
    pub exchange: Option<Exchange>,
    /// On its way back.
    pub answer: bool,
    /// What its receiver does then.
    pub acts: Acts,
}

/// All messages of a payment.
#[derive(Clone, Debug)]
pub struct RouteLegs {
    /// What a latency table calls the route.
    pub class: RouteClass,
    /// Who made the code.
    pub issuer: InstitutionId,
    /// The merchant's acquirer.
    pub acquirer: InstitutionId,
    /// Who receives the payment first, from the till or the app, and what it does then.
    pub entry: (InstitutionId, Acts),
    /// In order.
    pub legs: Vec<Leg>,
}

impl Model {
    /// The messages of a payment that nobody refuses; `None` where the wallet's app can use no code
    /// of this class of merchants.
    pub fn legs(&self, payment: &Payment) -> Option<RouteLegs> {
        let reach = self.choice(payment.wallet.index(), payment.merchant, payment.mode)?;
        let reach = &self.reaches[usize::from(reach)];
        let money = match payment.bank {
            None => Money::Balance,
            Some(bank) if bank == reach.debit_hub => Money::BankIsHub,
            Some(_) => Money::Bank,
        };
        let program = reach.programs[payment.mode as usize][money as usize];
        let program = &self.programs[usize::from(program)];
        let stands = |step: &Step| stands(reach, payment, step.place);
        let leg = |pair: &[Step]| {
            let [before, step] = pair else { unreachable!("windows of two") };
            let shopper = step.way == Way::Shopper;
            Leg {
                from: stands(before),
                to: stands(step),
                exchange: if shopper { None } else { exchange_of(step.leg) },
                answer: step.answer,
                acts: step.acts,
            }
        };
        let first = program.steps.first()?;
        Some(RouteLegs {
            class: program.class,
            issuer: reach.issuer,
            acquirer: reach.acquirer,
            entry: (stands(first), first.acts),
            legs: program.steps.windows(2).map(leg).collect(),
        })
    }
}

/// Who stands at a place. A program that visits the bank is only chosen when there is one.
fn stands(reach: &ReachModel, payment: &Payment, place: Place) -> InstitutionId {
    match place {
        Place::Wallet => payment.wallet,
        Place::Bank => payment.bank.unwrap_or(payment.wallet),
        Place::Acquirer => reach.acquirer,
        Place::Hub => reach.hubs[0],
        Place::FarHub => reach.hubs[1],
        Place::DebitHub => reach.debit_hub,
    }
}
