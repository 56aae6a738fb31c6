//! A made-up study for tests of reports: a seeded toy function draws arm means around given lifts. It simulates no customers
//! and its numbers are results of nothing.

use longgame::agents::ThompsonParams;
use longgame::curation::CurationParams;
use longgame::domain::Window;
use longgame::experiment::{
    DecayRow, EffectRow, EstimateRow, LedgerRow, LedgerSummaryRow, ReplicateResult, RuleCount, Study, Summary, TruthCell,
    TruthRow, WorkSum, summarise_study,
};
use longgame::report::{Report, ReportContext};
use longgame::scenario::{ArmParams, PhaseParams, PolicyParams, Scenario, ScenarioFile};

/// A metric of the toy: its monthly mean without treatment, the standard deviation between customers, and the lift by month (from 0).
#[derive(Clone)]
pub(crate) struct ToyMetric {
    pub(crate) name: &'static str,
    pub(crate) monthly_mean: f64,
    pub(crate) deviation: f64,
    pub(crate) lift: fn(f64) -> f64,
}

/// A made-up study.
#[derive(Clone)]
pub(crate) struct Toy {
    pub(crate) title: &'static str,
    /// Name, months, whether people curate.
    pub(crate) phases: Vec<(&'static str, u32, bool)>,
    /// Name, share, factor on the metric's lift; the first is the control.
    pub(crate) arms: Vec<(&'static str, f64, f64)>,
    pub(crate) metrics: Vec<ToyMetric>,
    pub(crate) replicates: u32,
    pub(crate) customers: u32,
    pub(crate) has_truth: bool,
    /// Messages per customer and month in the first arm and in the others.
    pub(crate) messages: (f64, f64),
}

/// What the toy yields.
pub(crate) struct Made {
    pub(crate) context: ReportContext,
    pub(crate) study: Study,
    pub(crate) summary: Summary,
    pub(crate) report: Report,
}

const ESTIMATORS: [&str; 2] = ["difference_in_means", "difference_in_differences"];

/// Draws that depend on nothing but their address.
fn normal(address: [u64; 4]) -> f64 {
    let mut state = address.into_iter().fold(0x9E37_79B9_7F4A_7C15_u64, |state, part| mix(state ^ mix(part.wrapping_add(1))));
    let mut uniform = || {
        state = mix(state.wrapping_add(0x9E37_79B9_7F4A_7C15));
        ((state >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    };
    let (radius, angle) = (uniform(), uniform());
    (-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * angle).cos()
}

/// The finaliser of SplitMix64.
fn mix(mut word: u64) -> u64 {
    word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    word ^ (word >> 31)
}

impl Toy {
    /// The shape of the reference trial: four curated months, seven alone, 90 % agents.
    pub(crate) fn paper() -> Self {
        Self {
            title: "Sustained impact of agentic personalisation: 4 months active, 7 passive",
            phases: vec![("active", 4, true), ("passive", 7, false)],
            arms: vec![("control", 0.1, 0.0), ("agents", 0.9, 1.0)],
            metrics: vec![
                ToyMetric {
                    name: "direct_app_opens",
                    monthly_mean: 0.31,
                    deviation: 0.8,
                    lift: |month| decaying(month, 0.66, 0.50),
                },
                ToyMetric {
                    name: "days_with_engagement",
                    monthly_mean: 3.1,
                    deviation: 2.4,
                    lift: |month| decaying(month, 0.028, 0.021),
                },
                ToyMetric {
                    name: "conversions:strategic",
                    monthly_mean: 0.11,
                    deviation: 0.4,
                    lift: |month| decaying(month, 0.012, 0.009),
                },
            ],
            replicates: 100,
            customers: 20_000,
            has_truth: false,
            messages: (8.6, 8.7),
        }
    }

    /// Draws everything.
    pub(crate) fn make(&self) -> Made {
        let context = ReportContext::from_scenario(&self.scenario());
        let study = self.study(&context.windows);
        let summary = self.summary(&study, &context.windows);
        let report = Report::new(&context, &summary, &study);
        Made { context, study, summary, report }
    }

    /// The scenario it pretends to have run.
    pub(crate) fn scenario(&self) -> ScenarioFile {
        let mut scenario: ScenarioFile =
            serde_json::from_str(r#"{"name": "toy"}"#).expect("all fields but the name have defaults");
        scenario.title = self.title.to_owned();
        scenario.phases = self
            .phases
            .iter()
            .map(|(name, months, is_curated)| PhaseParams {
                name: (*name).to_owned(),
                months: *months,
                curation: is_curated.then(CurationParams::default),
                ..PhaseParams::default()
            })
            .collect();
        let (template, control) = (scenario.arms[1].clone(), scenario.arms[0].clone());
        scenario.arms = self
            .arms
            .iter()
            .enumerate()
            .map(|(position, (name, share, _))| ArmParams {
                name: (*name).to_owned(),
                share: *share,
                policy: if position == 0 { control.policy.clone() } else { PolicyParams::Thompson(ThompsonParams::default()) },
                ..template.clone()
            })
            .collect();
        scenario.study.metrics = self.metrics.iter().map(|metric| metric.name.to_owned()).collect();
        scenario
    }

    fn study(&self, windows: &[Window]) -> Study {
        Study {
            metrics: self.metrics.iter().map(|metric| metric.name.to_owned()).collect(),
            windows: windows.iter().map(|window| window.name.clone()).collect(),
            arms: self.arms.iter().map(|arm| arm.0.to_owned()).collect(),
            estimators: ESTIMATORS.map(str::to_owned).to_vec(),
            replicates: (0..self.replicates).map(|replicate| self.replicate(replicate, windows)).collect(),
        }
    }

    fn replicate(&self, replicate: u32, windows: &[Window]) -> ReplicateResult {
        let mut estimates = Vec::new();
        let mut ledger = Vec::new();
        for (window, span) in windows.iter().enumerate() {
            for metric in 0..self.metrics.len() {
                for arm in 1..self.arms.len() {
                    for estimator in 0..ESTIMATORS.len() {
                        estimates.push(self.estimate(replicate, [window, metric, arm, estimator], span));
                    }
                }
            }
            ledger.extend((0..self.arms.len()).map(|arm| self.ledger(window, arm, span)));
        }
        let truth = if self.has_truth { self.truth(&estimates, windows) } else { Vec::new() };
        ReplicateResult {
            traps: Vec::new(),
            beliefs: Vec::new(),
            replicate,
            estimates,
            truth,
            ledger,
            events: 1_000_000 + u64::from(replicate),
            customer_days: 7_800_000,
        }
    }

    /// What the program fits to the toy's numbers.
    fn decay(&self, study: &Study) -> Vec<DecayRow> {
        let scenario = Scenario::from_file(self.scenario()).expect("a scenario that could be run");
        summarise_study(&scenario, study).decay
    }

    /// The lifts that the means were drawn around, beside the first estimator's rows.
    fn truth(&self, estimates: &[EstimateRow], windows: &[Window]) -> Vec<TruthCell> {
        let rows = estimates.iter().filter(|row| row.estimator == 0);
        let cell = |row: &EstimateRow| {
            let (lift, count) = self.true_lift(row, windows);
            let denominator = count * self.metrics[usize::from(row.metric)].monthly_mean;
            let EstimateRow { metric, window, arm, .. } = *row;
            TruthCell {
                metric,
                window,
                arm,
                effect: Some(lift * denominator),
                denominator: Some(denominator),
                effect_variance: None,
            }
        };
        rows.map(cell).collect()
    }

    /// True lift in a row's window, and how many months the window holds (1 for the pre-period).
    fn true_lift(&self, place: &EstimateRow, windows: &[Window]) -> (f64, f64) {
        let Some(months) = windows[usize::from(place.window)].months() else { return (0.0, 1.0) };
        let count = f64::from(months.end - months.start);
        let toy = &self.metrics[usize::from(place.metric)];
        let lift = months.map(|month| (toy.lift)(f64::from(month))).sum::<f64>() / count;
        (lift * self.arms[usize::from(place.arm)].2, count)
    }

    /// Mean outcome of an arm in a month (`None`: the pre-period): a lasting error of the arm and one of the month.
    fn mean(&self, replicate: u32, metric: usize, arm: usize, month: Option<u32>) -> f64 {
        let toy = &self.metrics[metric];
        let (_, share, factor) = self.arms[arm];
        let noise = toy.deviation / (share * f64::from(self.customers)).sqrt();
        let draw = |what: u64| normal([replicate.into(), metric as u64, arm as u64, what]);
        let error = noise * (0.8 * draw(0) + 0.6 * draw(1 + month.map_or(0, |month| u64::from(month) + 1)));
        let lift = month.map_or(0.0, |month| factor * (toy.lift)(f64::from(month)));
        toy.monthly_mean * (1.0 + lift) + error
    }

    fn estimate(&self, replicate: u32, [window, metric, arm, estimator]: [usize; 4], span: &Window) -> EstimateRow {
        let total = |arm: usize| match span.months() {
            None => self.mean(replicate, metric, arm, None),
            Some(months) => months.map(|month| self.mean(replicate, metric, arm, Some(month))).sum(),
        };
        let (treated, control) = (total(arm), total(0));
        let months = span.months().map_or(1.0, |months| f64::from(months.end - months.start));
        let before = self.mean(replicate, metric, arm, None) - self.mean(replicate, metric, 0, None);
        let effect = if estimator == 1 { treated - control - months * before } else { treated - control };
        let denominator = treated - effect;
        let deviation = self.metrics[metric].deviation * (0.64 * months * months + 0.36 * months).sqrt();
        let size = |arm: usize| self.arms[arm].1 * f64::from(self.customers);
        let std_error = deviation * (1.0 / size(arm) + 1.0 / size(0)).sqrt();
        let is_known = denominator > 0.0 && !(estimator == 1 && span.months().is_none());
        let lift = is_known.then(|| effect / denominator);
        EstimateRow {
            metric: metric as u16,
            window: window as u16,
            arm: arm as u16,
            estimator: estimator as u16,
            effect: is_known.then_some(effect),
            std_error: is_known.then_some(std_error),
            degrees_of_freedom: is_known.then_some(f64::from(self.customers) - 2.0),
            denominator: is_known.then_some(denominator),
            lift,
            lift_conf_low: lift.map(|lift| lift - 1.96 * std_error / denominator),
            lift_conf_high: lift.map(|lift| lift + 1.96 * std_error / denominator),
            lift_unbounded: is_known && denominator < 1.96 * deviation / size(0).sqrt(),
        }
    }

    fn ledger(&self, window: usize, arm: usize, span: &Window) -> LedgerRow {
        let months = span.months().map_or(1.0, |months| f64::from(months.end - months.start));
        let per_month = if arm == 0 { self.messages.0 } else { self.messages.1 };
        LedgerRow {
            window: window as u16,
            arm: arm as u16,
            customers: (self.arms[arm].1 * f64::from(self.customers)).round() as u64,
            messages_per_customer: months * per_month,
            direct_opens_per_message: (per_month > 0.0).then_some(0.036),
            human_hours: 80.0 * months,
            human_cost: 3040.0 * months,
            message_cost: 12.5 * months,
            library_size: 23,
            launched: 4,
            retired: 3,
            cancelled_briefs: 1,
            refused: [200, 50, 0, 0, 0, 0, 0, 0, 0],
            work_count: [4, 3, 0, 0, 0, 0, 0, 0],
            work_hours: [26.0 * months, 54.0 * months, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
            content_cost: 0.0,
            turned_down: 0,
            alerts: 0,
            unsafe_messages: 0,
        }
    }

    fn summary(&self, study: &Study, windows: &[Window]) -> Summary {
        let mut effects = Vec::new();
        let mut truth = Vec::new();
        let cells = study.replicates.first().map_or(0, |result| result.estimates.len());
        for cell in 0..cells {
            let rows: Vec<&EstimateRow> = study.replicates.iter().map(|result| &result.estimates[cell]).collect();
            let row = effect_row(study, &rows);
            if self.has_truth && row.estimator == ESTIMATORS[0] {
                truth.push(self.truth_row(&row, rows[0], windows));
            }
            effects.push(row);
        }
        Summary {
            schema: 1,
            program: "longgame 0.1.0".to_owned(),
            scenario: "toy".to_owned(),
            digest: "3f9ad2c41b7e5a60".to_owned(),
            seed: 20_260_409,
            replicates: self.replicates,
            customers: self.customers,
            arms: study.arms.clone(),
            effects,
            truth,
            decay: if self.has_truth { self.decay(study) } else { Vec::new() },
            arms_ledger: self.arms_ledger(study),
            net_value: Vec::new(),
        }
    }

    fn truth_row(&self, row: &EffectRow, place: &EstimateRow, windows: &[Window]) -> TruthRow {
        let (lift, count) = self.true_lift(place, windows);
        let denominator = count * self.metrics[usize::from(place.metric)].monthly_mean;
        TruthRow {
            metric: row.metric.clone(),
            window: row.window.clone(),
            arm: row.arm.clone(),
            versus: row.versus.clone(),
            effect: Some(lift * denominator),
            effect_std_error: Some(0.0),
            denominator: Some(denominator),
            lift: Some(lift),
            lift_std_error: Some(0.0),
            lift_p05: Some(lift),
            lift_p95: Some(lift),
        }
    }

    fn arms_ledger(&self, study: &Study) -> Vec<LedgerSummaryRow> {
        let rows = study.replicates.first().map_or(&[][..], |result| &result.ledger);
        rows.iter()
            .map(|row| LedgerSummaryRow {
                window: study.windows[usize::from(row.window)].clone(),
                arm: study.arms[usize::from(row.arm)].clone(),
                messages_per_customer: row.messages_per_customer,
                direct_opens_per_message: row.direct_opens_per_message,
                human_hours: row.human_hours,
                human_cost: row.human_cost,
                message_cost: row.message_cost,
                library_size: row.library_size as f64,
                launched: row.launched as f64,
                retired: row.retired as f64,
                cancelled_briefs: row.cancelled_briefs as f64,
                attempts: row.messages_per_customer * row.customers as f64 + 250.0,
                refused: 250.0,
                refused_by: [("no_consent", 200.0), ("weekly_cap", 50.0)]
                    .map(|(rule, count)| RuleCount { rule: rule.to_owned(), count })
                    .to_vec(),
                work: ["review", "component"]
                    .iter()
                    .zip(row.work_count.iter().zip(row.work_hours))
                    .map(|(kind, (count, hours))| WorkSum { kind: (*kind).to_owned(), count: *count as f64, hours })
                    .collect(),
                content_cost: 0.0,
                turned_down: 0.0,
                alerts: 0.0,
                unsafe_messages: 0.0,
            })
            .collect()
    }
}

/// A lift that rises in the first month, holds while people curate four months, then decays towards a plateau.
pub(crate) fn decaying(month: f64, start: f64, plateau: f64) -> f64 {
    let ramp = 1.0 - 0.25 * (-1.6 * month).exp();
    ramp * (plateau + (start - plateau) * 2f64.powf(-(month - 3.5).max(0.0) / 3.0))
}

fn effect_row(study: &Study, rows: &[&EstimateRow]) -> EffectRow {
    let known: Vec<(f64, f64)> = rows.iter().filter_map(|row| row.effect.zip(row.denominator)).collect();
    let count = known.len() as f64;
    let mean = |value: fn(&(f64, f64)) -> f64| (count > 0.0).then(|| known.iter().map(value).sum::<f64>() / count);
    let (effect, denominator) = (mean(|pair| pair.0), mean(|pair| pair.1));
    let error = |residual: &dyn Fn(&(f64, f64)) -> f64| {
        let squares: f64 = known.iter().map(|pair| residual(pair).powi(2)).sum();
        (count > 1.0).then(|| (squares / (count - 1.0) / count).sqrt())
    };
    let lift = effect.zip(denominator).map(|(effect, denominator)| effect / denominator);
    let mut lifts: Vec<f64> = rows.iter().filter_map(|row| row.lift).collect();
    lifts.sort_by(f64::total_cmp);
    let quantile = |share: f64| (!lifts.is_empty()).then(|| lifts[(share * (lifts.len() - 1) as f64).round() as usize]);
    let first = rows[0];
    EffectRow {
        metric: study.metrics[usize::from(first.metric)].clone(),
        window: study.windows[usize::from(first.window)].clone(),
        arm: study.arms[usize::from(first.arm)].clone(),
        versus: study.arms[0].clone(),
        estimator: study.estimators[usize::from(first.estimator)].clone(),
        effect,
        effect_std_error: effect.and_then(|effect| error(&|pair| pair.0 - effect)),
        denominator,
        lift,
        lift_std_error: lift.zip(denominator).and_then(|(lift, scale)| error(&|pair| (pair.0 - lift * pair.1) / scale)),
        lift_replicate_mean: (!lifts.is_empty()).then(|| lifts.iter().sum::<f64>() / lifts.len() as f64),
        lift_p05: quantile(0.05),
        lift_p95: quantile(0.95),
        coverage: None,
        unbounded_share: Some(rows.iter().filter(|row| row.lift_unbounded).count() as f64 / rows.len() as f64),
    }
}
