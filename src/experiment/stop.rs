//! A request to stop: from a signal, or from whoever holds the handle.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

/// Whether the work should end early. Clones share one answer.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    asked: Arc<AtomicBool>,
    signal: Arc<AtomicUsize>,
}

/// What asked for the stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Ctrl-C.
    Interrupt,
    /// A polite kill.
    Terminate,
    /// The program itself.
    Request,
}

impl Stop {
    /// Not asked yet, and deaf to signals.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asked for by the first SIGINT or SIGTERM; the second one kills, as if nobody listened.
    ///
    /// # Errors
    /// When the operating system refuses the handlers.
    pub fn on_signals() -> io::Result<Self> {
        let stop = Self::new();
        for signal in [SIGINT, SIGTERM] {
            // Handlers run in the order of registration: the first finds the flag still down.
            flag::register_conditional_default(signal, Arc::clone(&stop.asked))?;
            flag::register(signal, Arc::clone(&stop.asked))?;
            let number = usize::try_from(signal).expect("signal numbers are positive");
            flag::register_usize(signal, Arc::clone(&stop.signal), number)?;
        }
        Ok(stop)
    }

    /// Asks.
    pub fn ask(&self) {
        self.asked.store(true, Ordering::SeqCst);
    }

    /// Whether anybody has asked.
    pub fn asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }

    /// Who asked; `None` when nobody has.
    pub fn cause(&self) -> Option<Cause> {
        let signal = i32::try_from(self.signal.load(Ordering::SeqCst)).unwrap_or_default();
        match signal {
            SIGINT => Some(Cause::Interrupt),
            SIGTERM => Some(Cause::Terminate),
            _ => self.asked.load(Ordering::SeqCst).then_some(Cause::Request),
        }
    }
}
