//! Metrics: what is measured per customer and window, and the windows it is measured in.

use serde::{Deserialize, Serialize};

/// Something counted or summed per customer and window. Money is in the scenario's currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Metric {
    /// Opens of a message within the attribution window, per assigned customer.
    DirectAppOpens,
    /// Distinct local dates with a session.
    DaysWithEngagement,
    /// Sessions, direct opens included.
    Sessions,
    /// Conversions that arrived, all verticals together.
    Conversions,
    /// Conversions that arrived in one vertical, by its position in the scenario.
    ConversionsIn(u8),
    /// Revenue that arrived, net of discounts.
    Revenue,
    /// Margin that arrived, net of discounts.
    Margin,
    /// Discounts granted on what arrived.
    DiscountSpend,
    /// Messages sent.
    Messages,
    /// Channels left by unsubscribing.
    Unsubscribes,
    /// Whether the customer is lapsed at the end of the window; the mean over a phase's months for longer windows.
    Lapsed,
    /// Direct app opens divided by messages sent, as the ratio of the two arm totals.
    DirectOpensPerMessage,
}

impl Metric {
    /// Every metric for a scenario with these verticals, in the order of result files.
    pub fn all(verticals: usize) -> Vec<Self> {
        let mut all = vec![Self::DirectAppOpens, Self::DaysWithEngagement, Self::Sessions, Self::Conversions];
        all.extend((0..verticals).map(|vertical| Self::ConversionsIn(vertical as u8)));
        all.extend([Self::Revenue, Self::Margin, Self::DiscountSpend, Self::Messages, Self::Unsubscribes, Self::Lapsed]);
        all.push(Self::DirectOpensPerMessage);
        all
    }

    /// Name in files and on the command line.
    pub fn name(self, verticals: &[String]) -> String {
        let word = match self {
            Self::DirectAppOpens => "direct_app_opens",
            Self::DaysWithEngagement => "days_with_engagement",
            Self::Sessions => "sessions",
            Self::Conversions => "conversions",
            Self::ConversionsIn(vertical) => {
                return format!("conversions:{}", verticals.get(usize::from(vertical)).map_or("?", String::as_str));
            }
            Self::Revenue => "revenue",
            Self::Margin => "margin",
            Self::DiscountSpend => "discount_spend",
            Self::Messages => "messages",
            Self::Unsubscribes => "unsubscribes",
            Self::Lapsed => "lapsed",
            Self::DirectOpensPerMessage => "direct_opens_per_message",
        };
        word.to_owned()
    }
}

/// A stretch of the trial that outcomes are summed over: the pre-period, a month, a phase, or all after the start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// Name in files: `pre`, `month_01`…, the phase's name, `trial`.
    pub name: String,
    /// What kind of window it is.
    pub kind: WindowKind,
}

/// Kinds of windows; months are counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum WindowKind {
    /// The pre-period.
    Pre,
    /// One calendar month.
    Month(u32),
    /// A phase: months `first..end`.
    Phase {
        /// First month.
        first: u32,
        /// Month after the last.
        end: u32,
    },
    /// All months.
    Trial {
        /// Number of months.
        months: u32,
    },
}

impl Window {
    /// All windows of a trial with these phases (name, months), in the order of result files.
    pub fn all<'a>(phases: impl Iterator<Item = (&'a str, u32)>) -> Vec<Self> {
        let mut spans = Vec::new();
        let mut months = 0;
        for (name, length) in phases {
            spans.push(Self { name: name.to_owned(), kind: WindowKind::Phase { first: months, end: months + length } });
            months += length;
        }
        let mut windows = vec![Self { name: "pre".to_owned(), kind: WindowKind::Pre }];
        windows.extend((0..months).map(|month| Self { name: format!("month_{:02}", month + 1), kind: WindowKind::Month(month) }));
        windows.extend(spans);
        windows.push(Self { name: "trial".to_owned(), kind: WindowKind::Trial { months } });
        windows
    }

    /// The months it holds, `None` for the pre-period.
    pub fn months(&self) -> Option<std::ops::Range<u32>> {
        match self.kind {
            WindowKind::Pre => None,
            WindowKind::Month(month) => Some(month..month + 1),
            WindowKind::Phase { first, end } => Some(first..end),
            WindowKind::Trial { months } => Some(0..months),
        }
    }
}
