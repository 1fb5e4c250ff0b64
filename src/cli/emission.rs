//! Emission: payments and facts of every run streamed to files, on request.
//!
//! Each run writes parts of its own while it runs; the parts of complete runs are joined in plan
//! order when the report is filed. A part that is never joined vanishes.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, BufWriter};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use tempfile::{NamedTempFile, TempPath};

use super::args::{Emit, RunArgs};
use super::check::size;
use super::output::Output;
use super::table::short;
use crate::experiment::plan::PlannedRun;
use crate::experiment::run::Emit as Listen;
use crate::model::fact::{Fact, Observer};
use crate::report::{EventsWriter, PaymentsWriter};
use crate::scenario::Scenario;
use crate::units::Instant;

/// What is written besides the report's own files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Emission {
    /// One row an attempt.
    pub payments: bool,
    /// One object a fact.
    pub events: bool,
}

/// Facts of an event that the engine handles, and what the line of one takes: on the shipped
/// scenarios, rounded up.
const FACTS_PER_EVENT: f64 = 2.0;
const FACT_BYTES: f64 = 200.0;

/// Says before a run roughly how large `events.ndjson` will be.
pub fn warn<'a>(scenarios: impl Iterator<Item = &'a Scenario>, args: &RunArgs, out: &Output) {
    if !args.emit.contains(&Emit::Events) {
        return;
    }
    for scenario in scenarios {
        let replications = args.only_replication.map_or(scenario.replications, |_| 1);
        let of_run = size(scenario).events * FACTS_PER_EVENT * FACT_BYTES;
        let runs = scenario.compared.iter().map(|_| f64::from(replications)).sum::<f64>();
        let bytes = of_run * runs;
        let (name, bytes) = (&scenario.name, short(bytes));
        out.note(&format!("{name}: events.ndjson will take about {bytes}B (an estimate)"));
    }
}

/// The parts that complete runs have left, by file and plan order.
#[derive(Debug, Default)]
pub struct Parts(Mutex<BTreeMap<Place, Part>>);

type Place = (usize, u32, usize);
type Part = (Option<TempPath>, Option<TempPath>);
type Sink = BufWriter<NamedTempFile>;

impl Parts {
    /// Takes the parts of one file, in plan order: of payments, and of events.
    pub fn of_file(&self, file: usize) -> (Vec<TempPath>, Vec<TempPath>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let later = all.split_off(&(file + 1, 0, 0));
        let mut these = all.split_off(&(file, 0, 0));
        all.extend(later);
        let payments = these.values_mut().filter_map(|part| part.0.take()).collect();
        let events = these.values_mut().filter_map(|part| part.1.take()).collect();
        (payments, events)
    }

    /// The listener of one run; its parts lie in `folder` until they are joined.
    ///
    /// # Errors
    /// When a part cannot be made.
    pub fn listener<'a>(
        &'a self,
        run: &PlannedRun,
        (scenario, folder): (&'a Scenario, PathBuf),
        emission: Emission,
    ) -> Result<Listener<'a>, String> {
        let policy = scenario.policies[run.policy.index()].name.as_str();
        let part = |wanted: bool| -> Result<Option<Sink>, String> {
            wanted
                .then(|| new_part(&folder))
                .transpose()
                .map_err(|error| format!("cannot write to {}: {error}", folder.display()))
        };
        let (payments, events) = (part(emission.payments)?, part(emission.events)?);
        let replication = run.replication;
        let order = scenario.compared.iter().position(|id| *id == run.policy).unwrap_or_default();
        Ok(Listener {
            payments: payments.map(|out| PaymentsWriter::new(scenario, policy, replication, out)),
            events: events.map(|out| EventsWriter::new(scenario, policy, replication, out)),
            parts: self,
            place: (run.file, replication, order),
        })
    }
}

fn new_part(folder: &PathBuf) -> io::Result<Sink> {
    fs::create_dir_all(folder)?;
    Ok(BufWriter::new(NamedTempFile::new_in(folder)?))
}

/// Streams the payments and facts of one run.
pub struct Listener<'a> {
    payments: Option<PaymentsWriter<'a, Sink>>,
    events: Option<EventsWriter<'a, Sink>>,
    parts: &'a Parts,
    place: Place,
}

impl Observer for Listener<'_> {
    #[inline]
    fn observe(&mut self, at: Instant, fact: &Fact) {
        if let Some(payments) = &mut self.payments {
            payments.observe(at, fact);
        }
        if let Some(events) = &mut self.events {
            events.observe(at, fact);
        }
    }
}

impl Listen for Listener<'_> {
    fn finish(self) -> Result<(), String> {
        let path = |sink: io::Result<Sink>| -> Result<TempPath, String> {
            let sink = sink.map_err(|error| format!("cannot stream rows: {error}"))?;
            let file = sink.into_inner().map_err(|error| format!("cannot stream rows: {error}"))?;
            Ok(file.into_temp_path())
        };
        let payments = self.payments.map(|writer| path(writer.finish())).transpose()?;
        let events = self.events.map(|writer| path(writer.finish())).transpose()?;
        let mut parts = self.parts.0.lock().unwrap_or_else(PoisonError::into_inner);
        parts.insert(self.place, (payments, events));
        Ok(())
    }
}
