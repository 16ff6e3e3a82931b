//! `kendra-sync config`: what is shown, and what is an error.

use kendra_sync_test_servers::{Authority, End, Raw};
use serde_json::Value;
use tokio::process::Command;

use crate::command::{INDEX, Ran, SECRET, TOKEN, file, kendra_sync, run, unsent_json};

fn config(arguments: &str) -> Command {
    kendra_sync(&format!("config {arguments}"))
}

/// Value and source of one setting.
async fn shown(command: &mut Command, name: &str) -> (Value, String) {
    let ran = run(command.args(["--output", "json"])).await;
    assert_eq!((ran.exit, &*ran.stderr), (0, ""), "{name}");
    let mut shown: Value = serde_json::from_str(&ran.stdout).unwrap();
    let setting = shown["settings"][name].take();
    (setting["value"].clone(), setting["source"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn settings_are_an_aligned_table() {
    let ran = run(config("--profile").arg("default").env("HOME", "/nonexistent")).await;
    let message = "--profile: no profile default in /nonexistent/.aws/config or \
                   /nonexistent/.aws/credentials";
    let advice = "name another profile, or add this one with aws configure";
    assert_eq!(ran, Ran::new(253, "", &format!("error: {message}\n  next: {advice}\n")));
    let table = "\
setting          value                                   source
region           eu-west-1                               environment AWS_REGION
endpoint         https://kendra.eu-west-1.amazonaws.com  endpoint rules
profile          default                                 default
credentials      instance-metadata                       default
transport        hyper                                   default
proxy            -                                       default
ca_bundle        -                                       default
max_attempts     3                                       default
retry_mode       standard                                default
timeout          60                                      default
connect_timeout  3.1                                     default
attempt_timeout  30                                      default
fips             false                                   default
dualstack        false                                   default
app_id           -                                       default
";
    let ran = run(config("").env("AWS_REGION", "eu-west-1")).await;
    assert_eq!(ran, Ran::new(0, table, ""));
}

#[tokio::test]
async fn settings_are_one_object_with_each_source() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    let pem = Authority::new("one");
    std::fs::write(path("ca.pem"), pem.pem()).unwrap();
    let content = "[profile ops]\nregion = us-east-2\nuse_fips_endpoint = true\nmax_attempts = 7\n\
                   sdk_ua_app_id = nightly\n";
    std::fs::write(path("config"), content).unwrap();
    let mut command =
        config("--transport blocking --connect-timeout 0.5 --timeout 10 --output json");
    command
        .arg("--ca-bundle")
        .arg(path("ca.pem"))
        .env("AWS_CONFIG_FILE", path("config"))
        .env("AWS_PROFILE", "ops")
        .env("AWS_USE_DUALSTACK_ENDPOINT", "true")
        .env("AWS_RETRY_MODE", "standard")
        .env("HTTPS_PROXY", "http://user:hunter2hunter2@proxy:3128")
        .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", SECRET)
        .env("AWS_SESSION_TOKEN", TOKEN);
    let of_profile = format!("profile ops ({})", path("config").display());
    let row = |name: &str, value: &str, source: &str| {
        format!("\"{name}\":{{\"value\":{value},\"source\":\"{source}\"}}")
    };
    let ca = format!("\"{}\"", path("ca.pem").display());
    let rows = [
        row("region", "\"us-east-2\"", &of_profile),
        row("endpoint", "\"https://kendra-fips.us-east-2.api.aws\"", "endpoint rules"),
        row("profile", "\"ops\"", "environment AWS_PROFILE"),
        row("credentials", "\"environment\"", "environment AWS_ACCESS_KEY_ID"),
        row("transport", "\"blocking\"", "flag --transport"),
        row("proxy", "\"http://proxy:3128\"", "environment HTTPS_PROXY"),
        row("ca_bundle", &ca, "flag --ca-bundle"),
        row("max_attempts", "7", &of_profile),
        row("retry_mode", "\"standard\"", "environment AWS_RETRY_MODE"),
        row("timeout", "10", "flag --timeout"),
        row("connect_timeout", "0.5", "flag --connect-timeout"),
        row("attempt_timeout", "30", "default"),
        row("fips", "true", &of_profile),
        row("dualstack", "true", "environment AWS_USE_DUALSTACK_ENDPOINT"),
        row("app_id", "\"nightly\"", &of_profile),
    ];
    let expected = format!("{{\"settings\":{{{}}}}}\n", rows.join(","));
    assert_eq!(run(&mut command).await, Ran::new(0, &expected, ""));
}

/// Each flag, over the variable of the same meaning.
#[tokio::test]
async fn a_flag_goes_before_its_variable() {
    let (_directory, pem) = file(Authority::new("one").pem().as_bytes());
    let (_other, profiles) = file(b"[profile ops]\n");
    let pem = pem.to_str().unwrap();
    for (name, flag, value, shown_value, variable) in [
        ("region", "--region", "us-east-2", Value::from("us-east-2"), "AWS_REGION"),
        (
            "endpoint",
            "--endpoint-url",
            "http://h:1",
            "http://h:1".into(),
            "AWS_ENDPOINT_URL_KENDRA",
        ),
        ("profile", "--profile", "ops", "ops".into(), "AWS_PROFILE"),
        ("transport", "--transport", "blocking", "blocking".into(), ""),
        ("ca_bundle", "--ca-bundle", pem, pem.into(), "AWS_CA_BUNDLE"),
        ("max_attempts", "--max-attempts", "5", 5.into(), "AWS_MAX_ATTEMPTS"),
        ("retry_mode", "--retry-mode", "off", "off".into(), "AWS_RETRY_MODE"),
        ("timeout", "--timeout", "0.25", 0.25.into(), ""),
        ("connect_timeout", "--connect-timeout", "7", 7.into(), ""),
        ("attempt_timeout", "--attempt-timeout", "8.5", 8.5.into(), ""),
    ] {
        let mut command = config(&format!("{flag} {value}"));
        command.env("AWS_REGION", "eu-west-1").env("AWS_CONFIG_FILE", &profiles);
        if !variable.is_empty() {
            command.env(variable, "no such value");
        }
        let expected = (shown_value, format!("flag {flag}"));
        assert_eq!(shown(&mut command, name).await, expected);
    }
    let mut command = config("--no-proxy");
    command.env("AWS_REGION", "eu-west-1").env("HTTPS_PROXY", "no such value");
    assert_eq!(shown(&mut command, "proxy").await, (Value::Null, "flag --no-proxy".to_owned()));
    let mut command = config("--retry-mode off");
    command.env("AWS_REGION", "eu-west-1").env("AWS_MAX_ATTEMPTS", "no such value");
    let once = (1.into(), "flag --retry-mode".to_owned());
    assert_eq!(shown(&mut command, "max_attempts").await, once);
}

#[tokio::test]
async fn nothing_is_called_and_no_credentials_are_needed() {
    let server = Raw::start(vec![b"HTTP/1.1 200 OK\r\n\r\n".to_vec()], End::Close).await;
    let mut command = config("--output json");
    command.env("AWS_REGION", "eu-west-1").env("AWS_ENDPOINT_URL", server.url());
    command.env("HTTP_PROXY", server.url());
    let ran = run(&mut command).await;
    assert_eq!((ran.exit, &*ran.stderr, server.accepted()), (0, "", 0));
}

#[tokio::test]
async fn what_would_stop_a_stop_stops_config() {
    let conflict = "AWS_USE_FIPS_ENDPOINT: FIPS and a custom endpoint exclude each other; \
                    AWS_ENDPOINT_URL sets one";
    let half = "no credentials: AWS_ACCESS_KEY_ID is set, AWS_SECRET_ACCESS_KEY is not";
    for (variables, code, message) in [
        (&[("AWS_REGION", "")][..], "NoRegion", "no region is set"),
        (
            &[("AWS_USE_FIPS_ENDPOINT", "true"), ("AWS_ENDPOINT_URL", "http://localhost:1")],
            "Configuration",
            conflict,
        ),
        (
            &[("AWS_MAX_ATTEMPTS", "0")],
            "Configuration",
            "AWS_MAX_ATTEMPTS: the number of attempts must be from 1 to 100",
        ),
        (
            &[("AWS_USE_FIPS_ENDPOINT", "yes")],
            "Configuration",
            "AWS_USE_FIPS_ENDPOINT: must be true or false",
        ),
        (&[("AWS_SECRET_ACCESS_KEY", "")], "NoCredentials", half),
        (
            &[("AWS_CONFIG_FILE", "/nonexistent/config")],
            "Configuration",
            "AWS_CONFIG_FILE: /nonexistent/config: No such file or directory (os error 2)",
        ),
        (
            &[("AWS_CA_BUNDLE", "/nonexistent/ca.pem")],
            "Configuration",
            "AWS_CA_BUNDLE: /nonexistent/ca.pem: No such file or directory (os error 2)",
        ),
        (
            &[("AWS_PROFILE", "ops")],
            "Configuration",
            "AWS_PROFILE: no profile ops: there is no home directory to look in",
        ),
        (
            &[("https_proxy", "socks5://user:hunter2@p:1")],
            "Configuration",
            "https_proxy: proxy URL must start with http://, or with the host",
        ),
    ] {
        for arguments in ["config", &format!("stop --index-id {INDEX} --id wiki")] {
            let mut command = kendra_sync(&format!("{arguments} --output json"));
            command
                .env("AWS_REGION", "eu-west-1")
                .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
                .env("AWS_SECRET_ACCESS_KEY", SECRET)
                .envs(variables.iter().copied());
            let expected = Ran::new(253, "", &unsent_json(code, message));
            assert_eq!(run(&mut command).await, expected, "{arguments}");
        }
    }
}

#[tokio::test]
async fn a_region_without_kendra_is_worth_a_hint() {
    let hint = "warning: Kendra is not known to be in region mars-east-1\n";
    for (arguments, stderr) in [
        ("--region mars-east-1", hint),
        ("--region eu-west-1", ""),
        ("--region mars-east-1 --endpoint-url http://localhost:8080", ""),
    ] {
        let ran = run(&mut config(arguments)).await;
        assert_eq!((ran.exit, &*ran.stderr), (0, stderr), "{arguments}");
    }
}

#[tokio::test]
async fn other_retry_modes_are_shown_as_what_is_run() {
    let mut command = config("--output json");
    command.env("AWS_REGION", "eu-west-1").env("AWS_RETRY_MODE", "legacy");
    let ran = run(&mut command).await;
    assert_eq!(ran.stderr, "warning: retry mode legacy is run as standard\n");
    let shown: Value = serde_json::from_str(&ran.stdout).unwrap();
    let mode = serde_json::json!({ "value": "standard", "source": "environment AWS_RETRY_MODE" });
    assert_eq!(shown["settings"]["retry_mode"], mode);
}
