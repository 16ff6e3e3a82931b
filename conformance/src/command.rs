//! `Suite::main`: the command line of a test binary, for `cargo test`, nextest and by hand.

use std::ffi::OsString;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use libtest_mimic::{Arguments, Completion, FormatSetting, Trial};

pub(crate) use self::flags::{VARIABLES, variable};

use self::flags::{Flags, Format, with_environment};
use crate::catalogue::{cap, catalogue};
use crate::filter::Filter;
use crate::report::{ScenarioResult, Status};
use crate::reports::{self, Directory};
use crate::scenario::Scenario;
use crate::suite::{Results, Suite, Variant, run_one, trial_name};
use crate::{child, serve, summary, words};

impl Suite {
    /// Runs the suite as a test binary: reads the command line and prints the report.
    ///
    /// Exit codes: 0 nothing that was run failed, 1 a failure, 2 usage, 3 the suite itself broke, 4 nothing
    /// ran. Whether the transport is conformant, the verdict for each profile says.
    pub fn main(self) -> ExitCode {
        self.main_with(std::env::args_os())
    }

    /// The same, told these arguments.
    pub(crate) fn main_with(&self, arguments: impl Iterator<Item = OsString>) -> ExitCode {
        let flags = match Flags::try_parse_from(with_environment(arguments)) {
            Ok(flags) => flags,
            Err(error) => {
                let _ = error.print();
                return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
            }
        };
        match self.command(&flags, &mut std::io::stdout()) {
            Ok(code) => ExitCode::from(code),
            Err(problem) => {
                let _ = writeln!(std::io::stderr(), "error: {problem}");
                ExitCode::from(2)
            }
        }
    }

    fn command(&self, flags: &Flags, out: &mut dyn Write) -> Result<u8, String> {
        let mut print = |text: &str| {
            // Whoever closed it does not want it.
            let _ = out.write_all(text.as_bytes());
            Ok(0)
        };
        child::allow();
        if let Some(id) = &flags.explain {
            return print(&words::scenario(named(id)?));
        }
        if let Some(id) = &flags.serve {
            return serve::forever(named(id)?).map(|()| 0);
        }
        if let Some(directory) = flags.report_dir.as_ref().filter(|_| flags.report_only) {
            return reports::render(&reports::place(directory, &self.name)).map(|()| 0);
        }
        let filter = flags.filter()?;
        if flags.caps {
            let lines = self.variants.iter().map(|variant| observed(variant, &filter));
            return print(&lines.collect::<Result<String, String>>()?);
        }
        let variants = || self.variants.iter().map(|variant| variant.name.as_str());
        if let Some(name) = filter.known().unknown_variant(variants) {
            return Err(format!("the file of known failures: there is no variant {name}"));
        }
        let unknown = |name: &&String| {
            !self.variants.iter().any(|variant| {
                catalogue()
                    .iter()
                    .any(|s| Filter::all().exact().name(*name).selects(&variant.name, s))
            })
        };
        if flags.exact
            && let Some(name) = flags.filter.iter().find(unknown)
        {
            return Err(format!("no scenario, group or trial is named {name}"));
        }
        let selected = |s: &&Scenario| self.variants.iter().any(|v| filter.selects(&v.name, s));
        let listed: Vec<&Scenario> = catalogue().iter().filter(selected).collect();
        match flags.format {
            // A test runner asks for the names of trials.
            Some(Format::Terse | Format::Pretty) | None if !flags.list => {
                self.trials(flags, filter, &mut print)
            }
            Some(Format::Terse) => self.trials(flags, filter, &mut print),
            Some(Format::Json) if flags.list => print(&words::json(&listed)),
            Some(Format::Md) if flags.list => print(&words::markdown(&listed)),
            _ if flags.list => print(&words::list(&listed)),
            _ => Err("--format text, md and json go with --list".to_owned()),
        }
    }

    fn trials(
        &self,
        flags: &Flags,
        filter: Filter,
        print: &mut dyn FnMut(&str) -> Result<u8, String>,
    ) -> Result<u8, String> {
        let results = Results::default();
        let mut report = self.report(&filter);
        // A process for one case tells the one that started it.
        let directory = flags.report_dir.as_ref().filter(|_| !flags.list && !child::is_one());
        let directory = directory.map(|to| Directory::open(to, flags.wire.into(), &report));
        let directory = Arc::new(directory.transpose()?);
        let filter = Arc::new(filter);
        let mut trials = Vec::new();
        for variant in &self.variants {
            for scenario in catalogue().iter().filter(|s| filter.selects(&variant.name, s)) {
                let (variant, filter, results, directory) =
                    (variant.clone(), Arc::clone(&filter), results.clone(), Arc::clone(&directory));
                let name = trial_name(&variant.name, scenario);
                let trial = Trial::ignorable_test(name, move || {
                    if let Some(directory) = &*directory {
                        directory.began(&variant.name, scenario.id());
                    }
                    let mut result = run_one(&variant, scenario, &filter);
                    if let Some(directory) = &*directory {
                        directory.add(&result);
                        result.connections.clear();
                    }
                    let completion = completion(&result, filter.is_strict());
                    results.add(result);
                    completion
                });
                trials.push(trial);
            }
        }
        let arguments = Arguments {
            list: flags.list,
            ignored: flags.ignored,
            quiet: flags.quiet,
            logfile: flags.logfile.clone(),
            test_threads: Some(flags.jobs.unwrap_or(DEFAULT_JOBS)),
            format: flags.list.then_some(FormatSetting::Terse),
            ..Arguments::default()
        };
        let conclusion = libtest_mimic::run(&arguments, trials);
        if flags.list {
            return Ok(0);
        }
        report.results = in_order(self, results.take());
        print(&summary::of(&report, &self.variants))?;
        print(&child::told(&report.results)?)?;
        if let Some(Err(problem)) = directory.as_ref().as_ref().map(Directory::finish) {
            let _ = writeln!(std::io::stderr(), "error: the reports: {problem}");
            return Ok(3);
        }
        // Asked for by name, a scenario that does not apply is no failure: nextest runs each so.
        let asked_for = filter.is_exact() && !report.results.is_empty();
        Ok(exit_code(report.exit_code(), asked_for, conclusion.num_failed))
    }
}

/// The exit code of a run whose results come to `code`.
fn exit_code(code: u8, asked_for: bool, failed_trials: u64) -> u8 {
    match code {
        4 if asked_for => 0,
        // A trial that failed without a result: the suite's fault.
        0 if failed_trials > 0 => 3,
        code => code,
    }
}

/// A variant's capabilities, as declared and as observed.
fn observed(variant: &Variant, filter: &Filter) -> Result<String, String> {
    let result = run_one(variant, named(cap::DECLARED_MATCHES_OBSERVED)?, filter);
    let observed = result.checks.iter().find(|check| check.name == cap::OBSERVED);
    let observed = observed.map_or_else(|| result.status.to_string(), |check| check.actual.clone());
    Ok(format!("{}: declared {}; observed {observed}\n", variant.name, variant.caps))
}

/// What a test runner is told: a failure with everything that a stranger needs, or why nothing ran.
fn completion(result: &ScenarioResult, strict: bool) -> Result<Completion, libtest_mimic::Failed> {
    match &result.status {
        Status::Pass => Ok(Completion::Completed),
        Status::Warn if !strict => Ok(Completion::Completed),
        Status::Fail | Status::Warn => {
            Err(format!("{result}  again    {}\n", again(&result.variant, result.id)).into())
        }
        Status::Error(reason) => Err(format!("the suite broke: {reason}").into()),
        status @ (Status::Skip(_) | Status::NotApplicable | Status::Known(_)) => {
            Ok(Completion::ignored_with(status.to_string()))
        }
    }
}

/// How to run one scenario again.
pub(crate) fn again(variant: &str, id: &str) -> String {
    again_by(&std::env::args().next().unwrap_or_default(), variant, id)
}

fn again_by(program: &str, variant: &str, id: &str) -> String {
    let name = format!("{variant}::{id}");
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_:/.,+=@".contains(c);
    let name =
        if name.chars().all(plain) { name } else { format!("'{}'", name.replace('\'', r"'\''")) };
    let stem = Path::new(program).file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    // Cargo appends a hash to the name of a test.
    let hashed = |hash: &str| hash.len() == 16 && hash.chars().all(|c| c.is_ascii_hexdigit());
    match stem.rsplit_once('-') {
        Some((test, hash)) if hashed(hash) => format!("cargo test --test {test} -- --exact {name}"),
        _ => format!("{program} --exact {name}"),
    }
}

fn in_order(suite: &Suite, mut results: Vec<ScenarioResult>) -> Vec<ScenarioResult> {
    let place = |result: &ScenarioResult| {
        let variant = suite.variants.iter().position(|variant| variant.name == result.variant);
        (variant, catalogue().iter().position(|scenario| scenario.id() == result.id))
    };
    results.sort_by_key(place);
    results
}

fn named(id: &str) -> Result<&'static Scenario, String> {
    let found = catalogue().iter().find(|scenario| scenario.id() == id);
    found.ok_or_else(|| format!("there is no scenario {id}"))
}

mod flags;

/// Scenarios wait more than they compute.
const DEFAULT_JOBS: usize = 8;

#[cfg(test)]
mod tests;
