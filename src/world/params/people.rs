//! Who the customers are: segments, tastes and their drift, receptiveness, daily rhythm, observables.

use crate::domain::{Bounds, Faults};
use crate::world::params::{FatigueParams, LapseParams, NoveltyParams, OfferParams, SessionParams, WearOutParams};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Most customers a replicate can have.
const MOST_CUSTOMERS: u32 = 50_000_000;

/// The customers of the trial and the laws of their behaviour.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PopulationParams {
    /// customers: simulated customers per replicate. Assumed: large enough for stable phase effects, small enough to run hundreds of replicates.
    #[schemars(range(max = MOST_CUSTOMERS))]
    pub size: u32,
    /// customers: how many real customers the simulated ones stand for; money is scaled by it, hours of work are not. Default: `size`. The reference trial had 8.8 million (arXiv 2604.08621).
    pub represents: Option<f64>,
    /// Latent segments with their weights, activity and share of lapsed customers.
    pub segments: Vec<SegmentParams>,
    /// share: probability that the audience label that agents and marketers see is the latent segment; otherwise it is drawn among the others. Assumed.
    pub audience_accuracy: f64,
    /// Taste vectors.
    pub taste: TasteParams,
    /// How tastes move.
    pub drift: DriftParams,
    /// How much customers differ in their readiness to open anything.
    pub receptiveness: ReceptivenessParams,
    /// The hour of the day at which a customer likes to be reached.
    pub rhythm: RhythmParams,
    /// The pull of new content.
    pub novelty: NoveltyParams,
    /// Wear-out of content a customer has seen.
    pub wear_out: WearOutParams,
    /// Fatigue from being messaged.
    pub fatigue: FatigueParams,
    /// Response to discounts.
    pub offers: OfferParams,
    /// Sessions: when customers use the app by themselves.
    pub sessions: SessionParams,
    /// Lapse and return.
    pub lapse: LapseParams,
    /// Platforms and their shares.
    pub platforms: Vec<PlatformParams>,
    /// names: regions, equally likely; an observable without effect of its own. Assumed.
    pub regions: Vec<String>,
    /// names: age bands, equally likely; an observable without effect of its own. Assumed.
    pub age_bands: Vec<String>,
    /// days: mean time since sign-up at the start (exponential); an observable without effect of its own. Assumed.
    pub tenure_mean_days: f64,
    /// Loyalty tiers from lowest to highest, with the recent activity each needs.
    pub loyalty_tiers: Vec<LoyaltyTierParams>,
}

/// A latent segment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SegmentParams {
    /// Name of the segment.
    pub name: String,
    /// share: part of the population in this segment; all weights sum to 1. Assumed.
    pub weight: f64,
    /// Organic sessions per day while active, Gamma distributed over the customers of the segment.
    pub sessions_per_day: RateParams,
    /// share: customers of the segment that are lapsed at the start of the pre-period. Assumed: a re-activation audience starts mostly lapsed.
    pub initially_lapsed: f64,
}

/// A Gamma-distributed rate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RateParams {
    /// per day: mean of the rate. Assumed.
    pub mean: f64,
    /// dimensionless: Gamma shape; small means unequal customers. CDNOW's BG/NBD fit has 0.243 (Fader et al. 2005); active app users are more alike. Assumed.
    pub shape: f64,
}

/// Taste vectors of segments and customers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TasteParams {
    /// dimensions: size of the taste space. Assumed.
    pub dimensions: u32,
    /// log-odds: stationary norm of a segment's taste vector; content vectors have norm 1. Assumed.
    pub strength: f64,
    /// log-odds: stationary standard deviation, per dimension, of a customer's own deviation from the segment's taste. Assumed.
    pub spread: f64,
}

/// Ornstein–Uhlenbeck drift of tastes, and sudden turns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DriftParams {
    /// days: half-life of a segment's taste; content matched to it today has lost half of its fit by then. Assumed: no published value.
    pub segment_half_life_days: f64,
    /// days: half-life of a customer's own deviation. Assumed: no published value.
    pub customer_half_life_days: f64,
    /// days: a customer's deviation moves at knots this far apart and is constant in between. Assumed: weekly.
    pub knot_days: u32,
    /// Sudden turns of segment tastes.
    pub breaks: Vec<TrendBreakParams>,
}

/// On one day, tastes turn by an angle in a random plane.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TrendBreakParams {
    /// days after the start: when the turn happens.
    pub day: u32,
    /// degrees: angle of the turn; 90 makes old content irrelevant.
    pub angle_degrees: f64,
    /// Segment that turns; all of them if not given.
    pub segment: Option<String>,
}

/// Differences in receptiveness.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ReceptivenessParams {
    /// log-odds: standard deviation over customers. Assumed.
    pub spread: f64,
}

/// Preferred hour of the day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RhythmParams {
    /// log-odds: amplitude of the daily cosine around the preferred hour. Assumed: 0.55 makes the best hour three times as good as the worst, as 8 am against 8 pm in a re-activation push test.
    pub amplitude: f64,
    /// hour of the day: mean of the preferred hour. Assumed.
    pub preferred_hour_mean: f64,
    /// hours: standard deviation of the preferred hour over customers. Assumed.
    pub preferred_hour_spread: f64,
}

/// A platform customers use.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PlatformParams {
    /// Name of the platform.
    pub name: String,
    /// share: part of the customers on it; all shares sum to 1. Assumed.
    pub share: f64,
}

/// A loyalty tier.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LoyaltyTierParams {
    /// Name of the tier.
    pub name: String,
    /// sessions: a customer is in the highest tier whose number of recent sessions (fading with a half-life of 30 days) it reaches; looked at once a week. Assumed.
    pub from_recent_sessions: f64,
}

impl Default for PopulationParams {
    fn default() -> Self {
        let segment = |name: &str, weight, mean, shape, initially_lapsed| SegmentParams {
            name: name.to_owned(),
            weight,
            sessions_per_day: RateParams { mean, shape },
            initially_lapsed,
        };
        let tier = |name: &str, from_recent_sessions| LoyaltyTierParams { name: name.to_owned(), from_recent_sessions };
        Self {
            size: 20_000,
            represents: None,
            segments: vec![
                segment("browsers", 0.45, 0.10, 0.8, 0.7),
                segment("planners", 0.35, 0.22, 1.2, 0.6),
                segment("regulars", 0.20, 0.55, 1.5, 0.3),
            ],
            audience_accuracy: 0.8,
            taste: TasteParams::default(),
            drift: DriftParams::default(),
            receptiveness: ReceptivenessParams::default(),
            rhythm: RhythmParams::default(),
            novelty: NoveltyParams::default(),
            wear_out: WearOutParams::default(),
            fatigue: FatigueParams::default(),
            offers: OfferParams::default(),
            sessions: SessionParams::default(),
            lapse: LapseParams::default(),
            platforms: vec![
                PlatformParams { name: "android".to_owned(), share: 0.6 },
                PlatformParams { name: "ios".to_owned(), share: 0.4 },
            ],
            regions: ["north", "south", "east", "west"].map(str::to_owned).to_vec(),
            age_bands: ["18-24", "25-34", "35-49", "50-64", "65+"].map(str::to_owned).to_vec(),
            tenure_mean_days: 700.0,
            loyalty_tiers: vec![tier("basic", 0.0), tier("silver", 4.0), tier("gold", 12.0)],
        }
    }
}

impl Default for SegmentParams {
    fn default() -> Self {
        Self { name: String::new(), weight: 1.0, sessions_per_day: RateParams::default(), initially_lapsed: 0.6 }
    }
}

impl Default for RateParams {
    fn default() -> Self {
        Self { mean: 0.25, shape: 1.2 }
    }
}

impl Default for TasteParams {
    fn default() -> Self {
        Self { dimensions: 8, strength: 1.2, spread: 0.15 }
    }
}

impl Default for DriftParams {
    fn default() -> Self {
        Self { segment_half_life_days: 600.0, customer_half_life_days: 60.0, knot_days: 7, breaks: Vec::new() }
    }
}

impl Default for TrendBreakParams {
    fn default() -> Self {
        Self { day: 0, angle_degrees: 90.0, segment: None }
    }
}

impl Default for ReceptivenessParams {
    fn default() -> Self {
        Self { spread: 0.6 }
    }
}

impl Default for RhythmParams {
    fn default() -> Self {
        Self { amplitude: 0.55, preferred_hour_mean: 12.0, preferred_hour_spread: 4.0 }
    }
}

impl Default for PlatformParams {
    fn default() -> Self {
        Self { name: String::new(), share: 1.0 }
    }
}

impl Default for LoyaltyTierParams {
    fn default() -> Self {
        Self { name: String::new(), from_recent_sessions: 0.0 }
    }
}

impl PopulationParams {
    /// Records everything that is wrong with these parameters.
    pub fn validate(&self, faults: &mut Faults) {
        faults.count("size", self.size.into(), 1, MOST_CUSTOMERS.into());
        if let Some(represents) = self.represents {
            faults.number("represents", represents, Bounds::POSITIVE);
        }
        self.validate_segments(faults);
        faults.number("audience_accuracy", self.audience_accuracy, Bounds::SHARE);
        faults.within("taste", |faults| {
            faults.count("dimensions", self.taste.dimensions.into(), 1, 64);
            faults.number("strength", self.taste.strength, Bounds::between(0.0, 20.0));
            faults.number("spread", self.taste.spread, Bounds::between(0.0, 20.0));
        });
        self.validate_drift(faults);
        faults.within("receptiveness", |faults| faults.number("spread", self.receptiveness.spread, Bounds::between(0.0, 10.0)));
        faults.within("rhythm", |faults| {
            faults.number("amplitude", self.rhythm.amplitude, Bounds::between(0.0, 10.0));
            faults.number("preferred_hour_mean", self.rhythm.preferred_hour_mean, Bounds::between(0.0, 24.0));
            faults.number("preferred_hour_spread", self.rhythm.preferred_hour_spread, Bounds::between(0.0, 24.0));
        });
        faults.within("novelty", |faults| self.novelty.validate(faults));
        faults.within("wear_out", |faults| self.wear_out.validate(faults));
        faults.within("fatigue", |faults| self.fatigue.validate(faults));
        faults.within("offers", |faults| self.offers.validate(faults));
        faults.within("sessions", |faults| self.sessions.validate(faults));
        faults.within("lapse", |faults| self.lapse.validate(faults));
        self.validate_observables(faults);
    }

    fn validate_segments(&self, faults: &mut Faults) {
        if self.segments.is_empty() || self.segments.len() > 64 {
            faults.add("segments", format!("{} segments", self.segments.len()), "between 1 and 64 segments");
        }
        faults.distinct_names("segments", self.segments.iter().map(|segment| segment.name.as_str()));
        faults.each("segments", &self.segments, |faults, segment| {
            faults.number("weight", segment.weight, Bounds::SHARE);
            faults.number("initially_lapsed", segment.initially_lapsed, Bounds::SHARE);
            faults.within("sessions_per_day", |faults| {
                faults.number("mean", segment.sessions_per_day.mean, Bounds::between(0.0, 100.0));
                faults.number("shape", segment.sessions_per_day.shape, Bounds::above(0.0, 1e6));
            });
        });
        validate_sum_is_one(faults, "segments", "weights", self.segments.iter().map(|segment| segment.weight));
    }

    fn validate_drift(&self, faults: &mut Faults) {
        let names: Vec<&str> = self.segments.iter().map(|segment| segment.name.as_str()).collect();
        faults.within("drift", |faults| {
            faults.number("segment_half_life_days", self.drift.segment_half_life_days, Bounds::POSITIVE);
            faults.number("customer_half_life_days", self.drift.customer_half_life_days, Bounds::POSITIVE);
            faults.count("knot_days", self.drift.knot_days.into(), 1, 365);
            faults.each("breaks", &self.drift.breaks, |faults, turn| {
                faults.number("angle_degrees", turn.angle_degrees, Bounds::between(-360.0, 360.0));
                if let Some(segment) = &turn.segment {
                    faults.known_name("segment", segment, &names, "segment");
                }
            });
        });
    }

    fn validate_observables(&self, faults: &mut Faults) {
        if self.platforms.is_empty() || self.platforms.len() > 16 {
            faults.add("platforms", format!("{} platforms", self.platforms.len()), "between 1 and 16 platforms");
        }
        faults.distinct_names("platforms", self.platforms.iter().map(|platform| platform.name.as_str()));
        faults.each("platforms", &self.platforms, |faults, platform| faults.number("share", platform.share, Bounds::SHARE));
        validate_sum_is_one(faults, "platforms", "shares", self.platforms.iter().map(|platform| platform.share));
        for (field, names) in [("regions", &self.regions), ("age_bands", &self.age_bands)] {
            if names.is_empty() || names.len() > 64 {
                faults.add(field, format!("{} names", names.len()), "between 1 and 64 names");
            }
        }
        faults.number("tenure_mean_days", self.tenure_mean_days, Bounds::NOT_NEGATIVE);
        if self.loyalty_tiers.is_empty() || self.loyalty_tiers.len() > 16 {
            faults.add("loyalty_tiers", format!("{} tiers", self.loyalty_tiers.len()), "between 1 and 16 tiers");
        }
        faults.distinct_names("loyalty_tiers", self.loyalty_tiers.iter().map(|tier| tier.name.as_str()));
        faults.each("loyalty_tiers", &self.loyalty_tiers, |faults, tier| {
            faults.number("from_recent_sessions", tier.from_recent_sessions, Bounds::NOT_NEGATIVE);
        });
    }
}

/// Records a fault at the list `field` unless its `what` (weights, shares) sum to 1 within 1e-6.
pub(crate) fn validate_sum_is_one(faults: &mut Faults, field: &str, what: &str, parts: impl Iterator<Item = f64>) {
    let sum: f64 = parts.sum();
    if sum.is_nan() || (sum - 1.0).abs() > 1e-6 {
        faults.add(field, format!("{what} that sum to {}", (sum * 1e6).round() / 1e6), format!("{what} that sum to 1"));
    }
}
