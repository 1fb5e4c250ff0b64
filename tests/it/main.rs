//! tests

mod kernel_calendar;
mod kernel_chance;
mod kernel_choice;
mod kernel_sampler;
mod kernel_station;
