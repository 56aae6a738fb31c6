//! The course of a trial from its start to its end: what it is in the midst of, and how it goes on.
//!
//! A course can be stopped at an instant and copied with everything in it: people, policies, libraries, teams, ledgers, agenda, tastes and
//! the panel so far. All randomness is addressed, so a copy that goes on under the same rules ends in the same bytes as a trial that was
//! never stopped. This is what lets one shared past have several futures (`timings`).

use crate::agents::{Frozen, Silent};
use crate::curation::{Evidence, OnCallParams};
use crate::domain::{MAX_VERTICALS, Metric};
use crate::experiment::TrialOutcome;
use crate::experiment::arm::{Arm, Common};
use crate::experiment::beliefs::BeliefRow;
use crate::experiment::trial::Stage;
use crate::kernel::{Agenda, Instant, SimTime, Streams};
use crate::panel::{Outcome, Panel, Truth};
use crate::scenario::{Scenario, Upkeep};
use crate::world::{Customer, Mind, Person, SegmentTastes, Tally};

/// Events of the world agenda. All happen at local midnight, in the order of `Instant`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WorldEvent {
    CloseWindow,
    Learn,
    ChangePhase(usize),
    /// People who were called arrive.
    Arrive(Visit),
    /// People who were called leave.
    Leave(Visit),
    Review(Visit),
    Publish,
    Drift,
}

/// People at an arm, as they are staffed at present; void once somebody came or went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Visit {
    arm: usize,
    stint: u32,
}

/// A trial under way.
#[derive(Clone)]
pub(super) struct Course<'a> {
    pub(super) stage: &'a Stage<'a>,
    pub(super) streams: Streams,
    pub(super) customers: &'a [Customer],
    pub(super) tastes: SegmentTastes,
    pub(super) arms: Vec<Arm>,
    pub(super) panel: Panel,
    pub(super) truth: Option<Truth>,
    /// Events of the pre-period, which all arms share.
    pub(super) events_before: u64,
    pub(super) agenda: Agenda<WorldEvent>,
    pub(super) windows_closed: usize,
}

impl<'a> Course<'a> {
    /// Goes on until all that comes before `stop` has happened, or to the end.
    pub(super) fn advance(&mut self, stop: Option<(SimTime, Instant)>) {
        let streams = self.streams;
        let common = self.stage.common(&streams, self.customers);
        while self.agenda.next_moment().is_some_and(|next| stop.is_none_or(|stop| next < stop)) {
            let Some((now, event)) = self.agenda.pop() else { break };
            self.fire(event, now, &common);
            if event == WorldEvent::CloseWindow {
                self.arms.iter_mut().for_each(|arm| arm.take_insight(&common, now));
                self.close_window();
                self.look(now);
            }
            // Once all events of this instant have fired, people live up to the next one.
            match self.agenda.next_moment() {
                Some((next, _)) if next > now => {
                    let calendar = &self.stage.scenario().calendar;
                    let closes = (1..=calendar.months()).any(|month| calendar.month_start(month) == next.day());
                    self.arms.iter_mut().for_each(|arm| arm.advance(&common, next, closes));
                }
                _ => {}
            }
        }
    }

    /// People leave at `now`: every arm goes on with what `upkeep` gives it, arm by arm, and nothing else of the phases to come takes place.
    /// Briefs that are not launched are cancelled and counted.
    pub(super) fn hand_over(&mut self, now: SimTime, upkeep: &[Upkeep<'_>]) {
        self.agenda.retain(|event| {
            !matches!(event, WorldEvent::ChangePhase(_) | WorldEvent::Review(_) | WorldEvent::Arrive(_) | WorldEvent::Leave(_))
        });
        // What fires at this instant comes after the window that ends with it.
        let next_window = self.windows_closed + 1;
        self.begin_phase(now, next_window, upkeep);
    }

    /// A phase begins in every arm.
    fn begin_phase(&mut self, now: SimTime, next_window: usize, upkeep: &[Upkeep<'_>]) {
        for (number, upkeep) in upkeep.iter().enumerate() {
            self.arms[number].begin_phase(*upkeep, now.day(), next_window);
            self.schedule_review(number, now);
        }
    }

    /// The team of an arm, if it has one, meets at `now`.
    fn schedule_review(&mut self, arm: usize, now: SimTime) {
        if self.arms[arm].review_interval_days().is_some() && now < self.stage.scenario().calendar.end() {
            let visit = Visit { arm, stint: self.arms[arm].stint() };
            self.agenda.schedule(now, Instant::Review, WorldEvent::Review(visit));
        }
    }

    /// Those on call look at the months of their watch that are closed, and call people if the lift is gone.
    fn look(&mut self, now: SimTime) {
        for number in 0..self.arms.len() {
            let closed = self.windows_closed;
            let Some(on_call) = self.arms[number].on_call() else { continue };
            let Some(windows) = on_call.windows(closed) else { continue };
            let evidence = evidence(&self.panel, self.stage.scenario(), (number, on_call.params()), windows);
            if let Some(lag_days) = self.arms[number].look(&evidence) {
                let arrives = now + lag_days * crate::kernel::DAY;
                let visit = Visit { arm: number, stint: self.arms[number].stint() };
                self.schedule_visit(arrives, WorldEvent::Arrive(visit));
            }
        }
    }

    /// What would come after the end never comes.
    fn schedule_visit(&mut self, at: SimTime, event: WorldEvent) {
        if at < self.stage.scenario().calendar.end() {
            self.agenda.schedule(at, Instant::ChangePhase, event);
        }
    }

    fn people_arrive(&mut self, visit: Visit, now: SimTime) {
        if self.arms[visit.arm].stint() != visit.stint {
            return;
        }
        if let Some(stay_days) = self.arms[visit.arm].people_arrive() {
            let visit = Visit { stint: self.arms[visit.arm].stint(), ..visit };
            self.schedule_visit(now + stay_days * crate::kernel::DAY, WorldEvent::Leave(visit));
            self.schedule_review(visit.arm, now);
        }
    }

    fn people_leave(&mut self, visit: Visit, now: SimTime) {
        if self.arms[visit.arm].stint() == visit.stint {
            let calendar = &self.stage.scenario().calendar;
            let begins_month = (0..=calendar.months()).any(|month| calendar.month_start(month) == now.day());
            // A month in which people were still here says nothing about the agents alone.
            let next_window = self.windows_closed + if begins_month { 1 } else { 2 };
            self.arms[visit.arm].people_leave(next_window);
        }
    }

    /// From now on, which is before anything that happens at the start of `month`, the phases of another scenario take place that agrees
    /// with this one in everything else.
    pub(super) fn go_on_as(&mut self, stage: &'a Stage<'a>, month: u32) {
        self.agenda.retain(|event| !matches!(event, WorldEvent::ChangePhase(_)));
        self.stage = stage;
        let now = SimTime::at_day(stage.scenario().calendar.month_start(month));
        schedule_phases(stage.scenario(), now, &mut self.agenda);
    }

    /// From now on no policy learns or forgets.
    pub(super) fn freeze_beliefs(&mut self, now: SimTime) {
        for arm in &mut self.arms {
            if let Mind::Policy(policy) = &mut arm.mind {
                let learned = std::mem::replace(policy, Box::new(Silent));
                *policy = Box::new(Frozen::new(learned, now));
            }
        }
    }

    /// Events that were run so far.
    pub(super) fn events(&self) -> u64 {
        self.events_before + self.arms.iter().map(|arm| arm.outbox.events).sum::<u64>()
    }

    /// Persons of all arms; twins count.
    pub(super) fn persons(&self) -> u64 {
        self.arms.iter().map(|arm| arm.crowd.len() as u64).sum()
    }

    /// What the trial came to, at its end.
    pub(super) fn finish(self) -> TrialOutcome {
        let calendar = &self.stage.scenario().calendar;
        let before = self.customers.len() as u64 * u64::from(calendar.pre_days());
        TrialOutcome {
            events: self.events(),
            customer_days: before + self.persons() * u64::from(calendar.total_days() - calendar.pre_days()),
            bytes_per_person: self.arms.iter().map(Arm::bytes_per_person).max().unwrap_or(0),
            beliefs: beliefs_of(&self.arms),
            ledgers: self.arms.into_iter().map(|arm| arm.ledger).collect(),
            panel: self.panel,
            truth: self.truth,
        }
    }

    /// Closes the outcome window that ends now.
    fn close_window(&mut self) {
        self.windows_closed += 1;
        if let Some(truth) = &mut self.truth {
            record_truth(&self.arms, truth, self.windows_closed);
        }
        close_window(&mut self.arms, &mut self.panel, self.windows_closed, &self.stage.message_costs);
    }

    fn fire(&mut self, event: WorldEvent, now: SimTime, common: &Common<'_>) {
        let day = now.day();
        let file = common.file;
        match event {
            WorldEvent::CloseWindow => {}
            WorldEvent::Learn => {
                let (control, agents) = self.arms.split_at_mut(1);
                let seats = control[0].crowd.people().iter().filter(|person| !person.twin).count().max(1);
                let control_sessions = control[0].outbox.sessions_by_day.clone();
                let pool = move |day: u32, days: u32| {
                    let sum = |from: u32, to: u32| (from..to).map(|day| control_sessions[day as usize]).sum::<u64>() as f32;
                    (sum(day, day + days) - sum(day.saturating_sub(days), day)) / seats as f32
                };
                control[0].learn(day, &pool);
                agents.iter_mut().for_each(|arm| arm.learn(day, &pool));
            }
            WorldEvent::ChangePhase(phase) => {
                let upkeep: Vec<Upkeep<'_>> = file.arms.iter().map(|arm| arm.upkeep(&file.phases[phase])).collect();
                self.begin_phase(now, self.windows_closed + 1, &upkeep);
            }
            WorldEvent::Arrive(visit) => self.people_arrive(visit, now),
            WorldEvent::Leave(visit) => self.people_leave(visit, now),
            WorldEvent::Review(visit) => {
                let arm = &mut self.arms[visit.arm];
                if arm.stint() == visit.stint
                    && let Some(interval) = arm.review_interval_days()
                {
                    arm.review(common, &self.tastes, day);
                    self.schedule_review(visit.arm, now + interval * crate::kernel::DAY);
                }
            }
            WorldEvent::Publish => self.arms.iter_mut().for_each(|arm| arm.publish(common, &self.tastes, day)),
            WorldEvent::Drift => {
                if day > 0 {
                    self.tastes.step(day, &self.streams);
                }
                self.arms.iter_mut().for_each(|arm| arm.begin_day(common, &self.tastes, day));
            }
        }
    }
}

/// All events of the trial that are known beforehand; reviews add themselves.
pub(super) fn schedule(scenario: &Scenario) -> Agenda<WorldEvent> {
    let calendar = &scenario.calendar;
    let mut agenda = Agenda::new();
    for day in calendar.pre_days()..calendar.total_days() {
        let now = SimTime::at_day(day);
        agenda.schedule(now, Instant::Learn, WorldEvent::Learn);
        agenda.schedule(now, Instant::Publish, WorldEvent::Publish);
        agenda.schedule(now, Instant::Drift, WorldEvent::Drift);
    }
    for month in 1..=calendar.months() {
        agenda.schedule(SimTime::at_day(calendar.month_start(month)), Instant::CloseWindow, WorldEvent::CloseWindow);
    }
    schedule_phases(scenario, SimTime(0), &mut agenda);
    agenda
}

/// The phases that begin at `from` or later.
fn schedule_phases(scenario: &Scenario, from: SimTime, agenda: &mut Agenda<WorldEvent>) {
    for phase in 0..scenario.file.phases.len() {
        let begin = phase_begin(scenario, phase);
        if begin >= from {
            agenda.schedule(begin, Instant::ChangePhase, WorldEvent::ChangePhase(phase));
        }
    }
}

fn phase_begin(scenario: &Scenario, phase: usize) -> SimTime {
    let months = scenario.file.phases[..phase].iter().map(|phase| phase.months).sum();
    SimTime::at_day(scenario.calendar.month_start(months))
}

/// What those on call look at: the outcome of their metric per customer of the watched arm and of the holdout, summed over windows.
fn evidence(
    panel: &Panel,
    scenario: &Scenario,
    (watched, params): (usize, &OnCallParams),
    windows: std::ops::RangeInclusive<usize>,
) -> Evidence {
    let arms = &scenario.file.arms;
    let holdout = params.holdout.as_ref().and_then(|name| arms.iter().position(|arm| arm.name == *name)).unwrap_or(0);
    let metric = scenario.metrics.iter().copied().find(|metric| metric.name(&scenario.verticals) == params.metric);
    let metric = metric.unwrap_or(Metric::DirectAppOpens);
    let mut sums = vec![0.0; panel.assignment.len()];
    for window in windows {
        sums.iter_mut().zip(panel.column(window, metric)).for_each(|(sum, value)| *sum += f64::from(*value));
    }
    let of = |arm: usize| {
        sums.iter().zip(&panel.assignment).filter(|(_, own)| usize::from(**own) == arm).map(|(sum, _)| *sum).collect()
    };
    Evidence { watched: of(watched), holdout: of(holdout) }
}

/// Records what everybody did in every arm in the window that closes. All arms hold all customers, so seats are customers.
fn record_truth(arms: &[Arm], truth: &mut Truth, window: usize) {
    let mut outcomes = vec![Outcome::default(); arms.len()];
    for seat in 0..arms[0].crowd.len() {
        for (arm, place) in arms.iter().zip(&mut outcomes) {
            let person = &arm.crowd.people()[seat];
            *place = outcome(person, &person.tally);
        }
        truth.record(window, seat, &outcomes);
    }
}

fn close_window(arms: &mut [Arm], panel: &mut Panel, window: usize, message_costs: &[f64]) {
    for arm in arms {
        arm.close_ledger(message_costs);
        arm.crowd.close_window(|person, tally| {
            if !person.twin {
                panel.record(window, person.customer as usize, &outcome(person, tally));
            }
        });
    }
}

/// What the truth recorder found in the arms, in the order arm, month.
fn beliefs_of(arms: &[Arm]) -> Vec<BeliefRow> {
    let numbered = arms.iter().zip(0..).filter_map(|(arm, number)| Some((arm.insight.as_ref()?, number)));
    numbered.flat_map(|(insight, arm)| insight.months.iter().map(move |row| BeliefRow { arm, ..row.clone() })).collect()
}

/// What happened to a person in the window that closes.
pub(super) fn outcome(person: &Person, tally: &Tally) -> Outcome {
    let mut conversions = [0.0; MAX_VERTICALS];
    conversions.iter_mut().zip(tally.conversions).for_each(|(out, count)| *out = f32::from(count));
    Outcome {
        direct_app_opens: f32::from(tally.direct_opens),
        days_with_engagement: f32::from(tally.days_engaged),
        sessions: f32::from(tally.sessions),
        conversions,
        revenue: tally.revenue,
        margin: tally.margin,
        discount_spend: tally.discount_spend,
        messages: f32::from(tally.sent),
        unsubscribes: f32::from(tally.unsubscribes),
        lapsed: f32::from(u8::from(person.lapsed)),
    }
}
