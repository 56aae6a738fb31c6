//! The `longgame` binary.
fn main() {}
