//! Which source is asked, and what is said when none gives any.

use kendra_sync_test_servers::{End, Raw};

use super::called::{kendra, keys, stop};
use super::scripted::{Outcome, Source};
use crate::command::{Ran, TRANSPORTS, kendra_sync, run};
use crate::secrets::assert_clean;

#[tokio::test]
async fn when_nothing_is_found_each_source_is_named_with_its_reason() {
    let home = tempfile::tempdir().unwrap();
    let kendra = kendra(&[200]).await;
    let path = home.path().display();
    for transport in TRANSPORTS {
        let ran = run(&mut stop(&kendra, home.path(), &format!("--transport {transport}"))).await;
        let text = format!(
            "error: no credentials\n  environment: AWS_ACCESS_KEY_ID is not set\n  profile default: no \
             profile default in {path}/.aws/config or {path}/.aws/credentials\n  web identity: \
             AWS_WEB_IDENTITY_TOKEN_FILE is not set\n  container: neither \
             AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor AWS_CONTAINER_CREDENTIALS_FULL_URI is set\n  \
             instance metadata: AWS_EC2_METADATA_DISABLED is true\n  next: run aws configure, or set \
             AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN if there is one)\n"
        );
        assert_eq!(ran, Ran::new(253, "", &text));
    }
}

/// `role_arn` goes before keys, as for every SDK: the other identity would be the wrong one.
#[tokio::test]
async fn a_profile_with_a_role_and_keys_assumes_the_role() {
    for transport in TRANSPORTS {
        let home = tempfile::tempdir().unwrap();
        let (kendra, server) =
            (kendra(&[200]).await, Source::Role.start(Outcome::Good(3600)).await);
        let mut command =
            stop(&kendra, home.path(), &format!("--transport {transport} --profile ops"));
        Source::Role.configure(&mut command, home.path(), &server, Outcome::Good(3600));
        let config = "[profile ops]\nrole_arn = arn:aws:iam::111122223333:role/ops\nsource_profile = ops\n\
                      aws_access_key_id = AKIDOPS\naws_secret_access_key = 0123456789abcdef\n\
                      external_id = ext\nduration_seconds = 900\nrole_session_name = me\n";
        std::fs::write(home.path().join(".aws/config"), config).unwrap();
        // The command line's profile goes before the environment's keys.
        command.env("AWS_ACCESS_KEY_ID", "AKIDENV").env("AWS_SECRET_ACCESS_KEY", "env");
        let ran = run(&mut command).await;
        assert_eq!(ran.exit, 0, "{}", ran.stderr);
        assert_eq!(keys(&kendra), ["AKID1"]);
        let asked = String::from_utf8(server.requests().remove(0)).unwrap();
        for part in [
            "Credential=AKIDOPS/",
            "Action=AssumeRole&",
            "RoleArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fops",
            "RoleSessionName=me",
            "ExternalId=ext",
            "DurationSeconds=900",
        ] {
            assert!(asked.contains(part), "{part}: {asked}");
        }
    }
}

/// What is configured and broken ends the search: a tripwire stands where it would go on.
#[tokio::test]
async fn a_broken_source_is_the_last_one() {
    let role = "role_arn = arn:aws:iam::1:role/r\n";
    for (config, part) in [
        (format!("{role}source_profile = none\n"), "source_profile: there is no profile none"),
        (role.to_owned(), "role_arn: source_profile or credential_source is missing beside it"),
        (
            format!("{role}source_profile = b\n[profile b]\n{role}source_profile = default\n"),
            "default -> b -> default goes round in a circle",
        ),
        (
            format!("{role}credential_source = Moon\n"),
            "credential_source: must be Environment, Ec2InstanceMetadata or EcsContainer",
        ),
        (
            format!("{role}source_profile = b\n[profile b]\nregion = x\n"),
            "the profile that it needs has no credentials",
        ),
        (
            format!("{role}source_profile = default\nmfa_serial = 1\n"),
            "mfa_serial: a code of a device",
        ),
        ("aws_access_key_id = AKID\n".to_owned(), "aws_secret_access_key is missing beside it"),
        (
            "sso_session = corp\nsso_account_id = 1\nsso_role_name = r\n".to_owned(),
            "[sso-session corp] is missing, or has no sso_region",
        ),
        ("sso_account_id = 1\n".to_owned(), "sso_account_id: sso_region is missing beside it"),
        (
            "web_identity_token_file = /t\n".to_owned(),
            "web_identity_token_file: role_arn is missing beside it",
        ),
        (
            format!("{role}web_identity_token_file = /nonexistent/token\n"),
            "the token's file /nonexistent/token: ",
        ),
        (
            "credential_process = /nonexistent/program\n".to_owned(),
            "credential_process: the command cannot be started: entity not found",
        ),
        (
            "credential_process = sh 'open\n".to_owned(),
            "credential_process: the command has a quote that is not closed",
        ),
        (
            "login_session = arn\n".to_owned(),
            "login_session: a sign-in by aws login is not supported",
        ),
        (
            "sso_start_url = https://x\nsso_region = r\nsso_account_id = 1\nsso_role_name = r\n"
                .to_owned(),
            "next: run aws sso login --profile default",
        ),
    ] {
        let home = tempfile::tempdir().unwrap();
        let (kendra, tripwire) = (kendra(&[200]).await, Raw::start(Vec::new(), End::Close).await);
        let mut command = stop(&kendra, home.path(), "");
        Source::Instance.configure(&mut command, home.path(), &tripwire, Outcome::Silent);
        command.env("AWS_CONTAINER_CREDENTIALS_FULL_URI", tripwire.url());
        std::fs::write(home.path().join(".aws/config"), format!("[default]\n{config}")).unwrap();
        let ran = run(&mut command).await;
        assert_eq!(ran.exit, 253, "{config}: {}", ran.stderr);
        assert!(ran.stderr.contains(part), "{config}: {}", ran.stderr);
        assert_eq!((tripwire.accepted(), kendra.accepted()), (0, 0), "{config}");
    }
}

#[tokio::test]
async fn the_config_command_names_the_source_without_asking_it() {
    for (source, value, from) in [
        (Source::Container, "container", "environment AWS_CONTAINER_CREDENTIALS_FULL_URI"),
        (Source::Instance, "instance-metadata", "default"),
        (Source::Process, "credential_process", "profile default (<config>)"),
        (Source::Role, "assume-role", "profile default (<config>)"),
        (Source::Sso, "sso", "profile default (<config>)"),
        (Source::WebIdentity, "web-identity", "environment AWS_WEB_IDENTITY_TOKEN_FILE"),
        (Source::WebIdentityOfProfile, "web-identity", "profile default (<config>)"),
    ] {
        let home = tempfile::tempdir().unwrap();
        let tripwire = Raw::start(Vec::new(), End::Close).await;
        let mut command = kendra_sync("config --output json");
        command.env("HOME", home.path()).env("AWS_REGION", "eu-west-1");
        source.configure(&mut command, home.path(), &tripwire, Outcome::Good(3600));
        let ran = run(&mut command).await;
        let config = home.path().join(".aws/config").display().to_string();
        let expected = format!("\"credentials\":{{\"value\":\"{value}\",\"source\":\"{from}\"}}");
        let expected = expected.replace("<config>", &config);
        assert!(ran.stdout.contains(&expected), "{expected}: {} {}", ran.stdout, ran.stderr);
        assert_eq!(tripwire.accepted(), 0);
    }
}

/// A token in clear goes to this machine and AWS's own addresses alone.
#[tokio::test]
async fn a_container_endpoint_elsewhere_gets_no_token() {
    let token = "Bearer-0a1b2c3d4e5f60718293a4b5";
    for transport in TRANSPORTS {
        for uri in [
            "http://192.0.2.1/creds",
            "http://169.254.169.254/creds",
            "http://[2001:db8::1]/creds",
            "not a uri",
        ] {
            let home = tempfile::tempdir().unwrap();
            let kendra = kendra(&[200]).await;
            let mut command =
                stop(&kendra, home.path(), &format!("--transport {transport} --debug"));
            command
                .env("AWS_CONTAINER_CREDENTIALS_FULL_URI", uri)
                .env("AWS_CONTAINER_AUTHORIZATION_TOKEN", token);
            let ran = run(&mut command).await;
            assert_eq!(ran.exit, 253, "{uri}: {}", ran.stderr);
            assert!(ran.stderr.contains("invalid full URI"), "{uri}: {}", ran.stderr);
            assert_clean(&ran, &[token]);
        }
        let nowhere = format!("http://{}/", "a".repeat(64));
        let home = tempfile::tempdir().unwrap();
        let kendra = kendra(&[200]).await;
        let mut command = stop(&kendra, home.path(), &format!("--transport {transport}"));
        let ran = run(command.env("AWS_CONTAINER_CREDENTIALS_FULL_URI", nowhere)).await;
        assert_eq!(ran.exit, 253);
        assert!(ran.stderr.contains("DNS lookup"), "{}", ran.stderr);
        // A name is looked up, and a token's file goes before a token.
        let home = tempfile::tempdir().unwrap();
        let (kendra, server) = (
            super::called::kendra(&[200]).await,
            Source::Container.start(Outcome::Good(3600)).await,
        );
        let mut command = stop(&kendra, home.path(), &format!("--transport {transport}"));
        std::fs::write(home.path().join("token"), "of-the-file").unwrap();
        command
            .env(
                "AWS_CONTAINER_CREDENTIALS_FULL_URI",
                format!("http://localhost:{}/creds?a=b", server.address().port()),
            )
            .env("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", home.path().join("token"))
            .env("AWS_CONTAINER_AUTHORIZATION_TOKEN", token);
        let ran = run(&mut command).await;
        assert_eq!(ran.exit, 0, "{}", ran.stderr);
        let asked = String::from_utf8(server.requests().remove(0)).unwrap().to_lowercase();
        assert!(asked.starts_with("get /creds?a=b "), "{asked}");
        assert!(asked.contains("authorization: of-the-file\r\n"), "{asked}");
    }
}
