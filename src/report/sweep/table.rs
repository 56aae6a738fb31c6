//! A sweep as text: verdict, coefficients where there are many fields, a row per cell, and what the figures rest on.

use super::sentences::verdict;
use super::view::{
    cell_words, drawn_text, last_phase, lifts, most_value, percent, short_names, told_windows, unit_words, values, window_words,
};
use crate::experiment::{LAST_MONTH_SHARE, NET_VALUE, SweepResult, SweepRow};
use crate::report::number::{count, decimals_for, fixed, money_unit_for};
use crate::report::terminal::push_wrapped;
use crate::report::wording::{capitalised, metric_words, varied_words};

/// Most cells of a grid that a terminal is shown.
const MOST_CELLS: usize = 60;
/// Cells that are shown of a hypercube or a larger grid: those worth most.
const BEST_CELLS: usize = 10;
/// Level of claims.
const LEVEL: f64 = 0.05;

/// Renders the table.
pub fn sweep_table(found: &SweepResult) -> String {
    let mut text = String::new();
    if !found.title.is_empty() {
        text.push_str(&format!("{}\n\n", found.title));
    }
    for sentence in verdict(found) {
        push_wrapped(&mut text, &sentence);
    }
    text.push('\n');
    if !found.sensitivity.is_empty() {
        push_aligned(&mut text, &coefficient_lines(found));
        text.push('\n');
    }
    push_cells(&mut text, found);
    if let Some(claims) = claims(found) {
        push_wrapped(&mut text, &claims);
    }
    if !found.varied.is_empty() {
        push_wrapped(&mut text, &varied_words(&found.varied));
    }
    push_wrapped(&mut text, &note(found));
    text
}

/// A table: two lines of heads, then the body; the first column is left-aligned.
struct Lines {
    heads: [Vec<String>; 2],
    body: Vec<Vec<String>>,
    /// Columns that are aligned to the left.
    left: usize,
}

fn push_aligned(text: &mut String, lines: &Lines) {
    let columns = lines.heads[0].len();
    let all = || lines.heads.iter().chain(&lines.body);
    let widths: Vec<usize> =
        (0..columns).map(|column| all().map(|line| line[column].chars().count()).max().unwrap_or(0)).collect();
    let aligned = |line: &Vec<String>| {
        let cells = line.iter().zip(&widths).enumerate().map(|(column, (cell, width))| match column < lines.left {
            true => format!("{cell:<width$}"),
            false => format!("{cell:>width$}"),
        });
        format!("{}\n", cells.collect::<Vec<_>>().join("  ").trim_end())
    };
    let rule = format!("{}\n", "─".repeat(widths.iter().sum::<usize>() + 2 * (columns - 1)));
    lines.heads.iter().for_each(|line| text.push_str(&aligned(line)));
    text.push_str(&rule);
    lines.body.iter().for_each(|line| text.push_str(&aligned(line)));
    text.push_str(&rule);
}

/// One line per field: its coefficients on lift and net value.
fn coefficient_lines(found: &SweepResult) -> Lines {
    let of = |path: &str, output: &str| {
        let row = found.sensitivity.iter().find(|row| row.field == path && row.output == output);
        let known = row.and_then(|row| Some((row.coefficient?, row.conf_low?, row.conf_high?)));
        known.map_or_else(unknown, |(value, low, high)| format!("{} [{}, {}]", fixed(value, 2), fixed(low, 2), fixed(high, 2)))
    };
    let names = short_names(found);
    let line = |(field, name): (&crate::scenario::SweptField, &String)| {
        let span = match field.range {
            Some((low, high)) => format!("{low} to {high}").replace('-', "−"),
            None => format!("{} values", field.values.len()),
        };
        vec![name.clone(), span, of(&field.path, "lift"), of(&field.path, NET_VALUE)]
    };
    let window = window_words(last_phase(found));
    Lines {
        heads: [
            ["rank coefficient", "", &format!("on the lift, {window}"), "on net value"].map(str::to_owned).to_vec(),
            ["of", "over", "[95 % interval]", "[95 % interval]"].map(str::to_owned).to_vec(),
        ],
        body: found.fields.iter().zip(&names).map(line).collect(),
        left: 2,
    }
}

fn push_cells(text: &mut String, found: &SweepResult) {
    let shown = shown_cells(found);
    if shown.len() < found.cells.len() {
        push_wrapped(
            text,
            &format!("The {} cells worth most of {}; all of them are in sweep.csv.", shown.len(), found.cells.len()),
        );
    }
    let windows = told_windows(found);
    let names = short_names(found);
    let (_, unit) = money_unit_for(most_value(found));
    let mut heads = [vec![String::new(), "cell".to_owned()], vec![String::new(), String::new()]];
    for name in &names {
        let (upper, lower) = split_name(name);
        heads[0].push(upper);
        heads[1].push(lower);
    }
    for (place, window) in windows.iter().enumerate() {
        heads[0].push(if place == 0 { "lift, %:".to_owned() } else { String::new() });
        heads[1].push(window_words(window));
    }
    if found.base.is_some() {
        heads[0].push("change, points:".to_owned());
        heads[1].push(format!("{} [95 %]", window_words(last_phase(found))));
    }
    heads[0].push("net value,".to_owned());
    heads[1].push(unit.replace(" of money", "").to_owned());
    if found.base.is_some() {
        heads[0].push("change".to_owned());
        heads[1].push("[95 %]".to_owned());
    }
    let columns = Columns {
        found,
        lifts: windows.iter().map(|window| lifts(found, window)).collect(),
        of_phase: lifts(found, last_phase(found)),
        values: values(found),
        scale: money_unit_for(most_value(found)).0,
    };
    push_aligned(text, &Lines { heads, body: shown.into_iter().map(|cell| columns.line(cell)).collect(), left: 1 });
}

/// A long name on two lines.
fn split_name(name: &str) -> (String, String) {
    let middle = name.len() / 2;
    let cut = name.char_indices().filter(|(_, letter)| matches!(letter, '_' | '.')).map(|(place, _)| place);
    match cut.min_by_key(|place| place.abs_diff(middle)).filter(|_| name.chars().count() > 12) {
        Some(place) => (name[..=place].to_owned(), name[place + 1..].to_owned()),
        None => (name.to_owned(), String::new()),
    }
}

/// All cells of a small grid, else those worth most, best first.
fn shown_cells(found: &SweepResult) -> Vec<usize> {
    let all: Vec<usize> = (0..found.cells.len()).collect();
    if found.samples.is_none() && all.len() <= MOST_CELLS {
        return all;
    }
    let values = values(found);
    let value = |cell: &usize| values[*cell].value.unwrap_or(f64::NEG_INFINITY);
    let mut order = all;
    order.sort_by(|a, b| value(b).total_cmp(&value(a)));
    order.truncate(BEST_CELLS);
    order
}

struct Columns<'a> {
    found: &'a SweepResult,
    lifts: Vec<Vec<&'a SweepRow>>,
    of_phase: Vec<&'a SweepRow>,
    values: Vec<&'a SweepRow>,
    scale: f64,
}

impl Columns<'_> {
    fn line(&self, cell: usize) -> Vec<String> {
        let found = self.found;
        let mut line = vec![self.mark(cell), (cell + 1).to_string()];
        line.extend((0..found.fields.len()).map(|field| drawn_text(found, cell, field)));
        line.extend(self.lifts.iter().map(|rows| percent(rows[cell]).map_or_else(unknown, |lift| lift.text())));
        if found.base.is_some() {
            line.push(self.change(self.of_phase[cell], 100.0));
        }
        let value = self.values[cell];
        line.push(
            value.value.map_or_else(unknown, |own| amount(own * self.scale, value.std_error.map(|error| error * self.scale))),
        );
        if found.base.is_some() {
            line.push(self.change(value, self.scale));
        }
        line
    }

    fn mark(&self, cell: usize) -> String {
        let best = self.found.best_on_value.as_ref();
        let value = match best {
            Some(best) if best.cell == cell => "best",
            Some(best) if best.not_distinguishable_from.contains(&cell) => "~",
            _ => "",
        };
        let base = if self.found.base == Some(cell) { "base" } else { "" };
        [base, value].into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
    }

    /// A change against the base with its interval.
    fn change(&self, row: &SweepRow, scale: f64) -> String {
        if self.found.base == Some(row.cell) {
            return unknown();
        }
        let Some(change) = row.change else { return unknown() };
        let error = row.change_std_error.map(|error| error * scale);
        match (row.change_conf_low, row.change_conf_high) {
            (Some(low), Some(high)) => {
                format!("{} [{}, {}]", amount(change * scale, error), amount(low * scale, error), amount(high * scale, error))
            }
            _ => amount(change * scale, error),
        }
    }
}

/// A number with the digits that its standard error supports.
fn amount(value: f64, std_error: Option<f64>) -> String {
    let decimals = std_error.filter(|error| *error > 0.0).map_or_else(|| decimals_for(value, 3), |error| decimals_for(error, 2));
    fixed(value, decimals)
}

fn unknown() -> String {
    "–".to_owned()
}

/// How many cells differ from the base beyond chance.
fn claims(found: &SweepResult) -> Option<String> {
    let base = found.base.filter(|_| found.cells.len() > 1)?;
    let clear = |rows: &[&SweepRow]| rows.iter().filter(|row| row.change_p_holm.is_some_and(|p_value| p_value < LEVEL)).count();
    let (lift, value) = (clear(&lifts(found, last_phase(found))), clear(&values(found)));
    let others = found.cells.len() - 1;
    Some(format!(
        "Against the base (cell {}: {}), beyond chance (paired replicates, 5 %, Holm over cells): {lift} of {others} other cells in the lift \
         ({}), {value} of {others} in net value.",
        base + 1,
        cell_words(found, base),
        window_words(last_phase(found)),
    ))
}

fn note(found: &SweepResult) -> String {
    let by = if found.effects_by == "twins" {
        "Effects are the true ones on all customers, from twins"
    } else {
        "Effects are differences in means between those assigned"
    };
    let design = match found.samples {
        Some(samples) => format!("Latin hypercube of {samples} points"),
        None => format!("full grid of {} cells", found.cells.len()),
    };
    let fields: Vec<String> =
        found.fields.iter().enumerate().map(|(place, field)| format!("{}{}", field.path, unit_words(found, place))).collect();
    let coefficients = if found.sensitivity.is_empty() {
        String::new()
    } else {
        " Rank coefficient: standardised rank regression coefficient over cells (Iman & Conover 1979; Saltelli et al. 2008), from −1 to 1, HC2 interval."
            .to_owned()
    };
    let share = super::view::figure(found, LAST_MONTH_SHARE, "last_month");
    let has_share = share.iter().any(|row| row.value.is_some());
    let share = if has_share { " What is left of the lift in the last month is in sweep.csv (last_month_share)." } else { "" };
    format!(
        "{} of the {} arm over {}: mean effect / mean of {} over replicates; ± is its Monte-Carlo standard error. {by}. Net value in {}: margin − \
         message cost − human cost − cost of generated content against {} over the trial; margin and messages for the customers stood for, the rest not scaled. best, ~: worth most, and not \
         told apart from it (paired differences, 5 %, Holm).{coefficients}{share} Varied: {} ({design}). {} replicates of {} customers on common \
         random numbers, seed {}; scenario {}, digest {}; {}.",
        capitalised(&format!("lift in {}", metric_words(&found.metric))),
        found.arm,
        found.versus,
        found.versus,
        money_unit_for(most_value(found)).1,
        found.versus,
        fields.join(", "),
        count(found.replicates.into()),
        count(found.customers.into()),
        found.seed,
        found.scenario,
        found.digest.chars().take(12).collect::<String>(),
        found.program,
    )
}
