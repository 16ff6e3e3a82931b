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
    with_variables(arguments, |name| std::env::var(name).ok())
}

fn with_variables(
    arguments: impl Iterator<Item = OsString>,
    set_to: impl Fn(&str) -> Option<String>,
) -> Vec<String> {
    let mut all: Vec<String> =
        arguments.map(|argument| argument.to_string_lossy().into_owned()).collect();
    let mut set = Vec::new();
    for (flag, takes_value) in VARIABLES {
        let Some(value) = set_to(&variable(flag)) else { continue };
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The command line that comes of `line`, where variables are set so.
    fn line_with(line: &str, variables: &[(&str, &str)]) -> String {
        let set_to = |name: &str| {
            let mut set = variables.iter().filter(|(of, _)| *of == name);
            set.next().map(|(_, value)| (*value).to_owned())
        };
        with_variables(line.split_whitespace().map(OsString::from), set_to).join(" ")
    }

    #[test]
    fn a_variable_stands_for_its_flag_before_what_is_given() {
        for (name, value, expected) in [
            ("GROUP", "framing,tls", "test --group=framing,tls a --list"),
            ("JOBS", "3", "test --jobs=3 a --list"),
            ("KNOWN_FAILURES", "known.toml", "test --known-failures=known.toml a --list"),
            ("LEVEL", "must", "test --level=must a --list"),
            ("REPORT_DIR", "a dir", "test --report-dir=a dir a --list"),
            ("STRICT", "1", "test --strict a --list"),
            ("STRICT", "true", "test --strict a --list"),
            ("TIME_SCALE", "3", "test --time-scale=3 a --list"),
            ("WIRE", "all", "test --wire=all a --list"),
        ] {
            let name = format!("KENDRA_CONFORMANCE_{name}");
            assert_eq!(line_with("test a --list", &[(&name, value)]), expected);
        }
    }

    #[test]
    fn an_empty_variable_is_not_set_and_a_switch_can_be_off() {
        for (name, value) in [("JOBS", ""), ("STRICT", ""), ("STRICT", "0"), ("STRICT", "false")] {
            let name = format!("KENDRA_CONFORMANCE_{name}");
            assert_eq!(line_with("test a", &[(&name, value)]), "test a", "{name}={value}");
        }
        // For a flag with a value that is a value like any other, which the flag itself refuses.
        let jobs = [("KENDRA_CONFORMANCE_JOBS", "0")];
        assert_eq!(line_with("test a", &jobs), "test --jobs=0 a");
    }

    #[test]
    fn the_command_line_overrides_a_variable() {
        let jobs = [("KENDRA_CONFORMANCE_JOBS", "3"), ("KENDRA_CONFORMANCE_WIRE", "all")];
        for line in ["--jobs 5", "--jobs=5", "--test-threads 5", "--test-threads=5"] {
            let expected = format!("test --wire=all {line}");
            assert_eq!(line_with(&format!("test {line}"), &jobs), expected);
        }
        // What is called so is no flag.
        assert_eq!(line_with("test jobs", &jobs[..1]), "test --jobs=3 jobs");
        assert_eq!(
            line_with("test --wire=all --test-threads=5", &[("KENDRA_CONFORMANCE_GROUP", "tls")]),
            "test --group=tls --wire=all --test-threads=5"
        );
    }

    #[test]
    fn variables_are_taken_where_not_even_the_program_is_named() {
        assert_eq!(line_with("", &[("KENDRA_CONFORMANCE_STRICT", "1")]), "--strict");
    }

    #[test]
    fn what_is_given_stays_whatever_is_set() {
        let given = ["test", "a", "--list"].map(OsString::from);
        let line = with_environment(given.into_iter());
        assert_eq!(
            (line.first().map(String::as_str), line.last().map(String::as_str)),
            (Some("test"), Some("--list"))
        );
        assert!(line.contains(&"a".to_owned()), "{line:?}");
    }

    #[test]
    fn bytes_are_kept_as_the_flag_says() {
        for (flag, wire) in [("never", Wire::Never), ("failed", Wire::Failed), ("all", Wire::All)] {
            let flags = Flags::try_parse_from(["test", "--wire", flag]).unwrap();
            assert_eq!(Wire::from(flags.wire), wire);
        }
        assert_eq!(Wire::from(Flags::try_parse_from(["test"]).unwrap().wire), Wire::Failed);
    }

    #[test]
    fn a_flag_selects_what_it_says() {
        let selected = |line: &str| {
            let flags = Flags::try_parse_from(line.split_whitespace()).unwrap();
            let filter = flags.filter().unwrap();
            let all = catalogue().iter().filter(|scenario| filter.selects("v", scenario));
            (all.map(|scenario| scenario.level()).collect::<Vec<_>>(), filter)
        };
        let (all, plain) = selected("test");
        assert_eq!(all.len(), catalogue().len());
        assert!(!plain.is_strict() && (plain.scale() - 1.0).abs() < f64::EPSILON);
        for (flag, least) in [("must", Level::Must), ("should", Level::Should), ("may", Level::May)]
        {
            let expected: Vec<Level> = all.iter().copied().filter(|of| *of >= least).collect();
            assert_eq!(selected(&format!("test --level {flag}")).0, expected);
        }
        let (one, filter) = selected("test --exact tls/expired --strict --time-scale 2");
        assert_eq!((one.len(), filter.is_strict()), (1, true));
        assert!((filter.scale() - 2.0).abs() < f64::EPSILON);
    }
}
