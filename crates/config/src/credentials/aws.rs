//! The AWS SDK over a transport of ours: no runtime, no log, no proxy where there must be none.

use std::error::Error as StdError;
use std::fmt;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use aws_config::provider_config::ProviderConfig;
use aws_config::{BehaviorVersion, Region as AwsRegion, SdkConfig};
use aws_smithy_async::time::SystemTimeSource;
use bytes::Bytes;
use http::{Request, Response, Uri};
use kendra_sync_core::transport::Direct;
use kendra_sync_core::{HttpTransport, Secrets, TransportError};
use kendra_sync_smithy::SdkHttpClient;
use tracing::dispatcher::{self, Dispatch};

/// A transport for the SDK's requests, all of which end by `deadline`; it remembers what was secret in
/// them.
#[derive(Clone)]
pub(crate) struct Bridge {
    transport: Arc<dyn HttpTransport>,
    deadline: Instant,
    secrets: Arc<Mutex<Secrets>>,
}

impl Bridge {
    pub(crate) fn new(transport: Arc<dyn HttpTransport>, deadline: Instant) -> Self {
        Self { transport, deadline, secrets: Arc::default() }
    }

    pub(crate) fn deadline(&self) -> Instant {
        self.deadline
    }

    /// As the SDK's HTTP client, and its timer.
    fn http_client(&self) -> SdkHttpClient {
        SdkHttpClient::new(self.clone()).timeout(ONE_REQUEST)
    }

    /// For what the SDK does for credentials in general.
    pub(crate) fn provider_config(&self) -> ProviderConfig {
        ProviderConfig::empty()
            .with_behavior_version(Some(BehaviorVersion::latest()))
            .with_http_client(self.http_client())
            .with_sleep_impl(self.http_client())
            .with_time_source(SystemTimeSource::new())
    }

    /// For a client of one of AWS's services.
    pub(crate) fn sdk_config(&self, service: &Service) -> SdkConfig {
        let mut config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(self.http_client())
            .sleep_impl(self.http_client())
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

#[async_trait]
impl HttpTransport for Bridge {
    async fn send(
        &self,
        mut request: Request<Bytes>,
        timeout: Duration,
    ) -> Result<Response<Bytes>, TransportError> {
        for value in request.headers().values().filter(|value| value.is_sensitive()) {
            if let Ok(value) = value.to_str() {
                self.hide(value);
            }
        }
        // Of the bodies only JSON, the sign-in's, has a secret that nobody named.
        if request.body().starts_with(b"{") {
            self.hide_long_words(request.body());
        }
        if is_near(request.uri()) {
            request.extensions_mut().insert(Direct);
        }
        let left = self.deadline.saturating_duration_since(Instant::now());
        let limit = left.min(timeout).min(ONE_REQUEST);
        let response = self.transport.send(request, limit).await?;
        if response.status().is_success() {
            self.hide_long_words(response.body());
        }
        Ok(response)
    }

    async fn sleep(&self, duration: Duration) {
        let left = self.deadline.saturating_duration_since(Instant::now());
        self.transport.sleep(duration.min(left)).await;
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

/// The most that one request may take: as much as an SDK gives it.
const ONE_REQUEST: Duration = Duration::from_secs(10);

/// The most that is shown of what a source says.
const MAX_REASON: usize = 400;

/// How long a word is that can be a key, where it holds a digit.
const LONG_WORD: usize = 20;

/// What the SDK's errors say of their own level, which helps nobody.
const GENERAL: [&str; 11] = [
    "dispatch failure",
    "service error",
    "unhandled error",
    "other",
    "io error",
    "timeout",
    "user error",
    "response error",
    "an error occurred while loading credentials",
    "an error occurred while loading an access token",
    "request has timed out",
];
