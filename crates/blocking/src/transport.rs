//! The transport: one exchange over a pooled connection.

use std::fmt;
use std::io::Read;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Request, Response, Uri, Version, header};
use kendra_sync_core::blocking::HttpTransport;
use kendra_sync_core::transport::{BodyLimit, Direct, MAX_HEAD, check_answer, check_request};
use kendra_sync_core::{Delivery, TransportError, TransportErrorKind};
use kendra_sync_proxy::Proxies;
use kendra_sync_tls::Tls;
use rustls::{ClientConfig, RootCertStore};
use ureq::Agent;

use crate::connect::Connector;
use crate::exchange::{self, Exchange};
use crate::failure;
use crate::lookup::Unresolved;

/// Sends over ureq and rustls, on the calling thread: HTTP/1.1, with connections kept for further
/// calls.
///
/// Clones share the pool.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use kendra_sync_blocking::BlockingTransport;
///
/// let transport = BlockingTransport::builder().connect_timeout(Duration::from_secs(1)).build();
/// # let _ = transport;
/// ```
#[derive(Clone)]
pub struct BlockingTransport {
    agent: Agent,
    /// Without proxies, where there are some.
    direct: Option<Agent>,
    connect_timeout: Duration,
}

impl BlockingTransport {
    /// A transport that trusts the platform's roots and takes at most 3.1 s to connect.
    ///
    /// Roots are loaded when the first `https` connection needs them.
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// Starts from the settings of [`BlockingTransport::new`].
    pub fn builder() -> BlockingTransportBuilder {
        BlockingTransportBuilder {
            connect_timeout: CONNECT_TIMEOUT,
            max_idle: usize::MAX,
            proxies: Proxies::none(),
            tls: Tls::platform(),
        }
    }

    fn exchange(
        &self,
        request: Request<&[u8]>,
        timeout: Duration,
    ) -> Result<Response<Bytes>, TransportError> {
        let direct = request.extensions().get::<Direct>().and(self.direct.as_ref());
        let agent = direct.unwrap_or(&self.agent);
        let request = agent.configure_request(request).timeout_global(Some(timeout)).build();
        let response = agent.run(request).map_err(failure::of_request)?;
        let (head, body) = response.into_parts();
        let chunked = head.headers.contains_key(header::TRANSFER_ENCODING);
        if chunked && head.version == Version::HTTP_10 {
            // Nobody can tell where such a body ends (RFC 9112 section 6.1), and ureq does not try.
            return Err(failure::of_head("an HTTP/1.0 answer has a transfer coding"));
        }
        check_answer(&head.headers)?;
        exchange::head_read(chunked || head.headers.contains_key(header::CONTENT_LENGTH));
        let mut body = body.into_reader();
        let mut taken = BodyLimit::new();
        let mut chunk = [0; 8 * 1024];
        loop {
            let length = body.read(&mut chunk).map_err(failure::of_body)?;
            let read = chunk.get(..length).unwrap_or_default();
            // Dropping the reader before the end closes the connection.
            if read.is_empty() || taken.take(read).is_break() {
                break;
            }
        }
        let mut response = Response::new(taken.into_bytes());
        *response.status_mut() = head.status;
        *response.version_mut() = head.version;
        *response.headers_mut() = head.headers;
        Ok(response)
    }
}

/// What stands before the host is not sent; ureq would make an `Authorization` of its own of it.
fn without_user(uri: Uri) -> Result<Uri, http::Error> {
    let host = uri.authority().and_then(|authority| authority.as_str().rsplit_once('@'));
    let Some((_user, host)) = host else { return Ok(uri) };
    let host = host.parse()?;
    let mut parts = uri.into_parts();
    parts.authority = Some(host);
    Ok(Uri::from_parts(parts)?)
}

impl Default for BlockingTransport {
    fn default() -> Self {
        Self::new()
    }
}

impl HttpTransport for BlockingTransport {
    fn send(
        &self,
        request: Request<Bytes>,
        timeout: Duration,
    ) -> Result<Response<Bytes>, TransportError> {
        check_request(&request, timeout)?;
        let (mut head, body) = request.into_parts();
        head.version = Version::HTTP_11;
        head.uri = without_user(head.uri).map_err(|error| {
            let kind = TransportErrorKind::InvalidRequest;
            TransportError::new(kind, Delivery::NotSent).with_source(error)
        })?;
        // ureq adds it to the clock, which must not overflow.
        let timeout = timeout.min(LONGEST_TIMEOUT);
        let connect_by = Instant::now() + self.connect_timeout.min(timeout);
        let _exchange = Exchange::begin(connect_by);
        self.exchange(Request::from_parts(head, &body), timeout)
    }

    fn sleep(&self, duration: Duration) {
        std::thread::sleep(duration);
    }
}

/// Shows the settings.
impl fmt::Debug for BlockingTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlockingTransport")
            .field("connect_timeout", &self.connect_timeout)
            .finish_non_exhaustive()
    }
}

/// Settings of a [`BlockingTransport`].
#[derive(Debug)]
#[must_use]
pub struct BlockingTransportBuilder {
    connect_timeout: Duration,
    max_idle: usize,
    proxies: Proxies,
    tls: Tls,
}

impl BlockingTransportBuilder {
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
    pub fn build(self) -> BlockingTransport {
        let Self { connect_timeout, max_idle, proxies, tls } = self;
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            // Its own would take one from the environment, and asks without our limits.
            .proxy(None)
            // Empty: no such header is added.
            .user_agent("")
            .accept("")
            .accept_encoding("")
            .max_response_header_size(MAX_HEAD)
            .input_buffer_size(BUFFER)
            .output_buffer_size(BUFFER)
            .max_idle_connections(usize::MAX)
            .max_idle_connections_per_host(max_idle)
            .max_idle_age(POOL_IDLE_TIMEOUT)
            .build();
        let tls = Arc::new(tls);
        let agent = |proxies| {
            let connector = Connector::new(Arc::clone(&tls), proxies);
            Agent::with_parts(config.clone(), connector, Unresolved)
        };
        let direct = (proxies != Proxies::none()).then(|| agent(Proxies::none()));
        BlockingTransport { agent: agent(proxies), direct, connect_timeout }
    }
}

/// A head must fit in, and be seen to be larger than it may be. ureq's own 128 KiB are filled with zeros for
/// each connection, both ways, and twice with TLS.
const BUFFER: usize = MAX_HEAD + 16 * 1024;

/// The AWS SDKs' connect timeout.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(3100);

/// Shorter than the minute after which load balancers close idle connections by default, so that a
/// call rarely meets one that is about to close.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(50);

/// A year: as good as none.
const LONGEST_TIMEOUT: Duration = Duration::from_secs(365 * 24 * 60 * 60);
