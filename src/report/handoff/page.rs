//! `handoff.html`: the comparison of handoffs as one self-contained page: verdict, chart, table, how to reproduce it.

use super::chart::handoff_svg;
use super::sentences::verdict;
use super::table::{HEADS, cells, note, trend};
use crate::experiment::Handoff;
use crate::report::ReportError;
use crate::report::html::markup::{HtmlTable, cell, safe, styled};
use crate::report::html::{PageHead, page};

/// Renders the page; same results, same bytes.
///
/// # Errors
/// If the chart cannot be drawn.
pub fn handoff_html(found: &Handoff) -> Result<Vec<u8>, ReportError> {
    let title = if found.title.is_empty() { &found.scenario } else { &found.title };
    let head = PageHead {
        title,
        program: &found.program,
        kicker: "When to hand over: simulated randomised trials",
        ledes: vec![verdict(found).join(" ")],
    };
    let svg =
        handoff_svg(found)?.replacen("<svg ", "<svg role=\"img\" aria-label=\"Lift by month and net value by handoff\" ", 1);
    let heads = HEADS.map(|[upper, lower]| styled(format!("{upper} {lower}").trim(), "wrap")).to_vec();
    let table = HtmlTable {
        caption: "One row per handoff; best on net value marked, ~ not told apart from it".to_owned(),
        heads: vec![heads],
        rows: found.timings.iter().map(|row| ("", cells(found, row).iter().map(|text| cell(text)).collect())).collect(),
    };
    let main = format!(
        "<section>\n<h2>Lift and worth</h2>\n<figure>\n{svg}<figcaption>The numbers are in <code>handoff.csv</code> and \
         <code>handoff_curve.csv</code>.</figcaption>\n</figure>\n</section>\n\
         <section>\n<h2>Every handoff</h2>\n{}<p>{}</p>\n<p class=\"note\">{}</p>\n</section>\n",
        table.html(),
        safe(&trend(found)),
        safe(&note(found))
    );
    Ok(page(&head, &main))
}
