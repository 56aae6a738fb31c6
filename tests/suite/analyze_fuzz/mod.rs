//! A seeded fuzzer of `analyze`: whatever a table and the flags are, there is an answer or a mistake in words; no panic, no hang, no `NaN`.
//!
//! Inputs are numbered and made by [`grammar`]; a failure prints its number and the smallest input found that still fails. The slow version
//! runs for a minute; `ANALYZE_FUZZ_SECONDS` and `ANALYZE_FUZZ_FIRST` make it longer and begin it elsewhere.

mod grammar;

use grammar::Input;
use longgame::cli::analyze_bytes;
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// Longest that a table of 4 kB may take.
const LONGEST: Duration = Duration::from_secs(2);
/// Without an answer for so long, an input hangs.
const HANGS: Duration = Duration::from_secs(120);

/// How an input ended.
enum Ending {
    Answer,
    Mistake,
    Wrong(String),
}

fn tried(input: &Input) -> Ending {
    let flags: Vec<&str> = std::iter::once("-q").chain(input.flags.iter().map(String::as_str)).collect();
    let table = input.table.clone();
    match catch_unwind(AssertUnwindSafe(|| analyze_bytes(&flags, table))) {
        Err(panic) => {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            Ending::Wrong(format!("panic: {}", text.unwrap_or_default()))
        }
        Ok(Err(mistake)) if mistake.trim().is_empty() => Ending::Wrong("a mistake without a word".to_owned()),
        Ok(Err(_)) => Ending::Mistake,
        Ok(Ok(text)) => wrong_in(&text, input).map_or(Ending::Answer, Ending::Wrong),
    }
}

/// What no answer may be like.
fn wrong_in(text: &str, input: &Input) -> Option<String> {
    let opening = text.split("\n\n").next().unwrap_or_default();
    let begins_well = opening.chars().next().is_some_and(|letter| !letter.is_whitespace() && !letter.is_lowercase());
    if !begins_well || !opening.trim_end().ends_with('.') {
        return Some(format!("no first sentence: {opening:?}"));
    }
    if text.contains("\nFAILED") && opening.contains("chance explains") {
        return Some(format!("an effect is claimed although a check failed: {opening:?}"));
    }
    let given = String::from_utf8_lossy(&input.plain).to_lowercase() + &input.flags.join(" ").to_lowercase();
    let words = text.split(|letter: char| !letter.is_alphanumeric());
    let bad = words.filter(|word| matches!(*word, "NaN" | "inf")).find(|word| !given.contains(&word.to_lowercase()))?;
    let line = text.lines().find(|line| line.contains(bad)).unwrap_or_default();
    Some(format!("{bad} in the answer: {line:?}"))
}

/// The smallest input found that still ends wrongly, by taking away flags, lines and stretches of bytes.
fn shrunk(input: &Input) -> Input {
    let mut best = input.clone();
    let still_wrong = |input: &Input| matches!(tried(input), Ending::Wrong(_));
    if best.table != best.plain {
        let unpacked = Input { table: best.plain.clone(), ..best.clone() };
        if !still_wrong(&unpacked) {
            return best;
        }
        best = unpacked;
    }
    let with_table = |best: &Input, table: Vec<u8>| Input { table: table.clone(), plain: table, ..best.clone() };
    for width in [2, 1] {
        for at in (0..best.flags.len()).rev() {
            let mut fewer = best.clone();
            fewer.flags.drain(at..(at + width).min(best.flags.len()));
            if still_wrong(&fewer) {
                best = fewer;
            }
        }
    }
    for width in [16, 4, 1] {
        let mut at = 0;
        while at < best.plain.split(|byte| *byte == b'\n').count() {
            let mut lines: Vec<&[u8]> = best.plain.split(|byte| *byte == b'\n').collect();
            lines.drain(at..(at + width).min(lines.len()));
            let fewer = with_table(&best, lines.join(&b'\n'));
            if still_wrong(&fewer) { best = fewer } else { at += width }
        }
    }
    best
}

/// What this thread has computed so far; by the clock where the system does not say, and then a busy machine may be taken for a slow program.
fn spent(begun: Instant) -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = told.and_then(|text| text.split(' ').next()?.parse().ok());
    nanoseconds.map_or_else(|| begun.elapsed(), Duration::from_nanos)
}

fn describe(number: u64, what: &str, input: &Input) -> String {
    let table = String::from_utf8_lossy(&input.table);
    format!("input {number}: {what}\nflags {:?}\ntable {table:?}\n", input.flags)
}

#[test]
fn no_table_and_no_flags_make_analyze_panic_or_print_what_is_no_number() {
    let (mut answers, mut mistakes, mut wrong) = (0, 0, Vec::new());
    for number in 0..2_000 {
        let input = Input::numbered(number);
        match tried(&input) {
            Ending::Answer => answers += 1,
            Ending::Mistake => mistakes += 1,
            Ending::Wrong(what) => wrong.push(describe(number, &what, &shrunk(&input))),
        }
    }
    println!("2000 inputs: {answers} answers, {mistakes} mistakes told");
    assert!(wrong.is_empty(), "{} failures\n{}", wrong.len(), wrong.join("\n"));
    assert!(answers > 400, "only {answers} of 2000 inputs have an answer: the fuzzer tests little");
}

#[test]
#[ignore = "slow: fuzzes for a minute"]
fn a_minute_of_tables_finds_no_panic_and_nothing_that_takes_seconds() {
    let told = |name: &str, otherwise: u64| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise);
    let (seconds, first) = (told("ANALYZE_FUZZ_SECONDS", 60), told("ANALYZE_FUZZ_FIRST", 1_000_000));
    let budget = Duration::from_secs(seconds);
    let (send, receive) = mpsc::channel::<(u64, Ending, Duration)>();
    // The inputs run elsewhere, so that one that never ends is noticed.
    std::thread::spawn(move || {
        let begun = Instant::now();
        let mut number = first;
        while begun.elapsed() < budget {
            let input = Input::numbered(number);
            let before = spent(begun);
            let ending = tried(&input);
            if send.send((number, ending, spent(begun) - before)).is_err() {
                return;
            }
            number += 1;
        }
    });
    let (mut inputs, mut answers, mut wrong, mut next, mut slowest) = (0_u64, 0_u64, Vec::new(), first, Duration::ZERO);
    loop {
        let (number, ending, took) = match receive.recv_timeout(HANGS) {
            Ok(found) => found,
            Err(mpsc::RecvTimeoutError::Disconnected) => break,
            Err(mpsc::RecvTimeoutError::Timeout) => panic!("{}", describe(next, "hangs", &Input::numbered(next))),
        };
        (inputs, next, slowest) = (inputs + 1, number + 1, slowest.max(took));
        let input = || Input::numbered(number);
        let found = match ending {
            Ending::Wrong(ref what) => Some(describe(number, what, &shrunk(&input()))),
            _ if took > LONGEST => Some(describe(number, &format!("took {took:?}"), &input())),
            _ => None,
        };
        answers += u64::from(matches!(ending, Ending::Answer));
        if let Some(found) = found {
            println!("{found}");
            wrong.push(found);
        }
        if inputs.is_multiple_of(50_000) {
            println!("{inputs} inputs, {} failures", wrong.len());
        }
    }
    println!("{inputs} inputs from {first} on, {answers} answers, the slowest took {slowest:?}");
    assert!(wrong.is_empty(), "{} failures\n{}", wrong.len(), wrong.join("\n"));
}

/// Many megabytes of one text in a few kilobytes: a member of 8 MB, over and over.
fn bomb(head: &[u8], text: &[u8], members: usize) -> Vec<u8> {
    let packed = |bytes: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(bytes).expect("memory");
        encoder.finish().expect("memory")
    };
    let member = packed(&text.repeat((8 << 20) / text.len()));
    [packed(head), member.repeat(members)].concat()
}

#[test]
fn a_file_that_unpacks_to_one_endless_row_is_refused_before_it_fills_the_memory() {
    for (text, why) in [(&b"9"[..], "one cell"), (b"7,", "one row of many cells"), (b"\n\"\"", "quotes that never close")] {
        let table = bomb(b"id,arm,y\n1,0,\"", text, 20);
        assert!(table.len() < 1 << 18, "{why}");
        let mistake = analyze_bytes(&["--treatment", "arm", "--outcome", "y"], table).expect_err(why);
        assert!(mistake.contains("longer than 64 MB"), "{why}: {mistake}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_bomb_of_a_gigabyte_does_not_need_half_a_gigabyte() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("bomb.csv.gz"), bomb(b"id,arm,y\n1,0,3\n", b"\"", 128)).expect("a file");
    let output = std::process::Command::new("sh")
        .current_dir(folder.path())
        .args(["-c", "ulimit -v 524288 && exec \"$0\" analyze bomb.csv.gz --treatment arm --outcome y"])
        .arg(env!("CARGO_BIN_EXE_longgame"))
        .output()
        .expect("a shell");
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(told.contains("longer than 64 MB"), "{told}");
}
