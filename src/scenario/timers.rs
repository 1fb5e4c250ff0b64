//! Time-outs: how long who asks waits for an answer, and what it does then.

use crate::units::{Duration, Ppm};

/// One timer policy for every exchange between institutions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timers {
    /// From sending a request to the first time-out.
    pub timeout: Duration,
    /// Status polls before the asker gives up.
    pub polls: u8,
    /// From one poll to the next, and from the last to giving up.
    pub poll_interval: Duration,
    /// How often a reversal is sent at most, until it is acknowledged; at least once.
    pub reversals: u8,
    /// From one reversal to the next.
    pub reversal_interval: Duration,
    /// Share of messages between institutions that are lost.
    pub loss: Ppm,
}

impl Timers {
    const fn new(timeout: u64, (polls, every): (u8, u64), (reversals, again): (u8, u64)) -> Self {
        Self {
            timeout: Duration::from_secs(timeout),
            polls,
            poll_interval: Duration::from_secs(every),
            reversals,
            reversal_interval: Duration::from_secs(again),
            loss: Ppm::new(0),
        }
    }

    /// WeChat code pay: polls every 5 s from the fifth second, reversal at 30 s (domain 4.4; the
    /// documentation says 10 s, the support pages 5 s). Repeats of the reversal: ASSUMPTION.
    pub const WECHAT_CODE_PAY: Self = Self::new(5, (5, 5), (6, 5));
    /// Alipay overseas barcode: polls every 3 to 5 s until 60 s, then cancel (domain 4.4).
    /// Repeats of the cancellation: ASSUMPTION.
    pub const ALIPAY_OVERSEAS_BARCODE: Self = Self::new(5, (11, 5), (6, 5));
    /// UPI before the rules of 2025: a pay answer is awaited for 30 s (domain 4.4). ASSUMPTION:
    /// twenty polls, 10 s apart.
    pub const UPI_BEFORE_2025: Self = Self::new(30, (20, 10), (6, 30));
    /// UPI after them: first poll after 90 s, three, 60 s apart; a reversal is answered within
    /// 10 s (domain 4.4). Repeats of the reversal: ASSUMPTION.
    pub const UPI_AFTER_2025: Self = Self::new(90, (3, 60), (3, 10));
    /// Pix: 10 s end to end, no polls (domain 4.4). Repeats of the reversal: ASSUMPTION.
    pub const PIX: Self = Self::new(10, (0, 10), (6, 10));
}
