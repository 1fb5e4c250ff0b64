//! Text that HTML and SVG show as it is, and tables.

use std::fmt::Write;

use crate::report::number::plain;

/// A table's column: its head, and whether its cells are numbers.
#[derive(Clone, Copy)]
pub(super) enum Head {
    /// Cells of words.
    Words(&'static str),
    /// Cells of numbers.
    Number(&'static str),
}

/// Text without any power: no markup, no control and no direction characters.
pub(super) fn text(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in plain(text).chars() {
        escape(c, &mut shown);
    }
    shown
}

/// The same over several lines, which keep their indentation.
pub(super) fn lines(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for line in text.lines() {
        let indent = line.len() - line.trim_start_matches(' ').len();
        shown.push_str(&" ".repeat(indent));
        shown.push_str(&self::text(line));
        shown.push('\n');
    }
    shown
}

fn escape(c: char, shown: &mut String) {
    match c {
        '&' => shown.push_str("&amp;"),
        '<' => shown.push_str("&lt;"),
        '>' => shown.push_str("&gt;"),
        '"' => shown.push_str("&quot;"),
        '\'' => shown.push_str("&#39;"),
        c => shown.push(c),
    }
}

/// At most `most` characters, the rest as an ellipsis.
pub(super) fn short(text: &str, most: usize) -> String {
    let text = plain(text);
    if text.chars().count() <= most {
        return text;
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

/// A table whose first column names the row. Cells are text, not markup. It scrolls by itself where
/// it is too wide, and the keyboard reaches it.
pub(super) fn table(caption: &str, heads: &[Head], rows: &[Vec<String>]) -> String {
    let caption = text(caption);
    let mut html = format!(
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{caption}\">\
         <table><caption>{caption}</caption><thead><tr>"
    );
    for head in heads {
        let _ = match head {
            Head::Words(words) => write!(html, "<th scope=\"col\">{}", text(words)),
            Head::Number(words) => write!(html, "<th scope=\"col\" class=\"n\">{}", text(words)),
        };
    }
    // Closing tags of cells and rows are optional in HTML, and tables may be long.
    html.push_str("</thead><tbody>\n");
    for row in rows {
        html.push_str("<tr>");
        for (at, (cell, head)) in row.iter().zip(heads).enumerate() {
            let cell = text(cell);
            let _ = match head {
                _ if at == 0 => write!(html, "<th scope=\"row\">{cell}"),
                Head::Words(_) => write!(html, "<td>{cell}"),
                Head::Number(_) => write!(html, "<td class=\"n\">{cell}"),
            };
        }
        html.push('\n');
    }
    html.push_str("</tbody></table></div>\n");
    html
}
