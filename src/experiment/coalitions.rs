//! The same trial with every combination of its mechanisms switched on, on common random numbers: what is simulated, and what is kept of
//! each trial. What it says is `attribution`'s business; what "off" means is told in `mechanisms`.
//!
//! A *coalition* is the set of mechanisms that are on. For each set of mechanisms of the world the time before the handoff is simulated once
//! and goes on in up to four futures (`futures`). The handoff is the end of the first curated phase. Effects are those of the first arm
//! beside the control, on the first metric asked for, known from twins.

use crate::domain::{Fault, Metric};
use crate::experiment::futures::{Fork, Future};
use crate::experiment::journal::Kept;
use crate::experiment::mechanisms::{Mechanism, first_curated};
use crate::experiment::work::{Finished, Place, Work};
use crate::experiment::{Progress, Stage, StudyError, StudyOptions, TrialOutcome};
use crate::panel::Truth;
use crate::scenario::Scenario;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::ops::Range;
use std::sync::atomic::AtomicBool;

/// Name of the journal.
pub const ATTRIBUTION_JOURNAL: &str = "attribution.journal";
/// The arm whose lift is told: the first beside the control.
pub(super) const TREATED: usize = 1;

/// A study of why the lift fades, one that makes sense.
#[derive(Clone, Debug)]
pub struct AttributionStudy {
    /// The scenario as it is written, with twins.
    pub scenario: Scenario,
    /// The mechanisms that can be switched off, in the order of `Mechanism::ALL`; a coalition has a bit for each of them.
    pub mechanisms: Vec<Mechanism>,
    /// Those that have no strength in this scenario.
    pub absent: Vec<AbsentMechanism>,
    /// First month of the phase before the handoff, from 0.
    pub curated_from: u32,
    /// Months before the handoff.
    pub handoff_month: u32,
    /// Sixteen hexadecimal digits that change with everything that can change a kept account.
    pub digest: String,
    worlds: Vec<World>,
    futures: Vec<Future>,
}

/// The scenario with some mechanisms of the world.
#[derive(Clone, Debug)]
struct World {
    as_written: Scenario,
    curated_on: Scenario,
}

/// A mechanism without strength.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct AbsentMechanism {
    /// The mechanism.
    pub mechanism: Mechanism,
    /// Why it can do nothing here, in words.
    pub reason: &'static str,
}

/// Why nothing can be said about the fading of a scenario's lift.
#[derive(Debug, thiserror::Error)]
pub enum NoAttribution {
    /// No phase has curation.
    #[error("nobody curates in any phase of this scenario, so there is no handoff after which a lift could fade")]
    NobodyCurates,
    /// The first curated phase lasts to the end.
    #[error("phase {phase} lasts to the end of the trial, so there is no handoff after which a lift could fade")]
    NobodyLeaves {
        /// Name of the phase.
        phase: String,
    },
    /// Replicates draw some fields anew.
    #[error("{field} is drawn anew in every replicate, and mechanisms are switched off in one world")]
    Uncertain {
        /// The first of these fields.
        field: String,
    },
    /// A scenario with a mechanism switched off makes no sense.
    #[error("the scenario cannot be run with twins and mechanisms switched off")]
    Invalid(Vec<Fault>),
}

impl NoAttribution {
    /// How to mend it.
    pub fn hint(&self) -> String {
        match self {
            Self::NobodyCurates => {
                "give the first phase marketers, such as `curation: (hours_per_week: 20, cost_per_hour: 38)`".to_owned()
            }
            Self::Uncertain { .. } => "`--set uncertainty=[]` keeps the world as it is written".to_owned(),
            Self::NobodyLeaves { phase } => format!("let another phase follow {phase}, such as (name: \"passive\", months: 7)"),
            Self::Invalid(faults) => {
                let told = faults.iter().map(|fault| format!("{} is {}, expected {}", fault.path, fault.value, fault.expected));
                told.collect::<Vec<_>>().join("; ")
            }
        }
    }
}

impl AttributionStudy {
    /// The study of `scenario`.
    ///
    /// # Errors
    /// See `NoAttribution`.
    pub fn new(scenario: &Scenario) -> Result<Self, NoAttribution> {
        if let Some(field) = scenario.worlds.fields.first() {
            return Err(NoAttribution::Uncertain { field: field.clone() });
        }
        let phases = &scenario.file.phases;
        let curated = first_curated(&scenario.file).ok_or(NoAttribution::NobodyCurates)?;
        let curated_from = phases[..curated].iter().map(|phase| phase.months).sum();
        let handoff_month = curated_from + phases[curated].months;
        if handoff_month >= scenario.calendar.months() {
            return Err(NoAttribution::NobodyLeaves { phase: phases[curated].name.clone() });
        }
        let absence =
            |mechanism: Mechanism| mechanism.absence(&scenario.file).map(|reason| AbsentMechanism { mechanism, reason });
        let absent: Vec<AbsentMechanism> = Mechanism::ALL.into_iter().filter_map(absence).collect();
        let mechanisms: Vec<Mechanism> = Mechanism::ALL.into_iter().filter(|own| own.absence(&scenario.file).is_none()).collect();
        let of_world = mechanisms.iter().filter(|mechanism| mechanism.is_of_world()).count();
        let world = |on: usize| {
            let all_later = (1 << mechanisms.len()) - (1 << of_world);
            let as_written = coalition_scenario(scenario, &mechanisms, on | all_later)?;
            let mut file = as_written.file.clone();
            Mechanism::EndOfCuration.switch_off(&mut file);
            Ok(World { as_written, curated_on: Scenario::from_file(file).map_err(NoAttribution::Invalid)? })
        };
        let worlds = (0..1 << of_world).map(world).collect::<Result<Vec<World>, NoAttribution>>()?;
        let later = mechanisms[of_world..].to_vec();
        let is_off = |on: usize, mechanism: Mechanism| {
            later.iter().position(|own| *own == mechanism).is_some_and(|place| on >> place & 1 == 0)
        };
        let future = |on: usize| Future {
            curation_goes_on: is_off(on, Mechanism::EndOfCuration),
            learning_stops: is_off(on, Mechanism::Learning),
        };
        let futures = (0..1 << later.len()).map(future).collect();
        let scenario = worlds[worlds.len() - 1].as_written.clone();
        let digest = Sha256::digest(format!("{} attribution {mechanisms:?}", scenario.digest).as_bytes());
        let digest = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { scenario, mechanisms, absent, curated_from, handoff_month, digest, worlds, futures })
    }

    /// The metric whose lift is told: the first of those asked for.
    pub fn metric(&self) -> Metric {
        self.scenario.headline.first().copied().unwrap_or(Metric::DirectAppOpens)
    }

    /// How many coalitions there are: trials of one replicate.
    pub fn coalitions(&self) -> usize {
        self.worlds.len() * self.futures.len()
    }

    /// Shared pasts of one replicate.
    pub fn pasts(&self) -> usize {
        self.worlds.len()
    }

    /// Trials that all replicates take.
    pub fn trials(&self) -> u64 {
        self.coalitions() as u64 * u64::from(self.scenario.file.study.replicates)
    }
}

/// The scenario with those of `mechanisms` switched off that have no bit in `coalition`, and with twins. Learning is no field of a scenario:
/// its bit changes nothing here.
///
/// # Errors
/// If the changed scenario does not fit together.
pub fn coalition_scenario(scenario: &Scenario, mechanisms: &[Mechanism], coalition: usize) -> Result<Scenario, NoAttribution> {
    let mut file = scenario.file.clone();
    file.study.truth = Some(true);
    for (place, mechanism) in mechanisms.iter().enumerate() {
        if coalition >> place & 1 == 0 {
            mechanism.switch_off(&mut file);
        }
    }
    Scenario::from_file(file).map_err(NoAttribution::Invalid)
}

/// All futures of one world in one replicate: what the journal keeps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WorldAccount {
    /// Number of the replicate × worlds + number of the world.
    pub number: u32,
    /// One trial per future.
    pub futures: Vec<TrialMeans>,
}

impl Kept for WorldAccount {
    fn replicate(&self) -> u32 {
        self.number
    }
}

/// What one trial came to, in twin means.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrialMeans {
    /// The phase before the handoff.
    pub active: TwinMeans,
    /// All months after it.
    pub passive: TwinMeans,
    /// Month by month, from the start of the trial.
    pub months: Vec<TwinMeans>,
}

/// Mean outcome per customer, over all customers of the trial, had they all been in an arm as it was. Not a number where nothing was sent
/// and the metric is a share of messages.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TwinMeans {
    /// In the control arm.
    pub control: f64,
    /// In the first arm beside it.
    pub treated: f64,
}

/// Runs all replicates with all coalitions, or what is missing of them; gives, replicate by replicate, the trial of each coalition.
///
/// # Errors
/// See `StudyError`; its numbers count shared pasts, `AttributionStudy::pasts` for each replicate.
pub fn run_attribution(
    study: &AttributionStudy,
    options: StudyOptions<'_>,
    progress: &dyn Progress,
    interrupted: &AtomicBool,
) -> Result<Vec<Vec<TrialMeans>>, StudyError> {
    let stages: Vec<(Stage<'_>, Stage<'_>)> =
        study.worlds.iter().map(|world| (Stage::new(&world.as_written), Stage::new(&world.curated_on))).collect();
    let worlds = stages.len() as u32;
    let total = study.scenario.file.study.replicates * worlds;
    let kept = options.kept_in.map(|folder| Place { folder, name: ATTRIBUTION_JOURNAL.to_owned() });
    let work = Work { digest: &study.digest, threads: options.threads, kept, replicates: (0..total).collect() };
    let one = |number: u32| {
        let (as_written, curated_on) = &stages[(number % worlds) as usize];
        let fork = Fork { as_written, curated_on, handoff_month: study.handoff_month };
        let mut futures = Vec::with_capacity(study.futures.len());
        let mut account = |_: Future, trial: TrialOutcome| futures.extend(trial.truth.map(|truth| means(study, &truth)));
        let simulated = fork.run(number / worlds, &study.futures, &mut account);
        let result = WorldAccount { number, futures };
        Finished { result, events: simulated.events, customer_days: simulated.customer_days }
    };
    let (mut finished, _) = work.finish(&one, progress, interrupted)?;
    finished.retain(|number, _| *number < total);
    let accounts: Vec<WorldAccount> = finished.into_values().collect();
    Ok(accounts.chunks(worlds as usize).map(by_coalition).collect())
}

/// The trials of one replicate in the order of coalitions: worlds count by the lower bits, futures by the higher ones.
fn by_coalition(worlds: &[WorldAccount]) -> Vec<TrialMeans> {
    let futures = worlds.first().map_or(0, |world| world.futures.len());
    (0..futures).flat_map(|future| worlds.iter().map(move |world| world.futures[future].clone())).collect()
}

fn means(study: &AttributionStudy, truth: &Truth) -> TrialMeans {
    let over = |months: Range<u32>| {
        let windows = months.start as usize + 1..months.end as usize + 1;
        let effect = truth.effect(TREATED, windows, study.metric());
        effect.map_or(TwinMeans { control: f64::NAN, treated: f64::NAN }, |effect| TwinMeans {
            control: effect.without,
            treated: effect.without + effect.effect,
        })
    };
    let months = study.scenario.calendar.months();
    TrialMeans {
        active: over(study.curated_from..study.handoff_month),
        passive: over(study.handoff_month..months),
        months: (0..months).map(|month| over(month..month + 1)).collect(),
    }
}
