//! Difference in means and difference-in-differences against statsmodels, scipy, pyfixest, estimatr and tea-tasting.

use crate::oracle::{CLOSED_FORM, P_VALUE, Table, answers, close, number, numbers};
use longgame::analysis::{ConfidenceLevel, Estimate, EstimatorName, NotEstimable, Sample};
use longgame::stats::distributions::Normal;
use longgame::stats::moments::Moments;
use longgame::stats::ratio::{RatioInterval, RatioTerms};

const LEVEL: ConfidenceLevel = ConfidenceLevel::NINETY_FIVE_PERCENT;

fn estimate(name: EstimatorName, sample: &Sample<'_>) -> Estimate {
    name.implementation().estimate(sample, LEVEL).expect("an estimate")
}

/// Means per customer over the months that `keep` accepts, in the order of the file.
fn panel_means(panel: &Table, keep: impl Fn(f64) -> bool) -> (Vec<f64>, Vec<bool>) {
    let (ids, months, outcomes, arms) = (panel.column("id"), panel.column("month"), panel.column("y"), panel.column("z"));
    let customers = ids.iter().fold(0.0_f64, |most, id| most.max(*id)) as usize + 1;
    let mut moments = vec![Moments::default(); customers];
    let mut treated = vec![false; customers];
    for row in 0..ids.len() {
        treated[ids[row] as usize] = arms[row] == 1.0;
        if keep(months[row]) {
            moments[ids[row] as usize].add(outcomes[row]);
        }
    }
    (moments.iter().map(|customer| customer.mean).collect(), treated)
}

#[test]
fn difference_in_means_is_welch_and_hc2() {
    let (table, wanted) = (Table::read("cross.csv"), answers("python.json"));
    let treated = table.mask("z");
    let found = estimate(EstimatorName::DifferenceInMeans, &Sample::new(table.column("y"), &treated));
    let welch = |key: &str| number(&wanted, &format!("welch/{key}"));
    close(found.effect, welch("diff"), CLOSED_FORM);
    close(found.std_error, welch("se"), CLOSED_FORM);
    close(found.std_error, welch("hc2"), CLOSED_FORM);
    close(found.degrees_of_freedom.unwrap(), welch("df"), CLOSED_FORM);
    close(found.p_value.unwrap(), welch("p"), P_VALUE);
    close(found.conf_low.unwrap(), welch("ci95/0"), P_VALUE);
    close(found.conf_high.unwrap(), welch("ci95/1"), P_VALUE);
    close(found.denominator, welch("mean_c"), CLOSED_FORM);
    assert_eq!((found.n_control, found.n_treated), (132, 108));
    let r = answers("r.json");
    close(found.p_value.unwrap(), number(&r, "difference_in_means/p"), P_VALUE);
}

#[test]
fn lift_interval_is_fiellers_with_the_t_reference() {
    let (table, wanted) = (Table::read("cross.csv"), answers("python.json"));
    let treated = table.mask("z");
    let found = estimate(EstimatorName::DifferenceInMeans, &Sample::new(table.column("y"), &treated));
    close(found.lift.unwrap(), number(&wanted, "relative_lift/lift"), CLOSED_FORM);
    close(found.lift_low().unwrap(), number(&wanted, "relative_lift/fieller_ci95_t_welch/0"), P_VALUE);
    close(found.lift_high().unwrap(), number(&wanted, "relative_lift/fieller_ci95_t_welch/1"), P_VALUE);
    let RatioInterval::Bounded { low, high } = found.lift_interval_log_delta else { panic!("bounded") };
    assert!(low > 0.11 && low < 0.111 && high > 0.445 && high < 0.448, "near tea-tasting's, whose df differ: {low} {high}");
}

#[test]
fn ratio_intervals_match_with_the_normal_reference() {
    let wanted = answers("python.json");
    let welch = |key: &str| number(&wanted, &format!("welch/{key}"));
    let critical = Normal.quantile(0.975).unwrap();
    let means = RatioTerms {
        numerator: welch("mean_t"),
        denominator: welch("mean_c"),
        numerator_variance: welch("var_t") / welch("n_t"),
        denominator_variance: welch("var_c") / welch("n_c"),
        covariance: 0.0,
    };
    close(means.fieller_g(critical).unwrap(), number(&wanted, "relative_lift/fieller_g_z"), CLOSED_FORM);
    close(means.delta_variance().unwrap().sqrt(), number(&wanted, "relative_lift/delta_se"), CLOSED_FORM);
    for (interval, path) in [
        (means.fieller(critical), "fieller_ci95_z"),
        (means.linear_delta(critical), "delta_ci95_z"),
        (means.log_delta(critical), "log_ci95_z"),
    ] {
        let (low, high) = interval.bounds().unwrap();
        let ends = numbers(&wanted, &format!("relative_lift/{path}"));
        close(low - 1.0, ends[0], CLOSED_FORM);
        close(high - 1.0, ends[1], CLOSED_FORM);
    }
}

#[test]
fn monthly_effects_match_welch_in_every_month() {
    let (panel, wanted) = (Table::read("panel.csv"), answers("python.json"));
    for index in 0..8 {
        let entry = |key: &str| number(&wanted, &format!("event_study/per_month_itt_welch/{index}/{key}"));
        let (outcome, treated) = panel_means(&panel, |month| month == entry("month"));
        let found = estimate(EstimatorName::DifferenceInMeans, &Sample::new(&outcome, &treated));
        close(found.effect, entry("diff"), CLOSED_FORM);
        close(found.std_error, entry("se"), CLOSED_FORM);
        close(found.degrees_of_freedom.unwrap(), entry("df"), CLOSED_FORM);
        close(found.p_value.unwrap(), entry("p"), P_VALUE);
    }
}

#[test]
fn difference_in_differences_is_the_change_score_regression() {
    let (panel, python, r) = (Table::read("panel.csv"), answers("python.json"), answers("r.json"));
    let (before, treated) = panel_means(&panel, |month| month < 0.0);
    let (after, _) = panel_means(&panel, |month| month >= 0.0);
    let found = estimate(EstimatorName::DifferenceInDifferences, &Sample::new(&after, &treated).with_baseline(&before));
    close(found.effect, number(&python, "did/change_score/coef"), CLOSED_FORM);
    close(found.std_error, number(&python, "did/change_score/se_HC2"), CLOSED_FORM);
    close(found.effect, number(&python, "did/twfe_8_month_pyfixest/coef"), CLOSED_FORM);
    assert_eq!(found.degrees_of_freedom, Some(58.0));
    close(found.p_value.unwrap(), number(&r, "did_change_score_HC2/p/1"), P_VALUE);
    close(found.conf_low.unwrap(), number(&r, "did_change_score_HC2/lo/1"), P_VALUE);
    close(found.conf_high.unwrap(), number(&r, "did_change_score_HC2/hi/1"), P_VALUE);
    let treated_after = Moments::from_iter(after.iter().zip(&treated).filter(|(_, treated)| **treated).map(|(value, _)| *value));
    close(found.denominator, treated_after.mean - found.effect, CLOSED_FORM);
}

#[test]
fn lift_and_effect_never_disagree_about_zero() {
    for seed in 0..200_u32 {
        let noise = |row: u32| f64::from((row * 7919 + seed * 104_729 + row * row * 31) % 1009) / 100.0;
        let outcome: Vec<f64> = (0..24).map(noise).collect();
        let before: Vec<f64> = (100..124).map(noise).collect();
        let treated: Vec<bool> = (0..24).map(|row| (row + seed) % 3 == 0).collect();
        let sample = Sample::new(&outcome, &treated).with_baseline(&before);
        for name in [EstimatorName::DifferenceInMeans, EstimatorName::DifferenceInDifferences] {
            let found = estimate(name, &sample);
            let Some((low, high)) = found.lift_interval.bounds() else { continue };
            let effect_has_zero = found.conf_low.unwrap() <= 0.0 && found.conf_high.unwrap() >= 0.0;
            assert_eq!(effect_has_zero, low <= 0.0 && high >= 0.0, "{name} with seed {seed}");
        }
    }
}

#[test]
fn degenerate_trials_are_answered_and_not_nan() {
    let treated = [true, true, false, false];
    let flat = estimate(EstimatorName::DifferenceInMeans, &Sample::new(&[0.0; 4], &treated));
    assert_eq!((flat.effect, flat.std_error, flat.p_value, flat.lift, flat.conf_low), (0.0, 0.0, None, None, None));
    assert_eq!(flat.lift_interval, RatioInterval::Undefined);
    let no_opens_in_control = estimate(EstimatorName::DifferenceInMeans, &Sample::new(&[1.0, 2.0, 0.0, 0.0], &treated));
    assert_eq!((no_opens_in_control.lift, no_opens_in_control.effect), (None, 1.5));
    let implementation = EstimatorName::DifferenceInMeans.implementation();
    assert_eq!(
        implementation.estimate(&Sample::new(&[1.0, 2.0], &[true, true]), LEVEL),
        Err(NotEstimable::TooFewUnits { control: 0, treated: 2, needed: 2 })
    );
    let with_nan = Sample::new(&[1.0, 2.0, f64::NAN, 0.0], &treated);
    assert!(matches!(implementation.estimate(&with_nan, LEVEL), Err(NotEstimable::NotFinite { row: 2, .. })));
    assert!(matches!(
        EstimatorName::DifferenceInDifferences.implementation().estimate(&Sample::new(&[1.0; 4], &treated), LEVEL),
        Err(NotEstimable::Missing { .. })
    ));
    assert!(matches!(
        implementation.estimate(&Sample::new(&[1.0; 3], &treated), LEVEL),
        Err(NotEstimable::UnequalLengths { .. })
    ));
    assert_eq!(implementation.estimate(&Sample::new(&[f64::MAX; 4], &treated), LEVEL), Err(NotEstimable::Overflow));
}
