//! What `analyze` says first is true: where there is no effect it claims one no more often than its level allows, however awkward the
//! trial; where there is a large one in a clean trial it says so.

mod designs;
mod tables;

use crate::analyze_run::{claims, opened};
use designs::{CLEAR, Design, FAST, NULL};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use tables::Draws;

/// How many of so many trials are told as an effect, and how many are refused.
fn told(flags: &str, make: fn(&mut Draws) -> String, trials: u64) -> (u64, u64) {
    let flags = format!("--treatment arm {flags}");
    let (mut claimed, mut refused) = (0, 0);
    for trial in 0..trials {
        match opened(&make(&mut ChaCha8Rng::seed_from_u64(trial)), &flags) {
            Some(sentence) => claimed += u64::from(claims(&sentence)),
            None => refused += 1,
        }
    }
    (claimed, refused)
}

/// Panels and many arms take long, because bounds of many comparisons are integrals: a third of the trials.
fn affordable(flags: &str, name: &str, trials: u64) -> u64 {
    if flags.contains("--time") || name.starts_with("six") { trials / 3 } else { trials }
}

/// The designs that are told as an effect more often than three binomial standard errors above what is allowed, or often refused.
fn too_often(designs: &[Design], trials: u64) -> Vec<String> {
    let mut found = Vec::new();
    println!("{:<45} {:>8} {:>8} {:>8} {:>8}", "trials without an effect", "told", "allowed", "refused", "of");
    for Design { name, flags, nominal, make } in designs {
        let trials = affordable(flags, name, trials);
        let (claimed, refused) = told(flags, *make, trials);
        let share = claimed as f64 / trials as f64;
        let most = nominal + 3.0 * (nominal * (1.0 - nominal) / trials as f64).sqrt();
        println!("{name:<45} {:>6.1} % {:>6.1} % {refused:>8} {trials:>8}", 100.0 * share, 100.0 * nominal);
        if share > most {
            found.push(format!("{name}: {share} of {trials} trials, at most {most:.3} expected"));
        }
        if 10 * refused > trials {
            found.push(format!("{name}: {refused} of {trials} trials refused"));
        }
    }
    found
}

#[test]
fn chance_is_seldom_told_as_an_effect() {
    let wrong = too_often(&NULL[..FAST], 60);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
#[ignore = "slow: hundreds of trials of every design"]
fn chance_is_told_as_an_effect_no_more_often_than_the_level_allows() {
    let wrong = too_often(NULL, 400);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_large_effect_in_a_clean_trial_is_claimed() {
    let mut missed = Vec::new();
    for Design { name, flags, make, .. } in CLEAR {
        let trials = affordable(flags, name, 18);
        let (claimed, _) = told(flags, *make, trials);
        println!("{name:<45} {claimed:>3} of {trials}");
        // A check that warns by chance, one time in a hundred, may keep one or two back.
        if claimed + 3 < trials {
            missed.push(format!("{name}: {claimed} of {trials}"));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}
