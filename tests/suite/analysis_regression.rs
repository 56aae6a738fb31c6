//! Least squares with robust covariances, CUPED, analysis of covariance, Lin and ML-RATE against statsmodels, 50-digit
//! arithmetic, estimatr, clubSandwich, tea-tasting and gbstats.

use crate::oracle::{CLOSED_FORM, P_VALUE, Table, all_close, answers, close, number, numbers};
use longgame::analysis::lin::{Estimand, InteractedDesign, Lin};
use longgame::analysis::ml_rate::{MlRate, asymptotic_std_error};
use longgame::analysis::{ConfidenceLevel, Estimate, Estimator, EstimatorName, NotEstimable, Sample};
use longgame::stats::clustered::{ClusterCorrection, ClusteredDesign};
use longgame::stats::distributions::{Normal, StudentT};
use longgame::stats::least_squares::{Design, Heteroskedasticity};
use longgame::stats::ratio::{RatioInterval, RatioTerms};

const LEVEL: ConfidenceLevel = ConfidenceLevel::NINETY_FIVE_PERCENT;

fn estimate(name: EstimatorName, sample: &Sample<'_>) -> Estimate {
    name.implementation().estimate(sample, LEVEL).expect("an estimate")
}

fn households(table: &Table) -> Vec<u32> {
    table.column("hh").iter().map(|label| *label as u32).collect()
}

/// `y ~ 1 + z + pre + tenure`.
fn design(table: &Table) -> Design {
    let mut design = Design::new(table.column("y").len());
    design.push(|_| 1.0);
    for name in ["z", "pre", "tenure"] {
        design.push(|row| table.column(name)[row]);
    }
    design
}

/// Indicators of the segments 1 and 2.
fn segments(table: &Table) -> [Vec<f64>; 2] {
    [1.0, 2.0].map(|segment| table.column("seg").iter().map(|value| f64::from(u8::from(*value == segment))).collect())
}

#[test]
fn heteroskedasticity_consistent_errors_match_fifty_digit_arithmetic() {
    let (table, wanted) = (Table::read("cross.csv"), answers("python.json"));
    let design = design(&table);
    let fit = design.fit(table.column("y")).unwrap();
    all_close(&fit.coefficients, &numbers(&wanted, "ols/mpmath50/coef"), CLOSED_FORM);
    close(fit.residual_square_sum, number(&wanted, "ols/rss"), CLOSED_FORM);
    all_close(&design.leverages()[..5], &numbers(&wanted, "ols/leverage_first5"), CLOSED_FORM);
    for (kind, path) in [
        (Heteroskedasticity::Classical, "ols/se_classical"),
        (Heteroskedasticity::Hc0, "ols/mpmath50/HC0"),
        (Heteroskedasticity::Hc1, "ols/se_HC1"),
        (Heteroskedasticity::Hc2, "ols/mpmath50/HC2"),
        (Heteroskedasticity::Hc3, "ols/mpmath50/HC3"),
    ] {
        all_close(&fit.covariance(&design, kind).unwrap().std_errors(), &numbers(&wanted, path), CLOSED_FORM);
    }
    let hc2 = fit.covariance(&design, Heteroskedasticity::Hc2).unwrap();
    let entries: Vec<f64> = (0..4).flat_map(|i| (0..4).map(move |j| (i, j))).map(|(i, j)| hc2.entry(i, j)).collect();
    all_close(&entries, &numbers(&wanted, "ols/vcov_HC2"), 1e-9);
}

#[test]
fn cluster_robust_errors_match_estimatr_and_clubsandwich() {
    let (table, python, r) = (Table::read("cross.csv"), answers("python.json"), answers("r.json"));
    let design = design(&table);
    let fit = design.fit(table.column("y")).unwrap();
    let clustered = ClusteredDesign::new(&design, &households(&table)).unwrap();
    assert_eq!(clustered.clusters(), 24);
    let errors = |correction| clustered.scores(&fit, correction).covariance(&design).std_errors();
    all_close(&errors(ClusterCorrection::Cr0), &numbers(&python, "ols/mpmath50/CR0"), CLOSED_FORM);
    all_close(&errors(ClusterCorrection::Cr1), &numbers(&python, "ols/se_CR1"), CLOSED_FORM);
    let cr2 = errors(ClusterCorrection::Cr2);
    all_close(&cr2, &numbers(&r, "clubSandwich_CR2/se"), CLOSED_FORM);
    all_close(&cr2, &numbers(&r, "lm_robust_CR2/se"), CLOSED_FORM);
    let freedoms: Vec<f64> = (0..4).map(|k| clustered.satterthwaite_degrees_of_freedom(k).unwrap()).collect();
    all_close(&freedoms, &numbers(&r, "clubSandwich_CR2/df"), CLOSED_FORM);
    let p_values: Vec<f64> =
        (0..4).map(|k| StudentT::new(freedoms[k]).unwrap().two_sided_p(fit.coefficients[k] / cr2[k])).collect();
    all_close(&p_values, &numbers(&r, "clubSandwich_CR2/p"), P_VALUE);
}

#[test]
fn cuped_matches_tea_tasting_and_gbstats() {
    let (table, python, gbstats) = (Table::read("cross.csv"), answers("python.json"), answers("gbstats.json"));
    let treated = table.mask("z");
    let found = estimate(EstimatorName::Cuped, &Sample::new(table.column("y"), &treated).with_baseline(table.column("pre")));
    close(found.effect, number(&python, "cuped/diff"), CLOSED_FORM);
    close(found.std_error, number(&python, "cuped/se"), CLOSED_FORM);
    close(found.denominator, number(&python, "cuped/mean_c"), CLOSED_FORM);
    close(found.p_value.unwrap(), number(&gbstats, "cuped_absolute/p"), P_VALUE);
    close(found.conf_low.unwrap(), number(&python, "relative_lift/tea_tasting/ycup/effect_size_ci_lower"), P_VALUE);
    close(found.conf_high.unwrap(), number(&gbstats, "cuped_absolute/ci/1"), P_VALUE);
    close(found.lift.unwrap(), number(&python, "relative_lift/tea_tasting/ycup/rel_effect_size"), CLOSED_FORM);
}

#[test]
fn analysis_of_covariance_matches_statsmodels() {
    let (table, python) = (Table::read("cross.csv"), answers("python.json"));
    let treated = table.mask("z");
    let found = estimate(EstimatorName::Ancova, &Sample::new(table.column("y"), &treated).with_baseline(table.column("pre")));
    close(found.effect, number(&python, "ancova/coef"), CLOSED_FORM);
    close(found.std_error, number(&python, "ancova/se_HC2"), CLOSED_FORM);
    assert_eq!(found.degrees_of_freedom, Some(237.0));
}

#[test]
fn lin_matches_estimatr_and_its_lift_is_fiellers() {
    let (table, python, r) = (Table::read("cross.csv"), answers("python.json"), answers("r.json"));
    let (treated, segments) = (table.mask("z"), segments(&table));
    let covariates = [table.column("pre"), table.column("tenure"), &segments[0], &segments[1]];
    let sample = Sample::new(table.column("y"), &treated).with_covariates(&covariates);
    let found = estimate(EstimatorName::Lin, &sample);
    close(found.effect, number(&python, "lin/coef"), CLOSED_FORM);
    close(found.std_error, number(&python, "lin/se_HC2"), CLOSED_FORM);
    close(found.p_value.unwrap(), number(&r, "lm_lin_HC2/p/1"), P_VALUE);
    close(found.conf_low.unwrap(), number(&python, "lin/ci95_HC2_t/0"), P_VALUE);
    close(found.denominator, number(&python, "lin/mu0"), CLOSED_FORM);
    close(found.denominator_std_error.powi(2), number(&python, "lin/cov_HC2_mu0_tau/0/0"), CLOSED_FORM);
    close(found.lift.unwrap(), number(&python, "lin/rel_lift"), CLOSED_FORM);
    let variance = found.denominator_std_error.powi(2);
    let terms = RatioTerms {
        numerator: found.effect,
        denominator: found.denominator,
        numerator_variance: found.std_error.powi(2),
        denominator_variance: variance,
        covariance: -variance,
    };
    close(terms.delta_variance().unwrap().sqrt(), number(&python, "lin/rel_delta_se"), CLOSED_FORM);
    let (low, high) = terms.fieller(Normal.quantile(0.975).unwrap()).bounds().unwrap();
    close(low, number(&python, "lin/rel_fieller_ci95_z/0"), CLOSED_FORM);
    close(high, number(&python, "lin/rel_fieller_ci95_z/1"), CLOSED_FORM);
    let population = Lin { estimand: Estimand::Population }.estimate(&sample, LEVEL).unwrap();
    close(population.std_error, number(&python, "lin/se_HC2_plus_PATE"), CLOSED_FORM);
    close(population.effect, found.effect, 1e-14);
}

#[test]
fn clustered_lin_and_clustered_means_match_estimatr() {
    let (table, r) = (Table::read("cross.csv"), answers("r.json"));
    let (treated, segments, clusters) = (table.mask("z"), segments(&table), households(&table));
    let covariates = [table.column("pre"), table.column("tenure"), &segments[0], &segments[1]];
    let sample = Sample::new(table.column("y"), &treated).with_covariates(&covariates).with_clusters(&clusters);
    let found = estimate(EstimatorName::Lin, &sample);
    close(found.effect, number(&r, "lm_lin_CR2_hh/coef/1"), CLOSED_FORM);
    close(found.std_error, number(&r, "lm_lin_CR2_hh/se/1"), CLOSED_FORM);
    close(found.degrees_of_freedom.unwrap(), number(&r, "lm_lin_CR2_hh/df/1"), CLOSED_FORM);
    close(found.p_value.unwrap(), number(&r, "lm_lin_CR2_hh/p/1"), P_VALUE);
    close(found.denominator_std_error, number(&r, "lm_lin_CR2_hh/se/0"), CLOSED_FORM);
    // Clusters of one unit are no clusters: CR2 is HC2 and Satterthwaite's freedom is Welch's.
    let alone: Vec<u32> = (0..240).collect();
    for name in [EstimatorName::DifferenceInMeans, EstimatorName::DifferenceInDifferences, EstimatorName::Cuped] {
        let sample = Sample::new(table.column("y"), &treated).with_baseline(table.column("pre"));
        let (plain, clustered) = (estimate(name, &sample), estimate(name, &sample.with_clusters(&alone)));
        close(clustered.effect, plain.effect, CLOSED_FORM);
        close(clustered.std_error, plain.std_error, CLOSED_FORM);
        close(clustered.denominator, plain.denominator, CLOSED_FORM);
        close(clustered.denominator_std_error, plain.denominator_std_error, CLOSED_FORM);
    }
}

#[test]
fn ml_rate_is_one_regression_over_all_folds() {
    let (table, python, r) = (Table::read("cross.csv"), answers("python.json"), answers("r.json"));
    let treated = table.mask("z");
    let sample = Sample::new(table.column("y"), &treated).with_predictions(table.column("g_oof"));
    let found = estimate(EstimatorName::MlRate, &sample);
    close(found.effect, number(&python, "mlrate/coef"), CLOSED_FORM);
    close(found.std_error, number(&python, "mlrate/se_HC2"), CLOSED_FORM);
    close(found.denominator, number(&python, "mlrate/all_coef/0"), CLOSED_FORM);
    close(found.p_value.unwrap(), number(&r, "mlrate_lm_lin_HC2/p/1"), P_VALUE);
    close(asymptotic_std_error(&sample).unwrap(), number(&python, "mlrate/guo_se"), CLOSED_FORM);
    let population = MlRate { estimand: Estimand::Population }.estimate(&sample, LEVEL).unwrap();
    assert!(population.std_error > found.std_error);
}

#[test]
fn a_prepared_design_fits_many_outcomes_alike() {
    let table = Table::read("cross.csv");
    let treated = table.mask("z");
    let columns = [table.column("pre"), table.column("tenure")];
    let prepared = InteractedDesign::new(&columns, &treated).unwrap();
    for name in ["y", "orders", "conv"] {
        let direct = estimate(EstimatorName::Lin, &Sample::new(table.column(name), &treated).with_covariates(&columns));
        assert_eq!(prepared.estimate(table.column(name), Estimand::Sample, LEVEL).unwrap(), direct);
    }
}

#[test]
fn degenerate_regressions_are_answered_and_not_nan() {
    let treated = [true, false, true, false, true, false];
    let outcome = [1.0, 2.0, 4.0, 3.0, 5.0, 9.0];
    let constant = [2.0; 6];
    let means = estimate(EstimatorName::DifferenceInMeans, &Sample::new(&outcome, &treated));
    for name in [EstimatorName::Cuped, EstimatorName::Ancova, EstimatorName::Lin] {
        let found = estimate(name, &Sample::new(&outcome, &treated).with_baseline(&constant));
        close(found.effect, means.effect, 1e-12);
        close(found.std_error, means.std_error, 1e-12);
        let exact = estimate(name, &Sample::new(&outcome, &treated).with_baseline(&outcome));
        assert!(
            exact.effect.abs() < 1e-12 && exact.p_value.is_none() && exact.lift_interval == RatioInterval::Undefined,
            "{name}"
        );
        let flat = estimate(name, &Sample::new(&[0.0; 6], &treated).with_baseline(&outcome));
        assert_eq!((flat.effect, flat.std_error, flat.p_value, flat.lift), (0.0, 0.0, None, None), "{name}");
        assert!(name.implementation().estimate(&Sample::new(&outcome, &treated), LEVEL).is_err());
    }
    let arms: Vec<f64> = treated.iter().map(|treated| f64::from(u8::from(*treated))).collect();
    for name in [EstimatorName::Ancova, EstimatorName::Lin] {
        let found = name.implementation().estimate(&Sample::new(&outcome, &treated).with_baseline(&arms), LEVEL);
        assert_eq!(found, Err(NotEstimable::TreatmentNotIdentified), "{name}");
    }
    let many = [[1.0, 4.0, 2.0, 8.0, 5.0, 7.0], [3.0, 1.0, 4.0, 1.0, 5.0, 9.0]];
    let columns = [&many[0][..], &many[1][..]];
    let found = EstimatorName::Lin.implementation().estimate(&Sample::new(&outcome, &treated).with_covariates(&columns), LEVEL);
    assert!(matches!(found, Err(NotEstimable::TooManyCoefficients { units: 3, coefficients: 3 })));
    let with_nan = [1.0, 2.0, f64::NAN, 1.0, 1.0, 1.0];
    let found = EstimatorName::Lin.implementation().estimate(&Sample::new(&outcome, &treated).with_baseline(&with_nan), LEVEL);
    assert!(matches!(found, Err(NotEstimable::NotFinite { row: 2, .. })));
    let together = [7; 6];
    let found = EstimatorName::DifferenceInMeans.implementation();
    let found = found.estimate(&Sample::new(&outcome, &treated).with_clusters(&together), LEVEL);
    assert!(matches!(found, Err(NotEstimable::TooFewClusters { .. })));
}
