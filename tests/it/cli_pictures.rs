//! Pictures and words of the model before it runs, and the page made again: `route`, `topology`,
//! `report`.

use hutong::cli::exit::Exit;
use hutong::cli::route::inert;
use hutong::report::network;

use crate::cli::{code, document, err, hutong, out, run_short, town};

const SHOP: [&str; 6] =
    ["route", "scenarios/town.toml", "--wallet", "bamboo", "--merchant", "lotus-shops"];

fn route(folder: &std::path::Path, more: &[&str]) -> std::process::Output {
    hutong(folder, SHOP.into_iter().chain(more.iter().copied()))
}

#[test]
fn a_route_lists_every_message_and_who_sees_what() {
    let (folder, _) = town();
    let told = route(folder.path(), &["--funding", "bank"]);
    assert_eq!(code(&told), 0, "{}", err(&told));
    let told = out(&told);
    assert!(told.contains("closed: bamboo cannot pay at lotus-shops in this mode"), "{told}");
    // Three exchanges over two hops each, there and back.
    assert!(told.contains("one_hub.bank.static, 12 messages"), "{told}");
    assert!(told.contains("  12  bridge → bamboo: pay answer"), "{told}");
    assert!(told.contains("      banks-01: payer's bank account, amount, wallet\n"), "{told}");
    let seen = document(&route(folder.path(), &["--format", "json", "--policy", "interconnected"]));
    assert_eq!(seen["routes"][0]["legs"]["seen"]["lotus"][0], "barcode");
}

#[test]
fn a_diagram_names_its_ends_once_and_tells_every_message() {
    let (folder, _) = town();
    let drawn = out(&route(folder.path(), &["--mermaid", "--policy", "interconnected"]));
    assert!(drawn.starts_with("sequenceDiagram\n"), "{drawn}");
    assert_eq!(drawn.matches("participant").count(), 4, "{drawn}");
    assert_eq!(drawn.matches("->>P").count() - drawn.matches("S->>P").count(), 8, "{drawn}");
    assert_eq!(inert("</script>;\u{1b}a"), "#60;#47;script#62;#59;#27;a");
}

#[test]
fn an_unknown_end_of_a_route_is_answered_with_the_nearest() {
    let (folder, _) = town();
    let refused = hutong(
        folder.path(),
        ["route", "scenarios/town.toml", "--wallet", "bambo", "--merchant", "lotus-shops"],
    );
    assert_eq!(code(&refused), 2);
    assert!(err(&refused).contains("did you mean `bamboo`?"), "{}", err(&refused));
}

#[test]
fn a_network_is_drawn_once_an_edge_for_both_readers() {
    let (folder, _) = town();
    let ask = ["topology", "scenarios/town.toml", "--policy", "interconnected"];
    let svg = out(&hutong(folder.path(), ask));
    assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"), "{svg}");
    assert_eq!((svg.matches("<rect ").count(), svg.matches("<path ").count()), (4, 3), "{svg}");
    let dot = out(&hutong(folder.path(), ask.into_iter().chain(["--dot"])));
    assert!(dot.contains("  \"bamboo\" -- \"bridge\";\n"), "{dot}");
    let hostile = "</text><script>\u{202e}\u{7}".repeat(14);
    let drawn = network("a", &[(&hostile, 7)], &[(&hostile, "nobody")]);
    assert!(!drawn.contains("<script") && !drawn.contains(['\u{202e}', '\u{7}']), "{drawn}");
}

#[test]
fn a_page_is_made_again_and_a_stranger_is_refused() {
    let (folder, _) = town();
    let ran = document(&run_short(folder.path(), &["--format", "json"]));
    let place = ran["runs"][0]["folder"].as_str().expect("a folder");
    let page = folder.path().join(place).join("report.html");
    let before = std::fs::read(&page).expect("a page");
    std::fs::remove_file(&page).expect("was written");
    let made = hutong(folder.path(), ["report", place]);
    assert_eq!((code(&made), out(&made)), (0, format!("{place}/report.html\n")));
    assert!(std::fs::read(&page).expect("a page") == before);
    let refused = hutong(folder.path(), ["report", "scenarios"]);
    assert_eq!(code(&refused), i32::from(Exit::Io.code()));
    assert!(err(&refused).contains("holds no complete report"), "{}", err(&refused));
}
