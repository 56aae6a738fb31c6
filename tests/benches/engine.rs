//! Benchmarks of the engine: events of whole trials, addressed draws, a Thompson decision, the customer window loop.
//!
//! They measure and assert nothing: `cargo bench`. How to compare with other engines is in the README beside this file.

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use longgame::agents::{DrawKind, Surroundings, Thompson, ThompsonParams};
use longgame::domain::{Component, Context, Library, Observables, Occasion, Origin, Policy, RewardRule};
use longgame::experiment::{Fork, Future, HandoffStudy, Mechanism, Stage, TrialOutcome, coalition_scenario, handoff_scenario};
use longgame::kernel::{Address, Purpose, SimTime, Streams};
use longgame::scenario::{Overrides, Scenario, Source};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn main() {
    divan::main();
}

fn toy(draws: &str, customers: &str) -> Scenario {
    let text = include_str!("../../scenarios/bench_toy.ron");
    let changes = Overrides::new().customers(customers).set(&format!("arms[agents].policy.draws={draws}"));
    Scenario::load(&Source::new("bench_toy.ron", text), &changes).expect("a valid scenario")
}

fn whole_trial(bencher: Bencher<'_, '_>, scenario: &Scenario) {
    let stage = Stage::new(scenario);
    let events = stage.run(0).events;
    bencher.counter(ItemsCount::new(events)).bench_local(|| black_box(stage.run(0).events));
}

/// Events per second of the toy trial, by kind of posterior draws.
#[divan::bench(args = ["Exact", "Fast", "Pooled(256)"], sample_count = 3, sample_size = 1)]
fn toy_trial(bencher: Bencher<'_, '_>, draws: &str) {
    whole_trial(bencher, &toy(draws, "20000"));
}

/// Events per second of the paper's trial: the hierarchical reference agent.
#[divan::bench(sample_count = 3, sample_size = 1)]
fn paper_trial(bencher: Bencher<'_, '_>) {
    let text = include_str!("../../scenarios/paper.ron");
    let changes = Overrides::new().customers("5000").set("study.truth=false");
    whole_trial(bencher, &Scenario::load(&Source::new("paper.ron", text), &changes).expect("a valid scenario"));
}

/// Twelve handoffs of the paper's trial, from one shared past or each run alone: the ratio is what the sharing saves.
#[divan::bench(args = ["shared", "alone"], sample_count = 3, sample_size = 1)]
fn twelve_handoffs(bencher: Bencher<'_, '_>, past: &str) {
    let text = include_str!("../../scenarios/paper.ron");
    let changes = Overrides::new().customers("1000").set("study.truth=false");
    let scenario = Scenario::load(&Source::new("paper.ron", text), &changes).expect("a valid scenario");
    let study = HandoffStudy::new(&scenario, &[]).expect("curated months");
    let shared = Stage::new(&study.scenario);
    let alone: Vec<Scenario> =
        study.handoffs.iter().map(|month| handoff_scenario(&scenario, *month).expect("a valid scenario")).collect();
    bencher.bench_local(|| match past {
        "shared" => {
            shared.run_timings(0, &study.plan(), &mut |_, trial| drop(black_box(trial.panel)));
        }
        _ => alone.iter().for_each(|scenario| drop(black_box(Stage::new(scenario).run(0).panel))),
    });
}

/// Four futures of the paper's trial with twins, from one shared past or each run from its start: the ratio is what attribution saves.
#[divan::bench(args = ["shared", "alone"], sample_count = 3, sample_size = 1)]
fn four_futures(bencher: Bencher<'_, '_>, past: &str) {
    let text = include_str!("../../scenarios/paper.ron");
    let changes = Overrides::new().customers("1000").set("study.truth=true");
    let scenario = Scenario::load(&Source::new("paper.ron", text), &changes).expect("a valid scenario");
    let curated_on = coalition_scenario(&scenario, &[Mechanism::EndOfCuration], 0).expect("a valid scenario");
    let (as_written, curated_on) = (Stage::new(&scenario), Stage::new(&curated_on));
    let fork = Fork { as_written: &as_written, curated_on: &curated_on, handoff_month: 4 };
    let future = |curation_goes_on: bool, learning_stops: bool| Future { curation_goes_on, learning_stops };
    let futures = [future(false, false), future(true, false), future(false, true), future(true, true)];
    let mut finished = |_, trial: TrialOutcome| drop(black_box(trial.truth));
    bencher.bench_local(|| match past {
        "shared" => {
            fork.run(0, &futures, &mut finished);
        }
        _ => futures.iter().for_each(|future| {
            fork.run(0, &[*future], &mut finished);
        }),
    });
}

/// The customer window loop alone: nobody writes, people only live.
#[divan::bench(sample_count = 3, sample_size = 1)]
fn customer_windows(bencher: Bencher<'_, '_>) {
    let text = "(name: \"life\", arms: [(name: \"a\", share: 0.5, policy: Silent), (name: \"b\", share: 0.5, policy: Silent)])";
    let changes = Overrides::new().customers("5000").set("study.truth=false");
    whole_trial(bencher, &Scenario::load(&Source::new("life.ron", text), &changes).expect("a valid scenario"));
}

/// One message composed by the reference agent: a channel and three components out of 26 places, from a customer's own beliefs.
#[divan::bench(args = [DrawKind::Fast, DrawKind::Exact])]
fn thompson_decision(bencher: Bencher<'_, '_>, draws: DrawKind) {
    let capacities = [12, 8, 6];
    let mut library = Library::new(&capacities);
    for (slot, capacity) in capacities.iter().enumerate() {
        for position in 0..*capacity as u8 {
            library.launch(Component {
                slot: slot as u8,
                position,
                origin: Origin::Initial,
                audience: None,
                discount: 0.0,
                promotes: None,
                brand_safety: 1.0,
                approved: true,
                launched_day: 0.0,
                retired: None,
            });
        }
    }
    let params = ThompsonParams { draws, ..ThompsonParams::default() };
    let surroundings = Surroundings { channels: 2, capacities: &capacities, audiences: 3 };
    let mut agent = Thompson::new(&params, RewardRule::DirectOpen, &surroundings);
    agent.seat(1);
    let streams = Streams::new(1, 0);
    agent.prepare(&library, SimTime(0), &|unit| streams.draws(Purpose::Pool, Address { unit, counter: 0 }));
    let context = Context {
        seat: 0,
        now: SimTime(0),
        weekday: 0,
        observables: Observables::default(),
        tier: 0,
        recent_sessions: 0.0,
        reachable: 0b11,
        library: &library,
    };
    let mut counter = 0;
    bencher.bench_local(|| {
        counter += 1;
        agent.compose(&context, Occasion::Planned(0), &mut streams.draws(Purpose::Compose, Address { unit: 0, counter }))
    });
}

/// One addressed block of four words, as the engine draws it.
#[divan::bench]
fn philox_block(bencher: Bencher<'_, '_>) {
    let streams = Streams::new(1, 0);
    let mut counter = 0;
    bencher.counter(ItemsCount::new(4_u32)).bench_local(|| {
        counter += 1;
        black_box(streams.block(Purpose::Send, Address { unit: 7, counter }, 0))
    });
}

/// The same four words from ChaCha8 by seeking: the alternative that was not taken.
#[divan::bench]
fn chacha8_seek(bencher: Bencher<'_, '_>) {
    let mut source = ChaCha8Rng::seed_from_u64(1);
    let mut counter = 0_u64;
    bencher.counter(ItemsCount::new(4_u32)).bench_local(|| {
        counter += 1;
        source.set_stream(7);
        source.set_word_pos(u128::from(counter) * 16);
        black_box([source.next_u32(), source.next_u32(), source.next_u32(), source.next_u32()])
    });
}
