//! Holds what a call costs against the costs that are kept in `benches/baseline.json`.
//!
//! It counts, so it can be exact where times cannot: allocations and their bytes by an allocator that
//! counts, instructions by Valgrind's Callgrind. `.ci/guards` runs it.
#![expect(
    clippy::expect_used,
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a command of this workspace's CI"
)]

use std::alloc::System;
use std::env;
use std::process::ExitCode;

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

use self::baseline::Baseline;
use self::costs::COSTS;

mod baseline;
mod costs;
mod measure;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// `guards TOOLCHAIN FILE [--update]`, or `guards --run NAME` for what Callgrind is to count.
fn main() -> ExitCode {
    let arguments = Vec::from_iter(env::args().skip(1));
    match &*Vec::from_iter(arguments.iter().map(String::as_str)) {
        ["--run", name] => {
            let cost = COSTS.iter().find(|cost| cost.name == *name).expect("a name of COSTS");
            (cost.run)(measure::CALLS);
            ExitCode::SUCCESS
        }
        [toolchain, file] => compare(&Baseline::read(file), &Baseline::measure(toolchain)),
        [toolchain, file, "--update"] => {
            Baseline::measure(toolchain).write(file);
            ExitCode::SUCCESS
        }
        _ => {
            eprintln!("usage: guards TOOLCHAIN FILE [--update]");
            ExitCode::from(2)
        }
    }
}

fn compare(kept: &Baseline, found: &Baseline) -> ExitCode {
    print!("{found}");
    let differences = found.differences(kept);
    for difference in &differences {
        eprintln!("FAIL  {difference}");
    }
    if differences.is_empty() {
        return ExitCode::SUCCESS;
    }
    eprintln!(
        "If that is meant, or a gain: `.ci/guards --update`, and commit benches/baseline.json."
    );
    ExitCode::FAILURE
}
