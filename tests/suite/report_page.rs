//! `report.html`: self-contained, safe against odd names, and saying what a reader needs.

use crate::report_fixture::Toy;
use longgame::report::{Check, CheckOutcome, Report, report_html};

fn page(report: &Report) -> String {
    String::from_utf8(report_html(report).expect("a page")).expect("UTF-8")
}

fn checked() -> Report {
    let mut report = Toy { has_truth: true, ..Toy::paper() }.make().report;
    let check = |outcome, finding: &str, hint: Option<&str>| Check {
        outcome,
        finding: finding.to_owned(),
        hint: hint.map(str::to_owned),
    };
    report.checks = vec![
        check(CheckOutcome::Passed, "Arms have the sizes they were assigned (sample ratio, p = 0.62).", None),
        check(
            CheckOutcome::Warned,
            "3 % of single trials have too few conversions for a bounded interval.",
            Some("Give the control arm a larger share."),
        ),
        check(CheckOutcome::Failed, "The placebo test on the pre-period rejects in 9 % of replicates instead of 5 %.", None),
    ];
    report
}

#[test]
fn the_page_needs_neither_network_nor_scripts() {
    let page = page(&checked());
    for forbidden in ["<script", "<link", "src=", "@import", "url(", "https://"] {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
    let addresses = page.matches("http://").count();
    assert_eq!(addresses, page.matches("xmlns=\"http://www.w3.org/2000/svg\"").count(), "only the name of the SVG language");
}

#[test]
fn the_page_holds_the_sentences_the_tables_and_the_checks() {
    let report = checked();
    let page = page(&report);
    for sentence in report.sentences.iter().flatten() {
        assert!(page.contains(&sentence.replace(" %", "&nbsp;%")), "{sentence}");
    }
    for check in &report.checks {
        assert!(page.contains(check.finding.as_str()), "{}", check.finding);
    }
    for part in ["The question", "Design", "Lift by month", "Results", "What was kept", "What it took", "Checks", "Reproduce it"]
    {
        assert!(page.contains(&format!("<h2>{part}")), "{part}");
    }
    assert_eq!(page.matches("<svg role=\"img\"").count(), report.shown_metrics().len());
}

#[test]
fn names_and_titles_cannot_become_markup() {
    let toy = Toy {
        title: "<script>alert(1)</script> & \"quotes\"",
        arms: vec![("<control>", 0.5, 0.0), ("a&b", 0.5, 1.0)],
        ..Toy::paper()
    };
    let page = page(&toy.make().report);
    assert!(!page.contains("<script") && !page.contains("<control>") && !page.contains("a&b "), "a name got through");
    assert!(page.contains("&lt;script&gt;"));
}
