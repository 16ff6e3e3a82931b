//! The suite that the tests run, and running it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use kendra_sync_conformance::{Caps, Suite};
use kendra_sync_core::{Delivery, HttpTransport, TransportError, TransportErrorKind};
use kendra_sync_hyper::HyperTransport;
use serde_json::Value;

/// What the transport does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Habit {
    /// It ends the process when it is asked for a request that has no body.
    Aborts,
    /// It ends the process likewise, with success.
    Exits,
    /// It tells its secrets wherever it can.
    Leaks,
    /// It takes a body that breaks off for a whole one.
    Shortens,
}

#[derive(Debug)]
struct Odd {
    transport: HyperTransport,
    habit: Habit,
}

#[async_trait]
impl HttpTransport for Odd {
    async fn send(
        &self,
        request: Request<Bytes>,
        timeout: Duration,
    ) -> Result<Response<Bytes>, TransportError> {
        match self.habit {
            Habit::Aborts if request.body().is_empty() || is_child() => std::process::abort(),
            Habit::Exits if request.body().is_empty() || is_child() => std::process::exit(0),
            Habit::Leaks => Err(self.leak(request, timeout).await),
            Habit::Aborts | Habit::Exits | Habit::Shortens => {
                match self.transport.send(request, timeout).await {
                    Err(error) if error.kind() == TransportErrorKind::Interrupted => {
                        let short = b"short <script>alert(1)</script> | `\x01";
                        Ok(Response::new(Bytes::from_static(short)))
                    }
                    outcome => outcome,
                }
            }
        }
    }

    async fn sleep(&self, duration: Duration) {
        self.transport.sleep(duration).await;
    }
}

impl Odd {
    /// In the body and in a field, spelt in ways that a dump could be read in; in an error; in a panic; and on
    /// both standard streams.
    #[expect(clippy::panic, clippy::print_stdout, clippy::print_stderr, reason = "it leaks")]
    async fn leak(&self, mut request: Request<Bytes>, timeout: Duration) -> TransportError {
        use base64::Engine as _;
        let field = |name: &str| {
            let value = request.headers().get(name).and_then(|value| value.to_str().ok());
            value.unwrap_or_default().to_owned()
        };
        let (token, signed) = (field("x-amz-security-token"), field("authorization"));
        let signature = signed.rsplit('=').next().unwrap_or_default();
        let secrets = token.bytes().chain(signature.bytes());
        let hexadecimal: String = secrets.map(|byte| format!("{byte:02x}")).collect();
        let encoded = base64::engine::general_purpose::STANDARD.encode(format!("u:{token}"));
        let spaced: Vec<String> = token.chars().map(String::from).collect();
        let all = format!(
            "{token} {signed} {hexadecimal} {encoded} {} {:?}",
            spaced.join(" "),
            token.as_bytes()
        );
        println!("{all}");
        eprintln!("{all}");
        let panics = all.clone();
        let _ = tokio::spawn(async move { panic!("{panics}") }).await;
        if let Ok(value) = all.parse() {
            request.headers_mut().insert("x-all", value);
        }
        *request.body_mut() = Bytes::from(all.clone());
        let _ = self.transport.send(request, timeout).await;
        TransportError::new(TransportErrorKind::Other, Delivery::MaybeSent).with_source(all)
    }
}

fn is_child() -> bool {
    std::env::var_os("KENDRA_CONFORMANCE_CASE").is_some()
}

/// The suite that this process is to be, if it is.
pub(crate) fn suite() -> Option<Suite> {
    let habit = match std::env::var(HABIT).ok()?.as_str() {
        "aborts" => Habit::Aborts,
        "exits" => Habit::Exits,
        "leaks" => Habit::Leaks,
        _ => Habit::Shortens,
    };
    let name = std::env::var(NAME).unwrap_or_else(|_| "odd".to_owned());
    let suite = Suite::new(name, "0.1").caps(Caps::POOL).transport(move |_env| {
        std::future::ready(Ok::<_, std::convert::Infallible>(Odd {
            transport: HyperTransport::new(),
            habit,
        }))
    });
    Some(suite)
}

/// This program as such a suite.
pub(crate) fn program(habit: &str, directory: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("KENDRA_CONFORMANCE_") {
            command.env_remove(name);
        }
    }
    command.env_remove("NEXTEST_RUN_ID").env(HABIT, habit);
    command.arg("--report-dir").arg(directory).args(arguments);
    command
}

pub(crate) fn run(habit: &str, directory: &Path, arguments: &[&str]) -> Output {
    program(habit, directory, arguments).output().unwrap()
}

pub(crate) fn code(output: &Output) -> i32 {
    output.status.code().unwrap_or_else(|| panic!("{output:?}"))
}

pub(crate) fn report(directory: &Path) -> Value {
    let text = std::fs::read_to_string(directory.join("report.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// `[id, status]` of each result.
pub(crate) fn statuses(report: &Value) -> Vec<(&str, &str)> {
    let results = report["results"].as_array().unwrap();
    let pairs = results.iter().map(|r| (r["id"].as_str().unwrap(), r["status"].as_str().unwrap()));
    pairs.collect()
}

/// The files in a directory, and in those in it.
pub(crate) fn files(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(self::files(&path));
        } else {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// What passes with this transport, what fails, what is skipped, and what needs a process of its own.
pub(crate) const PASSES: &str = "status/success-200-empty";
pub(crate) const FAILS: &str = "framing/cl-short-truncated";
pub(crate) const SKIPPED: &str = "tls/untrusted-ca";
pub(crate) const CHILD: &str = "auto/env-proxy-ignored";

const HABIT: &str = "ODD_HABIT";
pub(crate) const NAME: &str = "ODD_NAME";
