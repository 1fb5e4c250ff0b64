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
//! | `report.html` | The page to look at first: every chart with its sentence and its table |
//! | `summary.json`, `summary.md` | The headline figures of each policy, differences from the first policy, metrics and laws |
//! | `metrics.csv` | Every metric of each policy and replication, for statistics of your own |
//! | `latency.csv` | How long each stage took, by route and outcome |
//! | `latency.hlog`, `latency.hgrm` | The same distributions for the tools of HdrHistogram |
//! | `latency.svg`, `timeseries.svg` | Latency by percentile and attempts over time as pictures; what is shaded is not counted |
//! | `latency_heatmap.csv` | When payments were slow: counts by window and latency bucket |
//! | `timeseries.csv` | What went on in each window: offered, accepted, declined, in flight, quantiles of that window alone |
//! | `queues.csv`, `stations.csv` | Which station was the bottleneck: queue, wait and utilisation, by window and in all |
//! | `settlement.csv` | What each cycle cleared, netted and settled |
//! | `positions.csv` | Who owed and who was owed in each cycle, and what it did to the reserve |
//! | `liquidity.csv` | How each reserve account moved |
//! | `flows.csv` | Value of payments between each pair of institutions, fees apart |
//! | `fees.csv` | Who paid whom for what |
//! | `errors.csv` | Why attempts were refused, and by whom; how often no code could be read |
//! | `wallets.csv` | Attempts, acceptance and value of each wallet |
//! | `invariants.json` | Each law of the auditor, how often it was tested, and its first breach if any |
//! | `datapackage.json` | Each column of each table, with its unit and the part of the run it covers |
//! | `timing.json` | How long the machine took: the one file that differs between equal runs |
//! | `payments.csv`, `events.ndjson` | On request: each payment, each fact |
//!
//! Any word of a report is explained by `hutong explain WORD`: labels, columns, files, laws,
//! reasons, metrics. Words that a scenario writes stand in reports as they stand there, with
//! hyphens (`insufficient-funds`, `merchant-discount`), and so do the auditor's laws; names of
//! columns, metrics, routes and outcomes have underscores.
//!
//! # What a table covers
//!
//! A run begins at the epoch and counts from `warm_up` (inclusive) to `horizon` (exclusive). Demand
//! goes on, uncounted, for `drain` after the horizon: at an instant that no policy moves, so that
//! totals of the whole run can be compared. Then payments under way are followed for at most
//! `drain` more. Two kinds of tables:
//!
//! | Covers | Tables |
//! | --- | --- |
//! | *counted* payments: their intention arose from warm-up to horizon, and they are followed to their end | `latency.csv`, `latency.hlog`, `latency.hgrm`, `errors.csv`, `wallets.csv`, `metrics.csv` and the figures under PAYMENTS, SHOPPERS and LATENCY |
//! | what went on from warm-up to horizon, whoever caused it | `stations.csv`, metrics `utilisation.*` |
//! | the *whole run*, warm-up and drain included | `settlement.csv`, `positions.csv`, `liquidity.csv`, `flows.csv`, `fees.csv`, `timeseries.csv`, `queues.csv`, `latency_heatmap.csv`, `payments.csv` (which says for each row whether it is counted), `events.ndjson`, metrics `settlement.*`, `liquidity.*` and `in_flight_max`, and the figures under CLEARING and LIQUIDITY |
//!
//! Money follows the whole run because books must balance: an obligation of the warm-up is as real
//! as any other. So the sum of `fees.csv` is not that of counted payments; for fees of counted
//! payments take `fees.merchant_bp`, or set `warm_up` to zero.
//!
//! # Latency
//!
//! Two clocks. `system` runs from the first institution's receipt to the last one's release of the
//! result, without human time. `user` runs from the wish to pay until the shopper knows, over all
//! attempts, with human time. `parse`, `debit` and `pay` are exchanges inside `system`: each from
//! the asker's receipt of the work to its receipt of the answer, so the asker's own work is in it.
//! Declined payments have rows of their own: a fast refusal never flatters the accepted ones. An
//! intention that ended because no code could be read has the outcome `unreadable` and no route: no
//! institution was asked, so none declined.
//! Extreme quantiles stay empty where too few payments stand behind them.
//!
//! # Denominators
//!
//! An intention is a wish to pay, an attempt one try with one wallet of which a message was sent, a
//! message one transmission. All policies meet the same wishes: that row is first, and equal. One
//! wish leads to no attempt (no wallet held could read the code), to one, or to several (another
//! wallet was tried), so the number of attempts differs by policy. First-try acceptance, acceptance
//! after switching, lost sales and refusals are shares of *intentions*; accepted, declined and
//! failed are shares of *attempts*. Business declines say "no", technical declines say "could not";
//! base technical declines come from the scenario, `queue-full` emerges from load.
//!
//! A *try* is an attempt, or one with a wallet that could not read the code and sent no message.
//! In `errors.csv` the stage `presentment` counts tries and `processing` attempts: the columns `of`
//! and `of_count` say of what, and of how many, each share is.
//!
//! # Settlement
//!
//! Gross is what was cleared; net is the sum of what net debtors had to pay; the netting ratio says
//! how much money netting saved. Both hold fees that institutions owe each other, `flows.csv` does
//! not: gross of all cycles = gross of all flows + fees of `fees.csv` whose payer is an
//! institution. Within a cycle all net positions sum to zero. A cycle is
//! `settled`, `postponed` (a net debtor lacked cover, so it is tried again with the next), `open`
//! when the run was closed, or `empty`: nothing was cleared, so there was nothing to settle, and
//! the summary does not count it.
//!
//! The last cycle of each house ends at a *closing cut-off* that no scenario states: once every
//! payment is over, what was cleared since the last cut-off of the day is netted and settled, so
//! that a run of ten minutes shows positions and leaves no obligation in the air. Its `cutoff_us`
//! is that instant. It lies after the horizon and differs by policy, for their last payments end at
//! different times; such a cycle is rarely as long as the others, and may be `empty`.
//!
//! # Intervals
//!
//! An interval comes from replications, never from the payments of one run, which depend on each
//! other. With one replication there is none. Policies share their shoppers, so compare policies by
//! their difference in the same replication: it is much less noisy than either figure. The summary
//! has these differences from the first policy, for every metric, with 0.95 intervals of Student's
//! t; where all replications differ by the same, the interval is that value twice. A replication
//! that not every policy completed (after Ctrl-C) is left out of all figures and said to be.
//!
//! `metrics.csv` (policy, replication, metric, unit, value) has what they are made of.
//!
//! # When a law is broken
//!
//! The run ends with exit code 70. `invariants.json` holds the law, the first offending fact, what
//! was expected and what was there. It is a bug in hutong: no scenario can make it lawful.
