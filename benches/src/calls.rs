//! Calls of core's state machine, and the answers that end them.

use std::sync::Arc;
use std::time::{Duration, Instant, UNIX_EPOCH};

use bytes::Bytes;
use http::{Request, Response};
use kendra_sync_core::call::{Attempt, Call, Now, Shared, Step};
use kendra_sync_core::operations::{StopDataSourceSyncJob, Stopped};
use kendra_sync_core::transport::MAX_BODY;
use kendra_sync_core::{
    Config, Credentials, DataSourceId, Endpoint, Error, IndexId, Region, RetryPolicy,
};

/// The calls of one client, all at the same time of the clock.
#[derive(Debug)]
#[non_exhaustive]
pub struct Calls {
    shared: Arc<Shared>,
    /// Who signs them.
    pub credentials: Credentials,
    /// The index that they name.
    pub index: IndexId,
    /// The data source that they name.
    pub source: DataSourceId,
    /// When they are made.
    pub now: Now,
}

impl Calls {
    /// Calls to Kendra in Ireland, signed with a session token if there is one. No key is derived yet.
    pub fn new(token: Option<&str>) -> Self {
        let token = token.map(str::to_owned);
        // 2026-11-24T09:08:07Z
        let system = UNIX_EPOCH + Duration::from_secs(1_795_511_287);
        Self {
            shared: Arc::new(Shared::new(config().retry(RetryPolicy::off()))),
            credentials: Credentials::new("AKIDEXAMPLE", SECRET, token).unwrap(),
            index: IndexId::new("0a1b2c3d-4e5f-6789-abcd-ef0123456789").unwrap(),
            source: DataSourceId::new("wiki_1").unwrap(),
            now: Now { instant: Instant::now(), system },
        }
    }

    /// [`Calls::new`] with the key of the day derived.
    pub fn warm(token: Option<&str>) -> Self {
        let calls = Self::new(token);
        drop(calls.sign());
        calls
    }

    /// Settings for calls to a server on this machine.
    pub fn config(url: &str) -> Config {
        config().endpoint(Endpoint::parse(url).unwrap())
    }

    /// A call that is about to sign.
    pub fn start(&self) -> Attempt<StopDataSourceSyncJob> {
        let stop = StopDataSourceSyncJob::new(self.index.clone(), self.source.clone());
        match Call::start(&self.shared, stop, 42, self.now) {
            Step::Send(attempt) => attempt,
            other => panic!("a call starts by sending, not with {other:?}"),
        }
    }

    /// A call that has been sent, and what was sent.
    pub fn sign(&self) -> (Attempt<StopDataSourceSyncJob>, Request<Bytes>) {
        let mut attempt = self.start();
        let request = attempt.sign(&self.credentials, self.now).unwrap();
        (attempt, request)
    }

    /// The request of such a call, for the server at `url`.
    pub fn unsigned(&self, url: &str) -> Request<Bytes> {
        let (_attempt, mut request) = self.sign();
        *request.uri_mut() = format!("{url}/").parse().unwrap();
        request
    }

    /// What a call makes of its answer.
    pub fn parse(
        &self,
        attempt: Attempt<StopDataSourceSyncJob>,
        answer: Response<Bytes>,
    ) -> Result<Stopped, Error> {
        match attempt.complete(Ok(answer), self.now) {
            Step::Done(result) => result,
            other => panic!("without retries an answer ends the call, not {other:?}"),
        }
    }

    /// A whole call: start, sign, parse, done.
    pub fn call(&self, answer: Response<Bytes>) -> Result<Stopped, Error> {
        let (attempt, _request) = self.sign();
        self.parse(attempt, answer)
    }
}

/// What Kendra answers, or something in its place.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Answer {
    /// A name for the bench.
    pub name: &'static str,
    make: fn() -> Response<Bytes>,
}

impl Answer {
    /// Success, each documented error, and what no server should send.
    pub const ALL: [Self; 9] = [
        Self { name: "success", make: Self::success },
        Self { name: "access denied", make: || documented(400, "AccessDeniedException") },
        Self { name: "internal server", make: || documented(500, "InternalServerException") },
        Self { name: "not found", make: || documented(400, "ResourceNotFoundException") },
        Self { name: "throttling", make: || documented(400, "ThrottlingException") },
        Self { name: "validation", make: || documented(400, "ValidationException") },
        Self { name: "a proxy's page", make: page },
        Self { name: "1 MiB of brackets", make: deep },
        Self { name: "1 MiB of message", make: long_message },
    ];

    /// The answer itself.
    pub fn make(self) -> Response<Bytes> {
        (self.make)()
    }

    /// What Kendra answers to a stop that it takes.
    pub fn success() -> Response<Bytes> {
        answer(200, "")
    }
}

fn documented(status: u16, code: &str) -> Response<Bytes> {
    answer(status, format!(r#"{{"__type":"{code}","Message":"The data source is not there."}}"#))
}

fn page() -> Response<Bytes> {
    answer(503, "<html><body><h1>503 Service Unavailable</h1></body></html>")
}

fn deep() -> Response<Bytes> {
    answer(500, format!(r#"{{"a":{}"#, "[".repeat(MAX_BODY)))
}

fn long_message() -> Response<Bytes> {
    let message = r"caf\u00e9 ".repeat(MAX_BODY / 11);
    answer(400, format!(r#"{{"__type":"ValidationException","Message":"{message}"}}"#))
}

fn answer(status: u16, body: impl Into<Bytes>) -> Response<Bytes> {
    Response::builder()
        .status(status)
        .header("x-amzn-requestid", "8d0f3a4e-2b1c-4f5d-9a6b-7c8d9e0f1a2b")
        .header("content-type", "application/x-amz-json-1.1")
        .header("date", "Tue, 24 Nov 2026 09:08:07 GMT")
        .body(body.into())
        .unwrap()
}

fn config() -> Config {
    Config::new(Region::new("eu-west-1").unwrap())
}

/// A session token of the length that STS gives.
pub const TOKEN: &str = concat!(
    "FwoGZXIvYXdzEBYaDEXAMPLEQJ7EXAMPLEtokenSLKBAWmYqJTtJpTnT7Zt0pZ4hH0yVJ3mMEXAMPLE0pZ4hH0yV",
    "J3mM2uWJrkyc5pXEXAMPLEQ3Xv4mFWsGqVXjMdNEyqgbZCiS8VQmZb2Q2yYbEXAMPLEm5tYw1kDIHkK1MuA4eTgAt",
    "EXAMPLEJkyc5pXVXjMdNEyqgbZCiS8VQmZbEXAMPLEyYb3n5tYw1kDIHkK1MuA4eTgAtJ3mM2uWJrEXAMPLEQ3Xv4",
    "mFWsGqVXjMdNEyqgbZCiEXAMPLEZb2Q2yYb3n5tYw1kDIHkK1MuA4eTgAtEXAMPLEyc5pXVXjMdNEyqgbZEXAMPLE",
);

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
