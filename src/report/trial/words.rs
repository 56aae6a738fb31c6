//! Small words that checks, sentences and tables of a trial share.

use super::records::DesignRow;
use crate::report::number::{count, fixed};

/// `p = 0.021`.
pub(super) fn p_words(p_value: f64) -> String {
    if p_value < 0.001 { "p < 0.001".to_owned() } else { format!("p = {}", p_text(p_value)) }
}

/// `0.021`, `< 0.001`; three digits up to a tenth, and never a rounding across 5 %.
pub(super) fn p_text(p_value: f64) -> String {
    if p_value < 0.001 {
        return "< 0.001".to_owned();
    }
    let shown = fixed(p_value, if p_value < 0.1 { 3 } else { 2 });
    let crosses = (p_value < 0.05) != (shown.parse::<f64>().unwrap_or(p_value) < 0.05);
    if crosses { fixed(p_value, 5) } else { shown }
}

/// Decimals that a level in percent needs: 95, 99.9.
pub(super) fn level_decimals(level: f64) -> usize {
    let percent = level * 100.0;
    (0..3).find(|decimals| (percent - fixed(percent, *decimals).parse::<f64>().unwrap_or(percent)).abs() < 1e-9).unwrap_or(3)
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn joined(parts: &[String], word: &str) -> String {
    match parts.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, before)) => format!("{} {word} {last}", before.join(", ")),
    }
}

/// `132 control and 108 treatment`.
pub(super) fn counts_by_arm(counts: &[u64], design: &DesignRow) -> String {
    let parts: Vec<String> =
        counts.iter().enumerate().map(|(arm, number)| format!("{} {}", count(*number), design.arm_words(arm))).collect();
    joined(&parts, "and")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_p_value_is_never_rounded_across_five_per_cent() {
        assert_eq!((p_text(0.0499), p_text(0.0501), p_text(0.05)), ("0.04990".into(), "0.050".into(), "0.050".into()));
        assert_eq!((p_text(0.049_96), p_text(0.0004), p_text(0.3)), ("0.04996".into(), "< 0.001".into(), "0.30".into()));
    }

    #[test]
    fn lists_read_as_sentences() {
        let parts = ["a", "b", "c"].map(str::to_owned);
        assert_eq!(
            (joined(&parts[..1], "and"), joined(&parts[..2], "and"), joined(&parts, "or")),
            ("a".into(), "a and b".into(), "a, b or c".into())
        );
    }
}
