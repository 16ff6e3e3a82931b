//! The command line over a transport that never sends.

use std::convert::Infallible;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use kendra_sync_core::{Delivery, HttpTransport, TransportError, TransportErrorKind};

use super::*;
use crate::caps::Caps;
use crate::scenario::Level;

#[derive(Debug)]
struct Unconnected;

#[async_trait]
impl HttpTransport for Unconnected {
    async fn send(
        &self,
        _request: Request<Bytes>,
        _timeout: Duration,
    ) -> Result<Response<Bytes>, TransportError> {
        Err(TransportError::new(TransportErrorKind::Connect, Delivery::NotSent))
    }

    async fn sleep(&self, _duration: Duration) {}
}

/// The exit code.
fn run(line: &str) -> Result<u8, String> {
    run_and_read(line).map(|(code, _)| code)
}

/// The exit code and what was printed.
fn run_and_read(line: &str) -> Result<(u8, String), String> {
    let suite = Suite::new("unconnected", "0")
        .transport(|_env| std::future::ready(Ok::<_, Infallible>(Unconnected)));
    // Not among the results of these tests.
    let quiet = ["conformance", "--logfile", "/dev/null"].into_iter();
    let arguments = quiet.chain(line.split_whitespace());
    let flags = Flags::try_parse_from(arguments).map_err(|error| error.to_string())?;
    let mut out = Vec::new();
    let code = suite.command(&flags, &mut out)?;
    Ok((code, String::from_utf8(out).unwrap()))
}

#[test]
fn the_command_line_is_well_formed() {
    use clap::CommandFactory;
    Flags::command().debug_assert();
}

#[test]
fn a_failed_must_is_exit_1_and_nothing_run_is_exit_4() {
    assert_eq!(run("--exact framing/cl-short-truncated"), Ok(1));
    assert_eq!(run("there-is-no-such-name"), Ok(4));
    assert_eq!(run("--group framing --skip framing"), Ok(4));
}

#[test]
fn a_scenario_that_is_recorded_only_cannot_fail() {
    assert_eq!(run("--exact header/lenient-parsing"), Ok(0));
}

#[test]
fn what_is_misspelled_is_said() {
    for (line, part) in [
        ("--exact framing/cl-invalide", "no scenario, group or trial is named framing/cl-invalide"),
        ("--group framings", "there is no group framings"),
        ("--explain framing", "there is no scenario framing"),
        ("--time-scale 0", "must be a number from 0.1 to 100"),
        ("--time-scale NaN", "must be a number from 0.1 to 100"),
        ("--jobs 0", "must be a number from 1 to 1000"),
        ("--level high", "invalid value 'high'"),
        ("--format json", "go with --list"),
        ("--known-failures /nonexistent.toml", "/nonexistent.toml: No such file"),
        ("--report-only", "--report-dir <DIR>"),
        ("--report-only --report-dir /nonexistent", "/nonexistent/"),
        (
            "--report-dir /dev/null/in --exact framing/cl-invalid",
            "the report directory /dev/null/in: ",
        ),
        ("--wire some", "invalid value 'some'"),
        ("--bogus", "unexpected argument '--bogus'"),
    ] {
        let error = run(line).unwrap_err();
        assert!(error.contains(part), "{line}: {error}");
    }
}

#[test]
fn what_runs_nothing_succeeds() {
    for (line, part) in [
        ("--list", "framing/cl-invalid"),
        ("--list --format json", "\"framing/cl-invalid\""),
        ("--list --format md", "| `framing/cl-invalid` |"),
        ("--caps", "default: declared none; observed none"),
        ("--explain framing/cl-invalid", "writes HTTP/1.1 200 OK\\r\\nContent-Length: two"),
    ] {
        let (code, printed) = run_and_read(line).unwrap();
        assert!(code == 0 && printed.contains(part), "{line}: {code} {printed}");
    }
    let (_, status) = run_and_read("--list --group status").unwrap();
    let lines: Vec<&str> = status.lines().collect();
    assert_eq!(lines.len(), 10, "{status}");
    // Those of the API page, at least, are wiremock's.
    for line in lines.iter().filter(|line| line.contains("-400 ") || line.contains("-500 ")) {
        assert!(line.contains("wiremock"), "{line}");
    }
    // libtest-mimic's to print.
    assert_eq!(run("--list --format terse --exact framing/cl-invalid"), Ok(0));
}

#[test]
fn known_failures_do_not_fail_a_run_but_known_ones_that_pass_do() {
    let file = std::env::temp_dir().join(format!("known-{}.toml", std::process::id()));
    let known = |id: &str, more: &str| {
        let reason = "reason = \"it never connects\"";
        std::fs::write(&file, format!("[[known]]\nid = \"{id}\"\n{reason}\n{more}\n")).unwrap();
        run(&format!("--known-failures {} --exact {id}", file.display()))
    };
    assert_eq!(known("framing/cl-short-truncated", ""), Ok(0));
    assert_eq!(known("framing/cl-short-truncated", "expires = 2020-01-01"), Ok(1));
    assert_eq!(known("header/lenient-parsing", ""), Ok(1));
    assert_eq!(known("header/lenient-parsing", "expires = 2020-01-01"), Ok(1));
    assert_eq!(known("framing/cl-short-truncated", "variant = \"default\""), Ok(0));
    let error = known("framing/cl-short-truncated", "variant = \"pooled\"").unwrap_err();
    assert!(error.ends_with("there is no variant pooled"), "{error}");
    std::fs::remove_file(&file).unwrap();
}

#[test]
fn the_digest_and_the_profiles_are_in_the_summary() {
    let suite = Suite::new("unconnected", "7.1")
        .variant("plain", Caps::NONE, |_env| std::future::ready(Ok::<_, Infallible>(Unconnected)));
    let filter = Filter::all().exact().name("framing/cl-short-truncated");
    let report = suite.run(&filter);
    let summary = summary::of(&report, &suite.variants);
    let digest = &report.digest[..12];
    assert!(summary.starts_with(&format!("unconnected 7.1, catalogue {digest}\n")), "{summary}");
    assert!(summary.contains("plain: 0 pass, 1 fail, 0 warn"), "{summary}");
    let core = |s: &&Scenario| s.caps() == Caps::NONE && s.level() == Level::Must;
    let core = catalogue().iter().filter(core).count();
    let verdict = format!("core: not conformant (0 of {core} MUST passed)");
    assert!(core > 60 && summary.contains(&verdict), "{summary}");
    assert!(summary.contains("tls: not claimed (0 of 11 MUST passed)"), "{summary}");
}

#[test]
fn what_needs_a_capability_is_skipped_with_its_name() {
    let suite = Suite::new("unconnected", "7.1")
        .variant("plain", Caps::NONE, |_env| std::future::ready(Ok::<_, Infallible>(Unconnected)));
    let scenario = Scenario::must("tls/for-this-test").needs(Caps::TLS);
    let result = run_one(&suite.variants[0], &scenario, &Filter::all());
    assert_eq!(result.status.to_string(), "skip: capability tls is not declared");
    let mut report = suite.run(&Filter::all().exact().name("no-such-scenario"));
    report.results.push(result);
    assert_eq!(report.exit_code(), 4);
    for profile in report.profiles("plain", Caps::NONE) {
        assert_eq!((profile.conformant, profile.passed), (None, 0), "{profile:?}");
        assert_eq!(profile.claimed, profile.name == "core");
    }
}

#[test]
fn allowed_outcomes_are_shown() {
    let suite = Suite::new("unconnected", "7.1")
        .variant("plain", Caps::NONE, |_env| std::future::ready(Ok::<_, Infallible>(Unconnected)));
    let report = suite.run(&Filter::all().exact().name("header/lenient-parsing"));
    let summary = summary::of(&report, &suite.variants);
    assert!(summary.contains("  header/lenient-parsing: pass\n"), "{summary}");
    assert!(summary.contains("    bare LF: recorded: "), "{summary}");
}
