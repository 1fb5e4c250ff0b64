//! Rules and links.

use super::Checker;
use super::institutions::role_of;
use super::values::Unit;
use crate::kernel::dist::Dist;
use crate::scenario::de::Sp;
use crate::scenario::mistake::Mistake;
use crate::scenario::raw::{BetweenRaw, DistRaw, LinkRaw, RailRaw, Time};
use crate::scenario::{Link, LinkTable, Rail, RuleMatrix, RuleRow};
use crate::units::{Duration, InstitutionId};

impl Checker<'_> {
    pub(super) fn rules(&mut self) -> RuleMatrix {
        let rows = self.raw.rules.iter().flatten().map(|row| RuleRow {
            from: role_of(row.from.value),
            to: role_of(row.to.value),
            rail: match row.rail {
                RailRaw::BankDebit => Rail::BankDebit,
                RailRaw::Barcode => Rail::Barcode,
            },
            direct: row.direct,
        });
        RuleMatrix { rows: rows.collect() }
    }

    /// Kind 0 is the access link, kind 1 the default, the others in order of the rows.
    pub(super) fn links(&mut self) -> LinkTable {
        let raw = self.raw;
        let mut kinds = Vec::new();
        let links = raw.links.as_ref();
        kinds.push(self.link(links.and_then(|links| links.access.as_ref()), "links.access"));
        kinds.push(self.link(links.and_then(|links| links.default.as_ref()), "links.default"));
        let width = self.institutions.len();
        let mut of = vec![1u16; width * width];
        let rows = links.and_then(|links| links.between.as_deref()).unwrap_or_default();
        for row in rows.iter().take(MOST_ROWS) {
            let kind = u16::try_from(kinds.len()).unwrap_or(u16::MAX);
            let link = self.link_of(Some(&row.floor), row.jitter.as_ref(), "links.between");
            kinds.push(link);
            let (a, b) = self.ends(row);
            for one in &a {
                for other in &b {
                    of[one.index() * width + other.index()] = kind;
                    of[other.index() * width + one.index()] = kind;
                }
            }
        }
        if let Some(row) = rows.get(MOST_ROWS) {
            let mistake = Mistake::at("scenario::too-large", row.floor.place, "too many links")
                .label(format!("expected at most {MOST_ROWS} rows of [[links.between]]"));
            self.say(mistake);
        }
        LinkTable { kinds, of }
    }

    fn ends(&mut self, row: &BetweenRaw) -> (Vec<InstitutionId>, Vec<InstitutionId>) {
        let mut end = |names: &Sp<Vec<Sp<String>>>, what: &str| {
            self.not_empty(names, what, "at least one institution or group");
            let mut all = Vec::new();
            for name in &names.value {
                all.extend(self.anyone(name));
            }
            all
        };
        (end(&row.a, "links.between.a"), end(&row.b, "links.between.b"))
    }

    fn link(&mut self, raw: Option<&LinkRaw>, what: &str) -> Link {
        let floor = raw.and_then(|link| link.floor.as_ref());
        self.link_of(floor, raw.and_then(|link| link.jitter.as_ref()), what)
    }

    fn link_of(
        &mut self,
        floor: Option<&Sp<Time>>,
        jitter: Option<&Sp<DistRaw>>,
        what: &str,
    ) -> Link {
        let mut link = Link { floor: Duration::from_millis(1), jitter: Dist::Constant(0) };
        if let Some(raw) = floor
            && let Some(floor) = self.time(raw, &format!("{what}.floor"))
        {
            if floor == Duration::ZERO {
                let message = format!("`{what}.floor` is zero");
                let mistake = Mistake::at("scenario::no-floor", raw.place, message)
                    .label("expected a time above zero, such as \"1ms\"")
                    .help("nothing travels in no time: the smallest latency bounds every window");
                self.say(mistake);
            }
            link.floor = self.short_time(floor, raw.place, &format!("{what}.floor"));
        }
        if let Some(jitter) = jitter
            && let Some(jitter) = self.dist(jitter, Unit::Time, &format!("{what}.jitter"))
        {
            link.jitter = jitter;
        }
        link
    }
}

/// The most rows of `links.between`: kinds are 16 bits.
const MOST_ROWS: usize = 60_000;
