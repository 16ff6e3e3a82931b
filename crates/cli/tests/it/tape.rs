//! `--record` and `--replay`.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use kendra_sync_replay::Cassette;
use kendra_sync_test_servers::{End, Raw, read_request};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use crate::command::{INDEX, Ran, SECRET, TOKEN, TRANSPORTS, kendra_sync, run, stop, unsent_json};
use crate::signals::interrupt;

/// A directory that lives as long as the test, and the path of a recording in it.
fn place() -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("stop.har");
    (directory, path)
}

fn http(status: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\n\r\n");
    [head.into_bytes(), body.into()].concat()
}

/// Replays with nothing in the environment.
async fn replayed(file: &Path, flags: &str) -> Ran {
    let arguments = format!("stop --index-id {INDEX} --id wiki {flags}");
    run(kendra_sync(&arguments).arg("--replay").arg(file)).await
}

/// Records a call of `url` over each transport, in each form, and finds the same printed by the replay.
async fn same(what: &str, url: &str, flags: &str, exit: i32) {
    for transport in TRANSPORTS {
        for output in ["text", "json"] {
            let (_directory, file) = place();
            let flags = format!("--output {output} {flags}");
            let recorded =
                run(stop(&format!("--endpoint-url {url} --transport {transport} {flags}"))
                    .env_remove("AWS_MAX_ATTEMPTS")
                    .arg("--record")
                    .arg(&file))
                .await;
            assert_eq!(recorded.exit, exit, "{what}: {recorded:?}");
            assert_eq!(replayed(&file, &flags).await, recorded, "{what} over {transport}");
        }
    }
}

#[tokio::test]
async fn a_replay_prints_what_the_recorded_command_printed() {
    let ok = http("200 OK", "x-amzn-RequestId: 52dbb64c\r\n", "{}");
    let busy = http("503 Busy", "", "<html>busy</html>");
    let throttled = http(
        "400 Bad Request",
        "x-amzn-RequestId: 1-2\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n",
        r#"{"__type":"ThrottlingException","message":"Rate exceeded"}"#,
    );
    let denied = http(
        "400 Bad Request",
        "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n",
        r#"{"__type":"AccessDeniedException","message":"no"}"#,
    );
    for (what, answers, exit) in [
        ("success", vec![ok.clone()], 0),
        ("success at the third attempt", vec![busy.clone(), throttled.clone(), ok], 0),
        ("throttled for ever", vec![throttled], 254),
        ("no code", vec![busy], 254),
        ("a server with another clock", vec![denied], 254),
        ("a web page", vec![http("200 OK", "Content-Type: text/html\r\n", "<html>")], 255),
        ("no HTTP", vec![b"\x00garbage\r\n\r\n".to_vec()], 255),
    ] {
        // Each call of the command begins anew.
        let count = answers.len();
        let server = Raw::answering(move |number, _| answers[number % count].clone()).await;
        same(what, &server.url(), "--max-attempts 3", exit).await;
    }
}

#[tokio::test]
async fn a_replay_fails_as_the_recorded_command_failed() {
    let dead = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    same("no server", &dead, "", 255).await;
    let reset = Raw::start(vec![Vec::new()], End::Reset).await;
    same("reset", &reset.url(), "--max-attempts 2", 255).await;
    let cut = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort".to_vec();
    let cut = Raw::start(vec![cut], End::Close).await;
    same("truncated", &cut.url(), "--max-attempts 2", 255).await;
    let silent = Raw::start(vec![Vec::new()], End::Hold).await;
    same("each attempt stalls", &silent.url(), "--max-attempts 2 --attempt-timeout 0.2", 255).await;
    same("the whole call stalls", &silent.url(), "--timeout 0.3", 255).await;
    same("no TLS", &format!("https://{}", cut.address()), "--max-attempts 1", 255).await;
    let busy = http("503 Busy", "x-amz-retry-after: 4000\r\n", "");
    let busy = Raw::answering(move |_, _| busy.clone()).await;
    same("no time for another attempt", &busy.url(), "--timeout 2", 254).await;
}

#[tokio::test]
async fn a_recording_of_the_emulator_is_replayed_without_a_connection() {
    let (_directory, file) = place();
    let emulated = format!("stop --index-id {INDEX} --id wiki --emulator");
    let recorded = run(kendra_sync(&emulated).arg("--record").arg(&file)).await;
    assert_eq!((recorded.exit, &*recorded.stderr), (0, ""));
    let server = Raw::start(vec![], End::Close).await;
    assert_eq!(replayed(&file, &format!("--endpoint-url {}", server.url())).await, recorded);
    assert_eq!(server.accepted(), 0);
    // What is set for the real Kendra does not matter, be it right or wrong.
    let mut command = kendra_sync(&format!("stop --index-id {INDEX} --id wiki"));
    command.env("AWS_REGION", "not a region").env("AWS_ENDPOINT_URL", "nonsense");
    command.env("AWS_CA_BUNDLE", "/nonexistent").env("AWS_ACCESS_KEY_ID", "half a key");
    assert_eq!(run(command.arg("--replay").arg(&file)).await, recorded);
}

#[tokio::test]
async fn what_does_not_go_together_is_a_usage_error() {
    let (directory, file) = place();
    for flags in ["--transport hyper", "--record other.har", "--emulator"] {
        let ran = replayed(&file, &format!("--output json {flags}")).await;
        assert_eq!((ran.exit, &*ran.stdout), (252, ""));
        let name = flags.split(' ').next().unwrap();
        assert!(ran.stderr.contains("\"code\":\"Usage\"") && ran.stderr.contains(name), "{ran:?}");
    }
    for (flags, message) in [
        ("--region Mars!", "region"),
        ("--endpoint-url ftp://x", "endpoint"),
        ("--id -", "data source id"),
    ] {
        let arguments = match flags.split_once("--id ") {
            Some((_, id)) => format!("stop --index-id {INDEX} --id={id}"),
            None => format!("stop --index-id {INDEX} --id wiki {flags}"),
        };
        let ran = run(kendra_sync(&arguments).arg("--replay").arg(&file)).await;
        assert_eq!(ran.exit, 252, "{ran:?}");
        assert!(ran.stderr.contains(message), "{ran:?}");
    }
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_cassette_that_cannot_be_replayed_is_told() {
    let (_directory, file) = place();
    let path = file.display();
    let missing = format!("cassette {path}: there is no such file");
    let text = format!("error: {missing}\n  next: record it with --record\n");
    assert_eq!(replayed(&file, "").await, Ran::new(255, "", &text));
    let json = unsent_json("Recording", &missing);
    assert_eq!(replayed(&file, "--output json").await, Ran::new(255, "", &json));

    std::fs::write(&file, "{\"log\":\n{}}").unwrap();
    let text = format!(
        "error: cassette {path}: line 2, column 2: expected the field `version`\n  \
         next: mend it there, or record it again with --record\n"
    );
    assert_eq!(replayed(&file, "").await, Ran::new(255, "", &text));
}

#[tokio::test]
async fn a_request_that_was_not_recorded_is_told_and_so_is_what_was_not_used() {
    let (_directory, file) = place();
    let emulated = format!("stop --index-id {INDEX} --id docs --emulator");
    run(kendra_sync(&emulated).arg("--record").arg(&file)).await;
    let expected = "warning: 1 of 1 recorded exchanges were not used: 1 (StopDataSourceSyncJob)\n\
                    error: no recorded exchange matches the request: the nearest is exchange 1 of 1 \
                    (StopDataSourceSyncJob), which differs in /Id\n  nothing was sent, attempts: 1\n  \
                    next: check ids and flags against the recording, or record it again with --record\n";
    assert_eq!(replayed(&file, "").await, Ran::new(255, "", expected));
    let json = replayed(&file, "--output json").await.stderr;
    let error: serde_json::Value = serde_json::from_str(json.lines().last().unwrap()).unwrap();
    let error = &error["error"];
    let told = (&error["code"], &error["delivery"], &error["retryable"]);
    assert_eq!(told, (&"Unrecorded".into(), &"not-sent".into(), &false.into()));
}

#[tokio::test]
async fn sigint_finishes_the_recording() {
    let server = Raw::start(vec![http("503 Busy", "", ""), Vec::new()], End::Hold).await;
    for transport in TRANSPORTS {
        let (directory, file) = place();
        let seen = server.requests().len();
        let mut command = stop(&format!("--endpoint-url {} --transport {transport}", server.url()));
        command.env_remove("AWS_MAX_ATTEMPTS").arg("--record").arg(&file);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        while server.requests().len() < seen + 2 {
            tokio::task::yield_now().await;
        }
        interrupt(&child).await;
        let output = child.wait_with_output().await.unwrap();
        assert_eq!(output.status.code(), Some(130));
        let stderr = "error: interrupted\n  the request may have been received, attempts: 2\n  next: \
                      look at the job before you stop it again\n";
        assert_eq!(String::from_utf8(output.stderr).unwrap(), stderr);
        let cassette = Cassette::read(&file).unwrap();
        let [answered, given_up] = cassette.exchanges() else { panic!("{cassette:?}") };
        assert_eq!(answered.outcome().unwrap().status(), 503);
        let cause =
            std::error::Error::source(&given_up.outcome().unwrap_err()).unwrap().to_string();
        assert_eq!(cause, "given up before there was an outcome");
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
    }
}

#[tokio::test]
async fn a_second_command_that_records_into_the_file_is_refused() {
    let server = Raw::start(vec![Vec::new()], End::Hold).await;
    let (_directory, file) = place();
    let command = || {
        let mut command = stop(&format!("--endpoint-url {}", server.url()));
        command.arg("--record").arg(&file).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    };
    let first = command().spawn().unwrap();
    while server.requests().is_empty() {
        tokio::task::yield_now().await;
    }
    let path = file.display();
    let expected = format!(
        "error: cassette {path}: another recording is being made into it\n  next: wait for the other \
         one to end, or name another file\n"
    );
    assert_eq!(run(&mut command()).await, Ran::new(255, "", &expected));
    interrupt(&first).await;
    assert_eq!(first.wait_with_output().await.unwrap().status.code(), Some(130));
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn where_no_recording_can_be_made_nothing_is_sent() {
    let server = Raw::start(vec![], End::Close).await;
    let command = |file: &str| stop(&format!("--endpoint-url {} --record {file}", server.url()));
    let ran = run(&mut command("/nonexistent/stop.har")).await;
    let text = "error: cassette /nonexistent/stop.har: cannot be read or written: No such file or \
                directory (os error 2)\n  next: check the path, or name another file\n";
    assert_eq!(ran, Ran::new(255, "", text));
    let ran = run(&mut command("/dev/null --output json")).await;
    let json = unsent_json("Recording", "cassette /dev/null: must be a file");
    assert_eq!(ran, Ran::new(255, "", &json));
    // The file is replaced by a recording only.
    let (_directory, file) = place();
    std::fs::write(&file, "what was there before").unwrap();
    let unset = run(stop("").env_remove("AWS_REGION").arg("--record").arg(&file)).await;
    assert_eq!(unset.exit, 253);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "what was there before");
    assert_eq!(server.accepted(), 0);
}

#[tokio::test]
async fn a_stop_whose_recording_is_lost_is_told_as_both() {
    let (directory, _) = place();
    let gone = directory.path().join("gone");
    std::fs::create_dir(&gone).unwrap();
    let (file, removed) = (gone.join("stop.har"), gone.clone());
    let server = Raw::answering(move |_, _| {
        std::fs::remove_dir_all(&removed).unwrap();
        http("200 OK", "", "")
    })
    .await;
    let ran =
        run(stop(&format!("--endpoint-url {}", server.url())).arg("--record").arg(&file)).await;
    let stdout = format!("stopping: data source wiki of index {INDEX} (request id none)\n");
    let stderr = format!(
        "error: the job was stopped, but: cassette {}: cannot be read or written: No such file or \
         directory (os error 2)\n  the request may have been received, attempts: 1\n  next: do not \
         stop it again for the sake of the recording\n",
        file.display()
    );
    assert_eq!(ran, Ran::new(255, &stdout, &stderr));
}

/// A server that sends the whole request back, as text and as JSON.
#[tokio::test]
async fn a_recording_has_no_secrets_in_it() {
    for transport in TRANSPORTS {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let request = String::from_utf8(read_request(&mut stream).await.unwrap()).unwrap();
            let echo = format!("{request} {SECRET}");
            let line = echo.replace("\r\n", " ");
            let body = serde_json::json!({ "__type": echo, "message": echo }).to_string();
            let headers = format!("x-amzn-RequestId: {line}\r\nConnection: close\r\n");
            stream.write_all(&http("400 Bad Request", &headers, &body)).await.unwrap();
            let (_, signature) = request.split_once("Signature=").unwrap();
            signature.chars().take(64).collect::<String>()
        });
        let (_directory, file) = place();
        let mut command = stop(&format!("--endpoint-url {url} --transport {transport} --debug"));
        command.env("AWS_SESSION_TOKEN", TOKEN).env("RUST_LOG", "trace").arg("--record").arg(&file);
        let ran = run(&mut command).await;
        assert_eq!(ran.exit, 254);
        let signature = server.await.unwrap();
        let mut text = std::fs::read_to_string(&file).unwrap();
        let cassette = Cassette::parse(&text).unwrap();
        assert_eq!(cassette.exchanges().len(), 1);
        text.retain(|c| !c.is_whitespace());
        for secret in ["AKIDEXAMPLE", SECRET, TOKEN, &signature] {
            for window in secret.as_bytes().windows(8) {
                let window = std::str::from_utf8(window).unwrap();
                assert!(!text.contains(window), "{window} of a secret in: {text}");
            }
        }
    }
}
