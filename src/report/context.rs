//! What a report must know about a scenario beyond its numbers: title, phases, who curates when, arms. Holds no results.

use crate::domain::Window;
use crate::scenario::{ArmParams, PolicyParams, ScenarioFile, Upkeep};

/// A phase of the trial as the reader sees it: months `first..end`, counted from 0.
#[derive(Clone, Debug, PartialEq)]
pub struct PhaseNote {
    /// Name; also the name of its window.
    pub name: String,
    /// First month, from 0.
    pub first: u32,
    /// Month after the last.
    pub end: u32,
}

/// An arm of the trial as the reader sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct ArmNote {
    /// Name.
    pub name: String,
    /// Share of the customers.
    pub share: f64,
    /// Who decides about its messages, in plain words.
    pub policy: &'static str,
    /// Names of the phases in which people curate its library.
    pub people_in: Vec<String>,
    /// Names of the phases in which people are on call for it.
    pub on_call_in: Vec<String>,
    /// Names of the phases in which a generative model adds to its library.
    pub generated_in: Vec<String>,
    /// Whether something that learns or chooses by itself sends its messages (not a calendar, not nobody).
    pub is_agent: bool,
}

/// What a report must know about a scenario beyond its numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct ReportContext {
    /// Name of the scenario.
    pub scenario: String,
    /// Heading of table and charts; the name where the scenario has no title.
    pub title: String,
    /// What the scenario is about; may be empty.
    pub description: String,
    /// Date of the first day after the pre-period, `YYYY-MM-DD`.
    pub start: String,
    /// Days of the pre-period.
    pub pre_period_days: u32,
    /// Phases in the order of time.
    pub phases: Vec<PhaseNote>,
    /// Windows of the results, with what they span.
    pub windows: Vec<Window>,
    /// Arms; the first is what the others are compared with.
    pub arms: Vec<ArmNote>,
    /// Names of the metrics that the table and the main chart show.
    pub headline_metrics: Vec<String>,
    /// Names of the slots of a message.
    pub slots: Vec<String>,
    /// Names of the audiences, which are those of the segments; empty where people draw audiences anew.
    pub audiences: Vec<String>,
    /// Hours after delivery in which an open counts as a direct app open.
    pub attribution_window_hours: f64,
    /// Real customers that the simulated ones stand for, where they differ.
    pub represents: Option<f64>,
    /// Fields whose values differ between replicates.
    pub varied: Vec<String>,
}

impl ReportContext {
    /// Reads the context off a scenario that has passed its checks.
    pub fn from_scenario(scenario: &ScenarioFile) -> Self {
        let mut months = 0;
        let phases = scenario.phases.iter().map(|phase| {
            let first = months;
            months += phase.months;
            PhaseNote { name: phase.name.clone(), first, end: months }
        });
        let upkeeps = scenario.arms.iter().flat_map(|arm| scenario.phases.iter().map(move |phase| arm.upkeep(phase)));
        let redraws = upkeeps.filter_map(|upkeep| upkeep.curation).any(|curation| curation.redraw.is_some());
        let title = if scenario.title.trim().is_empty() { &scenario.name } else { &scenario.title };
        Self {
            scenario: scenario.name.clone(),
            title: title.trim().to_owned(),
            description: scenario.description.trim().to_owned(),
            start: scenario.start.clone(),
            pre_period_days: scenario.pre_period_days,
            phases: phases.collect(),
            windows: Window::all(scenario.phases.iter().map(|phase| (phase.name.as_str(), phase.months))),
            arms: scenario.arms.iter().map(|arm| arm_note(arm, scenario)).collect(),
            headline_metrics: scenario.study.metrics.clone(),
            slots: scenario.content.slots.iter().map(|slot| slot.name.clone()).collect(),
            audiences: if redraws {
                Vec::new()
            } else {
                scenario.population.segments.iter().map(|segment| segment.name.clone()).collect()
            },
            attribution_window_hours: scenario.study.attribution_window_hours,
            represents: scenario.population.represents,
            varied: scenario.uncertainty.iter().map(|entry| entry.field.trim().to_owned()).collect(),
        }
    }

    /// Calendar months of the trial, the pre-period not counted.
    pub fn months(&self) -> u32 {
        self.phases.last().map_or(0, |phase| phase.end)
    }

    /// The arm that the others are compared with.
    pub fn control(&self) -> &str {
        self.arms.first().map_or("control", |arm| arm.name.as_str())
    }

    /// The arms that are compared with the first one.
    pub fn treated(&self) -> impl Iterator<Item = &ArmNote> {
        self.arms.iter().skip(1)
    }

    /// Whether people curate any of the compared arms in `phase`.
    pub fn is_curated(&self, phase: &PhaseNote) -> bool {
        self.treated().any(|arm| arm.has_people(phase))
    }

    /// Whether people curate some of the compared arms in `phase` and have left others that they curate in another.
    pub fn is_curated_in_part(&self, phase: &PhaseNote) -> bool {
        let mut ever = self.treated().filter(|arm| !arm.people_in.is_empty());
        self.is_curated(phase) && ever.any(|arm| !arm.has_people(phase))
    }

    /// Months, from 0, at whose beginning people leave a curated arm to itself; empty where they stay or never came.
    pub fn handoff_months(&self) -> Vec<u32> {
        let is_left = |pair: &&[PhaseNote]| self.treated().any(|arm| arm.has_people(&pair[0]) && !arm.has_people(&pair[1]));
        let pairs = self.phases.windows(2).filter(is_left);
        pairs.map(|pair| pair[1].first).collect()
    }

    /// Month, from 0, at whose beginning people last left `arm` to itself; `None` if they stay or never came.
    pub fn handoff_of(&self, arm: &ArmNote) -> Option<u32> {
        let mut pairs = self.phases.windows(2).filter(|pair| arm.has_people(&pair[0]) && !arm.has_people(&pair[1]));
        pairs.next_back().map(|pair| pair[1].first)
    }

    /// An audience by its number: named after its segment, or by number where people draw audiences anew.
    pub fn audience(&self, number: u8) -> String {
        self.audiences.get(usize::from(number)).cloned().unwrap_or_else(|| format!("audience {}", u32::from(number) + 1))
    }

    /// The window with this name.
    pub fn window(&self, name: &str) -> Option<&Window> {
        self.windows.iter().find(|window| window.name == name)
    }
}

impl ArmNote {
    /// Whether people curate its library in `phase`.
    pub fn has_people(&self, phase: &PhaseNote) -> bool {
        self.people_in.contains(&phase.name)
    }
}

fn arm_note(arm: &ArmParams, scenario: &ScenarioFile) -> ArmNote {
    let (policy, is_agent) = match &arm.policy {
        PolicyParams::Silent => ("no messages", false),
        PolicyParams::BusinessAsUsual(_) => ("business as usual: a calendar of campaigns without personalisation", false),
        PolicyParams::Thompson(_) => ("agents: hierarchical Thompson sampling", true),
        PolicyParams::Random(_) => ("uniformly random choices", true),
        PolicyParams::Oracle(_) => ("an oracle that knows every customer's taste (upper bound)", true),
    };
    let phases_with = |has: fn(&Upkeep<'_>) -> bool| -> Vec<String> {
        let all = scenario.phases.iter().filter(|phase| has(&arm.upkeep(phase)));
        all.map(|phase| phase.name.clone()).collect()
    };
    ArmNote {
        name: arm.name.clone(),
        share: arm.share,
        policy,
        people_in: phases_with(|upkeep| upkeep.curation.is_some()),
        on_call_in: phases_with(|upkeep| upkeep.on_call.is_some()),
        generated_in: phases_with(|upkeep| upkeep.generation.is_some()),
        is_agent,
    }
}
