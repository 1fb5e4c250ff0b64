//! A canvas: panels with axes, marks and words, as inline SVG without a single style of its own.
//!
//! Each mark that counts is an element of class `m` or a corner of a polyline of class `l`.

use std::fmt::Write;

use super::html::{short, text};

/// Width of every picture, in its own units.
pub(super) const WIDTH: f64 = 720.0;
const LETTER: f64 = 6.6;

/// A picture that is being drawn.
pub(super) struct Canvas {
    height: f64,
    body: String,
}

/// A rectangle of a picture in which places run from 0 to 1, upwards and to the right.
#[derive(Clone, Copy)]
pub(super) struct Panel {
    /// Left edge.
    pub(super) left: f64,
    /// Right edge.
    pub(super) right: f64,
    /// Upper edge.
    pub(super) top: f64,
    /// Lower edge.
    pub(super) bottom: f64,
}

/// Places on an axis, and their words.
pub(super) type Ticks = Vec<(f64, String)>;

impl Panel {
    /// The picture's coordinate of a place across.
    pub(super) fn x(&self, place: f64) -> f64 {
        self.left + place.clamp(0.0, 1.0) * (self.right - self.left)
    }

    /// The picture's coordinate of a place up.
    pub(super) fn y(&self, place: f64) -> f64 {
        self.bottom - place.clamp(0.0, 1.0) * (self.bottom - self.top)
    }
}

/// Where words are tied to their place.
#[derive(Clone, Copy)]
pub(super) enum Anchor {
    /// They begin there.
    Start,
    /// They are centred there.
    Middle,
    /// They end there.
    End,
}

impl Canvas {
    /// An empty one.
    pub(super) fn new(height: f64) -> Self {
        Self { height, body: String::new() }
    }

    /// The picture; its words are for those who cannot see it.
    pub(super) fn svg(self, label: &str) -> String {
        format!(
            "<svg viewBox=\"0 0 {WIDTH} {}\" role=\"img\" aria-label=\"{}\">\n{}</svg>",
            self.height,
            text(label),
            self.body
        )
    }

    /// Words of one of the style sheet's kinds; whole where they fit into `room` letters.
    pub(super) fn words(
        &mut self,
        (x, y): (f64, f64),
        (anchor, kind): (Anchor, &str),
        words: &str,
        room: usize,
    ) {
        let anchor = match anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        let shown = short(words, room);
        let whole = if shown.chars().count() < words.chars().count() {
            format!("<title>{}</title>", text(words))
        } else {
            String::new()
        };
        let _ = writeln!(
            self.body,
            "<text x=\"{x:.1}\" y=\"{y:.1}\"{anchor} class=\"{kind}\">{}{whole}</text>",
            text(&shown)
        );
    }

    /// A line of the style sheet's kind, which is no mark.
    pub(super) fn rule(&mut self, kind: &str, (x, y): (f64, f64), (to_x, to_y): (f64, f64)) {
        let _ = writeln!(
            self.body,
            "<path class=\"{kind}\" d=\"M{x:.1} {y:.1}L{to_x:.1} {to_y:.1}\"/>"
        );
    }

    /// Grid, axis and words of a panel.
    pub(super) fn axes(&mut self, panel: &Panel, across: &Ticks, up: &Ticks) {
        for (place, words) in up {
            let y = panel.y(*place);
            self.rule("grid", (panel.left, y), (panel.right, y));
            self.words((panel.left - 8.0, y + 4.0), (Anchor::End, "tick"), words, 12);
        }
        let mut free = f64::MIN;
        for (place, words) in across {
            let x = panel.x(*place);
            self.rule("grid", (x, panel.top), (x, panel.bottom));
            let half = real(words.chars().count()) * LETTER / 2.0;
            // Words that would touch the ones before them are left out.
            if x - half > free {
                let at = (x.min(WIDTH - half), panel.bottom + 17.0);
                self.words(at, (Anchor::Middle, "tick"), words, 24);
                free = x + half + 8.0;
            }
        }
        self.rule("axis", (panel.left, panel.bottom), (panel.right, panel.bottom));
    }

    /// What the axes show: across below the ticks, up above the panel.
    pub(super) fn titles(&mut self, panel: &Panel, across: &str, up: &str) {
        let middle = f64::midpoint(panel.left, panel.right);
        if !across.is_empty() {
            let at = (middle, panel.bottom + 36.0);
            self.words(at, (Anchor::Middle, "name"), across, 100);
        }
        self.words((panel.left, panel.top - 9.0), (Anchor::Start, "name"), up, 100);
    }

    /// A stretch of a panel that stands apart.
    pub(super) fn shade(&mut self, panel: &Panel, (from, to): (f64, f64), why: &str) {
        let (left, right) = (panel.x(from), panel.x(to));
        let _ = writeln!(
            self.body,
            "<rect class=\"shade\" x=\"{left:.1}\" y=\"{:.1}\" width=\"{:.1}\" \
             height=\"{:.1}\"><title>{}</title></rect>",
            panel.top,
            right - left,
            panel.bottom - panel.top,
            text(why)
        );
    }

    /// A line through marks at these places; each of its corners counts.
    pub(super) fn line(&mut self, panel: &Panel, kind: &str, points: &[(f64, f64)]) {
        if let [(x, y)] = points {
            self.dot(panel, kind, (*x, *y), "");
            return;
        }
        let _ = write!(self.body, "<polyline class=\"l {kind}\" points=\"");
        for (x, y) in points {
            let _ = write!(self.body, "{:.1},{:.1} ", panel.x(*x), panel.y(*y));
        }
        self.body.push_str("\"/>\n");
    }

    /// A round mark.
    pub(super) fn dot(&mut self, panel: &Panel, kind: &str, (x, y): (f64, f64), says: &str) {
        let (x, y) = (panel.x(x), panel.y(y));
        let _ = writeln!(
            self.body,
            "<circle class=\"m {kind}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4.5\">{}</circle>",
            title(says)
        );
    }

    /// A mark with an area, by its edges in the picture.
    pub(super) fn bar(&mut self, kind: &str, area: &Panel, says: &str) {
        let _ = writeln!(
            self.body,
            "<rect class=\"m {kind}\" x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" \
             height=\"{:.1}\">{}</rect>",
            area.left,
            area.top,
            (area.right - area.left).max(0.6),
            (area.bottom - area.top).max(0.6),
            title(says)
        );
    }
}

fn title(says: &str) -> String {
    if says.is_empty() { String::new() } else { format!("<title>{}</title>", text(says)) }
}

/// A small count as a coordinate.
pub(super) fn real(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
