//! Results, on stdout.

use std::io::{ErrorKind, Write};

use kendra_sync_emulator::Emulator;
use kendra_sync_hyper::Stopped;
use serde::Serialize;

use crate::flags::Output;
use crate::settings::Target;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StoppedJson<'a> {
    request_id: Option<&'a str>,
    attempts: u32,
    index_id: &'a str,
    id: &'a str,
}

/// Kendra took the stop.
pub(crate) fn stopped(target: &Target, stopped: &Stopped, output: Output) {
    let (index, source) = (&target.index, &target.source);
    match output {
        Output::Text => {
            let id = stopped.request_id().unwrap_or("none").escape_debug();
            line(&format!("stopping: data source {source} of index {index} (request id {id})"));
        }
        Output::Json => json(&StoppedJson {
            request_id: stopped.request_id(),
            attempts: stopped.attempts(),
            index_id: index.as_str(),
            id: source.as_str(),
        }),
    }
}

/// How to reach an emulator: lines for a shell.
pub(crate) fn emulator(emulator: &Emulator, index: &str, source: &str) {
    let identity = emulator.credentials();
    line(&format!(
        "export AWS_ENDPOINT_URL_KENDRA={}\n\
         export AWS_ACCESS_KEY_ID={}\n\
         export AWS_SECRET_ACCESS_KEY={}\n\
         export AWS_REGION=us-east-1\n\
         # kendra-sync stop --index-id {index} --id {source}",
        emulator.endpoint_url(),
        identity.access_key_id(),
        identity.secret_access_key(),
    ));
}

/// Something that is not as asked for, but no failure.
pub(crate) fn warn(text: &str) {
    // With stderr closed, nobody is there to be warned.
    let _ = writeln!(std::io::stderr(), "warning: {text}");
}

fn json(value: &impl Serialize) {
    match serde_json::to_string(value) {
        Ok(text) => line(&text),
        Err(error) => warn_unprinted(&error),
    }
}

/// The call has succeeded whether or not anybody reads this: no failure here changes the exit code.
fn line(text: &str) {
    let mut stdout = std::io::stdout().lock();
    let written = writeln!(stdout, "{text}").and_then(|()| stdout.flush());
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => warn_unprinted(&error),
        _ => {}
    }
}

fn warn_unprinted(error: &dyn std::error::Error) {
    warn(&format!("the result could not be printed: {error}"));
}
