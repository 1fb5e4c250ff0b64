//! The pool: all planned runs on a few threads, folded in plan order.
//!
//! Invariant: what is folded, and in which order, does not depend on the number of threads.
//! Never: a run's content. The pool is given a function and treats it as a stranger.

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::time::Duration;

use super::isolate::isolate;
use super::plan::PlannedRun;
use super::stop::Stop;
use crate::measure::results::{RunRecord, RunStatus};

/// How often the folding thread looks up from its queue.
const TICK: Duration = Duration::from_millis(100);
/// Threads at most, whatever is asked: thousands of them starve a machine.
pub const JOBS_MAX: usize = 1024;

/// How many threads, and who may stop them.
#[derive(Clone, Debug)]
pub struct Pool {
    /// Threads; 0 means one for each core. Never more than runs, nor than [`JOBS_MAX`].
    pub jobs: usize,
    /// Once asked, no new run starts.
    pub stop: Stop,
}

impl Pool {
    /// Carries out every planned run and hands the records of each file to `fold`, in plan order,
    /// as soon as that file and all before it are over. `tick` is called now and then meanwhile.
    ///
    /// Runs start in plan order, so that what is complete after a stop is a prefix of the plan
    /// but for the few that ran side by side.
    ///
    /// # Errors
    /// When the operating system refuses the threads.
    pub fn execute<R>(
        &self,
        planned: &[PlannedRun],
        run: R,
        mut tick: impl FnMut(),
        mut fold: impl FnMut(usize, Vec<RunRecord>),
    ) -> io::Result<()>
    where
        R: Fn(usize, &PlannedRun) -> RunStatus + Sync,
    {
        // No more threads than runs: the others would only be started to end.
        let jobs = self.jobs.min(planned.len().max(1)).min(JOBS_MAX);
        let threads = rayon::ThreadPoolBuilder::new()
            .num_threads(jobs)
            .thread_name(|index| format!("run-{index}"))
            .build()
            .map_err(io::Error::other)?;
        let workers = threads.current_num_threads().min(planned.len());
        let next = AtomicUsize::new(0);
        let (sender, receiver) = mpsc::sync_channel(workers.max(1));
        threads.in_place_scope(|scope| {
            for _ in 0..workers {
                let (sender, next, run) = (sender.clone(), &next, &run);
                scope.spawn(move |_| self.work(planned, next, run, &sender));
            }
            // Only the workers hold senders now: the channel closes when the last one is done.
            drop(sender);
            gather(planned, receiver, &mut tick, &mut fold);
        });
        Ok(())
    }

    fn work<R>(
        &self,
        planned: &[PlannedRun],
        next: &AtomicUsize,
        run: &R,
        sender: &SyncSender<(usize, RunStatus)>,
    ) where
        R: Fn(usize, &PlannedRun) -> RunStatus,
    {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(one) = planned.get(index) else { return };
            let end = if self.stop.asked() {
                RunStatus::Interrupted
            } else {
                isolate(|| run(index, one)).unwrap_or_else(RunStatus::Failed)
            };
            // The folding thread listens until every sender is gone, unless it panicked itself.
            if sender.send((index, end)).is_err() {
                return;
            }
        }
    }
}

/// Receives the ends in any order and folds whole files in plan order.
#[expect(
    clippy::needless_pass_by_value,
    reason = "when `fold` panics nobody listens any more, and workers must hear of it"
)]
fn gather(
    planned: &[PlannedRun],
    receiver: Receiver<(usize, RunStatus)>,
    tick: &mut impl FnMut(),
    fold: &mut impl FnMut(usize, Vec<RunRecord>),
) {
    let mut early = BTreeMap::new();
    let mut records = Vec::new();
    let mut next = 0;
    loop {
        match receiver.recv_timeout(TICK) {
            Ok((index, end)) => {
                early.insert(index, end);
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        while let Some(end) = early.remove(&next) {
            let run = &planned[next];
            let (policy, replication) = (run.policy_name.clone(), run.replication);
            records.push(RunRecord { policy, replication, end });
            next += 1;
            if planned.get(next).is_none_or(|following| following.file != run.file) {
                fold(run.file, std::mem::take(&mut records));
            }
        }
        tick();
    }
}
