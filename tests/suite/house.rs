//! The house rules as tests: layers import only downwards, files and functions stay short, nothing is left undone.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The layers from bottom to top with what each may import besides itself.
const LAYERS: [(&str, &[&str]); 12] = [
    ("kernel", &[]),
    ("stats", &[]),
    ("domain", &["kernel", "stats"]),
    ("panel", &["kernel", "domain"]),
    ("world", &["kernel", "stats", "domain"]),
    ("agents", &["kernel", "stats", "domain"]),
    ("curation", &["kernel", "stats", "domain"]),
    ("analysis", &["kernel", "stats", "domain", "panel"]),
    ("scenario", &["kernel", "stats", "domain", "panel", "world", "agents", "curation", "analysis"]),
    ("experiment", &["kernel", "stats", "domain", "panel", "world", "agents", "curation", "analysis", "scenario"]),
    ("report", &["kernel", "stats", "domain", "panel", "analysis", "scenario", "experiment"]),
    (
        "cli",
        &["kernel", "stats", "domain", "panel", "world", "agents", "curation", "analysis", "scenario", "experiment", "report"],
    ),
];
/// Most lines of a file.
const MAX_FILE_LINES: usize = 600;
/// Most lines of a function.
const MAX_FUNCTION_LINES: usize = 70;
/// Most lines of `main`.
const MAX_MAIN_LINES: usize = 40;

struct SourceFile {
    /// Path below the project's folder, with forward slashes.
    path: String,
    text: String,
}

fn rust_files(folder: &str) -> Vec<SourceFile> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut waiting: Vec<PathBuf> = vec![root.join(folder)];
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of sources").map(|entry| entry.expect("an entry").path()) {
            if entry.is_dir() {
                waiting.push(entry);
            } else if entry.extension().is_some_and(|ending| ending == "rs") {
                let path = entry.strip_prefix(root).expect("inside the project").to_string_lossy().replace('\\', "/");
                found.push(SourceFile { path, text: fs::read_to_string(&entry).expect("UTF-8 source") });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(!found.is_empty(), "no sources in {folder}");
    found
}

fn all_rust_files() -> Vec<SourceFile> {
    rust_files("src").into_iter().chain(rust_files("tests")).collect()
}

/// A line without its comment. Comment signs inside strings cut too much, never too little of a `crate::` path before them.
fn code_of(line: &str) -> &str {
    line.split("//").next().unwrap_or("")
}

/// The first words of all `crate::…` paths in a line, braces included: `crate::{kernel::SimTime, stats}`.
fn crate_paths(line: &str) -> Vec<String> {
    let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut words = Vec::new();
    for after in code_of(line).split("crate::").skip(1) {
        match after.strip_prefix('{') {
            Some(list) => words.extend(list.split(',').map(|part| word(part.trim()))),
            None => words.push(word(after)),
        }
    }
    words
}

#[test]
fn layers_import_only_what_the_table_allows() {
    let allowed: BTreeMap<&str, &[&str]> = LAYERS.into_iter().collect();
    let mut wrong = Vec::new();
    for file in rust_files("src") {
        let mut parts = file.path.split('/').skip(1);
        let (Some(layer), Some(_)) = (parts.next(), parts.next()) else {
            continue; // lib.rs and main.rs stand above the layers
        };
        let Some(may) = allowed.get(layer) else {
            wrong.push(format!("{}: `{layer}` is not in the table of layers", file.path));
            continue;
        };
        for (number, line) in file.text.lines().enumerate() {
            for path in crate_paths(line) {
                if path != layer && allowed.contains_key(path.as_str()) && !may.contains(&path.as_str()) {
                    wrong.push(format!("{}:{}: {layer} must not import {path}", file.path, number + 1));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_import_scanner_sees_every_way_to_write_an_import() {
    assert_eq!(crate_paths("use crate::world::params::X;"), ["world"]);
    assert_eq!(crate_paths("let x = crate::kernel::f(crate::stats::g());"), ["kernel", "stats"]);
    assert_eq!(crate_paths("use crate::{kernel::DAY, world};"), ["kernel", "world"]);
    assert_eq!(crate_paths("//! see [`crate::cli`]"), Vec::<String>::new());
}

#[test]
fn every_file_says_what_it_holds() {
    let silent: Vec<String> =
        all_rust_files().into_iter().filter(|file| !file.text.starts_with("//!")).map(|file| file.path).collect();
    assert!(silent.is_empty(), "files that do not open with `//!`: {silent:?}");
}

#[test]
fn files_stay_short() {
    let lines = |file: &SourceFile| file.text.lines().count();
    let long: Vec<String> = all_rust_files()
        .iter()
        .filter(|file| lines(file) > MAX_FILE_LINES)
        .map(|file| format!("{} has {} lines", file.path, lines(file)))
        .collect();
    assert!(long.is_empty(), "over {MAX_FILE_LINES} lines: {long:?}");
}

/// Name, first line and length of every function; relies on rustfmt's indentation.
fn functions(text: &str) -> Vec<(String, usize, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let code = code_of(line);
        let trimmed = code.trim_start();
        let indent = code.len() - trimmed.len();
        let words: Vec<&str> = trimmed.split_whitespace().collect();
        let Some(at) = words.iter().position(|word| *word == "fn") else { continue };
        let is_header = words[..at].iter().all(|word| {
            matches!(*word, "const" | "async" | "unsafe" | "extern" | "default") || word.starts_with("pub") || *word == "crate)"
        });
        if !is_header || code.trim_end().ends_with(['}', ';']) {
            continue;
        }
        let close = format!("{}}}", " ".repeat(indent));
        let rest = lines[start + 1..].iter();
        let length = rest.take_while(|line| **line != close && !(line.starts_with(&close) && line.trim() == "};")).count();
        let name = words.get(at + 1).map_or("?", |name| name.split(['(', '<']).next().unwrap_or("?"));
        found.push((name.to_owned(), start + 1, length + 2));
    }
    found
}

#[test]
fn functions_stay_short() {
    let mut long = Vec::new();
    for file in rust_files("src") {
        for (name, line, length) in functions(&file.text) {
            let limit = if name == "main" { MAX_MAIN_LINES } else { MAX_FUNCTION_LINES };
            if length > limit {
                long.push(format!("{}:{line}: {name} has {length} lines", file.path));
            }
        }
    }
    assert!(long.is_empty(), "{}", long.join("\n"));
}

#[test]
fn the_function_scanner_counts_from_header_to_brace() {
    let text = "impl X {\n    pub(crate) fn a(\n        x: u32,\n    ) -> u32 {\n        x\n    }\n}\n\nfn b() {}\n\nfn c() {\n    1;\n}\n";
    assert_eq!(functions(text), [("a".to_owned(), 2, 5), ("c".to_owned(), 11, 3)]);
}

#[test]
fn nothing_is_left_undone_or_silenced() {
    // Spelled in pieces so that this file does not find itself.
    let banned =
        [["to", "do!("], ["db", "g!("], ["unimplem", "ented!("], ["#[al", "low("], ["#![al", "low("]].map(|parts| parts.concat());
    let mut found = Vec::new();
    for file in all_rust_files() {
        for (number, line) in file.text.lines().enumerate() {
            for word in banned.iter().filter(|word| line.contains(word.as_str())) {
                found.push(format!("{}:{}: {word}", file.path, number + 1));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
