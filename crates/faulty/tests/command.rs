//! The command, as `.ci/run` and a reader of its help use it.

use std::process::{Command, Output};

const SCENARIO: &str = "status/html-503";

fn faulty(arguments: &[&str]) -> std::io::Result<Output> {
    Command::new(env!("CARGO_BIN_EXE_kendra-sync-faulty")).args(arguments).output()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn without_flags_each_is_listed_with_what_must_find_it() -> std::io::Result<()> {
    let output = faulty(&[])?;
    assert_eq!(output.status.code(), Some(0));
    let list = text(&output.stdout);
    for line in [
        "S00   none: the control, which must pass: ",
        "S15   verifies no certificate: tls/untrusted-ca, tls/wrong-host, tls/expired",
    ] {
        assert!(list.lines().any(|listed| listed == line), "{line} is not in\n{list}");
    }
    let output = faulty(&["--only", "X01"])?;
    assert_eq!(text(&output.stdout), "X01   keeps Date to itself: header/multi-value-kept\n");
    Ok(())
}

#[test]
fn a_part_of_the_self_test_says_what_was_caught() -> std::io::Result<()> {
    // The last two are caught in processes of their own.
    let output = faulty(&["--self-test", "--named", "--only", "S01,X01,S14,X19"])?;
    let said = text(&output.stdout);
    assert!(said.starts_with("4 of 4 caught as named, 0 problems; "), "{said}");
    assert_eq!(output.status.code(), Some(0));
    Ok(())
}

#[test]
fn one_is_run_as_the_suite_runs_a_transport() -> std::io::Result<()> {
    let trial = format!("S00::{SCENARIO}");
    let output = faulty(&["--exact", &trial])?;
    let said = text(&output.stdout);
    assert!(said.contains(&format!("test {trial} ... ok")), "{said}");
    assert_eq!(output.status.code(), Some(0));
    let output = faulty(&["--exact", "S01::fidelity/body-bytes-identical"])?;
    let said = text(&output.stdout);
    assert!(said.contains("test S01::fidelity/body-bytes-identical ... FAILED"), "{said}");
    assert_eq!(output.status.code(), Some(1));
    Ok(())
}

#[test]
fn what_cannot_be_run_is_a_usage_error() -> std::io::Result<()> {
    for (arguments, error) in [
        (&["--self-test", "--only", "S999"][..], "there is no faulty transport S999"),
        (&["--exact", &format!("S999::{SCENARIO}")], "one faulty transport must be named"),
        (&["--only", "S01,S02", "--report-dir", "unused"], "one faulty transport must be named"),
        (&["--self-test", "--exact", SCENARIO], "cannot be used with"),
    ] {
        let output = faulty(arguments)?;
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let said = text(&output.stdout) + &text(&output.stderr);
        assert!(said.contains(error), "{said}");
    }
    Ok(())
}
