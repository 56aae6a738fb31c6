//! What people do for an arm: every action with its hours and its cost, by kind.

/// A kind of human work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Work {
    /// A review of the reports.
    Review = 0,
    /// A component briefed, made and launched.
    Component = 1,
    /// Audiences drawn anew.
    Redraw = 2,
    /// A weekly cap changed.
    Cap = 3,
    /// An alert answered.
    Alert = 4,
    /// A component judged before its launch.
    Approval = 5,
    /// A campaign of business as usual.
    Campaign = 6,
    /// People called back. The call itself takes no hours; what they do then does.
    Call = 7,
}

impl Work {
    /// Number of kinds.
    pub const COUNT: usize = 8;

    /// All kinds, in the order of their numbers.
    pub const ALL: [Self; Self::COUNT] =
        [Self::Review, Self::Component, Self::Redraw, Self::Cap, Self::Alert, Self::Approval, Self::Campaign, Self::Call];

    /// Name in result files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Review => "review",
            Self::Component => "component",
            Self::Redraw => "redraw",
            Self::Cap => "cap",
            Self::Alert => "alert",
            Self::Approval => "approval",
            Self::Campaign => "campaign",
            Self::Call => "call",
        }
    }
}

/// An account of human work: how often each kind was done, its hours, and what all of it cost.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WorkAccount {
    /// How often, by kind.
    pub count: [u64; Work::COUNT],
    /// Hours, by kind.
    pub hours: [f64; Work::COUNT],
    /// Money.
    pub cost: f64,
}

/// One action of people.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Done {
    /// What.
    pub work: Work,
    /// Hours it took.
    pub hours: f64,
}

impl WorkAccount {
    /// Books an action at so much money per hour.
    pub fn book(&mut self, done: Done, cost_per_hour: f64) {
        self.count[done.work as usize] += 1;
        self.hours[done.work as usize] += done.hours;
        self.cost += done.hours * cost_per_hour;
    }

    /// Adds another account.
    pub fn add(&mut self, other: &Self) {
        self.count.iter_mut().zip(other.count).for_each(|(sum, count)| *sum += count);
        self.hours.iter_mut().zip(other.hours).for_each(|(sum, hours)| *sum += hours);
        self.cost += other.cost;
    }

    /// Hours of all kinds.
    pub fn total_hours(&self) -> f64 {
        self.hours.iter().sum()
    }
}
