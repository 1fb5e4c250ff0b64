//! Glossary: one concept, one word, in keys, types, columns and prose.
//!
//! Code and files use the names of ISO 20022 where it has one; the reader's prose may say payer and
//! payee. `tests/it/tidy.rs` refuses the words of the last column that have no other meaning here.
//!
//! # Parties
//!
//! | Say | Meaning | Not |
//! | --- | --- | --- |
//! | debtor, creditor | the two ends of a payment | sender and receiver |
//! | debtor agent, creditor agent | the institutions that serve them | remote side |
//! | instructing, instructed agent | who sends this one message to whom | upstream, downstream |
//! | institution | a firm that takes part, with one or several roles | node, member |
//! | wallet provider; "wallet" as a role | the institution behind a wallet app | app, PSP |
//! | wallet account | the balance that a provider keeps for a customer | purse |
//! | merchant | who is paid by barcode | vendor, seller, shopkeeper |
//! | shopper; consumer | who pays; a class of such people | user, client |
//! | acquirer | contracts merchants and owes them their money | processor |
//! | code issuer | whose code is on the counter | brand |
//! | clearing house; "hub" in route names | switches, clears, nets; moves no money | switch |
//! | settlement bank | the bank on whose books positions settle | money bank |
//! | participant | an institution with a position at a clearing house | tenant |
//!
//! # Acts and things
//!
//! | Say | Meaning | Not |
//! | --- | --- | --- |
//! | presentment | who shows the barcode: merchant or consumer, or a tap | scan type |
//! | static, dynamic code | printed once and reused; made for one order | type 1, type 2 |
//! | payment code, collection code | shown by the consumer; shown by the merchant | QR |
//! | intention | a wish to pay: consumer, merchant, amount, instant | request |
//! | attempt | one try to carry it out, with one wallet on one route | retry |
//! | payment | the undertaking from presentment to its final status | transaction, order, tx |
//! | exchange | an instruction and its answer: parse, debit, pay | call |
//! | message | one transmission between two institutions | packet |
//! | instruction | a message that asks an institution to act (pacs.008) | command |
//! | status report | the answer (pacs.002) | ack |
//! | hold: pending, posted, voided, expired | customer funds set aside | lock, freeze |
//! | posting | one balanced double entry in one book | move |
//! | obligation | a cleared claim of one participant on another | debt, IOU |
//! | clearing | transmit, confirm and possibly net, before settlement | settlement |
//! | net position | a participant's sum in one cycle | exposure |
//! | settlement | discharge of obligations on the settlement bank's books | payout |
//! | cycle, cut-off | `(previous cut-off, cut-off]`, and its closing instant | batch, session |
//! | queue, head | obligations that wait for cover; the one that is tried first | backlog |
//! | cover | balance and credit that an obligation can be settled with | funds |
//! | gridlock | nobody can pay first, and together all could | deadlock |
//! | offset | discharge together, so that flows pay for each other | matching |
//! | review | a moment at which queues are looked through for offsets | batch run |
//! | clearing vector | who pays how much when not everybody can pay all | |
//! | finality | irrevocable and unconditional | committed |
//! | unwind | recalculating a cycle without a defaulter | rollback |
//! | reserve | a participant's account at the settlement bank | pool |
//! | reject, return, reversal, refund | refused before settlement; sent back after it; undone by its sender; given back by the merchant | failure |
//! | interconnection | two schemes joined so that one's code works in the other | integration |
//! | route | the way of an attempt: topology, funding and presentment | path type |
//! | on-us, bilateral, one hub, two hubs | wallet and acquirer are one; linked directly; over one or two clearing houses | |
//! | link | one directed way between two institutions, with a latency | edge, pipe |
//! | outage; degradation | unavailable; available, but slow or lossy | crash, downtime |
//! | merchant discount, interchange, clearing fee | fees, by who pays whom | commission |
//!
//! # Statuses
//!
//! Every status and reason maps to an ISO 20022 code; no two of them are folded into "failed".
//! *Accepted* is not *settled*: latency to the first is what the shopper feels, the way to the
//! second is the settlement lag.
//!
//! # Simulation
//!
//! | Say | Meaning | Not |
//! | --- | --- | --- |
//! | scenario, policy | the description; one of the worlds it compares | config, case |
//! | replication, run | one repetition under other draws; one policy in one replication | trial |
//! | event, fact | what will happen; what has happened | log line |
//! | calendar | the queue of future events | scheduler, agenda |
//! | station | servers, a service time and a waiting room | worker pool |
//! | floor, jitter | the least latency of a link; what is added to it | RTT |
//! | horizon, warm-up, drain | end of counting; part not counted; time to finish what was counted | |
//! | key | what a draw is a function of | generator state |
//! | wait, service, response time, latency | in the queue; in a server; both; end to end | delay |
//! | quantile | in [0, 1] in code; `p99_us` in a column | |
//! | given, fitted, predicted | an input; an output that inputs were adjusted to meet; one that nothing was adjusted to meet | |
