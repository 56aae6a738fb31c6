//! Everybody against nobody: the global average effect, from paired runs of the same people in the same world.
//!
//! In a trial the agents learn from the customers of their arm alone, and a twin's effect is that of the policies *as learned there*. If
//! everybody were treated they would learn from everybody. That effect is another estimand, and the gap between the two is what a
//! trial of this size cannot tell about a roll-out.

use crate::domain::Metric;
use crate::experiment::journal::Kept;
use crate::experiment::stages::Stages;
use crate::experiment::work::{Finished, Place, Work};
use crate::experiment::{Progress, StudyError, StudyOptions, TruthCell};
use crate::panel::Panel;
use crate::scenario::Scenario;
use serde::{Deserialize, Serialize};
use std::sync::atomic::AtomicBool;

/// Name of the journal.
const JOURNAL: &str = "everybody.journal";

/// Global effects of one replicate, in the order window, metric, arm, as `ReplicateResult::truth`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GlobalEffects {
    /// Number of the replicate, from 0.
    pub replicate: u32,
    /// The effects.
    pub effects: Vec<TruthCell>,
}

impl Kept for GlobalEffects {
    fn replicate(&self) -> u32 {
        self.replicate
    }
}

/// Runs every replicate once for each arm with everybody in it.
///
/// # Errors
/// See `StudyError`.
pub fn run_everybody(
    scenario: &Scenario,
    options: StudyOptions<'_>,
    progress: &dyn Progress,
    interrupted: &AtomicBool,
) -> Result<Vec<GlobalEffects>, StudyError> {
    let mut alone = scenario.clone();
    // Nobody has a twin where everybody is in one arm.
    alone.file.study.truth = Some(false);
    let stages = Stages::new(&alone);
    let total = scenario.file.study.replicates;
    let kept = options.kept_in.map(|folder| Place { folder, name: JOURNAL.to_owned() });
    let work = Work { digest: &scenario.digest, threads: options.threads, kept, replicates: (0..total).collect() };
    let one = |replicate: u32| {
        let (mut events, mut customer_days) = (0, 0);
        let means: Vec<Vec<f64>> = (0..scenario.file.arms.len())
            .map(|arm| {
                let trial = stages.with(replicate, |stage| stage.run_everybody(replicate, arm));
                events += trial.events;
                customer_days += trial.customer_days;
                means(scenario, &trial.panel)
            })
            .collect();
        Finished { result: GlobalEffects { replicate, effects: effects(scenario, &means) }, events, customer_days }
    };
    let (mut finished, _) = work.finish(&one, progress, interrupted)?;
    finished.retain(|replicate, _| *replicate < total);
    Ok(finished.into_values().collect())
}

/// Mean outcome per customer, window by window, metric by metric; opens per message as the ratio of totals.
fn means(scenario: &Scenario, panel: &Panel) -> Vec<f64> {
    let mut sums = Vec::new();
    let mut mean = |window: std::ops::Range<usize>, metric: Metric| {
        panel.sum(window, metric, &mut sums);
        sums.iter().sum::<f64>() / sums.len().max(1) as f64
    };
    let mut all = Vec::new();
    for window in &scenario.windows {
        for metric in &scenario.metrics {
            let span = Panel::basic_windows(window);
            all.push(match metric {
                Metric::DirectOpensPerMessage => mean(span.clone(), Metric::DirectAppOpens) / mean(span, Metric::Messages),
                other => mean(span, *other),
            });
        }
    }
    all
}

fn effects(scenario: &Scenario, means: &[Vec<f64>]) -> Vec<TruthCell> {
    let metrics = scenario.metrics.len();
    let finite = |number: f64| number.is_finite().then_some(number);
    let mut cells = Vec::new();
    for place in 0..means[0].len() {
        for (arm, of_arm) in means.iter().enumerate().skip(1) {
            cells.push(TruthCell {
                metric: (place % metrics) as u16,
                window: (place / metrics) as u16,
                arm: arm as u16,
                effect: finite(of_arm[place] - means[0][place]),
                denominator: finite(means[0][place]),
                effect_variance: None,
            });
        }
    }
    cells
}
