//! A swarm of small worlds: a seed becomes the text of a scenario.
//!
//! Every choice of the scenario language is drawn somewhere: topology, hubs that are banks too,
//! modes, funding, declines, queue limits, services with and without ties, answers that bypass,
//! last come first served, signs that begin alike, fees, cut-offs, thin reserves, background,
//! bilateral links.

use std::fmt::Write as _;

use hutong::scenario::{LoadOptions, Scenario, load_text};

/// Draws from one seed, one after the other.
pub(crate) struct Dice(u64);

impl Dice {
    /// Starts from a seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number (SplitMix64).
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        word ^ (word >> 31)
    }

    /// A whole number from `low` to `high`.
    pub(crate) fn whole(&mut self, low: u64, high: u64) -> u64 {
        low + self.next() % (high - low + 1)
    }

    /// True once in `times`.
    pub(crate) fn once_in(&mut self, times: u64) -> bool {
        self.next().is_multiple_of(times)
    }

    /// One of several.
    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.whole(0, from.len() as u64 - 1) as usize]
    }

    /// At least one of several, each once, in their order.
    fn some<'a, T>(&mut self, from: &'a [T]) -> Vec<&'a T> {
        let always = self.whole(0, from.len() as u64 - 1) as usize;
        let chosen = |(index, item)| (index == always || self.once_in(2)).then_some(item);
        from.iter().enumerate().filter_map(chosen).collect()
    }

    /// Puts a list in another order.
    pub(crate) fn shuffle<T>(&mut self, list: &mut [T]) {
        for last in (1..list.len()).rev() {
            list.swap(last, self.whole(0, last as u64) as usize);
        }
    }
}

/// The text of one world, by section.
#[derive(Clone, Debug)]
pub(crate) struct Swarm {
    pub(crate) seed: u64,
    head: String,
    sections: Vec<String>,
}

/// Who takes part.
struct Cast {
    hubs: Vec<String>,
    wallets: Vec<String>,
    banks: Vec<String>,
    acquirers: Vec<String>,
    /// Whether institutions may talk directly.
    direct: bool,
    /// No queue, no limit, no lack of money: what one payment does touches no other.
    ample: bool,
}

impl Swarm {
    /// The world of this seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self::build(seed, false)
    }

    /// The world of this seed with so many servers, so much room and so much money that payments
    /// never meet.
    pub(crate) fn ample(seed: u64) -> Self {
        Self::build(seed, true)
    }

    fn build(seed: u64, ample: bool) -> Self {
        let mut dice = Dice::new(seed);
        let mut names = |stem: &str, most: u64| -> Vec<String> {
            (1..=dice.whole(1, most)).map(|n| format!("{stem}-{n}")).collect()
        };
        let (hubs, wallets) = (names("hub", 3), names("wallet", 5));
        let (banks, acquirers) = (names("bank", 3), names("acquirer", 2));
        let direct = dice.once_in(2);
        let cast = Cast { hubs, wallets, banks, acquirers, direct, ample };
        let mut sections = cast.institutions(&mut dice);
        sections.push(cast.links(&mut dice));
        sections.push(Cast::presentment(&mut dice));
        for class in 1..=dice.whole(1, 3) {
            sections.push(cast.consumers(&mut dice, class));
        }
        for class in 1..=dice.whole(1, 3) {
            sections.push(cast.merchants(&mut dice, class));
        }
        for flow in 1..=dice.whole(0, 2) {
            sections.push(cast.background(&mut dice, flow));
        }
        sections.push("[policies.closed]".to_owned());
        sections.push(cast.open(&mut dice));
        sections.push(fees(&mut dice));
        if cast.direct {
            sections.push(RULES.to_owned());
        }
        let drain = if !ample && dice.once_in(4) { "100ms" } else { "6s" };
        if !ample && dice.once_in(3) {
            sections.push(limits(&mut dice));
        }
        if dice.once_in(3) {
            sections.push(RISK.to_owned());
        }
        let head = format!(
            "name = \"swarm\"\nepoch = \"2025-01-06T09:59:58+08:00\"\nhorizon = \"3s\"\n\
             warm_up = \"500ms\"\ndrain = \"{drain}\"\nseed = {seed}\n"
        );
        Self { seed, head, sections }
    }

    /// The world of this seed in which messages are lost and nobody waits for long.
    pub(crate) fn late(seed: u64) -> Self {
        let mut dice = Dice::new(seed ^ 0x1A7E);
        let loss = *dice.pick(&["0%", "1%", "5%", "30%"]);
        let mut timer = |key: &str, most: u64| format!("{key} = \"{}ms\"\n", dice.whole(1, most));
        let waits =
            [timer("timeout", 120), timer("poll_interval", 60), timer("reversal_interval", 60)];
        let (polls, reversals) = (dice.whole(0, 3), dice.whole(1, 4));
        let repeats = format!("polls = {polls}\nreversals = {reversals}");
        let mut swarm = Self::new(seed).with(&format!("[timers]\n{}{repeats}", waits.concat()));
        // Time-outs do not go together with these yet.
        swarm.sections.retain(|one| !one.starts_with("[limits]") && !one.starts_with("[risk]"));
        for section in &mut swarm.sections {
            *section = section.replace("[links]", &format!("[links]\nloss = \"{loss}\""));
        }
        swarm
    }

    /// The same world and one more section.
    pub(crate) fn with(mut self, section: &str) -> Self {
        self.sections.push(section.to_owned());
        self
    }

    /// The same world with one more entry in every list of linked banks.
    pub(crate) fn with_bank_listed(mut self, entry: &str) -> Self {
        for section in &mut self.sections {
            *section = section.replace(" } # linked", &format!(", {entry} }}"));
        }
        self
    }

    /// The same world, in which things go wrong: outages of all kinds, planned and drawn.
    pub(crate) fn troubled(seed: u64) -> Self {
        let mut swarm = Self::new(seed);
        let mut dice = Dice::new(!seed);
        let calm = swarm.scenario();
        let names = calm.institutions.iter().map(|one| one.name.as_str());
        let names: Vec<&str> = names.filter(|name| *name != "settlement-bank").collect();
        for section in &mut swarm.sections {
            let sites = "station = { sites = { north = 1, south = 2 }, ";
            *section = section.replace("station = { ", sites);
            // A service of no length that begins as an outage ends is a step of its own at an
            // evented station: another order for what leaves at one instant.
            *section = section.replace("service = \"0ms\"", "service = \"1ms\"");
        }
        for number in 0..dice.whole(1, 2 * names.len() as u64) {
            swarm.sections.push(fault(&mut dice, &names, number));
        }
        swarm
    }

    /// The same world with its sections in another order.
    pub(crate) fn reordered(mut self, seed: u64) -> Self {
        Dice::new(seed).shuffle(&mut self.sections);
        self
    }

    /// The scenario as it would stand in a file.
    pub(crate) fn text(&self) -> String {
        format!("{}\n{}\n", self.head, self.sections.join("\n\n"))
    }

    /// The checked scenario.
    pub(crate) fn scenario(&self) -> Scenario {
        let text = self.text();
        match load_text("swarm.toml", &text, &LoadOptions::default()) {
            Ok(loaded) => loaded.scenario,
            Err(mistakes) => panic!("seed {}: {mistakes}\n{text}", self.seed),
        }
    }
}

const RULES: &str = "[[rules]]\nfrom = \"wallet\"\nto = \"bank\"\nrail = \"bank-debit\"\n\
                     direct = true\n\n[[rules]]\nfrom = \"wallet\"\nto = \"acquirer\"\n\
                     rail = \"barcode\"\ndirect = true";

/// A fault of some institution, site or link: two for each institution, in different modes, so that
/// no two of one target and mode come about at once.
fn fault(dice: &mut Dice, names: &[&str], number: u64) -> String {
    const MODES: [&str; 3] = ["\"refuse\"", "\"stall\"", "{ degrade = { factor = 2.7 } }"];
    let who = names[number as usize / 2 % names.len()];
    let first = who.len() as u64 + names.len() as u64;
    let mut mode = MODES[((first + number) % 3) as usize];
    let other = *dice.pick(names);
    let target = match dice.whole(0, 4) {
        0 if other != who => format!("link = {{ from = \"{who}\", to = \"{other}\" }}"),
        1 => {
            mode = MODES[0];
            let site = ["north", "south"][number as usize % 2];
            format!("institution = \"{who}\"\nsite = \"{site}\"")
        }
        _ => format!("institution = \"{who}\""),
    };
    let time = if dice.once_in(2) {
        format!("mtbf = \"{}ms\"\nmttr = \"{}ms\"", dice.whole(300, 900), dice.whole(20, 300))
    } else {
        let (from, length) = (dice.whole(0, 25) * 100, dice.whole(1, 12) * 50);
        format!("from = \"{from}ms\"\nfor = \"{length}ms\"")
    };
    format!("[[faults]]\n{target}\nmode = {mode}\n{time}")
}

fn quoted<T: AsRef<str>>(names: &[T]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("\"{}\"", name.as_ref())).collect();
    format!("[{}]", quoted.join(", "))
}

fn weights<T: AsRef<str>>(dice: &mut Dice, names: &[T]) -> String {
    let weight = |name: &T| format!("{} = {}.0", name.as_ref(), dice.whole(1, 4));
    names.iter().map(weight).collect::<Vec<_>>().join(", ")
}

/// A time: whole milliseconds, so that instants coincide, or drawn.
fn time(dice: &mut Dice) -> String {
    let ms = dice.whole(1, 9);
    match dice.whole(0, 7) {
        0 => format!("{{ exponential = {{ mean = \"{ms}ms\" }} }}"),
        1 => format!("{{ lognormal = {{ mean = \"{ms}ms\", cv = 0.8 }} }}"),
        2 => format!("{{ uniform = {{ low = \"1ms\", high = \"{}ms\" }} }}", 2 * ms),
        3 => format!("{{ weibull = {{ shape = 0.7, scale = \"{ms}ms\" }} }}"),
        4 => format!("{{ pareto = {{ low = \"{ms}ms\", shape = 2.5 }} }}"),
        5 => "\"0ms\"".to_owned(),
        _ => format!("\"{ms}ms\""),
    }
}

fn ticket(dice: &mut Dice) -> &'static str {
    if dice.once_in(2) { "{ lognormal = { median = \"20.00\", sigma = 1.2 } }" } else { "\"7.50\"" }
}

const RISK: &str = "[risk]\nfraud = 0.1\non_us = { detects = 0.9, false_declines = 0.02 }\n\
                    off_us = { detects = 0.5, false_declines = 0.05 }";

fn limits(dice: &mut Dice) -> String {
    let keys = [
        "static_codes = \"50.00\"",
        "without_pin = \"60.00\"",
        "with_pin = \"80.00\"\ncertified = 0.4",
        "pin = { above = \"30.00\", after = 2, at_random = 0.05 }",
        "code_life = \"4s\"",
    ];
    let some: Vec<&str> = dice.some(&keys).into_iter().copied().collect();
    format!("[limits]\n{}", some.join("\n"))
}

fn fees(dice: &mut Dice) -> String {
    let legs = [
        ("merchant-discount", "merchant", "acquirer", "rate = \"60bp\""),
        ("interchange", "acquirer", "wallet", "rate = \"38bp\"\ncap = \"0.50\""),
        ("clearing", "acquirer", "clearing-house", "floor = \"0.01\""),
        ("clearing", "wallet", "clearing-house", "rate = \"5bp\"\nscope = \"off-us\""),
        ("code-issuer", "acquirer", "code-issuer", "rate = \"2bp\""),
        ("bank-debit", "wallet", "bank", "rate = \"10bp\"\nfloor = \"0.02\""),
    ];
    let mut text = String::new();
    for (kind, payer, earner, terms) in legs {
        if dice.once_in(2) {
            writeln!(
                text,
                "[[fees]]\nkind = \"{kind}\"\npayer = \"{payer}\"\nearner = \"{earner}\"\n{terms}"
            )
            .unwrap();
        }
    }
    text
}

impl Cast {
    fn station(&self, dice: &mut Dice) -> String {
        let service = time(dice);
        let mut text = format!("servers = {}, service = {service}", dice.whole(1, 6));
        if self.ample {
            text = format!("servers = 20000, service = {service}");
        } else if dice.once_in(3) {
            write!(text, ", queue_limit = {}", dice.whole(0, 5)).unwrap();
        }
        if dice.once_in(4) {
            text.push_str(", answers = \"bypass\"");
        }
        if !self.ample && dice.once_in(10) {
            text.push_str(", discipline = \"lcfs\"");
        }
        format!("station = {{ {text} }}")
    }

    fn money(&self, dice: &mut Dice) -> String {
        let mut text = String::new();
        if !self.ample && dice.once_in(3) {
            writeln!(text, "customer_funds = \"{}.00\"", dice.whole(100, 5_000)).unwrap();
        }
        if !self.ample && dice.once_in(3) {
            writeln!(text, "reserve = \"{}.00\"", dice.whole(10, 2_000)).unwrap();
        }
        if dice.once_in(3) {
            text.push_str("declines = { risk-refused = \"4%\", system-error = \"1%\" }\n");
        }
        text
    }

    fn institutions(&self, dice: &mut Dice) -> Vec<String> {
        let mut sections = Vec::new();
        for name in &self.hubs {
            let both = dice.once_in(4);
            let roles = if both { "\"clearing-house\", \"bank\"" } else { "\"clearing-house\"" };
            let cut_offs = if dice.once_in(2) {
                "settlement = { regime = { deferred-net = \
                 { cut_offs = [\"09:59:59\", \"10:00\", \"10:00:01\"] } } }\n"
            } else {
                ""
            };
            sections.push(self.institution(dice, name, (roles, cut_offs)));
        }
        // Each wallet's signs begin like those of the one before.
        let mut url = "https://pay.example/".to_owned();
        for name in &self.wallets {
            let both = dice.once_in(2);
            let more = if both { ", \"acquirer\"" } else { "" };
            let roles = format!("\"wallet\", \"code-issuer\"{more}");
            let roles = roles.as_str();
            let alone = self.direct && dice.once_in(3);
            let hub = dice.pick(&self.hubs).clone();
            let via = if alone { String::new() } else { format!("debits_via = \"{hub}\"\n") };
            let via = format!("{via}collection_codes = [{{ url = \"{url}\" }}]\n");
            write!(url, "{name}/").unwrap();
            sections.push(self.institution(dice, name, (roles, &via)));
        }
        for name in &self.banks {
            sections.push(self.institution(dice, name, ("\"bank\"", "")));
        }
        for name in &self.acquirers {
            sections.push(self.institution(dice, name, ("\"acquirer\", \"code-issuer\"", "")));
        }
        sections
    }

    fn institution(&self, dice: &mut Dice, name: &str, (roles, more): (&str, &str)) -> String {
        let (station, money) = (self.station(dice), self.money(dice));
        format!("[institutions.{name}]\nroles = [{roles}]\n{station}\n{money}{more}")
    }

    fn links(&self, dice: &mut Dice) -> String {
        let mut text = format!(
            "[links]\ndefault = {{ floor = \"{}ms\", jitter = {} }}\n\
             access = {{ floor = \"{}ms\", jitter = {} }}\n",
            dice.whole(1, 4),
            time(dice),
            dice.whole(1, 10),
            time(dice),
        );
        if dice.once_in(2) {
            let (a, b) = (quoted(&dice.some(&self.hubs)), quoted(&dice.some(&self.wallets)));
            write!(text, "between = [{{ a = {a}, b = {b}, floor = \"3ms\" }}]").unwrap();
        }
        text
    }

    fn presentment(dice: &mut Dice) -> String {
        let moments = ["show", "scan", "tap", "type_amount", "authenticate"];
        let lines = moments.map(|moment| format!("{moment} = {}", time(dice)));
        format!("[presentment]\n{}", lines.join("\n"))
    }

    fn consumers(&self, dice: &mut Dice, class: u64) -> String {
        let all = quoted(&self.wallets);
        let one = quoted(&[dice.pick(&self.wallets)]);
        let holds = if all == one {
            format!("[{{ wallets = {all}, share = 1.0 }}]")
        } else {
            format!("[{{ wallets = {all}, share = 0.7 }}, {{ wallets = {one}, share = 0.3 }}]")
        };
        let prefers = weights(dice, &self.wallets);
        let mut banks = self.banks.clone();
        banks.sort();
        let banks = weights(dice, &banks);
        let rate = if self.ample { 60 } else { dice.whole(20, 120) };
        let funding = *dice.pick(&["0.4, bank = 0.6", "1.0, bank = 0.0", "0.0, bank = 1.0"]);
        let ticket = ticket(dice);
        format!(
            "[consumers.people-{class}]\npopulation = 50\nholds = {holds}\n\
             prefers = {{ {prefers} }}\nfunding = {{ balance = {funding} }}\n\
             banks = {{ {banks} }} # linked\nticket = {ticket}\n\
             arrivals = {{ rate = \"{rate}/s\" }}"
        )
    }

    fn merchants(&self, dice: &mut Dice, class: u64) -> String {
        let mut codes: Vec<&String> = self.wallets.iter().chain(&self.acquirers).collect();
        dice.shuffle(&mut codes);
        let shown = dice.whole(1, codes.len() as u64) as usize;
        let accepts: Vec<String> = codes[..shown]
            .iter()
            .map(|code| {
                let acquirer = dice.pick(&self.acquirers);
                format!("{{ code = \"{code}\", acquirer = \"{acquirer}\" }}")
            })
            .collect();
        let order_fetch = dice.once_in(2);
        let weight = dice.whole(1, 5);
        format!(
            "[merchants.shops-{class}]\ncount = 20\nweight = {weight}.0\n\
             accepts = [{}]\norder_fetch = {order_fetch}\nmodes = {{ {} }}",
            accepts.join(", "),
            weights(dice, &dice_modes(class)),
        )
    }

    fn background(&self, dice: &mut Dice, flow: u64) -> String {
        let hub = dice.pick(&self.hubs).clone();
        let mut sides = [self.banks.clone(), self.wallets.clone()].concat();
        sides.sort();
        let (debtors, creditors) = (weights(dice, &sides), weights(dice, &sides));
        let (rate, ticket) = (dice.whole(5, 40), ticket(dice));
        format!(
            "[demand.background.transfers-{flow}]\nhouse = \"{hub}\"\n\
             debtors = {{ {debtors} }}\ncreditors = {{ {creditors} }}\nticket = {ticket}\n\
             arrivals = {{ rate = \"{rate}/s\" }}"
        )
    }

    fn open(&self, dice: &mut Dice) -> String {
        let codes: Vec<&String> = self.wallets.iter().chain(&self.acquirers).collect();
        let mut rows = Vec::new();
        for _ in 0..dice.whole(1, 4) {
            let (wallets, codes) = (quoted(&dice.some(&self.wallets)), quoted(&dice.some(&codes)));
            let mut via = self.hubs.clone();
            dice.shuffle(&mut via);
            via.truncate(dice.whole(u64::from(!self.direct), 2) as usize);
            let via = quoted(&via);
            rows.push(format!("  {{ wallets = {wallets}, codes = {codes}, via = {via} }},\n"));
        }
        format!("[policies.open]\nextends = \"closed\"\nconnect = [\n{}]", rows.concat())
    }
}

/// Some classes know every mode, others one.
fn dice_modes(class: u64) -> Vec<&'static str> {
    match class {
        1 => vec!["static", "dynamic", "consumer-presented", "tap"],
        2 => vec!["consumer-presented"],
        _ => vec!["static", "tap"],
    }
}
