//! What a check found, in words, and what to do about it.

use super::records::{CheckRow, DesignRow};
use super::words::{counts_by_arm, joined, p_words};
use crate::analysis::trial_analysis::{CheckKind, DesignCheck, ExpectedShares, Verdict, WhyColumnLeftOut};
use crate::report::number::{count, fixed, significant};

/// A check as a flat record.
pub(super) fn check_row(check: &DesignCheck, design: &DesignRow, unit_name: &dyn Fn(usize) -> String) -> CheckRow {
    let words = words_of(check, design, unit_name);
    let asks = check.verdict != Verdict::Passed;
    CheckRow {
        name: words.name,
        column: words.column,
        verdict: match check.verdict {
            Verdict::Passed => "passed",
            Verdict::Warning => "warning",
            Verdict::Failed => "failed",
            Verdict::NotDone => "not_done",
        },
        statistic: check.statistic,
        p_value: check.p_value,
        p_holm: match &check.kind {
            CheckKind::Balance { holm_p_value, .. } => *holm_p_value,
            _ => None,
        },
        standardised_difference: match &check.kind {
            CheckKind::Balance { standardised_difference, .. } | CheckKind::Predictions { standardised_difference, .. } => {
                *standardised_difference
            }
            _ => None,
        },
        message: words.message,
        hint: Some(words.hint).filter(|hint| !hint.is_empty() && asks),
    }
}

/// A check's name, the column it is about, what was found and what to do.
struct Words {
    name: &'static str,
    column: Option<String>,
    message: String,
    hint: String,
}

impl Words {
    fn new(name: &'static str, message: String, hint: impl Into<String>) -> Self {
        Self { name, column: None, message, hint: hint.into() }
    }

    fn about(self, column: &str) -> Self {
        Self { column: Some(column.to_owned()), ..self }
    }
}

fn words_of(check: &DesignCheck, design: &DesignRow, unit_name: &dyn Fn(usize) -> String) -> Words {
    match &check.kind {
        CheckKind::SampleRatio { counts, of_clusters, expected, of_compared } => {
            sample_ratio(check, design, counts, (*of_clusters, expected.as_ref(), *of_compared))
        }
        CheckKind::Strata { strata, is_uneven, is_nested } => strata_words(check, *strata, (*is_uneven, *is_nested)),
        CheckKind::FewUnits { per_arm } => {
            let message =
                format!("{} units: with fewer than 10 in an arm intervals may be too narrow", counts_by_arm(per_arm, design));
            Words::new("few_units", message, "--randomization gives a p-value that holds for few")
        }
        CheckKind::LookShares => {
            let message = format!("the arms' shares at the looks, look by look ({} for equal ones)", tested(check));
            let hint = "shares changed while units arrived, so early units are compared with late ones: analyse without --look, with the \
                        look as --strata";
            Words::new("look_shares", message, hint)
        }
        CheckKind::Clusters { per_arm, effective, clusters, mixed, were_assigned } => {
            cluster_words(design, (per_arm, effective), (*clusters, *mixed, *were_assigned))
        }
        CheckKind::Balance { column, standardised_difference, .. } => {
            balance(check, design, column, *standardised_difference).about(column)
        }
        CheckKind::JointBalance { columns } => {
            let message = format!("all {columns} columns before assignment together ({})", tested(check));
            let hint = "together these columns tell the arms apart: doubt the assignment or the columns";
            Words::new("joint_balance", message, hint)
        }
        CheckKind::ColumnLeftOut { column, why } => column_left_out(check, design, column, why).about(column),
        CheckKind::Attrition { outcome, lost, kept } => attrition(check, design, outcome, (lost, kept)).about(outcome),
        CheckKind::PanelGaps { outcome, complete, units } => panel_gaps(check, outcome, (complete, units)).about(outcome),
        CheckKind::Predictions { column, .. } => {
            let message = format!("predictions `{column}`, arm against arm ({})", tested(check));
            let hint =
                "predictions that differ between arms have seen the assignment or something it changed; fit them without both";
            Words::new("predictions", message, hint).about(column)
        }
        CheckKind::PreTrend { outcome, arm, restrictions } => {
            pre_trend(check, design, outcome, (*arm, *restrictions)).about(outcome)
        }
        CheckKind::ConstantOutcome { outcome } => {
            let hint = "is it the right column? An outcome that nobody varies in cannot show an effect";
            Words::new("constant_outcome", format!("`{outcome}` is the same for every unit"), hint).about(outcome)
        }
        CheckKind::NoVariationWithinArms { outcome } => no_variation(outcome).about(outcome),
        CheckKind::ConstantArm { outcome, arm } => {
            let message = format!("`{outcome}` is the same for every unit in {}", arm_of(design, *arm as usize));
            Words::new("constant_arm", message, "was it recorded there at all, or filled in?").about(outcome)
        }
        CheckKind::OneUnit { .. } => one_unit(&check.kind, design, unit_name),
        CheckKind::FewEvents { outcome, events } => {
            let message = format!(
                "hardly anything differs in `{outcome}` from what most units have: {} {}; intervals do not hold for so few",
                counts_by_arm(events, design),
                if design.cluster.is_some() { "clusters" } else { "units" }
            );
            Words::new("few_events", message, "--randomization gives a p-value that holds; more units would").about(outcome)
        }
        CheckKind::Skewness { outcome, skewness } => skewness_words(outcome, *skewness).about(outcome),
        CheckKind::RatioDenominator { column } => {
            let message = format!("`{column}`, which the ratio divides by, arm against arm ({})", tested(check));
            let hint =
                "treatment moved it, so the ratio no longer means the same in both arms: analyse both parts as outcomes too";
            Words::new("ratio_denominator", message, hint).about(column)
        }
    }
}

fn no_variation(outcome: &str) -> Words {
    let message = format!("`{outcome}` is one number for all units of an arm, and another in another arm");
    let hint = "an outcome like this is mostly a copy of the assignment: is it the right column?";
    Words::new("no_variation_within_arms", message, hint)
}

/// How to say what was planned: an equal split where the arms are near to it, else a place to write.
fn asked_shares(counts: &[u64], design: &DesignRow) -> String {
    let mean = counts.iter().sum::<u64>() as f64 / counts.len().max(1) as f64;
    let is_near_equal = counts.iter().all(|count| (0.8..1.2).contains(&(*count as f64 / mean)));
    match (counts.len() > 2, is_near_equal) {
        (false, true) => "--expected-share 0.5".to_owned(),
        (false, false) => format!("--expected-share SHARE, SHARE being that of {}", design.arm_words(1)),
        (true, near) => {
            let weight = |name: &str| if near { format!("{name}=1") } else { format!("{name}=SHARE") };
            let weights: Vec<String> = design.arms.iter().map(|arm| weight(&arm.name)).collect();
            format!("--expected-share {}", crate::report::wording::shell_word(&weights.join(",")))
        }
    }
}

fn strata_words(check: &DesignCheck, strata: u64, (is_uneven, is_nested): (bool, bool)) -> Words {
    if is_nested {
        let message = format!("no stratum of {} holds two arms, so nothing can be compared within strata", count(strata));
        return Words::new(
            "strata",
            message,
            "a stratum is a group within which both arms were assigned: is it the right column?",
        );
    }
    let (spread, within) = if is_uneven {
        let within = "; ANCOVA, Lin and ML-RATE compare within strata, other estimators do not";
        ("arms have other shares in some than in others", within)
    } else {
        ("arms have the same shares in all", "")
    };
    let message = format!("{} strata: {spread} ({}){within}", count(strata), tested(check));
    Words::new("strata", message, "plain means compare one stratum with another here: ask for ancova or lin")
}

fn panel_gaps(check: &DesignCheck, outcome: &str, (complete, units): (&[u64], &[u64])) -> Words {
    let message = format!(
        "{} of the {} units have every period of `{outcome}` ({} for the same gaps in all arms)",
        count(complete.iter().sum()),
        count(units.iter().sum()),
        tested(check)
    );
    let hint = "arms that lack periods differently mix the calendar into the effect: find out why rows are missing";
    Words::new("panel_gaps", message, hint)
}

fn skewness_words(outcome: &str, skewness: f64) -> Words {
    let message = format!(
        "`{outcome}` is too skewed for arms of so unequal sizes: intervals leave out the truth more often than they say (skewness of the \
         difference {}; up to 0.3 does little harm)",
        fixed(skewness, 2)
    );
    Words::new("skewness", message, "--randomization gives a p-value that holds, as more units of the smaller arm would")
}

fn tested(check: &DesignCheck) -> String {
    check.p_value.map(p_words).unwrap_or_else(|| "no test is possible".to_owned())
}

fn sample_ratio(
    check: &DesignCheck,
    design: &DesignRow,
    counts: &[u64],
    (of_clusters, expected, of_compared): (bool, Option<&ExpectedShares>, bool),
) -> Words {
    let units = if of_clusters { "clusters" } else { "units" };
    let sizes = format!("{} {units}", counts_by_arm(counts, design));
    let lost = "find out where units were lost or misassigned (assignment, logging, filters, bots) before any result is used";
    let planned = match expected {
        Some(ExpectedShares::OfTreated(share)) => {
            let whole = match (counts.len() > 2, of_compared) {
                (false, _) => String::new(),
                (true, false) => format!(" of all {} {units}", count(counts.iter().sum())),
                (true, true) => format!(" of these two arms' {} {units}", count(counts[..2].iter().sum())),
            };
            format!("where a share of {} %{whole} in {} was planned", fixed(share * 100.0, 1), design.arm_words(1))
        }
        Some(ExpectedShares::OfArms(weights)) => {
            let total: f64 = weights.iter().sum();
            let shares: Vec<String> = weights
                .iter()
                .enumerate()
                .map(|(arm, weight)| format!("{} % in {}", fixed(weight / total * 100.0, 1), design.arm_words(arm)))
                .collect();
            format!("where {} were planned", joined(&shares, "and"))
        }
        None => String::new(),
    };
    let ask = asked_shares(counts, design);
    match (expected, check.verdict) {
        (Some(ExpectedShares::OfTreated(_)), Verdict::Failed) if counts.len() > 2 => Words::new(
            "sample_ratio",
            format!("sample-ratio mismatch: {sizes} {planned} ({}); no effect below can be trusted", tested(check)),
            format!("the share counts all arms of the file; shares of every arm are said as {ask}. If it is right, {lost}"),
        ),
        (Some(_), Verdict::Failed) => Words::new(
            "sample_ratio",
            format!("sample-ratio mismatch: {sizes} {planned} ({}); no effect below can be trusted", tested(check)),
            lost,
        ),
        (Some(_), _) => Words::new("sample_ratio", format!("{sizes}, {planned} ({})", tested(check)), ""),
        (None, Verdict::Warning) => {
            let message =
                format!("{sizes}: if the arms were meant to be equal, this is a sample-ratio mismatch ({})", tested(check));
            Words::new("sample_ratio", message, format!("say what was planned ({ask} if equal); if it was that, {lost}"))
        }
        (None, _) => {
            let message = format!("{sizes}; not checked, because the planned share is not known");
            Words::new("sample_ratio", message, format!("say what was planned: {ask}"))
        }
    }
}

fn cluster_words(
    design: &DesignRow,
    (per_arm, effective): (&[u64], &[f64]),
    (clusters, mixed, were_assigned): (u64, u64, bool),
) -> Words {
    let total = count(clusters);
    if let Some(arm) = per_arm.iter().position(|clusters| *clusters < 2) {
        let found = if per_arm[arm] == 1 { "one cluster only".to_owned() } else { "no cluster".to_owned() };
        let message = format!(
            "{} has {found}: what is special about it cannot be told from the effect, so there is no standard error",
            design.arm_words(arm)
        );
        let hint = "a trial of clusters needs at least two in every arm, and ten or more to be believed; --randomization gives the \
                    little that one cluster can say";
        return Words::new("clusters", message, hint);
    }
    if mixed > 0 && were_assigned {
        let message =
            format!("{} of {total} clusters hold units of more than one arm, so they were exposed to several", count(mixed));
        let hint = "count each cluster in the arm it was first assigned to, or find out how they got into both; if units were assigned one \
                    by one within clusters, say so: --assigned units";
        return Words::new("clusters", message, hint);
    }
    if mixed > 0 {
        let message = format!(
            "{total} clusters, {} of them with units of more than one arm: units were assigned within clusters; standard errors are CR2 \
             with Satterthwaite's degrees of freedom",
            count(mixed)
        );
        return Words::new(
            "clusters",
            message,
            "with few clusters intervals may be too narrow: --randomization gives a p-value that holds",
        );
    }
    let sizes = counts_by_arm(per_arm, design);
    let is_uneven = effective.iter().zip(per_arm).any(|(effective, clusters)| *effective < 0.5 * *clusters as f64);
    let worth: Vec<u64> = effective.iter().map(|effective| effective.round() as u64).collect();
    let worth =
        if is_uneven { format!(", so unequal that they are worth {}", counts_by_arm(&worth, design)) } else { String::new() };
    let message = format!("{total} clusters ({sizes}{worth}); standard errors are CR2 with Satterthwaite's degrees of freedom");
    let hint = "with fewer than 40 clusters, or 10 in an arm, intervals may be too narrow: --randomization permutes whole clusters and gives a \
                p-value that holds";
    Words::new("clusters", message, hint)
}

fn attrition(check: &DesignCheck, design: &DesignRow, outcome: &str, (lost, kept): (&[u64], &[u64])) -> Words {
    let share = |arm: usize| fixed(100.0 * lost[arm] as f64 / (lost[arm] + kept[arm]).max(1) as f64, 1);
    let arms: Vec<String> = (0..lost.len())
        .map(|arm| {
            format!(
                "{} of the {} units in {} ({} %)",
                count(lost[arm]),
                count(lost[arm] + kept[arm]),
                arm_of(design, arm),
                share(arm)
            )
        })
        .collect();
    let message =
        format!("`{outcome}` has no value for {}; they are left out ({} for equal shares)", joined(&arms, "and"), tested(check));
    let hint = "if no value means that nothing happened (a LEFT JOIN leaves such cells empty), use --missing zero; if values were lost, what \
                is left is no longer what was assigned, and arms that lose units differently are not comparable";
    Words::new("attrition", message, hint)
}

/// `arm 1`, whatever its name.
pub(super) fn arm_of(design: &DesignRow, arm: usize) -> String {
    let name = design.arms.get(arm).map_or("?", |arm| arm.name.as_str());
    format!("arm {name}")
}

fn balance(check: &DesignCheck, design: &DesignRow, column: &str, difference: Option<f64>) -> Words {
    let apart = if design.compared_arms() > 2 { "at most " } else { "" };
    let message = match (check.p_value, difference) {
        (Some(_), Some(difference)) => {
            let size = fixed(difference, 3);
            format!("`{column}` differs by {apart}{size} standard deviations between arms before assignment ({})", tested(check))
        }
        (Some(_), None) => format!("`{column}` is one number in one arm and another in the other"),
        (None, _) => format!("`{column}` does not vary"),
    };
    let hint = "was it really fixed before assignment? If so, doubt the assignment; if not, leave it out: adjusting for what \
                treatment changed hides the effect";
    Words::new("balance", message, hint)
}

fn column_left_out(check: &DesignCheck, design: &DesignRow, column: &str, why: &WhyColumnLeftOut) -> Words {
    match why {
        WhyColumnLeftOut::Constant => {
            Words::new("column_left_out", format!("`{column}` is the same for every unit and is not adjusted for"), "")
        }
        WhyColumnLeftOut::Combination => {
            let message = format!("`{column}` follows from the columns before it and is not adjusted for");
            Words::new("column_left_out", message, "")
        }
        WhyColumnLeftOut::GapsDiffer { missing, .. } => {
            let message = format!(
                "`{column}` is missing for {} units, not equally often in all arms ({}): nothing is adjusted for it",
                counts_by_arm(missing, design),
                tested(check)
            );
            let hint = "was it really fixed, and recorded, before assignment? A column that treatment could lose must not be adjusted for";
            Words::new("column_left_out", message, hint)
        }
    }
}

fn pre_trend(check: &DesignCheck, design: &DesignRow, outcome: &str, (arm, restrictions): (u32, usize)) -> Words {
    let of_arm = if design.compared_arms() > 2 { format!(" in {}", design.arm_words(arm as usize)) } else { String::new() };
    if restrictions == 0 {
        let message = format!("`{outcome}`{of_arm} has no test of the time before the start: it takes two periods that vary");
        return Words::new("pre_trend", message, "");
    }
    let effects =
        if restrictions == 1 { "1 placebo effect that".to_owned() } else { format!("{restrictions} placebo effects that") };
    let message = format!("`{outcome}`{of_arm} before the start: {effects} must be zero ({})", tested(check));
    let hint = "arms moved apart before there was a treatment: doubt the assignment, and do not read difference in differences";
    Words::new("pre_trend", message, hint)
}

fn one_unit(kind: &CheckKind, design: &DesignRow, unit_name: &dyn Fn(usize) -> String) -> Words {
    let CheckKind::OneUnit { outcome, row, arm, share_of_total, share_of_squares, cap_at } = kind else {
        return Words::new("one_unit", String::new(), "");
    };
    let whole = match share_of_total {
        Some(share) => format!("{} % of all `{outcome}`", significant(share * 100.0, 2)),
        None => format!("{} % of the spread of `{outcome}`", significant(share_of_squares * 100.0, 2)),
    };
    let message = format!("one unit, {}, makes up {whole} in {}", unit_name(*row), arm_of(design, *arm as usize));
    let cap = cap_at.map_or_else(
        || "if it is no error, say how the result reads without it".to_owned(),
        |cap| format!("--winsorize {cap} caps the largest values in all arms alike; say so beside the result"),
    );
    Words::new("one_unit", message, format!("is it one customer, or a test account, a reseller, a wrong unit? {cap}"))
        .about(outcome)
}
