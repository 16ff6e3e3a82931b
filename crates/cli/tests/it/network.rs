//! Endpoints that cannot be reached, do not answer, or are not to be trusted.

use std::time::{Duration, Instant};

use kendra_sync_test_servers::{Authority, End, Notify, Raw, TlsServer};
use serde_json::Value;

use crate::command::{Ran, TRANSPORTS, file, run, stop};

/// Runs the command as JSON over each transport; gives what all of them make of it: exit code, code,
/// delivery and whether it can be retried.
async fn error(arguments: &str) -> (i32, String, String, bool) {
    let mut outcomes = Vec::new();
    for transport in TRANSPORTS {
        let flags = format!("{arguments} --output json --transport {transport}");
        let ran = run(&mut stop(&flags)).await;
        let error: Value = serde_json::from_str(&ran.stderr).unwrap();
        let error = &error["error"];
        let text = |name: &str| error[name].as_str().unwrap().to_owned();
        let retryable = error["retryable"].as_bool().unwrap();
        outcomes.push((ran.exit, text("code"), text("delivery"), retryable));
    }
    assert_eq!(outcomes[0], outcomes[1], "{TRANSPORTS:?}");
    outcomes.remove(0)
}

fn outcome(code: &str, delivery: &str, retryable: bool) -> (i32, String, String, bool) {
    (255, code.to_owned(), delivery.to_owned(), retryable)
}

#[tokio::test]
async fn a_dead_port_was_not_sent_to() {
    let url = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    let text = "error: could not connect: Connection refused (os error 111)\n  nothing was sent, \
                attempts: 1\n  next: check the endpoint, the region and the network\n";
    for transport in TRANSPORTS {
        let ran = run(&mut stop(&format!("--endpoint-url {url} --transport {transport}"))).await;
        assert_eq!(ran, Ran::new(255, "", text), "{transport}");
    }
    let found = error(&format!("--endpoint-url {url}")).await;
    assert_eq!(found, outcome("Connect", "not-sent", true));
}

#[tokio::test]
async fn a_dead_name_was_not_sent_to() {
    // A label of more than 63 characters fails without a resolver.
    let found = error(&format!("--endpoint-url http://{}.invalid", "a".repeat(64))).await;
    assert_eq!(found, outcome("Connect", "not-sent", true));
}

#[tokio::test]
async fn a_server_that_says_nothing_is_given_up_within_the_limit() {
    let server = Raw::start(vec![Vec::new()], End::Hold).await;
    for limit in ["--timeout 0.3", "--attempt-timeout 0.3"] {
        let start = Instant::now();
        let found = error(&format!("--endpoint-url {} {limit}", server.url())).await;
        assert_eq!(found, outcome("Timeout", "maybe-sent", true), "{limit}");
        assert!(start.elapsed() >= Duration::from_millis(600), "{limit}");
    }
    let text = run(&mut stop(&format!("--endpoint-url {} --timeout 0.3", server.url()))).await;
    let expected = "error: the time limit passed, the operation's limit is reached\n  the request \
                    may have been received, attempts: 1\n  next: check the endpoint, or raise \
                    --timeout, --attempt-timeout or --connect-timeout\n";
    assert_eq!(text, Ran::new(255, "", expected));
    server.ended(5).await;
    assert_eq!(server.requests().len(), 5);
}

#[tokio::test]
async fn a_handshake_that_stalls_is_given_up_unsent() {
    let server = Raw::start(vec![Vec::new()], End::Hold).await;
    let url = format!("https://{}", server.address());
    let found = error(&format!("--endpoint-url {url} --connect-timeout 1")).await;
    assert_eq!(found, outcome("Timeout", "not-sent", true));
    // On a busy machine the limit may pass before a connection is there.
    server.ended(server.accepted()).await;
    assert_eq!(server.requests(), Vec::<Vec<u8>>::new());
}

#[tokio::test]
async fn a_connection_that_breaks_off_may_have_been_sent() {
    let server = Raw::start(vec![Vec::new()], End::Reset).await;
    let found = error(&format!("--endpoint-url {}", server.url())).await;
    assert_eq!(found, outcome("ConnectionInterrupted", "maybe-sent", true));
    let server = Raw::start(vec![b"SSH-2.0-OpenSSH_9.2\r\n".to_vec()], End::Hold).await;
    let found = error(&format!("--endpoint-url {}", server.url())).await;
    assert_eq!(found, outcome("InvalidResponse", "maybe-sent", false));
}

const OK: &str = "HTTP/1.1 200 OK\r\nx-amzn-RequestId: id-1\r\nContent-Length: 0\r\n\r\n";

#[tokio::test]
async fn https_goes_where_the_bundle_is_trusted() {
    let authority = Authority::new("known");
    // Bundles carry headings between certificates.
    let bundle =
        format!("# {}\n\n{}{}", "Known CA", authority.pem(), Authority::new("second").pem());
    let (_directory, path) = file(bundle.as_bytes());
    let server = TlsServer::start(authority.server("localhost", -1, 1), OK, Notify::Yes).await;
    let url = format!("--endpoint-url https://localhost:{}", server.port());

    // The flag goes before the variable.
    let (_other_directory, other) = file(Authority::new("other").pem().as_bytes());
    for transport in TRANSPORTS {
        let url = format!("{url} --transport {transport}");
        let flagged = format!("{url} --ca-bundle {}", path.display());
        for command in [
            &mut stop(&flagged),
            stop(&url).env("AWS_CA_BUNDLE", &path),
            stop(&flagged).env("AWS_CA_BUNDLE", &other),
        ] {
            let ran = run(command).await;
            assert_eq!((ran.exit, &*ran.stderr), (0, ""));
        }
    }
    assert_eq!(server.handshakes(), 6);
}

#[tokio::test]
async fn the_platforms_roots_are_those_of_its_bundle_and_those_of_its_directory() {
    // Of one name: a chain to one of them is refused by the other's key.
    let [in_bundle, in_directory, stranger] = ["known"; 3].map(Authority::new);
    let (_directory, bundle) = file(in_bundle.pem().as_bytes());
    let (directory, _) = file(in_directory.pem().as_bytes());
    for (authority, exit) in [(&in_bundle, 0), (&in_directory, 0), (&stranger, 255)] {
        let config = authority.server("localhost", -1, 1);
        let server = TlsServer::start(config, OK, Notify::Yes).await;
        for transport in TRANSPORTS {
            let url = format!("https://localhost:{}", server.port());
            let mut command = stop(&format!("--endpoint-url {url} --transport {transport}"));
            command.env("SSL_CERT_FILE", &bundle).env("SSL_CERT_DIR", directory.path());
            let ran = run(&mut command).await;
            assert_eq!(ran.exit, exit, "{ran:?}");
            assert_eq!(exit != 0, ran.stderr.contains("invalid peer certificate"), "{ran:?}");
        }
    }
}

#[tokio::test]
async fn what_is_not_to_be_trusted_is_not_sent_to() {
    let (known, other) = (Authority::new("known"), Authority::new("other"));
    let (_directory, path) = file(known.pem().as_bytes());
    for (config, problem) in [
        (other.server("localhost", -1, 1), "invalid peer certificate: UnknownIssuer"),
        (known.server("wrong.invalid", -1, 1), "certificate not valid for name"),
        (known.server("localhost", -3, -1), "certificate expired"),
    ] {
        let server = TlsServer::start(config, OK, Notify::Yes).await;
        let flags = format!(
            "--endpoint-url https://localhost:{} --ca-bundle {}",
            server.port(),
            path.display()
        );
        assert_eq!(error(&flags).await, outcome("Tls", "not-sent", false), "{problem}");
        for transport in TRANSPORTS {
            let ran = run(&mut stop(&format!("{flags} --transport {transport}"))).await;
            assert!(ran.stderr.contains(problem), "{problem}: {}", ran.stderr);
            assert_eq!(ran.stderr.lines().count(), 3, "{}", ran.stderr);
        }
        assert_eq!(server.handshakes(), 0, "{problem}");
    }
}
