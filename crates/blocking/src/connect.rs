//! Opens connections: name lookup, TCP, a proxy's CONNECT, and TLS for `https`, within one limit.

use std::io::{self, Read, Write};
use std::ops::ControlFlow;
use std::sync::Arc;

use http::Uri;
use kendra_sync_core::{Delivery, TransportError, TransportErrorKind};
use kendra_sync_proxy::{Proxies, Proxy, ProxyError, Tunnel};
use kendra_sync_tls::{Tls, is_refusal};
use ureq::unversioned::resolver::ResolvedSocketAddrs;
use ureq::unversioned::transport::{
    ConnectionDetails, Connector as UreqConnector, TcpConnector, Transport, TransportAdapter,
};

use crate::exchange;
use crate::lookup::look_up;
use crate::tls::TlsTransport;
use crate::watched::Watched;

#[derive(Debug)]
pub(crate) struct Connector {
    tcp: TcpConnector,
    tls: Arc<Tls>,
    proxies: Proxies,
}

impl Connector {
    pub(crate) fn new(tls: Arc<Tls>, proxies: Proxies) -> Self {
        Self { tcp: TcpConnector::default(), tls, proxies }
    }

    fn open(&self, details: &ConnectionDetails<'_>) -> Result<Box<dyn Transport>, TransportError> {
        let stream = match self.proxies.for_uri(details.uri) {
            Some(proxy) => self.through(proxy, details)?,
            None => self.direct(details.uri, details).map_err(tcp)?,
        };
        if !details.needs_tls() {
            return Ok(stream);
        }
        let config = self.tls.config().map_err(|error| refused(io::Error::other(error)))?;
        let stream = TlsTransport::connect(stream, details, config);
        Ok(stream.map_err(handshake)?.boxed())
    }

    /// A connection to the host of `uri`.
    fn direct(&self, uri: &Uri, details: &ConnectionDetails<'_>) -> io::Result<Box<dyn Transport>> {
        let found = look_up(uri, exchange::connect_left())?;
        // ureq takes no time at all for a second.
        if exchange::connect_left().is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        let mut addrs: ResolvedSocketAddrs = details.resolver.empty();
        // As many as ureq tries.
        found.into_iter().take(16).for_each(|address| addrs.push(address));
        let connected = UreqConnector::<()>::connect(&self.tcp, &within(details, addrs), None);
        match connected.map_err(ureq::Error::into_io)? {
            Some(stream) => Ok(stream.boxed()),
            None => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    /// A connection that `proxy` makes to the host that is to be called.
    fn through(
        &self,
        proxy: &Proxy,
        details: &ConnectionDetails<'_>,
    ) -> Result<Box<dyn Transport>, TransportError> {
        let there = proxy.to_string().parse::<Uri>().map_err(io::Error::other);
        let stream = there.and_then(|uri| self.direct(&uri, details)).map_err(|error| {
            timeout_or(error, |error| refused_by(ProxyError::unreachable(proxy, error)))
        })?;
        let broken =
            |error| timeout_or(error, |error| refused_by(ProxyError::closed(proxy, error)));
        let mut stream = TransportAdapter::new(stream, details.current_time.clone());
        stream.set_timeout(exchange::limit(details.timeout));
        let mut tunnel = Tunnel::through(proxy);
        stream.write_all(&tunnel.request(details.uri)).map_err(broken)?;
        let mut chunk = [0; 1024];
        loop {
            let length = stream.read(&mut chunk).map_err(broken)?;
            let read = chunk.get(..length).unwrap_or_default();
            if let ControlFlow::Break(()) = tunnel.received(read).map_err(refused_by)? {
                return Ok(stream.into_inner());
            }
        }
    }
}

impl UreqConnector for Connector {
    type Out = Watched;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        _chained: Option<()>,
    ) -> Result<Option<Watched>, ureq::Error> {
        let opened = self.open(details).map_err(|error| ureq::Error::Other(error.into()))?;
        Ok(Some(Watched::new(opened)))
    }
}

/// `details` with other addresses, and no more time than connecting has left.
fn within<'a>(
    details: &ConnectionDetails<'a>,
    addrs: ResolvedSocketAddrs,
) -> ConnectionDetails<'a> {
    ConnectionDetails {
        uri: details.uri,
        addrs,
        config: details.config,
        request_level: details.request_level,
        resolver: details.resolver,
        now: (details.current_time)(),
        timeout: exchange::limit(details.timeout),
        current_time: details.current_time.clone(),
        run_connector: details.run_connector.clone(),
        register_shutdown: details.register_shutdown.clone(),
    }
}

/// Name lookup or TCP failed.
fn tcp(error: io::Error) -> TransportError {
    timeout_or(error, |error| {
        TransportError::new(TransportErrorKind::Connect, Delivery::NotSent).with_source(error)
    })
}

/// That the limit passed, or what `other` makes of the error.
fn timeout_or(error: io::Error, other: impl FnOnce(io::Error) -> TransportError) -> TransportError {
    if is_timeout(&error) {
        let timeout = TransportError::new(TransportErrorKind::Timeout, Delivery::NotSent);
        return timeout.with_source("no connection within the limit");
    }
    other(error)
}

/// The proxy failed, or the way to it.
fn refused_by(error: ProxyError) -> TransportError {
    TransportError::new(TransportErrorKind::Connect, Delivery::NotSent).with_source(error)
}

/// The handshake failed: by rustls's judgement, in time, or because the peer hung up, which says
/// nothing of trust.
fn handshake(error: io::Error) -> TransportError {
    if is_refusal(&error) { refused(error) } else { tcp(error) }
}

fn refused(error: io::Error) -> TransportError {
    TransportError::new(TransportErrorKind::Tls, Delivery::NotSent).with_source(error)
}

/// Whether a limit passed: the system's, or ureq's, which it wraps.
fn is_timeout(error: &io::Error) -> bool {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<ureq::Error>());
    error.kind() == io::ErrorKind::TimedOut || matches!(inner, Some(ureq::Error::Timeout(_)))
}
