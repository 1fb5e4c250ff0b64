//! A figure: heading, generated sentence, picture, and a table of exactly the points drawn.

use std::fmt::Write;

use super::html::{Head, table, text};

/// One chart of the page.
pub(super) struct Figure {
    /// Its anchor.
    pub(super) id: &'static str,
    /// What is seen.
    pub(super) title: &'static str,
    /// What a reader would say after looking at it.
    pub(super) sentence: String,
    /// What a mark means, and which table holds all rows.
    pub(super) note: String,
    /// Colours and what they stand for.
    pub(super) legend: Vec<(String, String)>,
    /// The picture.
    pub(super) svg: String,
    /// Columns of its table.
    pub(super) heads: Vec<Head>,
    /// One row a mark.
    pub(super) rows: Vec<Vec<String>>,
}

impl Figure {
    /// The figure; one without any mark says so in words instead.
    pub(super) fn html(&self) -> String {
        let Self { id, title, .. } = self;
        let mut html = format!(
            "<figure id=\"{id}\" data-chart data-points=\"{}\" aria-labelledby=\"{id}-h\">\n\
             <h3 id=\"{id}-h\">{}</h3>\n<figcaption>{}</figcaption>\n",
            self.rows.len(),
            text(title),
            text(&self.sentence)
        );
        if !self.legend.is_empty() {
            html.push_str("<ul class=\"legend\">");
            for (style, name) in &self.legend {
                let _ = write!(
                    html,
                    "<li><svg class=\"key\" viewBox=\"0 0 22 12\" aria-hidden=\"true\">\
                     <path class=\"{style}\" d=\"M1 6h20\"/></svg>{}</li>",
                    text(name)
                );
            }
            html.push_str("</ul>\n");
        }
        if self.rows.is_empty() {
            html.push_str("</figure>\n");
            return html;
        }
        let _ = write!(
            html,
            "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{0}: picture\">\
             {1}</div>\n<p class=\"note\">{2}</p>\n<details><summary>{0}: all {3} points as a \
             table</summary>\n{4}</details>\n</figure>\n",
            text(title),
            self.svg,
            text(&self.note),
            self.rows.len(),
            table(title, &self.heads, &self.rows)
        );
        html
    }
}
