//! Settlement of a file of obligations: `hutong settle`, its files, regimes and measures.
//!
//! The settlement half of hutong works alone, on obligations that you have: an export of a payment
//! system, or the output of another simulator. Several regimes settle the same file side by side,
//! and the report compares them.
//!
//! ```console
//! hutong settle --obligations scenarios/data/settle-obligations.csv \
//!     --participants scenarios/data/settle-participants.csv \
//!     --regime gross-fifo --regime hybrid-gridlock --regime net-multilateral --cycle 1h
//! ```
//!
//! # Files
//!
//! CSV with a header; columns in any order; lines that start with `#` are comments. Amounts are
//! whole minor units of one currency, which hutong need not know.
//!
//! | File | Column | What |
//! | --- | --- | --- |
//! | obligations | `time` | seconds since midnight (`34200.5`), a time of day (`09:30:00`) or an instant (`2025-01-06T09:30:00+08:00`); one form in all rows, in order |
//! | | `debtor`, `creditor` | names of participants |
//! | | `amount_minor` | above zero |
//! | | `priority` | 0 to 255, larger is more urgent; the column may be missing |
//! | participants | `id` | name |
//! | | `opening_minor` | opening balance; below zero only within the credit limit |
//! | | `credit_limit_minor` | how far below zero the balance may go |
//! | limits | `debtor`, `creditor`, `limit_minor` | largest net payments of one to the other |
//!
//! The obligations are read twice, as a stream: once for mistakes, all of which are told with file,
//! line and column up to a hundred, and once to settle. No row is kept that is not open: memory is
//! a few megabytes, and some 200 bytes for each obligation that is open at one time under one
//! regime. Gross regimes hold their queues; deferred net settlement holds a whole cycle.
//!
//! # Regimes
//!
//! The table in [`policy::settlement`](../../policy/settlement/index.html) says what each does and
//! which paper or report it follows. What they share:
//!
//! - No balance ever falls below its credit limit, and the auditor follows every discharge.
//! - What happens at an instant comes after all arrivals at it: a cycle is (previous cut-off,
//!   cut-off].
//! - *Gross*: after each discharge the creditor's queue is tried, then the queues of those whom it
//!   paid, until nothing more has cover. `--split-above` discharges larger obligations in parts;
//!   offsetting takes what is left of them as one.
//! - *Net*: `--cut-off` and `--cycle` set cut-offs, the last is at the close. `net-multilateral`
//!   settles all or nothing; what has no cover waits for the next cut-off. `net-continuous` nets at
//!   every `--review` and leaves out no more than it must, each sender's order binding.
//! - *Hybrid*: gross, and at every `--review` a look for obligations that offset.
//!   `hybrid-bilateral` looks at each arrival too.
//! - *Instant*: on the prefunded balance, without credit; what has no cover is refused.
//! - Bilateral limits bind gross, hybrid and instant regimes and `net-continuous`. `net-bilateral`
//!   and `net-multilateral` do not read them.
//!
//! `hybrid-gridlock` finds the largest set of queue prefixes, and there is only one. The offsets
//! that ignore the order of queues are heuristics: always feasible, never worth less than plain
//! gross settlement of the same queues at that moment, and without a promise for the whole day.
//!
//! # The optimum
//!
//! Which subset of a queue discharges most is a hard question in general, and an easy one for a
//! short queue. Whenever a queue of at most twenty is reviewed (under gross regimes at the end of a
//! window), `optimum.csv` sets what the regime discharged beside the exact optimum, for the first
//! two hundred such queues of a regime.
//!
//! # The close
//!
//! What is open at the close is summed into claims, and `clearing.csv` tells who could pay how much
//! if all had to pay at once with balance and credit: the greatest clearing vector of Eisenberg and
//! Noe, in exact numbers, rounded to minor units by a stated rule. `round` is 1 for those who fail
//! of themselves, and larger for contagion. `--alpha` and `--beta` are the shares of a defaulter's
//! own assets and of its receipts that reach creditors, as in Rogers and Veraart. With more than
//! 128 defaulters the vector is left out.
//!
//! # The report
//!
//! | File | What it answers |
//! | --- | --- |
//! | `summary.md`, `comparison.csv` | every measure, one column or row a regime |
//! | `settled.csv` | what became of each obligation, when and how |
//! | `settlement.csv` | each cycle, or window where a regime has no cycles |
//! | `positions.csv` | each participant: liquidity used, its bounds, exposure, what is unsettled |
//! | `liquidity.csv` | balances over time |
//! | `queues.csv` | open value and exposure over time |
//! | `optimum.csv` | short queues beside their optimum |
//! | `clearing.csv` | the clearing vector of what is unsettled |
//! | `network.csv` | degree, strength, reciprocity and core of each participant |
//! | `manifest.json`, `datapackage.json` | inputs, engine, laws, files; every column described |
//!
//! The measures are defined in [`measure::settlement`](../../measure/settlement/index.html).
