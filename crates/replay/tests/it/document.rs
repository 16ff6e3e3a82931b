//! The cassettes in docs/cassette.md do what is said of them.

use kendra_sync_replay::kendra_sync_core::{Delivery, TransportErrorKind};
use kendra_sync_replay::{Cassette, Error, ErrorCode, ErrorKind, Replay, Stopped};

use crate::script::stop;

const DOCUMENT: &str = include_str!("../../../../docs/cassette.md");

/// The JSON blocks: name and text.
fn cassettes() -> Vec<(&'static str, &'static str)> {
    let blocks = DOCUMENT.split("```json ").skip(1);
    blocks.map(|block| block.split("\n```").next().unwrap().split_once('\n').unwrap()).collect()
}

/// Stops `wiki` with the cassette of that name.
fn replayed(name: &str) -> Result<Stopped, Error> {
    let (_, text) = cassettes().into_iter().find(|(of, _)| *of == name).unwrap();
    let replay = Replay::new(Cassette::parse(text).unwrap()).strict();
    let result = stop(replay.clone());
    replay.finish().unwrap();
    result
}

/// Kind, delivery, attempts and cause of a call's failure.
fn failure(error: &Error) -> (TransportErrorKind, Delivery, u32, String) {
    let ErrorKind::Transport(cause) = error.kind() else { panic!("{error:?}") };
    let text = std::error::Error::source(error).unwrap().to_string();
    (cause.kind(), error.delivery(), error.attempts(), text)
}

#[test]
fn the_document_has_the_four_faults() {
    let names: Vec<&str> = cassettes().iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["throttle", "reset", "stall", "truncated"]);
}

#[test]
fn a_throttle_is_tried_again() {
    assert_eq!(replayed("throttle").unwrap().attempts(), 2);
    let (_, text) = cassettes()[0];
    let cassette = Cassette::parse(text).unwrap();
    let forever = cassette.exchanges().iter().take(1).map(|throttle| throttle.clone().repeated());
    let error = stop(Replay::new(forever.collect())).unwrap_err();
    assert_eq!((error.code(), error.attempts()), (Some(&ErrorCode::Throttling), 3));
    assert_eq!(error.request_id(), Some("52dbb64c-5fd8-4306-9605-39f9a58abf56"));
}

#[test]
fn a_reset_and_a_stall_are_what_they_are_called() {
    let reset = "Connection reset by peer (os error 104)".to_owned();
    let (maybe, attempts) = (Delivery::MaybeSent, 3);
    let error = replayed("reset").unwrap_err();
    assert_eq!(failure(&error), (TransportErrorKind::Interrupted, maybe, attempts, reset));
    let error = replayed("stall").unwrap_err();
    let stall = "no answer within 30 s".to_owned();
    assert_eq!(failure(&error), (TransportErrorKind::Timeout, maybe, attempts, stall));
}

#[test]
fn a_truncated_body_is_an_error_and_the_next_attempt_succeeds() {
    assert_eq!(replayed("truncated").unwrap().attempts(), 2);
}
