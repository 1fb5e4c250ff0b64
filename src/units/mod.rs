//! Units: amounts, instants, ratios and ids. The words every other room speaks.
//!
//! Invariant: arithmetic is checked; a value that does not fit is a bug and panics.
//! Never: a float, an event, a file.

mod amount;
mod id;
mod obligation;
mod ratio;
mod status;
mod time;

pub use amount::{Amount, Position};
pub use id::{InstitutionId, MerchantClassId, PaymentId, PolicyId, SourceId};
pub use obligation::{Account, Discharge, Due, Obligation};
pub use ratio::Ppm;
pub use status::{Reason, Status};
pub use time::{Duration, Instant};
