//! Numbers as text: an estimate keeps the digits its standard error supports. No percent signs, no words.
//!
//! Text uses a true minus sign and commas between thousands; files for programs are not written with these functions.

use crate::stats::distributions::StudentT;

/// Most decimals ever shown.
const MOST_DECIMALS: usize = 9;

/// An estimate and its standard error, where there is one; both in the same unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Uncertain {
    /// The estimate.
    pub estimate: f64,
    /// Its standard error.
    pub std_error: Option<f64>,
}

impl Uncertain {
    /// Both times 100: a fraction becomes percent.
    pub fn percent(self) -> Self {
        Self { estimate: self.estimate * 100.0, std_error: self.std_error.map(|error| error * 100.0) }
    }

    /// `65.32 ± 0.21`: two significant digits in the error, the estimate to match; without an error, four significant digits.
    pub fn text(self) -> String {
        match self.std_error {
            Some(error) if error > 0.0 => {
                let decimals = decimals_for(error, 2);
                format!("{} ± {}", fixed(self.estimate, decimals), fixed(error, decimals))
            }
            Some(_) => format!("{} ± 0", significant(self.estimate, 4)),
            None => significant(self.estimate, 4),
        }
    }

    /// The estimate alone, with no digit beyond the first of its error and at most as many as a sentence can carry.
    pub fn spoken(self) -> String {
        let size = self.estimate.abs();
        let bearable = if size >= 100.0 {
            0
        } else if size >= 1.0 {
            1
        } else {
            decimals_for(size, 2)
        };
        let known = match self.std_error {
            Some(error) if error > 0.0 => decimals_for(error, 1),
            _ => bearable,
        };
        fixed(self.estimate, bearable.min(known))
    }

    /// Whether the 95 % interval over so many replicates leaves 0 out; without an error, whether the estimate is not 0.
    pub fn is_clear(self, replicates: u32) -> bool {
        self.estimate.abs() > two_sided_95(replicates) * self.std_error.unwrap_or(0.0)
    }
}

/// Standard errors that a two-sided 95 % interval of a mean over so many replicates reaches: the quantile of Student's t with one degree of
/// freedom less than replicates, at least one.
pub(crate) fn two_sided_95(replicates: u32) -> f64 {
    let degrees = f64::from(replicates.saturating_sub(1).max(1));
    StudentT::new(degrees).and_then(|law| law.quantile(0.975)).unwrap_or(f64::INFINITY)
}

/// Decimals that show `digits` significant digits of `value`.
pub(crate) fn decimals_for(value: f64, digits: i32) -> usize {
    if value == 0.0 || !value.is_finite() {
        return 0;
    }
    let decimals = digits - 1 - value.abs().log10().floor() as i32;
    usize::try_from(decimals).unwrap_or(0).min(MOST_DECIMALS)
}

/// `value` with so many significant digits; whole numbers stay whole.
pub(crate) fn significant(value: f64, digits: i32) -> String {
    if value.fract() == 0.0 && value.abs() < 1e15 { fixed(value, 0) } else { fixed(value, decimals_for(value, digits)) }
}

/// `value` with so many decimals, a true minus sign and commas between thousands from 10,000 on.
pub(crate) fn fixed(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    let plain = format!("{:.*}", decimals, value.abs());
    let (whole, fraction) = plain.split_at(plain.find('.').unwrap_or(plain.len()));
    let is_zero = plain.bytes().all(|byte| matches!(byte, b'0' | b'.'));
    let sign = if value < 0.0 && !is_zero { "−" } else { "" };
    format!("{sign}{}{fraction}", grouped(whole))
}

/// Money with at most three significant digits and thousands.
pub(crate) fn money(value: f64) -> String {
    let scale = if value == 0.0 { 1.0 } else { 10_f64.powi(value.abs().log10().floor() as i32 - 2) };
    if scale >= 1.0 { fixed((value / scale).round() * scale, 0) } else { significant(value, 3) }
}

/// The unit of money for amounts up to `most`, so that numbers stay short: what they are multiplied by, and its words.
pub(crate) fn money_unit_for(most: f64) -> (f64, &'static str) {
    match most {
        most if most >= 2e6 => (1e-6, "millions of money"),
        most if most >= 5e3 => (1e-3, "thousands of money"),
        _ => (1.0, "money"),
    }
}

/// A count with commas between thousands.
pub(crate) fn count(value: u64) -> String {
    grouped(&value.to_string())
}

fn grouped(digits: &str) -> String {
    if digits.len() < 5 {
        return digits.to_owned();
    }
    let first = digits.len() % 3;
    let mut groups: Vec<&str> = Vec::new();
    if first > 0 {
        groups.push(&digits[..first]);
    }
    groups.extend((first..digits.len()).step_by(3).map(|start| &digits[start..start + 3]));
    groups.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uncertain(estimate: f64, error: f64) -> Uncertain {
        Uncertain { estimate, std_error: Some(error) }
    }

    #[test]
    fn an_estimate_shows_the_digits_its_error_supports() {
        assert_eq!(uncertain(65.3217, 0.2134).text(), "65.32 ± 0.21");
        assert_eq!(uncertain(0.000_123_4, 0.000_001_2).text(), "0.0001234 ± 0.0000012");
        assert_eq!(uncertain(123_456.7, 321.0).text(), "123,457 ± 321");
        assert_eq!(uncertain(-0.4, 1.2).text(), "−0.4 ± 1.2");
        assert_eq!(uncertain(0.0, 0.0).text(), "0 ± 0");
    }

    #[test]
    fn a_sentence_carries_few_digits() {
        assert_eq!(uncertain(65.3217, 0.2134).spoken(), "65.3");
        assert_eq!(uncertain(65.3217, 3.0).spoken(), "65");
        assert_eq!(uncertain(2.84, 0.01).spoken(), "2.8");
        assert_eq!(uncertain(0.1234, 0.001).spoken(), "0.12");
        assert_eq!(uncertain(1234.5, 0.1).spoken(), "1234");
    }

    #[test]
    fn money_has_three_digits() {
        assert_eq!([1_234_567.0, -98_765.0, 12.345, 0.0].map(money), ["1,230,000", "−98,800", "12.3", "0"].map(str::to_owned));
    }

    #[test]
    fn fewer_replicates_ask_for_a_larger_distance_from_zero() {
        // Student's t: 4.303 with 2 degrees of freedom, 1.984 with 99.
        assert!(!uncertain(4.2, 1.0).is_clear(3) && uncertain(-4.4, 1.0).is_clear(3));
        assert!(!uncertain(1.98, 1.0).is_clear(100) && uncertain(1.99, 1.0).is_clear(100));
        assert!(Uncertain { estimate: 0.1, std_error: None }.is_clear(1) && !uncertain(0.0, 0.0).is_clear(9));
    }

    #[test]
    fn nothing_is_shown_as_minus_zero() {
        assert_eq!(fixed(-0.004, 2), "0.00");
        assert_eq!(fixed(-0.006, 2), "−0.01");
    }
}
