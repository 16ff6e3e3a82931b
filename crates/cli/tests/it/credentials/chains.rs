//! Profiles that lead to others, sign-ins in each form, and recordings.

use std::path::Path;

use kendra_sync_test_servers::Raw;

use super::called::{kendra, keys, stop};
use super::scripted::{ASKED_WITH, Outcome, SECRET, Source, TOKEN, response};
use crate::command::{TRANSPORTS, run};
use crate::secrets::assert_clean;

const GOOD: Outcome = Outcome::Good(3600);
const ROLE: &str = "role_arn = arn:aws:iam::111122223333:role/ops\n";

fn write(home: &Path, config: &str) {
    std::fs::write(home.join(".aws/config"), config).unwrap();
}

/// The last answer is what Kendra is called with, the others lead to it.
#[tokio::test]
async fn roles_are_assumed_one_after_the_other_from_any_base() {
    let process = "[profile base]\ncredential_process = sh <home>/process.sh\n";
    let keys_of_base = "[profile base]\naws_access_key_id = AKIDBASE\naws_secret_access_key = s\n";
    let environment = [("AWS_ACCESS_KEY_ID", "AKIDENV"), ("AWS_SECRET_ACCESS_KEY", "s")];
    for (config, variables, signed, key) in [
        (format!("{ROLE}source_profile = base\n{process}"), &[][..], &["AKID1/"][..], "AKID1"),
        (
            format!(
                "{ROLE}source_profile = b\n[profile b]\n{ROLE}source_profile = base\n{keys_of_base}"
            ),
            &[],
            &["AKIDBASE/", "AKID1/"],
            "AKID2",
        ),
        // Who is named as a source gives its own keys.
        (
            format!(
                "{ROLE}source_profile = b\n[profile b]\n{ROLE}source_profile = c\naws_access_key_id = AKIDB\naws_secret_access_key = s\n"
            ),
            &[],
            &["AKIDB/"],
            "AKID1",
        ),
        (format!("{ROLE}credential_source = Environment\n"), &environment, &["AKIDENV/"], "AKID1"),
        (format!("{ROLE}credential_source = Ec2InstanceMetadata\n"), &[], &["AKID1/"], "AKID2"),
        (format!("{ROLE}credential_source = EcsContainer\n"), &[], &["AKID1/"], "AKID2"),
    ] {
        for transport in TRANSPORTS {
            let home = tempfile::tempdir().unwrap();
            let (kendra, server) = (kendra(&[200]).await, Source::Role.start(GOOD).await);
            let mut command =
                stop(&kendra, home.path(), &format!("--transport {transport} --profile ops"));
            for source in [Source::Process, Source::Container, Source::Instance, Source::Role] {
                source.configure(&mut command, home.path(), &server, GOOD);
            }
            command.envs(variables.iter().copied());
            let config = config.replace("<home>", &home.path().display().to_string());
            write(home.path(), &format!("[profile ops]\n{config}"));
            let ran = run(&mut command).await;
            assert_eq!(ran.exit, 0, "{config} {transport}: {}", ran.stderr);
            assert_eq!(keys(&kendra), [key], "{config} {transport}");
            let asked: Vec<String> = server
                .requests()
                .iter()
                .filter_map(|request| {
                    let request = String::from_utf8_lossy(request).into_owned();
                    let (_, rest) = request.split_once("Credential=")?;
                    Some(format!("{}/", rest.split('/').next()?))
                })
                .collect();
            assert_eq!(asked, signed, "{config} {transport}");
        }
    }
}

/// The cache's file of a sign-in under `name`.
fn sign_in(home: &Path, file: &str, content: &str) {
    std::fs::create_dir_all(home.join(".aws/sso/cache")).unwrap();
    std::fs::write(home.join(".aws/sso/cache").join(file), content).unwrap();
}

#[tokio::test]
async fn a_sign_in_that_has_expired_is_renewed_or_asked_for() {
    for transport in TRANSPORTS {
        for renewable in [true, false] {
            let home = tempfile::tempdir().unwrap();
            let kendra = kendra(&[200]).await;
            let portal = Source::Sso.start(GOOD).await;
            let oidc = Raw::answering(|_, _| {
                response(200, "application/json", "{\"accessToken\":\"Renewed-0987654321-token\",\"expiresIn\":3600,\"tokenType\":\"Bearer\"}")
            })
            .await;
            let mut command = stop(
                &kendra,
                home.path(),
                &format!("--transport {transport} --debug --profile default"),
            );
            Source::Sso.configure(&mut command, home.path(), &portal, GOOD);
            command.env("AWS_ENDPOINT_URL_SSO_OIDC", oidc.url()).env("RUST_LOG", "trace");
            let renewal = if renewable {
                format!(
                    ",\"clientId\":\"client\",\"clientSecret\":\"{SECRET}1\",\"refreshToken\":\"{TOKEN}1\",\
                     \"registrationExpiresAt\":\"2099-01-01T00:00:00Z\""
                )
            } else {
                String::new()
            };
            let content = format!(
                "{{\"accessToken\":\"{ASKED_WITH}\",\"expiresAt\":\"2001-01-01T00:00:00Z\"{renewal}}}"
            );
            let file =
                std::fs::read_dir(home.path().join(".aws/sso/cache")).unwrap().next().unwrap();
            sign_in(home.path(), file.unwrap().file_name().to_str().unwrap(), &content);
            let ran = run(&mut command).await;
            assert_clean(
                &ran,
                &[
                    ASKED_WITH,
                    "Renewed-0987654321-token",
                    &format!("{SECRET}1"),
                    &format!("{TOKEN}1"),
                ],
            );
            if renewable {
                assert_eq!(ran.exit, 0, "{}", ran.stderr);
                let asked = String::from_utf8(portal.requests().remove(0)).unwrap().to_lowercase();
                assert!(
                    asked.contains("x-amz-sso_bearer_token: renewed-0987654321-token\r\n"),
                    "{asked}"
                );
            } else {
                assert_eq!((ran.exit, oidc.accepted(), portal.accepted()), (253, 0, 0));
                let end = "  profile default: sso: the SSO token has expired and cannot be refreshed\n  next: run \
                           aws sso login --profile default\n";
                assert!(ran.stderr.ends_with(end), "{}", ran.stderr);
            }
        }
    }
}

/// The form without a session: the token is kept under the hash of the start URL.
#[tokio::test]
async fn the_older_form_of_a_sign_in_works_too() {
    let home = tempfile::tempdir().unwrap();
    let (kendra, portal) = (kendra(&[200]).await, Source::Sso.start(GOOD).await);
    let mut command = stop(&kendra, home.path(), "");
    Source::Sso.configure(&mut command, home.path(), &portal, GOOD);
    write(
        home.path(),
        "[default]\nsso_start_url = https://d.awsapps.com/start\nsso_region = eu-west-1\n\
                        sso_account_id = 111122223333\nsso_role_name = ops\n",
    );
    let token = "{\"accessToken\":\"older-form\",\"expiresAt\":\"2099-01-01T00:00:00Z\"}";
    sign_in(home.path(), START_URL, token);
    let ran = run(&mut command).await;
    assert_eq!(ran.exit, 0, "{}", ran.stderr);
    let asked = String::from_utf8(portal.requests().remove(0)).unwrap().to_lowercase();
    assert!(asked.contains("x-amz-sso_bearer_token: older-form\r\n"), "{asked}");
}

/// Only the call is recorded, and nothing of what it was signed with.
#[tokio::test]
async fn a_recording_holds_neither_the_search_nor_its_result() {
    for source in [Source::Role, Source::Container, Source::Process] {
        for transport in TRANSPORTS {
            let home = tempfile::tempdir().unwrap();
            let file = home.path().join("stop.har");
            let server = source.start(GOOD).await;
            // A Kendra that knows the secret, and tells it.
            let kendra = Raw::answering(|_, _| {
                let body = format!("{{\"__type\":\"ValidationException\",\"message\":\"{SECRET}1 {TOKEN}1 AKID1\"}}");
                response(400, "application/x-amz-json-1.1", &body)
            })
            .await;
            let arguments = format!("--transport {transport} --record {}", file.display());
            let mut command = stop(&kendra, home.path(), &arguments);
            source.configure(&mut command, home.path(), &server, GOOD);
            let ran = run(&mut command).await;
            assert_eq!(ran.exit, 254, "{source:?} {transport}: {}", ran.stderr);
            let recorded = std::fs::read_to_string(&file).unwrap();
            for window in [format!("{SECRET}1"), format!("{TOKEN}1"), ASKED_WITH.to_owned()]
                .iter()
                .flat_map(|secret| secret.as_bytes().windows(8))
            {
                let window = std::str::from_utf8(window).unwrap();
                assert!(
                    !recorded.contains(window),
                    "{source:?} {transport}: {window} in {recorded}"
                );
            }
            let recorded: serde_json::Value = serde_json::from_str(&recorded).unwrap();
            assert_eq!(recorded["log"]["entries"].as_array().unwrap().len(), 1);
        }
    }
}

/// The SHA-1 of `https://d.awsapps.com/start`.
const START_URL: &str = "55ef7a9cf0faa7e6830be02dd04fb62b1c3c5000.json";
