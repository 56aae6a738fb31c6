//! Governance as the world knows it: the gate every message passes, what it is told, and why it may refuse.

use crate::domain::MAX_CHANNELS;
use crate::kernel::SimTime;

/// Facts a guardrail judges a message by.
#[derive(Clone, Copy, Debug)]
pub struct SendRequest<'a> {
    /// Channel.
    pub channel: u8,
    /// When it would be sent.
    pub now: SimTime,
    /// Channels on which the customer accepts messages.
    pub reachable: u8,
    /// Messages already sent to the customer this calendar week, by channel.
    pub sent_this_week: &'a [u8; MAX_CHANNELS],
    /// Whether the customer already got a message on this channel in this hour.
    pub channel_used_this_hour: bool,
    /// Lowest brand-safety score among the components.
    pub brand_safety: f32,
    /// Whether every component is approved, where that is asked for.
    pub approved: bool,
    /// Discount it carries, a share of the price.
    pub discount: f32,
    /// The customer's number within the arm, for quotas of discounts.
    pub seat: u32,
    /// Whether the customer already got a message with a discount today.
    pub discounted_today: bool,
}

/// Why a guardrail refused a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Refusal {
    /// The customer does not accept messages on the channel.
    NoConsent = 0,
    /// The channel's weekly cap is reached.
    WeeklyCap = 1,
    /// The weekly cap over all channels is reached.
    WeeklyCapTotal = 2,
    /// Quiet hours.
    QuietHours = 3,
    /// A component is not safe enough for the brand.
    BrandSafety = 4,
    /// A second message in the same hour on the same channel.
    SameHour = 5,
    /// A component was not approved.
    NotApproved = 6,
    /// The discount budget is spent or reserved.
    DiscountBudget = 7,
    /// The kill switch stopped the channel.
    KillSwitch = 8,
}

impl Refusal {
    /// Number of reasons.
    pub const COUNT: usize = 9;

    /// All reasons, in the order of their numbers.
    pub const ALL: [Self; Self::COUNT] = [
        Self::NoConsent,
        Self::WeeklyCap,
        Self::WeeklyCapTotal,
        Self::QuietHours,
        Self::BrandSafety,
        Self::SameHour,
        Self::NotApproved,
        Self::DiscountBudget,
        Self::KillSwitch,
    ];

    /// Name of the rule in result files.
    pub fn name(self) -> &'static str {
        match self {
            Self::NoConsent => "no_consent",
            Self::WeeklyCap => "weekly_cap",
            Self::WeeklyCapTotal => "weekly_cap_total",
            Self::QuietHours => "quiet_hours",
            Self::BrandSafety => "brand_safety",
            Self::SameHour => "same_hour",
            Self::NotApproved => "not_approved",
            Self::DiscountBudget => "discount_budget",
            Self::KillSwitch => "kill_switch",
        }
    }
}

/// The one place every message passes.
pub trait Gate: Send + Sync {
    /// Lets a message pass or refuses it.
    ///
    /// # Errors
    /// The first rule that forbids the message.
    fn review(&self, request: &SendRequest<'_>) -> Result<(), Refusal>;
}

/// What happened on one channel: messages, and customers who left it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChannelCount {
    /// Messages sent.
    pub sent: u64,
    /// Customers who left.
    pub left: u64,
}

impl ChannelCount {
    /// Adds what happened elsewhere.
    pub fn add(&mut self, other: Self) {
        self.sent += other.sent;
        self.left += other.left;
    }

    /// Customers who left per 1,000 messages; `None` without messages.
    pub fn left_per_thousand(&self) -> Option<f64> {
        (self.sent > 0).then(|| self.left as f64 * 1000.0 / self.sent as f64)
    }
}

/// Counts of all channels.
pub type ChannelCounts = [ChannelCount; MAX_CHANNELS];

/// What was promised and spent, by real customers and by twins.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct DiscountUse {
    /// Messages with a discount.
    pub promised: [u32; 2],
    /// Money that vouchers cost.
    pub spent: [f64; 2],
}

/// What happened on one day that guardrails have to know in the morning.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct DayCounts {
    /// Messages and leavers by channel; twins do not count.
    pub channels: ChannelCounts,
    /// Discounts, by real customers and by twins.
    pub discounts: DiscountUse,
}

/// A message that passed the gate, as an audit keeps it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SentMessage {
    /// Number of the customer.
    pub customer: u32,
    /// Whether it was sent to a twin.
    pub twin: bool,
    /// When.
    pub at: SimTime,
    /// Channel.
    pub channel: u8,
    /// Lowest brand-safety score among the components.
    pub brand_safety: f32,
    /// Whether every component was approved, where that is asked for.
    pub approved: bool,
    /// Discount it carried, a share of the price.
    pub discount: f32,
}
