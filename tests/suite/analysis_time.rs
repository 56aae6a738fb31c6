//! Event studies, decay, looks over time and ratio metrics against pyfixest, scipy and closed forms.

use crate::oracle::{CLOSED_FORM, P_VALUE, Table, all_close, answers, close, number, numbers};
use longgame::analysis::always_valid::{ConfidenceSequence, Look, MixtureTest, running_p_values};
use longgame::analysis::decay::{Curve, Identification, Shape, compare, fit};
use longgame::analysis::decay_bootstrap::bootstrap;
use longgame::analysis::event_study::{EventStudy, PeriodPanel, event_study};
use longgame::analysis::sample::NotEstimable;
use longgame::analysis::{ConfidenceLevel, PerArm, difference_in_ratios};
use longgame::stats::clustered::ClusterCorrection;
use longgame::stats::moments::{Moments, PairMoments};

const LEVEL: ConfidenceLevel = ConfidenceLevel::NINETY_FIVE_PERCENT;

/// Outcomes by month from −3 to 4, and the arm of each customer.
fn months(panel: &Table) -> (Vec<Vec<f64>>, Vec<bool>) {
    let (ids, months, outcomes, arms) = (panel.column("id"), panel.column("month"), panel.column("y"), panel.column("z"));
    let (mut by_month, mut treated) = (vec![vec![f64::NAN; 60]; 8], vec![false; 60]);
    for row in 0..ids.len() {
        by_month[(months[row] + 3.0) as usize][ids[row] as usize] = outcomes[row];
        treated[ids[row] as usize] = arms[row] == 1.0;
    }
    (by_month, treated)
}

fn study(correction: ClusterCorrection, clusters: Option<&[u32]>) -> EventStudy {
    let (by_month, treated) = months(&Table::read("panel.csv"));
    let outcomes: Vec<&[f64]> = by_month.iter().map(Vec::as_slice).collect();
    event_study(&PeriodPanel { outcomes: &outcomes, treated: &treated, clusters, reference: 2, correction }, LEVEL).unwrap()
}

#[test]
fn event_study_matches_two_way_fixed_effects() {
    let wanted = answers("python.json");
    let found = study(ClusterCorrection::Cr1, None);
    let effects: Vec<f64> = found.periods.iter().map(|period| period.effect).collect();
    all_close(&effects, &numbers(&wanted, "event_study/coef_by_cell_means"), CLOSED_FORM);
    let errors: Vec<f64> = found.periods.iter().map(|period| period.std_error).collect();
    all_close(&errors, &numbers(&wanted, "event_study/se_CRV1"), CLOSED_FORM);
    let covariance: Vec<f64> = found.covariance.concat();
    all_close(&covariance, &numbers(&wanted, "event_study/vcov_CRV1"), 1e-9);
    let ends: Vec<f64> = found.periods.iter().flat_map(|period| <[f64; 2]>::from(period.pointwise.unwrap())).collect();
    all_close(&ends, &numbers(&wanted, "event_study/ci95"), P_VALUE);
    assert_eq!(found.degrees_of_freedom, 59.0);
    let plain: Vec<f64> = study(ClusterCorrection::Cr0, None).periods.iter().map(|period| period.std_error).collect();
    all_close(&plain, &numbers(&wanted, "event_study/se_CR0"), CLOSED_FORM);
}

#[test]
fn simultaneous_band_and_pre_trend_test_match() {
    let wanted = answers("python.json");
    let found = study(ClusterCorrection::Cr1, None);
    let critical = found.simultaneous_critical_value.unwrap();
    assert!((critical - number(&wanted, "event_study/supt_crit_normal_95_tol1e3")).abs() < 1e-3, "{critical}");
    let leads = found.pre_trend.unwrap();
    assert_eq!(leads.restrictions, 2);
    close(leads.chi_squared, number(&wanted, "event_study/pretrend_wald_chi2"), 1e-9);
    close(leads.chi_squared_p_value, number(&wanted, "event_study/pretrend_wald_p_chi2"), P_VALUE);
    close(leads.f_p_value, number(&wanted, "event_study/pretrend_F_p_df_2_59"), P_VALUE);
    for period in &found.periods {
        let (inner, outer) = (period.pointwise.unwrap(), period.simultaneous.unwrap());
        assert!(outer.0 < inner.0 && inner.1 < outer.1);
    }
}

#[test]
fn units_as_their_own_clusters_change_nothing() {
    let alone: Vec<u32> = (0..60).collect();
    for correction in [ClusterCorrection::Cr0, ClusterCorrection::Cr1, ClusterCorrection::Cr2] {
        let (plain, clustered) = (study(correction, None), study(correction, Some(&alone)));
        for (plain, clustered) in plain.periods.iter().zip(&clustered.periods) {
            close(clustered.effect, plain.effect, 1e-9);
            close(clustered.std_error, plain.std_error, CLOSED_FORM);
        }
    }
}

#[test]
fn degenerate_event_studies_are_answered_and_not_nan() {
    let treated = [true, true, false, false];
    let flat = [1.0; 4];
    let moving = [1.0, 2.0, 3.0, 5.0];
    let run = |outcomes: &[&[f64]], reference| {
        let correction = ClusterCorrection::Cr2;
        event_study(&PeriodPanel { outcomes, treated: &treated, clusters: None, reference, correction }, LEVEL)
    };
    let found = run(&[&flat, &flat, &moving], 1).unwrap();
    assert_eq!((found.periods[0].effect, found.periods[0].pointwise, found.pre_trend), (0.0, None, None));
    assert!(found.periods[1].simultaneous.is_some());
    assert_eq!(run(&[&flat], 0), Err(NotEstimable::NoReferencePeriod { periods: 1, reference: 0 }));
    assert!(run(&[&flat, &moving], 2).is_err());
    assert!(run(&[&flat, &[1.0, f64::NAN, 1.0, 1.0]], 0).is_err());
}

#[test]
fn ratio_metric_matches_the_delta_method() {
    let (table, wanted) = (Table::read("cross.csv"), answers("python.json"));
    let treated = table.mask("z");
    let arms =
        PerArm::<PairMoments>::of_outcome_and_baseline(table.column("orders"), table.column("sessions"), &treated).unwrap();
    let found = difference_in_ratios(arms, LEVEL).unwrap();
    close(found.effect, number(&wanted, "ratio_metric/diff"), CLOSED_FORM);
    close(found.std_error, number(&wanted, "ratio_metric/se"), CLOSED_FORM);
    close(found.denominator, number(&wanted, "ratio_metric/r_c"), CLOSED_FORM);
    close(found.lift.unwrap(), number(&wanted, "ratio_metric/rel"), CLOSED_FORM);
    close(found.p_value.unwrap(), number(&wanted, "relative_lift/tea_tasting/opr/pvalue"), P_VALUE);
}

/// The state of the trial at each look.
fn looks() -> Vec<Look> {
    let table = Table::read("looks.csv");
    let column = |name: &str, row: usize| table.column(name)[row];
    let arm = |row: usize, arm: &str| {
        let count = column(&format!("n_{arm}"), row);
        let mean = column(&format!("sum_{arm}"), row) / count;
        let centred_square_sum = column(&format!("sumsq_{arm}"), row) - count * mean * mean;
        Moments { count: count as u64, mean, centred_square_sum }
    };
    (0..25)
        .map(|row| {
            let (control, treated) = (arm(row, "c"), arm(row, "t"));
            let variance = control.mean_variance().unwrap() + treated.mean_variance().unwrap();
            Look { units: control.count + treated.count, effect: treated.mean - control.mean, std_error: variance.sqrt() }
        })
        .collect()
}

#[test]
fn always_valid_looks_match_closed_forms_and_gbstats() {
    let (wanted, gbstats) = (answers("python.json"), answers("gbstats.json"));
    let exact = ConfidenceSequence::tightest_at(0.05, 2000).unwrap();
    close(exact.rho_squared().sqrt(), number(&wanted, "sequential/rho_exact_lambertw"), CLOSED_FORM);
    let sequence = ConfidenceSequence::approximately_tightest_at(0.05, 2000).unwrap();
    close(sequence.rho_squared().sqrt(), number(&wanted, "sequential/rho"), CLOSED_FORM);
    let mixture = MixtureTest::new(0.05, 1.0).unwrap();
    let mut mixtures = Vec::new();
    for (index, look) in looks().into_iter().enumerate() {
        let entry = |key: &str| number(&wanted, &format!("sequential/looks/{index}/{key}"));
        let found = sequence.at(look).unwrap();
        close(found.half_width, entry("acs_halfwidth"), CLOSED_FORM);
        close(found.e_value, entry("acs_evalue"), CLOSED_FORM);
        close(found.p_value, entry("acs_p"), P_VALUE);
        close(look.effect + found.half_width, number(&gbstats, &format!("sequential_abs_tuning2000/{index}/3")), CLOSED_FORM);
        let found = mixture.at(look).unwrap();
        close(found.half_width, entry("msprt_halfwidth"), CLOSED_FORM);
        close(found.e_value, entry("msprt_lambda"), CLOSED_FORM);
        mixtures.push(found);
        close(*running_p_values(&mixtures).last().unwrap(), entry("msprt_p_running_min"), P_VALUE);
    }
}

fn decay_curves() -> (Vec<f64>, Vec<Vec<f64>>, Vec<f64>) {
    let table = Table::read("decay.csv");
    let times: Vec<f64> = (0..12).map(f64::from).collect();
    let curves: Vec<Vec<f64>> =
        (0..30).map(|replicate| (0..12).map(|month| table.column(&format!("m{month}"))[replicate]).collect()).collect();
    let mean = (0..12).map(|month| Moments::of(table.column(&format!("m{month}"))).mean).collect();
    (times, curves, mean)
}

#[test]
fn decay_fit_matches_variable_projection_elsewhere() {
    let wanted = answers("python.json");
    let (times, curves, mean) = decay_curves();
    let curve = Curve { times: &times, values: &mean, weights: None };
    let found = fit(&curve).unwrap();
    let entry = |key: &str| number(&wanted, &format!("decay/{key}"));
    assert_eq!(found.identification, Identification::Identified);
    close(found.plateau, entry("a"), 1e-9);
    close(found.start, entry("u0"), 1e-9);
    close(found.rate, entry("k"), 1e-9);
    close(found.residual_square_sum, entry("rss"), 1e-9);
    close(found.half_life().unwrap(), entry("half_life"), 1e-9);
    close(found.time_to_half_of_start().unwrap(), entry("time_to_half_initial"), 1e-9);
    close(found.plateau_share().unwrap(), entry("retained_share_a_over_u0"), 1e-9);
    let errors = found.residual_std_errors(&curve).unwrap();
    all_close(&[errors.plateau, errors.start, errors.rate], &numbers(&wanted, "decay/nls_se"), 1e-8);
    let covariance: Vec<Vec<f64>> = (0..12)
        .map(|i| {
            (0..12)
                .map(|j| curves.iter().map(|curve| (curve[i] - mean[i]) * (curve[j] - mean[j])).sum::<f64>() / 29.0 / 30.0)
                .collect()
        })
        .collect();
    let errors = found.sandwich_std_errors(&curve, &covariance).unwrap();
    all_close(&[errors.plateau, errors.start, errors.rate], &numbers(&wanted, "decay/se_replicate_sandwich"), 1e-8);
    let delta = std::f64::consts::LN_2 / found.rate.powi(2) * errors.rate;
    close(delta, entry("half_life_se_delta"), 1e-8);
    let weights: Vec<f64> = (0..12).map(|month| covariance[month][month].recip()).collect();
    let weighted = fit(&Curve { weights: Some(&weights), ..curve }).unwrap();
    all_close(&[weighted.plateau, weighted.start, weighted.rate], &numbers(&wanted, "decay/wls_par"), 1e-9);
    close(weighted.residual_square_sum, entry("wls_rss"), 1e-9);
    assert_eq!(compare(&curve).unwrap().best, Some(Shape::Exponential));
}

#[test]
fn decay_bootstrap_matches_on_the_same_resamples() {
    let wanted = answers("python.json");
    let (times, curves, _) = decay_curves();
    let resamples: Vec<Vec<usize>> = crate::oracle::text("decay_boot_idx.txt")
        .lines()
        .map(|line| line.split_whitespace().map(|index| index.parse().unwrap()).collect())
        .collect();
    assert_eq!(resamples.len(), 200);
    let found = bootstrap(&times, &curves, resamples.iter().map(Vec::as_slice), LEVEL);
    let first: Vec<f64> = found.fits[..5].iter().flat_map(|fit| [fit.plateau, fit.start, fit.rate]).collect();
    all_close(&first, &numbers(&wanted, "decay/bootstrap/first5"), 1e-9);
    for (ends, path) in
        [(found.plateau, "pct95_a"), (found.start, "pct95_u0"), (found.rate, "pct95_k"), (found.half_life, "pct95_half_life")]
    {
        all_close(&<[f64; 2]>::from(ends.unwrap()), &numbers(&wanted, &format!("decay/bootstrap/{path}")), 1e-9);
    }
    assert_eq!(found.not_identified_share, 0.0);
    let (low, high) = found.band_at(0.0).unwrap();
    close(low, found.start.unwrap().0, 1e-12);
    close(high, found.start.unwrap().1, 1e-12);
}
