//! Several runs and one directory.

use std::path::Path;

use serde_json::json;

use crate::program::{FAILS, NAME, PASSES, SKIPPED, code, program, report, run, statuses};

/// As nextest runs them: a process a scenario, at the same time, with one id.
pub(crate) fn processes_of_one_run_make_one_report() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    let start = |id: &str, run: &str| {
        let name = format!("default::{id}");
        let arguments = ["--exact", name.as_str(), "--nocapture"];
        let mut command = program("shortens", root, &arguments);
        command.env("NEXTEST_RUN_ID", run).output()
    };
    let ids = [FAILS, PASSES, SKIPPED, "status/html-503", "framing/te-and-cl"];
    std::thread::scope(|scope| {
        let started = ids.map(|id| scope.spawn(move || start(id, "first").unwrap()));
        let codes = started.map(|started| code(&started.join().unwrap()));
        assert_eq!(codes, [1, 0, 0, 0, 0]);
    });
    let report_of_all = report(root);
    let expected = [
        (PASSES, "pass"),
        ("status/html-503", "pass"),
        ("framing/te-and-cl", "pass"),
        (FAILS, "fail"),
        (SKIPPED, "skip"),
    ];
    assert_eq!(statuses(&report_of_all), expected);
    assert_eq!(report_of_all["run"], "first");
    // Tried again, it counts once.
    start(FAILS, "first").unwrap();
    assert_eq!(statuses(&report(root)), expected);
    start(PASSES, "second").unwrap();
    assert_eq!(statuses(&report(root)), [(PASSES, "pass")]);
}

pub(crate) fn a_run_begins_a_directory_anew() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    run("shortens", root, &["--exact", FAILS]);
    assert!(root.join("wire").is_dir());
    run("shortens", root, &["--exact", PASSES]);
    assert_eq!(statuses(&report(root)), [(PASSES, "pass")]);
    assert!(!root.join("wire").exists());
    let counts = &report(root)["variants"][0]["counts"];
    assert_eq!((&counts["pass"], &counts["fail"]), (&json!(1), &json!(0)));
}

pub(crate) fn what_is_not_of_this_suite_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let refused = |root: &Path, problem: &str| {
        let output = run("shortens", root, &["--exact", PASSES]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(code(&output), 2, "{said}");
        assert!(said.contains(problem) && said.contains(&*root.to_string_lossy()), "{said}");
        assert!(!String::from_utf8_lossy(&output.stdout).contains("pass"), "nothing has run");
    };
    for name in ["report.json", "summary.md", "results.jsonl"] {
        let root = directory.path().join(format!("with-{name}"));
        std::fs::create_dir(&root).unwrap();
        std::fs::write(root.join(name), "mine").unwrap();
        refused(&root, &format!("there is a {name} that is not of this suite"));
        assert_eq!(std::fs::read_to_string(root.join(name)).unwrap(), "mine");
    }
    let file = directory.path().join("file");
    std::fs::write(&file, "mine").unwrap();
    refused(&file, "exists");
    refused(&file.join("in"), "ot a directory");

    let root = directory.path().join("{transport}");
    let mut other = program("shortens", &root, &["--exact", PASSES]);
    assert_eq!(code(&other.env(NAME, "an other").output().unwrap()), 0);
    let root = directory.path().join("an~20~other");
    assert_eq!(report(&root)["transport"]["name"], "an other");
    refused(&root, "it has the reports of an other; each suite needs one of its own");
}

/// The directory is taken away while a scenario is played.
pub(crate) fn a_disk_error_is_told_after_the_run() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().join("reports");
    run("shortens", &root, &["--exact", PASSES]);
    // Where a directory is to be made there is a file.
    let first = program("shortens", &root, &["--exact", FAILS]).env("NEXTEST_RUN_ID", "1").output();
    assert_eq!(code(&first.unwrap()), 1);
    std::fs::remove_dir_all(root.join("wire")).unwrap();
    std::fs::write(root.join("wire"), "in the way").unwrap();
    let second =
        program("shortens", &root, &["--exact", FAILS]).env("NEXTEST_RUN_ID", "1").output();
    let second = second.unwrap();
    let said = String::from_utf8_lossy(&second.stderr).into_owned();
    assert_eq!(code(&second), 3, "{said}");
    assert!(
        said.contains("error: the reports: ") && said.contains("wire/default/framing"),
        "{said}"
    );
}
