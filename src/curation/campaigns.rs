//! Business as usual's own team: a fresh campaign every so many days.
//!
//! What: on a fixed calendar, whatever the phase, it makes one component per slot for each of its targets, at so many hours of work a
//! campaign. Assumption: a campaign is aimed at the average customer of its target and at nobody in particular. Who turns an order into a
//! component is above this layer: what components are worth is latent.

/// A team that runs campaigns without personalisation.
#[derive(Clone, Debug, PartialEq)]
pub struct CampaignTeam {
    /// Days between two campaigns.
    pub refresh_every_days: u32,
    /// Hours of work per campaign and target.
    pub hours_per_campaign: f64,
    /// Money per hour.
    pub cost_per_hour: f64,
    /// Audiences with a campaign of their own; `None` is everybody.
    pub targets: Vec<Option<u8>>,
}

/// One component that a campaign needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CampaignOrder {
    /// Number of the campaign since the start of the simulation: an identity in time, the same in every arm.
    pub campaign: u32,
    /// Slot of the message.
    pub slot: usize,
    /// Position of the target among the team's targets.
    pub target: usize,
    /// Audience it is for; `None` is everybody.
    pub audience: Option<u8>,
}

impl CampaignTeam {
    /// What has to be made on `day` for a library of so many slots, target by target; empty on days without a fresh campaign.
    pub fn orders(&self, day: u32, slots: usize) -> Vec<CampaignOrder> {
        if !day.is_multiple_of(self.refresh_every_days) {
            return Vec::new();
        }
        let campaign = day / self.refresh_every_days;
        let targets = self.targets.iter().enumerate();
        targets
            .flat_map(|(target, audience)| {
                (0..slots).map(move |slot| CampaignOrder { campaign, slot, target, audience: *audience })
            })
            .collect()
    }

    /// Hours of work on `day`.
    pub fn hours(&self, day: u32) -> f64 {
        if day.is_multiple_of(self.refresh_every_days) { self.hours_per_campaign * self.targets.len() as f64 } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_campaign_is_made_for_every_target_and_slot_on_its_day_and_on_no_other() {
        let team = CampaignTeam {
            refresh_every_days: 14,
            hours_per_campaign: 17.7,
            cost_per_hour: 38.0,
            targets: vec![Some(0), Some(1)],
        };
        let orders = team.orders(28, 3);
        assert_eq!(orders.len(), 6);
        assert!(orders.iter().all(|order| order.campaign == 2 && order.audience == Some(order.target as u8)));
        assert_eq!(team.hours(28), 35.4);
        assert!(team.orders(29, 3).is_empty() && team.hours(29) == 0.0);
    }
}
