//! Axes: the range a panel shows, round tick values, and where a value lies. No drawing.

/// A range of values that a length of paper shows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Range {
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl Range {
    /// A range that holds nothing yet but 0.
    pub(crate) const ZERO: Self = Self { low: 0.0, high: 0.0 };

    /// The same range, widened to hold `value`; values that are not numbers are passed over.
    pub(crate) fn with(self, value: f64) -> Self {
        if value.is_finite() { Self { low: self.low.min(value), high: self.high.max(value) } } else { self }
    }

    /// Distance from end to end.
    pub(crate) fn length(self) -> f64 {
        self.high - self.low
    }

    /// `value`, moved to the nearer end if it lies outside.
    pub(crate) fn clamp(self, value: f64) -> f64 {
        value.clamp(self.low, self.high)
    }

    /// Share of the way from low to high at which `value` lies.
    pub(crate) fn share(self, value: f64) -> f64 {
        (value - self.low) / self.length()
    }
}

/// How far a panel follows the spread of single trials before it cuts it, as a multiple of the range of the means.
const SPREAD_LIMIT: f64 = 8.0;
/// How far beyond the means a panel reaches once it cuts the spread.
const CUT_REACH: f64 = 2.5;

/// The range a panel shows, and whether the spread of single trials reaches beyond it.
///
/// `means` holds 0, the means and their Monte-Carlo intervals; `spread` holds the spread of single trials. The spread is shown
/// whole unless it would squeeze the means into a flat line.
pub(crate) fn shown_range(means: Range, spread: Range) -> (Range, bool) {
    let whole = means.with(spread.low).with(spread.high);
    let is_cut = means.length() > 0.0 && whole.length() > SPREAD_LIMIT * means.length();
    let shown = if is_cut {
        let reach = CUT_REACH * means.length();
        Range { low: whole.low.max(means.low - reach), high: whole.high.min(means.high + reach) }
    } else {
        whole
    };
    let length = if shown.length() > 0.0 { shown.length() } else { 1.0 };
    let below = if shown.low < 0.0 { 0.06 } else { 0.025 };
    let above = if shown.high > 0.0 { 0.08 } else { 0.05 };
    if shown.length() > 0.0 {
        (Range { low: shown.low - below * length, high: shown.high + above * length }, is_cut)
    } else {
        (Range { low: -length, high: length }, is_cut)
    }
}

/// Round values inside `range`, at most about `most` of them, and the decimals they need.
pub(crate) fn ticks(range: Range, most: usize) -> (Vec<f64>, usize) {
    let rough = range.length() / most.max(1) as f64;
    if rough <= 0.0 || !rough.is_finite() {
        return (Vec::new(), 0);
    }
    let magnitude = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|factor| factor * magnitude).find(|step| *step >= rough * 0.999);
    let step = step.unwrap_or(10.0 * magnitude);
    let decimals = usize::try_from(-(step * 1.001).log10().floor() as i32).unwrap_or(0);
    let first = (range.low / step).ceil() as i64;
    let last = (range.high / step).floor() as i64;
    ((first..=last).map(|index| index as f64 * step).collect(), decimals)
}

/// Months to label so that labels do not touch: every month, or multiples of 2, 3, 6, 12, 24…
pub(crate) fn month_stride(units_per_month: f64, label_width: f64) -> u32 {
    let fits = |stride: &u32| f64::from(*stride) * units_per_month >= label_width;
    [1, 2, 3, 6, 12, 24, 48].into_iter().find(fits).unwrap_or(96)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_inside() {
        assert_eq!(ticks(Range { low: -0.4, high: 71.0 }, 6), (vec![0.0, 20.0, 40.0, 60.0], 0));
        let (small, decimals) = ticks(Range { low: -0.0003, high: 0.0011 }, 5);
        assert_eq!((small.len(), decimals), (3, 4), "{small:?}");
        assert_eq!(ticks(Range { low: 1.0, high: 1.0 }, 5), (vec![], 0));
    }

    #[test]
    fn a_wide_spread_does_not_flatten_the_means() {
        let means = Range { low: 0.0, high: 1.0 };
        let (shown, is_cut) = shown_range(means, Range { low: -30.0, high: 32.0 });
        assert!(is_cut && shown.length() < 8.0, "{shown:?}");
        let (shown, is_cut) = shown_range(means, Range { low: -2.0, high: 3.0 });
        assert!(!is_cut && shown.low <= -2.0 && shown.high >= 3.0, "{shown:?}");
    }

    #[test]
    fn a_flat_line_at_zero_still_has_a_range() {
        let (shown, _) = shown_range(Range::ZERO, Range::ZERO);
        assert!(shown.low < 0.0 && shown.high > 0.0, "{shown:?}");
    }
}
