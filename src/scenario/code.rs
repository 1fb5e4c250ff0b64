//! Codes: what a wallet's screen or a merchant's sign really says, and whose it is.
//!
//! Payment codes are decimal digits routed by prefix and length. Collection codes are URLs routed
//! by the longest beginning that is known, or `EMVCo` tag-length-value strings with a checksum,
//! routed by the globally unique identifier of a merchant account template (tags 26 to 51). Nothing
//! else tells codes apart: a number that is no payment code, but begins and is as long as one, is
//! routed like one.

use std::fmt::Write as _;

use crc::{CRC_16_IBM_3740, Crc};

use super::{CollectionCode, Institution};
use crate::units::InstitutionId;

/// `EMVCo` tag 63: CRC-16 with polynomial 0x1021 and initial value 0xFFFF.
const CHECKSUM: Crc<u16> = Crc::<u16>::new(&CRC_16_IBM_3740);

const CHECKSUM_TAG: u8 = 63;
const CHECKSUM_DIGITS: usize = 4;
/// A shop's number in a collection code.
pub(super) const SHOP_DIGITS: usize = 12;
/// How every `EMVCo` merchant-presented code begins: tag 00, version 01.
pub(super) const EMV_START: &str = "000201";

/// Why a code cannot be routed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CodeError {
    /// Neither digits, nor a known URL, nor an `EMVCo` string.
    Unknown,
    /// An `EMVCo` string whose lengths do not add up, at this byte.
    Malformed(usize),
    /// An `EMVCo` string whose checksum is wrong; the right one is given.
    Checksum(String),
    /// More than one issuer claims this code.
    Ambiguous(InstitutionId, InstitutionId),
}

/// The code-routing table: whose code is this?
#[derive(Clone, Debug, Default)]
pub struct CodeTable {
    payment: Vec<PaymentRange>,
    urls: Vec<(String, InstitutionId)>,
    templates: Vec<(String, InstitutionId)>,
}

#[derive(Clone, Debug)]
struct PaymentRange {
    prefix: String,
    lengths: std::ops::RangeInclusive<usize>,
    issuer: InstitutionId,
}

impl CodeTable {
    /// The routing table of these institutions, in order of id.
    pub fn new(institutions: &[Institution]) -> Self {
        let mut table = Self::default();
        for (index, institution) in institutions.iter().enumerate() {
            let issuer = InstitutionId::new(index);
            for codes in &institution.payment_codes {
                let lengths = usize::from(codes.length_min)..=usize::from(codes.length_max);
                table.payment.extend(codes.prefixes.iter().map(|prefix| PaymentRange {
                    prefix: prefix.clone(),
                    lengths: lengths.clone(),
                    issuer,
                }));
            }
            for code in &institution.collection_codes {
                match code {
                    CollectionCode::Url(start) => table.urls.push((start.clone(), issuer)),
                    CollectionCode::Emv(guid) => table.templates.push((guid.clone(), issuer)),
                }
            }
        }
        table
    }

    /// Whose code this is.
    ///
    /// # Errors
    /// See [`CodeError`].
    pub fn issuer(&self, code: &str) -> Result<InstitutionId, CodeError> {
        if code.starts_with(EMV_START) {
            return self.template_issuer(code);
        }
        if !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_digit()) {
            let fits = |range: &&PaymentRange| {
                code.starts_with(&range.prefix) && range.lengths.contains(&code.len())
            };
            return only(self.payment.iter().filter(fits).map(|range| range.issuer));
        }
        let known = || self.urls.iter().filter(|(start, _)| code.starts_with(start));
        let longest = known().map(|(start, _)| start.len()).max();
        only(known().filter(|(start, _)| Some(start.len()) == longest).map(|row| row.1))
    }

    fn template_issuer(&self, code: &str) -> Result<InstitutionId, CodeError> {
        let elements = parse_emv(code)?;
        let guids = elements.iter().filter(|element| (26..=51).contains(&element.tag));
        let guids = guids.filter_map(|account| {
            let inner = parse_elements(account.value, 0).ok()?;
            inner.into_iter().find(|element| element.tag == 0).map(|element| element.value)
        });
        let issuers = guids.flat_map(|guid| {
            self.templates.iter().filter(move |(known, _)| known == guid).map(|row| row.1)
        });
        only(issuers)
    }
}

fn only(mut issuers: impl Iterator<Item = InstitutionId>) -> Result<InstitutionId, CodeError> {
    let first = issuers.next().ok_or(CodeError::Unknown)?;
    match issuers.find(|other| *other != first) {
        Some(other) => Err(CodeError::Ambiguous(first, other)),
        None => Ok(first),
    }
}

/// One `EMVCo` data element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Element<'a> {
    /// Two-digit identifier.
    pub tag: u8,
    /// The value, at most 99 bytes.
    pub value: &'a str,
}

/// Splits an `EMVCo` merchant-presented code into its elements and verifies its checksum.
///
/// # Errors
/// `Malformed` where a tag or length is not two digits or runs past the end; `Checksum`, with the
/// right one, where tag 63 is missing, not last, or wrong.
pub fn parse_emv(code: &str) -> Result<Vec<Element<'_>>, CodeError> {
    let elements = parse_elements(code, 0)?;
    let Some(last) = elements.last() else { return Err(CodeError::Malformed(0)) };
    let right = if last.tag == CHECKSUM_TAG && last.value.len() == CHECKSUM_DIGITS {
        checksum(&code[..code.len() - CHECKSUM_DIGITS])
    } else {
        checksum(&[code, "6304"].concat())
    };
    if last.tag == CHECKSUM_TAG && last.value.eq_ignore_ascii_case(&right) {
        return Ok(elements);
    }
    Err(CodeError::Checksum(right))
}

/// The four hexadecimal digits of tag 63 over everything before them, `6304` included.
pub fn checksum(body: &str) -> String {
    format!("{:04X}", CHECKSUM.checksum(body.as_bytes()))
}

fn parse_elements(text: &str, offset: usize) -> Result<Vec<Element<'_>>, CodeError> {
    let mut elements = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let bad = CodeError::Malformed(offset + at);
        let two_digits = |from: usize| -> Option<u8> {
            let digits = text.get(from..from + 2)?;
            digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
        };
        let (Some(tag), Some(len)) = (two_digits(at), two_digits(at + 2)) else {
            return Err(bad);
        };
        let end = at + 4 + usize::from(len);
        elements.push(Element { tag, value: text.get(at + 4..end).ok_or(bad)? });
        at = end;
    }
    Ok(elements)
}

/// Writes an `EMVCo` merchant-presented code and its checksum. Values longer than 99 bytes are a
/// caller's bug.
pub fn make_emv(elements: &[Element<'_>]) -> String {
    let mut code = String::new();
    for element in elements {
        assert!(element.value.len() <= 99, "an EMVCo value has at most 99 bytes");
        let Element { tag, value } = element;
        write!(code, "{tag:02}{:02}{value}", value.len()).expect("a string takes all");
    }
    code.push_str("6304");
    let digits = checksum(&code);
    code.push_str(&digits);
    code
}

/// A payment code of this issuer, chosen by `bits`: one of its prefixes and lengths, then decimal
/// digits. `None` when it states no payment codes.
pub fn make_payment_code(institution: &Institution, bits: u64) -> Option<String> {
    let ranges = institution.payment_codes.iter();
    let stated: Vec<_> =
        ranges.flat_map(|codes| codes.prefixes.iter().map(move |prefix| (prefix, codes))).collect();
    let (prefix, codes) = stated.get(usize::try_from(bits % stated.len().max(1) as u64).ok()?)?;
    let rest = bits / stated.len() as u64;
    let lengths = u64::from(codes.length_max.saturating_sub(codes.length_min)) + 1;
    let length = usize::from(codes.length_min) + usize::try_from(rest % lengths).ok()?;
    let digits = format!("{:020}", rest / lengths);
    let filler = digits.chars().rev().cycle().take(length.saturating_sub(prefix.len()));
    Some(prefix.chars().chain(filler).collect())
}

/// The payment codes that stand for this issuer's: one for each prefix.
pub fn sample_payment_codes(institution: &Institution) -> impl Iterator<Item = String> {
    let prefixes = institution.payment_codes.iter().map(|codes| codes.prefixes.len() as u64);
    let prefixes: u64 = prefixes.sum();
    (0..prefixes).filter_map(|bits| make_payment_code(institution, bits))
}

/// A collection code that this issuer would print for the shop with this number, of which it shows
/// the last twelve digits: its stated kinds take turns. `None` when it states none.
pub fn make_collection_code(institution: &Institution, shop: u64) -> Option<String> {
    let kinds = institution.collection_codes.len() as u64;
    let number = shop % 1_000_000_000_000;
    match &institution.collection_codes[usize::try_from(shop.checked_rem(kinds)?).ok()?] {
        CollectionCode::Url(start) => Some(format!("{start}{number:0SHOP_DIGITS$}")),
        CollectionCode::Emv(guid) => {
            let account =
                format!("00{:02}{guid}01{SHOP_DIGITS:02}{number:0SHOP_DIGITS$}", guid.len());
            Some(make_emv(&[
                Element { tag: 0, value: "01" },
                Element { tag: 1, value: "11" },
                Element { tag: 26, value: &account },
                Element { tag: 52, value: "5411" },
                Element { tag: 53, value: "156" },
                Element { tag: 58, value: "CN" },
                Element { tag: 59, value: "SIM MART" },
                Element { tag: 60, value: "NINGBO" },
            ]))
        }
    }
}

/// The collection codes that stand for this issuer's: one of each kind.
pub fn sample_collection_codes(institution: &Institution) -> impl Iterator<Item = String> {
    let kinds = institution.collection_codes.len() as u64;
    (0..kinds).filter_map(|shop| make_collection_code(institution, shop))
}
