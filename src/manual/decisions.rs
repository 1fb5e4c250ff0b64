//! Decisions: the question, the choice, why, and what would change our mind.
//!
//! # One generator: SplitMix64, keyed
//!
//! *Question.* Where do random numbers come from, so that results are the same everywhere and two
//! policies meet the same shoppers?
//!
//! *Choice.* One generator: the SplitMix64 mixing function over a key of names and numbers. A draw
//! is a pure function of its key; no generator is kept anywhere. It implements `rand`'s trait and
//! is held against published test vectors.
//!
//! *Why.* A stream shared by two entities shifts when either takes one draw more, and with it every
//! later number. A key cannot shift. A few lines of integer arithmetic run the same on every
//! machine, and no update of a dependency can change a published result.
//!
//! *What would change our mind.* A statistical test that the keyed draws fail, at the key patterns
//! that the model uses.
//!
//! # Scenario files are TOML
//!
//! *Question.* In what language does an analyst describe a world?
//!
//! *Choice.* TOML, kept to version 1.0 in the files we ship; choices are tables with one name.
//!
//! *Why.* Every value and key has a position, so a mistake can be shown where it stands, and all of
//! them in one go. Comments are allowed, numbers and dates are not guessed from text, and Python
//! reads it without a package. Tagged and flattened types would lose the positions, so they are not
//! used.
//!
//! *What would change our mind.* Scenarios that must compute, beyond `extends`, groups and `scale`.
//!
//! # Time in nanoseconds, as whole numbers
//!
//! *Question.* What is the unit of time inside?
//!
//! *Choice.* Nanoseconds in 64 bits, since the epoch; reports round to microseconds.
//!
//! *Why.* Whole numbers add up in any order and compare exactly. Service times of switches lie near
//! ten microseconds, where a microsecond is a visible step in a distribution, and 64 bits of
//! nanoseconds reach over five centuries.
//!
//! *What would change our mind.* Nothing foreseen.
//!
//! # Facts carry committed lengths of time
//!
//! *Question.* A first-come-first-served station knows on arrival when service will end. May a fact
//! say so?
//!
//! *Choice.* A fact carries no instant later than now, but it may carry lengths of time that are
//! already certain: `Visited` tells wait and service on arrival.
//!
//! *Why.* It saves one event of two on most visits, and the recorders still see every wait. An
//! instant in the future would let an observer act on what has not happened; a committed length is
//! a property of the present.
//!
//! *What would change our mind.* A recorder that must see a queue shrink exactly when it does. It
//! would listen to an evented station instead.
//!
//! # In the parse exchange the acquiring side is issuer and acquirer joined
//!
//! *Question.* Parsing a collection code asks its issuer, and the payment itself goes to the
//! acquirer, who may be another firm. Is that one hop more?
//!
//! *Choice.* No. In the parse exchange the code's issuer and the acquirer count as one acquiring
//! side, reached over the same path as the payment.
//!
//! *Why.* It gives the message counts that the scheme documents, in every cell of the table, and
//! the law stays one sentence: twice the hops of each exchange, less legs inside one institution.
//!
//! *What would change our mind.* A scheme whose issuer and acquirer talk over a link with a latency
//! worth measuring. Then parse becomes two exchanges, and the table says so.
//!
//! # A packed tie of 64 bits
//!
//! *Question.* The order key has six parts. What does a comparison cost?
//!
//! *Choice.* The instant is one word, and everything after it is packed into one second word in
//! order of precedence, with a checked width for each part.
//!
//! *Why.* Events sort by comparing two integers, and half a million payments a second sort millions
//! of them. Packing keeps the written order exactly; a part that would outgrow its bits panics
//! instead of reordering.
//!
//! *What would change our mind.* A world with more entities, or more messages by one sender, than
//! the widths allow. The key then becomes wider, at a measured price.
//!
//! # `measure` may know the auditor's findings
//!
//! *Question.* Rooms on one floor do not know each other. Who holds the outcome of a run together
//! with what the auditor said of it?
//!
//! *Choice.* `measure::results` may import `audit::findings`, which is plain rows. Nothing else
//! crosses, and `audit` still imports nothing from `measure`.
//!
//! *Why.* Reports are made from one value in plan order. The independence that counts is the
//! auditor's, and it is untouched: it shares no code with what it checks.
//!
//! *What would change our mind.* A second type that wants to cross. Then results become a room of
//! their own, a floor higher.
//!
//! # The normal quantile is AS 241, over `libm`
//!
//! *Question.* Log-normal tables need the quantile function of the normal distribution, with exact
//! tails. Whose?
//!
//! *Choice.* Wichura's algorithm AS 241 (the version with about 16 digits), written on `libm`'s
//! `log` and `sqrt`. The library `statrs` is used where only a report's interval depends on it.
//!
//! *Why.* `statrs` calls the platform's mathematics, which differs in the last place between
//! systems and would end as other bytes in a report. AS 241 is rational functions and one
//! logarithm, is accurate far into both tails, and can be held against printed values.
//!
//! *What would change our mind.* A portable library function with a stated error bound in the
//! tails.
//!
//! # A windowed calendar of our own
//!
//! *Question.* Which queue of future events?
//!
//! *Choice.* Small sorted batches, one a window, instead of one heap. A window is as wide as holds
//! a few events, which is judged while the run goes on; far events wait in coarse tiers. An event
//! is written once, into a chain, and stays where it is until its window opens. Where the order of
//! entities is permuted, as the tests of determinism do, a window is as long as the smallest link
//! latency instead. A property test holds all this against a plain heap on random schedules.
//!
//! *Why.* On the canonical workload prototypes with sorted windows handled about twice the events
//! of a heap, and more with more events pending; windows of a few events cost fewer instructions
//! than windows of many, at any rate, and the order does not depend on their width.
//!
//! *What would change our mind.* One run on several cores, which needs windows of the smallest link
//! latency for all entities: the wide windows of the permuted mode are kept working for it.
//!
//! # Free times in order or in buckets
//!
//! *Question.* A computed station needs the server that is free first, thousands of times a second.
//! In which order are free times kept?
//!
//! *Choice.* Up to 64 servers, a sorted ring that is filled from behind: a new time comes after
//! nearly all others. With more, buckets of a width that follows the density of times, sorted when
//! they are reached.
//!
//! *Why.* A heap pays for every level at every visit, since a new time belongs near the bottom: at
//! 1,429 servers that was ten levels. In instructions a visit, on the canonical workload at
//! 50,000 payments a second: heap 180, buckets 140; at 2,000 a second: heap 92, ring 76.
//!
//! *What would change our mind.* Stations whose service times differ so much that a new free time
//! comes before half of the others.
//!
//! # A full queue turns away instructions only
//!
//! *Question.* A station's queue is full and an answer arrives, or the payment behind a debit that
//! was already made. Is it turned away?
//!
//! *Choice.* No. `queue_limit` holds for the first instruction that an institution receives about a
//! payment. Answers, what was decided when the code was parsed, and requests behind a bank's debit
//! always wait their turn. A request behind nothing but a hold (background traffic; a dynamic code
//! without an order fetch, paid from a balance) may be refused: the hold is released.
//!
//! *Why.* Turning away an answer leaves both sides in doubt, and before time-outs, status queries
//! and reversals exist nothing could repair that. Shedding new work first is also what a switch
//! under pressure does.
//!
//! *What would change our mind.* Time-outs and reversals: then losing an answer is an outcome that
//! the world can live with, and the limit becomes a policy.
//!
//! # A run ends with a closing cut-off
//!
//! *Question.* The horizon ends between two cut-offs. What becomes of the open cycle?
//!
//! *Choice.* Demand goes on after the horizon, uncounted, for exactly the drain: to stop it when
//! the last counted payment is over would give each policy another amount of demand, and so
//! another turnover. Payments under way are then followed for at most the drain again, and every
//! house that cleared anything closes its cycle and orders settlement.
//!
//! *Why.* A report of ten minutes would otherwise show no net position at all, and an obligation
//! that is neither settled nor shown as open is a gap in the books. The decision to end is taken
//! between two windows, from sums that no order of entities can change.
//!
//! *What would change our mind.* Scenarios that ask what is open at an instant; they would name it.
//!
//! # The house next to the acquirer clears
//!
//! *Question.* With two clearing houses on the path, in whose cycle is the wallet's debt?
//!
//! *Choice.* In that of the house next to the acquirer, which also earns the clearing fee. Over a
//! bilateral link the acquirer keeps the cycle, and over a direct bank debit the wallet does.
//!
//! *Why.* One obligation belongs to one cycle, or it would be netted twice. The house that promises
//! the acquirer its money is the natural one, and both ends settle on the same books anyway.
//!
//! *What would change our mind.* A published inter-house settlement rule: then the obligation is
//! split into one for each house, with the houses as each other's participants.
//!
//! # An own account is balance
//!
//! *Question.* A bank's app pays from an account at the same bank. Is that a bank debit?
//!
//! *Choice.* No: no exchange takes place, and the route counts as balance-funded. The money is in
//! the institution's own book.
//!
//! *Why.* The law of messages counts legs between two institutions.
//!
//! *What would change our mind.* A rule that sends own-account debits over a clearing house.
//!
//! # A message is one record that is handed on
//!
//! *Question.* Does each hop copy the message into a new event?
//!
//! *Choice.* No. There is one record for each attempt under way; events carry its index. Whoever
//! handles the event holds the record, changes it and passes it on, and nobody else can reach it.
//!
//! *Why.* Events of 24 bytes sort and move quicker than events of 72, and ownership is as strict:
//! one attempt has one message under way.
//!
//! *What would change our mind.* Two messages of one attempt under way at once, as polls and
//! reversals will be: each will be a record of its own.
//!
//! # Whole numbers of any size for clearing vectors
//!
//! *Question.* Who pays how much when some cannot pay is the solution of a linear system. In which
//! numbers?
//!
//! *Choice.* In whole numbers of any size (`num-bigint`): recovery rates over one denominator,
//! eliminated without fractions. At most 128 defaulters.
//!
//! *Why.* Whether somebody defaults is decided by equality, which floats get wrong exactly where
//! examples are round; and a payment rounded down from a float may be a unit off. Rationals with a
//! denominator each would be reduced at every step. The price grows with the cube of the number of
//! defaulters, and few systems see a hundred.
//!
//! *What would change our mind.* A real system with more defaulters than that. Then the system is
//! solved modulo primes and lifted.
//!
//! # Who asks books last, so only the others take back
//!
//! *Question.* An answer may come late, or never. Who undoes what?
//!
//! *Choice.* The asker of an exchange books it only when an answer comes in time; a later one is
//! dropped on arrival, without service. A reversal therefore undoes the far end, and the houses
//! between on its way back; counter-obligations are cleared beside the first ones. When the pay
//! exchange fails after a bank's debit, the customer's money stays at the wallet. The shopper is
//! told at the moment of giving up; reversals go on after that, and the attempt's place is kept
//! until no message of it is under way. What abandoned reversals leave is an open one-sided item.
//!
//! *Why.* One rule gives every race one outcome: an accepted payment is booked by all, a refused
//! one by nobody, or it is an item that the auditor can name.
//!
//! *What would change our mind.* Published rules by which an asker books before it is answered.
//!
//! # A settlement agent is a value in the policy floor
//!
//! *Question.* Policy is pure functions. Where do the queues of a settlement regime live?
//!
//! *Choice.* Decisions (netting, offsets, gridlock resolution, optimum, clearing vector) are
//! functions of lists and positions. The agent that applies them owns queues and positions as a
//! plain value, which its caller holds and feeds in order of time; it has no clock.
//!
//! *Why.* The file command and the simulated settlement bank need the same rules, and queues must
//! answer "the first that has cover" in logarithmic time, which a function of a list cannot.
//!
//! *What would change our mind.* A regime that needs the calendar between two calls.
//!
//! # Settlement looks at a file twice
//!
//! *Question.* A file of obligations may not fit in memory, and every mistake is to be told at
//! once.
//!
//! *Choice.* One pass that only checks, one that settles. Rows must stand in order of time.
//!
//! *Why.* Reading is a small part of the work, nothing is written for a file that is wrong, and
//! the first pass tells the last time, from which close and windows follow. Sorting is the user's:
//! a sort inside would need the memory that streaming saves.
//!
//! *What would change our mind.* Users whose exports cannot be sorted.
//!
//! # A wallet authorises, and counts when it does
//!
//! *Question.* When does a payment use up its payer's daily limit: when it is asked for, or when it
//! is paid?
//!
//! *Choice.* When the wallet authorises it; a payment refused further on gives its amount back,
//! unless midnight has passed. Balance and bank accounts count apart, and so do tiers. The PIN of a
//! shown code delays the end of the visit by two access legs and human time; it is no second
//! visit.
//!
//! *Why.* Two payments under way at once must not both fit where one does, and that is what issuers
//! do. The rule speaks of one person and one account. The prompt's answer costs the wallet's
//! station little beside the payment, and message tables count no prompt.
//!
//! *What would change our mind.* A published rule that counts another way, or measured load of
//! prompts. Payers of a replayed log are not limited yet: their names are not kept.
//!
//! # Fraud is drawn with the intention, detection with the attempt
//!
//! *Question.* How can two policies be compared on fraud?
//!
//! *Choice.* Whether an intention is fraudulent is drawn from its own key and is the same under
//! every policy. Whether the wallet sees it is drawn for the attempt, by the wallet's name, with
//! one draw for detection and another for a false decline, against shares that depend on what
//! the wallet sees: both sides on-us, one side off-us, more where the policy shares information.
//!
//! *Why.* Policies then face the same frauds, and a better screen refuses no honest payment more.
//! How well detectors work is not modelled: the shares are inputs.
//!
//! *What would change our mind.* A published detector whose performance depends on amount or time.
//! # A gate compares like with like
//!
//! *Question.* When may a run be compared with a stored one, and what counts as worse?
//!
//! *Choice.* A baseline has an identity (scenario name, times, demand, seed set, meaning of its
//! metrics) and a subject (all else, engine included). Another identity is an exit code of its own;
//! another subject is what is compared, and is listed. A metric without a tolerance may not move in
//! its bad direction at all, and a descriptive one may not move. Fewer replications than the
//! baseline's are its first ones, and are compared in pairs. CSV files that a scenario reads belong
//! to the demand, whatever they hold.
//!
//! *Why.* Runs are exact, so the strictest default costs nothing until something changes; and then
//! somebody should look. A gate that passes because it compared nothing is worse than none.
//!
//! *What would change our mind.* Baselines that are renewed so often that nobody reads them.
//!
//! # The engine's speed is gated by the difference of two counts
//!
//! *Question.* How is a slower engine caught without measuring time?
//!
//! *Choice.* The built program runs the CI scenario at two lengths under callgrind; the difference
//! of instructions over the difference of payments is held against a checked-in limit.
//!
//! *Why.* It is the program that ships, with start-up and report left out. A benchmark framework
//! would build the engine a second time with link-time optimisation, which takes longer than the
//! three minutes that a gate may cost.
//!
//! *What would change our mind.* A part of the engine whose cost this scenario does not show.
