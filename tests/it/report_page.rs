//! The page: inert, whole, the same from files alone, and every mark in a table.

use std::fs;

use hutong::measure::results::{Results, RunStatus};
use hutong::report::{RebuildError, rebuild};
use tempfile::tempdir;

use crate::report_support::{
    complete, context, files, findings, outcome, results, scenario, write, write_with,
};

/// What a name may try: markup, quotes, direction marks, control characters, length.
fn hostile() -> String {
    let start = "</script></style>\"><img src=x onerror=alert(1)>' & \u{202e}\u{1b}[31m\u{7} 🀄";
    let length = start.chars().count();
    start.chars().chain(std::iter::repeat_n('x', 200 - length)).collect()
}

fn page_of(results: &Results) -> String {
    let dir = tempdir().expect("a folder");
    let (_, run) = write(dir.path(), &scenario(), results);
    fs::read_to_string(run.path().join("report.html")).expect("a page")
}

/// What stands between two marks, for the first time.
fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let start = text.find(from).unwrap_or_else(|| panic!("no {from}")) + from.len();
    &text[start..start + text[start..].find(to).expect("an end")]
}

#[test]
fn the_policy_of_the_page_lets_its_own_style_pass_and_nothing_else() {
    assert_eq!(sha256(b"abc")[..4], [0xba, 0x78, 0x16, 0xbf]);
    let page = page_of(&results(complete));
    let style = between(&page, "<style>", "</style>");
    let policy = between(&page, "Content-Security-Policy\" content=\"", "\"");
    let hash = base64(&sha256(style.as_bytes()));
    let expected = format!(
        "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'"
    );
    assert_eq!(policy, expected, "STYLE_HASH in src/report/page/mod.rs is {hash}");
    for banned in [" style=", "<script", "<link", "<img", "@import", "url(", "http:", "https://"] {
        let found = page.matches(banned).count();
        // The calibration of these results cites a source, as text.
        let cited = usize::from(banned == "https://");
        assert_eq!(found, cited, "{banned}");
    }
}

#[test]
fn every_mark_of_a_chart_is_a_row_of_its_table() {
    let page = page_of(&results(complete));
    let figures: Vec<&str> = page.split("<figure ").skip(1).collect();
    assert!(figures.len() >= 9, "{}", figures.len());
    for figure in figures {
        let figure = &figure[..figure.find("</figure>").expect("an end")];
        let stated = between(figure, "data-points=\"", "\"");
        let lines = figure.split("<polyline class=\"l ").skip(1);
        let corners: usize =
            lines.map(|line| between(line, "points=\"", "\"").split_whitespace().count()).sum();
        let marks = corners + figure.matches(" class=\"m ").count();
        let rows = figure.rsplit("<tbody>").next().map_or(0, |body| body.matches("<tr>").count());
        let rows = if figure.contains("<tbody>") { rows } else { 0 };
        assert_eq!((marks.to_string().as_str(), rows), (stated, marks), "{}", &figure[..60]);
        assert!(!between(figure, "<figcaption>", "</figcaption>").is_empty());
    }
}

#[test]
fn a_page_is_rebuilt_byte_for_byte_from_files_alone() {
    let dir = tempdir().expect("a folder");
    let (_, run) = write(dir.path(), &scenario(), &results(complete));
    let before = files(run.path());
    fs::remove_file(run.path().join("report.html")).expect("was written");
    let page = rebuild(run.path()).expect("a page");
    assert_eq!(page, run.path().join("report.html"));
    assert!(files(run.path()) == before, "a file differs");
}

#[test]
fn a_page_of_another_engine_is_replaced_and_entered() {
    let dir = tempdir().expect("a folder");
    let (_, run) = write(dir.path(), &scenario(), &results(complete));
    let before = files(run.path());
    let manifest = String::from_utf8(before["manifest.json"].clone()).expect("text");
    let digest = blake3::hash(&before["report.html"]).to_hex().to_string();
    fs::write(run.path().join("report.html"), "old").expect("writable");
    let old = manifest.replace(&digest, &blake3::hash(b"old").to_hex());
    fs::write(run.path().join("manifest.json"), old).expect("writable");
    rebuild(run.path()).expect("a page");
    let after = files(run.path());
    assert!(after["report.html"] == before["report.html"]);
    assert!(String::from_utf8(after["manifest.json"].clone()).expect("text").contains(&digest));
}

#[test]
fn what_was_changed_or_is_no_report_is_not_rebuilt() {
    let dir = tempdir().expect("a folder");
    assert!(matches!(rebuild(dir.path()), Err(RebuildError::NoReport(_))));
    let (_, run) = write(dir.path(), &scenario(), &results(complete));
    fs::write(run.path().join("flows.csv"), "policy\n").expect("writable");
    let refused = rebuild(run.path()).expect_err("a changed file");
    assert!(matches!(&refused, RebuildError::Changed(path) if path.ends_with("flows.csv")));
}

#[test]
fn hostile_words_are_inert_in_every_file() {
    let hostile = hostile();
    let mut scenario = scenario();
    scenario.question.clone_from(&hostile);
    scenario.expect.clone_from(&hostile);
    let named = |policy: &str, replication: u32| {
        let mut run = outcome(policy, replication);
        run.stations[0].node.clone_from(&hostile);
        run.queues[0].node.clone_from(&hostile);
        run.wallets[0].wallet.clone_from(&hostile);
        run.flows[0].payer.clone_from(&hostile);
        run.errors[0].participant.clone_from(&hostile);
        run.liquidity[0].participant.clone_from(&hostile);
        run.settlement.iter_mut().for_each(|row| row.house.clone_from(&hostile));
        RunStatus::Complete(Box::new(run), findings(false))
    };
    let mut context = context();
    context.command.clone_from(&hostile);
    context.warnings = vec![hostile.clone()];
    let dir = tempdir().expect("a folder");
    let (summary, run) = write_with(dir.path(), &scenario, &results(named), &context);
    let files = files(run.path());
    let text = |name: &str| String::from_utf8(files[name].clone()).expect("text");

    for name in ["report.html", "latency.svg", "timeseries.svg"] {
        let page = text(name);
        assert!(!page.contains("<img") && !page.contains("</script"), "{name}");
        assert!(page.matches("</style>").count() <= 1, "{name}");
        assert!(!page.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{name}");
    }
    assert!(text("report.html").contains("&lt;/script&gt;&lt;/style&gt;&quot;&gt;&lt;img"));
    assert!(text("report.html").contains("🀄"));
    let shown = hutong::report::console(&summary, false, 80) + &text("summary.md");
    assert!(!shown.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{shown}");
    let markdown = text("summary.md");
    // An indented line is code, which Markdown shows as it is.
    let prose = markdown.lines().filter(|line| !line.starts_with("    "));
    assert!(prose.clone().any(|line| line.contains("\\<img")), "{markdown}");
    assert!(prose.into_iter().all(|line| !line.replace("\\<", "").contains("<img")));
    // A table is data: it holds the name whole, and a reader gets back what was written.
    let flows = files["flows.csv"].as_slice();
    let read = csv::Reader::from_reader(flows)
        .records()
        .any(|row| row.expect("a row").iter().any(|cell| cell == hostile));
    assert!(read, "the name is not whole");
}

#[test]
fn a_report_without_a_complete_run_says_so_and_draws_nothing() {
    let page = page_of(&results(|_, _| RunStatus::Interrupted));
    assert!(page.contains("class=\"verdict bad\"") && !page.contains("<figure"), "{page}");
}

/// SHA-256, as the standard states it: the one digest that a browser knows.
#[expect(clippy::cast_precision_loss, clippy::cast_sign_loss, reason = "small primes")]
fn sha256(bytes: &[u8]) -> [u8; 32] {
    let primes = (2_u64..).filter(|n| (2..*n).all(|d| n % d != 0)).take(64);
    let root = |n: u64, by: f64| {
        let root = (n as f64).powf(1.0 / by);
        (root.fract() * 4_294_967_296.0) as u32
    };
    let (mut keys, mut hash) = (Vec::new(), Vec::new());
    for (at, prime) in primes.enumerate() {
        keys.push(root(prime, 3.0));
        if at < 8 {
            hash.push(root(prime, 2.0));
        }
    }
    let mut padded = bytes.to_vec();
    padded.push(0x80);
    padded.resize((padded.len() + 8).next_multiple_of(64) - 8, 0);
    padded.extend((bytes.len() as u64 * 8).to_be_bytes());
    for block in padded.chunks(64) {
        let mut words: Vec<u32> =
            block.chunks(4).map(|four| u32::from_be_bytes(four.try_into().unwrap())).collect();
        for at in 16..64 {
            let (a, b) = (words[at - 15], words[at - 2]);
            let a = a.rotate_right(7) ^ a.rotate_right(18) ^ (a >> 3);
            let b = b.rotate_right(17) ^ b.rotate_right(19) ^ (b >> 10);
            words.push(words[at - 16].wrapping_add(a).wrapping_add(words[at - 7]).wrapping_add(b));
        }
        let mut state = hash.clone();
        for at in 0..64 {
            let big =
                state[4].rotate_right(6) ^ state[4].rotate_right(11) ^ state[4].rotate_right(25);
            let choice = (state[4] & state[5]) ^ (!state[4] & state[6]);
            let first =
                [state[7], big, choice, keys[at], words[at]].into_iter().fold(0, u32::wrapping_add);
            let big =
                state[0].rotate_right(2) ^ state[0].rotate_right(13) ^ state[0].rotate_right(22);
            let most = (state[0] & state[1]) ^ (state[0] & state[2]) ^ (state[1] & state[2]);
            state.rotate_right(1);
            state[4] = state[4].wrapping_add(first);
            state[0] = first.wrapping_add(big).wrapping_add(most);
        }
        hash.iter_mut().zip(state).for_each(|(hash, state)| *hash = hash.wrapping_add(state));
    }
    let bytes: Vec<u8> = hash.into_iter().flat_map(u32::to_be_bytes).collect();
    bytes.try_into().unwrap()
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let bits = (0..3).fold(0, |bits, at| bits << 8 | u32::from(*three.get(at).unwrap_or(&0)));
        for letter in 0..4 {
            let index = (bits >> (18 - 6 * letter) & 63) as usize;
            text.push(if letter <= three.len() { char::from(LETTERS[index]) } else { '=' });
        }
    }
    text
}
