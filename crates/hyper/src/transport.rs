//! The transport: one exchange over a pooled connection.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{Request, Response, Version, response, uri::Scheme};
use http_body_util::{BodyExt, Full};
use hyper::ext::ReasonPhrase;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::capture_connection;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use kendra_sync_core::transport::{BodyLimit, Direct, MAX_HEAD};
use kendra_sync_core::{Delivery, HttpTransport, TransportError, TransportErrorKind};
use kendra_sync_proxy::Proxies;
use kendra_sync_tls::Tls;
use rustls::{ClientConfig, RootCertStore};
use tokio::runtime::Handle;

use crate::connect::Connector;
use crate::failure;

/// Sends over hyper, rustls and tokio: HTTP/1.1, with connections kept for further calls.
///
/// `send` and `sleep` need a tokio runtime with its I/O and time drivers. Clones share the pool.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use kendra_sync_hyper::HyperTransport;
///
/// let transport = HyperTransport::builder().connect_timeout(Duration::from_secs(1)).build();
/// # let _ = transport;
/// ```
#[derive(Clone)]
pub struct HyperTransport {
    client: Client<Connector, Full<Bytes>>,
    /// Without proxies, where there are some.
    direct: Option<Client<Connector, Full<Bytes>>>,
    connect_timeout: Duration,
}

impl HyperTransport {
    /// A transport that trusts the platform's roots and takes at most 3.1 s to connect.
    ///
    /// Roots are loaded when the first `https` connection needs them.
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// Starts from the settings of [`HyperTransport::new`].
    pub fn builder() -> HyperTransportBuilder {
        HyperTransportBuilder {
            connect_timeout: CONNECT_TIMEOUT,
            max_idle: usize::MAX,
            proxies: Proxies::none(),
            tls: Tls::platform(),
        }
    }

    async fn exchange(
        &self,
        request: Request<Full<Bytes>>,
    ) -> Result<Response<Bytes>, TransportError> {
        let direct = request.extensions().get::<Direct>().and(self.direct.as_ref());
        let client = direct.unwrap_or(&self.client);
        let response = client.request(request).await.map_err(failure::of_request)?;
        let (head, mut body) = response.into_parts();
        // hyper's own bound is that of a buffer, which a head that comes all at once can pass.
        if head_size(&head) > MAX_HEAD {
            return Err(failure::of_head("the head is over the limit of 64 KiB"));
        }
        let fields = &head.headers;
        if fields.contains_key(TRANSFER_ENCODING) && fields.contains_key(CONTENT_LENGTH) {
            // Two answers to where the body ends: one of the peers may be deceived (RFC 9112 section 6.3).
            return Err(failure::of_head("the answer has a transfer coding and a length"));
        }
        let mut taken = BodyLimit::new();
        while let Some(frame) = body.frame().await {
            // A frame that is no data holds trailers, which are not part of the answer.
            let frame = frame.map_err(failure::of_body)?.into_data();
            if frame.is_ok_and(|data| taken.take(&data).is_break()) {
                break;
            }
        }
        // A new response leaves behind what hyper keeps in the extensions: the connection of a 101.
        let mut response = Response::new(taken.into_bytes());
        *response.status_mut() = head.status;
        *response.version_mut() = head.version;
        *response.headers_mut() = head.headers;
        Ok(response)
    }
}

impl Default for HyperTransport {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl HttpTransport for HyperTransport {
    async fn send(
        &self,
        request: Request<Bytes>,
        timeout: Duration,
    ) -> Result<Response<Bytes>, TransportError> {
        let unsent = |kind| TransportError::new(kind, Delivery::NotSent);
        if timeout.is_zero() {
            return Err(unsent(TransportErrorKind::Timeout));
        }
        if Handle::try_current().is_err() {
            return Err(
                unsent(TransportErrorKind::Other).with_source("no tokio runtime is running")
            );
        }
        let uri = request.uri();
        let known = uri.scheme().is_some_and(|s| *s == Scheme::HTTP || *s == Scheme::HTTPS);
        if !known || uri.host().is_none_or(str::is_empty) {
            let source = "the URI must be absolute, http or https";
            return Err(unsent(TransportErrorKind::InvalidRequest).with_source(source));
        }
        let mut request = request.map(Full::new);
        *request.version_mut() = Version::HTTP_11;
        let connection = capture_connection(&mut request);
        let result = tokio::time::timeout(timeout, self.exchange(request)).await;
        let connection = connection.connection_metadata();
        let result = result.unwrap_or_else(|_elapsed| {
            // Without a connection nothing can have been written; with one, hyper may have.
            let delivery = match *connection {
                Some(_) => Delivery::MaybeSent,
                None => Delivery::NotSent,
            };
            Err(TransportError::new(TransportErrorKind::Timeout, delivery))
        });
        if let (Err(_), Some(connection)) = (&result, &*connection) {
            // hyper would keep one whose answer it has read to the end.
            connection.poison();
        }
        result
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

/// Shows the settings.
impl fmt::Debug for HyperTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HyperTransport")
            .field("connect_timeout", &self.connect_timeout)
            .finish_non_exhaustive()
    }
}

/// Settings of a [`HyperTransport`].
#[derive(Debug)]
#[must_use]
pub struct HyperTransportBuilder {
    connect_timeout: Duration,
    max_idle: usize,
    proxies: Proxies,
    tls: Tls,
}

impl HyperTransportBuilder {
    /// Limits connecting: name lookup, TCP, a proxy's answer and TLS handshake together. 3.1 s by
    /// default.
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = limit;
        self
    }

    /// Keeps at most this many idle connections to a host; 0 makes a new one for each request. No
    /// limit by default: an idle connection is closed after 50 s.
    pub fn max_idle_connections(mut self, limit: usize) -> Self {
        self.max_idle = limit;
        self
    }

    /// Connects through these proxies, or this [`Proxy`](crate::Proxy). None by default, whatever the
    /// environment says.
    ///
    /// A proxy is asked with CONNECT for `http` as well, so it is told host, port and its own
    /// credentials alone.
    pub fn proxies(mut self, proxies: impl Into<Proxies>) -> Self {
        self.proxies = proxies.into();
        self
    }

    /// Trusts `roots` instead of the platform's.
    pub fn roots(mut self, roots: RootCertStore) -> Self {
        self.tls = Tls::with_roots(roots);
        self
    }

    /// Uses `config` for TLS, client certificates and all. Its ALPN protocols are ignored: HTTP/1.1
    /// is what this transport speaks.
    pub fn tls_config(mut self, config: impl Into<Arc<ClientConfig>>) -> Self {
        self.tls = Tls::with_config(config.into());
        self
    }

    /// The transport. Opens no connection and reads no file.
    pub fn build(self) -> HyperTransport {
        let Self { connect_timeout, max_idle, proxies, tls } = self;
        let tls = Arc::new(tls);
        let client = |proxies| {
            Client::builder(TokioExecutor::new())
                // Of what it had begun to send hyper tries nothing again, only what it hands back untouched
                // because the connection had ended while it was idle.
                .retry_canceled_requests(true)
                .http1_max_buf_size(MAX_HEAD)
                .http1_max_headers(MAX_FIELDS)
                .pool_max_idle_per_host(max_idle)
                .pool_idle_timeout(POOL_IDLE_TIMEOUT)
                .pool_timer(TokioTimer::new())
                .build(Connector::new(connect_timeout, Arc::clone(&tls), proxies))
        };
        let direct = (proxies != Proxies::none()).then(|| client(Proxies::none()));
        HyperTransport { client: client(proxies), direct, connect_timeout }
    }
}

/// The least that a head took on the wire: its reason, and its fields, each with a colon and a line end.
fn head_size(head: &response::Parts) -> usize {
    // Only there if it is not the status's usual one.
    let reason = head.extensions.get::<ReasonPhrase>().map_or(0, |reason| reason.as_bytes().len());
    let fields = head.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 3);
    reason + fields.sum::<usize>()
}

/// hyper's default is 100. Each one more costs memory for every answer, so this is not as many as
/// [`MAX_HEAD`] could hold.
const MAX_FIELDS: usize = 512;

/// The AWS SDKs' connect timeout.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(3100);

/// Shorter than the minute after which load balancers close idle connections by default, so that a
/// call rarely meets one that is about to close.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(50);
