//! The async client over a transport that plays a script.
#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

use std::collections::VecDeque;
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

    async fn sleep(&self, _duration: Duration) {}
}

fn stop<C: ProvideCredentials>(script: &Arc<Script>, credentials: C) -> Result<Stopped, Error> {
    let transport: Arc<dyn HttpTransport> = script.clone();
    let config = Config::new(Region::new("eu-west-1").unwrap());
    let client = Client::new(transport, credentials, config);
    let index = IndexId::new("0a1b2c3d-4e5f-6789-abcd-ef0123456789").unwrap();
    let source = DataSourceId::new("wiki").unwrap();
    pollster::block_on(client.stop_data_source_sync_job(&index, &source))
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
    let failure = TransportError::new(TransportErrorKind::Connect, Delivery::NotSent);
    let script = Script::new([Err(failure.with_source("refused"))]);
    let error = stop(&script, credentials()).unwrap_err();
    assert_eq!(error.to_string(), "could not connect");
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "refused");
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
