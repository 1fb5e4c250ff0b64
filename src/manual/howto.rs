//! How to: add an event, a policy, a scenario or a broken scenario; bless a golden file; run the
//! gates.
//!
//! # Add an event
//!
//! 1. Add the variant to the model's closed event enum with its rank, and say in its doc comment
//!    who schedules it and who owns the state it changes.
//! 2. Build. The compiler names each `match` that forgot it.
//! 3. Write the handler in two halves: first check, with early returns in order of precedence and
//!    nothing written; then commit, with nothing that can refuse.
//! 4. Emit a fact if an observer must know. A new fact needs a line in the recorders, and in the
//!    auditor when money or a status moves. Facts carry lengths of time, never a later instant.
//! 5. A draw takes a new purpose, so that no other draw changes.
//! 6. Test: the fact in a small world, and the message count when messages travel.
//!
//! # Add a policy
//!
//! A policy that is a choice of connections is a table `[policies.NAME]` in a scenario and needs no
//! code. A new *rule* is a pure function in `policy`: arguments in, a verdict out, no state, no
//! calendar, no draw. Give it a key in the scenario, a default that keeps the old behaviour, and a
//! line in [`decisions`](super::decisions).
//!
//! # Add a scenario
//!
//! 1. `hutong init NAME` writes a commented template.
//! 2. Open with the three lines that a test asks for: `#:schema ./scenario.schema.json`,
//!    `# Question: …` and `# Expect: …`.
//! 3. `hutong check` until it is silent. Look at the utilisation of each station and at the size of
//!    the run; choose `scale` so that the run takes seconds.
//! 4. `hutong run`, and read the report against what you expected. If you were wrong, say in the
//!    file what you learnt.
//! 5. Put it into `scenarios/`. `.ci/run` checks and runs every file there.
//!
//! # Add a key
//!
//! Add the field with a doc comment to the raw type: the comment becomes the schema's description,
//! the editor's hint and the text of `hutong explain`. Check it, fill its default, and use it in
//! `scenarios/annotated.toml`. Then write the schema anew:
//! `hutong schema > scenarios/scenario.schema.json`.
//!
//! # Add a mistake
//!
//! Put the broken scenario under `tests/mistakes/` with the exact message beside it. The message
//! says what to type instead.
//!
//! # Bless a golden file
//!
//! A golden file changes only when a run's numbers are meant to change. Run the golden test, read
//! the difference it prints, and convince yourself of each line; then let the test write the file,
//! with the environment variable that its message names. The commit says why each file changed.
//!
//! # Run the gates
//!
//! `.ci/run` runs everything in order. Singly:
//!
//! | Gate | Command |
//! | --- | --- |
//! | tests | `cargo test` |
//! | form | `cargo fmt --check` |
//! | lints | `cargo clippy --all-targets -- -D warnings` |
//! | this manual | `RUSTDOCFLAGS="-D warnings" cargo doc --no-deps` |
//! | long suites | `cargo test --release --test heavy` |
//! | the loader against anything | `fuzz/run 60` |
//! | dependencies | `cargo deny check`, where installed |
//!
//! A text that breaks the loader is kept under `fuzz/artifacts`. Run it again with
//! `fuzz/target/<host>/release/loader FILE`, mend the loader, and add the text to `tests/mistakes`.
//!
//! # When `tidy` complains
//!
//! It names file, line, rule and replacement. A size that cannot be mended today goes on a ratchet
//! list in `tests/it/tidy/rules.rs` with its present value; the list only shrinks. A room that
//! needs another's noun usually shows that the noun lives a floor too high.
