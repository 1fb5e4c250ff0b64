//! Codes: whose they are, what is wrong with them, and what a collision costs.

use hutong::kernel::dist::Dist;
use hutong::model::fact::{Fact, Observer};
use hutong::model::{Model, RunOptions, Watch};
use hutong::scenario::code::{
    CodeError, CodeTable, Element, checksum, make_collection_code, make_emv, make_payment_code,
    parse_emv,
};
use hutong::scenario::{CollectionCode, Institution, Mode, PaymentCodes, Scenario};
use hutong::units::{Instant, InstitutionId, PolicyId};
use proptest::prelude::*;

use crate::support_world::world;

/// An `EMVCo` string made for these tests.
const VECTOR: &str = "00020101021226440014cn.example.sim0108ACQ000010210M000000123520454115303156\
                      540523.505802CN5913SIM MART 01236006NINGBO63043C55";

fn institution(name: &str, payment: &[(&[&str], u8, u8)]) -> Institution {
    let ranges = payment.iter().map(|(prefixes, length_min, length_max)| PaymentCodes {
        prefixes: prefixes.iter().map(ToString::to_string).collect(),
        length_min: *length_min,
        length_max: *length_max,
    });
    let like = world().institutions.remove(0);
    Institution { name: name.to_owned(), payment_codes: ranges.collect(), ..like }
}

const ALIPAY: usize = 0;
const TENPAY: usize = 1;
const UNIONPAY: usize = 2;

/// The published routing table of payment codes, and three kinds of collection codes.
fn three() -> Vec<Institution> {
    let alipay = &["25", "26", "27", "28", "29", "30"];
    let tenpay = &["10", "11", "12", "13", "14", "15"];
    let mut three = vec![
        institution("alipay", &[(alipay, 16, 24)]),
        institution("tenpay", &[(tenpay, 18, 18)]),
        institution("unionpay", &[(&["62"], 19, 19)]),
    ];
    let url = |text: &str| CollectionCode::Url(text.to_owned());
    three[ALIPAY].collection_codes = vec![url("https://qr.alipay.com/")];
    three[TENPAY].collection_codes = vec![url("https://wx.tenpay.com/"), url("wxp://")];
    three[UNIONPAY].collection_codes =
        vec![url("https://qr.95516.com/"), CollectionCode::Emv("cn.example.sim".to_owned())];
    three
}

fn issuer(code: &str) -> Result<usize, CodeError> {
    CodeTable::new(&three()).issuer(code).map(InstitutionId::index)
}

/// A code with this beginning, this long.
fn digits(prefix: &str, length: usize) -> String {
    format!("{prefix}{}", "7".repeat(length - prefix.len()))
}

#[test]
fn the_checksum_is_that_of_emvco() {
    assert_eq!(checksum("123456789"), "29B1");
    assert_eq!(checksum(VECTOR.strip_suffix("3C55").unwrap()), "3C55");
}

#[test]
fn an_emvco_string_is_split_into_its_elements_and_routed_by_its_template() {
    let elements = parse_emv(VECTOR).expect("a good code");
    let tags: Vec<u8> = elements.iter().map(|element| element.tag).collect();
    assert_eq!(tags, [0, 1, 26, 52, 53, 54, 58, 59, 60, 63]);
    let value = |tag| elements.iter().find(|element| element.tag == tag).map(|found| found.value);
    assert_eq!(value(54), Some("23.50"));
    assert_eq!(value(59), Some("SIM MART 0123"));
    assert_eq!(issuer(VECTOR), Ok(UNIONPAY));
    assert_eq!(parse_emv(&VECTOR.replace("3C55", "3c55")).map(|all| all.len()), Ok(10));
}

#[test]
fn a_wrong_or_missing_checksum_names_the_right_one() {
    let right = |digits: &str| Err(CodeError::Checksum(digits.to_owned()));
    assert_eq!(issuer(&VECTOR.replace("3C55", "3C56")), right("3C55"));
    let body = VECTOR.strip_suffix("63043C55").unwrap();
    assert_eq!(issuer(body), right("3C55"));
    let other = body.replace("23.50", "23.51");
    let expected = checksum(&format!("{other}6304"));
    assert_ne!(expected, "3C55");
    assert_eq!(issuer(&format!("{other}63043C55")), right(&expected));
}

#[test]
fn malformed_lengths_are_named_by_their_byte() {
    for (code, byte) in [
        ("0002010", 6),
        ("00020126", 6),
        ("0002012699ab", 6),
        ("000201ab02xx", 6),
        ("00020126x2xx", 6),
        ("000201260互x", 6),
        ("0002016304", 6),
    ] {
        assert_eq!(issuer(code), Err(CodeError::Malformed(byte)), "{code}");
    }
    assert_eq!(parse_emv(""), Err(CodeError::Malformed(0)));
}

#[test]
fn payment_codes_are_routed_by_prefix_and_length() {
    for prefix in ["10", "11", "12", "13", "14", "15"] {
        assert_eq!(issuer(&digits(prefix, 18)), Ok(TENPAY));
        assert_eq!(issuer(&digits(prefix, 17)), Err(CodeError::Unknown));
        assert_eq!(issuer(&digits(prefix, 19)), Err(CodeError::Unknown));
    }
    for prefix in ["25", "26", "27", "28", "29", "30"] {
        for length in 16..=24 {
            assert_eq!(issuer(&digits(prefix, length)), Ok(ALIPAY));
        }
        assert_eq!(issuer(&digits(prefix, 15)), Err(CodeError::Unknown));
        assert_eq!(issuer(&digits(prefix, 25)), Err(CodeError::Unknown));
    }
    assert_eq!(issuer(&digits("62", 19)), Ok(UNIONPAY));
    for (prefix, length) in [("62", 18), ("09", 18), ("16", 18), ("24", 18), ("31", 18)] {
        assert_eq!(issuer(&digits(prefix, length)), Err(CodeError::Unknown));
    }
    for code in ["", "1", "１0777777777777777777", "10777777777777777x", " 107777777777777777"] {
        assert_eq!(issuer(code), Err(CodeError::Unknown), "{code}");
    }
}

#[test]
fn a_social_security_code_of_22_digits_is_taken_for_alipays_where_it_begins_like_one() {
    assert_eq!(issuer(&digits("28", 22)), Ok(ALIPAY));
    assert_eq!(issuer(&digits("44", 22)), Err(CodeError::Unknown));
    let mut four = three();
    four.push(institution("social-security", &[(&["28"], 22, 22)]));
    let ids = [ALIPAY, 3].map(InstitutionId::new);
    let both = CodeError::Ambiguous(ids[0], ids[1]);
    let table = CodeTable::new(&four);
    assert_eq!(table.issuer(&digits("28", 22)), Err(both));
    assert_eq!(table.issuer(&digits("28", 18)), Ok(ids[0]), "another length is clear");
}

#[test]
fn nested_prefixes_are_ambiguous_and_repeated_ones_of_one_issuer_are_not() {
    let two = [institution("a", &[(&["1"], 18, 18)]), institution("b", &[(&["13"], 18, 18)])];
    let table = CodeTable::new(&two);
    let ids = [0, 1].map(InstitutionId::new);
    assert_eq!(table.issuer(&digits("12", 18)), Ok(ids[0]));
    assert_eq!(table.issuer(&digits("13", 18)), Err(CodeError::Ambiguous(ids[0], ids[1])));
    let own = [institution("a", &[(&["1", "13"], 18, 18), (&["13"], 16, 20)])];
    assert_eq!(CodeTable::new(&own).issuer(&digits("13", 18)), Ok(ids[0]));
}

#[test]
fn urls_are_routed_by_their_beginning() {
    assert_eq!(issuer("https://qr.alipay.com/fkx0123"), Ok(ALIPAY));
    assert_eq!(issuer("wxp://f2f0abc"), Ok(TENPAY));
    assert_eq!(issuer("https://qr.95516.com/0001/x"), Ok(UNIONPAY));
    assert_eq!(issuer("http://qr.alipay.com/fkx0123"), Err(CodeError::Unknown));
    assert_eq!(issuer("https://qr.alipay.com"), Err(CodeError::Unknown));
}

#[test]
fn of_urls_that_begin_alike_the_longest_decides() {
    let mut four = three();
    four.push(institution("nested", &[]));
    four[3].collection_codes = vec![CollectionCode::Url("https://qr.alipay.com/fk/".to_owned())];
    let table = CodeTable::new(&four);
    let ids = [ALIPAY, 3].map(InstitutionId::new);
    assert_eq!(table.issuer("https://qr.alipay.com/fk/1"), Ok(ids[1]));
    assert_eq!(table.issuer("https://qr.alipay.com/fk"), Ok(ids[0]));
    four[3].collection_codes.push(CollectionCode::Url("https://qr.alipay.com/".to_owned()));
    let both = CodeError::Ambiguous(ids[0], ids[1]);
    assert_eq!(CodeTable::new(&four).issuer("https://qr.alipay.com/x"), Err(both));
}

#[test]
fn a_template_that_two_issuers_claim_is_ambiguous() {
    let mut four = three();
    four.push(institution("twin", &[]));
    four[3].collection_codes = vec![CollectionCode::Emv("cn.example.sim".to_owned())];
    let both = CodeError::Ambiguous(InstitutionId::new(UNIONPAY), InstitutionId::new(3));
    assert_eq!(CodeTable::new(&four).issuer(VECTOR), Err(both));
}

proptest! {
    #[test]
    fn a_code_that_an_issuer_makes_is_routed_to_it(bits: u64, shop: u64) {
        let three = three();
        let table = CodeTable::new(&three);
        for (index, institution) in three.iter().enumerate() {
            let code = make_payment_code(institution, bits).expect("it states some");
            prop_assert!(code.bytes().all(|byte| byte.is_ascii_digit()), "{}", code);
            prop_assert_eq!(table.issuer(&code), Ok(InstitutionId::new(index)));
            let code = make_collection_code(institution, shop).expect("it states some");
            prop_assert_eq!(table.issuer(&code), Ok(InstitutionId::new(index)), "{}", code);
        }
    }

    #[test]
    fn elements_come_back_as_they_were_written(
        values in prop::collection::vec((0_u8..=62, "\\PC{0,20}"), 0..8)
    ) {
        let elements: Vec<Element<'_>> =
            values.iter().map(|(tag, value)| Element { tag: *tag, value }).collect();
        let code = make_emv(&elements);
        let mut read = parse_emv(&code).expect("just written");
        prop_assert_eq!(read.pop().map(|last| last.tag), Some(63));
        prop_assert_eq!(read, elements);
    }

    #[test]
    fn no_text_makes_the_table_panic(text in ".*", cut in 0_usize..140) {
        let _ = issuer(&text);
        let _ = issuer(&format!("000201{text}"));
        let _ = issuer(VECTOR.get(..cut).unwrap_or(VECTOR));
        let _ = parse_emv(&text);
    }
}

#[test]
fn made_codes_use_every_prefix_and_length() {
    let alipay = &three()[ALIPAY];
    let codes: Vec<String> =
        (0..1_000).filter_map(|bits| make_payment_code(alipay, bits * 7_919)).collect();
    for length in 16..=24 {
        assert!(codes.iter().any(|code| code.len() == length), "{length}");
    }
    for prefix in ["25", "26", "27", "28", "29", "30"] {
        assert!(codes.iter().any(|code| code.starts_with(prefix)), "{prefix}");
    }
    assert_eq!(make_payment_code(&institution("none", &[]), 5), None);
    assert_eq!(make_collection_code(&institution("none", &[]), 5), None);
}

#[derive(Default)]
struct ByMode {
    opened: [u64; 4],
    unreadable: u64,
}

impl Observer for ByMode {
    fn observe(&mut self, _: Instant, fact: &Fact) {
        match fact {
            Fact::Opened { route, issuer, .. }
                if issuer.index() == crate::audit_world::ACQUIRER =>
            {
                self.opened[route.mode as usize] += 1;
            }
            Fact::Unreadable { .. } => self.unreadable += 1,
            _ => {}
        }
    }
}

struct GoOn;

impl Watch for GoOn {
    fn go_on(&mut self, _: Instant, _: u64) -> bool {
        true
    }
}

/// Payments opened with the acquirer's code by mode, and attempts that nobody could read.
fn presented(scenario: &Scenario) -> ByMode {
    let model = Model::compile(scenario, PolicyId::new(0));
    let mut told = ByMode::default();
    hutong::model::run(&model, 0, RunOptions::default(), &mut told, &mut GoOn).expect("no log");
    told
}

/// Goal: a collision has consequences. Method: one class of shops with the acquirer's code and one
/// wallet connected to it; then a twin claims the collection code, then the payment code.
#[test]
fn a_code_that_two_issuers_claim_is_unreadable_in_its_modes_only() {
    use crate::audit_world::{ACQUIRER, BANK, WALLET};
    let mut scenario = world();
    scenario.merchants.truncate(1);
    scenario.background.clear();
    scenario.consumers[0].ticket = Dist::Constant(100);
    let url = CollectionCode::Url("https://a.example/".to_owned());
    let range = PaymentCodes { prefixes: vec!["10".to_owned()], length_min: 18, length_max: 18 };
    scenario.institutions[ACQUIRER].collection_codes = vec![url.clone()];
    scenario.institutions[WALLET].payment_codes = vec![range.clone()];
    let clear = presented(&scenario);
    assert!(clear.opened.iter().all(|count| *count > 0), "{:?}", clear.opened);
    assert_eq!(clear.unreadable, 0);

    scenario.institutions[BANK].collection_codes = vec![url];
    let collected = presented(&scenario);
    let by_app = [Mode::Static, Mode::Dynamic, Mode::Tap].map(|mode| mode as usize);
    assert!(by_app.iter().all(|mode| collected.opened[*mode] == 0), "{:?}", collected.opened);
    let by_till = Mode::ConsumerPresented as usize;
    assert_eq!(collected.opened[by_till], clear.opened[by_till]);
    assert!(collected.unreadable > 0);

    scenario.institutions[BANK].payment_codes = vec![range];
    assert_eq!(presented(&scenario).opened, [0; 4]);
}
