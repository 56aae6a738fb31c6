//! Charts: same report, same bytes; small files; nothing lost from the picture. How a chart looks, people judge: `gallery`
//! writes pictures to look at.

use crate::report_fixture::{Toy, ToyMetric, decaying};
use longgame::report::{uplift_png, uplift_svg};

/// Charts of many shapes, with names.
fn shapes() -> Vec<(&'static str, Toy)> {
    let paper = Toy::paper();
    let metric = |name, monthly_mean, deviation, lift| ToyMetric { name, monthly_mean, deviation, lift };
    let one = Toy { metrics: paper.metrics[..1].to_vec(), has_truth: true, ..paper.clone() };
    let two = Toy { metrics: paper.metrics[..2].to_vec(), ..paper.clone() };
    let mut four = paper.clone();
    four.metrics.push(metric("revenue", 4.2, 30.0, |_| -0.03));
    let several = Toy {
        arms: vec![("control", 0.25, 0.0), ("agents", 0.25, 1.0), ("always_curated", 0.25, 1.12), ("never_curated", 0.25, 0.7)],
        metrics: paper.metrics[..2].to_vec(),
        ..paper.clone()
    };
    let short = Toy { phases: vec![("active", 1, true), ("passive", 2, false)], replicates: 5, ..paper.clone() };
    let long = Toy {
        title: "Two years: six phases with people coming and going, and a title that is far too long to fit on a single line of the chart",
        phases: vec![
            ("onboarding_of_everybody", 1, true),
            ("active", 5, true),
            ("passive", 6, false),
            ("return", 1, true),
            ("alone", 6, false),
            ("end", 5, false),
        ],
        ..paper.clone()
    };
    let extreme = Toy {
        metrics: vec![
            metric("sessions", 0.002, 0.05, |month| 14.0 - month),
            metric("margin", 120.0, 20.0, |month| -0.0004 - 0.0001 * month),
            metric("conversions", -1.0, 0.1, |_| 0.1),
            metric("unsubscribes", 0.02, 0.14, |month| -0.5 + 0.06 * month),
        ],
        ..paper.clone()
    };
    let no_humans = Toy { phases: vec![("trial_alone", 11, false)], replicates: 1, messages: (8.6, 13.0), ..paper.clone() };
    let nothing = Toy { metrics: vec![metric("direct_app_opens", 0.3, 0.0, |_| 0.0)], ..paper.clone() };
    let wide =
        Toy { metrics: vec![metric("conversions:strategic", 0.01, 0.3, |month| decaying(month, 0.012, 0.009))], ..paper.clone() };
    vec![
        ("paper", paper),
        ("one", one),
        ("two", two),
        ("four", four),
        ("several", several),
        ("short", short),
        ("long", long),
        ("extreme", extreme),
        ("no_humans", no_humans),
        ("nothing", nothing),
        ("wide", wide),
    ]
}

#[test]
fn the_same_report_gives_the_same_picture_and_a_small_one() {
    let made = Toy::paper().make();
    let first = uplift_png(&made.report).expect("a chart");
    assert_eq!(first, uplift_png(&Toy::paper().make().report).expect("a chart"));
    assert!(first.starts_with(b"\x89PNG") && first.len() < 300_000, "{} bytes", first.len());
}

#[test]
fn every_headline_metric_and_the_handoff_are_in_the_picture() {
    for (name, toy) in shapes() {
        let svg = uplift_svg(&toy.make().report).expect("a chart");
        let panels = svg.matches("month of the trial").count();
        assert!(panels >= toy.metrics.len(), "{name}: {panels} panels");
        let handoffs = toy.phases.windows(2).filter(|pair| pair[0].2 && !pair[1].2).count();
        assert_eq!(svg.matches("\nhandoff").count() + svg.matches(">handoff").count() > 0, handoffs > 0, "{name}");
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{name} draws a number that is none");
    }
}
