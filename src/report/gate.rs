//! What a gate tells besides the console: `JUnit` XML, annotations of a pull request, a summary.

use std::fmt::Write as _;
use std::path::Path;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::markdown::{inert, verdicts};
use super::number::plain;
use super::verdict_view::{VerdictView, worst_first};
use super::view::LawView;

/// Annotations that are shown of one kind: more are dropped in silence, so the tenth says how many.
const SHOWN: usize = 9;
/// The largest summary that is shown at all is 1 MiB.
const LARGEST: usize = 1_000_000;

/// One scenario as a gate judged it.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// The scenario's name.
    pub name: String,
    /// Its file.
    pub file: String,
    /// Every comparison, with where it is written.
    pub verdicts: Vec<(VerdictView, Option<(String, usize)>)>,
    /// Every law.
    pub laws: Vec<LawView>,
    /// What else went wrong, such as a baseline of something else or a run that failed.
    pub errors: Vec<String>,
    /// What differs from the baseline's subject, in words.
    pub changed: Vec<String>,
    /// The command that shows it again.
    pub again: String,
}

impl Judged {
    /// The verdicts alone.
    pub fn bare(&self) -> Vec<VerdictView> {
        self.verdicts.iter().map(|(one, _)| one.clone()).collect()
    }
}

/// `JUnit` XML in the dialect of Jenkins: a suite a scenario; a case each law, threshold and limit.
pub fn junit(all: &[Judged]) -> String {
    let mut report = Report::new("hutong");
    for one in all {
        let mut suite = TestSuite::new(plain(&one.name));
        for law in &one.laws {
            let text = format!("law broken: {}\n{}", law.statement, one.again);
            suite.add_test_case(case(&law.law, "law", if law.ok { None } else { Some(&text) }));
        }
        for (verdict, _) in &one.verdicts {
            let name = format!("{} under {}: {}", verdict.metric, verdict.policy, verdict.limit);
            let text = format!("{}\nreproduce: {}", verdict.line(), one.again);
            let failed = verdict.fails().then_some(text.as_str());
            let mut case = case(&name, &verdict.kind, failed);
            if verdict.verdict == "skipped" {
                case.status = TestCaseStatus::skipped();
            } else if !verdict.ok && !verdict.fails() {
                case.set_system_out(plain(&verdict.line()));
            }
            suite.add_test_case(case);
        }
        for (at, error) in one.errors.iter().enumerate() {
            let mut case = case(&format!("error {}", at + 1), "gate", None);
            case.status = TestCaseStatus::non_success(NonSuccessKind::Error);
            case.status.set_message(plain(error.lines().next().unwrap_or_default()));
            case.status.set_description(format!("{}\nreproduce: {}", plain(error), one.again));
            suite.add_test_case(case);
        }
        report.add_test_suite(suite);
    }
    let xml = report.to_string().unwrap_or_default();
    // The schema of Jenkins counts what is skipped in each suite only.
    let Some((head, rest)) = xml.split_once(" skipped=\"") else { return xml };
    let Some((_, rest)) = rest.split_once('"') else { return xml };
    format!("{head}{rest}")
}

fn case(name: &str, class: &str, failed: Option<&str>) -> TestCase {
    let status = match failed {
        None => TestCaseStatus::success(),
        Some(text) => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_type(class.to_owned());
            status.set_message(plain(text.lines().next().unwrap_or_default()));
            status.set_description(text.to_owned());
            status
        }
    };
    let mut case = TestCase::new(plain(name), status);
    case.set_classname(class.to_owned());
    case
}

/// Annotations of a pull request, the worst nine of each kind and one that says how many more.
pub fn annotations(all: &[Judged]) -> Vec<String> {
    let (mut errors, mut warnings) = (Vec::new(), Vec::new());
    for one in all {
        for error in &one.errors {
            errors.push((f64::MAX, annotation("error", &one.file, None, (&one.name, error))));
        }
        for (verdict, origin) in one.verdicts.iter().filter(|(one, _)| !one.ok) {
            let origin = origin.as_ref();
            let file = origin.map_or(one.file.as_str(), |(file, _)| file.as_str());
            let line = origin.map(|(_, line)| *line);
            let text = format!("{}\nreproduce: {}", verdict.line(), one.again);
            if verdict.fails() {
                let told = annotation("error", file, line, (&verdict.metric, &text));
                errors.push((verdict.excess, told));
            } else if verdict.is_breach() {
                let told = annotation("warning", file, line, (&verdict.metric, &text));
                warnings.push((verdict.excess, told));
            }
        }
    }
    let mut told = shortened(errors, "error");
    told.extend(shortened(warnings, "warning"));
    told
}

fn shortened(mut all: Vec<(f64, String)>, kind: &str) -> Vec<String> {
    all.sort_by(|a, b| b.0.total_cmp(&a.0));
    let more = all.len().saturating_sub(SHOWN);
    let mut told: Vec<String> = all.into_iter().take(SHOWN).map(|(_, text)| text).collect();
    if more > 0 {
        told.push(format!("::{kind} title=hutong gate::and {more} more: see the step summary"));
    }
    told
}

fn annotation(kind: &str, file: &str, line: Option<usize>, (title, text): (&str, &str)) -> String {
    let file = Path::new(file).components().as_path().display().to_string();
    let line = line.map(|line| format!(",line={line}")).unwrap_or_default();
    let (file, title) = (escaped(&file, true), escaped(title, true));
    format!("::{kind} file={file}{line},title={title}::{}", escaped(text, false))
}

/// As the runner reads it: a property may hold neither a colon nor a comma.
fn escaped(text: &str, property: bool) -> String {
    let text = text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    if property { text.replace(':', "%3A").replace(',', "%2C") } else { text }
}

/// The Markdown page of a gate, below the size that is shown.
pub fn summary_page(all: &[Judged]) -> String {
    let mut page = String::from("# hutong gate\n");
    for one in all {
        let verdicts_of = one.bare();
        let held = verdicts_of.iter().filter(|one| one.ok).count();
        let laws = one.laws.iter().filter(|law| law.ok).count();
        let _ = writeln!(
            page,
            "\n## {}\n\n{held} of {} limits held, {laws} of {} laws.",
            inert(&one.name),
            verdicts_of.len(),
            one.laws.len()
        );
        for error in &one.errors {
            let _ = writeln!(page, "\n**{}**", inert(error));
        }
        if !one.changed.is_empty() {
            let _ = writeln!(page, "\nCompared: {}.", inert(&one.changed.join(", ")));
        }
        let told: Vec<VerdictView> =
            worst_first(&verdicts_of).into_iter().filter(|one| !one.ok).cloned().collect();
        page.push_str(&verdicts("Not held", &told).replace("\n## ", "\n### "));
        let _ = writeln!(page, "\nAgain:\n\n    {}", plain(&one.again));
    }
    if page.len() > LARGEST {
        let cut = (0..=LARGEST).rev().find(|at| page.is_char_boundary(*at)).unwrap_or(0);
        let cut = page[..cut].rfind('\n').unwrap_or(0);
        page.truncate(cut);
        page.push_str("\n\n**The rest is cut: a larger page would not be shown.**\n");
    }
    page
}
