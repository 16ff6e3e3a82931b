#![doc = include_str!("../README.md")]

use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use kendra_sync_conformance::self_test;

mod faulty;
mod matrix;
mod parsers;
mod raw;
mod roster;
mod run;
mod self_check;
mod subtle;
mod tapes;
mod tls;
mod wrapped;

/// Transports that are broken on purpose, and the test that the conformance suite finds each one out.
#[derive(Debug, Parser)]
#[command(name = "faulty", disable_help_subcommand = true)]
struct Flags {
    /// Run every faulty transport, and say whether the suite is right
    #[arg(long)]
    self_test: bool,
    /// Write the kill matrix anew instead of comparing it
    #[arg(long)]
    update: bool,
    /// Only these, by id; the matrix is not looked at
    #[arg(long, value_name = "IDS", value_delimiter = ',')]
    only: Vec<String>,
    /// Only the scenarios that name a faulty transport; the matrix is not looked at
    #[arg(long)]
    named: bool,
    /// Show what each scenario said that failed
    #[arg(long)]
    verbose: bool,
    /// Write the suite's reports of the one that --only names into this directory
    #[arg(long, value_name = "DIR", requires = "only", conflicts_with = "self_test")]
    report_dir: Option<PathBuf>,
    /// Run one scenario, as the suite does
    #[arg(long, value_name = "ID::SCENARIO", conflicts_with = "self_test")]
    exact: Option<String>,
    /// How many trials run at a time
    #[arg(long, value_name = "N", default_value_t = 36)]
    jobs: usize,
}

fn main() -> ExitCode {
    if let Some(variant) = self_test::variant_of_child() {
        return match run::suite_of(&variant) {
            Some(suite) => suite.main(),
            None => ExitCode::from(2),
        };
    }
    let flags = match Flags::try_parse() {
        Ok(flags) => flags,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    if flags.report_dir.is_some() || flags.exact.is_some() {
        return by_the_suite(&flags).unwrap_or_else(|| {
            let _ = writeln!(std::io::stderr(), "error: one faulty transport must be named");
            ExitCode::from(2)
        });
    }
    // What panics is found by the suite; nobody else need hear of it.
    std::panic::set_hook(Box::new(|_| {}));
    let (code, text) = if flags.self_test { self_check::all(&flags) } else { (0, list(&flags)) };
    let _ = std::io::stdout().write_all(text.as_bytes());
    ExitCode::from(code)
}

/// One faulty transport, through the suite's own command line.
fn by_the_suite(flags: &Flags) -> Option<ExitCode> {
    let id = match (&flags.exact, flags.only.as_slice()) {
        (Some(trial), _) => trial.split("::").next()?.trim_end_matches("-https"),
        (None, [id]) => id,
        (None, _) => return None,
    };
    let faulty = roster::roster().into_iter().find(|faulty| faulty.id == id)?;
    let mut arguments: Vec<OsString> = std::env::args_os().take(1).collect();
    arguments.extend(["--strict".into(), format!("--jobs={}", flags.jobs).into()]);
    if let Some(directory) = &flags.report_dir {
        arguments.extend(["--report-dir".into(), directory.into()]);
    }
    arguments.extend(faulty.slow_in.iter().flat_map(|id| ["--skip".into(), id.into()]));
    let named = if flags.named { faulty.caught_by } else { &[] };
    let exact = flags.exact.iter().map(String::as_str).chain(named.iter().copied());
    let exact: Vec<OsString> = exact.map(OsString::from).collect();
    if !exact.is_empty() {
        arguments.extend(std::iter::once("--exact".into()).chain(exact));
    }
    Some(self_test::main_with(&faulty.suite(), arguments))
}

impl Flags {
    /// Whether `--only` lets it.
    fn selects(&self, id: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == id)
    }
}

/// A line for each that is selected.
fn list(flags: &Flags) -> String {
    let selected = roster::roster().into_iter().filter(|faulty| flags.selects(faulty.id));
    let lines = selected.map(|faulty| {
        format!("{:5} {}: {}\n", faulty.id, faulty.defect, faulty.caught_by.join(", "))
    });
    lines.collect()
}
