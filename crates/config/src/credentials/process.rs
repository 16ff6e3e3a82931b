//! `credential_process`: a program that prints credentials.

use std::io::{self, Read};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
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
/// Dropping the future kills the command.
pub(crate) async fn run(line: &str, deadline: Instant) -> Result<Provided, Failed> {
    let words = command_line::split(line, Platform::HERE)
        .map_err(|rule| Failed::new(format!("the command {rule}")))?;
    let deadline = deadline.min(Instant::now() + LONGEST);
    let running = Running::default();
    let _killed = KillOnDrop(running.clone());
    let (ended, end) = oneshot::channel();
    thread::Builder::new()
        .name("credential_process".to_owned())
        // Nobody listens any more when the call was dropped.
        .spawn(move || drop(ended.send(running.output(&words, deadline))))
        .map_err(|error| Failed::new(format!("no thread can be started: {error}")))?;
    let output = end.await.map_err(|_| Failed::new("the command could not be watched"))?;
    parse(&output?)
}

/// The command, for whoever watches it and whoever stops it.
#[derive(Clone, Default)]
struct Running(Arc<Mutex<State>>);

#[derive(Default)]
enum State {
    #[default]
    NotYet,
    Started(Child),
    Over,
}

impl Running {
    /// What the program prints.
    fn output(&self, words: &[String], deadline: Instant) -> Result<Zeroizing<Vec<u8>>, Failed> {
        let stdout = self.start(words)?;
        let (read, output) = mpsc::channel();
        // Not joined: what the program has started may keep the pipe open after it.
        thread::spawn(move || read.send(read_bounded(stdout)));
        let result = self.watch(&output, deadline);
        self.kill();
        result
    }

    fn start(&self, words: &[String]) -> Result<ChildStdout, Failed> {
        let mut state = self.state();
        let (State::NotYet, Some((program, arguments))) = (&*state, words.split_first()) else {
            return Err(Failed::timed_out("the command was not started"));
        };
        let mut command = Command::new(program);
        // What it writes to stderr is for people, and may be a question: it goes where ours goes.
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(|error| {
            Failed::new(format!("the command cannot be started: {}", error.kind()))
        })?;
        let stdout = child.stdout.take();
        *state = State::Started(child);
        stdout.ok_or_else(|| Failed::new("the command has no output"))
    }

    /// Waits until the program has closed its output and ended.
    fn watch(
        &self,
        output: &Receiver<io::Result<Zeroizing<Vec<u8>>>>,
        deadline: Instant,
    ) -> Result<Zeroizing<Vec<u8>>, Failed> {
        let left = deadline.saturating_duration_since(Instant::now());
        let bytes = match output.recv_timeout(left) {
            Ok(Ok(bytes)) if bytes.len() <= MAX_OUTPUT => bytes,
            Ok(Ok(_)) => return Err(Failed::new("the command printed more than 64 KiB")),
            Ok(Err(error)) => {
                return Err(Failed::new(format!("its output is lost: {}", error.kind())));
            }
            Err(_) => return Err(Failed::timed_out(TOO_LONG)),
        };
        loop {
            let status = match &mut *self.state() {
                State::Started(child) => child.try_wait(),
                _ => return Err(Failed::timed_out(TOO_LONG)),
            };
            match status {
                Ok(Some(status)) if status.success() => return Ok(bytes),
                Ok(Some(status)) => {
                    return Err(Failed::new(format!("the command failed: {status}")));
                }
                Ok(None) if Instant::now() >= deadline => return Err(Failed::timed_out(TOO_LONG)),
                Ok(None) => thread::sleep(TICK),
                Err(error) => {
                    return Err(Failed::new(format!("the command was lost: {}", error.kind())));
                }
            }
        }
    }

    /// Ends the program, if it has not ended by itself.
    fn kill(&self) {
        if let State::Started(mut child) = std::mem::replace(&mut *self.state(), State::Over) {
            let _ = child.kill();
            // What was killed has ended, and is not to stay as a zombie.
            let _ = child.wait();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The process may end right after: nobody else would do it.
struct KillOnDrop(Running);

impl Drop for KillOnDrop {
    fn drop(&mut self) {
        self.0.kill();
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

const TOO_LONG: &str = "the command did not end in time";

/// How soon the end of a program is seen.
const TICK: Duration = Duration::from_millis(5);
