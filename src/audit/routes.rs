//! Routes: how the policy lets each wallet pay at each counter, worked out again from the scenario.

use super::marks::Marks;
use crate::model::fact::Topology;
use crate::scenario::code::{CodeTable, sample_collection_codes, sample_payment_codes};
use crate::scenario::{Acceptance, Mode, Policy, Rail, Role, Scenario};
use crate::units::{InstitutionId, PolicyId};

/// How one wallet pays at one counter, or how one flow of background traffic goes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Route {
    /// Whose code is used.
    pub(super) issuer: InstitutionId,
    /// The acquiring side; of no meaning for background.
    pub(super) acquirer: InstitutionId,
    /// Clearing houses from the wallet's side to the acquirer's.
    pub(super) hubs: [Option<InstitutionId>; 2],
    /// Where the wallet's obligation is cleared; none on-us.
    pub(super) house: Option<InstitutionId>,
    /// What the path is called.
    pub(super) topology: Topology,
    /// What an accepted attempt leaves, by funding and mode.
    pub(super) due: [Due; 8],
}

/// What an accepted attempt leaves.
#[derive(Clone, Copy, Debug)]
pub(super) struct Due {
    /// In books, cycles and exchanges.
    pub(super) marks: Marks,
    /// Messages, without those to the bank.
    pub(super) messages: u8,
}

impl Due {
    /// On a path of so many transmissions, where a dynamic code may need an order fetch.
    fn by_kind(topology: Topology, hops: u8, fetch: bool) -> [Self; 8] {
        std::array::from_fn(|kind| {
            let mode = Mode::ALL[kind % 4];
            let presented = mode != Mode::ConsumerPresented && topology != Topology::Background;
            let parses = presented && (mode != Mode::Dynamic || fetch) && hops > 0;
            let bank = kind >= 4;
            Self {
                marks: Marks::due(topology == Topology::OnUs, bank, (parses, hops > 0)),
                messages: 2 * hops * (1 + u8::from(parses)),
            }
        })
    }
}

impl Route {
    /// The clearing house next to the acquirer.
    pub(super) fn clearing_house(&self) -> Option<InstitutionId> {
        self.hubs[1].or(self.hubs[0])
    }
}

/// Every route of a run.
#[derive(Debug)]
pub(super) struct Routes {
    /// Place of an institution among the wallets.
    ranks: Vec<Option<usize>>,
    merchants: usize,
    width: usize,
    /// Wallet × class of merchants × mode, then flows, then wallet × issuer × mode where a log is
    /// replayed.
    all: Vec<Option<Route>>,
    flows_at: usize,
    codes_at: usize,
    /// Where the obligation of a wallet's banks is cleared, by institution.
    debit_houses: Vec<InstitutionId>,
}

impl Routes {
    /// The routes that this policy opens.
    pub(super) fn new(scenario: &Scenario, policy: PolicyId) -> Self {
        let mut wallets = Vec::new();
        let mut ranks = Vec::new();
        for (index, one) in scenario.institutions.iter().enumerate() {
            let is_wallet = one.roles.has(Role::Wallet);
            ranks.push(is_wallet.then_some(wallets.len()));
            if is_wallet {
                wallets.push((InstitutionId::new(index), one.debits_via));
            }
        }
        let map = Map {
            scenario,
            policy: &scenario.policies[policy.index()],
            payment: read_back(scenario, Mode::ConsumerPresented),
            collection: read_back(scenario, Mode::Static),
        };
        let mut all = Vec::new();
        for &wallet in &wallets {
            for at in &scenario.merchants {
                all.extend(
                    Mode::ALL.map(|mode| map.route(wallet, mode, &at.accepts, at.order_fetch)),
                );
            }
        }
        let flows_at = all.len();
        all.extend(scenario.background.iter().map(|flow| Some(flow_route(flow.house))));
        let codes_at = all.len();
        let width = scenario.institutions.len();
        if scenario.replay.is_some() {
            for &wallet in &wallets {
                for code in (0..width).map(InstitutionId::new) {
                    let (at, fetch) = somewhere(scenario, code);
                    all.extend(Mode::ALL.map(|mode| map.route(wallet, mode, &[at], fetch)));
                }
            }
        }
        let debit_houses = scenario.institutions.iter().enumerate();
        let debit_houses = debit_houses
            .map(|(index, one)| one.debits_via.unwrap_or_else(|| InstitutionId::new(index)));
        let merchants = scenario.merchants.len();
        Self {
            ranks,
            merchants,
            width,
            all,
            flows_at,
            codes_at,
            debit_houses: debit_houses.collect(),
        }
    }

    /// Place of the route from a wallet to a class of merchants.
    #[inline]
    pub(super) fn at_counter(
        &self,
        wallet: InstitutionId,
        merchant: usize,
        mode: Mode,
    ) -> Option<usize> {
        let rank = (*self.ranks.get(wallet.index())?)?;
        Some((rank * self.merchants + merchant) * Mode::ALL.len() + mode as usize)
    }

    /// Place of the route from a wallet to a code that a log states.
    pub(super) fn at_code(
        &self,
        wallet: InstitutionId,
        issuer: InstitutionId,
        mode: Mode,
    ) -> Option<usize> {
        let rank = (*self.ranks.get(wallet.index())?)?;
        let code = rank * self.width + issuer.index();
        Some(self.codes_at + code * Mode::ALL.len() + mode as usize)
    }

    /// Place of the route of a background flow.
    #[inline]
    pub(super) fn of_flow(&self, flow: usize) -> usize {
        self.flows_at + flow
    }

    /// The route at a place, if the policy opens one.
    #[inline]
    pub(super) fn get(&self, place: usize) -> Option<&Route> {
        self.all.get(place)?.as_ref()
    }

    /// Where the obligation of the wallet's banks is cleared: the wallet itself over a direct link.
    #[inline]
    pub(super) fn debit_house(&self, wallet: InstitutionId) -> InstitutionId {
        self.debit_houses.get(wallet.index()).copied().unwrap_or(wallet)
    }
}

/// The path that the last connection naming both opens.
fn joined(
    policy: &Policy,
    wallet: InstitutionId,
    code: InstitutionId,
) -> Option<&Vec<InstitutionId>> {
    let mut last = None;
    for row in &policy.connect {
        if row.wallets.contains(&wallet) && row.codes.contains(&code) {
            last = Some(&row.via);
        }
    }
    last
}

/// Whose codes of one kind come back to them from the table by which codes are routed.
fn read_back(scenario: &Scenario, mode: Mode) -> Vec<bool> {
    let table = CodeTable::new(&scenario.institutions);
    let all = scenario.institutions.iter().enumerate();
    let comes_back = all.map(|(index, one)| {
        let home = |code: String| table.issuer(&code) == Ok(InstitutionId::new(index));
        if mode == Mode::ConsumerPresented {
            sample_payment_codes(one).all(home)
        } else {
            sample_collection_codes(one).all(home)
        }
    });
    comes_back.collect()
}

/// What routes are worked out from.
struct Map<'a> {
    scenario: &'a Scenario,
    policy: &'a Policy,
    /// Whose payment codes, and whose collection codes, can be read.
    payment: Vec<bool>,
    collection: Vec<bool>,
}

impl Map<'_> {
    /// How a wallet pays at a counter with these codes. Its own code at its own merchant goes
    /// before its own code behind another acquirer, which goes before codes that the policy joins
    /// it to.
    fn route(
        &self,
        (wallet, debits_via): (InstitutionId, Option<InstitutionId>),
        mode: Mode,
        accepts: &[Acceptance],
        fetch: bool,
    ) -> Option<Route> {
        let roles = |who: InstitutionId| self.scenario.institution(who).roles;
        let mut best: Option<(u8, Acceptance, Vec<InstitutionId>)> = None;
        for at in accepts {
            let readable = match mode {
                Mode::ConsumerPresented => self.payment[wallet.index()],
                Mode::Static | Mode::Dynamic | Mode::Tap => self.collection[at.code.index()],
            };
            let (own_code, own_shop) = (at.code == wallet, at.acquirer == wallet);
            let via = joined(self.policy, wallet, at.code);
            let may_link = || {
                let (from, to) = (roles(wallet), roles(at.acquirer));
                self.scenario.rules.allows(from, to, Rail::Barcode)
            };
            let (rank, via) = match (own_code, own_shop, via) {
                _ if !readable => continue,
                (true, true, _) => (0, Vec::new()),
                (true, false, Some(via)) => (1, via.clone()),
                (true, false, None) if debits_via.is_some() || may_link() => {
                    (1, debits_via.into_iter().collect())
                }
                (false, true, Some(_)) => (2, Vec::new()),
                (false, false, Some(via)) => (2, via.clone()),
                (_, _, None) => continue,
            };
            if best.as_ref().is_none_or(|known| rank < known.0) {
                best = Some((rank, *at, via));
            }
        }
        let (_, at, via) = best?;
        Some(route_over(wallet, at, &via, fetch))
    }
}

/// The route from a wallet over these houses to an acquirer.
fn route_over(wallet: InstitutionId, at: Acceptance, via: &[InstitutionId], fetch: bool) -> Route {
    let on_us = at.acquirer == wallet;
    let topology = match via.len() {
        _ if on_us => Topology::OnUs,
        0 => Topology::Bilateral,
        1 => Topology::OneHub,
        _ => Topology::TwoHubs,
    };
    let house = via.last().copied().unwrap_or(at.acquirer);
    Route {
        issuer: at.code,
        acquirer: at.acquirer,
        hubs: [via.first().copied(), via.get(1).copied()],
        house: (!on_us).then_some(house),
        topology,
        due: Due::by_kind(topology, hops(wallet, via, at.acquirer), fetch),
    }
}

/// Steps from the wallet to the acquirer: a house that is the acquirer, or where the payment
/// already is, is no stop of its own.
fn hops(wallet: InstitutionId, via: &[InstitutionId], acquirer: InstitutionId) -> u8 {
    let (mut here, mut steps) = (wallet, 0);
    for &next in via.iter().filter(|&&hub| hub != acquirer).chain([&acquirer]) {
        steps += u8::from(next != here);
        here = next;
    }
    steps
}

/// Debtor, house, creditor.
fn flow_route(house: InstitutionId) -> Route {
    Route {
        issuer: house,
        acquirer: house,
        hubs: [Some(house), None],
        house: Some(house),
        topology: Topology::Background,
        due: Due::by_kind(Topology::Background, 2, false),
    }
}

/// Where a code without a counter is taken: as at the first class that takes it.
fn somewhere(scenario: &Scenario, code: InstitutionId) -> (Acceptance, bool) {
    for class in &scenario.merchants {
        if let Some(at) = class.accepts.iter().find(|at| at.code == code) {
            return (*at, class.order_fetch);
        }
    }
    (Acceptance { code, acquirer: code }, true)
}
