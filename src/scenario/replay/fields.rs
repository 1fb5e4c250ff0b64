//! Fields of one row of a log: what each column may hold, and what to say when it does not.

use csv::StringRecord;

use super::{ReplayFunding, ReplayRow, ReplayShop, banks};
use crate::scenario::code::CodeTable;
use crate::scenario::mistake::nearest;
use crate::scenario::{Mode, Rail, Role, Roles, RuleMatrix, Scenario};
use crate::units::{Amount, Instant, InstitutionId, MerchantClassId};

const COLUMNS: [&str; 8] =
    ["time", "payer", "wallet", "merchant", "code", "mode", "funding", "amount"];
const MERCHANT: usize = 3;
const CODE: usize = 4;
/// Bits of a person's number: numbers of this size pass through JSON unharmed.
const PAYER_BITS: u32 = 53;
/// Decimal places of a second.
const TIME_PLACES: usize = 9;
/// The most minor units of one amount, as in scenarios.
const LARGEST_MINOR: u64 = 1_000_000_000_000_000_000;

type Read<T> = Result<T, String>;

/// Where each column stands.
pub(super) struct Columns([Option<usize>; COLUMNS.len()]);

impl Columns {
    pub(super) fn new(header: &StringRecord) -> Read<Self> {
        let mut places = [None; COLUMNS.len()];
        for (place, name) in header.iter().map(str::trim).enumerate() {
            let Some(column) = COLUMNS.iter().position(|known| *known == name) else {
                let known = COLUMNS.join(", ");
                return Err(match nearest(name, COLUMNS) {
                    Some(near) => format!("unknown column `{name}`; did you mean `{near}`?"),
                    None => format!("unknown column `{name}`: expected {known}"),
                });
            };
            if places[column].replace(place).is_some() {
                return Err(format!("the column `{name}` is there twice"));
            }
        }
        for (column, place) in places.iter().enumerate() {
            if place.is_none() && column != MERCHANT && column != CODE {
                return Err(format!("the column `{}` is missing", COLUMNS[column]));
            }
        }
        if places[MERCHANT].is_none() && places[CODE].is_none() {
            return Err("a column is missing: expected `merchant`, `code` or both".to_owned());
        }
        Ok(Self(places))
    }

    fn get<'a>(&self, column: usize, record: &'a StringRecord) -> &'a str {
        self.0[column].and_then(|place| record.get(place)).unwrap_or_default().trim()
    }
}

/// All that a row's fields may name.
pub(super) struct Fields {
    /// In order of name: what each institution is, and whether it debits over a clearing house.
    institutions: Vec<(String, Roles, bool)>,
    merchants: Vec<String>,
    codes: CodeTable,
    banks: Vec<InstitutionId>,
    rules: RuleMatrix,
    epoch: String,
    unix_seconds: i64,
    decimal_places: usize,
}

impl Fields {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let institutions = scenario.institutions.iter();
        Self {
            institutions: institutions
                .map(|one| (one.name.clone(), one.roles, one.debits_via.is_some()))
                .collect(),
            merchants: scenario.merchants.iter().map(|class| class.name.clone()).collect(),
            codes: CodeTable::new(&scenario.institutions),
            banks: banks(scenario).iter().map(|bank| bank.institution).collect(),
            rules: scenario.rules.clone(),
            epoch: scenario.epoch.text.clone(),
            unix_seconds: scenario.epoch.unix_seconds,
            decimal_places: scenario.currency.exponent.into(),
        }
    }

    /// What a record says.
    pub(super) fn row(&self, columns: &Columns, record: &StringRecord) -> Read<ReplayRow> {
        let [time, payer, wallet, merchant, code, mode, funding, amount] =
            std::array::from_fn(|column| columns.get(column, record));
        let mode = mode_of(mode)?;
        let wallet = self.wallet(wallet)?;
        Ok(ReplayRow {
            at: self.time(time)?,
            payer: person(payer)?,
            wallet,
            shop: self.shop(merchant, code)?,
            mode,
            funding: self.funding(funding, wallet)?,
            amount: self.amount(amount)?,
        })
    }

    fn time(&self, text: &str) -> Read<Instant> {
        let early = || format!("`time` is \"{text}\": before the epoch, {}", self.epoch);
        let decimal = |byte: u8| byte.is_ascii_digit() || byte == b'.';
        if !text.is_empty() && text.bytes().all(decimal) {
            let nanos = fixed(text, TIME_PLACES);
            return nanos.map(from_epoch).map_err(|wrong| format!("`time` is \"{text}\": {wrong}"));
        }
        if let Some(negative) = text.strip_prefix('-')
            && negative.bytes().all(decimal)
        {
            return Err(early());
        }
        let instant: jiff::Timestamp = text.parse().map_err(|_| {
            format!(
                "`time` is \"{text}\": expected seconds since the epoch such as \"12.345678\", or \
                 an instant such as \"{}\"",
                self.epoch
            )
        })?;
        let nanos = instant.as_nanosecond() - i128::from(self.unix_seconds) * 1_000_000_000;
        u64::try_from(nanos).map(from_epoch).map_err(|_| early())
    }

    fn institution(&self, column: &str, text: &str) -> Read<InstitutionId> {
        let found = self.institutions.binary_search_by(|(name, ..)| name.as_str().cmp(text));
        found.map(InstitutionId::new).map_err(|_| {
            let names = self.institutions.iter().map(|(name, ..)| name.as_str());
            unknown((column, text), "no institution has this name", nearest(text, names))
        })
    }

    fn wallet(&self, text: &str) -> Read<InstitutionId> {
        let id = self.institution("wallet", text)?;
        if self.institutions[id.index()].1.has(Role::Wallet) {
            return Ok(id);
        }
        Err(format!("`wallet` is \"{text}\": this institution is no wallet"))
    }

    fn shop(&self, merchant: &str, code: &str) -> Read<ReplayShop> {
        match (merchant, code) {
            ("", "") => Err("`merchant` and `code` are empty: expected one of them".to_owned()),
            (merchant, "") => {
                let found = self.merchants.iter().position(|name| name == merchant);
                let class = found.ok_or_else(|| {
                    let names = self.merchants.iter().map(String::as_str);
                    let what = "no class of merchants has this name";
                    unknown(("merchant", merchant), what, nearest(merchant, names))
                })?;
                Ok(ReplayShop::Class(MerchantClassId::new(class)))
            }
            ("", code) => Ok(ReplayShop::Code(self.codes.issuer(code).ok())),
            _ => Err("`merchant` and `code` are both given: expected one of them".to_owned()),
        }
    }

    fn funding(&self, text: &str, wallet: InstitutionId) -> Read<ReplayFunding> {
        let (funding, from) = match text.split_once(':') {
            Some(("bank", name)) => {
                let bank = self.institution("funding", name)?;
                if !self.institutions[bank.index()].1.has(Role::Bank) {
                    return Err(format!("`funding` is \"{text}\": `{name}` is no bank"));
                }
                (ReplayFunding::BankAt(bank), &[bank][..])
            }
            None if text == "balance" => (ReplayFunding::Balance, &[][..]),
            None if text == "bank" && self.banks.is_empty() => {
                return Err("`funding` is \"bank\": the scenario has no bank".to_owned());
            }
            None if text == "bank" => (ReplayFunding::Bank, &self.banks[..]),
            _ => {
                let expected = "expected \"balance\", \"bank\" or \"bank:NAME\"";
                return Err(format!("`funding` is \"{text}\": {expected}"));
            }
        };
        self.may_debit(wallet, from)?;
        Ok(funding)
    }

    /// The rules of direct links hold for a log as they do for consumers.
    fn may_debit(&self, wallet: InstitutionId, banks: &[InstitutionId]) -> Read<()> {
        let (name, roles, over_a_house) = &self.institutions[wallet.index()];
        let refused = banks.iter().find(|bank| {
            let other = self.institutions[bank.index()].1;
            **bank != wallet && !over_a_house && !self.rules.allows(*roles, other, Rail::BankDebit)
        });
        let Some(bank) = refused else { return Ok(()) };
        let bank = &self.institutions[bank.index()].0;
        Err(format!(
            "`{name}` may not debit `{bank}` directly: give it `debits_via`, or allow it in `rules`"
        ))
    }

    fn amount(&self, text: &str) -> Read<Amount> {
        let minor = match fixed(text, self.decimal_places) {
            Ok(0) => Err("expected more than nothing".to_owned()),
            Ok(minor) if minor > LARGEST_MINOR => {
                Err("expected at most 10^18 minor units".to_owned())
            }
            other => other,
        };
        minor.map(Amount::from_minor).map_err(|wrong| format!("`amount` is \"{text}\": {wrong}"))
    }
}

fn unknown((column, text): (&str, &str), what: &str, near: Option<&str>) -> String {
    match near {
        Some(near) => format!("`{column}` is \"{text}\": {what}; did you mean \"{near}\"?"),
        None => format!("`{column}` is \"{text}\": {what}"),
    }
}

fn mode_of(text: &str) -> Read<Mode> {
    let found = Mode::ALL.into_iter().find(|mode| mode.name() == text);
    found.ok_or_else(|| {
        let names = Mode::ALL.map(Mode::name);
        let what = format!("expected one of {}", names.join(", "));
        unknown(("mode", text), &what, nearest(text, names))
    })
}

/// Which person a text stands for.
fn person(text: &str) -> Read<u64> {
    if text.is_empty() {
        return Err("`payer` is empty: expected any text that stands for one person".to_owned());
    }
    let hash = blake3::hash(text.as_bytes());
    let (first, _) = hash.as_bytes().split_first_chunk().expect("a hash has 32 bytes");
    Ok(u64::from_le_bytes(*first) >> (u64::BITS - PAYER_BITS))
}

/// An instant, capped where adding a scenario's times to it stays within 64 bits.
fn from_epoch(nanos: u64) -> Instant {
    Instant::from_nanos(nanos.min(u64::MAX / 2))
}

/// A decimal number that is not negative, in units of its last decimal place.
fn fixed(text: &str, places: usize) -> Read<u64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let is_number = digits(whole) && digits(part) && !whole.is_empty();
    if !is_number || (part.is_empty() && text.ends_with('.')) {
        return Err(match text.strip_prefix('-') {
            Some(_) => "expected a number that is not negative".to_owned(),
            None => "expected a decimal number such as \"20.00\"".to_owned(),
        });
    }
    let part = part.trim_end_matches('0');
    if part.len() > places {
        return Err(format!("expected at most {places} decimal places"));
    }
    let zeros = std::iter::repeat_n(b'0', places - part.len());
    let mut value = 0_u64;
    for digit in whole.bytes().chain(part.bytes()).chain(zeros) {
        let next = value.checked_mul(10).and_then(|ten| ten.checked_add(u64::from(digit - b'0')));
        value = next.ok_or_else(|| "expected a smaller number".to_owned())?;
    }
    Ok(value)
}
