//! `Suite::main`: the command line of a test binary, for `cargo test`, nextest and by hand.

use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, ValueEnum};
use libtest_mimic::{Arguments, Completion, FormatSetting, Trial};

use crate::catalogue::{cap, catalogue};
use crate::filter::Filter;
use crate::known::KnownFailures;
use crate::report::{ScenarioResult, Status};
use crate::scenario::{Level, Scenario};
use crate::suite::{Results, Suite, Variant, run_one, trial_name};
use crate::{child, serve, summary, words};

/// Conformance of an HTTP transport.
///
/// --group, --jobs, --known-failures, --level, --strict and --time-scale can also be set as
/// KENDRA_CONFORMANCE_GROUP and so on.
#[derive(Debug, Parser)]
#[command(name = "conformance", disable_help_subcommand = true)]
struct Flags {
    /// Run only scenarios with this in their name; or this id or group
    filter: Vec<String>,
    /// Names are whole ids, groups or trial names
    #[arg(long)]
    exact: bool,
    /// Leave these out
    #[arg(long, value_name = "FILTER")]
    skip: Vec<String>,
    /// List the scenarios and run nothing
    #[arg(long)]
    list: bool,
    /// How to list: text, md or json; terse is for test runners
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Only these groups
    #[arg(long, value_name = "GROUPS", value_delimiter = ',')]
    group: Vec<String>,
    /// Only scenarios at least this binding
    #[arg(long, value_enum)]
    level: Option<LevelFlag>,
    /// A failed SHOULD is a failure
    #[arg(long)]
    strict: bool,
    /// Show the capabilities that each variant declares, and those that it shows
    #[arg(long)]
    caps: bool,
    /// Say what a scenario is about, what its server does and what is accepted
    #[arg(long, value_name = "ID")]
    explain: Option<String>,
    /// Run a scenario's server until interrupted, to debug against
    #[arg(long, value_name = "ID")]
    serve: Option<String>,
    /// A TOML file of failures that do not count
    #[arg(long, value_name = "FILE")]
    known_failures: Option<PathBuf>,
    /// Multiply all time limits, for slow machines: 0.1 to 100
    #[arg(long, value_name = "FACTOR", value_parser = time_scale)]
    time_scale: Option<f64>,
    /// How many scenarios run at a time
    #[arg(long, alias = "test-threads", value_name = "N", value_parser = jobs)]
    jobs: Option<usize>,
    /// Print one character a scenario
    #[arg(short, long)]
    quiet: bool,
    /// Write the results of single scenarios here instead of stdout
    #[arg(long, value_name = "FILE")]
    logfile: Option<String>,
    /// For test runners; scenarios print nothing while they run
    #[arg(long, hide = true)]
    nocapture: bool,
    /// For test runners
    #[arg(long, hide = true)]
    show_output: bool,
    /// For test runners: none is ignored beforehand
    #[arg(long, hide = true)]
    ignored: bool,
    /// For test runners
    #[arg(long, hide = true)]
    include_ignored: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Md,
    Json,
    Terse,
    Pretty,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum LevelFlag {
    Must,
    Should,
    May,
}

impl Suite {
    /// Runs the suite as a test binary: reads the command line and prints the report.
    ///
    /// Exit codes: 0 nothing that was run failed, 1 a failure, 2 usage, 3 the suite itself broke, 4 nothing
    /// ran. Whether the transport is conformant, the verdict for each profile says.
    pub fn main(self) -> ExitCode {
        let flags = match Flags::try_parse_from(with_environment(std::env::args_os())) {
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
        let filter = Arc::new(filter);
        let mut trials = Vec::new();
        for variant in &self.variants {
            for scenario in catalogue().iter().filter(|s| filter.selects(&variant.name, s)) {
                let (variant, filter, results) =
                    (variant.clone(), Arc::clone(&filter), results.clone());
                let name = trial_name(&variant.name, scenario);
                let trial = Trial::ignorable_test(name, move || {
                    let result = run_one(&variant, scenario, &filter);
                    let completion = completion(&result, scenario, filter.is_strict());
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
        let mut report = self.report(&filter);
        report.results = in_order(self, results.take());
        print(&summary::of(&report, &self.variants))?;
        print(&child::told(&report.results)?)?;
        // Asked for by name, a scenario that does not apply is no failure: nextest runs each so.
        let asked_for = filter.is_exact() && !report.results.is_empty();
        Ok(match report.exit_code() {
            4 if asked_for => 0,
            // A trial that failed without a result: the suite's fault.
            0 if conclusion.num_failed > 0 => 3,
            code => code,
        })
    }
}

impl Flags {
    fn filter(&self) -> Result<Filter, String> {
        let mut filter = Filter::all();
        for name in &self.filter {
            filter = filter.name(name);
        }
        for name in &self.skip {
            filter = filter.skip(name);
        }
        for group in &self.group {
            if !catalogue().iter().any(|scenario| scenario.group() == group) {
                return Err(format!("there is no group {group}"));
            }
            filter = filter.group(group);
        }
        if self.exact {
            filter = filter.exact();
        }
        if self.strict {
            filter = filter.strict();
        }
        if let Some(level) = self.level {
            filter = filter.level(match level {
                LevelFlag::Must => Level::Must,
                LevelFlag::Should => Level::Should,
                LevelFlag::May => Level::May,
            });
        }
        if let Some(scale) = self.time_scale {
            filter = filter.time_scale(scale);
        }
        if let Some(file) = &self.known_failures {
            filter = filter.known_failures(KnownFailures::read(file)?);
        }
        Ok(filter)
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
fn completion(
    result: &ScenarioResult,
    scenario: &Scenario,
    strict: bool,
) -> Result<Completion, libtest_mimic::Failed> {
    match &result.status {
        Status::Pass => Ok(Completion::Completed),
        Status::Warn if !strict => Ok(Completion::Completed),
        Status::Fail | Status::Warn => {
            Err(format!("{result}  again    {}\n", again(&result.variant, scenario)).into())
        }
        Status::Error(reason) => Err(format!("the suite broke: {reason}").into()),
        status @ (Status::Skip(_) | Status::NotApplicable | Status::Known(_)) => {
            Ok(Completion::ignored_with(status.to_string()))
        }
    }
}

/// How to run one scenario again.
fn again(variant: &str, scenario: &Scenario) -> String {
    let binary = std::env::current_exe().ok();
    let stem = binary.as_deref().and_then(|path| path.file_stem()).and_then(|stem| stem.to_str());
    // Cargo appends a hash to the name of a test.
    let test = stem.and_then(|stem| stem.rsplit_once('-')).map_or("NAME", |(test, _)| test);
    format!("cargo test --test {test} -- --exact {}", trial_name(variant, scenario))
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

fn jobs(text: &str) -> Result<usize, String> {
    let jobs = text.parse().ok().filter(|jobs| (1..=1000).contains(jobs));
    jobs.ok_or_else(|| "must be a number from 1 to 1000".to_owned())
}

fn time_scale(text: &str) -> Result<f64, String> {
    let scale = text.parse().ok().filter(|scale| (0.1..=100.0).contains(scale));
    scale.ok_or_else(|| "must be a number from 0.1 to 100".to_owned())
}

/// The variable that can stand for a flag.
pub(crate) fn variable(flag: &str) -> String {
    format!("KENDRA_CONFORMANCE_{}", flag.to_uppercase().replace('-', "_"))
}

/// Flags that are set as variables come before those on the command line.
fn with_environment(arguments: impl Iterator<Item = OsString>) -> Vec<String> {
    let mut all: Vec<String> =
        arguments.map(|argument| argument.to_string_lossy().into_owned()).collect();
    let mut set = Vec::new();
    for (flag, takes_value) in VARIABLES {
        let Ok(value) = std::env::var(variable(flag)) else { continue };
        let given = |argument: &String| {
            let name = argument.strip_prefix("--").and_then(|name| name.split('=').next());
            name == Some(flag) || (flag == "jobs" && name == Some("test-threads"))
        };
        match (value.as_str(), takes_value) {
            ("", _) | ("0" | "false", false) => {}
            // The command line overrides.
            _ if all.iter().any(given) => {}
            (_, false) => set.push(format!("--{flag}")),
            (value, true) => set.push(format!("--{flag}={value}")),
        }
    }
    all.splice(1.min(all.len())..1.min(all.len()), set);
    all
}

/// Flags that can be set as variables, and whether they take a value.
pub(crate) const VARIABLES: [(&str, bool); 6] = [
    ("group", true),
    ("jobs", true),
    ("known-failures", true),
    ("level", true),
    ("strict", false),
    ("time-scale", true),
];

/// Scenarios wait more than they compute.
const DEFAULT_JOBS: usize = 8;

#[cfg(test)]
mod tests;
