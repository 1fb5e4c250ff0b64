//! Cycles, reserves and the mirror: what institutions owe each other, and how it is settled.

use super::auditor::Auditor;
use super::books::Entry;
use super::house::Cycle;
use super::law::{Docket, Law};
use crate::model::fact::Account;
use crate::units::{Amount, Instant, InstitutionId};

/// A cycle as facts name it: the instant of the fact, the house, the number.
type Place = (Instant, InstitutionId, u32);

impl Auditor {
    /// An entry that belongs to no attempt.
    pub(super) fn post_settlement(&mut self, at: Instant, book: InstitutionId, entry: Entry) {
        self.check_clock(at, book);
        self.book((at, book), entry);
        let (debit, credit, amount) = entry;
        self.docket.check(Law::NoDebitWithoutHold, at, debit != Account::CustomerFunds, |names| {
            let what = format!("entry in the book of {}", names.of(book));
            [what, "customer funds debited for an attempt".to_owned(), "for none".to_owned()]
        });
        let minor = i128::from(amount.minor());
        if credit == Account::CustomerFunds {
            self.unbooked_funds[book.index()] -= minor;
        }
        let settles = book == self.settlement_bank;
        let left = match (debit, credit) {
            (Account::DueTo(creditor), Account::Settlement) if self.books.knows(creditor) => {
                let news = &mut self.books.news_mut(book, creditor).owed;
                *news -= minor;
                Some(*news)
            }
            (Account::Settlement, Account::DueFrom(debtor)) if self.books.knows(debtor) => {
                let news = &mut self.books.news_mut(debtor, book).due;
                *news -= minor;
                Some(*news)
            }
            _ => None,
        };
        let known = match (debit, credit) {
            (Account::Settlement, Account::Capital)
            | (Account::Capital, Account::CustomerFunds) => at == Instant::EPOCH,
            (Account::ReserveOf(_), Account::Capital)
            | (Account::Capital, Account::ReserveOf(_)) => settles,
            (debit, _) => left.is_some() || debit == Account::CustomerFunds,
        };
        self.docket.check(Law::BooksBalance, at, known, |names| {
            let what = format!("entry in the book of {}", names.of(book));
            let expected = "an opening entry, a settlement or its news".to_owned();
            [what, expected, format!("{debit:?} / {credit:?} {minor} at {} ns", at.nanos())]
        });
        let Some(left) = left else { return };
        self.docket.check(Law::MirrorAccounts, at, left >= 0, |names| {
            let what = format!("{debit:?} / {credit:?} in the book of {}", names.of(book));
            [what, "at most what was settled".to_owned(), format!("{} too much", -left)]
        });
    }

    /// An obligation was cleared into its house's open cycle, and is worth something.
    pub(super) fn check_obligation(&mut self, (at, house, cycle): Place, amount: Amount) {
        self.check_clock(at, house);
        let open = self.houses.of(house).open;
        self.docket.test(Law::ClearedIsSettledOrOpen, at, cycle == open, |names| {
            let what = format!("obligation cleared by {}", names.of(house));
            [what, format!("in the open cycle {open}"), format!("in cycle {cycle}")]
        });
        self.docket.test(Law::PositionsSumToZero, at, amount > Amount::ZERO, |names| {
            let what = format!("obligation cleared by {}", names.of(house));
            [what, "an amount above zero".to_owned(), "zero".to_owned()]
        });
    }

    pub(super) fn cut_off(&mut self, at: Instant, house: InstitutionId, cycle: u32) {
        self.tick(at, house);
        let rebuilt = self.houses.of(house);
        let open = rebuilt.open;
        if let Some(before) = rebuilt.closed.last() {
            check_told(&mut self.docket, (at, house), before);
        }
        rebuilt.cut_off();
        self.docket.check(Law::ClearedIsSettledOrOpen, at, cycle == open, |names| {
            let what = format!("cut-off of {}", names.of(house));
            [what, format!("closes cycle {open}"), format!("closes cycle {cycle}")]
        });
        self.prove_mirrors(at);
        self.prove_reserves(at);
    }

    pub(super) fn netted(
        &mut self,
        (at, house, cycle): Place,
        participant: InstitutionId,
        told: [Amount; 4],
    ) {
        self.tick(at, house);
        let told = told.map(|amount| u128::from(amount.minor()));
        let waiting = self.houses.of(house).waiting(cycle);
        let mut expected = None;
        if let Some(waiting) = waiting {
            waiting.told.0 += told[0];
            waiting.told.1 += told[1];
            if let Some(row) = waiting.row_mut(participant.index()) {
                let sums = row.sums;
                if !std::mem::replace(&mut row.netted, true) {
                    expected = Some([sums.debit, sums.credit, sums.fee_debit, sums.fee_credit]);
                }
            }
        }
        self.docket.check(Law::PositionsSumToZero, at, expected == Some(told), |names| {
            let who = names.of(participant);
            let what = format!("position of {who} in cycle {cycle} of {}", names.of(house));
            let expected =
                expected.map_or("none, or none again".to_owned(), |it| format!("{it:?}"));
            [what, expected, format!("{told:?}")]
        });
    }

    pub(super) fn reserve_moved(
        &mut self,
        (at, house, cycle): Place,
        participant: InstitutionId,
        [debit, credit, balance]: [Amount; 3],
    ) {
        self.tick(at, self.settlement_bank);
        let net = i128::from(credit.minor()) - i128::from(debit.minor());
        let reserve = &mut self.reserves[participant.index()];
        *reserve += net;
        let after = *reserve;
        let lawful = after >= 0 && after == i128::from(balance.minor());
        self.docket.check(Law::Conservation, at, lawful, |names| {
            let what = format!("reserve of {} after its move", names.of(participant));
            [what, format!("{after}, not negative"), balance.minor().to_string()]
        });
        let mut expected = None;
        if let Some(waiting) = self.houses.of(house).waiting(cycle) {
            waiting.moved += net;
            if let Some(row) = waiting.row_mut(participant.index())
                && !std::mem::replace(&mut row.moved, true)
                && row.netted
            {
                expected = Some(row.sums.net());
            }
        }
        self.docket.check(Law::Conservation, at, expected == Some(net), |names| {
            let who = names.of(participant);
            let what = format!("move of {who} for cycle {cycle} of {}", names.of(house));
            let expected = expected.map_or("no move".to_owned(), |net| net.to_string());
            [what, expected, net.to_string()]
        });
    }

    pub(super) fn settled(&mut self, at: Instant, house: InstitutionId, cycle: u32) {
        self.tick(at, self.settlement_bank);
        let settled = self.houses.of(house).settle(cycle);
        let missing = settled.as_ref().and_then(|cycle| {
            cycle.rows.iter().find(|row| !row.moved && row.sums.net() != 0).copied()
        });
        let lawful = settled.is_some() && missing.is_none();
        self.docket.check(Law::ClearedIsSettledOrOpen, at, lawful, |names| {
            let what = format!("settlement of cycle {cycle} of {}", names.of(house));
            let observed = missing.map_or("no such cycle waits".to_owned(), |row| {
                format!("{} was not moved", names.at(row.participant))
            });
            [what, "once, with every position moved".to_owned(), observed]
        });
        let Some(settled) = settled else { return };
        check_told(&mut self.docket, (at, house), &settled);
        self.docket.check(Law::Conservation, at, settled.moved == 0, |names| {
            let what = format!("moves for cycle {cycle} of {}", names.of(house));
            [what, "a sum of zero".to_owned(), settled.moved.to_string()]
        });
        for &(debtor, creditor, amount) in &settled.pairs {
            let (debtor, creditor) = (InstitutionId::new(debtor), InstitutionId::new(creditor));
            let news = self.books.news_mut(debtor, creditor);
            news.owed += amount.cast_signed();
            news.due += amount.cast_signed();
        }
    }

    pub(super) fn postponed(&mut self, (at, house, cycle): Place, told: (InstitutionId, Amount)) {
        self.tick(at, self.settlement_bank);
        let mut lacking = None;
        let mut untouched = false;
        if let Some(waiting) = self.houses.of(house).waiting(cycle) {
            waiting.postponed = true;
            untouched = waiting.rows.iter().all(|row| !row.moved);
            let short = |row: &super::house::Row| {
                let left = self.reserves[row.participant] + row.sums.net();
                (left < 0).then_some((row.participant, left.unsigned_abs()))
            };
            lacking = waiting.rows.iter().find_map(short);
        }
        let short = (told.0.index(), u128::from(told.1.minor()));
        let lawful = untouched && lacking == Some(short);
        self.docket.check(Law::ClearedIsSettledOrOpen, at, lawful, |names| {
            let what = format!("postponement of cycle {cycle} of {}", names.of(house));
            let words = |(who, minor): (usize, u128)| format!("{} lacks {minor}", names.at(who));
            let expected = lacking.map_or("a cycle that waits, and lacks cover".to_owned(), words);
            [what, expected, format!("{}, untouched: {untouched}", words(short))]
        });
    }

    /// The end of the run: every obligation lies in exactly one place.
    pub(super) fn end_settlement(&mut self, end: Instant) {
        for (index, house) in self.houses.iter() {
            for cycle in &house.closed {
                check_told(&mut self.docket, (end, InstitutionId::new(index)), cycle);
                let why = cycle.postponed;
                self.docket.check(Law::ClearedIsSettledOrOpen, end, why, |names| {
                    let what = format!("open cycle {} of {}", cycle.number, names.at(index));
                    let expected = "settled, or postponed for want of cover".to_owned();
                    [what, expected, "the settlement bank never tried it".to_owned()]
                });
                let untouched = cycle.rows.iter().all(|row| !row.moved);
                self.docket.check(Law::Conservation, end, untouched, |names| {
                    let what = format!("open cycle {} of {}", cycle.number, names.at(index));
                    [what, "no position moved".to_owned(), "some were".to_owned()]
                });
            }
            let waiting: u128 = house.closed.iter().map(|cycle| cycle.value).sum();
            let found = house.settled + waiting + house.open_value();
            let lawful = found == house.cleared;
            self.docket.check(Law::ClearedIsSettledOrOpen, end, lawful, |names| {
                let what = format!("all that {} cleared", names.at(index));
                [what, house.cleared.to_string(), found.to_string()]
            });
        }
    }

    /// Explains every difference between two books by open items and by news on its way. Both
    /// sides are sums over all pairs in which each pair has a weight of its own: they agree
    /// only where every pair does.
    pub(super) fn prove_mirrors(&mut self, at: Instant) {
        let mut unexplained = 0_u64;
        let mut first = None;
        for (debtor, creditor, weight, difference) in self.books.differences() {
            first = first.or(Some((debtor, creditor, difference)));
            unexplained = unexplained.wrapping_add(low_bits(difference).wrapping_mul(weight));
        }
        unexplained = unexplained.wrapping_sub(self.rests);
        for case in self.cases.iter() {
            unexplained = unexplained.wrapping_sub(self.books.one_sided(case));
        }
        self.docket.check(Law::MirrorAccounts, at, unexplained == 0, |names| {
            let Some((debtor, creditor, difference)) = first else {
                let expected = "one-sided items of open attempts in the books".to_owned();
                return ["all pairs".to_owned(), expected, "books without them".to_owned()];
            };
            let what = format!("what {} owes {}", names.at(debtor), names.at(creditor));
            let observed = format!("the books differ by {difference}, first of such pairs");
            [what, "open items explain every difference".to_owned(), observed]
        });
    }

    /// The end of the run: what was settled is booked by both sides.
    pub(super) fn end_news(&mut self, end: Instant) {
        for (debtor, creditor, news) in self.books.late_news() {
            let (owed, due) = (news.owed, news.due);
            self.docket.check(Law::MirrorAccounts, end, false, |names| {
                let what = format!("settled of {} to {}", names.at(debtor), names.at(creditor));
                let observed = format!("{owed} not booked by the debtor, {due} by the creditor");
                [what, "booked by both".to_owned(), observed]
            });
        }
    }

    /// Compares reserves as moved, as booked by the settlement bank, and as booked by their
    /// owners up to news on its way.
    pub(super) fn prove_reserves(&mut self, at: Instant) {
        for (index, &reserve) in self.reserves.iter().enumerate() {
            let booked = self.books.reserve(index);
            self.docket.check(Law::Conservation, at, booked == reserve, |names| {
                let what = format!("reserve of {} in the settlement bank's book", names.at(index));
                [what, reserve.to_string(), booked.to_string()]
            });
            if index == self.settlement_bank.index() {
                continue;
            }
            let own = self.books.settlement(index) + self.books.news(index);
            self.docket.check(Law::MirrorAccounts, at, own == reserve, |names| {
                let what = format!("settlement account in the book of {}", names.at(index));
                [what, reserve.to_string(), own.to_string()]
            });
        }
        let total: i128 = self.reserves.iter().sum();
        let opening: i128 = self.opening.iter().sum();
        self.docket.check(Law::Conservation, at, total == opening, |_| {
            ["all reserves".to_owned(), opening.to_string(), total.to_string()]
        });
    }

    /// Adds every book up.
    pub(super) fn balance_books(&mut self, end: Instant) {
        for index in 0..self.opening.len() {
            let sum = self.books.imbalance(index, index == self.settlement_bank.index());
            self.docket.check(Law::BooksBalance, end, sum == 0, |names| {
                let what = format!("book of {}", names.at(index));
                [what, "debits equal credits".to_owned(), format!("{sum} more debits")]
            });
            let unbooked = self.unbooked_funds[index];
            self.docket.check(Law::BooksBalance, end, unbooked == 0, |names| {
                let what = format!("opening customer funds in the book of {}", names.at(index));
                [what, "as the scenario says".to_owned(), format!("{unbooked} less")]
            });
        }
    }
}

/// A signed sum modulo 2⁶⁴.
#[expect(clippy::cast_possible_truncation, reason = "sums of marked items are modulo 2^64")]
fn low_bits(sum: i128) -> u64 {
    sum.cast_unsigned() as u64
}

/// Every participant with business was told its position, and the positions sum to zero.
fn check_told(docket: &mut Docket, (at, house): (Instant, InstitutionId), cycle: &Cycle) {
    let complete = cycle.rows.iter().all(|row| row.netted);
    let lawful = complete && cycle.told == (cycle.value, cycle.value);
    docket.check(Law::PositionsSumToZero, at, lawful, |names| {
        let what = format!("positions of cycle {} of {}", cycle.number, names.of(house));
        let expected = format!("debits {0} and credits {0}, all told", cycle.value);
        [what, expected, format!("debits {} and credits {}", cycle.told.0, cycle.told.1)]
    });
}
