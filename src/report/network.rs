//! A network in three columns, as one SVG file: wallets, clearing houses, all others.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::number::plain;
use super::svg::escaped;

const WIDTH: f64 = 760.0;
const HEADS: [&str; 3] = ["Wallets", "Clearing houses", "Acquirers and banks"];
const STEP: f64 = 52.0;
const BOX: (f64, f64) = (168.0, 32.0);
/// Letters that fit into a box.
const ROOM: usize = 21;

/// Nodes by name and column (0 to 2), and the pairs of names that are connected. Names that are no
/// node are left out.
pub fn network(title: &str, nodes: &[(&str, usize)], edges: &[(&str, &str)]) -> String {
    let mut filled = [0_u32; 3];
    let mut places: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    for (name, column) in nodes {
        let column = (*column).min(2);
        let x = [24.0, 296.0, 568.0][column];
        places.insert(name, (x, 96.0 + f64::from(filled[column]) * STEP));
        filled[column] += 1;
    }
    let height = 120.0 + f64::from(filled.into_iter().max().unwrap_or(0)) * STEP;
    let title = escaped(&plain(title));
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
         width=\"{WIDTH}\" height=\"{height}\" role=\"img\" \
         aria-label=\"{title}\">\n<style>\n\
         svg {{ background: #fdfdfb; font: 13px system-ui, sans-serif; }}\n\
         text {{ fill: #1d1f23; }}\n\
         rect {{ fill: #f4f4ef; stroke: #565b64; }} path {{ stroke: #0068a8; fill: none; \
         stroke-width: 1.6; stroke-opacity: .7; }}\n@media (prefers-color-scheme: dark) {{\n\
         svg {{ background: #15171b; }} text {{ fill: #e8e8e4; }} rect {{ fill: #1d2025; stroke: \
         #a9adb5; }} path {{ stroke: #62b4ec; }}\n}}\n</style>\n\
         <text x=\"24\" y=\"34\" font-size=\"17\" font-weight=\"600\">{title}</text>\n"
    );
    for (column, head) in HEADS.iter().enumerate() {
        let x = [24.0, 296.0, 568.0][column];
        let _ = writeln!(svg, "<text x=\"{x}\" y=\"76\" font-weight=\"600\">{head}</text>");
    }
    for (from, to) in edges {
        let (Some(from), Some(to)) = (places.get(from), places.get(to)) else { continue };
        edge(*from, *to, &mut svg);
    }
    for (name, (x, y)) in &places {
        let name = plain(name);
        let shown: String = if name.chars().count() > ROOM {
            name.chars().take(ROOM - 1).chain(['…']).collect()
        } else {
            name.clone()
        };
        let _ = writeln!(
            svg,
            "<g><title>{}</title><rect x=\"{x}\" y=\"{y}\" width=\"{}\" height=\"{}\" rx=\"3\"/>\
             <text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text></g>",
            escaped(&name),
            BOX.0,
            BOX.1,
            x + BOX.0 / 2.0,
            y + 21.0,
            escaped(&shown)
        );
    }
    svg + "</svg>\n"
}

/// A bow between two boxes, from side to side; within one column beside it.
fn edge((x, y): (f64, f64), (to_x, to_y): (f64, f64), svg: &mut String) {
    let ((x, y), (to_x, to_y)) =
        if x <= to_x { ((x, y), (to_x, to_y)) } else { ((to_x, to_y), (x, y)) };
    let (y, to_y) = (y + BOX.1 / 2.0, to_y + BOX.1 / 2.0);
    let right = x + BOX.0;
    let end = if (to_x - x).abs() < 1.0 { right } else { to_x };
    let bend = if (to_x - x).abs() < 1.0 { 56.0 } else { (end - right) / 2.0 };
    let towards = if (to_x - x).abs() < 1.0 { end + bend } else { end - bend };
    let _ = writeln!(
        svg,
        "<path d=\"M{right:.1} {y:.1}C{:.1} {y:.1} {towards:.1} {to_y:.1} {end:.1} {to_y:.1}\"/>",
        right + bend
    );
}
