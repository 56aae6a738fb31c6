//! What a scenario leaves open: fields whose values differ between replicates, so that replicates also vary the world. Here are the
//! distributions; `worlds` draws from them.
//!
//! **What**: one number between 0 and 1 per replicate and entry, turned into a value by the distribution's quantile function, so that more
//! entries move no other draw and equal entries of two scenarios draw alike.
//! **Formula** (`u` uniform, `Φ⁻¹` the standard normal quantile): Uniform `low + u (high − low)`; Normal `mean + sd Φ⁻¹(u)`; LogNormal
//! `median · spread^Φ⁻¹(u)`; Triangular, with `c = (mode − low)/(high − low)`, `low + √(u (high − low)(mode − low))` for `u < c` and
//! `high − √((1 − u)(high − low)(high − mode))` above; Choice the value number `⌊u n⌋`.
//! **Reference**: Devroye 1986, chapter 2 (inversion).

use crate::domain::{Bounds, Faults};
use crate::scenario::path::{FieldPath, Step};
use crate::scenario::sweep::readable;
use crate::stats::distributions::Normal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Most entries of the section.
const MOST_ENTRIES: usize = 64;
/// Most values of a choice.
const MOST_VALUES: usize = 1_000;
/// Significant digits of a draw: far finer than any field is known, coarse enough to be the same on every machine.
const DIGITS: i32 = 9;

/// A field whose value differs between replicates.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UncertainField {
    /// Path of the field as for `--set`, such as population.drift.segment_half_life_days or arms[agents].policy.contact_cost.
    pub field: String,
    /// What its value in each replicate is drawn from; whole numbers are rounded.
    pub distribution: Distribution,
}

/// What a value is drawn from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Distribution {
    /// Every number between two ends, all alike.
    Uniform {
        /// unit of the field: lower end.
        low: f64,
        /// unit of the field: upper end.
        high: f64,
    },
    /// A normal distribution; it has no ends, so a field with bounds needs a small standard deviation.
    Normal {
        /// unit of the field: mean.
        mean: f64,
        /// unit of the field: standard deviation.
        sd: f64,
    },
    /// A log-normal distribution, for fields above 0.
    LogNormal {
        /// unit of the field: half of the draws lie below.
        median: f64,
        /// factor, above 1: about two thirds (68.3 %) of the draws lie between median / spread and median × spread, 95 % between median / spread^1.96 and median × spread^1.96. The geometric standard deviation.
        spread: f64,
    },
    /// A triangle: most likely at the mode, never beyond the ends.
    Triangular {
        /// unit of the field: lower end.
        low: f64,
        /// unit of the field: the most likely value.
        mode: f64,
        /// unit of the field: upper end.
        high: f64,
    },
    /// One of several values, all alike; a value listed twice comes twice as often.
    Choice {
        /// The values as they are written for `--set`, each in quotes: ["10", "20"] or ["Thompson()", "Random()"].
        values: Vec<String>,
    },
}

/// A value that was drawn.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Drawn {
    /// A number.
    Number(f64),
    /// A value as written for `--set`.
    Text(String),
}

impl Distribution {
    /// The value at `u`, which lies between 0 and 1.
    pub(crate) fn at(&self, u: f64) -> Drawn {
        let normal = || Normal.quantile(u).unwrap_or(0.0);
        let number = match self {
            Self::Uniform { low, high } => low + u * (high - low),
            Self::Normal { mean, sd } => mean + sd * normal(),
            Self::LogNormal { median, spread } => median * libm::exp(libm::log(*spread) * normal()),
            Self::Triangular { low, mode, high } => {
                let length = high - low;
                if u * length < mode - low {
                    low + (u * length * (mode - low)).sqrt()
                } else {
                    high - ((1.0 - u) * length * (high - mode)).sqrt()
                }
            }
            Self::Choice { values } => {
                let place = (u * values.len() as f64) as usize;
                return Drawn::Text(values.get(place.min(values.len().saturating_sub(1))).cloned().unwrap_or_default());
            }
        };
        Drawn::Number(readable(number, DIGITS))
    }

    fn validate(&self, faults: &mut Faults) {
        match self {
            Self::Uniform { low, high } => ascending(faults, ("low", *low), ("high", *high), false),
            Self::Normal { mean, sd } => {
                faults.number("mean", *mean, Bounds::FINITE);
                faults.number("sd", *sd, Bounds::POSITIVE);
            }
            Self::LogNormal { median, spread } => {
                faults.number("median", *median, Bounds::POSITIVE);
                faults.number("spread", *spread, Bounds::above(1.0, 1_000.0));
            }
            Self::Triangular { low, mode, high } => {
                ascending(faults, ("low", *low), ("high", *high), false);
                ascending(faults, ("low", *low), ("mode", *mode), true);
                ascending(faults, ("mode", *mode), ("high", *high), true);
            }
            Self::Choice { values } => {
                if values.is_empty() || values.len() > MOST_VALUES {
                    let hint = "a value listed twice comes twice as often";
                    faults.add_with_hint(
                        "values",
                        format!("{} values", values.len()),
                        format!("1 to {MOST_VALUES} values"),
                        hint,
                    );
                }
            }
        }
    }
}

fn ascending(faults: &mut Faults, low: (&str, f64), high: (&str, f64), may_be_equal: bool) {
    let before = faults.found_so_far();
    faults.number(low.0, low.1, Bounds::FINITE);
    faults.number(high.0, high.1, Bounds::FINITE);
    let is_ascending = low.1 < high.1 || (may_be_equal && low.1 == high.1);
    if faults.found_so_far() == before && !is_ascending {
        let sign = if may_be_equal { "at or above" } else { "above" };
        faults.add(high.0, high.1, format!("a number {sign} `{}`, which is {}", low.0, low.1));
    }
}

/// Fields that may not differ between replicates, as the catalogue writes them, and why; what lies above them may not either.
const REFUSED: [(&str, &str); 21] = [
    ("name", "it names the study"),
    ("title", "it changes no result"),
    ("description", "it changes no result"),
    ("start", "replicates share their calendar"),
    ("pre_period_days", "replicates share their calendar"),
    ("phases[].name", "replicates share their windows"),
    ("phases[].months", "replicates share their windows"),
    ("phases[].curation", "replicates share their handoffs; name a field of the curation"),
    ("phases[].on_call", "replicates share who is on call; name a field of it"),
    ("phases[].generation", "replicates share what is generated when; name a field of it"),
    ("arms[].in_phases[].phase", "replicates share their handoffs"),
    ("arms[].in_phases[].curation", "replicates share their handoffs; name a field of the curation"),
    ("arms[].in_phases[].on_call", "replicates share who is on call; name a field of it"),
    ("arms[].name", "replicates share their arms"),
    ("arms[].share", "the check of arm sizes compares them with it"),
    ("arms[].curated", "replicates share their handoffs"),
    ("verticals[].name", "metrics are named by it"),
    ("population.size", "replicates share their size"),
    ("study", "how the trial is studied is not part of the world"),
    ("uncertainty", "it would vary itself"),
    ("channels[].name", "other fields refer to it"),
];

/// Checks the section alone; whether its fields exist and its draws fit is seen when they are drawn.
pub(crate) fn validate_uncertainty(entries: &[UncertainField], faults: &mut Faults) {
    if entries.len() > MOST_ENTRIES {
        faults.add("uncertainty", format!("{} entries", entries.len()), format!("at most {MOST_ENTRIES} entries"));
    }
    faults.each("uncertainty", entries, |faults, entry| {
        if let Some(reason) = refusal(&entry.field) {
            faults.add_with_hint("field", format!("{:?}", entry.field), "a field that may differ between replicates", reason);
        }
        faults.within("distribution", |faults| entry.distribution.validate(faults));
    });
}

/// Why a field may not differ between replicates; `None` if it may.
fn refusal(field: &str) -> Option<&'static str> {
    let path = FieldPath::parse(field)?;
    // Lists stand for themselves and for any of their items.
    let form = path.catalogue_form();
    let is_below =
        |inner: &str, outer: &str| inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']));
    let is_whole_study = |refused: &str| matches!(refused, "study" | "uncertainty");
    let matching =
        |(refused, _): &&(&str, &str)| is_below(refused, &form) || (is_whole_study(refused) && is_below(&form, refused));
    let last_is_name = matches!(path.0.last(), Some(Step::Field(name)) if name == "name");
    let named = last_is_name.then_some("other fields refer to it");
    REFUSED.iter().find(matching).map(|(_, reason)| *reason).or(named)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(distribution: &Distribution, u: f64) -> f64 {
        match distribution.at(u) {
            Drawn::Number(number) => number,
            Drawn::Text(text) => panic!("{text} is no number"),
        }
    }

    #[test]
    fn quantiles_are_those_of_the_distribution() {
        let close = |found: f64, known: f64| assert!((found - known).abs() < 1e-6 * known.abs().max(1.0), "{found}, not {known}");
        let log_normal = Distribution::LogNormal { median: 400.0, spread: 2.0 };
        // Φ(−1), Φ(0), Φ(1) and Φ(1.959964).
        close(number(&log_normal, 0.158_655_253_931_457), 200.0);
        close(number(&log_normal, 0.5), 400.0);
        close(number(&log_normal, 0.841_344_746_068_543), 800.0);
        close(number(&Distribution::Normal { mean: 3.0, sd: 2.0 }, 0.975), 3.0 + 2.0 * 1.959_963_985);
        close(number(&Distribution::Uniform { low: -1.0, high: 3.0 }, 0.25), 0.0);
        // A triangle from 0 to 4 with its top at 1: F(1) = 1/4, F(2) = 1 − 4/12.
        let triangle = Distribution::Triangular { low: 0.0, mode: 1.0, high: 4.0 };
        close(number(&triangle, 0.25), 1.0);
        close(number(&triangle, 2.0 / 3.0), 2.0);
        let flat = Distribution::Triangular { low: 0.0, mode: 0.0, high: 1.0 };
        close(number(&flat, 0.75), 0.5);
        let values = ["a", "b", "b"].map(str::to_owned).to_vec();
        let choice = Distribution::Choice { values };
        assert_eq!([0.1, 0.34, 0.999].map(|u| choice.at(u)), ["a", "b", "b"].map(|text| Drawn::Text(text.to_owned())));
    }

    #[test]
    fn what_replicates_share_may_not_differ_between_them() {
        for field in [
            "study.seed",
            "study",
            "phases[0].months",
            "phases",
            "phases[0]",
            "arms",
            "arms[agents].share",
            "population",
            "verticals[0].name",
            "uncertainty[0].field",
            "start",
        ] {
            assert!(refusal(field).is_some(), "{field}");
        }
        for field in [
            "population.represents",
            "phases[0].curation.skill",
            "arms[agents].policy",
            "verticals[0].margin",
            "channels[0].cost_per_message",
        ] {
            assert!(refusal(field).is_none(), "{field}");
        }
    }
}
