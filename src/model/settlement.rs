//! Settlement: net positions move between reserve accounts on the settlement bank's book.
//!
//! All of a cycle or nothing: where a net debtor lacks cover, the cycle waits for the next order.

use std::rc::Rc;

use super::book::Book;
use super::context::{Context, Delivery};
use super::fact::{Account, Fact, Observer};
use super::message::Kind;
use crate::kernel::calendar::{EntityId, Rank};
use crate::units::{Amount, Duration, InstitutionId};

/// What a house sends at a cut-off. Immutable once written; messages name it by its place.
#[derive(Debug)]
pub(super) struct ClearingFile {
    pub(super) house: InstitutionId,
    pub(super) cycle: u32,
    /// In order of participant.
    pub(super) positions: Vec<NetPosition>,
    /// Gross value by pair, in order of debtor and creditor.
    pub(super) pairs: Vec<PairTotal>,
}

/// One participant's sums in a cycle.
#[derive(Clone, Copy, Debug)]
pub(super) struct NetPosition {
    pub(super) participant: InstitutionId,
    pub(super) debit: Amount,
    pub(super) credit: Amount,
    pub(super) fee_debit: Amount,
    pub(super) fee_credit: Amount,
}

/// Gross value between two participants in a cycle.
#[derive(Clone, Copy, Debug)]
pub(super) struct PairTotal {
    pub(super) debtor: InstitutionId,
    pub(super) creditor: InstitutionId,
    pub(super) amount: Amount,
}

impl NetPosition {
    fn net_debit(&self) -> Amount {
        self.debit.checked_sub(self.credit).unwrap_or(Amount::ZERO)
    }

    fn net_credit(&self) -> Amount {
        self.credit.checked_sub(self.debit).unwrap_or(Amount::ZERO)
    }
}

/// Clearing files that somebody has yet to read: a run of many cycles keeps no more.
#[derive(Debug, Default)]
pub(super) struct Files {
    places: Vec<Option<Filed>>,
    free: Vec<usize>,
}

#[derive(Debug)]
struct Filed {
    file: Rc<ClearingFile>,
    /// How many participants have yet to hear that the cycle is settled.
    unread: usize,
}

impl Files {
    /// Keeps a file; answers its place.
    pub(super) fn add(&mut self, file: ClearingFile) -> usize {
        let unread = file.positions.len();
        let filed = Some(Filed { file: Rc::new(file), unread });
        if let Some(place) = self.free.pop() {
            self.places[place] = filed;
            return place;
        }
        self.places.push(filed);
        self.places.len() - 1
    }

    fn at(&self, place: usize) -> Rc<ClearingFile> {
        let filed = self.places[place].as_ref();
        Rc::clone(&filed.expect("a file is kept until all have read it").file)
    }

    /// One participant reads the file that tells it of its settlement; the last one drops it.
    fn read(&mut self, place: usize) -> Rc<ClearingFile> {
        let file = self.at(place);
        if let Some(filed) = &mut self.places[place] {
            filed.unread -= 1;
            if filed.unread == 0 {
                self.places[place] = None;
                self.free.push(place);
            }
        }
        file
    }

    /// How many are kept.
    pub(super) fn held(&self) -> usize {
        self.places.len() - self.free.len()
    }
}

/// Cycles ordered but not yet settled, in order of arrival: places of clearing files.
#[derive(Debug, Default)]
pub(super) struct Orders {
    waiting: Vec<usize>,
}

impl Orders {
    pub(super) fn add(&mut self, file: usize) {
        self.waiting.push(file);
    }

    /// How many wait for cover.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Tries every waiting cycle once, in order of arrival.
    #[inline(never)]
    pub(super) fn settle<O: Observer>(
        &mut self,
        cx: &mut Context<'_, O>,
        book: &mut Book,
        sent: &mut u32,
    ) {
        let waiting = std::mem::take(&mut self.waiting);
        for index in waiting {
            let file = cx.files.at(index);
            let house = file.house;
            if !settle_cycle(cx, book, &file) {
                self.waiting.push(index);
                continue;
            }
            let confirm = Context::<O>::about_file(Kind::Confirm, index);
            let delivery = Delivery {
                to: EntityId::new(house.index()),
                at: cx.now + floor_between(cx, house, cx.model.settlement_bank),
                rank: Rank::Delivery,
            };
            cx.schedule(sent, delivery, confirm);
        }
    }
}

fn settle_cycle<O: Observer>(
    cx: &mut Context<'_, O>,
    book: &mut Book,
    file: &ClearingFile,
) -> bool {
    let (house, cycle) = (file.house, file.cycle);

    // 1. Check. Nothing is written in this half.
    let lacking = |at: &&NetPosition| book.reserve(at.participant) < at.net_debit();
    if let Some(short) = file.positions.iter().find(lacking) {
        let lacking = short.net_debit() - book.reserve(short.participant);
        cx.tell(Fact::Postponed { house, cycle, short: short.participant, lacking });
        return false;
    }

    // 2. Commit. Debtors first, then creditors: the account between them ends where it began.
    for position in &file.positions {
        let entry = (Account::ReserveOf(position.participant), Account::Capital);
        book.post(cx, entry, position.net_debit(), None);
    }
    for position in &file.positions {
        let entry = (Account::Capital, Account::ReserveOf(position.participant));
        book.post(cx, entry, position.net_credit(), None);
    }
    for position in &file.positions {
        let (debit, credit) = (position.net_debit(), position.net_credit());
        if debit != credit {
            let participant = position.participant;
            let balance = book.reserve(participant);
            cx.tell(Fact::ReserveMoved { house, cycle, participant, debit, credit, balance });
        }
    }
    cx.tell(Fact::Settled { house, cycle });
    true
}

/// Latency of a clearing message: the floor of the link, for these are few and jitter decides
/// nothing. A house that is the other end itself waits the access floor.
pub(super) fn floor_between<O>(
    cx: &Context<'_, O>,
    from: InstitutionId,
    to: InstitutionId,
) -> Duration {
    Duration::from_nanos(cx.model.link(from, to).floor)
}

/// A house heard that its cycle is settled: it notifies every participant.
#[inline(never)]
pub(super) fn notify<O: Observer>(cx: &mut Context<'_, O>, file: usize, sent: &mut u32) {
    let clearing_file = cx.files.at(file);
    let house = clearing_file.house;
    for position in &clearing_file.positions {
        let delivery = Delivery {
            to: EntityId::new(position.participant.index()),
            at: cx.now + floor_between(cx, house, position.participant),
            rank: Rank::Delivery,
        };
        cx.schedule(sent, delivery, Context::<O>::about_file(Kind::Notice, file));
    }
}

/// A participant heard that a cycle is settled: claims and debts give way to money.
#[inline(never)]
pub(super) fn note_settled<O: Observer>(cx: &mut Context<'_, O>, file: usize, book: &mut Book) {
    let own = cx.tie.receiver().index();
    let clearing_file = cx.files.read(file);
    for pair in &clearing_file.pairs {
        if pair.debtor.index() == own {
            let entry = (Account::DueTo(pair.creditor), Account::Settlement);
            book.post(cx, entry, pair.amount, None);
        }
        if pair.creditor.index() == own {
            let entry = (Account::Settlement, Account::DueFrom(pair.debtor));
            book.post(cx, entry, pair.amount, None);
        }
    }
}
