//! Verdicts on single sends.

use bytes::Bytes;
use http::Response;
use kendra_sync_core::TransportErrorKind::{Connect, Timeout};
use kendra_sync_core::{TransportError, TransportErrorKind};

use super::*;

fn ok(body: &'static [u8]) -> Outcome {
    Ok(Response::new(Bytes::from_static(body)))
}

fn failed(kind: TransportErrorKind, delivery: Delivery) -> TransportError {
    TransportError::new(kind, delivery)
}

/// Name and whether it passed.
fn told(checks: &Checks) -> Vec<(&str, bool)> {
    checks.made.iter().map(|check| (check.name.as_str(), check.passed)).collect()
}

#[test]
fn one_of_what_is_accepted_is_enough_and_where_nothing_is_told_all_will_do() {
    let either = [Want::ok(b"one"), Want::ok(b"two")].concat();
    for (accepted, body, expected) in [
        (either.as_slice(), &b"one"[..], vec![("outcome", true)]),
        (&either, b"two", vec![("outcome", true)]),
        (&either, b"three", vec![("outcome", false)]),
        (&[], b"three", vec![]),
    ] {
        let mut checks = Checks::default();
        judge(accepted, 1, &ok(body), &mut checks);
        assert_eq!(told(&checks), expected);
    }
}

#[test]
fn the_outcomes_of_further_sends_are_told_apart() {
    let mut checks = Checks::default();
    for number in 1..=3 {
        judge(&Want::ok(b"one"), number, &ok(b"one"), &mut checks);
    }
    let expected = [("outcome", true), ("outcome of send 2", true), ("outcome of send 3", true)];
    assert_eq!(told(&checks), expected);
}

#[test]
fn a_send_that_ends_with_its_limit_is_neither_early_nor_late() {
    let ms = Duration::from_millis;
    let (before, at) = ("not before its limit", "at its limit");
    for (ends, took, late, expected) in [
        (Ends::At, ms(1000), ms(0), vec![(before, true), (at, true)]),
        // What a timer that counts in milliseconds may be early.
        (Ends::At, ms(995), ms(0), vec![(before, true), (at, true)]),
        (Ends::At, ms(994), ms(0), vec![(before, false), (at, true)]),
        (Ends::At, ms(3000), ms(0), vec![(before, true), (at, false)]),
        (Ends::By, ms(1), ms(0), vec![(at, true)]),
        (Ends::By, ms(2999), ms(0), vec![(at, true)]),
        (Ends::By, ms(3000), ms(0), vec![(at, false)]),
        (Ends::By, ms(5999), ms(1000), vec![(at, true)]),
        (Ends::By, ms(6000), ms(1000), vec![(at, false)]),
    ] {
        let mut checks = Checks::default();
        timely(ends, ms(1000), took, late, &mut checks);
        assert_eq!(told(&checks), expected, "{ends:?} {took:?} {late:?}");
    }
}

#[tokio::test]
async fn what_hangs_or_panics_has_no_outcome_and_fails_a_check() {
    type Waited = Result<Option<Result<(), TransportError>>, tokio::time::error::Elapsed>;
    let pending = std::future::pending::<Option<Result<(), TransportError>>>();
    let hung: Waited = tokio::time::timeout(Duration::ZERO, pending).await;
    let error = failed(Connect, Delivery::NotSent);
    type Row<'a> = (Waited, Option<Delivery>, bool, &'a [(&'a str, bool)]);
    let cases: [Row; 4] = [
        (Ok(Some(Ok(()))), None, true, &[("global/G6", true)]),
        (Ok(Some(Err(error))), Some(Delivery::NotSent), true, &[("global/G6", true)]),
        (Ok(None), None, false, &[("global/G6", true), ("global/G5", false)]),
        (hung, None, false, &[("global/G6", false)]),
    ];
    for (waited, delivery, outcome, expected) in cases {
        assert_eq!(said_of(&waited, TransportError::delivery), delivery);
        let mut checks = Checks::default();
        assert_eq!(answered(waited, &mut checks).is_some(), outcome);
        assert_eq!(told(&checks), expected);
    }
}

#[test]
fn an_outcome_is_shown_with_all_its_causes() {
    assert_eq!(shown(&ok(b"ok")), r#"a response with status 200 and a body of 2 bytes, "ok""#);
    let error = failed(Timeout, Delivery::MaybeSent);
    let text = error.to_string();
    let shown = shown(&Err(error.with_source("why")));
    assert_eq!(shown, format!("an error of kind [Timeout], MaybeSent, {text}: why"));
}
