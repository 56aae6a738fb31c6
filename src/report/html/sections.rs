//! The page's sections in words: question, design, checks, how to reproduce it.

use super::markup::{HtmlTable, cell, safe, styled};
use crate::report::chart::short_digest;
use crate::report::checks::CheckOutcome;
use crate::report::contents::Report;
use crate::report::number::{count, fixed, significant};
use crate::report::wording::{capitalised, month_span, varied_words};

/// What the trial asks.
pub(super) fn question(report: &Report) -> String {
    let context = &report.context;
    let mut html = String::from("<section>\n<h2>The question</h2>\n");
    if !context.description.is_empty() {
        html.push_str(&format!("<p>{}</p>\n", safe(&context.description)));
    }
    let asked = if context.handoff_months().is_empty() {
        format!("How much more do customers do when they are assigned to another arm than {}?", context.control())
    } else {
        format!(
            "How much more do customers do than in the {} arm while people curate what agents may send, and how much of that is \
             left after the people have gone?",
            context.control()
        )
    };
    html.push_str(&format!("<p>{}</p>\n</section>\n", safe(&asked)));
    html
}

/// Arms, phases, customers, definitions.
pub(super) fn design(report: &Report) -> String {
    let context = &report.context;
    let run = &report.run;
    let mut arms = HtmlTable {
        heads: vec![vec![cell("arm"), cell("share"), styled("who sends its messages", "left")]],
        ..HtmlTable::default()
    };
    for arm in &context.arms {
        let kinds = [
            ("people curate its library", &arm.people_in),
            ("people are on call", &arm.on_call_in),
            ("a generative model adds to its library", &arm.generated_in),
        ];
        let kinds = kinds.into_iter().filter(|(_, phases)| !phases.is_empty());
        let curated: String = kinds.map(|(words, phases)| format!("; {words} in phase {}", phases.join(", "))).collect();
        let share = format!("{} %", significant(arm.share * 100.0, 3));
        arms.rows.push(("", vec![cell(&arm.name), cell(&share), styled(&format!("{}{curated}", arm.policy), "left")]));
    }
    let mut phases =
        HtmlTable { heads: vec![vec![cell("phase"), styled("when", "left"), styled("people", "left")]], ..HtmlTable::default() };
    for phase in &context.phases {
        let with_people: Vec<&str> = context.treated().filter(|arm| arm.has_people(phase)).map(|arm| arm.name.as_str()).collect();
        let people = match with_people.as_slice() {
            [] => "not involved".to_owned(),
            arms if context.is_curated_in_part(phase) => format!("curate the library of {}", arms.join(", ")),
            _ => "curate the library".to_owned(),
        };
        let when = month_span(phase.first, phase.end);
        phases.rows.push(("", vec![cell(&phase.name), styled(&when, "left"), styled(&people, "left")]));
    }
    let represents = context
        .represents
        .map_or(String::new(), |represents| format!(", standing for {} where money is concerned", fixed(represents, 0)));
    let words = format!(
        "A randomised trial, simulated {} times. In each replicate {} customers{represents} are assigned to arms at random and for \
         good. The trial starts on {} after {} days in which everybody gets the same business as usual, and lasts {} calendar \
         months. A direct app open is an open of the app by tapping a message within {} hours of its delivery.",
        count(run.replicates.into()),
        count(run.customers.into()),
        context.start,
        context.pre_period_days,
        context.months(),
        significant(context.attribution_window_hours, 3),
    );
    let varied = match varied_words(&context.varied) {
        words if words.is_empty() => words,
        words => format!("<p>{}</p>\n", safe(&words)),
    };
    format!("<section>\n<h2>Design</h2>\n<p>{}</p>\n{varied}{}{}</section>\n", safe(&words), arms.html(), phases.html())
}

/// The checks that ran, as lines.
pub(super) fn checks(report: &Report) -> String {
    if report.checks.is_empty() {
        return String::new();
    }
    let mut html = String::from("<section>\n<h2>Checks</h2>\n<ul class=\"checks\">\n");
    for check in &report.checks {
        let (class, word) = match check.outcome {
            CheckOutcome::Passed => ("passed", "passed"),
            CheckOutcome::Warned => ("warned", "warning"),
            CheckOutcome::Failed => ("failed", "failed"),
        };
        let hint = check.hint.as_ref().map_or(String::new(), |hint| format!(" <span class=\"quiet\">{}</span>", safe(hint)));
        html.push_str(&format!("<li class=\"{class}\"><b>{word}</b>{}{hint}</li>\n", safe(&capitalised(&check.finding))));
    }
    html.push_str("</ul>\n</section>\n");
    html
}

/// What somebody needs to get the same numbers again.
pub(super) fn reproduction(report: &Report) -> String {
    let run = &report.run;
    let entries = [
        ("scenario", safe(&report.context.scenario)),
        ("digest of the scenario", format!("<code title=\"{}\">{}</code>", safe(&run.digest), safe(&short_digest(&run.digest)))),
        ("seed", run.seed.to_string()),
        ("replicates", count(run.replicates.into())),
        ("customers", count(run.customers.into())),
        ("program", safe(&run.program)),
        (
            "same numbers again",
            format!(
                "<code>longgame run {} --seed {} --replicates {} --customers {}</code>",
                safe(&report.context.scenario),
                run.seed,
                run.replicates,
                run.customers
            ),
        ),
        (
            "files beside this page",
            format!(
                "<code>summary.json</code>, <code>effects.csv</code>, <code>replicates.parquet</code>, <code>ledger.parquet</code>, \
                 <code>uplift.csv</code>, <code>uplift.png</code>{}; <code>manifest.json</code> holds the scenario with every default written out",
                if report.beliefs.is_empty() { "" } else { ", <code>beliefs.csv</code>, <code>beliefs.png</code>" }
            ),
        ),
    ];
    let mut html = String::from("<section>\n<h2>Reproduce it</h2>\n<dl class=\"box\">\n");
    for (name, value) in entries {
        html.push_str(&format!("<dt>{name}</dt><dd>{value}</dd>\n"));
    }
    html.push_str("</dl>\n<p class=\"note\">Same scenario, seed and version give the same numbers, whatever the number of threads.</p>\n</section>\n");
    html
}
