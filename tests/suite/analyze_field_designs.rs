//! Trials from the field that are not two arms of complete units: what is said first, and the numbers of other software or by hand.

use crate::analyze_field::{effect, field, json, reference, said, same, table, verdict};
use crate::analyze_run::{answered, claims, first_sentence, refused, unwrapped};
use crate::oracle::{CLOSED_FORM, close, number};

const DIM: (&str, &str) = ("", "");
const PLAIN: &str = "--unit id --treatment arm --outcome y";
const REVENUE: &str = "--unit id --treatment arm --outcome revenue";

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Sum of squares about the mean over n (n − 1).
fn variance_of_mean(values: &[f64]) -> f64 {
    let (middle, n) = (mean(values), values.len() as f64);
    values.iter().map(|value| (value - middle).powi(2)).sum::<f64>() / (n * (n - 1.0))
}

#[test]
fn a_profit_that_rises_from_minus_ten_is_higher_and_has_no_lift() {
    let found = json(&table("losses"), "--unit id --treatment arm --outcome profit");
    let row = effect(&found, "difference_in_means", DIM);
    same(row, "losses", CLOSED_FORM);
    assert!(said(&found).contains("was 4.66 higher in treatment than in control"), "{}", said(&found));
    assert!(row["lift"].is_null() && row["lift_conf_low"].is_null());
}

#[test]
fn customers_without_a_past_stay_in() {
    let found = json(&table("new_customers"), "--unit id --treatment arm --outcome spend --pre spend_before");
    let dim = effect(&found, "difference_in_means", DIM);
    same(dim, "new_customers/dim", CLOSED_FORM);
    close(field(dim, "effect"), 7.493103, 1e-7);
    let ancova = effect(&found, "ancova", DIM);
    same(ancova, "new_customers/ancova", 1e-9);
    assert_eq!((&ancova["n_control"], &ancova["n_treatment"]), (&495.into(), &505.into()));
    assert!(found["notes"].to_string().contains("`spend_before` has no value for"), "{}", found["notes"]);
    // A missing outcome may mean nothing; a missing past does not.
    let zero = json(&table("new_customers"), "--unit id --treatment arm --outcome spend --pre spend_before --missing zero");
    assert_eq!(zero["effects"], found["effects"]);
}

#[test]
fn a_covariate_that_never_varies_changes_nothing_and_is_named() {
    let found = json(&table("constant_covariate"), &format!("{PLAIN} --covariates const"));
    same(effect(&found, "difference_in_means", DIM), "constant_covariate", CLOSED_FORM);
    assert_eq!(found["effects"].as_array().map(Vec::len), Some(1));
    assert!(found["checks"].to_string().contains("`const` is the same for every unit and is not adjusted for"));
}

#[test]
fn a_covariate_that_one_arm_lacks_more_often_is_dropped_and_named() {
    let gaps = |lost: fn(usize) -> bool| -> String {
        let row = |unit: usize| {
            let x = if lost(unit) { String::new() } else { (unit * 3 % 17).to_string() };
            format!("u{unit},{},{},{x}\n", unit % 2, unit * 7 % 11 + 2 * (unit % 2))
        };
        format!("id,arm,y,x\n{}", (0..80).map(row).collect::<String>())
    };
    let found = json(&gaps(|unit| unit % 4 == 1), &format!("{PLAIN} --covariates x"));
    assert_eq!(verdict(&found, "column_left_out"), Some("warning"));
    assert!(found["checks"].to_string().contains("`x` is missing for 0 control and 20 treatment units"));
    assert!(found["effects"].as_array().expect("rows").iter().all(|row| row["estimator"] == "difference_in_means"));
    let even = json(&gaps(|unit| unit % 8 < 2), &format!("{PLAIN} --covariates x"));
    assert_eq!(verdict(&even, "column_left_out"), None);
    assert!(!effect(&even, "ancova", DIM).is_null());
}

#[test]
fn an_outcome_with_gaps_keeps_the_units_of_the_other() {
    let row = |unit: usize| {
        let other = if unit < 10 { String::new() } else { (unit * 5 % 13).to_string() };
        format!("u{unit},{},{},{other}\n", unit % 2, unit * 7 % 11 + 2 * (unit % 2))
    };
    let two = format!("id,arm,y,y2\n{}", (0..80).map(row).collect::<String>());
    let found = json(&two, "--unit id --treatment arm --outcome y,y2");
    let sizes = |outcome: &str| {
        let row = effect(&found, "difference_in_means", (outcome, ""));
        (row["n_control"].as_u64(), row["n_treatment"].as_u64())
    };
    assert_eq!((sizes("y"), sizes("y2")), ((Some(40), Some(40)), (Some(35), Some(35))));
    let alone = json(&two, PLAIN);
    assert_eq!(alone["effects"][0]["effect"], effect(&found, "difference_in_means", ("y", ""))["effect"]);
    assert!(said(&found).contains("10 of the 80 units assigned have no value of `y2` and are left out"), "{}", said(&found));
    assert!(refused(&two, "--unit id --treatment arm --outcome y,y2 --missing refuse").contains("`y2` has no value here"));
}

#[test]
fn revenue_that_is_blank_for_nine_in_ten_is_told_before_anything_else() {
    let found = json(&table("blanks"), REVENUE);
    same(effect(&found, "difference_in_means", DIM), "blanks/buyers", CLOSED_FORM);
    assert!(
        said(&found).starts_with("2747 of the 3000 units assigned have no value of `revenue` and are left out"),
        "{}",
        said(&found)
    );
    assert!(!said(&found).contains("in treatment") && !claims(said(&found)), "{}", said(&found));
    let hint = found["checks"].to_string();
    assert!(hint.contains("--missing zero"), "{hint}");
    let zero = json(&table("blanks"), &format!("{REVENUE} --missing zero"));
    let row = effect(&zero, "difference_in_means", DIM);
    same(row, "blanks/zero", CLOSED_FORM);
    close(field(row, "effect"), 0.02738, 1e-9);
    close(field(row, "std_error"), 0.49032, 1e-6);
    assert!(said(&zero).contains("cannot be told apart"), "{}", said(&zero));
}

#[test]
fn a_panel_whose_units_come_and_go_keeps_every_row() {
    let flags = "--unit id --treatment arm --outcome opens --time month --start 4 --estimators did,twfe";
    let found = json(&table("unbalanced_panel"), flags);
    let row = effect(&found, "two_way_fixed_effects", DIM);
    // Two-way demeaning stops at a tolerance there.
    same(row, "unbalanced_panel", 1e-6);
    close(field(row, "effect"), 2.372801, 1e-7);
    assert_eq!(row["n_control"].as_u64().zip(row["n_treatment"].as_u64()).map(|(a, b)| a + b), Some(600));
    assert!(
        said(&found).starts_with("58 of the 600 units assigned have no value of `opens` and are left out"),
        "{}",
        said(&found)
    );
    assert!(!claims(said(&found)), "{}", said(&found));
}

#[test]
fn an_outcome_that_copies_the_assignment_is_no_effect() {
    let copied: String = (0..40).map(|unit| format!("u{unit},{},{}\n", unit % 2, unit % 2)).collect();
    let found = json(&format!("id,arm,y\n{copied}"), PLAIN);
    let row = effect(&found, "difference_in_means", DIM);
    assert!(row["p_value"].is_null() && row["conf_low"].is_null() && row["std_error"].is_null());
    assert!(said(&found).contains("nothing varies within the arms"), "{}", said(&found));
    assert!(!said(&found).contains("cannot be told apart") && !said(&found).contains("chance"), "{}", said(&found));
    assert_eq!(verdict(&found, "no_variation_within_arms"), Some("warning"));
}

#[test]
fn one_treated_shop_has_no_standard_error_whatever_is_asked() {
    let flags = format!("{PLAIN} --cluster shop");
    let found = json(&table("one_treated_shop"), &flags);
    let row = effect(&found, "difference_in_means", DIM);
    same(row, "one_treated_shop", CLOSED_FORM);
    close(field(row, "effect"), -0.496191, 1e-6);
    assert!(row["std_error"].is_null() && row["conf_low"].is_null() && row["p_value"].is_null());
    for more in ["", "--alternative greater", "--margin -5", "--margin 5%", "--estimators dim --level 0.5", "--winsorize 0.9"] {
        let sentence = first_sentence(&answered(&table("one_treated_shop"), &format!("{flags} {more}")));
        assert!(sentence.contains("treatment has one cluster only") && !sentence.contains("chance"), "{more}: {sentence}");
    }
    // One of eight shops: no assignment can be rarer than one in eight.
    let drawn = json(&table("one_treated_shop"), &format!("{flags} --randomization"));
    assert!(field(effect(&drawn, "difference_in_means", DIM), "randomization_p_value") >= 0.125 - 1e-12);
    assert!(!claims(said(&drawn)), "{}", said(&drawn));
}

/// Seven shops of two units, three of them treated.
fn seven_shops() -> (String, Vec<(bool, f64)>) {
    let sums = [(false, 10.0), (true, 17.0), (false, 12.5), (true, 19.5), (false, 14.0), (true, 15.5), (false, 11.0)];
    let rows = sums.iter().enumerate().map(|(shop, (treated, sum))| {
        let arm = u8::from(*treated);
        format!("a{shop},{arm},s{shop},{}\nb{shop},{arm},s{shop},{}\n", sum / 2.0 - 1.0, sum / 2.0 + 1.0)
    });
    (format!("id,arm,shop,y\n{}", rows.collect::<String>()), sums.to_vec())
}

#[test]
fn few_clusters_have_the_exact_p_value_that_counting_by_hand_gives() {
    let (shops, sums) = seven_shops();
    let statistic = |treated: u32| {
        let of = |wanted: bool| -> Vec<f64> {
            let chosen = sums.iter().enumerate().filter(|(shop, _)| (treated >> shop & 1 == 1) == wanted);
            chosen.map(|(_, (_, sum))| sum / 2.0).collect()
        };
        let (treated, control) = (of(true), of(false));
        (mean(&treated) - mean(&control)) / (variance_of_mean(&treated) + variance_of_mean(&control)).sqrt()
    };
    let actual: u32 = sums.iter().enumerate().map(|(shop, (treated, _))| u32::from(*treated) << shop).sum();
    let all: Vec<u32> = (0..128_u32).filter(|treated| treated.count_ones() == 3).collect();
    assert_eq!(all.len(), 35);
    let share = |counts: &dyn Fn(f64) -> bool| all.iter().filter(|treated| counts(statistic(**treated))).count() as f64 / 35.0;
    let two_sided = share(&|found| found.abs() >= statistic(actual).abs() - 1e-9);
    let one_sided = share(&|found| found >= statistic(actual) - 1e-9);
    let flags = format!("{PLAIN} --cluster shop --randomization");
    let found = json(&shops, &flags);
    close(field(effect(&found, "difference_in_means", DIM), "randomization_p_value"), two_sided, 1e-12);
    let found = json(&shops, &format!("{flags} --alternative greater"));
    close(field(effect(&found, "difference_in_means", DIM), "randomization_p_value"), one_sided, 1e-12);
    // Without it seven shops are too few for any claim.
    let sentence = first_sentence(&answered(&shops, &format!("{PLAIN} --cluster shop")));
    assert!(!claims(&sentence), "{sentence}");
}

#[test]
fn units_of_both_arms_in_one_cluster_are_a_failure_unless_units_were_assigned() {
    let flags = "--unit row --cluster user_id --treatment variation --outcome revenue";
    let found = json(&table("both_arms"), flags);
    assert_eq!(verdict(&found, "clusters"), Some("failed"));
    assert!(said(&found).contains("15 of 300 clusters hold units of more than one arm"), "{}", said(&found));
    assert!(!said(&found).contains("chance"), "{}", said(&found));
    close(field(effect(&found, "difference_in_means", DIM), "effect"), number(&reference(), "both_arms/effect"), CLOSED_FORM);
    let units = json(&table("both_arms"), &format!("{flags} --assigned units"));
    assert_ne!(verdict(&units, "clusters"), Some("failed"));
    let twice = refused(&table("both_arms"), "--unit user_id --treatment variation --outcome revenue");
    assert!(twice.contains("u15") || twice.contains("u0"), "{twice}");
}

#[test]
fn a_ratio_of_two_columns_equals_tea_tasting() {
    let flags = "--unit customer --treatment arm --outcome revenue/orders";
    let found = json(&table("ratio"), flags);
    let (row, wanted) = (effect(&found, "difference_in_means", DIM), reference());
    same(row, "ratio", 1e-9);
    close(field(row, "lift"), number(&wanted, "ratio/lift"), CLOSED_FORM);
    close(field(row, "std_error"), 2.480855, 1e-6);
    // tea-tasting takes degrees of freedom of the relative effect from elsewhere.
    close(field(row, "lift_log_delta_conf_low"), number(&wanted, "ratio/lift_low_log_delta"), 1e-4);
    close(field(row, "lift_log_delta_conf_high"), number(&wanted, "ratio/lift_high_log_delta"), 1e-4);
    assert_eq!(verdict(&found, "ratio_denominator"), Some("warning"), "treatment moved the orders");
    let both = json(&table("ratio"), "--unit customer --treatment arm --outcome revenue/orders,revenue,orders");
    assert_eq!(both["effects"].as_array().map(Vec::len), Some(3));
}

#[test]
fn a_ratio_with_clusters_has_the_delta_methods_error_by_hand() {
    let mut shops: Vec<Vec<(f64, f64)>> = Vec::new();
    let mut text = "id,arm,shop,revenue,orders\n".to_owned();
    for shop in 0..24_usize {
        let units = (0..1 + shop % 4).map(|unit| {
            let orders = 1 + (shop * 7 + unit * 3) % 5;
            (((shop * 31 + unit * 17) % 41 + 10 * orders) as f64, orders as f64)
        });
        let units: Vec<(f64, f64)> = units.collect();
        for (unit, (revenue, orders)) in units.iter().enumerate() {
            text.push_str(&format!("{shop}-{unit},{},s{shop},{revenue},{orders}\n", shop % 2));
        }
        shops.push(units);
    }
    let of_arm = |arm: usize| {
        let own: Vec<&Vec<(f64, f64)>> = shops.iter().skip(arm).step_by(2).collect();
        let sum = |of: fn(&(f64, f64)) -> f64| own.iter().flat_map(|units| units.iter()).map(of).sum::<f64>();
        let (revenue, orders) = (sum(|unit| unit.0), sum(|unit| unit.1));
        let (ratio, size) = (revenue / orders, own.iter().map(|units| units.len()).sum::<usize>() as f64);
        let linear = |units: &[(f64, f64)]| {
            let sum: f64 = units.iter().map(|(revenue, orders_of)| (revenue - ratio * orders_of) / (orders / size)).sum();
            sum.powi(2) / (size * size * (1.0 - units.len() as f64 / size))
        };
        (ratio, own.iter().map(|units| linear(units)).sum::<f64>())
    };
    let (control, treated) = (of_arm(0), of_arm(1));
    let found = json(&text, "--unit id --treatment arm --outcome revenue/orders --cluster shop");
    let row = effect(&found, "difference_in_means", DIM);
    close(field(row, "effect"), treated.0 - control.0, CLOSED_FORM);
    close(field(row, "std_error"), (control.1 + treated.1).sqrt(), CLOSED_FORM);
}

#[test]
fn a_customer_who_makes_most_of_the_revenue_is_named_and_can_be_capped() {
    let found = json(&table("whale"), REVENUE);
    same(effect(&found, "difference_in_means", DIM), "whale/dim", CLOSED_FORM);
    assert_eq!(verdict(&found, "one_unit"), Some("warning"));
    assert!(
        found["checks"].to_string().contains("`u777`, makes up 94 % of all `revenue`")
            && found["checks"].to_string().contains("--winsorize 0.99")
    );
    assert!(!claims(said(&found)), "{}", said(&found));
    let capped = json(&table("whale"), &format!("{REVENUE} --winsorize 0.99"));
    same(effect(&capped, "difference_in_means", DIM), "whale/capped", CLOSED_FORM);
    assert!(capped["notes"].to_string().contains("20 values changed"), "{}", capped["notes"]);
}

#[test]
fn one_sided_p_values_and_ends_are_those_of_scipy_and_half_of_the_two_sided() {
    let wanted = reference();
    let p = |side: &str| {
        let found = json(&table("whale"), &format!("{REVENUE} --alternative {side}"));
        let row = effect(&found, "difference_in_means", DIM).clone();
        (field(&row, "p_value"), row["conf_low"].as_f64(), row["conf_high"].as_f64(), said(&found).to_owned())
    };
    let (greater, less, both) = (p("greater"), p("less"), p("two-sided"));
    close(greater.0, number(&wanted, "whale/p_greater"), 1e-9);
    close(less.0, number(&wanted, "whale/p_less"), 1e-9);
    close(2.0 * greater.0, both.0, 1e-9);
    close(greater.0 + less.0, 1.0, 1e-9);
    close(greater.1.expect("a lower end"), number(&wanted, "whale/low_greater"), 1e-9);
    close(less.2.expect("an upper end"), number(&wanted, "whale/high_less"), 1e-9);
    assert!(greater.2.is_none() && less.1.is_none(), "the other end was not asked for");
    assert!(greater.3.contains("not shown to be higher") && less.3.contains("not shown to be lower"), "{} {}", greater.3, less.3);
}

#[test]
fn a_margin_holds_exactly_where_the_interval_ends_within_it() {
    let found = json(&table("whale"), &format!("{REVENUE} --margin -0.02"));
    close(field(effect(&found, "difference_in_means", DIM), "margin_p_value"), number(&reference(), "whale/p_margin"), 1e-9);
    assert!(said(&found).contains("non-inferiority within that margin is not shown"), "{}", said(&found));
    let arms = table("arms_as_numbers");
    // The arms' names change places: an effect of one becomes one of minus one.
    let swapped = arms.replace(",1,", ",x,").replace(",1.0,", ",x,").replace(",0,", ",1,").replace(",0.0,", ",1,");
    let swapped = swapped.replace(",x,", ",0,");
    // Margins just on either side of an interval's end, in units and in per cent, where more is worse and where less is.
    for (arms, end) in [(&arms, "conf_high"), (&arms, "lift_conf_high"), (&swapped, "conf_low"), (&swapped, "lift_conf_low")] {
        let end_at = field(effect(&json(arms, PLAIN), "difference_in_means", DIM), end);
        for (away, holds) in [(1e-6, true), (-1e-6, false)] {
            let margin = if end_at < 0.0 { end_at - away } else { end_at + away };
            let asked = if end.starts_with("lift") { format!("{}%", margin * 100.0) } else { margin.to_string() };
            let found = json(arms, &format!("{PLAIN} --margin {asked}"));
            let row = effect(&found, "difference_in_means", DIM);
            assert_eq!(row["margin_holds"].as_bool(), Some(holds), "{end} {margin}");
            assert_eq!(field(row, "margin_p_value") < 0.025, holds, "{end} {margin}");
            assert_eq!(claims(said(&found)), holds, "{}", said(&found));
        }
    }
    assert!(refused(&arms, &format!("{PLAIN} --margin -1 --alternative less")).contains("opposite directions"));
    assert!(refused(&arms, &format!("{PLAIN} --margin 0")).contains("one-sided test"));
}

#[test]
fn looks_decide_by_the_rule_that_holds_for_all_of_them() {
    let found = json(&table("looks"), "--treatment arm --outcome y --look week --planned-units 4000");
    let wanted = reference();
    for (index, rounded) in
        [(-0.15468, 0.24819), (-0.13581, 0.13479), (-0.03240, 0.18572), (-0.01734, 0.17231)].iter().enumerate()
    {
        let look = &found["looks"][index];
        close(field(look, "always_valid_low"), number(&wanted, &format!("looks/{index}/low")), 1e-9);
        close(field(look, "always_valid_high"), number(&wanted, &format!("looks/{index}/high")), 1e-9);
        assert!(
            (field(look, "always_valid_low") - rounded.0).abs() < 6e-6
                && (field(look, "always_valid_high") - rounded.1).abs() < 6e-6
        );
    }
    assert!((field(&found["looks"][3], "always_valid_p_value") - 0.1947).abs() < 6e-5);
    assert!(field(effect(&found, "difference_in_means", DIM), "p_value") < 0.05, "one planned look would claim an effect");
    assert!(said(&found).contains("no effect on `y` shows up to look 4") && !said(&found).contains("chance"), "{}", said(&found));
}

#[test]
fn three_arms_and_two_outcomes_are_judged_at_once() {
    let flags = "--treatment segment --control 'No E-Mail' --outcome visit,spend --estimators dim";
    let found = json(&table("three_emails"), flags);
    let wanted = reference();
    for outcome in ["visit", "spend"] {
        for arm in ["Mens E-Mail", "Womens E-Mail"] {
            let (row, path) = (effect(&found, "difference_in_means", (outcome, arm)), format!("three_emails/{outcome}/{arm}"));
            close(field(row, "effect"), number(&wanted, &format!("{path}/effect")), CLOSED_FORM);
            close(field(row, "std_error"), number(&wanted, &format!("{path}/std_error")), CLOSED_FORM);
            close(field(row, "p_value_alone"), number(&wanted, &format!("{path}/p")), 1e-9);
            assert!(field(row, "p_value") >= field(row, "p_value_alone") && field(row, "p_holm") >= field(row, "p_value"));
        }
    }
    assert!(
        said(&found).contains("higher in Mens E-Mail than in No E-Mail")
            && said(&found).contains("also counting all arms and outcomes")
    );
    let one = "--treatment segment --outcome visit --treated 'Mens E-Mail'";
    assert!(refused(&table("three_emails"), one).contains("does not say which of"));
}

#[test]
fn strata_are_adjusted_for_and_kept_together_when_units_are_drawn_again() {
    // Two strata whose means lie far apart; half of each is treated.
    let row = |unit: usize| {
        let (stratum, arm) = (unit / 20, unit % 2);
        format!("u{unit},{arm},r{stratum},{}\n", 100 * stratum + unit * 7 % 11 + 5 * arm)
    };
    let strata = format!("id,arm,region,y\n{}", (0..40).map(row).collect::<String>());
    let with = json(&strata, &format!("{PLAIN} --strata region --randomization=999"));
    assert!(field(effect(&with, "lin", DIM), "randomization_p_value") < 0.01);
    assert!(claims(said(&with)), "{}", said(&with));
    let without = json(&strata, &format!("{PLAIN} --randomization=999"));
    assert!(field(effect(&without, "difference_in_means", DIM), "randomization_p_value") > 0.5);
    assert!(!claims(said(&without)), "{}", said(&without));
}

#[test]
fn rows_are_units_where_no_unit_is_named() {
    let whole = table("arms_as_numbers");
    let found = json(&whole, "--treatment arm --outcome y");
    same(effect(&found, "difference_in_means", DIM), "arms_as_numbers", CLOSED_FORM);
    let twice = whole.replace("u1,", "u0,");
    assert!(refused(&twice, PLAIN).contains("u0"));
    assert!(unwrapped(&answered(&whole, "--treatment arm --outcome y --randomization=99")).contains("randomisation"));
    assert!(refused(&whole, "--treatment arm --outcome y --time id --start 1").contains("--time needs --unit"));
}

#[test]
fn quantiles_are_those_of_each_arm() {
    let found = json(&table("arms_as_numbers"), &format!("{PLAIN} --quantiles 0.5,0.9"));
    let (mut control, mut treated): (Vec<f64>, Vec<f64>) = (Vec::new(), Vec::new());
    for line in table("arms_as_numbers").lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let value = cells[2].parse().expect("a number");
        if cells[1].starts_with('0') { control.push(value) } else { treated.push(value) }
    }
    let quantile = |values: &mut Vec<f64>, share: f64| {
        values.sort_by(f64::total_cmp);
        let at = share * (values.len() - 1) as f64;
        let below = at.floor() as usize;
        values[below] + (at - at.floor()) * (values[below + 1] - values[below])
    };
    let rows = found["quantiles"].as_array().expect("rows");
    assert_eq!(rows.len(), 2);
    for (row, share) in rows.iter().zip([0.5, 0.9]) {
        close(field(row, "effect"), quantile(&mut treated, share) - quantile(&mut control, share), 1e-9);
        assert!(field(row, "conf_low") < field(row, "effect") && field(row, "effect") < field(row, "conf_high"));
    }
}

#[test]
fn rare_events_in_a_small_control_arm_claim_nothing_without_randomisation() {
    // No conversion among 100 and 40 among 1,000: Welch's test has p < 0.001, Fisher's exact one 0.0438 (by hypergeometric sums).
    let row = |unit: u32| format!("u{unit},{},{}\n", u32::from(unit >= 100), u32::from(unit >= 1060));
    let rare = format!("id,arm,y\n{}", (0..1100).map(row).collect::<String>());
    let found = json(&rare, PLAIN);
    assert!(field(effect(&found, "difference_in_means", DIM), "p_value") < 0.001);
    assert_eq!(verdict(&found, "few_events"), Some("warning"));
    assert!(!claims(said(&found)) && said(&found).contains("hardly any unit differs"), "{}", said(&found));
    let drawn = json(&rare, &format!("{PLAIN} --randomization"));
    let p_value = field(effect(&drawn, "difference_in_means", DIM), "randomization_p_value");
    assert!((0.01..0.1).contains(&p_value), "{p_value}");
    // The same shares in arms of one size are no case for it.
    // Six of 100 are as many as they must be for that rule, but the arms are unequal.
    let six = |unit: u32| format!("u{unit},{},{}\n", u32::from(unit >= 100), u32::from(!(6..1040).contains(&unit)));
    let skewed = format!("id,arm,y\n{}", (0..1100).map(six).collect::<String>());
    assert_eq!(verdict(&json(&skewed, PLAIN), "skewness"), Some("warning"));
    let even = format!(
        "id,arm,y\n{}",
        (0..2000).map(|unit| format!("u{unit},{},{}\n", unit % 2, u32::from(unit % 50 == 1))).collect::<String>()
    );
    assert_eq!(verdict(&json(&even, PLAIN), "skewness"), None);
}

#[test]
fn looks_claim_nothing_that_a_check_speaks_against() {
    // Every second treated unit is lost, and what is left differs clearly at every look.
    let row = |unit: u32| {
        let (arm, noise) = (unit % 2, f64::from(unit * 37 % 101) / 50.0);
        let value = if arm == 1 && unit % 4 == 1 { String::new() } else { format!("{}", noise + 2.0 * f64::from(arm)) };
        format!("u{unit},{arm},{},{value}\n", 1 + unit / 500)
    };
    let lost = format!("id,arm,week,y\n{}", (0..2000).map(row).collect::<String>());
    let found = json(&lost, &format!("{PLAIN} --look week --planned-units 2000"));
    let told = said(&found);
    assert!(told.starts_with("500 of the 2000 units assigned have no value of `y`"), "{told}");
    assert!(told.contains("the arms lost units differently") && !told.contains("an effect on"), "{told}");
}
