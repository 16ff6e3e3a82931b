//! A transport of both kinds that gives the outcomes of a script, and what is sent over it.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use kendra_sync_replay::blocking;
use kendra_sync_replay::kendra_sync_core::{
    Delivery, HttpTransport, TransportError, TransportErrorKind,
};
use kendra_sync_replay::{Config, Credentials, Error, Region, Stopped};

pub(crate) type Outcome = Result<Response<Bytes>, TransportError>;

pub(crate) const INDEX: &str = "0a1b2c3d-4e5f-6789-abcd-ef0123456789";
pub(crate) const TARGET: &str = "AWSKendraFrontendService.StopDataSourceSyncJob";

pub(crate) struct Script(Mutex<VecDeque<Outcome>>);

impl Script {
    pub(crate) fn new(outcomes: impl IntoIterator<Item = Outcome>) -> Self {
        Self(Mutex::new(outcomes.into_iter().collect()))
    }

    fn next(&self) -> Outcome {
        self.0.lock().unwrap().pop_front().unwrap()
    }
}

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Script")
    }
}

impl blocking::HttpTransport for Script {
    fn send(&self, _request: Request<Bytes>, _timeout: Duration) -> Outcome {
        self.next()
    }

    fn sleep(&self, _duration: Duration) {}
}

#[async_trait]
impl HttpTransport for Script {
    async fn send(&self, _request: Request<Bytes>, _timeout: Duration) -> Outcome {
        self.next()
    }

    async fn sleep(&self, _duration: Duration) {}
}

pub(crate) fn answer(status: u16, body: &str) -> Outcome {
    let response = Response::builder().status(status).header("x-amzn-requestid", "a-request");
    Ok(response.body(Bytes::copy_from_slice(body.as_bytes())).unwrap())
}

pub(crate) fn failure(kind: TransportErrorKind, delivery: Delivery) -> Outcome {
    Err(TransportError::new(kind, delivery).with_source("what caused it"))
}

/// A request to stop `source`.
pub(crate) fn request(source: &str) -> Request<Bytes> {
    let body = format!("{{\"Id\":\"{source}\",\"IndexId\":\"{INDEX}\"}}");
    let request = Request::post("https://kendra.eu-west-1.amazonaws.com/");
    request.header("x-amz-target", TARGET).body(body.into()).unwrap()
}

/// One exchange over a transport that is used as a blocking one.
pub(crate) fn send(transport: &impl blocking::HttpTransport, request: Request<Bytes>) -> Outcome {
    transport.send(request, Duration::from_secs(1))
}

/// A whole call over a blocking transport.
pub(crate) fn stop(transport: impl blocking::HttpTransport) -> Result<Stopped, Error> {
    let credentials = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI", None).unwrap();
    let config = Config::new(Region::new("eu-west-1").unwrap());
    let client = blocking::Client::new(transport, credentials, config);
    client.stop_data_source_sync_job(&INDEX.parse().unwrap(), &"wiki".parse().unwrap())
}
