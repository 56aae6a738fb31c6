//! `longgame check`: validates scenarios and says what each of them is. Runs nothing.

use crate::cli::arguments::{CheckArguments, ColorChoice};
use crate::cli::diagnostics::{Style, render_mistakes, talk};
use crate::cli::failure::Failure;
use crate::cli::{machine, output, sources};
use crate::report::count;
use crate::scenario::{Machine, MistakeRecord, PolicyParams, Scenario, describe_bytes};
use serde::Serialize;
use std::fmt::Write as _;

/// What `check` says of one scenario.
#[derive(Debug, Serialize)]
struct Verdict {
    /// As typed.
    scenario: String,
    /// Whether it can be run.
    valid: bool,
    /// What it is, if valid.
    #[serde(flatten)]
    summary: Option<Summary>,
    /// What is wrong, if not.
    mistakes: Vec<MistakeRecord>,
}

/// What a valid scenario is.
#[derive(Debug, Serialize)]
struct Summary {
    name: String,
    title: String,
    digest: String,
    customers: u32,
    persons: u64,
    arms: Vec<ArmSummary>,
    phases: Vec<PhaseSummary>,
    months: u32,
    pre_period_days: u32,
    days: u32,
    first_day: String,
    last_day: String,
    replicates: u32,
    seed: u64,
    customer_days_per_replicate: u64,
    memory_bytes_per_replicate: u64,
}

#[derive(Debug, Serialize)]
struct ArmSummary {
    name: String,
    share: f64,
    policy: &'static str,
}

#[derive(Debug, Serialize)]
struct PhaseSummary {
    name: String,
    months: u32,
    curated: bool,
}

/// Checks every scenario named; all of them, also after a mistake.
pub(super) fn check(arguments: &CheckArguments, color: ColorChoice) -> Result<(), Failure> {
    let machine = machine::this_machine();
    let mut verdicts = Vec::new();
    for name in &arguments.scenarios {
        let outcome = check_one(name, arguments, &machine);
        if let Err(failure) = &outcome {
            tell(failure, color);
        }
        let verdict = verdict(name, outcome);
        if let (Some(summary), false) = (&verdict.summary, arguments.json) {
            output::print(&describe(name, summary))?;
        }
        verdicts.push(verdict);
    }
    if arguments.json {
        output::print_json(&verdicts)?;
    }
    if verdicts.iter().all(|verdict| verdict.valid) { Ok(()) } else { Err(Failure::Told) }
}

fn check_one(name: &str, arguments: &CheckArguments, machine: &Machine) -> Result<Scenario, Failure> {
    let source = sources::open(name)?;
    Ok(Scenario::load_for(machine, &source, &arguments.changes.overrides())?)
}

fn tell(failure: &Failure, color: ColorChoice) {
    match failure {
        Failure::Scenario(mistakes) => talk(&render_mistakes(mistakes, Style::of_stderr(color))),
        other => crate::cli::diagnostics::report(other, color),
    }
}

fn verdict(name: &str, outcome: Result<Scenario, Failure>) -> Verdict {
    let invalid = |mistakes| Verdict { scenario: name.to_owned(), valid: false, summary: None, mistakes };
    match outcome {
        Ok(scenario) => {
            let summary = Some(summarise(&scenario));
            Verdict { scenario: name.to_owned(), valid: true, summary, mistakes: Vec::new() }
        }
        Err(Failure::Scenario(mistakes)) => invalid(mistakes.iter().map(crate::scenario::Mistake::record).collect()),
        Err(other) => invalid(vec![MistakeRecord {
            file: name.to_owned(),
            line: 1,
            column: 1,
            message: other.to_string(),
            path: String::new(),
            value: None,
            expected: None,
            hint: None,
        }]),
    }
}

fn summarise(scenario: &Scenario) -> Summary {
    let (file, calendar, memory) = (&scenario.file, &scenario.calendar, scenario.memory());
    let pre_days = u64::from(calendar.pre_days());
    let arms = file.arms.iter();
    let phases = file.phases.iter();
    Summary {
        name: file.name.clone(),
        title: file.title.clone(),
        digest: scenario.digest.clone(),
        customers: file.population.size,
        persons: memory.persons,
        arms: arms
            .map(|arm| ArmSummary { name: arm.name.clone(), share: arm.share, policy: policy_words(&arm.policy) })
            .collect(),
        phases: phases
            .map(|phase| PhaseSummary {
                name: phase.name.clone(),
                months: phase.months,
                curated: file.arms.iter().any(|arm| arm.upkeep(phase).curation.is_some()),
            })
            .collect(),
        months: calendar.months(),
        pre_period_days: calendar.pre_days(),
        days: calendar.total_days(),
        first_day: calendar.date(0).to_string(),
        last_day: calendar.date(calendar.total_days() - 1).to_string(),
        replicates: file.study.replicates,
        seed: file.study.seed,
        customer_days_per_replicate: memory.customers * pre_days + memory.persons * (u64::from(calendar.total_days()) - pre_days),
        memory_bytes_per_replicate: memory.replicate_bytes(),
    }
}

/// A policy in the field's words.
fn policy_words(policy: &PolicyParams) -> &'static str {
    match policy {
        PolicyParams::Silent => "no messages",
        PolicyParams::BusinessAsUsual(_) => "business as usual",
        PolicyParams::Thompson(_) => "Thompson sampling",
        PolicyParams::Random(_) => "random choices",
        PolicyParams::Oracle(_) => "oracle",
    }
}

fn describe(name: &str, summary: &Summary) -> String {
    let mut text = format!("{name}: ok\n");
    let mut line = |label: &str, words: String| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {label:<11} {words}");
    };
    if !summary.title.is_empty() {
        line("title", summary.title.clone());
    }
    let arms: Vec<String> =
        summary.arms.iter().map(|arm| format!("{} {} ({})", arm.name, percent(arm.share), arm.policy)).collect();
    line("arms", arms.join(", "));
    let phases: Vec<String> = summary.phases.iter().map(phase_words).collect();
    line("phases", phases.join(", "));
    let days = counted(summary.days.into(), "day");
    let pre = counted(summary.pre_period_days.into(), "day");
    line("time", format!("{} to {}: {days}, of which {pre} pre-period", summary.first_day, summary.last_day));
    let customers = counted(summary.customers.into(), "customer");
    line("size", format!("{customers}, {} per replicate", counted(summary.customer_days_per_replicate, "customer-day")));
    line("replicates", format!("{}, seed {}", count(summary.replicates.into()), summary.seed));
    line("memory", format!("about {} per replicate at most", describe_bytes(summary.memory_bytes_per_replicate)));
    line("digest", summary.digest.clone());
    text
}

fn phase_words(phase: &PhaseSummary) -> String {
    let by_whom = if phase.curated { "humans curate" } else { "no curation" };
    format!("{} {} ({by_whom})", phase.name, counted(phase.months.into(), "month"))
}

fn percent(share: f64) -> String {
    format!("{} %", (share * 1000.0).round() / 10.0)
}

/// `1 day`, `3000 customers`, `20,000 customers`.
fn counted(number: u64, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {what}{plural}", count(number))
}
