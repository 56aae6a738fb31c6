//! `uplift.csv`: what the uplift chart draws, one line per metric, arm and month. Lifts are fractions, not percent.

use crate::report::ReportError;
use crate::report::contents::{Curve, CurvePoint, Report};
use serde::Serialize;

/// One line; `month` is empty for the pre-period, unknown values are empty cells.
#[derive(Serialize)]
struct Line<'a> {
    metric: &'a str,
    arm: &'a str,
    versus: &'a str,
    estimator: &'a str,
    window: &'a str,
    month: Option<u32>,
    lift: Option<f64>,
    lift_std_error: Option<f64>,
    lift_monte_carlo_low: Option<f64>,
    lift_monte_carlo_high: Option<f64>,
    lift_p05: Option<f64>,
    lift_p95: Option<f64>,
    denominator: Option<f64>,
    true_lift: Option<f64>,
    decay_fit: Option<f64>,
    decay_fit_low: Option<f64>,
    decay_fit_high: Option<f64>,
    messages_per_customer: Option<f64>,
    messages_per_customer_versus: Option<f64>,
}

/// Names of the columns, so that a chart without lines still has its header.
const COLUMNS: [&str; 19] = [
    "metric",
    "arm",
    "versus",
    "estimator",
    "window",
    "month",
    "lift",
    "lift_std_error",
    "lift_monte_carlo_low",
    "lift_monte_carlo_high",
    "lift_p05",
    "lift_p95",
    "denominator",
    "true_lift",
    "decay_fit",
    "decay_fit_low",
    "decay_fit_high",
    "messages_per_customer",
    "messages_per_customer_versus",
];

/// Renders `uplift.csv`: UTF-8, commas, a header, `\n` line ends.
///
/// # Errors
/// Only if the CSV writer fails, which memory does not.
pub fn uplift_csv(report: &Report) -> Result<Vec<u8>, ReportError> {
    let mut bytes = Vec::new();
    {
        let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(&mut bytes);
        writer.write_record(COLUMNS)?;
        for curve in &report.curves {
            for point in &curve.points {
                writer.serialize(line(curve, point))?;
            }
        }
        writer.flush().map_err(csv::Error::from)?;
    }
    Ok(bytes)
}

fn line<'a>(curve: &'a Curve, point: &'a CurvePoint) -> Line<'a> {
    // A month's fit is the one at its midpoint.
    let fit = curve.decay.as_ref().zip(point.month).and_then(|(decay, month)| {
        let months = f64::from(month) - 0.5 - f64::from(decay.handoff_month);
        decay.curve.iter().find(|fit| fit.months == months)
    });
    Line {
        metric: &curve.metric,
        arm: &curve.arm,
        versus: &curve.versus,
        estimator: &curve.estimator,
        window: &point.window,
        month: point.month,
        lift: point.lift,
        lift_std_error: point.lift_std_error,
        lift_monte_carlo_low: point.monte_carlo.map(|ends| ends.0),
        lift_monte_carlo_high: point.monte_carlo.map(|ends| ends.1),
        lift_p05: point.spread.map(|ends| ends.0),
        lift_p95: point.spread.map(|ends| ends.1),
        denominator: point.denominator,
        true_lift: point.true_lift,
        decay_fit: fit.map(|fit| fit.lift),
        decay_fit_low: fit.and_then(|fit| fit.conf_low),
        decay_fit_high: fit.and_then(|fit| fit.conf_high),
        messages_per_customer: point.volume.map(|volume| volume.arm),
        messages_per_customer_versus: point.volume.map(|volume| volume.versus),
    }
}
