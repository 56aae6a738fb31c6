//! The flat records of a trial's report. Unknown numbers are `None`, which is `null` in JSON; nothing is NaN.

use super::check_words::check_row;
use super::sentences;
use crate::analysis::EstimatorName;
use crate::analysis::always_valid::AlwaysValid;
use crate::analysis::event_study::{EventStudy, WaldTest};
use crate::analysis::trial_analysis::{LookAnalysis, NamedEstimate, OutcomeAnalysis, PeriodStudy, TrialAnalysis, WhyLeftOut};
use crate::analysis::{Estimate, PerArm};
use crate::stats::ratio::RatioInterval;
use serde::Serialize;

/// What a trial is called and how it is analysed, in the user's words.
#[derive(Clone, Debug, Default)]
pub struct TrialFrame {
    /// The design as typed.
    pub design: DesignRow,
    /// What the reader decided by itself.
    pub notes: Vec<String>,
    /// What was left out, and how many per arm.
    pub losses: Vec<String>,
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
    /// Value that means treatment.
    pub treated: String,
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
    /// Whether predictions came from the file.
    pub given_predictions: bool,
    /// Folds of cross-fitting.
    pub folds: u32,
    /// Which split into folds.
    pub seed: u64,
    /// Coverage of intervals.
    pub level: f64,
    /// Units analysed in the control arm.
    pub n_control: u64,
    /// Units analysed in the treated arm.
    pub n_treatment: u64,
    /// Units left out in the control arm.
    pub dropped_control: u64,
    /// Units left out in the treated arm.
    pub dropped_treatment: u64,
    /// Distinct clusters.
    pub n_clusters: Option<u64>,
}

/// One outcome × estimator.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EffectRow {
    /// Column of the outcome.
    pub outcome: String,
    /// Name of the estimator.
    pub estimator: EstimatorName,
    /// Mean effect per unit.
    pub effect: f64,
    /// Its standard error.
    pub std_error: f64,
    /// Lower end of its interval.
    pub conf_low: Option<f64>,
    /// Upper end.
    pub conf_high: Option<f64>,
    /// Two-sided p-value of no effect.
    pub p_value: Option<f64>,
    /// Effect over `control_mean`, a fraction.
    pub lift: Option<f64>,
    /// Lower end of Fieller's interval; `None` when unbounded or undefined.
    pub lift_conf_low: Option<f64>,
    /// Upper end.
    pub lift_conf_high: Option<f64>,
    /// `bounded`, `unbounded` or `undefined`.
    pub lift_interval: &'static str,
    /// Lower end of the logarithmic delta interval of the lift, the alternative to Fieller's.
    pub lift_log_delta_conf_low: Option<f64>,
    /// Upper end.
    pub lift_log_delta_conf_high: Option<f64>,
    /// What the lift divides by: the mean outcome without treatment as the estimator has it.
    pub control_mean: f64,
    /// Its standard error.
    pub control_mean_std_error: f64,
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
    /// p-value adjusted for the number of outcomes (Benjamini–Hochberg).
    pub q_value: Option<f64>,
    /// Share of the difference in means' variance that the estimator saves; negative if it adds to it.
    pub variance_reduction: Option<f64>,
}

/// One check made before any result.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CheckRow {
    /// `sample_ratio`, `attrition`, `balance`, `joint_balance`, `predictions`, `pre_trend`, `clusters` or `constant_outcome`.
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

/// The event study of one outcome.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EventStudyRow {
    /// Column of the outcome.
    pub outcome: String,
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

impl DesignRow {
    /// The control arm in a sentence: its name, unless that is a mere code.
    pub(crate) fn control_words(&self) -> &str {
        if is_code(&self.control) { "control" } else { &self.control }
    }

    /// The treated arm in a sentence: its name, unless that is a mere code.
    pub(crate) fn treated_words(&self) -> &str {
        if is_code(&self.treated) { "treatment" } else { &self.treated }
    }
}

fn is_code(name: &str) -> bool {
    const CODES: [&str; 8] = ["true", "false", "t", "f", "yes", "no", "y", "n"];
    name.parse::<f64>().is_ok() || CODES.contains(&name.to_lowercase().as_str())
}

impl TrialReport {
    /// Words and flattens an analysis.
    pub fn new(frame: TrialFrame, analysis: &TrialAnalysis, looks: &[(String, Vec<LookAnalysis>)]) -> Self {
        let mut report = Self::of_looks(frame, looks);
        report.design.n_control = analysis.units.control;
        report.design.n_treatment = analysis.units.treated;
        report.design.n_clusters = analysis.clusters;
        report.checks = analysis.checks.iter().map(|check| check_row(check, &report.design)).collect();
        for outcome in &analysis.outcomes {
            report.effects.extend(effect_rows(outcome));
            report.by_period.extend(period_rows(outcome));
            report.event_study.extend(outcome.event_study.as_ref().map(|study| event_study_row(&outcome.outcome, study)));
            report.left_out.extend(outcome.left_out.iter().map(|left_out| LeftOutRow {
                outcome: outcome.outcome.clone(),
                estimator: left_out.name,
                reason: reason(left_out.why),
            }));
        }
        report.sentences = sentences::of_effects(&report);
        report
    }

    /// A report of looks only, where nothing but their sums is known.
    pub fn of_looks(frame: TrialFrame, looks: &[(String, Vec<LookAnalysis>)]) -> Self {
        let rows = looks.iter().flat_map(|(outcome, looks)| looks.iter().map(|look| look_row(outcome, look)));
        let mut report = Self {
            schema: 1,
            program: crate::experiment::program(),
            design: frame.design,
            sentences: Vec::new(),
            checks: Vec::new(),
            effects: Vec::new(),
            event_study: Vec::new(),
            by_period: Vec::new(),
            looks: rows.collect(),
            left_out: Vec::new(),
            losses: frame.losses,
            notes: frame.notes,
        };
        report.sentences = sentences::of_looks(&report);
        report
    }

    /// Names of outcomes, in the order given.
    pub fn outcomes(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        let all = self.effects.iter().map(|row| row.outcome.as_str()).chain(self.left_out.iter().map(|row| row.outcome.as_str()));
        for name in all {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// The row that stands for an outcome where only one can: analysis of covariance, or else the first there is. Chosen by
    /// name, never by result.
    pub fn main_row(&self, outcome: &str) -> Option<&EffectRow> {
        let rows = || self.effects.iter().filter(|row| row.outcome == outcome);
        rows().find(|row| row.estimator == EstimatorName::Ancova).or_else(|| rows().next())
    }
}

fn effect_rows(outcome: &OutcomeAnalysis) -> Vec<EffectRow> {
    let plain = outcome.estimates.iter().find(|found| found.name == EstimatorName::DifferenceInMeans);
    let plain_error = plain.map(|found| found.estimate.std_error).filter(|error| *error > 0.0);
    let row = |found: &NamedEstimate| {
        let saved = |plain: f64| 1.0 - (found.estimate.std_error / plain).powi(2);
        EffectRow {
            p_holm: found.holm_p_value,
            q_value: found.q_value,
            variance_reduction: plain_error.map(saved),
            ..effect_row(&outcome.outcome, found.name, &found.estimate, outcome.means)
        }
    };
    outcome.estimates.iter().map(row).collect()
}

fn effect_row(outcome: &str, estimator: EstimatorName, found: &Estimate, means: PerArm<f64>) -> EffectRow {
    EffectRow {
        outcome: outcome.to_owned(),
        estimator,
        effect: found.effect,
        std_error: found.std_error,
        conf_low: found.conf_low,
        conf_high: found.conf_high,
        p_value: found.p_value,
        lift: found.lift,
        lift_conf_low: found.lift_low(),
        lift_conf_high: found.lift_high(),
        lift_log_delta_conf_low: found.lift_interval_log_delta.bounds().map(|(low, _)| low),
        lift_log_delta_conf_high: found.lift_interval_log_delta.bounds().map(|(_, high)| high),
        lift_interval: match found.lift_interval {
            RatioInterval::Bounded { .. } => "bounded",
            RatioInterval::Unbounded => "unbounded",
            RatioInterval::Undefined => "undefined",
        },
        control_mean: found.denominator,
        control_mean_std_error: found.denominator_std_error,
        control_mean_unadjusted: means.control,
        treatment_mean_unadjusted: means.treated,
        n_control: found.n_control,
        n_treatment: found.n_treated,
        df: found.degrees_of_freedom,
        p_holm: None,
        q_value: None,
        variance_reduction: None,
    }
}

fn period_rows(outcome: &OutcomeAnalysis) -> Vec<PeriodRow> {
    let row = |period: &crate::analysis::trial_analysis::PeriodMean| {
        let estimate = &period.estimate;
        let means = PerArm { control: estimate.denominator, treated: estimate.denominator + estimate.effect };
        PeriodRow {
            period: period.period.clone(),
            before_start: period.is_before,
            effect: effect_row(&outcome.outcome, EstimatorName::DifferenceInMeans, estimate, means),
        }
    };
    outcome.periods.iter().map(row).collect()
}

fn event_study_row(outcome: &str, found: &PeriodStudy) -> EventStudyRow {
    let error_in = |other: &Option<EventStudy>, index: usize| other.as_ref().map(|study| study.periods[index].std_error);
    let periods = found.study.periods.iter().enumerate().map(|(index, period)| PeriodEffectRow {
        period: found.labels[period.period].clone(),
        before_start: period.period < found.reference,
        effect: period.effect,
        std_error: period.std_error,
        conf_low: period.pointwise.map(|ends| ends.0),
        conf_high: period.pointwise.map(|ends| ends.1),
        simultaneous_low: period.simultaneous.map(|ends| ends.0),
        simultaneous_high: period.simultaneous.map(|ends| ends.1),
        std_error_cr1: error_in(&found.with_cr1, index),
        std_error_cr0: error_in(&found.with_cr0, index),
    });
    let test = |test: WaldTest| PreTrendRow {
        chi_squared: test.chi_squared,
        restrictions: test.restrictions,
        p_value: test.f_p_value,
        p_value_chi_squared: test.chi_squared_p_value,
    };
    EventStudyRow {
        outcome: outcome.to_owned(),
        reference: found.labels[found.reference].clone(),
        df: found.study.degrees_of_freedom,
        simultaneous_critical_value: found.study.simultaneous_critical_value,
        pre_trend: found.study.pre_trend.map(test),
        pre_trend_cr1: found.with_cr1.as_ref().and_then(|study| study.pre_trend).map(test),
        periods: periods.collect(),
    }
}

fn look_row(outcome: &str, look: &LookAnalysis) -> LookRow {
    let estimate = look.estimate.as_ref();
    let around = |sign: f64, found: Option<AlwaysValid>| {
        estimate.zip(found).map(|(estimate, found)| estimate.effect + sign * found.half_width)
    };
    LookRow {
        outcome: outcome.to_owned(),
        look: look.label.clone(),
        n_control: look.units.control,
        n_treatment: look.units.treated,
        effect: estimate.map(|estimate| estimate.effect),
        std_error: estimate.map(|estimate| estimate.std_error),
        conf_low: estimate.and_then(|estimate| estimate.conf_low),
        conf_high: estimate.and_then(|estimate| estimate.conf_high),
        p_value: estimate.and_then(|estimate| estimate.p_value),
        always_valid_low: around(-1.0, look.always_valid),
        always_valid_high: around(1.0, look.always_valid),
        e_value: look.always_valid.map(|found| found.e_value).filter(|value| value.is_finite()),
        always_valid_p_value: look.running_p_value,
        mixture_half_width: look.mixture.map(|found| found.half_width),
        mixture_likelihood_ratio: look.mixture.map(|found| found.e_value).filter(|value| value.is_finite()),
        mixture_p_value: look.mixture_running_p_value,
    }
}

fn reason(why: WhyLeftOut) -> String {
    use crate::analysis::trial_analysis::{FEWEST_UNITS_FOR_TREES, MOST_UNITS_FOR_TREES};
    match why {
        WhyLeftOut::NoBaseline => "needs the outcome before assignment (--pre)".to_owned(),
        WhyLeftOut::NothingToAdjustFor => "needs a column fixed before assignment (--pre or --covariates)".to_owned(),
        WhyLeftOut::NothingToPredictFrom => "needs --predictions, or --pre or --covariates to predict from".to_owned(),
        WhyLeftOut::TooFewUnitsForTrees => {
            format!("needs at least {FEWEST_UNITS_FOR_TREES} units to fit trees (ask for it by name to do it all the same)")
        }
        WhyLeftOut::TooManyUnitsForTrees => {
            format!("fits trees on at most {MOST_UNITS_FOR_TREES} units; beyond, give --predictions")
        }
        WhyLeftOut::Refused(error) => error.to_string(),
    }
}
