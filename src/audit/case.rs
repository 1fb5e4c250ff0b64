//! What is remembered of one attempt: 64 bytes, reached by source and slot.

use super::demand::{Exchanges, Opening, Wish};
use super::law::{Docket, Law, attempt};
use crate::model::fact::{Attempt, Exchange, RouteClass, Topology};
use crate::scenario::Mode;
use crate::units::{Amount, Instant, InstitutionId, MerchantClassId, Status};

/// Where a hold on customer funds stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
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

impl Hold {
    /// Whether nothing is set aside any more.
    pub(super) fn is_over(self) -> bool {
        matches!(self, Self::None | Self::Debited | Self::Voided)
    }
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

/// What an attempt has left in books, cycles and exchanges: small counts, side by side in one
/// word. A count that overflows spoils its neighbour, which no lawful sum can hide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Counts(u32);

impl Counts {
    /// Debits of customer funds at the bank.
    pub(super) const AT_BANK: u32 = 1;
    /// Net debits of customer funds at the wallet or background debtor.
    pub(super) const AT_WALLET: u32 = 1 << 5;
    /// Credits of the merchant or background creditor.
    pub(super) const PAYEE: u32 = 1 << 10;
    /// Principal obligations of the bank to the wallet.
    pub(super) const BANK_LEG: u32 = 1 << 15;
    /// Principal obligations of the wallet to the acquirer.
    pub(super) const PAY_LEG: u32 = 1 << 20;
    const PARSE: u32 = 1 << 25;
    const DEBIT: u32 = 1 << 27;
    const PAY: u32 = 1 << 29;
    const MONEY: u32 = Self::PARSE - 1;
    const FIELD: u32 = 31;
    /// Nothing yet. Debits at the wallet start at 8, for the bank's money comes as a credit.
    pub(super) const NONE: Self = Self(8 * Self::AT_WALLET);

    /// Counts one more.
    pub(super) fn add(&mut self, what: u32) {
        self.0 = self.0.wrapping_add(what);
    }

    /// Counts one less.
    pub(super) fn take(&mut self, what: u32) {
        self.0 = self.0.wrapping_sub(what);
    }

    /// Counts an exchange; `false` where it was made before.
    pub(super) fn exchange(&mut self, exchange: Exchange) -> bool {
        let what = match exchange {
            Exchange::Parse => Self::PARSE,
            Exchange::Debit => Self::DEBIT,
            Exchange::Pay => Self::PAY,
        };
        let first = (self.0 / what).trailing_zeros() >= 2;
        self.add(what);
        first
    }

    /// What money must be where, once accepted.
    pub(super) fn of_accepted(on_us: bool, bank: bool) -> Self {
        let customer = if bank { Self::AT_BANK + Self::BANK_LEG } else { Self::AT_WALLET };
        let pay = if on_us { 0 } else { Self::PAY_LEG };
        Self(Self::NONE.0 + customer + Self::PAYEE + pay)
    }

    /// A refused payment may leave the customer's money at the wallet instead of the bank, with
    /// the bank owing the wallet for it: nobody has lost anything.
    pub(super) const FUNDED: Self =
        Self(Self::NONE.0 + Self::AT_BANK + Self::BANK_LEG - Self::AT_WALLET);

    /// Without the exchanges.
    pub(super) fn money(self) -> Self {
        Self(self.0 & Self::MONEY)
    }

    /// Whether exactly these exchanges were made, or at most these.
    pub(super) fn has_made(self, exchanges: Exchanges, all: bool) -> bool {
        let Exchanges { parses, debits, pays } = exchanges;
        [(parses, Self::PARSE), (debits, Self::DEBIT), (pays, Self::PAY)].iter().all(
            |&(wanted, what)| {
                let made = (self.0 / what) & 3;
                made == u32::from(wanted) || !all && made == 0
            },
        )
    }

    /// In words.
    pub(super) fn words(self) -> String {
        let field = |what: u32| (self.0 / what) & Self::FIELD;
        format!(
            "customer debits {} at the bank and {} at the wallet, payee credits {}, obligations \
             {} of the bank and {} of the wallet",
            field(Self::AT_BANK),
            i64::from(field(Self::AT_WALLET)) - 8,
            field(Self::PAYEE),
            field(Self::BANK_LEG),
            field(Self::PAY_LEG),
        )
    }
}

/// No bank takes part; no route is known.
const NO_BANK: u16 = u16::MAX;
const NOWHERE: u32 = u32::MAX;
/// Bit of `Case::class`: the intention is counted.
const COUNTED: u8 = 0x80;
/// In place of a class: no message was sent.
const UNREAD: u8 = 0x7F;

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
    /// What it has left.
    pub(super) counts: Counts,
    /// Which legs of the schedule were charged, one bit each.
    pub(super) charged: u32,
    /// Place of its route; while unreadable, the class of merchants.
    place: u32,
    wallet: u16,
    acquirer: u16,
    bank: u16,
    /// How far it has come.
    pub(super) stage: Stage,
    class: u8,
    /// As refused, then as answered, then as closed.
    pub(super) status: Option<Status>,
    /// The hold in the bank's book.
    pub(super) bank_hold: Hold,
    /// The hold in the wallet's (or background debtor's) book.
    pub(super) wallet_hold: Hold,
}

const _: () = assert!(size_of::<Case>() <= 64, "a case outgrew its cache line");
const _: () = assert!(RouteClass::COUNT < UNREAD as usize, "classes of routes have seven bits");

impl Case {
    const VACANT: Self = Self {
        id: u64::MAX,
        amount: 0,
        opened: Instant::EPOCH,
        one_sided: 0,
        fees: 0,
        counts: Counts::NONE,
        charged: 0,
        place: NOWHERE,
        wallet: 0,
        acquirer: 0,
        bank: NO_BANK,
        stage: Stage::Vacant,
        class: UNREAD,
        status: None,
        bank_hold: Hold::None,
        wallet_hold: Hold::None,
    };

    /// A case that has just opened, on the route with this place.
    pub(super) fn opened(at: Instant, told: &Opening, place: Option<usize>) -> Self {
        let class = u8::try_from(told.route.index()).expect("a class has seven bits");
        Self {
            id: told.of.id.raw(),
            amount: told.amount.minor(),
            opened: at,
            place: place.and_then(|place| u32::try_from(place).ok()).unwrap_or(NOWHERE),
            wallet: narrow(told.wallet),
            acquirer: narrow(told.acquirer),
            bank: told.bank.map_or(NO_BANK, narrow),
            stage: Stage::Open,
            class: class | counted(told.of.counted),
            ..Self::VACANT
        }
    }

    /// A case that no app could read.
    pub(super) fn unreadable(
        at: Instant,
        (of, wallet): (&Attempt, InstitutionId),
        wish: &Wish,
    ) -> Self {
        let merchant = wish.merchant.and_then(|class| u32::try_from(class.index()).ok());
        Self {
            id: of.id.raw(),
            amount: wish.amount.minor(),
            opened: at,
            place: merchant.unwrap_or(NOWHERE),
            wallet: narrow(wallet),
            stage: Stage::Unreadable,
            class: UNREAD | counted(of.counted),
            ..Self::VACANT
        }
    }

    /// What was wished, of an attempt that could not be read.
    pub(super) fn wish(&self) -> Wish {
        Wish {
            merchant: (self.place != NOWHERE).then(|| MerchantClassId::new(self.place as usize)),
            amount: Amount::from_minor(self.amount),
            counted: self.class & COUNTED != 0,
        }
    }

    /// The account side; the debtor of background traffic.
    pub(super) fn wallet(&self) -> InstitutionId {
        InstitutionId::new(self.wallet.into())
    }

    /// The acquiring side; the creditor of background traffic.
    pub(super) fn acquirer(&self) -> InstitutionId {
        InstitutionId::new(self.acquirer.into())
    }

    /// The bank that is asked to debit.
    pub(super) fn bank(&self) -> Option<InstitutionId> {
        (self.bank != NO_BANK).then(|| InstitutionId::new(self.bank.into()))
    }

    /// Place of its route.
    pub(super) fn place(&self) -> usize {
        self.place as usize
    }

    /// Whether no message was sent.
    pub(super) fn is_unread(&self) -> bool {
        self.class & !COUNTED == UNREAD
    }

    /// Whether its opening told this class of routes.
    pub(super) fn is_of(&self, route: RouteClass) -> bool {
        usize::from(self.class & !COUNTED) == route.index()
    }

    /// Whether the attempt is barcode traffic on the books of one institution.
    pub(super) fn is_on_us(&self) -> bool {
        self.topology() == Topology::OnUs as u8
    }

    /// Whether it is clearing traffic that is no barcode payment.
    pub(super) fn is_background(&self) -> bool {
        self.topology() == Topology::Background as u8
    }

    fn topology(&self) -> u8 {
        (self.class & !COUNTED) >> 3
    }

    /// How the code was presented.
    pub(super) fn mode(&self) -> Mode {
        Mode::ALL[usize::from(self.class & 3)]
    }

    /// Accepted so far, or why not.
    pub(super) fn so_far(&self) -> Status {
        self.status.unwrap_or(Status::Accepted)
    }
}

fn counted(counted: bool) -> u8 {
    if counted { COUNTED } else { 0 }
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
    /// The slot of an attempt, with whatever case is in it.
    pub(super) fn slot_mut(&mut self, of: &Attempt) -> &mut Case {
        let source = of.id.source().index();
        if source >= self.by_source.len() {
            self.by_source.resize_with(source + 1, Vec::new);
        }
        let slots = &mut self.by_source[source];
        let slot = of.slot as usize;
        if slot >= slots.len() {
            slots.resize(slot + 1, Case::VACANT);
        }
        &mut slots[slot]
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

    /// The case of an attempt that an institution speaks about: it is opened and not answered.
    #[inline]
    pub(super) fn of_institution(
        &mut self,
        docket: &mut Docket,
        at: Instant,
        of: &Attempt,
    ) -> Option<&mut Case> {
        let case = self.get(of);
        let lawful =
            case.as_ref().is_some_and(|case| at >= case.opened && case.stage == Stage::Open);
        docket.check(Law::Causality, at, lawful, |_| {
            let expected = "acts between the attempt's opening and its answer".to_owned();
            [attempt(of.id), expected, "acts outside them".to_owned()]
        });
        case
    }

    /// Every slot that was ever used.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Case> {
        self.by_source.iter().flatten().filter(|case| case.stage != Stage::Vacant)
    }

    /// Every slot of one source that was ever used.
    pub(super) fn of(&self, source: usize) -> impl Iterator<Item = &Case> {
        let slots = self.by_source.get(source).into_iter().flatten();
        slots.filter(|case| case.stage != Stage::Vacant)
    }

    #[inline]
    fn get(&mut self, of: &Attempt) -> Option<&mut Case> {
        let slots = self.by_source.get_mut(of.id.source().index())?;
        let is_it =
            |case: &&mut Case| case.id == of.id.raw() && (case.class & COUNTED != 0) == of.counted;
        slots.get_mut(of.slot as usize).filter(is_it)
    }
}
