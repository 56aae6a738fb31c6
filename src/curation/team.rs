//! A curating team: at every review it reads its report, answers alerts, tightens caps, draws audiences anew, retires what does worst and
//! briefs new components, within its hours.
//!
//! What: the hours of a review period are spent on the review itself, then on alerts, caps and audiences, and what is left on components.
//! Each new component goes to the slot whose worst judged component lags furthest behind its slot, and is made for an audience drawn by its share of the
//! messages. A component is made to what that audience wants at the time of the brief, as well as the team's skill allows, and launched after the
//! production lag. Assumptions: readings are noisy and lag behind; components with too few messages are not judged; with a `test_level` only
//! what a test of two proportions finds worse is retired, and the noise of the reading plays no part. Unspent hours are kept for one
//! more review and then lost. Failure: with less than `hours_per_review` nothing happens and nothing is paid.

use crate::curation::report::{Response, ResponseLog};
use crate::curation::{CurationParams, Guardrails};
use crate::domain::{ChannelCounts, ComponentId, Done, Expectation, Library, MAX_CHANNELS, Work};
use crate::kernel::Draws;
use crate::stats::distributions::Normal;

/// A team at work in one phase.
#[derive(Clone, Debug)]
pub struct Team {
    params: CurationParams,
    carried_hours: f64,
    /// Day of the next redraw of audiences, once one took place.
    next_redraw: Option<u32>,
}

/// What lies on the table at a review.
#[derive(Clone, Copy, Debug)]
pub struct Table<'a> {
    /// Day of the review.
    pub day: u32,
    /// What is live.
    pub library: &'a Library,
    /// How it did.
    pub log: &'a ResponseLog,
    /// Messages and leavers by channel since the last review.
    pub channels: &'a ChannelCounts,
    /// The rules as they stand.
    pub guardrails: &'a Guardrails,
    /// Alerts of the kill switch nobody has answered yet.
    pub alerts: u32,
}

/// What a team decides in a review.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decisions {
    /// All that was done, with its hours.
    pub done: Vec<Done>,
    /// Components to retire now.
    pub retire: Vec<ComponentId>,
    /// Components to make: slot and audience.
    pub briefs: Vec<(usize, u8)>,
    /// New weekly caps by channel.
    pub caps: Vec<(usize, u8)>,
    /// Number of audiences to draw anew.
    pub redraw: Option<u32>,
    /// Whether stopped channels open again.
    pub answers_alerts: bool,
}

/// A judged component: its reading against the mean of its slot, in log-odds.
#[derive(Clone, Copy, Debug)]
struct Judged {
    id: ComponentId,
    slot: usize,
    behind: f32,
    /// Whether it is bad enough to go.
    may_go: bool,
}

/// Hours that are left in a review.
struct Purse {
    left: f64,
    done: Vec<Done>,
}

impl Purse {
    /// Spends hours on a piece of work, if they are there.
    fn spend(&mut self, work: Work, hours: f64) -> bool {
        let is_affordable = hours <= self.left + 1e-9;
        if is_affordable {
            self.left -= hours;
            self.done.push(Done { work, hours });
        }
        is_affordable
    }
}

impl Team {
    /// A team with valid parameters that begins its work.
    pub fn new(params: &CurationParams) -> Self {
        Self { params: params.clone(), carried_hours: 0.0, next_redraw: None }
    }

    /// The team's parameters.
    pub fn params(&self) -> &CurationParams {
        &self.params
    }

    /// One review. `draws` are those of this review alone.
    pub fn review(&mut self, table: &Table<'_>, draws: &mut Draws) -> Decisions {
        let period = self.params.hours_per_week * f64::from(self.params.review_every_days) / 7.0;
        let mut purse = Purse { left: period + self.carried_hours, done: Vec::new() };
        if period <= 0.0 || !purse.spend(Work::Review, self.params.hours_per_review) {
            self.carried_hours = purse.left;
            return Decisions::default();
        }
        let answered = (0..table.alerts).filter(|_| purse.spend(Work::Alert, self.params.hours_per_alert)).count();
        let caps = self.changed_caps(table, &mut purse);
        let redraw = self.redraw(table.day, &mut purse);
        let visible = table.log.visible(table.library);
        let mut judged = self.judge(table, &visible, draws);
        judged.sort_by(|a, b| a.behind.total_cmp(&b.behind));
        let retire = self.worst(table.library, &judged);
        let mut briefs = Vec::new();
        while purse.spend(Work::Component, self.params.hours_per_component) {
            briefs.push((self.slot_for(briefs.len(), table.library, &judged), self.audience_for(table.log, &visible, draws)));
        }
        self.carried_hours = purse.left.min(period);
        Decisions { done: purse.done, retire, briefs, caps, redraw, answers_alerts: answered > 0 }
    }

    /// Caps that fall because too many customers leave, or rise again because few do.
    fn changed_caps(&self, table: &Table<'_>, purse: &mut Purse) -> Vec<(usize, u8)> {
        let Some(rule) = &self.params.tighten_caps else { return Vec::new() };
        let mut caps = Vec::new();
        for channel in 0..MAX_CHANNELS {
            let (cap, counts) = (table.guardrails.weekly_cap(channel), table.channels[channel]);
            let Some(rate) = counts.left_per_thousand().filter(|_| counts.sent >= u64::from(self.params.minimum_sample)) else {
                continue;
            };
            // Where there is no cap, the first one is a week's days.
            let from = cap.min(7);
            let is_high = rate > rule.unsubscribes_per_thousand && u32::from(from) > rule.lowest;
            let is_low = rate < 0.5 * rule.unsubscribes_per_thousand && table.guardrails.is_tightened(channel);
            let wanted = if is_high { from - 1 } else { cap.saturating_add(1) };
            if (is_high || is_low) && purse.spend(Work::Cap, rule.hours) {
                caps.push((channel, wanted));
            }
        }
        caps
    }

    fn redraw(&mut self, day: u32, purse: &mut Purse) -> Option<u32> {
        let rule = self.params.redraw.as_ref()?;
        let is_due = self.next_redraw.is_none_or(|next| day >= next);
        (is_due && purse.spend(Work::Redraw, rule.hours)).then(|| {
            self.next_redraw = Some(day + rule.every_days);
            rule.audiences
        })
    }

    /// What the team tells agents of a new component: the slot's response as it reads it. `None` if its word has no weight or nothing is known.
    pub fn expectation(&self, library: &Library, log: &ResponseLog, slot: usize) -> Option<Expectation> {
        let visible = log.visible(library);
        let of_slot = library.shelves[slot].live.iter().filter_map(|position| library.at(slot, *position));
        let all = of_slot.flat_map(|id| log.of_component(&visible, id)).fold(Response::default(), |sum, own| sum.and(*own));
        (self.params.prior_weight > 0.0 && all.sent >= self.params.minimum_sample)
            .then(|| Expectation { mean: all.opened as f32 / all.sent as f32, weight: self.params.prior_weight as f32 })
    }

    /// Readings of all live components with a large enough sample, worst first within equal noise.
    fn judge(&self, table: &Table<'_>, visible: &[Response], draws: &mut Draws) -> Vec<Judged> {
        let mut judged = Vec::new();
        for (slot, shelf) in table.library.shelves.iter().enumerate() {
            let mut readings = Vec::new();
            for id in shelf.live.iter().filter_map(|position| table.library.at(slot, *position)) {
                // One draw per live component, judged or not, so that samples do not shift the noise of others.
                let noise = self.params.noise as f32 * draws.normal();
                let own = table.log.of_component(visible, id).iter().fold(Response::default(), |sum, own| sum.and(*own));
                if own.sent >= self.params.minimum_sample {
                    readings.push((id, own, own.log_odds() + if self.params.test_level.is_some() { 0.0 } else { noise }));
                }
            }
            let mean = readings.iter().map(|(_, _, reading)| reading).sum::<f32>() / readings.len().max(1) as f32;
            let all = readings.iter().fold(Response::default(), |sum, (_, own, _)| sum.and(*own));
            judged.extend(readings.into_iter().map(|(id, own, reading)| {
                let behind = reading - mean;
                Judged { id, slot, behind, may_go: behind < 0.0 && self.is_found_worse(own, all.without(own)) }
            }));
        }
        judged
    }

    /// Whether a test of two proportions, pooled and one-sided, finds `own` below `rest`; always where the team does not test.
    fn is_found_worse(&self, own: Response, rest: Response) -> bool {
        let Some(level) = self.params.test_level else { return true };
        let Some(critical) = Normal.quantile(level) else { return false };
        let (n1, n2) = (f64::from(own.sent), f64::from(rest.sent));
        let (p1, p2) = (f64::from(own.opened) / n1, f64::from(rest.opened) / n2);
        let pooled = (p1 * n1 + p2 * n2) / (n1 + n2);
        let error = (pooled * (1.0 - pooled) * (1.0 / n1 + 1.0 / n2)).sqrt();
        error > 0.0 && (p1 - p2) / error < critical
    }

    /// Components that are retired: in each slot at most a share of the live ones, and only such as lag behind their slot.
    fn worst(&self, library: &Library, judged: &[Judged]) -> Vec<ComponentId> {
        let mut retire = Vec::new();
        for (slot, shelf) in library.shelves.iter().enumerate() {
            let most = (shelf.live.len() as f64 * self.params.retire_share).floor() as usize;
            let behind = judged.iter().filter(|component| component.slot == slot && component.may_go);
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

    /// An audience, drawn by its share of the messages in the report; uniformly if there are none.
    fn audience_for(&self, log: &ResponseLog, visible: &[Response], draws: &mut Draws) -> u8 {
        let mut sent = vec![0.0_f64; log.audiences()];
        for (cell, response) in visible.iter().enumerate() {
            sent[cell % log.audiences()] += f64::from(response.sent);
        }
        let power = self.params.attention_to_big_audiences;
        // The power of 1 is left alone: it keeps the counts exact.
        let weights: Vec<f64> = sent.iter().map(|count| if power == 1.0 { *count } else { libm::pow(*count, power) }).collect();
        let total: f64 = weights.iter().sum();
        let u = f64::from(draws.unit());
        if sent.iter().sum::<f64>() == 0.0 {
            return ((u * log.audiences() as f64) as usize).min(log.audiences() - 1) as u8;
        }
        let mut sum = 0.0;
        for (audience, weight) in weights.iter().enumerate() {
            sum += weight;
            if u * total < sum {
                return audience as u8;
            }
        }
        (log.audiences() - 1) as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::curation::{GuardrailParams, RedrawParams, TightenCapsParams};
    use crate::domain::{ChannelCount, Component, MessageReport, Origin};
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
                approved: true,
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

    fn review(params: &CurationParams, change: impl FnOnce(&mut Table<'_>)) -> Decisions {
        let library = library();
        let log = log(&library);
        let streams = Streams::new(1, 0);
        let guardrails = Guardrails::new(&GuardrailParams::default(), &["push"], 1);
        let mut channels = ChannelCounts::default();
        channels[0] = ChannelCount { sent: 1000, left: 20 };
        let mut table = Table { day: 70, library: &library, log: &log, channels: &channels, guardrails: &guardrails, alerts: 0 };
        change(&mut table);
        Team::new(params).review(&table, &mut streams.draws(Purpose::Review, Address { unit: 0, counter: 0 }))
    }

    fn hours(decisions: &Decisions) -> f64 {
        decisions.done.iter().map(|done| done.hours).sum()
    }

    #[test]
    fn the_worst_component_goes_and_the_hours_are_kept() {
        let params = CurationParams { noise: 0.0, retire_share: 0.34, ..CurationParams::default() };
        let decisions = review(&params, |_| ());
        assert_eq!(decisions.retire, [ComponentId(2)]);
        assert_eq!(decisions.briefs.len(), 4, "20 hours less 2 for the review buy four components at 4.5 hours");
        assert!((hours(&decisions) - 20.0).abs() < 1e-9);
        assert_eq!(decisions.briefs[0].0, 0, "the slot whose worst lags furthest comes first");
    }

    #[test]
    fn a_team_that_tests_retires_only_what_is_found_worse() {
        let params = CurationParams { noise: 10.0, retire_share: 1.0, test_level: Some(0.01), ..CurationParams::default() };
        assert_eq!(review(&params, |_| ()).retire, [ComponentId(2)], "1 % against 9 % is found, equal halves of slot 1 are not");
    }

    #[test]
    fn alerts_caps_and_audiences_come_before_components_and_cost_their_hours() {
        let params = CurationParams {
            noise: 0.0,
            redraw: Some(RedrawParams { audiences: 5, every_days: 28, hours: 6.0 }),
            tighten_caps: Some(TightenCapsParams { unsubscribes_per_thousand: 5.0, lowest: 1, hours: 0.5 }),
            hours_per_alert: 1.0,
            ..CurationParams::default()
        };
        let decisions = review(&params, |table| table.alerts = 2);
        let kinds: Vec<Work> = decisions.done.iter().map(|done| done.work).collect();
        let expected = [Work::Review, Work::Alert, Work::Alert, Work::Cap, Work::Redraw, Work::Component, Work::Component];
        assert_eq!(kinds, expected, "20 hours less 2, 2, 0.5 and 6 buy two components");
        assert_eq!(decisions.redraw, Some(5));
        assert_eq!(decisions.caps, [(0, 6)], "20 of 1,000 left a channel without a cap");
        assert!(decisions.answers_alerts);
    }

    #[test]
    fn attention_to_big_audiences_sends_new_components_there() {
        let share = |power: f64| {
            let params =
                CurationParams { hours_per_week: 2000.0, attention_to_big_audiences: power, ..CurationParams::default() };
            let briefs = review(&params, |_| ()).briefs;
            briefs.iter().filter(|(_, audience)| *audience == 0).count() as f64 / briefs.len() as f64
        };
        // A quarter of the messages went to audience 1.
        for (power, expected) in [(0.0, 0.5), (1.0, 0.75), (2.0, 0.9)] {
            let error = (expected * (1.0 - expected) / 440.0_f64).sqrt();
            assert!((share(power) - expected).abs() < 4.0 * error, "power {power}: {}", share(power));
        }
    }

    #[test]
    fn a_team_without_hours_does_nothing_and_costs_nothing() {
        let params = CurationParams { hours_per_week: 0.0, ..CurationParams::default() };
        assert_eq!(review(&params, |_| ()), Decisions::default());
    }
}
