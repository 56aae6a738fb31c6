//! Whatever stands in a scenario file or a flag, loading it never panics and every mistake has a place in its text.

use longgame::scenario::{BUNDLED, Overrides, Scenario, Source};
use proptest::prelude::*;

/// One change to a text: at a place, remove some characters and put others there.
#[derive(Clone, Debug)]
struct Edit {
    at: prop::sample::Index,
    remove: usize,
    insert: String,
}

fn edit() -> impl Strategy<Value = Edit> {
    let piece = prop_oneof![
        Just(String::new()),
        "[\\(\\)\\[\\]{}:,\"'/*#=.\\-]{1,3}",
        prop::sample::select(vec![
            "NaN",
            "inf",
            "Some(",
            "None",
            "-1",
            "1e999",
            "\"",
            "/*",
            "r#\"",
            "Thompson",
            "99999999999999999999",
            "é",
            "\u{feff}",
            "\n"
        ])
        .prop_map(str::to_owned),
        "\\PC{0,4}",
    ];
    (any::<prop::sample::Index>(), 0_usize..12, piece).prop_map(|(at, remove, insert)| Edit { at, remove, insert })
}

fn apply(text: &str, edits: &[Edit]) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    for edit in edits {
        let at = edit.at.index(characters.len() + 1);
        let end = (at + edit.remove).min(characters.len());
        characters.splice(at..end, edit.insert.chars());
    }
    characters.into_iter().collect()
}

fn check(text: &str, overrides: &Overrides) -> Result<(), TestCaseError> {
    if let Err(error) = Scenario::load(&Source::new("mutant.ron", text), overrides) {
        prop_assert!(!error.mistakes.is_empty(), "an error without mistakes");
        for mistake in &error.mistakes {
            let inside = mistake.source.text().get(mistake.span.clone()).is_some();
            prop_assert!(inside, "{mistake} lies outside its text at {:?}", mistake.span);
            prop_assert!(!mistake.message.is_empty());
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn mutated_scenarios_never_panic(which in 0..BUNDLED.len(), edits in prop::collection::vec(edit(), 1..4)) {
        check(&apply(BUNDLED[which].text, &edits), &Overrides::new())?;
    }

    #[test]
    fn mutated_changes_never_panic(edits in prop::collection::vec(edit(), 0..3), which in 0_usize..4) {
        let change = ["arms[agents].policy.reward=Session(within_hours: 3)", "population.size=5", "phases[1].curation.skill=0.5", "title=x"][which];
        check("(name: \"x\")", &Overrides::new().set(&apply(change, &edits)))?;
    }
}
