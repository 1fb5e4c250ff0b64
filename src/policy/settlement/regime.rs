//! The regimes by name.

/// How obligations are discharged; the table in [`super`] says what each does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Regime {
    /// Gross, first in, first out.
    GrossFifo,
    /// Gross, passing over what has no cover.
    GrossBypass,
    /// Gross, most urgent first.
    GrossPriority,
    /// Gross, smallest first.
    GrossSize,
    /// Gross, with reordering.
    GrossReorder,
    /// Deferred bilateral net.
    NetBilateral,
    /// Deferred multilateral net.
    NetMultilateral,
    /// Continuous multilateral net.
    NetContinuous,
    /// Gross with bilateral offset.
    HybridBilateral,
    /// Gross with a greedy multilateral offset.
    HybridMultilateral,
    /// Gross with offset over cycles.
    HybridCycles,
    /// Gross with gridlock resolution.
    HybridGridlock,
    /// Instant, prefunded.
    Instant,
}

/// In which order a queue is tried, and whether its head binds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Discipline {
    /// Order of arrival, head binding.
    Fifo,
    /// Order of arrival, without binding.
    Bypass,
    /// Most urgent first, head binding.
    Priority,
    /// Smallest first, head binding.
    Size,
    /// Order of arrival; where the head has no cover, the largest that has.
    Reorder,
}

/// What a regime does from time to time besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Review {
    /// Nothing: it acts on arrivals alone.
    Nothing,
    /// Nets at cut-offs.
    CutOff,
    /// Looks for offsetting obligations in its queues.
    Offset,
}

/// How an obligation was discharged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Alone, with money.
    Gross,
    /// Together with others whose flows offset.
    Offset,
    /// In a net position at a cut-off.
    Net,
}

impl Method {
    /// The word in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gross => "gross",
            Self::Offset => "offset",
            Self::Net => "net",
        }
    }
}

impl Regime {
    /// Every regime.
    pub const ALL: [Self; 13] = [
        Self::GrossFifo,
        Self::GrossBypass,
        Self::GrossPriority,
        Self::GrossSize,
        Self::GrossReorder,
        Self::NetBilateral,
        Self::NetMultilateral,
        Self::NetContinuous,
        Self::HybridBilateral,
        Self::HybridMultilateral,
        Self::HybridCycles,
        Self::HybridGridlock,
        Self::Instant,
    ];

    /// Its name on the command line and in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::GrossFifo => "gross-fifo",
            Self::GrossBypass => "gross-bypass",
            Self::GrossPriority => "gross-priority",
            Self::GrossSize => "gross-size",
            Self::GrossReorder => "gross-reorder",
            Self::NetBilateral => "net-bilateral",
            Self::NetMultilateral => "net-multilateral",
            Self::NetContinuous => "net-continuous",
            Self::HybridBilateral => "hybrid-bilateral",
            Self::HybridMultilateral => "hybrid-multilateral",
            Self::HybridCycles => "hybrid-cycles",
            Self::HybridGridlock => "hybrid-gridlock",
            Self::Instant => "instant",
        }
    }

    /// What it does, in one sentence.
    pub const fn rule(self) -> &'static str {
        match self {
            Self::GrossFifo => "One by one in order of arrival; the head of a queue binds",
            Self::GrossBypass => "In order of arrival; what has no cover is passed over",
            Self::GrossPriority => "Most urgent first, then in order of arrival; the head binds",
            Self::GrossSize => "Smallest first; the head binds",
            Self::GrossReorder => {
                "In order of arrival; a head without cover gives way to the largest that has cover"
            }
            Self::NetBilateral => "At a cut-off, each pair's net debit, where it has cover",
            Self::NetMultilateral => "At a cut-off, all net positions or none",
            Self::NetContinuous => {
                "At frequent cut-offs, the largest set of queue prefixes that has cover"
            }
            Self::HybridBilateral => {
                "As gross-bypass, and up to ten obligations each way between two"
            }
            Self::HybridMultilateral => "As gross-bypass, and a greedy multilateral set",
            Self::HybridCycles => "As gross-fifo, and cycles of queue heads",
            Self::HybridGridlock => "As gross-fifo, and the largest set of queue prefixes",
            Self::Instant => "At once on the prefunded position, or refused",
        }
    }

    /// The regime of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|regime| regime.name() == name)
    }

    /// The discipline of its queues.
    pub const fn discipline(self) -> Discipline {
        match self {
            Self::GrossBypass | Self::HybridBilateral | Self::HybridMultilateral => {
                Discipline::Bypass
            }
            Self::GrossPriority => Discipline::Priority,
            Self::GrossSize => Discipline::Size,
            Self::GrossReorder => Discipline::Reorder,
            _ => Discipline::Fifo,
        }
    }

    /// What it does besides acting on arrivals.
    pub const fn review(self) -> Review {
        match self {
            Self::NetBilateral | Self::NetMultilateral | Self::NetContinuous => Review::CutOff,
            Self::HybridBilateral
            | Self::HybridMultilateral
            | Self::HybridCycles
            | Self::HybridGridlock => Review::Offset,
            _ => Review::Nothing,
        }
    }
}
