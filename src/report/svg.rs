//! A line plot as one SVG file that needs nothing else: readable in light and dark, and in grey.

use std::fmt::Write;

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 420.0;
const LEFT: f64 = 84.0;
const RIGHT: f64 = 24.0;
const TOP: f64 = 84.0;
const BOTTOM: f64 = 58.0;
/// Colour-blind safe (Okabe and Ito), told apart by dashes besides.
const STYLES: [(&str, &str); 6] = [
    ("#0072b2", ""),
    ("#d55e00", "9 4"),
    ("#009e73", "3 3"),
    ("#b1628f", "12 4 3 4"),
    ("#a87900", "16 5"),
    ("#3d8fc4", "2 5"),
];
/// Legend entries are this far apart at least.
const LEGEND_GAP: f64 = 44.0;
const LETTER: f64 = 7.2;
/// Nothing is written nearer to the edge.
const MARGIN: f64 = 4.0;

/// A plot; places on the axes run from 0 to 1.
pub(super) struct Plot {
    /// What is seen.
    pub(super) title: String,
    /// What the horizontal axis shows, with its unit.
    pub(super) across: String,
    /// What the vertical axis shows, with its unit.
    pub(super) up: String,
    /// Places and words on the horizontal axis.
    pub(super) ticks_across: Vec<(f64, String)>,
    /// Places and words on the vertical axis.
    pub(super) ticks_up: Vec<(f64, String)>,
    /// Stretches of the horizontal axis that stand apart: from, to, and why.
    pub(super) shades: Vec<(f64, f64, String)>,
    /// The lines.
    pub(super) lines: Vec<Line>,
}

/// One line of a plot.
pub(super) struct Line {
    /// Its name in the legend; an unnamed line is a faint companion of the one before it.
    pub(super) name: Option<String>,
    /// Its points, from left to right.
    pub(super) points: Vec<(f64, f64)>,
}

/// The plot as SVG.
pub(super) fn draw(plot: &Plot) -> String {
    let mut svg = String::new();
    let _ = writeln!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
         width=\"{WIDTH}\" height=\"{HEIGHT}\" role=\"img\" aria-label=\"{}\">",
        escaped(&plot.title)
    );
    svg.push_str(
        "<style>\n\
         svg { background: #fff; font: 13px system-ui, sans-serif; }\n\
         text { fill: #222; } .back { fill: #fff; }\n\
         .shade { fill: #00000012; } .grid { stroke: #ddd; } .axis { stroke: #555; }\n\
         .line { fill: none; stroke-width: 2; } .faint { stroke-width: 1; opacity: 0.55; }\n\
         @media (prefers-color-scheme: dark) {\n\
         svg { background: #16181c; } text { fill: #e6e6e6; } .back { fill: #16181c; }\n\
         .shade { fill: #ffffff18; } .grid { stroke: #363a41; } .axis { stroke: #aaa; }\n\
         }\n\
         </style>\n",
    );
    let _ = writeln!(svg, "<rect class=\"back\" width=\"{WIDTH}\" height=\"{HEIGHT}\"/>");
    let title = escaped(&plot.title);
    let _ = writeln!(svg, "<text x=\"{LEFT}\" y=\"26\" font-size=\"16\">{title}</text>");
    shades(plot, &mut svg);
    axes(plot, &mut svg);
    lines(plot, &mut svg);
    if plot.lines.iter().all(|line| line.points.is_empty()) {
        let _ = writeln!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">no data</text>",
            across(0.5),
            up(0.5)
        );
    }
    svg.push_str("</svg>\n");
    svg
}

fn across(place: f64) -> f64 {
    LEFT + place * (WIDTH - LEFT - RIGHT)
}

fn up(place: f64) -> f64 {
    HEIGHT - BOTTOM - place * (HEIGHT - TOP - BOTTOM)
}

/// A stretch too short for its word has it in a tooltip only.
#[expect(clippy::cast_precision_loss, reason = "a word's length")]
fn shades(plot: &Plot, svg: &mut String) {
    for (from, to, why) in &plot.shades {
        let (left, right, top) = (across(*from), across(*to), up(1.0));
        let why = escaped(why);
        let _ = writeln!(
            svg,
            "<rect class=\"shade\" x=\"{left:.1}\" y=\"{top:.1}\" width=\"{:.1}\" \
             height=\"{:.1}\"><title>{why}</title></rect>",
            right - left,
            up(0.0) - top
        );
        if right - left > why.chars().count() as f64 * LETTER {
            let _ = writeln!(
                svg,
                "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\" \
                 font-size=\"11\">{why}</text>",
                f64::midpoint(left, right),
                top - 5.0
            );
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a word's length")]
fn axes(plot: &Plot, svg: &mut String) {
    let (left, right, low, high) = (across(0.0), across(1.0), up(0.0), up(1.0));
    for (place, words) in &plot.ticks_up {
        let y = up(*place);
        let _ = writeln!(
            svg,
            "<path class=\"grid\" d=\"M{left:.1} {y:.1}H{right:.1}\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            left - 8.0,
            y + 4.5,
            escaped(words)
        );
    }
    for (place, words) in &plot.ticks_across {
        let x = across(*place);
        // The last word may be a long one, and stays inside the picture.
        let half = words.chars().count() as f64 * LETTER / 2.0;
        let middle = x.min(WIDTH - MARGIN - half);
        let _ = writeln!(
            svg,
            "<path class=\"grid\" d=\"M{x:.1} {low:.1}V{high:.1}\"/>\
             <text x=\"{middle:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            low + 20.0,
            escaped(words)
        );
    }
    let _ = writeln!(svg, "<path class=\"axis\" d=\"M{left:.1} {low:.1}H{right:.1}\"/>");
    let _ = writeln!(
        svg,
        "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
        across(0.5),
        HEIGHT - 12.0,
        escaped(&plot.across)
    );
    let _ = writeln!(
        svg,
        "<text transform=\"translate(20 {:.1}) rotate(-90)\" text-anchor=\"middle\">{}</text>",
        up(0.5),
        escaped(&plot.up)
    );
}

#[expect(clippy::cast_precision_loss, reason = "a name's length")]
fn lines(plot: &Plot, svg: &mut String) {
    let mut style = 0;
    let (mut legend, mut height) = (LEFT, 50.0);
    for (at, line) in plot.lines.iter().enumerate() {
        if at > 0 && line.name.is_some() {
            style += 1;
        }
        let (colour, dashes) = STYLES[style % STYLES.len()];
        let faint = if line.name.is_none() { " faint" } else { "" };
        let stroke = if dashes.is_empty() || line.name.is_none() {
            String::new()
        } else {
            format!(" stroke-dasharray=\"{dashes}\"")
        };
        if line.points.len() > 1 {
            let points = line.points.iter().fold(String::new(), |mut text, (x, y)| {
                let _ = write!(text, "{:.1},{:.1} ", across(*x), up(*y));
                text
            });
            let _ = writeln!(
                svg,
                "<polyline class=\"line{faint}\" stroke=\"{colour}\"{stroke} points=\"{}\"/>",
                points.trim_end()
            );
        } else if let Some((x, y)) = line.points.first() {
            let (x, y) = (across(*x), up(*y));
            let _ =
                writeln!(svg, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"{colour}\"/>");
        }
        if let Some(name) = &line.name {
            let length = LEGEND_GAP + 16.0 + name.chars().count() as f64 * LETTER;
            if legend + length > WIDTH {
                (legend, height) = (LEFT, height + 18.0);
            }
            let _ = writeln!(
                svg,
                "<path class=\"line\" stroke=\"{colour}\"{stroke} d=\"M{legend:.1} {height}h30\"/>\
                 <text x=\"{:.1}\" y=\"{:.1}\">{}</text>",
                legend + 36.0,
                height + 4.5,
                escaped(name)
            );
            legend += length;
        }
    }
}

pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
