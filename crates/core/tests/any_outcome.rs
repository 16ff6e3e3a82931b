//! Whatever a transport gives, a call ends: within its limit and its attempts.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a failed step is a failed test; tests read the clock as a driver does"
)]

use std::sync::Arc;
use std::time::{Duration, Instant, UNIX_EPOCH};

use bytes::Bytes;
use http::Response;
use kendra_sync_core::call::{Call, Now, Shared, Step};
use kendra_sync_core::operations::StopDataSourceSyncJob;
use kendra_sync_core::{
    Config, Credentials, CredentialsError, DataSourceId, Delivery, IndexId, MaxAttempts, Region,
    RetryPolicy, TransportError, TransportErrorKind,
};
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Outcome {
    Answer { status: u16, code: &'static str, retry_after: Option<u64>, date: Option<u64> },
    Failure(TransportErrorKind, Delivery),
    NoCredentials,
}

fn any_outcome() -> impl Strategy<Value = Outcome> {
    use TransportErrorKind as Kind;
    let codes =
        ["", "ThrottlingException", "SlowDown", "ValidationException", "InvalidSignatureException"];
    let kinds = [
        Kind::Connect,
        Kind::Interrupted,
        Kind::InvalidRequest,
        Kind::InvalidResponse,
        Kind::Other,
        Kind::Timeout,
        Kind::Tls,
        Kind::Unrecorded,
    ];
    let delivery = prop_oneof![Just(Delivery::NotSent), Just(Delivery::MaybeSent)];
    prop_oneof![
        8 => (
            prop_oneof![Just(500), Just(503), Just(429), Just(400), Just(200), 100_u16..1000],
            proptest::sample::select(codes.to_vec()),
            proptest::option::of(0_u64..30_000),
            proptest::option::of(0_u64..4_000_000_000),
        )
            .prop_map(|(status, code, retry_after, date)| Outcome::Answer {
                status,
                code,
                retry_after,
                date,
            }),
        4 => (proptest::sample::select(kinds.to_vec()), delivery)
            .prop_map(|(kind, delivery)| Outcome::Failure(kind, delivery)),
        1 => Just(Outcome::NoCredentials),
    ]
}

fn any_policy() -> impl Strategy<Value = (RetryPolicy, u32)> {
    let base = prop_oneof![Just(RetryPolicy::standard()), Just(RetryPolicy::standard_2_0())];
    (base, 1_u8..=100, any::<bool>()).prop_map(|(policy, attempts, unsent)| {
        let policy = policy.max_attempts(MaxAttempts::new(attempts).unwrap());
        let policy = if unsent { policy.only_when_not_sent() } else { policy };
        (policy, attempts.into())
    })
}

proptest! {
    #[test]
    fn a_call_ends_within_its_limit_and_its_attempts(
        (policy, max_attempts) in any_policy(),
        limit in 1_u64..120_000,
        attempt_limit in 1_u64..60_000,
        seed: u64,
        outcomes in proptest::collection::vec((any_outcome(), 0.0_f64..1.2, 0_u64..3000), 100),
    ) {
        let limit = Duration::from_millis(limit);
        let config = Config::new(Region::new("eu-west-1").unwrap())
            .operation_timeout(limit)
            .attempt_timeout(Duration::from_millis(attempt_limit))
            .retry(policy);
        let shared = Arc::new(Shared::new(config));
        let index = IndexId::new("0a1b2c3d-4e5f-6789-abcd-ef0123456789").unwrap();
        let stop = StopDataSourceSyncJob::new(index, DataSourceId::new("wiki").unwrap());
        let credentials = Credentials::new("AKIDEXAMPLE", "secret", None).unwrap();
        let start = Instant::now();
        let after = |passed: Duration| Now {
            instant: start + passed,
            system: UNIX_EPOCH + Duration::from_secs(1_800_000_000) + passed,
        };

        let mut passed = Duration::ZERO;
        let mut worst = Delivery::NotSent;
        let mut sent = 0;
        let mut outcomes = outcomes.into_iter();
        let mut step = Call::start(&shared, stop, seed, after(passed));
        let (attempts, delivery) = loop {
            step = match step {
                Step::Send(mut attempt) => {
                    let (outcome, share, delay) = outcomes.next().unwrap();
                    prop_assert!(attempt.remaining(after(passed)) <= limit);
                    // Credentials may take their time, and more than they were given.
                    passed += Duration::from_millis(delay);
                    if matches!(outcome, Outcome::NoCredentials) {
                        let error = CredentialsError::new("none");
                        let error = attempt.without_credentials(error, after(passed));
                        break (error.attempts(), error.delivery());
                    }
                    let timeout = attempt.timeout(after(passed));
                    let request = match attempt.sign(&credentials, after(passed)) {
                        Ok(request) => request,
                        Err(error) => {
                            prop_assert!(passed >= limit && error.limit_reached());
                            break (error.attempts(), error.delivery());
                        }
                    };
                    sent += 1;
                    prop_assert!(passed < limit, "sent after the limit");
                    prop_assert!(!timeout.is_zero() && timeout <= limit - passed);
                    let header = request.headers()["amz-sdk-request"].to_str().unwrap();
                    let counted = format!("attempt={sent}; max={max_attempts}");
                    prop_assert!(header.ends_with(&counted));
                    // A transport keeps its limit, give or take.
                    passed += timeout.mul_f64(share);
                    attempt.complete(outcome_of(outcome, &mut worst), after(passed))
                }
                Step::Wait(pause) => {
                    prop_assert!(passed + pause.duration() < limit, "waits past the limit");
                    passed += pause.duration();
                    pause.resume(after(passed))
                }
                Step::Done(Ok(stopped)) => break (stopped.attempts(), worst),
                Step::Done(Err(error)) => break (error.attempts(), error.delivery()),
            };
        };
        prop_assert_eq!((attempts, delivery), (sent, worst));
        prop_assert!(sent <= max_attempts);
    }
}

fn outcome_of(outcome: Outcome, worst: &mut Delivery) -> Result<Response<Bytes>, TransportError> {
    match outcome {
        Outcome::Answer { status, code, retry_after, date } => {
            *worst = Delivery::MaybeSent;
            let mut response = Response::builder().status(status).header("x-amzn-errortype", code);
            if let Some(millis) = retry_after {
                response = response.header("x-amz-retry-after", millis);
            }
            if let Some(seconds) = date {
                let date = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(seconds));
                response = response.header("date", date);
            }
            Ok(response.body(Bytes::new()).unwrap())
        }
        Outcome::Failure(kind, delivery) => {
            *worst = (*worst).max(delivery);
            Err(TransportError::new(kind, delivery))
        }
        Outcome::NoCredentials => unreachable!("handled before anything is sent"),
    }
}
