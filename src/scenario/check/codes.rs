//! Codes: well-formed prefixes, lengths and beginnings, and no two issuers that collide.

use super::Checker;
use super::institutions::Draft;
use crate::scenario::code::{EMV_START, SHOP_DIGITS};
use crate::scenario::de::Sp;
use crate::scenario::mistake::Mistake;
use crate::scenario::raw::{CollectionRaw, PaymentCodesRaw};
use crate::scenario::source::Place;
use crate::scenario::{CollectionCode, PaymentCodes};

/// The longest globally unique identifier of a merchant account template.
const LONGEST_GUID: usize = 32;
/// The longest payment code that a linear barcode carries.
const LONGEST_CODE: i64 = 40;

impl Checker<'_> {
    pub(super) fn payment_code(
        &mut self,
        raw: &PaymentCodesRaw,
        name: &Sp<String>,
    ) -> Option<PaymentCodes> {
        let what = format!("{}.payment_codes", name.value);
        let (least, most) = match (&raw.length, &raw.length_min, &raw.length_max) {
            (Some(length), None, None) => (length, length),
            (None, Some(least), Some(most)) => (least, most),
            _ => {
                let place = raw.prefixes.first().map_or(name.place, |prefix| prefix.place);
                let message = format!("`{what}` states no length");
                let mistake = Mistake::at("scenario::code-length", place, message)
                    .help("write length = 18, or length_min = 16 with length_max = 24");
                self.say(mistake);
                return None;
            }
        };
        let length_min = self.whole(least, 1..=LONGEST_CODE, &format!("{what}.length"));
        let length_max = self.whole(most, 1..=LONGEST_CODE, &format!("{what}.length"));
        let (length_min, length_max) = (length_min?, length_max?);
        if length_min > length_max {
            let message = "`length_max` is below `length_min`";
            let mistake = Mistake::at("scenario::code-length", most.place, message)
                .label(format!("expected {length_min} or more"))
                .also(least.place, "`length_min`");
            self.say(mistake);
            return None;
        }
        if raw.prefixes.is_empty() {
            let message = format!("`{what}` states no prefix");
            let mistake = Mistake::at("scenario::empty", least.place, message)
                .help("write prefixes = [\"10\", \"11\"]");
            self.say(mistake);
        }
        for prefix in &raw.prefixes {
            let digits = prefix.value.bytes().all(|byte| byte.is_ascii_digit());
            let length = prefix.value.len() as u64;
            if !digits || length == 0 || length > length_min {
                let message = format!("\"{}\" is no prefix of such a code", prefix.value);
                let label = format!("expected 1 to {length_min} decimal digits, such as \"10\"");
                let mistake = Mistake::at("scenario::code-prefix", prefix.place, message);
                self.say(mistake.label(label));
            }
        }
        Some(PaymentCodes {
            prefixes: raw.prefixes.iter().map(|prefix| prefix.value.clone()).collect(),
            length_min: u8::try_from(length_min).ok()?,
            length_max: u8::try_from(length_max).ok()?,
        })
    }

    /// What is written on a sign must be read as what it is, and the globally unique identifiers
    /// must fit into a template.
    pub(super) fn check_identifiers(&mut self, codes: &[Sp<CollectionRaw>]) {
        for code in codes {
            let CollectionRaw::Url(url) = &code.value else { continue };
            let digits = !url.is_empty() && url.bytes().all(|byte| byte.is_ascii_digit());
            if digits || url.starts_with(EMV_START) {
                let read = if digits { "a payment code" } else { "an EMVCo string" };
                let message = format!("an app takes \"{url}\" for {read}");
                let mistake = Mistake::at("scenario::code-prefix", code.place, message)
                    .label("expected the beginning of a URL, such as \"https://qr.example/\"");
                self.say(mistake);
            }
        }
        let unfit = |code: &CollectionRaw| match code {
            CollectionRaw::Url(_) => false,
            CollectionRaw::Emv(guid) => guid.len() > LONGEST_GUID || !guid.is_ascii(),
        };
        for code in codes.iter().filter(|code| unfit(&code.value)) {
            let message = "no `EMVCo` code can carry this identifier";
            let mistake = Mistake::at("scenario::code-length", code.place, message)
                .label(format!("expected at most {LONGEST_GUID} ASCII characters"));
            self.say(mistake);
        }
    }

    /// No code may be read as two issuers': a prefix of one may not begin another's of a length
    /// that both use.
    pub(super) fn check_codes(&mut self, drafts: &[Draft]) {
        struct Claim<'a> {
            issuer: &'a str,
            group: Option<&'a str>,
            place: Place,
            prefix: &'a str,
            lengths: (u8, u8),
        }
        let mut claims: Vec<Claim<'_>> = Vec::new();
        for draft in drafts {
            for codes in &draft.institution.payment_codes {
                claims.extend(codes.prefixes.iter().map(|prefix| Claim {
                    issuer: &draft.institution.name,
                    group: draft.institution.group.as_deref(),
                    place: draft.place,
                    prefix,
                    lengths: (codes.length_min, codes.length_max),
                }));
            }
        }
        claims.sort_by(|a, b| (a.prefix, a.issuer).cmp(&(b.prefix, b.issuer)));
        for (index, claim) in claims.iter().enumerate() {
            // Sorted prefixes that begin alike stand together.
            let longer = claims[index + 1..]
                .iter()
                .take_while(|other| other.prefix.starts_with(claim.prefix));
            let clash = longer.into_iter().find(|other| {
                let overlap =
                    other.lengths.0 <= claim.lengths.1 && claim.lengths.0 <= other.lengths.1;
                // Members of one group are told at the group.
                let kin = claim.group.is_some() && claim.group == other.group;
                overlap && other.issuer != claim.issuer && !kin
            });
            if let Some(other) = clash {
                let message = format!(
                    "payment codes that start with {} belong to `{}` and to `{}`",
                    other.prefix, claim.issuer, other.issuer
                );
                let mistake = Mistake::at("scenario::code-collision", other.place, message)
                    .label("expected prefixes of its own, or other lengths")
                    .also(claim.place, "the other issuer");
                self.mistakes.push(mistake);
            }
        }
    }

    /// No sign may be read as two issuers': a URL of one may not be another's, nor begin one that
    /// goes on like the number of a shop; an identifier may not be another's.
    pub(super) fn check_signs(&mut self, drafts: &[Draft]) {
        let mut claims: Vec<(bool, &str, &Draft, Place)> = Vec::new();
        for draft in drafts {
            let codes = draft.institution.collection_codes.iter().zip(&draft.code_places);
            claims.extend(codes.map(|(code, place)| match code {
                CollectionCode::Url(start) => (true, start.as_str(), draft, *place),
                CollectionCode::Emv(guid) => (false, guid.as_str(), draft, *place),
            }));
        }
        claims.sort_by_key(|(url, text, draft, _)| (*url, *text, &draft.institution.name));
        for (index, (url, text, draft, place)) in claims.iter().enumerate() {
            // Sorted texts that begin alike stand together.
            let alike = claims[index + 1..]
                .iter()
                .take_while(|other| other.0 == *url && other.1.starts_with(text));
            let clash = alike.into_iter().find(|other| {
                let rest = &other.1[text.len()..];
                let number = *url && rest.len() <= SHOP_DIGITS;
                let taken =
                    rest.is_empty() || number && rest.bytes().all(|byte| byte.is_ascii_digit());
                // Members of one group are told at the group.
                taken && other.2.institution.name != draft.institution.name && other.3 != *place
            });
            if let Some((_, longer, other, at)) = clash {
                let (one, two) = (&draft.institution.name, &other.institution.name);
                let what = if *url { "URLs that start with" } else { "codes with the identifier" };
                let message = format!("{what} \"{longer}\" belong to `{one}` and to `{two}`");
                let mistake = Mistake::at("scenario::code-collision", *at, message)
                    .label("expected another one, which tells the two apart")
                    .also(*place, "the other issuer's");
                self.mistakes.push(mistake);
            }
        }
    }
}
