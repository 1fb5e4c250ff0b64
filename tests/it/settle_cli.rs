//! `hutong settle` as a user meets it.
