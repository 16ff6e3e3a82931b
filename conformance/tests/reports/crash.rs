//! Processes that end in the middle.

use serde_json::Value;

use crate::program::{CHILD, FAILS, PASSES, code, report, run, statuses};

/// The third of these scenarios has a request without a body.
const DEADLY: &str = "fidelity/body-bytes-identical";

pub(crate) fn what_was_known_outlives_an_abort() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    let arguments = ["--jobs", "1", "--exact", PASSES, DEADLY, FAILS];
    let output = run("aborts", root, &arguments);
    assert_eq!(output.status.code(), None, "{output:?}");
    assert!(!root.join("report.json").exists());
    let lines = std::fs::read_to_string(root.join("results.jsonl")).unwrap();
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines[0]["run"].is_object());
    assert!(lines.iter().any(|line| line["result"]["id"] == PASSES), "{lines:?}");
    assert!(lines.iter().any(|line| line["began"]["id"] == DEADLY), "{lines:?}");

    // Half a line, as a full disk leaves it.
    let torn = std::fs::read(root.join("results.jsonl")).unwrap();
    let torn = [&torn[..], b"{\"result\":{\"id\":"].concat();
    std::fs::write(root.join("results.jsonl"), torn).unwrap();
    assert_eq!(code(&run("aborts", root, &["--report-only"])), 0);
    let report = report(root);
    assert_eq!(statuses(&report), [(PASSES, "pass"), (DEADLY, "error")]);
    let reason = report["results"][1]["reason"].as_str().unwrap();
    assert!(reason.starts_with("it began, and did not come to an end"), "{reason}");
}

pub(crate) fn an_abort_in_a_process_of_its_own_is_a_failure() {
    let actual = in_a_process_of_its_own("aborts");
    assert!(actual.contains("signal: 6"), "{actual}");
}

/// The exit code is the transport's then. What tells it from a suite that ended is all that comes at its end.
pub(crate) fn an_exit_with_success_leaves_no_summary_and_no_report() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    let output = run("exits", root, &["--jobs", "1", "--exact", PASSES, DEADLY, FAILS]);
    assert_eq!(code(&output), 0, "{output:?}");
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains(&format!("test default::{PASSES} ")), "{said}");
    assert!(!said.contains("test result") && !said.contains("MUST passed"), "{said}");
    assert!(!root.join("report.json").exists());

    assert_eq!(code(&run("exits", root, &["--report-only"])), 0);
    let report = report(root);
    assert_eq!(statuses(&report), [(PASSES, "pass"), (DEADLY, "error")]);
}

pub(crate) fn an_exit_with_success_in_a_process_of_its_own_is_a_failure() {
    let actual = in_a_process_of_its_own("exits");
    assert!(actual.ends_with("having told of no check"), "{actual}");
}

/// What the check `child` says of a case that is run so, which fails, beside one that passes.
fn in_a_process_of_its_own(transport: &str) -> String {
    let directory = tempfile::tempdir().unwrap();
    let output = run(transport, directory.path(), &["--exact", CHILD, PASSES]);
    assert_eq!(code(&output), 1, "{output:?}");
    let report = report(directory.path());
    assert_eq!(statuses(&report), [(PASSES, "pass"), (CHILD, "fail")]);
    let checks = report["results"][1]["checks"].as_array().unwrap();
    let child = checks.iter().find(|check| check["name"].as_str().unwrap().ends_with("child"));
    child.unwrap()["actual"].as_str().unwrap().to_owned()
}
