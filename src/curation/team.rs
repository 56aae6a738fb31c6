//! A curating team: at every review it reads its report, retires what does worst and briefs new components, within its hours.
//!
//! What: the hours of a review period are spent on the review itself, then on components. Each new component goes to the slot whose worst
//! judged component lags furthest behind its slot, and is made for an audience drawn in proportion to its share of the messages. A
//! component is made to what that audience wants at the time of the brief, as well as the team's skill allows, and launched after the
//! production lag. Assumptions: readings are noisy and lag behind; components with too few messages are not judged. Unspent hours are kept for one
//! more review and then lost. Failure: with less than `hours_per_review` nothing happens and nothing is paid.

use crate::curation::CurationParams;
use crate::curation::report::{Response, ResponseLog};
use crate::domain::{ComponentId, Library};
use crate::kernel::Draws;

/// A team at work in one phase.
#[derive(Clone, Debug)]
pub struct Team {
    params: CurationParams,
    carried_hours: f64,
}

/// What a team decides in a review.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decisions {
    /// Hours worked, the review included.
    pub hours: f64,
    /// Components to retire now.
    pub retire: Vec<ComponentId>,
    /// Components to make: slot and audience.
    pub briefs: Vec<(usize, u8)>,
}

/// A judged component: its reading against the mean of its slot, in log-odds.
#[derive(Clone, Copy, Debug)]
struct Judged {
    id: ComponentId,
    slot: usize,
    behind: f32,
}

impl Team {
    /// A team with valid parameters that begins its work.
    pub fn new(params: &CurationParams) -> Self {
        Self { params: params.clone(), carried_hours: 0.0 }
    }

    /// The team's parameters.
    pub fn params(&self) -> &CurationParams {
        &self.params
    }

    /// One review. `draws` are those of this review alone.
    pub fn review(&mut self, library: &Library, log: &ResponseLog, draws: &mut Draws) -> Decisions {
        let period = self.params.hours_per_week * f64::from(self.params.review_every_days) / 7.0;
        let hours = period + self.carried_hours;
        if hours < self.params.hours_per_review {
            self.carried_hours = hours;
            return Decisions::default();
        }
        let affordable = ((hours - self.params.hours_per_review) / self.params.hours_per_component).floor();
        let visible = log.visible(library);
        let mut judged = self.judge(library, log, &visible, draws);
        judged.sort_by(|a, b| a.behind.total_cmp(&b.behind));
        let retire = self.worst(library, &judged);
        let briefs = (0..affordable as usize)
            .map(|number| (self.slot_for(number, library, &judged), audience_for(log, &visible, draws)))
            .collect();
        let worked = self.params.hours_per_review + affordable * self.params.hours_per_component;
        self.carried_hours = (hours - worked).min(period);
        Decisions { hours: worked, retire, briefs }
    }

    /// Readings of all live components with a large enough sample, worst first within equal noise.
    fn judge(&self, library: &Library, log: &ResponseLog, visible: &[Response], draws: &mut Draws) -> Vec<Judged> {
        let mut judged = Vec::new();
        for (slot, shelf) in library.shelves.iter().enumerate() {
            let mut readings = Vec::new();
            for id in shelf.live.iter().filter_map(|position| library.at(slot, *position)) {
                // One draw per live component, judged or not, so that samples do not shift the noise of others.
                let noise = self.params.noise as f32 * draws.normal();
                let first = usize::from(id.0) * log.audiences();
                let sum = |field: fn(&Response) -> u32| visible[first..first + log.audiences()].iter().map(field).sum::<u32>();
                let (sent, opened) = (sum(|r| r.sent), sum(|r| r.opened));
                if sent >= self.params.minimum_sample {
                    let odds = (opened as f32 + 0.5) / ((sent - opened.min(sent)) as f32 + 0.5);
                    readings.push((id, crate::kernel::portable::ln(odds) + noise));
                }
            }
            let mean = readings.iter().map(|(_, reading)| reading).sum::<f32>() / readings.len().max(1) as f32;
            judged.extend(readings.into_iter().map(|(id, reading)| Judged { id, slot, behind: reading - mean }));
        }
        judged
    }

    /// Components that are retired: in each slot at most a share of the live ones, and only such as lag behind their slot.
    fn worst(&self, library: &Library, judged: &[Judged]) -> Vec<ComponentId> {
        let mut retire = Vec::new();
        for (slot, shelf) in library.shelves.iter().enumerate() {
            let most = (shelf.live.len() as f64 * self.params.retire_share).floor() as usize;
            let behind = judged.iter().filter(|component| component.slot == slot && component.behind < 0.0);
            retire.extend(behind.take(most).map(|component| component.id));
        }
        retire
    }

    /// The slot of the `number`-th new component: slots in order of how far their worst component lags behind.
    fn slot_for(&self, number: usize, library: &Library, judged: &[Judged]) -> usize {
        let mut order: Vec<usize> = Vec::new();
        for slot in judged.iter().map(|component| component.slot).chain(0..library.slot_count()) {
            if !order.contains(&slot) {
                order.push(slot);
            }
        }
        order[number % order.len()]
    }
}

/// An audience, drawn in proportion to its share of the messages in the report; uniformly if there are none.
fn audience_for(log: &ResponseLog, visible: &[Response], draws: &mut Draws) -> u8 {
    let mut sent = vec![0_u64; log.audiences()];
    for (cell, response) in visible.iter().enumerate() {
        sent[cell % log.audiences()] += u64::from(response.sent);
    }
    let total: u64 = sent.iter().sum();
    let u = f64::from(draws.unit());
    if total == 0 {
        return ((u * log.audiences() as f64) as usize).min(log.audiences() - 1) as u8;
    }
    let mut sum = 0;
    for (audience, count) in sent.iter().enumerate() {
        sum += count;
        if u * (total as f64) < sum as f64 {
            return audience as u8;
        }
    }
    (log.audiences() - 1) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Component, MessageReport, Origin};
    use crate::kernel::{Address, Purpose, SimTime, Streams};

    fn library() -> Library {
        let mut library = Library::new(&[4, 3]);
        for (slot, position) in [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1)] {
            library.launch(Component {
                slot,
                position,
                origin: Origin::Initial,
                audience: None,
                discount: 0.0,
                promotes: None,
                brand_safety: 1.0,
                launched_day: 0.0,
                retired: None,
            });
        }
        library
    }

    fn log(library: &Library) -> ResponseLog {
        let mut log = ResponseLog::new(2, 0, 28);
        log.begin_day();
        for message in 0..6_000_u32 {
            let theme = (message % 3) as u8;
            let opened = message % 100 < if theme == 2 { 1 } else { 9 };
            let positions = [theme, (message / 3 % 2) as u8, 0, 0, 0, 0];
            let report = MessageReport { tag: None, channel: 0, positions, sent: SimTime(0), opened, reward: 0.0 };
            log.note(library, u8::from(message % 4 == 0), &report);
        }
        log
    }

    #[test]
    fn the_worst_component_goes_and_the_hours_are_kept() {
        let (library, params) = (library(), CurationParams { noise: 0.0, retire_share: 0.34, ..CurationParams::default() });
        let streams = Streams::new(1, 0);
        let mut draws = streams.draws(Purpose::Review, Address { unit: 0, counter: 0 });
        let decisions = Team::new(&params).review(&library, &log(&library), &mut draws);
        assert_eq!(decisions.retire, [ComponentId(2)]);
        assert_eq!(decisions.briefs.len(), 4, "20 hours less 2 for the review buy four components at 4.5 hours");
        assert!((decisions.hours - 20.0).abs() < 1e-9);
        assert_eq!(decisions.briefs[0].0, 0, "the slot whose worst lags furthest comes first");
    }

    #[test]
    fn a_team_without_hours_does_nothing_and_costs_nothing() {
        let (library, params) = (library(), CurationParams { hours_per_week: 0.0, ..CurationParams::default() });
        let streams = Streams::new(1, 0);
        let mut draws = streams.draws(Purpose::Review, Address { unit: 0, counter: 0 });
        assert_eq!(Team::new(&params).review(&library, &log(&library), &mut draws), Decisions::default());
    }
}
