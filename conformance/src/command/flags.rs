//! The flags of a test binary, and the variables that stand for them.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Parser, ValueEnum};

use crate::catalogue::catalogue;
use crate::filter::Filter;
use crate::known::KnownFailures;
use crate::reports::Wire;
use crate::scenario::Level;

/// Conformance of an HTTP transport.
///
/// --group, --jobs, --known-failures, --level, --report-dir, --strict, --time-scale and --wire can also be set
/// as KENDRA_CONFORMANCE_GROUP and so on.
#[derive(Debug, Parser)]
#[command(name = "conformance", disable_help_subcommand = true)]
pub(super) struct Flags {
    /// Run only scenarios with this in their name; or this id or group
    pub(super) filter: Vec<String>,
    /// Names are whole ids, groups or trial names
    #[arg(long)]
    pub(super) exact: bool,
    /// Leave these out
    #[arg(long, value_name = "FILTER")]
    pub(super) skip: Vec<String>,
    /// List the scenarios and run nothing
    #[arg(long)]
    pub(super) list: bool,
    /// How to list: text, md or json; terse is for test runners
    #[arg(long, value_enum)]
    pub(super) format: Option<Format>,
    /// Only these groups
    #[arg(long, value_name = "GROUPS", value_delimiter = ',')]
    pub(super) group: Vec<String>,
    /// Only scenarios at least this binding
    #[arg(long, value_enum)]
    pub(super) level: Option<LevelFlag>,
    /// A failed SHOULD is a failure
    #[arg(long)]
    pub(super) strict: bool,
    /// Show the capabilities that each variant declares, and those that it shows
    #[arg(long)]
    pub(super) caps: bool,
    /// Say what a scenario is about, what its server does and what is accepted
    #[arg(long, value_name = "ID")]
    pub(super) explain: Option<String>,
    /// Run a scenario's server until interrupted, to debug against
    #[arg(long, value_name = "ID")]
    pub(super) serve: Option<String>,
    /// A TOML file of failures that do not count
    #[arg(long, value_name = "FILE")]
    pub(super) known_failures: Option<PathBuf>,
    /// Write reports here: JSON, JUnit, Markdown, HTML; {transport} stands for the suite's name
    #[arg(long, value_name = "DIR")]
    pub(super) report_dir: Option<PathBuf>,
    /// Run nothing: make the reports of --report-dir from what a run that crashed has left there
    #[arg(long, requires = "report_dir")]
    pub(super) report_only: bool,
    /// Whose bytes are kept with the reports
    #[arg(long, value_enum, default_value = "failed")]
    pub(super) wire: WireFlag,
    /// Multiply all time limits, for slow machines: 0.1 to 100
    #[arg(long, value_name = "FACTOR", value_parser = time_scale)]
    pub(super) time_scale: Option<f64>,
    /// How many scenarios run at a time
    #[arg(long, alias = "test-threads", value_name = "N", value_parser = jobs)]
    pub(super) jobs: Option<usize>,
    /// Print one character a scenario
    #[arg(short, long)]
    pub(super) quiet: bool,
    /// Write the results of single scenarios here instead of stdout
    #[arg(long, value_name = "FILE")]
    pub(super) logfile: Option<String>,
    /// For test runners; scenarios print nothing while they run
    #[arg(long, hide = true)]
    pub(super) nocapture: bool,
    /// For test runners
    #[arg(long, hide = true)]
    pub(super) show_output: bool,
    /// For test runners: none is ignored beforehand
    #[arg(long, hide = true)]
    pub(super) ignored: bool,
    /// For test runners
    #[arg(long, hide = true)]
    pub(super) include_ignored: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    Text,
    Md,
    Json,
    Terse,
    Pretty,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum LevelFlag {
    Must,
    Should,
    May,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum WireFlag {
    Never,
    Failed,
    All,
}

impl From<WireFlag> for Wire {
    fn from(flag: WireFlag) -> Self {
        match flag {
            WireFlag::Never => Self::Never,
            WireFlag::Failed => Self::Failed,
            WireFlag::All => Self::All,
        }
    }
}

impl Flags {
    pub(super) fn filter(&self) -> Result<Filter, String> {
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
pub(super) fn with_environment(arguments: impl Iterator<Item = OsString>) -> Vec<String> {
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
pub(crate) const VARIABLES: [(&str, bool); 8] = [
    ("group", true),
    ("jobs", true),
    ("known-failures", true),
    ("level", true),
    ("report-dir", true),
    ("strict", false),
    ("time-scale", true),
    ("wire", true),
];
