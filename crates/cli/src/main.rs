//! `kendra-sync`: stop an Amazon Kendra data source sync job, from the command line.
//!
//! Flags are parsed ([`flags`]), resolved with the environment into settings ([`settings`]), and run
//! ([`stop`], [`emulate`]); what fails is a [`failure::Failure`], which knows its exit code.

use std::process::ExitCode;

use clap::Parser;

use crate::environment::Environment;
use crate::failure::Failure;
use crate::flags::{Command, Flags, Output};

mod ca_bundle;
mod counted;
mod emulate;
mod environment;
mod failure;
mod flags;
mod output;
mod settings;
mod stop;
mod trace;

fn main() -> ExitCode {
    let flags = match Flags::try_parse() {
        Ok(flags) => flags,
        Err(error) if !error.use_stderr() => {
            // Help or version, asked for. Whoever closed stdout does not want it.
            let _ = error.print();
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            return Failure::unparsed(&error).report(Output::asked_for(std::env::args_os()));
        }
    };
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return Failure::other("no event loop", &error).report(flags.output()),
    };
    let environment = Environment::of_process();
    let result = match &flags.command {
        Command::Stop(flags) => runtime.block_on(stop::run(flags, &environment)),
        Command::Emulator(flags) => runtime.block_on(emulate::run(flags, &environment)),
    };
    // A name lookup that hangs in a thread of its own must not hold up the exit.
    runtime.shutdown_background();
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(flags.output()),
    }
}
