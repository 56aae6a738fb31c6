//! Governance and upkeep as promises: no policy gets around a guardrail, budgets never overrun, content waits for its approval, people on call
//! come when the lift is gone, audiences are drawn anew. Every message that was sent is audited from outside, not by the counters of the gate.

use longgame::domain::{Metric, Refusal, SentMessage, Work};
use longgame::experiment::{Handoffs, SilentProgress, Stage, StudyOptions, TrialOutcome, net_values, run_study};
use longgame::scenario::{Overrides, Scenario, Source};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;

/// An arm of every policy, half of them with discounts.
const ALL_POLICIES: &str = r#"
    (name: "control", share: 0.2, policy: BusinessAsUsual(messages_per_week: 7, idle_trigger: (after_days: 2, cooldown_days: 3, discount: 0.1))),
    (name: "agents", share: 0.2, policy: Thompson(frequencies: [7])),
    (name: "pooled", share: 0.2, policy: Thompson(frequencies: [7], personal: false, draws: Pooled(16))),
    (name: "random", share: 0.2, policy: Random(frequencies: [7])),
    (name: "oracle", share: 0.1, policy: Oracle(messages_per_week: 7)),
    (name: "nobody", share: 0.1, policy: Silent)"#;

fn load(arms: &str, guardrails: &str, phases: &str) -> Scenario {
    let text = format!(
        "(name: \"governed\", pre_period_days: 14, population: (size: 150),
          channels: [(name: \"push\", unsubscribe: 0.03), (name: \"app\", shown: InNextSession(expires_after_days: 3))],
          content: (slots: [(name: \"theme\", components: 4), (name: \"offer\", components: 3, discounts: [0.2, 0.0, 0.1])], brand_safety: (low: 0.2, high: 1.0)),
          guardrails: ({guardrails}), phases: [{phases}], arms: [{arms}], study: (replicates: 2, seed: 11))"
    );
    let source = Source::new("test.ron", &text);
    Scenario::load(&source, &Overrides::new()).unwrap_or_else(|error| panic!("{:?}", error.mistakes))
}

fn audited(scenario: &Scenario) -> (TrialOutcome, Vec<Vec<SentMessage>>) {
    Stage::new(scenario).run_audited(0)
}

/// Messages by customer and calendar week (Monday first), and channel where `of_channel`.
fn by_week(scenario: &Scenario, messages: &[SentMessage], of_channel: bool) -> BTreeMap<(u32, bool, u32, u8), u32> {
    let mut counts = BTreeMap::new();
    for message in messages {
        let week = (message.at.day() + scenario.calendar.weekday(0)) / 7;
        let channel = if of_channel { message.channel } else { 0 };
        *counts.entry((message.customer, message.twin, week, channel)).or_default() += 1;
    }
    counts
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]
    #[test]
    fn no_policy_gets_around_any_guardrail(
        cap in 0_u32..4, total in 1_u32..5, quiet in (0_u32..24, 0_u32..24), safety in 0.0_f64..0.9, budget in 0.0_f64..2.0, lag in 0_u32..5,
    ) {
        let guardrails = format!(
            "weekly_caps: [(channel: \"push\", per_week: {cap})], weekly_cap_total: {total}, quiet_hours: (from: {}, to: {}),
             minimum_brand_safety: {safety}, discount_budget: (per_customer_month: {budget}, most_per_message: 5.0),
             approval: (lag_days: {lag}), kill_switch: (unsubscribes_per_thousand: 30.0, minimum_messages: 20)",
            quiet.0, quiet.1
        );
        let phases = "(name: \"active\", months: 1, curation: (tighten_caps: ())), (name: \"passive\", months: 1, generation: (components_per_week: 7))";
        let scenario = load(ALL_POLICIES, &guardrails, phases);
        let (trial, audits) = audited(&scenario);
        for (arm, messages) in audits.iter().enumerate() {
            prop_assert!(by_week(&scenario, messages, true).iter().all(|((_, _, _, channel), count)| *channel != 0 || *count <= cap));
            prop_assert!(by_week(&scenario, messages, false).values().all(|count| *count <= total));
            let is_quiet = |hour: u32| if quiet.0 <= quiet.1 { (quiet.0..quiet.1).contains(&hour) } else { hour >= quiet.0 || hour < quiet.1 };
            for message in messages {
                prop_assert!(!is_quiet(message.at.hour()), "hour {}", message.at.hour());
                prop_assert!(message.brand_safety >= safety as f32 && message.approved);
            }
            // Discounts arrive late, so a month's spending can be booked in the next: the whole is held against the whole.
            let months = scenario.calendar.months() + 1;
            let seats: Vec<usize> = (0..trial.panel.assignment.len()).filter(|seat| usize::from(trial.panel.assignment[*seat]) == arm).collect();
            let spent: f64 = (1..=months as usize - 1)
                .map(|window| seats.iter().map(|seat| f64::from(trial.panel.column(window, Metric::DiscountSpend)[*seat])).sum::<f64>())
                .sum();
            prop_assert!(spent <= budget * 150.0 * f64::from(months), "arm {arm} spent {spent}");
            let sum = trial.ledgers[arm].sum(1..months as usize);
            let real = messages.iter().filter(|message| !message.twin).count() as u64;
            prop_assert_eq!(sum.sent.iter().sum::<u64>(), real, "what the ledger counts is what was sent");
        }
    }
}

#[test]
fn refusals_are_counted_by_the_rule_that_refused() {
    let guardrails =
        "weekly_cap_total: 2, minimum_brand_safety: 0.6, discount_budget: (per_customer_month: 0.01, most_per_message: 5.0)";
    let phases = "(name: \"active\", months: 2, curation: ())";
    let (trial, audits) = audited(&load(ALL_POLICIES, guardrails, phases));
    let sum = trial.ledgers[1].sum(1..3);
    for rule in [Refusal::WeeklyCapTotal, Refusal::BrandSafety, Refusal::DiscountBudget] {
        assert!(sum.refused[rule as usize] > 0, "{}", rule.name());
    }
    assert_eq!(sum.refused[Refusal::KillSwitch as usize], 0);
    assert!(
        audits[1].iter().filter(|message| !message.twin).all(|message| message.discount == 0.0),
        "the budget buys no voucher"
    );
}

#[test]
fn a_kill_switch_stops_what_customers_leave_and_costs_people_hours_to_look_into() {
    let guardrails = "kill_switch: (unsubscribes_per_thousand: 0.0, over_days: 7, minimum_messages: 10, pause_days: 5)";
    let phases = "(name: \"active\", months: 1, curation: (hours_per_alert: 1.5)), (name: \"passive\", months: 2)";
    let (trial, _) = audited(&load(ALL_POLICIES, guardrails, phases));
    let (active, passive) = (trial.ledgers[1].sum(1..2), trial.ledgers[1].sum(2..4));
    assert!(active.alerts > 0 && active.refused[Refusal::KillSwitch as usize] > 0);
    let answered = active.work.count[Work::Alert as usize];
    assert!(answered > 0 && (active.work.hours[Work::Alert as usize] - 1.5 * answered as f64).abs() < 1e-9);
    assert!(passive.alerts > 0 && passive.work.total_hours() == 0.0, "nobody is there to answer");
}

#[test]
fn new_content_waits_for_its_approval_and_unsafe_content_is_turned_down() {
    let generated = |approval: &str| {
        let phases = format!(
            "(name: \"active\", months: 1, curation: ()), (name: \"passive\", months: 3,
              generation: (components_per_week: 21, unsafe_share: 0.5, screening: 0.5, cost_per_component: 2.0 {approval}))"
        );
        audited(&load(ALL_POLICIES, "minimum_brand_safety: 0.1", &phases)).0.ledgers[1].sum(2..5)
    };
    let (open, gated) = (generated(""), generated(", approval: (lag_days: 2, hours_per_component: 0.5, detection: 1.0)"));
    assert!(open.unsafe_sent > 0 && open.turned_down == 0 && open.work.total_hours() == 0.0);
    assert!(open.refused[Refusal::BrandSafety as usize] > 0, "what the score recognised is not sent");
    assert_eq!(gated.unsafe_sent, 0, "readers who see everything let nothing unsafe through");
    let judged = gated.work.count[Work::Approval as usize];
    assert!(gated.turned_down > 0 && judged > gated.turned_down);
    assert!((gated.work.total_hours() - 0.5 * judged as f64).abs() < 1e-9);
    assert!(open.content_cost > 0.0 && open.content_cost == gated.content_cost, "the model is paid either way");
}

#[test]
fn people_on_call_come_back_when_the_lift_is_gone_and_leave_again() {
    let arms = r#"(name: "control", share: 0.5, policy: BusinessAsUsual()), (name: "agents", share: 0.5, policy: Thompson())"#;
    let trial = |least_lift: f64| {
        let phases = format!(
            "(name: \"active\", months: 1, curation: ()), (name: \"passive\", months: 9,
              on_call: (least_lift: {least_lift}, looks: 3, lag_days: 5, stay_days: 30, team: (hours_per_week: 10, cost_per_hour: 40)))"
        );
        let mut scenario = load(arms, "", &phases);
        scenario.file.channels[0].unsubscribe = 0.001;
        audited(&scenario).0
    };
    // Twenty times the control's opens are out of reach, so people are called at every watch.
    let called = trial(20.0);
    let months: Vec<u64> =
        (2..11).map(|window| called.ledgers[1].sum(window..window + 1).work.count[Work::Call as usize]).collect();
    assert!(months.iter().sum::<u64>() >= 2, "called, gone and called again: {months:?}");
    assert!(months.iter().all(|calls| *calls <= 1));
    let hours = called.ledgers[1].sum(2..11).work.total_hours();
    assert!(hours > 0.0 && hours < 9.0 * 43.0, "they are not there all the time: {hours} hours");
    // Nearly nothing is less than any lift: nobody is called.
    assert_eq!(trial(-0.95).ledgers[1].sum(2..11).work.total_hours(), 0.0);
}

#[test]
fn an_arm_can_have_people_of_its_own() {
    let arms = r#"(name: "control", share: 0.5, policy: BusinessAsUsual()),
        (name: "frozen", share: 0.25, policy: Thompson()),
        (name: "dose", share: 0.25, policy: Thompson(), in_phases: [(phase: "passive", curation: (hours_per_week: 7, hours_per_review: 1))])"#;
    let phases = "(name: \"active\", months: 1, curation: ()), (name: \"passive\", months: 2)";
    let (trial, _) = audited(&load(arms, "", phases));
    assert_eq!(trial.ledgers[1].sum(2..4).work.total_hours(), 0.0);
    assert!(trial.ledgers[2].sum(2..4).work.total_hours() > 0.0);
    assert_eq!(trial.ledgers[1].sum(1..2).work, trial.ledgers[2].sum(1..2).work, "the same team until then");
}

#[test]
fn redrawn_audiences_change_agents_and_twins_change_no_byte_of_them() {
    let phases = "(name: \"active\", months: 2, curation: (redraw: (audiences: 5, every_days: 14, hours: 1), prior_weight: 50, minimum_sample: 5)),
        (name: \"passive\", months: 1)";
    let arms = r#"(name: "control", share: 0.5, policy: BusinessAsUsual()), (name: "agents", share: 0.5, policy: Thompson())"#;
    let mut scenario = load(arms, "discount_budget: (per_customer_month: 1.0, most_per_message: 5.0)", phases);
    let (with, _) = audited(&scenario);
    assert!(with.ledgers[1].sum(1..3).work.count[Work::Redraw as usize] >= 3);
    scenario.file.study.truth = Some(false);
    let (without, _) = audited(&scenario);
    assert!(with.panel == without.panel, "twins move no audience, no belief and no budget");
    scenario.file.phases[0].curation = scenario.file.phases[0].curation.clone().map(|mut team| {
        team.redraw = None;
        team
    });
    let (plain, _) = audited(&scenario);
    assert!(plain.panel != without.panel, "audiences matter");
}

#[test]
fn whatever_comes_after_the_handoff_a_shared_past_has_the_bytes_of_a_trial_run_alone() {
    let phases =
        "(name: \"active\", months: 2, curation: (redraw: (audiences: 4, every_days: 14, hours: 1), production_lag_days: 20)),
        (name: \"passive\", months: 2, generation: (components_per_week: 5),
         on_call: (least_lift: 5.0, looks: 2, lag_days: 3, stay_days: 10))";
    let guardrails =
        "discount_budget: (per_customer_month: 1.0, most_per_message: 5.0), approval: (lag_days: 2), kill_switch: ()";
    // Business as usual that gets people of its own only then has been read from the start.
    let joined = r#"(name: "joined", share: 0.1, policy: BusinessAsUsual(), in_phases: [(phase: "passive", curation: (minimum_sample: 5))])"#;
    let arms = ALL_POLICIES.replace(r#"(name: "nobody", share: 0.1, policy: Silent)"#, joined);
    assert_ne!(arms, ALL_POLICIES);
    let scenario = load(&arms, guardrails, phases);
    let study = longgame::experiment::HandoffStudy::new(&scenario, &[0, 1, 2]).expect("a study");
    let plan: Handoffs<'_> = study.plan();
    Stage::new(&study.scenario).run_timings(1, &plan, &mut |month, shared| {
        let alone = Stage::new(&longgame::experiment::handoff_scenario(&scenario, month).expect("a scenario")).run(1);
        assert!(shared.panel == alone.panel, "the panel of a handoff after {month} months");
        for (shared, alone) in shared.ledgers.iter().zip(&alone.ledgers) {
            assert_eq!(shared.closed, alone.closed, "the ledger of a handoff after {month} months");
        }
    });
}

#[test]
fn net_value_is_margin_less_messages_people_and_content_scaled_where_it_must_be() {
    let phases =
        "(name: \"active\", months: 1, curation: ()), (name: \"passive\", months: 1, generation: (cost_per_component: 3.0))";
    let mut scenario = load(ALL_POLICIES, "", phases);
    scenario.file.population.represents = Some(1500.0);
    scenario.file.study.truth = Some(false);
    let run = run_study(&scenario, StudyOptions { threads: 1, kept_in: None }, &SilentProgress, &AtomicBool::new(false))
        .expect("a study");
    let rows = net_values(&scenario, &run.study);
    assert_eq!(rows.len(), 3 * 5, "two phases and the trial for five arms");
    let row = rows.iter().find(|row| row.window == "passive" && row.arm == "agents").expect("a row");
    assert!((row.net_value - (row.margin - row.message_cost - row.human_cost - row.content_cost)).abs() < 1e-9);
    // By hand from the trials themselves: means per customer times the customers they stand for, hours and content as they are.
    let by_hand = |replicate: u32| {
        let trial = Stage::new(&scenario).run(replicate);
        let of = |arm: usize| {
            let seats: Vec<usize> = (0..150).filter(|seat| usize::from(trial.panel.assignment[*seat]) == arm).collect();
            let margin: f64 = seats.iter().map(|seat| f64::from(trial.panel.column(2, Metric::Margin)[*seat])).sum();
            let entry = trial.ledgers[arm].sum(2..3);
            let scaled = (margin - entry.message_cost) / seats.len() as f64 * 1500.0;
            scaled - entry.work.cost - entry.content_cost
        };
        of(1) - of(0)
    };
    let expected = 0.5 * (by_hand(0) + by_hand(1));
    assert!((row.net_value - expected).abs() < 1e-3 * expected.abs().max(1.0), "{} and {expected}", row.net_value);
}
