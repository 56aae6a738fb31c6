//! `longgame list`, `completions`, `man`: what the program says about itself.

use crate::cli::arguments::Arguments;
use crate::cli::failure::Failure;
use crate::cli::output;
use crate::report::count;
use crate::scenario::{BUNDLED, Overrides, Scenario, Source};
use clap::CommandFactory;
use clap_complete::Shell;
use serde::Serialize;

/// A bundled scenario in a list.
#[derive(Debug, Serialize)]
struct Listed {
    name: &'static str,
    title: String,
    customers: u32,
    months: u32,
    replicates: u32,
}

/// Lists the bundled scenarios.
pub(super) fn list(json: bool) -> Result<(), Failure> {
    let mut listed = Vec::new();
    for scenario in BUNDLED {
        let loaded = Scenario::load(&Source::new(scenario.name, scenario.text), &Overrides::new())?;
        listed.push(Listed {
            name: scenario.name,
            title: loaded.file.title.clone(),
            customers: loaded.file.population.size,
            months: loaded.calendar.months(),
            replicates: loaded.file.study.replicates,
        });
    }
    if json {
        return output::print_json(&listed);
    }
    let mut text = format!("{:<12}{:>10}{:>8}{:>12}  {}\n", "scenario", "customers", "months", "replicates", "title");
    for row in &listed {
        let customers = count(row.customers.into());
        text.push_str(&format!("{:<12}{customers:>10}{:>8}{:>12}  {}\n", row.name, row.months, row.replicates, row.title));
    }
    text.push_str("\nRun one by its name: longgame run quick\n");
    output::print(&text)
}

/// Prints a shell's completion script.
pub(super) fn completions(shell: Shell) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "longgame", &mut script);
    output::print(&String::from_utf8_lossy(&script))
}

/// Prints the manual page, commands included.
pub(super) fn man() -> Result<(), Failure> {
    let mut page = Vec::new();
    let unwritten =
        |error: std::io::Error| Failure::Run { message: format!("cannot write the manual page: {error}"), hint: None };
    let mut command = Arguments::command();
    command.build();
    clap_mangen::Man::new(command.clone()).render(&mut page).map_err(unwritten)?;
    for inner in command.get_subcommands().filter(|inner| inner.get_name() != "help") {
        let inner = inner.clone().display_name(format!("longgame {}", inner.get_name()));
        let man = clap_mangen::Man::new(inner);
        let mut section = Vec::new();
        man.render_synopsis_section(&mut section).map_err(unwritten)?;
        man.render_options_section(&mut section).map_err(unwritten)?;
        page.extend(section);
    }
    output::print(&String::from_utf8_lossy(&page))
}
