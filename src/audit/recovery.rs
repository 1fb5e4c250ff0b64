//! Time-outs and what follows them: late acts, counter-entries, and the end of such an attempt.
//!
//! An attempt that met a time-out may be spoken of until it is told as finished. By then it has
//! left what its status asks for; or a reversal was given up, and what is left is an open
//! one-sided item, whose claims explain the difference between the books from then on.

use super::auditor::Auditor;
use super::books::Entry;
use super::case::{Case, Ending};
use super::entries::weigh;
use super::fees::{Voice, give_back};
use super::law::{Law, attempt};
use super::marks::Marks;
use super::schedule::Fee;
use crate::model::fact::{Account, Attempt, Exchange, Recovery};
use crate::units::{Instant, InstitutionId, Obligation};

impl Auditor {
    /// A step of recovery.
    pub(super) fn recovers(
        &mut self,
        at: Instant,
        (what, by, exchange): (Recovery, InstitutionId, Exchange),
        of: Attempt,
    ) {
        self.tick(at, by);
        let Some(case) = self.cases.get(of) else { return self.unknown(at, of.into()) };
        let before = *case;
        match what {
            Recovery::TimedOut => case.marks = case.marks.and(Marks::LATE),
            Recovery::Abandoned => case.marks = case.marks.and(Marks::ABANDONED),
            Recovery::Undone => self.undoing = Some((at, by, of.id)),
            Recovery::TurnedAway => self.turned_away = None,
            Recovery::Polled | Recovery::Reversed | Recovery::Acknowledged => {}
        }
        self.acts_in_time(at, of, &before);
        let by_till = exchange == Exchange::Pay && before.is_presented_by_consumer();
        let asker = if by_till { before.acquirer() } else { before.wallet() };
        let place = match what {
            Recovery::Undone | Recovery::TurnedAway => true,
            _ => by == asker,
        };
        let late = before.marks.has(Marks::LATE) || what == Recovery::TimedOut;
        self.docket.check(Law::Causality, at, place && late, |names| {
            let what = format!("{}, {} by {}", attempt(of.id), what.name(), names.of(by));
            let expected = format!("by {}, after a time-out", names.of(asker));
            [what, expected, format!("while {}", before.marks.stage())]
        });
    }

    /// A message was lost.
    pub(super) fn lost(&mut self, at: Instant, from: InstitutionId, of: Attempt) {
        self.tick(at, from);
        let may = self.loses;
        self.docket.check(Law::Causality, at, may, |names| {
            let what = format!("{}, message of {}", attempt(of.id), names.of(from));
            [what, "links that lose nothing".to_owned(), "a lost message".to_owned()]
        });
        match self.cases.get(of) {
            Some(case) => {
                let before = *case;
                self.acts_in_time(at, of, &before);
            }
            None => self.unknown(at, of.into()),
        }
    }

    /// Whether this institution takes an attempt back just now.
    pub(super) fn undoes(&self, at: Instant, by: InstitutionId, of: Attempt) -> bool {
        self.undoing == Some((at, by, of.id))
    }

    /// A counter-entry.
    pub(super) fn unpost(
        &mut self,
        (at, book): (Instant, InstitutionId),
        entry: Entry,
        of: Attempt,
    ) {
        self.tick(at, book);
        self.book((at, book), entry);
        let (debit, credit, amount) = entry;
        let Some(case) = self.cases.get(of) else { return self.unknown(at, of.into()) };
        let before = *case;
        let fee = match (debit, credit) {
            (Account::FeeIncome, Account::DueFrom(payer)) => Some((payer, book, Voice::Earner)),
            (Account::FeeIncome, Account::MerchantPayable) => Some((book, book, Voice::Earner)),
            (Account::DueTo(earner), Account::FeeExpense) => Some((book, earner, Voice::Payer)),
            _ => None,
        };
        if let Some((payer, earner, voice)) = fee {
            give_back(case, &self.books, (payer, earner, amount), voice);
            weigh(case, &self.books, (book, entry), Marks::NONE);
            return self.acts_in_time(at, of, &before);
        }
        let wallet = before.wallet();
        let (left, fits) = match (debit, credit) {
            (Account::DueTo(to), Account::CustomerFunds) if book == wallet => {
                (Marks::WALLET_DEBIT, to == before.acquirer())
            }
            (Account::DueTo(to), Account::CustomerFunds) => {
                (Marks::BANK_DEBIT, to == wallet && before.is_bank(book))
            }
            (Account::MerchantPayable, Account::DueFrom(from)) => {
                (Marks::CREDITED, from == wallet && book == before.acquirer())
            }
            _ => (Marks::NONE, false),
        };
        let lawful = fits && before.marks.has(left) && amount.minor() == before.amount;
        if lawful {
            let undone = match left {
                Marks::BANK_DEBIT => Marks::BANK_UNDONE,
                Marks::WALLET_DEBIT => Marks::WALLET_UNDONE,
                _ => Marks::NONE,
            };
            case.marks = case.marks.without(left).and(undone);
        } else {
            weigh(case, &self.books, (book, entry), Marks::NONE);
        }
        self.acts_in_time(at, of, &before);
        self.docket.check(Law::AcceptedMeansPaid, at, lawful, |names| {
            let what = format!("{}, book of {}", attempt(of.id), names.of(book));
            let expected = format!("once the counter-entry of {} booked before", before.amount);
            [what, expected, format!("{debit:?} / {credit:?} {}", amount.minor())]
        });
    }

    /// A counter-obligation.
    pub(super) fn unclear(
        &mut self,
        (at, house, cycle): (Instant, InstitutionId, u32),
        (obligation, fee): (Obligation, bool),
        of: Attempt,
    ) {
        self.check_obligation((at, house, cycle), obligation.amount);
        let Some(case) = self.cases.get(of) else { return self.unknown(at, of.into()) };
        let before = *case;
        let (debtor, creditor) = (obligation.debtor_agent, obligation.creditor_agent);
        if fee {
            let parties = (creditor, debtor, obligation.amount);
            give_back(case, &self.books, parties, Voice::Cycle(house));
            return self.acts_in_time(at, of, &before);
        }
        let pays = creditor == before.wallet()
            && debtor == before.acquirer()
            && before.clears_at(house)
            && before.marks.has(Marks::PAY_LEG);
        let debits = debtor == before.wallet()
            && before.is_bank(creditor)
            && before.clears_debit_at(house)
            && before.marks.has(Marks::BANK_LEG);
        let left = if pays { Marks::PAY_LEG } else { Marks::BANK_LEG };
        let lawful = (pays || debits) && obligation.amount.minor() == before.amount;
        if lawful {
            case.marks = case.marks.without(left);
        }
        self.acts_in_time(at, of, &before);
        self.docket.check(Law::AcceptedMeansPaid, at, lawful, |names| {
            let what = format!("{}, cleared back by {}", attempt(of.id), names.of(house));
            let expected = format!("once the obligation of {} cleared before", before.amount);
            [what, expected, format!("{:?}", before.marks.words())]
        });
    }

    /// A fee was given back: it must have been charged.
    pub(super) fn fee_returned(&mut self, at: Instant, (leg, told): (usize, Fee), of: Attempt) {
        let charge = self.charge_words((leg, told), of);
        let Some((item, known)) = charge else { return self.unknown(at, of.into()) };
        let had = self.take_charge(leg, of);
        let Some(case) = self.cases.get(of) else { return };
        let before = *case;
        case.fees = case.fees.wrapping_sub(item);
        self.acts_in_time(at, of, &before);
        self.docket.check(Law::FeesAddUp, at, had && known, |_| {
            let expected = "a fee that was charged".to_owned();
            [format!("{}, leg {leg}", attempt(of.id)), expected, format!("{told:?}")]
        });
    }

    /// Nothing of the attempt is under way any more: what has it left?
    pub(super) fn finished(&mut self, at: Instant, of: Attempt) {
        let (_, in_time) = self.source(at, of.id.source());
        let Some(case) = self.cases.get(of) else { return self.unknown(at, of.into()) };
        let before = *case;
        case.marks = case.marks.without(Marks::LATE);
        let over = before.marks.has(Marks::LATE.and(Marks::CONCLUDED)) && in_time;
        self.docket.check(Law::OneTerminalStatus, at, over, |_| {
            let expected = "an attempt that was late and is concluded".to_owned();
            [attempt(of.id), expected, before.marks.stage().to_owned()]
        });
        if before.status() == Ending::ACCEPTED {
            return;
        }
        let money = before.marks.among(Marks::MONEY);
        let even = self.books.one_sided(&before) == 0 && before.fees == 0;
        let stays = money == Marks::BANK_ONLY;
        let clean = (money == Marks::NONE || stays) && even;
        if clean {
            return self.check_legs_left(at, of, stays);
        }
        // The sum of its claims is an open item; another attempt may take its slot.
        self.rests = self.rests.wrapping_add(self.books.one_sided(&before));
        self.one_sided += 1;
        self.far_legs.retain(|(id, _)| *id != of.id);
        if let Some(case) = self.cases.get(of) {
            self.books.forget(case);
        }
        let allowed = before.marks.has(Marks::ABANDONED);
        self.docket.check(Law::AcceptedMeansPaid, at, allowed, |_| {
            let what = format!("{}, finished", attempt(of.id));
            let expected = "nothing left, once everybody has acknowledged".to_owned();
            [what, expected, format!("{}, fees even: {}", money.words(), before.fees == 0)]
        });
    }
}

impl Case {
    /// Whether the acquiring side asks the wallet.
    fn is_presented_by_consumer(&self) -> bool {
        let mode = crate::scenario::Mode::ConsumerPresented as usize;
        self.marks.kind() % 4 == mode && !self.is_background()
    }
}
