//! Tables and flags for the fuzzer of `analyze`: mostly sensible, with everything odd that files from the field have held.

use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::io::Write as _;

/// Largest table before it is packed, in bytes.
pub(super) const LARGEST: usize = 4096;
/// Columns of every table, in the order of their parts.
const COLUMNS: [&str; 13] = ["id", "arm", "y", "y2", "pre", "pre2", "x", "seg", "shop", "month", "week", "guess", "stratum"];
const ODD_NAMES: [&str; 9] = ["Umsatz, EUR", "", " y", "a/b", "y", "\u{e9}t\u{e9}", "a\"b", "x\ny", "\u{65e5}\u{672c}"];
const ODD_CELLS: [&str; 52] = [
    "",
    "NA",
    "NaN",
    "inf",
    "-inf",
    "1e999",
    "\\N",
    " ",
    "\u{a0}",
    "none",
    "1,5",
    "1.234",
    "9007199254740993",
    "-0",
    "1e-320",
    "\u{e9}",
    "\u{65e5}\u{672c}",
    "\u{202e}",
    "'",
    "\"",
    "=1+1",
    "TRUE",
    "2024-13",
    "0x1F",
    "\u{661}",
    "1_000",
    "99999999999999999999999999",
    "(3)",
    "\u{2212}2",
    "5%",
    "$3",
    ".",
    "-",
    "+",
    "e5",
    "1e308",
    "-1e308",
    "1e200",
    "5e-324",
    "1.23457E+18",
    "2024-02-30",
    "0000-00",
    "24:00",
    "a,b",
    "a;b",
    "a\tb",
    "a\nb",
    "\r",
    "1e15",
    "123456789012345678",
    "\u{feff}",
    "#REF!",
];
const TWO_ARMS: [&[&str]; 5] =
    [&["0", "1"], &["control", "treatment"], &["no", "yes"], &["x, y", "placebo"], &["Control", "control", "new"]];
/// Where control may have to be named, or several arms are compared.
const ARMS: [&[&str]; 7] = [
    &["A", "B", "C"],
    &["1", "1.0", "0"],
    &["t", "f"],
    &["0", "1", "2"],
    &["No E-Mail", "E-Mail \u{a0}"],
    &["C", "D"],
    &["", "new"],
];
/// Comparing many arms takes long: seldom, and no more than these.
const MANY_ARMS: &[&str] = &["0", "1", "2", "3"];

/// What one call gets.
#[derive(Debug, Clone)]
pub(super) struct Input {
    pub(super) flags: Vec<String>,
    pub(super) table: Vec<u8>,
    /// The table before it was packed.
    pub(super) plain: Vec<u8>,
}

impl Input {
    /// The input of a number, always the same one.
    pub(super) fn numbered(number: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(number);
        let names: Vec<String> = COLUMNS
            .iter()
            .map(|name| if rng.random_bool(0.004) { picked(&mut rng, &ODD_NAMES) } else { (*name).to_owned() })
            .collect();
        let is_panel = rng.random_bool(0.07);
        let arms = match rng.random_range(0..1000) {
            0..2 if !is_panel => MANY_ARMS,
            0..200 => ARMS.choose(&mut rng).expect("arms"),
            _ => TWO_ARMS.choose(&mut rng).expect("arms"),
        };
        let (cells, periods) = cells(&mut rng, is_panel, arms);
        let mut plain = written(&mut rng, &names, &cells);
        if rng.random_bool(0.2) {
            mutate(&mut rng, &mut plain);
        }
        let flags = flags(&mut rng, &names, (arms, &periods, is_panel));
        let table = if rng.random_bool(0.05) { packed(&mut rng, &plain) } else { plain.clone() };
        Self { flags, table, plain }
    }
}

fn picked(rng: &mut ChaCha8Rng, texts: &[&str]) -> String {
    (*texts.choose(rng).expect("texts")).to_owned()
}

/// One cell of numbers in a style that holds for its column.
fn number(rng: &mut ChaCha8Rng, style: u32, arm: usize) -> String {
    let (small, share) = (rng.random_range(0..10_i32), rng.random::<f64>());
    match style {
        0..=4 => format!("{:.2}", 10.0 + 3.0 * (share - 0.5) + arm as f64),
        5 => small.to_string(),
        6 => u8::from(share < 0.2).to_string(),
        7 => picked(rng, &["t", "f"]),
        8 => format!("{:.2}", 0.2 / (share + 1e-9)),
        9 => "3".to_owned(),
        10 => arm.to_string(),
        11 => format!("({share:.2})"),
        12 if share < 0.01 => format!("{small},{small}"),
        13 => format!("{:.3}", share * 900.0),
        14 => format!("{:e}", (share - 0.5) * 1e300),
        15 => format!("{:e}", share * 1e-300),
        16 => {
            if share < 0.8 {
                String::new()
            } else {
                small.to_string()
            }
        }
        17 => {
            if share < 0.9 {
                "0".to_owned()
            } else {
                format!("{:.2}", share * 100.0)
            }
        }
        18 => format!("{:.1}", 1e12 + share),
        _ => format!("{:.2}", -share),
    }
}

fn period(style: u32, index: usize) -> String {
    match style {
        0 | 1 => (index + 1).to_string(),
        2 | 3 => format!("2024-{:02}", index + 1),
        4 => format!("2024-Q{}", index % 4 + 1),
        5 => format!("2024-W{:02}", index + 9),
        6 => format!("2024-{:02}-0{}", index + 1, index % 9 + 1),
        7 => format!("{:02}/2024", index + 1),
        8 => format!("2024-03-31T0{index}:30:00+02:00"),
        9 => format!("Q{} 2024", index % 4 + 1),
        10 => format!("2024-{}", index + 1),
        _ => format!("{}.0", index as i64 - 2),
    }
}

/// Rows of cells, and the periods that occur.
fn cells(rng: &mut ChaCha8Rng, is_panel: bool, arms: &[&str]) -> (Vec<Vec<String>>, Vec<String>) {
    let time = rng.random_range(0..12);
    let periods = if is_panel { rng.random_range(1..6) } else { 3 };
    let units: usize = if rng.random_bool(0.05) { rng.random_range(0..4) } else { rng.random_range(4..60) };
    let styles: Vec<u32> = (0..COLUMNS.len()).map(|_| rng.random_range(0..24)).collect();
    let by_cluster = rng.random_bool(0.2);
    let shops = rng.random_range(2..12);
    let odd = *[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.001, 0.004, 0.02, 0.3].choose(rng).expect("rates");
    let (gaps, repeats) = (if rng.random_bool(0.4) { 0.15 } else { 0.0 }, if rng.random_bool(0.02) { 0.1 } else { 0.0 });
    let mut rows = Vec::new();
    for unit in 0..units {
        let shop = unit % shops;
        let arm = if by_cluster { shop % arms.len() } else { rng.random_range(0..arms.len()) };
        for at in 0..if is_panel { periods } else { 1 } {
            if is_panel && rng.random_bool(gaps) {
                continue;
            }
            let mut row: Vec<String> = (0..COLUMNS.len()).map(|column| number(rng, styles[column], arm)).collect();
            row[0] = format!("u{}", if rng.random_bool(repeats) { 0 } else { unit });
            row[1] = arms[arm].to_owned();
            row[7] = picked(rng, &["red", "blue", "green", "NA"]);
            row[8] = format!("s{shop}");
            row[9] = period(time, if is_panel { at } else { unit % periods });
            row[10] = period(time % 4, unit % 5);
            row[12] = format!("{}", shop / 3);
            for cell in &mut row {
                if rng.random_bool(odd) {
                    *cell = picked(rng, &ODD_CELLS);
                }
            }
            rows.push(row);
        }
    }
    (rows, (0..periods).map(|index| period(time, index)).collect())
}

/// The table as bytes, in one of the ways in which programs write tables.
fn written(rng: &mut ChaCha8Rng, names: &[String], rows: &[Vec<String>]) -> Vec<u8> {
    let delimiter = *[',', ',', ',', ',', ',', ',', ';', ';', '\t', '\t', '|', '|', '^'].choose(rng).expect("delimiters");
    let end = *["\n", "\n", "\n", "\r\n", "\r", "\n\n"].choose(rng).expect("ends");
    let quotes_all = rng.random_bool(0.1);
    let ragged = if rng.random_bool(0.03) { 0.05 } else { 0.0 };
    let mut text = String::new();
    if rng.random_bool(0.05) {
        text.push('\u{feff}');
    }
    if rng.random_bool(0.03) {
        text.push_str(&format!("sep={delimiter}{end}"));
    }
    let line = |cells: &[String], rng: &mut ChaCha8Rng| -> String {
        let quoted = |cell: &String| {
            let needs = cell.contains([delimiter, '"', '\n', '\r']);
            if quotes_all || needs { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.clone() }
        };
        let mut parts: Vec<String> = cells.iter().map(quoted).collect();
        if rng.random_bool(ragged) {
            if rng.random_bool(0.5) { drop(parts.pop()) } else { parts.push(picked(rng, &["", "7"])) }
        }
        parts.join(&delimiter.to_string())
    };
    text.push_str(&line(names, rng));
    for row in rows {
        let next = line(row, rng);
        if text.len() + next.len() + 2 * end.len() > LARGEST {
            break;
        }
        text.push_str(end);
        text.push_str(&next);
    }
    if rng.random_bool(0.8) {
        text.push_str(end);
    }
    text.into_bytes()
}

/// Changes bytes without any regard to what they mean.
fn mutate(rng: &mut ChaCha8Rng, bytes: &mut Vec<u8>) {
    for _ in 0..rng.random_range(1..6) {
        if bytes.is_empty() {
            return;
        }
        let at = rng.random_range(0..bytes.len());
        let length = rng.random_range(1..=40.min(bytes.len() - at));
        match rng.random_range(0..10) {
            0 => bytes[at] ^= 1 << rng.random_range(0..8),
            1 => bytes[at] = *b",;\"\n\r\t\0 -.e'\xff\x80\xef/=%".choose(rng).expect("bytes"),
            2 => bytes.insert(at, *b",;\"\n\r\t\0 -.e0'\xff".choose(rng).expect("bytes")),
            3 => drop(bytes.drain(at..at + length)),
            4 => {
                let copy = bytes[at..at + length].to_vec();
                let to = rng.random_range(0..=bytes.len());
                bytes.splice(to..to, copy);
            }
            5 if rng.random_bool(0.3) => bytes.truncate(at),
            6 => bytes.splice(at..at, picked(rng, &ODD_CELLS).into_bytes()).for_each(drop),
            7 if rng.random_bool(0.3) => bytes.splice(at..at, vec![*b"x9\"".choose(rng).expect("bytes"); 700]).for_each(drop),
            _ => {
                // Two lines change places: nothing breaks, but what is learnt from the first rows changes.
                let mut lines: Vec<Vec<u8>> = bytes.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
                let (one, other) = (rng.random_range(0..lines.len()), rng.random_range(0..lines.len()));
                lines.swap(one, other);
                *bytes = lines.join(&b'\n');
            }
        }
    }
    bytes.truncate(LARGEST);
}

/// The table packed with gzip, now and then cut off or damaged.
fn packed(rng: &mut ChaCha8Rng, bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).expect("memory");
    let mut packed = encoder.finish().expect("memory");
    let at = rng.random_range(0..packed.len());
    match rng.random_range(0..6) {
        0 => packed.truncate(at),
        1 => packed[at] ^= 1 << rng.random_range(0..8),
        2 => packed.extend_from_within(at..),
        _ => {}
    }
    packed
}

/// Flags that mostly fit the table.
fn flags(rng: &mut ChaCha8Rng, names: &[String], (arms, periods, is_panel): (&[&str], &[String], bool)) -> Vec<String> {
    let mut flags: Vec<String> = Vec::new();
    let mut say = |flag: &str, value: String| flags.extend([flag.to_owned(), value]);
    let name = |column: usize| names[column].clone();
    if rng.random_bool(0.99) {
        say("--treatment", name(1));
    }
    if is_panel || rng.random_bool(0.7) {
        say("--unit", name(0));
    }
    let outcomes = *[&["y"][..], &["y"], &["y", "y2"], &["y/y2"], &["y", "y/y2"], &["y2"]].choose(rng).expect("outcomes");
    say("--outcome", outcomes.join(","));
    if arms.len() > 2 || rng.random_bool(0.5) {
        say("--control", picked(rng, arms));
    }
    if is_panel && rng.random_bool(0.97) {
        say("--time", name(9));
        say("--start", if rng.random_bool(0.9) { periods[periods.len() / 2].clone() } else { picked(rng, &ODD_CELLS) });
        if rng.random_bool(0.3) {
            say("--order", periods.join(","));
        }
    } else if rng.random_bool(0.3) {
        let of = |name: &&str| match *name {
            "y/y2" => "pre/pre2",
            "y2" => "pre2",
            _ => "pre",
        };
        say("--pre", outcomes.iter().map(of).collect::<Vec<_>>().join(","));
    }
    flags.extend(further_flags(rng, names, arms));
    flags
}

/// Flags of every kind, each now and then.
fn further_flags(rng: &mut ChaCha8Rng, names: &[String], arms: &[&str]) -> Vec<String> {
    let equal: Vec<String> = arms.iter().map(|arm| format!("{arm}=1")).collect();
    let column = |rng: &mut ChaCha8Rng| names.choose(rng).expect("names").clone();
    let mut found = Vec::new();
    for (flag, share, values) in [
        ("--covariates", 0.2, &["x", "x,seg", "seg", "shop", "x,pre"][..]),
        ("--categorical", 0.1, &["seg", "week", "x"]),
        ("--cluster", 0.2, &["shop", "id", "seg"]),
        ("--strata", 0.12, &["stratum", "seg", "shop"]),
        ("--predictions", 0.05, &["guess"]),
        ("--look", 0.05, &["week", "month"]),
        ("--order", 0.02, &["1,2,3,4,5", "2024-01,2024-02,2024-03,2024-04,2024-05", ""]),
        ("--treated", 0.1, arms),
        ("--expected-share", 0.1, &["0.5", "0.3333", "1", "A=1,B=1,C=1", "A=1"]),
        ("--assigned", 0.02, &["units", "clusters"]),
        ("--estimators", 0.25, &["dim", "lin", "dim,did,twfe", "dim,cuped", "ancova", "dim,ancova,ml_rate", "mlrate", "dim,did"]),
        ("--missing", 0.2, &["drop", "zero", "refuse"]),
        ("--winsorize", 0.12, &["0.99", "0.9", "0.51", "0.999999"]),
        ("--alternative", 0.15, &["greater", "less", "two-sided"]),
        ("--margin", 0.12, &["-0.02", "-2%", "5%", "0.1", "-1e308", "1e-300"]),
        ("--quantiles", 0.12, &["0.5", "0.5,0.9", "0.001,0.999"]),
        ("--level", 0.1, &["0.9", "0.5", "0.999999999", "0.01"]),
        ("--folds", 0.08, &["2", "100"]),
        ("--seed", 0.05, &["1", "18446744073709551615"]),
        ("--planned-units", 0.05, &["2", "20000", "18446744073709551615"]),
        ("--prior-variance", 0.05, &["1", "1e-300", "1e300"]),
        ("--na", 0.1, &["3", "0", "none", "x,0", ""]),
        ("--decimal", 0.08, &[".", ","]),
        ("--delimiter", 0.01, &[",", ";", "tab", "|", "^"]),
    ] {
        if rng.random_bool(share) {
            let value = if rng.random_bool(0.04) { column(rng) } else { picked(rng, values) };
            found.extend([flag.to_owned(), value]);
        }
    }
    if rng.random_bool(0.05) {
        found.extend(["--expected-share".to_owned(), equal.join(",")]);
    }
    for (flag, share) in [("--randomization=99", 0.05), ("--randomization=299", 0.05), ("--json", 0.02)] {
        if rng.random_bool(share) {
            found.push(flag.to_owned());
        }
    }
    found
}
