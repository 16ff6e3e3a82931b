//! Credential requests to this machine or its link go past every proxy.

use kendra_sync_test_servers::{End, Raw};

use super::called::{kendra, keys, stop};
use super::scripted::{Outcome, Source};
use crate::command::{TRANSPORTS, run};

#[tokio::test]
async fn no_proxy_hears_of_a_credential_request_to_this_machine() {
    for source in [Source::Container, Source::Instance, Source::Role, Source::Sso] {
        for transport in TRANSPORTS {
            let home = tempfile::tempdir().unwrap();
            let (kendra, proxy) = (kendra(&[200]).await, Raw::start(Vec::new(), End::Close).await);
            let outcome = Outcome::Good(3600);
            let server = source.start(outcome).await;
            let mut command = stop(&kendra, home.path(), &format!("--transport {transport}"));
            // Kendra itself is reached without one.
            let port = kendra.address().port();
            command
                .env("HTTP_PROXY", proxy.url())
                .env("HTTPS_PROXY", proxy.url())
                .env("NO_PROXY", format!("127.0.0.1:{port}"));
            source.configure(&mut command, home.path(), &server, outcome);
            let ran = run(&mut command).await;
            assert_eq!(
                (ran.exit, proxy.accepted()),
                (0, 0),
                "{source:?} {transport}: {}",
                ran.stderr
            );
            assert_eq!(keys(&kendra), ["AKID1"]);
        }
    }
}
