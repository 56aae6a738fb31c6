//! Pieces of HTML: text made safe, tables. Knows nothing of trials.

/// Text made safe for HTML, in content and in quoted attributes.
pub(in crate::report) fn safe(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

/// A cell of a table; `html` is trusted.
#[derive(Clone, Debug)]
pub(in crate::report) struct TableCell {
    pub(in crate::report) html: String,
    pub(in crate::report) columns: usize,
    pub(in crate::report) class: &'static str,
}

/// A plain cell with text.
pub(in crate::report) fn cell(text: &str) -> TableCell {
    TableCell { html: safe(text), columns: 1, class: "" }
}

/// A cell with a class.
pub(in crate::report) fn styled(text: &str, class: &'static str) -> TableCell {
    TableCell { class, ..cell(text) }
}

/// A table: heads, then rows with a class each; the first cell of a row names it.
#[derive(Default)]
pub(in crate::report) struct HtmlTable {
    pub(in crate::report) caption: String,
    pub(in crate::report) heads: Vec<Vec<TableCell>>,
    pub(in crate::report) rows: Vec<(&'static str, Vec<TableCell>)>,
}

impl HtmlTable {
    /// The table, in a box that scrolls sideways on narrow screens.
    pub(in crate::report) fn html(&self) -> String {
        let mut html = String::from("<div class=\"scroll\"><table>\n");
        if !self.caption.is_empty() {
            html.push_str(&format!("<caption>{}</caption>\n", safe(&self.caption)));
        }
        html.push_str("<thead>\n");
        for head in &self.heads {
            push_row(&mut html, "", head, true);
        }
        html.push_str("</thead>\n<tbody>\n");
        for (class, row) in &self.rows {
            push_row(&mut html, class, row, false);
        }
        html.push_str("</tbody>\n</table></div>\n");
        html
    }
}

fn push_row(html: &mut String, class: &str, cells: &[TableCell], is_head: bool) {
    html.push_str(&format!("<tr{}>", attribute("class", class)));
    for (position, cell) in cells.iter().enumerate() {
        let span = if cell.columns > 1 { format!(" colspan=\"{}\"", cell.columns) } else { String::new() };
        let (name, scope) = match (is_head, position) {
            (true, _) => ("th", " scope=\"col\""),
            (false, 0) => ("th", " scope=\"row\""),
            (false, _) => ("td", ""),
        };
        html.push_str(&format!("<{name}{scope}{span}{}>{}</{name}>", attribute("class", cell.class), cell.html));
    }
    html.push_str("</tr>\n");
}

fn attribute(name: &str, value: &str) -> String {
    if value.is_empty() { String::new() } else { format!(" {name}=\"{value}\"") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_become_markup() {
        assert_eq!(safe("<b title=\"x\">&'"), "&lt;b title=&quot;x&quot;&gt;&amp;&#39;");
    }
}
