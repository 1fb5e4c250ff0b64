//! Route programs: the visits of one kind of payment, and what happens at each.

use super::fact::{Exchange, RouteClass};

/// A party's place in a payment; a message carries who stands there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// The payer's wallet provider; the debtor of background traffic.
    Wallet,
    /// The payer's bank.
    Bank,
    /// The acquiring side; the creditor of background traffic.
    Acquirer,
    /// The clearing house next to the wallet.
    Hub,
    /// The second clearing house, next to the acquirer.
    FarHub,
    /// The clearing house that carries the bank debit.
    DebitHub,
}

impl Place {
    /// How many places there are.
    pub const COUNT: usize = 6;
}

/// What happens at a visit, besides waiting and service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Acts(u32);

macro_rules! acts {
    ($($(#[$doc:meta])* $name:ident = $bit:expr;)*) => {
        impl Acts {
            $($(#[$doc])* pub const $name: Self = Self(1 << $bit);)*
        }
    };
}

acts! {
    /// The institution may refuse: one draw against its base declines.
    DECIDE = 0;
    /// Sets the payer's funds aside in the wallet's book.
    HOLD = 1;
    /// The bank debits the payer's deposit and owes the wallet.
    BANK_DEBIT = 2;
    /// The clearing house accepts the bank's obligation to the wallet.
    CLEAR_DEBIT = 3;
    /// The wallet books the bank's money for the payer.
    BOOK_DEBIT = 4;
    /// The wallet turns the hold into a debt to the acquirer; a refusal releases it.
    POST = 5;
    /// The acquirer owes the merchant, and the wallet owes the acquirer.
    CREDIT = 6;
    /// The clearing house accepts the wallet's obligation to the acquirer, and fees.
    CLEAR_PAY = 7;
    /// The last institution releases the result.
    ANSWER = 8;
    /// A refusal ends the payment here instead of going on.
    STOP_IF_REFUSED = 9;
    /// The parse exchange is complete on arrival.
    END_PARSE = 10;
    /// The debit exchange is complete on arrival.
    END_DEBIT = 11;
    /// The pay exchange is complete on arrival.
    END_PAY = 12;
    /// The debit exchange begins on arrival.
    BEGIN_DEBIT = 13;
    /// The parse or the pay exchange begins on arrival.
    BEGIN = 14;
    /// The pay exchange has run since the first institution received the payment.
    PAY_SINCE_ENTRY = 15;
    /// The wallet authorises the payment: risk, limits, the PIN of a shown code.
    AUTHORISE = 16;
}

impl Acts {
    /// Nothing: the visit only delays and forwards.
    pub const NONE: Self = Self(0);

    /// Acts that read or write state when the visit is complete: these need an event of their own.
    const ON_COMPLETION: u32 = 0x01FE;
    /// Acts on arrival: exchanges begin or end.
    const ON_ARRIVAL: u32 = 0x7C00;

    /// Both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Of these acts, those that are among the others.
    #[must_use]
    pub const fn among(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether `act` is among these.
    #[inline]
    pub const fn has(self, act: Self) -> bool {
        self.0 & act.0 != 0
    }

    /// The acts that are done when a visit is complete, as an event of its own: those that read or
    /// write books and cycles, decisions where the institution may decline, and authorisations
    /// where limits are kept or risk is screened.
    pub const fn decisive(may_decline: bool, authorises: bool) -> Self {
        let decisions = if may_decline { Self::DECIDE } else { Self::NONE };
        let checks = if authorises { Self::AUTHORISE } else { Self::NONE };
        Self(Self::ON_COMPLETION).and(decisions).and(checks)
    }

    /// Whether an exchange begins or ends on arrival.
    #[inline]
    pub const fn marks_arrival(self) -> bool {
        self.0 & Self::ON_ARRIVAL != 0
    }
}

/// How the message comes to a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// From another institution, over their link.
    Link,
    /// From the same institution after the shopper acted: access legs and human time.
    Shopper,
}

/// One visit of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Step {
    /// Who is visited.
    pub place: Place,
    /// What happens there.
    pub acts: Acts,
    /// How the message comes here.
    pub way: Way,
    /// The leg's role: the key of its draws, free of its position in the program.
    pub leg: u8,
    /// Where a refusal decided or turned away here goes on; `END` ends the payment here.
    pub refused: u8,
    /// An answer, on its way back.
    pub answer: bool,
    /// Never turned away: an answer, or funds are already set aside.
    pub admitted: bool,
}

/// No further step.
pub const END: u8 = u8::MAX;

/// The visits of one kind of payment.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Program {
    /// What a latency table calls it.
    pub class: RouteClass,
    /// In order; a refusal may jump ahead.
    pub steps: Vec<Step>,
    /// Whether the acquirer owes a merchant (payments) or its customer (background).
    pub background: bool,
    /// Where the obligation from wallet to acquirer is cleared.
    pub cleared_at: Option<Place>,
    /// Where the obligation from bank to wallet is cleared.
    pub debit_cleared_at: Option<Place>,
}

/// The exchange that ends on arrival at a step with these acts, if any.
#[inline]
pub fn exchange_ended(acts: Acts) -> Option<Exchange> {
    if acts.has(Acts::END_PARSE) {
        Some(Exchange::Parse)
    } else if acts.has(Acts::END_DEBIT) {
        Some(Exchange::Debit)
    } else if acts.has(Acts::END_PAY) {
        Some(Exchange::Pay)
    } else {
        None
    }
}
