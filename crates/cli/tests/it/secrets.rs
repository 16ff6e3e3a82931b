//! No secret in any output, at any log level, whatever the server sends back.

use kendra_sync_emulator::{Emulator, Identity};
use kendra_sync_test_servers::{End, Raw, read_request};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::process::Command;

use crate::command::{INDEX, Ran, SECRET, TOKEN, TRANSPORTS, run, stop};

/// As loud as it gets.
fn loud(transport: &str, arguments: &str) -> Command {
    let mut command = stop(&format!("--transport {transport} {arguments} --debug"));
    command
        .env("AWS_SESSION_TOKEN", TOKEN)
        .env("RUST_LOG", "trace,hyper=trace,hyper_util=trace,ureq=trace,ureq_proto=trace");
    command
}

/// Looks for every stretch of eight characters of each secret, after dropping white space.
pub(crate) fn assert_clean(ran: &Ran, secrets: &[&str]) {
    let mut shown = format!("{}{}", ran.stdout, ran.stderr);
    shown.retain(|c| !c.is_whitespace());
    for secret in secrets {
        assert!(secret.len() >= 8, "{secret}");
        for window in secret.as_bytes().windows(8) {
            let window = std::str::from_utf8(window).unwrap();
            assert!(!shown.contains(window), "{window} of a secret in: {shown}");
        }
    }
}

/// The signatures in what a server received.
fn signatures(requests: &[Vec<u8>]) -> Vec<String> {
    let signature = |request: &Vec<u8>| {
        let request = String::from_utf8(request.clone()).unwrap();
        let (_, rest) = request.split_once("Signature=").unwrap();
        rest.chars().take(64).collect::<String>()
    };
    requests.iter().map(signature).collect()
}

#[tokio::test]
async fn debug_shows_what_happens_and_nothing_secret() {
    let identity = Identity::new("AKIDEXAMPLE", SECRET).session_token(TOKEN);
    let emulator = Emulator::builder().identity(identity).start().await.unwrap();
    emulator.add_data_source(INDEX, "wiki").unwrap();
    let url = emulator.endpoint_url();
    for transport in TRANSPORTS {
        let ran = run(&mut loud(transport, &format!("--endpoint-url {url}"))).await;
        assert_debug_shows_the_call(&ran, &url);
    }
}

fn assert_debug_shows_the_call(ran: &Ran, url: &str) {
    assert_eq!(ran.exit, 0);
    for part in [&*format!("endpoint={url}"), "attempt=1", "status=200", "request_id=", "elapsed="]
    {
        assert!(ran.stderr.contains(part), "{part}: {}", ran.stderr);
    }
    assert_clean(ran, &[SECRET, TOKEN, "AWS4-HMAC-SHA256", "Signature=", "AKIDEXAMPLE"]);
    for line in ran.stderr.lines() {
        // Time, level, the span where there is one, target.
        let event = line.split_once("}: ").map_or(line, |(_, event)| event);
        let target = event.split(' ').find(|word| word.ends_with(':')).unwrap();
        assert!(target.starts_with("kendra_sync"), "a dependency's line: {line}");
    }
}

#[tokio::test]
async fn each_kind_of_failure_is_without_secrets() {
    let silent = Raw::start(vec![Vec::new()], End::Hold).await;
    let broken = Raw::start(vec![Vec::new()], End::Reset).await;
    let garbage = Raw::start(vec![b"\x00\x01garbage\r\n\r\n".to_vec()], End::Close).await;
    let dead = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    for (url, exit) in [
        (silent.url(), 255),
        (broken.url(), 255),
        (garbage.url(), 255),
        (dead, 255),
        (format!("https://{}", silent.address()), 255),
        (format!("https://key:{SECRET}@localhost"), 252),
        (format!("https://{TOKEN}:{TOKEN}@localhost"), 252),
    ] {
        for (transport, output) in
            [("hyper", "text"), ("hyper", "json"), ("blocking", "text"), ("blocking", "json")]
        {
            let flags = format!(
                "--endpoint-url {url} --timeout 0.3 --connect-timeout 0.2 --output {output}"
            );
            let ran = run(&mut loud(transport, &flags)).await;
            assert_eq!(ran.exit, exit, "{url}");
            let sent = [signatures(&silent.requests()), signatures(&broken.requests())].concat();
            let secrets: Vec<&str> =
                sent.iter().map(String::as_str).chain([SECRET, TOKEN]).collect();
            assert_clean(&ran, &secrets);
        }
    }
}

/// A server that sends the whole request back, in headers and body, as it came and broken up.
#[tokio::test]
async fn what_a_server_sends_back_is_masked() {
    for status in ["400 Bad Request", "200 OK\r\nContent-Type: text/html"] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = tokio::spawn(async move {
            let mut received = Vec::new();
            for wrapped in [false, true].repeat(2 * TRANSPORTS.len()) {
                let (mut stream, _) = listener.accept().await.unwrap();
                let request = read_request(&mut stream).await.unwrap();
                received.push(request.clone());
                let text = String::from_utf8(request).unwrap();
                let (head, _) = text.split_once("\r\n\r\n").unwrap();
                let mut echo: String = head.lines().collect::<Vec<_>>().join(" ");
                if wrapped {
                    let chars: Vec<char> = echo.chars().collect();
                    echo = chars.chunks(5).map(|c| c.iter().collect::<String>() + "\n ").collect();
                }
                let secret = head.lines().find(|line| line.starts_with("authorization")).unwrap();
                let body = serde_json::json!({ "__type": secret, "message": echo }).to_string();
                let body = if wrapped { echo } else { body };
                let length = body.len();
                let answer = format!(
                    "HTTP/1.1 {status}\r\nx-amzn-RequestId: {secret}\r\nConnection: close\r\n\
                     Content-Length: {length}\r\n\r\n{body}"
                );
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
            received
        });
        let mut runs = Vec::new();
        for transport in TRANSPORTS {
            for output in ["text", "text", "json", "json"] {
                let flags = format!("--endpoint-url {url} --output {output}");
                runs.push(run(&mut loud(transport, &flags)).await);
            }
        }
        let sent = signatures(&server.await.unwrap());
        for ran in runs {
            assert!(ran.exit == 254 || ran.exit == 255);
            let secrets: Vec<&str> =
                sent.iter().map(String::as_str).chain([SECRET, TOKEN]).collect();
            assert_clean(&ran, &secrets);
        }
    }
}
