//! `kendra-sync`: stop an Amazon Kendra data source sync job, from the command line.
//!
//! Flags are parsed ([`flags`]), resolved with the environment into settings ([`settings`]), and run
//! ([`stop`], [`emulate`]); what fails is a [`failure::Failure`], which knows its exit code.

use std::process::ExitCode;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Once};

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
mod text;
mod trace;

fn main() -> ExitCode {
    let output = Output::asked_for(std::env::args_os());
    let sends = Arc::new(AtomicU32::new(0));
    let end = Arc::new(Once::new());
    let result = interruptible(output, &sends, &end).and_then(|()| run(&sends));
    let mut code = ExitCode::SUCCESS;
    // Whoever comes first has the last word; SIGINT's ends the process while this waits.
    end.call_once(|| match result {
        Ok(result) => text::print(&result),
        Err(failure) => {
            failure.say(output);
            code = ExitCode::from(failure.exit());
        }
    });
    code
}

/// From here on SIGINT ends the process with 130 at once, whatever it waits for: a file, a name, an
/// answer. `sends` counts the requests that were handed to the transport.
fn interruptible(output: Output, sends: &Arc<AtomicU32>, end: &Arc<Once>) -> Result<(), Failure> {
    let (sends, end) = (Arc::clone(sends), Arc::clone(end));
    let handler = move || {
        end.call_once(|| {
            let failure = Failure::interrupted(sends.load(Ordering::Relaxed));
            failure.say(output);
            // Closes the call's connection, and with it the call.
            std::process::exit(failure.exit().into())
        });
    };
    ctrlc::set_handler(handler)
        .map_err(|error| Failure::other("no signal can be listened for", &error))
}

/// Runs the command; gives what it prints at its end.
fn run(sends: &Arc<AtomicU32>) -> Result<String, Failure> {
    let flags = match Flags::try_parse() {
        Ok(flags) => flags,
        Err(error) if error.use_stderr() => return Err(Failure::unparsed(&error)),
        // Help or version, asked for.
        Err(shown) => return Ok(shown.to_string()),
    };
    let environment = Environment::of_process();
    match &flags.command {
        Command::Stop(flags) => stop::run(flags, &environment, sends),
        Command::Emulator(flags) => emulate::run(flags, &environment),
    }
}
