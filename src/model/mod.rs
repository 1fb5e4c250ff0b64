//! The payment world: what institutions do with messages, and the facts that come of it.

pub mod fact;
