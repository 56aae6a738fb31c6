//! Business as usual: a calendar of campaigns, the same for everybody (or for everybody in an audience), without personalisation.
//!
//! What: so many messages a week on evenly spread weekdays at a usual hour, on the first channel each customer accepts, with the newest
//! campaign's components; optionally a discount to customers who stayed away. Assumption: the team that makes the campaigns is modelled
//! beside it (`curation::CampaignTeam`); this file only sends them. Failure: customers who accept no channel get nothing.

use crate::agents::BusinessAsUsualParams;
use crate::domain::{
    Choice, ComponentId, Context, IdleTrigger, Library, MAX_SLOTS, Occasion, Origin, PlannedSend, Policy, Positions, Regrouping,
    WeekPlan,
};
use crate::kernel::{Draws, HOUR, SimTime};

/// The policy of a CRM team without agents.
#[derive(Clone, Debug)]
pub struct BusinessAsUsual {
    messages_per_week: u32,
    hour: u32,
    channels: Vec<u8>,
    trigger: Option<(IdleTrigger, f32)>,
    /// The current campaign's components by audience.
    campaigns: Vec<Positions>,
}

impl BusinessAsUsual {
    /// Business as usual with valid parameters; `channels` are the scenario's channel names, `audiences` their number.
    pub fn new(params: &BusinessAsUsualParams, channels: &[&str], audiences: usize) -> Self {
        let preferred: Vec<u8> = if params.channels.is_empty() {
            (0..channels.len() as u8).collect()
        } else {
            params.channels.iter().filter_map(|name| channels.iter().position(|c| c == name)).map(|c| c as u8).collect()
        };
        Self {
            messages_per_week: params.messages_per_week,
            hour: params.hour,
            channels: preferred,
            trigger: params.idle_trigger.as_ref().map(|trigger| {
                let rule =
                    IdleTrigger { after_days: trigger.after_days, cooldown_days: trigger.cooldown_days, hour: params.hour };
                (rule, trigger.discount as f32)
            }),
            campaigns: vec![[0; MAX_SLOTS]; audiences.max(1)],
        }
    }
}

impl Policy for BusinessAsUsual {
    fn boxed(&self) -> Box<dyn Policy> {
        Box::new(self.clone())
    }

    fn plan(&self, context: &Context<'_>, _draws: &mut Draws, plan: &mut WeekPlan) {
        for number in 0..self.messages_per_week {
            let weekday = (2 * number + 1) * 7 / (2 * self.messages_per_week);
            if let Some(day) = context.this_week(weekday) {
                plan.add(PlannedSend { at: day + self.hour * HOUR, tag: 0 });
            }
        }
    }

    fn compose(&self, context: &Context<'_>, occasion: Occasion, _draws: &mut Draws) -> Option<Choice> {
        let channel = self.channels.iter().copied().find(|channel| context.reachable >> channel & 1 == 1)?;
        let discount = match (occasion, &self.trigger) {
            (Occasion::Idle, Some((_, discount))) => *discount,
            _ => 0.0,
        };
        let audience = usize::from(context.observables.audience);
        Some(Choice { channel, positions: *self.campaigns.get(audience)?, discount })
    }

    fn prepare<'d>(&mut self, library: &Library, _now: SimTime, _draws: &dyn Fn(u32) -> Draws<'d>) {
        for (audience, campaign) in self.campaigns.iter_mut().enumerate() {
            for (slot, position) in campaign.iter_mut().enumerate().take(library.slot_count()) {
                *position = newest(library, slot, audience as u8);
            }
        }
    }

    fn regroup(&mut self, regrouping: &Regrouping<'_>) {
        self.campaigns = vec![[0; MAX_SLOTS]; regrouping.audiences.max(1)];
    }

    fn idle_trigger(&self) -> Option<IdleTrigger> {
        self.trigger.map(|(rule, _)| rule)
    }

    fn sends(&self) -> bool {
        self.messages_per_week > 0
    }
}

/// Position of the newest component of a slot that is meant for an audience: a campaign's if there is one, else any.
fn newest(library: &Library, slot: usize, audience: u8) -> u8 {
    let shelf = &library.shelves[slot];
    let rank = |position: u8| -> Option<(bool, ComponentId)> {
        let id = library.at(slot, position)?;
        let card = library.card(id);
        card.audience.is_none_or(|only| only == audience).then_some((card.origin == Origin::Campaign, id))
    };
    shelf.live.iter().copied().max_by_key(|position| rank(*position)).unwrap_or(0)
}
