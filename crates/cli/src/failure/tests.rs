//! docs/errors.md, row by row, against what a call makes of it.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use kendra_sync_hyper::kendra_sync_core::{HttpTransport, TransportError};
use kendra_sync_hyper::{Client, Config, Credentials, DataSourceId, IndexId, Region, RetryPolicy};

use super::*;

const DOCUMENT: &str = include_str!("../../../../docs/errors.md");

/// The rows of the table under `## heading`, without its head.
fn rows(heading: &str) -> Vec<Vec<&'static str>> {
    let (_, section) = DOCUMENT.split_once(&format!("## {heading}\n")).unwrap();
    let lines = section.lines().skip_while(|line| !line.starts_with('|'));
    let rows = lines.take_while(|line| line.starts_with('|')).skip(2);
    rows.map(|row| row.trim_matches('|').split('|').map(str::trim).collect()).collect()
}

/// Gives one outcome, for ever.
#[derive(Debug)]
enum Outcome {
    Answer(StatusCode, &'static str),
    Failure(TransportErrorKind),
}

#[async_trait]
impl HttpTransport for Outcome {
    async fn send(
        &self,
        _request: Request<Bytes>,
        _timeout: Duration,
    ) -> Result<Response<Bytes>, TransportError> {
        match *self {
            Self::Failure(kind) => Err(TransportError::new(kind, Delivery::NotSent)),
            Self::Answer(status, code) => {
                let mut response = Response::new(Bytes::new());
                *response.status_mut() = status;
                if code != "-" {
                    response.headers_mut().insert("x-amzn-errortype", code.parse().unwrap());
                }
                Ok(response)
            }
        }
    }

    async fn sleep(&self, _duration: Duration) {}
}

async fn call(outcome: Outcome) -> Error {
    call_within(outcome, Duration::from_secs(60)).await
}

async fn call_within(outcome: Outcome, limit: Duration) -> Error {
    let credentials = Credentials::new("AKIDEXAMPLE", "secret", None).unwrap();
    let config = Config::new(Region::new("eu-west-1").unwrap()).retry(RetryPolicy::standard());
    let config = config.operation_timeout(limit);
    let client = Client::new(outcome, credentials, config);
    let index = IndexId::new("0a1b2c3d-4e5f-6789-abcd-ef0123456789").unwrap();
    let source = DataSourceId::new("wiki").unwrap();
    client.stop_data_source_sync_job(&index, &source).await.unwrap_err()
}

/// What was made of it: retried, and can be later, or neither.
fn retried(error: &Error) -> &'static str {
    match (error.attempts(), error.retryable()) {
        (3, true) => "yes",
        (1, false) => "no",
        other => panic!("{other:?} {error:?}"),
    }
}

#[tokio::test]
async fn answers_are_as_documented() {
    let rows = rows("Answers");
    assert_eq!(rows.len(), 45);
    for row in rows {
        let [code, status, variant, retry] = row[..] else { panic!("{row:?}") };
        let statuses = match status {
            "any" => vec![302, 400, 403, 404, 409, 429, 500, 503],
            status => vec![status.parse().unwrap()],
        };
        for status in statuses {
            let status = StatusCode::from_u16(status).unwrap();
            let error = call(Outcome::Answer(status, code)).await;
            let found = match error.code() {
                None => "-",
                Some(ErrorCode::AccessDenied) => "AccessDenied",
                Some(ErrorCode::InternalServer) => "InternalServer",
                Some(ErrorCode::ResourceNotFound) => "ResourceNotFound",
                Some(ErrorCode::Throttling) => "Throttling",
                Some(ErrorCode::Validation) => "Validation",
                Some(_) => "Other",
            };
            assert_eq!((found, retried(&error)), (variant, retry), "{row:?} {status}");
            let failure = Failure::call(&error);
            assert_eq!(failure.exit, 254);
            assert_eq!(failure.facts.code.as_deref().unwrap_or("-"), code);
            assert_eq!(failure.facts.retryable, retry == "yes");
        }
    }
}

#[tokio::test]
async fn transport_errors_are_as_documented() {
    use TransportErrorKind as Kind;
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
    let rows = rows("No answer");
    assert_eq!(rows.len(), kinds.len());
    for (row, kind) in rows.iter().zip(kinds) {
        let [name, code, retry] = row[..] else { panic!("{row:?}") };
        let error = call(Outcome::Failure(kind)).await;
        assert_eq!((format!("{kind:?}"), retried(&error)), (name.to_owned(), retry));
        let failure = Failure::call(&error);
        assert_eq!((failure.exit, failure.facts.code.as_deref()), (255, Some(code)));
        assert_eq!(failure.facts.retryable, retry == "yes");
    }
}

fn without_region() -> SettingsError {
    let builder = kendra_sync_config::Settings::builder();
    let settings = builder.environment(kendra_sync_config::Environment::default()).load().unwrap();
    settings.config().unwrap_err()
}

#[tokio::test]
async fn failures_before_anything_is_sent_are_as_documented() {
    let rows = rows("Before anything is sent");
    let documented: Vec<(&str, &str)> = rows.iter().map(|row| (row[1], row[2])).collect();
    let unsent = Outcome::Failure(TransportErrorKind::Connect);
    let deadline = call_within(unsent, Duration::ZERO).await;
    assert!(matches!(deadline.kind(), ErrorKind::Deadline));
    let failures = [
        Failure::usage("x"),
        Failure::settings(without_region()),
        Failure::no_credentials("x"),
        Failure::configuration("x"),
        Failure::call(&deadline),
        Failure::recording(&kendra_sync_replay::Cassette::parse("").unwrap_err()),
        Failure::interrupted(1),
    ];
    let exits = failures.each_ref().map(|failure| failure.exit.to_string());
    let codes = failures.iter().map(|failure| failure.facts.code.as_deref().unwrap());
    let found: Vec<(&str, &str)> = codes.zip(exits.iter().map(String::as_str)).collect();
    assert_eq!(documented, found);
}
