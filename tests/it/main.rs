//! tests
mod measure_order;
mod measure_queues;
mod measure_rows;
mod measure_summary;
mod support_scenario;
