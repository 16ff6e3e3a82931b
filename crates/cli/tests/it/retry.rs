//! Attempts, retry modes, and what the caller tells of itself.

use kendra_sync_test_servers::Raw;
use serde_json::Value;
use tokio::process::Command;

use crate::command::{Ran, TRANSPORTS, run, stop};

/// A server that fails for ever, without a wait worth the name.
async fn failing() -> Raw {
    Raw::answering(|_, _| b"HTTP/1.1 500 Internal\r\nContent-Length: 0\r\n\r\n".to_vec()).await
}

/// `stop` as JSON, with nothing said of attempts.
fn unlimited(server: &Raw, arguments: &str) -> Command {
    let mut command = stop(&format!("--endpoint-url {} --output json {arguments}", server.url()));
    command.env_remove("AWS_MAX_ATTEMPTS");
    command
}

#[tokio::test]
async fn attempts_come_from_flags_before_the_environment() {
    for (arguments, variables, attempts) in [
        ("", &[][..], 3),
        ("--max-attempts 2", &[("AWS_MAX_ATTEMPTS", "4")], 2),
        ("", &[("AWS_MAX_ATTEMPTS", "4")], 4),
        ("", &[("AWS_MAX_ATTEMPTS", "")], 3),
        ("--retry-mode off", &[("AWS_MAX_ATTEMPTS", "4"), ("AWS_RETRY_MODE", "adaptive")], 1),
        ("--retry-mode standard", &[("AWS_RETRY_MODE", "nonsense")], 3),
        ("", &[("AWS_RETRY_MODE", "Standard")], 3),
    ] {
        let server = failing().await;
        let ran = run(unlimited(&server, arguments).envs(variables.iter().copied())).await;
        let error: Value = serde_json::from_str(&ran.stderr).unwrap();
        let told = (&error["error"]["attempts"], &error["error"]["retryable"]);
        assert_eq!(told, (&Value::from(attempts), &Value::from(true)), "{arguments} {variables:?}");
        assert_eq!((ran.exit, server.requests().len()), (254, attempts));
    }
}

#[tokio::test]
async fn other_modes_are_run_as_standard_with_a_warning() {
    for (arguments, mode) in
        [("--retry-mode adaptive", ""), ("", "adaptive"), ("", "legacy"), ("", "ADAPTIVE")]
    {
        let server = failing().await;
        let ran = run(unlimited(&server, arguments).env("AWS_RETRY_MODE", mode)).await;
        let (warning, error) = ran.stderr.split_once('\n').unwrap();
        let named = if mode == "legacy" { "legacy" } else { "adaptive" };
        assert_eq!(warning, format!("warning: retry mode {named} is run as standard"));
        let error: Value = serde_json::from_str(error).unwrap();
        assert_eq!(error["error"]["attempts"], 3);
    }
}

/// The server asks for more time than there is: the answer is the last word, and the limit is why.
#[tokio::test]
async fn an_answer_after_which_no_time_is_left_says_so() {
    let busy = b"HTTP/1.1 503 Busy\r\nx-amz-retry-after: 4000\r\nContent-Length: 0\r\n\r\n";
    let server = Raw::answering(|_, _| busy.to_vec()).await;
    for transport in TRANSPORTS {
        let flags = format!("--timeout 2 --max-attempts 3 --transport {transport}");
        let ran = run(&mut stop(&format!("--endpoint-url {} {flags}", server.url()))).await;
        let stderr = "error: an answer without a message\n  the request was answered, HTTP 503, \
                      attempts: 1, no time for another one\n  next: raise --timeout, or try again \
                      in a while\n";
        assert_eq!(ran, Ran::new(254, "", stderr));
    }
    assert_eq!(server.requests().len(), TRANSPORTS.len());
}

#[tokio::test]
async fn a_success_says_how_many_attempts_it_took() {
    let server = Raw::answering(|number, _| {
        let status = if number < 2 { "503 Busy" } else { "200 OK" };
        format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n").into_bytes()
    })
    .await;
    let ran = run(&mut unlimited(&server, "")).await;
    let result: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((ran.exit, &result["attempts"]), (0, &Value::from(3)));
    assert_eq!(result["requestId"], Value::Null);
}

#[tokio::test]
async fn aws_is_told_who_calls() {
    let header = |request: &[u8], name: &str| {
        let request = String::from_utf8(request.to_vec()).unwrap();
        let mut lines = request.lines();
        lines.find_map(|line| line.strip_prefix(&format!("{name}: ")).map(str::to_owned))
    };
    let trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
    for (variables, agent, traced) in [
        (&[][..], "", None),
        (&[("_X_AMZN_TRACE_ID", trace)][..], "", None),
        (
            &[
                ("AWS_SDK_UA_APP_ID", "night shift"),
                ("AWS_EXECUTION_ENV", "AWS_Lambda_provided.al2023"),
                ("AWS_LAMBDA_FUNCTION_NAME", "stopper"),
                ("_X_AMZN_TRACE_ID", trace),
            ],
            " exec-env/AWS_Lambda_provided.al2023 app/night-shift",
            Some(trace),
        ),
    ] {
        let server = failing().await;
        run(unlimited(&server, "--retry-mode off").envs(variables.iter().copied())).await;
        let requests = server.requests();
        let version = env!("CARGO_PKG_VERSION");
        let os = std::env::consts::OS;
        assert_eq!(
            header(&requests[0], "user-agent").unwrap(),
            format!("kendra-sync/{version} ua/2.1 os/{os} lang/rust#1.94.1{agent}")
        );
        assert_eq!(header(&requests[0], "x-amzn-trace-id").as_deref(), traced);
    }
}
