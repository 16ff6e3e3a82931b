//! Counting: allocations in this process, instructions in another one under Callgrind.

use std::hint::black_box;
use std::process::{Command, Stdio};
use std::{env, fs};

use stats_alloc::Stats;

use crate::ALLOCATOR;

/// What one run allocated, on average.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counted {
    pub(crate) allocations: f64,
    pub(crate) bytes: f64,
}

impl Counted {
    pub(crate) fn now() -> Stats {
        ALLOCATOR.stats()
    }

    pub(crate) fn since(before: Stats, times: usize) -> Self {
        let more = ALLOCATOR.stats() - before;
        Self {
            allocations: (more.allocations + more.reallocations) as f64 / times as f64,
            bytes: more.bytes_allocated as f64 / times as f64,
        }
    }
}

/// Runs `work` so many times, and counts what it allocates; what it is given and what it returns are
/// made before and dropped after.
pub(crate) fn counted<I, O>(times: usize, input: impl Fn() -> I, work: impl Fn(I) -> O) -> Counted {
    // The first run fills what is made once.
    drop(work(input()));
    let mut inputs = Vec::from_iter((0..times).map(|_| input()));
    let mut outputs = Vec::with_capacity(times);
    let before = Counted::now();
    work_of_callgrind(&mut inputs, &mut outputs, work);
    Counted::since(before, times)
}

/// Callgrind counts in here alone.
#[inline(never)]
fn work_of_callgrind<I, O>(inputs: &mut Vec<I>, outputs: &mut Vec<O>, work: impl Fn(I) -> O) {
    outputs.extend(inputs.drain(..).map(|input| black_box(work(black_box(input)))));
}

/// How many instructions one run of the cost of this name takes.
pub(crate) fn instructions(name: &str) -> f64 {
    let guards = env::current_exe().expect("the path of this program");
    let profile = guards.with_extension("callgrind");
    let status = Command::new("valgrind")
        .args(["--tool=callgrind", "--toggle-collect=*work_of_callgrind*"])
        .arg(format!("--callgrind-out-file={}", profile.display()))
        .arg(guards)
        .args(["--run", name])
        .stderr(Stdio::null())
        .status()
        .expect("valgrind is installed");
    assert!(status.success(), "valgrind ended with {status}");
    let profile = fs::read_to_string(profile).expect("Callgrind's profile");
    let total = profile.lines().find_map(|line| line.strip_prefix("totals: "));
    let total: f64 = total.and_then(|total| total.trim().parse().ok()).expect("Callgrind's total");
    assert!(total > 0.0, "Callgrind counted nothing: work_of_callgrind has been inlined");
    total / CALLS as f64
}

/// Over how many runs a cost is averaged.
pub(crate) const CALLS: usize = 100;
