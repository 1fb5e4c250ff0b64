use crate::audit_world::*;
use hutong::audit::Auditor;
use hutong::kernel::dist::Dist;
use hutong::measure::recorder::Recorder;
use hutong::model::fact::{Fact, Observer};
use hutong::model::{Model, RunOptions, Watch};
use hutong::scenario::*;
use hutong::units::*;

struct Both(Recorder, Auditor, u64);
impl Observer for Both {
    fn observe(&mut self, at: Instant, fact: &Fact) {
        self.2 += 1;
        self.0.observe(at, fact);
        self.1.observe(at, fact);
    }
}
struct Go;
impl Watch for Go {
    fn go_on(&mut self, _: Instant, _: u64) -> bool {
        true
    }
}

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
    s.merchants = vec![
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
    ];
    s.background = vec![Background {
        name: "transfers".into(),
        house: id(HUB),
        debtors: vec![w(BANK, 1.0), w(WALLET, 1.0)],
        creditors: vec![w(BANK, 1.0), w(WALLET, 1.0)],
        ticket: Dist::LogNormal { median: 2000.0, sigma: 1.5 },
        arrivals: vec![RateStep { from: Instant::EPOCH, per_second: 500.0 }],
    }];
    s.human = HumanTimes {
        show: Dist::Constant(3_000_000_000),
        scan: Dist::Constant(4_000_000_000),
        tap: Dist::Constant(1_000_000_000),
        type_amount: Dist::Constant(4_000_000_000),
        authenticate: Dist::Constant(2_500_000_000),
    };
    s.policies[0].connect =
        vec![Connect { wallets: vec![id(WALLET)], codes: vec![id(ACQUIRER)], via: vec![id(HUB)] }];
    s
}

#[test]
fn smoke() {
    let s = world();
    let model = Model::compile(&s, PolicyId::new(0));
    for options in [
        RunOptions::default(),
        RunOptions { permute: Some(7), evented: false },
        RunOptions { permute: None, evented: true },
    ] {
        let mut both = Both(Recorder::new(&s, PolicyId::new(0), 0), Auditor::new(&s), 0);
        let t = std::time::Instant::now();
        let end = hutong::model::run(&model, 0, options, &mut both, &mut Go).unwrap();
        let el = t.elapsed();
        let out = both.0.finish(end.at, end.events);
        let findings = both.1.finish(end.at);
        println!("{options:?} {end:?} facts {} in {el:?}\n{:?}", both.2, out.tally);
        println!("digest {:02x?} {:x}", &out.digest[..6], out.multiset);
        for l in &findings.laws {
            println!("{} {} {:?}", l.law, l.checked, l.offence);
        }
        for c in &out.latency {
            if c.stage != "user" {
                println!(
                    "{} {} {} n={} mean={}us",
                    c.stage,
                    c.route,
                    c.outcome,
                    c.count,
                    c.sum_ns / u128::from(c.count) / 1000
                );
            }
        }
        for r in &out.settlement {
            println!("{r:?}");
        }
        for r in &out.stations {
            println!("{} {} util {}", r.node, r.visits, r.utilisation_frac);
        }
    }
    println!("{:?}", model.load());
}
