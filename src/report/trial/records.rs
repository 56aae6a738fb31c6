//! The flat records of a trial's report. Unknown numbers are `None`, which is `null` in JSON; nothing is NaN.
//!
//! Not here: how they are filled (see `flatten`) and worded.

use crate::analysis::EstimatorName;
use serde::Serialize;

/// What a trial is called and how it is analysed, in the user's words.
#[derive(Clone, Debug, Default)]
pub struct TrialFrame {
    /// The design as typed.
    pub design: DesignRow,
    /// What the reader decided by itself.
    pub notes: Vec<String>,
}

/// The design of a trial.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct DesignRow {
    /// File it was read from.
    pub file: String,
    /// Column that names the unit.
    pub unit: String,
    /// Column with the arm.
    pub treatment: String,
    /// Value that means control.
    pub control: String,
    /// Value that means treatment; of several arms all values, joined by commas.
    pub treated: String,
    /// The compared arms, control first, then arms of the file that are left out.
    pub arms: Vec<ArmRow>,
    /// Column with the cluster.
    pub cluster: Option<String>,
    /// Column with the period.
    pub time: Option<String>,
    /// First period of treatment.
    pub start: Option<String>,
    /// The outcomes before assignment, in the order of the outcomes.
    pub pre: Vec<String>,
    /// Columns adjusted for besides the outcome's own past.
    pub covariates: Vec<String>,
    /// Outcomes that are ratios of sums.
    pub ratios: Vec<String>,
    /// Outcomes of a panel that lack rows or values.
    pub lacking_rows: Vec<String>,
    /// Outcomes in which missing values count as 0.
    pub filled: Vec<String>,
    /// Column with the look, and the units at which always-valid intervals are tightest.
    pub look: Option<String>,
    /// See `look`.
    pub planned_units: Option<u64>,
    /// `drop`, `zero` or `refuse`.
    pub missing: &'static str,
    /// Column with the stratum.
    pub strata: Option<String>,
    /// Share of units at which values are capped.
    pub winsorize: Option<f64>,
    /// `two-sided`, `greater` or `less`.
    pub alternative: &'static str,
    /// The largest loss that would be accepted, in units of the outcome or, if it is relative, as a share of the control mean.
    pub margin: Option<f64>,
    /// Whether the margin is a share of the control mean.
    pub margin_is_relative: bool,
    /// Permutations of randomisation inference.
    pub permutations: Option<u32>,
    /// Whether predictions came from the file.
    pub given_predictions: bool,
    /// Folds of cross-fitting.
    pub folds: u32,
    /// Which split into folds.
    pub seed: u64,
    /// Coverage of intervals.
    pub level: f64,
    /// Units of the control arm with a value of the first outcome.
    pub n_control: u64,
    /// Units of treated arms with a value of the first outcome.
    pub n_treatment: u64,
    /// Units of the control arm without one.
    pub dropped_control: u64,
    /// Units of treated arms without one.
    pub dropped_treatment: u64,
    /// Distinct clusters.
    pub n_clusters: Option<u64>,
}

/// One arm of the file.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ArmRow {
    /// As the file writes it.
    pub name: String,
    /// `control`, `treated` or `left_out`.
    pub role: &'static str,
    /// Units assigned to it.
    pub n_assigned: u64,
}

/// One outcome × estimator.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EffectRow {
    /// Column of the outcome.
    pub outcome: String,
    /// Name of the estimator.
    pub estimator: EstimatorName,
    /// The arm whose effect it is.
    pub arm: String,
    /// The arm it is compared with.
    pub versus: String,
    /// Mean effect per unit.
    pub effect: f64,
    /// Its standard error; unknown where the outcome does not vary or an arm has one cluster.
    pub std_error: Option<f64>,
    /// Of two-way fixed effects, the standard error with the factor G/(G − 1) alone (clubSandwich's CR1); `std_error` also counts treatments and
    /// periods, as fixest does.
    pub std_error_uncounted: Option<f64>,
    /// Lower end of its interval; of several arms one that holds for all of them together.
    pub conf_low: Option<f64>,
    /// Upper end.
    pub conf_high: Option<f64>,
    /// p-value of no effect; of several arms one that holds for all of them together (single-step).
    pub p_value: Option<f64>,
    /// p-value of this arm alone.
    pub p_value_alone: Option<f64>,
    /// Effect over `control_mean`, a fraction.
    pub lift: Option<f64>,
    /// Lower end of Fieller's interval; `None` when unbounded or undefined.
    pub lift_conf_low: Option<f64>,
    /// Upper end.
    pub lift_conf_high: Option<f64>,
    /// `bounded`, `one_sided`, `unbounded` or `undefined`: also where the control mean is not above zero.
    pub lift_interval: &'static str,
    /// Lower end of the logarithmic delta interval of the lift, the alternative to Fieller's.
    pub lift_log_delta_conf_low: Option<f64>,
    /// Upper end.
    pub lift_log_delta_conf_high: Option<f64>,
    /// What the lift divides by: the mean outcome without treatment as the estimator has it.
    pub control_mean: f64,
    /// Its standard error.
    pub control_mean_std_error: Option<f64>,
    /// Plain mean of the control arm.
    pub control_mean_unadjusted: f64,
    /// Plain mean of the treated arm.
    pub treatment_mean_unadjusted: f64,
    /// Units of the control arm.
    pub n_control: u64,
    /// Units of the treated arm.
    pub n_treatment: u64,
    /// Degrees of freedom of the t reference.
    pub df: Option<f64>,
    /// p-value adjusted for the number of outcomes (Holm).
    pub p_holm: Option<f64>,
    /// p-value adjusted for the number of outcomes and arms (Benjamini–Hochberg).
    pub q_value: Option<f64>,
    /// One-sided p-value of an effect as bad as the margin.
    pub margin_p_value: Option<f64>,
    /// Whether an effect as bad as the margin is ruled out.
    pub margin_holds: Option<bool>,
    /// p-value by randomisation, of the outcome's main row only; holds for all arms together.
    pub randomization_p_value: Option<f64>,
    /// The same adjusted for the number of outcomes (Holm).
    pub randomization_p_holm: Option<f64>,
    /// What was reassigned: `units` or `clusters`.
    pub randomization_of: Option<&'static str>,
    /// Assignments that were looked at.
    pub randomization_assignments: Option<u64>,
    /// Whether these are all there are.
    pub randomization_is_exact: Option<bool>,
    /// Share of the difference in means' variance that the estimator saves; negative if it adds to it.
    pub variance_reduction: Option<f64>,
}

/// One check made before any result.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CheckRow {
    /// `sample_ratio`, `clusters`, `few_units`, `strata`, `look_shares`, `attrition`, `panel_gaps`, `balance`, `joint_balance`, `column_left_out`, `predictions`, `pre_trend`,
    /// `constant_outcome`, `no_variation_within_arms`, `constant_arm`, `one_unit`, `few_events`, `skewness` or `ratio_denominator`.
    pub name: &'static str,
    /// Column it is about, if any.
    pub column: Option<String>,
    /// `passed`, `warning`, `failed` or `not_done`.
    pub verdict: &'static str,
    /// Test statistic.
    pub statistic: Option<f64>,
    /// p-value.
    pub p_value: Option<f64>,
    /// p-value adjusted for the number of columns (Holm).
    pub p_holm: Option<f64>,
    /// Difference of means in standard deviations.
    pub standardised_difference: Option<f64>,
    /// What was found.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// The difference in means of one outcome in one period.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PeriodRow {
    /// Name of the period.
    pub period: String,
    /// Whether it lies before the start.
    pub before_start: bool,
    /// The effect, with the fields of [`EffectRow`].
    #[serde(flatten)]
    pub effect: EffectRow,
}

/// The effect on one quantile of one outcome.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct QuantileRow {
    /// Column of the outcome.
    pub outcome: String,
    /// The arm whose effect it is.
    pub arm: String,
    /// Which quantile, 0 to 1.
    pub quantile: f64,
    /// Its value in the control arm.
    pub control_quantile: f64,
    /// Difference of the arms' quantiles.
    pub effect: f64,
    /// Its standard error.
    pub std_error: Option<f64>,
    /// Lower end of its interval.
    pub conf_low: Option<f64>,
    /// Upper end.
    pub conf_high: Option<f64>,
    /// Two-sided p-value of no effect, adjusted for nothing.
    pub p_value: Option<f64>,
}

/// The event study of one outcome and arm.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EventStudyRow {
    /// Column of the outcome.
    pub outcome: String,
    /// The arm whose effect it is.
    pub arm: String,
    /// Units with every period.
    pub n_units: u64,
    /// Period that the others are compared with.
    pub reference: String,
    /// Degrees of freedom of the pointwise intervals.
    pub df: f64,
    /// Half-width of the simultaneous band in standard errors.
    pub simultaneous_critical_value: Option<f64>,
    /// Joint test that nothing happened before the start.
    pub pre_trend: Option<PreTrendRow>,
    /// The same test with CR1.
    pub pre_trend_cr1: Option<PreTrendRow>,
    /// Every period but the reference.
    pub periods: Vec<PeriodEffectRow>,
}

/// A joint test of the periods before the start.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PreTrendRow {
    /// Wald statistic.
    pub chi_squared: f64,
    /// Number of periods tested.
    pub restrictions: usize,
    /// p-value from the F distribution.
    pub p_value: f64,
    /// p-value from the chi-squared distribution.
    pub p_value_chi_squared: f64,
}

/// The effect in one period relative to the reference.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PeriodEffectRow {
    /// Name of the period.
    pub period: String,
    /// Whether it lies before the start.
    pub before_start: bool,
    /// Effect relative to the reference period.
    pub effect: f64,
    /// Its standard error, CR2 (without clusters: HC2).
    pub std_error: f64,
    /// Lower end of the pointwise interval.
    pub conf_low: Option<f64>,
    /// Upper end.
    pub conf_high: Option<f64>,
    /// Lower end of the simultaneous band.
    pub simultaneous_low: Option<f64>,
    /// Upper end.
    pub simultaneous_high: Option<f64>,
    /// Standard error with CR1, as fixed-effects programs have it.
    pub std_error_cr1: Option<f64>,
    /// Standard error without small-sample correction.
    pub std_error_cr0: Option<f64>,
}

/// One outcome × look.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LookRow {
    /// Column of the outcome.
    pub outcome: String,
    /// The arm whose effect it is.
    pub arm: String,
    /// Name of the look.
    pub look: String,
    /// Units of the control arm so far.
    pub n_control: u64,
    /// Units of the treated arm so far.
    pub n_treatment: u64,
    /// Difference in means so far.
    pub effect: Option<f64>,
    /// Its standard error.
    pub std_error: Option<f64>,
    /// Interval that holds for one planned look.
    pub conf_low: Option<f64>,
    /// Upper end.
    pub conf_high: Option<f64>,
    /// p-value that holds for one planned look.
    pub p_value: Option<f64>,
    /// Interval that holds for all looks together.
    pub always_valid_low: Option<f64>,
    /// Upper end.
    pub always_valid_high: Option<f64>,
    /// Evidence against no effect.
    pub e_value: Option<f64>,
    /// Smallest always-valid p-value so far.
    pub always_valid_p_value: Option<f64>,
    /// The same adjusted for the number of outcomes and arms (Holm).
    pub always_valid_p_holm: Option<f64>,
    /// The same from the mixture sequential test, if asked for: half-width of its interval.
    pub mixture_half_width: Option<f64>,
    /// Its likelihood ratio.
    pub mixture_likelihood_ratio: Option<f64>,
    /// Its smallest p-value so far.
    pub mixture_p_value: Option<f64>,
}

/// An estimator without an estimate.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LeftOutRow {
    /// Column of the outcome.
    pub outcome: String,
    /// Name of the estimator.
    pub estimator: EstimatorName,
    /// Why.
    pub reason: String,
}

/// A trial's report.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TrialReport {
    /// Version of this layout.
    pub schema: u32,
    /// Program and version.
    pub program: String,
    /// The design.
    pub design: DesignRow,
    /// What the trial says, for somebody who reads nothing else.
    pub sentences: Vec<String>,
    /// What was checked before any result.
    pub checks: Vec<CheckRow>,
    /// The effects.
    pub effects: Vec<EffectRow>,
    /// Effects on quantiles.
    pub quantiles: Vec<QuantileRow>,
    /// Event studies of a panel.
    pub event_study: Vec<EventStudyRow>,
    /// Differences in means of a panel, period by period.
    pub by_period: Vec<PeriodRow>,
    /// What may be said at each look.
    pub looks: Vec<LookRow>,
    /// Estimators without an estimate.
    pub left_out: Vec<LeftOutRow>,
    /// Units and values left out.
    pub losses: Vec<String>,
    /// What the reader decided by itself.
    pub notes: Vec<String>,
}
