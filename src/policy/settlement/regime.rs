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
