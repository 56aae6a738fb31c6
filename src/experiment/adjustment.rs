//! What adjusted estimators adjust for: columns that were fixed before assignment, and out-of-fold predictions made from them.
//!
//! Nothing here has seen the trial: outcomes of the pre-period, what is on file about a customer, and how long it stayed away at the
//! start. Predictions of a customer's outcome come from boosted trees that saw other customers only, both arms pooled, the treatment left
//! out; a phase and the whole trial have predictions of their own, a month uses those of its phase.

use crate::analysis::cross_fit::{CrossFitter, fold_of};
use crate::domain::{Metric, Window, WindowKind};
use crate::panel::{Panel, Profile};
use crate::scenario::Scenario;
use crate::stats::boosted_trees::BoostingParams;
use std::collections::BTreeMap;
use std::num::NonZeroU32;

/// Parts that customers are split into for predictions: each is predicted from the four others.
const FOLDS: NonZeroU32 = NonZeroU32::new(5).unwrap();

/// Out-of-fold predictions by metric and window, both by position in the scenario.
#[derive(Default)]
pub(super) struct Predictions(BTreeMap<(usize, usize), Vec<f64>>);

impl Predictions {
    /// Predicts every headline metric in every phase and in the whole trial, for the customers in `members`.
    ///
    /// Metrics that are not counts per customer, and trials whose members cannot be split, have none.
    pub(super) fn new(scenario: &Scenario, panel: &Panel, members: &[u32]) -> Self {
        let features = features(panel, members);
        let features: Vec<&[f64]> = features.iter().map(Vec::as_slice).collect();
        let folds: Vec<u32> = members.iter().map(|customer| fold_of(u64::from(*customer), FOLDS)).collect();
        let Ok(fitter) = CrossFitter::new(&features, &folds) else { return Self::default() };
        let mut predictions = BTreeMap::new();
        let mut sums = Vec::new();
        for (metric_number, metric) in scenario.metrics.iter().enumerate() {
            if !scenario.headline.contains(metric) || *metric == Metric::DirectOpensPerMessage {
                continue;
            }
            for (window_number, window) in scenario.windows.iter().enumerate() {
                if source_of(&scenario.windows, window) != Some(window_number) {
                    continue;
                }
                panel.sum(Panel::basic_windows(window), *metric, &mut sums);
                let outcome: Vec<f64> = members.iter().map(|customer| sums[*customer as usize]).collect();
                if let Ok(predicted) = fitter.predict(&outcome, &BoostingParams::default()) {
                    predictions.insert((metric_number, window_number), predicted);
                }
            }
        }
        Self(predictions)
    }

    /// The predictions that serve a metric in a window.
    pub(super) fn of(&self, metric: usize, windows: &[Window], window: &Window) -> Option<&[f64]> {
        self.0.get(&(metric, source_of(windows, window)?)).map(Vec::as_slice)
    }
}

/// Position of the window whose predictions serve `window`: its own, or its phase's for a month. The first of equal spans serves all.
fn source_of(windows: &[Window], window: &Window) -> Option<usize> {
    let months = window.months()?;
    let is_source = |other: &Window| {
        let is_phase = matches!(other.kind, WindowKind::Phase { .. } | WindowKind::Trial { .. });
        let fits = |span: std::ops::Range<u32>| match window.kind {
            WindowKind::Month(_) => span.contains(&months.start),
            _ => span == months,
        };
        is_phase && other.months().is_some_and(fits)
    };
    windows.iter().position(is_source)
}

/// What predictions are made from, one column each.
fn features(panel: &Panel, members: &[u32]) -> Vec<Vec<f64>> {
    let mut columns: Vec<Vec<f64>> = panel
        .metrics()
        .iter()
        // Nearly the same as revenue, and as nothing: not worth the time of growing trees on them.
        .filter(|metric| !matches!(metric, Metric::Margin | Metric::DiscountSpend))
        .map(|metric| {
            let before = panel.column(0, *metric);
            members.iter().map(|customer| f64::from(before[*customer as usize])).collect()
        })
        .collect();
    let mut push = |value: &dyn Fn(&Profile) -> f64| columns.push(of_members(panel, members, value));
    push(&|profile| f64::from(profile.idle_days));
    push(&|profile| f64::from(profile.observables.tenure_days));
    push(&|profile| f64::from(profile.observables.audience));
    push(&|profile| f64::from(profile.observables.platform));
    push(&|profile| f64::from(profile.observables.region));
    push(&|profile| f64::from(profile.observables.age_band));
    let reachable = panel.profiles.iter().fold(0, |all, profile| all | profile.reachable);
    for channel in (0..8).filter(|channel| reachable >> channel & 1 == 1) {
        push(&|profile| f64::from(profile.reachable >> channel & 1));
    }
    // A column that never varies tells nothing, nor does one that is there already.
    let mut told: Vec<Vec<f64>> = Vec::new();
    for column in columns {
        if column.iter().any(|value| *value != column[0]) && !told.contains(&column) {
            told.push(column);
        }
    }
    told
}

/// Covariates of regressions beside the pre-period outcome: days away, tenure, and an indicator for every audience and platform but the
/// first.
pub(super) fn covariates(panel: &Panel, members: &[u32]) -> Vec<Vec<f64>> {
    let mut columns = vec![
        of_members(panel, members, &|profile| f64::from(profile.idle_days)),
        of_members(panel, members, &|profile| f64::from(profile.observables.tenure_days)),
    ];
    let kinds: [fn(&Profile) -> u8; 2] = [|profile| profile.observables.audience, |profile| profile.observables.platform];
    for kind in kinds {
        let most = panel.profiles.iter().map(kind).max().unwrap_or(0);
        for level in 1..=most {
            columns.push(of_members(panel, members, &|profile| f64::from(u8::from(kind(profile) == level))));
        }
    }
    columns
}

fn of_members(panel: &Panel, members: &[u32], value: &dyn Fn(&Profile) -> f64) -> Vec<f64> {
    members.iter().map(|customer| value(&panel.profiles[*customer as usize])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_predicted_by_its_phase_and_longer_windows_by_themselves() {
        let windows = Window::all([("active", 2), ("passive", 3)].into_iter());
        let serves = |name: &str| {
            let window = windows.iter().find(|window| window.name == name).expect("a window");
            source_of(&windows, window).map(|position| windows[position].name.as_str())
        };
        let names = ["pre", "month_01", "month_02", "month_03", "month_05", "active", "passive", "trial"];
        let sources = [None, Some("active"), Some("active"), Some("passive"), Some("passive")];
        let longer = [Some("active"), Some("passive"), Some("trial")];
        assert_eq!(names.map(serves).to_vec(), [sources.to_vec(), longer.to_vec()].concat());
        let single = Window::all([("only", 4)].into_iter());
        assert!(single.iter().skip(1).all(|window| source_of(&single, window) == Some(5)), "one span, one prediction");
    }
}
