//! `kendra-sync`: stop an Amazon Kendra data source sync job, from the command line.
//!
//! Flags are parsed ([`flags`]), resolved with the environment into settings ([`settings`]), and run
//! ([`stop`], [`emulate`]); what fails is a [`failure::Failure`], which knows its exit code.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use clap::Parser;

use crate::environment::Environment;
use crate::failure::Failure;
use crate::flags::{Command, Flags, Output};
use crate::interrupt::Interrupt;

mod ca_bundle;
mod counted;
mod emulate;
mod environment;
mod failure;
mod flags;
mod interrupt;
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
    let sends = Arc::default();
    let result = runtime.block_on(run(&flags.command, &sends));
    // A name lookup that hangs in a thread of its own must not hold up the exit.
    runtime.shutdown_background();
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(flags.output()),
    }
}

/// Runs the command until it ends or SIGINT comes; `sends` counts the requests that were sent.
async fn run(command: &Command, sends: &Arc<AtomicU32>) -> Result<(), Failure> {
    let listening = Interrupt::listen();
    let mut interrupt =
        listening.map_err(|error| Failure::other("no signal can be listened for", &error))?;
    let environment = Environment::of_process();
    let running = async {
        match command {
            Command::Stop(flags) => stop::run(flags, &environment, sends).await,
            Command::Emulator(flags) => emulate::run(flags, &environment).await,
        }
    };
    tokio::select! {
        biased;
        result = running => result,
        () = interrupt.received() => Err(Failure::interrupted(sends.load(Ordering::Relaxed))),
    }
}
