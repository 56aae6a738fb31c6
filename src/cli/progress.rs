//! Progress of a study on stderr: a bar with ETA and events per second on a terminal, plain lines otherwise.

use crate::cli::diagnostics::talk;
use crate::experiment::Progress;
use crate::report::count;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Seconds between two plain lines.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// What is going on, and what its steps are called.
#[derive(Clone, Debug)]
pub(super) struct Task {
    /// Its name.
    pub(super) name: String,
    /// `replicates` or `trials`.
    pub(super) steps: &'static str,
}

/// The progress reporter for stderr as it is.
pub(super) fn reporter(task: Task) -> Box<dyn Progress> {
    if std::io::stderr().is_terminal() { Box::new(BarProgress::new(task)) } else { Box::new(LineProgress::new(task)) }
}

/// What has been done so far.
#[derive(Clone, Copy, Debug)]
struct Tally {
    since: Instant,
    total: u32,
    /// Replicates of an earlier run.
    already: u32,
    /// Replicates finished by this run.
    done: u32,
    events: u64,
    customer_days: u64,
    last_line: Instant,
}

impl Tally {
    fn begin(total: u32, already: u32) -> Self {
        let now = Instant::now();
        Self { since: now, total, already, done: 0, events: 0, customer_days: 0, last_line: now }
    }

    fn add(&mut self, events: u64, customer_days: u64) {
        self.done += 1;
        self.events += events;
        self.customer_days += customer_days;
    }

    fn events_per_second(&self) -> u64 {
        (self.events as f64 / self.since.elapsed().as_secs_f64().max(1e-3)) as u64
    }

    /// Time until the rest is done at the pace so far; unknown before the first replicate.
    fn remaining(&self) -> Option<Duration> {
        let rest = self.total.saturating_sub(self.already + self.done);
        (self.done > 0).then(|| self.since.elapsed().mul_f64(f64::from(rest) / f64::from(self.done)))
    }
}

/// A bar on a terminal.
struct BarProgress {
    task: Task,
    bar: ProgressBar,
    tally: Mutex<Tally>,
}

impl BarProgress {
    fn new(task: Task) -> Self {
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
        Self { task, bar, tally: Mutex::new(Tally::begin(0, 0)) }
    }
}

impl Progress for BarProgress {
    fn started(&self, total: u32, already: u32) {
        *self.tally.lock().unwrap_or_else(PoisonError::into_inner) = Tally::begin(total, already);
        let steps = self.task.steps;
        let template = format!("{{prefix}} [{{bar:32}}] {{pos}}/{{len}} {steps} · {{msg}} · {{elapsed}} elapsed");
        if let Ok(style) = ProgressStyle::with_template(&template) {
            self.bar.set_style(style.progress_chars("=> "));
        }
        self.bar.set_prefix(self.task.name.clone());
        self.bar.set_length(total.into());
        self.bar.set_position(already.into());
        self.bar.set_message(format!("first {steps} under way"));
        // Ticks keep the elapsed time alive while the first replicates run.
        self.bar.enable_steady_tick(Duration::from_millis(200));
    }

    fn replicate_done(&self, _replicate: u32, events: u64, customer_days: u64) {
        let mut tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        tally.add(events, customer_days);
        self.bar.set_position((tally.already + tally.done).into());
        let left = tally.remaining().map_or_else(String::new, |left| format!("{} left · ", describe_duration(left)));
        self.bar.set_message(format!("{left}{} events/s", count(tally.events_per_second())));
    }

    fn finished(&self) {
        let tally = *self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        self.bar.finish_and_clear();
        talk(&closing_line(&self.task, &tally));
    }
}

/// Lines for logs.
struct LineProgress {
    task: Task,
    tally: Mutex<Tally>,
}

impl LineProgress {
    fn new(task: Task) -> Self {
        Self { task, tally: Mutex::new(Tally::begin(0, 0)) }
    }
}

impl Progress for LineProgress {
    fn started(&self, total: u32, already: u32) {
        *self.tally.lock().unwrap_or_else(PoisonError::into_inner) = Tally::begin(total, already);
        let kept = if already > 0 { format!(", {already} finished by an earlier run") } else { String::new() };
        talk(&format!("{}: {total} {}{kept}\n", self.task.name, self.task.steps));
    }

    fn replicate_done(&self, _replicate: u32, events: u64, customer_days: u64) {
        let mut tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        tally.add(events, customer_days);
        if tally.last_line.elapsed() < LINE_EVERY || tally.already + tally.done >= tally.total {
            return;
        }
        tally.last_line = Instant::now();
        let left = tally.remaining().map_or_else(String::new, |left| format!(", {} left", describe_duration(left)));
        let (done, speed) = (tally.already + tally.done, count(tally.events_per_second()));
        let Task { name, steps } = &self.task;
        talk(&format!("{name}: {done}/{} {steps}{left}, {speed} events/s\n", tally.total));
    }

    fn finished(&self) {
        let tally = *self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        talk(&closing_line(&self.task, &tally));
    }
}

fn closing_line(Task { name, steps }: &Task, tally: &Tally) -> String {
    let seconds = tally.since.elapsed().as_secs_f64().max(1e-3);
    let days = tally.customer_days as f64 / seconds / 1e6;
    if tally.done == 0 && tally.already >= tally.total {
        return format!("{name}: {0}/{0} {steps}, all finished before\n", tally.total);
    }
    let (done, speed) = (tally.already + tally.done, count(tally.events_per_second()));
    let total = tally.total;
    let took = describe_duration(Duration::from_secs_f64(seconds));
    format!("{name}: {done}/{total} {steps} in {took}, {speed} events/s, {days:.1} million customer-days/s\n")
}

/// `8 s`, `2 min 05 s`, `1 h 10 min`.
pub(super) fn describe_duration(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    match seconds {
        s if s < 9.95 => format!("{s:.1} s"),
        s if s < 99.5 => format!("{s:.0} s"),
        s if s < 5940.0 => format!("{:.0} min {:02.0} s", (s / 60.0).floor(), (s % 60.0).floor()),
        s => format!("{:.0} h {:02.0} min", (s / 3600.0).floor(), (s % 3600.0 / 60.0).floor()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_found_everything_finished_speaks_of_no_speed() {
        let task = Task { name: "paper".to_owned(), steps: "replicates" };
        let tally = Tally::begin(12, 12);
        assert_eq!(closing_line(&task, &tally), "paper: 12/12 replicates, all finished before\n");
        let mut tally = Tally::begin(12, 11);
        tally.add(1000, 10);
        assert!(closing_line(&task, &tally).contains("events/s"));
    }

    #[test]
    fn durations_read_as_people_say_them() {
        let words: Vec<String> =
            [0.04, 8.0, 61.0, 125.0, 4200.0, 7265.0].map(Duration::from_secs_f64).map(describe_duration).to_vec();
        assert_eq!(words, ["0.0 s", "8.0 s", "61 s", "2 min 05 s", "70 min 00 s", "2 h 01 min"]);
    }
}
