//! Marks: what has happened to an attempt, one bit for each thing that may happen once.
//!
//! A fact asks for marks that must be set and marks that must not, which is one comparison, and
//! sets its own.

use crate::model::fact::{Exchange, RouteClass};

/// Marks of one attempt, and its class of routes above them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Marks(u32);

/// Marks that must be set, and marks that must not.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ask {
    of: u32,
    is: u32,
}

/// A fact that happens once: what it asks and what it sets.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    /// Before it may happen.
    pub(super) ask: Ask,
    /// What must have happened.
    cause: Marks,
    /// What must not have happened, besides itself.
    bar: Marks,
    /// What it leaves.
    pub(super) sets: Marks,
}

impl Step {
    /// Whether its causes have happened, and nothing that bars it.
    /// What a time-out has released meanwhile bars nobody who has not heard of it.
    pub(super) fn is_secured(&self, marks: Marks) -> bool {
        if marks.has(Marks::LATE) {
            return marks.with_undone().has(self.cause);
        }
        marks.has(self.cause) && (self.bar == Marks::NONE || !marks.has(self.bar))
    }

    /// Happens after `cause`, unless barred, and once; to an open attempt.
    const fn new(cause: Marks, bar: Marks, sets: Marks) -> Self {
        let is = Marks::OPEN.0 | cause.0;
        Self { ask: Ask { of: is | bar.0 | sets.0, is }, cause, bar, sets }
    }
}

const CLASS_SHIFT: u32 = 26;

/// The four things that happen to a hold.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hold {
    /// It is placed.
    pub(super) placed: Step,
    /// It becomes a debit.
    pub(super) posted: Step,
    /// It is released.
    pub(super) voided: Step,
    /// The debit follows.
    pub(super) debited: Step,
}

impl Hold {
    const fn new(held: Marks, taken: Marks, freed: Marks, paid: Marks) -> Self {
        Self {
            placed: Step::new(Marks::NONE, Marks::NONE, held),
            posted: Step::new(held, freed, taken),
            voided: Step::new(held, taken, freed),
            debited: Step::new(taken, Marks::NONE, paid),
        }
    }

    /// Whether nothing is set aside any more.
    pub(super) fn is_over(&self, marks: Marks) -> bool {
        !marks.has(self.placed.sets) || marks.has(self.voided.sets) || marks.has(self.debited.sets)
    }

    /// Whether it is posted, but the debit has not followed.
    pub(super) fn awaits_debit(&self, marks: Marks) -> bool {
        marks.has(self.posted.sets) && !marks.has(self.debited.sets)
    }

    /// Whether it is placed and neither posted nor voided.
    pub(super) fn is_open(&self, marks: Marks) -> bool {
        marks.has(self.placed.sets) && !marks.has(self.posted.sets) && !marks.has(self.voided.sets)
    }

    /// How far it has come, in one word.
    pub(super) fn word(&self, marks: Marks) -> &'static str {
        match marks {
            marks if marks.has(self.debited.sets) => "Debited",
            marks if marks.has(self.voided.sets) => "Voided",
            marks if marks.has(self.posted.sets) => "Posted",
            marks if marks.has(self.placed.sets) => "Placed",
            _ => "None",
        }
    }
}

impl Marks {
    /// Nobody uses this slot.
    pub(super) const NONE: Self = Self(0);
    /// Opened, not yet answered.
    pub(super) const OPEN: Self = Self(1);
    /// Answered, not yet known to the shopper.
    pub(super) const ANSWERED: Self = Self(1 << 1);
    /// Over.
    pub(super) const CLOSED: Self = Self(1 << 2);
    /// Over, and so is its intention.
    pub(super) const CONCLUDED: Self = Self(1 << 3);
    /// The app could not read the code; no institution hears of it.
    pub(super) const UNREAD: Self = Self(1 << 4);
    /// The intention is counted.
    pub(super) const COUNTED: Self = Self(1 << 5);
    const BANK_HELD: Self = Self(1 << 6);
    const BANK_TAKEN: Self = Self(1 << 7);
    const BANK_FREED: Self = Self(1 << 8);
    /// The bank has debited the payer and owes the wallet.
    pub(super) const BANK_PAID: Self = Self(1 << 9);
    const WALLET_HELD: Self = Self(1 << 10);
    const WALLET_TAKEN: Self = Self(1 << 11);
    const WALLET_FREED: Self = Self(1 << 12);
    /// The wallet has debited the payer.
    pub(super) const WALLET_PAID: Self = Self(1 << 13);
    /// The wallet has booked the bank's money for the payer.
    pub(super) const FUNDED: Self = Self(1 << 14);
    /// The merchant, or the creditor of background traffic, is credited.
    pub(super) const CREDITED: Self = Self(1 << 15);
    /// The bank's obligation is cleared.
    pub(super) const BANK_LEG: Self = Self(1 << 16);
    /// The wallet's obligation is cleared.
    pub(super) const PAY_LEG: Self = Self(1 << 17);
    const PARSED: Self = Self(1 << 18);
    const ASKED: Self = Self(1 << 19);
    const PAID: Self = Self(1 << 20);
    /// A deadline has passed, and the attempt is not finished.
    pub(super) const LATE: Self = Self(1 << 21);
    /// A reversal was given up.
    pub(super) const ABANDONED: Self = Self(1 << 22);
    /// The bank has taken its debit back.
    pub(super) const BANK_UNDONE: Self = Self(1 << 23);
    /// The wallet has taken its debit back.
    pub(super) const WALLET_UNDONE: Self = Self(1 << 24);
    /// All that a debit at the bank leaves there.
    pub(super) const BANK_DEBIT: Self = Self::BANK_HELD.and(Self::BANK_TAKEN).and(Self::BANK_PAID);
    /// All that a debit at the wallet leaves there.
    pub(super) const WALLET_DEBIT: Self =
        Self::WALLET_HELD.and(Self::WALLET_TAKEN).and(Self::WALLET_PAID);

    /// The hold in the bank's book.
    pub(super) const BANK_HOLD: Hold =
        Hold::new(Self::BANK_HELD, Self::BANK_TAKEN, Self::BANK_FREED, Self::BANK_PAID);
    /// The hold in the wallet's (or background debtor's) book.
    pub(super) const WALLET_HOLD: Hold =
        Hold::new(Self::WALLET_HELD, Self::WALLET_TAKEN, Self::WALLET_FREED, Self::WALLET_PAID);
    /// The wallet books the bank's money for the payer.
    pub(super) const FUND: Step = Step::new(Self::BANK_PAID, Self::NONE, Self::FUNDED);
    /// The acquiring side is owed by the wallet and owes its merchant or customer.
    pub(super) const CREDIT: Step =
        Step::new(Self::WALLET_HELD, Self::WALLET_FREED, Self::CREDITED);
    /// On us: the payer's money is the merchant's.
    pub(super) const ON_US: Step =
        Step::new(Self::WALLET_TAKEN, Self::NONE, Self::WALLET_PAID.and(Self::CREDITED));
    /// The wallet's obligation is cleared.
    pub(super) const CLEAR_PAY: Step =
        Step::new(Self::WALLET_HELD, Self::WALLET_FREED, Self::PAY_LEG);
    /// The bank's obligation is cleared.
    pub(super) const CLEAR_DEBIT: Step = Step::new(Self::BANK_PAID, Self::NONE, Self::BANK_LEG);
    /// No step of an attempt.
    pub(super) const NO_STEP: Step = Step::new(Self::NONE, Self::NONE, Self::NONE);
    /// What money has left: debits, credits, obligations.
    pub(super) const MONEY: Self = Self::BANK_PAID
        .and(Self::WALLET_PAID)
        .and(Self::FUNDED)
        .and(Self::CREDITED)
        .and(Self::BANK_LEG)
        .and(Self::PAY_LEG);
    /// How an attempt ends that no app could read.
    pub(super) const ENDS: Self = Self::UNREAD.and(Self::CLOSED).and(Self::CONCLUDED);
    /// All exchanges.
    pub(super) const EXCHANGES: Self = Self::PARSED.and(Self::ASKED).and(Self::PAID);
    const HOLDS: Self = Self::BANK_HELD
        .and(Self::BANK_TAKEN)
        .and(Self::BANK_FREED)
        .and(Self::WALLET_HELD)
        .and(Self::WALLET_TAKEN)
        .and(Self::WALLET_FREED);
    /// A refused payment may leave the customer's money at the wallet instead of the bank, with
    /// the bank owing the wallet for it: nobody has lost anything.
    pub(super) const BANK_ONLY: Self = Self::BANK_PAID.and(Self::FUNDED).and(Self::BANK_LEG);

    /// With what was there before it was taken back: not everybody has heard of that.
    const fn with_undone(self) -> Self {
        let mut before = self;
        if self.has(Self::BANK_UNDONE) {
            before = before.and(Self::BANK_DEBIT);
        }
        if self.has(Self::WALLET_UNDONE) {
            before = before.and(Self::WALLET_DEBIT);
        }
        before
    }

    /// These marks and those.
    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Of these marks, those that are among the others.
    pub(super) const fn among(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Without these marks.
    pub(super) const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether all of these are set.
    #[inline]
    pub(super) const fn has(self, wanted: Self) -> bool {
        self.0 & wanted.0 == wanted.0
    }

    /// Whether they are as asked.
    #[inline]
    pub(super) const fn meet(self, ask: Ask) -> bool {
        self.0 & ask.of == ask.is
    }

    /// With the mark of a counted intention, if it is one.
    #[inline]
    pub(super) const fn counted(self, counted: bool) -> Self {
        Self(self.0 | (counted as u32) << Self::COUNTED.0.trailing_zeros())
    }

    /// Of this class of routes.
    #[inline]
    pub(super) const fn of_class(self, class: RouteClass) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "there are 40 classes")]
        let index = class.index() as u32;
        Self(self.0 | index << CLASS_SHIFT)
    }

    /// Whether its opening told this class of routes.
    #[inline]
    pub(super) const fn is_of(self, class: RouteClass) -> bool {
        (self.0 >> CLASS_SHIFT) as usize == class.index() && !self.has(Self::UNREAD)
    }

    /// Number of the topology.
    #[inline]
    pub(super) const fn topology(self) -> u32 {
        self.0 >> (CLASS_SHIFT + 3)
    }

    /// Funding and mode as one number below 8.
    #[inline]
    pub(super) const fn kind(self) -> usize {
        (self.0 >> CLASS_SHIFT) as usize & 7
    }

    /// An exchange is made.
    #[inline]
    pub(super) const fn exchange(exchange: Exchange) -> Step {
        let sets = match exchange {
            Exchange::Parse => Self::PARSED,
            Exchange::Debit => Self::ASKED,
            Exchange::Pay => Self::PAID,
        };
        Step::new(Self::NONE, Self::NONE, sets)
    }

    /// What an accepted attempt must have left, once it is answered.
    pub(super) const fn due(on_us: bool, bank: bool, (parses, pays): (bool, bool)) -> Self {
        let mut due =
            Self::CREDITED.and(Self::WALLET_HELD).and(Self::WALLET_TAKEN).and(Self::WALLET_PAID);
        if !on_us {
            due = due.and(Self::PAY_LEG);
        }
        if bank {
            let hold = Self::BANK_HELD.and(Self::BANK_TAKEN);
            due = due.and(hold).and(Self::BANK_ONLY).and(Self::ASKED);
        }
        if parses {
            due = due.and(Self::PARSED);
        }
        if pays {
            due = due.and(Self::PAID);
        }
        due
    }

    /// Whether an open attempt has left exactly what is due.
    #[inline]
    pub(super) const fn have_left(self, due: Self) -> bool {
        let of = Self::OPEN.0 | Self::MONEY.0 | Self::HOLDS.0 | Self::EXCHANGES.0;
        self.0 & of == Self::OPEN.0 | due.0
    }

    /// How far the attempt has come, in one word.
    pub(super) fn stage(self) -> &'static str {
        match self {
            marks if marks.has(Self::CONCLUDED) => "concluded",
            marks if marks.has(Self::CLOSED) => "closed",
            marks if marks.has(Self::ANSWERED) => "answered",
            marks if marks.has(Self::OPEN) => "open",
            marks if marks.has(Self::UNREAD) => "unreadable",
            _ => "vacant",
        }
    }

    /// Those of these marks that speak of money and messages, in words.
    pub(super) fn words(self) -> String {
        let named = [
            (Self::BANK_PAID, "customer debited at the bank"),
            (Self::FUNDED, "bank's money at the wallet"),
            (Self::WALLET_PAID, "customer debited at the wallet"),
            (Self::CREDITED, "payee credited"),
            (Self::BANK_LEG, "obligation of the bank"),
            (Self::PAY_LEG, "obligation of the wallet"),
            (Self::PARSED, "parse"),
            (Self::ASKED, "debit"),
            (Self::PAID, "pay"),
        ];
        let set: Vec<&str> =
            named.iter().filter(|(mark, _)| self.has(*mark)).map(|(_, word)| *word).collect();
        if set.is_empty() { "nothing".to_owned() } else { set.join(", ") }
    }
}
