//! The page: `report.html`, one file that needs nothing else, made from the folder's other files.
//!
//! Invariant: the files of a folder alone decide its bytes, and nothing on it can load or run.
//! Never: a script, a request, a style outside its one style sheet, a chart without its table.

mod canvas;
mod compare;
mod figure;
mod files;
mod html;
mod latency;
mod money;
mod people;
mod scale;
mod traffic;
mod words;

use std::fmt::Write;
use std::io;
use std::path::Path;

use figure::Figure;
use files::Folder;
use html::text;

/// The page's name.
pub(super) const FILE: &str = "report.html";

const STYLE: &str = include_str!("style.css");
/// SHA-256 of the style sheet, base 64: the only style that a browser accepts on the page.
const STYLE_HASH: &str = "EYIMFYXppV2St8jDR4XjsPEzCAzyhG4AjwswHUGImYo=";

/// The page's sections: anchor and heading.
const SECTIONS: [(&str, &str); 9] = [
    ("figures", "Headline figures"),
    ("policies", "Policies"),
    ("speed", "Speed"),
    ("traffic", "Traffic"),
    ("money", "Clearing and settlement"),
    ("participants", "Participants"),
    ("laws", "Laws and warnings"),
    ("scenario", "Scenario"),
    ("methods", "Words and methods"),
];

/// The page of a folder whose other files are written.
///
/// # Errors
/// When one of them cannot be read.
pub(super) fn page(path: &Path) -> io::Result<String> {
    let folder = Folder::open(path)?;
    let view = &folder.view;
    let compared: Vec<Figure> =
        [compare::forest(&folder), compare::trade_off(&folder)].into_iter().flatten().collect();
    let complete = !folder.policies().is_empty();
    let mut bodies = vec![("figures", words::tiles(&folder))];
    if complete {
        bodies.extend([
            ("policies", all(&compared)),
            ("speed", all(&[latency::by_percentile(&folder)?, latency::over_time(&folder)?])),
            ("traffic", all(&traffic(&folder)?)),
            ("money", all(&money(&folder)?)),
            ("participants", people::participants(&folder)?),
        ]);
    }
    bodies.push(("laws", words::laws(view) + &words::calibration(view)));
    bodies.push(("scenario", words::scenario(&folder)));
    bodies.push(("methods", words::glossary(view) + &words::methods(view)));
    bodies.retain(|(_, body)| !body.is_empty());
    Ok(assemble(&folder, &bodies))
}

fn traffic(folder: &Folder) -> io::Result<[Figure; 4]> {
    Ok([
        traffic::throughput(folder)?,
        traffic::errors(folder)?,
        traffic::amplification(folder),
        traffic::stations(folder)?,
    ])
}

fn money(folder: &Folder) -> io::Result<[Figure; 4]> {
    Ok([
        money::waterfall(folder)?,
        money::flows(folder)?,
        money::liquidity(folder)?,
        money::timeline(folder)?,
    ])
}

fn all(figures: &[Figure]) -> String {
    figures.iter().map(Figure::html).collect()
}

fn assemble(folder: &Folder, bodies: &[(&str, String)]) -> String {
    let view = &folder.view;
    let name = text(&view.scenario.name);
    let heading = |id: &str| {
        let found = SECTIONS.iter().find(|(anchor, _)| *anchor == id);
        found.map_or("", |(_, heading)| heading)
    };
    let (mut links, mut sections) = (String::new(), String::new());
    for (id, body) in bodies {
        let heading = heading(id);
        let _ = writeln!(links, "<li><a href=\"#{id}\">{heading}</a>");
        let _ = write!(
            sections,
            "<section id=\"{id}\" aria-labelledby=\"{id}-t\">\n<h2 id=\"{id}-t\">{heading}\
             </h2>\n{body}</section>\n"
        );
    }
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
         style-src 'sha256-{STYLE_HASH}'; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{name}: hutong report</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#main\">Skip to the figures</a>\n{}\
         <nav aria-label=\"Sections\"><ul>\n{links}</ul></nav>\n\
         <main id=\"main\" tabindex=\"-1\">\n{sections}</main>\n\
         <footer><p>hutong {}, simulated: no figure here was measured on a real system.</p>\
         </footer>\n</body>\n</html>\n",
        words::head(view),
        text(&view.engine.version)
    )
}
