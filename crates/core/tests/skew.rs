//! A clock that is off is corrected: AWS's cross-SDK cases.
#![expect(
    clippy::disallowed_methods,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a failed step is a failed test; tests read the clock as a driver does"
)]

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use http::Response;
use kendra_sync_core::call::{Call, Now, Shared, Step};
use kendra_sync_core::operations::StopDataSourceSyncJob;
use kendra_sync_core::{
    Config, Credentials, DataSourceId, Error, IndexId, MaxAttempts, Region, RetryPolicy, Stopped,
};
use serde_json::Value;

/// A client on a clock that the test sets.
struct Client {
    shared: Arc<Shared>,
    origin: (Instant, SystemTime),
}

/// One exchange of a case.
struct Exchange {
    sent: SystemTime,
    received: SystemTime,
    response: Response<Bytes>,
}

impl Client {
    fn new(attempts: u8, first: SystemTime) -> Self {
        let policy = RetryPolicy::standard().max_attempts(MaxAttempts::new(attempts).unwrap());
        let config = Config::new(Region::new("eu-west-1").unwrap())
            .retry(policy)
            .operation_timeout(Duration::from_secs(24 * 60 * 60));
        Self { shared: Arc::new(Shared::new(config)), origin: (Instant::now(), first) }
    }

    fn now(&self, system: SystemTime) -> Now {
        let (instant, first) = self.origin;
        Now { instant: instant + system.duration_since(first).unwrap(), system }
    }

    /// Runs a call; gives the time that each request was signed with, and how the call ended.
    fn call(&self, exchanges: Vec<Exchange>) -> (Vec<String>, Result<Stopped, Error>) {
        let index = IndexId::new("0a1b2c3d-4e5f-6789-abcd-ef0123456789").unwrap();
        let stop = StopDataSourceSyncJob::new(index, DataSourceId::new("wiki").unwrap());
        let credentials = Credentials::new("AKIDEXAMPLE", "secret", None).unwrap();
        let mut signed = Vec::new();
        let mut step = Call::start(&self.shared, stop, 1, self.now(exchanges[0].sent));
        for Exchange { sent, received, response } in exchanges {
            // A correction is followed by the next attempt without a wait.
            let Step::Send(mut attempt) = step else { panic!("not sending: {step:?}") };
            let request = attempt.sign(&credentials, self.now(sent)).unwrap();
            signed.push(request.headers()["x-amz-date"].to_str().unwrap().to_owned());
            step = attempt.complete(Ok(response), self.now(received));
        }
        let Step::Done(result) = step else { panic!("not done: {step:?}") };
        (signed, result)
    }
}

fn time(rfc3339: &str) -> SystemTime {
    let (date, time) = rfc3339.trim_end_matches('Z').split_once('T').unwrap();
    let [_, _, day] = [0, 1, 2].map(|n| date.split('-').nth(n).unwrap());
    // All cases are of January 2026.
    httpdate::parse_http_date(&format!("Thu, {day} Jan 2026 {time} GMT")).unwrap()
}

/// The form of `X-Amz-Date`.
fn basic(rfc3339: &str) -> String {
    rfc3339.replace(['-', ':'], "")
}

fn response(case: &Value) -> Response<Bytes> {
    let body = match case["errorCode"].as_str() {
        Some(code) => format!(r#"{{"__type":"{code}"}}"#),
        None => String::new(),
    };
    let status = u16::try_from(case["statusCode"].as_u64().unwrap()).unwrap();
    let mut response = Response::builder().status(status);
    for (name, value) in case["headers"].as_object().unwrap() {
        response = response.header(name, value.as_str().unwrap());
    }
    response.body(Bytes::from(body)).unwrap()
}

/// Teaches a client a skew in seconds, with a success.
fn teach(client: &Client, skew: i64, at: SystemTime) {
    let server = if skew < 0 {
        at - Duration::from_secs(skew.unsigned_abs())
    } else {
        at + Duration::from_secs(skew.unsigned_abs())
    };
    let date = httpdate::fmt_http_date(server);
    let response = Response::builder().header("date", date).body(Bytes::new()).unwrap();
    client.call(vec![Exchange { sent: at, received: at, response }]).1.unwrap();
}

#[test]
fn the_cross_sdk_cases() {
    let cases: Value =
        serde_json::from_str(include_str!("vectors/clock-skew-test-cases.json")).unwrap();
    let cases = cases["tests"].as_array().unwrap();
    assert_eq!(cases.len(), 10);
    for case in cases {
        let name = case["description"].as_str().unwrap();
        let operations = case["operations"].as_array().unwrap();
        let first = time(operations[0]["attempts"][0]["clientTimeAtSend"].as_str().unwrap());
        let attempts = operations[0]["maxAttempts"].as_u64().unwrap_or(3);
        let start = first - Duration::from_secs(3600);
        let client = Client::new(u8::try_from(attempts).unwrap(), start);
        teach(&client, operations[0]["initialClientSkew"].as_i64().unwrap(), start);
        let mut last = first;
        for operation in operations {
            let attempts = operation["attempts"].as_array().unwrap();
            let at = |attempt: &Value, name: &str| time(attempt[name].as_str().unwrap());
            let exchanges = attempts.iter().map(|attempt| Exchange {
                sent: at(attempt, "clientTimeAtSend"),
                received: at(attempt, "clientTimeAtReceive"),
                response: response(&attempt["response"]),
            });
            let (signed, result) = client.call(exchanges.collect());
            let expected: Vec<String> = attempts
                .iter()
                .map(|attempt| basic(attempt["expectedSigningTime"].as_str().unwrap()))
                .collect();
            assert_eq!(signed, expected, "{name}");
            assert_eq!(result.is_ok(), operation["expectedOutcome"] == "success", "{name}");
            last = at(attempts.last().unwrap(), "clientTimeAtReceive");
        }
        // What was learned shows in the next request.
        let skew = operations.last().unwrap()["expectedClientSkew"].as_i64().unwrap();
        let learned = last + Duration::from_secs(u64::try_from(skew).unwrap());
        let response = Response::new(Bytes::new());
        let (signed, _) = client.call(vec![Exchange { sent: last, received: last, response }]);
        let shown = httpdate::fmt_http_date(learned);
        let clock = format!("T{}Z", shown.split(' ').nth(4).unwrap().replace(':', ""));
        assert!(signed[0].ends_with(&clock), "{name}: {signed:?} {shown}");
    }
}

/// A refusal of a request that was signed with the right time is what it says, however far off this
/// machine's own clock is.
#[test]
fn a_corrected_clock_does_not_explain_a_refusal() {
    let first = time("2026-01-01T00:00:00Z");
    let client = Client::new(3, first);
    teach(&client, 3600, first);
    let response = Response::builder()
        .status(400)
        .header("date", "Thu, 01 Jan 2026 01:00:00 GMT")
        .body(Bytes::from_static(br#"{"__type":"AccessDeniedException"}"#))
        .unwrap();
    let (signed, result) = client.call(vec![Exchange { sent: first, received: first, response }]);
    let error = result.unwrap_err();
    assert_eq!((signed, error.attempts()), (vec!["20260101T010000Z".to_owned()], 1));
    assert!(!error.retryable());
}
