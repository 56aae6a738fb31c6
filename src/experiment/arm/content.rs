//! How components come onto an arm's shelves: the initial library, campaigns, briefs and generated content, each through approval where that
//! is asked for.

use super::{Arm, Common};
use crate::curation::{ApprovalParams, CampaignOrder};
use crate::domain::{Done, Library, Origin, Work};
use crate::kernel::{Address, Purpose, SimTime};
use crate::world::{Brief, LatentContent, Made, SegmentTastes, Target};

/// A component that is made and waits for its launch.
#[derive(Clone, Debug)]
pub(super) struct Waiting {
    /// Day on which it is launched, or shown to those who approve it.
    pub(super) ready_day: u32,
    /// Number among the components of its origin.
    pub(super) number: u32,
    /// Those who have yet to approve it.
    pub(super) approval: Option<ApprovalParams>,
    pub(super) made: Made,
}

impl Arm {
    /// Puts a component into the line of those that wait for their launch; `own` approval counts where the guardrails ask for none.
    pub(super) fn line_up(&mut self, common: &Common<'_>, mut waiting: Waiting) {
        waiting.approval = common.file.guardrails.approval.clone().or(waiting.approval);
        waiting.made.component.approved = waiting.approval.is_none();
        self.waiting.push(waiting);
    }

    /// Takes components of an origin out of the line; gives how many there were.
    pub(super) fn cancel(&mut self, origin: Origin) -> u64 {
        let before = self.waiting.len();
        self.waiting.retain(|waiting| waiting.made.component.origin != origin);
        (before - self.waiting.len()) as u64
    }

    /// Launches what is due, and what campaigns and the generative model make today.
    pub fn publish(&mut self, common: &Common<'_>, tastes: &SegmentTastes, day: u32) {
        self.launch_due(common, day);
        self.campaign(common, tastes, day);
        self.generate(common, tastes, day);
        // What was made today and waits for nobody is launched today.
        self.launch_due(common, day);
    }

    fn launch_due(&mut self, common: &Common<'_>, day: u32) {
        let (due, later) = std::mem::take(&mut self.waiting).into_iter().partition(|waiting| waiting.ready_day <= day);
        self.waiting = later;
        for waiting in due {
            self.approve_or_launch(common, waiting, day);
        }
    }

    fn approve_or_launch(&mut self, common: &Common<'_>, mut waiting: Waiting, day: u32) {
        let Some(approval) = waiting.approval.take() else { return self.launch(waiting.made, day) };
        let hours = approval.hours_per_component;
        self.ledger.current.work.book(Done { work: Work::Approval, hours }, approval.cost_per_hour);
        let address = Address { unit: waiting.made.component.origin as u32, counter: waiting.number };
        let u = f64::from(common.streams.draws(Purpose::Approval, address).unit());
        let is_known_unsafe = f64::from(waiting.made.component.brand_safety) < common.file.guardrails.minimum_brand_safety;
        if is_known_unsafe || (waiting.made.harmful && u < approval.detection) {
            self.ledger.current.turned_down += 1;
            return;
        }
        waiting.made.component.approved = true;
        if approval.lag_days == 0 {
            self.launch(waiting.made, day);
        } else {
            waiting.ready_day = day + approval.lag_days;
            self.waiting.push(waiting);
        }
    }

    fn campaign(&mut self, common: &Common<'_>, tastes: &SegmentTastes, day: u32) {
        let Some((team, targeting)) = self.campaigns.clone() else { return };
        for order in team.orders(day, self.library.slot_count()) {
            let made = campaign_component(common, tastes, &order, targeting);
            self.line_up(common, Waiting { ready_day: day, number: order.campaign, approval: None, made });
        }
        if team.hours(day) > 0.0 {
            self.ledger.current.work.book(Done { work: Work::Campaign, hours: team.hours(day) }, team.cost_per_hour);
        }
    }

    fn generate(&mut self, common: &Common<'_>, tastes: &SegmentTastes, day: u32) {
        let Some(mut generator) = self.generator.take() else { return };
        let audiences = self.composition.as_ref().map_or(common.file.population.segments.len(), Vec::len);
        for _ in 0..generator.due(day) {
            let number = self.generated;
            self.generated += 1;
            let mut draws = common.streams.draws(Purpose::GeneratedComponent, Address { unit: 0, counter: number });
            let order = generator.order(number, self.library.slot_count(), audiences, &mut draws);
            let brief = Brief {
                slot: order.slot,
                origin: Origin::Generated,
                audience: Some(order.audience),
                target: target_of(self.composition.as_deref(), order.audience),
                aim: order.aim,
                launched_day: day as f32,
                turn: number as usize,
            };
            let mut made = common.workshop.make(&brief, tastes, &mut draws);
            made.harmful = order.is_unsafe;
            if order.is_screened {
                made.component.brand_safety = 0.0;
            }
            self.ledger.current.content_cost += generator.params().cost_per_component;
            let approval = generator.params().approval.clone();
            self.line_up(common, Waiting { ready_day: day, number, approval, made });
        }
        self.generator = Some(generator);
    }

    /// Launches a component on a free place of its slot; if there is none the oldest of its own kind, else the oldest of all, makes room.
    fn launch(&mut self, made: Made, day: u32) {
        let now = SimTime::at_day(day);
        let (slot, origin) = (usize::from(made.component.slot), made.component.origin);
        if self.library.free_position(slot).is_none() {
            let live = self.library.shelves[slot].live.iter().filter_map(|position| self.library.at(slot, *position));
            let oldest = live.min_by_key(|id| (self.library.card(*id).origin != origin, *id));
            let retired = oldest.is_some_and(|id| self.library.retire(id, now));
            self.ledger.current.retired += u64::from(retired);
        }
        let Some(position) = self.library.free_position(slot) else { return };
        self.latent.launch(&mut self.library, made, position, now);
        self.ledger.current.launched += 1;
        self.crowd.forget_place(usize::from(self.library.shelves[slot].first_place) + usize::from(position));
        self.policy_learns_of_launch(slot, position, origin, now);
    }
}

/// Whose taste a component for an audience is aimed at: the segment's it is named after, or its members' where it was drawn anew.
pub(super) fn target_of(composition: Option<&[Vec<f32>]>, audience: u8) -> Target<'_> {
    composition.and_then(|all| all.get(usize::from(audience))).map_or(Target::Segment(audience), |shares| Target::Members(shares))
}

/// A component of a campaign. Its draws are addressed by the campaign and not by the arm, so that equal arms run equal campaigns.
fn campaign_component(common: &Common<'_>, tastes: &SegmentTastes, order: &CampaignOrder, targeting: f32) -> Made {
    let brief = Brief {
        slot: order.slot,
        origin: Origin::Campaign,
        audience: order.audience,
        target: order.audience.map_or(Target::Everybody, Target::Segment),
        aim: targeting,
        launched_day: 0.0,
        turn: order.campaign as usize,
    };
    let address = Address { unit: (order.slot * 64 + order.target) as u32, counter: order.campaign };
    common.workshop.make(&brief, tastes, &mut common.streams.draws(Purpose::CampaignComponent, address))
}

/// Stocks the initial library: components aimed at the segments in turn, with ages spread evenly.
pub(super) fn stock(common: &Common<'_>, tastes: &SegmentTastes, library: &mut Library, latent: &mut LatentContent) {
    let content = &common.file.content;
    for (slot, params) in content.slots.iter().enumerate() {
        for position in 0..params.components {
            let age = content.initial_age_days * f64::from(position + 1) / f64::from(params.components);
            let audience = (position as usize % common.file.population.segments.len()) as u8;
            let brief = Brief {
                slot,
                origin: Origin::Initial,
                // Made for a segment, but open to everybody.
                audience: None,
                target: Target::Segment(audience),
                aim: content.initial_aim as f32,
                launched_day: -age as f32,
                turn: position as usize,
            };
            let address = Address { unit: slot as u32, counter: position };
            let made = common.workshop.make(&brief, tastes, &mut common.streams.draws(Purpose::InitialComponent, address));
            latent.launch(library, made, position as u8, SimTime(0));
        }
    }
}
