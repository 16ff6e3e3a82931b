//! `kendra-sync`: stop an Amazon Kendra data source sync job, from the command line.
//!
//! Flags are parsed ([`flags`]), resolved with the environment and AWS's files into settings
//! ([`settings`]), and run ([`stop`], [`show`], [`emulate`]); what fails is a [`failure::Failure`], which knows its exit code.

use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use clap::Parser;
use kendra_sync_config::Environment;

use crate::failure::Failure;
use crate::flags::{Command, Flags};
use crate::setting_flags::Output;
use crate::underway::Underway;

mod counted;
mod credentials;
mod emulate;
mod failure;
mod flags;
mod output;
mod setting_flags;
mod settings;
mod show;
mod stop;
mod tape;
mod text;
mod trace;
mod underway;

fn main() -> ExitCode {
    let output = Output::asked_for(std::env::args_os());
    let underway = Underway::default();
    // Set by whoever has the last word.
    let ended = Arc::new(AtomicBool::new(false));
    let result = interruptible(output, &underway, &ended).and_then(|()| run(&underway));
    if ended.swap(true, Ordering::AcqRel) {
        // SIGINT has it, and ends the process.
        loop {
            thread::park();
        }
    }
    match result {
        Ok(result) => {
            text::print(&result);
            ExitCode::SUCCESS
        }
        Err(failure) => {
            failure.say(output);
            ExitCode::from(failure.exit())
        }
    }
}

/// From here on SIGINT ends the process with 130 at once, whatever it waits for: a file, a name, an
/// answer, a reader. A recording is finished first.
fn interruptible(
    output: Output,
    underway: &Underway,
    ended: &Arc<AtomicBool>,
) -> Result<(), Failure> {
    let (underway, ended) = (underway.clone(), Arc::clone(ended));
    let handler = move || {
        let failure = Failure::interrupted(underway.sends());
        let exit = failure.exit();
        if !ended.swap(true, Ordering::AcqRel) {
            // stderr may be a pipe that is full, or locked by whoever waits for its reader.
            let (said, last_word) = mpsc::channel();
            let underway = underway.clone();
            let limit = if underway.is_recorded() { LAST_WRITE } else { LAST_WORD };
            let say = move || {
                if let Err(error) = underway.finish_recording() {
                    text::warn(&Failure::recording(&error).message());
                }
                failure.say(output);
                said.send(())
            };
            // Without a thread nothing is said, and the sender is dropped.
            let _ = thread::Builder::new().spawn(say);
            let _ = last_word.recv_timeout(limit);
        }
        // Closes the call's connection, and with it the call.
        std::process::exit(exit.into())
    };
    ctrlc::set_handler(handler)
        .map_err(|error| Failure::other("no signal can be listened for", &error))
}

/// Runs the command; gives what it prints at its end.
fn run(underway: &Underway) -> Result<String, Failure> {
    let flags = match Flags::try_parse() {
        Ok(flags) => flags,
        Err(error) if error.use_stderr() => {
            return Err(Failure::unparsed(&error, std::env::args_os().nth(1).as_deref()));
        }
        // Help or version, asked for.
        Err(shown) => return Ok(shown.to_string()),
    };
    let environment = Environment::of_process();
    match &flags.command {
        Command::Stop(flags) => stop::run(flags, environment, underway),
        Command::Config(flags) => {
            show::run(&flags.settings, environment).map_err(Failure::of_config_command)
        }
        Command::Emulator(flags) => emulate::run(flags, &environment),
    }
}

/// How long SIGINT waits for the reader of stderr.
const LAST_WORD: Duration = Duration::from_millis(500);

/// How long SIGINT waits for a disk, too, where there is a recording to be written.
const LAST_WRITE: Duration = Duration::from_secs(5);
