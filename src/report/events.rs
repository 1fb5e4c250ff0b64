//! `events.ndjson`, on request: one JSON object a fact, streamed.

use std::io::{self, Write};

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;

use crate::model::fact::{Account, Attempt, Exchange, Fact, Observer, Purchase};
use crate::scenario::Scenario;
use crate::units::{Instant, InstitutionId, Obligation, Status};

pub(super) const FILE: &str = "events.ndjson";

/// Named values in a fixed order.
struct Fields(Vec<(&'static str, Value)>);

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let mut map = out.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// One line.
#[derive(serde::Serialize)]
struct Line<'a> {
    policy: &'a str,
    replication: u32,
    time_ns: u64,
    entity: &'a str,
    kind: &'static str,
    fields: Fields,
}

/// What a fact says: who owns it, what it is called, and its values.
struct Told {
    entity: Option<InstitutionId>,
    kind: &'static str,
    fields: Vec<(&'static str, Value)>,
}

/// Streams the facts of one run. Holds none of them.
pub struct EventsWriter<'a, W> {
    scenario: &'a Scenario,
    policy: &'a str,
    replication: u32,
    out: W,
    error: Option<io::Error>,
}

impl<'a, W: Write> EventsWriter<'a, W> {
    /// A writer of the facts of one run.
    pub fn new(scenario: &'a Scenario, policy: &'a str, replication: u32, out: W) -> Self {
        Self { scenario, policy, replication, out, error: None }
    }

    /// Flushes, and gives the destination back.
    ///
    /// # Errors
    /// The first error met while writing.
    pub fn finish(mut self) -> io::Result<W> {
        self.error.map_or(Ok(()), Err)?;
        self.out.flush()?;
        Ok(self.out)
    }
}

impl<W: Write> Observer for EventsWriter<'_, W> {
    fn observe(&mut self, at: Instant, fact: &Fact) {
        if self.error.is_some() {
            return;
        }
        let teller = Teller { scenario: self.scenario };
        let Told { entity, kind, fields } = teller.tell(fact);
        let line = Line {
            policy: self.policy,
            replication: self.replication,
            time_ns: at.nanos(),
            entity: entity.map_or("shoppers", |id| teller.name(id)),
            kind,
            fields: Fields(fields),
        };
        let written = serde_json::to_writer(&mut self.out, &line).map_err(io::Error::from);
        self.error = written.and_then(|()| self.out.write_all(b"\n")).err();
    }
}

/// Puts names to ids.
struct Teller<'a> {
    scenario: &'a Scenario,
}

impl<'a> Teller<'a> {
    fn name(&self, id: InstitutionId) -> &'a str {
        &self.scenario.institution(id).name
    }

    fn tell(&self, fact: &Fact) -> Told {
        match *fact {
            Fact::Intended { .. }
            | Fact::Opened { .. }
            | Fact::Unreadable { .. }
            | Fact::Exchanged { .. }
            | Fact::Answered { .. }
            | Fact::Closed { .. }
            | Fact::Concluded { .. } => self.tell_payment(fact),
            Fact::Authorised { by, of, tier } => {
                told(by, "authorised", vec![payment(of), ("tier", tier.name().into())])
            }
            Fact::Recovery { what, by, exchange, of } => {
                let step = ("step", what.name().into());
                let exchange = ("exchange", exchange_name(exchange).into());
                told(by, "recovery", vec![step, exchange, payment(of)])
            }
            Fact::Lost { from, to, of } => {
                told(from, "lost", vec![("to", self.name(to).into()), payment(of)])
            }
            Fact::Finished { of } => {
                Told { entity: None, kind: "finished", fields: vec![payment(of)] }
            }
            Fact::Screened { by, of, fraud, refused } => {
                let fields =
                    vec![payment(of), ("fraud", fraud.into()), ("refused", refused.into())];
                told(by, "screened", fields)
            }
            Fact::Released { by, of } => told(by, "released", vec![payment(of)]),
            Fact::Visited { .. }
            | Fact::TurnedAway { .. }
            | Fact::Refused { .. }
            | Fact::OutageBegan { .. }
            | Fact::OutageEnded { .. } => tell_station(fact),
            Fact::HoldPlaced { book, of, amount } => {
                told(book, "hold_placed", vec![payment(of), amount_minor(amount)])
            }
            Fact::HoldPosted { book, of, amount } => {
                told(book, "hold_posted", vec![payment(of), amount_minor(amount)])
            }
            Fact::HoldVoided { book, of, amount } => {
                told(book, "hold_voided", vec![payment(of), amount_minor(amount)])
            }
            Fact::Posted { book, debit, credit, amount, of } => {
                let accounts = [("debit", debit), ("credit", credit)];
                let accounts = accounts.map(|(side, account)| (side, self.account(account).into()));
                let mut fields = accounts.to_vec();
                fields.push(amount_minor(amount));
                fields.extend(of.map(payment));
                told(book, "posted", fields)
            }
            _ => self.tell_clearing(fact),
        }
    }

    fn tell_payment(&self, fact: &Fact) -> Told {
        let (kind, fields) = match *fact {
            Fact::Intended { .. } => ("intended", self.intended(fact)),
            Fact::Opened { .. } => ("opened", self.opened(fact)),
            Fact::Unreadable { of, wallet, mode } => (
                "unreadable",
                vec![
                    payment(of),
                    ("wallet", self.name(wallet).into()),
                    ("mode", mode.name().into()),
                ],
            ),
            Fact::Exchanged { exchange, of, route, elapsed, status } => {
                let mut fields = vec![payment(of), ("exchange", exchange_name(exchange).into())];
                fields.push(("route", route.name().into()));
                fields.push(("elapsed_ns", elapsed.nanos().into()));
                fields.extend(outcome(status));
                ("exchanged", fields)
            }
            Fact::Answered { of, route, elapsed, messages, status } => {
                let mut fields = vec![payment(of), ("route", route.name().into())];
                fields.push(("elapsed_ns", elapsed.nanos().into()));
                fields.push(("messages", messages.into()));
                fields.extend(outcome(status));
                ("answered", fields)
            }
            Fact::Closed { of, status } => {
                ("closed", [payment(of)].into_iter().chain(outcome(status)).collect())
            }
            Fact::Concluded { of, route, elapsed, purchase, status } => {
                let mut fields = vec![payment(of), ("purchase", purchase_name(purchase).into())];
                fields.push(("route", route.map(crate::model::fact::RouteClass::name).into()));
                fields.push(("elapsed_ns", elapsed.nanos().into()));
                fields.extend(outcome(status));
                ("concluded", fields)
            }
            _ => unreachable!("not a fact of a payment"),
        };
        Told { entity: None, kind, fields }
    }

    fn intended(&self, fact: &Fact) -> Vec<(&'static str, Value)> {
        let Fact::Intended { source, intention, consumer, merchant, amount, counted } = *fact
        else {
            unreachable!("not an intention")
        };
        vec![
            ("source", source.index().into()),
            ("intention", intention.into()),
            ("consumer", consumer.into()),
            ("merchant", merchant.map(|id| self.merchant(id)).into()),
            amount_minor(amount),
            ("counted", counted.into()),
        ]
    }

    fn opened(&self, fact: &Fact) -> Vec<(&'static str, Value)> {
        use Fact as F;
        let &F::Opened { of, wallet, acquirer, bank, house, debit_house, issuer, route, amount } =
            fact
        else {
            unreachable!("not an opening")
        };
        vec![
            payment(of),
            ("wallet", self.name(wallet).into()),
            ("acquirer", self.name(acquirer).into()),
            ("bank", bank.map(|id| self.name(id)).into()),
            ("house", house.map(|id| self.name(id)).into()),
            ("debit_house", debit_house.map(|id| self.name(id)).into()),
            ("issuer", self.name(issuer).into()),
            ("route", route.name().into()),
            amount_minor(amount),
        ]
    }

    fn tell_clearing(&self, fact: &Fact) -> Told {
        match *fact {
            Fact::Cleared { house, cycle, obligation, fee, of } => {
                let Obligation { debtor_agent, creditor_agent, amount } = obligation;
                let fields = vec![
                    ("cycle", cycle.into()),
                    ("debtor_agent", self.name(debtor_agent).into()),
                    ("creditor_agent", self.name(creditor_agent).into()),
                    amount_minor(amount),
                    ("fee", fee.into()),
                    payment(of),
                ];
                told(house, "cleared", fields)
            }
            Fact::Charged { leg, payer, earner, amount, of }
            | Fact::FeeReturned { leg, payer, earner, amount, of } => {
                let payer = payer.map_or("merchants", |id| self.name(id));
                let fields = vec![("leg", leg.into()), ("payer", payer.into())];
                let returned = matches!(fact, Fact::FeeReturned { .. });
                let kind = if returned { "fee_returned" } else { "charged" };
                told(earner, kind, [fields, vec![amount_minor(amount), payment(of)]].concat())
            }
            Fact::CutOff { house, cycle } => told(house, "cut_off", vec![("cycle", cycle.into())]),
            Fact::Netted { house, cycle, participant, debit, credit, fee_debit, fee_credit } => {
                let fields = vec![
                    ("cycle", cycle.into()),
                    ("participant", self.name(participant).into()),
                    ("debit_minor", debit.minor().into()),
                    ("credit_minor", credit.minor().into()),
                    ("fee_debit_minor", fee_debit.minor().into()),
                    ("fee_credit_minor", fee_credit.minor().into()),
                ];
                told(house, "netted", fields)
            }
            Fact::ReserveMoved { house, cycle, participant, debit, credit, balance } => {
                let fields = vec![
                    ("house", self.name(house).into()),
                    ("cycle", cycle.into()),
                    ("participant", self.name(participant).into()),
                    ("debit_minor", debit.minor().into()),
                    ("credit_minor", credit.minor().into()),
                    ("balance_minor", balance.minor().into()),
                ];
                told(self.scenario.settlement.bank, "reserve_moved", fields)
            }
            Fact::Settled { house, cycle } => told(house, "settled", vec![("cycle", cycle.into())]),
            Fact::Postponed { house, cycle, short, lacking } => {
                let fields = vec![
                    ("cycle", cycle.into()),
                    ("short", self.name(short).into()),
                    ("lacking_minor", lacking.minor().into()),
                ];
                told(house, "postponed", fields)
            }
            _ => unreachable!("not a fact of clearing"),
        }
    }

    fn merchant(&self, id: crate::units::MerchantClassId) -> &'a str {
        &self.scenario.merchants[id.index()].name
    }

    fn account(&self, account: Account) -> String {
        match account {
            Account::Settlement => "settlement".to_owned(),
            Account::CustomerFunds => "customer_funds".to_owned(),
            Account::MerchantPayable => "merchant_payable".to_owned(),
            Account::FeeIncome => "fee_income".to_owned(),
            Account::FeeExpense => "fee_expense".to_owned(),
            Account::Capital => "capital".to_owned(),
            Account::DueFrom(id) => format!("due_from.{}", self.name(id)),
            Account::DueTo(id) => format!("due_to.{}", self.name(id)),
            Account::ReserveOf(id) => format!("reserve_of.{}", self.name(id)),
        }
    }
}

fn tell_station(fact: &Fact) -> Told {
    match *fact {
        Fact::Visited { at, arrived, ahead, wait, service } => {
            let fields = vec![
                ("arrived_ns", arrived.nanos().into()),
                ("ahead", ahead.into()),
                ("wait_ns", wait.nanos().into()),
                ("service_ns", service.nanos().into()),
            ];
            told(at, "visited", fields)
        }
        Fact::TurnedAway { at, of } => told(at, "turned_away", vec![payment(of)]),
        Fact::OutageBegan { fault, at, lasts } => {
            let fields = vec![("fault", fault.into()), ("lasts_ns", lasts.nanos().into())];
            told(at, "outage_began", fields)
        }
        Fact::OutageEnded { fault, at } => told(at, "outage_ended", vec![("fault", fault.into())]),
        Fact::Refused { by, of, reason } => {
            told(by, "refused", vec![payment(of), ("reason", reason.name().into())])
        }
        _ => unreachable!("not a fact of a station"),
    }
}

fn told(entity: InstitutionId, kind: &'static str, fields: Vec<(&'static str, Value)>) -> Told {
    Told { entity: Some(entity), kind, fields }
}

fn payment(of: Attempt) -> (&'static str, Value) {
    let id = of.id;
    let text = format!("{}-{}-{}", id.source().index(), id.intention(), id.attempt());
    ("payment_id", text.into())
}

fn amount_minor(amount: crate::units::Amount) -> (&'static str, Value) {
    ("amount_minor", amount.minor().into())
}

fn outcome(status: Status) -> Vec<(&'static str, Value)> {
    let mut fields = vec![("outcome", status.outcome().into())];
    if let Status::Rejected(reason) = status {
        fields.push(("reason", reason.name().into()));
    }
    fields
}

const fn exchange_name(exchange: Exchange) -> &'static str {
    match exchange {
        Exchange::Parse => "parse",
        Exchange::Debit => "debit",
        Exchange::Pay => "pay",
    }
}

const fn purchase_name(purchase: Purchase) -> &'static str {
    match purchase {
        Purchase::FirstTry => "first_try",
        Purchase::AfterSwitch => "after_switch",
        Purchase::Unreadable => "unreadable",
        Purchase::Declined => "declined",
    }
}
