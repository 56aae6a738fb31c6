//! Progress of a study on stderr: a bar with ETA and events per second on a terminal, plain lines otherwise.

use crate::cli::check::thousands;
use crate::cli::diagnostics::talk;
use crate::experiment::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Seconds between two plain lines.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// What is under way, and what its parts are called.
#[derive(Clone, Debug)]
pub(super) struct Naming {
    /// Name of the work.
    pub(super) work: String,
    /// Its parts, in the plural.
    pub(super) parts: &'static str,
}

impl Naming {
    /// Work that consists of replicates.
    pub(super) fn replicates(work: &str) -> Self {
        Self { work: work.to_owned(), parts: "replicates" }
    }
}

/// The progress reporter for stderr as it is.
pub(super) fn reporter(naming: Naming) -> Box<dyn Progress> {
    if std::io::stderr().is_terminal() { Box::new(BarProgress::new(naming)) } else { Box::new(LineProgress::new(naming)) }
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
    naming: Naming,
    bar: ProgressBar,
    tally: Mutex<Tally>,
}

impl BarProgress {
    fn new(naming: Naming) -> Self {
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
        Self { naming, bar, tally: Mutex::new(Tally::begin(0, 0)) }
    }
}

impl Progress for BarProgress {
    fn started(&self, total: u32, already: u32) {
        *self.tally.lock().unwrap_or_else(PoisonError::into_inner) = Tally::begin(total, already);
        let parts = self.naming.parts;
        let template = format!("{{prefix}} [{{bar:32}}] {{pos}}/{{len}} {parts} · {{msg}} · {{elapsed}} elapsed");
        if let Ok(style) = ProgressStyle::with_template(&template) {
            self.bar.set_style(style.progress_chars("=> "));
        }
        self.bar.set_prefix(self.naming.work.clone());
        self.bar.set_length(total.into());
        self.bar.set_position(already.into());
        self.bar.set_message(format!("first {parts} under way"));
        // Ticks keep the elapsed time alive while the first replicates run.
        self.bar.enable_steady_tick(Duration::from_millis(200));
    }

    fn replicate_done(&self, _replicate: u32, events: u64, customer_days: u64) {
        let mut tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        tally.add(events, customer_days);
        self.bar.set_position((tally.already + tally.done).into());
        let left = tally.remaining().map_or_else(String::new, |left| format!("{} left · ", describe_duration(left)));
        self.bar.set_message(format!("{left}{} events/s", thousands(tally.events_per_second())));
    }

    fn finished(&self) {
        let tally = *self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        self.bar.finish_and_clear();
        talk(&closing_line(&self.naming, &tally));
    }
}

/// Lines for logs.
struct LineProgress {
    naming: Naming,
    tally: Mutex<Tally>,
}

impl LineProgress {
    fn new(naming: Naming) -> Self {
        Self { naming, tally: Mutex::new(Tally::begin(0, 0)) }
    }
}

impl Progress for LineProgress {
    fn started(&self, total: u32, already: u32) {
        *self.tally.lock().unwrap_or_else(PoisonError::into_inner) = Tally::begin(total, already);
        let kept = if already > 0 { format!(", {already} finished by an earlier run") } else { String::new() };
        talk(&format!("{}: {total} {}{kept}\n", self.naming.work, self.naming.parts));
    }

    fn replicate_done(&self, _replicate: u32, events: u64, customer_days: u64) {
        let mut tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        tally.add(events, customer_days);
        if tally.last_line.elapsed() < LINE_EVERY || tally.already + tally.done >= tally.total {
            return;
        }
        tally.last_line = Instant::now();
        let left = tally.remaining().map_or_else(String::new, |left| format!(", {} left", describe_duration(left)));
        let (done, speed) = (tally.already + tally.done, thousands(tally.events_per_second()));
        let Naming { work, parts } = &self.naming;
        talk(&format!("{work}: {done}/{} {parts}{left}, {speed} events/s\n", tally.total));
    }

    fn finished(&self) {
        let tally = *self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        talk(&closing_line(&self.naming, &tally));
    }
}

fn closing_line(naming: &Naming, tally: &Tally) -> String {
    let Naming { work, parts } = naming;
    let seconds = tally.since.elapsed().as_secs_f64().max(1e-3);
    let days = tally.customer_days as f64 / seconds / 1e6;
    let (done, speed) = (tally.already + tally.done, thousands(tally.events_per_second()));
    let total = tally.total;
    let took = describe_duration(Duration::from_secs_f64(seconds));
    format!("{work}: {done}/{total} {parts} in {took}, {speed} events/s, {days:.1} million customer-days/s\n")
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
    fn durations_read_as_people_say_them() {
        let words: Vec<String> =
            [0.04, 8.0, 61.0, 125.0, 4200.0, 7265.0].map(Duration::from_secs_f64).map(describe_duration).to_vec();
        assert_eq!(words, ["0.0 s", "8.0 s", "61 s", "2 min 05 s", "70 min 00 s", "2 h 01 min"]);
    }
}
