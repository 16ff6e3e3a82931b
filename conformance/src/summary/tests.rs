//! What a run's last lines tell.

use std::time::Duration;

use super::*;
use crate::caps::Caps;
use crate::check::Check;

fn result(status: Status, checks: &[(Level, bool)]) -> ScenarioResult {
    let checks = checks.iter().map(|(level, passed)| Check {
        name: "name".to_owned(),
        level: *level,
        passed: *passed,
        expected: "this".to_owned(),
        actual: "that".to_owned(),
    });
    ScenarioResult {
        variant: "v".to_owned(),
        id: "group/id",
        level: Level::Must,
        caps: Caps::NONE,
        status,
        checks: checks.collect(),
        evidence: Vec::new(),
        took: Duration::ZERO,
    }
}

#[test]
fn what_is_neither_a_plain_pass_nor_a_failure_is_told() {
    let (must, may) = (Level::Must, Level::May);
    let skip = || Status::Skip("why".to_owned());
    for (result, told) in [
        (result(Status::Pass, &[(must, true)]), ""),
        (result(Status::Pass, &[(may, true)]), "  group/id: pass\n    name: that\n"),
        (
            result(Status::Warn, &[(must, true), (Level::Should, false)]),
            "  group/id: warn\n    name: expected this, actual that\n",
        ),
        // It has been told at length.
        (result(Status::Fail, &[(must, false), (may, true)]), ""),
        (result(skip(), &[]), "  group/id: skip: why\n"),
    ] {
        assert_eq!(noted(&result), told);
    }
}
