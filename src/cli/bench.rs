//! `bench`: the speed of this build on this machine.

use serde_json::{Value, json};

use super::exit::Exit;
use super::output::{Output, Problem};
use super::table::table;
use crate::experiment::bench::{Measured, measure};
use crate::experiment::progress::thousands;

/// Carries out `hutong bench`.
pub fn bench(out: &mut Output) -> Exit {
    let Some(measured) = measure() else {
        out.problem(Problem::new("bench::absent", "this build carries no benchmark"));
        return out.fail(Exit::Unexpected);
    };
    let row = |one: &Measured| {
        let each = one.ns_per_payment().map(|ns| ns.to_string()).unwrap_or_default();
        vec![one.what.clone(), thousands(one.payments), each]
    };
    let rows: Vec<Vec<String>> = measured.iter().map(row).collect();
    out.data(&table(&["workload", "payments", "ns/payment"], &[1, 2], &rows));
    let entry = |one: &Measured| {
        let (payments, elapsed) = (one.payments, one.elapsed_ns);
        json!({ "what": one.what, "payments": payments, "elapsed_ns": elapsed })
    };
    let entries: Vec<Value> = measured.iter().map(entry).collect();
    out.document("hutong.bench/1", Exit::Ok, json!({ "measured": entries }));
    Exit::Ok
}
