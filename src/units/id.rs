//! Index newtypes: dense, assigned in order of name when a scenario is checked.

macro_rules! index_newtype {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u16);

        impl $name {
            /// The id with this dense index; at most 65,535.
            pub fn new(index: usize) -> Self {
                Self(u16::try_from(index).expect("more than 65,535 entities of one kind"))
            }

            /// The dense index.
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

index_newtype!(
    /// An institution, in order of name: indexes `Scenario::institutions`.
    InstitutionId
);
index_newtype!(
    /// A source of intentions (consumer class, background flow or replay), in order of name.
    SourceId
);
index_newtype!(
    /// A class of merchants, in order of name: indexes `Scenario::merchants`.
    MerchantClassId
);
index_newtype!(
    /// A policy, in order of name: indexes `Scenario::policies`.
    PolicyId
);

/// One attempt of one intention: source (12 bits), intention (48 bits), attempt (4 bits).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PaymentId(u64);

const ATTEMPT_BITS: u32 = 4;
const INTENTION_BITS: u32 = 48;

impl PaymentId {
    /// The largest number of attempts that one intention may make.
    pub const ATTEMPTS_MAX: u8 = 1 << ATTEMPT_BITS;
    /// The largest number of sources.
    pub const SOURCES_MAX: usize = 1 << (64 - INTENTION_BITS - ATTEMPT_BITS);

    /// Attempt `attempt` (from 0) of the `intention`-th intention of `source`.
    pub fn new(source: SourceId, intention: u64, attempt: u8) -> Self {
        assert!(intention < 1 << INTENTION_BITS, "more than 2^48 intentions of one source");
        assert!(attempt < Self::ATTEMPTS_MAX, "more than 16 attempts of one intention");
        assert!(source.index() < Self::SOURCES_MAX, "more than 4,096 sources");
        let source = (source.index() as u64) << (INTENTION_BITS + ATTEMPT_BITS);
        Self(source | intention << ATTEMPT_BITS | u64::from(attempt))
    }

    /// The id with this packed number, as [`PaymentId::raw`] gave it.
    pub const fn from_raw(raw: u64) -> Self {
        Self(raw)
    }

    /// Intention and attempt alone: the same in every run, whatever the order of the sources.
    pub const fn within_source(self) -> u64 {
        self.0 & ((1 << (INTENTION_BITS + ATTEMPT_BITS)) - 1)
    }

    /// Where the intention came from.
    pub fn source(self) -> SourceId {
        SourceId::new((self.0 >> (INTENTION_BITS + ATTEMPT_BITS)) as usize)
    }

    /// Which intention of its source, counted from 0.
    pub const fn intention(self) -> u64 {
        (self.0 >> ATTEMPT_BITS) & ((1 << INTENTION_BITS) - 1)
    }

    /// Which attempt of its intention, counted from 0.
    pub const fn attempt(self) -> u8 {
        (self.0 & 0xF) as u8
    }

    /// The packed number, unique within one run.
    pub const fn raw(self) -> u64 {
        self.0
    }
}
