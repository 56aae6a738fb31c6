//! One replicate trial: the world agenda, the windows between its events, and the panel that comes out.
//!
//! 1. Customers, tastes and the initial library are drawn.
//! 2. In the pre-period everybody lives under the same business as usual.
//! 3. At the start customers are assigned, and every arm goes on from a copy of its customers as they are then.
//! 4. Until the end, day by day: windows close, policies learn, phases change, marketers meet, components are launched, tastes drift;
//!    then all people run alone through the day.
//!
//! Between two world events people cannot influence one another, so they run one after another in seat order (conservative
//! parallel simulation whose lookahead is the learning interval): the result is exact and does not depend on the order.

use crate::curation::Guardrails;
use crate::domain::MAX_VERTICALS;
use crate::experiment::arm::{Arm, ArmPlan, Common};
use crate::experiment::assignment::assign;
use crate::kernel::{Agenda, Instant, SimTime, Streams};
use crate::panel::{Outcome, Panel, Profile, Truth};
use crate::scenario::{PolicyParams, Scenario};
use crate::world::{Blueprint, Customer, Laws, Person, SegmentTastes, Tally, Workshop, draw_customers};

/// Events of the world agenda. All happen at local midnight, in the order of `Instant`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum WorldEvent {
    CloseWindow,
    Learn,
    ChangePhase(usize),
    Review(usize),
    Publish,
    Drift,
}

/// A finished trial.
#[derive(Debug)]
pub struct TrialOutcome {
    /// What an analyst may see.
    pub panel: Panel,
    /// What every customer would have done in every arm, where the scenario asks for it.
    pub truth: Option<Truth>,
    /// What the arms did and cost, by arm; entry 0 of each is the pre-period, shared by all.
    pub ledgers: Vec<crate::experiment::ledger::Ledger>,
    /// Events that were run.
    pub events: u64,
    /// Persons × days; twins count.
    pub customer_days: u64,
    /// Most bytes held per person by any arm.
    pub bytes_per_person: usize,
}

/// The scenario's fixed parts, prepared once for all replicates.
#[derive(Debug)]
pub struct Stage<'a> {
    scenario: &'a Scenario,
    laws: Laws,
    workshop: Workshop,
    guardrails: Guardrails,
    message_costs: Vec<f64>,
}

impl<'a> Stage<'a> {
    /// Prepares a valid scenario.
    pub fn new(scenario: &'a Scenario) -> Self {
        let blueprint = blueprint(scenario);
        let laws = Laws::new(&blueprint);
        let channels: Vec<&str> = scenario.file.channels.iter().map(|channel| channel.name.as_str()).collect();
        Self {
            workshop: Workshop::new(&blueprint, &laws),
            guardrails: Guardrails::new(&scenario.file.guardrails, &channels),
            message_costs: scenario.file.channels.iter().map(|channel| channel.cost_per_message).collect(),
            laws,
            scenario,
        }
    }

    /// The scenario.
    pub fn scenario(&self) -> &'a Scenario {
        self.scenario
    }

    /// Runs replicate `replicate` of the trial.
    pub fn run(&self, replicate: u32) -> TrialOutcome {
        let shares: Vec<f64> = self.scenario.file.arms.iter().map(|arm| arm.share).collect();
        self.run_with_shares(replicate, &shares)
    }

    /// Runs replicate `replicate` with every customer in arm `arm`: the same people in the same world, and nobody to compare with.
    pub fn run_everybody(&self, replicate: u32, arm: usize) -> TrialOutcome {
        let shares: Vec<f64> = (0..self.scenario.file.arms.len()).map(|number| if number == arm { 1.0 } else { 0.0 }).collect();
        self.run_with_shares(replicate, &shares)
    }

    fn run_with_shares(&self, replicate: u32, shares: &[f64]) -> TrialOutcome {
        let streams = Streams::new(self.scenario.file.study.seed, replicate);
        let blueprint = blueprint(self.scenario);
        let customers = draw_customers(&blueprint, &self.laws, &streams);
        let tastes = SegmentTastes::new(&blueprint, &self.laws, &streams);
        let mut trial = Trial { stage: self, streams, customers: &customers, tastes, events: 0 };
        let pre = trial.run_pre();
        let assignment = assign(customers.len() as u32, shares, &streams);
        trial.run_arms(pre, assignment)
    }
}

fn blueprint(scenario: &Scenario) -> Blueprint<'_> {
    Blueprint {
        population: &scenario.file.population,
        channels: &scenario.file.channels,
        content: &scenario.file.content,
        verticals: &scenario.file.verticals,
        competitors: &scenario.file.competitors,
        calendar: &scenario.calendar,
        attribution_window_hours: scenario.file.study.attribution_window_hours,
    }
}

struct Trial<'a> {
    stage: &'a Stage<'a>,
    streams: Streams,
    customers: &'a [Customer],
    tastes: SegmentTastes,
    events: u64,
}

impl Trial<'_> {
    fn common<'b>(stage: &'b Stage<'_>, streams: &'b Streams, customers: &'b [Customer]) -> Common<'b> {
        Common {
            file: &stage.scenario.file,
            laws: &stage.laws,
            streams,
            customers,
            workshop: &stage.workshop,
            guardrails: &stage.guardrails,
        }
    }

    /// Runs the pre-period; the panel's pre window is closed by `run_arms`.
    fn run_pre(&mut self) -> Arm {
        let streams = self.streams;
        let common = Self::common(self.stage, &streams, self.customers);
        let mut pre = Arm::pre(&common, &self.tastes);
        let start = self.stage.scenario.calendar.pre_days();
        for day in 0..start {
            if day > 0 {
                self.tastes.step(day, &self.streams);
            }
            pre.publish(&common, &self.tastes, day);
            pre.begin_day(&common, &self.tastes, day);
            pre.advance(&common, SimTime::at_day(day + 1), day + 1 == start);
        }
        pre.close_ledger(&self.stage.message_costs);
        pre
    }

    fn run_arms(mut self, mut pre: Arm, assignment: Vec<u8>) -> TrialOutcome {
        let (streams, stage) = (self.streams, self.stage);
        let common = Self::common(stage, &streams, self.customers);
        let scenario = stage.scenario;
        let months = scenario.calendar.months() as usize;
        let mut panel = Panel::new(assignment, months + 1, &scenario.metrics);
        let arm_count = scenario.file.arms.len();
        let mut truth =
            scenario.file.records_truth().then(|| Truth::new(panel.customers(), arm_count, months + 1, &scenario.metrics));
        let start = SimTime::at_day(scenario.calendar.pre_days());
        pre.crowd.close_window(|person, tally| {
            let outcome = outcome(person, tally);
            panel.profiles[person.customer as usize] = profile(&common.customers[person.customer as usize], person, start);
            panel.record(0, person.customer as usize, &outcome);
            if let Some(truth) = &mut truth {
                // Before assignment there is one life, the same for every arm.
                truth.record(0, person.customer as usize, &vec![outcome; arm_count]);
            }
        });
        let mut arms = fork_arms(&pre, &common, &panel.assignment, scenario, start);
        arms.iter_mut().for_each(|arm| arm.ledger.closed.clone_from(&pre.ledger.closed));
        let mut customer_days = self.customers.len() as u64 * u64::from(scenario.calendar.pre_days());
        let length = u64::from(scenario.calendar.total_days() - scenario.calendar.pre_days());
        customer_days += arms.iter().map(|arm| arm.crowd.len() as u64 * length).sum::<u64>();
        self.events += pre.outbox.events;
        let mut windows_closed = 0;
        drop(pre);
        let mut agenda = schedule(scenario);
        while let Some((now, event)) = agenda.pop() {
            self.fire(event, now, &common, &mut arms, &mut agenda);
            if event == WorldEvent::CloseWindow {
                windows_closed += 1;
                if let Some(truth) = &mut truth {
                    record_truth(&arms, truth, windows_closed);
                }
                close_window(&mut arms, &mut panel, windows_closed, &stage.message_costs);
            }
            // Once all events of this instant have fired, people live up to the next one.
            match agenda.next_time() {
                Some(next) if next > now => {
                    let closes = (1..=scenario.calendar.months()).any(|month| scenario.calendar.month_start(month) == next.day());
                    arms.iter_mut().for_each(|arm| arm.advance(&common, next, closes));
                }
                _ => {}
            }
        }
        TrialOutcome {
            events: self.events + arms.iter().map(|arm| arm.outbox.events).sum::<u64>(),
            customer_days,
            bytes_per_person: arms.iter().map(Arm::bytes_per_person).max().unwrap_or(0),
            ledgers: arms.into_iter().map(|arm| arm.ledger).collect(),
            panel,
            truth,
        }
    }

    fn fire(&mut self, event: WorldEvent, now: SimTime, common: &Common<'_>, arms: &mut [Arm], agenda: &mut Agenda<WorldEvent>) {
        let day = now.day();
        let file = common.file;
        match event {
            WorldEvent::CloseWindow => {}
            WorldEvent::Learn => {
                let (control, agents) = arms.split_at_mut(1);
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
                let curation = file.phases[phase].curation.as_ref();
                arms.iter_mut().for_each(|arm| arm.begin_phase(curation, file.population.segments.len()));
            }
            WorldEvent::Review(phase) => {
                arms.iter_mut().for_each(|arm| arm.review(common, &self.tastes, day));
                if let Some(curation) = &file.phases[phase].curation {
                    let next = now + curation.review_every_days * crate::kernel::DAY;
                    if next < phase_end(self.stage.scenario, phase) {
                        agenda.schedule(next, Instant::Review, WorldEvent::Review(phase));
                    }
                }
            }
            WorldEvent::Publish => arms.iter_mut().for_each(|arm| arm.publish(common, &self.tastes, day)),
            WorldEvent::Drift => {
                if day > 0 {
                    self.tastes.step(day, &self.streams);
                }
                arms.iter_mut().for_each(|arm| arm.begin_day(common, &self.tastes, day));
            }
        }
    }
}

/// All events of the trial that are known beforehand; reviews add themselves.
fn schedule(scenario: &Scenario) -> Agenda<WorldEvent> {
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
    for (phase, params) in scenario.file.phases.iter().enumerate() {
        let begin = phase_begin(scenario, phase);
        agenda.schedule(begin, Instant::ChangePhase, WorldEvent::ChangePhase(phase));
        if params.curation.is_some() {
            agenda.schedule(begin, Instant::Review, WorldEvent::Review(phase));
        }
    }
    agenda
}

fn phase_begin(scenario: &Scenario, phase: usize) -> SimTime {
    let months = scenario.file.phases[..phase].iter().map(|phase| phase.months).sum();
    SimTime::at_day(scenario.calendar.month_start(months))
}

fn phase_end(scenario: &Scenario, phase: usize) -> SimTime {
    let months = scenario.file.phases[..=phase].iter().map(|phase| phase.months).sum();
    SimTime::at_day(scenario.calendar.month_start(months))
}

/// The arms of the trial. Where truth is recorded every arm holds all customers, those assigned elsewhere as twins, seat by seat.
fn fork_arms(pre: &Arm, common: &Common<'_>, assignment: &[u8], scenario: &Scenario, start: SimTime) -> Vec<Arm> {
    let daily_pool = scenario.file.arms.iter().any(|arm| match &arm.policy {
        PolicyParams::Thompson(params) => matches!(params.reward, crate::agents::RewardKind::DifferenceInDifferences { .. }),
        _ => false,
    });
    let has_twins = scenario.file.records_truth();
    let arms = scenario.file.arms.iter().enumerate();
    arms.map(|(number, params)| {
        let is_assigned = |customer: u32| usize::from(assignment[customer as usize]) == number;
        let seats: Vec<u32> = (0..assignment.len() as u32).filter(|customer| has_twins || is_assigned(*customer)).collect();
        let plan = ArmPlan {
            policy: &params.policy,
            curated: params.is_curated(),
            seats: &seats,
            twin: &|customer| !is_assigned(customer),
            watched_daily: number == 0 && daily_pool,
        };
        Arm::fork(pre, common, &plan, start)
    })
    .collect()
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

fn profile(customer: &Customer, person: &Person, start: SimTime) -> Profile {
    let idle_days = start.day().saturating_sub(person.last_session.day());
    Profile {
        observables: customer.observables,
        reachable: customer.opt_in & !person.left_channels,
        idle_days: idle_days.min(u32::from(u16::MAX)) as u16,
    }
}

fn outcome(person: &Person, tally: &Tally) -> Outcome {
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
