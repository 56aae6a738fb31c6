//! One replicate trial: the pre-period, the assignment, and how its course is run to the end. What happens on the way is in `course`.
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
use crate::domain::SentMessage;
use crate::experiment::arm::{Arm, ArmPlan, Common};
use crate::experiment::assignment::assign;
use crate::experiment::beliefs::BeliefRow;
use crate::experiment::course::{Course, outcome, schedule};
use crate::kernel::{Instant, SimTime, Streams};
use crate::panel::{Panel, Profile, Truth};
use crate::scenario::{ArmParams, PolicyParams, Scenario, Upkeep};
use crate::world::{Blueprint, Customer, Laws, Person, SegmentTastes, Workshop, draw_customers};

/// A finished trial.
#[derive(Debug)]
pub struct TrialOutcome {
    /// What an analyst may see.
    pub panel: Panel,
    /// What every customer would have done in every arm, where the scenario asks for it.
    pub truth: Option<Truth>,
    /// What the arms did and cost, by arm; entry 0 of each is the pre-period, shared by all.
    pub ledgers: Vec<crate::experiment::ledger::Ledger>,
    /// What arms decided and believed against what is truly best, by arm and month; empty where truth is not recorded.
    pub beliefs: Vec<BeliefRow>,
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
    pub(super) message_costs: Vec<f64>,
}

impl<'a> Stage<'a> {
    /// Prepares a valid scenario.
    pub fn new(scenario: &'a Scenario) -> Self {
        let blueprint = blueprint(scenario);
        let laws = Laws::new(&blueprint);
        let channels: Vec<&str> = scenario.file.channels.iter().map(|channel| channel.name.as_str()).collect();
        Self {
            workshop: Workshop::new(&blueprint, &laws),
            guardrails: Guardrails::new(&scenario.file.guardrails, &channels, laws.voucher_days()),
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

    /// Runs replicate `replicate` and gives every message that passed the guardrails since the start, by arm.
    pub fn run_audited(&self, replicate: u32) -> (TrialOutcome, Vec<Vec<SentMessage>>) {
        let shares: Vec<f64> = self.scenario.file.arms.iter().map(|arm| arm.share).collect();
        self.with_course(replicate, &shares, |mut course| {
            course.arms.iter_mut().for_each(|arm| arm.outbox.audit = Some(Vec::new()));
            course.advance(None);
            let audits = course.arms.iter_mut().map(|arm| arm.outbox.audit.take().unwrap_or_default()).collect();
            (course.finish(), audits)
        })
    }

    /// Runs replicate `replicate` with every customer in arm `arm`: the same people in the same world, and nobody to compare with.
    pub fn run_everybody(&self, replicate: u32, arm: usize) -> TrialOutcome {
        let shares: Vec<f64> = (0..self.scenario.file.arms.len()).map(|number| if number == arm { 1.0 } else { 0.0 }).collect();
        self.run_with_shares(replicate, &shares)
    }

    /// Runs replicate `replicate` once for each month of `handoffs`: people leave at the start of that month, counted from 0, and what comes
    /// after them stays to the end; at the number of all months they never leave. Each trial equals one that is run alone with its phases written that
    /// way, but what lies before a handoff is simulated once for all. The scenario itself has to be the one in which people never leave.
    ///
    /// Every finished trial is shown to `finished`.
    pub fn run_timings(&self, replicate: u32, handoffs: &Handoffs<'_>, finished: &mut dyn FnMut(u32, TrialOutcome)) -> Simulated {
        let shares: Vec<f64> = self.scenario.file.arms.iter().map(|arm| arm.share).collect();
        self.with_course(replicate, &shares, |mut course| {
            let calendar = &self.scenario.calendar;
            let days = |from: u32, to: u32| u64::from(calendar.month_start(to) - calendar.month_start(from));
            let all = calendar.months();
            let mut simulated = Simulated {
                events: course.events_before,
                customer_days: course.customers.len() as u64 * u64::from(calendar.pre_days()),
            };
            let (mut reached, mut events) = (0, course.events());
            for month in handoffs.months.iter().copied().filter(|month| *month < all) {
                let now = SimTime::at_day(calendar.month_start(month));
                course.advance(Some((now, Instant::ChangePhase)));
                simulated.add(course.events() - events, course.persons() * days(reached, month));
                (reached, events) = (month, course.events());
                let mut alone = course.clone();
                alone.hand_over(now, &handoffs.after);
                alone.advance(None);
                simulated.add(alone.events() - events, alone.persons() * days(month, all));
                finished(month, alone.finish());
            }
            if handoffs.months.contains(&all) {
                course.advance(None);
                simulated.add(course.events() - events, course.persons() * days(reached, all));
                finished(all, course.finish());
            }
            simulated
        })
    }

    fn run_with_shares(&self, replicate: u32, shares: &[f64]) -> TrialOutcome {
        self.with_course(replicate, shares, |mut course| {
            course.advance(None);
            course.finish()
        })
    }

    /// Runs the pre-period of replicate `replicate`, assigns customers, and leaves the rest to `go_on`.
    fn with_course<T>(&self, replicate: u32, shares: &[f64], go_on: impl FnOnce(Course<'_>) -> T) -> T {
        let people = self.people(replicate);
        go_on(self.start(&people, shares))
    }

    /// Draws the customers of replicate `replicate`.
    pub(super) fn people(&self, replicate: u32) -> People {
        let streams = Streams::new(self.scenario.file.study.seed, replicate);
        People { customers: draw_customers(&blueprint(self.scenario), &self.laws, &streams), streams }
    }

    /// Runs the pre-period with these customers and assigns them to arms.
    pub(super) fn start<'b>(&'b self, people: &'b People, shares: &[f64]) -> Course<'b> {
        let People { streams, customers } = people;
        let tastes = SegmentTastes::new(&blueprint(self.scenario), &self.laws, streams);
        let mut trial = Trial { stage: self, streams: *streams, customers, tastes };
        let pre = trial.run_pre();
        let assignment = assign(customers.len() as u32, shares, streams);
        trial.begin(pre, assignment)
    }

    /// What all arms share in one replicate.
    pub(super) fn common<'b>(&'b self, streams: &'b Streams, customers: &'b [Customer]) -> Common<'b> {
        Common {
            file: &self.scenario.file,
            laws: &self.laws,
            streams,
            customers,
            workshop: &self.workshop,
            guardrails: &self.guardrails,
            calendar: &self.scenario.calendar,
        }
    }
}

/// When people leave, and what comes after them.
#[derive(Clone, Debug)]
pub struct Handoffs<'a> {
    /// Months of curation, ascending.
    pub months: &'a [u32],
    /// Upkeep from the handoff on, by arm.
    pub after: Vec<Upkeep<'a>>,
}

/// The customers of one replicate, and its randomness.
pub(super) struct People {
    streams: Streams,
    customers: Vec<Customer>,
}

impl People {
    /// How many customers there are.
    pub(super) fn count(&self) -> u64 {
        self.customers.len() as u64
    }
}

/// How much was simulated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Simulated {
    /// Events that were run.
    pub events: u64,
    /// Persons × days; twins count.
    pub customer_days: u64,
}

impl Simulated {
    /// Adds what was simulated since.
    pub(super) fn add(&mut self, events: u64, customer_days: u64) {
        self.events += events;
        self.customer_days += customer_days;
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
        most_per_discount: scenario.file.guardrails.discount_budget.as_ref().map(|budget| budget.most_per_message),
    }
}

struct Trial<'a> {
    stage: &'a Stage<'a>,
    streams: Streams,
    customers: &'a [Customer],
    tastes: SegmentTastes,
}

impl<'a> Trial<'a> {
    /// Runs the pre-period; the panel's pre window is closed by `begin`.
    fn run_pre(&mut self) -> Arm {
        let streams = self.streams;
        let common = self.stage.common(&streams, self.customers);
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

    /// The trial as it stands at its start: the pre window closed, every arm going on from a copy of its customers.
    fn begin(self, mut pre: Arm, assignment: Vec<u8>) -> Course<'a> {
        let (streams, stage) = (self.streams, self.stage);
        let common = stage.common(&streams, self.customers);
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
        Course {
            stage,
            streams,
            customers: self.customers,
            tastes: self.tastes,
            arms,
            panel,
            truth,
            events_before: pre.outbox.events,
            agenda: schedule(scenario),
            windows_closed: 0,
        }
    }
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
            curated: is_ever_curated(scenario, params),
            seats: &seats,
            twin: &|customer| !is_assigned(customer),
            watched_daily: number == 0 && daily_pool,
            has_insight: has_twins,
        };
        Arm::fork(pre, common, &plan, start)
    })
    .collect()
}

/// Whether a team, or people on call, may ever read the arm's reports.
fn is_ever_curated(scenario: &Scenario, arm: &ArmParams) -> bool {
    let all = scenario.file.phases.iter().map(|phase| arm.upkeep(phase));
    arm.is_curated() || all.into_iter().any(|upkeep| upkeep.curation.is_some() || upkeep.on_call.is_some())
}

fn profile(customer: &Customer, person: &Person, start: SimTime) -> Profile {
    let idle_days = start.day().saturating_sub(person.last_session.day());
    Profile {
        observables: customer.observables,
        reachable: customer.opt_in & !person.left_channels,
        idle_days: idle_days.min(u32::from(u16::MAX)) as u16,
    }
}
