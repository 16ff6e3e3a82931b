//! The costs that are kept, and how found ones may differ from them.

use std::collections::BTreeMap;
use std::{fmt, fs};

use serde_json::{Value, json};

use crate::costs::COSTS;
use crate::measure::{self, CALLS};

/// Costs by name and unit, and whose instructions they are.
#[derive(Debug)]
pub(crate) struct Baseline {
    /// The compiler and the target: with others, code of other instructions is made.
    toolchain: String,
    costs: BTreeMap<(String, String), f64>,
}

impl Baseline {
    pub(crate) fn measure(toolchain: &str) -> Self {
        let mut costs = BTreeMap::new();
        for cost in &COSTS {
            let mut keep = |unit: &str, value: f64| {
                costs
                    .insert((cost.name.to_owned(), unit.to_owned()), (value * 10.0).round() / 10.0);
            };
            let counted = (cost.run)(CALLS);
            keep(ALLOCATIONS, counted.allocations);
            keep("bytes", counted.bytes);
            if cost.instructions {
                keep(INSTRUCTIONS, measure::instructions(cost.name));
            }
        }
        Self { toolchain: toolchain.to_owned(), costs }
    }

    pub(crate) fn read(file: &str) -> Self {
        let text = fs::read_to_string(file).expect("the baseline");
        let value: Value = serde_json::from_str(&text).expect("JSON");
        let mut costs = BTreeMap::new();
        for (name, units) in value["costs"].as_object().expect("costs by name") {
            for (unit, cost) in units.as_object().expect("costs by unit") {
                costs.insert((name.clone(), unit.clone()), cost.as_f64().expect("a number"));
            }
        }
        let toolchain = value["toolchain"].as_str().expect("a toolchain").to_owned();
        Self { toolchain, costs }
    }

    pub(crate) fn write(&self, file: &str) {
        let mut costs = json!({});
        for ((name, unit), cost) in &self.costs {
            costs[name][unit] = json!(cost);
        }
        let value = json!({ "costs": costs, "toolchain": self.toolchain });
        let text = serde_json::to_string_pretty(&value).expect("numbers and text");
        fs::write(file, text + "\n").expect("the baseline can be written");
    }

    /// What `self` costs otherwise than `kept`: also less, so that a gain is kept.
    pub(crate) fn differences(&self, kept: &Self) -> Vec<String> {
        let mut differences = Vec::new();
        let comparable = self.toolchain == kept.toolchain;
        if !comparable {
            differences.push(format!(
                "the baseline's instructions are those of {}, this is {}",
                kept.toolchain, self.toolchain
            ));
        }
        for (key @ (name, unit), &cost) in &self.costs {
            if unit == INSTRUCTIONS && !comparable {
                continue;
            }
            let Some(&kept) = kept.costs.get(key) else {
                differences.push(format!("{name}: no {unit} in the baseline, now {cost}"));
                continue;
            };
            let limit = if unit == ALLOCATIONS { ALLOCATIONS_LIMIT } else { kept * LIMIT };
            if (cost - kept).abs() > limit {
                let percent = (cost / kept - 1.0) * 100.0;
                differences.push(format!(
                    "{name}: {cost} {unit}, {kept} in the baseline ({percent:+.1} %)"
                ));
            }
        }
        for (name, unit) in kept.costs.keys().filter(|key| !self.costs.contains_key(*key)) {
            differences.push(format!("{name}: {unit} are in the baseline but no longer counted"));
        }
        differences
    }
}

/// A line for each cost.
impl fmt::Display for Baseline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.costs
            .iter()
            .try_for_each(|((name, unit), cost)| writeln!(f, "{cost:>12} {unit:<12} {name}"))
    }
}

const ALLOCATIONS: &str = "allocations";
const INSTRUCTIONS: &str = "instructions";

/// Of bytes and instructions.
const LIMIT: f64 = 0.03;

/// Allocations are whole: one more is too many, however many there are.
const ALLOCATIONS_LIMIT: f64 = 0.5;
