//! The network: links, policies and the rule matrix.

use super::{Role, Roles};
use crate::kernel::dist::Dist;
use crate::units::{Duration, InstitutionId};

/// One direction's latency: a floor that is never undercut, and a jitter on top.
#[derive(Clone, Debug)]
pub struct Link {
    /// Smallest latency; above zero.
    pub floor: Duration,
    /// What is added, in nanoseconds.
    pub jitter: Dist,
}

/// Latency of every ordered pair of institutions, and of the access legs.
#[derive(Clone, Debug)]
pub struct LinkTable {
    /// Distinct links; `kinds[0]` is the access leg (device or till to its institution).
    pub kinds: Vec<Link>,
    /// `of[a × institutions + b]` indexes `kinds`.
    pub of: Vec<u16>,
}

impl LinkTable {
    /// Index in `kinds` of the access link.
    pub const ACCESS: u16 = 0;

    /// Index in `kinds` of the link from `a` to `b`.
    pub fn kind(&self, a: InstitutionId, b: InstitutionId) -> u16 {
        let width = self.of.len().isqrt();
        self.of[a.index() * width + b.index()]
    }
}

/// The smallest latency between two entities: for so long nothing that one does reaches another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lookahead {
    /// L, above zero.
    pub length: Duration,
    /// The first pair of institutions, in order of name, whose link sets it, and how many ordered
    /// pairs have a link that short; `None` where the access leg is shorter than any link.
    pub link: Option<((InstitutionId, InstitutionId), usize)>,
}

impl LinkTable {
    /// The lookahead: over the access leg and every pair of institutions.
    pub fn lookahead(&self) -> Lookahead {
        let floor = |kind: u16| self.kinds[usize::from(kind)].floor;
        let mut found = Lookahead { length: floor(Self::ACCESS), link: None };
        let width = self.of.len().isqrt();
        let all = || (0..width).map(InstitutionId::new);
        for pair in all().flat_map(|from| all().map(move |to| (from, to))) {
            let length = floor(self.kind(pair.0, pair.1));
            if pair.0 == pair.1 || found.length < length {
                continue;
            }
            match &mut found.link {
                Some((_, pairs)) if found.length == length => *pairs += 1,
                link => (found.length, *link) = (length, Some((pair, 1))),
            }
        }
        found
    }
}

/// A policy: which wallets' apps and which issuers' codes are joined, and over what.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Unique name.
    pub name: String,
    /// All connections, its parent's first; the last that matches wins.
    pub connect: Vec<Connect>,
    /// Whether institutions tell each other what they know about risk.
    pub shares_risk: bool,
}

/// These wallets can use these issuers' codes, over this path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connect {
    /// The account side.
    pub wallets: Vec<InstitutionId>,
    /// Whose codes.
    pub codes: Vec<InstitutionId>,
    /// From the wallet's side to the acquirer's: empty is a bilateral link, one hub, or two.
    pub via: Vec<InstitutionId>,
}

/// What kind of traffic a rule speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rail {
    /// Wallet to bank: debits of linked accounts.
    BankDebit,
    /// Wallet to acquirer: interconnected barcode payments.
    Barcode,
}

/// Whether two roles may talk directly over a rail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleRow {
    /// One end.
    pub from: Role,
    /// The other end.
    pub to: Role,
    /// Over what.
    pub rail: Rail,
    /// Allowed without a clearing house.
    pub direct: bool,
}

/// Who may talk to whom directly. The default is today's Chinese rule: nobody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleMatrix {
    /// Later rows win; a pair without a row is forbidden.
    pub rows: Vec<RuleRow>,
}

impl RuleMatrix {
    /// Whether an institution with the roles `from` may talk directly to one with the roles `to`.
    pub fn allows(&self, from: Roles, to: Roles, rail: Rail) -> bool {
        let speaks = |row: &&RuleRow| row.rail == rail && from.has(row.from) && to.has(row.to);
        self.rows.iter().rev().find(speaks).is_some_and(|row| row.direct)
    }
}
