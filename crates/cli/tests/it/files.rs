//! AWS's configuration files, as they are on disk.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use kendra_sync_test_servers::{End, Raw};
use tempfile::TempDir;
use tokio::process::Command;

use crate::command::{INDEX, Ran, SECRET, TRANSPORTS, kendra_sync, run, unsent_json};

const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

/// A home directory with this configuration.
fn home(config: impl AsRef<[u8]>) -> TempDir {
    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir(home.path().join(".aws")).unwrap();
    std::fs::write(home.path().join(".aws/config"), config).unwrap();
    home
}

/// `stop` with credentials alone in the environment.
fn stop(home: &Path, arguments: &str) -> Command {
    let mut command = kendra_sync(&format!("stop --index-id {INDEX} --id wiki {arguments}"));
    command
        .env("HOME", home)
        .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", SECRET);
    command
}

#[tokio::test]
async fn a_profile_is_all_that_a_call_needs_to_be_told() {
    let server = Raw::start(vec![OK.to_vec()], End::Close).await;
    let home = home(format!(
        "[default]\nregion = eu-west-1\nendpoint_url = http://unused.invalid\n\
         [profile ops]\nregion = us-east-2\nservices = local\nsdk_ua_app_id = nightly\n\
         [services local]\nkendra =\n  endpoint_url = {}/pre\n",
        server.url()
    ));
    for transport in TRANSPORTS {
        let flags = format!("--transport {transport} --retry-mode off");
        let ran = run(stop(home.path(), &flags).env("AWS_PROFILE", "ops")).await;
        assert_eq!((ran.exit, &*ran.stderr), (0, ""));
    }
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    for request in requests {
        let request = String::from_utf8(request).unwrap().to_ascii_lowercase();
        assert!(request.starts_with("post /pre/ http/1.1\r\n"), "{request}");
        assert!(request.contains("/us-east-2/kendra/aws4_request"), "{request}");
        assert!(request.contains(" app/nightly"), "{request}");
    }
}

/// As for the AWS CLI: who names a profile does not mean whom the environment names.
#[tokio::test]
async fn a_profile_on_the_command_line_puts_the_environments_credentials_aside() {
    let home = home("[profile ops]\nregion = eu-west-1\n");
    let mut command = stop(home.path(), "--profile ops --output json");
    let ran = run(command.env("AWS_EC2_METADATA_DISABLED", "true")).await;
    let message = "no credentials: environment: not used, since --profile is given; profile ops: \
                   says nothing of credentials; web identity: AWS_WEB_IDENTITY_TOKEN_FILE is not set; \
                   container: neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor \
                   AWS_CONTAINER_CREDENTIALS_FULL_URI is set; instance metadata: \
                   AWS_EC2_METADATA_DISABLED is true";
    assert_eq!(ran, Ran::new(253, "", &unsent_json("NoCredentials", message)));
    let mut command = kendra_sync("config --profile ops --output json");
    command.env("HOME", home.path()).env("AWS_ACCESS_KEY_ID", "half a key");
    command.env("AWS_EC2_METADATA_DISABLED", "true");
    let ran = run(&mut command).await;
    assert_eq!(ran.exit, 0);
    assert!(
        ran.stdout.contains(r#""credentials":{"value":null,"source":"default"}"#),
        "{}",
        ran.stdout
    );
}

#[tokio::test]
async fn what_is_wrong_in_a_file_is_named_by_file_profile_and_key() {
    for (config, profile, expected) in [
        (
            "[default]\nregion = eu west 1\n",
            "",
            "<file>: profile default: region: region may hold only ASCII letters, digits and '-', got ' ' at byte 2",
        ),
        (
            "[profile ops]\nregion = eu-west-1\nendpoint_url = kendra:443\n",
            "ops",
            "<file>: profile ops: endpoint_url: endpoint URL must start with http:// or https://",
        ),
        (
            "[profile ops]\nregion = eu-west-1\nmax_attempts = -1\n",
            "ops",
            "<file>: profile ops: max_attempts: the number of attempts must be from 1 to 100",
        ),
        (
            "region = eu-west-1\n",
            "",
            "error parsing <file> on line 1: Expected a profile definition",
        ),
        (
            "[default]\n\nregion\n",
            "",
            "error parsing <file> on line 3: Expected an '=' sign defining a property",
        ),
        (
            "[ops]\nregion = eu-west-1\n",
            "ops",
            "AWS_PROFILE: no profile ops in <file> or <home>/.aws/credentials; [ops] in <file> must be [profile ops]",
        ),
    ] {
        let home = home(config);
        let path = home.path().join(".aws/config").display().to_string();
        let expected = expected.replace("<file>", &path);
        let expected = expected.replace("<home>", &home.path().display().to_string());
        let ran = run(stop(home.path(), "--output json").env("AWS_PROFILE", profile)).await;
        assert_eq!(ran, Ran::new(253, "", &unsent_json("Configuration", &expected)));
    }
    let home = home(b"[default]\nregion = eu-west-1\xff\n");
    let path = home.path().join(".aws/config").display().to_string();
    let ran = run(&mut stop(home.path(), "")).await;
    let text =
        format!("error: {path}: line 2 is not valid UTF-8\n  next: correct it, or unset it\n");
    assert_eq!(ran, Ran::new(253, "", &text));
}

#[tokio::test]
async fn with_everything_in_the_environment_no_file_is_read() {
    let server = Raw::start(vec![OK.to_vec()], End::Close).await;
    // Whoever reads it fails.
    let home = home("no configuration");
    let complete = |arguments: &str| {
        let mut command = stop(home.path(), arguments);
        command.envs([
            ("AWS_REGION", "eu-west-1"),
            ("AWS_ENDPOINT_URL", &server.url()),
            ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "false"),
            ("AWS_USE_FIPS_ENDPOINT", "false"),
            ("AWS_USE_DUALSTACK_ENDPOINT", "false"),
            ("AWS_MAX_ATTEMPTS", "1"),
            ("AWS_RETRY_MODE", "standard"),
            ("AWS_SDK_UA_APP_ID", "nightly"),
        ]);
        command
    };
    let authority = kendra_sync_test_servers::Authority::new("one");
    let bundle = home.path().join("ca.pem");
    std::fs::write(&bundle, authority.pem()).unwrap();
    for transport in TRANSPORTS {
        let flags = format!("--transport {transport}");
        let ran = run(complete(&flags).env("AWS_CA_BUNDLE", &bundle)).await;
        assert_eq!((ran.exit, &*ran.stderr), (0, ""));
        assert_eq!(run(&mut complete(&flags)).await.exit, 253);
    }
    assert_eq!(server.requests().len(), 2);
}

/// A container often runs as a user who may not look into the home directory that it was given.
#[tokio::test]
async fn a_home_that_may_not_be_looked_into_has_no_files() {
    let home = home("no configuration");
    let aws = home.path().join(".aws");
    let modes = |directory, file| {
        let set = |path: &Path, mode| {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        };
        set(&aws, 0o700);
        set(&aws.join("config"), file);
        set(&aws, directory);
    };
    modes(0o000, 0o600);
    if std::fs::read_dir(&aws).is_ok() {
        // Root may look everywhere; what is read is then what is there.
        let ran = run(kendra_sync("config --region eu-west-1").env("HOME", home.path())).await;
        assert_eq!(ran.exit, 253);
    } else {
        let ran = run(kendra_sync("config --region eu-west-1").env("HOME", home.path())).await;
        assert_eq!((ran.exit, &*ran.stderr), (0, ""));
        modes(0o700, 0o000);
        let ran = run(kendra_sync("config --region eu-west-1").env("HOME", home.path())).await;
        assert_eq!(ran.exit, 253);
        assert!(ran.stderr.contains("Permission denied"), "{}", ran.stderr);
    }
    modes(0o700, 0o600);
}
