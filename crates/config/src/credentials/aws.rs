//! The AWS SDK over a transport of ours: no runtime, no log, no proxy where there must be none.

use std::error::Error as StdError;
use std::fmt;
use std::future::poll_fn;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use aws_config::provider_config::ProviderConfig;
use aws_config::{BehaviorVersion, Region as AwsRegion, SdkConfig};
use aws_smithy_async::rt::sleep::{AsyncSleep, Sleep};
use aws_smithy_async::time::SystemTimeSource;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http::{Request, Response, Uri};
use kendra_sync_core::transport::Direct;
use kendra_sync_core::{HttpTransport, Secrets, TransportError, TransportErrorKind};
use tracing::dispatcher::{self, Dispatch};

/// A transport for the SDK's requests, all of which end by `deadline`; it remembers what was secret in
/// them.
#[derive(Clone)]
pub(crate) struct Bridge {
    transport: Arc<dyn HttpTransport>,
    deadline: Instant,
    timeout: Duration,
    secrets: Arc<Mutex<Secrets>>,
}

impl Bridge {
    pub(crate) fn new(transport: Arc<dyn HttpTransport>, deadline: Instant) -> Self {
        let secrets = Arc::default();
        Self { transport, deadline, timeout: ONE_REQUEST, secrets }
    }

    pub(crate) fn deadline(&self) -> Instant {
        self.deadline
    }

    /// For what the SDK does for credentials in general.
    pub(crate) fn provider_config(&self) -> ProviderConfig {
        ProviderConfig::empty()
            .with_behavior_version(Some(BehaviorVersion::latest()))
            .with_http_client(self.clone())
            .with_sleep_impl(self.clone())
            .with_time_source(SystemTimeSource::new())
    }

    /// For a client of one of AWS's services.
    pub(crate) fn sdk_config(&self, service: &Service) -> SdkConfig {
        let mut config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(self.clone())
            .sleep_impl(self.clone())
            .time_source(SystemTimeSource::new())
            .region(service.region.clone().map(AwsRegion::new))
            .use_fips(service.fips)
            .use_dual_stack(service.dualstack);
        config.set_endpoint_url(service.endpoint.clone());
        config.build()
    }

    /// Keeps `secret` out of every message.
    pub(crate) fn hide(&self, secret: &str) {
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner).add(secret);
    }

    /// `text` without what was secret in requests and answers, on one line, and not endless.
    pub(crate) fn clean(&self, text: &str) -> String {
        let secrets = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
        secrets.bounded(text, MAX_REASON).split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// What `error` and its causes say.
    pub(crate) fn words(&self, error: &(dyn StdError + 'static)) -> String {
        let mut said: Vec<String> = Vec::new();
        let mut next = Some(error);
        while let Some(error) = next {
            let text = error.to_string();
            if !GENERAL.contains(&&*text) && !said.iter().any(|before| before.contains(&text)) {
                said.push(text);
            }
            next = error.source();
        }
        self.clean(&said.join(": "))
    }

    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let request = request.try_into_http1x().map_err(|error| user(error.into()))?;
        let (mut head, body) = request.into_parts();
        let body = body.bytes().map(Bytes::copy_from_slice);
        let body = body.ok_or_else(|| user("a streamed body".into()))?;
        for name in SECRET_HEADERS {
            if let Some(value) = head.headers.get(name).and_then(|value| value.to_str().ok()) {
                self.hide(value);
            }
            if let Some(value) = head.headers.get_mut(name) {
                value.set_sensitive(true);
            }
        }
        // Of the bodies only JSON, the sign-in's, has a secret that nobody named.
        if body.starts_with(b"{") {
            self.hide_long_words(&body);
        }
        head.headers.remove(http::header::CONTENT_LENGTH);
        if is_near(&head.uri) {
            head.extensions.insert(Direct);
        }
        if !head.headers.contains_key(http::header::HOST)
            && let Some(host) = head.uri.authority().and_then(|host| host.as_str().parse().ok())
        {
            head.headers.insert(http::header::HOST, host);
        }
        let left = self.deadline.saturating_duration_since(Instant::now());
        let request = Request::from_parts(head, body);
        let response = self.transport.send(request, left.min(self.timeout)).await;
        let response = response.map_err(connector_error)?;
        if response.status().is_success() {
            self.hide_long_words(response.body());
        }
        let (head, body) = response.into_parts();
        let response = Response::from_parts(head, SdkBody::from(body));
        HttpResponse::try_from(response).map_err(|error| user(error.into()))
    }

    /// Keys and tokens are long words without a break, whatever the format around them is.
    fn hide_long_words(&self, bytes: &[u8]) {
        let mut secrets = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
        for word in bytes.split(|b| !b.is_ascii_alphanumeric() && !b"+/=_-.%".contains(b)) {
            if word.len() >= LONG_WORD
                && word.iter().any(u8::is_ascii_digit)
                && let Ok(word) = std::str::from_utf8(word)
            {
                secrets.add(word);
            }
        }
    }
}

impl fmt::Debug for Bridge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bridge").finish_non_exhaustive()
    }
}

impl HttpClient for Bridge {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        _components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        // A transport has one limit for the exchange. Connecting has the transport's own.
        let (connect, read) = (settings.connect_timeout(), settings.read_timeout());
        let timeout = read.map(|read| read + connect.unwrap_or_default()).unwrap_or(self.timeout);
        SharedHttpConnector::new(Self { timeout: timeout.min(self.timeout), ..self.clone() })
    }
}

impl HttpConnector for Bridge {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let bridge = self.clone();
        HttpConnectorFuture::new(async move { bridge.exchange(request).await })
    }
}

impl AsyncSleep for Bridge {
    fn sleep(&self, duration: Duration) -> Sleep {
        let transport = Arc::clone(&self.transport);
        let left = self.deadline.saturating_duration_since(Instant::now());
        let sleep = async move { transport.sleep(duration.min(left)).await };
        // The SDK wants it Sync, which no one but a mutex makes of a future that is only Send.
        let mut sleep = Mutex::new(Box::pin(sleep));
        Sleep::new(poll_fn(move |context| {
            sleep.get_mut().unwrap_or_else(PoisonError::into_inner).as_mut().poll(context)
        }))
    }
}

/// Where one of AWS's services is called for credentials.
#[derive(Clone, Debug, Default)]
pub(crate) struct Service {
    pub(crate) endpoint: Option<String>,
    pub(crate) region: Option<String>,
    pub(crate) fips: bool,
    pub(crate) dualstack: bool,
}

/// A future that logs nothing: the SDK's logs hold requests, tokens and all.
pub(crate) struct Silent<'a, T>(Pin<Box<dyn Future<Output = T> + Send + 'a>>);

impl<'a, T> Silent<'a, T> {
    pub(crate) fn new(future: impl Future<Output = T> + Send + 'a) -> Self {
        Self(Box::pin(future))
    }
}

impl<T> Future for Silent<'_, T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        dispatcher::with_default(&Dispatch::none(), || self.0.as_mut().poll(context))
    }
}

/// This machine, or its link: no proxy can reach what is meant.
fn is_near(uri: &Uri) -> bool {
    let host = uri.host().unwrap_or_default();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    match host.parse() {
        Ok(IpAddr::V4(ip)) => ip.is_loopback() || ip.is_link_local(),
        // AWS's own addresses for a machine's metadata and a pod's credentials are unique local ones.
        Ok(IpAddr::V6(ip)) => {
            ip.is_loopback()
                || ip.is_unicast_link_local()
                || ip.segments().starts_with(&[0xfd00, 0xec2])
        }
        Err(_) => {
            let host = host.trim_end_matches('.').to_ascii_lowercase();
            host == "localhost" || host.ends_with(".localhost")
        }
    }
}

fn user(error: Box<dyn StdError + Send + Sync>) -> ConnectorError {
    ConnectorError::user(error)
}

fn connector_error(error: TransportError) -> ConnectorError {
    match error.kind() {
        TransportErrorKind::Timeout => ConnectorError::timeout(error.into()),
        TransportErrorKind::Connect | TransportErrorKind::Interrupted => {
            ConnectorError::io(error.into())
        }
        _ => ConnectorError::other(error.into(), None),
    }
}

/// The most that one request may take: as much as an SDK gives it.
const ONE_REQUEST: Duration = Duration::from_secs(10);

/// The most that is shown of what a source says.
const MAX_REASON: usize = 400;

/// How long a word is that can be a key, where it holds a digit.
const LONG_WORD: usize = 20;

const SECRET_HEADERS: [&str; 4] =
    ["authorization", "x-amz-security-token", "x-amz-sso_bearer_token", "x-aws-ec2-metadata-token"];

/// What the SDK's errors say of their own level, which helps nobody.
const GENERAL: [&str; 10] = [
    "dispatch failure",
    "service error",
    "unhandled error",
    "other",
    "io error",
    "timeout",
    "response error",
    "an error occurred while loading credentials",
    "an error occurred while loading an access token",
    "request has timed out",
];
