//! The plain sentences of a diagnosis: what can be trusted, what to use, how precise this is.

use crate::experiment::{Diagnosand, Diagnosis, JudgedRow, Question};
use crate::report::number::{Uncertain, count, fixed};
use crate::report::wording::{estimator_words, metric_words, per_unit};

/// Monte-Carlo standard error of coverage above which no fault found says little.
const ROUGH: f64 = 0.01;

/// Two sentences for a strategist, then what the design cannot show.
pub(super) fn sentences(diagnosis: &Diagnosis) -> Vec<String> {
    let mut all = Vec::new();
    all.extend(trust(diagnosis));
    all.extend(best(diagnosis));
    all.extend(traps(diagnosis));
    all.extend(gap(diagnosis));
    all.push(precision(diagnosis));
    all
}

/// Whether intervals and tests keep what they promise on the primary cells.
fn trust(diagnosis: &Diagnosis) -> Option<String> {
    let faults: Vec<_> = diagnosis.judged.iter().filter(|row| row.is_fault).collect();
    if diagnosis.judged.is_empty() {
        return None;
    }
    if faults.is_empty() {
        let tests = diagnosis.judged.len();
        let limit = if diagnosis.precision.coverage_mcse > ROUGH {
            ", but with so few replicates only gross faults would show"
        } else {
            ""
        };
        let wide = conservative(diagnosis).unwrap_or_default();
        return Some(format!(
            "No fault is found: {tests} tests on the primary cells agree with intervals that hold the truth at least as often as they promise \
             and false alarms that come as often as they should{limit}.{wide}"
        ));
    }
    let named: Vec<String> = faults
        .iter()
        .map(|row| {
            let what = match row.question {
                Question::Coverage => {
                    format!("intervals hold the truth in {} % of trials instead of 95 %", fixed(row.found * 100.0, 1))
                }
                Question::TypeIError => format!("{} % of A/A trials find an effect instead of 5 %", fixed(row.found * 100.0, 1)),
                Question::UniformPValues => "p-values of A/A trials are not uniform".to_owned(),
            };
            format!("{}, {}: {what}", metric_words(&row.metric), estimator_words(&row.estimator))
        })
        .collect();
    let wide = conservative(diagnosis).unwrap_or_default();
    Some(format!("Not everything keeps its promise ({}).{}{wide}", named.join("; "), reasons(&faults)))
}

/// What may lie behind the faults found.
fn reasons(faults: &[&JudgedRow]) -> &'static str {
    if faults.iter().any(|row| row.question == Question::Coverage) {
        " Intervals that hold the truth too rarely come where customers of a learning arm share what it learned, so that outcomes are not \
         independent, or where outcomes are few and skewed."
    } else {
        ""
    }
}

/// What is said of intervals that hold the truth more often than promised.
fn conservative(diagnosis: &Diagnosis) -> Option<String> {
    let wide: Vec<_> = diagnosis.judged.iter().filter(|row| row.is_conservative).collect();
    let first = wide.first()?;
    let shares = || wide.iter().map(|row| row.found * 100.0);
    let (low, high) = (shares().fold(f64::INFINITY, f64::min), shares().fold(0.0, f64::max));
    let is_plain = |row: &&Diagnosand| {
        row.metric == first.metric && row.window == first.window && row.arm == first.arm && row.estimator == "difference_in_means"
    };
    let known = diagnosis.diagnosands.iter().find(is_plain).and_then(|row| row.coverage_with_known_effects);
    let known = known.map_or_else(String::new, |share| {
        format!(" (with that variance, known here, taken out the difference in means holds it in {} %)", fixed(share * 100.0, 1))
    });
    Some(format!(
        " For {} some are wider than they need be ({} to {} % instead of 95 %): standard errors of a single trial cannot know how individual \
         effects vary{known}.",
        metric_words(&first.metric),
        fixed(low, 1),
        fixed(high, 1),
    ))
}

/// The estimator whose errors vary least, on the first metric over the whole trial.
fn best(diagnosis: &Diagnosis) -> Option<String> {
    let first = diagnosis.diagnosands.first()?;
    let is_same =
        |row: &&Diagnosand| row.metric == first.metric && row.window == "trial" && row.arm == first.arm && row.estimand == "sate";
    let spread = |row: &Diagnosand| row.empirical_std_error.unwrap_or(f64::INFINITY);
    let best = diagnosis.diagnosands.iter().filter(is_same).min_by(|a, b| spread(a).total_cmp(&spread(b)))?;
    let saved = Uncertain { estimate: best.variance_reduction?, std_error: best.variance_reduction_mcse }.percent();
    let is_clear = saved.is_clear(best.replicates) && saved.std_error.is_some_and(|error| error > 0.0);
    if best.estimator == "difference_in_means" || !is_clear {
        return Some(format!(
            "For {} over the trial no estimator is clearly more precise than the difference in means.",
            metric_words(&best.metric)
        ));
    }
    Some(format!(
        "For {} over the trial the errors of {} vary least: their variance is {} % lower than with the difference in means.",
        metric_words(&best.metric),
        estimator_words(&best.estimator),
        saved.text(),
    ))
}

fn traps(diagnosis: &Diagnosis) -> Option<String> {
    let rate = |name: &str| {
        diagnosis.traps.iter().find(|trap| trap.name == name).and_then(|trap| trap.value).map(|value| fixed(value * 100.0, 1))
    };
    let covariate = diagnosis.traps.iter().find(|trap| trap.name == "post_treatment_covariate");
    let mut parts = Vec::new();
    if let (Some(naive), Some(planned), Some(single)) = (rate("peeking"), rate("planned_looks"), rate("single_look")) {
        parts.push(format!(
            "looking every month at the usual 5 % finds an effect in {naive} % of A/A trials, with boundaries planned by alpha spending in {planned} %, \
             with one look at the end in {single} %"
        ));
    }
    if let Some((value, error)) = covariate.and_then(|trap| trap.value.zip(trap.mcse)) {
        let bias = Uncertain { estimate: value, std_error: Some(error) };
        parts.push(format!(
            "adjusting for what the treatment itself moves leaves a bias of {} standard errors of the estimate",
            bias.text()
        ));
    }
    (!parts.is_empty()).then(|| format!("Traps: {}.", parts.join("; ")))
}

fn gap(diagnosis: &Diagnosis) -> Option<String> {
    let gap = diagnosis.gaps.iter().find(|gap| gap.window == "trial")?;
    let distance = Uncertain { estimate: gap.gap?, std_error: gap.gap_mcse };
    let metric = &gap.metric;
    if !distance.is_clear(diagnosis.replicates) {
        return Some(format!(
            "Whether treating everybody would have another effect on {} than the trial is not to be told from these replicates: the \
             difference is {}{}.",
            metric_words(metric),
            distance.text(),
            per_unit(metric),
        ));
    }
    let direction = if distance.estimate > 0.0 { "higher" } else { "lower" };
    let size = Uncertain { estimate: distance.estimate.abs(), ..distance }.text();
    let size = format!("{size}{} {direction}", per_unit(metric));
    let share = gap
        .sate
        .filter(|sate| *sate != 0.0)
        .map_or_else(String::new, |sate| format!(" ({} % of its effect)", fixed(100.0 * (distance.estimate / sate).abs(), 1)));
    Some(format!(
        "If everybody were treated, agents would learn from everybody: the effect on {} would be {} than in the trial{}.",
        metric_words(&gap.metric),
        size,
        share,
    ))
}

fn precision(diagnosis: &Diagnosis) -> String {
    let has = fixed(diagnosis.precision.coverage_mcse * 100.0, 1);
    let needed = diagnosis.precision.replicates_needed.map_or_else(|| "more".to_owned(), count);
    format!(
        "With {} replicates a coverage of 95 % is known to ±{has} points (one standard error); ±{} points need {needed} replicates.",
        count(diagnosis.replicates.into()),
        fixed(diagnosis.precision.asked * 100.0, 1),
    )
}
