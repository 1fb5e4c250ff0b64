//! A small world assembled by hand: one wallet, one hub, one bank, one acquirer.

use hutong::kernel::dist::Dist;
use hutong::scenario::{
    Acceptance, Background, Bundle, Connect, ConsumerClass, HumanTimes, Link, MerchantClass,
    ModeMix, RateStep, Role, Scenario, Weighted,
};
use hutong::units::{Amount, Duration, Instant, Ppm};

use crate::audit_world::{ACQUIRER, BANK, HUB, WALLET, id, scenario};

/// Shops of an acquirer behind the hub, shops of the wallet itself, and shops that nobody's app
/// can read; transfers in the background.
pub(crate) fn world() -> Scenario {
    let mut s = scenario();
    s.replay = None;
    s.horizon = Duration::from_secs(20);
    for i in &mut s.institutions {
        i.station.servers = 200;
        i.station.service = Dist::LogNormal { median: 5e6, sigma: 0.5 };
        if !i.roles.has(Role::SettlementBank) {
            i.reserve = Amount::from_minor(1 << 50);
            i.customer_funds = Amount::from_minor(1 << 50);
        }
    }
    s.links.kinds = vec![
        Link { floor: Duration::from_millis(20), jitter: Dist::Exponential { mean: 5e6 } },
        Link { floor: Duration::from_millis(2), jitter: Dist::Exponential { mean: 1e6 } },
    ];
    s.links.of = vec![1; 25];
    let w = |i: usize, weight: f64| Weighted { institution: id(i), weight };
    s.consumers = vec![ConsumerClass {
        name: "people".into(),
        population: 1000,
        holds: vec![Bundle { wallets: vec![id(WALLET)], share: 1.0 }],
        prefers: vec![w(WALLET, 1.0)],
        bank_funded: Ppm::new(640_000),
        banks: vec![w(BANK, 1.0)],
        ticket: Dist::LogNormal { median: 2000.0, sigma: 1.5 },
        arrivals: vec![RateStep { from: Instant::EPOCH, per_second: 2000.0 }],
    }];
    s.merchants = shops();
    s.background = transfers();
    s.human = at_the_counter();
    s.policies[0].connect =
        vec![Connect { wallets: vec![id(WALLET)], codes: vec![id(ACQUIRER)], via: vec![id(HUB)] }];
    s
}

fn at_the_counter() -> HumanTimes {
    HumanTimes {
        show: Dist::Constant(3_000_000_000),
        scan: Dist::Constant(4_000_000_000),
        tap: Dist::Constant(1_000_000_000),
        type_amount: Dist::Constant(4_000_000_000),
        authenticate: Dist::Constant(2_500_000_000),
    }
}

fn transfers() -> Vec<Background> {
    let w = |i: usize, weight: f64| Weighted { institution: id(i), weight };
    vec![Background {
        name: "transfers".into(),
        house: id(HUB),
        debtors: vec![w(BANK, 1.0), w(WALLET, 1.0)],
        creditors: vec![w(BANK, 1.0), w(WALLET, 1.0)],
        ticket: Dist::LogNormal { median: 2000.0, sigma: 1.5 },
        arrivals: vec![RateStep { from: Instant::EPOCH, per_second: 500.0 }],
    }]
}

fn shops() -> Vec<MerchantClass> {
    vec![
        MerchantClass {
            name: "shops".into(),
            count: 10,
            weight: 1.0,
            accepts: vec![Acceptance { code: id(ACQUIRER), acquirer: id(ACQUIRER) }],
            modes: ModeMix { weights: [0.4, 0.1, 0.4, 0.1] },
            order_fetch: true,
            category: String::new(),
        },
        MerchantClass {
            name: "own".into(),
            count: 10,
            weight: 0.5,
            accepts: vec![Acceptance { code: id(WALLET), acquirer: id(WALLET) }],
            modes: ModeMix { weights: [0.4, 0.1, 0.4, 0.1] },
            order_fetch: true,
            category: String::new(),
        },
        MerchantClass {
            name: "nope".into(),
            count: 10,
            weight: 0.1,
            accepts: vec![Acceptance { code: id(BANK), acquirer: id(BANK) }],
            modes: ModeMix { weights: [0.4, 0.1, 0.4, 0.1] },
            order_fetch: true,
            category: String::new(),
        },
    ]
}
