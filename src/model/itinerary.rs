//! Itineraries: from the paths of a payment's exchanges to the program of its visits.
//!
//! A path is a list of places. An exchange over a path sends a request from its first place to
//! its last and an answer back. Places that are one institution are merged before a program is
//! built, so a message is never sent from an institution to itself.
//!
//! The law: *messages = 2 × the sum over exchanges of the hops on the path*.

use super::fact::{Exchange, RouteClass, Topology};
use super::route::{Acts, END, Place, Program, Step, Way};
use crate::scenario::Mode;

/// What a program is built from.
#[derive(Clone, Debug)]
pub struct Itinerary {
    /// What a latency table calls it.
    pub class: RouteClass,
    /// From the wallet to the acquirer; one place when they are one institution. Neighbours differ.
    pub path: Vec<Place>,
    /// From the wallet to the bank; empty when no bank takes part. Neighbours differ.
    pub debit: Vec<Place>,
    /// Merchant-presented: whether the code must be parsed by the acquiring side first.
    pub parse: bool,
    /// Whose place clears the payment; `None` on-us.
    pub cleared_at: Option<Place>,
    /// Whose place clears the debit; `None` without a bank.
    pub debit_cleared_at: Option<Place>,
}

/// Roles of legs: stable numbers, for draws are keyed by them and never by a step's position.
mod leg {
    pub(super) const ENTRY: u8 = 0;
    pub(super) const CONFIRM: u8 = 1;
    pub(super) const PARSE: u8 = 2;
    pub(super) const DEBIT: u8 = 4;
    pub(super) const PAY: u8 = 6;
    /// Added to an exchange's role on the way back.
    pub(super) const ANSWER: u8 = 1;
    /// How many roles there are.
    pub(super) const COUNT: usize = 8;
}

/// How many distinct leg roles there are.
pub const LEGS: usize = leg::COUNT;

/// The exchange that a leg's role belongs to; none for entry and confirmation.
pub fn exchange_of(role: u8) -> Option<Exchange> {
    match role & !leg::ANSWER {
        leg::PARSE => Some(Exchange::Parse),
        leg::DEBIT => Some(Exchange::Debit),
        leg::PAY => Some(Exchange::Pay),
        _ => None,
    }
}

impl Itinerary {
    /// Compiles the visits.
    pub fn program(&self) -> Program {
        let mut build = Builder { steps: Vec::new(), itinerary: self };
        match (self.class.topology, self.class.mode) {
            (Topology::Background, _) => build.background(),
            (_, Mode::ConsumerPresented) => build.consumer_presented(),
            _ => build.merchant_presented(),
        }
        Program {
            class: self.class,
            steps: build.steps,
            background: self.class.topology == Topology::Background,
            cleared_at: self.cleared_at,
            debit_cleared_at: self.debit_cleared_at,
        }
    }

    /// The closed form: directed transmissions of an accepted payment.
    pub fn messages(&self) -> usize {
        let hops = |path: &[Place]| path.len().saturating_sub(1);
        let parse = if self.parse { hops(&self.path) } else { 0 };
        2 * (parse + hops(&self.path) + hops(&self.debit))
    }
}

struct Builder<'a> {
    steps: Vec<Step>,
    itinerary: &'a Itinerary,
}

/// What the two directions of an exchange do at the places between its ends.
struct Between {
    leg: u8,
    request: Acts,
    admitted: bool,
    clears: Option<Place>,
    clearing: Acts,
}

impl Builder<'_> {
    fn push(&mut self, place: Place, leg: u8, acts: Acts) -> &mut Step {
        self.steps.push(Step {
            place,
            acts,
            way: Way::Link,
            leg,
            refused: END,
            answer: false,
            admitted: false,
        });
        self.steps.last_mut().expect("just pushed")
    }

    fn next_index(&self) -> u8 {
        u8::try_from(self.steps.len()).expect("a program has fewer than 255 steps")
    }

    /// Requests from the second place of `path` to its last. The first is already a step.
    fn requests(&mut self, path: &[Place], at_last: Acts, between: &Between) {
        let last = path.len() - 1;
        for (hop, place) in path.iter().enumerate().skip(1) {
            let acts = if hop == last { at_last } else { between.request };
            let admitted = between.admitted;
            let step = self.push(*place, between.leg, acts);
            step.admitted = admitted;
        }
    }

    /// Answers from the last but one place of `path` to its first, where `at_first` happens.
    /// `requests_at` is the index of the exchange's first request: a refusal at hop j is answered
    /// at hop j − 1.
    fn answers(&mut self, path: &[Place], at_first: Acts, between: &Between, requests_at: u8) {
        let last = path.len() - 1;
        let first_answer = self.next_index();
        for hop in (0..last).rev() {
            let place = path[hop];
            let mut acts = if hop == 0 { at_first } else { Acts::NONE };
            if hop != 0 && between.clears == Some(place) {
                acts = acts.and(between.clearing);
            }
            let step = self.push(place, between.leg + leg::ANSWER, acts);
            step.answer = true;
            step.admitted = true;
        }
        let last = u8::try_from(last).expect("a short path");
        for hop in 1..=last {
            self.steps[usize::from(requests_at + hop - 1)].refused = first_answer + last - hop;
        }
    }

    /// The bank debit, from the wallet's last step on; at its end the wallet does `then`.
    fn debit_exchange(&mut self, then: Acts) {
        let itinerary = self.itinerary;
        let cleared_at = itinerary.debit_cleared_at;
        let between = Between {
            leg: leg::DEBIT,
            request: Acts::DECIDE,
            admitted: false,
            clears: cleared_at,
            clearing: Acts::CLEAR_DEBIT,
        };
        let mut at_bank = Acts::DECIDE.and(Acts::BANK_DEBIT);
        let mut at_wallet = Acts::END_DEBIT.and(Acts::BOOK_DEBIT).and(then);
        if cleared_at == Some(Place::Bank) {
            at_bank = at_bank.and(Acts::CLEAR_DEBIT);
        }
        if cleared_at == Some(Place::Wallet) {
            at_wallet = at_wallet.and(Acts::CLEAR_DEBIT);
        }
        let requests_at = self.next_index();
        self.requests(&itinerary.debit, at_bank, &between);
        self.answers(&itinerary.debit, at_wallet, &between, requests_at);
    }

    fn pay_between(&self, admitted: bool) -> Between {
        Between {
            leg: leg::PAY,
            request: if admitted { Acts::NONE } else { Acts::DECIDE },
            admitted,
            clears: self.itinerary.cleared_at,
            clearing: Acts::CLEAR_PAY,
        }
    }

    fn clearing_at(&self, place: Place) -> Acts {
        if self.itinerary.cleared_at == Some(place) { Acts::CLEAR_PAY } else { Acts::NONE }
    }

    /// Till → acquirer → (hubs) → wallet [→ bank and back] → (hubs) → acquirer → till.
    fn consumer_presented(&mut self) {
        let from_acquirer: Vec<Place> = self.itinerary.path.iter().rev().copied().collect();
        let on_us = from_acquirer.len() == 1;
        let bank = !self.itinerary.debit.is_empty();
        let mut settle = Acts::HOLD.and(Acts::POST);
        if on_us {
            settle = settle.and(Acts::CREDIT).and(Acts::ANSWER);
        } else {
            settle = settle.and(self.clearing_at(Place::Wallet));
        }
        let at_wallet =
            Acts::DECIDE.and(Acts::AUTHORISE).and(if bank { Acts::BEGIN_DEBIT } else { settle });

        let entry = if on_us { at_wallet } else { Acts::DECIDE };
        self.push(from_acquirer[0], leg::ENTRY, entry);
        let between = self.pay_between(false);
        if !on_us {
            self.requests(&from_acquirer, at_wallet, &between);
        }
        if bank {
            self.debit_exchange(settle);
        }
        if !on_us {
            let credit = Acts::CREDIT
                .and(Acts::ANSWER)
                .and(Acts::END_PAY)
                .and(Acts::PAY_SINCE_ENTRY)
                .and(self.clearing_at(Place::Acquirer));
            self.answers(&from_acquirer, credit, &between, 1);
        }
    }

    /// App → wallet [→ acquirer and back: parse] → shopper → wallet [→ bank and back]
    /// [→ acquirer and back: pay] → app.
    fn merchant_presented(&mut self) {
        let path = self.itinerary.path.clone();
        let on_us = path.len() == 1;
        let bank = !self.itinerary.debit.is_empty();

        if self.itinerary.parse && !on_us {
            self.push(Place::Wallet, leg::ENTRY, Acts::BEGIN);
            let between = Between {
                leg: leg::PARSE,
                request: Acts::DECIDE,
                admitted: false,
                clears: None,
                clearing: Acts::NONE,
            };
            self.requests(&path, Acts::DECIDE, &between);
            let parsed = Acts::END_PARSE.and(Acts::STOP_IF_REFUSED);
            self.answers(&path, parsed, &between, 1);
        } else {
            self.push(Place::Wallet, leg::ENTRY, Acts::NONE);
        }

        let mut funded = Acts::HOLD;
        if on_us {
            funded = funded.and(Acts::POST).and(Acts::CREDIT).and(Acts::ANSWER);
        } else {
            funded = funded.and(Acts::BEGIN).and(Acts::STOP_IF_REFUSED);
        }
        let confirmed =
            Acts::DECIDE.and(Acts::AUTHORISE).and(if bank { Acts::BEGIN_DEBIT } else { funded });
        self.push(Place::Wallet, leg::CONFIRM, confirmed).way = Way::Shopper;
        if bank {
            self.debit_exchange(funded);
        }
        if !on_us {
            // What a bank has debited cannot be undone before reversals exist.
            self.pay_exchange(self.itinerary.parse || bank);
        }
    }

    /// From the wallet's last step to the acquirer, which credits, and back. It is decided before
    /// where the code was parsed: nobody on the way refuses any more.
    fn pay_exchange(&mut self, decided: bool) {
        let path = self.itinerary.path.clone();
        let between = self.pay_between(decided);
        let requests_at = self.next_index();
        let decide = if decided { Acts::NONE } else { Acts::DECIDE };
        let credit = Acts::CREDIT.and(decide).and(self.clearing_at(Place::Acquirer));
        self.requests(&path, credit, &between);
        let done =
            Acts::END_PAY.and(Acts::POST).and(Acts::ANSWER).and(self.clearing_at(Place::Wallet));
        self.answers(&path, done, &between, requests_at);
    }

    /// Debtor → clearing house → creditor and back.
    fn background(&mut self) {
        self.push(Place::Wallet, leg::ENTRY, Acts::DECIDE.and(Acts::HOLD).and(Acts::BEGIN));
        self.pay_exchange(false);
    }
}
