//! Opens connections: name lookup, TCP, and TLS for `https`, within one limit.

use std::io;

use kendra_sync_core::{Delivery, TransportError, TransportErrorKind};
use kendra_sync_tls::{Tls, is_refusal};
use ureq::unversioned::resolver::ResolvedSocketAddrs;
use ureq::unversioned::transport::{
    ConnectionDetails, Connector as UreqConnector, TcpConnector, Transport,
};

use crate::exchange;
use crate::lookup::look_up;
use crate::tls::TlsTransport;
use crate::watched::Watched;

#[derive(Debug)]
pub(crate) struct Connector {
    tcp: TcpConnector,
    tls: Tls,
}

impl Connector {
    pub(crate) fn new(tls: Tls) -> Self {
        Self { tcp: TcpConnector::default(), tls }
    }

    fn open(&self, details: &ConnectionDetails<'_>) -> Result<Box<dyn Transport>, TransportError> {
        let found = look_up(details.uri, exchange::connect_left()).map_err(tcp)?;
        // ureq takes no time at all for a second.
        if exchange::connect_left().is_zero() {
            return Err(tcp(io::ErrorKind::TimedOut.into()));
        }
        let mut addrs: ResolvedSocketAddrs = details.resolver.empty();
        // As many as ureq tries.
        found.into_iter().take(16).for_each(|address| addrs.push(address));
        let connected = UreqConnector::<()>::connect(&self.tcp, &within(details, addrs), None);
        let connected = connected.map_err(|error| tcp(error.into_io()))?;
        let Some(stream) = connected else {
            return Err(TransportError::new(TransportErrorKind::Connect, Delivery::NotSent));
        };
        if !details.needs_tls() {
            return Ok(stream.boxed());
        }
        let config = self.tls.config().map_err(|error| refused(io::Error::other(error)))?;
        let stream = TlsTransport::connect(stream.boxed(), details, config);
        Ok(stream.map_err(handshake)?.boxed())
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
    if is_timeout(&error) {
        let timeout = TransportError::new(TransportErrorKind::Timeout, Delivery::NotSent);
        return timeout.with_source("no connection within the limit");
    }
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
