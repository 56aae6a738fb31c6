//! What a sweep found: lifts and net values of every cell, what changes against the base cell, the best cell, and what moves the lift most.
//!
//! **Lift** = mean effect / mean outcome of the control over replicates, with the delta method's error (`stats::influence`). Effects are those of
//! twins where truth is recorded, else differences in means. **Net value** = Δ margin − Δ message cost − Δ human cost − Δ cost of generated
//! content of a trial, margin and messages for the customers stood for (`population.represents`, else `population.size`), human work not scaled. **Last month's share** = lift of
//! the last month / lift of the last curated month.
//!
//! Cells share their random numbers: changes are paired differences against the base cell, with intervals from t over replicates; p-values are
//! adjusted by Holm over cells, for every arm, metric and window. The base is the cell that is the scenario as it stands, else the first; a
//! Latin hypercube has none. What moves the lift most is told by main effects (means over the other field's values) for one or two listed
//! fields, and by standardised rank regression coefficients otherwise.

use crate::experiment::summary::program;
use crate::experiment::sweep::{LAST_CURATED_MONTH, LAST_MONTH, SweepStudy, SweptArm, SweptTrial, swept_windows};
use crate::scenario::{CellValue, SweptField};
use crate::stats::influence::Influenced;
use crate::stats::multiplicity::holm;
use crate::stats::rank_regression::rank_regression;
use serde::Serialize;

/// Level of claims about cells.
const LEVEL: f64 = 0.05;
/// Metric name of net value in rows.
pub const NET_VALUE: &str = "net_value";
/// Metric name of the share of the lift that is left in the last month.
pub const LAST_MONTH_SHARE: &str = "last_month_share";

/// What a sweep found. A pure function of scenario, fields, seed and version.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SweepResult {
    /// Version of these records.
    pub schema: u32,
    /// Program and version.
    pub program: String,
    /// Name of the scenario.
    pub scenario: String,
    /// Its heading.
    pub title: String,
    /// Digest of the sweep: all cells.
    pub digest: String,
    /// Seed.
    pub seed: u64,
    /// Replicates of every cell.
    pub replicates: u32,
    /// Simulated customers per replicate, in the first cell.
    pub customers: u32,
    /// Points of the Latin hypercube; `None` for a full grid.
    pub samples: Option<u32>,
    /// `twins`: effects on everybody, known from twins; `difference_in_means`: of those assigned.
    pub effects_by: String,
    /// Metric that sentences and charts are about: the first headline metric.
    pub metric: String,
    /// The arm that sentences and charts are about.
    pub arm: String,
    /// The arm others are compared with.
    pub versus: String,
    /// Phases, in their order.
    pub phases: Vec<String>,
    /// Fields whose values differ between replicates, alike in all cells.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub varied: Vec<String>,
    /// The fields.
    pub fields: Vec<SweptField>,
    /// The cells, in their order.
    pub cells: Vec<CellRow>,
    /// The cell others are compared with, from 0; `None` for a Latin hypercube.
    pub base: Option<usize>,
    /// The best cell on net value; `None` for a Latin hypercube with a single replicate or where no value is known.
    pub best_on_value: Option<BestCell>,
    /// The best cell on the lift of the last phase.
    pub best_on_lift: Option<BestCell>,
    /// What each field does to the lift of the last phase, averaged over the other field; empty unless one or two fields are listed.
    pub main_effects: Vec<MainEffect>,
    /// Standardised rank regression coefficients; empty for one or two listed fields.
    pub sensitivity: Vec<Sensitivity>,
    /// One row per cell, arm, metric and window.
    pub rows: Vec<SweepRow>,
}

/// A cell.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CellRow {
    /// Number of the cell, from 0.
    pub cell: usize,
    /// One value per field.
    pub values: Vec<CellValue>,
    /// Digest of its scenario.
    pub digest: String,
}

/// One figure of one cell.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SweepRow {
    /// Number of the cell, from 0.
    pub cell: usize,
    /// Arm.
    pub arm: String,
    /// The arm it is compared with.
    pub versus: String,
    /// Metric, or `net_value`, `margin_for_all`, `message_cost_for_all`, `human_cost`, `content_cost`, `human_hours`, `messages_per_customer`, `last_month_share`.
    pub metric: String,
    /// A phase, `last_month`, `last_curated_month` or `trial`.
    pub window: String,
    /// What `value` is: `lift` (a fraction), `difference` (arm less the one it is compared with, in the metric's unit) or `share`.
    pub measure: &'static str,
    /// Mean in the arm.
    pub arm_mean: Option<f64>,
    /// Mean in the arm it is compared with.
    pub versus_mean: Option<f64>,
    /// The figure.
    pub value: Option<f64>,
    /// Monte-Carlo standard error.
    pub std_error: Option<f64>,
    /// 95 % interval of the mean over replicates.
    pub conf_low: Option<f64>,
    /// Its upper end.
    pub conf_high: Option<f64>,
    /// The figure less that of the base cell, on the same replicates.
    pub change: Option<f64>,
    /// Its standard error, from paired differences.
    pub change_std_error: Option<f64>,
    /// 95 % interval of it, not adjusted.
    pub change_conf_low: Option<f64>,
    /// Its upper end.
    pub change_conf_high: Option<f64>,
    /// p-value of no change, adjusted by Holm over cells.
    pub change_p_holm: Option<f64>,
}

/// A best cell and those that cannot be told from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BestCell {
    /// Number of the cell.
    pub cell: usize,
    /// Other cells whose paired difference is not significant at 5 % (Holm over cells), ascending.
    pub not_distinguishable_from: Vec<usize>,
}

/// What a listed field does to the lift of the last phase: the mean over the other field's values, at the value where it is highest and where
/// it is lowest.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MainEffect {
    /// Path of the field.
    pub field: String,
    /// Value with the lowest lift.
    pub lowest_at: CellValue,
    /// The lift there, a fraction.
    pub lowest: f64,
    /// Value with the highest lift.
    pub highest_at: CellValue,
    /// The lift there, a fraction.
    pub highest: f64,
    /// Highest less lowest, on the same replicates.
    pub span: f64,
    /// Its standard error.
    pub span_std_error: Option<f64>,
    /// 95 % interval of it, which does not allow for these two having been picked out.
    pub span_conf_low: Option<f64>,
    /// Its upper end.
    pub span_conf_high: Option<f64>,
}

/// How strongly a field moves an output over all cells.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Sensitivity {
    /// Path of the field.
    pub field: String,
    /// `lift` of the last phase, or `net_value`.
    pub output: &'static str,
    /// Standardised rank regression coefficient; `None` for a field that never varies.
    pub coefficient: Option<f64>,
    /// Its HC2 standard error over cells.
    pub std_error: Option<f64>,
    /// 95 % interval.
    pub conf_low: Option<f64>,
    /// Its upper end.
    pub conf_high: Option<f64>,
    /// Share of the variance of the output's ranks that all fields together explain.
    pub explained: f64,
}

/// One figure of one cell: means in both arms, where it has them, and the figure itself.
#[derive(Default)]
struct CellFigure {
    arm_mean: Option<f64>,
    versus_mean: Option<f64>,
    value: Option<Influenced>,
}

/// One figure of all cells.
struct Figure {
    arm: usize,
    metric: String,
    window: String,
    measure: &'static str,
    /// By cell.
    cells: Vec<CellFigure>,
}

/// Summarises the trials of a sweep, given by cell; at least one replicate of each.
pub fn summarise_sweep(study: &SweepStudy, trials: &[Vec<SweptTrial>]) -> SweepResult {
    let sweep = &study.sweep;
    let first = &sweep.cells[0].scenario;
    let figures = figures(study, trials);
    let base = sweep.own.or(sweep.samples.is_none().then_some(0));
    let arms: Vec<String> = first.file.arms.iter().map(|arm| arm.name.clone()).collect();
    let metric = first.headline.first().map_or_else(String::new, |metric| metric.name(&first.verticals));
    let phases: Vec<String> = first.file.phases.iter().map(|phase| phase.name.clone()).collect();
    let named = |metric: &str, window: Option<&str>| {
        let is_it =
            |figure: &&Figure| figure.arm == 1 && figure.metric == metric && window.is_none_or(|name| figure.window == name);
        figures.iter().find(is_it)
    };
    let lift = named(&metric, phases.last().map(String::as_str));
    let value = named(NET_VALUE, None);
    let is_small_grid = sweep.samples.is_none() && sweep.fields.len() <= 2;
    let mut result = SweepResult {
        schema: 1,
        program: program(),
        scenario: first.file.name.clone(),
        title: first.file.title.clone(),
        digest: study.digest.clone(),
        seed: first.file.study.seed,
        replicates: study.replicates,
        customers: first.file.population.size,
        samples: sweep.samples,
        effects_by: if study.has_truth() { "twins" } else { "difference_in_means" }.to_owned(),
        arm: arms[1].clone(),
        versus: arms[0].clone(),
        metric,
        phases,
        varied: first.worlds.fields.clone(),
        fields: sweep.fields.clone(),
        cells: cell_rows(study),
        base,
        best_on_value: value.and_then(best),
        best_on_lift: lift.and_then(best),
        main_effects: Vec::new(),
        sensitivity: Vec::new(),
        rows: figures.iter().flat_map(|figure| rows(figure, &arms, base)).collect(),
    };
    if is_small_grid {
        result.main_effects = lift.map_or_else(Vec::new, |lift| main_effects(&result, lift));
    } else {
        result.sensitivity = [("lift", lift), (NET_VALUE, value)]
            .into_iter()
            .flat_map(|(output, figure)| figure.map_or_else(Vec::new, |figure| sensitivity(&result, output, figure)))
            .collect();
    }
    result
}

fn cell_rows(study: &SweepStudy) -> Vec<CellRow> {
    let cells = study.sweep.cells.iter().enumerate();
    let row = |(cell, own): (usize, &crate::scenario::SweepCell)| CellRow {
        cell,
        values: own.values.clone(),
        digest: own.scenario.digest.clone(),
    };
    cells.map(row).collect()
}

/// The trials of one cell.
struct CellTrials<'a> {
    trials: &'a [SweptTrial],
}

impl CellTrials<'_> {
    fn mean(&self, of: impl Fn(&SweptTrial) -> f64) -> Influenced {
        Influenced::mean(&self.trials.iter().map(of).collect::<Vec<_>>())
    }

    /// Means of both arms and the lift of outcome number `outcome`; unknown where one replicate does not know it.
    fn lift(&self, arm: usize, outcome: usize) -> CellFigure {
        let of_arm = |arm: usize| -> Option<Influenced> {
            let values = self.trials.iter().map(|trial| *trial.arms[arm].outcomes.get(outcome)?);
            Some(Influenced::mean(&values.collect::<Option<Vec<f64>>>()?))
        };
        let (treated, control) = (of_arm(arm), of_arm(0));
        CellFigure {
            arm_mean: treated.as_ref().map(|mean| mean.value),
            versus_mean: control.as_ref().map(|mean| mean.value),
            value: treated.zip(control).and_then(|(treated, control)| treated.minus(&control).over(&control)),
        }
    }

    fn difference(&self, arm: usize, of: fn(&SweptArm) -> f64) -> CellFigure {
        let (treated, control) = (self.mean(|trial| of(&trial.arms[arm])), self.mean(|trial| of(&trial.arms[0])));
        CellFigure { arm_mean: Some(treated.value), versus_mean: Some(control.value), value: Some(treated.minus(&control)) }
    }
}

/// The name of a figure, and what an arm says of it.
type Account = (&'static str, fn(&SweptArm) -> f64);

/// Figures of money and work over the whole trial.
const ACCOUNTS: [Account; 7] = [
    (NET_VALUE, |arm| arm.represents * (arm.margin - arm.message_cost) - arm.human_cost - arm.content_cost),
    ("margin_for_all", |arm| arm.represents * arm.margin),
    ("message_cost_for_all", |arm| arm.represents * arm.message_cost),
    ("human_cost", |arm| arm.human_cost),
    ("content_cost", |arm| arm.content_cost),
    ("human_hours", |arm| arm.human_hours),
    ("messages_per_customer", |arm| arm.messages),
];

fn figures(study: &SweepStudy, trials: &[Vec<SweptTrial>]) -> Vec<Figure> {
    let sweep = &study.sweep;
    let first = &sweep.cells[0].scenario;
    let cells: Vec<CellTrials<'_>> = trials.iter().map(|trials| CellTrials { trials }).collect();
    // A window that some cells lack (nobody leaves there) is one that those cells know nothing of.
    let windows: Vec<Vec<String>> =
        sweep.cells.iter().map(|cell| swept_windows(&cell.scenario).into_iter().map(|window| window.name).collect()).collect();
    let mut names: Vec<String> = Vec::new();
    windows.iter().flatten().for_each(|name| {
        if !names.contains(name) {
            names.push(name.clone());
        }
    });
    let metrics: Vec<String> = first.headline.iter().map(|metric| metric.name(&first.verticals)).collect();
    let mut figures = Vec::new();
    for arm in 1..first.file.arms.len() {
        let lift = |cell: usize, window: &str, metric: usize| {
            let place = windows[cell].iter().position(|own| own == window);
            place.map_or_else(CellFigure::default, |place| cells[cell].lift(arm, place * metrics.len() + metric))
        };
        let mut add = |metric: &str, window: &str, measure, of: &dyn Fn(usize) -> CellFigure| {
            let cells = (0..cells.len()).map(of).collect();
            figures.push(Figure { arm, metric: metric.to_owned(), window: window.to_owned(), measure, cells });
        };
        for (number, metric) in metrics.iter().enumerate() {
            for window in &names {
                add(metric, window, "lift", &|cell| lift(cell, window, number));
            }
        }
        add(LAST_MONTH_SHARE, LAST_MONTH, "share", &|cell| {
            let (last, before) = (lift(cell, LAST_MONTH, 0).value, lift(cell, LAST_CURATED_MONTH, 0).value);
            CellFigure { value: last.zip(before).and_then(|(last, before)| last.over(&before)), ..CellFigure::default() }
        });
        for (metric, of) in ACCOUNTS {
            add(metric, "trial", "difference", &|cell| cells[cell].difference(arm, of));
        }
    }
    figures
}

fn rows(figure: &Figure, arms: &[String], base: Option<usize>) -> Vec<SweepRow> {
    let base = base.map(|base| (base, figure.cells[base].value.as_ref()));
    let change = |cell: usize| {
        let (_, against) = base.filter(|(base, _)| *base != cell)?;
        Some(figure.cells[cell].value.as_ref()?.minus(against?))
    };
    let changes: Vec<Option<Influenced>> = (0..figure.cells.len()).map(change).collect();
    let adjusted = holm(&changes.iter().map(|change| change.as_ref().and_then(Influenced::p_value)).collect::<Vec<_>>());
    let row = |(cell, own): (usize, &CellFigure)| {
        let value = own.value.as_ref();
        let interval = value.and_then(Influenced::interval);
        let change = changes[cell].as_ref();
        let change_interval = change.and_then(Influenced::interval);
        SweepRow {
            cell,
            arm: arms[figure.arm].clone(),
            versus: arms[0].clone(),
            metric: figure.metric.clone(),
            window: figure.window.clone(),
            measure: figure.measure,
            arm_mean: own.arm_mean,
            versus_mean: own.versus_mean,
            value: value.map(|value| value.value),
            std_error: value.and_then(Influenced::std_error),
            conf_low: interval.map(|interval| interval.low),
            conf_high: interval.map(|interval| interval.high),
            change: change.map(|change| change.value),
            change_std_error: change.and_then(Influenced::std_error),
            change_conf_low: change_interval.map(|interval| interval.low),
            change_conf_high: change_interval.map(|interval| interval.high),
            change_p_holm: adjusted[cell],
        }
    };
    figure.cells.iter().enumerate().map(row).collect()
}

/// The first of the cells with the highest value, and those that cannot be told from it.
fn best(figure: &Figure) -> Option<BestCell> {
    let known = |cell: usize| figure.cells[cell].value.as_ref();
    let value = |cell: usize| known(cell).map_or(f64::NEG_INFINITY, |found| found.value);
    let cell = (1..figure.cells.len()).fold(0, |best, cell| if value(cell) > value(best) { cell } else { best });
    let best = known(cell)?;
    let p_value = |other: usize| if other == cell { None } else { known(other).and_then(|other| other.minus(best).p_value()) };
    let adjusted = holm(&(0..figure.cells.len()).map(p_value).collect::<Vec<_>>());
    let is_close = |other: &usize| *other != cell && adjusted[*other].is_none_or(|p_value| p_value >= LEVEL);
    Some(BestCell { cell, not_distinguishable_from: (0..figure.cells.len()).filter(is_close).collect() })
}

fn main_effects(result: &SweepResult, lift: &Figure) -> Vec<MainEffect> {
    let effect = |(place, field): (usize, &SweptField)| {
        let at = |value: &CellValue| -> Option<(CellValue, Influenced)> {
            let own = result.cells.iter().filter(|cell| cell.values[place] == *value);
            let own: Vec<&Influenced> = own.map(|cell| lift.cells[cell.cell].value.as_ref()).collect::<Option<_>>()?;
            let share = 1.0 / own.len().max(1) as f64;
            let sum = own.into_iter().map(|lift| lift.times(share)).reduce(|sum, lift| sum.plus(&lift))?;
            Some((value.clone(), sum))
        };
        let means: Vec<(CellValue, Influenced)> = field.values.iter().filter_map(at).collect();
        let lowest = means.iter().reduce(|low, own| if own.1.value < low.1.value { own } else { low })?;
        let highest = means.iter().reduce(|high, own| if own.1.value > high.1.value { own } else { high })?;
        let span = highest.1.minus(&lowest.1);
        let interval = span.interval();
        Some(MainEffect {
            field: field.path.clone(),
            lowest_at: lowest.0.clone(),
            lowest: lowest.1.value,
            highest_at: highest.0.clone(),
            highest: highest.1.value,
            span: span.value,
            span_std_error: span.std_error(),
            span_conf_low: interval.map(|interval| interval.low),
            span_conf_high: interval.map(|interval| interval.high),
        })
    };
    result.fields.iter().enumerate().filter_map(effect).collect()
}

fn sensitivity(result: &SweepResult, output: &'static str, figure: &Figure) -> Vec<Sensitivity> {
    let input = |(place, field): (usize, &SweptField)| -> Vec<f64> {
        let number = |value: &CellValue| match value {
            CellValue::Number(number) if field.is_numeric => *number,
            // What is no number has the order in which it is listed.
            other => field.values.iter().position(|own| own == other).unwrap_or(0) as f64,
        };
        result.cells.iter().map(|cell| number(&cell.values[place])).collect()
    };
    let inputs: Vec<Vec<f64>> = result.fields.iter().enumerate().map(input).collect();
    let outputs: Option<Vec<f64>> = figure.cells.iter().map(|cell| Some(cell.value.as_ref()?.value)).collect();
    let Some(found) = outputs.and_then(|outputs| rank_regression(&inputs, &outputs)) else { return Vec::new() };
    let row = |(field, found_own): (&SweptField, &Option<crate::stats::rank_regression::RankCoefficient>)| Sensitivity {
        field: field.path.clone(),
        output,
        coefficient: found_own.map(|own| own.value),
        std_error: found_own.map(|own| own.std_error),
        conf_low: found_own.map(|own| own.low),
        conf_high: found_own.map(|own| own.high),
        explained: found.explained,
    };
    result.fields.iter().zip(&found.coefficients).map(row).collect()
}
