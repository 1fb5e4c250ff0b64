//! Reading reports: each file of a run, and how to read it.
//!
//! A report lies in `reports/<scenario>/<run hash>/`. The hash covers the resolved scenario, the
//! seed and the engine, so a changed engine never passes off an old result as new. Begin with
//! `summary.md`; go to the CSV files with any tool that reads CSV.
//!
//! In every table: whole numbers with the unit in the column's name (`_us` microseconds, `_minor`
//! minor units, `_ppm` millionths, `_frac` a fraction of one); simulated time counts from the
//! epoch; an empty cell means "not known", never zero; rows are sorted by their first columns.
//! `datapackage.json` describes every column.
//!
//! | File | What it answers |
//! | --- | --- |
//! | `manifest.json` | What was run, with which engine and seed, and which files belong to it. Written last: where it is missing, the report is not complete |
//! | `scenario.resolved.toml` | What exactly was run, with every default filled in |
//! | `summary.json`, `summary.md` | The headline figures of each policy, with intervals over replications |
//! | `latency.csv` | How long each stage took, by route and outcome |
//! | `latency.hlog`, `latency.hgrm` | The same distributions for the tools of HdrHistogram |
//! | `latency_heatmap.csv` | When payments were slow: counts by window and latency bucket |
//! | `timeseries.csv` | What went on in each window: offered, accepted, declined, in flight, quantiles of that window alone |
//! | `queues.csv` | Which station was the bottleneck: mean and greatest queue, mean wait, utilisation, by window |
//! | `settlement.csv` | What each cycle cleared, netted and settled |
//! | `positions.csv` | Who owed and who was owed in each cycle, and what it did to the reserve |
//! | `liquidity.csv` | How each reserve account moved |
//! | `flows.csv` | Value between each pair of institutions |
//! | `fees.csv` | Who paid whom for what |
//! | `errors.csv` | Why payments were refused, and by whom |
//! | `invariants.json` | Each law of the auditor, how often it was tested, and its first breach if any |
//! | `timing.json` | How long the machine took: the one file that differs between equal runs |
//! | `payments.csv`, `events.ndjson` | On request: each payment, each fact |
//!
//! # Latency
//!
//! Two clocks. `system` runs from the first institution's receipt to the last one's release of the
//! result, without human time. `user` runs from the wish to pay until the shopper knows, over all
//! attempts, with human time. `parse`, `debit` and `pay` are exchanges inside `system`: each from
//! the asker's receipt of the work to its receipt of the answer, so the asker's own work is in it.
//! Declined payments have rows of their own: a fast refusal never flatters the accepted ones.
//! Extreme quantiles stay empty where too few payments stand behind them.
//!
//! # Denominators
//!
//! An intention is a wish to pay, an attempt one try with one wallet, a message one transmission.
//! First-try acceptance, acceptance after switching and lost sales are shares of *intentions*;
//! decline rates are shares of *attempts*. Business declines say "no", technical declines say
//! "could not"; base technical declines come from the scenario, `queue-full` emerges from load.
//!
//! # Settlement
//!
//! Gross is what was cleared; net is the sum of what net debtors had to pay; the netting ratio says
//! how much money netting saved. Within a cycle all net positions sum to zero. A cycle is
//! `settled`, `postponed` (a net debtor lacked cover, so it is tried again with the next), or
//! `open` at the end of the run.
//!
//! # Intervals
//!
//! An interval comes from replications, never from the payments of one run, which depend on each
//! other. With one replication there is none. Policies share their shoppers, so compare policies by
//! their difference in the same replication: it is much less noisy than either figure.
//!
//! # When a law is broken
//!
//! The run ends with exit code 70. `invariants.json` holds the law, the first offending fact, what
//! was expected and what was there. It is a bug in hutong: no scenario can make it lawful.
