//! The rules of the schema of `JUnit` that Jenkins publishes, as code: elements, where they may
//! stand, and which attributes they must and may have. Written from its rules, not from its text.

/// Element, parents, attributes that must be there, attributes that may be.
type Rule =
    (&'static str, &'static [&'static str], &'static [&'static str], &'static [&'static str]);

const COUNTS: &[&str] = &["name", "time", "tests", "failures", "disabled", "errors"];
const CASE: &[&str] = &["assertions", "time", "classname", "status", "class", "file", "line"];
const SUITE: &[&str] = &[
    "tests",
    "failures",
    "errors",
    "group",
    "time",
    "disabled",
    "skipped",
    "timestamp",
    "hostname",
    "id",
    "package",
    "file",
    "log",
    "url",
    "version",
];
const RULES: &[Rule] = &[
    ("testsuites", &[""], &[], COUNTS),
    ("testsuite", &["testsuites"], &["name"], SUITE),
    ("testcase", &["testsuite"], &["name"], CASE),
    ("failure", &["testcase"], &[], &["type", "message"]),
    ("error", &["testcase"], &[], &["type", "message"]),
    ("skipped", &["testcase"], &[], &["type", "message"]),
    ("system-out", &["testcase", "testsuite"], &[], &[]),
    ("system-err", &["testcase", "testsuite"], &[], &[]),
];
const NUMBERS: [&str; 6] = ["tests", "failures", "errors", "disabled", "skipped", "time"];

/// Panics where the text is no XML of this schema.
pub(crate) fn assert_valid(xml: &str) {
    let mut open: Vec<String> = vec![String::new()];
    let mut rest = xml.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>").expect("a head");
    while let Some(at) = rest.find('<') {
        assert_text(&rest[..at], &open);
        let end = rest[at..].find('>').expect("a tag ends") + at;
        let tag = &rest[at + 1..end];
        rest = &rest[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name), "elements nest");
            continue;
        }
        let (tag, alone) = tag.strip_suffix('/').map_or((tag, false), |tag| (tag, true));
        let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        assert_element(name, attributes, open.last().expect("never empty"));
        if !alone {
            open.push(name.to_owned());
        }
    }
    assert_eq!(open, [""], "every element is closed");
    assert_eq!(rest.trim(), "");
}

fn assert_text(text: &str, open: &[String]) {
    assert!(text.chars().all(|c| c >= ' ' || matches!(c, '\n' | '\t' | '\r')), "{text:?}");
    let holds_text = ["failure", "error", "skipped", "system-out", "system-err"];
    let inside = open.last().expect("never empty").as_str();
    assert!(text.trim().is_empty() || holds_text.contains(&inside), "text in {inside}: {text}");
    for (at, _) in text.match_indices('&') {
        let name = &text[at + 1..text[at..].find(';').expect("an entity ends") + at];
        assert!(matches!(name, "amp" | "lt" | "gt" | "quot" | "apos") || name.starts_with('#'));
    }
}

fn assert_element(name: &str, attributes: &str, parent: &str) {
    let rule = RULES.iter().find(|rule| rule.0 == name);
    let (_, parents, must, may) = rule.unwrap_or_else(|| panic!("<{name}> is not in the schema"));
    assert!(parents.contains(&parent), "<{name}> in <{parent}>");
    let mut seen = Vec::new();
    let mut rest = attributes.trim();
    while let Some((key, after)) = rest.split_once("=\"") {
        let (value, after) = after.split_once('"').expect("a value ends");
        let key = key.trim();
        assert!(must.contains(&key) || may.contains(&key), "<{name}> has no {key}");
        assert!(!value.contains('<'), "{value}");
        if NUMBERS.contains(&key) {
            assert!(value.parse::<f64>().is_ok(), "{key} is {value}");
        }
        seen.push(key);
        rest = after.trim();
    }
    assert_eq!(rest, "", "<{name}>: {attributes}");
    assert!(must.iter().all(|key| seen.contains(key)), "<{name}> lacks one of {must:?}");
}
