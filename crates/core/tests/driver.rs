//! The async client over a transport that plays a script.
#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use kendra_sync_core::{
    Client, Config, Credentials, CredentialsError, DataSourceId, Delivery, Error, ErrorKind,
    HttpTransport, IndexId, ProvideCredentials, Region, Stopped, TransportError,
    TransportErrorKind,
};

/// Gives the outcomes of a script, and keeps what it was asked to send.
#[derive(Debug, Default)]
struct Script {
    outcomes: Mutex<VecDeque<Result<Response<Bytes>, TransportError>>>,
    sent: Mutex<Vec<(Request<Bytes>, Duration)>>,
    slept: Mutex<Vec<Duration>>,
}

impl Script {
    fn new(
        outcomes: impl IntoIterator<Item = Result<Response<Bytes>, TransportError>>,
    ) -> Arc<Self> {
        Arc::new(Self { outcomes: Mutex::new(outcomes.into_iter().collect()), ..Self::default() })
    }
}

#[async_trait]
impl HttpTransport for Script {
    async fn send(
        &self,
        request: Request<Bytes>,
        timeout: Duration,
    ) -> Result<Response<Bytes>, TransportError> {
        self.sent.lock().unwrap().push((request, timeout));
        self.outcomes.lock().unwrap().pop_front().unwrap()
    }

    async fn sleep(&self, duration: Duration) {
        self.slept.lock().unwrap().push(duration);
    }
}

fn client<T: HttpTransport, C: ProvideCredentials>(transport: T, credentials: C) -> Client<T, C> {
    Client::new(transport, credentials, Config::new(Region::new("eu-west-1").unwrap()))
}

async fn call<T: HttpTransport, C: ProvideCredentials>(
    client: &Client<T, C>,
) -> Result<Stopped, Error> {
    let index = IndexId::new("0a1b2c3d-4e5f-6789-abcd-ef0123456789").unwrap();
    client.stop_data_source_sync_job(&index, &DataSourceId::new("wiki").unwrap()).await
}

fn stop<C: ProvideCredentials>(script: &Arc<Script>, credentials: C) -> Result<Stopped, Error> {
    let transport: Arc<dyn HttpTransport> = script.clone();
    pollster::block_on(call(&client(transport, credentials)))
}

fn credentials() -> Credentials {
    Credentials::new("AKIDEXAMPLE", "secret", None).unwrap()
}

#[test]
fn one_request_is_sent_with_the_attempt_limit() {
    let script = Script::new([Ok(Response::default())]);
    assert_eq!(stop(&script, credentials()).unwrap().attempts(), 1);
    let sent = script.sent.lock().unwrap();
    let [(request, timeout)] = sent.as_slice() else { panic!("{sent:?}") };
    assert_eq!(request.uri(), "https://kendra.eu-west-1.amazonaws.com/");
    assert_eq!(*timeout, Duration::from_secs(30));
}

#[test]
fn a_transports_error_is_the_calls() {
    let failure = TransportError::new(TransportErrorKind::Tls, Delivery::NotSent);
    let script = Script::new([Err(failure.with_source("unknown issuer"))]);
    let error = stop(&script, credentials()).unwrap_err();
    assert_eq!(error.to_string(), "no trusted TLS connection could be made");
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "unknown issuer");
    assert_eq!((error.attempts(), error.delivery()), (1, Delivery::NotSent));
}

#[test]
fn two_calls_have_different_invocation_ids() {
    let script = Script::new([Ok(Response::default()), Ok(Response::default())]);
    stop(&script, credentials()).unwrap();
    stop(&script, credentials()).unwrap();
    let sent = script.sent.lock().unwrap();
    let ids: Vec<_> =
        sent.iter().map(|(request, _)| &request.headers()["amz-sdk-invocation-id"]).collect();
    assert_ne!(ids[0], ids[1]);
}

#[derive(Debug)]
struct Nowhere;

#[async_trait]
impl ProvideCredentials for Nowhere {
    async fn provide(&self, timeout: Duration) -> Result<Credentials, CredentialsError> {
        assert!(timeout > Duration::from_secs(59) && timeout <= Duration::from_secs(60));
        Err(CredentialsError::new("no key in the vault").with_source("vault sealed"))
    }
}

#[test]
fn without_credentials_nothing_is_sent() {
    let script = Script::new([]);
    let error = stop(&script, Arc::new(Nowhere)).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Credentials(_)));
    let chain: Vec<String> =
        std::iter::successors(Some(&error as &dyn std::error::Error), |error| error.source())
            .map(ToString::to_string)
            .collect();
    assert_eq!(chain, ["no usable credentials", "no key in the vault", "vault sealed"]);
    assert_eq!((error.attempts(), error.delivery()), (0, Delivery::NotSent));
    assert!(script.sent.lock().unwrap().is_empty());
}

/// Gives a new key each time it is asked.
#[derive(Debug, Default)]
struct Rotating(AtomicU32);

#[async_trait]
impl ProvideCredentials for Rotating {
    async fn provide(&self, _timeout: Duration) -> Result<Credentials, CredentialsError> {
        let number = self.0.fetch_add(1, Ordering::Relaxed);
        Ok(Credentials::new(format!("AKID{number}"), "secret", None).unwrap())
    }
}

#[test]
fn each_attempt_waits_its_turn_asks_for_credentials_and_is_signed_again() {
    let busy = |millis: u64| {
        Ok(Response::builder()
            .status(503)
            .header("x-amz-retry-after", millis)
            .body(Bytes::new())
            .unwrap())
    };
    let script = Script::new([busy(2000), busy(3000), Ok(Response::default())]);
    assert_eq!(stop(&script, Arc::new(Rotating::default())).unwrap().attempts(), 3);
    assert_eq!(*script.slept.lock().unwrap(), [2000, 3000].map(Duration::from_millis));
    let sent = script.sent.lock().unwrap();
    for (number, (request, _)) in sent.iter().enumerate() {
        let signed = request.headers()["authorization"].to_str().unwrap();
        assert!(signed.contains(&format!("Credential=AKID{number}/")), "{signed}");
        assert_eq!(
            request.headers()["amz-sdk-invocation-id"],
            sent[0].0.headers()["amz-sdk-invocation-id"]
        );
    }
}

/// Never gives what it is asked for at one point of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stuck {
    Credentials,
    Send,
    Sleep,
}

#[async_trait]
impl ProvideCredentials for Stuck {
    async fn provide(&self, _timeout: Duration) -> Result<Credentials, CredentialsError> {
        if *self == Self::Credentials {
            std::future::pending::<()>().await;
        }
        Ok(credentials())
    }
}

#[async_trait]
impl HttpTransport for Stuck {
    async fn send(
        &self,
        _request: Request<Bytes>,
        _timeout: Duration,
    ) -> Result<Response<Bytes>, TransportError> {
        if *self == Self::Send {
            std::future::pending::<()>().await;
        }
        Ok(Response::builder()
            .status(503)
            .header("x-amz-retry-after", "1000")
            .body(Bytes::new())
            .unwrap())
    }

    async fn sleep(&self, _duration: Duration) {
        std::future::pending().await
    }
}

#[test]
fn a_call_that_is_dropped_at_any_point_gives_its_quota_back() {
    for (stuck, while_pending) in [
        (Stuck::Credentials, "tokens: 500"),
        (Stuck::Send, "tokens: 500"),
        (Stuck::Sleep, "tokens: 486"),
    ] {
        let client = client(stuck, stuck);
        let mut calling = Box::pin(call(&client));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(calling.as_mut().poll(&mut context).is_pending());
        let shown = format!("{client:?}");
        assert!(shown.contains(while_pending), "{stuck:?}: {shown}");
        drop(calling);
        let shown = format!("{client:?}");
        assert!(shown.contains("tokens: 500"), "{stuck:?}: {shown}");
    }
}
