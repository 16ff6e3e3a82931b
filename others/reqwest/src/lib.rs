//! kendra-sync's transport over [reqwest]: async, on tokio and rustls.
//!
//! reqwest does much by itself: all of it is turned off in [`ReqwestTransport::new`]. What cannot be turned off is in
//! `known.toml`.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response, Version};
use kendra_sync_core::transport::{BodyLimit, check_answer, check_request};
use kendra_sync_core::{Delivery, HttpTransport, TransportError, TransportErrorKind};
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use tokio::runtime::Handle;

use crate::watched::{Sent, Watched};

mod failure;
mod watched;

/// Sends over reqwest.
pub struct ReqwestTransport {
    client: reqwest::Client,
}

impl ReqwestTransport {
    /// A transport that trusts `roots` and takes at most `connect_timeout` to connect.
    ///
    /// # Errors
    ///
    /// reqwest's, when it cannot be set up so.
    pub fn new(roots: RootCertStore, connect_timeout: Duration) -> Result<Self, reqwest::Error> {
        Self::with_idle(roots, connect_timeout, usize::MAX)
    }

    /// The same, which keeps at most `idle` idle connections to a host.
    ///
    /// # Errors
    ///
    /// reqwest's, when it cannot be set up so.
    pub fn with_idle(
        roots: RootCertStore,
        connect_timeout: Duration,
        idle: usize,
    ) -> Result<Self, reqwest::Error> {
        #[expect(clippy::expect_used, reason = "ring has suites for both versions")]
        let tls = ClientConfig::builder_with_provider(ring::default_provider().into())
            .with_safe_default_protocol_versions()
            .expect("ring speaks TLS 1.2 and 1.3")
            .with_root_certificates(roots)
            .with_no_client_auth();
        let client = reqwest::Client::builder()
            .connect_timeout(connect_timeout)
            .http1_max_headers(MAX_FIELDS)
            .http1_only()
            .no_proxy()
            .pool_idle_timeout(POOL_IDLE_TIMEOUT)
            .pool_max_idle_per_host(idle)
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .retry(reqwest::retry::never())
            .tls_backend_preconfigured(tls)
            .build()?;
        Ok(Self { client })
    }

    async fn exchange(
        &self,
        request: reqwest::Request,
        sent: &Sent,
    ) -> Result<Response<Bytes>, TransportError> {
        let answered = self.client.execute(request).await;
        let mut answer = answered.map_err(|error| failure::of_request(error, sent))?;
        // hyper's own bound for heads is that of a buffer, which is larger.
        check_answer(answer.headers())?;
        let mut taken = BodyLimit::new();
        while let Some(chunk) = answer.chunk().await.map_err(failure::of_body)? {
            if taken.take(&chunk).is_break() {
                break;
            }
        }
        let mut response = Response::new(taken.into_bytes());
        *response.status_mut() = answer.status();
        *response.version_mut() = answer.version();
        *response.headers_mut() = std::mem::take(answer.headers_mut());
        Ok(response)
    }
}

#[async_trait]
impl HttpTransport for ReqwestTransport {
    async fn send(
        &self,
        request: Request<Bytes>,
        timeout: Duration,
    ) -> Result<Response<Bytes>, TransportError> {
        check_request(&request, timeout)?;
        if Handle::try_current().is_err() {
            let unsent = TransportError::new(TransportErrorKind::Other, Delivery::NotSent);
            return Err(unsent.with_source("no tokio runtime is running"));
        }
        let sent = Sent::default();
        let request = of_http(request, &sent)?;
        match tokio::time::timeout(timeout, self.exchange(request, &sent)).await {
            Ok(outcome) => outcome,
            Err(_elapsed) => Err(TransportError::new(TransportErrorKind::Timeout, sent.delivery())),
        }
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

/// Shows no more than the name: reqwest's own would show all its settings.
impl fmt::Debug for ReqwestTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReqwestTransport").finish_non_exhaustive()
    }
}

/// As reqwest takes it, or why that cannot be sent.
fn of_http(request: Request<Bytes>, sent: &Sent) -> Result<reqwest::Request, TransportError> {
    let refused = |source: Box<dyn std::error::Error + Send + Sync>| {
        let kind = TransportErrorKind::InvalidRequest;
        TransportError::new(kind, Delivery::NotSent).with_source(source)
    };
    let (mut head, body) = request.into_parts();
    let given = head.uri.path_and_query().map_or("/", |given| given.as_str());
    // An empty path is sent as `/`.
    let given = if given.starts_with('?') { format!("/{given}") } else { given.to_owned() };
    head.version = Version::HTTP_11;
    let fields = std::mem::take(&mut head.headers);
    let body = reqwest::Body::wrap(Watched::new(body, sent));
    let made = reqwest::Request::try_from(Request::from_parts(head, body));
    let mut made = made.map_err(|error| refused(error.without_url().into()))?;
    // reqwest would make an Authorization of what stands before the host.
    let url = made.url_mut();
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    if given != format!("{}{query}", url.path()) {
        // The signature would not be that of what is sent: a dot segment is taken out, say.
        return Err(refused("the URL does not keep the path or the query as it was given".into()));
    }
    let _ = url.set_username("");
    let _ = url.set_password(None);
    *made.headers_mut() = fields;
    Ok(made)
}

/// hyper's default is 100.
const MAX_FIELDS: usize = 512;

/// Shorter than the minute after which load balancers close idle connections by default.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(50);
