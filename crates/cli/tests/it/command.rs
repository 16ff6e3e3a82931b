//! Runs the binary.

use std::path::PathBuf;
use std::process::Stdio;

use tokio::process::Command;

pub(crate) const INDEX: &str = "0a1b2c3d-4e5f-6789-abcd-ef0123456789";
pub(crate) const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
pub(crate) const TOKEN: &str = "FQoGZXIvYXdzEJrQ7xvBqkC2nUM5hTtYwEXAMPLE";

pub(crate) const TRANSPORTS: [&str; 2] = ["hyper", "blocking"];

/// What came of a run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ran {
    pub(crate) exit: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    pub(crate) fn new(exit: i32, stdout: &str, stderr: &str) -> Self {
        Self { exit, stdout: stdout.to_owned(), stderr: stderr.to_owned() }
    }

    /// The same, with every UUID as `ID`: request ids differ from run to run.
    pub(crate) fn without_request_ids(self) -> Self {
        Self { stdout: without_uuids(&self.stdout), stderr: without_uuids(&self.stderr), ..self }
    }
}

/// The binary with these arguments, separated by blanks, and no environment at all.
pub(crate) fn kendra_sync(arguments: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kendra-sync"));
    command.args(arguments.split_whitespace()).env_clear().stdin(Stdio::null()).kill_on_drop(true);
    command
}

/// `stop` of a valid index and data source, with credentials, a region and a single attempt in the
/// environment.
pub(crate) fn stop(arguments: &str) -> Command {
    let mut command = kendra_sync(&format!("stop --index-id {INDEX} --id wiki {arguments}"));
    command
        .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", SECRET)
        .env("AWS_REGION", "eu-west-1")
        .env("AWS_MAX_ATTEMPTS", "1");
    command
}

pub(crate) async fn run(command: &mut Command) -> Ran {
    let output = command.output().await.unwrap();
    Ran {
        exit: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A file with this content, in a directory that lives as long as the returned guard.
pub(crate) fn file(content: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("file.pem");
    std::fs::write(&path, content).unwrap();
    (directory, path)
}

/// The error line of a failure before anything was sent.
pub(crate) fn unsent_json(code: &str, message: &str) -> String {
    let message = serde_json::Value::from(message);
    format!(
        "{{\"error\":{{\"code\":\"{code}\",\"message\":{message},\"httpStatus\":null,\
         \"requestId\":null,\"attempts\":0,\"delivery\":\"not-sent\",\"retryable\":false}}}}\n"
    )
}

fn without_uuids(text: &str) -> String {
    const FORM: &str = "xxxxxxxx-xxxx-4xxx-xxxx-xxxxxxxxxxxx";
    let mut shown = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let is_uuid = rest.len() >= FORM.len()
            && rest.bytes().zip(FORM.bytes()).all(|(b, form)| match form {
                b'x' => matches!(b, b'0'..=b'9' | b'a'..=b'f'),
                _ => b == form,
            });
        let taken = if is_uuid { FORM.len() } else { c.len_utf8() };
        shown.push_str(if is_uuid { "ID" } else { &rest[..taken] });
        rest = &rest[taken..];
    }
    shown
}
