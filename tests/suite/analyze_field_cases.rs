//! How files from the field are read: periods in every spelling, arms in every spelling, gaps that are values and values that are gaps.

use crate::analyze_field::{effect, field, json, said, same, table, verdict};
use crate::analyze_run::{answered, claims, first_sentence, refused, unwrapped};
use crate::cli_commands::run_in;
use crate::oracle::{CLOSED_FORM, close};
use std::io::Write as _;

const MONTHS: [&str; 6] = ["2024-09", "2024-10", "2024-11", "2024-12", "2025-01", "2025-02"];
const DIM: (&str, &str) = ("", "");
const PLAIN: &str = "--unit id --treatment arm --outcome y";

/// The panel with its six periods spelt in another way.
fn spelt(periods: [&str; 6]) -> String {
    let mut panel = table("panel_months");
    for (month, period) in MONTHS.iter().zip(periods) {
        panel = panel.replace(&format!(",{month},"), &format!(",\u{1}{period},"));
    }
    panel.replace('\u{1}', "")
}

fn panel_flags(start: &str) -> String {
    format!("--unit id --treatment arm --outcome orders --time month --estimators did --start '{start}'")
}

/// 80 units, 40 of an arm, with an effect.
fn two_arms(control: &str, treated: &str) -> String {
    let row = |unit: usize| {
        let arm = if unit.is_multiple_of(2) { control } else { treated };
        format!("u{unit},{arm},{},{},{}\n", unit * 7 % 11 + 2 * (unit % 2), unit * 5 % 13, unit * 3 % 17)
    };
    format!("id,arm,y,y2,x\n{}", (0..80).map(row).collect::<String>())
}

#[test]
fn periods_that_begin_with_their_year_are_put_in_order_however_they_are_written() {
    for (periods, start) in [
        (MONTHS, "2024-12"),
        (["2024-9", "2024-10", "2024-11", "2024-12", "2025-1", "2025-2"], "2024-12"),
        (["202409", "202410", "202411", "202412", "202501", "202502"], "202412"),
        (["2024-W51", "2024-W52", "2025-W01", "2025-W02", "2025-W10", "2025-W11"], "2025-W02"),
        (["2023-Q3", "2023-Q4", "2024-Q1", "2024-Q2", "2024-Q3", "2024-Q4"], "2024-Q2"),
        (["2024/09/30", "2024/10/31", "2024/11/30", "2024/12/31", "2025/01/31", "2025/02/28"], "2024-12"),
        (["-3", "-2", "-1", "0", "1", "2"], "0"),
        (["98", "99", "100", "101", "102", "1000"], "101"),
        // The clock on the wall goes back by an hour before the fourth.
        (
            [
                "2024-10-27T00:30:00+02:00",
                "2024-10-27T01:30:00+02:00",
                "2024-10-27T02:30:00+02:00",
                "2024-10-27T02:15:00+01:00",
                "2024-10-27T03:30:00+01:00",
                "2024-10-27T04:30:00+01:00",
            ],
            "2024-10-27T02:15:00+01:00",
        ),
    ] {
        let found = json(&spelt(periods), &panel_flags(start));
        same(effect(&found, "difference_in_differences", DIM), "panel_months", 1e-9);
        assert!(claims(said(&found)), "{}", said(&found));
    }
}

#[test]
fn months_written_month_first_are_refused_with_their_order_as_a_hint() {
    for (periods, start) in [
        (["09/2024", "10/2024", "11/2024", "12/2024", "01/2025", "02/2025"], "12/2024"),
        (["Q3 2023", "Q4 2023", "Q1 2024", "Q2 2024", "Q3 2024", "Q4 2024"], "Q2 2024"),
        (["03.09.2024", "03.10.2024", "03.11.2024", "03.12.2024", "03.01.2025", "03.02.2025"], "03.12.2024"),
        (["Sep 2024", "Oct 2024", "Nov 2024", "Dec 2024", "Jan 2025", "Feb 2025"], "Dec 2024"),
        (["24-09", "24-10", "24-11", "24-12", "25-01", "25-02"], "24-12"),
        (["2024.9", "2024.10", "2024.11", "2024.12", "2025.1", "2025.2"], "2024.12"),
        (["9", "10", "11", "12", "1", "2"], "12"),
    ] {
        let (panel, flags) = (spelt(periods), panel_flags(start));
        let mistake = refused(&panel, &flags);
        assert!(mistake.contains("`month` cannot be put in order"), "{mistake}");
        let order = periods.join(",");
        assert!(mistake.replace("- ", "-").contains(&format!("--order '{order}'")), "{mistake}");
        let found = json(&panel, &format!("{flags} --order '{order}'"));
        same(effect(&found, "difference_in_differences", DIM), "panel_months", 1e-9);
    }
}

#[test]
fn a_month_that_no_calendar_has_is_told_where_it_stands() {
    let mistake = refused(&spelt(["2024-09", "2024-10", "2024-11", "2024-12", "2024-13", "2024-14"]), &panel_flags("2024-12"));
    assert!(mistake.contains("there is no month `2024-13`") && mistake.contains(":6:15"), "{mistake}");
    let mistake = refused(&spelt(["2024-09", "2024-10", "2024-11", "2024-12-01", "2025-01", "2025-02"]), &panel_flags("2024-12"));
    assert!(mistake.contains("`2024-12-01` is a day and `2024-09` is a month"), "{mistake}");
}

#[test]
fn a_start_by_month_holds_for_rows_by_day() {
    let flags = "--unit id --treatment arm --outcome y --time when --estimators did";
    for start in ["2025-03", "2025-03-01", "2025-3-1"] {
        let found = json(&table("days"), &format!("{flags} --start {start}"));
        same(effect(&found, "difference_in_differences", DIM), "days", 1e-9);
    }
    let mistake = refused(&table("days"), &format!("{flags} --start 03/2025"));
    assert!(mistake.contains("03/2025") && mistake.contains("2025-02-01"), "{mistake}");
}

#[test]
fn looks_are_in_the_order_of_the_calendar_or_refused() {
    let flags = "--treatment arm --outcome y --look week --planned-units 4000";
    let weeks = ["12/2024", "01/2025", "02/2025", "03/2025"];
    let mut looks = table("looks");
    for (number, week) in weeks.iter().enumerate() {
        looks = looks.replace(&format!(",{},", number + 1), &format!(",{week},"));
    }
    let mistake = refused(&looks, flags);
    assert!(mistake.contains("--order '12/2024,01/2025,02/2025,03/2025'"), "{mistake}");
    let ordered = answered(&looks, &format!("{flags} --order {}", weeks.join(",")));
    assert_eq!(first_sentence(&ordered).replace("look 03/2025", "look 4"), first_sentence(&answered(&table("looks"), flags)));
}

#[test]
fn one_arm_in_several_spellings_is_one_arm() {
    let found = json(&table("arms_as_numbers"), PLAIN);
    same(effect(&found, "difference_in_means", DIM), "arms_as_numbers", CLOSED_FORM);
    assert_eq!((&found["design"]["n_control"], &found["design"]["n_treatment"]), (&150.into(), &150.into()));
    assert!(found["notes"].to_string().contains("`1` and `1.0` are taken as one arm"), "{}", found["notes"]);
    let words = two_arms("Control", "new").replace("u4,Control", "u4,control").replace("u6,Control", "u6, CONTROL\u{a0}");
    let found = json(&words.replace("u7,new", "u7,new\u{a0}"), PLAIN);
    let plain = json(&two_arms("control", "new"), PLAIN);
    assert_eq!(found["effects"][0]["effect"], plain["effects"][0]["effect"]);
    assert_eq!(found["design"]["arms"].as_array().map(Vec::len), Some(2));
}

#[test]
fn an_arm_called_c_is_never_taken_for_control() {
    let flags = "--unit id --treatment variant --outcome y";
    let three = table("three_variants");
    for asked in ["", "--treated B", "--treated B,C"] {
        let mistake = refused(&three, &format!("{flags} {asked}"));
        assert!(mistake.contains("does not say which of A, B, C is control") && mistake.contains("--control A"), "{mistake}");
    }
    for (control, treated) in [("A", "C"), ("C", "D"), ("a", "b"), ("1", "2"), ("t", "f"), ("old", "new"), ("placebo", "control")]
    {
        let mistake = refused(&two_arms(control, treated), PLAIN);
        assert!(mistake.contains("does not say which of"), "{control} {treated}: {mistake}");
    }
    let found = json(&three, &format!("{flags} --control A"));
    for arm in ["B", "C"] {
        let row = effect(&found, "difference_in_means", ("y", arm));
        // One arm alone has what Welch's test of two arms has.
        let welch = crate::oracle::number(&crate::analyze_field::reference(), &format!("three_variants/{arm}/p"));
        close(field(row, "p_value_alone"), welch, 1e-9);
        // Both arms together are judged no more easily than one alone.
        assert!(field(row, "p_value") >= field(row, "p_value_alone"));
    }
    assert!(said(&found).contains("higher in B than in A") && said(&found).contains("higher in C than in A"), "{}", said(&found));
    let found = json(&three, &format!("{flags} --control A --treated B"));
    same(effect(&found, "difference_in_means", DIM), "three_variants/B", CLOSED_FORM);
    assert!(found["notes"].to_string().contains("units of other arms are left out: C"), "{}", found["notes"]);
}

#[test]
fn yes_in_a_column_about_control_is_not_taken_for_treatment() {
    let asked = two_arms("0", "1").replace("arm", "is_control");
    let flags = "--unit id --treatment is_control --outcome y";
    assert!(refused(&asked, flags).contains("`is_control` does not say which of 0, 1 is control"));
    let sentence = first_sentence(&answered(&asked, &format!("{flags} --control 1")));
    assert!(sentence.contains("lower in arm 0 than in arm 1"), "{sentence}");
}

#[test]
fn shares_that_were_planned_are_held_against_all_arms() {
    let (three, flags) = (table("three_variants"), "--unit id --treatment variant --outcome y --control A");
    for right in ["A=1,B=1,C=1", "c=0.3333,b=0.3333,a=0.3333"] {
        let found = json(&three, &format!("{flags} --expected-share {right}"));
        assert_eq!(verdict(&found, "sample_ratio"), Some("passed"), "{right}");
    }
    let found = json(&three, &format!("{flags} --treated B --expected-share 0.3333"));
    assert_eq!(verdict(&found, "sample_ratio"), Some("passed"), "a third of all units, those of C too");
    let found = json(&three, &format!("{flags} --treated B --expected-share 0.5"));
    assert!(found["checks"][0]["message"].as_str().is_some_and(|told| told.contains("of these two arms' 400 units")));
    for wrong in ["--expected-share A=2,B=1,C=1", "--treated B --expected-share 0.2"] {
        let text = answered(&three, &format!("{flags} {wrong}"));
        assert!(text.starts_with("STOP: sample-ratio mismatch"), "{text}");
        let told = unwrapped(text.split("\n\n").nth(1).expect("sentences"));
        assert!(told.starts_with("No effect can be read from this trial") && !told.contains("chance"), "{told}");
    }
    for (share, why) in [
        ("A=1,B=1", "no share for arm `C`"),
        ("A=1,B=1,C=1,D=1", "`D`, which is no arm"),
        ("0.3333", "one share, but 2 arms"),
        ("A=1,A=1,B=1", "names `A` twice"),
        ("A=0,B=1,C=1", "no share above 0"),
        ("1.5", "no share strictly between 0 and 1"),
    ] {
        let mistake = refused(&three, &format!("{flags} --expected-share {share}"));
        assert!(mistake.contains(why), "{share}: {mistake}");
    }
}

#[test]
fn north_america_and_none_are_regions_like_any_other() {
    let flags = "--unit id --treatment arm --outcome spend --covariates region --estimators dim,ancova";
    for word in ["NA", "none", "N/A", "null"] {
        let found = json(&table("region_na").replace(",NA", &format!(",{word}")), flags);
        same(effect(&found, "difference_in_means", DIM), "region_na/dim", CLOSED_FORM);
        let ancova = effect(&found, "ancova", DIM);
        close(field(ancova, "effect"), 1.994155, 3e-7);
        same(ancova, "region_na/region", 1e-9);
        assert_eq!((&found["design"]["n_control"], &found["design"]["n_treatment"]), (&439.into(), &461.into()), "{word}");
    }
    let told = json(&table("region_na"), &format!("{flags} --na NA"));
    assert!(told["notes"].to_string().contains("no value for 300 of 900 units"), "{}", told["notes"]);
}

#[test]
fn a_word_for_missing_in_a_column_of_numbers_is_a_gap_wherever_it_stands() {
    let flags = "--unit id --treatment arm --outcome y --covariates visits --estimators ancova";
    let found = json(&table("backslash_n"), flags);
    same(effect(&found, "ancova", DIM), "backslash_n", 1e-9);
    let moved: String = {
        let whole = table("backslash_n");
        let (header, rows) = whole.split_once('\n').expect("a header");
        let mut rows: Vec<&str> = rows.lines().collect();
        rows.reverse();
        format!("{header}\n{}\n", rows.join("\n"))
    };
    close(field(&json(&moved, flags)["effects"][0], "effect"), field(&found["effects"][0], "effect"), 1e-9);
}

#[test]
fn a_typing_mistake_in_a_column_of_numbers_is_told_where_it_stands() {
    let mistake = refused(&two_arms("0", "1").replace("u10,0,4,", "u10,0,4O,"), PLAIN);
    assert!(mistake.contains("`y` is not a number") && mistake.contains(":12:7"), "{mistake}");
    let mistake = refused(&two_arms("0", "1").replacen(",12\n", ",1Z\n", 1), &format!("{PLAIN} --covariates x"));
    assert!(mistake.contains("a number in 79 rows and a text in 1") && mistake.contains(":6:10"), "{mistake}");
    let mistake = refused(&table("rounded_ids"), PLAIN);
    assert!(mistake.contains("rounded by a spreadsheet"), "{mistake}");
}

#[test]
fn tables_of_spreadsheets_and_databases_are_read_as_they_are_meant() {
    let semicolons = table("semicolons");
    let commas: String = semicolons
        .lines()
        .enumerate()
        .map(|(line, text)| {
            // Rows end with a comma, the header does not.
            let cells: Vec<&str> = text.split(';').take(3).collect();
            format!("{}{}\n", cells.join(","), if line == 0 { "" } else { "," })
        })
        .collect();
    for (name, text, wanted) in [
        ("a comma in a header", semicolons.clone(), "semicolons"),
        ("sep=", format!("sep=;\n{semicolons}"), "semicolons"),
        ("a comma at the end of rows", commas, "semicolons"),
        ("truths of a database", table("booleans"), "booleans"),
        ("negative numbers of accountants", table("brackets"), "brackets"),
    ] {
        let found = json(&text, PLAIN);
        same(effect(&found, "difference_in_means", DIM), wanted, CLOSED_FORM);
        assert!(claims(said(&found)), "{name}: {}", said(&found));
    }
    let carets = two_arms("0", "1").replace(',', "^");
    assert!(refused(&carets, PLAIN).contains("--delimiter"));
    assert!(claims(&first_sentence(&answered(&carets, &format!("{PLAIN} --delimiter ^")))));
}

#[test]
fn a_point_that_could_stand_between_thousands_is_asked_about() {
    let flags = "--unit id --treatment arm --outcome umsatz";
    let mistake = refused(&table("dots"), flags);
    assert!(mistake.contains("decimal point or a point between thousands") && mistake.contains("--decimal ,"), "{mistake}");
    let found = json(&table("dots"), &format!("{flags} --decimal ,"));
    let row = effect(&found, "difference_in_means", DIM);
    same(row, "dots", CLOSED_FORM);
    close(field(row, "control_mean"), 905.21, 1e-12);
    close(field(row, "treatment_mean_unadjusted"), 964.70, 1e-12);
}

#[test]
fn a_packed_table_is_the_same_table() {
    let whole = two_arms("control", "new");
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(whole.as_bytes()).expect("memory");
    let packed = encoder.finish().expect("memory");
    let arguments = ["analyze", "t.csv.gz", "--unit", "id", "--treatment", "arm", "--outcome", "y"];
    let (_folder, output) = run_in(&[("t.csv.gz", &packed)], &arguments);
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    assert_eq!(first_sentence(&text), first_sentence(&answered(&whole, PLAIN)));
    let (_folder, output) = run_in(&[("t.csv.gz", &packed[..packed.len() / 2])], &arguments);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("breaks off before its end"));
}

#[test]
fn texts_that_mean_no_value_are_gaps_and_counted() {
    for word in ["-999", "unknown"] {
        let gap = two_arms("0", "1").replace("u10,0,4,", &format!("u10,0,{word},"));
        let found = json(&gap, &format!("{PLAIN} --na {word}"));
        assert_eq!((&found["design"]["dropped_control"], &found["design"]["dropped_treatment"]), (&1.into(), &0.into()));
    }
}
