//! Every field of every fact of a real run is held against something, or the reason stands here
//! why it is not.

use hutong::model::fact::{Account, Attempt, Exchange, Fact, Funding, Purchase, Topology};
use hutong::scenario::{Mode, Tier};
use hutong::units::{Amount, Duration, InstitutionId, MerchantClassId, PaymentId, Reason, Status};

use crate::audit_mutations::{Known, LAWFUL, Verdicts, at_places, is_fee};
use crate::audit_streams::streams;
use crate::audit_world::{id, yuan};

const ROUTES: &str = "routes-follow-the-policy";
const TERMINAL: &str = "one-terminal-status";
const CAUSE: &str = "causality";
const HOLD: &str = "no-debit-without-hold";
const PAID: &str = "accepted-means-paid";
const FEES: &str = "fees-add-up";
const CLEARED: &str = "cleared-is-settled-or-open";
const POSITIONS: &str = "positions-sum-to-zero";
const CONSERVED: &str = "conservation";
const HOPS: &str = "messages-follow-the-law";
const BOOKS: &str = "books-balance";
const LIMITS: &str = "limits-are-kept";
const MIRROR: &str = "mirror-accounts";
/// Nothing definite: the change may be lawful here, or breaks one law or another.
const SKIP: &str = "?";

/// A field, what its change breaks, and the fact with that change.
type Altered = (&'static str, &'static str, Fact);

/// The fact with one change.
fn with(fact: &Fact, change: impl FnOnce(&mut Fact)) -> Fact {
    let mut altered = *fact;
    change(&mut altered);
    altered
}

/// Sets one field of a fact of this kind.
macro_rules! set {
    ($fact:expr, $kind:ident . $field:ident = $value:expr) => {{
        let value = $value;
        with($fact, |fact| {
            if let Fact::$kind { $field, .. } = fact {
                *$field = value;
            }
        })
    }};
}

/// Another institution than these: the last of the small worlds is the settlement bank or a
/// member of a group, and the first a party.
fn other(than: &[InstitutionId]) -> InstitutionId {
    (0..12).map(id).find(|one| !than.contains(one)).expect("twelve are enough")
}

fn flipped(status: Status) -> Status {
    if status == Status::Accepted {
        Status::Rejected(Reason::InvalidCode)
    } else {
        Status::Accepted
    }
}

fn one_more(amount: Amount) -> Amount {
    amount + yuan(1)
}

/// What an institution says of an attempt, with another attempt in it.
fn identities(of: Attempt) -> [(&'static str, Attempt); 3] {
    let next = PaymentId::new(of.id.source(), of.id.intention(), of.id.attempt() + 1);
    [
        ("attempt", Attempt { id: next, ..of }),
        ("slot", Attempt { slot: of.slot + 1, ..of }),
        ("counted", Attempt { counted: !of.counted, ..of }),
    ]
}

/// The attempt that an institution or a source speaks about.
fn of_mut(fact: &mut Fact) -> Option<&mut Attempt> {
    match fact {
        Fact::TurnedAway { of, .. }
        | Fact::Refused { of, .. }
        | Fact::Screened { of, .. }
        | Fact::Authorised { of, .. }
        | Fact::Released { of, .. }
        | Fact::HoldPlaced { of, .. }
        | Fact::HoldPosted { of, .. }
        | Fact::HoldVoided { of, .. }
        | Fact::Posted { of: Some(of), .. }
        | Fact::Cleared { of, .. }
        | Fact::Charged { of, .. }
        | Fact::Exchanged { of, .. }
        | Fact::Answered { of, .. }
        | Fact::Closed { of, .. }
        | Fact::Concluded { of, .. } => Some(of),
        _ => None,
    }
}

fn alter_identity(fact: &Fact) -> Vec<Altered> {
    let mut altered = *fact;
    let Some(of) = of_mut(&mut altered).copied() else { return Vec::new() };
    let each = |(name, wrong)| {
        let swap = |fact: &mut Fact| *of_mut(fact).expect("it speaks of one") = wrong;
        (name, CAUSE, with(fact, swap))
    };
    identities(of).map(each).to_vec()
}

fn alter_demand(known: &Known<'_>, fact: &Fact) -> Vec<Altered> {
    match *fact {
        Fact::Intended { source, intention, consumer, merchant, amount, counted } => {
            let first = PaymentId::new(source, intention, 0).raw();
            let opened = known.opened.contains(&first);
            let counter = if merchant.is_some() { None } else { Some(MerchantClassId::new(0)) };
            vec![
                ("intention", CAUSE, set!(fact, Intended.intention = intention + 1)),
                ("merchant", ROUTES, set!(fact, Intended.merchant = counter)),
                ("amount", if opened { ROUTES } else { SKIP }, {
                    set!(fact, Intended.amount = one_more(amount))
                }),
                ("nothing", ROUTES, set!(fact, Intended.amount = Amount::ZERO)),
                ("counted", ROUTES, set!(fact, Intended.counted = !counted)),
                // Which person of a class pays is no matter of money.
                ("consumer", LAWFUL, set!(fact, Intended.consumer = consumer + 1)),
            ]
        }
        Fact::Unreadable { of, wallet, .. } => {
            let stranger = Attempt { counted: !of.counted, ..of };
            vec![
                ("wallet", ROUTES, set!(fact, Unreadable.wallet = other(&[wallet]))),
                ("counted", ROUTES, set!(fact, Unreadable.of = stranger)),
            ]
        }
        Fact::Opened { of, .. } => {
            let slot = Attempt { slot: of.slot + 1, ..of };
            let counted = Attempt { counted: !of.counted, ..of };
            let spoken = known.spoken.contains(&of.id.raw());
            let mut all = alter_opening(fact);
            all.push(("counted", ROUTES, set!(fact, Opened.of = counted)));
            all.push(("slot", if spoken { CAUSE } else { SKIP }, set!(fact, Opened.of = slot)));
            all
        }
        Fact::Authorised { by, tier, .. } => {
            // A certificate is drawn: nobody else can tell A from B, nor B from C below the limits.
            let wrong = if tier == Tier::D { Tier::C } else { Tier::D };
            vec![
                ("tier", LIMITS, set!(fact, Authorised.tier = wrong)),
                ("by", LIMITS, set!(fact, Authorised.by = other(&[by]))),
            ]
        }
        Fact::Screened { by, ref of, .. } if known.accepted(of) => vec![
            ("by", CAUSE, set!(fact, Screened.by = other(&[by]))),
            ("refused", CAUSE, set!(fact, Screened.refused = true)),
            // What is fraud, the shopper alone knows.
            ("fraud", LAWFUL, set!(fact, Screened.fraud = true)),
        ],
        Fact::Released { by, .. } => {
            vec![("by", LIMITS, set!(fact, Released.by = other(&[by])))]
        }
        _ => Vec::new(),
    }
}

fn alter_opening(fact: &Fact) -> Vec<Altered> {
    let &Fact::Opened { wallet, acquirer, bank, house, debit_house, issuer, route, amount, .. } =
        fact
    else {
        return Vec::new();
    };
    let parties = [wallet, acquirer];
    let flip = |whose: Option<InstitutionId>| whose.is_none().then(|| other(&parties));
    let (mut path, mut funds, mut mode) = (route, route, route);
    path.topology = match route.topology {
        Topology::OneHub => Topology::TwoHubs,
        _ => Topology::OneHub,
    };
    funds.funding = match route.funding {
        Funding::Balance => Funding::Bank,
        Funding::Bank => Funding::Balance,
    };
    mode.mode = if route.mode == Mode::Static { Mode::Dynamic } else { Mode::Static };
    vec![
        ("wallet", ROUTES, set!(fact, Opened.wallet = other(&parties))),
        ("acquirer", ROUTES, set!(fact, Opened.acquirer = other(&parties))),
        ("a bank or none", ROUTES, set!(fact, Opened.bank = flip(bank))),
        ("a house or none", ROUTES, set!(fact, Opened.house = flip(house))),
        ("a debit house or none", ROUTES, set!(fact, Opened.debit_house = flip(debit_house))),
        ("bank", if bank.is_some() { ROUTES } else { SKIP }, {
            set!(fact, Opened.bank = Some(wallet))
        }),
        ("house", if house.is_some() { ROUTES } else { SKIP }, {
            set!(fact, Opened.house = house.map(|house| other(&[house])))
        }),
        ("debit house", if bank.is_some() { ROUTES } else { SKIP }, {
            set!(fact, Opened.debit_house = debit_house.map(|house| other(&[house])))
        }),
        ("issuer", ROUTES, set!(fact, Opened.issuer = other(&[issuer]))),
        ("topology", ROUTES, set!(fact, Opened.route = path)),
        ("funding", ROUTES, set!(fact, Opened.route = funds)),
        ("mode", SKIP, set!(fact, Opened.route = mode)),
        ("amount", ROUTES, set!(fact, Opened.amount = one_more(amount))),
    ]
}

fn alter_station(known: &Known<'_>, fact: &Fact) -> Vec<Altered> {
    match *fact {
        Fact::Visited { arrived, ahead, wait, service, .. } => {
            let next = Duration::from_nanos(1);
            vec![
                ("arrived", CAUSE, set!(fact, Visited.arrived = arrived + next)),
                // Lengths are measures; what a computed station commits to lies ahead.
                ("ahead", LAWFUL, set!(fact, Visited.ahead = ahead + 1)),
                ("wait", LAWFUL, set!(fact, Visited.wait = wait + next)),
                ("service", LAWFUL, set!(fact, Visited.service = service + next)),
            ]
        }
        Fact::TurnedAway { at, .. } => {
            vec![("at", CAUSE, set!(fact, TurnedAway.at = other(&[at])))]
        }
        Fact::Refused { reason, .. } => {
            let wrong =
                if reason == Reason::QueueFull { Reason::SystemError } else { Reason::QueueFull };
            vec![
                ("reason", CAUSE, set!(fact, Refused.reason = wrong)),
                // The settlement bank is on nobody's route.
                ("by", ROUTES, set!(fact, Refused.by = known.stream.scenario.settlement.bank)),
            ]
        }
        _ => Vec::new(),
    }
}

fn alter_hold(fact: &Fact) -> Vec<Altered> {
    let (Fact::HoldPlaced { book: told, .. }
    | Fact::HoldPosted { book: told, .. }
    | Fact::HoldVoided { book: told, .. }) = *fact
    else {
        return Vec::new();
    };
    let set_book = |to| {
        with(fact, |fact| match fact {
            Fact::HoldPlaced { book, .. }
            | Fact::HoldPosted { book, .. }
            | Fact::HoldVoided { book, .. } => *book = to,
            _ => {}
        })
    };
    let more = with(fact, |fact| match fact {
        Fact::HoldPlaced { amount, .. }
        | Fact::HoldPosted { amount, .. }
        | Fact::HoldVoided { amount, .. } => *amount = one_more(*amount),
        _ => {}
    });
    vec![("book", HOLD, set_book(other(&[told]))), ("amount", HOLD, more)]
}

fn alter_entry(known: &Known<'_>, fact: &Fact) -> Vec<Altered> {
    let Fact::Posted { book, debit, credit, amount, of } = *fact else { return Vec::new() };
    let set_amount = set!(fact, Posted.amount = one_more(amount));
    let (debits, credits) = {
        let strange = |account| {
            if account == Account::Capital { Account::FeeIncome } else { Account::Capital }
        };
        (set!(fact, Posted.debit = strange(debit)), set!(fact, Posted.credit = strange(credit)))
    };
    let Some(of) = of else {
        let law = match (debit, credit) {
            (Account::ReserveOf(_), _) | (_, Account::ReserveOf(_)) => CONSERVED,
            (_, Account::CustomerFunds) => BOOKS,
            _ => MIRROR,
        };
        let nothing = set!(fact, Posted.amount = Amount::ZERO);
        return vec![
            ("amount", law, set_amount),
            ("nothing", BOOKS, nothing),
            ("debit", BOOKS, debits),
            ("credit", BOOKS, credits),
        ];
    };
    let fee = is_fee(debit, credit);
    let answered = known.answered(&of);
    let law = match (fee, answered) {
        (false, _) => PAID,
        (true, true) => FEES,
        (true, false) => SKIP,
    };
    let own = if debit == Account::CustomerFunds { HOLD } else { BOOKS };
    vec![
        ("amount", law, set_amount),
        ("debit", if fee && !answered { SKIP } else { PAID }, debits),
        ("credit", if fee && !answered { SKIP } else { PAID }, credits),
        ("book", if answered && fee { FEES } else { SKIP }, {
            set!(fact, Posted.book = other(&[book]))
        }),
        ("for nobody", own, set!(fact, Posted.of = None)),
    ]
}

fn alter_clearing(known: &Known<'_>, fact: &Fact) -> Vec<Altered> {
    match *fact {
        Fact::Cleared { house, cycle, obligation, fee, of } => {
            let (mut swapped, mut more) = (obligation, obligation);
            swapped.debtor_agent = obligation.creditor_agent;
            swapped.creditor_agent = obligation.debtor_agent;
            more.amount = one_more(obligation.amount);
            let law = match (fee, known.answered(&of)) {
                (false, _) => PAID,
                (true, true) => FEES,
                (true, false) => SKIP,
            };
            vec![
                ("house", law, set!(fact, Cleared.house = other(&[house]))),
                ("cycle", CLEARED, set!(fact, Cleared.cycle = cycle + 1)),
                ("parties", law, set!(fact, Cleared.obligation = swapped)),
                ("amount", law, set!(fact, Cleared.obligation = more)),
                ("fee", law, set!(fact, Cleared.fee = !fee)),
            ]
        }
        Fact::Charged { leg, payer, earner, amount, .. } => {
            let wrong = if payer.is_some() { None } else { Some(other(&[earner])) };
            vec![
                ("leg", FEES, set!(fact, Charged.leg = leg + 1)),
                ("payer", FEES, set!(fact, Charged.payer = wrong)),
                ("earner", FEES, set!(fact, Charged.earner = other(&[earner]))),
                ("amount", FEES, set!(fact, Charged.amount = one_more(amount))),
            ]
        }
        Fact::CutOff { cycle, .. } => {
            vec![("cycle", CLEARED, set!(fact, CutOff.cycle = cycle + 1))]
        }
        Fact::Netted { cycle, participant, debit, credit, fee_debit, fee_credit, .. } => vec![
            ("cycle", POSITIONS, set!(fact, Netted.cycle = cycle + 1)),
            ("participant", POSITIONS, set!(fact, Netted.participant = other(&[participant]))),
            ("debit", POSITIONS, set!(fact, Netted.debit = one_more(debit))),
            ("credit", POSITIONS, set!(fact, Netted.credit = one_more(credit))),
            ("fee debit", POSITIONS, set!(fact, Netted.fee_debit = one_more(fee_debit))),
            ("fee credit", POSITIONS, set!(fact, Netted.fee_credit = one_more(fee_credit))),
        ],
        _ => Vec::new(),
    }
}

fn alter_settlement(fact: &Fact) -> Vec<Altered> {
    match *fact {
        Fact::ReserveMoved { cycle, participant, debit, credit, balance, .. } => vec![
            ("cycle", CONSERVED, set!(fact, ReserveMoved.cycle = cycle + 1)),
            ("participant", CONSERVED, {
                set!(fact, ReserveMoved.participant = other(&[participant]))
            }),
            ("debit", CONSERVED, set!(fact, ReserveMoved.debit = one_more(debit))),
            ("credit", CONSERVED, set!(fact, ReserveMoved.credit = one_more(credit))),
            ("balance", CONSERVED, set!(fact, ReserveMoved.balance = one_more(balance))),
        ],
        Fact::Settled { house, cycle } => vec![
            ("cycle", CLEARED, set!(fact, Settled.cycle = cycle + 1)),
            ("house", CLEARED, set!(fact, Settled.house = other(&[house]))),
        ],
        Fact::Postponed { cycle, short, lacking, .. } => vec![
            ("cycle", CLEARED, set!(fact, Postponed.cycle = cycle + 9)),
            ("short", CLEARED, set!(fact, Postponed.short = other(&[short]))),
            ("lacking", CLEARED, set!(fact, Postponed.lacking = one_more(lacking))),
        ],
        _ => Vec::new(),
    }
}

fn alter_ending(known: &Known<'_>, fact: &Fact) -> Vec<Altered> {
    let hour = Duration::from_secs(3600);
    let turn = |mut route: hutong::model::fact::RouteClass| {
        route.mode = if route.mode == Mode::Static { Mode::Dynamic } else { Mode::Static };
        route
    };
    match *fact {
        Fact::Exchanged { exchange, of, route, elapsed, status } => {
            let wrong = if exchange == Exchange::Pay { Exchange::Parse } else { Exchange::Pay };
            let law = if known.accepted(&of) { HOPS } else { SKIP };
            vec![
                ("exchange", law, set!(fact, Exchanged.exchange = wrong)),
                ("route", ROUTES, set!(fact, Exchanged.route = turn(route))),
                ("elapsed", CAUSE, set!(fact, Exchanged.elapsed = elapsed + hour)),
                ("status", TERMINAL, set!(fact, Exchanged.status = flipped(status))),
            ]
        }
        Fact::Answered { route, elapsed, messages, status, .. } => {
            let law = if status == Status::Accepted { HOPS } else { SKIP };
            vec![
                ("route", ROUTES, set!(fact, Answered.route = turn(route))),
                ("elapsed", CAUSE, set!(fact, Answered.elapsed = elapsed + hour)),
                ("an odd message", HOPS, set!(fact, Answered.messages = messages + 1)),
                ("two messages", law, set!(fact, Answered.messages = messages + 2)),
                ("status", TERMINAL, set!(fact, Answered.status = flipped(status))),
            ]
        }
        Fact::Closed { status, .. } => {
            vec![("status", TERMINAL, set!(fact, Closed.status = flipped(status)))]
        }
        Fact::Concluded { route, elapsed, purchase, status, .. } => {
            let wrong = if purchase == Purchase::Declined {
                Purchase::AfterSwitch
            } else {
                Purchase::Declined
            };
            vec![
                ("route", TERMINAL, set!(fact, Concluded.route = route.map(turn))),
                ("elapsed", TERMINAL, set!(fact, Concluded.elapsed = elapsed + hour)),
                ("purchase", TERMINAL, set!(fact, Concluded.purchase = wrong)),
                ("status", TERMINAL, set!(fact, Concluded.status = flipped(status))),
            ]
        }
        _ => Vec::new(),
    }
}

/// Every change of one field, but those that change nothing.
fn alterations(known: &Known<'_>, fact: &Fact) -> Vec<Altered> {
    let mut all = alter_demand(known, fact);
    all.extend(alter_identity(fact));
    all.extend(alter_station(known, fact));
    all.extend(alter_hold(fact));
    all.extend(alter_entry(known, fact));
    all.extend(alter_clearing(known, fact));
    all.extend(alter_settlement(fact));
    all.extend(alter_ending(known, fact));
    all.retain(|(_, _, altered)| altered != fact);
    all
}

#[test]
fn no_field_of_a_real_run_is_altered_unnoticed() {
    let mut verdicts = Verdicts::default();
    for stream in &streams() {
        let known = Known::new(stream);
        at_places(&known, &mut verdicts, |place| {
            let fact = &stream.facts[place].1;
            let all = alterations(&known, fact);
            let mutate = |(field, law, altered)| {
                let mut facts = stream.facts.clone();
                facts[place].1 = altered;
                (format!("other {field} of"), law, facts)
            };
            all.into_iter().map(mutate).collect()
        });
    }
    verdicts.all_right();
}
