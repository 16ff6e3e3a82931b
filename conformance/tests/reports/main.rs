//! The directory of reports, as processes leave it: this program is a suite too, which is run in a process of
//! its own for each test.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a failed step is a failed test")]

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

mod crash;
mod directory;
mod document;
mod program;
mod secrets;

fn main() -> ExitCode {
    if let Some(suite) = program::suite() {
        return suite.main();
    }
    let tests: [(&str, fn()); 12] = [
        ("report_json_is_as_its_schema_says", document::report_json_is_as_its_schema_says),
        ("the_schema_refuses_what_is_no_report", document::the_schema_refuses_what_is_no_report),
        (
            "all_bytes_are_kept_only_when_asked_for",
            document::all_bytes_are_kept_only_when_asked_for,
        ),
        ("what_was_known_outlives_an_abort", crash::what_was_known_outlives_an_abort),
        (
            "an_abort_in_a_process_of_its_own_is_a_failure",
            crash::an_abort_in_a_process_of_its_own_is_a_failure,
        ),
        (
            "an_exit_with_success_leaves_no_summary_and_no_report",
            crash::an_exit_with_success_leaves_no_summary_and_no_report,
        ),
        (
            "an_exit_with_success_in_a_process_of_its_own_is_a_failure",
            crash::an_exit_with_success_in_a_process_of_its_own_is_a_failure,
        ),
        ("processes_of_one_run_make_one_report", directory::processes_of_one_run_make_one_report),
        ("a_run_begins_a_directory_anew", directory::a_run_begins_a_directory_anew),
        (
            "what_is_not_of_this_suite_is_left_alone",
            directory::what_is_not_of_this_suite_is_left_alone,
        ),
        ("a_disk_error_is_told_after_the_run", directory::a_disk_error_is_told_after_the_run),
        ("no_secret_is_in_any_file", secrets::no_secret_is_in_any_file),
    ];
    let trials = tests.map(|(name, test)| {
        Trial::test(name, move || {
            test();
            Ok(())
        })
    });
    libtest_mimic::run(&Arguments::from_args(), trials.into()).exit_code()
}
