//! The kill switch: a channel that too many customers leave stops by itself.
//!
//! What: every morning it counts the messages of the last days and the customers who left the channel they came by; above the limit the channel
//! is silent for some days, or until people who curate the arm have looked into it. Counts begin anew when it opens again. Assumption:
//! who leaves is known at once. Failure: with few messages it does not judge.

use crate::curation::KillSwitchParams;
use crate::domain::{ChannelCount, ChannelCounts, MAX_CHANNELS};
use std::collections::VecDeque;

/// The switch of one arm.
#[derive(Clone, Debug)]
pub struct KillSwitch {
    params: KillSwitchParams,
    /// Counts by day, newest first.
    days: VecDeque<ChannelCounts>,
    /// Day on which a stopped channel opens again.
    opens: [Option<u32>; MAX_CHANNELS],
}

impl KillSwitch {
    /// A switch with valid parameters, everything open.
    pub fn new(params: &KillSwitchParams) -> Self {
        Self { params: params.clone(), days: VecDeque::new(), opens: [None; MAX_CHANNELS] }
    }

    /// The morning of `day`: takes over what happened yesterday, opens channels whose pause is over and stops others; gives the number of
    /// channels stopped now.
    pub fn begin_day(&mut self, day: u32, yesterday: &ChannelCounts) -> u32 {
        self.days.push_front(*yesterday);
        self.days.truncate(self.params.over_days as usize);
        let mut stopped = 0;
        for channel in 0..MAX_CHANNELS {
            if self.opens[channel].is_some_and(|opens| opens <= day) {
                self.reopen(channel);
            }
            let mut seen = ChannelCount::default();
            self.days.iter().for_each(|counts| seen.add(counts[channel]));
            let is_enough = seen.sent >= u64::from(self.params.minimum_messages);
            let is_too_many = seen.left_per_thousand().is_some_and(|rate| rate > self.params.unsubscribes_per_thousand);
            if self.opens[channel].is_none() && is_enough && is_too_many {
                self.opens[channel] = Some(day + self.params.pause_days);
                stopped += 1;
            }
        }
        stopped
    }

    /// People looked into it: the channel opens again and its counts begin anew.
    pub fn reopen(&mut self, channel: usize) {
        self.opens[channel] = None;
        self.days.iter_mut().for_each(|counts| counts[channel] = ChannelCount::default());
    }

    /// Stopped channels, bit by channel.
    pub fn stopped(&self) -> u8 {
        self.opens.iter().enumerate().fold(0, |bits, (channel, opens)| bits | u8::from(opens.is_some()) << channel)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_stops_when_too_many_leave_and_opens_after_its_pause_or_when_people_look_into_it() {
        let params = KillSwitchParams { unsubscribes_per_thousand: 5.0, over_days: 2, minimum_messages: 500, pause_days: 3 };
        let mut switch = KillSwitch::new(&params);
        let day = |sent, left| {
            let mut counts = ChannelCounts::default();
            counts[1] = ChannelCount { sent, left };
            counts
        };
        assert_eq!(switch.begin_day(10, &day(400, 40)), 0, "too few messages to judge");
        assert_eq!(switch.begin_day(11, &day(400, 4)), 1, "44 of 800 is above 5 per 1,000");
        assert_eq!(switch.stopped(), 0b10);
        assert_eq!(switch.begin_day(12, &day(0, 0)), 0, "stopped once");
        switch.begin_day(13, &day(0, 0));
        assert_eq!(switch.stopped(), 0b10);
        switch.begin_day(14, &day(0, 0));
        assert_eq!(switch.stopped(), 0);
        switch.begin_day(15, &day(1000, 6));
        assert_eq!(switch.stopped(), 0b10);
        switch.reopen(1);
        assert_eq!(switch.stopped(), 0);
    }
}
