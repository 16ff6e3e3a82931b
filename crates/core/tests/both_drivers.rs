//! One script of outcomes through both drivers: what they do is the same, step by step.
#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use kendra_sync_core::blocking;
use kendra_sync_core::{
    Client, Config, Credentials, CredentialsError, DataSourceId, Delivery, Error, HttpTransport,
    IndexId, ProvideCredentials, Region, Stopped, TransportError, TransportErrorKind,
};

/// What comes of one attempt.
#[derive(Clone, Copy, Debug)]
enum Outcome {
    /// A status, and how long it asks to wait, in milliseconds.
    Answer(u16, u64),
    Failure(TransportErrorKind, Delivery),
    NoCredentials,
}
use Outcome::{Answer, Failure, NoCredentials};

/// Plays a script, as a transport and as a source of credentials of either kind, and keeps a trace.
#[derive(Clone, Debug)]
struct Script(Arc<Mutex<(VecDeque<Outcome>, Vec<String>)>>);

impl Script {
    fn new(outcomes: &[Outcome]) -> Self {
        Self(Arc::new(Mutex::new((outcomes.iter().copied().collect(), Vec::new()))))
    }

    fn trace(&self, event: String) {
        self.0.lock().unwrap().1.push(event);
    }

    fn sent(
        &self,
        request: &Request<Bytes>,
        timeout: Duration,
    ) -> Result<Response<Bytes>, TransportError> {
        let header = |name: &str| request.headers()[name].to_str().unwrap().to_owned();
        // The end of its use is a time of day.
        let attempt = header("amz-sdk-request");
        let attempt = attempt.split_once("; attempt").map_or(&*attempt, |(_, number)| number);
        let names: Vec<_> = request.headers().keys().map(|name| name.as_str()).collect();
        let (method, uri, body) = (request.method(), request.uri(), request.body());
        self.trace(format!("send {method} {uri} {attempt} {names:?} {body:?} within {timeout:?}"));
        let outcome = self.0.lock().unwrap().0.pop_front().unwrap();
        match outcome {
            Answer(status, wait) => Ok(Response::builder()
                .status(status)
                .header("x-amz-retry-after", wait)
                .header("x-amzn-requestid", format!("id-{status}"))
                .body(Bytes::new())
                .unwrap()),
            Failure(kind, delivery) => Err(TransportError::new(kind, delivery)),
            NoCredentials => unreachable!("taken before a request is made"),
        }
    }

    fn provided(&self) -> Result<Credentials, CredentialsError> {
        let next = self.0.lock().unwrap().0.front().copied();
        if matches!(next, Some(NoCredentials)) {
            self.trace("no credentials".to_owned());
            return Err(CredentialsError::new("none today"));
        }
        self.trace("credentials".to_owned());
        Ok(Credentials::new("AKIDEXAMPLE", "secret", Some("token".to_owned())).unwrap())
    }

    /// Waits below a second are random.
    fn slept(&self, duration: Duration) {
        self.trace(format!("sleep {} s and a fraction", duration.as_secs()));
    }
}

#[async_trait]
impl HttpTransport for Script {
    async fn send(
        &self,
        request: Request<Bytes>,
        timeout: Duration,
    ) -> Result<Response<Bytes>, TransportError> {
        self.sent(&request, timeout)
    }

    async fn sleep(&self, duration: Duration) {
        self.slept(duration);
    }
}

impl blocking::HttpTransport for Script {
    fn send(
        &self,
        request: Request<Bytes>,
        timeout: Duration,
    ) -> Result<Response<Bytes>, TransportError> {
        self.sent(&request, timeout)
    }

    fn sleep(&self, duration: Duration) {
        self.slept(duration);
    }
}

#[async_trait]
impl ProvideCredentials for Script {
    async fn provide(&self, _timeout: Duration) -> Result<Credentials, CredentialsError> {
        self.provided()
    }
}

impl blocking::ProvideCredentials for Script {
    fn provide(&self, _timeout: Duration) -> Result<Credentials, CredentialsError> {
        self.provided()
    }
}

#[derive(Clone, Copy)]
enum Driver {
    Async,
    Blocking,
}

/// The trace of a call, its result last.
fn run(driver: Driver, outcomes: &[Outcome]) -> Vec<String> {
    let script = Script::new(outcomes);
    // Long limits, so that what is left of them is not what limits an attempt.
    let config = Config::new(Region::new("eu-west-1").unwrap());
    let config = config.operation_timeout(Duration::from_secs(3600));
    let index = IndexId::new("0a1b2c3d-4e5f-6789-abcd-ef0123456789").unwrap();
    let source = DataSourceId::new("wiki").unwrap();
    let result: Result<Stopped, Error> = match driver {
        Driver::Async => {
            let client = Client::new(script.clone(), script.clone(), config);
            pollster::block_on(client.stop_data_source_sync_job(&index, &source))
        }
        Driver::Blocking => blocking::Client::new(script.clone(), script.clone(), config)
            .stop_data_source_sync_job(&index, &source),
    };
    script.trace(format!("{result:?}"));
    std::mem::take(&mut script.0.lock().unwrap().1)
}

#[test]
fn both_drivers_do_the_same() {
    use Delivery::{MaybeSent, NotSent};
    use TransportErrorKind::{Connect, Interrupted, InvalidResponse, Timeout, Tls};
    for (outcomes, steps) in [
        (&[Answer(200, 0)][..], 3),
        (&[Answer(400, 0)], 3),
        (&[Answer(503, 3000), Answer(429, 4000), Answer(200, 0)], 9),
        (&[Answer(500, 1000), Answer(500, 2000), Answer(500, 0)], 9),
        (&[Failure(Connect, NotSent), Answer(200, 0)], 6),
        (&[Failure(Interrupted, MaybeSent), Failure(Timeout, MaybeSent), Failure(Tls, NotSent)], 9),
        (&[Failure(InvalidResponse, MaybeSent)], 3),
        (&[NoCredentials], 2),
        (&[Answer(502, 2000), NoCredentials], 5),
    ] {
        let trace = run(Driver::Async, outcomes);
        assert_eq!(trace, run(Driver::Blocking, outcomes), "{outcomes:?}");
        assert_eq!(trace.len(), steps, "{outcomes:?}: {trace:#?}");
    }
}
