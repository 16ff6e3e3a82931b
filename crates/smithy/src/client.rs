//! A transport of ours as the SDK's HTTP client, and as its timer.

use std::error::Error as StdError;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::{Duration, Instant};

use aws_smithy_async::rt::sleep::{AsyncSleep, Sleep};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use http::{HeaderValue, Request, Response, Uri};
use kendra_sync_core::{Delivery, HttpTransport, TransportError, TransportErrorKind};
use kendra_sync_tower::Deadline;

use crate::body::sdk_body;

/// The SDK's `HttpClient` over a transport, whose timer is the SDK's `AsyncSleep`.
///
/// Clones share the transport.
///
/// # Examples
///
/// ```
/// use aws_sdk_sts::config::{BehaviorVersion, Region};
/// use kendra_sync_blocking::{BlockingTransport, Offload};
/// use kendra_sync_smithy::SdkHttpClient;
///
/// let http = SdkHttpClient::new(Offload::new(BlockingTransport::new()));
/// let config = aws_sdk_sts::Config::builder()
///     .behavior_version(BehaviorVersion::latest())
///     .region(Region::new("eu-west-1"))
///     .http_client(http.clone())
///     .sleep_impl(http)
///     .build();
/// # let _ = config;
/// ```
#[derive(Clone, Debug)]
pub struct SdkHttpClient {
    transport: Arc<dyn HttpTransport>,
    timeout: Duration,
}

impl SdkHttpClient {
    /// Sends over `transport`. A blocking one goes into `kendra_sync_blocking::Offload` first: the SDK's
    /// futures must not block.
    pub fn new(transport: impl HttpTransport + 'static) -> Self {
        Self { transport: Arc::new(transport), timeout: TIMEOUT }
    }

    /// Limits an exchange for which the SDK's client has no read timeout. 30 s by default.
    #[must_use]
    pub fn timeout(self, limit: Duration) -> Self {
        Self { timeout: limit, ..self }
    }

    async fn exchange(self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let began = Instant::now();
        let request = request.try_into_http1x().map_err(|error| user(error.into()))?;
        let limit = match request.extensions().get::<Deadline>() {
            Some(deadline) => self.timeout.min(deadline.keep().saturating_duration_since(began)),
            None => self.timeout,
        };
        let (mut head, body) = request.into_parts();
        let body = match body.bytes() {
            Some(bytes) => Bytes::copy_from_slice(bytes),
            None => self.collected(body, limit).await?,
        };
        // The transport frames the body that it has, which is whole.
        head.headers.remove(CONTENT_LENGTH);
        head.headers.remove(TRANSFER_ENCODING);
        if !head.headers.contains_key(HOST)
            && let Some(host) = host(&head.uri)
        {
            head.headers.insert(HOST, host);
        }
        for name in SECRET_HEADERS {
            if let Some(value) = head.headers.get_mut(name) {
                value.set_sensitive(true);
            }
        }
        let left = limit.saturating_sub(began.elapsed());
        let response = self.transport.send(Request::from_parts(head, body), left).await;
        let (head, body) = response.map_err(connector_error)?.into_parts();
        let response = Response::from_parts(head, sdk_body(body));
        HttpResponse::try_from(response).map_err(|error| ConnectorError::other(error.into(), None))
    }

    /// A body that is a stream, of the user's making, whole.
    async fn collected(&self, body: SdkBody, limit: Duration) -> Result<Bytes, ConnectorError> {
        let mut collecting = pin!(ByteStream::new(body).collect());
        let mut timer = pin!(self.transport.sleep(limit));
        poll_fn(|context| {
            if let Poll::Ready(body) = collecting.as_mut().poll(context) {
                let body = body.map_err(|error| user(error.into()));
                return Poll::Ready(body.map(|body| body.into_bytes()));
            }
            timer.as_mut().poll(context).map(|()| {
                let kind = TransportErrorKind::Timeout;
                Err(connector_error(TransportError::new(kind, Delivery::NotSent)))
            })
        })
        .await
    }
}

impl HttpClient for SdkHttpClient {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        _components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        // A transport has one limit for the exchange; connecting has the transport's own.
        let connect = settings.connect_timeout().unwrap_or_default();
        let timeout = settings.read_timeout().map(|read| read.saturating_add(connect));
        let timeout = timeout.unwrap_or(self.timeout);
        SharedHttpConnector::new(Self { timeout, ..self.clone() })
    }
}

impl HttpConnector for SdkHttpClient {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::new(self.clone().exchange(request))
    }
}

impl AsyncSleep for SdkHttpClient {
    fn sleep(&self, duration: Duration) -> Sleep {
        let transport = Arc::clone(&self.transport);
        let sleep = async move { transport.sleep(duration).await };
        // The SDK wants it Sync, which no one but a mutex makes of a future that is only Send.
        let mut sleep = Mutex::new(Box::pin(sleep));
        Sleep::new(poll_fn(move |context| {
            sleep.get_mut().unwrap_or_else(PoisonError::into_inner).as_mut().poll(context)
        }))
    }
}

/// As the SDK signs it: without user and default port.
fn host(uri: &Uri) -> Option<HeaderValue> {
    let authority = uri.authority()?.as_str();
    let host = authority.rsplit_once('@').map_or(authority, |(_user, host)| host);
    let default = match uri.scheme_str() {
        Some("http") => ":80",
        _ => ":443",
    };
    HeaderValue::from_str(host.strip_suffix(default).unwrap_or(host)).ok()
}

fn user(error: Box<dyn StdError + Send + Sync>) -> ConnectorError {
    ConnectorError::user(error)
}

/// Of the kind that the SDK tries again exactly if core does.
fn connector_error(error: TransportError) -> ConnectorError {
    match error.kind() {
        TransportErrorKind::Timeout => ConnectorError::timeout(error.into()),
        TransportErrorKind::Connect | TransportErrorKind::Interrupted => {
            ConnectorError::io(error.into())
        }
        TransportErrorKind::InvalidRequest => ConnectorError::user(error.into()),
        _ => ConnectorError::other(error.into(), None),
    }
}

/// As much as an attempt of core's client has.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Whose values no transport may show.
const SECRET_HEADERS: [&str; 5] = [
    "authorization",
    "x-amz-s3session-token",
    "x-amz-security-token",
    "x-amz-sso_bearer_token",
    "x-aws-ec2-metadata-token",
];
