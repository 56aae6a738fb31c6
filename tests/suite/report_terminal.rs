//! The table on stdout, as a whole, and the plain sentences for trials of many kinds.

use crate::report_fixture::{Toy, ToyMetric};
use longgame::report::{TableOptions, terminal_table};

fn sentences(toy: &Toy) -> String {
    toy.make().report.sentences.iter().flatten().cloned().collect::<Vec<String>>().join("\n")
}

fn with_lift(lift: fn(f64) -> f64) -> Toy {
    Toy { metrics: vec![ToyMetric { name: "margin", monthly_mean: 2.0, deviation: 1.0, lift }], ..Toy::paper() }
}

#[test]
fn the_table_says_in_words_and_numbers_what_the_trial_found() {
    insta::assert_snapshot!(terminal_table(&Toy::paper().make().report, TableOptions::default()), @r#"
    Sustained impact of agentic personalisation: 4 months active, 7 passive

    While people curated the library (months 1–4), the agents arm had 61.6 % more direct app opens per
    customer than the control arm; after the people had left (months 5–11), 58.5 % more: from +66.6 % in
    month 4, the last with people, it came to +54.8 % in month 11.
    Message volume was about the same: 95.7 messages per customer over the trial against 94.6 in the
    control arm (1.2 % more).

                                effect per     lift over  single trials,  control  messages per
    window   arm     by           customer    control, %       5 to 95 %     mean      customer
    ───────────────────────────────────────────────────────────────────────────────────────────
    Direct app opens
    active   agents  DIM   0.7605 ± 0.0061  61.58 ± 0.79        48 to 73    1.235  34.8 vs 34.4
    active   agents  DID   0.7619 ± 0.0053  61.76 ± 0.73        50 to 74    1.234  34.8 vs 34.4
    passive  agents  DIM   1.2651 ± 0.0100  58.47 ± 0.72        46 to 69    2.164  60.9 vs 60.2
    passive  agents  DID   1.2675 ± 0.0087  58.64 ± 0.67    48.6 to 68.6    2.161  60.9 vs 60.2
    trial    agents  DIM     2.026 ± 0.016  59.60 ± 0.72        48 to 69    3.399  95.7 vs 94.6
    trial    agents  DID     2.029 ± 0.014  59.78 ± 0.67        50 to 71    3.395  95.7 vs 94.6
    kept     agents  DIM  passive / active  94.95 ± 0.58
    Days with engagement
    active   agents  DIM     0.298 ± 0.020   2.40 ± 0.16     −0.3 to 4.9    12.41  34.8 vs 34.4
    active   agents  DID     0.328 ± 0.015   2.65 ± 0.12      0.7 to 5.0    12.38  34.8 vs 34.4
    passive  agents  DIM     0.493 ± 0.030   2.27 ± 0.14      0.2 to 4.6    21.73  60.9 vs 60.2
    passive  agents  DID     0.545 ± 0.025   2.52 ± 0.12      0.7 to 4.5    21.68  60.9 vs 60.2
    trial    agents  DIM     0.791 ± 0.048   2.32 ± 0.14      0.2 to 4.5    34.14  95.7 vs 94.6
    trial    agents  DID     0.873 ± 0.037   2.56 ± 0.11      0.7 to 4.5    34.06  95.7 vs 94.6
    kept     agents  DIM  passive / active    94.4 ± 2.8
    Conversions (strategic)
    active   agents  DIM   0.0044 ± 0.0032   1.00 ± 0.74        −9 to 15   0.4412  34.8 vs 34.4
    active   agents  DID   0.0028 ± 0.0024   0.64 ± 0.54    −6.3 to 11.6   0.4428  34.8 vs 34.4
    passive  agents  DIM   0.0051 ± 0.0052   0.66 ± 0.68       −10 to 12   0.7732  60.9 vs 60.2
    passive  agents  DID   0.0023 ± 0.0044   0.30 ± 0.56    −6.6 to 11.4   0.7760  60.9 vs 60.2
    trial    agents  DIM   0.0095 ± 0.0082   0.78 ± 0.68        −9 to 13    1.214  95.7 vs 94.6
    trial    agents  DID   0.0051 ± 0.0065   0.42 ± 0.53    −6.7 to 11.5    1.219  95.7 vs 94.6
    ───────────────────────────────────────────────────────────────────────────────────────────
    Intention to treat, unit customer: everyone assigned counts. ± is the Monte-Carlo standard error of
    the mean over 100 replicates; "single trials" is where the lifts (%) of nine in ten single trials
    lie. Lift = effect / control mean; for adjusted estimators the control mean is the one they imply.
    DIM = difference in means, DID = difference in differences.
    100 replicates of 20,000 customers, seed 20260409; scenario toy, digest 3f9ad2c41b7e; longgame
    0.1.0.
    "#);
}

#[test]
fn the_table_sets_the_truth_below_its_estimates_and_says_how_the_lift_fades() {
    let toy = Toy { has_truth: true, metrics: Toy::paper().metrics[..2].to_vec(), ..Toy::paper() };
    insta::assert_snapshot!(terminal_table(&toy.make().report, TableOptions::default()), @r#"
    Sustained impact of agentic personalisation: 4 months active, 7 passive

    While people curated the library (months 1–4), the agents arm had 61.6 % more direct app opens per
    customer than the control arm; after the people had left (months 5–11), 58.5 % more: from +66.6 % in
    month 4, the last with people, it came to +54.8 % in month 11.
    Message volume was about the same: 95.7 messages per customer over the trial against 94.6 in the
    control arm (1.2 % more).

                                  effect per     lift over  single trials,  control  messages per
    window   arm     by             customer    control, %       5 to 95 %     mean      customer
    ─────────────────────────────────────────────────────────────────────────────────────────────
    Direct app opens
    active   agents  DIM     0.7605 ± 0.0061  61.58 ± 0.79        48 to 73    1.235  34.8 vs 34.4
    active   agents  DID     0.7619 ± 0.0053  61.76 ± 0.73        50 to 74    1.234  34.8 vs 34.4
    active   agents  truth        0.7544 ± 0     60.84 ± 0        61 to 61    1.240  34.8 vs 34.4
    passive  agents  DIM     1.2651 ± 0.0100  58.47 ± 0.72        46 to 69    2.164  60.9 vs 60.2
    passive  agents  DID     1.2675 ± 0.0087  58.64 ± 0.67    48.6 to 68.6    2.161  60.9 vs 60.2
    passive  agents  truth         1.257 ± 0     57.91 ± 0        58 to 58    2.170  60.9 vs 60.2
    trial    agents  DIM       2.026 ± 0.016  59.60 ± 0.72        48 to 69    3.399  95.7 vs 94.6
    trial    agents  DID       2.029 ± 0.014  59.78 ± 0.67        50 to 71    3.395  95.7 vs 94.6
    trial    agents  truth         2.011 ± 0     58.97 ± 0        59 to 59    3.410  95.7 vs 94.6
    kept     agents  DIM    passive / active  94.95 ± 0.58
    Days with engagement
    active   agents  DIM       0.298 ± 0.020   2.40 ± 0.16     −0.3 to 4.9    12.41  34.8 vs 34.4
    active   agents  DID       0.328 ± 0.015   2.65 ± 0.12      0.7 to 5.0    12.38  34.8 vs 34.4
    active   agents  truth        0.3201 ± 0     2.581 ± 0          3 to 3    12.40  34.8 vs 34.4
    passive  agents  DIM       0.493 ± 0.030   2.27 ± 0.14      0.2 to 4.6    21.73  60.9 vs 60.2
    passive  agents  DID       0.545 ± 0.025   2.52 ± 0.12      0.7 to 4.5    21.68  60.9 vs 60.2
    passive  agents  truth        0.5308 ± 0     2.446 ± 0          2 to 2    21.70  60.9 vs 60.2
    trial    agents  DIM       0.791 ± 0.048   2.32 ± 0.14      0.2 to 4.5    34.14  95.7 vs 94.6
    trial    agents  DID       0.873 ± 0.037   2.56 ± 0.11      0.7 to 4.5    34.06  95.7 vs 94.6
    trial    agents  truth        0.8508 ± 0     2.495 ± 0          2 to 2    34.10  95.7 vs 94.6
    kept     agents  DIM    passive / active    94.4 ± 2.8
    ─────────────────────────────────────────────────────────────────────────────────────────────

    fading                  start,  plateau,  half-life, months  plateau /  last month /
    since    arm     by          %         %    [95 % interval]   start, %      start, %
    ────────────────────────────────────────────────────────────────────────────────────
    Direct app opens
    month 5  agents  DIM      66.1      51.7     2.8 [1.8, 5.3]       78.2          82.4
    month 5  agents  truth    66.0      50.0     3.0 [3.0, 3.0]       75.7          81.2
    Days with engagement
    month 5  agents  DIM      2.56      1.62    6.1 [1.1, open]       63.2          80.8
    month 5  agents  truth    2.80      2.10     3.0 [3.0, 3.0]       75.0          80.6
    ────────────────────────────────────────────────────────────────────────────────────
    Intention to treat, unit customer: everyone assigned counts. ± is the Monte-Carlo standard error of
    the mean over 100 replicates; "single trials" is where the lifts (%) of nine in ten single trials
    lie. Lift = effect / control mean; for adjusted estimators the control mean is the one they imply.
    DIM = difference in means, DID = difference in differences.
    truth = the effect on all customers of a trial, known from their twins in the other arm: what the
    estimates estimate. Even that differs between trials, because people, tastes and what the agents
    learn do.
    Half-life: time in which half of what lies above the plateau is lost; interval over resampled
    replicates.
    100 replicates of 20,000 customers, seed 20260409; scenario toy, digest 3f9ad2c41b7e; longgame
    0.1.0.
    "#);
}

#[test]
fn months_are_shown_when_asked_for_and_two_arms_side_by_side() {
    let toy = Toy {
        arms: vec![("control", 0.2, 0.0), ("agents", 0.4, 1.0), ("an_arm_with_a_very_long_name", 0.4, 0.5)],
        metrics: Toy::paper().metrics[..1].to_vec(),
        phases: vec![("active", 1, true), ("passive", 2, false)],
        ..Toy::paper()
    };
    insta::assert_snapshot!(terminal_table(&toy.make().report, TableOptions { months: true }), @r#"
    Sustained impact of agentic personalisation: 4 months active, 7 passive

    While people curated the library (month 1), the agents arm had 50.2 % more direct app opens per
    customer than the control arm; after the people had left (months 2–3), 64.6 % more: from +50.2 % in
    month 1, the last with people, it came to +66.0 % in month 3.
    Message volume was about the same: 26.1 messages per customer over the trial against 25.8 in the
    control arm (1.2 % more).

    While people curated the library (month 1), the an_arm_with_a_very_long_name arm had 25.0 % more
    direct app opens per customer than the control arm; after the people had left (months 2–3), 32.4 %
    more: from +25.0 % in month 1, the last with people, it came to +32.8 % in month 3.
    Message volume was about the same: 26.1 messages per customer over the trial against 25.8 in the
    control arm (1.2 % more).

                                         effect per     lift over  single trials,  control  messages per
    window    arm             by           customer    control, %       5 to 95 %     mean      customer
    ────────────────────────────────────────────────────────────────────────────────────────────────────
    Direct app opens
    month_01  agents          DIM   0.1551 ± 0.0015  50.19 ± 0.68        39 to 61   0.3090  8.70 vs 8.60
    month_01  agents          DID   0.1554 ± 0.0014  50.37 ± 0.69        41 to 62   0.3086  8.70 vs 8.60
    month_01  an_arm_with_a…  DIM   0.0773 ± 0.0015  25.00 ± 0.56    16.9 to 34.1   0.3090  8.70 vs 8.60
    month_01  an_arm_with_a…  DID   0.0779 ± 0.0014  25.25 ± 0.58    15.2 to 34.0   0.3084  8.70 vs 8.60
    month_02  agents          DIM   0.1951 ± 0.0014  63.19 ± 0.65        53 to 75   0.3088  8.70 vs 8.60
    month_02  agents          DID   0.1955 ± 0.0013  63.38 ± 0.68        53 to 74   0.3084  8.70 vs 8.60
    month_02  an_arm_with_a…  DIM   0.0989 ± 0.0015  32.03 ± 0.58    22.2 to 40.4   0.3088  8.70 vs 8.60
    month_02  an_arm_with_a…  DID   0.0995 ± 0.0013  32.30 ± 0.55    23.2 to 42.4   0.3082  8.70 vs 8.60
    month_03  agents          DIM   0.2043 ± 0.0015  65.97 ± 0.73        54 to 76   0.3097  8.70 vs 8.60
    month_03  agents          DID   0.2047 ± 0.0014  66.16 ± 0.77        53 to 77   0.3094  8.70 vs 8.60
    month_03  an_arm_with_a…  DIM   0.1016 ± 0.0017  32.79 ± 0.66    22.3 to 42.2   0.3097  8.70 vs 8.60
    month_03  an_arm_with_a…  DID   0.1022 ± 0.0014  33.06 ± 0.61        23 to 43   0.3091  8.70 vs 8.60
    active    agents          DIM   0.1551 ± 0.0015  50.19 ± 0.68        39 to 61   0.3090  8.70 vs 8.60
    active    agents          DID   0.1554 ± 0.0014  50.37 ± 0.69        41 to 62   0.3086  8.70 vs 8.60
    active    an_arm_with_a…  DIM   0.0773 ± 0.0015  25.00 ± 0.56    16.9 to 34.1   0.3090  8.70 vs 8.60
    active    an_arm_with_a…  DID   0.0779 ± 0.0014  25.25 ± 0.58    15.2 to 34.0   0.3084  8.70 vs 8.60
    passive   agents          DIM   0.3995 ± 0.0025  64.58 ± 0.62    54.7 to 73.2   0.6185  17.4 vs 17.2
    passive   agents          DID   0.4002 ± 0.0023  64.77 ± 0.66        54 to 76   0.6178  17.4 vs 17.2
    passive   an_arm_with_a…  DIM   0.2005 ± 0.0029  32.41 ± 0.58    22.6 to 41.0   0.6185  17.4 vs 17.2
    passive   an_arm_with_a…  DID   0.2017 ± 0.0024  32.68 ± 0.53    24.0 to 41.3   0.6173  17.4 vs 17.2
    trial     agents          DIM   0.5545 ± 0.0037  59.79 ± 0.59    49.7 to 69.6   0.9275  26.1 vs 25.8
    trial     agents          DID   0.5556 ± 0.0033  59.97 ± 0.62    51.1 to 69.3   0.9264  26.1 vs 25.8
    trial     an_arm_with_a…  DIM   0.2777 ± 0.0040  29.94 ± 0.53    20.9 to 38.2   0.9275  26.1 vs 25.8
    trial     an_arm_with_a…  DID   0.2796 ± 0.0035  30.20 ± 0.50    21.4 to 38.2   0.9257  26.1 vs 25.8
    kept      agents          DIM  passive / active   128.7 ± 1.3
    kept      an_arm_with_a…  DIM  passive / active   129.6 ± 2.2
    ────────────────────────────────────────────────────────────────────────────────────────────────────
    Intention to treat, unit customer: everyone assigned counts. ± is the Monte-Carlo standard error of
    the mean over 100 replicates; "single trials" is where the lifts (%) of nine in ten single trials
    lie. Lift = effect / control mean; for adjusted estimators the control mean is the one they imply.
    DIM = difference in means, DID = difference in differences.
    100 replicates of 20,000 customers, seed 20260409; scenario toy, digest 3f9ad2c41b7e; longgame
    0.1.0.
    "#);
}

#[test]
fn no_line_is_wider_than_a_hundred_columns() {
    let paper = Toy::paper();
    let money = ToyMetric { name: "revenue", monthly_mean: 123.0, deviation: 400.0, lift: |_| -0.2 };
    let tiny = ToyMetric { name: "conversions:an_unusual_vertical", monthly_mean: 0.00001, deviation: 0.001, lift: |_| 0.3 };
    let with_truth = Toy { has_truth: true, replicates: 9, ..paper.clone() };
    for toy in [paper.clone(), Toy { metrics: vec![money, tiny], ..paper.clone() }, Toy { replicates: 1, ..paper }, with_truth] {
        let table = terminal_table(&toy.make().report, TableOptions { months: true });
        let widest = table.lines().max_by_key(|line| line.chars().count()).expect("lines");
        assert!(widest.chars().count() <= 100, "{widest}");
    }
}

#[test]
fn sentences_fit_a_trial_in_which_people_stay() {
    let toy = Toy { phases: vec![("active", 4, true), ("still_active", 7, true)], ..Toy::paper() };
    insta::assert_snapshot!(sentences(&toy), @r#"
    While people curated the library (months 1–4), the agents arm had 61.6 % more direct app opens per customer than the control arm; still with people (months 5–11), 58.5 % more.
    Message volume was about the same: 95.7 messages per customer over the trial against 94.6 in the control arm (1.2 % more).
    "#);
}

#[test]
fn sentences_fit_a_trial_without_people_and_with_more_messages() {
    let toy = Toy { phases: vec![("alone", 11, false)], messages: (8.0, 12.0), ..Toy::paper() };
    insta::assert_snapshot!(sentences(&toy), @r#"
    With no people involved (months 1–11), the agents arm had 59.6 % more direct app opens per customer than the control arm.
    Message volume was not the same: 132 messages per customer over the trial against 88 in the control arm (50 % more), so part of any difference may come from volume.
    "#);
}

#[test]
fn sentences_do_not_claim_what_replicates_cannot_tell_from_nothing() {
    insta::assert_snapshot!(sentences(&with_lift(|_| 0.0)), @r#"
    The agents arm had no measurable change in margin in any phase (months 1–11).
    Message volume was about the same: 95.7 messages per customer over the trial against 94.6 in the control arm (1.2 % more).
    "#);
}

#[test]
fn sentences_tell_losses_from_gains_and_a_lift_that_grows_from_one_that_fades() {
    insta::assert_snapshot!(sentences(&with_lift(|month| -0.1 - 0.01 * month)), @"
    While people curated the library (months 1–4), the agents arm had 11.4 % less margin per customer than the control arm; after the people had left (months 5–11), 16.9 % less: from −12.9 % in month 4, the last with people, it came to −19.9 % in month 11.
    Message volume was about the same: 95.7 messages per customer over the trial against 94.6 in the control arm (1.2 % more).
    ");
    insta::assert_snapshot!(sentences(&with_lift(|month| if month < 4.0 { 0.3 } else { 0.0 })), @"
    While people curated the library (months 1–4), the agents arm had 30.1 % more margin per customer than the control arm; after the people had left (months 5–11), no measurable change in margin: from +30.1 % in month 4, the last with people, it came to none that could be told from zero in month 11.
    Message volume was about the same: 95.7 messages per customer over the trial against 94.6 in the control arm (1.2 % more).
    ");
}

#[test]
fn sentences_of_a_single_trial_say_that_chance_is_in_them() {
    let text = sentences(&Toy { replicates: 1, ..Toy::paper() });
    assert!(text.starts_with("In one trial alone, chance included: while people curated the library"), "{text}");
}

#[test]
fn no_share_is_told_of_a_lift_that_could_not_be_measured() {
    let text = sentences(&with_lift(|month| if month < 4.0 { 0.0 } else { 0.3 }));
    assert!(
        text.contains("no measurable change in margin; after the people had left (months 5–11), 30.1 % more margin per customer"),
        "{text}"
    );
    assert!(!text.contains("kept") && !text.contains("grew"), "{text}");
}

#[test]
fn sentences_fit_a_control_arm_without_messages() {
    insta::assert_snapshot!(sentences(&Toy { messages: (0.0, 8.0), ..with_lift(|_| 0.2) }), @"
    While people curated the library (months 1–4), the agents arm had 20.1 % more margin per customer than the control arm; after the people had left (months 5–11), 20.1 % more: from +20.1 % in month 4, the last with people, it came to +20.2 % in month 11.
    The agents arm sent 88 messages per customer over the trial, the control arm none.
    ");
    insta::assert_snapshot!(sentences(&Toy { messages: (0.0, 0.0), ..with_lift(|_| 0.2) }), @"
    While people curated the library (months 1–4), the agents arm had 20.1 % more margin per customer than the control arm; after the people had left (months 5–11), 20.1 % more: from +20.1 % in month 4, the last with people, it came to +20.2 % in month 11.
    Neither the agents arm nor the control arm sent messages.
    ");
}
