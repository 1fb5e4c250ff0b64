//! What is remembered of one attempt: 64 bytes, reached by source and slot.

use super::demand::{Opening, Wish};
use super::marks::{Ask, Marks};
use super::routes::Route;
use crate::model::fact::{Attempt, Topology};
use crate::units::{Amount, Instant, InstitutionId, MerchantClassId, PaymentId, Status};

/// Nobody takes this part; no route is known.
const NOBODY: u16 = u16::MAX;
const NOWHERE: u32 = u32::MAX;

/// One attempt. Sums are taken modulo 2⁶⁴, because only their vanishing is asked for.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(super) struct Case {
    /// Packed identity, and whether it is counted.
    key: u64,
    /// Minor units.
    pub(super) amount: u64,
    /// When it began.
    pub(super) opened: Instant,
    /// Claims in one book only that its marks do not tell: what debtors posted less what
    /// creditors posted, each amount times the weight of its pair.
    pub(super) one_sided: u64,
    /// Fees charged less fees booked by the earner, booked by the payer, and cleared, each
    /// amount times the weight of its pair and of its voice.
    pub(super) fees: u64,
    /// What has happened to it, and its class of routes.
    pub(super) marks: Marks,
    /// Which legs of the schedule were charged, one bit each.
    pub(super) charged: u32,
    /// Place of its route; while unreadable, the class of merchants.
    place: u32,
    wallet: u16,
    acquirer: u16,
    bank: u16,
    house: u16,
    debit_house: u16,
    /// As refused, then as answered, then as closed.
    status: Ending,
}

/// A status in one byte; what is not refused counts as accepted so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ending(u8);

impl Ending {
    /// Not refused.
    pub(super) const ACCEPTED: Self = Self(0);

    /// This status.
    #[inline]
    pub(super) fn of(status: Status) -> Self {
        match status {
            Status::Accepted => Self::ACCEPTED,
            Status::Rejected(reason) => Self(1 + reason as u8),
        }
    }
}

const _: () = assert!(size_of::<Case>() == 64, "a case outgrew its cache line");

impl Case {
    const VACANT: Self = Self {
        key: u64::MAX,
        amount: 0,
        opened: Instant::EPOCH,
        one_sided: 0,
        fees: 0,
        marks: Marks::NONE,
        charged: 0,
        place: NOWHERE,
        wallet: 0,
        acquirer: 0,
        bank: NOBODY,
        house: NOBODY,
        debit_house: NOBODY,
        status: Ending::ACCEPTED,
    };

    /// A case that has just opened, on the route with this place.
    #[inline(always)]
    pub(super) fn opened(at: Instant, told: &Opening, route: Option<(usize, &Route)>) -> Self {
        let place = route.map(|(place, _)| place);
        Self {
            key: key(told.of),
            amount: told.amount.minor(),
            opened: at,
            place: place.and_then(|place| u32::try_from(place).ok()).unwrap_or(NOWHERE),
            wallet: narrow(told.wallet),
            acquirer: narrow(told.acquirer),
            bank: told.bank.map_or(NOBODY, narrow),
            house: route.and_then(|(_, route)| route.house).map_or(NOBODY, narrow),
            debit_house: told.debit_house.map_or(NOBODY, narrow),
            marks: Marks::OPEN.counted(told.of.counted).of_class(told.route),
            ..Self::VACANT
        }
    }

    /// A case that no app could read.
    pub(super) fn unreadable(
        at: Instant,
        (of, wallet): (Attempt, InstitutionId),
        wish: &Wish,
    ) -> Self {
        let merchant = wish.merchant.and_then(|class| u32::try_from(class.index()).ok());
        Self {
            key: key(of),
            amount: wish.amount.minor(),
            opened: at,
            place: merchant.unwrap_or(NOWHERE),
            wallet: narrow(wallet),
            marks: Marks::UNREAD.counted(of.counted),
            ..Self::VACANT
        }
    }

    /// Packed identity.
    pub(super) fn id(&self) -> u64 {
        (self.key ^ u64::from(self.marks.has(Marks::COUNTED))).rotate_right(1)
    }

    /// What was wished, of an attempt that could not be read.
    pub(super) fn wish(&self) -> Wish {
        Wish {
            merchant: (self.place != NOWHERE).then(|| MerchantClassId::new(self.place as usize)),
            amount: Amount::from_minor(self.amount),
            counted: self.marks.has(Marks::COUNTED),
        }
    }

    /// The account side; the debtor of background traffic.
    #[inline]
    pub(super) fn wallet(&self) -> InstitutionId {
        InstitutionId::new(self.wallet.into())
    }

    /// The acquiring side; the creditor of background traffic.
    #[inline]
    pub(super) fn acquirer(&self) -> InstitutionId {
        InstitutionId::new(self.acquirer.into())
    }

    /// The bank that is asked to debit.
    #[inline]
    pub(super) fn bank(&self) -> Option<InstitutionId> {
        (self.bank != NOBODY).then(|| InstitutionId::new(self.bank.into()))
    }

    /// Whether the bank asked is this one.
    #[inline]
    pub(super) fn is_bank(&self, who: InstitutionId) -> bool {
        who.index() == usize::from(self.bank)
    }

    /// Whether the wallet's obligation is cleared here.
    #[inline]
    pub(super) fn clears_at(&self, house: InstitutionId) -> bool {
        house.index() == usize::from(self.house)
    }

    /// Whether the bank's obligation is cleared here.
    #[inline]
    pub(super) fn clears_debit_at(&self, house: InstitutionId) -> bool {
        house.index() == usize::from(self.debit_house)
    }

    /// Place of its route.
    #[inline]
    pub(super) fn place(&self) -> usize {
        self.place as usize
    }

    /// Whether the attempt is barcode traffic on the books of one institution.
    #[inline]
    pub(super) fn is_on_us(&self) -> bool {
        self.marks.topology() == Topology::OnUs as u32
    }

    /// Whether it is clearing traffic that is no barcode payment.
    #[inline]
    pub(super) fn is_background(&self) -> bool {
        self.marks.topology() == Topology::Background as u32
    }

    /// Messages of the exchange with the bank, if one is asked; a house that is one of the two is
    /// no stop.
    #[inline]
    pub(super) fn debit_messages(&self) -> u8 {
        let stops = self.debit_house != self.wallet && self.debit_house != self.bank;
        if self.bank == NOBODY { 0 } else { 2 + 2 * u8::from(stops) }
    }

    /// As refused or not so far, then as answered.
    #[inline]
    pub(super) fn status(&self) -> Ending {
        self.status
    }

    /// Remembers its first refusal, or how it was answered or closed.
    #[inline]
    pub(super) fn ends(&mut self, status: Ending) {
        self.status = status;
    }

    /// Whether it may take this step now: after its opening, with the marks that are asked.
    #[inline(always)]
    pub(super) fn may(&self, at: Instant, ask: Ask) -> bool {
        at >= self.opened && self.marks.meet(ask)
    }
}

#[expect(clippy::cast_possible_truncation, reason = "an institution's index has 16 bits")]
#[inline]
fn narrow(institution: InstitutionId) -> u16 {
    institution.index() as u16
}

/// An attempt in two words, which travel in registers to where odd facts are looked at: what is
/// ordinary then keeps its parts in registers too.
#[derive(Clone, Copy, Debug)]
pub(super) struct Packed(u64, u64);

impl From<Attempt> for Packed {
    #[inline]
    fn from(of: Attempt) -> Self {
        Self(of.id.raw(), u64::from(of.slot) << 1 | u64::from(of.counted))
    }
}

impl From<Packed> for Attempt {
    #[expect(clippy::cast_possible_truncation, reason = "a slot was widened")]
    fn from(Packed(id, rest): Packed) -> Self {
        let (slot, counted) = ((rest >> 1) as u32, rest & 1 == 1);
        Self { id: PaymentId::from_raw(id), slot, counted }
    }
}

/// Identity and count in one word. The bit of the source that both share tells nothing: cases lie
/// by source.
#[inline]
fn key(of: Attempt) -> u64 {
    of.id.raw().rotate_left(1) ^ u64::from(of.counted)
}

/// All attempts in flight, by source and slot.
#[derive(Debug)]
pub(super) struct Cases {
    by_source: Vec<Vec<Case>>,
}

impl Cases {
    /// Nothing in flight at `sources` sources.
    pub(super) fn new(sources: usize) -> Self {
        Self { by_source: vec![Vec::new(); sources] }
    }

    /// The slot of an attempt, with whatever case is in it.
    #[inline(always)]
    pub(super) fn slot_mut(&mut self, of: Attempt) -> &mut Case {
        let (source, slot) = (of.id.source().index(), of.slot as usize);
        if self.by_source.get(source).is_none_or(|slots| slot >= slots.len()) {
            self.grow(source, slot);
        }
        &mut self.by_source[source][slot]
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self, source: usize, slot: usize) {
        if source >= self.by_source.len() {
            self.by_source.resize_with(source + 1, Vec::new);
        }
        self.by_source[source].resize(slot + 1, Case::VACANT);
    }

    /// The case of an attempt, if its slot holds it.
    #[inline(always)]
    pub(super) fn get(&mut self, of: Attempt) -> Option<&mut Case> {
        let case = self.by_source.get_mut(of.id.source().index())?.get_mut(of.slot as usize)?;
        (case.key == key(of)).then_some(case)
    }

    /// Every slot that was ever used.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Case> {
        self.by_source.iter().flatten().filter(|case| case.marks != Marks::NONE)
    }

    /// Every slot of one source that was ever used.
    pub(super) fn of(&self, source: usize) -> impl Iterator<Item = &Case> {
        let slots = self.by_source.get(source).into_iter().flatten();
        slots.filter(|case| case.marks != Marks::NONE)
    }
}
