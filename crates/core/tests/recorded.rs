//! Outcomes that a replay hands up are measured against the time of their recording.
#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{Request, Response};
use kendra_sync_core::blocking::{Client, HttpTransport};
use kendra_sync_core::transport::Recorded;
use kendra_sync_core::{
    Config, Credentials, Delivery, Error, ErrorKind, Region, TransportError, TransportErrorKind,
};

type Outcome = Result<Response<Bytes>, TransportError>;

#[derive(Debug)]
struct Script(Mutex<VecDeque<Outcome>>);

impl HttpTransport for Script {
    fn send(&self, _request: Request<Bytes>, _timeout: Duration) -> Outcome {
        self.0.lock().unwrap().pop_front().unwrap()
    }

    fn sleep(&self, _duration: Duration) {}
}

fn stop(outcomes: impl IntoIterator<Item = Outcome>) -> Error {
    let script = Script(Mutex::new(outcomes.into_iter().collect()));
    let credentials = Credentials::new("AKIDEXAMPLE", "secret", None).unwrap();
    let client = Client::new(script, credentials, Config::new(Region::new("eu-west-1").unwrap()));
    let index = "0a1b2c3d-4e5f-6789-abcd-ef0123456789".parse().unwrap();
    client.stop_data_source_sync_job(&index, &"wiki".parse().unwrap()).unwrap_err()
}

fn denied() -> Outcome {
    let response = Response::builder().status(400).header("date", "Sun, 06 Nov 1994 08:49:37 GMT");
    Ok(response.header("x-amzn-errortype", "AccessDeniedException").body(Bytes::new()).unwrap())
}

fn timed_out() -> Outcome {
    Err(TransportError::new(TransportErrorKind::Timeout, Delivery::MaybeSent))
}

#[test]
fn an_old_answer_says_nothing_of_todays_clock() {
    let then = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
    for sent in [Some(then), None] {
        let error = stop([Recorded::sent(sent).mark(denied())]);
        assert_eq!((error.attempts(), error.retryable()), (1, false));
    }
}

#[test]
fn a_clock_that_was_off_when_recorded_is_off_again() {
    let hour_late = SystemTime::UNIX_EPOCH + Duration::from_secs(784_115_377);
    let off = || Recorded::sent(Some(hour_late)).mark(denied());
    let error = stop([off(), off()]);
    assert_eq!((error.attempts(), error.retryable()), (2, false));
}

#[test]
fn a_call_that_had_no_time_left_has_none_in_its_replay() {
    let error = stop([timed_out(), Recorded::sent(None).out_of_time().mark(timed_out())]);
    let ErrorKind::Transport(cause) = error.kind() else { panic!("{error:?}") };
    assert_eq!(cause.kind(), TransportErrorKind::Timeout);
    assert_eq!((error.attempts(), error.limit_reached(), error.retryable()), (2, true, true));
}
