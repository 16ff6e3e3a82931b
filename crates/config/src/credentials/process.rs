//! `credential_process`: a program that prints credentials.

use std::io::{self, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use kendra_sync_core::Credentials;
use serde::Deserialize;
use tokio::sync::oneshot;
use zeroize::Zeroizing;

use crate::credentials::command_line;
use crate::credentials::provided::{Failed, Provided, instant};
use crate::location::Platform;

/// Runs the command that `line` names until it ends, at most until `deadline`, in a thread of its own.
///
/// Dropping the future stops the command.
pub(crate) async fn run(line: &str, deadline: Instant) -> Result<Provided, Failed> {
    let words = command_line::split(line, Platform::HERE)
        .map_err(|rule| Failed::new(format!("the command {rule}")))?;
    let deadline = deadline.min(Instant::now() + LONGEST);
    let (ended, mut end) = oneshot::channel();
    let wait = move || {
        let output = output(&words, deadline, &|| ended.is_closed());
        // Nobody waits for it any more: the call was dropped.
        let _ = ended.send(output);
    };
    thread::Builder::new()
        .name("credential_process".to_owned())
        .spawn(wait)
        .map_err(|error| Failed::new(format!("no thread can be started: {error}")))?;
    let output = (&mut end).await.map_err(|_| Failed::new("the command could not be watched"))?;
    parse(&output?)
}

/// What the program prints.
fn output(
    words: &[String],
    deadline: Instant,
    cancelled: &dyn Fn() -> bool,
) -> Result<Zeroizing<Vec<u8>>, Failed> {
    let Some((program, arguments)) = words.split_first() else {
        return Err(Failed::new("the command names no program"));
    };
    let mut command = Command::new(program);
    // What it writes to stderr is for people, and may be a question: it goes where ours goes.
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped());
    let mut child = command
        .spawn()
        .map_err(|error| Failed::new(format!("the command cannot be started: {}", error.kind())))?;
    let result = watch(&mut child, deadline, cancelled);
    if result.is_err() {
        // It may have ended by itself.
        let _ = child.kill();
    }
    let status = child.wait();
    let output = result?;
    match status {
        Ok(status) if status.success() => Ok(output),
        Ok(status) => Err(Failed::new(format!("the command failed: {status}"))),
        Err(error) => Err(Failed::new(format!("the command was lost: {}", error.kind()))),
    }
}

/// Reads until the program closes its output and ends.
fn watch(
    child: &mut Child,
    deadline: Instant,
    cancelled: &dyn Fn() -> bool,
) -> Result<Zeroizing<Vec<u8>>, Failed> {
    let Some(stdout) = child.stdout.take() else {
        return Err(Failed::new("the command has no output"));
    };
    let (read, output) = mpsc::channel();
    // Not joined: what the program has started may keep the pipe open after it.
    thread::spawn(move || read.send(read_bounded(stdout)));
    let mut taken = None;
    loop {
        if Instant::now() >= deadline || cancelled() {
            return Err(Failed::timed_out("the command did not end in time"));
        }
        if taken.is_none() {
            match output.recv_timeout(TICK) {
                Ok(Ok(bytes)) if bytes.len() > MAX_OUTPUT => {
                    return Err(Failed::new("the command printed more than 64 KiB"));
                }
                Ok(Ok(bytes)) => taken = Some(bytes),
                Ok(Err(error)) => {
                    return Err(Failed::new(format!("its output is lost: {}", error.kind())));
                }
                Err(_) => {}
            }
        } else {
            thread::sleep(TICK);
        }
        let ended = child.try_wait().ok().flatten().is_some();
        match taken.take() {
            Some(bytes) if ended => return Ok(bytes),
            other => taken = other,
        }
    }
}

fn read_bounded(stdout: impl Read) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_OUTPUT + 1));
    stdout.take(MAX_OUTPUT as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// What a program is to print, version 1.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Printed {
    version: u64,
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
    expiration: Option<String>,
}

fn parse(output: &[u8]) -> Result<Provided, Failed> {
    // serde's message could repeat what was printed.
    let printed: Printed = serde_json::from_slice(output).map_err(|error| {
        let place = format!("line {} column {}", error.line(), error.column());
        let what = match error.classify() {
            serde_json::error::Category::Data => {
                "not the JSON object with Version, AccessKeyId and SecretAccessKey that is wanted"
            }
            _ => "not JSON",
        };
        Failed::new(format!("what the command printed is {what}, {place}"))
    })?;
    if printed.version != 1 {
        return Err(Failed::new("what the command printed is not of Version 1"));
    }
    let expiry = match &printed.expiration {
        Some(text) => Some(instant(text).ok_or_else(|| {
            Failed::new("the Expiration that the command printed is no time of ISO 8601")
        })?),
        None => None,
    };
    let token = printed.session_token.filter(|token| !token.is_empty());
    let credentials = Credentials::new(printed.access_key_id, printed.secret_access_key, token)
        .map_err(|error| Failed::new(format!("what the command printed: {error}")))?;
    Provided { credentials, expiry }.unexpired()
}

/// How long a program may take at most; who asks may have less.
const LONGEST: Duration = Duration::from_secs(60);

/// More than any credentials.
const MAX_OUTPUT: usize = 64 * 1024;

/// How soon the end of a program is seen.
const TICK: Duration = Duration::from_millis(5);
