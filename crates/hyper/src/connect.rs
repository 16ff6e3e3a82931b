//! Opens connections: name lookup, TCP, a proxy's CONNECT, and TLS for `https`, within one limit.

use std::error::Error as StdError;
use std::fmt;
use std::future::Future;
use std::ops::ControlFlow;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::{Uri, uri::Scheme};
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioIo;
use kendra_sync_proxy::{Proxies, Proxy, ProxyError, Tunnel};
use kendra_sync_tls::{Tls, is_refusal};
use rustls::pki_types::InvalidDnsNameError;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tower_service::Service;

type BoxError = Box<dyn StdError + Send + Sync>;
pub(crate) type Stream = MaybeHttpsStream<TokioIo<TcpStream>>;

pub(crate) struct Connector {
    tcp: Tcp,
    tls: Arc<Tls>,
    limit: Duration,
}

impl Connector {
    pub(crate) fn new(limit: Duration, tls: Arc<Tls>, proxies: Proxies) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        // Shared out among a name's addresses, so that the first one cannot use up the limit.
        tcp.set_connect_timeout(Some(limit));
        let tcp = Tcp { connector: tcp, proxies: Arc::new(proxies) };
        Self { tcp, tls, limit }
    }

    /// Opens a connection to the host of `uri`.
    pub(crate) async fn open(&self, uri: Uri) -> Result<Stream, ConnectError> {
        // A large future, for once in many requests.
        let opened = tokio::time::timeout(self.limit, Box::pin(self.connect(uri))).await;
        opened.unwrap_or(Err(ConnectError::Limit(self.limit)))
    }

    async fn connect(&self, uri: Uri) -> Result<Stream, ConnectError> {
        let Self { tcp, tls, .. } = self;
        let (mut tcp, tls) = (tcp.clone(), Arc::clone(tls));
        if uri.scheme() == Some(&Scheme::HTTP) {
            return tcp.call(uri).await.map(MaybeHttpsStream::Http);
        }
        let config = match tls.loaded() {
            Some(config) => config,
            // Reading and parsing the platform's roots would hold up the executor.
            None => match tokio::task::spawn_blocking(move || tls.config()).await {
                Ok(config) => config.map_err(|error| ConnectError::Tls(error.into()))?,
                Err(error) => return Err(ConnectError::Tls(error.into())),
            },
        };
        let connected = HttpsConnector::from((tcp, config)).call(uri).await;
        connected.map_err(|error| match error.downcast::<ConnectError>() {
            Ok(before_tls) => *before_tls,
            // A peer that hangs up in the handshake says nothing of trust: the next may go through.
            Err(error) if is_refusal(&*error) => ConnectError::Tls(error),
            // Nor does a name that no certificate could have: there is no such host.
            Err(error) if error.is::<std::io::Error>() || error.is::<InvalidDnsNameError>() => {
                ConnectError::Tcp(error)
            }
            Err(error) => ConnectError::Tls(error),
        })
    }
}

/// Why there is no connection: how far it came.
#[derive(Debug)]
pub(crate) enum ConnectError {
    /// The limit passed, in seconds.
    Limit(Duration),
    /// The proxy, or the way to it.
    Proxy(ProxyError),
    /// Name lookup or TCP, or the peer hung up during the handshake.
    Tcp(BoxError),
    /// No TLS that can be trusted.
    Tls(BoxError),
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Limit(limit) => {
                write!(f, "no connection within the limit of {} s", limit.as_secs_f64())
            }
            Self::Proxy(_) => f.write_str("no connection through the proxy"),
            Self::Tcp(_) => f.write_str("no connection"),
            Self::Tls(_) => f.write_str("no TLS connection"),
        }
    }
}

impl StdError for ConnectError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Limit(_) => None,
            Self::Proxy(source) => Some(source),
            Self::Tcp(source) | Self::Tls(source) => Some(&**source),
        }
    }
}

/// The connector below TLS, with its errors marked as such: to the host, or through a proxy.
#[derive(Clone)]
struct Tcp {
    connector: HttpConnector,
    proxies: Arc<Proxies>,
}

impl Service<Uri> for Tcp {
    type Response = TokioIo<TcpStream>;
    type Error = ConnectError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, ConnectError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), ConnectError>> {
        self.connector.poll_ready(cx).map_err(|error| ConnectError::Tcp(error.into()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let Some(proxy) = self.proxies.for_uri(&uri).cloned() else {
            let connecting = self.connector.call(uri);
            return Box::pin(async {
                connecting.await.map_err(|error| ConnectError::Tcp(error.into()))
            });
        };
        let mut connector = self.connector.clone();
        Box::pin(async move {
            let there = proxy.to_string().parse::<Uri>();
            let there = there.map_err(|error| ConnectError::Tcp(error.into()))?;
            let connected = connector.call(there).await;
            let stream = connected
                .map_err(|error| ConnectError::Proxy(ProxyError::unreachable(&proxy, error)))?;
            tunnel(stream.into_inner(), &proxy, &uri).await.map(TokioIo::new)
        })
    }
}

/// Asks `proxy` for a connection to the host of `uri`.
async fn tunnel(
    mut stream: TcpStream,
    proxy: &Proxy,
    uri: &Uri,
) -> Result<TcpStream, ConnectError> {
    let mut tunnel = Tunnel::through(proxy);
    let broken = |error: std::io::Error| ConnectError::Proxy(ProxyError::closed(proxy, error));
    stream.write_all(&tunnel.request(uri)).await.map_err(broken)?;
    let mut chunk = [0; 1024];
    loop {
        let length = stream.read(&mut chunk).await.map_err(broken)?;
        let read = chunk.get(..length).unwrap_or_default();
        if let ControlFlow::Break(()) = tunnel.received(read).map_err(ConnectError::Proxy)? {
            return Ok(stream);
        }
    }
}
