//! `Scenario`: a scenario that makes sense, and how one is loaded.

use crate::analysis::EstimatorName;
use crate::domain::{Fault, Faults, Metric, Window};
use crate::kernel::Calendar;
use crate::scenario::check::check_shape;
use crate::scenario::memory::{MemoryEstimate, TrialSize};
use crate::scenario::overrides::Applied;
use crate::scenario::path::{FieldPath, walk};
use crate::scenario::scan::{Node, SyntaxFault, scan};
use crate::scenario::shape::Catalogue;
use crate::scenario::text::{parse_ron, write_canonical, write_ron};
use crate::scenario::validate::validate;
use crate::scenario::{Mistake, Overrides, ScenarioError, ScenarioFile, Source, Worlds};
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::ops::Range;

/// A scenario whose every field makes sense, alone and together. Nothing is checked again after this.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// The parameters, all defaults filled in and all changes from the command line applied.
    pub file: ScenarioFile,
    /// The days of the trial.
    pub calendar: Calendar,
    /// All windows outcomes are summed over, in the order of result files.
    pub windows: Vec<Window>,
    /// All metrics, in the order of result files.
    pub metrics: Vec<Metric>,
    /// The metrics of the table and the main chart, in the order asked for.
    pub headline: Vec<Metric>,
    /// The estimators that are computed, in the order asked for.
    pub estimators: Vec<EstimatorName>,
    /// Names of the verticals, which metrics are named by.
    pub verticals: Vec<String>,
    /// Sixteen hexadecimal digits that change with the program version and with every field that can change a replicate's
    /// results: all but the title, the description and the number of replicates.
    pub digest: String,
    /// What every replicate draws for the fields that the scenario leaves open.
    pub worlds: Worlds,
}

/// The machine a scenario is meant to run on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Machine {
    /// Bytes of memory that can be used; unknown means that any population fits.
    pub memory_bytes: Option<u64>,
}

impl Scenario {
    /// Reads, changes and checks a scenario, on a machine without limits.
    ///
    /// # Errors
    /// All mistakes that could be found, each with its place: first those of syntax and shape, then those of meaning.
    pub fn load(source: &Source, overrides: &Overrides) -> Result<Self, ScenarioError> {
        Self::load_for(&Machine::default(), source, overrides)
    }

    /// Reads, changes and checks a scenario for `machine`.
    ///
    /// # Errors
    /// As `load`, and a population that would not fit into the machine's memory.
    pub fn load_for(machine: &Machine, source: &Source, overrides: &Overrides) -> Result<Self, ScenarioError> {
        let fail = |mistakes| ScenarioError { mistakes };
        let typed = Typed::read(source, overrides).map_err(fail)?;
        typed.finish(machine, &Overrides::new()).map(|(scenario, _)| scenario).map_err(fail)
    }

    /// Checks parameters that did not come from a text.
    ///
    /// # Errors
    /// All faults of meaning.
    pub fn from_file(file: ScenarioFile) -> Result<Self, Vec<Fault>> {
        Self::check(file, &Machine::default())
    }

    fn check(file: ScenarioFile, machine: &Machine) -> Result<Self, Vec<Fault>> {
        let mut faults = Faults::new();
        let calendar = validate(&file, machine, &mut faults);
        let found = faults.into_found();
        let Some(calendar) = calendar.filter(|_| found.is_empty()) else {
            return Err(found);
        };
        let verticals: Vec<String> = file.verticals.iter().map(|vertical| vertical.name.clone()).collect();
        let metrics = Metric::all(verticals.len());
        let named = |name: &String| metrics.iter().copied().find(|metric| metric.name(&verticals) == *name);
        let headline = file.study.metrics.iter().filter_map(named).collect();
        let estimators = file.study.estimators.iter().filter_map(|name| name.parse().ok()).collect();
        let windows = Window::all(file.phases.iter().map(|phase| (phase.name.as_str(), phase.months)));
        let digest = digest_of(&file);
        let worlds = Worlds::draw(&file, machine)?;
        Ok(Self { file, calendar, windows, metrics, headline, estimators, verticals, digest, worlds })
    }

    /// The scenario as it is in replicate `replicate`: itself where it leaves nothing open, else with what that replicate draws. Replicates
    /// beyond those of the study have drawn nothing and live in the scenario as it is written.
    pub fn in_replicate(&self, replicate: u32) -> Cow<'_, Self> {
        match self.worlds.file(replicate) {
            Some(file) => {
                // How the trial is studied is not part of the world, and may have been changed since the draws.
                let file = ScenarioFile { study: self.file.study.clone(), ..file.clone() };
                Cow::Owned(Self { file, worlds: Worlds::default(), ..self.clone() })
            }
            None => Cow::Borrowed(self),
        }
    }

    /// Customers that money per simulated customer stands for.
    pub fn represented(&self) -> f64 {
        self.file.population.represents.unwrap_or_else(|| f64::from(self.file.population.size))
    }

    /// Upper estimate of the memory of one replicate.
    pub fn memory(&self) -> MemoryEstimate {
        MemoryEstimate::of(TrialSize::of(&self.file, self.calendar.months().into()))
    }

    /// The scenario as RON with every field visible; loading it gives the same scenario.
    pub fn resolved(&self) -> String {
        write_ron(&self.file)
    }
}

fn digest_of(file: &ScenarioFile) -> String {
    let mut kernel = file.clone();
    kernel.title = String::new();
    kernel.description = String::new();
    kernel.study.replicates = 0;
    let text = format!("longgame {}\n{}", env!("CARGO_PKG_VERSION"), write_canonical(&kernel));
    Sha256::digest(text.as_bytes()).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

fn syntax_mistake(source: &Source, fault: SyntaxFault) -> Mistake {
    Mistake {
        message: fault.message,
        path: String::new(),
        value: None,
        expected: Some(fault.expected),
        hint: fault.hint,
        source: source.clone(),
        span: fault.span,
        also: fault.also,
    }
}

/// A scenario that can be read, with its changes, and that can be changed further.
pub(crate) struct Typed<'a> {
    source: &'a Source,
    root: Node,
    pub(crate) file: ScenarioFile,
    applied: Vec<Applied>,
}

impl<'a> Typed<'a> {
    /// Reads and changes a scenario.
    ///
    /// # Errors
    /// Mistakes of syntax and shape.
    pub(crate) fn read(source: &'a Source, overrides: &Overrides) -> Result<Self, Vec<Mistake>> {
        let root = scan(source.text()).map_err(|fault| vec![syntax_mistake(source, *fault)])?;
        let mistakes = check_shape(source, &root, &Catalogue::root());
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        let typed = parse_ron(source, &root).map_err(|mistake| vec![*mistake])?;
        let (file, applied) = overrides.apply(typed)?;
        Ok(Self { source, root, file, applied })
    }

    /// Makes further changes and checks the whole; gives those changes as they were applied.
    ///
    /// # Errors
    /// Mistakes of the changes, or all mistakes of meaning.
    pub(crate) fn finish(&self, machine: &Machine, further: &Overrides) -> Result<(Scenario, Vec<Applied>), Vec<Mistake>> {
        let (file, own) = further.apply(self.file.clone())?;
        let applied: Vec<Applied> = self.applied.iter().chain(&own).cloned().collect();
        let places = Places { source: self.source, root: &self.root, applied: &applied };
        let scenario = Scenario::check(file, machine).map_err(|faults| {
            let mut mistakes: Vec<Mistake> = faults.iter().map(|fault| places.locate(fault)).collect();
            mistakes.sort_by_key(|mistake| (mistake.source.name() != self.source.name(), mistake.span.start));
            mistakes
        })?;
        Ok((scenario, own))
    }
}

/// Where fields stand: in the file, or in the flags that changed them.
struct Places<'a> {
    source: &'a Source,
    root: &'a Node,
    applied: &'a [Applied],
}

impl Places<'_> {
    fn locate(&self, fault: &Fault) -> Mistake {
        let path = FieldPath::parse(&fault.path).unwrap_or_default();
        let verb = if fault.value.contains(' ') && !fault.value.starts_with('"') { "has" } else { "is" };
        let mut message = format!("`{}` {verb} {}", fault.path, fault.value);
        let flag = self.applied.iter().rev().find(|flag| flag.path.holds(&path));
        let flag = flag.or_else(|| self.applied.iter().rev().find(|flag| path.holds(&flag.path)));
        let (source, span) = match flag {
            Some(flag) => (flag.flag.clone(), flag.span.clone()),
            None => {
                let (span, written) = self.span_in_file(&path);
                if !written {
                    message.push_str(" by default");
                }
                (self.source.clone(), span)
            }
        };
        Mistake {
            message,
            path: fault.path.clone(),
            value: Some(fault.value.clone()),
            expected: Some(fault.expected.clone()),
            hint: fault.hint.clone(),
            source,
            span,
            also: None,
        }
    }

    /// The place of a field, or of the nearest thing around it that is written; and whether it is written itself.
    fn span_in_file(&self, path: &FieldPath) -> (Range<usize>, bool) {
        let walk = walk(self.root, self.source.text(), path);
        let whole = walk.last.node.span.clone();
        let span = if self.source.slice(&whole).contains('\n') || walk.taken < path.0.len() {
            // A group of many lines, or the group that lacks the field: its name says enough.
            walk.last.name.unwrap_or(whole.start..whole.start + 1)
        } else {
            whole
        };
        (span, walk.taken == path.0.len())
    }
}
