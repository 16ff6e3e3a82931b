//! The transport: one exchange over a pooled connection.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::header::HOST;
use http::uri::PathAndQuery;
use http::{HeaderValue, Request, Response, Uri, Version};
use http_body_util::Full;
use kendra_sync_core::transport::{BodyLimit, Direct, check_answer, check_request};
use kendra_sync_core::{Delivery, HttpTransport, TransportError, TransportErrorKind};
use kendra_sync_proxy::Proxies;
use kendra_sync_tls::Tls;
use rustls::{ClientConfig, RootCertStore};
use tokio::runtime::Handle;

use crate::connect::Connector;
use crate::failure;
use crate::pool::{Origin, Pool};

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
    pool: Arc<Pool>,
    /// Without proxies, where there are some.
    direct: Option<Arc<Pool>>,
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

    /// Sends `request` to `origin`; `begun` is set while it may have been sent in part.
    async fn exchange(
        &self,
        origin: Origin,
        mut request: Request<Full<Bytes>>,
        begun: &AtomicBool,
    ) -> Result<Response<Bytes>, TransportError> {
        let direct = request.extensions().get::<Direct>().and(self.direct.as_ref());
        let pool = direct.unwrap_or(&self.pool);
        let uri = to_origin(&mut request);
        let (mut connection, response) = loop {
            let kept = pool.idle(&origin);
            let is_kept = kept.is_some();
            let mut connection = match kept {
                Some(connection) => connection,
                None => {
                    pool.connect(origin.clone(), uri.clone()).await.map_err(failure::of_connect)?
                }
            };
            begun.store(true, Ordering::Relaxed);
            match connection.send(request).await {
                Ok(response) => break (connection, response),
                Err(mut error) => match error.take_message() {
                    // It ended while it was idle, and nothing of this was sent.
                    Some(unsent) if is_kept => request = unsent,
                    _ => return Err(failure::of_request(error.into_error())),
                },
            }
            begun.store(false, Ordering::Relaxed);
        };
        let (head, mut body) = response.into_parts();
        check_answer(&head.headers)?;
        let mut taken = BodyLimit::new();
        loop {
            let Some(frame) = connection.frame(&mut body).await else {
                pool.keep(connection);
                break;
            };
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
        check_request(&request, timeout)?;
        if Handle::try_current().is_err() {
            return Err(
                unsent(TransportErrorKind::Other).with_source("no tokio runtime is running")
            );
        }
        let origin = Origin::of(request.uri());
        let origin = origin.ok_or_else(|| unsent(TransportErrorKind::InvalidRequest))?;
        let begun = AtomicBool::new(false);
        let exchange = self.exchange(origin, request.map(Full::new), &begun);
        tokio::time::timeout(timeout, exchange).await.unwrap_or_else(|_elapsed| {
            let sent = begun.load(Ordering::Relaxed);
            let delivery = if sent { Delivery::MaybeSent } else { Delivery::NotSent };
            Err(TransportError::new(TransportErrorKind::Timeout, delivery))
        })
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
        let pool = |proxies| {
            Arc::new(Pool::new(
                Connector::new(connect_timeout, Arc::clone(&tls), proxies),
                max_idle,
            ))
        };
        let direct = (proxies != Proxies::none()).then(|| pool(Proxies::none()));
        HyperTransport { pool: pool(proxies), direct, connect_timeout }
    }
}

/// Makes `request` one to the server that its URI names, and returns that.
fn to_origin(request: &mut Request<Full<Bytes>>) -> Uri {
    *request.version_mut() = Version::HTTP_11;
    let path = request.uri().path_and_query().cloned();
    let path = path.unwrap_or_else(|| PathAndQuery::from_static("/"));
    let uri = std::mem::replace(request.uri_mut(), path.into());
    if !request.headers().contains_key(HOST)
        && let Some(host) = uri.authority().and_then(|authority| {
            let authority = authority.as_str();
            let host = authority.rsplit_once('@').map_or(authority, |(_user, host)| host);
            HeaderValue::from_str(host).ok()
        })
    {
        request.headers_mut().insert(HOST, host);
    }
    uri
}

/// The AWS SDKs' connect timeout.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(3100);
