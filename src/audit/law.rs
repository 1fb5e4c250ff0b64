//! The laws, and the docket that counts tests and keeps the first breach of each.

use super::{Finding, Offence};
use crate::scenario::Scenario;
use crate::units::{Instant, InstitutionId, PaymentId};

/// What a run must obey, in the order of the findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Law {
    Conservation,
    BooksBalance,
    PositionsSumToZero,
    NoDebitWithoutHold,
    OneTerminalStatus,
    Causality,
    AcceptedMeansPaid,
    MirrorAccounts,
    ClearedIsSettledOrOpen,
    FeesAddUp,
    MessagesFollowHops,
    RoutesFollowPolicy,
    LimitsAreKept,
    OutagesAreKept,
}

/// Stable name and statement of each law, indexed by `Law`.
const LAWS: [(&str, &str); 14] = [
    (
        "conservation",
        "Reserves move between participants and never appear, vanish or turn negative.",
    ),
    (
        "books-balance",
        "Every entry is of a known kind and debits one account and credits another by the same \
         amount above zero, in a book that may hold them; every book's debits equal its credits.",
    ),
    (
        "positions-sum-to-zero",
        "The positions of a cycle are the sums of what was cleared into it, fees included, \
         and sum to zero.",
    ),
    (
        "no-debit-without-hold",
        "Customer funds are debited only from a posted hold, a hold only sets aside what is \
         there, and none outlives its attempt.",
    ),
    (
        "one-terminal-status",
        "Every attempt is answered once, as it was refused or not, and closed once, as it was \
         answered; every intention is concluded once, with the status of its last attempt.",
    ),
    (
        "causality",
        "Nothing happens before its cause: an attempt's facts lie between its opening and its \
         answer, money comes before what is promised with it, refusals have a reason, and \
         nobody's clock runs backwards.",
    ),
    (
        "accepted-means-paid",
        "An accepted attempt debits one customer, credits one payee and leaves the obligations \
         of its route with the houses of its route; a refused one leaves the customer and the \
         merchant as they were.",
    ),
    (
        "mirror-accounts",
        "What one book owes another is what the other is due, up to items of open attempts and \
         news of settlement on its way; at the end no news is on its way.",
    ),
    (
        "cleared-is-settled-or-open",
        "What was cleared is settled once, with every position moved; or it is still open, \
         because a net debtor lacks cover.",
    ),
    (
        "fees-add-up",
        "Every accepted payment is charged once each leg of the schedule whose parties take \
         part, to the minor unit, and books and cycles carry what was charged.",
    ),
    (
        "messages-follow-the-law",
        "An accepted payment makes each exchange of its route once and takes twice their hops in \
         messages; a refused one takes no more.",
    ),
    (
        "routes-follow-the-policy",
        "Every attempt is its intention's, over the route that the policy opens from its wallet \
         to a code on the counter, and only those on that route speak of it.",
    ),
    (
        "limits-are-kept",
        "What a wallet authorises for one person in a day stays within the limit of its account \
         and tier; it counts from then on, unless the payment is refused.",
    ),
    (
        "outages-are-kept",
        "Outages begin and end as they were planned, each once at a time; requests are refused for \
         one only while it lasts, and no service begins or ends while no work is done.",
    ),
];

/// Kinds of facts of which there are many. The facts are counted, not the tests each went through:
/// `checked` holds for each fact the tests of its kind, also where the first to fail ended them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    Intended,
    Begun,
    Visited,
    Refused,
    Hold,
    Debit,
    Entry,
    Cleared,
    Charged,
    Exchanged,
    Answered,
    Closed,
    Concluded,
}

/// The tests that a lawful fact of each kind is put to, indexed by `Heard`.
const TESTS: [&[Law]; 13] = {
    use Law::{
        AcceptedMeansPaid, BooksBalance, Causality, ClearedIsSettledOrOpen, FeesAddUp,
        MessagesFollowHops, MirrorAccounts, NoDebitWithoutHold, OneTerminalStatus,
        PositionsSumToZero, RoutesFollowPolicy,
    };
    [
        &[Causality, Causality, RoutesFollowPolicy],
        &[Causality, Causality, OneTerminalStatus, RoutesFollowPolicy],
        &[Causality, Causality],
        &[Causality, Causality, Causality, OneTerminalStatus, RoutesFollowPolicy],
        &[Causality, Causality, NoDebitWithoutHold],
        &[Causality, Causality, BooksBalance, NoDebitWithoutHold, AcceptedMeansPaid],
        &[Causality, Causality, BooksBalance, Causality, AcceptedMeansPaid],
        &[Causality, Causality, ClearedIsSettledOrOpen, PositionsSumToZero, AcceptedMeansPaid],
        &[Causality, FeesAddUp],
        &[Causality, Causality, OneTerminalStatus, MessagesFollowHops, RoutesFollowPolicy],
        &[
            Causality,
            Causality,
            OneTerminalStatus,
            NoDebitWithoutHold,
            AcceptedMeansPaid,
            MessagesFollowHops,
            FeesAddUp,
            MirrorAccounts,
            RoutesFollowPolicy,
        ],
        &[Causality, Causality, OneTerminalStatus],
        &[Causality, Causality, OneTerminalStatus],
    ]
};

/// Names of institutions, for words about them.
#[derive(Debug)]
pub(super) struct Names(Vec<String>);

impl Names {
    /// The institution's name.
    pub(super) fn of(&self, institution: InstitutionId) -> &str {
        self.0.get(institution.index()).map_or("an unknown institution", String::as_str)
    }

    /// The name of the institution with this dense index.
    pub(super) fn at(&self, index: usize) -> &str {
        self.0.get(index).map_or("an unknown institution", String::as_str)
    }
}

/// An attempt in words.
pub(super) fn attempt(id: PaymentId) -> String {
    let (source, intention) = (id.source().index(), id.intention());
    format!("attempt {} of intention {intention} of source {source}", id.attempt())
}

/// A breach in words: what, expected, observed.
pub(super) type Words = [String; 3];

#[derive(Debug, Default)]
struct Row {
    checked: u64,
    offence: Option<Offence>,
}

/// Tests and first breaches of all laws.
#[derive(Debug)]
pub(super) struct Docket {
    rows: [Row; LAWS.len()],
    /// Facts of each kind.
    heard: [u64; TESTS.len()],
    names: Names,
}

impl Docket {
    /// An empty docket that knows the scenario's names.
    pub(super) fn new(scenario: &Scenario) -> Self {
        let names = scenario.institutions.iter().map(|one| one.name.clone()).collect();
        Self { rows: Default::default(), heard: [0; TESTS.len()], names: Names(names) }
    }

    /// Counts one test of a law; words are made for its first breach only.
    pub(super) fn check<W>(&mut self, law: Law, at: Instant, holds: bool, words: W)
    where
        W: FnOnce(&Names) -> Words,
    {
        self.rows[law as usize].checked += 1;
        self.test(law, at, holds, words);
    }

    /// Tests a law on a fact whose kind is counted by `hear`.
    #[inline]
    pub(super) fn test<W>(&mut self, law: Law, at: Instant, holds: bool, words: W)
    where
        W: FnOnce(&Names) -> Words,
    {
        if !holds {
            note(&mut self.rows[law as usize], &self.names, at, words);
        }
    }

    /// Counts a fact whose tests are those of its kind.
    #[inline]
    pub(super) fn hear(&mut self, kind: Heard) {
        self.heard[kind as usize] += 1;
    }

    /// One finding for each law.
    pub(super) fn findings(mut self) -> Vec<Finding> {
        for (&count, laws) in self.heard.iter().zip(TESTS) {
            for &law in laws {
                self.rows[law as usize].checked += count;
            }
        }
        let laws = LAWS.into_iter().zip(self.rows).map(|((law, statement), row)| Finding {
            law,
            statement,
            checked: row.checked,
            offence: row.offence,
        });
        laws.collect()
    }
}

#[cold]
#[inline(never)]
fn note<W: FnOnce(&Names) -> Words>(row: &mut Row, names: &Names, at: Instant, words: W) {
    if row.offence.is_none() {
        let [what, expected, observed] = words(names);
        row.offence = Some(Offence { at, what, expected, observed });
    }
}
