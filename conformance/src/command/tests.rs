//! The command line over a transport that never sends.

use super::*;
use crate::caps::Caps;
use crate::scenario::Level;
use crate::suite::tests::unconnected;

/// The exit code.
fn run(line: &str) -> Result<u8, String> {
    run_and_read(line).map(|(code, _)| code)
}

/// The exit code and what was printed.
fn run_and_read(line: &str) -> Result<(u8, String), String> {
    // Not among the results of these tests.
    run_with_log(Path::new("/dev/null"), line)
}

fn run_with_log(log: &Path, line: &str) -> Result<(u8, String), String> {
    let suite = Suite::new("unconnected", "0").transport(unconnected);
    let log = ["conformance", "--logfile", log.to_str().unwrap()].into_iter();
    let arguments = log.chain(line.split_whitespace());
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
        ("--format md", "go with --list"),
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
}

/// What libtest-mimic prints, and what comes of it.
fn run_and_read_trials(line: &str) -> (Result<u8, String>, String) {
    let file = tempfile::NamedTempFile::new().unwrap();
    let result = run_with_log(file.path(), line).map(|(code, _)| code);
    (result, std::fs::read_to_string(file.path()).unwrap())
}

#[test]
fn a_test_runner_is_told_the_names_of_trials_and_nothing_is_run_or_written() {
    let directory = tempfile::tempdir().unwrap();
    let reports = directory.path().join("reports");
    let line = format!(
        "--list --format terse --exact framing/cl-invalid --report-dir {}",
        reports.display()
    );
    let (code, told) = run_and_read_trials(&line);
    assert_eq!((code, told.as_str()), (Ok(0), "default::framing/cl-invalid: test\n"));
    assert!(!reports.exists());
    assert_eq!(run_and_read(&line).unwrap().1, "", "the summary of a run");
}

#[test]
fn trials_are_run_as_the_flags_of_a_test_runner_say() {
    let (code, told) = run_and_read_trials("--exact header/lenient-parsing");
    assert_eq!(code, Ok(0));
    assert!(told.contains("test default::header/lenient-parsing ... ok"), "{told}");
    let (code, told) = run_and_read_trials("--exact header/lenient-parsing --quiet");
    assert_eq!(code, Ok(0));
    assert!(told.contains("\n.\n") && !told.contains("... ok"), "{told}");
    // None is ignored beforehand, so this is to run none.
    let (code, told) = run_and_read_trials("--exact header/lenient-parsing --ignored");
    assert_eq!(code, Ok(4));
    assert!(told.contains("running 0 tests"), "{told}");
}

#[test]
fn what_does_not_apply_is_no_failure_where_it_was_asked_for_by_name() {
    assert_eq!(run("--exact tls/expired"), Ok(0));
    assert_eq!(run("tls/expired"), Ok(4));
    assert_eq!(run("--exact tls/expired --skip tls"), Ok(4));
}

#[test]
fn results_are_in_the_order_of_variants_and_of_the_catalogue() {
    let suite = Suite::new("unconnected", "0").variant("b", Caps::NONE, unconnected).variant(
        "a",
        Caps::NONE,
        unconnected,
    );
    let filter = Filter::all().exact().name("tls/expired").name("tls/wrong-host");
    let results = suite.run(&filter).results;
    let names = |results: &[ScenarioResult]| {
        let names = results.iter().map(|result| format!("{}::{}", result.variant, result.id));
        names.collect::<Vec<_>>()
    };
    let ordered = names(&results);
    assert_eq!(
        ordered,
        ["b::tls/wrong-host", "b::tls/expired", "a::tls/wrong-host", "a::tls/expired"]
    );
    for order in [[3, 2, 1, 0], [1, 3, 0, 2], [2, 0, 3, 1]] {
        let mixed = order.map(|at| results[at].clone()).to_vec();
        assert_eq!(names(&in_order(&suite, mixed)), ordered);
    }
}

#[test]
fn how_to_run_a_scenario_again_can_be_pasted_into_a_shell() {
    let id = "tls/expired";
    for (program, variant, expected) in [
        ("target/debug/deps/acme-0123456789abcdef", "v", "cargo test --test acme -- --exact v::ID"),
        ("deps/my-acme-0123456789abcdef", "v", "cargo test --test my-acme -- --exact v::ID"),
        // No hash of cargo's: too short, and no number.
        ("bin/acme-0123456789abcde", "v", "bin/acme-0123456789abcde --exact v::ID"),
        ("bin/acme-transport-suite", "v", "bin/acme-transport-suite --exact v::ID"),
        ("bin/acme-sixteen--letters", "v", "bin/acme-sixteen--letters --exact v::ID"),
        ("bin/acme", "v-1_2:/.,+=@", "bin/acme --exact v-1_2:/.,+=@::ID"),
        ("bin/acme", "a b", "bin/acme --exact 'a b::ID'"),
        ("bin/acme", "it's", r"bin/acme --exact 'it'\''s::ID'"),
    ] {
        assert_eq!(again_by(program, variant, id), expected.replace("ID", id));
    }
    let own = std::env::args().next().unwrap();
    assert_eq!(again("v", id), again_by(&own, "v", id));
}

#[test]
fn a_test_runner_is_told_what_each_result_means_for_it() {
    let suite = Suite::new("unconnected", "0").transport(unconnected);
    let mut result = run_one(
        &suite.variants[0],
        &Scenario::must("tls/expired").needs(Caps::TLS),
        &Filter::all(),
    );
    let told = |result: &ScenarioResult, strict| match completion(result, strict) {
        Ok(Completion::Completed) => "completed".to_owned(),
        Ok(Completion::Ignored { reason }) => format!("ignored: {}", reason.unwrap_or_default()),
        Err(failed) => format!("failed: {}", failed.message().unwrap_or_default()),
    };
    let why = || "why".to_owned();
    for (status, plain, strict) in [
        (Status::Pass, "completed", "completed"),
        (Status::Warn, "completed", "failed: tls/expired (default, must): warn\n"),
        (
            Status::Fail,
            "failed: tls/expired (default, must): fail\n",
            "failed: tls/expired (default, must): fail\n",
        ),
        (Status::Error(why()), "failed: the suite broke: why", "failed: the suite broke: why"),
        (Status::Skip(why()), "ignored: skip: why", "ignored: skip: why"),
        (Status::Known(why()), "ignored: known: why", "ignored: known: why"),
    ] {
        result.status = status;
        for (is_strict, expected) in [(false, plain), (true, strict)] {
            let told = told(&result, is_strict);
            assert!(told.starts_with(expected), "{told}");
            let tells_again =
                told.contains(&format!("  again    {}\n", again("default", result.id)));
            assert_eq!(tells_again, expected.contains("(default"), "{told}");
        }
    }
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
    let suite = Suite::new("unconnected", "7.1").variant("plain", Caps::NONE, unconnected);
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
    let suite = Suite::new("unconnected", "7.1").variant("plain", Caps::NONE, unconnected);
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
    let suite = Suite::new("unconnected", "7.1").variant("plain", Caps::NONE, unconnected);
    let report = suite.run(&Filter::all().exact().name("header/lenient-parsing"));
    let summary = summary::of(&report, &suite.variants);
    assert!(summary.contains("  header/lenient-parsing: pass\n"), "{summary}");
    assert!(summary.contains("    bare LF: recorded: "), "{summary}");
}

#[test]
fn a_trial_that_fails_without_a_result_is_the_suites_fault() {
    for (code, asked_for, failed_trials, expected) in [
        (0, false, 0, 0),
        (0, false, 1, 3),
        (0, true, 2, 3),
        (1, false, 1, 1),
        (3, false, 0, 3),
        (4, false, 0, 4),
        (4, true, 0, 0),
    ] {
        let case = (code, asked_for, failed_trials);
        assert_eq!(exit_code(code, asked_for, failed_trials), expected, "{case:?}");
    }
}
