//! The panel: what an analyst may see of a trial. One number per customer, metric and basic window; nothing latent.
//!
//! Beside it, and apart from it, `Truth`: what nobody could observe, for judging estimates.

mod truth;

pub use truth::{TrueEffect, Truth};

use crate::domain::{MAX_VERTICALS, Metric, Observables, Window};
use std::ops::Range;

/// Outcomes of all customers. Basic windows are the pre-period (0) and the months (1…); longer windows are their sums.
///
/// Memory: 4 bytes × metrics × (months + 1) per customer.
#[derive(Clone, Debug, PartialEq)]
pub struct Panel {
    customers: usize,
    metrics: Vec<Metric>,
    /// Arm of each customer.
    pub assignment: Vec<u8>,
    /// What was known of each customer at assignment.
    pub profiles: Vec<Profile>,
    /// Columns of `customers` numbers, window by window, metric by metric.
    columns: Vec<Vec<f32>>,
}

/// What is on file about a customer when it is assigned, fixed from then on.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Profile {
    /// What anybody may see.
    pub observables: Observables,
    /// Channels (bit by number) on which the customer accepts messages.
    pub reachable: u8,
    /// Days since the last session, or since the start of the pre-period if there was none.
    pub idle_days: u16,
}

/// What happened to one customer in one basic window.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Outcome {
    /// Direct app opens.
    pub direct_app_opens: f32,
    /// Distinct local dates with a session.
    pub days_with_engagement: f32,
    /// Sessions.
    pub sessions: f32,
    /// Conversions by vertical.
    pub conversions: [f32; MAX_VERTICALS],
    /// Revenue net of discounts.
    pub revenue: f32,
    /// Margin net of discounts.
    pub margin: f32,
    /// Discounts granted.
    pub discount_spend: f32,
    /// Messages sent.
    pub messages: f32,
    /// Channels left.
    pub unsubscribes: f32,
    /// 1 if lapsed at the end of the window.
    pub lapsed: f32,
}

impl Outcome {
    /// The number of a metric; 0 for the ratio, which is none of a customer.
    pub fn of(&self, metric: Metric) -> f32 {
        match metric {
            Metric::DirectAppOpens => self.direct_app_opens,
            Metric::DaysWithEngagement => self.days_with_engagement,
            Metric::Sessions => self.sessions,
            Metric::Conversions => self.conversions.iter().sum(),
            Metric::ConversionsIn(vertical) => self.conversions[usize::from(vertical)],
            Metric::Revenue => self.revenue,
            Metric::Margin => self.margin,
            Metric::DiscountSpend => self.discount_spend,
            Metric::Messages => self.messages,
            Metric::Unsubscribes => self.unsubscribes,
            Metric::Lapsed => self.lapsed,
            Metric::DirectOpensPerMessage => 0.0,
        }
    }
}

impl Panel {
    /// An empty panel, profiles included, of `customers` in the arms of `assignment`, for `basic_windows` windows and all `metrics` that a customer can have.
    pub fn new(assignment: Vec<u8>, basic_windows: usize, metrics: &[Metric]) -> Self {
        let metrics: Vec<Metric> = metrics.iter().copied().filter(|metric| *metric != Metric::DirectOpensPerMessage).collect();
        let customers = assignment.len();
        let profiles = vec![Profile::default(); customers];
        Self { customers, profiles, columns: vec![vec![0.0; customers]; basic_windows * metrics.len()], metrics, assignment }
    }

    /// Number of customers.
    pub fn customers(&self) -> usize {
        self.customers
    }

    /// Metrics that a customer has, in their order.
    pub fn metrics(&self) -> &[Metric] {
        &self.metrics
    }

    /// Records what happened to a customer in a basic window.
    pub fn record(&mut self, basic_window: usize, customer: usize, outcome: &Outcome) {
        let first = basic_window * self.metrics.len();
        for (number, metric) in self.metrics.iter().enumerate() {
            self.columns[first + number][customer] = outcome.of(*metric);
        }
    }

    /// One number per customer for a metric in one basic window; empty for metrics a customer does not have.
    pub fn column(&self, basic_window: usize, metric: Metric) -> &[f32] {
        match self.metrics.iter().position(|known| *known == metric) {
            Some(number) => &self.columns[basic_window * self.metrics.len() + number],
            None => &[],
        }
    }

    /// Sums a metric over basic windows into `sums`; the mean for `Lapsed`, which is a state and not a count.
    pub fn sum(&self, basic_windows: Range<usize>, metric: Metric, sums: &mut Vec<f64>) {
        sums.clear();
        sums.resize(self.customers, 0.0);
        let windows = basic_windows.len().max(1);
        for window in basic_windows {
            for (sum, value) in sums.iter_mut().zip(self.column(window, metric)) {
                *sum += f64::from(*value);
            }
        }
        if metric == Metric::Lapsed {
            sums.iter_mut().for_each(|sum| *sum /= windows as f64);
        }
    }

    /// The basic windows a window consists of.
    pub fn basic_windows(window: &Window) -> Range<usize> {
        window.months().map_or(0..1, |months| months.start as usize + 1..months.end as usize + 1)
    }
}
