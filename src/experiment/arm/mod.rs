//! One arm at work: its policy, library, people and humans, and the ledger of what it did and cost. How components reach its shelves is in
//! `content`, what people do for it in `humans`.

mod content;
mod humans;

use crate::agents::{BusinessAsUsual, Random, Silent, Surroundings, Thompson};
use crate::curation::{CampaignTeam, Generator, Guardrails, OnCall};
use crate::domain::{Feedback, Library, MAX_CHANNELS, MessageReport, Report, RewardRule};
use crate::experiment::insight::Insight;
use crate::experiment::ledger::Ledger;
use crate::kernel::{Address, Calendar, Purpose, SimTime, Streams};
use crate::scenario::{PolicyParams, ScenarioFile};
use crate::world::{
    Crowd, Customer, DayTable, Decisions, LatentContent, Laws, Memory, Mind, Novelty, Observer, Oracle, Outbox, Passage,
    SegmentTastes, Workshop, understanding,
};
use content::{Waiting, stock};
use humans::Bench;

/// What all arms share and none may change.
#[derive(Clone, Copy)]
pub struct Common<'a> {
    /// The scenario.
    pub file: &'a ScenarioFile,
    /// Laws of behaviour.
    pub laws: &'a Laws,
    /// Randomness of the replicate.
    pub streams: &'a Streams,
    /// All customers.
    pub customers: &'a [Customer],
    /// Makes components.
    pub workshop: &'a Workshop,
    /// The guardrails every arm begins with.
    pub guardrails: &'a Guardrails,
    /// The days of the trial.
    pub calendar: &'a Calendar,
}

impl Common<'_> {
    /// A number that changes with the calendar month.
    fn month_of(&self, day: u32) -> u32 {
        let date = self.calendar.date(day);
        date.year() as u32 * 12 + date.month() as u32
    }
}

/// One arm.
#[derive(Clone)]
pub struct Arm {
    /// Who decides.
    pub mind: Mind,
    /// Its people.
    pub crowd: Crowd,
    /// What it did and cost.
    pub ledger: Ledger,
    /// What people left behind.
    pub outbox: Outbox,
    /// What it decided and believed, where truth is recorded.
    pub insight: Option<Insight>,
    library: Library,
    latent: LatentContent,
    table: DayTable,
    /// The team of business as usual, and how well its campaigns are aimed.
    campaigns: Option<(CampaignTeam, f32)>,
    /// Its rules: the scenario's, as people and the kill switch have changed them.
    guardrails: Guardrails,
    bench: Option<Bench>,
    on_call: Option<OnCall>,
    generator: Option<Generator>,
    /// Components that are made and not launched.
    waiting: Vec<Waiting>,
    briefs_made: u32,
    generated: u32,
    reviews: u32,
    /// Alerts nobody has answered.
    open_alerts: u32,
    /// How often people came or went.
    stint: u32,
    /// Number of audiences.
    audiences: usize,
    /// Shares of the segments in audiences that were drawn anew, by audience.
    composition: Option<Vec<Vec<f32>>>,
    reward: Option<RewardRule>,
    /// Whether its people have to be run on every day on which something happens to them.
    eager: bool,
    learned_until: u32,
}

impl Arm {
    /// The arm of the pre-period: everybody, business as usual, on the initial library.
    pub fn pre(common: &Common<'_>, tastes: &SegmentTastes) -> Self {
        let file = common.file;
        let policy = PolicyParams::BusinessAsUsual(file.pre_policy.clone());
        let capacities: Vec<u32> = file.content.slots.iter().map(crate::world::params::SlotParams::capacity).collect();
        let mut library = Library::new(&capacities);
        let mut latent = LatentContent::new(common.laws.stride);
        stock(common, tastes, &mut library, &mut latent);
        let memory = memory_of(common, &library, None);
        let dimensions = file.population.taste.dimensions as usize;
        let crowd = Crowd::gather(common.customers, dimensions, common.laws, common.streams, memory);
        let mut arm = Self::assemble(common, &policy, crowd, library, latent, false);
        // Agents that start warm learn from what the pre-period's messages did.
        let warm = |arm: &crate::scenario::ArmParams| matches!(&arm.policy, PolicyParams::Thompson(params) if params.warm_start);
        arm.reward = file.arms.iter().any(warm).then_some(RewardRule::DirectOpen);
        arm.take_over(SimTime(0));
        arm
    }

    /// An arm of the trial that starts where the pre-period's arm `pre` stands, with the customers in `seats`.
    pub fn fork(pre: &Self, common: &Common<'_>, plan: &ArmPlan<'_>, now: SimTime) -> Self {
        let probe = mind_of(common, plan.policy);
        let reward = match &probe {
            Mind::Policy(policy) => policy.reward(),
            Mind::Oracle(_) => None,
        };
        let memory = memory_of(common, &pre.library, reward);
        let crowd = pre.crowd.fork(plan.seats, plan.twin, memory);
        let mut arm = Self::assemble(common, plan.policy, crowd, pre.library.clone(), pre.latent.clone(), plan.curated);
        arm.eager |= plan.watched_daily;
        arm.insight = plan.has_insight.then(Insight::default);
        arm.outbox.decisions = plan.has_insight.then(Decisions::default);
        arm.learned_until = now.day();
        if matches!(plan.policy, PolicyParams::Thompson(params) if params.warm_start) {
            arm.warm_up(&pre.outbox.feedback[..now.day() as usize], plan);
        }
        arm.take_over(now);
        arm
    }

    fn assemble(
        common: &Common<'_>,
        policy: &PolicyParams,
        crowd: Crowd,
        library: Library,
        latent: LatentContent,
        curated: bool,
    ) -> Self {
        let mut mind = mind_of(common, policy);
        let mut reward = None;
        if let Mind::Policy(policy) = &mut mind {
            policy.seat(crowd.len());
            // A curated arm reports opens even if its policy learns nothing from them: its team reads them.
            reward = policy.reward().or(curated.then_some(RewardRule::DirectOpen));
        } else if curated {
            reward = Some(RewardRule::DirectOpen);
        }
        let waits = common.laws.channels.iter().any(|channel| channel.waits.is_some());
        let own_pool = matches!(reward, Some(RewardRule::DifferenceInDifferences { own_pool: true, .. }));
        Self {
            mind,
            crowd,
            ledger: Ledger::new(common.file.channels.len()),
            outbox: Outbox::new(common.laws.end.day()),
            insight: None,
            library,
            latent,
            table: DayTable::default(),
            campaigns: campaigns_of(common, policy),
            guardrails: common.guardrails.clone(),
            bench: None,
            on_call: None,
            generator: None,
            waiting: Vec::new(),
            briefs_made: 0,
            generated: 0,
            reviews: 0,
            open_alerts: 0,
            stint: 0,
            audiences: common.file.population.segments.len(),
            composition: None,
            reward,
            eager: waits || own_pool || common.guardrails.has_budget(),
            learned_until: 0,
        }
    }

    /// Learns from the pre-period's messages, day by day. Their timing was a calendar's, so it teaches nothing about timing.
    /// Whoever is a twin from now on teaches only itself, here as later.
    fn warm_up(&mut self, days: &[Vec<Feedback>], plan: &ArmPlan<'_>) {
        let Mind::Policy(policy) = &mut self.mind else { return };
        for (day, all) in days.iter().enumerate() {
            let mut batch = Vec::new();
            for feedback in all {
                if let (Ok(seat), Report::Message(report)) = (plan.seats.binary_search(&feedback.seat), feedback.report) {
                    let report = Report::Message(MessageReport { tag: None, ..report });
                    let twin = (plan.twin)(feedback.seat);
                    batch.push(Feedback { seat: seat as u32, twin, report, ..*feedback });
                }
            }
            policy.learn(&batch, SimTime::at_day(day as u32 + 1));
        }
    }

    fn take_over(&mut self, now: SimTime) {
        let (sends, trigger) = (self.mind.sends(), self.mind.idle_trigger());
        self.crowd.hand_to_policy(now, sends, trigger);
    }

    /// Runs people up to `until`: those who are due, or everybody if a window closes then.
    pub fn advance(&mut self, common: &Common<'_>, until: SimTime, closes_window: bool) {
        if closes_window {
            self.crowd.wake_all();
        }
        let mut message_costs = [0.0; MAX_CHANNELS];
        for (cost, channel) in message_costs.iter_mut().zip(&common.file.channels) {
            *cost = channel.cost_per_message as f32;
        }
        let mut passage = Passage {
            laws: common.laws,
            streams: common.streams,
            customers: common.customers,
            mind: &self.mind,
            gate: &self.guardrails,
            library: &self.library,
            table: &self.table,
            exposure_decay: self.crowd.exposure_decay(),
            reward: self.reward,
            message_costs,
            idle_trigger: self.mind.idle_trigger(),
            eager: self.eager,
            out: &mut self.outbox,
        };
        self.crowd.advance(&mut passage, until);
    }

    /// Makes the day's table, and lets the policy make ready where feedback or the library changed.
    pub fn begin_day(&mut self, common: &Common<'_>, tastes: &SegmentTastes, day: u32) {
        let now = SimTime::at_day(day);
        self.look_at_yesterday(day, common.month_of(day));
        self.crowd.rebase(now);
        let novelty = Novelty {
            boost: common.file.population.novelty.boost as f32,
            half_life_days: common.file.population.novelty.half_life_days as f32,
        };
        self.table.build(day, &self.library, &self.latent, tastes, novelty);
        if let Mind::Policy(policy) = &mut self.mind {
            let streams = common.streams;
            policy.prepare(&self.library, now, &move |unit| streams.draws(Purpose::Pool, Address { unit, counter: day }));
        }
    }

    /// Absorbs the feedback observed before day `day`: the team's report always, the policy's beliefs when its interval is over.
    ///
    /// `pool_change(day, days)` is what the control pool's mean customer did around a day.
    pub fn learn(&mut self, day: u32, pool_change: &dyn Fn(u32, u32) -> f32) {
        let interval = match &self.mind {
            Mind::Policy(policy) => policy.learning_interval_days(),
            Mind::Oracle(_) => 1,
        };
        if self.reward.is_none() || day < self.learned_until + interval {
            return;
        }
        for observed in self.learned_until..day {
            let mut batch = std::mem::take(&mut self.outbox.feedback[observed as usize]);
            self.subtract_pool(&mut batch, pool_change);
            if let Some(bench) = &mut self.bench {
                for feedback in batch.iter().filter(|feedback| !feedback.twin) {
                    if let Report::Message(report) = &feedback.report {
                        bench.log.note(&self.library, feedback.audience, report);
                    }
                }
            }
            if let Mind::Policy(policy) = &mut self.mind {
                policy.learn(&batch, SimTime::at_day(day));
            }
        }
        self.learned_until = day;
    }

    fn subtract_pool(&self, batch: &mut [Feedback], pool_change: &dyn Fn(u32, u32) -> f32) {
        let Some(RewardRule::DifferenceInDifferences { days, own_pool }) = self.reward else { return };
        let mut known: Option<(u32, f32)> = None;
        for feedback in batch {
            if let Report::Message(report) = &mut feedback.report {
                let day = report.sent.day();
                let change = match known {
                    Some((same, change)) if same == day => change,
                    _ if own_pool => self.crowd.change_of_not_contacted(day, days),
                    _ => pool_change(day, days),
                };
                known = Some((day, change));
                report.reward -= change;
            }
        }
    }

    /// Takes down what it decided in the month that ends and what it believes at its end, where truth is recorded.
    pub fn take_insight(&mut self, common: &Common<'_>, now: SimTime) {
        let Some(insight) = &mut self.insight else { return };
        let decisions = self.outbox.decisions.replace(Decisions::default()).unwrap_or_default();
        let observer = Observer {
            laws: common.laws,
            streams: common.streams,
            customers: common.customers,
            library: &self.library,
            table: &self.table,
            exposure_decay: self.crowd.exposure_decay(),
            now,
        };
        let map = match &self.mind {
            Mind::Policy(policy) => understanding(policy.as_ref(), &mut self.crowd, &observer),
            Mind::Oracle(_) => Vec::new(),
        };
        insight.close(decisions, map, &self.library);
    }

    /// Closes the ledger of the window that ends.
    pub fn close_ledger(&mut self, message_costs: &[f64]) {
        self.ledger.close(&mut self.outbox, self.library.live_count(), message_costs);
    }

    /// Bytes held per person, the policy's beliefs included.
    pub fn bytes_per_person(&self) -> usize {
        let beliefs = match &self.mind {
            Mind::Policy(policy) => policy.bytes_per_seat(),
            Mind::Oracle(_) => 0,
        };
        self.crowd.bytes_per_person() + beliefs + size_of::<Customer>()
    }
}

/// What an arm of the trial is to be.
pub struct ArmPlan<'a> {
    /// Who decides.
    pub policy: &'a PolicyParams,
    /// Whether marketers curate it.
    pub curated: bool,
    /// Its customers, in ascending order.
    pub seats: &'a [u32],
    /// Which of them are twins: assigned elsewhere, here only to show what they would have done.
    pub twin: &'a dyn Fn(u32) -> bool,
    /// Whether another arm needs its daily means.
    pub watched_daily: bool,
    /// Whether its decisions and beliefs are held against the truth.
    pub has_insight: bool,
}

fn memory_of(common: &Common<'_>, library: &Library, reward: Option<RewardRule>) -> Memory {
    Memory {
        places: library.place_count(),
        waits: common.laws.channels.iter().any(|channel| channel.waits.is_some()),
        books: reward.is_some_and(|rule| rule != RewardRule::DirectOpen),
    }
}

fn mind_of(common: &Common<'_>, policy: &PolicyParams) -> Mind {
    let file = common.file;
    let channels: Vec<&str> = file.channels.iter().map(|channel| channel.name.as_str()).collect();
    let verticals: Vec<&str> = file.verticals.iter().map(|vertical| vertical.name.as_str()).collect();
    let capacities: Vec<u32> = file.content.slots.iter().map(crate::world::params::SlotParams::capacity).collect();
    let audiences = file.population.segments.len();
    match policy {
        PolicyParams::Silent => Mind::Policy(Box::new(Silent)),
        PolicyParams::BusinessAsUsual(params) => Mind::Policy(Box::new(BusinessAsUsual::new(params, &channels, audiences))),
        PolicyParams::Thompson(params) => {
            let surroundings = Surroundings { channels: channels.len(), capacities: &capacities, audiences };
            Mind::Policy(Box::new(Thompson::new(params, params.reward.rule(&verticals), &surroundings)))
        }
        PolicyParams::Random(params) => Mind::Policy(Box::new(Random::new(params))),
        PolicyParams::Oracle(params) => {
            Mind::Oracle(Oracle { messages_per_week: params.messages_per_week, hours: common.guardrails.open_hours() })
        }
    }
}

fn campaigns_of(common: &Common<'_>, policy: &PolicyParams) -> Option<(CampaignTeam, f32)> {
    let PolicyParams::BusinessAsUsual(params) = policy else { return None };
    let audiences = common.file.population.segments.len() as u8;
    let team = CampaignTeam {
        refresh_every_days: params.refresh_every_days,
        hours_per_campaign: params.hours_per_campaign,
        cost_per_hour: params.cost_per_hour,
        targets: if params.by_audience { (0..audiences).map(Some).collect() } else { vec![None] },
    };
    Some((team, params.targeting as f32))
}
