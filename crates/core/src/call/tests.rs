//! The states of a call, one outcome after another, on clocks that the test sets.

mod quota;

use std::sync::OnceLock;
use std::time::UNIX_EPOCH;

use super::*;
use crate::ids::{DataSourceId, IndexId};
use crate::operations::{StopDataSourceSyncJob, Stopped};
use crate::region::Region;
use crate::retry::RetryPolicy;
use crate::transport::TransportErrorKind::{self, Connect, Timeout, Tls};

const SECOND: Duration = Duration::from_secs(1);

/// Limits and policy of a call; the default is a minute for all, ten seconds an attempt, no retry.
struct Scenario {
    operation: Duration,
    policy: RetryPolicy,
}

impl Scenario {
    fn new() -> Self {
        Self { operation: 60 * SECOND, policy: RetryPolicy::off() }
    }

    /// Three attempts.
    fn retrying() -> Self {
        Self { policy: RetryPolicy::standard(), ..Self::new() }
    }

    fn operation(self, operation: Duration) -> Self {
        Self { operation, ..self }
    }

    fn shared(self) -> Shared {
        let config = Config::new(Region::new("eu-west-1").unwrap())
            .operation_timeout(self.operation)
            .attempt_timeout(10 * SECOND)
            .retry(self.policy);
        Shared::new(config)
    }

    fn start(self) -> Step<StopDataSourceSyncJob> {
        start(&Arc::new(self.shared()))
    }
}

fn start(shared: &Arc<Shared>) -> Step<StopDataSourceSyncJob> {
    let index = IndexId::new("0a1b2c3d-4e5f-6789-abcd-ef0123456789").unwrap();
    let stop = StopDataSourceSyncJob::new(index, DataSourceId::new("wiki").unwrap());
    Call::start(shared, stop, 1, at(Duration::ZERO))
}

/// The clocks, so long after the test's start.
fn at(after: Duration) -> Now {
    static START: OnceLock<Instant> = OnceLock::new();
    #[expect(clippy::disallowed_methods, reason = "an arbitrary origin: no `Instant` is constant")]
    let start = *START.get_or_init(Instant::now);
    Now { instant: start + after, system: UNIX_EPOCH + 20_000 * 86_400 * SECOND + after }
}

fn credentials() -> Credentials {
    Credentials::new("AKIDEXAMPLE", "secret", Some("session-token-canary".into())).unwrap()
}

fn sending(step: Step<StopDataSourceSyncJob>) -> Attempt<StopDataSourceSyncJob> {
    match step {
        Step::Send(attempt) => attempt,
        other => panic!("not sending: {other:?}"),
    }
}

fn waiting(step: Step<StopDataSourceSyncJob>) -> Pause<StopDataSourceSyncJob> {
    match step {
        Step::Wait(pause) => pause,
        other => panic!("not waiting: {other:?}"),
    }
}

fn done(step: Step<StopDataSourceSyncJob>) -> Result<Stopped, Error> {
    match step {
        Step::Done(result) => result,
        other => panic!("not done: {other:?}"),
    }
}

fn failure(
    kind: TransportErrorKind,
    delivery: Delivery,
) -> Result<Response<Bytes>, TransportError> {
    Err(TransportError::new(kind, delivery))
}

/// An answer that asks for a wait of exactly three seconds, longer than any first wait of the policy.
fn busy() -> Result<Response<Bytes>, TransportError> {
    let mut response = answer(503, "").unwrap();
    response.headers_mut().insert("x-amz-retry-after", HeaderValue::from_static("3000"));
    Ok(response)
}

fn answer(status: u16, body: &'static str) -> Result<Response<Bytes>, TransportError> {
    let mut response = Response::new(Bytes::from_static(body.as_bytes()));
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap();
    response.headers_mut().insert("x-amzn-requestid", HeaderValue::from_static("id-1"));
    Ok(response)
}

#[test]
fn an_answer_of_200_ends_the_call_with_its_request_id() {
    let mut attempt = sending(Scenario::new().start());
    let _ = attempt.sign(&credentials(), at(SECOND)).unwrap();
    let stopped = done(attempt.complete(answer(200, ""), at(2 * SECOND))).unwrap();
    assert_eq!((stopped.request_id(), stopped.attempts()), (Some("id-1"), 1));
}

#[test]
fn without_retries_any_error_ends_the_call() {
    for outcome in [
        failure(Connect, Delivery::NotSent),
        answer(500, ""),
        answer(400, r#"{"__type":"ThrottlingException"}"#),
    ] {
        let mut attempt = sending(Scenario::new().start());
        let _ = attempt.sign(&credentials(), at(SECOND)).unwrap();
        let error = done(attempt.complete(outcome, at(2 * SECOND))).unwrap_err();
        assert_eq!((error.attempts(), error.retryable(), error.limit_reached()), (1, true, false));
    }
}

#[test]
fn an_attempt_gets_the_smaller_of_its_limit_and_what_is_left() {
    let attempt = sending(Scenario::new().start());
    for (passed, left, limit) in [(0, 60, 10), (49, 11, 10), (51, 9, 9), (60, 0, 0), (90, 0, 0)] {
        let now = at(passed * SECOND);
        assert_eq!((attempt.remaining(now), attempt.timeout(now)), (left * SECOND, limit * SECOND));
    }
}

#[test]
fn a_limit_beyond_the_clock_is_none() {
    let attempt = sending(Scenario::new().operation(Duration::MAX).start());
    assert_eq!(attempt.remaining(at(SECOND)), Duration::MAX);
    assert_eq!(attempt.timeout(at(SECOND)), 10 * SECOND);
}

#[test]
fn a_limit_that_passes_before_anything_is_sent_is_a_deadline() {
    let mut attempt = sending(Scenario::new().start());
    let error = attempt.sign(&credentials(), at(60 * SECOND)).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Deadline));
    assert_eq!((error.attempts(), error.delivery()), (0, Delivery::NotSent));
    assert!(error.limit_reached());
}

#[test]
fn a_limit_that_cuts_an_attempt_keeps_its_error() {
    let mut attempt = sending(Scenario::new().start());
    let _ = attempt.sign(&credentials(), at(55 * SECOND)).unwrap();
    let outcome = failure(Timeout, Delivery::MaybeSent);
    let error = done(attempt.complete(outcome, at(60 * SECOND))).unwrap_err();
    assert_eq!(error.to_string(), "the time limit passed, the operation's limit is reached");
    assert!(error.limit_reached());
}

#[test]
fn missing_credentials_end_the_call_unsent() {
    let attempt = sending(Scenario::new().start());
    let error = attempt.without_credentials(CredentialsError::new("no key"), at(59 * SECOND));
    assert!(matches!(error.kind(), ErrorKind::Credentials(_)));
    assert_eq!((error.attempts(), error.delivery()), (0, Delivery::NotSent));
    assert!(!error.retryable());
}

#[test]
fn credentials_that_use_up_the_limit_are_a_deadline() {
    let attempt = sending(Scenario::new().start());
    let error = attempt.without_credentials(CredentialsError::new("slow"), at(60 * SECOND));
    assert!(matches!(error.kind(), ErrorKind::Deadline));
    assert!(error.limit_reached());
}

#[test]
fn a_retryable_error_is_followed_by_the_wait_and_another_attempt() {
    let mut attempt = sending(Scenario::retrying().start());
    let first = attempt.sign(&credentials(), at(Duration::ZERO)).unwrap();
    let pause = waiting(attempt.complete(busy(), at(SECOND)));
    assert_eq!(pause.duration(), 3 * SECOND);

    let mut attempt = sending(pause.resume(at(4 * SECOND)));
    let second = attempt.sign(&credentials(), at(4 * SECOND)).unwrap();
    let id = |request: &Request<Bytes>| request.headers()[&AMZ_SDK_INVOCATION_ID].clone();
    assert_eq!(id(&first), id(&second));
    assert_eq!(first.headers()[&AMZ_SDK_REQUEST], "attempt=1; max=3");
    assert_eq!(second.headers()[&AMZ_SDK_REQUEST], "ttl=20241004T000014Z; attempt=2; max=3");
    assert_eq!(first.headers()[&X_AMZ_DATE], "20241004T000000Z");
    assert_eq!(second.headers()[&X_AMZ_DATE], "20241004T000004Z");

    let pause = waiting(attempt.complete(failure(Connect, Delivery::NotSent), at(5 * SECOND)));
    assert!(pause.duration() < SECOND / 10);
    let mut attempt = sending(pause.resume(at(55 * SECOND)));
    let third = attempt.sign(&credentials(), at(55 * SECOND)).unwrap();
    assert_eq!(third.headers()[&AMZ_SDK_REQUEST], "ttl=20241004T000100Z; attempt=3; max=3");
    let error = done(attempt.complete(failure(Connect, Delivery::NotSent), at(56 * SECOND)));
    let error = error.unwrap_err();
    assert_eq!(error.to_string(), "could not connect (after 3 attempts)");
    assert_eq!(error.delivery(), Delivery::MaybeSent, "the worst of all attempts");
    assert!(!error.limit_reached());
}

#[test]
fn an_error_that_no_later_try_mends_is_not_followed_by_another() {
    for outcome in [
        failure(Tls, Delivery::NotSent),
        answer(400, r#"{"__type":"ValidationException"}"#),
        answer(302, ""),
    ] {
        let mut attempt = sending(Scenario::retrying().start());
        let _ = attempt.sign(&credentials(), at(Duration::ZERO)).unwrap();
        let error = done(attempt.complete(outcome, at(SECOND))).unwrap_err();
        assert_eq!((error.attempts(), error.retryable()), (1, false));
    }
}

#[test]
fn only_what_was_not_sent_is_sent_again_if_so_told() {
    let policy = RetryPolicy::standard().only_when_not_sent();
    let mut attempt = sending(Scenario { policy, ..Scenario::new() }.start());
    let _ = attempt.sign(&credentials(), at(Duration::ZERO)).unwrap();
    let pause = waiting(attempt.complete(failure(Connect, Delivery::NotSent), at(SECOND)));
    let mut attempt = sending(pause.resume(at(2 * SECOND)));
    let _ = attempt.sign(&credentials(), at(2 * SECOND)).unwrap();
    let outcome = failure(Timeout, Delivery::MaybeSent);
    let error = done(attempt.complete(outcome, at(3 * SECOND))).unwrap_err();
    assert_eq!((error.attempts(), error.retryable()), (2, true));
}

#[test]
fn a_wait_that_would_pass_the_limit_ends_the_call_at_once() {
    let mut attempt = sending(Scenario::retrying().start());
    let _ = attempt.sign(&credentials(), at(Duration::ZERO)).unwrap();
    let error = done(attempt.complete(busy(), at(57 * SECOND))).unwrap_err();
    assert_eq!((error.status().unwrap().as_u16(), error.limit_reached()), (503, true));
    assert_eq!(
        error.to_string(),
        "an answer without an error code (HTTP 503, request id id-1), the operation's limit is reached"
    );
}

/// After an attempt, the limit passes in the wait, in getting credentials, or without credentials.
#[test]
fn a_limit_that_passes_between_attempts_keeps_the_last_error() {
    let busy_once = || {
        let mut attempt = sending(Scenario::retrying().start());
        let _ = attempt.sign(&credentials(), at(Duration::ZERO)).unwrap();
        waiting(attempt.complete(busy(), at(SECOND)))
    };
    let in_the_wait = done(busy_once().resume(at(61 * SECOND))).unwrap_err();
    let mut attempt = sending(busy_once().resume(at(4 * SECOND)));
    let in_credentials = attempt.sign(&credentials(), at(60 * SECOND)).unwrap_err();
    let attempt = sending(busy_once().resume(at(4 * SECOND)));
    let without = attempt.without_credentials(CredentialsError::new("slow"), at(60 * SECOND));
    for error in [in_the_wait, in_credentials, without] {
        assert_eq!((error.status().unwrap().as_u16(), error.attempts()), (503, 1));
        assert!(error.limit_reached());
    }
}

#[test]
fn a_server_that_sends_the_secrets_back_does_not_get_them_shown() {
    let mut attempt = sending(Scenario::new().start());
    let request = attempt.sign(&credentials(), at(SECOND)).unwrap();
    let authorization = request.headers()[header::AUTHORIZATION].to_str().unwrap().to_owned();
    let (_, signature) = authorization.rsplit_once('=').unwrap();
    let echo = format!("{authorization} session-token-\n canary");
    let id = HeaderValue::try_from(format!("id-{signature}")).unwrap();
    for body in [format!(r#"{{"message":{echo:?}}}"#), echo] {
        let mut response = Response::new(Bytes::from(body));
        *response.status_mut() = http::StatusCode::BAD_REQUEST;
        response.headers_mut().insert("x-amzn-requestid", id.clone());
        response.headers_mut().insert("x-amzn-errortype", id.clone());
        let mut attempt = sending(Scenario::new().start());
        let _ = attempt.sign(&credentials(), at(SECOND)).unwrap();
        let error = done(attempt.complete(Ok(response), at(SECOND))).unwrap_err();
        let mut shown = format!("{error} {error:?} {error:#?}");
        shown.retain(|c| !c.is_whitespace());
        for secret in [signature, "session-token-canary"] {
            for window in secret.as_bytes().windows(8) {
                let window = std::str::from_utf8(window).unwrap();
                assert!(!shown.contains(window), "{window} in {shown}");
            }
        }
    }
}

#[test]
fn debug_of_every_state_is_without_secrets() {
    let mut attempt = sending(Scenario::retrying().start());
    let request = attempt.sign(&credentials(), at(SECOND)).unwrap();
    let shown = format!(
        "{attempt:?} {request:?} {:?}",
        Shared::new(Config::new(Region::new("x").unwrap()))
    );
    for secret in ["session-token-canary", "secret", "Signature="] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}
