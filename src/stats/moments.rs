//! Counts, means and centred sums of squares and products, for one group or two, from slices or streamed and merged.
//!
//! Invariant: a `Moments` holds centred sums, so a variance never comes from the difference of two large numbers.
//! Slices are summed about a pilot mean and corrected (Chan, Golub & LeVeque 1983, section 3); where the pilot proves too far
//! from the mean, they are summed again about the mean. The number of accumulators is fixed, hence so is the order of
//! additions: the same input gives the same bits on every machine. Streams use Welford's update.
//! Not here: anything that knows what an arm is; quantiles (see `quantile`).

/// Accumulators that run side by side; part of the definition of a result, since it fixes the order of additions.
const LANES: usize = 4;
/// Rows that the pilot mean looks at.
const PILOT_ROWS: usize = 128;
/// A second pass about the mean is always enough but for rounding of the mean itself; the third one mends that.
const MOST_PASSES: usize = 3;

/// Count, mean and centred sum of squares of one variable.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Moments {
    /// Number of values.
    pub count: u64,
    /// Mean; 0 when there are no values.
    pub mean: f64,
    /// `Σ (x − mean)²`.
    pub centred_square_sum: f64,
}

impl Moments {
    /// Adds one value (Welford 1962).
    pub fn add(&mut self, value: f64) {
        self.count += 1;
        let before = value - self.mean;
        self.mean += before / self.count as f64;
        self.centred_square_sum += before * (value - self.mean);
    }

    /// Moments of both groups of values together (Chan, Golub & LeVeque 1983, eq. 2.1).
    #[must_use]
    pub fn merged(self, other: Self) -> Self {
        if self.count == 0 {
            return other;
        }
        if other.count == 0 {
            return self;
        }
        let (n1, n2) = (self.count as f64, other.count as f64);
        let gap = other.mean - self.mean;
        Self {
            count: self.count + other.count,
            mean: self.mean + gap * n2 / (n1 + n2),
            centred_square_sum: self.centred_square_sum + other.centred_square_sum + gap * gap * n1 * n2 / (n1 + n2),
        }
    }

    /// Moments of a slice.
    #[must_use]
    pub fn of<T: Copy + Into<f64>>(values: &[T]) -> Self {
        let count = values.len() as f64;
        let mut shift = mean_of(count, total(values, |value| value));
        let mut moments = Self::default();
        for _ in 0..MOST_PASSES {
            let rest = total(values, |value| value - shift);
            let squares = total(values, |value| (value - shift) * (value - shift));
            moments = Self {
                count: values.len() as u64,
                mean: shift + mean_of(count, rest),
                centred_square_sum: at_least_zero(squares - mean_of(count, rest * rest)),
            };
            if is_near_enough(shift, moments) {
                break;
            }
            shift = moments.mean;
        }
        moments
    }

    /// The unbiased variance, `Σ (x − mean)² / (n − 1)`; `None` for fewer than two values.
    #[must_use]
    pub fn variance(&self) -> Option<f64> {
        (self.count >= 2).then(|| self.centred_square_sum / (self.count - 1) as f64)
    }

    /// The squared standard error of the mean, `s² / n`; `None` for fewer than two values.
    #[must_use]
    pub fn mean_variance(&self) -> Option<f64> {
        self.variance().map(|variance| variance / self.count as f64)
    }
}

impl FromIterator<f64> for Moments {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        let mut moments = Self::default();
        for value in values {
            moments.add(value);
        }
        moments
    }
}

/// Counts, means and centred sums of squares and products of two variables seen together.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct PairMoments {
    /// Number of pairs.
    pub count: u64,
    /// Mean of the first variable.
    pub first_mean: f64,
    /// Mean of the second variable.
    pub second_mean: f64,
    /// `Σ (x − x̄)²`.
    pub first_square_sum: f64,
    /// `Σ (y − ȳ)²`.
    pub second_square_sum: f64,
    /// `Σ (x − x̄)(y − ȳ)`.
    pub product_sum: f64,
}

impl PairMoments {
    /// Adds one pair.
    pub fn add(&mut self, first: f64, second: f64) {
        self.count += 1;
        let n = self.count as f64;
        let (first_before, second_before) = (first - self.first_mean, second - self.second_mean);
        self.first_mean += first_before / n;
        self.second_mean += second_before / n;
        self.first_square_sum += first_before * (first - self.first_mean);
        self.second_square_sum += second_before * (second - self.second_mean);
        self.product_sum += first_before * (second - self.second_mean);
    }

    /// Moments of both groups of pairs together.
    #[must_use]
    pub fn merged(self, other: Self) -> Self {
        if self.count == 0 {
            return other;
        }
        if other.count == 0 {
            return self;
        }
        let (n1, n2) = (self.count as f64, other.count as f64);
        let first_gap = other.first_mean - self.first_mean;
        let second_gap = other.second_mean - self.second_mean;
        let weight = n1 * n2 / (n1 + n2);
        Self {
            count: self.count + other.count,
            first_mean: self.first_mean + first_gap * n2 / (n1 + n2),
            second_mean: self.second_mean + second_gap * n2 / (n1 + n2),
            first_square_sum: self.first_square_sum + other.first_square_sum + first_gap * first_gap * weight,
            second_square_sum: self.second_square_sum + other.second_square_sum + second_gap * second_gap * weight,
            product_sum: self.product_sum + other.product_sum + first_gap * second_gap * weight,
        }
    }

    /// The first variable alone.
    #[must_use]
    pub fn first(&self) -> Moments {
        Moments { count: self.count, mean: self.first_mean, centred_square_sum: self.first_square_sum }
    }

    /// The second variable alone.
    #[must_use]
    pub fn second(&self) -> Moments {
        Moments { count: self.count, mean: self.second_mean, centred_square_sum: self.second_square_sum }
    }

    /// The unbiased covariance; `None` for fewer than two pairs.
    #[must_use]
    pub fn covariance(&self) -> Option<f64> {
        (self.count >= 2).then(|| self.product_sum / (self.count - 1) as f64)
    }

    /// Pearson's correlation; `None` when either variable does not vary.
    #[must_use]
    pub fn correlation(&self) -> Option<f64> {
        let scale = (self.first_square_sum * self.second_square_sum).sqrt();
        (scale > 0.0).then(|| (self.product_sum / scale).clamp(-1.0, 1.0))
    }
}

/// Moments of `values`, split in two by `in_second`: index 0 holds the rows where it is false.
///
/// No allocation; the shorter slice decides how many rows there are. A value that is not finite makes its group's result
/// non-finite, so one check of the result finds it.
pub fn by_group<T: Copy + Into<f64>>(values: &[T], in_second: &[bool]) -> [Moments; 2] {
    let mut shifts = pilot_means([values], in_second, |value| value);
    let mut groups = [Moments::default(); 2];
    for _ in 0..MOST_PASSES {
        let (counts, sums) = grouped_sums([values], in_second, |[value], group| {
            let deviation = value - shifts[group][0];
            [deviation, deviation * deviation]
        });
        groups = [0, 1].map(|group| {
            let [rest, squares] = sums[group];
            let count = counts[group] as f64;
            Moments {
                count: counts[group],
                mean: shifts[group][0] + mean_of(count, rest),
                centred_square_sum: at_least_zero(squares - mean_of(count, rest * rest)),
            }
        });
        if groups.iter().zip(shifts).all(|(group, [shift])| is_near_enough(shift, *group)) {
            break;
        }
        shifts = groups.map(|group| [group.mean]);
    }
    groups
}

/// As [`by_group`], for two variables formed from two columns by `pair`.
pub fn pairs_by_group<T: Copy + Into<f64>>(
    columns: [&[T]; 2],
    in_second: &[bool],
    pair: impl Fn([f64; 2]) -> [f64; 2],
) -> [PairMoments; 2] {
    let mut shifts = pilot_means(columns, in_second, &pair);
    let mut groups = [PairMoments::default(); 2];
    for _ in 0..MOST_PASSES {
        let (counts, sums) = grouped_sums(columns, in_second, |row, group| {
            let [first, second] = pair(row);
            let (first, second) = (first - shifts[group][0], second - shifts[group][1]);
            [first, second, first * first, second * second, first * second]
        });
        groups = [0, 1].map(|group| {
            let [first_rest, second_rest, first_squares, second_squares, products] = sums[group];
            let count = counts[group] as f64;
            PairMoments {
                count: counts[group],
                first_mean: shifts[group][0] + mean_of(count, first_rest),
                second_mean: shifts[group][1] + mean_of(count, second_rest),
                first_square_sum: at_least_zero(first_squares - mean_of(count, first_rest * first_rest)),
                second_square_sum: at_least_zero(second_squares - mean_of(count, second_rest * second_rest)),
                product_sum: products - mean_of(count, first_rest * second_rest),
            }
        });
        let near = groups
            .iter()
            .zip(shifts)
            .all(|(group, [first, second])| is_near_enough(first, group.first()) && is_near_enough(second, group.second()));
        if near {
            break;
        }
        shifts = groups.map(|group| [group.first_mean, group.second_mean]);
    }
    groups
}

/// Whether squares about `shift` are at most ten times the squares about the mean, so that at most one digit is lost.
fn is_near_enough(shift: f64, group: Moments) -> bool {
    let gap = group.mean - shift;
    // NaN, which another pass cannot mend, ends the search.
    let squares = gap * gap * group.count as f64;
    squares.is_nan() || group.centred_square_sum.is_nan() || squares <= 9.0 * group.centred_square_sum
}

/// Rough centres: each group's mean over the first rows.
fn pilot_means<T: Copy + Into<f64>, const P: usize>(
    columns: [&[T]; P],
    in_second: &[bool],
    variables: impl Fn([f64; P]) -> [f64; P],
) -> [[f64; P]; 2] {
    let first_rows = columns.map(|column| &column[..column.len().min(PILOT_ROWS)]);
    let (counts, sums) = grouped_sums(first_rows, in_second, |row, _| variables(row));
    [0, 1].map(|group| sums[group].map(|sum| mean_of(counts[group] as f64, sum)))
}

/// `Σ term(value)` over [`LANES`] accumulators.
fn total<T: Copy + Into<f64>>(values: &[T], term: impl Fn(f64) -> f64) -> f64 {
    let (blocks, rest) = values.as_chunks::<LANES>();
    let mut sums = [0.0; LANES];
    for block in blocks {
        for (sum, value) in sums.iter_mut().zip(block) {
            *sum += term((*value).into());
        }
    }
    for (sum, value) in sums.iter_mut().zip(rest) {
        *sum += term((*value).into());
    }
    sums.iter().sum()
}

fn mean_of(count: f64, sum: f64) -> f64 {
    if count > 0.0 { sum / count } else { 0.0 }
}

/// Removes a negative rounding error but lets NaN through, which `f64::max` would swallow.
fn at_least_zero(sum: f64) -> f64 {
    if sum < 0.0 { 0.0 } else { sum }
}

/// Rows per group, and sums of `K` terms per row by group, over [`LANES`] accumulators added up in a fixed order.
///
/// `terms` sees a row of the `P` columns and its group. The group picks the accumulator by index, not by branch: a random
/// assignment would be mispredicted.
fn grouped_sums<T: Copy + Into<f64>, const P: usize, const K: usize>(
    columns: [&[T]; P],
    in_second: &[bool],
    terms: impl Fn([f64; P], usize) -> [f64; K],
) -> ([u64; 2], [[f64; K]; 2]) {
    let rows = columns.iter().map(|column| column.len()).min().unwrap_or(0).min(in_second.len());
    let in_second = &in_second[..rows];
    let (mask_blocks, mask_rest) = in_second.as_chunks::<LANES>();
    let columns = columns.map(|column| column[..rows].as_chunks::<LANES>());
    let mut sums = [[[0.0_f64; K]; LANES]; 2];
    let mut add = |lane: usize, row: [f64; P], group: usize| {
        for (sum, term) in sums[group][lane].iter_mut().zip(terms(row, group)) {
            *sum += term;
        }
    };
    for (block, mask) in mask_blocks.iter().enumerate() {
        let values = columns.map(|(blocks, _)| blocks[block]);
        for (lane, in_second) in mask.iter().enumerate() {
            add(lane, values.map(|column| column[lane].into()), usize::from(*in_second));
        }
    }
    for (lane, in_second) in mask_rest.iter().enumerate() {
        add(lane, columns.map(|(_, rest)| rest[lane].into()), usize::from(*in_second));
    }
    let second = in_second.iter().filter(|in_second| **in_second).count() as u64;
    let sums = sums.map(|lanes| {
        let mut over_lanes = [0.0; K];
        for lane in lanes {
            for (sum, part) in over_lanes.iter_mut().zip(lane) {
                *sum += part;
            }
        }
        over_lanes
    });
    ([rows as u64 - second, second], sums)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: f64, wanted: f64) {
        assert!((found - wanted).abs() <= 1e-12 * wanted.abs().max(1e-300), "found {found:e}, wanted {wanted:e}");
    }

    #[test]
    fn variance_survives_a_huge_offset() {
        // NIST StRD "NumAcc4": 1001 values 10000000.1 to 10000000.3; certified mean 10000000.2, deviation 0.1.
        let mut values = vec![10_000_000.2];
        for _ in 0..500 {
            values.push(10_000_000.1);
            values.push(10_000_000.3);
        }
        let moments = Moments::of(&values);
        assert!((moments.mean - 10_000_000.2).abs() < 1e-8);
        assert!((moments.variance().unwrap().sqrt() - 0.1).abs() < 1e-8);
    }

    #[test]
    fn groups_equal_separate_slices_and_streams_merge() {
        let values: Vec<f64> = (0..103).map(|i| f64::from((i * 37) % 101) * 1.7 - 20.0).collect();
        let other: Vec<f64> = (0..103).map(|i| f64::from((i * 53) % 97) + 0.25).collect();
        let mask: Vec<bool> = (0..103).map(|i| i % 3 == 1).collect();
        let groups = pairs_by_group([&values, &other], &mask, |row| row);
        for (group, wanted) in groups.iter().zip([false, true]) {
            let rows: Vec<usize> = (0..103).filter(|&row| mask[row] == wanted).collect();
            let mut stream = PairMoments::default();
            for &row in &rows {
                stream.add(values[row], other[row]);
            }
            assert_eq!(group.count, stream.count);
            close(group.first_mean, stream.first_mean);
            close(group.first_square_sum, stream.first_square_sum);
            close(group.second_square_sum, stream.second_square_sum);
            close(group.product_sum, stream.product_sum);
        }
        let nobody = vec![false; values.len()];
        let [whole, none] = pairs_by_group([&values, &other], &nobody, |row| row);
        assert_eq!(none, PairMoments::default());
        let merged = groups[0].merged(groups[1]);
        close(merged.first_mean, whole.first_mean);
        close(merged.product_sum, whole.product_sum);
        close(merged.second_square_sum, whole.second_square_sum);
    }

    #[test]
    fn a_constant_has_no_variance_at_all() {
        for constant in [0.1, 1e-9, 123_456.789, 0.3] {
            let values = vec![constant; 1001];
            let mask: Vec<bool> = (0..1001).map(|row| row % 7 == 0).collect();
            for group in by_group(&values, &mask).into_iter().chain([Moments::of(&values)]) {
                assert_eq!((group.mean, group.centred_square_sum), (constant, 0.0));
            }
        }
    }

    #[test]
    fn a_misleading_start_is_mended_by_another_pass() {
        let values: Vec<f64> = (0..5000).map(|row| if row < 128 { 1e12 } else { f64::from(row % 10) }).collect();
        let mask: Vec<bool> = (0..5000).map(|row| row < 128).collect();
        let [rest, start] = by_group(&values, &mask);
        assert_eq!((start.mean, start.centred_square_sum), (1e12, 0.0));
        let offset: Vec<f64> = (0..5000).map(|row| if row < 128 { 1e9 } else { 1.0 } + f64::from(row % 10)).collect();
        let [whole, _] = by_group(&offset[128..], &mask[128..]);
        close(rest.centred_square_sum, whole.centred_square_sum);
    }

    #[test]
    fn too_few_values_have_no_variance() {
        assert_eq!(Moments::of(&[1.0_f64]).variance(), None);
        assert_eq!(Moments::of::<f64>(&[]).count, 0);
        let mut constant = PairMoments::default();
        constant.add(1.0, 2.0);
        constant.add(1.0, 3.0);
        assert_eq!(constant.correlation(), None);
    }
}
