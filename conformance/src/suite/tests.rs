//! Variants, and what a scenario comes to before and after it is run.

use std::convert::Infallible;
use std::future::Ready;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use kendra_sync_core::{Delivery, TransportError, TransportErrorKind};

use super::*;
use crate::case::Case;
use crate::exchange::{Exchange, Want};
use crate::known::KnownFailures;

/// Sends nothing.
#[derive(Debug)]
pub(crate) struct Unconnected;

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

pub(crate) fn unconnected(_env: Env) -> Ready<Result<Unconnected, Infallible>> {
    std::future::ready(Ok(Unconnected))
}

/// A case that a transport which sends nothing passes, or fails.
fn case(passes: bool) -> Case {
    let kind = if passes { TransportErrorKind::Connect } else { TransportErrorKind::Interrupted };
    let wanted = Exchange::new(Want::fails(&[kind], Delivery::NotSent));
    Case::raw("", Vec::new(), vec![wanted])
}

#[test]
fn a_transport_with_tls_has_a_variant_for_each_scheme_and_names_are_not_taken_twice() {
    let suite = Suite::new("any", "0")
        .transport(unconnected)
        .caps(Caps::TLS)
        .transport(unconnected)
        .transport(unconnected);
    let variants: Vec<_> =
        suite.variants.iter().map(|v| (v.name.as_str(), v.scheme.to_string())).collect();
    let expected = [
        ("default", "http"),
        ("default-2", "http"),
        ("default-2-https", "https"),
        ("default-3", "http"),
        ("default-3-https", "https"),
    ];
    assert_eq!(variants, expected.map(|(name, scheme)| (name, scheme.to_owned())));
    let shown = format!("{suite:?}");
    assert!(shown.contains("\"any\"") && shown.contains("(\"default-2\", \"tls\")"), "{shown}");
}

#[test]
fn a_scenario_of_which_no_case_applies_has_no_meaning() {
    let suite = Suite::new("any", "0").transport(unconnected);
    let status = |scenario: Scenario| run_one(&suite.variants[0], &scenario, &Filter::all()).status;
    let needs = || case(true).needs(Caps::POOL);
    assert_eq!(status(Scenario::must("any/none").case(needs())), Status::NotApplicable);
    assert_eq!(status(Scenario::must("any/one").case(needs()).case(case(true))), Status::Pass);
    assert_eq!(status(Scenario::must("any/failed").case(case(false))), Status::Fail);
    let broke = Status::Error("nothing was looked at".to_owned());
    assert_eq!(status(Scenario::must("any/empty")), broke);
}

#[test]
fn only_what_can_be_replayed_is_run_with_a_recorder() {
    let record = |env, _file| unconnected(env);
    let play = |_file| Ok::<_, Infallible>(Unconnected);
    let playback = Playback::new(record, play, |_: &Unconnected| 0);
    let suite = Suite::new("any", "0").replay("tape", Caps::NONE, playback).variant(
        "live",
        Caps::NONE,
        unconnected,
    );
    let scenario = Scenario::must("any/live").case(case(true));
    let status = |at: usize| run_one(&suite.variants[at], &scenario, &Filter::all()).status;
    assert_eq!((status(0), status(1)), (Status::NotApplicable, Status::Pass));
}

#[test]
fn a_known_failure_that_expired_or_passed_is_a_failure_that_says_so() {
    let suite = Suite::new("any", "0").transport(unconnected);
    let known = |expires: &str, passes: bool| {
        let file = tempfile::NamedTempFile::new().unwrap();
        let id = "header/lenient-parsing";
        let text = format!("[[known]]\nid = \"{id}\"\nreason = \"why\"\n{expires}\n");
        std::fs::write(file.path(), text).unwrap();
        let known = KnownFailures::read(file.path()).unwrap();
        let scenario = Scenario::must(id).case(case(passes));
        let result = run_one(&suite.variants[0], &scenario, &Filter::all().known_failures(known));
        let said = result.checks.iter().find(|check| check.name == "known failure");
        (result.status, said.map(|check| (check.passed, check.actual.clone())))
    };
    let past = "expires = 2020-01-01";
    assert_eq!(known("", false), (Status::Known("why".to_owned()), None));
    let expired = Some((false, "it has expired".to_owned()));
    assert_eq!(known(past, false), (Status::Fail, expired));
    let passed = Some((false, "all checks passed".to_owned()));
    assert_eq!(known("", true), (Status::Fail, passed.clone()));
    assert_eq!(known(past, true), (Status::Fail, passed));
}

#[test]
fn a_check_is_as_binding_as_it_is_and_no_more_than_its_scenario_unless_it_is_global() {
    let (may, should, must) = (Level::May, Level::Should, Level::Must);
    let judge = |scenario: Level, name: &str, level: Level, passed: bool| {
        let (expected, actual) = (String::new(), String::new());
        judged(scenario, &[Check { name: name.to_owned(), level, passed, expected, actual }])
    };
    for (scenario, level, plain, global) in [
        (must, must, Status::Fail, Status::Fail),
        (must, should, Status::Warn, Status::Warn),
        (must, may, Status::Pass, Status::Pass),
        (should, must, Status::Warn, Status::Fail),
        (may, must, Status::Pass, Status::Fail),
        (may, should, Status::Pass, Status::Warn),
    ] {
        assert_eq!(judge(scenario, "any", level, false), plain);
        assert_eq!(judge(scenario, "a case: global/G1", level, false), global);
        assert_eq!(judge(scenario, "global/G1", level, true), Status::Pass);
    }
}
