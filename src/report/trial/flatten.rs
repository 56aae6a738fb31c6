//! From what `analysis::trial_analysis` found to flat records. Renames and picks; computes no estimate.

use super::check_words::check_row;
use super::records::{
    DesignRow, EffectRow, EventStudyRow, LeftOutRow, LookRow, PeriodEffectRow, PeriodRow, PreTrendRow, QuantileRow, TrialFrame,
    TrialReport,
};
use super::sentences;
use crate::analysis::always_valid::AlwaysValid;
use crate::analysis::event_study::{EventStudy, WaldTest};
use crate::analysis::trial_analysis::{LookAnalysis, NamedEstimate, OutcomeAnalysis, PeriodStudy, TrialAnalysis, WhyLeftOut};
use crate::analysis::{Estimate, EstimatorName};
use crate::stats::multiplicity::holm;
use crate::stats::ratio::RatioInterval;

/// The looks at one outcome in one arm.
#[derive(Clone, Debug)]
pub struct OutcomeLooks {
    /// Column of the outcome.
    pub outcome: String,
    /// The arm whose effect it is.
    pub arm: String,
    /// In order.
    pub looks: Vec<LookAnalysis>,
}

impl DesignRow {
    /// Name of a compared arm by its number, control being 0, as a sentence has it: codes such as 0 and 1 become words.
    pub(crate) fn arm_words(&self, arm: usize) -> &str {
        let Some(row) = self.arms.get(arm) else { return if arm == 0 { &self.control } else { &self.treated } };
        match arm {
            0 if self.says_control() => "control",
            1 if self.compared_arms() == 2 => self.treated_words(),
            _ => &row.name,
        }
    }

    /// The control arm in a sentence: its name, unless that is a mere code.
    pub(crate) fn control_words(&self) -> &str {
        if self.says_control() { "control" } else { &self.control }
    }

    /// The treated arm or arms in a sentence.
    pub(crate) fn treated_words(&self) -> &str {
        if self.says_control() && is_code(&self.treated, &YES) { "treatment" } else { &self.treated }
    }

    /// Whether the control arm is a mere code for "not treated", so that its plain word says more.
    fn says_control(&self) -> bool {
        is_code(&self.control, &NO)
    }

    /// `132 control and 108 treatment units`, as assigned; nothing where only looks are known.
    pub(crate) fn sizes_words(&self) -> Option<String> {
        let compared = self.arms.iter().filter(|arm| arm.role != "left_out");
        let counts: Vec<u64> = compared.map(|arm| arm.n_assigned).collect();
        (!counts.is_empty()).then(|| format!("{} units", super::words::counts_by_arm(&counts, self)))
    }

    /// Arms that are compared, control among them; 2 where only looks are known.
    pub(crate) fn compared_arms(&self) -> usize {
        self.arms.iter().filter(|arm| arm.role != "left_out").count().max(2)
    }
}

/// Codes for "not treated" and for "treated".
const NO: [&str; 5] = ["0", "false", "f", "no", "n"];
const YES: [&str; 5] = ["1", "true", "t", "yes", "y"];

fn is_code(name: &str, codes: &[&str]) -> bool {
    let name = name.strip_suffix(".0").unwrap_or(name).to_lowercase();
    codes.contains(&name.as_str())
}

impl TrialReport {
    /// Words and flattens an analysis; `unit_name` names the unit in a row of its columns.
    pub fn new(frame: TrialFrame, analysis: &TrialAnalysis, looks: &[OutcomeLooks], unit_name: &dyn Fn(usize) -> String) -> Self {
        let mut report = Self::of_looks(frame, looks);
        if let Some(first) = analysis.outcomes.first() {
            report.design.n_control = first.kept[0];
            report.design.n_treatment = first.kept[1..].iter().sum();
            report.design.dropped_control = first.lost[0];
            report.design.dropped_treatment = first.lost[1..].iter().sum();
        }
        report.design.n_clusters = analysis.clusters;
        let lacking = analysis.outcomes.iter().filter(|outcome| outcome.lacks_rows);
        report.design.lacking_rows = lacking.map(|outcome| outcome.outcome.clone()).collect();
        report.checks = analysis.checks.iter().map(|check| check_row(check, &report.design, unit_name)).collect();
        for outcome in &analysis.outcomes {
            let effects = effect_rows(outcome, &report.design);
            report.effects.extend(effects);
            report.by_period.extend(period_rows(outcome, &report.design));
            let study = |study: &PeriodStudy| event_study_row(&outcome.outcome, study, &report.design);
            report.event_study.extend(outcome.event_studies.iter().map(study));
            report.quantiles.extend(quantile_rows(outcome, &report.design));
            report.left_out.extend(outcome.left_out.iter().map(|left_out| LeftOutRow {
                outcome: outcome.outcome.clone(),
                estimator: left_out.name,
                reason: reason(left_out.why),
            }));
        }
        attach_randomization(&mut report, analysis);
        report.notes.extend(notes(analysis));
        report.losses = analysis.outcomes.iter().filter_map(|outcome| loss(outcome, &report.design)).collect();
        report.sentences = sentences::of_effects(&report, analysis, unit_name);
        report
    }

    /// A report of looks only, where nothing but their sums is known.
    pub fn of_looks(frame: TrialFrame, looks: &[OutcomeLooks]) -> Self {
        let rows = looks.iter().flat_map(|of| of.looks.iter().map(|look| look_row(of, look)));
        let mut report = Self {
            schema: 1,
            program: crate::experiment::program(),
            design: frame.design,
            sentences: Vec::new(),
            checks: Vec::new(),
            effects: Vec::new(),
            quantiles: Vec::new(),
            event_study: Vec::new(),
            by_period: Vec::new(),
            looks: rows.collect(),
            left_out: Vec::new(),
            losses: Vec::new(),
            notes: frame.notes,
        };
        adjust_looks(&mut report.looks, looks);
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

    /// The row that stands for an outcome and an arm where only one can: see [`EstimatorName::speaking`]; one without an interval only where none
    /// has one.
    pub fn main_row(&self, outcome: &str, arm: &str) -> Option<&EffectRow> {
        let rows: Vec<&EffectRow> = self.effects.iter().filter(|row| row.outcome == outcome && row.arm == arm).collect();
        let lacks_rows = self.design.lacking_rows.iter().any(|lacking| lacking == outcome);
        let of = |rows: &[&EffectRow]| {
            let there: Vec<EstimatorName> = rows.iter().map(|row| row.estimator).collect();
            EstimatorName::speaking(&there, lacks_rows, self.design.strata.is_some())
        };
        let judged: Vec<&EffectRow> = rows.iter().copied().filter(|row| row.df.is_some()).collect();
        let name = of(&judged).or_else(|| of(&rows))?;
        rows.into_iter().find(|row| row.estimator == name)
    }

    /// Names of treated arms, in the order of the design.
    pub fn treated_arms(&self) -> Vec<&str> {
        self.design.arms.iter().filter(|arm| arm.role == "treated").map(|arm| arm.name.as_str()).collect()
    }
}

fn effect_rows(outcome: &OutcomeAnalysis, design: &DesignRow) -> Vec<EffectRow> {
    let plain_error = |arm: u32| {
        let plain = |found: &&NamedEstimate| found.name == EstimatorName::DifferenceInMeans && found.arm == arm;
        outcome.estimates.iter().find(plain).map(|found| found.estimate.std_error).filter(|error| *error > 0.0)
    };
    let row = |found: &NamedEstimate| {
        let saved = |plain: f64| 1.0 - (found.estimate.std_error / plain).powi(2);
        EffectRow {
            p_value_alone: found.pointwise_p_value,
            std_error_uncounted: found.uncounted_std_error,
            p_holm: found.holm_p_value,
            q_value: found.q_value,
            margin_p_value: found.margin.map(|test| test.p_value),
            margin_holds: found.margin.map(|test| test.holds),
            variance_reduction: plain_error(found.arm).map(saved).filter(|_| found.estimate.degrees_of_freedom.is_some()),
            control_mean_unadjusted: outcome.means[0],
            treatment_mean_unadjusted: outcome.means[found.arm as usize],
            ..effect_row(&outcome.outcome, found.name, &found.estimate, (found.arm, design))
        }
    };
    outcome.estimates.iter().map(row).collect()
}

fn effect_row(outcome: &str, estimator: EstimatorName, found: &Estimate, (arm, design): (u32, &DesignRow)) -> EffectRow {
    // A share of something that is not above zero would have a sign of its own.
    let has_lift = found.denominator > 0.0;
    let end = |end: Option<f64>| end.filter(|end| has_lift && end.is_finite());
    let (lift_low, lift_high) = found.lift_interval.bounds().unzip();
    let (log_low, log_high) = found.lift_interval_log_delta.bounds().unzip();
    let is_known = found.degrees_of_freedom.is_some();
    EffectRow {
        outcome: outcome.to_owned(),
        estimator,
        arm: arm_name(design, arm),
        versus: design.control.clone(),
        effect: found.effect,
        std_error: is_known.then_some(found.std_error),
        std_error_uncounted: None,
        conf_low: found.conf_low,
        conf_high: found.conf_high,
        p_value: found.p_value,
        p_value_alone: found.p_value,
        lift: found.lift.filter(|_| has_lift),
        lift_conf_low: end(lift_low),
        lift_conf_high: end(lift_high),
        lift_log_delta_conf_low: end(log_low),
        lift_log_delta_conf_high: end(log_high),
        lift_interval: match found.lift_interval {
            _ if !has_lift => "undefined",
            RatioInterval::Bounded { low, high } if low.is_finite() && high.is_finite() => "bounded",
            RatioInterval::Bounded { .. } => "one_sided",
            RatioInterval::Unbounded => "unbounded",
            RatioInterval::Undefined => "undefined",
        },
        control_mean: found.denominator,
        control_mean_std_error: is_known.then_some(found.denominator_std_error),
        control_mean_unadjusted: found.denominator,
        treatment_mean_unadjusted: found.denominator + found.effect,
        n_control: found.n_control,
        n_treatment: found.n_treated,
        df: found.degrees_of_freedom,
        p_holm: None,
        q_value: None,
        margin_p_value: None,
        margin_holds: None,
        randomization_p_value: None,
        randomization_p_holm: None,
        randomization_of: None,
        randomization_assignments: None,
        randomization_is_exact: None,
        variance_reduction: None,
    }
}

fn arm_name(design: &DesignRow, arm: u32) -> String {
    design.arms.get(arm as usize).map_or_else(|| design.treated.clone(), |arm| arm.name.clone())
}

/// Randomisation judges each outcome once: its p-values stand in the rows that stand for it.
fn attach_randomization(report: &mut TrialReport, analysis: &TrialAnalysis) {
    for outcome in &analysis.outcomes {
        for found in &outcome.randomization {
            let arm = arm_name(&report.design, found.arm);
            let is_main =
                |row: &&mut EffectRow| row.outcome == outcome.outcome && row.arm == arm && row.estimator == found.estimator;
            if let Some(row) = report.effects.iter_mut().find(is_main) {
                (row.randomization_p_value, row.randomization_p_holm) = (Some(found.p_value), found.holm_p_value);
                row.randomization_of = Some(if found.of_clusters { "clusters" } else { "units" });
                (row.randomization_assignments, row.randomization_is_exact) = (Some(found.assignments), Some(found.is_exact));
            }
        }
    }
}

fn period_rows(outcome: &OutcomeAnalysis, design: &DesignRow) -> Vec<PeriodRow> {
    let row = |period: &crate::analysis::trial_analysis::PeriodMean| PeriodRow {
        period: period.period.clone(),
        before_start: period.is_before,
        effect: effect_row(&outcome.outcome, EstimatorName::DifferenceInMeans, &period.estimate, (period.arm, design)),
    };
    outcome.periods.iter().map(row).collect()
}

fn quantile_rows(outcome: &OutcomeAnalysis, design: &DesignRow) -> Vec<QuantileRow> {
    let row = |found: &crate::analysis::quantile_effects::QuantileEffect| QuantileRow {
        outcome: outcome.outcome.clone(),
        arm: arm_name(design, found.arm as u32),
        quantile: found.probability,
        control_quantile: found.control,
        effect: found.effect,
        std_error: found.conf_low.map(|_| found.std_error),
        conf_low: found.conf_low,
        conf_high: found.conf_high,
        p_value: found.p_value,
    };
    outcome.quantiles.iter().map(row).collect()
}

fn event_study_row(outcome: &str, found: &PeriodStudy, design: &DesignRow) -> EventStudyRow {
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
        arm: arm_name(design, found.arm),
        n_units: found.units,
        reference: found.labels[found.reference].clone(),
        df: found.study.degrees_of_freedom,
        simultaneous_critical_value: found.study.simultaneous_critical_value,
        pre_trend: found.study.pre_trend.map(test),
        pre_trend_cr1: found.with_cr1.as_ref().and_then(|study| study.pre_trend).map(test),
        periods: periods.collect(),
    }
}

fn look_row(of: &OutcomeLooks, look: &LookAnalysis) -> LookRow {
    let estimate = look.estimate.as_ref();
    let around = |sign: f64, found: Option<AlwaysValid>| {
        estimate.zip(found).map(|(estimate, found)| estimate.effect + sign * found.half_width)
    };
    LookRow {
        outcome: of.outcome.clone(),
        arm: of.arm.clone(),
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
        always_valid_p_holm: None,
        mixture_half_width: look.mixture.map(|found| found.half_width),
        mixture_likelihood_ratio: look.mixture.map(|found| found.e_value).filter(|value| value.is_finite()),
        mixture_p_value: look.mixture_running_p_value,
    }
}

/// Holm over outcomes and arms, look by look: an always-valid p-value may be adjusted at whatever look one stops.
fn adjust_looks(rows: &mut [LookRow], looks: &[OutcomeLooks]) {
    let each = looks.first().map_or(0, |of| of.looks.len());
    if looks.iter().any(|of| of.looks.len() != each) {
        return;
    }
    for look in 0..each {
        let positions: Vec<usize> = (0..looks.len()).map(|series| series * each + look).collect();
        let p_values: Vec<Option<f64>> = positions.iter().map(|position| rows[*position].always_valid_p_value).collect();
        for (position, adjusted) in positions.into_iter().zip(holm(&p_values)) {
            rows[position].always_valid_p_holm = adjusted;
        }
    }
}

/// Units without a value of an outcome, arm by arm.
fn loss(outcome: &OutcomeAnalysis, design: &DesignRow) -> Option<String> {
    let lost: u64 = outcome.lost.iter().sum();
    let of_arm = |(arm, lost): (usize, &u64)| {
        format!("{} units of {}", crate::report::number::count(*lost), super::check_words::arm_of(design, arm))
    };
    let arms: Vec<String> = outcome.lost.iter().enumerate().map(of_arm).collect();
    (lost > 0).then(|| format!("`{}` has no value for {}", outcome.outcome, super::words::joined(&arms, "and")))
}

/// What the analysis did by itself, for the user to know.
fn notes(analysis: &TrialAnalysis) -> Vec<String> {
    use crate::report::number::count;
    let mut notes: Vec<String> = Vec::new();
    let units: u64 = analysis.units.iter().sum();
    for (name, missing) in &analysis.filled_columns {
        notes.push(format!(
            "`{name}` has no value for {} of {} units: they stay in, the gap is filled with the mean and an indicator of the gap is adjusted \
             for too (Zhao & Ding 2022)",
            count(*missing),
            count(units)
        ));
    }
    for outcome in &analysis.outcomes {
        let has = |name: EstimatorName| outcome.estimates.iter().any(|found| found.name == name);
        let by_all_rows = outcome.estimates.iter().find(|found| found.name == EstimatorName::TwoWayFixedEffects);
        if let Some((found, uncounted)) = by_all_rows.and_then(|found| Some((found, found.uncounted_std_error?))) {
            notes.push(format!(
                "TWFE of `{}`: SE are CR1 and count treatments and periods as fixest does; with the factor G/(G − 1) alone the first is \
                 {uncounted:.6} instead of {:.6}",
                outcome.outcome, found.estimate.std_error
            ));
        }
        if let Some(changes) = outcome.change_units.filter(|_| has(EstimatorName::DifferenceInDifferences)) {
            let all = if has(EstimatorName::TwoWayFixedEffects) { "; TWFE uses every row there is" } else { "" };
            let who = if outcome.periods.is_empty() { "with an outcome before assignment" } else { "with every period" };
            notes.push(format!(
                "DID of `{}` rests on the {} of {} units {who}{all}",
                outcome.outcome,
                count(changes),
                count(units)
            ));
        }
    }
    notes
}

fn reason(why: WhyLeftOut) -> String {
    use crate::analysis::trial_analysis::{FEWEST_UNITS_FOR_TREES, MOST_UNITS_FOR_TREES};
    match why {
        WhyLeftOut::NoBaseline => "for want of the outcome before assignment (--pre)".to_owned(),
        WhyLeftOut::BaselineLeftOut => "because the outcome before assignment is left out, see the checks".to_owned(),
        WhyLeftOut::NothingToAdjustFor => "for want of a column fixed before assignment (--pre or --covariates)".to_owned(),
        WhyLeftOut::NothingToPredictFrom => "for want of --predictions, or --pre or --covariates to predict from".to_owned(),
        WhyLeftOut::PredictionsLack => "for want of a prediction for every unit".to_owned(),
        WhyLeftOut::NoPanel => "for want of a panel (--time and --start)".to_owned(),
        WhyLeftOut::NotOfRatios => "because the outcome is a ratio".to_owned(),
        WhyLeftOut::TooFewUnitsForTrees => {
            format!("for want of {FEWEST_UNITS_FOR_TREES} units to fit trees (ask for it by name to do it all the same)")
        }
        WhyLeftOut::TooManyUnitsForTrees => {
            format!("because trees are fitted on at most {MOST_UNITS_FOR_TREES} units; beyond, give --predictions")
        }
        WhyLeftOut::Refused(error) => format!("because {error}"),
    }
}
