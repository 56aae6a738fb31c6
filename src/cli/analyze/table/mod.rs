//! A CSV file as text: rows and their places, what a cell means, and the order of periods. Nothing here knows of trials.
//!
//! [`rows`] opens a file ([`source`] unpacks it, [`layout`] finds its separator and names) and streams it; every mistake has a
//! place in it ([`mistake`]). [`text`] says when two texts are one, [`interner`] numbers texts. [`cells`] says what one cell
//! means as a number and [`number_column`] what only all cells of a column can prove. [`moment`] reads one period and [`order`]
//! puts all of them in order, by proof or not at all.

pub(in crate::cli::analyze) mod cells;
pub(in crate::cli::analyze) mod interner;
mod layout;
mod mistake;
mod moment;
mod number_column;
mod numbers_as_dates;
pub(in crate::cli::analyze) mod order;
mod order_flag;
pub(in crate::cli::analyze) mod rows;
mod source;
pub(in crate::cli::analyze) mod text;

pub(in crate::cli) use mistake::TableMistake;
pub(in crate::cli::analyze) use number_column::NumberColumn;
