//! What a run's last lines tell.

use kendra_sync_hyper::HyperTransport as NoTransport;

use super::*;
use crate::caps::Caps;
use crate::check::Check;
use crate::filter::Filter;
use crate::scenario::Scenario;
use crate::suite::{Suite, run_one};

fn result(status: Status, checks: &[(Level, bool)]) -> ScenarioResult {
    let checks = checks.iter().map(|(level, passed)| Check {
        name: "name".to_owned(),
        level: *level,
        passed: *passed,
        expected: "this".to_owned(),
        actual: "that".to_owned(),
    });
    let factory = |_env| std::future::ready(Err::<NoTransport, _>("none"));
    let suite = Suite::new("none", "0").transport(factory);
    let scenario = Scenario::must("group/id").needs(Caps::TLS);
    let skipped = run_one(&suite.variants[0], &scenario, &Filter::all());
    ScenarioResult { status, checks: checks.collect(), ..skipped }
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
