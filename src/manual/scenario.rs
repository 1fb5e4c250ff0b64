//! The scenario language, section by section.
//!
//! A scenario is a TOML file. `scenarios/annotated.toml` uses every section and every kind of
//! value, with a comment on each, and a test runs it: read it beside this page. The schema in
//! `scenarios/scenario.schema.json` gives editors completion; `hutong explain KEY` prints what one
//! key means. This page says how the sections hang together.
//!
//! The loader reads the whole file and reports every mistake at once, with line, column and a hint.
//! An unknown key is a mistake, never ignored. So is a section that this version cannot run.
//!
//! # Opening
//!
//! ```toml
//! #:schema ./scenario.schema.json
//! # Question: what does one hub change for shoppers?
//! # Expect:   fewer lost sales, a little more latency.
//! name = "one-hub"
//! epoch = "2026-03-02T08:00:00+08:00"
//! horizon = "1h"
//! ```
//!
//! The three comments are part of the language: the question and the expectation are printed in the
//! report. Demand is counted in `[warm_up, horizon)`, goes on uncounted for `drain` after it, and
//! payments under way are then followed for at most `drain` more.
//!
//! # Values
//!
//! Times carry a unit (`"250us"`, `"4ms"`, `"10m"`). Money is a decimal in quotes in the scenario's
//! one currency (`"20.00"`) and is held in minor units. A distribution is a bare value (a constant)
//! or a table with one name, such as `{ lognormal = { mean = "4ms", cv = 0.6 } }`; measured ones
//! come from a CSV file or an HdrHistogram log. Wherever names are expected, a group's name stands
//! for its members.
//!
//! # `extends`, `--set` and `scale`
//!
//! `extends` names another scenario that this file changes: tables merge, lists replace. On the
//! command line `--set key.path=value` changes one value. `scale` multiplies demand, populations,
//! queue limits and money, and rounds servers to at least one; service times stay. Waiting, netting
//! and liquidity depend on scale: `hutong check` prints the utilisation of each station, and
//! `hutong show --resolved --origin` prints each value with where it came from.
//!
//! # `institutions` and `groups`
//!
//! An institution has roles (one firm holds several), a station, the codes it issues, its reserve
//! at the settlement bank, its customers' funds and its base declines. A clearing house has
//! settlement terms with cut-offs. `debits_via` names the clearing house that carries a wallet's
//! bank debits. A group describes many institutions: a `count` with a concentration, or rows of a
//! CSV file; totals are divided by share.
//!
//! # `station`
//!
//! Parallel servers, the service time of one message, and the most messages that may wait: one more
//! is turned away and its payment declined as `queue-full`. Answers share the servers or bypass
//! them. `sites` says where the servers stand, for faults of a site.
//!
//! # `links`
//!
//! A link has a floor that no message undercuts and a jitter on top. `access` is the leg between a
//! device or till and its institution; `between` names exceptions. The smallest floor is the
//! lookahead: `hutong check` prints it and says which link sets it. `loss` is the share of messages
//! between institutions that never arrive; it needs `timers`. Background traffic loses none.
//!
//! # `timers`
//!
//! Who sends a request to another institution waits `timeout` for the answer. Then it polls for the
//! status up to `polls` times, `poll_interval` apart: a poll travels the path of the request,
//! through the same queues, and the far end answers from its own copy. Without a final answer the
//! asker gives up: the payment is refused as `timed-out`, and a reversal is sent up to `reversals`
//! times, `reversal_interval` apart, until it is acknowledged. Who had acted books counter-entries;
//! who has not heard of the request keeps a tombstone and drops it when it comes. A preset is a
//! published policy, and the other keys change it. An answer exactly at its deadline is in time.
//!
//! # `consumers`
//!
//! A class of people: which wallets they hold together (`holds`: bundles with shares, for margins
//! alone misstate what happens after switching), which they prefer, how they fund a payment, what
//! they spend and how often they pay.
//!
//! # `merchants`
//!
//! A class of shops: the codes on the counter, each with its acquirer, and the mix of presentment
//! modes. Where the issuer of a code is its own acquirer, the merchant is direct.
//!
//! Two kinds of numbers divide a whole. *Shares* (`holds`, `funding`) are parts of all people or
//! payments and must sum to 1: a sum that does not is a slip. *Weights* (`modes`, `prefers`, a
//! merchant's `weight`) only compare, so that one can be added without touching the
//! others: `{ static = 4, tap = 1 }` is `{ static = 0.8, tap = 0.2 }`.
//!
//! # `presentment`
//!
//! Human time: to show a code, scan a sign, type an amount, authenticate. It enters user latency,
//! never system latency.
//!
//! # `profiles` and `demand`
//!
//! A profile is a daily curve of 24 weights. `demand.background` is clearing traffic that is no
//! barcode payment but loads hubs and banks and creates obligations. `demand.bursts` multiplies
//! rates for a while. `demand.replay` plays a log of payments back.
//!
//! A log is a CSV file with a header and one payment a row: `time` (decimal seconds since the
//! epoch, or an instant in RFC 3339), `payer` (any text: the same text is the same person),
//! `wallet` (an institution), `merchant` (a class) or `code` (what the till or the app scanned),
//! `mode`, `funding` (`balance`, `bank` or `bank:NAME`) and `amount` in major units. It is read
//! as a stream: rows may stand out of order by `look_back`, and no more of them are held. A row
//! is one attempt with the wallet it states; the policy adds the route. A code is routed to its
//! issuer by prefix and length, URL or identifier, and paid at the acquirer of the first class of
//! merchants, in order of name, that accepts this issuer's codes, or at the issuer itself. A code
//! that nobody or more than one issuer claims, and a wallet that the policy does not connect, are
//! lost sales. `bank` alone stands for a bank of the first class of consumers that states any,
//! else for any bank, and is the same for all rows of a payer. Rows from the end of the drain on
//! are not played. The first thousand rows are checked on load; a mistake in a later one ends the
//! run and is told with its line.
//!
//! # `faults`
//!
//! A fault has a target, a mode and a time. The target is an `institution` (or a group, whose
//! members then fail each by itself), one `site` of it, or one direction of a `link`. The time is
//! planned (`from` and `for`) or drawn (`mtbf` and `mttr`: exponential, by target and mode, so that
//! one more fault moves no other). It is [start, end): what happens at the start finds the outage,
//! what happens at the end does not. Two faults of one target in one mode must not overlap;
//! otherwise faults may coincide, and of two that slow, the slower stands.
//!
//! | Mode | Work in service | Work queued | New arrivals |
//! |---|---|---|---|
//! | `refuse` | goes on | is served | requests are declined at once as `outage` |
//! | `stall` | pauses, and goes on at the end | waits | wait, or are turned away by a full queue |
//! | `degrade` | takes `factor` times as long from the start on | waits longer | wait longer |
//! | `refuse` of a `site` | goes on | waits for the other sites' servers | the same |
//! | link: `refuse` | | | requests are declined by the sender at once; nothing is set aside |
//! | link: `stall` | | | what is sent waits for the end, and then takes its usual latency |
//! | link: `degrade` | | | what is sent takes `factor` times its latency |
//!
//! What was accepted earlier is served in every mode: answers, and requests behind which funds are
//! set aside, are never refused, for nobody could undo them yet. A server that pauses counts as
//! busy. Access legs and the files of clearing and settlement do not fail. `outage` is an emergent
//! reason (ISO 20022 `AB07`): it is kept apart from the base decline `system-error` and from
//! `queue-full`, and no scenario states it as a decline. Without `queue_limit` a stall turns nobody
//! away.
//!
//! `scale` leaves times, factors and latencies as they are. A site's servers are its part of the
//! scaled servers, rounded so that the sites' sum to the station's; at a small scale it may be
//! none, and then its loss takes none away.
//!
//! # `policies` and `rules`
//!
//! A policy lists connections: these wallets can use these issuers' codes over this path, which is
//! empty for a bilateral link, or names one or two clearing houses. The last connection that
//! matches wins; `extends` adds to another policy. `rules` says which roles may talk directly;
//! without a row a direct link is a mistake, as under the rule that sends bank debits and
//! interconnected barcode payments through a licensed clearing house. A counterfactual world is one
//! row.
//!
//! # `fees` and `settlement`
//!
//! A fee leg says who pays whom for an accepted payment, at what rate, between what bounds.
//! `settlement.bank` is the bank on whose books the net positions move.
//!
//! # `experiment` and `output`
//!
//! Which policies are compared, and with how many replications. Every policy of a replication meets
//! the same shoppers with the same wishes. `output.window` is the width of a row in the time
//! series.
//!
//! # `calibration`
//!
//! The table *given | fitted | predicted* with published figures and their sources. Only a
//! predicted row says anything about the model: nothing was adjusted to meet it.
//!
//! # `threshold` and `regression`
//!
//! A threshold names a metric (`hutong metrics`), where it is meant (`where.policy`, and
//! `where.route` or `where.institution` for metrics of which there are several), and a limit in the
//! metric's kind of unit: `< 250ms`, `>= 98%`, `<= 40bp`. Without `where.policy` it holds for each
//! policy. Judged is the mean over replications; with `confidence` the whole Student-t interval
//! must lie on the right side, and one that lies on both is a breach unless it only warns. With
//! `abort` a run is stopped at the end of the first window after the warm-up in which its figure so
//! far is in breach. A threshold that could select no data is a mistake; one that finds none after
//! the run ends with exit code 4.
//!
//! A regression says how far a metric may move in its bad direction from a baseline: a share of it
//! (`5%`), a difference (`10ms`), or percentage points (`0.1pp`). `hutong gate` judges it.
