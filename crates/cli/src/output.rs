//! What is printed: results on stdout, and how text from elsewhere is shown.

use std::io::{ErrorKind, Write};

use kendra_sync_emulator::Emulator;
use kendra_sync_hyper::Stopped;
use kendra_sync_hyper::kendra_sync_core::is_unseen;
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
pub(crate) fn stopped(target: &Target, stopped: &Stopped, output: Output) -> String {
    let (index, source) = (&target.index, &target.source);
    let id = stopped.request_id();
    match output {
        Output::Text => {
            let id = one_line(id.unwrap_or("none"));
            format!("stopping: data source {source} of index {index} (request id {id})\n")
        }
        Output::Json => json(&StoppedJson {
            request_id: id,
            attempts: stopped.attempts(),
            index_id: index.as_str(),
            id: source.as_str(),
        }),
    }
}

/// How to reach an emulator: lines for a shell.
pub(crate) fn emulator(emulator: &Emulator, index: &str, source: &str) -> String {
    let identity = emulator.credentials();
    format!(
        "export AWS_ENDPOINT_URL_KENDRA={}\n\
         export AWS_ACCESS_KEY_ID={}\n\
         export AWS_SECRET_ACCESS_KEY={}\n\
         export AWS_REGION=us-east-1\n\
         # kendra-sync stop --index-id {index} --id {source}\n",
        emulator.endpoint_url(),
        identity.access_key_id(),
        identity.secret_access_key(),
    )
}

/// One line of JSON, with what could steer a terminal escaped, as JSON allows for any character.
pub(crate) fn json(value: &impl Serialize) -> String {
    #[expect(clippy::expect_used, reason = "only strings and numbers under text keys are printed")]
    let text = serde_json::to_string(value).expect("strings and numbers are JSON");
    let mut line = String::with_capacity(text.len() + 1);
    for c in text.chars() {
        if is_unseen(c) {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                line.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            line.push(c);
        }
    }
    line.push('\n');
    line
}

/// `text` on one line: what could steer a terminal, or hide, as `\u{..}`.
pub(crate) fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        if is_unseen(c) { line.extend(c.escape_unicode()) } else { line.push(c) }
    }
    line
}

/// Prints to stdout. What was to be done is done whether or not anybody reads this: no failure here
/// changes the exit code.
pub(crate) fn print(text: &str) {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            warn(&format!("the result could not be printed: {error}"));
        }
        _ => {}
    }
}

/// Something that is not as asked for, but no failure.
pub(crate) fn warn(text: &str) {
    // With stderr closed, nobody is there to be warned.
    let _ = writeln!(std::io::stderr(), "warning: {text}");
}
