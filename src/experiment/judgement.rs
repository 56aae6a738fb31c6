//! Judgement of estimators on the primary cells: are coverage and type-I error what they should be, or is there a fault?
//!
//! Primary cells are direct app opens and days with engagement over the whole trial. On each, exact binomial tests ask whether coverage of the
//! sample effect is 95 % and whether 5 % of A/A trials find an effect, and a Kolmogorov–Smirnov test asks whether A/A p-values are uniform.
//! Each family of tests is adjusted by Holm's method over estimators and cells. All other cells are reported and not judged: some
//! must miss two Monte-Carlo errors by chance.
//!
//! Intervals that hold the sample effect more often than promised are no fault: standard errors of a single trial cannot know how individual effects
//! vary and are too large by that variance (Neyman 1923).

use crate::experiment::diagnosis::{Cell, Cells, Evidence, judged, p_value};
use crate::stats::goodness::{BinomialCount, kolmogorov_smirnov_uniform};
use crate::stats::multiplicity::holm;
use serde::Serialize;

/// Metrics of the primary cells.
const PRIMARY: [&str; 2] = ["direct_app_opens", "days_with_engagement"];
/// Adjusted p-value below which a fault is found.
const FAULT_BELOW: f64 = 0.05;

/// What is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Question {
    /// Do 95 % of intervals hold the truth?
    Coverage,
    /// Do 5 % of A/A trials find an effect?
    TypeIError,
    /// Are the p-values of A/A trials uniform?
    UniformPValues,
}

/// One test.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct JudgedRow {
    /// What is asked.
    pub question: Question,
    /// Metric.
    pub metric: String,
    /// Window.
    pub window: String,
    /// Arm.
    pub arm: String,
    /// Estimator.
    pub estimator: String,
    /// Replicates that entered.
    pub replicates: u64,
    /// The share found, or the largest distance between p-values and the uniform distribution.
    pub found: f64,
    /// The share expected; `None` for distances.
    pub expected: Option<f64>,
    /// p-value of the test.
    pub p_value: Option<f64>,
    /// The same after Holm's adjustment over all tests of its question.
    pub p_holm: Option<f64>,
    /// Whether a promise is found broken at 5 %: intervals that hold the truth too seldom, or A/A trials that do not behave.
    pub is_fault: bool,
    /// Whether intervals hold the truth clearly more often than promised: wider than they need to be for the trial's own customers.
    pub is_conservative: bool,
}

/// All tests of a study.
pub(super) fn judge(evidence: &Evidence<'_>, cells: &Cells) -> Vec<JudgedRow> {
    let study = evidence.study;
    let primary: Vec<Cell> = cells
        .shown()
        .into_iter()
        .filter(|cell| PRIMARY.contains(&study.metrics[cell.metric].as_str()) && study.windows[cell.window] == "trial")
        .collect();
    let mut rows = Vec::new();
    for question in [Question::Coverage, Question::TypeIError, Question::UniformPValues] {
        let mut family = Vec::new();
        for cell in &primary {
            for estimator in 0..study.estimators.len() {
                family.extend(answer(evidence, cells, (*cell, estimator), question));
            }
        }
        let adjusted = holm(&family.iter().map(|row| row.p_value).collect::<Vec<_>>());
        for (row, adjusted) in family.iter_mut().zip(adjusted) {
            row.p_holm = adjusted;
            let differs = adjusted.is_some_and(|p| p < FAULT_BELOW);
            row.is_conservative =
                differs && question == Question::Coverage && row.expected.is_some_and(|expected| row.found > expected);
            row.is_fault = differs && !row.is_conservative;
        }
        rows.extend(family);
    }
    rows
}

fn answer(evidence: &Evidence<'_>, cells: &Cells, (cell, estimator): (Cell, usize), question: Question) -> Option<JudgedRow> {
    let study = evidence.study;
    let null = || evidence.null.into_iter().flat_map(|null| &null.replicates);
    let (replicates, found, expected, p_value) = match question {
        Question::Coverage => {
            let judged = study.replicates.iter().filter_map(|replicate| {
                let truth = cells.truth(replicate, cell)?;
                judged(cells.estimate(replicate, cell, estimator)?, truth)
            });
            share(judged.map(|one| one.conf_low <= one.truth && one.truth <= one.conf_high), 0.95)?
        }
        Question::TypeIError => {
            let p_values = null().filter_map(|replicate| p_value(cells.estimate(replicate, cell, estimator)?));
            share(p_values.map(|p| p <= 0.05), 0.05)?
        }
        Question::UniformPValues => {
            let p_values: Vec<f64> =
                null().filter_map(|replicate| p_value(cells.estimate(replicate, cell, estimator)?)).collect();
            let test = kolmogorov_smirnov_uniform(&p_values)?;
            (p_values.len() as u64, test.statistic, None, Some(test.p_value))
        }
    };
    Some(JudgedRow {
        question,
        metric: study.metrics[cell.metric].clone(),
        window: study.windows[cell.window].clone(),
        arm: study.arms[cell.arm].clone(),
        estimator: study.estimators[estimator].clone(),
        replicates,
        found,
        expected,
        p_value,
        p_holm: None,
        is_fault: false,
        is_conservative: false,
    })
}

/// Number, share, expected share and exact binomial p-value.
fn share(answers: impl Iterator<Item = bool>, expected: f64) -> Option<(u64, f64, Option<f64>, Option<f64>)> {
    let (trials, successes) = answers.fold((0, 0), |(trials, successes), yes| (trials + 1, successes + u64::from(yes)));
    let p_value = BinomialCount { successes, trials, probability: expected }.exact_p_value();
    (trials > 0).then(|| (trials, successes as f64 / trials as f64, Some(expected), p_value))
}
