//! `report.html`: one self-contained page, readable without network and without scripts, on paper, on a phone, light or dark.
//!
//! In the order of a paper: the finding in plain sentences, the question, the design, lift by month, results, what was kept,
//! what agents believe, what it took, checks, how to reproduce it. Sections are in `sections`, tables in `results`.

pub(in crate::report) mod markup;
mod results;
mod sections;
mod upkeep;

use super::beliefs;
use super::chart::{self, palette};
use super::contents::Report;
use super::error::ReportError;
use markup::safe;

/// Renders the page; same report, same bytes.
///
/// # Errors
/// If a chart cannot be drawn.
pub fn report_html(report: &Report) -> Result<Vec<u8>, ReportError> {
    let head = PageHead {
        title: &report.context.title,
        program: &report.run.program,
        kicker: "Simulated randomised trial",
        ledes: report.sentences.iter().map(|sentences| sentences.join(" ")).collect(),
    };
    let mut main = String::new();
    main.push_str(&sections::question(report));
    main.push_str(&sections::design(report));
    main.push_str(&uplift_figure(report)?);
    main.push_str(&results::results(report));
    main.push_str(&results::kept(report));
    main.push_str(&beliefs_figure(report)?);
    main.push_str(&upkeep::worth(report));
    main.push_str(&results::ledger(report));
    main.push_str(&upkeep::upkeep(report));
    main.push_str(&sections::checks(report));
    main.push_str(&sections::reproduction(report));
    main.push_str(&results::all_metrics(report));
    Ok(page(&head, &main))
}

/// What stands above a page.
pub(in crate::report) struct PageHead<'a> {
    /// Heading and title.
    pub(in crate::report) title: &'a str,
    /// Program and version.
    pub(in crate::report) program: &'a str,
    /// What kind of page it is.
    pub(in crate::report) kicker: &'a str,
    /// The finding, paragraph by paragraph.
    pub(in crate::report) ledes: Vec<String>,
}

/// A self-contained page around `main`, which is trusted HTML.
pub(in crate::report) fn page(head: &PageHead<'_>, main: &str) -> Vec<u8> {
    let title = safe(head.title);
    let mut page = String::new();
    page.push_str("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    page.push_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    page.push_str(&format!("<meta name=\"generator\" content=\"{}\">\n<title>{title}</title>\n", safe(head.program)));
    page.push_str(&format!("<style>\n{}{}</style>\n</head>\n<body>\n", include_str!("style.css"), chart_style()));
    page.push_str(&format!("<header>\n<p class=\"kicker\">{}</p>\n<h1>{title}</h1>\n", safe(head.kicker)));
    for lede in &head.ledes {
        page.push_str(&format!("<p class=\"lede\">{}</p>\n", spoken(lede)));
    }
    page.push_str("</header>\n<main>\n");
    page.push_str(main);
    page.push_str("</main>\n</body>\n</html>\n");
    page.into_bytes()
}

/// A sentence in which no percent sign begins a line.
fn spoken(sentence: &str) -> String {
    safe(sentence).replace(" %", "&nbsp;%")
}

/// Charts carry the colours of paper; on a dark page a rule replaces each of them.
fn chart_style() -> String {
    let mut rules = String::from("@media (prefers-color-scheme: dark) {\n");
    for role in palette::roles() {
        let paper = palette::hex(role.paper);
        rules.push_str(&format!(
            "  svg [fill=\"{paper}\"] {{ fill: {dark}; }} svg [stroke=\"{paper}\"] {{ stroke: {dark}; }}\n",
            dark = role.dark
        ));
    }
    rules.push_str("}\n");
    rules
}

fn uplift_figure(report: &Report) -> Result<String, ReportError> {
    let metrics = report.shown_metrics();
    let mut html = String::from("<section>\n<h2>Lift by month</h2>\n<figure>\n<ul class=\"legend\">\n");
    for (sample, words) in chart::legend_svgs(report)? {
        html.push_str(&format!("<li>{}{}</li>\n", hidden(&sample), safe(&words)));
    }
    html.push_str(&format!("</ul>\n<div class=\"panels{}\">\n", if metrics.len() == 1 { " one" } else { "" }));
    for metric in metrics {
        let words = super::wording::metric_words(metric);
        let svg = chart::panel_svg(report, metric)?;
        html.push_str(&svg.replacen("<svg ", &format!("<svg role=\"img\" aria-label=\"Lift of {} by month\" ", safe(&words)), 1));
    }
    html.push_str("</div>\n<figcaption>");
    html.push_str(
        "Inner, strong band: 95 % interval of the mean over replicates; it shrinks with more replicates. Outer, faint band: where nine in ten \
         single trials of this size would land; it shrinks with more customers. The numbers are in <code>uplift.csv</code>.",
    );
    html.push_str("</figcaption>\n</figure>\n</section>\n");
    Ok(html)
}

/// What agents believe, where it is known.
fn beliefs_figure(report: &Report) -> Result<String, ReportError> {
    let Some(sentence) = beliefs::sentence(report) else { return Ok(String::new()) };
    let mut html =
        format!("<section>\n<h2>What agents believe</h2>\n<p>{}</p>\n<figure>\n<div class=\"panels\">\n", spoken(&sentence));
    let panels = beliefs::panel_svgs(report)?
        .into_iter()
        .chain(beliefs::map_svg(report)?.map(|map| ("Map of what is believed best", map)));
    for (words, svg) in panels {
        html.push_str(&svg.replacen("<svg ", &format!("<svg role=\"img\" aria-label=\"{} by month\" ", safe(words)), 1));
    }
    html.push_str("</div>\n<figcaption>");
    html.push_str(
        "Known to the simulator alone. Truly best: no live component of the slot is worth more to this customer at that moment. Given away: \
         the chance that the best message of the same library would be opened at the same time and channel, less that of the message sent. The map sets \
         what the policy believes best for an audience and slot against what is best for the mean customer of the audience; a cell is \
         unlearned when it was right and no longer is. Bands are 95 % Monte-Carlo intervals. The numbers are in <code>beliefs.csv</code>.",
    );
    html.push_str("</figcaption>\n</figure>\n</section>\n");
    Ok(html)
}

/// An image that only repeats the words beside it.
fn hidden(svg: &str) -> String {
    svg.replacen("<svg ", "<svg aria-hidden=\"true\" ", 1)
}
