//! Builds every client, measures them in interleaved rounds, and writes what came out.

mod builds;
mod clients;
mod docs;
mod figures;
mod machine;
mod options;
mod plot;
mod process;
mod reach;
mod rounds;
mod server;
mod tables;
mod units;

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

use clap::Parser;

use crate::clients::CLIENTS;
use crate::figures::Figures;
use crate::options::Options;

/// What ends the run.
type Failure = Box<dyn Error + Send + Sync>;

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(failed) if failed.is_empty() => ExitCode::SUCCESS,
        Ok(failed) => {
            eprintln!("\nfailed, and so left out:\n{}", failed.join("\n"));
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// The clients that failed, and why.
fn run(options: &Options) -> Result<Vec<String>, Failure> {
    let mut figures = Figures::new(options.chosen(&CLIENTS)?);
    let machine = machine::describe(options)?;
    builds::build(options, &mut figures)?;
    rounds::measure(options, &mut figures)?;

    let reach = reach::rows(&figures);
    let text = tables::markdown(&machine, &figures, &reach);
    println!("{text}");
    let results = docs::Results {
        json: figures.json(&machine, &reach)?,
        svg: plot::svg(&figures),
        markdown: text,
    };
    results.write(Path::new("target/results"))?;
    if options.write && figures.failed().is_empty() {
        results.put_in_docs(Path::new("../../docs"))?;
    }
    Ok(figures.failed())
}
