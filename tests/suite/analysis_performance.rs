//! Monte-Carlo performance measures, paired runs, multiplicity and sample ratios against rsimsum, simhelpers, statsmodels,
//! scipy and R.

use crate::oracle::{CLOSED_FORM, P_VALUE, Table, all_close, answers, close, number, numbers};
use longgame::analysis::ConfidenceLevel;
use longgame::analysis::common_random_numbers::paired_difference;
use longgame::analysis::performance::{JudgedEstimate, Measure, compare, performance};
use longgame::analysis::sample_ratio::sample_ratio;
use longgame::stats::distributions::Normal;
use longgame::stats::multiplicity::{benjamini_hochberg, holm};
use longgame::stats::quantile::quantiles;

/// 200 replicates of one estimator with normal intervals.
fn judged(table: &Table, estimator: &str, truth: impl Fn(usize) -> f64) -> Vec<JudgedEstimate> {
    let (estimates, errors) = (table.column(&format!("est_{estimator}")), table.column(&format!("se_{estimator}")));
    let critical = Normal.quantile(0.975).unwrap();
    let judge = |row: usize| JudgedEstimate {
        estimate: estimates[row],
        std_error: errors[row],
        conf_low: estimates[row] - critical * errors[row],
        conf_high: estimates[row] + critical * errors[row],
        truth: truth(row),
    };
    (0..estimates.len()).map(judge).collect()
}

#[track_caller]
fn measure_close(found: Measure, value: f64, std_error: Option<f64>) {
    close(found.value.unwrap(), value, CLOSED_FORM);
    if let Some(wanted) = std_error {
        close(found.std_error.unwrap(), wanted, CLOSED_FORM);
    }
}

#[test]
fn performance_measures_use_errors_where_the_truth_varies() {
    let (table, wanted) = (Table::read("replicates.csv"), answers("python.json"));
    for estimator in ["dim", "cuped"] {
        let entry = |key: &str| number(&wanted, &format!("monte_carlo/{estimator}/{key}"));
        let found = performance(&judged(&table, estimator, |row| table.column("truth")[row])).unwrap();
        measure_close(found.bias, entry("bias"), Some(entry("bias_mcse_paired")));
        measure_close(found.relative_bias, entry("rbias"), Some(entry("rbias_mcse")));
        measure_close(found.empirical_std_error, entry("err_sd"), Some(entry("err_sd_mcse")));
        measure_close(found.model_std_error, entry("modse"), Some(entry("modse_mcse")));
        measure_close(found.model_excess_percent, entry("relerr_modse_vs_err_pct"), None);
        measure_close(found.mean_squared_error, entry("mse"), Some(entry("mse_mcse")));
        measure_close(found.root_mean_squared_error, entry("rmse"), Some(entry("rmse_mcse_delta")));
        measure_close(found.coverage, entry("coverage"), Some(entry("coverage_mcse")));
        measure_close(found.bias_eliminated_coverage, entry("be_coverage_err"), None);
        measure_close(found.rejection_rate, entry("power"), Some(entry("power_mcse")));
        measure_close(found.type_s, entry("type_s"), None);
        measure_close(found.exaggeration, entry("exaggeration"), None);
        measure_close(found.interval_width, entry("mean_ci_width"), None);
    }
}

#[test]
fn under_one_truth_the_measures_are_rsimsums() {
    // With the same truth everywhere errors scatter as estimates do, and the published formulas apply.
    let (table, wanted) = (Table::read("replicates.csv"), answers("python.json"));
    let [dim, cuped] = ["dim", "cuped"].map(|estimator| judged(&table, estimator, |_| 0.0));
    for (estimator, replicates) in [("dim", &dim), ("cuped", &cuped)] {
        let entry = |key: &str| number(&wanted, &format!("monte_carlo/{estimator}/{key}"));
        let found = performance(replicates).unwrap();
        measure_close(found.empirical_std_error, entry("empse"), Some(entry("empse_mcse")));
        measure_close(found.model_excess_percent, entry("relerr_modse_pct"), Some(entry("relerr_modse_mcse")));
    }
    let found = compare(&dim, &cuped).unwrap();
    let entry = |key: &str| number(&wanted, &format!("monte_carlo/{key}"));
    let (gain, error) = (entry("relative_precision_gain_cuped_vs_dim_pct"), entry("relative_precision_mcse"));
    measure_close(found.precision_gain_percent, gain, Some(error));
    measure_close(found.bias_difference, entry("bias_diff_paired"), Some(entry("bias_diff_paired_mcse")));
    close(found.correlation.unwrap(), entry("corr_est"), CLOSED_FORM);
}

#[test]
fn paired_runs_match() {
    let (table, wanted) = (Table::read("replicates.csv"), answers("python.json"));
    let level = ConfidenceLevel::NINETY_FIVE_PERCENT;
    let found = paired_difference(table.column("twin_y1"), table.column("twin_y0"), level).unwrap();
    let entry = |key: &str| number(&wanted, &format!("monte_carlo/crn/{key}"));
    close(found.mean, entry("mean"), CLOSED_FORM);
    close(found.std_error, entry("se"), CLOSED_FORM);
    close(found.conf_low, entry("ci95_t/0"), P_VALUE);
    close(found.conf_high, entry("ci95_t/1"), P_VALUE);
    close(found.correlation.unwrap(), entry("rho"), CLOSED_FORM);
    close(found.variance_reduction.unwrap(), entry("vrf_same_marginals"), CLOSED_FORM);
    let alone = paired_difference(table.column("twin_y1"), table.column("indep_y0"), level).unwrap();
    close(alone.mean, entry("mean_indep"), CLOSED_FORM);
    close(alone.std_error, entry("se_indep"), CLOSED_FORM);
    assert_eq!(paired_difference(&[1.0], &[2.0], level), None);
    assert_eq!(paired_difference(&[1.0, f64::NAN], &[2.0, 1.0], level), None);
}

#[test]
fn quantiles_are_of_type_seven() {
    let (table, wanted) = (Table::read("replicates.csv"), answers("python.json"));
    let found = quantiles(table.column("est_dim"), [0.025, 0.05, 0.25, 0.5, 0.75, 0.95, 0.975]).unwrap();
    all_close(&found, &numbers(&wanted, "monte_carlo/quantiles_type7_est_dim/v"), CLOSED_FORM);
}

#[test]
fn adjusted_p_values_match_statsmodels_and_r() {
    let (python, r) = (answers("python.json"), answers("r.json"));
    let p_values: Vec<Option<f64>> = numbers(&python, "multiplicity/p").into_iter().map(Some).collect();
    let present = |adjusted: Vec<Option<f64>>| adjusted.into_iter().map(Option::unwrap).collect::<Vec<f64>>();
    all_close(&present(holm(&p_values)), &numbers(&python, "multiplicity/holm"), CLOSED_FORM);
    all_close(&present(holm(&p_values)), &numbers(&r, "p_adjust_holm"), CLOSED_FORM);
    all_close(&present(benjamini_hochberg(&p_values)), &numbers(&python, "multiplicity/bh"), CLOSED_FORM);
}

#[test]
fn sample_ratio_matches_scipy_and_blocks_only_gross_mismatch() {
    let wanted = answers("python.json");
    let found = sample_ratio(&[5060, 4900, 2540], &[0.4, 0.4, 0.2]).unwrap();
    close(found.test.statistic, number(&wanted, "srm/chi2"), CLOSED_FORM);
    close(found.test.p_value, number(&wanted, "srm/p"), P_VALUE);
    assert!(!found.blocks);
    assert!(sample_ratio(&[5300, 4700], &[0.5, 0.5]).unwrap().blocks);
}
