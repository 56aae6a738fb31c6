//! The mechanisms by which a lift can fade after the handoff, and what it means to switch each of them off.
//!
//! Four belong to the world and are off from the first day of the pre-period on, in every arm; two belong to the trial and are off
//! from the handoff on, so that the phase before it is the same with them and without.
//!
//! | mechanism | on | off |
//! |---|---|---|
//! | taste drift | tastes of segments and customers drift and turn | everybody keeps the taste of day 0; trend breaks do not happen |
//! | novelty | a component pulls more when it is new | it never does: boost 0 |
//! | wear-out | what a customer has seen pulls less for a while | it does not: penalty 0 |
//! | fatigue | messages tire: fewer opens, more unsubscribing, more lapse; discounts lose their pull | they do none of it |
//! | end of curation | after the handoff comes what the scenario's later phases say: nobody, fewer hours, people on call, generated content | the curated phase goes on to the end of the trial |
//! | learning | agents go on learning and forgetting after the handoff | beliefs stay what they were at the handoff |
//!
//! With learning off, what was launched in the last days before the handoff, and after it if curation goes on, is never learned about: agents
//! go on trying it as if it were new. So the part of learning holds what they find out about components that were new at the handoff, and a
//! handoff soon after a launch makes it large.
//!
//! What is left with all of them off is the remainder: novelty of people rather than of content (habit, lapse, return), channels that customers
//! have left for good, seasons, competitors, and the start of the trial itself, since the first phase holds the agents' first weeks.
//! Not here: what is simulated (`futures`, `coalitions`) and what it says (`attribution`).

use crate::scenario::{ArmParams, PhaseParams, PolicyParams, ScenarioFile};
use serde::{Deserialize, Serialize};

/// A half-life so long that nothing moves, to the last bit of single precision.
const NEVER_DAYS: f64 = f64::MAX;
/// Arms that are compared: the control and the first beside it.
const COMPARED: usize = 2;

/// A mechanism that can be switched off. Those of the world come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mechanism {
    /// Tastes move away from what content was made for.
    TasteDrift,
    /// The pull of new content fades.
    Novelty,
    /// What a customer has seen pulls less.
    WearOut,
    /// Messages and discounts tire.
    Fatigue,
    /// People stop curating.
    EndOfCuration,
    /// Agents go on learning and forgetting.
    Learning,
}

impl Mechanism {
    /// All of them, those of the world first.
    pub const ALL: [Self; 6] =
        [Self::TasteDrift, Self::Novelty, Self::WearOut, Self::Fatigue, Self::EndOfCuration, Self::Learning];

    /// Its name in files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TasteDrift => "taste_drift",
            Self::Novelty => "novelty",
            Self::WearOut => "wear_out",
            Self::Fatigue => "fatigue",
            Self::EndOfCuration => "end_of_curation",
            Self::Learning => "learning",
        }
    }

    /// Whether it belongs to the world and so shapes the time before the handoff too.
    pub const fn is_of_world(self) -> bool {
        matches!(self, Self::TasteDrift | Self::Novelty | Self::WearOut | Self::Fatigue)
    }

    /// Why it has no strength in this scenario, in words; `None` if it has.
    pub fn absence(self, file: &ScenarioFile) -> Option<&'static str> {
        let population = &file.population;
        let compared = || file.arms.iter().take(COMPARED);
        let (is_present, why) = match self {
            Self::TasteDrift => (tastes_move(file), "tastes do not move"),
            Self::Novelty => (population.novelty.boost != 0.0, "new content has no boost"),
            Self::WearOut => (population.wear_out.penalty > 0.0, "exposures cost nothing"),
            Self::Fatigue => (messages_tire(file) || discounts_tire(file), "messages and discounts tire nobody"),
            Self::EndOfCuration => (curation_changes(file), "nobody stops curating the compared arms"),
            Self::Learning => (compared().any(learns), "no compared arm learns"),
        };
        (!is_present).then_some(why)
    }

    /// Switches it off in a scenario. Learning is no field of a scenario: for it nothing changes here (see `futures`).
    pub fn switch_off(self, file: &mut ScenarioFile) {
        let population = &mut file.population;
        match self {
            Self::TasteDrift => {
                let drift = &mut population.drift;
                (drift.segment_half_life_days, drift.customer_half_life_days) = (NEVER_DAYS, NEVER_DAYS);
                drift.breaks.clear();
            }
            Self::Novelty => population.novelty.boost = 0.0,
            Self::WearOut => population.wear_out.penalty = 0.0,
            Self::Fatigue => {
                (population.fatigue.open_penalty, population.fatigue.unsubscribe_growth) = (0.0, 0.0);
                (population.lapse.fatigue_growth, population.offers.fatigue_per_offer) = (0.0, 0.0);
            }
            Self::EndOfCuration => curate_to_the_end(file),
            Self::Learning => {}
        }
    }
}

/// Position of the first phase in which people curate some arm.
pub(super) fn first_curated(file: &ScenarioFile) -> Option<usize> {
    let is_curated =
        |phase: &PhaseParams| phase.curation.is_some() || file.arms.iter().any(|arm| arm.upkeep(phase).curation.is_some());
    file.phases.iter().position(is_curated)
}

/// Extends the first curated phase, with what each arm has in it, over all that follow it.
fn curate_to_the_end(file: &mut ScenarioFile) {
    let Some(curated) = first_curated(file) else { return };
    let later = file.phases.drain(curated + 1..).map(|phase| phase.months).sum::<u32>();
    file.phases[curated].months += later;
    let names: Vec<String> = file.phases.iter().map(|phase| phase.name.clone()).collect();
    file.arms.iter_mut().for_each(|arm| arm.in_phases.retain(|own| names.contains(&own.phase)));
}

/// Whether a compared arm has people, or generated content, after the first curated phase other than in it, or none.
fn curation_changes(file: &ScenarioFile) -> bool {
    let Some(curated) = first_curated(file) else { return false };
    let at_work = |arm: &ArmParams, phase: usize| {
        let mut upkeep = arm.upkeep(&file.phases[phase]);
        upkeep.curation = upkeep.curation.filter(|params| params.hours_per_week > 0.0);
        (upkeep.curation.cloned(), upkeep.on_call.cloned(), upkeep.generation.cloned())
    };
    let changes = |arm: &ArmParams| (curated + 1..file.phases.len()).any(|phase| at_work(arm, phase) != at_work(arm, curated));
    file.arms.iter().take(COMPARED).any(changes)
}

fn tastes_move(file: &ScenarioFile) -> bool {
    let (taste, drift) = (&file.population.taste, &file.population.drift);
    let turns = drift.breaks.iter().any(|turn| turn.angle_degrees != 0.0);
    (taste.strength > 0.0 && (drift.segment_half_life_days < NEVER_DAYS || turns))
        || (taste.spread > 0.0 && drift.customer_half_life_days < NEVER_DAYS)
}

fn messages_tire(file: &ScenarioFile) -> bool {
    let (fatigue, lapse) = (&file.population.fatigue, &file.population.lapse);
    let unsubscribes = file.channels.iter().any(|channel| channel.unsubscribe > 0.0);
    let costs = fatigue.open_penalty > 0.0
        || (fatigue.unsubscribe_growth > 0.0 && unsubscribes)
        || (lapse.fatigue_growth > 0.0 && lapse.hazard_per_day > 0.0);
    costs && file.channels.iter().any(|channel| channel.fatigue_weight > 0.0)
}

fn discounts_tire(file: &ScenarioFile) -> bool {
    let of_components = file.content.slots.iter().flat_map(|slot| slot.discounts.iter().copied());
    let usual = file.arms.iter().filter_map(|arm| match &arm.policy {
        PolicyParams::BusinessAsUsual(params) => Some(params),
        _ => None,
    });
    let triggers = usual.chain([&file.pre_policy]).filter_map(|params| params.idle_trigger.as_ref());
    let own_rules = triggers.map(|trigger| trigger.discount);
    file.population.offers.fatigue_per_offer > 0.0 && of_components.chain(own_rules).any(|discount| discount > 0.0)
}

fn learns(arm: &ArmParams) -> bool {
    matches!(arm.policy, PolicyParams::Thompson(_))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Overrides, Scenario, Source};

    fn file(fields: &str) -> ScenarioFile {
        let text = format!("(name: \"small\", {fields})");
        Scenario::load(&Source::new("test.ron", &text), &Overrides::new()).expect("a valid scenario").file
    }

    #[test]
    fn what_is_switched_off_is_absent_and_nothing_else_is() {
        for off in Mechanism::ALL.into_iter().filter(|mechanism| *mechanism != Mechanism::Learning) {
            let mut changed = file("");
            off.switch_off(&mut changed);
            let absent = Mechanism::ALL.into_iter().filter(|mechanism| mechanism.absence(&changed).is_some());
            assert_eq!(absent.collect::<Vec<_>>(), [off]);
            assert!(Scenario::from_file(changed).is_ok(), "{off:?}");
        }
    }

    #[test]
    fn switching_drift_off_leaves_strength_and_spread_of_tastes_as_they_are() {
        let mut changed = file("population: (drift: (breaks: [(day: 30)]))");
        let before = changed.population.taste.clone();
        Mechanism::TasteDrift.switch_off(&mut changed);
        assert_eq!(changed.population.taste, before);
    }

    #[test]
    fn the_absent_are_told_with_their_reason() {
        let nobody_learns = file("arms: [(name: \"a\", share: 0.5), (name: \"b\", share: 0.5, policy: Random())]");
        assert_eq!(Mechanism::Learning.absence(&nobody_learns), Some("no compared arm learns"));
        let still = file("population: (taste: (strength: 0, spread: 0))");
        assert!(Mechanism::TasteDrift.absence(&still).is_some());
        let discounts = "content: (slots: [(name: \"offer\", discounts: [0.1])])";
        let free = "fatigue: (open_penalty: 0, unsubscribe_growth: 0), lapse: (fatigue_growth: 0)";
        assert!(Mechanism::Fatigue.absence(&file(&format!("population: ({free})"))).is_some());
        assert_eq!(Mechanism::Fatigue.absence(&file(&format!("population: ({free}), {discounts}"))), None);
        let same = "phases: [(name: \"x\", months: 1, curation: ()), (name: \"y\", months: 1, curation: ())]";
        assert!(Mechanism::EndOfCuration.absence(&file(same)).is_some());
        let fewer = same.replacen("curation: ())]", "curation: (hours_per_week: 2))]", 1);
        assert_eq!(Mechanism::EndOfCuration.absence(&file(&fewer)), None);
    }
}
