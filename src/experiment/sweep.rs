//! Sweeps: every cell × replicate is a trial of its own, on random numbers that cells share; what is simulated, and the little of each trial
//! that is kept. What the trials say together is `sweep_summary`'s business.

use crate::domain::Metric;
use crate::experiment::journal::Kept;
use crate::experiment::stages::Stages;
use crate::experiment::work::{Finished, Place, Work};
use crate::experiment::{Progress, StudyError, StudyOptions, TrialOutcome};
use crate::panel::Truth;
use crate::scenario::{Scenario, Sweep};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::ops::Range;
use std::sync::atomic::AtomicBool;

/// Name of the journal.
pub const SWEEP_JOURNAL: &str = "sweep.journal";

/// A sweep that is ready to run.
#[derive(Clone, Debug)]
pub struct SweepStudy {
    /// Fields and cells.
    pub sweep: Sweep,
    /// Replicates of every cell.
    pub replicates: u32,
    /// Sixteen hexadecimal digits that change with everything that can change a kept trial: the digests of all cells, in their order.
    pub digest: String,
}

/// More trials than can be numbered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{trials} trials are more than can be numbered")]
pub struct TooManyTrials {
    /// Cells × replicates.
    pub trials: u64,
}

impl SweepStudy {
    /// The study of a sweep.
    ///
    /// # Errors
    /// If there are more than 2³² trials.
    pub fn new(sweep: Sweep) -> Result<Self, TooManyTrials> {
        let replicates = sweep.cells.first().map_or(0, |cell| cell.scenario.file.study.replicates);
        let trials = u64::from(replicates) * sweep.cells.len() as u64;
        if trials > u64::from(u32::MAX) {
            return Err(TooManyTrials { trials });
        }
        let digests: Vec<&str> = sweep.cells.iter().map(|cell| cell.scenario.digest.as_str()).collect();
        let digest = Sha256::digest(format!("sweep {}", digests.join(" ")).as_bytes());
        let digest = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { sweep, replicates, digest })
    }

    /// Cells × replicates.
    pub fn trials(&self) -> u32 {
        self.sweep.cells.len() as u32 * self.replicates
    }

    /// Whether effects are those of twins; otherwise they are differences in means of those assigned.
    pub fn has_truth(&self) -> bool {
        self.sweep.cells.iter().all(|cell| cell.scenario.file.records_truth())
    }
}

/// A stretch of a trial that a sweep tells the lift of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SweptWindow {
    /// A phase's name, `last_month`, `trial`, or `last_curated_month` before people left.
    pub name: String,
    /// Months from 0.
    pub months: Range<u32>,
}

/// Name of the window that is the last month.
pub const LAST_MONTH: &str = "last_month";
/// Name of the window that is the last month before people left the first compared arm.
pub const LAST_CURATED_MONTH: &str = "last_curated_month";

/// The windows of a scenario in a sweep: phases, last month, whole trial, and the last curated month where people leave.
pub fn swept_windows(scenario: &Scenario) -> Vec<SweptWindow> {
    let (mut windows, mut month) = (Vec::new(), 0);
    for phase in &scenario.file.phases {
        windows.push(SweptWindow { name: phase.name.clone(), months: month..month + phase.months });
        month += phase.months;
    }
    windows.push(SweptWindow { name: LAST_MONTH.to_owned(), months: month.saturating_sub(1)..month });
    windows.push(SweptWindow { name: "trial".to_owned(), months: 0..month });
    let left = scenario.file.arms.get(1).and_then(|arm| scenario.file.months_alone(arm));
    if let Some(last) = left.and_then(|alone| alone.start.checked_sub(1)) {
        windows.push(SweptWindow { name: LAST_CURATED_MONTH.to_owned(), months: last..last + 1 });
    }
    windows
}

/// What one trial of a sweep came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SweptTrial {
    /// Number of the trial: replicate × cells + cell.
    pub trial: u32,
    /// The arms, the control first.
    pub arms: Vec<SweptArm>,
}

/// What an arm did and cost from assignment to the end.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SweptArm {
    /// Mean outcomes per customer, of everybody where truth is recorded and else of those assigned: window by window (`swept_windows`),
    /// headline metric by headline metric; `None` for a ratio without messages.
    pub outcomes: Vec<Option<f64>>,
    /// money per customer: margin net of discounts, of everybody or of those assigned as above.
    pub margin: f64,
    /// money per customer assigned: what messages cost.
    pub message_cost: f64,
    /// Messages per customer assigned.
    pub messages: f64,
    /// hours of the whole arm.
    pub human_hours: f64,
    /// money of the whole arm: what these hours cost.
    pub human_cost: f64,
    /// money of the whole arm: what generated components cost.
    pub content_cost: f64,
    /// Customers that money per customer stands for in this replicate.
    pub represents: f64,
}

impl Kept for SweptTrial {
    fn replicate(&self) -> u32 {
        self.trial
    }
}

/// Runs all trials of a sweep, or what is missing of them, and gives them by cell, each in the order of replicates.
///
/// # Errors
/// See `StudyError`; what it counts are trials.
pub fn run_sweep(
    study: &SweepStudy,
    options: StudyOptions<'_>,
    progress: &dyn Progress,
    interrupted: &AtomicBool,
) -> Result<Vec<Vec<SweptTrial>>, StudyError> {
    let cells = study.sweep.cells.len() as u32;
    let kept = options.kept_in.map(|folder| Place { folder, name: SWEEP_JOURNAL.to_owned() });
    // Replicate by replicate, so that a sweep that is interrupted has told something of every cell.
    let trials = (0..study.trials()).collect();
    let work = Work { digest: &study.digest, threads: options.threads, kept, replicates: trials };
    let one = |trial: u32| {
        let (cell, replicate) = (&study.sweep.cells[(trial % cells) as usize], trial / cells);
        // A stage costs little beside a trial, and thousands of them would fill the memory.
        Stages::new(&cell.scenario).with(replicate, |stage| {
            let outcome = stage.run(replicate);
            let result = SweptTrial { trial, arms: arms_of(stage.scenario(), &outcome) };
            Finished { result, events: outcome.events, customer_days: outcome.customer_days }
        })
    };
    let (finished, _) = work.finish(&one, progress, interrupted)?;
    let mut by_cell: Vec<Vec<SweptTrial>> = vec![Vec::with_capacity(study.replicates as usize); cells as usize];
    for (number, trial) in finished.into_iter().filter(|(number, _)| *number < study.trials()) {
        by_cell[(number % cells) as usize].push(trial);
    }
    Ok(by_cell)
}

fn arms_of(scenario: &Scenario, trial: &TrialOutcome) -> Vec<SweptArm> {
    let months = scenario.calendar.months() as usize;
    let mut means = Means { trial, sums: Vec::new() };
    let windows = swept_windows(scenario);
    let arm = |arm: usize| {
        let customers = trial.panel.assignment.iter().filter(|own| usize::from(**own) == arm).count().max(1) as f64;
        let ledger = trial.ledgers[arm].sum(1..months + 1);
        let mut outcomes = Vec::new();
        for window in &windows {
            for metric in &scenario.headline {
                outcomes.push(means.of(arm, window.months.start as usize + 1..window.months.end as usize + 1, *metric));
            }
        }
        SweptArm {
            outcomes,
            margin: means.of(arm, 1..months + 1, Metric::Margin).unwrap_or(0.0),
            message_cost: ledger.message_cost / customers,
            messages: ledger.sent.iter().sum::<u64>() as f64 / customers,
            human_hours: ledger.work.total_hours(),
            human_cost: ledger.work.cost,
            content_cost: ledger.content_cost,
            represents: scenario.represented(),
        }
    };
    (0..scenario.file.arms.len()).map(arm).collect()
}

/// Mean outcomes of arms.
struct Means<'a> {
    trial: &'a TrialOutcome,
    sums: Vec<f64>,
}

impl Means<'_> {
    fn of(&mut self, arm: usize, windows: Range<usize>, metric: Metric) -> Option<f64> {
        match &self.trial.truth {
            Some(truth) => of_everybody(truth, arm, windows, metric),
            None => self.of_assigned(arm, windows, metric),
        }
    }

    fn of_assigned(&mut self, arm: usize, windows: Range<usize>, metric: Metric) -> Option<f64> {
        if metric == Metric::DirectOpensPerMessage {
            let opens = self.of_assigned(arm, windows.clone(), Metric::DirectAppOpens)?;
            let messages = self.of_assigned(arm, windows, Metric::Messages)?;
            return Some(opens / messages).filter(|ratio| ratio.is_finite());
        }
        let panel = &self.trial.panel;
        panel.sum(windows, metric, &mut self.sums);
        let own = self.sums.iter().zip(&panel.assignment).filter(|(_, assigned)| usize::from(**assigned) == arm);
        let (sum, count) = own.fold((0.0, 0_u32), |(sum, count), (value, _)| (sum + value, count + 1));
        (count > 0).then(|| sum / f64::from(count))
    }
}

/// Everybody's mean in an arm, as themselves or as twins.
fn of_everybody(truth: &Truth, arm: usize, windows: Range<usize>, metric: Metric) -> Option<f64> {
    // Of the first arm no effect is asked, but what there is without any.
    let known = truth.effect(arm, windows, metric)?;
    Some(known.without + known.effect)
}
