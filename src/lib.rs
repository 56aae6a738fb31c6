//! Long Game: a discrete-event simulator of marketing trials. This page is the map of the house.
//!
//! In the reference trial (Jeunen, Hanna & Wheeler, arXiv 2604.08621) marketers curated an agentic CRM for four months, then
//! autonomous agents carried on alone for seven, and most of the uplift stayed. Long Game reruns such a trial hundreds of times on
//! synthetic customers whose truth is known.
//!
//! # The one flow
//! ```text
//! scenario.ron ─parse─► ScenarioFile ─check─► Scenario
//! Scenario + (seed, replicate) ─► Stage::run ─► Panel, Truth   the only part that simulates
//! Panel ─estimate─► ReplicateResult (with the truth beside it) × replicates ─summarise─► Study, Summary
//! Scenario + Study ─► Report ─render─► terminal · png · html · csv · parquet · json
//! ```
//!
//! # Layers
//! A layer imports only from those above it in this list (a test reads every `use` line):
//! 1. [`kernel`]: time in whole seconds, the civil calendar, the world agenda, addressed randomness, portable functions.
//! 2. [`stats`]: pure numerics, no domain words.
//! 3. [`domain`]: shared words as plain data, and the traits [`domain::Policy`] and [`domain::Gate`].
//! 4. [`panel`]: outcomes per customer and window that an analyst may see; and, apart, the truth that no estimator sees.
//! 5. [`world`]: the ground truth: people, tastes, content, response, sessions, conversion, lapse; and the oracle. `agents`, `curation`
//!    and `analysis` never see it.
//! 6. [`agents`]: every other policy. 7. [`curation`]: teams, people on call, generated content, governance.
//! 8. [`analysis`]: estimators as pure functions of a sample; they work on anybody's trial.
//! 9. [`scenario`]: what a file says and what it means. 10. [`experiment`]: trials, replicates (the only threads), studies.
//! 11. [`report`]: renderers that return bytes. 12. [`cli`]: arguments, progress, exit codes; alone prints and reads clocks.
//!
//! # Two clocks
//! The *world agenda* holds what concerns everybody: windows that close, learning, phases, reviews, launches, drift; same-instant
//! events fire in the order of [`kernel::Instant`]. Each *person* has an agenda of its own, inline and without heap: sessions, the
//! week's plan, messages, opens, conversions, lapse and return. Between two world events people cannot influence one another, so
//! they run one after another to the window's end; feedback is gathered in their order; then the world event fires. What only
//! fades or diffuses is advanced in closed form when touched: cost follows events, not customer-days.
//!
//! # Randomness
//! Every draw has an address: seed, replicate, purpose, customer, and an identity in the world (a taste's knot, a candidate session's number, a
//! message's calendar slot), never an order of calls. So results are the same bits for any number of threads and any
//! interruption, arms share their customers' luck, and a new purpose moves no other draw. See [`kernel::Streams`].
//!
//! # Truth
//! Where a scenario records it, every customer lives in every arm: in its own as itself, in the others as a twin, the same person on the same
//! draws, forked at assignment. A twin's own beliefs learn from its own responses; it enters no shared belief, pool, review, count or
//! ledger, so estimates are the same bytes with and without twins. The mean paired difference is the sample average effect of the
//! policies as learned in this trial.
//!
//! # People and rules
//! Who and what keeps an arm's library going is its *upkeep* in a phase ([`scenario::Upkeep`]): a team, people on call, a generative model. Whenever
//! people come or go the arm's stint changes, and what earlier ones had planned is void. New components stand in one line, through approval
//! where that is asked for, before they reach a shelf. Every message passes [`curation::Guardrails`], an arm's own copy of the rules, which only
//! mornings change: while people run, rules, quotas of discounts and stopped channels are fixed, so nobody depends on anybody within a day.
//!
//! # Adding things
//! A policy: one file in `agents`, one variant of [`scenario::PolicyParams`]. An estimator: one file in `analysis`, one variant of
//! [`analysis::EstimatorName`]. A result file: one renderer in `report`, one variant of [`report::OutputFile`].

pub mod agents;
pub mod analysis;
pub mod cli;
pub mod curation;
pub mod domain;
pub mod experiment;
pub mod kernel;
pub mod panel;
pub mod report;
pub mod scenario;
pub mod stats;
pub mod world;
