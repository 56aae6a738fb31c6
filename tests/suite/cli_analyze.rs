//! `longgame analyze` on the oracle files: what it prints as JSON must be what other programs say about the same trial.

use crate::cli_commands::run_in;
use crate::oracle::{CLOSED_FORM, P_VALUE, answers, close, number, numbers, text};
use serde_json::Value;
use std::process::Output;

/// Runs `analyze` on a committed oracle file.
pub(crate) fn analyze(file: &str, flags: &str) -> Output {
    let arguments: Vec<&str> = ["analyze", file].into_iter().chain(flags.split_whitespace()).collect();
    run_in(&[(file, text(file).as_bytes())], &arguments).1
}

/// Its JSON.
fn analyzed(file: &str, flags: &str) -> Value {
    let output = analyze(file, &format!("{flags} --json"));
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON on stdout")
}

/// The row of one outcome and estimator.
fn effect<'a>(analysis: &'a Value, outcome: &str, estimator: &str) -> &'a Value {
    let rows = analysis["effects"].as_array().expect("rows");
    let found = rows.iter().find(|row| row["outcome"] == outcome && row["estimator"] == estimator);
    found.unwrap_or_else(|| panic!("no {estimator} of {outcome}"))
}

/// A number of a row.
fn field(row: &Value, name: &str) -> f64 {
    row[name].as_f64().unwrap_or_else(|| panic!("{name} is {}", row[name]))
}

const CROSS: &str = "--unit id --treatment z --outcome y";

#[test]
fn difference_in_means_equals_welch_with_fiellers_lift() {
    let (found, wanted) = (analyzed("cross.csv", CROSS), answers("python.json"));
    let row = effect(&found, "y", "difference_in_means");
    for (name, path, tolerance) in [
        ("effect", "welch/diff", CLOSED_FORM),
        ("std_error", "welch/se", CLOSED_FORM),
        ("df", "welch/df", CLOSED_FORM),
        ("p_value", "welch/p", P_VALUE),
        ("conf_low", "welch/ci95/0", P_VALUE),
        ("conf_high", "welch/ci95/1", P_VALUE),
        ("control_mean", "welch/mean_c", CLOSED_FORM),
        ("lift", "relative_lift/lift", CLOSED_FORM),
        ("lift_conf_low", "relative_lift/fieller_ci95_t_welch/0", P_VALUE),
        ("lift_conf_high", "relative_lift/fieller_ci95_t_welch/1", P_VALUE),
    ] {
        close(field(row, name), number(&wanted, path), tolerance);
    }
    assert_eq!((row["n_control"].as_u64(), row["n_treatment"].as_u64()), (Some(132), Some(108)));
    assert_eq!(found["effects"].as_array().map(Vec::len), Some(1), "nothing else is possible without further columns");
    assert_eq!(found["left_out"].as_array().map(Vec::len), Some(5));
}

#[test]
fn adjusted_estimators_equal_statsmodels_estimatr_and_tea_tasting() {
    let (python, r) = (answers("python.json"), answers("r.json"));
    let found = analyzed("cross.csv", &format!("{CROSS} --pre pre --predictions g_oof"));
    let cuped = effect(&found, "y", "cuped");
    close(field(cuped, "effect"), number(&python, "cuped/diff"), CLOSED_FORM);
    close(field(cuped, "std_error"), number(&python, "cuped/se"), CLOSED_FORM);
    close(field(cuped, "control_mean"), number(&python, "cuped/mean_c"), CLOSED_FORM);
    let ancova = effect(&found, "y", "ancova");
    close(field(ancova, "effect"), number(&python, "ancova/coef"), CLOSED_FORM);
    close(field(ancova, "std_error"), number(&python, "ancova/se_HC2"), CLOSED_FORM);
    let ml_rate = effect(&found, "y", "ml_rate");
    close(field(ml_rate, "effect"), number(&python, "mlrate/coef"), CLOSED_FORM);
    close(field(ml_rate, "std_error"), number(&python, "mlrate/se_HC2"), CLOSED_FORM);
    close(field(ml_rate, "p_value"), number(&r, "mlrate_lm_lin_HC2/p/1"), P_VALUE);
    let found = analyzed("cross.csv", &format!("{CROSS} --pre pre --covariates tenure --categorical seg --estimators lin"));
    let lin = effect(&found, "y", "lin");
    close(field(lin, "effect"), number(&python, "lin/coef"), CLOSED_FORM);
    close(field(lin, "std_error"), number(&python, "lin/se_HC2"), CLOSED_FORM);
    close(field(lin, "control_mean"), number(&python, "lin/mu0"), CLOSED_FORM);
    close(field(lin, "conf_low"), number(&python, "lin/ci95_HC2_t/0"), P_VALUE);
    close(field(lin, "p_value"), number(&r, "lm_lin_HC2/p/1"), P_VALUE);
}

#[test]
fn clusters_equal_estimatrs_cr2() {
    let flags = format!("{CROSS} --pre pre --covariates tenure --categorical seg --cluster hh --estimators lin");
    let (found, r) = (analyzed("cross.csv", &flags), answers("r.json"));
    let lin = effect(&found, "y", "lin");
    for (name, path, tolerance) in [
        ("effect", "lm_lin_CR2_hh/coef/1", CLOSED_FORM),
        ("std_error", "lm_lin_CR2_hh/se/1", CLOSED_FORM),
        ("df", "lm_lin_CR2_hh/df/1", CLOSED_FORM),
        ("p_value", "lm_lin_CR2_hh/p/1", P_VALUE),
        ("control_mean_std_error", "lm_lin_CR2_hh/se/0", CLOSED_FORM),
    ] {
        close(field(lin, name), number(&r, path), tolerance);
    }
    assert_eq!(found["design"]["n_clusters"], 24);
    let clusters = found["checks"].as_array().unwrap().iter().find(|check| check["name"] == "clusters").unwrap();
    assert_eq!(clusters["verdict"], "warning", "24 clusters are few");
}

#[test]
fn a_panel_equals_the_change_score_regression_and_two_way_fixed_effects() {
    let flags = "--unit id --treatment z --outcome y --time month --start 0";
    let (found, python, r) = (analyzed("panel.csv", flags), answers("python.json"), answers("r.json"));
    let row = effect(&found, "y", "difference_in_differences");
    close(field(row, "effect"), number(&python, "did/change_score/coef"), CLOSED_FORM);
    close(field(row, "std_error"), number(&python, "did/change_score/se_HC2"), CLOSED_FORM);
    assert_eq!(field(row, "df"), 58.0);
    close(field(row, "p_value"), number(&r, "did_change_score_HC2/p/1"), P_VALUE);
    let post = effect(&found, "y", "difference_in_means");
    close(field(post, "effect"), number(&python, "did/post_only/coef"), CLOSED_FORM);
    close(field(post, "std_error"), number(&python, "did/post_only/se_HC2"), CLOSED_FORM);
    let ancova = effect(&found, "y", "ancova");
    close(field(ancova, "effect"), number(&python, "did/ancova_post_on_pre/coef"), CLOSED_FORM);
    close(field(ancova, "std_error"), number(&python, "did/ancova_post_on_pre/se_HC2"), CLOSED_FORM);
    let study = &found["event_study"][0];
    let periods = study["periods"].as_array().expect("periods");
    for (name, path) in [
        ("effect", "event_study/coef_by_cell_means"),
        ("std_error_cr1", "event_study/se_CRV1"),
        ("std_error_cr0", "event_study/se_CR0"),
    ] {
        for (period, wanted) in periods.iter().zip(numbers(&python, path)) {
            close(field(period, name), wanted, CLOSED_FORM);
        }
    }
    let names: Vec<&str> = periods.iter().map(|period| period["period"].as_str().unwrap()).collect();
    assert_eq!(names, ["-3", "-2", "0", "1", "2", "3", "4"]);
    assert_eq!(study["reference"], "-1");
    let critical = field(study, "simultaneous_critical_value");
    assert!((critical - number(&python, "event_study/supt_crit_normal_95_tol1e3")).abs() < 1e-3);
    let leads = &study["pre_trend_cr1"];
    close(field(leads, "chi_squared"), number(&python, "event_study/pretrend_wald_chi2"), 1e-9);
    close(field(leads, "p_value_chi_squared"), number(&python, "event_study/pretrend_wald_p_chi2"), P_VALUE);
    close(field(leads, "p_value"), number(&python, "event_study/pretrend_F_p_df_2_59"), P_VALUE);
    for index in 0..8 {
        let wanted = |name: &str| number(&python, &format!("event_study/per_month_itt_welch/{index}/{name}"));
        let month = &found["by_period"][index];
        close(field(month, "effect"), wanted("diff"), CLOSED_FORM);
        close(field(month, "std_error"), wanted("se"), CLOSED_FORM);
        close(field(month, "p_value"), wanted("p"), P_VALUE);
    }
}

#[test]
fn a_panel_with_gaps_keeps_everybody_and_says_who_is_complete() {
    // Rows that the oracle file marks as absent are taken out.
    let kept: Vec<String> = text("panel.csv").lines().filter(|line| !line.ends_with(",0")).map(str::to_owned).collect();
    let gaps = kept.join("\n");
    let base = ["analyze", "gaps.csv", "--unit", "id", "--treatment", "z", "--outcome", "y", "--time", "month", "--start", "0"];
    let (_folder, output) = run_in(&[("gaps.csv", gaps.as_bytes())], &[&base[..], &["--json"]].concat());
    let found: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!((&found["design"]["n_control"], &found["design"]["dropped_control"]), (&33.into(), &0.into()));
    let python = answers("python.json");
    let all_rows = effect(&found, "y", "two_way_fixed_effects");
    close(field(all_rows, "effect"), number(&python, "did/twfe_unbalanced_keep1/coef"), 1e-9);
    close(field(all_rows, "std_error"), number(&python, "did/twfe_unbalanced_keep1/se_CRV1"), 1e-9);
    let complete = effect(&found, "y", "difference_in_differences");
    let units = complete["n_control"].as_u64().unwrap() + complete["n_treatment"].as_u64().unwrap();
    let gaps_check = found["checks"].as_array().unwrap().iter().find(|check| check["name"] == "panel_gaps").expect("a check");
    let told = gaps_check["message"].as_str().unwrap();
    assert!(units < 60 && told.starts_with(&format!("{units} of the 60 units have every period")), "{told}");
    let (_folder, zero) = run_in(&[("gaps.csv", gaps.as_bytes())], &[&base[..], &["--json", "--missing", "zero"]].concat());
    let found: Value = serde_json::from_slice(&zero.stdout).expect("JSON");
    assert_eq!(effect(&found, "y", "difference_in_differences")["n_control"], 33);
}

#[test]
fn looks_equal_gbstats_and_the_published_formulas() {
    let found = analyzed("looks.csv", "--planned-units 2000 --prior-variance 1");
    let wanted = answers("python.json");
    let looks = found["looks"].as_array().expect("looks");
    assert_eq!(looks.len(), 25);
    for (index, look) in looks.iter().enumerate() {
        let entry = |key: &str| number(&wanted, &format!("sequential/looks/{index}/{key}"));
        close(field(look, "effect"), entry("diff"), 1e-9);
        close(field(look, "std_error"), entry("se"), CLOSED_FORM);
        close(field(look, "always_valid_high") - field(look, "effect"), entry("acs_halfwidth"), CLOSED_FORM);
        close(field(look, "e_value"), entry("acs_evalue"), 1e-9);
        close(field(look, "mixture_half_width"), entry("msprt_halfwidth"), CLOSED_FORM);
        close(field(look, "mixture_p_value"), entry("msprt_p_running_min"), P_VALUE);
    }
}

#[test]
fn looks_at_single_units_add_up() {
    // Two looks of two units per arm and one more: the second look holds all of them.
    let table = "id,arm,y,week\na,control,1,2\nb,control,2,1\nc,treated,4,1\nd,treated,6,1\ne,control,3,1\nf,treated,5,2\n";
    let flags = "--unit id --treatment arm --outcome y --look week --json";
    let arguments: Vec<&str> = ["analyze", "t.csv"].into_iter().chain(flags.split_whitespace()).collect();
    let (_folder, output) = run_in(&[("t.csv", table.as_bytes())], &arguments);
    let found: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(found["looks"][0]["effect"], 2.5);
    assert_eq!(found["looks"][1]["effect"], 3.0);
    assert_eq!(found["looks"][1]["effect"], found["effects"][0]["effect"]);
    assert_eq!(found["looks"][1]["std_error"].as_f64(), found["effects"][0]["std_error"].as_f64());
}

#[test]
fn several_outcomes_are_adjusted_for_their_number() {
    let found = analyzed("cross.csv", "--unit id --treatment z --outcome y,conv,orders --estimators difference_in_means");
    let p = |outcome: &str, name: &str| field(effect(&found, outcome, "difference_in_means"), name);
    let mut raw = [p("y", "p_value"), p("conv", "p_value"), p("orders", "p_value")];
    raw.sort_by(f64::total_cmp);
    close(p("y", "p_holm"), (3.0 * raw[0]).min(1.0), 1e-12);
    for outcome in ["y", "conv", "orders"] {
        assert!(p(outcome, "p_holm") >= p(outcome, "q_value") && p(outcome, "q_value") >= p(outcome, "p_value"));
    }
}

#[test]
fn the_order_of_rows_and_the_writing_of_the_file_change_nothing() {
    let table = text("cross.csv");
    let mut lines: Vec<&str> = table.lines().collect();
    lines[1..].reverse();
    let written = [
        ("reversed", lines.join("\n")),
        ("CRLF and mark", format!("\u{feff}{}", table.replace('\n', "\r\n"))),
        ("semicolons", table.replace(',', ";")),
        ("quoted", table.lines().map(|line| format!("\"{}\"\n", line.replace(',', "\",\""))).collect::<String>()),
        ("no end of the last line", table.trim_end().to_owned()),
    ];
    let flags = "--unit id --treatment z --outcome y --pre pre --covariates tenure --cluster hh --json";
    let arguments: Vec<&str> = ["analyze", "t.csv"].into_iter().chain(flags.split_whitespace()).collect();
    let wanted = run_in(&[("t.csv", table.as_bytes())], &arguments).1;
    let wanted: Value = serde_json::from_slice(&wanted.stdout).expect("JSON");
    for (title, table) in written {
        let output = run_in(&[("t.csv", table.as_bytes())], &arguments).1;
        let found: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{title}: {error}"));
        for (found, wanted) in found["effects"].as_array().unwrap().iter().zip(wanted["effects"].as_array().unwrap()) {
            // Trees stop on rows chosen by their place in the file, so ML-RATE may move a little with the order.
            if title == "reversed" && wanted["estimator"] == "ml_rate" {
                continue;
            }
            for name in ["effect", "std_error", "lift", "df"] {
                close(field(found, name), field(wanted, name), 1e-9);
            }
        }
    }
}

#[test]
fn the_same_file_gives_the_same_bytes_and_stdin_is_a_file() {
    let flags = "--unit id --treatment z --outcome y --pre pre --json";
    let (first, second) = (analyze("cross.csv", flags), analyze("cross.csv", flags));
    assert_eq!(first.stdout, second.stdout);
    let piped = assert_cmd::Command::new(env!("CARGO_BIN_EXE_longgame"))
        .args(["analyze", "-"])
        .args(flags.split_whitespace())
        .write_stdin(text("cross.csv"))
        .output()
        .expect("starts");
    let text = String::from_utf8(piped.stdout).expect("UTF-8");
    assert_eq!(text.replace("\"file\": \"stdin\"", "\"file\": \"cross.csv\""), String::from_utf8(first.stdout).expect("UTF-8"));
}

#[test]
fn a_mismatch_of_sizes_is_said_before_anything_else() {
    let output = analyze("cross.csv", &format!("{CROSS} --expected-share 0.7"));
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(text.starts_with("STOP: sample-ratio mismatch: 132 control and 108 treatment units"), "{text}");
    let fine = analyzed("cross.csv", &format!("{CROSS} --expected-share 0.5"));
    assert_eq!(fine["checks"][0]["verdict"], "passed");
    close(field(&fine["checks"][0], "statistic"), (132.0_f64 - 120.0).powi(2) / 120.0 * 2.0, 1e-12);
}

#[test]
fn files_are_written_whole_and_earlier_ones_kept() {
    let table = text("panel.csv");
    let flags = "--unit id --treatment z --outcome y --time month --start 0 --out results";
    let arguments: Vec<&str> = ["analyze", "panel.csv"].into_iter().chain(flags.split_whitespace()).collect();
    let (folder, output) = run_in(&[("panel.csv", table.as_bytes())], &arguments);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let mut names: Vec<String> = std::fs::read_dir(folder.path().join("results"))
        .expect("the folder")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"))
        .collect();
    names.sort();
    assert_eq!(
        names,
        ["analysis.json", "analysis.txt", "checks.csv", "effects.csv", "effects.png", "event_study.csv", "event_study.png"]
    );
    let csv = std::fs::read_to_string(folder.path().join("results/event_study.csv")).expect("the file");
    let mut lines = csv.lines().map(|line| line.split(',').count());
    assert!(lines.clone().count() == 8 && lines.all(|cells| cells == 13), "{csv}");
    let other = assert_cmd::Command::new(env!("CARGO_BIN_EXE_longgame"))
        .current_dir(folder.path())
        .args(["analyze", "panel.csv", "--level", "0.9"])
        .args(flags.split_whitespace())
        .output()
        .expect("starts");
    assert!(String::from_utf8_lossy(&other.stderr).contains("the earlier results were kept as results~1"));
    assert!(folder.path().join("results~1/analysis.json").is_file());
}

#[test]
fn the_readme_shows_what_its_command_prints() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = std::fs::read_to_string(root.join("README.md")).expect("the README");
    let section = readme.split("## Analyse your own trial").nth(1).expect("the section");
    let command =
        section.split("$ cargo run --release -- ").nth(1).and_then(|rest| rest.split("\n```").next()).expect("a command");
    let words = command.replace("\\\n", " ");
    let output = assert_cmd::Command::new(env!("CARGO_BIN_EXE_longgame"))
        .current_dir(root)
        .args(words.split_whitespace())
        .output()
        .expect("starts");
    let printed = String::from_utf8(output.stdout).expect("UTF-8");
    let shown = section.split("```text\n").nth(1).and_then(|rest| rest.split("```").next()).expect("what it prints");
    assert_eq!(printed, shown);
}
