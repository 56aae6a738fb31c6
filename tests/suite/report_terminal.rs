//! The table on stdout, as a whole.

use crate::report_fixture::Toy;
use longgame::report::{TableOptions, terminal_table};

#[test]
fn the_table_says_in_words_and_numbers_what_the_trial_found() {
    insta::assert_snapshot!(terminal_table(&Toy::paper().make().report, TableOptions::default()), @"");
}
