//! The same trial handed over after each of several numbers of months of curation, on common random numbers: what is simulated, and the
//! account of each trial that is kept. What the accounts say is `handoff`'s business.
//!
//! Months before the handoff are curated as the scenario's first curated phase says; after it nobody curates. What lies before a handoff
//! is simulated once per replicate and copied for each future (`Stage::run_timings`).

use crate::domain::{Fault, Metric};
use crate::experiment::journal::Kept;
use crate::experiment::stages::Stages;
use crate::experiment::work::{Finished, Place, Work};
use crate::experiment::{Handoffs, Progress, StudyError, StudyOptions, TrialOutcome};
use crate::panel::Panel;
use crate::scenario::{ArmParams, ArmPhaseParams, PhaseParams, Scenario, Upkeep};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::sync::atomic::AtomicBool;

/// Name of the journal.
pub const HANDOFF_JOURNAL: &str = "handoff.journal";

/// A study of handoffs that makes sense.
#[derive(Clone, Debug)]
pub struct HandoffStudy {
    /// The scenario in which people never leave; no twins.
    pub scenario: Scenario,
    /// The scenario in which people were never there: what comes after them from the start.
    pub after: Scenario,
    /// Handoffs, as months of curation before them, ascending; the number of all months is no handoff at all.
    pub handoffs: Vec<u32>,
    /// Name of the phase whose curation is used.
    pub phase: String,
    /// Sixteen hexadecimal digits that change with everything that can change a kept account.
    pub digest: String,
}

/// Why handoffs of a scenario cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum NoTimings {
    /// No phase has curation.
    #[error("nobody curates in any phase of this scenario, so there is no handoff to time")]
    NobodyCurates,
    /// There is only a control arm.
    #[error("there is no arm beside the control to hand over")]
    NobodyToCompare,
    /// The first arm beside the control is not curated.
    #[error("arm {arm} is not curated, so there is no handoff to time")]
    NotCurated {
        /// Name of the arm.
        arm: String,
    },
    /// A handoff lies after the end.
    #[error("a handoff after {month} months lies beyond the trial, which has {months}")]
    TooLate {
        /// Months asked for.
        month: u32,
        /// Months of the trial.
        months: u32,
    },
    /// A field of a phase is drawn anew in every replicate.
    #[error("{field} is drawn anew in every replicate, but every handoff has phases of its own")]
    UncertainPhase {
        /// The field.
        field: String,
    },
    /// The phases of a handoff make no valid scenario.
    #[error("the phases of a handoff do not fit this scenario")]
    Invalid(Vec<Fault>),
}

impl NoTimings {
    /// How to mend it.
    pub fn hint(&self) -> String {
        match self {
            Self::NobodyCurates => {
                "give a phase marketers, such as `curation: (hours_per_week: 20, cost_per_hour: 38)`".to_owned()
            }
            Self::NobodyToCompare => "add an arm with agents".to_owned(),
            Self::NotCurated { arm } => {
                format!("let people curate it with `--set arms[{arm}].curated=true`, or put a curated arm second")
            }
            Self::TooLate { months, .. } => format!("name months from 0 (never curated) to {months} (always curated)"),
            Self::UncertainPhase { field } => {
                format!("remove {field} from `uncertainty`: `--set uncertainty=[]` removes all of it")
            }
            Self::Invalid(faults) => {
                let told = faults.iter().map(|fault| format!("{} is {}, expected {}", fault.path, fault.value, fault.expected));
                told.collect::<Vec<_>>().join("; ")
            }
        }
    }
}

impl HandoffStudy {
    /// The study of `scenario` with these handoffs, in any order; every month if there are none.
    ///
    /// # Errors
    /// See `NoTimings`.
    pub fn new(scenario: &Scenario, handoffs: &[u32]) -> Result<Self, NoTimings> {
        let months = scenario.calendar.months();
        let mut handoffs = if handoffs.is_empty() { (0..=months).collect() } else { handoffs.to_vec() };
        handoffs.sort_unstable();
        handoffs.dedup();
        if let Some(month) = handoffs.iter().copied().find(|month| *month > months) {
            return Err(NoTimings::TooLate { month, months });
        }
        // A timing has phases of its own, so a field of one of the scenario's would mean another one there.
        if let Some(field) = scenario.worlds.fields.iter().find(|field| field.starts_with("phases")) {
            return Err(NoTimings::UncertainPhase { field: field.clone() });
        }
        let phase = scenario.file.phases[curated_phase(scenario)?].name.clone();
        let after = handoff_scenario(scenario, 0)?;
        let scenario = handoff_scenario(scenario, months)?;
        let digest = Sha256::digest(format!("{} {} {handoffs:?}", scenario.digest, after.digest).as_bytes());
        let digest = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { scenario, after, handoffs, phase, digest })
    }

    /// When people leave, and what comes after them.
    pub fn plan(&self) -> Handoffs<'_> {
        self.plan_with(&self.after)
    }

    /// The plan of a replicate in which what comes after people leave is as in `after`.
    fn plan_with<'a>(&'a self, after: &'a Scenario) -> Handoffs<'a> {
        let after = &after.file;
        Handoffs { months: &self.handoffs, after: after.arms.iter().map(|arm| arm.upkeep(&after.phases[0])).collect() }
    }

    /// Name of the phase that says what comes after people; `None` where nothing does.
    pub fn continued_as(&self) -> Option<String> {
        let phase = &self.after.file.phases[0];
        (self.after.file.arms[1].upkeep(phase) != Upkeep::default()).then(|| phase.name.clone())
    }

    /// The metric whose lift is told: the first of those asked for.
    pub fn metric(&self) -> Metric {
        self.scenario.headline.first().copied().unwrap_or(Metric::DirectAppOpens)
    }
}

/// Position of the first phase in which people curate the first arm beside the control.
fn curated_phase(scenario: &Scenario) -> Result<usize, NoTimings> {
    let arm = scenario.file.arms.get(1).ok_or(NoTimings::NobodyToCompare)?;
    let phases = &scenario.file.phases;
    if !phases.iter().any(|phase| phase.curation.is_some() || arm.upkeep(phase).curation.is_some()) {
        return Err(NoTimings::NobodyCurates);
    }
    let curated = phases.iter().position(|phase| arm.upkeep(phase).curation.is_some());
    curated.ok_or_else(|| NoTimings::NotCurated { arm: arm.name.clone() })
}

/// The scenario with one curated phase of so many months and after it what follows it in the scenario (a maintenance dose, people on call,
/// generated content, or nobody), without twins.
///
/// # Errors
/// If nobody curates in any phase, or the phases do not fit the scenario.
pub fn handoff_scenario(scenario: &Scenario, months_of_curation: u32) -> Result<Scenario, NoTimings> {
    let position = curated_phase(scenario)?;
    let curated = PhaseParams { months: months_of_curation, ..scenario.file.phases[position].clone() };
    let name = if curated.name == "passive" { "alone" } else { "passive" };
    let months = scenario.calendar.months().saturating_sub(months_of_curation);
    let alone = PhaseParams { name: name.to_owned(), ..PhaseParams::default() };
    let after = scenario.file.phases.get(position + 1).cloned().unwrap_or(alone);
    let after = PhaseParams { months, ..after };
    let (curated_name, after_name) = (curated.name.clone(), after.name.clone());
    let mut file = scenario.file.clone();
    file.phases = [curated, after].into_iter().filter(|phase| phase.months > 0).collect();
    let names: Vec<String> = file.phases.iter().map(|phase| phase.name.clone()).collect();
    file.arms.iter_mut().for_each(|arm| expect_people(arm, &curated_name, &after_name));
    file.arms.iter_mut().for_each(|arm| arm.in_phases.retain(|own| names.contains(&own.phase)));
    file.study.truth = Some(false);
    Scenario::from_file(file).map_err(NoTimings::Invalid)
}

/// An arm that gets people of its own after the handoff only is read from the start, as its reports are in a trial run alone: it counts as
/// curated, with nobody there until then.
fn expect_people(arm: &mut ArmParams, curated_name: &str, after_name: &str) {
    let joined = |own: &ArmPhaseParams| own.phase == after_name && (own.curation.is_some() || own.on_call.is_some());
    if arm.is_curated() || !arm.in_phases.iter().any(joined) {
        return;
    }
    if arm.in_phases.iter().all(|own| own.phase != curated_name) {
        arm.in_phases.push(ArmPhaseParams { phase: curated_name.to_owned(), ..ArmPhaseParams::default() });
    }
    arm.curated = Some(true);
}

/// All timings of one replicate, in the order of the study's handoffs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TimingsReplicate {
    /// Number of the replicate, from 0.
    pub replicate: u32,
    /// One trial per handoff.
    pub timings: Vec<TimingAccount>,
}

impl Kept for TimingsReplicate {
    fn replicate(&self) -> u32 {
        self.replicate
    }
}

/// What one trial came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TimingAccount {
    /// Months of curation before the handoff.
    pub handoff_month: u32,
    /// The control arm.
    pub control: ArmAccount,
    /// The first arm beside it.
    pub treated: ArmAccount,
}

/// What an arm did and cost from assignment to the end. Figures of customers are means over those assigned to the arm.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ArmAccount {
    /// The main metric, by month.
    pub outcomes: Vec<f64>,
    /// money per customer: margin net of discounts.
    pub margin: f64,
    /// money per customer: what messages cost.
    pub message_cost: f64,
    /// Messages per customer.
    pub messages: f64,
    /// hours of the whole arm.
    pub human_hours: f64,
    /// money of the whole arm: what these hours cost.
    pub human_cost: f64,
    /// money of the whole arm: what generated components cost.
    pub content_cost: f64,
    /// Briefs cancelled at the handoff.
    pub cancelled_briefs: u64,
}

/// Runs all replicates with all timings, or what is missing of them.
///
/// # Errors
/// See `StudyError`.
pub fn run_handoff(
    study: &HandoffStudy,
    options: StudyOptions<'_>,
    progress: &dyn Progress,
    interrupted: &AtomicBool,
) -> Result<Vec<TimingsReplicate>, StudyError> {
    let stages = Stages::new(&study.scenario);
    let total = study.scenario.file.study.replicates;
    let kept = options.kept_in.map(|folder| Place { folder, name: HANDOFF_JOURNAL.to_owned() });
    let work = Work { digest: &study.digest, threads: options.threads, kept, replicates: (0..total).collect() };
    let one = |replicate: u32| {
        let after = study.after.in_replicate(replicate);
        let handoffs = study.plan_with(&after);
        let mut timings = Vec::with_capacity(study.handoffs.len());
        let mut account = |handoff_month: u32, trial: TrialOutcome| {
            let (control, treated) = (account_of(study, &trial, 0), account_of(study, &trial, 1));
            timings.push(TimingAccount { handoff_month, control, treated });
        };
        let simulated = stages.with(replicate, |stage| stage.run_timings(replicate, &handoffs, &mut account));
        let result = TimingsReplicate { replicate, timings };
        Finished { result, events: simulated.events, customer_days: simulated.customer_days }
    };
    let (mut finished, _) = work.finish(&one, progress, interrupted)?;
    finished.retain(|replicate, _| *replicate < total);
    Ok(finished.into_values().collect())
}

fn account_of(study: &HandoffStudy, trial: &TrialOutcome, arm: usize) -> ArmAccount {
    let months = study.scenario.calendar.months() as usize;
    let of_arm = ArmMeans { panel: &trial.panel, arm: arm as u8 };
    let ledger = trial.ledgers[arm].sum(1..months + 1);
    let customers = trial.panel.assignment.iter().filter(|own| usize::from(**own) == arm).count().max(1) as f64;
    let outcome = |month: usize| match study.metric() {
        Metric::DirectOpensPerMessage => of_arm.sum(month, Metric::DirectAppOpens) / of_arm.sum(month, Metric::Messages).max(1.0),
        metric => of_arm.sum(month, metric) / customers,
    };
    let over_trial = |metric: Metric| (1..=months).map(|month| of_arm.sum(month, metric)).sum::<f64>() / customers;
    ArmAccount {
        outcomes: (1..=months).map(outcome).collect(),
        margin: over_trial(Metric::Margin),
        message_cost: ledger.message_cost / customers,
        messages: over_trial(Metric::Messages),
        human_hours: ledger.work.total_hours(),
        human_cost: ledger.work.cost,
        content_cost: ledger.content_cost,
        cancelled_briefs: ledger.cancelled_briefs,
    }
}

struct ArmMeans<'a> {
    panel: &'a Panel,
    arm: u8,
}

impl ArmMeans<'_> {
    /// Sum of a metric over the arm's customers in a basic window.
    fn sum(&self, window: usize, metric: Metric) -> f64 {
        let all = self.panel.column(window, metric).iter().zip(&self.panel.assignment);
        all.filter(|(_, arm)| **arm == self.arm).map(|(value, _)| f64::from(*value)).sum()
    }
}
