//! A scenario as typed: every field optional but the name, every default visible. What it means is in `Scenario`.

use crate::agents::{BusinessAsUsualParams, RandomParams, ThompsonParams};
use crate::curation::{CurationParams, GenerationParams, GuardrailParams, OnCallParams};
use crate::scenario::UncertainField;
use crate::world::params::{ChannelParams, CompetitorParams, ContentParams, PopulationParams, VerticalParams};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Most replicates a study can have.
pub(crate) const MOST_REPLICATES: u32 = 1_000_000;

/// A scenario file: one trial, written in RON.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScenarioFile {
    /// Name of the scenario; also the name of its output folder. Letters, digits, `_`, `-` and `.`.
    pub name: String,
    /// One line that says what is simulated; the heading of table and charts.
    #[serde(default)]
    pub title: String,
    /// What the scenario is about, in a few sentences.
    #[serde(default)]
    pub description: String,
    /// date, `YYYY-MM-DD`: the day after the pre-period. Assumed.
    #[serde(default = "default_start")]
    pub start: String,
    /// days before the start in which every arm runs the same business as usual: baseline and covariates. Assumed: eight weeks.
    #[serde(default = "default_pre_period_days")]
    pub pre_period_days: u32,
    /// The customers and the laws of their behaviour.
    #[serde(default)]
    pub population: PopulationParams,
    /// Channels messages are sent through.
    #[serde(default = "default_channels")]
    pub channels: Vec<ChannelParams>,
    /// Slots of a message and the initial library.
    #[serde(default)]
    pub content: ContentParams,
    /// Verticals customers convert in.
    #[serde(default = "default_verticals")]
    pub verticals: Vec<VerticalParams>,
    /// Competitors that come and go.
    #[serde(default)]
    pub competitors: Vec<CompetitorParams>,
    /// Rules every message passes.
    #[serde(default)]
    pub guardrails: GuardrailParams,
    /// What happens when, one phase after another. Default: the reference trial's four curated months and seven alone (arXiv 2604.08621).
    #[serde(default = "default_phases")]
    pub phases: Vec<PhaseParams>,
    /// Business as usual in the pre-period, the same for everybody.
    #[serde(default)]
    pub pre_policy: BusinessAsUsualParams,
    /// Arms of the trial; the first one is what the others are compared with.
    #[serde(default = "default_arms")]
    pub arms: Vec<ArmParams>,
    /// Replicates, seed, what is estimated.
    #[serde(default)]
    pub study: StudyParams,
    /// Fields that nobody knows: each replicate draws its own values, so that replicates also vary the world. Nothing is drawn by default.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("default" = []))]
    pub uncertainty: Vec<UncertainField>,
}

/// A phase of the trial.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PhaseParams {
    /// Name of the phase; also the name of its window in the results.
    pub name: String,
    /// months: how many calendar months it lasts.
    pub months: u32,
    /// Marketers who curate the libraries of agent arms during the phase; nobody if not given. A few hours a week are a maintenance dose.
    pub curation: Option<CurationParams>,
    /// People who come back to agent arms when the lift is no longer what it should be; nobody if not given.
    pub on_call: Option<OnCallParams>,
    /// Components that a generative model adds to the libraries of agent arms; none if not given.
    pub generation: Option<GenerationParams>,
}

/// What one arm has in a phase instead of what the phase says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ArmPhaseParams {
    /// Name of the phase.
    pub phase: String,
    /// Marketers who curate the arm's library during the phase; nobody if not given.
    pub curation: Option<CurationParams>,
    /// People who come back to the arm when its lift is no longer what it should be; nobody if not given.
    pub on_call: Option<OnCallParams>,
    /// Components that a generative model adds to the arm's library; none if not given.
    pub generation: Option<GenerationParams>,
}

/// Who and what keeps an arm's library going in a phase.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Upkeep<'a> {
    /// Marketers who curate it.
    pub curation: Option<&'a CurationParams>,
    /// People on call.
    pub on_call: Option<&'a OnCallParams>,
    /// A generative model.
    pub generation: Option<&'a GenerationParams>,
}

/// An arm of the trial.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ArmParams {
    /// Name of the arm.
    pub name: String,
    /// share: part of the customers assigned to it; all shares sum to 1. The reference trial has 0.1 for the control (arXiv 2604.08621).
    pub share: f64,
    /// Who decides about its messages.
    pub policy: PolicyParams,
    /// Whether marketers curate its library in phases that have curation. Default: yes for agents, no for business as usual, which brings its own campaigns.
    pub curated: Option<bool>,
    /// Phases in which the arm has people, or generated content, of its own instead of what the phase says for all.
    pub in_phases: Vec<ArmPhaseParams>,
}

/// Who decides about an arm's messages.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum PolicyParams {
    /// Nobody: no messages at all.
    Silent,
    /// A calendar of campaigns without personalisation.
    BusinessAsUsual(BusinessAsUsualParams),
    /// Hierarchical Thompson sampling, the reference agent.
    Thompson(ThompsonParams),
    /// Uniformly random choices.
    Random(RandomParams),
    /// Knows every customer's true taste: an upper bound for content, channel and hour at the given frequency.
    Oracle(OracleParams),
}

/// The oracle's parameters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OracleParams {
    /// messages per customer and week: its frequency, as business as usual. Assumed.
    pub messages_per_week: u32,
}

/// How the trial is studied.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct StudyParams {
    /// replicates: seeded trials that are run. Assumed: enough for Monte-Carlo errors well below the spread of single trials.
    #[schemars(range(max = MOST_REPLICATES))]
    pub replicates: u32,
    /// any whole number: seed of all randomness.
    pub seed: u64,
    /// Metrics shown in the table and the main chart; all metrics are in the files.
    pub metrics: Vec<String>,
    /// Estimators that are computed; `ml_rate` for the metrics named in `metrics` only, since it grows trees for each.
    pub estimators: Vec<String>,
    /// hours: an open within so many hours of delivery is a direct app open. Industry definition: 24.
    pub attribution_window_hours: f64,
    /// Whether every customer has a twin in each other arm, so that the true effect is known beside every estimate. Moves no estimate; multiplies the customers that are simulated by the number of arms. Default: yes for at most 3 arms and 200,000 customers.
    pub truth: Option<bool>,
}

/// Those that a reader of trials expects, from the plainest to the most precise.
const DEFAULT_ESTIMATORS: [&str; 5] = ["difference_in_means", "difference_in_differences", "cuped", "lin", "ml_rate"];
/// Most arms for which truth is recorded by default.
const TRUTH_MOST_ARMS: usize = 3;
/// Most customers for which truth is recorded by default.
const TRUTH_MOST_CUSTOMERS: u32 = 200_000;

impl ScenarioFile {
    /// The months, from 0, that an arm spends alone after people who curated it have left: the last such stretch, up to the end of the
    /// trial or until people come back. `None` for an arm nobody left.
    pub fn months_alone(&self, arm: &ArmParams) -> Option<std::ops::Range<u32>> {
        let (mut month, mut was_curated, mut alone) = (0, false, None);
        for phase in &self.phases {
            let is_curated = arm.upkeep(phase).curation.is_some();
            let end = month + phase.months;
            alone = match alone {
                _ if was_curated && !is_curated => Some(month..end),
                Some(std::ops::Range { start, end: so_far }) if so_far == month && !is_curated => Some(start..end),
                other => other,
            };
            (month, was_curated) = (end, is_curated);
        }
        alone
    }

    /// Whether twins are simulated and the true effect is recorded, default included; never depends on the machine.
    pub fn records_truth(&self) -> bool {
        let is_small = self.arms.len() <= TRUTH_MOST_ARMS && self.population.size <= TRUTH_MOST_CUSTOMERS;
        self.study.truth.unwrap_or(is_small)
    }
}

impl PhaseParams {
    /// Who and what keeps the libraries of curated arms going.
    pub fn upkeep(&self) -> Upkeep<'_> {
        Upkeep { curation: self.curation.as_ref(), on_call: self.on_call.as_ref(), generation: self.generation.as_ref() }
    }
}

impl ArmPhaseParams {
    /// Who and what keeps the arm's library going.
    pub fn upkeep(&self) -> Upkeep<'_> {
        Upkeep { curation: self.curation.as_ref(), on_call: self.on_call.as_ref(), generation: self.generation.as_ref() }
    }
}

impl Default for PhaseParams {
    fn default() -> Self {
        Self { name: String::new(), months: 1, curation: None, on_call: None, generation: None }
    }
}

impl Default for ArmParams {
    fn default() -> Self {
        Self { name: String::new(), share: 0.5, policy: PolicyParams::Silent, curated: None, in_phases: Vec::new() }
    }
}

impl ArmParams {
    /// Whether marketers curate the arm in phases that have curation, default included: agents are curated, an arm that brings its own
    /// campaigns or sends nothing is not.
    pub fn is_curated(&self) -> bool {
        let brings_its_own = matches!(self.policy, PolicyParams::BusinessAsUsual(_) | PolicyParams::Silent);
        self.curated.unwrap_or(!brings_its_own)
    }

    /// Who and what keeps its library going in a phase.
    pub fn upkeep<'a>(&'a self, phase: &'a PhaseParams) -> Upkeep<'a> {
        if let Some(own) = self.in_phases.iter().find(|own| own.phase == phase.name) {
            return own.upkeep();
        }
        if !self.is_curated() {
            return Upkeep::default();
        }
        phase.upkeep()
    }
}

impl Default for OracleParams {
    fn default() -> Self {
        Self { messages_per_week: 2 }
    }
}

impl Default for StudyParams {
    fn default() -> Self {
        Self {
            replicates: 100,
            seed: 1,
            metrics: ["direct_app_opens", "days_with_engagement", "conversions"].map(str::to_owned).to_vec(),
            estimators: DEFAULT_ESTIMATORS.map(str::to_owned).to_vec(),
            attribution_window_hours: 24.0,
            truth: None,
        }
    }
}

fn default_start() -> String {
    "2025-02-01".to_owned()
}

fn default_pre_period_days() -> u32 {
    56
}

fn default_channels() -> Vec<ChannelParams> {
    vec![ChannelParams::push(), ChannelParams::email()]
}

fn default_verticals() -> Vec<VerticalParams> {
    vec![VerticalParams::default()]
}

fn default_phases() -> Vec<PhaseParams> {
    vec![
        PhaseParams { name: "active".to_owned(), months: 4, curation: Some(CurationParams::default()), ..PhaseParams::default() },
        PhaseParams { name: "passive".to_owned(), months: 7, ..PhaseParams::default() },
    ]
}

fn default_arms() -> Vec<ArmParams> {
    let arm =
        |name: &str, share, policy| ArmParams { name: name.to_owned(), share, policy, curated: None, in_phases: Vec::new() };
    vec![
        arm("control", 0.1, PolicyParams::BusinessAsUsual(BusinessAsUsualParams::default())),
        arm("agents", 0.9, PolicyParams::Thompson(ThompsonParams::default())),
    ]
}
