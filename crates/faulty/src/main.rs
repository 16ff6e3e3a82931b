#![doc = include_str!("../README.md")]

use std::io::Write;
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
    /// How many trials run at a time
    #[arg(long, value_name = "N", default_value_t = 16)]
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
    // What panics is found by the suite; nobody else need hear of it.
    std::panic::set_hook(Box::new(|_| {}));
    let (code, text) = if flags.self_test { self_check::all(&flags) } else { (0, list()) };
    let _ = std::io::stdout().write_all(text.as_bytes());
    ExitCode::from(code)
}

/// A line for each.
fn list() -> String {
    let lines = roster::roster().into_iter().map(|faulty| {
        format!("{:5} {}: {}\n", faulty.id, faulty.defect, faulty.caught_by.join(", "))
    });
    lines.collect()
}
