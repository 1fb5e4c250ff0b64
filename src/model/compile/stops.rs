//! Stops: the visits of all programs in one flat table, ready to run.

use crate::model::route::{Acts, END, Place, Program, Way};

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
            });
        }
    }
    (stops, first_stops)
}
