//! Bad input and missing settings: the exit code, one clear message, no connection.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use kendra_sync_test_servers::{Authority, End, Raw};
use tokio::process::Command;

use crate::command::{INDEX, Ran, SECRET, file, kendra_sync, run, stop, unsent_json};

/// Runs a command as text and as JSON, against a server that must not hear of it.
async fn refused(
    make: impl Fn(&str) -> Command,
    exit: i32,
    code: &str,
    message: &str,
    advice: Option<&str>,
) {
    let server = Raw::start(vec![b"HTTP/1.1 200 OK\r\n\r\n".to_vec()], End::Close).await;
    let mut command = make("");
    command.env("AWS_ENDPOINT_URL", server.url());
    let next = advice.map(|advice| format!("  next: {advice}\n")).unwrap_or_default();
    assert_eq!(run(&mut command).await, Ran::new(exit, "", &format!("error: {message}\n{next}")));
    let mut command = make("--output json");
    command.env("AWS_ENDPOINT_URL", server.url());
    assert_eq!(run(&mut command).await, Ran::new(exit, "", &unsent_json(code, message)));
    assert_eq!(server.accepted(), 0);
}

const HELP: Option<&str> = Some("see kendra-sync stop --help");
const CORRECT: Option<&str> = Some("correct it, or unset it");

#[tokio::test]
async fn wrong_ids_are_both_reported() {
    let ids = |ids: &'static str| {
        move |output: &str| {
            let mut command = kendra_sync(&format!("stop {ids} {output}"));
            command.env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE").env("AWS_SECRET_ACCESS_KEY", SECRET);
            command
        }
    };
    let index = "index id must be 36 characters, got 3, ends at byte 3";
    let source = "data source id must start with an ASCII letter or digit, got '_' at byte 0";
    refused(ids("--index-id abc --id wiki"), 252, "Usage", index, HELP).await;
    let good = "--index-id 0a1b2c3d-4e5f-6789-abcd-ef0123456789 --id _";
    refused(ids(good), 252, "Usage", source, HELP).await;
    let both = format!("{index}; {source}");
    refused(ids("--index-id abc --id _"), 252, "Usage", &both, HELP).await;
}

#[tokio::test]
async fn ids_are_not_trimmed() {
    let make = |output: &str| {
        let mut command = kendra_sync("stop --index-id");
        command.arg(format!("{INDEX}\n")).args(["--id", "wiki"]).args(output.split_whitespace());
        command
    };
    let message = "index id may hold only ASCII letters, digits and '-', got '\\n' at byte 36";
    refused(make, 252, "Usage", message, HELP).await;
}

#[tokio::test]
async fn bad_flags_are_usage_errors() {
    for (flags, message) in [
        (
            "--region bad_region",
            "region may hold only ASCII letters, digits and '-', got '_' at byte 3",
        ),
        ("--endpoint-url localhost:80", "endpoint URL must start with http:// or https://"),
        ("--endpoint-url https://k:hunter2@h", "endpoint URL must not have user information ('@')"),
        (
            "--emulator --ca-bundle x",
            "the argument '--emulator' cannot be used with '--ca-bundle <FILE>'",
        ),
        ("--endpoint-url http://h/?q", "endpoint URL must not have a query ('?')"),
        (
            "--timeout 0",
            "invalid value '0' for '--timeout <SECS>': must be a decimal number of seconds, above 0 \
             and at most 86400",
        ),
        (
            "--attempt-timeout 86401",
            "invalid value '86401' for '--attempt-timeout <SECS>': must be a decimal number of \
             seconds, above 0 and at most 86400",
        ),
        (
            "--connect-timeout soon",
            "invalid value 'soon' for '--connect-timeout <SECS>': must be a decimal number of \
             seconds, above 0 and at most 86400",
        ),
        (
            "--transport carrier-pigeon",
            "invalid value 'carrier-pigeon' for '--transport <TRANSPORT>' [possible values: blocking, hyper]",
        ),
        (
            "--endpoint-url http://h --emulator",
            "the argument '--endpoint-url <URL>' cannot be used with '--emulator'",
        ),
        (
            "--emulator --profile ops",
            "the argument '--emulator' cannot be used with '--profile <NAME>'",
        ),
        (
            "--emulatr",
            "unexpected argument '--emulatr' found tip: a similar argument exists: '--emulator'",
        ),
        ("--wait", "unexpected argument '--wait' found"),
    ] {
        refused(|output| stop(&format!("{flags} {output}")), 252, "Usage", message, HELP).await;
    }
    let message = "the following required arguments were not provided: --index-id <ID> --id <ID>";
    refused(|output| kendra_sync(&format!("stop {output}")), 252, "Usage", message, HELP).await;
}

#[tokio::test]
async fn without_a_command_help_is_shown_as_an_error() {
    let ran = run(&mut kendra_sync("")).await;
    assert_eq!((ran.exit, &*ran.stdout), (252, ""));
    assert!(ran.stderr.contains("Usage: kendra-sync <COMMAND>"), "{}", ran.stderr);
    for (arguments, message, help) in [
        ("completions", "unrecognized subcommand 'completions'", "see kendra-sync --help"),
        ("config --bogus", "unexpected argument '--bogus' found", "see kendra-sync config --help"),
        (
            "config --emulator",
            "unexpected argument '--emulator' found",
            "see kendra-sync config --help",
        ),
        (
            "config --region bad_region",
            "region may hold only ASCII letters, digits and '-', got '_' at byte 3",
            "see kendra-sync config --help",
        ),
        (
            "config --max-attempts 0",
            "invalid value '0' for '--max-attempts <N>': the number of attempts must be from 1 to 100",
            "see kendra-sync config --help",
        ),
        (
            "emulator --bogus",
            "unexpected argument '--bogus' found",
            "see kendra-sync emulator --help",
        ),
        (
            "emulator --listen x",
            "invalid value 'x' for '--listen <ADDRESS:PORT>': invalid socket address syntax",
            "see kendra-sync emulator --help",
        ),
    ] {
        let text = format!("error: {message}\n  next: {help}\n");
        assert_eq!(run(&mut kendra_sync(arguments)).await, Ran::new(252, "", &text));
    }
    let ran = run(&mut kendra_sync("--output json")).await;
    assert_eq!((ran.exit, &*ran.stdout), (252, ""));
    assert_eq!(ran.stderr, unsent_json("Usage", "unexpected argument '--output' found"));
}

#[tokio::test]
async fn help_and_version_are_no_errors() {
    let ran = run(&mut kendra_sync("stop --help")).await;
    assert_eq!((ran.exit, &*ran.stderr), (0, ""));
    for part in [
        "Examples:",
        "--index-id <ID>",
        "--emulator",
        "[default: 3.1]",
        "AWS_CA_BUNDLE",
        "--retry-mode",
        "--profile <NAME>",
        "--no-proxy",
    ] {
        assert!(ran.stdout.contains(part), "{part}");
    }
    for later in ["--wait", "--from", "completions", "stop-all"] {
        assert!(!ran.stdout.contains(later), "{later}");
    }
    let version = format!("kendra-sync {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(run(&mut kendra_sync("--version")).await, Ran::new(0, &version, ""));
}

#[tokio::test]
async fn without_a_region_nothing_is_sent() {
    for region in [None, Some("")] {
        let make = |output: &str| {
            let mut command = stop(output);
            match region {
                Some(region) => command.env("AWS_REGION", region),
                None => command.env_remove("AWS_REGION"),
            };
            command
        };
        let advice = Some("give --region, or set AWS_REGION or the profile's region");
        refused(make, 253, "NoRegion", "no region is set", advice).await;
    }
}

#[tokio::test]
async fn with_half_of_an_access_key_nothing_is_sent() {
    let advice = Some(
        "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and AWS_SESSION_TOKEN if there is one",
    );
    for (removed, reason) in [
        (["AWS_ACCESS_KEY_ID"], "AWS_SECRET_ACCESS_KEY is set, AWS_ACCESS_KEY_ID is not"),
        (["AWS_SECRET_ACCESS_KEY"], "AWS_ACCESS_KEY_ID is set, AWS_SECRET_ACCESS_KEY is not"),
    ] {
        let make = |output: &str| {
            let mut command = stop(output);
            for name in removed {
                command.env_remove(name);
            }
            command
        };
        let message = format!("no credentials: {reason}");
        refused(make, 253, "NoCredentials", &message, advice).await;
    }
}

#[tokio::test]
async fn bad_values_in_the_environment_are_named() {
    let region = "region may hold only ASCII letters, digits and '-', got '/' at byte 1";
    for (name, value, message) in [
        ("AWS_REGION", "a/b", format!("AWS_REGION: {region}")),
        (
            "AWS_ENDPOINT_URL_KENDRA",
            "https://user:hunter2@h",
            "AWS_ENDPOINT_URL_KENDRA: endpoint URL must not have user information ('@')".to_owned(),
        ),
        (
            "AWS_MAX_ATTEMPTS",
            "0",
            "AWS_MAX_ATTEMPTS: the number of attempts must be from 1 to 100".to_owned(),
        ),
        (
            "AWS_MAX_ATTEMPTS",
            "many",
            "AWS_MAX_ATTEMPTS: the number of attempts must be from 1 to 100".to_owned(),
        ),
        (
            "AWS_RETRY_MODE",
            "off",
            "AWS_RETRY_MODE: the retry mode must be standard, adaptive or legacy".to_owned(),
        ),
        (
            "AWS_ACCESS_KEY_ID",
            "AKID EXAMPLE",
            "environment: access key id must be visible ASCII characters without ',' and '/', at \
             least one"
                .to_owned(),
        ),
        (
            "AWS_SESSION_TOKEN",
            "hunter2\r\nX-Injected: yes",
            "environment: session token must be visible ASCII characters, at least one".to_owned(),
        ),
    ] {
        let make = |output: &str| {
            let mut command = stop(output);
            command.env(name, value);
            command
        };
        refused(make, 253, "Configuration", &message, CORRECT).await;
    }
    let make = |output: &str| {
        let mut command = stop(output);
        command.env("AWS_REGION", OsString::from_vec(vec![0xff]));
        command
    };
    let message = "environment variable AWS_REGION is not valid UTF-8";
    refused(make, 253, "Configuration", message, CORRECT).await;
}

#[tokio::test]
async fn a_ca_bundle_that_does_not_parse_is_refused() {
    let authority = Authority::new("one");
    let pem = authority.pem();
    let not_der = "-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n";
    // The line after the first certificate.
    let next = pem.lines().count() + 1;
    let marker = |offset: usize| format!("line {} is not a certificate's", next + offset);
    let second = Authority::new("two").pem().to_owned();
    for (content, reason) in [
        (String::new(), "no certificate in it".to_owned()),
        ("# only a comment\n".to_owned(), "no certificate in it".to_owned()),
        (not_der.to_owned(), "certificate 1 is not a valid X.509 certificate".to_owned()),
        (format!("{pem}{not_der}"), "certificate 2 is not a valid X.509 certificate".to_owned()),
        (
            format!("{pem}-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n"),
            "certificate 2 is not valid PEM".to_owned(),
        ),
        (
            format!("{pem}-----BEGIN CERTIFICATE-----\naGVsbG8=\n"),
            "certificate 2 is not valid PEM".to_owned(),
        ),
        (
            format!("{pem}-----BEGIN PRIVATE KEY-----\naGVsbG8=\n-----END PRIVATE KEY-----\n"),
            marker(0),
        ),
        (format!("{pem} {second}"), marker(0)),
        (format!("{pem}{}", second.replacen("-----BEGIN", "----BEGIN", 1)), marker(0)),
        (format!("{pem}{}", second.replacen("BEGIN", "BEGlN", 1)), marker(0)),
        (
            format!("{pem}{}", second.replacen("-----BEGIN CERTIFICATE-----\n", "", 1)),
            "1 certificates begin, 2 end, 1 parse".to_owned(),
        ),
    ] {
        let (_directory, path) = file(content.as_bytes());
        let flag = format!("--ca-bundle {}", path.display());
        let message = format!("--ca-bundle: {}: {reason}", path.display());
        let make = |output: &str| stop(&format!("{flag} {output}"));
        refused(make, 253, "Configuration", &message, CORRECT).await;

        let message = format!("AWS_CA_BUNDLE: {}: {reason}", path.display());
        let make = |output: &str| {
            let mut command = stop(output);
            command.env("AWS_CA_BUNDLE", &path);
            command
        };
        refused(make, 253, "Configuration", &message, CORRECT).await;
    }
    let make = |output: &str| stop(&format!("--ca-bundle /nonexistent/ca.pem {output}"));
    let message = "--ca-bundle: /nonexistent/ca.pem: No such file or directory (os error 2)";
    refused(make, 253, "Configuration", message, CORRECT).await;
}
