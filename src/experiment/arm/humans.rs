//! People at an arm: who comes and goes with the phases, what a review leads to, who is on call, and what guardrails find in the morning.

use super::content::{Waiting, target_of};
use super::{Arm, Common};
use crate::curation::{Behaviour, Decisions, Evidence, Generator, OnCall, ResponseLog, SeatToday, Table, Team, draw_audiences};
use crate::domain::{ChannelCount, ChannelCounts, Done, Origin, Regrouping, Work};
use crate::kernel::{Address, Purpose, SimTime};
use crate::scenario::Upkeep;
use crate::world::{Brief, Mind, SegmentTastes};

/// A team at an arm, with what it sees.
#[derive(Clone, Debug)]
pub(super) struct Bench {
    pub(super) team: Team,
    pub(super) log: ResponseLog,
    /// Messages and leavers by channel since its last review.
    since_review: ChannelCounts,
}

impl Bench {
    fn new(team: Team, audiences: usize) -> Self {
        let params = team.params();
        let log = ResponseLog::new(audiences, params.report_lag_days, params.report_days);
        Self { team, log, since_review: ChannelCounts::default() }
    }
}

impl Arm {
    /// A phase begins: teams, people on call and generative models come, stay or go. Briefs that are not launched when curation ends are
    /// cancelled and counted. `next_window` is the outcome window that begins now.
    pub fn begin_phase(&mut self, upkeep: Upkeep<'_>, day: u32, next_window: usize) {
        self.stint += 1;
        if upkeep.curation.is_none() {
            self.ledger.current.cancelled_briefs += self.cancel(Origin::Team);
        }
        self.bench = upkeep.curation.map(|params| Bench::new(Team::new(params), self.audiences));
        if upkeep.generation.is_none() {
            self.cancel(Origin::Generated);
        }
        self.generator = upkeep.generation.map(|params| Generator::new(params, day));
        self.on_call = upkeep.on_call.map(|params| OnCall::new(params, next_window));
    }

    /// Number of the present staffing: it changes whenever people come or go, so that what earlier ones planned is void.
    pub fn stint(&self) -> u32 {
        self.stint
    }

    /// Days until the team meets again; `None` without a team.
    pub fn review_interval_days(&self) -> Option<u32> {
        self.bench.as_ref().map(|bench| bench.team.params().review_every_days)
    }

    /// Those who watch the arm, if anybody does.
    pub fn on_call(&mut self) -> Option<&mut OnCall> {
        self.on_call.as_mut()
    }

    /// Those who watch take a look; gives the days until people arrive if they are called.
    pub fn look(&mut self, evidence: &Evidence) -> Option<u32> {
        let on_call = self.on_call.as_mut()?;
        on_call.look(evidence).then(|| {
            self.ledger.current.work.book(Done { work: Work::Call, hours: 0.0 }, 0.0);
            on_call.params().lag_days
        })
    }

    /// People who were called arrive; gives the days they stay.
    pub fn people_arrive(&mut self) -> Option<u32> {
        let params = self.on_call.as_ref()?.params();
        let stay = params.stay_days;
        self.bench = Some(Bench::new(Team::new(&params.team), self.audiences));
        self.stint += 1;
        Some(stay)
    }

    /// People who were called leave again; the watch begins anew with `next_window`.
    pub fn people_leave(&mut self, next_window: usize) {
        self.stint += 1;
        self.ledger.current.cancelled_briefs += self.cancel(Origin::Team);
        self.bench = None;
        if let Some(on_call) = &mut self.on_call {
            on_call.rearm(next_window);
        }
    }

    /// Marketers meet, if the arm has a team.
    pub fn review(&mut self, common: &Common<'_>, tastes: &SegmentTastes, day: u32) {
        let Some(mut bench) = self.bench.take() else { return };
        let mut draws = common.streams.draws(Purpose::Review, Address { unit: self.reviews, counter: 0 });
        self.reviews += 1;
        let table = Table {
            day,
            library: &self.library,
            log: &bench.log,
            channels: &bench.since_review,
            guardrails: &self.guardrails,
            alerts: self.open_alerts,
        };
        let decisions = bench.team.review(&table, &mut draws);
        bench.since_review = ChannelCounts::default();
        let redrawn = decisions.redraw.map(|audiences| audiences as usize);
        let heirs = redrawn.and_then(|audiences| self.redraw(common, &mut bench, SimTime::at_day(day), audiences));
        let skill = bench.team.params().skill as f32;
        let ready_day = day + bench.team.params().production_lag_days;
        let cost = bench.team.params().cost_per_hour;
        self.bench = Some(bench);
        self.carry_out(&decisions, cost, day);
        for (slot, audience) in decisions.briefs {
            // Audiences may have been drawn anew in this very review.
            let audience = heirs.as_ref().map_or(audience, |heirs| heirs[usize::from(audience)]);
            let brief = Brief {
                slot,
                origin: Origin::Team,
                audience: Some(audience),
                target: target_of(self.composition.as_deref(), audience),
                aim: skill,
                launched_day: day as f32,
                turn: self.briefs_made as usize,
            };
            let number = self.briefs_made;
            let mut draws = common.streams.draws(Purpose::BriefedComponent, Address { unit: 0, counter: number });
            self.briefs_made += 1;
            let made = common.workshop.make(&brief, tastes, &mut draws);
            self.line_up(common, Waiting { ready_day, number, approval: None, made });
        }
    }

    fn carry_out(&mut self, decisions: &Decisions, cost_per_hour: f64, day: u32) {
        for done in &decisions.done {
            self.ledger.current.work.book(*done, cost_per_hour);
        }
        for (channel, cap) in &decisions.caps {
            self.guardrails.set_weekly_cap(*channel, *cap);
        }
        if decisions.answers_alerts {
            self.guardrails.reopen_all();
            self.open_alerts = 0;
        }
        for id in &decisions.retire {
            self.ledger.current.retired += u64::from(self.library.retire(*id, SimTime::at_day(day)));
        }
    }

    /// Draws audiences anew from what is seen of customers. Twins join the nearest, and move none. Gives for every old audience the new one
    /// that most of its members went to; `None` if nothing could be drawn.
    fn redraw(&mut self, common: &Common<'_>, bench: &mut Bench, now: SimTime, audiences: usize) -> Option<Vec<u8>> {
        let people = self.crowd.people();
        let behaviour: Vec<Behaviour> = people
            .iter()
            .map(|person| {
                let customer = &common.customers[person.customer as usize];
                let [recent_sessions, recent_opens] = person.seen_at(now, common.laws);
                let channels = (customer.opt_in & !person.left_channels).count_ones() as f32;
                let idle = (now - person.last_session.min(now)) as f32 / crate::kernel::DAY as f32;
                [recent_sessions, recent_opens, idle, f32::from(customer.observables.tenure_days), channels]
            })
            .collect();
        let twins: Vec<bool> = people.iter().map(|person| person.twin).collect();
        let teaches: Vec<bool> = twins.iter().map(|twin| !twin).collect();
        let new = draw_audiences(&behaviour, &teaches, audiences)?;
        let moves: Vec<(u8, u8)> = people.iter().map(|person| person.audience).zip(new.iter().copied()).collect();
        let segments = common.file.population.segments.len();
        let mut composition = vec![vec![0.0_f32; segments]; audiences];
        let mut flows = vec![vec![0_u32; audiences]; self.audiences];
        for ((person, (old, new)), _) in people.iter().zip(&moves).zip(&twins).filter(|(_, twin)| !**twin) {
            composition[usize::from(*new)][usize::from(common.customers[person.customer as usize].segment)] += 1.0;
            flows[usize::from(*old)][usize::from(*new)] += 1;
        }
        for shares in &mut composition {
            let members = shares.iter().sum::<f32>().max(1.0);
            shares.iter_mut().for_each(|share| *share /= members);
        }
        // The first among equals, so that an audience nobody left goes to the first.
        let heir = |flow: &Vec<u32>| (0..audiences).rev().max_by_key(|audience| flow[*audience]).unwrap_or(0) as u8;
        let heirs: Vec<u8> = flows.iter().map(heir).collect();
        bench.log.regroup(&heirs, audiences);
        self.crowd.regroup(&new);
        if let Mind::Policy(policy) = &mut self.mind {
            policy.regroup(&Regrouping { moves: &moves, twins: &twins, audiences });
        }
        self.composition = Some(composition);
        self.audiences = audiences;
        Some(heirs)
    }

    /// The morning's look at what happened yesterday: the kill switch, the discount budget, and what the team is told.
    pub(super) fn look_at_yesterday(&mut self, day: u32, month: u32) {
        let yesterday = std::mem::take(&mut self.outbox.today);
        let tomorrow = SimTime::at_day(day + 1);
        let people = self.crowd.people();
        let seats = || {
            let decides = |person: &crate::world::Person| person.next_decision() < tomorrow;
            people.iter().map(|person| SeatToday { twin: person.twin, decides: decides(person) }).collect()
        };
        let stopped = self.guardrails.begin_day((day, month), &yesterday, seats);
        self.open_alerts += stopped;
        self.ledger.current.alerts += u64::from(stopped);
        if let Some(bench) = &mut self.bench {
            bench.log.begin_day();
            bench.since_review.iter_mut().zip(yesterday.channels).for_each(|(sum, own): (&mut ChannelCount, _)| sum.add(own));
        }
    }

    /// The policy hears of a new component, and of what a team that made it expects.
    pub(super) fn policy_learns_of_launch(&mut self, slot: usize, position: u8, origin: Origin, now: SimTime) {
        let Mind::Policy(policy) = &mut self.mind else { return };
        policy.launched(slot, position, now);
        if let Some(bench) = self.bench.as_ref().filter(|_| origin == Origin::Team)
            && let Some(expectation) = bench.team.expectation(&self.library, &bench.log, slot)
        {
            policy.expect(slot, position, expectation);
        }
    }
}
