//! Gradient-boosted regression trees on binned features, for squared loss.
//!
//! What: an additive model of small trees, each grown on what the earlier ones left, with the number of trees chosen on rows
//! that the trees did not see.
//! Formula: leaf value `η Σr/(n + λ)`, gain of a split `(Σr_L)²/(n_L + λ) + (Σr_R)²/(n_R + λ) − (Σr)²/(n + λ)` over residuals r
//! (Friedman 2001 with the ridge of Chen & Guestrin 2016); at most 64 bins per feature; a node's histogram is built from its
//! smaller child and subtraction (Ke et al. 2017). Residuals enter histograms as whole numbers, 2³⁹/n steps to the largest
//! one, packed with the count into one word: sums are exact and one addition serves both.
//! Deterministic: no random numbers, ties to the first feature and bin.
//! Failure: features that are not finite are refused; an outcome that does not vary gives its mean.
//! Not here: who may be predicted from whom (see `analysis::cross_fit`).
//!
//! Why our own: a study fits thousands of these on tables of ten thousand rows, where sharing the binned features between
//! folds and outcomes is most of the speed.

/// Most bins of a feature.
const MOST_BINS: usize = 64;
/// Bits of a histogram word that hold the residual sum; the count is above them.
const SUM_BITS: u32 = 40;
/// Rows whose count fits the rest of the word.
const MOST_ROWS: usize = 1 << 23;

/// Features turned into bin numbers once, for any number of fits.
#[derive(Debug, Clone)]
pub struct BinnedFeatures {
    rows: usize,
    features: usize,
    /// Bins of all features of a row side by side.
    bins: Vec<u8>,
}

impl BinnedFeatures {
    /// Bins columns of equal length at their distinct values, or at quantiles where there are more than 64 of those.
    ///
    /// `None` for columns of unequal length, a value that is not finite, or more than eight million rows.
    #[must_use]
    pub fn new(columns: &[&[f64]]) -> Option<Self> {
        let rows = columns.first().map_or(0, |column| column.len());
        let usable = |column: &&[f64]| column.len() == rows && column.iter().all(|value| value.is_finite());
        if !columns.iter().all(usable) || rows > MOST_ROWS {
            return None;
        }
        let mut bins = vec![0; rows * columns.len()];
        for (feature, column) in columns.iter().enumerate() {
            let edges = upper_edges(column);
            for (row, value) in column.iter().enumerate() {
                let bin = edges.partition_point(|edge| edge < value);
                bins[row * columns.len() + feature] = bin as u8;
            }
        }
        Some(Self { rows, features: columns.len(), bins })
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    fn row(&self, row: u32) -> &[u8] {
        let start = row as usize * self.features;
        &self.bins[start..start + self.features]
    }
}

/// Upper edges of all bins but the last: a value falls in the first bin whose edge is not below it.
fn upper_edges(column: &[f64]) -> Vec<f64> {
    let mut sorted = column.to_vec();
    sorted.sort_by(f64::total_cmp);
    let mut distinct = sorted.clone();
    distinct.dedup();
    if distinct.len() <= MOST_BINS {
        distinct.pop();
        return distinct;
    }
    let mut edges: Vec<f64> = (1..MOST_BINS).map(|bin| sorted[bin * sorted.len() / MOST_BINS]).collect();
    edges.dedup();
    edges
}

/// How trees are grown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BoostingParams {
    /// Share of each tree's fit that is taken.
    pub learning_rate: f64,
    /// Splits from root to leaf.
    pub depth: u32,
    /// Most trees.
    pub most_trees: usize,
    /// Trees without a better fit on unseen rows after which growing stops.
    pub patience: usize,
    /// Fewest rows in a leaf.
    pub least_rows_in_leaf: u32,
    /// Ridge λ on leaf values, in rows.
    pub ridge_rows: f64,
}

impl Default for BoostingParams {
    fn default() -> Self {
        Self { learning_rate: 0.15, depth: 4, most_trees: 200, patience: 8, least_rows_in_leaf: 20, ridge_rows: 1.0 }
    }
}

/// Rows that trees are grown on and rows that decide when to stop.
#[derive(Debug, Clone, Copy)]
pub struct TrainingRows<'a> {
    /// Grown on.
    pub grown_on: &'a [u32],
    /// Stopped by; empty for as many trees as allowed.
    pub stopped_by: &'a [u32],
}

/// A fitted model.
#[derive(Debug, Clone, PartialEq)]
pub struct BoostedTrees {
    base: f64,
    trees: Vec<Tree>,
}

/// Nodes in the order they were made; a leaf has no split.
#[derive(Debug, Clone, PartialEq)]
struct Tree {
    nodes: Vec<Node>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Node {
    value: f64,
    split: Option<Split>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Split {
    feature: usize,
    /// Rows of this bin or a lower one go left.
    bin: u8,
    left: usize,
    right: usize,
}

/// Residual sum and rows of some bins.
#[derive(Debug, Clone, Copy, Default)]
struct Cell {
    sum: f64,
    rows: f64,
}

/// Rows of a node as a range of the working order, with its histogram if it may be split.
struct OpenNode {
    index: usize,
    start: usize,
    end: usize,
    histogram: Vec<i64>,
}

impl BoostedTrees {
    /// Fits the outcome (one value per row of `features`) on the training rows.
    ///
    /// `None` for an outcome of another length, no training rows, or numbers that are not finite in them.
    #[must_use]
    pub fn fit(features: &BinnedFeatures, outcome: &[f64], rows: TrainingRows<'_>, params: &BoostingParams) -> Option<Self> {
        let known = |row: &u32| outcome.get(*row as usize).is_some_and(|value| value.is_finite());
        if outcome.len() != features.rows || rows.grown_on.is_empty() {
            return None;
        }
        if !rows.grown_on.iter().chain(rows.stopped_by).all(known) {
            return None;
        }
        let base = rows.grown_on.iter().map(|row| outcome[*row as usize]).sum::<f64>() / rows.grown_on.len() as f64;
        let mut residuals: Vec<f64> = outcome.iter().map(|value| value - base).collect();
        let mut grower = Grower::new(features, params);
        let mut trees = Vec::new();
        let mut best = (unseen_squares(&residuals, rows.stopped_by), 0);
        while trees.len() < params.most_trees && trees.len() < best.1 + params.patience {
            let tree = grower.tree(&mut residuals, rows.grown_on);
            if tree.nodes.len() == 1 {
                break;
            }
            for row in rows.stopped_by {
                residuals[*row as usize] -= tree.value(features.row(*row));
            }
            trees.push(tree);
            let squares = unseen_squares(&residuals, rows.stopped_by);
            if squares < best.0 || rows.stopped_by.is_empty() {
                best = (squares, trees.len());
            }
        }
        trees.truncate(best.1);
        Some(Self { base, trees })
    }

    /// The prediction for a row of features binned together with those of the fit.
    #[must_use]
    pub fn predict(&self, features: &BinnedFeatures, row: u32) -> f64 {
        let bins = features.row(row);
        self.base + self.trees.iter().map(|tree| tree.value(bins)).sum::<f64>()
    }

    /// Number of trees.
    #[must_use]
    pub fn trees(&self) -> usize {
        self.trees.len()
    }
}

fn unseen_squares(residuals: &[f64], rows: &[u32]) -> f64 {
    rows.iter().map(|row| residuals[*row as usize].powi(2)).sum()
}

impl Tree {
    fn value(&self, bins: &[u8]) -> f64 {
        let mut node = self.nodes[0];
        while let Some(split) = node.split {
            node = self.nodes[if bins[split.feature] <= split.bin { split.left } else { split.right }];
        }
        node.value
    }
}

struct Grower<'a> {
    features: &'a BinnedFeatures,
    params: &'a BoostingParams,
    /// Training rows, kept together by node.
    order: Vec<u32>,
    /// Histogram word of each row.
    words: Vec<i64>,
    /// Residual of one step of a word.
    step: f64,
    /// Room for rows on their way.
    moved: Vec<u32>,
}

impl<'a> Grower<'a> {
    fn new(features: &'a BinnedFeatures, params: &'a BoostingParams) -> Self {
        let words = vec![0; features.rows];
        Self { features, params, order: Vec::new(), words, step: 1.0, moved: Vec::new() }
    }

    /// Grows a tree and takes its values off the residuals of the rows it was grown on.
    fn tree(&mut self, residuals: &mut [f64], rows: &[u32]) -> Tree {
        self.order.clear();
        self.order.extend_from_slice(rows);
        self.pack(residuals, rows);
        let histogram = self.histogram(0, rows.len());
        let mut tree = Tree { nodes: vec![self.leaf_of(self.total(&histogram[..MOST_BINS]))] };
        let mut level = vec![OpenNode { index: 0, start: 0, end: rows.len(), histogram }];
        for depth in 0..=self.params.depth {
            let mut next = Vec::new();
            for node in level {
                let split = if depth < self.params.depth { self.best_split(&node.histogram) } else { None };
                let Some((feature, bin)) = split else {
                    let value = tree.nodes[node.index].value;
                    self.order[node.start..node.end].iter().for_each(|row| residuals[*row as usize] -= value);
                    continue;
                };
                let middle = self.partition(&node, feature, bin);
                let (left, right) = (tree.nodes.len(), tree.nodes.len() + 1);
                tree.nodes[node.index].split = Some(Split { feature, bin, left, right });
                let cells = &node.histogram[feature * MOST_BINS..(feature + 1) * MOST_BINS];
                let cut = usize::from(bin) + 1;
                tree.nodes.push(self.leaf_of(self.total(&cells[..cut])));
                tree.nodes.push(self.leaf_of(self.total(&cells[cut..])));
                next.extend(self.children(&node, middle, left, depth + 1 == self.params.depth));
            }
            level = next;
        }
        tree
    }

    /// Turns residuals into histogram words: one row, and the residual in steps.
    fn pack(&mut self, residuals: &[f64], rows: &[u32]) {
        let largest = rows.iter().fold(0.0_f64, |largest, row| largest.max(residuals[*row as usize].abs()));
        let steps = ((1_i64 << (SUM_BITS - 1)) / (rows.len() as i64 + 1)) as f64;
        self.step = if largest > 0.0 { largest / steps } else { 1.0 };
        for row in rows {
            let in_steps = (residuals[*row as usize] / self.step).round() as i64;
            self.words[*row as usize] = (1 << SUM_BITS) + in_steps;
        }
    }

    fn cell(&self, word: i64) -> Cell {
        let rows = (word + (1 << (SUM_BITS - 1))) >> SUM_BITS;
        Cell { sum: (word - (rows << SUM_BITS)) as f64 * self.step, rows: rows as f64 }
    }

    fn total(&self, words: &[i64]) -> Cell {
        self.cell(words.iter().sum())
    }

    fn histogram(&self, start: usize, end: usize) -> Vec<i64> {
        let mut histogram = vec![0; self.features.features * MOST_BINS];
        for row in &self.order[start..end] {
            let word = self.words[*row as usize];
            for (cells, bin) in histogram.chunks_exact_mut(MOST_BINS).zip(self.features.row(*row)) {
                cells[usize::from(*bin) % MOST_BINS] += word;
            }
        }
        histogram
    }

    fn leaf_of(&self, total: Cell) -> Node {
        let value = self.params.learning_rate * total.sum / (total.rows + self.params.ridge_rows);
        Node { value, split: None }
    }

    /// The split with the largest gain, if any has one.
    fn best_split(&self, histogram: &[i64]) -> Option<(usize, u8)> {
        let (ridge, least) = (self.params.ridge_rows, f64::from(self.params.least_rows_in_leaf.max(1)));
        let score = |cell: Cell| cell.sum * cell.sum / (cell.rows + ridge);
        let all_words: i64 = histogram[..MOST_BINS].iter().sum();
        // Rounding must not pass for a gain.
        let mut needed = score(self.cell(all_words)) * (1.0 + 1e-9) + 1e-300;
        let mut best: Option<(usize, u8)> = None;
        for (feature, words) in histogram.chunks_exact(MOST_BINS).enumerate() {
            let mut left_words = 0;
            for (bin, word) in words[..MOST_BINS - 1].iter().enumerate() {
                left_words += word;
                let (left, right) = (self.cell(left_words), self.cell(all_words - left_words));
                if *word == 0 || left.rows < least || right.rows < least {
                    continue;
                }
                let reached = score(left) + score(right);
                if reached > needed {
                    needed = reached;
                    best = Some((feature, bin as u8));
                }
            }
        }
        best
    }

    /// Moves rows that go left to the front of the node's range, keeping their order; returns where the others begin.
    fn partition(&mut self, node: &OpenNode, feature: usize, bin: u8) -> usize {
        let features = self.features;
        let rows = &mut self.order[node.start..node.end];
        self.moved.resize(rows.len(), 0);
        let (mut left, mut right) = (0, 0);
        // Both writes always happen and one of them counts: no branch to mispredict.
        for position in 0..rows.len() {
            let row = rows[position];
            let goes_left = usize::from(features.row(row)[feature] <= bin);
            rows[left] = row;
            self.moved[right] = row;
            left += goes_left;
            right += 1 - goes_left;
        }
        rows[left..].copy_from_slice(&self.moved[..right]);
        node.start + left
    }

    /// Both children of a split node; leaves of the last level need no histograms.
    fn children(&self, node: &OpenNode, middle: usize, left_index: usize, last: bool) -> [OpenNode; 2] {
        let (mut left, mut right) = (Vec::new(), Vec::new());
        if !last {
            let left_is_smaller = middle - node.start <= node.end - middle;
            let smaller = if left_is_smaller { self.histogram(node.start, middle) } else { self.histogram(middle, node.end) };
            let larger = node.histogram.iter().zip(&smaller).map(|(whole, part)| whole - part).collect();
            (left, right) = if left_is_smaller { (smaller, larger) } else { (larger, smaller) };
        }
        [
            OpenNode { index: left_index, start: node.start, end: middle, histogram: left },
            OpenNode { index: left_index + 1, start: middle, end: node.end, histogram: right },
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Features on a grid and a smooth outcome of two of them.
    fn example(rows: u32) -> (Vec<Vec<f64>>, Vec<f64>) {
        let column = |step: u32, size: u32| (0..rows).map(|row| f64::from(row * step % size)).collect::<Vec<f64>>();
        let columns = vec![column(37, 101), column(53, 89), column(29, 7)];
        let outcome =
            (0..rows as usize).map(|row| (columns[0][row] / 20.0).sin() * 3.0 + columns[0][row] * columns[1][row] / 1000.0);
        let outcome = outcome.collect();
        (columns, outcome)
    }

    fn unexplained(columns: &[Vec<f64>], outcome: &[f64], params: &BoostingParams) -> f64 {
        let slices: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        let features = BinnedFeatures::new(&slices).unwrap();
        let rows: Vec<u32> = (0..outcome.len() as u32).collect();
        let (seen, unseen) = rows.split_at(rows.len() * 3 / 4);
        let (grown_on, stopped_by) = seen.split_at(seen.len() * 4 / 5);
        let model = BoostedTrees::fit(&features, outcome, TrainingRows { grown_on, stopped_by }, params).unwrap();
        let error: f64 = unseen.iter().map(|row| (outcome[*row as usize] - model.predict(&features, *row)).powi(2)).sum();
        let mean = unseen.iter().map(|row| outcome[*row as usize]).sum::<f64>() / unseen.len() as f64;
        error / unseen.iter().map(|row| (outcome[*row as usize] - mean).powi(2)).sum::<f64>()
    }

    #[test]
    fn a_smooth_outcome_is_predicted_on_unseen_rows() {
        let (columns, outcome) = example(4000);
        assert!(unexplained(&columns, &outcome, &BoostingParams::default()) < 0.02);
    }

    #[test]
    fn one_deep_split_finds_a_step_exactly() {
        let column: Vec<f64> = (0..100).map(f64::from).collect();
        let outcome: Vec<f64> = column.iter().map(|value| if *value < 30.0 { 1.0 } else { 5.0 }).collect();
        let features = BinnedFeatures::new(&[&column]).unwrap();
        let rows: Vec<u32> = (0..100).collect();
        let params = BoostingParams { learning_rate: 1.0, depth: 1, most_trees: 1, ridge_rows: 0.0, ..BoostingParams::default() };
        let rows = TrainingRows { grown_on: &rows, stopped_by: &[] };
        let model = BoostedTrees::fit(&features, &outcome, rows, &params).unwrap();
        // 100 values in 64 bins: the step falls within a bin's width of where it is.
        let wrong = (0..100).filter(|row| (model.predict(&features, *row) - outcome[*row as usize]).abs() > 0.2).count();
        assert!(wrong <= 2, "{wrong}");
    }

    #[test]
    fn noise_grows_no_trees_and_a_constant_is_its_mean() {
        let (columns, _) = example(2000);
        let mut state = 1_u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f64
        };
        let noise: Vec<f64> = (0..2000).map(|_| next()).collect();
        let left = unexplained(&columns, &noise, &BoostingParams::default());
        assert!((0.95..1.08).contains(&left), "{left}");
        let flat = vec![2.5; 2000];
        let slices: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        let features = BinnedFeatures::new(&slices).unwrap();
        let rows: Vec<u32> = (0..2000).collect();
        let rows = TrainingRows { grown_on: &rows, stopped_by: &[] };
        let model = BoostedTrees::fit(&features, &flat, rows, &BoostingParams::default()).unwrap();
        assert_eq!((model.trees(), model.predict(&features, 7)), (0, 2.5));
    }

    #[test]
    fn bad_tables_are_refused() {
        assert!(BinnedFeatures::new(&[&[1.0, f64::NAN]]).is_none());
        assert!(BinnedFeatures::new(&[&[1.0, 2.0], &[1.0]]).is_none());
        let features = BinnedFeatures::new(&[&[1.0, 2.0]]).unwrap();
        let fit = |outcome: &[f64], grown_on: &[u32]| {
            BoostedTrees::fit(&features, outcome, TrainingRows { grown_on, stopped_by: &[] }, &BoostingParams::default())
        };
        assert!(fit(&[1.0], &[0]).is_none());
        assert!(fit(&[1.0, 2.0], &[]).is_none());
        assert!(fit(&[1.0, f64::INFINITY], &[0, 1]).is_none());
        assert!(fit(&[1.0, 2.0], &[0, 9]).is_none());
    }
}
