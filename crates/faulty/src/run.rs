//! Runs trials: a faulty transport in one scenario.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use kendra_sync_conformance::{Caps, Filter, Scenario, ScenarioResult, Status, Suite, self_test};

use crate::faulty::Faulty;
use crate::roster::roster;

/// One scenario for one transport.
#[derive(Clone, Debug)]
pub(crate) struct Trial {
    /// The transport's id, or [`SILENT`].
    pub(crate) of: &'static str,
    pub(crate) scenario: &'static str,
    /// The variants that are run, until one fails.
    pub(crate) variants: Vec<String>,
}

/// What it came to.
#[derive(Clone, Debug)]
pub(crate) struct Ended {
    pub(crate) trial: Trial,
    pub(crate) verdict: Verdict,
    /// What the suite said of a failure.
    pub(crate) said: String,
    pub(crate) took: std::time::Duration,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// A check failed.
    Caught,
    Passed,
    /// It does not apply, and why.
    NotRun(String),
    /// The suite broke.
    Error(String),
}

/// Servers that write nothing, and a good transport.
pub(crate) const SILENT: &str = "silent";

/// The same servers, and a good recorder with its player.
const SILENT_TAPE: &str = "silent-tape";

impl Trial {
    /// Over `http`.
    pub(crate) fn plain(of: &'static str, scenario: &'static str) -> Self {
        Self { of, scenario, variants: vec![of.to_owned()] }
    }

    /// With silent servers; what is about recordings is recorded from them.
    pub(crate) fn silent(scenario: &'static Scenario) -> Self {
        let tape = scenario.caps().contains(Caps::REPLAY);
        let variant = if tape { SILENT_TAPE } else { SILENT };
        Self { variants: vec![variant.to_owned()], ..Self::plain(SILENT, scenario.id()) }
    }

    /// Over `http`, and if that passes over `https` where there is TLS.
    pub(crate) fn named(faulty: &Faulty, scenario: &'static str) -> Self {
        let mut trial = Self::plain(faulty.id, scenario);
        // What is recorded is recorded over `http` alone.
        if faulty.caps.contains(Caps::TLS) && !faulty.caps.contains(Caps::REPLAY) {
            trial.variants.push(format!("{}-https", faulty.id));
        }
        trial
    }
}

/// The suite that has this variant.
pub(crate) fn suite_of(variant: &str) -> Option<Suite> {
    let id = variant.strip_suffix("-https").unwrap_or(variant);
    let silent = [(SILENT, "S00"), (SILENT_TAPE, "T00")];
    if let Some((silent, control)) = silent.into_iter().find(|(silent, _)| *silent == id) {
        let control = roster().into_iter().find(|faulty| faulty.id == control)?;
        let named = Faulty { id: silent, ..control };
        return Some(self_test::with_silent_servers(named.suite()));
    }
    roster().iter().find(|faulty| faulty.id == id).map(Faulty::suite)
}

/// Runs them, so many at a time; `ended` hears of each. Silent servers are run beside, since with them all
/// is waiting.
pub(crate) fn all(trials: Vec<Trial>, jobs: usize, ended: impl Fn(&Ended) + Sync) -> Vec<Ended> {
    self_test::allow_processes();
    let (silent, trials): (Vec<Trial>, Vec<Trial>) =
        trials.into_iter().partition(|trial| trial.of == SILENT);
    let queues = [(silent, 2 * jobs), (trials, jobs)];
    let queues = queues.map(|(trials, jobs)| (Mutex::new(VecDeque::from(trials)), jobs));
    let results = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for (queue, jobs) in &queues {
            let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
            for _ in 0..*jobs {
                let (ended, results) = (&ended, &results);
                scope.spawn(move || {
                    while let Some(trial) = next() {
                        let end = one(trial);
                        ended(&end);
                        results.lock().unwrap_or_else(PoisonError::into_inner).push(end);
                    }
                });
            }
        }
    });
    results.into_inner().unwrap_or_else(PoisonError::into_inner)
}

fn one(trial: Trial) -> Ended {
    let began = std::time::Instant::now();
    let scale = if trial.of == SILENT { SILENT_SCALE } else { 1.0 };
    let mut last = (Verdict::NotRun("there is no such scenario".to_owned()), String::new());
    for variant in &trial.variants {
        let Some(suite) = suite_of(variant) else { continue };
        let name = format!("{variant}::{}", trial.scenario);
        let filter = Filter::all().exact().strict().time_scale(scale).name(name);
        let report = suite.run(&filter);
        for result in &report.results {
            last = (verdict(result), result.to_string());
        }
        if last.0 != Verdict::Passed {
            break;
        }
    }
    let (verdict, said) = last;
    Ended { trial, verdict, said, took: began.elapsed() }
}

fn verdict(result: &ScenarioResult) -> Verdict {
    let failed = result.checks.iter().any(|check| !check.passed);
    match &result.status {
        Status::Fail | Status::Warn if failed => Verdict::Caught,
        Status::Pass => Verdict::Passed,
        Status::Skip(_) | Status::NotApplicable => Verdict::NotRun(result.status.to_string()),
        status => Verdict::Error(status.to_string()),
    }
}

/// Nothing is waited for that could come.
const SILENT_SCALE: f64 = 0.1;
