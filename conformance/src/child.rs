//! Cases that need a process of their own: the test binary runs itself again, for that case alone.

use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::case::Child;
use crate::check::{Check, Checks};
use crate::command::{VARIABLES, variable};
use crate::report::ScenarioResult;
use crate::server::Tripwire;
use crate::subject::BoxError;
use crate::wire::Connection;

/// Whether the process is a test binary of `Suite::main`, which can run itself again.
static BY_MAIN: AtomicBool = AtomicBool::new(false);

/// From here on cases can have processes of their own.
pub(crate) fn allow() {
    BY_MAIN.store(true, Ordering::Relaxed);
}

/// Whether a command runs a scenario of this process again.
pub(crate) fn is_allowed() -> bool {
    BY_MAIN.load(Ordering::Relaxed)
}

/// Why this process cannot start one for a case.
pub(crate) fn obstacle() -> Option<&'static str> {
    if cfg!(not(target_os = "linux")) {
        Some("platform: processes of their own are made on Linux only")
    } else if is_allowed() {
        None
    } else {
        Some("it needs a process of its own, which only Suite::main can start")
    }
}

/// The case that this process was started for, if it was.
pub(crate) fn only_case(trial: &str) -> Option<usize> {
    let value = std::env::var(CASE).ok()?;
    let (case, of) = value.split_once(' ')?;
    case.parse().ok().filter(|_| of == trial)
}

/// Whether this process was started for a case.
pub(crate) fn is_one() -> bool {
    std::env::var_os(CASE).is_some()
}

/// The variant of the case that this process was started for, if it was.
pub(crate) fn variant() -> Option<String> {
    let value = std::env::var(CASE).ok()?;
    let (_, trial) = value.split_once(' ')?;
    trial.split_once("::").map(|(variant, _)| variant.to_owned())
}

/// Runs case number `case` of the trial in a process that is set up as `kind` says.
pub(crate) async fn run(
    kind: Child,
    trial: &str,
    case: usize,
    time_scale: f64,
    checks: &mut Checks,
) -> Result<(String, Vec<Connection>), BoxError> {
    let tripwire = Tripwire::start().await?;
    let program = std::env::current_exe()?;
    let mut command = match kind {
        Child::Alone | Child::Logged | Child::ProxyVariables => Command::new(program),
        Child::SmallMemory => {
            let mut shell = Command::new("sh");
            let limit = format!("ulimit -v {SMALL_MEMORY_KIB}; exec \"$0\" \"$@\"");
            shell.args(["-c", &limit]).arg(program);
            shell
        }
    };
    for (flag, _) in VARIABLES {
        command.env_remove(variable(flag));
    }
    command.args(["--exact", trial, "--time-scale", &time_scale.to_string()]);
    command.env(CASE, format!("{case} {trial}"));
    if kind == Child::ProxyVariables {
        let proxy = format!("http://{}", tripwire.address());
        for name in ["http_proxy", "https_proxy", "all_proxy"] {
            command.env(name, &proxy).env(name.to_uppercase(), &proxy);
        }
        command.env_remove("no_proxy").env_remove("NO_PROXY");
    }
    let output = tokio::task::spawn_blocking(move || command.output()).await??;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    if let Some(2..=4) = output.status.code() {
        let why = String::from_utf8_lossy(&output.stderr);
        return Err(format!("a process of its own: {}: {why}{said}", output.status).into());
    }
    let made = after(CHECK, &said).map(serde_json::from_str).collect::<Result<Vec<Check>, _>>()?;
    let connections = after(CONNECTION, &said).map(serde_json::from_str);
    let connections = connections.collect::<Result<Vec<Connection>, _>>()?;
    let all_held = made.iter().all(|check| check.passed);
    // A transport can end the process, with success too.
    let ended = if made.is_empty() { ", having told of no check" } else { "" };
    let as_it_should = output.status.success() && !made.is_empty();
    checks.made.extend(made);
    let expected = "the process of its own ends as it should, and tells what it looked at";
    checks.must("child", as_it_should, expected, format_args!("{}{ended}", output.status));
    let tripped = tripwire.connections();
    let expected = "no connection to the proxy that the environment names";
    checks.must("global/G7", tripped == 0, expected, format_args!("{tripped} connections"));
    if output.status.success() && all_held {
        return Ok((String::new(), connections));
    }
    let for_us = |line: &&str| line.starts_with(CHECK) || line.starts_with(CONNECTION);
    let told = said.lines().filter(|line| !for_us(line));
    Ok((told.map(|line| format!("{line}\n")).collect(), connections))
}

fn after<'a>(prefix: &str, said: &'a str) -> impl Iterator<Item = &'a str> {
    said.lines().filter_map(move |line| line.strip_prefix(prefix))
}

/// What such a process says of its checks and connections to the one that started it; nothing in any other process.
pub(crate) fn told(results: &[ScenarioResult]) -> Result<String, String> {
    if !is_one() {
        return Ok(String::new());
    }
    let mut text = String::new();
    for result in results {
        for check in &result.checks {
            text += &format!("{CHECK}{}\n", told_as(check)?);
        }
        for connection in &result.connections {
            text += &format!("{CONNECTION}{}\n", told_as(connection)?);
        }
    }
    Ok(text)
}

fn told_as(value: &impl serde::Serialize) -> Result<String, String> {
    serde_json::to_string(value).map_err(|error| error.to_string())
}

const CASE: &str = "KENDRA_CONFORMANCE_CASE";

/// Before each check that is told, and each connection.
const CHECK: &str = "check: ";
const CONNECTION: &str = "connection: ";

const SMALL_MEMORY_KIB: u32 = 1024 * 1024;
