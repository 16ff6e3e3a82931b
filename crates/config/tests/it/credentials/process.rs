//! `credential_process`: whatever the program does, there is an answer within the limit.
#![cfg(unix)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use kendra_sync_core::blocking::ProvideCredentials;

use super::scripted::{Reply, Scripted};
use crate::world::{CONFIG, World};

/// What a shell that runs `script` gives: the key's id, or why there is none.
fn given(script: &str) -> Result<String, String> {
    let config = format!("[default]\ncredential_process = sh -c '{script}'\n");
    let settings = World::new().file(CONFIG, config).load();
    let transport = Arc::new(Scripted::new(|_, _| Reply::Never));
    let chain = settings.blocking_credentials(Arc::clone(&transport)).unwrap();
    let provided = chain.provide(Duration::from_secs(2));
    assert_eq!(transport.sent(), 0);
    provided.map(|c| c.access_key_id().to_owned()).map_err(|error| error.to_string())
}

#[test]
fn a_program_that_fails_hangs_or_prints_something_else_is_named_so() {
    let prefix =
        "no source gave credentials; the last one was profile default: credential_process: ";
    let printed = "what the command printed";
    let wanted = "not the JSON object with Version, AccessKeyId and SecretAccessKey that is wanted";
    for (script, reason) in [
        ("exit 7", "the command failed: exit status: 7".to_owned()),
        ("kill -9 $$", "the command failed: signal: 9 (SIGKILL)".to_owned()),
        ("exec sleep 100", "the command did not end in time".to_owned()),
        // Its output is closed, and it goes on.
        ("exec sleep 100 >&-", "the command did not end in time".to_owned()),
        // It ends, and what it has started keeps the output open.
        ("sleep 4 & exit 0", "the command did not end in time".to_owned()),
        ("true", format!("{printed} is not JSON, line 1 column 0")),
        ("echo garbage-secret", format!("{printed} is not JSON, line 1 column 1")),
        ("echo {}", format!("{printed} is {wanted}, line 1 column 2")),
        ("head -c 10000000 /dev/zero", "the command printed more than 64 KiB".to_owned()),
        ("exec cat /dev/zero", "the command printed more than 64 KiB".to_owned()),
        (
            r#"echo "{\"Version\":2,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s\"}""#,
            format!("{printed} is not of Version 1"),
        ),
        (
            r#"echo "{\"Version\":1,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"\"}""#,
            format!("{printed}: secret access key must not be empty"),
        ),
        (
            r#"echo "{\"Version\":1,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s\",\"Expiration\":\"soon\"}""#,
            "the Expiration that the command printed is no time of ISO 8601".to_owned(),
        ),
        (
            r#"echo "{\"Version\":1,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s\",\"Expiration\":\"2001-01-01T00:00:00Z\"}""#,
            "the credentials that it gave have expired".to_owned(),
        ),
    ] {
        let started = Instant::now();
        assert_eq!(given(script), Err(format!("{prefix}{reason}")), "{script}");
        assert!(started.elapsed() < Duration::from_secs(20), "{script}");
    }
}

#[test]
fn credentials_are_taken_with_and_without_a_token_and_an_end() {
    for rest in [
        "",
        r#",\"SessionToken\":\"t\""#,
        r#",\"SessionToken\":\"\",\"Expiration\":\"2099-01-01T00:00:00Z\""#,
        r#",\"Expiration\":\"2099-01-01T00:00:00.123+01:00\",\"AccountId\":\"1\""#,
        r#",\"SessionToken\":null,\"Expiration\":null"#,
    ] {
        let script = format!(
            r#"echo "{{\"Version\":1,\"AccessKeyId\":\"AKID\",\"SecretAccessKey\":\"s\"{rest}}}""#
        );
        assert_eq!(given(&script), Ok("AKID".to_owned()), "{rest}");
    }
}
