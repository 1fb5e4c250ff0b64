//! Institutions and groups, at the scenario's scale, in order of name.

use std::collections::BTreeMap;

use super::references::Party;
use super::{Checker, MOST_INSTITUTIONS};
use crate::scenario::de::Sp;
use crate::scenario::mistake::Mistake;
use crate::scenario::quantity;
use crate::scenario::raw::{
    CollectionRaw, InstitutionRaw, Money, PaymentCodesRaw, RegimeRaw, RoleRaw, TermsRaw,
};
use crate::scenario::source::Place;
use crate::scenario::{CollectionCode, Institution, PaymentCodes, Role, Roles, Station};
use crate::units::{Amount, Duration, InstitutionId};

/// An institution before ids exist.
pub(super) struct Draft {
    /// All that needs no other institution.
    pub(super) institution: Institution,
    /// Where its name stands.
    pub(super) place: Place,
    /// Who carries its bank debits.
    pub(super) debits_via: Option<Sp<String>>,
    /// Where its obligations settle.
    pub(super) settles_at: Option<Sp<String>>,
    /// Where its collection codes stand.
    pub(super) code_places: Vec<Place>,
}

impl Checker<'_> {
    /// Fills `institutions` and `parties`; returns the settlement bank.
    pub(super) fn build_institutions(&mut self) -> InstitutionId {
        let raw = self.raw;
        let mut drafts: Vec<Draft> = Vec::new();
        for (name, institution) in raw.institutions.iter().flatten() {
            self.well_formed(&name.value, name.place, "an institution");
            drafts.push(self.draft(name, institution));
        }
        let mut grouped: Vec<(Sp<String>, Vec<String>)> = Vec::new();
        for (name, group) in raw.groups.iter().flatten() {
            self.well_formed(&name.value, name.place, "a group");
            let members = self.group(name, group);
            let names = members.iter().map(|draft| draft.institution.name.clone()).collect();
            grouped.push((name.clone(), names));
            drafts.extend(members);
        }
        drafts.sort_by(|a, b| a.institution.name.cmp(&b.institution.name));
        for pair in drafts.windows(2) {
            if pair[0].institution.name == pair[1].institution.name {
                self.twice(&pair[0].institution.name, pair[1].place, pair[0].place);
            }
        }
        drafts.dedup_by(|a, b| a.institution.name == b.institution.name);
        if drafts.len() > MOST_INSTITUTIONS {
            let message = format!("the scenario has {} institutions", drafts.len());
            let mistake = Mistake::at("scenario::too-large", self.root.place, message)
                .label(format!("expected at most {MOST_INSTITUTIONS}"));
            self.say(mistake);
            drafts.truncate(MOST_INSTITUTIONS);
        }
        self.institutions = drafts.iter().map(|draft| draft.institution.clone()).collect();
        self.index_parties(&grouped);
        self.join(&drafts);
        self.check_codes(&drafts);
        self.check_signs(&drafts);
        let bank = self.settlement_bank(&drafts);
        self.settles_only(bank);
        bank
    }

    fn twice(&mut self, name: &str, place: Place, other: Place) {
        let message = format!("two institutions are called `{name}`");
        let mistake = Mistake::at("scenario::twice", place, message)
            .label("and again here")
            .also(other, "here")
            .help("members of a group are called GROUP-01, GROUP-02, …: choose another name");
        self.say(mistake);
    }

    fn index_parties(&mut self, grouped: &[(Sp<String>, Vec<String>)]) {
        let ids: BTreeMap<String, InstitutionId> = self
            .institutions
            .iter()
            .enumerate()
            .map(|(index, one)| (one.name.clone(), InstitutionId::new(index)))
            .collect();
        let mut parties: BTreeMap<String, Party> =
            ids.iter().map(|(name, id)| (name.clone(), Party::One(*id))).collect();
        for (name, members) in grouped {
            let members = members.iter().filter_map(|member| ids.get(member).copied()).collect();
            if ids.contains_key(&name.value) {
                let message = format!("`{}` is a group and an institution", name.value);
                let mistake = Mistake::at("scenario::twice", name.place, message)
                    .label("expected a name of its own");
                self.say(mistake);
            }
            parties.insert(name.value.clone(), Party::Group(members));
        }
        self.parties = parties.into_iter().collect();
    }

    /// Resolves what an institution says of others.
    fn join(&mut self, drafts: &[Draft]) {
        for (index, draft) in drafts.iter().enumerate() {
            let Some(house) = &draft.debits_via else { continue };
            let id = InstitutionId::new(index);
            if !self.roles(id).has(Role::Wallet) {
                let name = draft.institution.name.clone();
                let message = format!("`{name}` is no wallet and debits no bank");
                let mistake = Mistake::at("scenario::wrong-role", house.place, message)
                    .label("expected `debits_via` at institutions with the role \"wallet\" only");
                self.say(mistake);
            }
            self.institutions[index].debits_via = self.institution(house, Role::ClearingHouse);
        }
    }

    fn settlement_bank(&mut self, drafts: &[Draft]) -> InstitutionId {
        let nobody = InstitutionId::new(0);
        let Some(stated) = self.raw.settlement.as_ref().and_then(|terms| terms.bank.as_ref())
        else {
            let banks: Vec<Place> = drafts
                .iter()
                .filter(|draft| draft.institution.roles.has(Role::SettlementBank))
                .map(|draft| draft.place)
                .collect();
            if let [first, second, ..] = banks.as_slice() {
                let message = "several institutions are settlement banks";
                let mistake = Mistake::at("scenario::not-one", *second, message)
                    .label("another one")
                    .also(*first, "one")
                    .help("say which one settles: [settlement] bank = \"…\"");
                self.say(mistake);
            }
            return nobody;
        };
        let bank = self.institution(stated, Role::SettlementBank);
        for at in drafts.iter().filter_map(|draft| draft.settles_at.as_ref()) {
            let own = self.institution(at, Role::SettlementBank);
            if own.is_some() && bank.is_some() && own != bank {
                let message = format!("obligations cannot settle at `{}`", at.value);
                let mistake = Mistake::at("scenario::settles-elsewhere", at.place, message)
                    .label(format!("expected \"{}\"", stated.value))
                    .also(stated.place, "the scenario's settlement bank");
                self.say(mistake);
            }
        }
        bank.unwrap_or(nobody)
    }

    /// The settlement bank's books hold the reserves of the others: it takes no part in payments
    /// and has no account with itself.
    fn settles_only(&mut self, bank: InstitutionId) {
        let Some(institution) = self.institutions.get(bank.index()) else { return };
        let alone = Roles::default().with(Role::SettlementBank);
        let (name, roles) = (institution.name.clone(), institution.roles);
        if !roles.has(Role::SettlementBank) {
            return;
        }
        let (owes, holds) = (institution.reserve, institution.customer_funds);
        let wanted = institution.group.clone().unwrap_or_else(|| name.clone());
        let raw = self.raw;
        let singles = raw.institutions.iter().flatten().map(|(key, one)| {
            (key, one.roles.as_ref(), one.reserve.as_ref(), one.customer_funds.as_ref())
        });
        let groups = raw.groups.iter().flatten().map(|(key, one)| {
            (key, one.roles.as_ref(), one.reserve.as_ref(), one.customer_funds.as_ref())
        });
        let found = singles.chain(groups).find(|(key, ..)| key.value == wanted);
        let Some((key, stated, reserve, funds)) = found else { return };
        if let Some(stated) = stated.filter(|_| roles != alone) {
            let message = format!("`{name}` settles, and takes part in what it settles");
            let mistake = Mistake::at("scenario::wrong-role", stated.place, message)
                .label("expected [\"settlement-bank\"] and no other role")
                .help("describe its other business as an institution of its own");
            self.say(mistake);
        }
        for (amount, written, what) in
            [(owes, reserve, "reserve"), (holds, funds, "customer_funds")]
        {
            if amount > Amount::ZERO {
                let place = written.map_or(key.place, |written| written.place);
                let message = format!("`{name}` settles, and has no `{what}`");
                let mistake = Mistake::at("scenario::wrong-role", place, message)
                    .label("expected \"0\", or no such line")
                    .help("the settlement bank keeps the reserves of the others");
                self.say(mistake);
            }
        }
    }

    fn draft(&mut self, name: &Sp<String>, raw: &InstitutionRaw) -> Draft {
        let roles = self.role_set(raw.roles.as_ref(), name);
        let station = self.station(raw.station.as_ref(), name);
        let servers = station.servers;
        let reserve = self.stock(raw.reserve.as_ref(), "reserve");
        let customer_funds = self.stock(raw.customer_funds.as_ref(), "customer_funds");
        let terms = self.terms(raw.settlement.as_ref(), roles, name);
        let institution = Institution {
            name: name.value.clone(),
            group: None,
            roles,
            share: 1.0,
            station: Station { servers: self.scaled_servers(f64::from(servers)), ..station },
            payment_codes: self.payment_codes(raw.payment_codes.as_deref(), roles, name),
            collection_codes: self.collection_codes(raw.collection_codes.as_deref(), roles, name),
            reserve,
            customer_funds,
            declines: self.declines(raw.declines.as_ref(), name),
            cut_offs: terms.0,
            debits_via: None,
        };
        let debits_via = raw.debits_via.clone();
        let code_places = places_of(raw.collection_codes.as_deref());
        Draft { institution, place: name.place, debits_via, settles_at: terms.1, code_places }
    }

    pub(super) fn stock(&mut self, raw: Option<&Sp<Money>>, what: &str) -> Amount {
        let Some(raw) = raw else { return Amount::ZERO };
        let amount = self.money(raw, what).unwrap_or_default();
        self.scaled_amount(amount, raw.place)
    }

    pub(super) fn role_set(
        &mut self,
        raw: Option<&Sp<Vec<Sp<RoleRaw>>>>,
        name: &Sp<String>,
    ) -> Roles {
        let sample = "add a line such as roles = [\"bank\"]";
        if let Some(list) = raw {
            let one = "at least one role, such as \"bank\"";
            self.not_empty(list, &format!("{}.roles", name.value), one);
            list.value.iter().fold(Roles::default(), |roles, role| roles.with(role_of(role.value)))
        } else {
            self.missing(name.place, &format!("{}.roles", name.value), sample);
            Roles::default()
        }
    }

    /// Cut-offs, and where obligations settle.
    pub(super) fn terms(
        &mut self,
        raw: Option<&TermsRaw>,
        roles: Roles,
        name: &Sp<String>,
    ) -> (Vec<Duration>, Option<Sp<String>>) {
        let Some(terms) = raw else { return (Vec::new(), None) };
        if !roles.has(Role::ClearingHouse) {
            let message = format!("`{}` clears nothing that could be settled", name.value);
            let mistake = Mistake::at("scenario::wrong-role", name.place, message)
                .label("has `settlement` without the role \"clearing-house\"")
                .help("add \"clearing-house\" to its roles, or remove `settlement`");
            self.say(mistake);
        }
        let Some(RegimeRaw::DeferredNet { cut_offs }) = &terms.regime else {
            let sample = "add regime = { deferred-net = { cut_offs = [\"23:59\"] } }";
            self.missing(name.place, &format!("{}.settlement.regime", name.value), sample);
            return (Vec::new(), terms.at.clone());
        };
        let mut times: Vec<(Duration, Place)> = Vec::new();
        for text in &cut_offs.value {
            let read = |text: &String| quantity::time_of_day(text);
            let Some(time) = self.reading(text, read, "a cut-off is no time of day") else {
                continue;
            };
            if let Some((_, earlier)) = times.last().filter(|(last, _)| *last >= time) {
                let mistake =
                    Mistake::at("scenario::cut-offs", text.place, "cut-offs are out of order")
                        .label("expected a later time of day")
                        .also(*earlier, "the one before");
                self.say(mistake);
            }
            times.push((time, text.place));
        }
        self.not_empty(cut_offs, &format!("{}.cut_offs", name.value), "a time such as \"23:59\"");
        (times.into_iter().map(|(time, _)| time).collect(), terms.at.clone())
    }

    pub(super) fn collection_codes(
        &mut self,
        raw: Option<&[Sp<CollectionRaw>]>,
        roles: Roles,
        name: &Sp<String>,
    ) -> Vec<CollectionCode> {
        let codes = raw.unwrap_or_default();
        if let Some(first) = codes.first().filter(|_| !roles.has(Role::CodeIssuer)) {
            self.lacks_role(first.place, &name.value, Role::CodeIssuer);
        }
        let empty = |code: &CollectionRaw| match code {
            CollectionRaw::Url(text) | CollectionRaw::Emv(text) => text.is_empty(),
        };
        for code in codes.iter().filter(|code| empty(&code.value)) {
            let mistake = Mistake::at("scenario::empty", code.place, "this code names nobody")
                .label("expected text such as \"https://qr.example/\"");
            self.say(mistake);
        }
        self.check_identifiers(codes);
        codes
            .iter()
            .map(|code| match &code.value {
                CollectionRaw::Url(text) => CollectionCode::Url(text.clone()),
                CollectionRaw::Emv(text) => CollectionCode::Emv(text.clone()),
            })
            .collect()
    }

    pub(super) fn payment_codes(
        &mut self,
        raw: Option<&[PaymentCodesRaw]>,
        roles: Roles,
        name: &Sp<String>,
    ) -> Vec<PaymentCodes> {
        let codes = raw.unwrap_or_default();
        let issues = [Role::Wallet, Role::OverseasWallet, Role::EcnyOperator, Role::Bank];
        if !codes.is_empty() && !issues.iter().any(|role| roles.has(*role)) {
            let message = format!("`{}` issues payment codes but holds no accounts", name.value);
            let mistake = Mistake::at("scenario::wrong-role", name.place, message)
                .label("has `payment_codes` without the role \"wallet\"")
                .help("add \"wallet\" to its roles, or remove `payment_codes`");
            self.say(mistake);
        }
        codes.iter().filter_map(|code| self.payment_code(code, name)).collect()
    }
}

/// Where each of these codes stands.
pub(super) fn places_of(codes: Option<&[Sp<CollectionRaw>]>) -> Vec<Place> {
    codes.unwrap_or_default().iter().map(|code| code.place).collect()
}

pub(super) fn role_of(raw: RoleRaw) -> Role {
    match raw {
        RoleRaw::Wallet => Role::Wallet,
        RoleRaw::Bank => Role::Bank,
        RoleRaw::Acquirer => Role::Acquirer,
        RoleRaw::CodeIssuer => Role::CodeIssuer,
        RoleRaw::Aggregator => Role::Aggregator,
        RoleRaw::ClearingHouse => Role::ClearingHouse,
        RoleRaw::SettlementBank => Role::SettlementBank,
        RoleRaw::OverseasWallet => Role::OverseasWallet,
        RoleRaw::CrossBorderGateway => Role::CrossBorderGateway,
        RoleRaw::EcnyOperator => Role::EcnyOperator,
    }
}
