//! One simulated second of whatever loads: a scenario without mistakes compiles and runs lawfully.
//!
//! The fuzz target takes this file as it is, so it knows nothing of the tests around it.

use hutong::audit::Auditor;
use hutong::model::fact::{Fact, Observer};
use hutong::model::{Model, RunOptions, Watch, run};
use hutong::scenario::{RateStep, Scenario};
use hutong::units::{Duration, Instant};

/// Payments that a scenario is slowed down to.
const PAYMENTS: f64 = 200.0;
/// Institutions of a world that still compiles in an instant.
const INSTITUTIONS: usize = 100;
/// Events after which a run is left alone.
const EVENTS: u64 = 200_000;

struct Audited(Auditor);

impl Observer for Audited {
    fn observe(&mut self, at: Instant, fact: &Fact) {
        self.0.observe(at, fact);
    }
}

struct Patience;

impl Watch for Patience {
    fn go_on(&mut self, _now: Instant, events: u64) -> bool {
        events < EVENTS
    }
}

/// Compiles the scenario under each compared policy and runs one second of it at tiny demand. A
/// panic or a broken law is a bug; worlds too large to be tried often are left out.
pub(crate) fn one_second(scenario: &Scenario) {
    if scenario.institutions.len() > INSTITUTIONS || scenario.compared.len() > 4 {
        return;
    }
    let mut scenario = scenario.clone();
    let second = Duration::from_secs(1);
    scenario.horizon = scenario.horizon.min(second);
    scenario.drain = scenario.drain.min(Duration::from_secs(10));
    scenario.warm_up = Duration::ZERO;
    let until = (scenario.horizon + scenario.drain).nanos();
    slow_down(&mut scenario, until);
    for policy in &scenario.compared {
        let model = Model::compile(&scenario, *policy);
        let mut heard = Audited(Auditor::new(&scenario, *policy));
        // A log that is wrong in a later row ends its run with words.
        if let Ok(end) = run(&model, 0, RunOptions::default(), &mut heard, &mut Patience)
            && !end.stopped
        {
            let findings = heard.0.finish(end.at);
            assert!(findings.lawful(), "{:?}", findings.laws);
        }
    }
}

/// Lowers all rates together until the demand is tiny.
#[allow(clippy::cast_precision_loss, reason = "a rough count")]
fn slow_down(scenario: &mut Scenario, until: u64) {
    let classes = scenario.consumers.iter_mut().map(|class| &mut class.arrivals);
    let flows = scenario.background.iter_mut().map(|flow| &mut flow.arrivals);
    let mut rates: Vec<&mut Vec<RateStep>> = classes.chain(flows).collect();
    for steps in &mut rates {
        steps.retain(|step| step.from.nanos() < until);
    }
    let expected: f64 =
        rates.iter().flat_map(|steps| steps.iter()).map(|step| step.per_second).sum();
    let factor = PAYMENTS / (expected * until as f64 * 1e-9).max(PAYMENTS);
    for step in rates.into_iter().flatten() {
        step.per_second *= factor;
    }
}
