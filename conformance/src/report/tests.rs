//! Verdicts on profiles and whole runs.

use kendra_sync_hyper::HyperTransport as NoTransport;

use super::*;
use crate::filter::Filter;
use crate::suite::{Suite, run_one};

/// One that was not run, to be changed.
fn skipped() -> ScenarioResult {
    let factory = |_env| std::future::ready(Err::<NoTransport, _>("none"));
    let suite = Suite::new("none", "0").transport(factory);
    let scenario = Scenario::must("any/scenario").needs(Caps::TLS);
    run_one(&suite.variants[0], &scenario, &Filter::all())
}

fn result(variant: &str, scenario: &Scenario, status: Status) -> ScenarioResult {
    let (id, level, caps) = (scenario.id(), scenario.level(), scenario.caps());
    ScenarioResult { variant: variant.to_owned(), id, level, caps, status, ..skipped() }
}

fn report(results: Vec<ScenarioResult>) -> Report {
    Report { results, ..Suite::new("none", "0").report(&Filter::all()) }
}

/// The whole catalogue for the variant `v`, passed but for what `but` says.
fn passed_but(but: impl Fn(&Scenario) -> Option<Status>) -> Report {
    let status = |scenario: &Scenario| but(scenario).unwrap_or(Status::Pass);
    report(catalogue().iter().map(|s| result("v", s, status(s))).collect())
}

fn musts(of: impl Fn(Caps) -> bool) -> usize {
    catalogue().iter().filter(|s| s.level() == Level::Must && of(s.caps())).count()
}

fn profile(report: &Report, caps: Caps, name: &str) -> Profile {
    let profiles = report.profiles("v", caps);
    profiles.into_iter().find(|profile| profile.name == name).unwrap()
}

const CORE: &str = "status/success-200-empty";

/// What core's profile comes to where the one scenario ends so.
fn core_with(status: Status) -> (Option<bool>, usize) {
    let report = passed_but(|scenario| (scenario.id() == CORE).then(|| status.clone()));
    let core = profile(&report, Caps::NONE, "core");
    (core.conformant, core.applicable - core.passed)
}

#[test]
fn core_is_conformant_only_if_each_of_its_musts_was_run_and_held() {
    for (status, expected) in [
        (Status::Pass, (Some(true), 0)),
        (Status::Warn, (Some(true), 0)),
        (Status::Fail, (Some(false), 1)),
        (Status::Known("why".to_owned()), (Some(false), 1)),
        (Status::Error("why".to_owned()), (Some(false), 1)),
        (Status::Skip("why".to_owned()), (None, 1)),
        // It has no meaning, so it is not among those that must hold.
        (Status::NotApplicable, (Some(true), 0)),
    ] {
        assert_eq!(core_with(status.clone()), expected, "{status:?}");
    }
    let core = profile(&passed_but(|_| None), Caps::NONE, "core");
    assert_eq!((core.claimed, core.applicable), (true, musts(|caps| caps == Caps::NONE)));
    let one_na = passed_but(|s| (s.id() == CORE).then_some(Status::NotApplicable));
    assert_eq!(profile(&one_na, Caps::NONE, "core").applicable, core.applicable - 1);
    // What only should hold decides nothing, nor does what was not run at all.
    let should = passed_but(|s| (s.level() != Level::Must).then_some(Status::Fail));
    assert_eq!(profile(&should, Caps::NONE, "core"), core);
    let nothing = profile(&report(Vec::new()), Caps::NONE, "core");
    assert_eq!((nothing.conformant, nothing.passed), (None, 0));
}

#[test]
fn a_verdict_is_over_the_variants_own_results() {
    let mut report = passed_but(|_| None);
    let core = profile(&report, Caps::NONE, "core");
    report.results.extend(catalogue().iter().map(|s| result("w", s, Status::Fail)));
    assert_eq!(profile(&report, Caps::NONE, "core"), core);
}

#[test]
fn a_capability_that_is_not_declared_has_no_verdict() {
    for status in [Status::Pass, Status::Fail, Status::Skip("why".to_owned())] {
        let report = passed_but(|_| Some(status.clone()));
        let tls = profile(&report, Caps::POOL, "tls");
        assert_eq!((tls.claimed, tls.conformant), (false, None), "{status:?}");
    }
}

#[test]
fn what_needs_two_capabilities_counts_for_who_has_both() {
    let both = Caps::TIMEOUT | Caps::TLS;
    let report = passed_but(|s| (s.caps() == both).then_some(Status::Fail));
    assert!(musts(|caps| caps == both) > 0);
    for (declared, conformant, applicable) in [
        (Caps::TIMEOUT, Some(true), musts(|caps| caps == Caps::TIMEOUT)),
        (both, Some(false), musts(|caps| caps == Caps::TIMEOUT || caps == both)),
    ] {
        let timeout = profile(&report, declared, "timeout");
        assert_eq!((timeout.conformant, timeout.applicable), (conformant, applicable));
        assert_eq!(profile(&report, declared, "core").conformant, Some(true));
    }
}

#[test]
fn a_profile_of_which_nothing_applies_is_left_out() {
    let report = passed_but(|s| (s.caps() != Caps::NONE).then_some(Status::NotApplicable));
    let profiles = report.profiles("v", Caps::NONE);
    assert_eq!(profiles.iter().map(|profile| profile.name).collect::<Vec<_>>(), ["core"]);
}

#[test]
fn the_exit_code_is_that_of_the_worst_result() {
    let why = || "why".to_owned();
    let (error, skip, known) = (Status::Error(why()), Status::Skip(why()), Status::Known(why()));
    let rows: [(&[Status], u8, u8); 9] = [
        (&[], 4, 4),
        (&[skip.clone(), Status::NotApplicable], 4, 4),
        (&[Status::Pass, skip], 0, 0),
        (&[Status::Pass, known.clone()], 0, 0),
        (&[known], 0, 0),
        (&[Status::Pass, Status::Warn], 0, 1),
        (&[Status::Pass, Status::Fail], 1, 1),
        (&[Status::Fail, error.clone()], 3, 3),
        (&[error], 3, 3),
    ];
    for (statuses, plain, strict) in rows {
        let results = statuses.iter().map(|s| result("v", &catalogue()[0], s.clone())).collect();
        let mut report = report(results);
        assert_eq!(report.exit_code(), plain, "{statuses:?}");
        report.strict = true;
        assert_eq!(report.exit_code(), strict, "{statuses:?}");
    }
}

#[test]
fn a_verdict_tells_what_is_not_claimed_from_what_was_not_run() {
    let verdicts = |report: &Report, caps: Caps| {
        let profiles = report.profiles("v", caps);
        let verdicts = profiles.iter().map(|profile| (profile.name, profile.verdict()));
        verdicts.filter(|(name, _)| ["core", "pool", "tls"].contains(name)).collect::<Vec<_>>()
    };
    let nothing = report(Vec::new());
    let skipped = [("core", "incomplete"), ("pool", "incomplete"), ("tls", "not-claimed")];
    assert_eq!(verdicts(&nothing, Caps::POOL), skipped);
    let failed = passed_but(|s| (s.caps() == Caps::POOL).then_some(Status::Fail));
    let verdict = [("core", "conformant"), ("pool", "not-conformant"), ("tls", "not-claimed")];
    assert_eq!(verdicts(&failed, Caps::POOL), verdict);
}

#[test]
fn a_report_is_written_where_it_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().join("reports");
    report(vec![result("v", &catalogue()[0], Status::Pass)]).write(&root, Wire::Never).unwrap();
    let json = std::fs::read_to_string(root.join("report.json")).unwrap();
    assert!(json.contains(&format!("\"{}\"", catalogue()[0].id())), "{json}");
    let problem = report(Vec::new()).write(Path::new("/dev/null/in"), Wire::Never).unwrap_err();
    assert!(problem.starts_with("the report directory /dev/null/in: "), "{problem}");
}
