//! tests

mod report_files;
mod report_streams;
mod report_summary;
mod report_support;
