//! Every integration test, in one binary so that they link once.

mod analysis_means;
mod oracle;
