//! `longgame power`: how many units a trial of two arms needs, or which lift so many units find. Flags become a [`TrialPlan`];
//! `analysis::power` does the arithmetic; this file words the answer.

use crate::analysis::alternative::Alternative;
use crate::analysis::power::{Baseline, TwoArmTest, design_effect};
use crate::cli::alternative::AlternativeChoice;
use crate::cli::failure::Failure;
use crate::cli::output;
use crate::report::count;
use clap::{ArgGroup, Args};
use serde::Serialize;

const EXAMPLES: &str = "\
Examples:
  Units that find a lift of 10 % in a rate of 5 %:
    longgame power --baseline 5% --mde 10%
  The same for a mean of 20 euros with a standard deviation of 60, and households of 2.5 people assigned as a whole:
    longgame power --baseline 20 --std-dev 60 --mde 10% --clusters-of 2.5 --icc 0.1
  The least lift that 20,000 units in both arms together find:
    longgame power --baseline 5% --units 20000";
/// Fewest units of an arm that a standard deviation can be taken of.
const FEWEST_UNITS: f64 = 2.0;
/// Fewest clusters per arm for which the design effect alone is a good approximation.
const FEW_CLUSTERS: u64 = 20;
/// Fewest units per arm with and without the event for which a normal approximation holds.
const FEW_EVENTS: f64 = 5.0;

/// Arguments of `power`.
#[derive(Debug, Args)]
#[command(
    after_long_help = EXAMPLES,
    after_help = "Examples: longgame power --help",
    group = ArgGroup::new("question").required(true).args(["mde", "mde_absolute", "units"])
)]
pub(super) struct PowerArguments {
    /// What control has: a rate such as 0.05 or 5%, or with --std-dev a mean
    #[arg(long, value_name = "VALUE", allow_hyphen_values = true, value_parser = number_or_percent)]
    baseline: Quantity,
    /// Standard deviation between units, if --baseline is a mean
    #[arg(long, value_name = "S", value_parser = positive)]
    std_dev: Option<f64>,
    /// Least lift to find, relative to the baseline: 10% or 0.1
    #[arg(long, value_name = "LIFT", allow_hyphen_values = true, value_parser = number_or_percent)]
    mde: Option<Quantity>,
    /// Least effect to find, in units of the outcome: 0.005 for half a percentage point of a rate
    #[arg(long, value_name = "D", allow_hyphen_values = true, value_parser = number_or_percent)]
    mde_absolute: Option<Quantity>,
    /// Units in both arms together: tells the least lift that they find
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(4..=1_000_000_000_000))]
    units: Option<u64>,
    /// Share of units that are treated
    #[arg(long, value_name = "SHARE", default_value = "0.5", value_parser = share)]
    share: f64,
    /// Coverage of the interval that the trial will be read by; 1 minus this is the error of the first kind
    #[arg(long, value_name = "SHARE", default_value = "0.95", value_parser = share)]
    level: f64,
    /// Share of trials that are to find the lift, if it is there
    #[arg(long, value_name = "SHARE", default_value = "0.8", value_parser = share)]
    power: f64,
    /// Which effects the trial looks for
    #[arg(long, value_name = "WHICH", default_value = "two-sided")]
    alternative: AlternativeChoice,
    /// Units in a cluster, on average, if whole clusters are assigned
    #[arg(long, value_name = "M", requires = "icc", value_parser = cluster_size)]
    clusters_of: Option<f64>,
    /// Intra-cluster correlation of the outcome
    #[arg(long, value_name = "R", requires = "clusters_of", value_parser = correlation)]
    icc: Option<f64>,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// A number and whether it was typed with a percent sign.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Quantity {
    value: f64,
    is_percent: bool,
}

/// A trial to be planned, wherever it was described.
#[derive(Debug, Clone, Copy)]
struct TrialPlan {
    test: TwoArmTest,
    /// Coverage of the interval.
    level: f64,
    power: f64,
    cluster_size: Option<f64>,
    question: Question,
}

/// What is asked about a trial.
#[derive(Debug, Clone, Copy)]
enum Question {
    /// Units that find this absolute effect.
    Units(f64),
    /// The effect that so many units in both arms find.
    Effect(u64),
}

/// The answer, flat.
#[derive(Debug, Clone, Serialize)]
struct PowerRow {
    longgame: &'static str,
    outcome: &'static str,
    baseline: f64,
    std_dev: Option<f64>,
    treated_mean: f64,
    effect: f64,
    /// A share of the baseline; none without one.
    lift: Option<f64>,
    control_units: u64,
    treated_units: u64,
    control_clusters: Option<u64>,
    treated_clusters: Option<u64>,
    design_effect: f64,
    level: f64,
    power: f64,
    alternative: &'static str,
    method: &'static str,
    notes: Vec<String>,
}

/// Plans a trial.
pub(super) fn power(arguments: &PowerArguments) -> Result<(), Failure> {
    let plan = TrialPlan::new(arguments)?;
    let row = plan.answer()?;
    if arguments.json { output::print_json(&row) } else { output::print(&row.text(plan.question)) }
}

impl TrialPlan {
    fn new(arguments: &PowerArguments) -> Result<Self, Failure> {
        let baseline = baseline(arguments)?;
        let cluster = arguments.clusters_of.zip(arguments.icc);
        let alternative = arguments.alternative.meant();
        let test = TwoArmTest {
            baseline,
            treated_share: arguments.share,
            alpha: 1.0 - arguments.level,
            alternative,
            design_effect: cluster.map_or(1.0, |(size, correlation)| design_effect(size, correlation)),
        };
        if arguments.power <= test.alpha {
            let message = format!("--power {} is no more than what chance finds at --level {}", arguments.power, arguments.level);
            return Err(Failure::input(message, Some("0.8 and 0.9 are customary".to_owned())));
        }
        let question = match arguments.units {
            Some(units) => Question::Effect(units),
            None => Question::Units(effect(arguments, baseline)?),
        };
        let (power, level) = (arguments.power, arguments.level);
        Ok(Self { test, level, power, cluster_size: arguments.clusters_of, question })
    }

    fn answer(&self) -> Result<PowerRow, Failure> {
        let (effect, units) = match self.question {
            Question::Units(effect) => {
                self.check_direction(effect)?;
                let units = self.test.units_needed(effect, self.power).ok_or_else(|| {
                    let hint = "ask for a larger lift";
                    Failure::input("no trial of any size finds so small a lift", Some(hint.to_owned()))
                })?;
                (effect, units)
            }
            Question::Effect(units) => {
                let effect = self.test.detectable_effect(units as f64, self.power).ok_or_else(|| {
                    let message = format!("{} units are too few to find any lift in {}", count(units), percent(self.power));
                    let hint = "more units, or less --power, give an answer; --mde tells how many a given lift needs";
                    Failure::input(format!("{message} of trials"), Some(hint.to_owned()))
                })?;
                (effect, units as f64)
            }
        };
        let share = self.test.treated_share;
        let is_asked = matches!(self.question, Question::Effect(_));
        let (control, treated) = if is_asked {
            let treated = (units * share).round();
            (units - treated, treated)
        } else {
            // Rounding noise must not add a unit.
            let up = |units: f64| (units * (1.0 - 1e-10)).ceil().max(FEWEST_UNITS);
            (up(units * (1.0 - share)), up(units * share))
        };
        Ok(self.row(effect, control, treated))
    }

    fn check_direction(&self, effect: f64) -> Result<(), Failure> {
        let is_wrong = match self.test.alternative {
            Alternative::TwoSided => false,
            Alternative::Greater => effect < 0.0,
            Alternative::Less => effect > 0.0,
        };
        if !is_wrong {
            return Ok(());
        }
        let (looks_for, found, other) = match self.test.alternative {
            Alternative::Less => ("below", "above", "greater"),
            _ => ("above", "below", "less"),
        };
        let message = format!("the trial looks for lifts {looks_for} zero, and the one to find is {found}");
        Err(Failure::input(message, Some(format!("change its sign, or use --alternative {other} or two-sided"))))
    }

    fn row(&self, effect: f64, control: f64, treated: f64) -> PowerRow {
        let (outcome, mean, std_dev, method) = match self.test.baseline {
            Baseline::Rate(rate) => ("rate", rate, None, "normal approximation, each arm with its own variance (unpooled)"),
            Baseline::Mean { mean, std_dev } => ("mean", mean, Some(std_dev), "two-sample t test (noncentral t)"),
        };
        let clusters = |units: f64| self.cluster_size.map(|size| (units / size * (1.0 - 1e-10)).ceil() as u64);
        let mut row = PowerRow {
            longgame: env!("CARGO_PKG_VERSION"),
            outcome,
            baseline: mean,
            std_dev,
            treated_mean: mean + effect,
            effect,
            lift: (mean != 0.0).then(|| effect / mean),
            control_units: control as u64,
            treated_units: treated as u64,
            control_clusters: clusters(control),
            treated_clusters: clusters(treated),
            design_effect: self.test.design_effect,
            level: self.level,
            power: self.power,
            alternative: self.test.alternative.as_str(),
            method,
            notes: Vec::new(),
        };
        row.notes = row.cautions();
        row
    }
}

impl PowerRow {
    fn cautions(&self) -> Vec<String> {
        let mut notes = Vec::new();
        let events = |rate: f64, units: u64| rate.min(1.0 - rate) * units as f64;
        let fewest = events(self.baseline, self.control_units).min(events(self.treated_mean, self.treated_units));
        if self.outcome == "rate" && fewest < FEW_EVENTS {
            notes.push(
                "an arm has fewer than 5 units with the event, or without it: the normal approximation is rough".to_owned(),
            );
        }
        let fewest = self.control_clusters.min(self.treated_clusters);
        if fewest.is_some_and(|clusters| clusters < FEW_CLUSTERS) {
            notes.push("an arm has fewer than 20 clusters: plan one or two more per arm than this".to_owned());
        }
        notes
    }

    fn text(&self, question: Question) -> String {
        let shown = |value: f64| if self.outcome == "rate" { percent(value) } else { short(value) };
        let points = if self.outcome == "rate" { " percentage points" } else { "" };
        let absolute = if self.outcome == "rate" { short(self.effect * 100.0) } else { short(self.effect) };
        let from_to = format!("from {} to {}", shown(self.baseline), shown(self.treated_mean));
        let lift = match self.lift {
            Some(lift) => format!("a lift of {} ({from_to}, which is {absolute}{points})", percent(lift)),
            None => format!("an effect of {absolute} ({from_to}; there is no lift relative to a baseline of 0)"),
        };
        let all = self.control_units + self.treated_units;
        let units = if self.control_units == self.treated_units {
            format!("{} units per arm, {} in all", count(self.control_units), count(all))
        } else {
            let (control, treated) = (count(self.control_units), count(self.treated_units));
            format!("{control} control and {treated} treated units, {} in all", count(all))
        };
        let trials = format!("in {} of trials", percent(self.power));
        let sentence = match question {
            Question::Units(_) => format!("To find {lift} {trials}, a trial of two arms needs {units}."),
            Question::Effect(_) => format!("With {units}, a trial of two arms finds {lift} {trials}; smaller ones more rarely."),
        };
        let mut text = format!("{}\n\n", wrapped(&sentence));
        text.push_str(&format!("{:<12}{:>16}{:>16}{:>16}\n", "", "control", "treated", "all"));
        let mut line = |name: &str, cells: [String; 3]| {
            let [control, treated, all] = cells;
            text.push_str(format!("{name:<12}{control:>16}{treated:>16}{all:>16}").trim_end());
            text.push('\n');
        };
        line("units", [count(self.control_units), count(self.treated_units), count(all)]);
        if let (Some(control), Some(treated)) = (self.control_clusters, self.treated_clusters) {
            line("clusters", [count(control), count(treated), count(control + treated)]);
        }
        line(self.outcome, [shown(self.baseline), shown(self.treated_mean), String::new()]);
        if let Some(std_dev) = self.std_dev {
            line("std. dev.", [short(std_dev), short(std_dev), String::new()]);
        }
        text.push_str(&format!("\n{}\n", wrapped(&self.method_sentence())));
        for note in &self.notes {
            text.push_str(&format!("{}\n", wrapped(&format!("Note: {note}."))));
        }
        text
    }

    fn method_sentence(&self) -> String {
        let which = match self.alternative {
            "two-sided" => "Lifts in both directions count",
            "greater" => "Only lifts above zero count",
            _ => "Only lifts below zero count",
        };
        let clusters = if self.control_clusters.is_some() {
            format!(" Clusters multiply units by a design effect of {}.", short(self.design_effect))
        } else {
            String::new()
        };
        format!("{which}, at a level of {}; {}.{clusters}", percent(self.level), self.method)
    }
}

fn baseline(arguments: &PowerArguments) -> Result<Baseline, Failure> {
    let Quantity { value, is_percent } = arguments.baseline;
    if let Some(std_dev) = arguments.std_dev {
        return Ok(Baseline::Mean { mean: value, std_dev });
    }
    if value > 0.0 && value < 1.0 {
        return Ok(Baseline::Rate(value));
    }
    let sign = if is_percent { "%" } else { "" };
    let typed = typed(if is_percent { value * 100.0 } else { value });
    let percent_hint =
        if (1.0..100.0).contains(&value) && !is_percent { format!(": {typed} percent is {typed}%") } else { String::new() };
    Err(Failure::input(
        format!("--baseline {typed}{sign} is no rate between 0 and 1"),
        Some(format!("write a rate such as 0.05 or 5%{percent_hint}; if the outcome is a mean, add --std-dev")),
    ))
}

/// The absolute effect that was asked for.
fn effect(arguments: &PowerArguments, baseline: Baseline) -> Result<f64, Failure> {
    let mean = match baseline {
        Baseline::Rate(rate) => rate,
        Baseline::Mean { mean, .. } => mean,
    };
    let effect = match (arguments.mde, arguments.mde_absolute) {
        (Some(lift), _) if !lift.is_percent && lift.value.abs() >= 1.0 => {
            let number = typed(lift.value);
            let hint = format!("write {number}% for {number} percent, or {}% if it is meant so", typed(lift.value * 100.0));
            return Err(Failure::input(format!("--mde {number} would be {number} times the baseline"), Some(hint)));
        }
        (Some(_), _) if mean <= 0.0 => {
            let hint = "tell the effect in units of the outcome: --mde-absolute";
            return Err(Failure::input("a lift needs a baseline above 0 to be relative to", Some(hint.to_owned())));
        }
        (Some(lift), _) => lift.value * mean,
        (None, Some(effect)) if effect.is_percent => {
            let hint = format!(
                "for percentage points write {}; for a lift relative to the baseline --mde {}%",
                typed(effect.value),
                typed(effect.value * 100.0)
            );
            return Err(Failure::input("--mde-absolute is no percentage", Some(hint)));
        }
        (None, absolute) => absolute.map_or(0.0, |effect| effect.value),
    };
    if effect == 0.0 {
        return Err(Failure::input("no trial finds a lift of 0", Some("tell the least lift that would matter".to_owned())));
    }
    if matches!(baseline, Baseline::Rate(_)) && !(0.0..=1.0).contains(&(mean + effect)) {
        let message = format!("this lift would take the rate from {} to {}", percent(mean), percent(mean + effect));
        let hint = "a rate stays between 0 % and 100 %: --mde is relative to the baseline, --mde-absolute is not";
        return Err(Failure::input(message, Some(hint.to_owned())));
    }
    Ok(effect)
}

/// At most four significant digits, no zeros at the end.
fn short(value: f64) -> String {
    typed(value).replace('-', "\u{2212}")
}

/// The same as it is typed.
fn typed(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return value.to_string();
    }
    let decimals = (3 - value.abs().log10().floor() as i32).clamp(0, 12) as usize;
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

fn percent(share: f64) -> String {
    format!("{}\u{a0}%", short(share * 100.0))
}

/// Lines of at most 100 letters.
fn wrapped(text: &str) -> String {
    let mut lines: Vec<String> = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last_mut().map_or(0, |line| line.chars().count());
        if line > 0 && line + 1 + word.chars().count() > 100 {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines.join("\n").replace('\u{a0}', " ")
}

fn number(text: &str) -> Result<f64, String> {
    let value = text.trim().parse::<f64>().ok().filter(|value| value.is_finite());
    value.ok_or_else(|| {
        let comma = if text.contains(',') { ", with a decimal point" } else { "" };
        format!("expected a number{comma}, such as 0.1 or 10%")
    })
}

fn number_or_percent(text: &str) -> Result<Quantity, String> {
    match text.trim().strip_suffix('%') {
        Some(percent) => number(percent).map(|value| Quantity { value: value / 100.0, is_percent: true }),
        None => number(text).map(|value| Quantity { value, is_percent: false }),
    }
}

fn share(text: &str) -> Result<f64, String> {
    let Quantity { value, .. } = number_or_percent(text)?;
    if value > 0.0 && value < 1.0 { Ok(value) } else { Err("expected a share strictly between 0 and 1, such as 0.5".to_owned()) }
}

fn positive(text: &str) -> Result<f64, String> {
    number(text).ok().filter(|value| *value > 0.0).ok_or_else(|| "expected a number above 0".to_owned())
}

fn cluster_size(text: &str) -> Result<f64, String> {
    number(text).ok().filter(|value| *value >= 1.0).ok_or_else(|| "expected a number of units, 1 or more".to_owned())
}

fn correlation(text: &str) -> Result<f64, String> {
    let value = number(text).ok().filter(|value| (0.0..=1.0).contains(value));
    value.ok_or_else(|| "expected a correlation from 0 to 1, such as 0.05".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::arguments::{Arguments, Command};
    use clap::Parser;

    /// The text of the answer, or what is wrong and how to mend it.
    fn answer(flags: &str) -> Result<String, String> {
        let typed = ["longgame", "power"].into_iter().chain(flags.split_whitespace());
        let Command::Power(arguments) = Arguments::try_parse_from(typed).map_err(|error| error.to_string())?.command else {
            return Err("another command".to_owned());
        };
        let told = |failure: Failure| match failure {
            Failure::Input { message, hint } => format!("{message}; {}", hint.unwrap_or_default()),
            other => other.to_string(),
        };
        let plan = TrialPlan::new(&arguments).map_err(told)?;
        plan.answer().map(|row| row.text(plan.question)).map_err(told)
    }

    #[test]
    fn the_first_sentence_says_the_lift_both_ways() {
        let text = answer("--baseline 0.05 --mde 10%").expect("an answer");
        assert!(
            text.starts_with(
                "To find a lift of 10 % (from 5 % to 5.5 %, which is 0.5 percentage points) in 80 % of trials, a\n\
                 trial of two arms needs 31,231 units per arm, 62,462 in all.\n"
            ),
            "{text}"
        );
        for same in ["--baseline 5% --mde 0.1", "--baseline 5% --mde-absolute 0.005"] {
            assert_eq!(answer(same).as_ref(), Ok(&text), "{same}");
        }
        let text = answer("--baseline 20 --std-dev 60 --mde=-10% --share 0.2 --alternative less").expect("an answer");
        assert!(
            text.starts_with("To find a lift of \u{2212}10 % (from 20 to 18, which is \u{2212}2) in 80 % of trials"),
            "{text}"
        );
    }

    #[test]
    fn units_tell_the_lift_that_they_find() {
        let text = answer("--baseline 5% --units 20000").expect("an answer");
        assert!(
            text.starts_with("With 10,000 units per arm, 20,000 in all, a trial of two arms finds a lift of 17.98 %"),
            "{text}"
        );
    }

    #[test]
    fn clusters_are_counted_and_few_of_them_warned_of() {
        let text = answer("--baseline 20% --mde 50% --clusters-of 90 --icc 0.05").expect("an answer");
        assert!(text.contains("design effect of 5.45") && text.contains("clusters"), "{text}");
        assert!(text.contains("Note: an arm has fewer than 20 clusters"), "{text}");
    }

    #[test]
    fn what_cannot_be_planned_is_refused_with_a_way_out() {
        for (flags, wanted) in [
            (
                "--baseline 5 --mde 10%",
                "--baseline 5 is no rate between 0 and 1; write a rate such as 0.05 or 5%: 5 percent is 5%",
            ),
            ("--baseline 5% --mde 10", "write 10% for 10 percent"),
            ("--baseline 5% --mde 0", "tell the least lift that would matter"),
            ("--baseline 60% --mde 90%", "this lift would take the rate from 60\u{a0}% to 114\u{a0}%"),
            ("--baseline 5% --mde-absolute 0.5%", "for percentage points write 0.005"),
            ("--baseline 5% --mde 10% --power 0.04", "0.8 and 0.9 are customary"),
            ("--baseline 5% --mde 10% --alternative less", "change its sign"),
            ("--baseline 0 --std-dev 1 --mde 10%", "--mde-absolute"),
            ("--baseline 50% --units 4 --power 0.999999", "too few to find any lift"),
            ("--baseline 5%", "--mde"),
            ("--baseline 5% --mde 10% --units 100", "cannot be used with"),
            ("--baseline 0,05 --mde 10%", "with a decimal point"),
            ("--baseline 5% --mde 10% --clusters-of 10", "--icc"),
        ] {
            let told = answer(flags).expect_err(flags);
            assert!(told.contains(wanted), "{flags}: {told}");
        }
    }
}
