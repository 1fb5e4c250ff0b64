//! `payments.csv`, on request: one row an attempt, streamed at its close.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::column::{Base, Column, CsvFile, RUN_FIELDS, Sheet};
use crate::model::fact::{Attempt, Fact, Observer, RouteClass, Topology};
use crate::scenario::{Mode, Scenario};
use crate::units::{Amount, Instant, InstitutionId, MerchantClassId, Reason, Status};

pub(super) const FILE: &str = "payments.csv";

/// One attempt, as far as facts have told.
struct Row {
    payment_id: String,
    kind: &'static str,
    began_us: u64,
    counted: bool,
    merchant: Option<String>,
    mode: Option<&'static str>,
    wallet: String,
    code: Option<String>,
    acquirer: Option<String>,
    route: Option<String>,
    amount: Amount,
    currency: String,
    outcome: &'static str,
    reason: Option<&'static str>,
    system_us: Option<u64>,
    user_us: u64,
    messages: Option<u8>,
}

const COLUMNS: &[Column<Row>] = &[
    Column::text("payment_id", "source-intention-attempt, each counted from 0", |r| {
        (&r.payment_id).into()
    }),
    Column::text(
        "kind",
        "payment: a shopper's; background: clearing traffic, which no figure of payments holds",
        |r| r.kind.into(),
    ),
    Column::whole("t_arrival_us", "us", "When the attempt began, since the epoch", |r| {
        r.began_us.into()
    }),
    Column::text("counted", "yes when its intention arose from warm-up to horizon", |r| {
        if r.counted { "yes" } else { "no" }.into()
    }),
    Column::maybe_text(
        "merchant",
        "Class of merchants; empty for background, and where a log gives a code instead",
        |r| r.merchant.as_ref().into(),
    ),
    Column::maybe_text("mode", "How the code was presented; empty for background", |r| {
        r.mode.into()
    }),
    Column::text("wallet", "The account side; the debtor for background", |r| (&r.wallet).into()),
    Column::maybe_text("code", "Whose code was used; empty where none was, or none read", |r| {
        r.code.as_ref().into()
    }),
    Column::maybe_text("acquirer", "The acquiring side; empty when no message was sent", |r| {
        r.acquirer.as_ref().into()
    }),
    Column::maybe_text("route", "Topology, funding and presentment", |r| r.route.as_ref().into()),
    Column::whole("amount_minor", "minor units", "How much", |r| r.amount.minor().into()),
    Column::text("currency", "ISO 4217 code", |r| (&r.currency).into()),
    Column::text(
        "outcome",
        "accepted, declined_business, declined_technical, or unreadable: no message was sent",
        |r| r.outcome.into(),
    ),
    Column::maybe_text("reason", "Why it was declined", |r| r.reason.into()),
    Column::maybe_whole("system_us", "us", "Between institutions, without human time", |r| {
        r.system_us.into()
    }),
    Column::whole("user_us", "us", "From the intention to this attempt's close", |r| {
        r.user_us.into()
    }),
    Column::maybe_whole("messages", "messages", "Transmissions between institutions", |r| {
        r.messages.into()
    }),
];

/// What `payments.csv` holds. Rows are in order of closing.
pub(super) fn sheet() -> Sheet {
    let run = RUN_FIELDS.map(|field| field.name);
    let own = COLUMNS.iter().map(|column| column.field);
    Sheet {
        file: FILE,
        title: "Payments: one row an attempt, in order of closing",
        base: Base::Run,
        key: [&run[..], &["payment_id", "wallet"]].concat(),
        fields: RUN_FIELDS.into_iter().chain(own).collect(),
    }
}

/// The header line.
pub(super) fn header() -> String {
    let names: Vec<&str> = sheet().fields.iter().map(|field| field.name).collect();
    names.join(",") + "\n"
}

/// An intention that is not over.
#[derive(Clone, Copy)]
struct Intention {
    at: Instant,
    /// When the attempt under way began: with the intention, or when the one before it was over.
    tried: Instant,
    merchant: Option<MerchantClassId>,
    amount: Amount,
}

/// An attempt in flight.
#[derive(Clone, Copy)]
struct Open {
    at: Instant,
    /// When its intention arose.
    began: Instant,
    wallet: InstitutionId,
    acquirer: InstitutionId,
    issuer: InstitutionId,
    route: RouteClass,
    amount: Amount,
    answered: Option<(u64, u8)>,
}

/// Streams the rows of one run, without a header. Holds what is in flight and no more.
pub struct PaymentsWriter<'a, W: Write> {
    scenario: &'a Scenario,
    policy: &'a str,
    replication: u32,
    out: CsvFile<W>,
    intentions: BTreeMap<(usize, u64), Intention>,
    open: BTreeMap<u64, Open>,
    error: Option<io::Error>,
}

impl<'a, W: Write> PaymentsWriter<'a, W> {
    /// A writer of the rows of one run.
    pub fn new(scenario: &'a Scenario, policy: &'a str, replication: u32, out: W) -> Self {
        let (intentions, open) = (BTreeMap::new(), BTreeMap::new());
        let out = CsvFile::headless(out);
        Self { scenario, policy, replication, out, intentions, open, error: None }
    }

    /// Flushes, and gives the destination back.
    ///
    /// # Errors
    /// The first error met while writing.
    pub fn finish(self) -> io::Result<W> {
        self.error.map_or(Ok(()), Err)?;
        self.out.into_inner()
    }

    fn name(&self, id: InstitutionId) -> String {
        self.scenario.institution(id).name.clone()
    }

    /// What is known of an attempt whoever took part in it.
    fn row(&self, at: Instant, of: Attempt, status: Status) -> Row {
        let (source, intention) = key(of);
        let arose = self.intentions.get(&key(of));
        let began = arose.map_or(at, |intention| intention.at);
        let merchant = |id: MerchantClassId| self.scenario.merchants[id.index()].name.clone();
        let reason = match status {
            Status::Accepted => None,
            Status::Rejected(reason) => Some(reason.name()),
        };
        Row {
            payment_id: format!("{source}-{intention}-{}", of.id.attempt()),
            kind: "payment",
            began_us: since_epoch_us(arose.map_or(at, |intention| intention.tried)),
            counted: of.counted,
            merchant: arose.and_then(|intention| intention.merchant).map(merchant),
            mode: None,
            wallet: String::new(),
            code: None,
            acquirer: None,
            route: None,
            amount: arose.map_or(Amount::ZERO, |intention| intention.amount),
            currency: self.scenario.currency.code.clone(),
            outcome: status.outcome(),
            reason,
            system_us: None,
            user_us: at.since(began).micros_rounded(),
            messages: None,
        }
    }

    fn unreadable(&mut self, at: Instant, of: Attempt, (wallet, mode): (InstitutionId, Mode)) {
        let row = self.row(at, of, Status::Rejected(Reason::UnsupportedCode));
        let row = Row { wallet: self.name(wallet), mode: Some(mode.name()), ..row };
        self.write(&row);
        if let Some(intention) = self.intentions.get_mut(&key(of)) {
            intention.tried = at;
        }
    }

    fn closed(&mut self, at: Instant, of: Attempt, status: Status) {
        // An attempt that was never opened had its row when its code proved unreadable.
        let Some(open) = self.open.remove(&of.id.raw()) else { return };
        let background = open.route.topology == Topology::Background;
        let row = Row {
            kind: if background { "background" } else { "payment" },
            began_us: since_epoch_us(open.at),
            mode: (!background).then(|| open.route.mode.name()),
            code: (!background).then(|| self.name(open.issuer)),
            wallet: self.name(open.wallet),
            acquirer: Some(self.name(open.acquirer)),
            route: Some(open.route.name()),
            amount: open.amount,
            user_us: at.since(open.began).micros_rounded(),
            system_us: open.answered.map(|(system_us, _)| system_us),
            messages: open.answered.map(|(_, messages)| messages),
            ..self.row(at, of, status)
        };
        self.write(&row);
    }

    fn write(&mut self, row: &Row) {
        if self.error.is_some() {
            return;
        }
        let start = [self.policy.into(), self.replication.into()];
        let cells = start.into_iter().chain(COLUMNS.iter().map(|column| column.read(row)));
        self.error = self.out.row(cells).err();
    }
}

/// Of its intention.
fn key(of: Attempt) -> (usize, u64) {
    (of.id.source().index(), of.id.intention())
}

fn since_epoch_us(at: Instant) -> u64 {
    at.since(Instant::EPOCH).micros_rounded()
}

impl<W: Write> Observer for PaymentsWriter<'_, W> {
    fn observe(&mut self, at: Instant, fact: &Fact) {
        match *fact {
            Fact::Intended { source, intention, merchant, amount, .. } => {
                let arose = Intention { at, tried: at, merchant, amount };
                self.intentions.insert((source.index(), intention), arose);
            }
            Fact::Opened { of, wallet, acquirer, issuer, route, amount, .. } => {
                let began = self.intentions.get(&key(of)).map_or(at, |intention| intention.at);
                let answered = None;
                let open = Open { at, began, wallet, acquirer, issuer, route, amount, answered };
                self.open.insert(of.id.raw(), open);
            }
            Fact::Unreadable { of, wallet, mode } => self.unreadable(at, of, (wallet, mode)),
            Fact::Answered { of, elapsed, messages, .. } => {
                if let Some(open) = self.open.get_mut(&of.id.raw()) {
                    open.answered = Some((elapsed.micros_rounded(), messages));
                }
            }
            Fact::Closed { of, status } => {
                let open = self.open.get(&of.id.raw());
                let background =
                    open.is_some_and(|open| open.route.topology == Topology::Background);
                self.closed(at, of, status);
                // Nobody waits for a background item: it ends with its only attempt.
                if background {
                    self.intentions.remove(&key(of));
                }
            }
            Fact::Concluded { of, .. } => {
                self.intentions.remove(&key(of));
            }
            _ => {}
        }
    }
}
