//! The manual: why hutong is as it is, and how to work with it. Prose only.
//!
//! To use hutong, read [`scenario`] and [`reading_reports`]; for obligations alone, read
//! [`settlement`]. To change it, read [`design`], then
//! [`howto`]; [`decisions`] answers "why not otherwise?", and [`glossary`] is the language of all
//! of it.
//!
//! Invariant: a page speaks of what the code does today; what is planned is an issue, not a page.
//! Never: code, imports, or a second copy of what the scenario schema or a doc comment says.

pub mod scenario;
pub mod reading_reports;
pub mod settlement;
pub mod design;
pub mod decisions;
pub mod glossary;
pub mod howto;
