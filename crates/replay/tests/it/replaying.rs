//! Which request gets which answer, and what is said where there is none.

use std::error::Error as StdError;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, StatusCode};
use kendra_sync_replay::kendra_sync_core::{
    Delivery, HttpTransport, TransportError, TransportErrorKind,
};
use kendra_sync_replay::{Cassette, Exchange, Redaction, Refusal, Replay};

use crate::log::Log;
use crate::script::{INDEX, Outcome, answer, failure, request, send};

fn exchange(request: Request<bytes::Bytes>, outcome: &Outcome) -> Exchange {
    Exchange::new(&request, outcome.as_ref(), &Redaction::new())
}

/// Two answers for `wiki`, with another data source's between them.
fn cassette() -> Cassette {
    let asked = [("wiki", 500), ("docs", 400), ("wiki", 200)];
    asked
        .map(|(source, status)| exchange(request(source), &answer(status, "")))
        .into_iter()
        .collect()
}

fn status(outcome: &Outcome) -> StatusCode {
    outcome.as_ref().unwrap().status()
}

/// What a refusal says, once it is made sure that it is one.
fn refusal(outcome: Outcome) -> String {
    let error = outcome.unwrap_err();
    let told = (error.kind(), error.delivery());
    assert_eq!(told, (TransportErrorKind::Unrecorded, Delivery::NotSent));
    error.source().unwrap().downcast_ref::<Refusal>().unwrap().to_string()
}

#[test]
fn exchanges_are_used_in_order_and_once() {
    let replay = Replay::new(cassette());
    let statuses = ["wiki", "wiki", "docs"].map(|source| status(&send(&replay, request(source))));
    assert_eq!(statuses, [500, 200, 400].map(|status| StatusCode::from_u16(status).unwrap()));
    assert_eq!(refusal(send(&replay, request("wiki"))), "all 2 exchanges that match are used up");
    assert_eq!(refusal(send(&replay, request("docs"))), "the one exchange that matches is used up");
    assert!(replay.finish().unwrap().is_empty());
}

#[test]
fn both_kinds_of_transport_answer_alike() {
    let replay: Arc<dyn HttpTransport> = Arc::new(Replay::new(cassette()));
    let asynchronous = replay.send(request("wiki"), Duration::from_secs(1));
    let outcome = pollster::block_on(asynchronous);
    assert_eq!(status(&outcome), 500);
    pollster::block_on(replay.sleep(Duration::from_secs(3600)));
}

#[test]
fn host_path_and_other_headers_do_not_count_and_json_counts_by_meaning() {
    let body = format!("{{ \"IndexId\": \"{INDEX}\", \"\\u0049d\": \"wiki\" }}");
    let other = Request::post("http://localhost:1/pre/fix/?a=b")
        .header("X-Amz-Target", "AWSKendraFrontendService.StopDataSourceSyncJob")
        .header("x-amz-date", "20261124T000000Z")
        .body(body.into())
        .unwrap();
    assert_eq!(status(&send(&Replay::new(cassette()), other)), 500);
}

#[test]
fn a_request_that_was_not_recorded_is_told_what_differs_from_the_nearest() {
    let replay = Replay::new(cassette());
    let other = |change: fn(&mut Request<bytes::Bytes>)| {
        let mut request = request("docs");
        change(&mut request);
        refusal(send(&replay, request))
    };
    for (change, expected) in [
        (
            (|request: &mut Request<bytes::Bytes>| {
                *request.body_mut() = request.body().to_vec().repeat(2).into()
            }) as fn(&mut _),
            "the nearest is exchange 1 of 3 (StopDataSourceSyncJob), which differs in the body, which is JSON in the recording only",
        ),
        (
            |request| {
                *request.body_mut() = format!("{{\"Id\":\"doc5\",\"IndexId\":\"{INDEX}\"}}").into()
            },
            "the nearest is exchange 1 of 3 (StopDataSourceSyncJob), which differs in /Id",
        ),
        (
            |request| {
                *request.body_mut() = "{\"Id\":\"docs\",\"IndexId\":\"x\",\"Dry\":true}".into()
            },
            "the nearest is exchange 2 of 3 (StopDataSourceSyncJob), which differs in /Dry, which is not recorded; /IndexId",
        ),
        (
            |request| *request.method_mut() = http::Method::PUT,
            "the nearest is exchange 2 of 3 (StopDataSourceSyncJob), which differs in the method",
        ),
        (
            |request| drop(request.headers_mut().remove("x-amz-target")),
            "the nearest is exchange 2 of 3 (StopDataSourceSyncJob), which differs in X-Amz-Target",
        ),
    ] {
        assert_eq!(other(change), expected);
    }
    assert_eq!(replay.unused().len(), 3);
    let empty = Replay::new(Cassette::new());
    assert_eq!(refusal(send(&empty, request("wiki"))), "the cassette is empty");
}

#[test]
fn a_missing_cassette_is_an_error_and_nothing_is_recorded() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("none.har");
    assert!(
        Replay::open(&path).unwrap_err().to_string().ends_with("none.har: there is no such file")
    );
    let replay = Replay::open_or_refuse(&path);
    for _ in 0..2 {
        let error = send(&replay, request("wiki")).unwrap_err();
        let refusal = error.source().unwrap();
        assert_eq!(refusal.to_string(), "there is no cassette to replay");
        assert!(refusal.source().unwrap().to_string().ends_with("none.har: there is no such file"));
    }
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[test]
fn exchanges_repeat_where_that_is_asked_for() {
    let replay = Replay::new(cassette()).repeating();
    let statuses = [(); 4].map(|()| status(&send(&replay, request("wiki"))).as_u16());
    assert_eq!(statuses, [500, 200, 200, 200]);

    let always = exchange(request("wiki"), &answer(503, "")).repeated();
    let cassette = Cassette::parse([always].into_iter().collect::<Cassette>().to_string()).unwrap();
    let replay = Replay::new(cassette);
    let statuses = [(); 3].map(|()| status(&send(&replay, request("wiki"))).as_u16());
    assert_eq!(statuses, [503; 3]);
}

#[test]
fn what_was_never_used_is_told() {
    let replay = Replay::new(cassette());
    send(&replay, request("docs")).unwrap();
    let unused = replay.finish().unwrap();
    let operation = "StopDataSourceSyncJob";
    assert_eq!(unused.exchanges().collect::<Vec<_>>(), [(1, operation), (3, operation)]);
    let told = format!("2 of 3 recorded exchanges were not used: 1 ({operation}), 3 ({operation})");
    assert_eq!(unused.to_string(), told);

    let strict = Replay::new(cassette()).strict();
    assert_eq!(strict.finish().unwrap_err().len(), 3);
    for source in ["wiki", "docs", "wiki"] {
        send(&strict, request(source)).unwrap();
    }
    assert!(strict.finish().unwrap().is_empty());
}

#[test]
fn dropping_the_last_of_a_replay_warns_of_what_was_never_used() {
    let warned = Log::of(|| {
        let replay = Replay::new(cassette());
        drop(replay.clone());
        send(&replay, request("docs")).unwrap();
    });
    let operation = "StopDataSourceSyncJob";
    let told = format!("2 of 3 recorded exchanges were not used: 1 ({operation}), 3 ({operation})");
    let replayed = "DEBUG kendra_sync::replay: replayed exchange=2\n";
    assert_eq!(warned, format!("{replayed} WARN kendra_sync::replay: {told}\n"));

    let strict = Log::of(|| drop(Replay::new(cassette()).strict()));
    assert!(strict.starts_with("ERROR kendra_sync::replay: 3 of 3 recorded"), "{strict}");
    let told = Log::of(|| drop(Replay::new(cassette()).finish()));
    assert_eq!(told, "");
}

#[test]
fn each_kind_of_error_comes_back_with_its_delivery_and_causes() {
    for &kind in TransportErrorKind::ALL {
        for delivery in [Delivery::NotSent, Delivery::MaybeSent] {
            let failed = exchange(request("wiki"), &failure(kind, delivery));
            let text = [failed].into_iter().collect::<Cassette>().to_string();
            let replay = Replay::new(Cassette::parse(text).unwrap());
            let error = send(&replay, request("wiki")).unwrap_err();
            assert_eq!((error.kind(), error.delivery()), (kind, delivery));
            assert_eq!(error.source().unwrap().to_string(), "what caused it");
            assert_eq!(error.to_string(), TransportError::new(kind, delivery).to_string());
        }
    }
}

#[test]
fn no_time_is_no_answer() {
    let replay = Replay::new(cassette());
    let outcome =
        kendra_sync_replay::blocking::HttpTransport::send(&replay, request("wiki"), Duration::ZERO);
    let error = outcome.unwrap_err();
    assert_eq!((error.kind(), error.delivery()), (TransportErrorKind::Timeout, Delivery::NotSent));
    assert_eq!(replay.unused().len(), 3);
}
