//! What is remembered of one attempt: 64 bytes, reached by source and slot.

use super::law::{Docket, Law, attempt};
use crate::model::fact::{Attempt, Funding, RouteClass, Topology};
use crate::scenario::Mode;
use crate::units::{Amount, Instant, InstitutionId, Status};

/// Where a hold on customer funds stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Hold {
    /// Never placed.
    #[default]
    None,
    /// Placed and open.
    Placed,
    /// Posted; the debit must follow at once.
    Posted,
    /// Posted, and the debit has followed.
    Debited,
    /// Released.
    Voided,
}

/// How far an attempt has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(super) enum Stage {
    /// Nobody uses this slot.
    Vacant,
    /// The app could not read the code; no institution hears of it.
    Unreadable,
    /// Opened, not yet answered.
    Open,
    /// Answered, not yet known to the shopper.
    Answered,
    /// Over.
    Closed,
    /// Over, and so is its intention.
    Concluded,
}

/// No bank has taken part.
const NO_BANK: u16 = u16::MAX;

/// One attempt. Sums are taken modulo 2⁶⁴, because only their vanishing is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Case {
    /// Packed identity.
    pub(super) id: u64,
    /// Minor units.
    pub(super) amount: u64,
    /// When it began.
    pub(super) opened: Instant,
    /// Open one-sided items: what debtors posted less what creditors posted, each amount times
    /// the weight of its pair.
    pub(super) one_sided: u64,
    /// Fees charged less fees booked by the earner, booked by the payer, and cleared, each
    /// amount times the weight of its pair and of its voice.
    pub(super) fees: u64,
    /// Which legs of the schedule were charged, one bit each.
    pub(super) charged: u32,
    wallet: u16,
    acquirer: u16,
    bank: u16,
    /// How far it has come.
    pub(super) stage: Stage,
    /// The route's path.
    pub(super) topology: Topology,
    /// The route's source of money.
    pub(super) funding: Funding,
    /// The route's presentment.
    pub(super) mode: Mode,
    /// As answered, then as closed.
    pub(super) status: Option<Status>,
    /// The hold in the bank's book.
    pub(super) bank_hold: Hold,
    /// The hold in the wallet's (or background debtor's) book.
    pub(super) wallet_hold: Hold,
    /// Net debits of customer funds at the bank.
    pub(super) at_bank: i8,
    /// Net debits of customer funds at the wallet or background debtor.
    pub(super) at_wallet: i8,
    /// Net credits of the merchant or background creditor.
    pub(super) payee: i8,
    /// Net principal obligations of the bank to the wallet.
    pub(super) bank_leg: i8,
    /// Net principal obligations of the wallet to the acquirer.
    pub(super) pay_leg: i8,
}

const _: () = assert!(size_of::<Case>() <= 64, "a case outgrew its cache line");

impl Case {
    const VACANT: Self = Self {
        id: u64::MAX,
        amount: 0,
        opened: Instant::EPOCH,
        one_sided: 0,
        fees: 0,
        charged: 0,
        wallet: 0,
        acquirer: 0,
        bank: NO_BANK,
        stage: Stage::Vacant,
        topology: Topology::OnUs,
        funding: Funding::Balance,
        mode: Mode::Static,
        status: None,
        bank_hold: Hold::None,
        wallet_hold: Hold::None,
        at_bank: 0,
        at_wallet: 0,
        payee: 0,
        bank_leg: 0,
        pay_leg: 0,
    };

    /// A case that has just opened.
    pub(super) fn opened(
        (at, of, amount): (Instant, &Attempt, Amount),
        (wallet, acquirer): (InstitutionId, InstitutionId),
        route: RouteClass,
    ) -> Self {
        Self {
            id: of.id.raw(),
            amount: amount.minor(),
            opened: at,
            wallet: narrow(wallet),
            acquirer: narrow(acquirer),
            stage: Stage::Open,
            topology: route.topology,
            funding: route.funding,
            mode: route.mode,
            ..Self::VACANT
        }
    }

    /// A case that ends at the app.
    pub(super) fn unreadable(at: Instant, of: &Attempt) -> Self {
        Self { id: of.id.raw(), opened: at, stage: Stage::Unreadable, ..Self::VACANT }
    }

    /// The account side.
    pub(super) fn wallet(&self) -> InstitutionId {
        InstitutionId::new(self.wallet.into())
    }

    /// The acquiring side.
    pub(super) fn acquirer(&self) -> InstitutionId {
        InstitutionId::new(self.acquirer.into())
    }

    /// The bank, once it has placed a hold.
    pub(super) fn bank(&self) -> Option<InstitutionId> {
        (self.bank != NO_BANK).then(|| InstitutionId::new(self.bank.into()))
    }

    /// Remembers the bank.
    pub(super) fn set_bank(&mut self, bank: InstitutionId) {
        self.bank = narrow(bank);
    }

    /// Whether the attempt is barcode traffic on the books of one institution.
    pub(super) fn is_on_us(&self) -> bool {
        self.topology == Topology::OnUs
    }

    /// Whether it is clearing traffic that is no barcode payment.
    pub(super) fn is_background(&self) -> bool {
        self.topology == Topology::Background
    }

    fn is_party(&self, institution: InstitutionId) -> bool {
        let index = narrow(institution);
        index == self.wallet || index == self.acquirer || index == self.bank
    }

    /// Whether this institution may still act on the attempt. A clearing house or code issuer
    /// may book its fee after the shopper knows; the parties themselves may not.
    fn hears(&self, speaker: Option<InstitutionId>) -> bool {
        match self.stage {
            Stage::Vacant | Stage::Unreadable => false,
            Stage::Open | Stage::Answered => true,
            Stage::Closed | Stage::Concluded => speaker.is_some_and(|who| !self.is_party(who)),
        }
    }
}

fn narrow(institution: InstitutionId) -> u16 {
    u16::try_from(institution.index()).expect("an institution's index has 16 bits")
}

/// All attempts in flight, by source and slot.
#[derive(Debug, Default)]
pub(super) struct Cases {
    by_source: Vec<Vec<Case>>,
}

impl Cases {
    /// Puts a new case in its slot and returns the one that was there.
    pub(super) fn begin(&mut self, of: &Attempt, case: Case) -> Case {
        let source = of.id.source().index();
        if source >= self.by_source.len() {
            self.by_source.resize_with(source + 1, Vec::new);
        }
        let slots = &mut self.by_source[source];
        let slot = of.slot as usize;
        if slot >= slots.len() {
            slots.resize(slot + 1, Case::VACANT);
        }
        std::mem::replace(&mut slots[slot], case)
    }

    /// The case of an attempt that its own source speaks about.
    #[inline]
    pub(super) fn of_source(
        &mut self,
        docket: &mut Docket,
        at: Instant,
        of: &Attempt,
    ) -> Option<&mut Case> {
        let case = self.get(of);
        let lawful = case.as_ref().is_some_and(|case| at >= case.opened);
        docket.check(Law::Causality, at, lawful, |_| {
            let expected = "an attempt that its source has opened".to_owned();
            [attempt(of.id), expected, "it is not in flight".to_owned()]
        });
        case
    }

    /// The case of an attempt that an institution speaks about.
    #[inline]
    pub(super) fn of_institution(
        &mut self,
        docket: &mut Docket,
        (at, speaker): (Instant, Option<InstitutionId>),
        of: &Attempt,
    ) -> Option<&mut Case> {
        let case = self.get(of);
        let lawful = case.as_ref().is_some_and(|case| at >= case.opened && case.hears(speaker));
        docket.check(Law::Causality, at, lawful, |names| {
            let who = speaker.map_or("an institution", |one| names.of(one));
            let expected = "acts between the attempt's opening and its end".to_owned();
            [format!("{}, {who}", attempt(of.id)), expected, "acts outside them".to_owned()]
        });
        case
    }

    /// Every slot that was ever used.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Case> {
        self.by_source.iter().flatten().filter(|case| case.stage != Stage::Vacant)
    }

    #[inline]
    fn get(&mut self, of: &Attempt) -> Option<&mut Case> {
        let slots = self.by_source.get_mut(of.id.source().index())?;
        slots.get_mut(of.slot as usize).filter(|case| case.id == of.id.raw())
    }
}
