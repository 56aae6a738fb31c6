//! Rules of meaning: every layer's own (through the parameters' `validate`) and those that only the whole scenario can check.

use crate::agents::{PoolKind, RewardKind, ThompsonParams};
use crate::analysis::EstimatorName;
use crate::domain::{Bounds, Faults, Metric};
use crate::kernel::{Calendar, Date, parse_date};
use crate::scenario::file::MOST_REPLICATES;
use crate::scenario::memory::{MemoryEstimate, TrialSize, describe_bytes};
use crate::scenario::uncertainty::validate_uncertainty;
use crate::scenario::{ArmParams, Machine, PolicyParams, ScenarioFile, Upkeep};
use crate::world::params::{ChannelParams, CompetitorParams, VerticalParams};

/// Years a simulation may last: 32-bit seconds would hold 136.
const MAX_YEARS: u32 = 60;
/// Years in which a trial may start: the range in which the civil calendar is the one people know.
const START_YEARS: std::ops::RangeInclusive<i16> = 1900..=2200;
/// Customers below which a population is small.
const SMALL_POPULATION: u32 = 100;
/// Half-lives after which a deadline's pull is nothing.
const DEADLINE_REACH_HALF_LIVES: f64 = 10.0;

/// Checks a whole scenario; the calendar is `None` if the dates make no sense.
pub(crate) fn validate(file: &ScenarioFile, machine: &Machine, faults: &mut Faults) -> Option<Calendar> {
    validate_name(&file.name, faults);
    let calendar = validate_time(file, faults);
    let platforms: Vec<&str> = file.population.platforms.iter().map(|platform| platform.name.as_str()).collect();
    let channels: Vec<&str> = file.channels.iter().map(|channel| channel.name.as_str()).collect();
    let verticals: Vec<&str> = file.verticals.iter().map(|vertical| vertical.name.as_str()).collect();
    faults.within("population", |faults| file.population.validate(faults));
    ChannelParams::validate_all(&file.channels, &platforms, faults);
    faults.within("content", |faults| file.content.validate(&verticals, faults));
    VerticalParams::validate_all(&file.verticals, faults);
    validate_vertical_names(&verticals, faults);
    CompetitorParams::validate_all(&file.competitors, &verticals, faults);
    faults.within("guardrails", |faults| file.guardrails.validate(&channels, faults));
    validate_upkeep(file, &verticals, faults);
    faults.within("pre_policy", |faults| file.pre_policy.validate(&channels, faults));
    validate_arms(file, &Words { channels: &channels, verticals: &verticals }, faults);
    validate_study(file, &verticals, faults);
    if let Some(calendar) = &calendar {
        validate_schedule(file, calendar, faults);
    }
    validate_memory(file, machine, faults);
    validate_uncertainty(&file.uncertainty, faults);
    calendar
}

/// Names that other fields refer to.
struct Words<'a> {
    channels: &'a [&'a str],
    verticals: &'a [&'a str],
}

fn validate_name(name: &str, faults: &mut Faults) {
    let usable = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    if name.is_empty() || name.len() > 100 || name.starts_with('.') || !name.chars().all(usable) {
        let expected = "a name usable for a folder: 1 to 100 letters, digits, `_`, `-` or `.`, not beginning with `.`";
        let suggestion: String = name.trim().chars().map(|c| if usable(c) { c } else { '_' }).take(100).collect();
        let suggestion = suggestion.trim_start_matches('.');
        if suggestion.chars().any(|c| c.is_ascii_alphanumeric()) {
            faults.add_with_hint("name", format!("{name:?}"), expected, format!("use \"{suggestion}\"; `title` takes any text"));
        } else {
            faults.add("name", format!("{name:?}"), expected);
        }
    }
}

fn validate_time(file: &ScenarioFile, faults: &mut Faults) -> Option<Calendar> {
    faults.count("pre_period_days", file.pre_period_days.into(), 0, 730);
    validate_phases(file, faults);
    let start = match parse_date(&file.start) {
        Some(date) if START_YEARS.contains(&date.year()) => Some(date),
        Some(_) => {
            let expected = format!("a date in the years {} to {}", START_YEARS.start(), START_YEARS.end());
            faults.add("start", format!("{:?}", file.start), expected);
            None
        }
        None => {
            let hint = "year, month and day, as in the calendar: \"YYYY-MM-DD\"";
            faults.add_with_hint("start", format!("{:?}", file.start), "a date such as \"2025-02-01\"", hint);
            None
        }
    };
    let months = file.phases.iter().try_fold(0_u32, |sum, phase| sum.checked_add(phase.months));
    let months = months.filter(|months| (1..=MAX_YEARS * 12).contains(months));
    if months.is_none() && file.phases.iter().any(|phase| phase.months > 0) {
        let total: u64 = file.phases.iter().map(|phase| u64::from(phase.months)).sum();
        faults.add("phases", format!("{total} months together"), format!("at most {MAX_YEARS} years together"));
    }
    Calendar::new(start?, file.pre_period_days.min(730), months?)
}

fn validate_phases(file: &ScenarioFile, faults: &mut Faults) {
    if file.phases.is_empty() {
        let hint = "leave `phases` out for four curated months and seven alone";
        faults.add_with_hint("phases", "no phases", "at least one phase", hint);
    }
    if file.phases.len() > 64 {
        faults.add("phases", format!("{} phases", file.phases.len()), "at most 64 phases");
    }
    faults.distinct_names("phases", file.phases.iter().map(|phase| phase.name.as_str()));
    faults.each("phases", &file.phases, |faults, phase| {
        let is_month = phase.name.strip_prefix("month_").is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit()));
        if is_month || matches!(phase.name.as_str(), "pre" | "trial") {
            let hint = "`pre`, `trial` and `month_01`… are windows of every trial";
            faults.add_with_hint("name", format!("{:?}", phase.name), "a name that no other window has", hint);
        }
        if phase.months == 0 {
            faults.add_with_hint("months", 0, "at least 1 month", "remove the phase if it should not take place");
        }
    });
}

fn validate_vertical_names(verticals: &[&str], faults: &mut Faults) {
    for (index, name) in verticals.iter().enumerate() {
        if name.contains([':', ',', '"', '\n']) {
            let place = format!("verticals[{index}].name");
            faults.add(&place, format!("{name:?}"), "a name without `:`, `,`, quotes or line breaks");
        }
    }
}

/// Teams, people on call and generative models, in phases and in the arms' own.
fn validate_upkeep(file: &ScenarioFile, verticals: &[&str], faults: &mut Faults) {
    let names: Vec<String> = verticals.iter().map(|vertical| (*vertical).to_owned()).collect();
    // A watch adds up months, so it takes metrics that can be added up.
    let metrics: Vec<String> = Metric::all(names.len())
        .into_iter()
        .filter(|metric| !matches!(metric, Metric::Lapsed | Metric::DirectOpensPerMessage))
        .map(|metric| metric.name(&names))
        .collect();
    let metrics: Vec<&str> = metrics.iter().map(String::as_str).collect();
    let arms: Vec<&str> = file.arms.iter().map(|arm| arm.name.as_str()).collect();
    let phases: Vec<&str> = file.phases.iter().map(|phase| phase.name.as_str()).collect();
    let validate = |upkeep: &Upkeep<'_>, faults: &mut Faults| {
        if let Some(curation) = upkeep.curation {
            faults.within("curation", |faults| curation.validate(faults));
        }
        if let Some(on_call) = upkeep.on_call {
            faults.within("on_call", |faults| on_call.validate(&arms, &metrics, faults));
        }
        if let Some(generation) = upkeep.generation {
            faults.within("generation", |faults| generation.validate(faults));
        }
        if upkeep.curation.is_some() && upkeep.on_call.is_some() {
            let hint = "let people be on call in a phase without `curation`";
            faults.add_with_hint("on_call", "people on call beside a team that is there anyway", "one of the two", hint);
        }
    };
    faults.each("phases", &file.phases, |faults, phase| validate(&phase.upkeep(), faults));
    faults.each("arms", &file.arms, |faults, arm| {
        faults.each("in_phases", &arm.in_phases, |faults, own| {
            faults.known_name("phase", &own.phase, &phases, "phase");
            validate(&own.upkeep(), faults);
        });
    });
}

fn validate_arms(file: &ScenarioFile, words: &Words<'_>, faults: &mut Faults) {
    let arms = &file.arms;
    if arms.len() < 2 {
        let hint = "the first arm is what the others are compared with; add one more";
        faults.add_with_hint("arms", format!("{} arms", arms.len()).replace("1 arms", "1 arm"), "at least 2 arms", hint);
    }
    if arms.len() > 16 {
        faults.add("arms", format!("{} arms", arms.len()), "at most 16 arms");
    }
    faults.distinct_names("arms", arms.iter().map(|arm| arm.name.as_str()));
    for (index, arm) in arms.iter().enumerate() {
        faults.within(&format!("arms[{index}]"), |faults| {
            faults.number("share", arm.share, Bounds::above(0.0, 1.0));
            faults.within("policy", |faults| validate_policy(&arm.policy, index == 0, words, faults));
        });
    }
    validate_arm_sizes(file, faults);
    let sum: f64 = arms.iter().map(|arm| arm.share).sum();
    if arms.len() >= 2 && sum.is_finite() && (sum - 1.0).abs() > 1e-6 {
        let shares: Vec<String> = arms.iter().map(|arm: &ArmParams| arm.share.to_string()).collect();
        let value = format!("shares that sum to {} ({})", (sum * 1e6).round() / 1e6, shares.join(" + "));
        faults.add_with_hint("arms", value, "shares that sum to 1", "every customer is in exactly one arm");
    }
}

/// Every arm needs two customers for a variance. In a small population its size is to blame, in a large one the share.
fn validate_arm_sizes(file: &ScenarioFile, faults: &mut Faults) {
    let size = file.population.size;
    let has_too_few = |arm: &ArmParams| arm.share > 0.0 && arm.share <= 1.0 && size > 0 && arm.share * f64::from(size) < 2.0;
    let Some((index, arm)) = file.arms.iter().enumerate().find(|(_, arm)| has_too_few(arm)) else { return };
    let needed = (2.0 / arm.share).ceil();
    if size < SMALL_POPULATION {
        let expected = format!("at least {needed} customers: arm \"{}\" gets {} of them and needs 2", arm.name, arm.share);
        faults.add("population.size", size, expected);
    } else {
        let expected = format!("a share that gives the arm at least 2 of {size} customers");
        faults.add(&format!("arms[{index}].share"), arm.share, expected);
    }
}

fn validate_policy(policy: &PolicyParams, is_first: bool, words: &Words<'_>, faults: &mut Faults) {
    match policy {
        PolicyParams::Silent => {}
        PolicyParams::BusinessAsUsual(params) => params.validate(words.channels, faults),
        PolicyParams::Thompson(params) => {
            params.validate(words.verticals, faults);
            validate_pool(params, is_first, faults);
        }
        PolicyParams::Random(params) => params.validate(faults),
        PolicyParams::Oracle(params) => faults.count("messages_per_week", params.messages_per_week.into(), 0, 7),
    }
}

fn validate_pool(params: &ThompsonParams, is_first: bool, faults: &mut Faults) {
    if let (RewardKind::DifferenceInDifferences { pool: PoolKind::Control, .. }, true) = (&params.reward, is_first) {
        let hint = "put the control arm first, or use `pool: NotContacted`";
        faults.add_with_hint("reward", "the control arm as pool of the control arm", "another arm as pool", hint);
    }
}

fn validate_study(file: &ScenarioFile, verticals: &[&str], faults: &mut Faults) {
    let names: Vec<String> = verticals.iter().map(|name| (*name).to_owned()).collect();
    let metrics: Vec<String> = Metric::all(names.len()).into_iter().map(|metric| metric.name(&names)).collect();
    let metrics: Vec<&str> = metrics.iter().map(String::as_str).collect();
    faults.within("study", |faults| {
        let study = &file.study;
        faults.count("replicates", study.replicates.into(), 1, MOST_REPLICATES.into());
        validate_choice("metrics", &study.metrics, &metrics, faults);
        let estimators: Vec<&str> = EstimatorName::ALL.iter().map(|name| name.as_str()).collect();
        validate_choice("estimators", &study.estimators, &estimators, faults);
        faults.number("attribution_window_hours", study.attribution_window_hours, Bounds::above(0.0, 24.0 * 28.0));
    });
}

/// A list of known names, each used once and at least one.
fn validate_choice(field: &str, names: &[String], known: &[&str], faults: &mut Faults) {
    let what = field.trim_end_matches('s');
    if names.is_empty() {
        faults.add(field, "no names", format!("at least one {what}: {}", known.join(", ")));
    }
    for (index, name) in names.iter().enumerate() {
        let place = format!("{field}[{index}]");
        faults.known_name(&place, name, known, what);
        if names[..index].contains(name) {
            faults.add(&place, format!("{name:?}"), format!("every {what} once"));
        }
    }
}

/// Everything placed in time must lie in the trial.
fn validate_schedule(file: &ScenarioFile, calendar: &Calendar, faults: &mut Faults) {
    let days = calendar.total_days() - calendar.pre_days();
    let last = days - 1;
    let first = -i64::from(calendar.pre_days());
    let hint = format!("the trial lasts {} months: days 0 to {last} after its start", calendar.months());
    faults.within("population", |faults| {
        faults.within("drift", |faults| {
            faults.each("breaks", &file.population.drift.breaks, |faults, turn| {
                if turn.day > last {
                    faults.add_with_hint("day", turn.day, format!("a day from 0 to {last}"), &hint);
                }
            });
        });
    });
    faults.each("competitors", &file.competitors, |faults, competitor| {
        let (enters, expected) = (i64::from(competitor.enters_day), format!("a day from {first} to {last}"));
        if enters < first || enters > i64::from(last) {
            faults.add_with_hint("enters_day", enters, &expected, &hint);
        }
        if let Some(leaves) = competitor.leaves_day.filter(|leaves| i64::from(*leaves) > i64::from(days)) {
            faults.add_with_hint("leaves_day", leaves, format!("a day up to {days}, or nothing if it stays"), &hint);
        }
    });
    faults.each("verticals", &file.verticals, |faults, vertical| {
        faults.each("deadlines", &vertical.deadlines, |faults, deadline| {
            let Some(date) = parse_date(&deadline.on) else { return };
            let reach = (deadline.half_life_days * DEADLINE_REACH_HALF_LIVES).clamp(0.0, 36_500.0) as i64;
            let day = day_of(calendar, date);
            if day < 0 || day > i64::from(calendar.total_days()) + reach {
                let (from, to) = (calendar.date(0), calendar.date(calendar.total_days() - 1));
                let expected = format!("a date from {from} to {to}, or soon after");
                faults.add_with_hint("on", format!("{:?}", deadline.on), expected, "elsewhere it pulls no demand into the trial");
            }
        });
    });
}

/// Day of a date, counted from the first day of the pre-period.
fn day_of(calendar: &Calendar, date: Date) -> i64 {
    let first = calendar.date(0);
    first.until((jiff::Unit::Day, date)).map_or(i64::MAX, |span| i64::from(span.get_days()))
}

fn validate_memory(file: &ScenarioFile, machine: &Machine, faults: &mut Faults) {
    let Some(available) = machine.memory_bytes else { return };
    let months = file.phases.iter().map(|phase| u64::from(phase.months)).sum::<u64>().min(u64::from(MAX_YEARS) * 12);
    let estimate = MemoryEstimate::of(TrialSize::of(file, months));
    if estimate.replicates_that_fit(available) == 0 {
        let needed = describe_bytes(estimate.replicate_bytes());
        let per_customer = estimate.replicate_bytes() / estimate.customers.max(1);
        let fitting = available / per_customer.max(1);
        let expected = format!(
            "a population that fits into memory: this one needs {needed}, this machine has {}",
            describe_bytes(available)
        );
        // Without twins more customers fit; only worth saying where twins were asked for or are on by default.
        let twins = if file.records_truth() { " (more without twins: `study.truth: false`)" } else { "" };
        let hint = format!(
            "about {fitting} customers would fit{twins}; `population.represents` scales money to the real population without simulating it"
        );
        faults.within("population", |faults| faults.add_with_hint("size", file.population.size, expected, hint));
    }
}
