//! The scenarios that come with the program, and the text that `longgame new` starts from.

/// A scenario that comes with the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BundledScenario {
    /// Its name, also on the command line.
    pub name: &'static str,
    /// Its text.
    pub text: &'static str,
}

/// All bundled scenarios, the reference trial first.
pub const BUNDLED: [BundledScenario; 12] = [
    BundledScenario { name: "paper", text: include_str!("../../scenarios/paper.ron") },
    BundledScenario { name: "quick", text: include_str!("../../scenarios/quick.ron") },
    BundledScenario { name: "no_handoff", text: include_str!("../../scenarios/no_handoff.ron") },
    BundledScenario { name: "no_humans", text: include_str!("../../scenarios/no_humans.ron") },
    BundledScenario { name: "handoff_timing", text: include_str!("../../scenarios/handoff_timing.ron") },
    BundledScenario { name: "maintenance_dose", text: include_str!("../../scenarios/maintenance_dose.ron") },
    BundledScenario { name: "on_call", text: include_str!("../../scenarios/on_call.ron") },
    BundledScenario { name: "generated_content", text: include_str!("../../scenarios/generated_content.ron") },
    BundledScenario { name: "luxury_guardrails", text: include_str!("../../scenarios/luxury_guardrails.ron") },
    BundledScenario { name: "sme_microsegments", text: include_str!("../../scenarios/sme_microsegments.ron") },
    BundledScenario { name: "a_a", text: include_str!("../../scenarios/a_a.ron") },
    BundledScenario { name: "bench_toy", text: include_str!("../../scenarios/bench_toy.ron") },
];

/// The bundled scenario of this name, with or without `.ron`.
pub fn bundled(name: &str) -> Option<BundledScenario> {
    let name = name.strip_suffix(".ron").unwrap_or(name);
    BUNDLED.into_iter().find(|scenario| scenario.name == name)
}

/// A commented scenario called `name` that runs as it is and changes no default.
pub fn starter(name: &str) -> String {
    include_str!("starter.ron").replace("NAME", name)
}
