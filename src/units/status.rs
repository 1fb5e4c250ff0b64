//! Statuses and reasons: the words of ISO 20022 that the scheme answers with.
//!
//! A refusal is data. It is never an error of the program.

/// Why a payment was refused; each maps to one external reason code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Reason {
    /// The payer's account does not cover the amount.
    InsufficientFunds,
    /// A limit of amount or count was reached.
    LimitExceeded,
    /// The payer did not authenticate, or gave up at the prompt.
    NotAuthenticated,
    /// Refused by a risk rule.
    RiskRefused,
    /// The code was expired, used or malformed.
    InvalidCode,
    /// The app cannot read this merchant's code, or the till cannot read this app's code.
    UnsupportedCode,
    /// An institution's system failed to process the instruction.
    SystemError,
    /// A station's queue was full: the instruction was turned away on arrival.
    QueueFull,
    /// An institution or the link to it was out: the request was refused at once.
    Outage,
    /// Nobody answered in time: the one who waited gave up and took back what it had asked for.
    TimedOut,
}

impl Reason {
    /// Every reason, in order.
    pub const ALL: [Self; 10] = [
        Self::InsufficientFunds,
        Self::LimitExceeded,
        Self::NotAuthenticated,
        Self::RiskRefused,
        Self::InvalidCode,
        Self::UnsupportedCode,
        Self::SystemError,
        Self::QueueFull,
        Self::Outage,
        Self::TimedOut,
    ];

    /// The word used in scenario files and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::InsufficientFunds => "insufficient-funds",
            Self::LimitExceeded => "limit-exceeded",
            Self::NotAuthenticated => "not-authenticated",
            Self::RiskRefused => "risk-refused",
            Self::InvalidCode => "invalid-code",
            Self::UnsupportedCode => "unsupported-code",
            Self::SystemError => "system-error",
            Self::QueueFull => "queue-full",
            Self::Outage => "outage",
            Self::TimedOut => "timed-out",
        }
    }

    /// The ISO 20022 external status reason code.
    pub const fn iso_code(self) -> &'static str {
        match self {
            Self::InsufficientFunds => "AM04",
            Self::LimitExceeded => "AM14",
            Self::NotAuthenticated => "DS0H",
            Self::RiskRefused => "FRAD",
            Self::InvalidCode => "BE04",
            Self::UnsupportedCode => "RC01",
            Self::SystemError => "AB09",
            Self::QueueFull => "AB08",
            Self::Outage => "AB07",
            Self::TimedOut => "AB06",
        }
    }

    /// Business refusals say "no"; technical ones say "could not".
    pub const fn is_technical(self) -> bool {
        matches!(self, Self::SystemError | Self::QueueFull | Self::Outage | Self::TimedOut)
    }
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Accepted for settlement (ISO 20022 `ACSP`); not yet settled.
    Accepted,
    /// Refused (`RJCT`).
    Rejected(Reason),
}

impl Status {
    /// The column value: `accepted`, `declined_business`, `declined_technical`, or `unreadable`:
    /// no message was sent, so no institution declined.
    pub const fn outcome(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Rejected(Reason::UnsupportedCode) => "unreadable",
            Self::Rejected(reason) if reason.is_technical() => "declined_technical",
            Self::Rejected(_) => "declined_business",
        }
    }
}
