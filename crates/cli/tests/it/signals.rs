//! SIGINT, and readers that go away.

use std::io::PipeReader;
use std::os::fd::OwnedFd;
use std::process::Stdio;

use kendra_sync_test_servers::{End, Raw};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::unix::pipe;
use tokio::process::{Child, Command};

use crate::command::{INDEX, TRANSPORTS, kendra_sync, stop};

/// Sends SIGINT, which the standard library cannot.
pub(crate) async fn interrupt(child: &Child) {
    let kill = format!("kill -INT {}", child.id().unwrap());
    assert!(Command::new("sh").args(["-c", &kill]).status().await.unwrap().success());
}

#[tokio::test]
async fn sigint_ends_a_call_that_may_have_been_sent() {
    let server = Raw::start(vec![Vec::new()], End::Hold).await;
    for (flags, expected) in [
        (
            "--output text --transport blocking",
            "error: interrupted\n  the request may have been received, attempts: 1\n  next: look at \
             the job before you stop it again\n",
        ),
        (
            "--output json --transport hyper",
            "{\"error\":{\"code\":\"Interrupted\",\"message\":\"interrupted\",\"httpStatus\":null,\
             \"requestId\":null,\"attempts\":1,\"delivery\":\"maybe-sent\",\"retryable\":true}}\n",
        ),
    ] {
        let seen = server.requests().len();
        let mut command = stop(&format!("--endpoint-url {} {flags}", server.url()));
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        while server.requests().len() == seen {
            tokio::task::yield_now().await;
        }
        interrupt(&child).await;
        let output = child.wait_with_output().await.unwrap();
        assert_eq!(output.status.code(), Some(130));
        assert_eq!(String::from_utf8(output.stdout).unwrap(), "");
        assert_eq!(String::from_utf8(output.stderr).unwrap(), expected);
        server.ended(seen + 1).await;
    }
    assert_eq!(server.requests().len(), 2);
}

/// Before anything is called: here the file that a flag names does not come to an end.
#[tokio::test]
async fn sigint_ends_what_comes_before_a_call() {
    let directory = tempfile::tempdir().unwrap();
    let pipe = directory.path().join("ca.pem");
    assert!(Command::new("mkfifo").arg(&pipe).status().await.unwrap().success());
    let mut command = stop(&format!("--ca-bundle {} --output json", pipe.display()));
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // Opens when the command has opened its end: it is reading from here on.
    let writer =
        tokio::task::spawn_blocking(move || std::fs::File::options().write(true).open(pipe));
    let writer = writer.await.unwrap().unwrap();
    interrupt(&child).await;
    let output = child.wait_with_output().await.unwrap();
    drop(writer);
    assert_eq!(output.status.code(), Some(130));
    let expected = "{\"error\":{\"code\":\"Interrupted\",\"message\":\"interrupted\",\
                    \"httpStatus\":null,\"requestId\":null,\"attempts\":0,\
                    \"delivery\":\"not-sent\",\"retryable\":true}}\n";
    assert_eq!(String::from_utf8(output.stderr).unwrap(), expected);
}

#[tokio::test]
async fn sigint_ends_a_wait_at_once() {
    let busy = b"HTTP/1.1 503 Busy\r\nx-amz-retry-after: 5000\r\nContent-Length: 0\r\n\r\n";
    let server = Raw::start(vec![busy.to_vec()], End::Hold).await;
    for transport in TRANSPORTS {
        sigint_ends_a_wait_over(transport, &server).await;
    }
    assert_eq!(server.requests().len(), TRANSPORTS.len());
}

async fn sigint_ends_a_wait_over(transport: &str, server: &Raw) {
    let flags = format!("--max-attempts 3 --debug --transport {transport}");
    let mut command = stop(&format!("--endpoint-url {} {flags}", server.url()));
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    while !lines.next_line().await.unwrap().unwrap().contains("retrying") {}
    interrupt(&child).await;
    assert_eq!(child.wait().await.unwrap().code(), Some(130));
    assert_eq!(lines.next_line().await.unwrap().unwrap(), "error: interrupted");
    let known = "  the request may have been received, attempts: 1";
    assert_eq!(lines.next_line().await.unwrap().unwrap(), known);
}

/// The blocking transport runs on the main thread; the second thread waits for signals.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_blocking_path_has_two_threads() {
    let server = Raw::start(vec![Vec::new()], End::Hold).await;
    let mut command = stop(&format!("--endpoint-url {} --transport blocking", server.url()));
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    while server.requests().is_empty() {
        tokio::task::yield_now().await;
    }
    let tasks = std::fs::read_dir(format!("/proc/{}/task", child.id().unwrap())).unwrap();
    assert_eq!(tasks.count(), 2);
    interrupt(&child).await;
    assert_eq!(child.wait_with_output().await.unwrap().status.code(), Some(130));
}

/// Nobody reads what the command has to say.
#[tokio::test]
async fn sigint_ends_a_wait_for_a_reader() {
    let silent = Raw::start(vec![Vec::new()], End::Hold).await;
    let (reader, writer) = full_pipe().await;
    let mut command = stop(&format!("--endpoint-url {}", silent.url()));
    let mut child = command.stdout(Stdio::null()).stderr(writer).spawn().unwrap();
    while silent.requests().is_empty() {
        tokio::task::yield_now().await;
    }
    interrupt(&child).await;
    assert_eq!(child.wait().await.unwrap().code(), Some(130));
    drop(reader);

    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".to_vec();
    let server = Raw::start(vec![answer], End::Close).await;
    let (reader, writer) = full_pipe().await;
    let mut command = stop(&format!("--endpoint-url {}", server.url()));
    let mut child = command.stdout(writer).stderr(Stdio::null()).spawn().unwrap();
    server.ended(1).await;
    interrupt(&child).await;
    assert_eq!(child.wait().await.unwrap().code(), Some(130));
    drop(reader);
}

/// A pipe that holds all that it can; its writer waits.
async fn full_pipe() -> (PipeReader, OwnedFd) {
    let (reader, writer) = std::io::pipe().unwrap();
    let writer = pipe::Sender::from_owned_fd(writer.into()).unwrap();
    writer.writable().await.unwrap();
    while writer.try_write(b"x").is_ok() {}
    (reader, writer.into_blocking_fd().unwrap())
}

#[tokio::test]
async fn sigint_ends_the_emulator() {
    let mut child =
        kendra_sync("emulator").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    while !lines.next_line().await.unwrap().unwrap().starts_with('#') {}
    interrupt(&child).await;
    let output = child.wait_with_output().await.unwrap();
    assert_eq!(output.status.code(), Some(130));
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "error: interrupted\n");
}

#[tokio::test]
async fn a_reader_that_is_gone_is_no_failure() {
    let command = |arguments: &str| {
        let mut command = kendra_sync(arguments);
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        command.stdout(writer).stderr(Stdio::piped());
        command
    };
    for arguments in [
        &*format!("stop --emulator --index-id {INDEX} --id wiki"),
        &*format!("stop --emulator --index-id {INDEX} --id wiki --output json"),
        "--help",
        "stop --help",
        "--version",
    ] {
        let output = command(arguments).output().await.unwrap();
        assert_eq!(output.status.code(), Some(0), "{arguments}");
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "", "{arguments}");
    }
    let full = std::fs::File::create("/dev/full").unwrap();
    let mut command = kendra_sync(&format!("stop --emulator --index-id {INDEX} --id wiki"));
    let output = command.stdout(full).stderr(Stdio::piped()).spawn().unwrap();
    let output = output.wait_with_output().await.unwrap();
    assert_eq!(output.status.code(), Some(0));
    let warning =
        "warning: the result could not be printed: No space left on device (os error 28)\n";
    assert_eq!(String::from_utf8(output.stderr).unwrap(), warning);
}
