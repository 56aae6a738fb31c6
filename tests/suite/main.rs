//! Every integration test, in one binary so that they link once.

mod analysis_means;
mod analysis_performance;
mod analysis_regression;
mod analysis_time;
mod beliefs;
mod cli_analyze;
mod cli_analyze_mistakes;
mod cli_commands;
mod cli_mistakes;
mod cli_run;
mod diagnosis;
mod governance;
mod guarantees;
mod handoff;
mod house;
mod oracle;
mod report_chart;
mod report_files;
mod report_fixture;
mod report_page;
mod report_terminal;
mod scenario_loading;
mod scenario_mutations;
mod truth;
