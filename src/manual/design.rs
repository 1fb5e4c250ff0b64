//! Design: floors, the main path, and what is always true.
//!
//! # The main path
//!
//! ```text
//! scenario.toml ──load────> Scenario   checked; every default filled, every mistake told at once
//!               ──compile─> Model      dense ids, route programs, sampling tables; shared by runs
//! (Model, replication) ──run──> facts  heard by the recorders and by the auditor
//!                               └────> RunOutcome and Findings
//! outcomes, in plan order ──render──>  reports/<scenario>/<run hash>/…
//! ```
//!
//! A run is a pure function of (scenario, policy, replication). It has one thread, no clock, no
//! file and no ambient randomness. Runs go on side by side, and their outcomes are folded in the
//! order of the plan, so the number of threads changes nothing but the time it takes.
//!
//! # Floors
//!
//! ```text
//! 8  main                           the front door
//! 7  experiment   report   cli      many runs | results to bytes | arguments
//! 6  measure      audit             what happened | was it lawful
//! 5  model                          the payment world: compile, state, events, handlers
//! 4  policy                         decisions, as pure functions
//! 3  scenario                       the checked description of an experiment
//! 2  ledger       kernel            double entry | time, order, chance
//! 1  units                          amounts, instants, ratios, ids
//!    manual                         prose only; imports nothing
//! ```
//!
//! A room imports from floors below it. Rooms on one floor do not know each other, with two stated
//! exceptions: `cli` drives its neighbours, and `measure` knows the type of the auditor's findings
//! (see [`decisions`](super::decisions)). A scenario may name a distribution, so `scenario` and
//! `report` know `kernel::dist`, which describes and does not draw. The table that a test enforces
//! is in `tests/it/tidy/floors.rs`; each room's header says what it never does.
//!
//! `measure` can stand above `model` because the model emits facts and does not know who listens:
//! `model::fact::Observer` is a trait that the recorders and the auditor implement.
//!
//! # The kernel's order
//!
//! Events are handled in the order of their key:
//!
//! ```text
//! (instant, microstep, rank, receiving entity, sending entity, the sender's own counter)
//! ```
//!
//! - No part of the key is a global counter, for a run split over several cores could not reproduce
//!   one.
//! - Ranks at one instant: availability, delivery, timer, cut-off, settlement. So an answer that
//!   arrives exactly at its deadline is in time, an outage is `[start, end)`, a settlement cycle is
//!   `(previous cut-off, cut-off]`, and a place freed at an instant is free for an arrival at it.
//! - What an event causes at its own instant with an equal or a lower rank happens one microstep
//!   later; microsteps are bounded.
//! - A tie is never broken at random.
//!
//! # Ownership and lookahead
//!
//! Every piece of changing state has one owner. A handler receives its own entity's state; others
//! learn of a change by a message that takes time. A cap lives at the clearing house and is checked
//! when the message gets there. Every link between institutions has a smallest latency above zero,
//! the floor, and the smallest of all floors is the lookahead L: inside a window of length L no
//! institution can influence another. The calendar therefore works through sorted batches, one a
//! window, and a test runs whole worlds with the entities of each window in permuted order and
//! demands the same digest.
//!
//! # Stations
//!
//! Servers, a service time and a waiting room. A *computed* station serves first come, first served
//! and knows wait and service of a message on its arrival, so a visit that only delays costs one
//! event. An *evented* station starts and ends each service explicitly. The compiler chooses; a
//! property test runs random worlds both ways and demands the same facts.
//!
//! # Chance
//!
//! Three nouns: an *intention* is somebody's wish to pay and free of policy; an *attempt* is what a
//! policy makes of it; a *message* is one step of an attempt. Every draw is a pure function of a
//! key of names and numbers: seed, replication, source, intention, attempt, institution, leg and
//! purpose. No stream is shared, so a draw more here shifts no draw there. Two policies therefore
//! face the same shoppers, and a merchant class that is added takes intentions from others and
//! leaves all the rest as they were.
//!
//! # Money
//!
//! Each institution keeps a balanced book of its own. A claim on another institution sits on a
//! due-from account in one book and on a due-to account in the other, and nothing posts to two
//! books at once: the sides may disagree while a message is on its way. Customer money is held
//! before it is debited. A cleared payment becomes an obligation; at a cut-off the obligations of a
//! cycle are netted, and the settlement bank moves the net positions between reserve accounts.
//!
//! # Invariants
//!
//! 1. A `Scenario` that exists is valid.
//! 2. A fact never carries an instant later than now.
//! 3. Money is conserved: every entry has two sides, every book balances after each entry, and the
//!    net positions of a cycle sum to zero.
//! 4. A payer is debited only from a hold; a hold ends posted, voided or expired, once.
//! 5. Every attempt ends with one terminal status.
//! 6. What was cleared is settled, unwound or still open.
//! 7. The auditor shares no code with what it checks, and runs after every run.
//! 8. Every queue, retry and loop has a bound, and reaching it is a reported outcome.
//! 9. The same scenario, seed and engine give the same bytes on any machine, except `timing.json`.
//!
//! # Three kinds of no
//!
//! A refusal by the scheme is data, with an ISO 20022 reason. A mistake of the user is a message
//! that names file, line and column and says what to type. A bug is a panic; it ends its own run,
//! is reported with seed and replication, and the other runs go on.
