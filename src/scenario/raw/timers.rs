//! Time-outs as written.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Time;
use crate::scenario::de::Sp;

/// How long who asks waits for an answer, and what it does then: it polls, then reverses.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub(in crate::scenario) struct TimersRaw {
    /// A published timer policy; the other keys change it. `wechat-code-pay` unless stated.
    pub(in crate::scenario) preset: Option<Sp<PresetRaw>>,
    /// From sending a request to the first time-out.
    pub(in crate::scenario) timeout: Option<Sp<Time>>,
    /// Status polls before the asker gives up.
    pub(in crate::scenario) polls: Option<Sp<i64>>,
    /// From one poll to the next, and from the last to giving up.
    pub(in crate::scenario) poll_interval: Option<Sp<Time>>,
    /// How often a reversal is sent at most, until it is acknowledged.
    pub(in crate::scenario) reversals: Option<Sp<i64>>,
    /// From one reversal to the next.
    pub(in crate::scenario) reversal_interval: Option<Sp<Time>>,
}

/// A published timer policy.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(in crate::scenario) enum PresetRaw {
    /// First poll after 5 s, then every 5 s; reversal at 30 s.
    WechatCodePay,
    /// First poll after 5 s, then every 5 s; cancellation at 60 s.
    AlipayOverseasBarcode,
    /// The rules of April 2025: answers awaited for 30 s, polls that nothing limits.
    UpiBefore2025,
    /// First poll after 90 s, three at most, a minute apart.
    UpiAfter2025,
    /// Ten seconds end to end; no polls.
    Pix,
}
