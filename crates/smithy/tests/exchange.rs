//! One exchange through the SDK's traits, over a transport that keeps what it is given.
#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::StreamBody;
use http_body_util::combinators::BoxBody;
use kendra_sync_core::{Delivery, HttpTransport, TransportError, TransportErrorKind};
use kendra_sync_smithy::{SdkHttpClient, sdk_transport};

/// A request, and its limit.
type Sent = (Request<Bytes>, Duration);

/// Answers everything with `outcome`, in no time.
#[derive(Clone, Debug, Default)]
struct Kept {
    requests: Arc<Mutex<Vec<Sent>>>,
    fails: Option<TransportErrorKind>,
}

#[async_trait]
impl HttpTransport for Kept {
    async fn send(
        &self,
        request: Request<Bytes>,
        timeout: Duration,
    ) -> Result<Response<Bytes>, TransportError> {
        self.requests.lock().unwrap().push((request, timeout));
        match self.fails {
            Some(kind) => Err(TransportError::new(kind, Delivery::NotSent)),
            None => Ok(Response::new(Bytes::from_static(b"answer"))),
        }
    }

    async fn sleep(&self, _: Duration) {}
}

fn sent(kept: &Kept, request: HttpRequest) -> Sent {
    let client = SdkHttpClient::new(kept.clone()).timeout(Duration::from_secs(7));
    pollster::block_on(HttpConnector::call(&client, request)).unwrap();
    kept.requests.lock().unwrap().pop().unwrap()
}

fn request(uri: &str) -> HttpRequest {
    let mut request = HttpRequest::new(SdkBody::from("in memory"));
    request.set_method("PUT").unwrap();
    request.set_uri(uri.to_owned()).unwrap();
    request
}

#[test]
fn the_transport_is_given_a_host_as_it_is_signed_and_no_framing() {
    let kept = Kept::default();
    for (uri, host) in [
        ("http://a.example/x", "a.example"),
        ("http://a.example:80/x", "a.example"),
        ("https://a.example:443/x", "a.example"),
        ("https://a.example:80/x", "a.example:80"),
        ("http://user@a.example:8080/x", "a.example:8080"),
        ("http://[::1]:80/x", "[::1]"),
    ] {
        let mut request = request(uri);
        request.headers_mut().insert("content-length", "9");
        request.headers_mut().insert("authorization", "secret");
        let (request, timeout) = sent(&kept, request);
        assert_eq!(request.headers()["host"], host, "{uri}");
        assert_eq!(request.headers().len(), 2, "{uri}");
        assert!(request.headers()["authorization"].is_sensitive());
        assert_eq!((request.method().as_str(), request.uri().path()), ("PUT", "/x"));
        assert_eq!(&request.body()[..], b"in memory");
        assert!(timeout <= Duration::from_secs(7) && timeout > Duration::ZERO);
    }
}

#[test]
fn a_body_that_is_a_stream_is_sent_whole() {
    let frames = ["a ", "stream"].map(|data| {
        Ok::<_, std::io::Error>(http_body::Frame::data(Bytes::from_static(data.as_bytes())))
    });
    let body = BoxBody::new(StreamBody::new(futures_util::stream::iter(frames)));
    let request = request("http://a.example/").map(|_| SdkBody::empty());
    let (mut request, kept) = (request, Kept::default());
    *request.body_mut() = SdkBody::from_body_1_x(body);
    assert_eq!(&sent(&kept, request).0.body()[..], b"a stream");
}

#[test]
fn a_body_that_never_ends_is_given_up_at_the_limit() {
    let frames = futures_util::stream::pending::<Result<http_body::Frame<Bytes>, std::io::Error>>();
    let mut request = request("http://a.example/");
    *request.body_mut() = SdkBody::from_body_1_x(BoxBody::new(StreamBody::new(frames)));
    let kept = Kept::default();
    let client = SdkHttpClient::new(kept.clone());
    // This transport's timer does not wait.
    let error = pollster::block_on(HttpConnector::call(&client, request)).unwrap_err();
    assert!(error.is_timeout());
    assert!(kept.requests.lock().unwrap().is_empty());
}

#[test]
fn each_kind_of_error_is_one_that_the_sdk_handles_as_core_does() {
    let kind = |error: &ConnectorError| {
        [error.is_timeout(), error.is_io(), error.is_user(), error.is_other()]
            .iter()
            .position(|is| *is)
            .map(|place| ["timeout", "io", "user", "other"][place])
    };
    let kinds: Vec<_> = TransportErrorKind::ALL
        .iter()
        .map(|&fails| {
            let client = SdkHttpClient::new(Kept { fails: Some(fails), ..Kept::default() });
            let call = HttpConnector::call(&client, request("http://a.example/"));
            let call: Result<HttpResponse, _> = pollster::block_on(call);
            (fails.name(), kind(&call.unwrap_err()).unwrap())
        })
        .collect();
    assert_eq!(
        kinds,
        [
            ("Connect", "io"),
            ("Interrupted", "io"),
            ("InvalidRequest", "user"),
            ("InvalidResponse", "other"),
            ("Other", "other"),
            ("Timeout", "timeout"),
            ("Tls", "other"),
            ("Unrecorded", "other"),
        ]
    );
}

#[test]
fn an_error_comes_back_as_it_was() {
    for &kind in TransportErrorKind::ALL {
        let kept = Kept { fails: Some(kind), ..Kept::default() };
        let transport = sdk_transport(SdkHttpClient::new(kept));
        let request = Request::post("http://a.example/").body(Bytes::new()).unwrap();
        let sending = transport.send(request, Duration::from_secs(60));
        let error = pollster::block_on(sending).unwrap_err();
        assert_eq!((error.kind(), error.delivery()), (kind, Delivery::NotSent));
    }
}
