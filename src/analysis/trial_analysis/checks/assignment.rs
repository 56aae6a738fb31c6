//! Who was assigned to which arm: sizes of arms, and clusters.
//!
//! **What**: sample-ratio mismatch over all arms of the file; whether whole clusters were assigned, whether any holds units of several arms,
//! and whether there are enough of them for a standard error.
//! **Assumptions**: where less than half of the clusters hold units of several arms and nobody says otherwise, whole clusters were meant to
//! be assigned, and the mixed ones are a fault; where more do, units were assigned one by one within clusters.
//! **Reference**: Fabijan et al. 2019; MacKinnon & Webb 2018 for one treated cluster; Cameron & Miller 2015 for few.

use super::{CheckKind, DesignCheck, ExpectedShares, Verdict, below};
use crate::analysis::sample_ratio::{BLOCKS_BELOW, sample_ratio};
use crate::analysis::trial_analysis::AnalysisPlan;
use crate::analysis::trial_analysis::columns::TrialColumns;
use crate::stats::goodness::TestResult;

/// Fewer clusters than this in all, or in an arm, and intervals are too narrow.
const FEW_CLUSTERS: u64 = 40;
const FEW_CLUSTERS_OF_AN_ARM: u64 = 10;
/// Shares this near to equal may have been meant as equal.
const NEAR_EQUAL: std::ops::Range<f64> = 0.8..1.2;

/// What was assigned.
pub(in crate::analysis::trial_analysis) struct Assignment {
    clusters: Option<ClusterCounts>,
}

struct ClusterCounts {
    per_arm: Vec<u64>,
    /// As many clusters of one size as carry the arm's units: (Σn)²/Σn².
    effective: Vec<f64>,
    clusters: u64,
    mixed: u64,
    were_assigned: bool,
}

impl Assignment {
    pub(in crate::analysis::trial_analysis) fn of(columns: &TrialColumns, plan: &AnalysisPlan) -> Self {
        Self { clusters: columns.clusters.as_ref().map(|labels| counted(labels, columns, plan.clusters_were_assigned)) }
    }

    /// Whether whole clusters were assigned, and none to several arms.
    pub(in crate::analysis::trial_analysis) fn of_clusters(&self) -> bool {
        self.clusters.as_ref().is_some_and(|counts| counts.mixed == 0)
    }

    /// Whether an arm has too few clusters for any standard error.
    pub(in crate::analysis::trial_analysis) fn forbids_intervals(&self) -> bool {
        self.clusters.as_ref().is_some_and(|counts| counts.per_arm.iter().any(|clusters| *clusters < 2))
    }

    pub(super) fn clusters_check(&self, plan: &AnalysisPlan) -> Option<DesignCheck> {
        let counts = self.clusters.as_ref()?;
        let fewest = counts.effective.iter().copied().fold(f64::INFINITY, f64::min);
        let all: f64 = counts.effective.iter().sum();
        let verdict = if self.forbids_intervals() || (counts.were_assigned && counts.mixed > 0) {
            Verdict::Failed
        } else if (counts.clusters < FEW_CLUSTERS || all < FEW_CLUSTERS as f64 || fewest < FEW_CLUSTERS_OF_AN_ARM as f64)
            && plan.randomization.is_none()
        {
            Verdict::Warning
        } else {
            Verdict::Passed
        };
        let kind = CheckKind::Clusters {
            per_arm: counts.per_arm.clone(),
            effective: counts.effective.clone(),
            clusters: counts.clusters,
            mixed: counts.mixed,
            were_assigned: counts.were_assigned,
        };
        Some(DesignCheck { kind, verdict, statistic: None, p_value: None })
    }

    /// Few units are as bad as few clusters.
    pub(super) fn units_check(&self, columns: &TrialColumns, plan: &AnalysisPlan) -> Option<DesignCheck> {
        let per_arm = columns.units_per_arm();
        let is_few = self.clusters.is_none() && per_arm.iter().any(|units| *units < FEW_CLUSTERS_OF_AN_ARM);
        let kind = CheckKind::FewUnits { per_arm };
        (is_few && plan.randomization.is_none()).then_some(DesignCheck {
            kind,
            verdict: Verdict::Warning,
            statistic: None,
            p_value: None,
        })
    }

    pub(super) fn sample_ratio(&self, columns: &TrialColumns, plan: &AnalysisPlan) -> DesignCheck {
        let of_clusters = self.of_clusters() && columns.assigned_clusters.is_some();
        let counts = match &columns.assigned_clusters {
            Some(clusters) if of_clusters => clusters.clone(),
            _ => columns.assigned.clone(),
        };
        let total: u64 = counts.iter().sum();
        let against = |cells: &[u64], shares: &[f64]| sample_ratio(cells, shares).map(|check| check.test);
        let (test, of_compared) = match &plan.expected_shares {
            Some(ExpectedShares::OfTreated(share)) => {
                let treated = counts.get(1).copied().unwrap_or(0);
                let shares = [1.0 - share, *share];
                let (of_all, of_two) = (against(&[total - treated, treated], &shares), against(&counts[..2], &shares));
                let fits = |test: Option<TestResult>| test.map_or(0.0, |test| test.p_value);
                let of_compared = counts.len() > 2 && fits(of_two) > fits(of_all);
                (if of_compared { of_two } else { of_all }, of_compared)
            }
            Some(ExpectedShares::OfArms(weights)) => (against(&counts, weights), false),
            None => (against(&counts, &vec![1.0; counts.len()]), false),
        };
        let p_value = test.map(|test| test.p_value);
        let mean = total as f64 / counts.len() as f64;
        let is_near_equal = counts.iter().all(|count| NEAR_EQUAL.contains(&(*count as f64 / mean)));
        let is_suspicious = is_near_equal && p_value.is_some_and(|p_value| p_value < BLOCKS_BELOW);
        let verdict = match &plan.expected_shares {
            Some(_) => below(p_value, BLOCKS_BELOW, Verdict::Failed),
            // Nobody said what was meant: an almost even split that is not even deserves a question, nothing more.
            None if is_suspicious => Verdict::Warning,
            None => Verdict::NotDone,
        };
        let is_told = plan.expected_shares.is_some() || is_suspicious;
        DesignCheck {
            kind: CheckKind::SampleRatio { counts, of_clusters, expected: plan.expected_shares.clone(), of_compared },
            verdict,
            statistic: test.filter(|_| is_told).map(|test| test.statistic),
            p_value: p_value.filter(|_| is_told),
        }
    }
}

fn counted(labels: &[u32], columns: &TrialColumns, were_assigned: Option<bool>) -> ClusterCounts {
    let size = labels.iter().max().map_or(0, |largest| *largest as usize + 1);
    let arms = columns.arms as usize;
    let mut units = vec![0_u64; size * arms];
    for (label, arm) in labels.iter().zip(&columns.arm_of) {
        units[*label as usize * arms + *arm as usize] += 1;
    }
    let holds: Vec<bool> = units.iter().map(|units| *units > 0).collect();
    let mut counts = ClusterCounts { per_arm: vec![0; arms], effective: Vec::new(), clusters: 0, mixed: 0, were_assigned: true };
    for cluster in holds.chunks_exact(arms.max(1)) {
        let held = cluster.iter().filter(|holds| **holds).count();
        counts.clusters += u64::from(held > 0);
        counts.mixed += u64::from(held > 1);
        counts.per_arm.iter_mut().zip(cluster).for_each(|(count, holds)| *count += u64::from(*holds));
    }
    let of_arm = |arm: usize| units.iter().skip(arm).step_by(arms).map(|units| *units as f64);
    counts.effective =
        (0..arms).map(|arm| of_arm(arm).sum::<f64>().powi(2) / of_arm(arm).map(|units| units * units).sum::<f64>()).collect();
    counts.were_assigned = were_assigned.unwrap_or(2 * counts.mixed < counts.clusters);
    counts
}
