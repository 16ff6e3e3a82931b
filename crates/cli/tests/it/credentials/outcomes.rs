//! Each source with each outcome, over both transports, at the loudest.

use kendra_sync_test_servers::Raw;

use super::called::{kendra, keys, stop};
use super::scripted::{ASKED_WITH, Outcome, SECRET, Source, TOKEN};
use crate::command::{Ran, TRANSPORTS, run};
use crate::secrets::assert_clean;

/// A call with this source; gives what came of it, and the keys that Kendra saw.
async fn called(
    source: Source,
    outcome: Outcome,
    transport: &str,
    kendra: &Raw,
    arguments: &str,
) -> (Ran, Raw) {
    let home = tempfile::tempdir().unwrap();
    let server = source.start(outcome).await;
    let arguments = format!("--transport {transport} --debug {arguments}");
    let mut command = stop(kendra, home.path(), &arguments);
    command.env("RUST_LOG", "trace");
    source.configure(&mut command, home.path(), &server, outcome);
    let ran = run(&mut command).await;
    assert_clean(&ran, &[&format!("{SECRET}1"), &format!("{TOKEN}1"), ASKED_WITH]);
    (ran, server)
}

#[tokio::test]
async fn each_source_gives_credentials() {
    for source in Source::ALL {
        for transport in TRANSPORTS {
            let kendra = kendra(&[200]).await;
            let (ran, _server) = called(source, Outcome::Good(3600), transport, &kendra, "").await;
            assert_eq!(ran.exit, 0, "{source:?} {transport}: {}", ran.stderr);
            assert_eq!(keys(&kendra), ["AKID1"], "{source:?} {transport}");
            let request = String::from_utf8(kendra.requests().remove(0)).unwrap().to_lowercase();
            let token = format!("x-amz-security-token: {TOKEN}1\r\n").to_lowercase();
            assert!(request.contains(&token), "{request}");
        }
    }
}

/// The first attempt is answered with 500; before the second one the credentials are looked at again.
#[tokio::test]
async fn credentials_that_expire_soon_are_replaced_before_the_next_attempt() {
    for source in Source::ALL {
        for transport in TRANSPORTS {
            for (life, used) in [(200, ["AKID1", "AKID2"]), (3600, ["AKID1", "AKID1"])] {
                let kendra = kendra(&[500, 200]).await;
                let (ran, _server) =
                    called(source, Outcome::Good(life), transport, &kendra, "").await;
                assert_eq!(ran.exit, 0, "{source:?} {transport}: {}", ran.stderr);
                assert_eq!(keys(&kendra), used, "{source:?} {transport} {life}");
            }
        }
    }
}

#[tokio::test]
async fn a_source_that_refuses_ends_the_search_with_its_reason() {
    for source in Source::ALL {
        for transport in TRANSPORTS {
            let kendra = kendra(&[200]).await;
            let (ran, server) = called(source, Outcome::Denied, transport, &kendra, "").await;
            // The refusals repeat what was asked, signature and all.
            let asked = server.requests().concat();
            let asked = String::from_utf8_lossy(&asked);
            let signatures = asked.split("Signature=").skip(1);
            let signatures: Vec<&str> = signatures.map(|rest| rest.get(..64).unwrap()).collect();
            assert_eq!(signatures.len(), usize::from(source == Source::Role));
            assert_clean(&ran, &signatures);
            assert_eq!(ran.exit, 253, "{source:?} {transport}: {}", ran.stderr);
            assert_eq!(kendra.accepted(), 0);
            let reason = match source {
                Source::Container => {
                    "  container: Non-success status from HTTP credential provider: StatusCode(403)"
                }
                Source::Instance => "  instance metadata: http://127.0.0.1",
                Source::Process => {
                    "  profile default: credential_process: the command failed: exit status: 3"
                }
                Source::Role => "  profile default (from base): STS answered AccessDenied: not you",
                Source::Sso => {
                    "  profile default: sso: the portal answered UnauthorizedException: not you"
                }
                Source::WebIdentity => "  web identity: STS answered AccessDenied: not you",
                Source::WebIdentityOfProfile => {
                    "  profile default: STS answered AccessDenied: not you"
                }
            };
            assert!(ran.stderr.contains(reason), "{source:?} {transport}: {}", ran.stderr);
            let last = ran.stderr.lines().last().unwrap();
            assert!(last.starts_with("  next: "), "{}", ran.stderr);
        }
    }
}

#[tokio::test]
async fn an_answer_that_means_nothing_is_an_error_that_does_not_repeat_it() {
    for source in Source::ALL {
        for transport in TRANSPORTS {
            let kendra = kendra(&[200]).await;
            let (ran, _server) = called(source, Outcome::Garbage, transport, &kendra, "").await;
            assert_eq!(ran.exit, 253, "{source:?} {transport}: {}", ran.stderr);
            assert_eq!(kendra.accepted(), 0);
        }
    }
}

/// The limit of the whole operation holds for credentials too.
#[tokio::test]
async fn a_source_that_says_nothing_does_not_hold_a_call_past_its_limit() {
    for source in Source::ALL {
        for transport in TRANSPORTS {
            let kendra = kendra(&[200]).await;
            let started = std::time::Instant::now();
            let (ran, _server) =
                called(source, Outcome::Silent, transport, &kendra, "--timeout 0.5").await;
            assert!(ran.exit == 255 || ran.exit == 253, "{source:?} {transport}: {}", ran.stderr);
            assert!(started.elapsed() < std::time::Duration::from_secs(10), "{source:?}");
            assert_eq!(kendra.accepted(), 0);
        }
    }
}
