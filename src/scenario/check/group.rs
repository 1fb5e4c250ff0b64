//! Groups: many institutions from a count with a concentration, or from a CSV file.

use csv::StringRecord;

use super::Checker;
use super::institutions::{Draft, places_of};
use super::station::STATED;
use crate::scenario::de::Sp;
use crate::scenario::groups;
use crate::scenario::load::read_text;
use crate::scenario::mistake::{Mistake, nearest};
use crate::scenario::quantity;
use crate::scenario::raw::{ConcentrationRaw, GroupRaw, Written};
use crate::scenario::source::{Place, SourceId, line_range};
use crate::scenario::{DeclineRate, Institution, Station};
use crate::units::{Amount, Ppm};

/// The most members of one group.
const MOST_MEMBERS: i64 = 4_096;

/// One member before the group's totals are divided.
#[derive(Clone, Debug)]
struct Member {
    name: String,
    place: Place,
    share: f64,
    servers: Option<u32>,
    reserve: Option<Amount>,
    customer_funds: Option<Amount>,
    declines: Vec<DeclineRate>,
}

/// Columns that a group's file may have, apart from the decline reasons.
const COLUMNS: [&str; 5] = ["name", "share", "servers", "reserve", "customer_funds"];

impl Checker<'_> {
    /// The members of a group, largest first.
    pub(super) fn group(&mut self, name: &Sp<String>, raw: &GroupRaw) -> Vec<Draft> {
        let roles = self.role_set(raw.roles.as_ref(), name);
        let station = self.group_station(raw, name);
        let terms = self.terms(raw.settlement.as_ref(), roles, name);
        let payment_codes = self.payment_codes(raw.payment_codes.as_deref(), roles, name);
        let collection_codes = self.collection_codes(raw.collection_codes.as_deref(), roles, name);
        let declines = self.declines(raw.declines.as_ref(), name);
        let reserve = self.stock(raw.reserve.as_ref(), "reserve");
        let customer_funds = self.stock(raw.customer_funds.as_ref(), "customer_funds");
        let members = self.members(name, raw);
        self.codes_of_one(name, &members, !payment_codes.is_empty(), raw);
        for member in &members {
            let total = over(&declines, &member.declines);
            if !member.declines.is_empty() {
                self.at_most_all(&total, &member.name, member.place);
            }
        }
        let shares: Vec<f64> = members.iter().map(|member| member.share).collect();
        let reserves = groups::divide(reserve.minor(), &shares);
        let funds = groups::divide(customer_funds.minor(), &shares);
        let place = name.place;
        let build = |(index, member): (usize, Member)| {
            let servers = member.servers.map_or_else(
                || self.scaled_servers(f64::from(station.servers) * member.share),
                |servers| self.scaled_servers(f64::from(servers)),
            );
            let own = |stated: Option<Amount>, divided: u64| {
                stated.unwrap_or(Amount::from_minor(divided))
            };
            let institution = Institution {
                name: member.name.clone(),
                group: Some(name.value.clone()),
                roles,
                share: member.share,
                station: Station { servers, ..station.clone() },
                payment_codes: payment_codes.clone(),
                collection_codes: collection_codes.clone(),
                reserve: own(member.reserve, reserves[index]),
                customer_funds: own(member.customer_funds, funds[index]),
                declines: over(&declines, &member.declines),
                cut_offs: terms.0.clone(),
                debits_via: None,
            };
            let place = if raw.from.is_some() { member.place } else { place };
            let (debits_via, settles_at) = (raw.debits_via.clone(), terms.1.clone());
            let code_places = places_of(raw.collection_codes.as_deref());
            Draft { institution, place, debits_via, settles_at, code_places }
        };
        members.into_iter().enumerate().map(build).collect()
    }

    /// Codes name one issuer, so several members cannot share them.
    fn codes_of_one(
        &mut self,
        name: &Sp<String>,
        members: &[Member],
        payment: bool,
        raw: &GroupRaw,
    ) {
        let [_, second, ..] = members else { return };
        let signs = raw.collection_codes.as_ref().and_then(|codes| codes.first());
        let shared = [
            (payment.then_some(name.place), "payment"),
            (signs.map(|code| code.place), "collection"),
        ];
        for (place, kind) in shared {
            let Some(place) = place else { continue };
            let message = format!("all members of `{}` issue the same {kind} codes", name.value);
            let mistake = Mistake::at("scenario::code-collision", place, message)
                .help(format!("describe `{}` and the others one by one", second.name));
            self.say(mistake);
        }
    }

    /// The members, counted or listed in a file.
    fn members(&mut self, name: &Sp<String>, raw: &GroupRaw) -> Vec<Member> {
        match (&raw.count, &raw.from) {
            (Some(count), None) => self.counted(name, count, raw),
            (None, Some(file)) => self.listed(file),
            _ => {
                let message = format!("the group `{}` has no members", name.value);
                let mistake = Mistake::at("scenario::empty", name.place, message)
                    .help("write count = 50, or from = \"banks.csv\", and not both");
                self.say(mistake);
                Vec::new()
            }
        }
    }

    /// The group's station; its servers may come from the file instead.
    fn group_station(&mut self, raw: &GroupRaw, name: &Sp<String>) -> Station {
        let mut stated = raw.station.clone();
        if let Some(station) = &mut stated
            && raw.from.is_some()
            && station.value.servers.is_none()
        {
            station.value.servers = Some(station.with(1));
        }
        self.station(stated.as_ref(), name)
    }

    fn counted(&mut self, name: &Sp<String>, count: &Sp<i64>, raw: &GroupRaw) -> Vec<Member> {
        let what = format!("{}.count", name.value);
        let Some(count) = self.whole(count, 1..=MOST_MEMBERS, &what) else { return Vec::new() };
        let count = usize::try_from(count).unwrap_or(1);
        let shares = self.concentration(count, raw.concentration.as_ref());
        let Some(shares) = shares else { return Vec::new() };
        let width = count.to_string().len().max(2);
        let member = |(index, share): (usize, f64)| Member {
            name: format!("{}-{:0width$}", name.value, index + 1),
            place: name.place,
            share,
            servers: None,
            reserve: None,
            customer_funds: None,
            declines: Vec::new(),
        };
        shares.into_iter().enumerate().map(member).collect()
    }

    fn listed(&mut self, file: &Sp<String>) -> Vec<Member> {
        let path = self.sources.get(file.place.source).folder.join(&file.value);
        let Some(text) = self.keep(read_text(&path, Some(file.place))) else { return Vec::new() };
        self.sources.note_file(&file.value, text.as_bytes());
        let folder = path.parent().map(std::path::Path::to_path_buf).unwrap_or_default();
        let source = self.sources.add(&path.display().to_string(), text.clone(), folder);
        let mut rows = csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
            .comment(Some(b'#'))
            .from_reader(text.as_bytes());
        let headers = rows.headers().cloned().unwrap_or_default();
        if !self.columns(&headers, line_place(&text, source, 1)) {
            return Vec::new();
        }
        let mut members = Vec::new();
        for row in rows.records() {
            match row {
                Ok(row) => {
                    let line = row.position().map_or(1, csv::Position::line);
                    members.push(self.member(&headers, &row, line_place(&text, source, line)));
                }
                Err(error) => {
                    let line = error.position().map_or(1, csv::Position::line);
                    let place = line_place(&text, source, line);
                    let mistake = Mistake::at(
                        "scenario::bad-file",
                        place,
                        "this row does not fit the header",
                    )
                    .label(format!("expected {} columns", headers.len()));
                    self.say(mistake);
                }
            }
        }
        if members.is_empty() {
            let mistake = Mistake::at("scenario::empty", file.place, "this file names no members")
                .label("expected a row for each member under the header");
            self.say(mistake);
        }
        self.normalise(&mut members, headers.iter().any(|header| header == "share"), file);
        members
    }

    /// Shares that sum to one; equal where the file has none.
    #[allow(clippy::cast_precision_loss, reason = "a count of members")]
    fn normalise(&mut self, members: &mut [Member], stated: bool, file: &Sp<String>) {
        let count = members.len() as f64;
        let total: f64 = members.iter().map(|member| member.share).sum();
        if stated && total <= 0.0 && !members.is_empty() {
            let mistake = Mistake::at("scenario::shares", file.place, "all shares are zero")
                .label("expected a column `share` with numbers above zero");
            self.say(mistake);
        }
        for member in &mut *members {
            member.share = if stated && total > 0.0 { member.share / total } else { 1.0 / count };
        }
        if members.len() > usize::try_from(MOST_MEMBERS).unwrap_or(usize::MAX) {
            let message = format!("this file names {} members", members.len());
            let mistake = Mistake::at("scenario::too-large", file.place, message)
                .label(format!("expected at most {MOST_MEMBERS}"));
            self.say(mistake);
        }
        members.sort_by(|a, b| b.share.total_cmp(&a.share).then(a.name.cmp(&b.name)));
    }

    fn columns(&mut self, headers: &StringRecord, place: Place) -> bool {
        let mut known: Vec<&str> = COLUMNS.to_vec();
        known.extend(STATED.iter().map(|reason| reason.name()));
        let said = self.mistakes.len();
        for header in headers {
            if !known.contains(&header) {
                let message = format!("unknown column `{header}`");
                let mistake = Mistake::at("scenario::unknown-key", place, message);
                let mistake = match nearest(header, known.iter().copied()) {
                    Some(near) => mistake.help(format!("did you mean `{near}`?")),
                    None => mistake.help(format!("expected some of {}", known.join(", "))),
                };
                self.say(mistake);
            }
        }
        if !headers.iter().any(|header| header == "name") {
            let mistake = Mistake::at("scenario::missing-key", place, "there is no column `name`")
                .label("expected a header such as name,share,servers");
            self.say(mistake);
        }
        self.mistakes.len() == said
    }

    fn member(&mut self, headers: &StringRecord, row: &StringRecord, place: Place) -> Member {
        let mut member = Member {
            name: String::new(),
            place,
            share: 0.0,
            servers: None,
            reserve: None,
            customer_funds: None,
            declines: Vec::new(),
        };
        for (header, cell) in headers.iter().zip(row) {
            let cell = Sp { value: cell.to_owned(), place };
            self.cell(&mut member, header, &cell);
        }
        self.well_formed(&member.name.clone(), place, "an institution");
        member
    }

    fn cell(&mut self, member: &mut Member, header: &str, cell: &Sp<String>) {
        let exponent = self.currency.exponent;
        let written = cell.with(Written::Text(cell.value.clone()));
        let message = format!("`{header}` of this row cannot be read");
        match header {
            "name" => member.name.clone_from(&cell.value),
            _ if cell.value.is_empty() => {}
            "share" => {
                let read = |text: &String| match text.parse::<f64>() {
                    Ok(share) if share.is_finite() && (0.0..=1e12).contains(&share) => Ok(share),
                    _ => Err("expected a number that is not negative".to_owned()),
                };
                member.share = self.reading(cell, read, &message).unwrap_or_default();
            }
            "servers" => {
                let read = |text: &String| match text.parse::<u32>() {
                    Ok(servers @ 1..=1_000_000) => Ok(servers),
                    _ => Err("expected a whole number from 1 to 1000000".to_owned()),
                };
                member.servers = self.reading(cell, read, &message);
            }
            "reserve" | "customer_funds" => {
                let read = |text: &Written| quantity::money(text, exponent);
                let amount = self.reading(&written, read, &message).unwrap_or_default();
                let scaled = Some(self.scaled_amount(amount, cell.place));
                if header == "reserve" {
                    member.reserve = scaled;
                } else {
                    member.customer_funds = scaled;
                }
            }
            reason => {
                let found = STATED.into_iter().find(|known| known.name() == reason);
                let rate = self.reading(&written, quantity::ratio, &message);
                if let (Some(reason), Some(rate)) = (found, rate) {
                    member.declines.push(DeclineRate { reason, rate });
                }
            }
        }
    }
    /// Shares of a group's members, from their concentration.
    pub(super) fn concentration(
        &mut self,
        count: usize,
        raw: Option<&Sp<ConcentrationRaw>>,
    ) -> Option<Vec<f64>> {
        let Some(raw) = raw else { return Some(groups::zipf(count, 0.0)) };
        match (&raw.value.zipf, &raw.value.top, &raw.value.hhi) {
            (Some(zipf), None, None) => {
                let exponent = self.number(zipf, 0.0..=10.0, "concentration.zipf")?;
                Some(groups::zipf(count, exponent))
            }
            (None, Some(top), Some(hhi)) => {
                let share = self.ratio(top, "concentration.top")?;
                let index = self.number(hhi, 0.0..=1.0, "concentration.hhi")?;
                let largest = f64::from(share.parts()) / f64::from(Ppm::WHOLE.parts());
                let equal = groups::zipf(count, 0.0)[0];
                if largest < equal - SLACK || (largest - 1.0).abs() < SLACK && count > 1 {
                    let message = format!("the largest of {count} members cannot have this share");
                    let mistake = Mistake::at("scenario::concentration", top.place, message)
                        .label(format!("expected a share from {equal:.4} to below 1"));
                    self.say(mistake);
                    return None;
                }
                groups::top_and_index(count, largest, index)
                    .map_err(|(least, most)| {
                        let message = "no group has this largest share and this index";
                        let mistake = Mistake::at("scenario::concentration", hhi.place, message)
                            .label(format!("expected a number from {least:.4} to {most:.4}"));
                        self.say(mistake);
                    })
                    .ok()
            }
            _ => {
                let message = "a concentration is one number, or two that go together";
                let mistake = Mistake::at("scenario::concentration", raw.place, message)
                    .label("expected { zipf = 1.1 } or { top = 0.27, hhi = 0.107 }");
                self.say(mistake);
                None
            }
        }
    }
}

/// Shares that differ by less are the same.
const SLACK: f64 = 1e-9;

/// The group's declines with a member's own in their place.
fn over(group: &[DeclineRate], own: &[DeclineRate]) -> Vec<DeclineRate> {
    let mut declines: Vec<DeclineRate> = group
        .iter()
        .filter(|decline| own.iter().all(|mine| mine.reason != decline.reason))
        .chain(own)
        .copied()
        .collect();
    declines.sort_by_key(|decline| decline.reason);
    declines
}

fn line_place(text: &str, source: SourceId, line: u64) -> Place {
    let range = line_range(text, line);
    Place { source, start: range.start, end: range.end }
}
