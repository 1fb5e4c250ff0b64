//! Stops: the visits of all programs in one flat table, ready to run.

use crate::model::fact::Exchange;
use crate::model::itinerary::exchange_of;
use crate::model::route::{Acts, END, Place, Program, Step, Way, exchange_ended};

/// One visit of a program, ready to run.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "flags that the hot path reads without decoding")]
pub(in crate::model) struct Stop {
    pub(in crate::model) acts: Acts,
    /// Where it goes on; `NOWHERE` behind the last visit.
    pub(in crate::model) next: u16,
    /// Where a refusal made here goes on; `NOWHERE` ends the payment.
    pub(in crate::model) refused: u16,
    /// Index in `Model::programs`.
    pub(in crate::model) program: u16,
    pub(in crate::model) place: Place,
    pub(in crate::model) way: Way,
    pub(in crate::model) leg: u8,
    pub(in crate::model) first: bool,
    pub(in crate::model) answer: bool,
    pub(in crate::model) admitted: bool,
    pub(in crate::model) marks_arrival: bool,
    /// The exchange that it is a visit of.
    pub(in crate::model) exchange: Option<Exchange>,
    /// The exchange whose first request comes here.
    pub(in crate::model) opens: Option<Exchange>,
    /// The exchange whose request ends here.
    pub(in crate::model) receives: Option<Exchange>,
    /// The exchange whose work is done here by who is asked.
    pub(in crate::model) works_for: Option<Exchange>,
    /// The exchange whose answer ends here.
    pub(in crate::model) answers_to: Option<Exchange>,
    /// The exchange that is cleared here, between its two ends.
    pub(in crate::model) between: Option<Exchange>,
}

/// Where the visits of one exchange lie.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::model) struct ExchangeStops {
    /// The first request.
    pub(in crate::model) request: u16,
    /// The first answer.
    pub(in crate::model) answer: u16,
    /// The last answer.
    pub(in crate::model) home: u16,
    /// Where who is asked does its work.
    pub(in crate::model) works: u16,
}

/// Where the exchanges of each program lie; what is not there is never asked for.
pub(in crate::model) fn exchanges(stops: &[Stop], programs: usize) -> Vec<[ExchangeStops; 3]> {
    let mut all = vec![[ExchangeStops::default(); 3]; programs];
    for (index, stop) in stops.iter().enumerate() {
        let index = u16::try_from(index).expect("fewer than 65,535 visits in all");
        let of = &mut all[usize::from(stop.program)];
        if let Some(exchange) = stop.works_for {
            of[exchange as usize].works = index;
        }
        let Some(exchange) = stop.exchange else { continue };
        let of = &mut of[exchange as usize];
        if stop.opens.is_some() {
            of.request = index;
        }
        if stop.answer {
            of.home = index;
            of.answer = if of.answer == 0 { index } else { of.answer };
        }
    }
    all
}

/// The exchange whose work is done at a step by who is asked: where its request ends, or, while a
/// bank is asked first, where the bank's answer ends.
fn works_for(steps: &[Step], place: usize) -> Option<Exchange> {
    let step = &steps[place];
    if receives(steps, place).is_some() && !step.acts.has(Acts::BEGIN_DEBIT) {
        return exchange_of(step.leg);
    }
    let asks_first = |at: &usize| steps[*at].acts.has(Acts::BEGIN_DEBIT);
    let asked = (0..place).find(asks_first).and_then(|at| receives(steps, at));
    asked.filter(|_| step.acts.has(Acts::END_DEBIT))
}

/// The exchange whose request ends at a step.
fn receives(steps: &[Step], place: usize) -> Option<Exchange> {
    let step = &steps[place];
    let exchange = exchange_of(step.leg).filter(|_| !step.answer)?;
    let goes_on = steps.get(place + 1).is_some_and(|next| next.leg == step.leg);
    (!goes_on).then_some(exchange)
}

fn opens(steps: &[Step], place: usize) -> Option<Exchange> {
    let step = &steps[place];
    let exchange = exchange_of(step.leg).filter(|_| !step.answer)?;
    let first = place == 0 || steps[place - 1].leg != step.leg;
    first.then_some(exchange)
}

/// The exchange that is cleared at a step between its two ends.
fn between(step: &Step) -> Option<Exchange> {
    let clears = step.acts.has(Acts::CLEAR_DEBIT) || step.acts.has(Acts::CLEAR_PAY);
    let inner = step.answer && exchange_ended(step.acts).is_none();
    exchange_of(step.leg).filter(|_| clears && inner)
}

/// No further visit.
pub(in crate::model) const NOWHERE: u16 = u16::MAX;

/// All visits of all programs, and where each program begins.
pub(in crate::model) fn flatten(programs: &[Program]) -> (Vec<Stop>, Vec<u16>) {
    let index = |place: usize| u16::try_from(place).expect("fewer than 65,535 visits in all");
    let mut stops = Vec::new();
    let mut first_stops = Vec::new();
    for (number, program) in programs.iter().enumerate() {
        let base = stops.len();
        first_stops.push(index(base));
        for (place, step) in program.steps.iter().enumerate() {
            let last = place + 1 == program.steps.len();
            let refused = (step.refused != END).then(|| index(base + usize::from(step.refused)));
            stops.push(Stop {
                acts: step.acts,
                next: if last { NOWHERE } else { index(base + place + 1) },
                refused: refused.unwrap_or(NOWHERE),
                program: index(number),
                place: step.place,
                way: step.way,
                leg: step.leg,
                first: place == 0,
                answer: step.answer,
                admitted: step.admitted,
                marks_arrival: step.acts.marks_arrival(),
                exchange: exchange_of(step.leg),
                opens: opens(&program.steps, place),
                receives: receives(&program.steps, place),
                works_for: works_for(&program.steps, place),
                answers_to: exchange_ended(step.acts),
                between: between(step),
            });
        }
    }
    (stops, first_stops)
}
