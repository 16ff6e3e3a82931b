//! A whole call ends in its replay as it ended when it was recorded.

use std::error::Error as StdError;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use kendra_sync_replay::kendra_sync_core::{
    Delivery, HttpTransport, TransportError, TransportErrorKind,
};
use kendra_sync_replay::{
    Cassette, Client, Config, Credentials, Error, Recorder, Region, Replay, Stopped, blocking,
};

use crate::script::{INDEX, Outcome, Script, answer, failure, stop};

/// Everything that is told of how a call ended.
fn told(result: &Result<Stopped, Error>) -> String {
    let error = match result {
        Ok(stopped) => return format!("{stopped:?}"),
        Err(error) => error,
    };
    let causes = std::iter::successors(error.source(), |&cause| cause.source());
    let causes: Vec<String> = causes.map(ToString::to_string).collect();
    format!(
        "{error} / {causes:?} / {:?} {:?} {} {:?} {:?} {} {}",
        error.code(),
        error.status(),
        error.attempts(),
        error.delivery(),
        error.request_id(),
        error.retryable(),
        error.limit_reached()
    )
}

/// Records a call over `transport`, and replays it from the text of the cassette.
fn twice(transport: impl blocking::HttpTransport) -> [String; 2] {
    let recorder = Recorder::in_memory(transport);
    let recording = recorder.recording();
    let live = told(&stop(recorder));
    let cassette = Cassette::parse(recording.cassette().to_string()).unwrap();
    let replay = Replay::new(cassette).strict();
    let replayed = told(&stop(replay.clone()));
    replay.finish().unwrap();
    [live, replayed]
}

fn dated(status: u16, code: &str, date: &str) -> Outcome {
    let answer = Response::builder().status(status).header("x-amzn-errortype", code);
    Ok(answer.header("date", date).body(Bytes::new()).unwrap())
}

#[test]
fn every_way_to_end_is_replayed() {
    let timeout = || failure(TransportErrorKind::Timeout, Delivery::MaybeSent);
    let reset = || failure(TransportErrorKind::Interrupted, Delivery::MaybeSent);
    let refused = || failure(TransportErrorKind::Connect, Delivery::NotSent);
    let throttled = || answer(400, r#"{"__type":"ThrottlingException","message":"slow"}"#);
    let old = "Sun, 06 Nov 1994 08:49:37 GMT";
    for outcomes in [
        vec![answer(200, "{}")],
        vec![throttled(), refused(), answer(200, "")],
        vec![throttled(), throttled(), throttled()],
        vec![reset(), timeout(), reset()],
        vec![refused(), refused(), refused()],
        vec![failure(TransportErrorKind::Tls, Delivery::NotSent)],
        vec![answer(503, "<html>busy</html>"), answer(404, "")],
        // A server whose clock is off: corrected, then the same again.
        vec![dated(400, "AccessDeniedException", old), dated(400, "AccessDeniedException", old)],
        vec![dated(403, "RequestTimeTooSkewed", old), answer(200, "")],
    ] {
        let [live, replayed] = twice(Script::new(outcomes));
        assert_eq!(live, replayed);
    }
}

/// Takes as long as it may.
#[derive(Debug)]
struct Stalls;

impl blocking::HttpTransport for Stalls {
    fn send(&self, _request: Request<Bytes>, timeout: Duration) -> Outcome {
        std::thread::sleep(timeout);
        failure(TransportErrorKind::Timeout, Delivery::MaybeSent)
    }

    fn sleep(&self, _duration: Duration) {}
}

#[test]
fn a_call_that_ran_out_of_time_does_so_again() {
    let call = |transport: &dyn Fn() -> Result<Stopped, Error>| told(&transport());
    let recorder = Arc::new(Recorder::in_memory(Stalls));
    let live = call(&|| limited(recorder.clone()));
    assert!(live.contains("the operation's limit is reached"), "{live}");
    let replay = Replay::new(recorder.recording().cassette()).strict();
    assert_eq!(call(&|| limited(replay.clone())), live);
    replay.finish().unwrap();
}

/// With a limit that the first attempt uses up.
fn limited(transport: impl blocking::HttpTransport) -> Result<Stopped, Error> {
    let credentials = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI", None).unwrap();
    let config = Config::new(Region::new("eu-west-1").unwrap());
    let config = config.operation_timeout(Duration::from_millis(50));
    let client = blocking::Client::new(transport, credentials, config);
    client.stop_data_source_sync_job(&INDEX.parse().unwrap(), &"wiki".parse().unwrap())
}

#[test]
fn an_answer_from_long_ago_says_nothing_of_todays_clock() {
    let denied = dated(400, "AccessDeniedException", "Sun, 06 Nov 1994 08:49:37 GMT");
    let recorder = Arc::new(Recorder::in_memory(Script::new([denied, answer(200, "")])));
    // Off by decades when it was recorded, so that it was tried again.
    assert_eq!(stop(recorder.clone()).unwrap().attempts(), 2);
    let text = recorder.recording().cassette().to_string();
    let of_then: Vec<&str> = text
        .lines()
        .map(|line| {
            if line.contains("startedDateTime") {
                "\"startedDateTime\": \"1994-11-06T08:49:37.5Z\","
            } else {
                line
            }
        })
        .collect();
    let replay = Replay::new(Cassette::parse(of_then.join("\n")).unwrap());
    let error = stop(replay).unwrap_err();
    assert_eq!((error.attempts(), error.retryable()), (1, false));
}

/// The async client, and errors of a transport that has no source.
#[derive(Debug)]
struct Bare;

#[async_trait]
impl HttpTransport for Bare {
    async fn send(&self, _request: Request<Bytes>, _timeout: Duration) -> Outcome {
        Err(TransportError::new(TransportErrorKind::Other, Delivery::NotSent))
    }

    async fn sleep(&self, _duration: Duration) {}
}

#[test]
fn an_async_call_is_replayed_and_an_error_without_a_cause_has_none() {
    let call = |transport: &dyn Fn() -> Arc<dyn HttpTransport>| {
        let credentials = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI", None).unwrap();
        let config = Config::new(Region::new("eu-west-1").unwrap());
        let client = Client::new(transport(), credentials, config);
        let (index, source) = (INDEX.parse().unwrap(), "wiki".parse().unwrap());
        told(&pollster::block_on(client.stop_data_source_sync_job(&index, &source)))
    };
    let recorder = Arc::new(Recorder::in_memory(Bare));
    let live = call(&|| recorder.clone());
    let cassette = Cassette::parse(recorder.recording().cassette().to_string()).unwrap();
    let replayed = call(&|| Arc::new(Replay::new(cassette.clone())));
    assert_eq!(live, replayed);
    assert!(live.starts_with("the transport failed / [] / "), "{live}");
}
