//! The benchmark: the canonical workload beside a plain loop, on this machine.
//!
//! Never: a pass or a failure. It measures; nothing here asserts time.

/// The two rates at which the canonical workload is measured, in payments per second.
pub const RATES: [u32; 2] = [2_000, 50_000];

/// One measurement.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// What was measured, such as `hub.bank 2000/s, all recorders`.
    pub what: String,
    /// Payments.
    pub payments: u64,
    /// Wall time on one core, in nanoseconds.
    pub elapsed_ns: u64,
}

impl Measured {
    /// Nanoseconds a payment, rounded down; `None` without payments.
    pub fn ns_per_payment(&self) -> Option<u64> {
        self.elapsed_ns.checked_div(self.payments)
    }
}

/// Measures the canonical workload, feature by feature, and the plain loop on the same samplers.
/// `None`: this build carries no benchmark.
pub fn measure() -> Option<Vec<Measured>> {
    None
}
