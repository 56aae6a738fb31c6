//! Runs `analyze` in process on a table and reads what it says first.

use longgame::cli::analyze_bytes;

/// Flags in one text; single quotes keep words with spaces together.
pub(crate) fn words(flags: &str) -> Vec<&str> {
    let (mut found, mut rest) = (Vec::new(), flags.trim_start());
    while !rest.is_empty() {
        let (word, after) = match rest.strip_prefix('\'') {
            Some(quoted) => quoted.split_once('\'').expect("a closing quote"),
            None => rest.split_once(' ').unwrap_or((rest, "")),
        };
        found.push(word);
        rest = after.trim_start();
    }
    found
}

fn quietly(flags: &str) -> Vec<&str> {
    std::iter::once("-q").chain(words(flags)).collect()
}

/// The whole answer.
#[track_caller]
pub(crate) fn answered(table: &str, flags: &str) -> String {
    analyze_bytes(&quietly(flags), table.as_bytes().to_vec()).unwrap_or_else(|mistake| panic!("{flags}: {mistake}"))
}

/// The mistake, on one line.
#[track_caller]
pub(crate) fn refused(table: &str, flags: &str) -> String {
    match analyze_bytes(&quietly(flags), table.as_bytes().to_vec()) {
        Ok(text) => panic!("{flags}: {text}"),
        Err(mistake) => mistake.split_whitespace().collect::<Vec<_>>().join(" "),
    }
}

/// The first sentence, or nothing where the table is refused.
pub(crate) fn opened(table: &str, flags: &str) -> Option<String> {
    analyze_bytes(&quietly(flags), table.as_bytes().to_vec()).ok().map(|text| first_sentence(&text))
}

/// An answer on one line.
pub(crate) fn unwrapped(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The first sentence of an answer.
pub(crate) fn first_sentence(text: &str) -> String {
    let opening = unwrapped(text.split("\n\n").next().unwrap_or_default());
    let begins = |at: &usize| opening[at + 2..].starts_with(char::is_uppercase);
    let end = opening.match_indices(". ").map(|(at, _)| at).find(begins);
    end.map_or(opening.clone(), |end| opening[..=end].to_owned())
}

/// Whether a sentence claims an effect, or that a loss is ruled out.
pub(crate) fn claims(sentence: &str) -> bool {
    // Every comparison of a sentence stands between semicolons.
    sentence.split("; ").any(|part| {
        let claim = part.contains("more than chance explains")
            || (part.contains("an effect") && part.contains("first shows at look"))
            || part.contains("so non-inferior within that margin");
        claim && !part.contains("that is no proof")
    })
}
