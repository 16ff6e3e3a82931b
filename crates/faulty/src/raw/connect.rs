//! Opens connections: name lookup, TCP, TLS.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::BytesMut;
use http::Uri;
use kendra_sync_core::TransportErrorKind::{Connect, InvalidRequest, Timeout, Tls};
use kendra_sync_core::{Delivery, TransportError, TransportErrorKind};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::Defect;

/// Where a request goes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Origin {
    pub(super) secure: bool,
    pub(super) host: String,
    pub(super) port: u16,
}

/// A connection, and what was read of it beyond the last answer.
pub(super) struct Connection {
    pub(super) stream: Box<dyn Stream>,
    pub(super) unread: BytesMut,
    /// How many exchanges it has had.
    pub(super) used: usize,
}

pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Sync + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Sync + Unpin> Stream for T {}

impl Origin {
    pub(super) fn of(uri: &Uri, defect: Defect) -> Result<Self, TransportError> {
        let secure = match uri.scheme_str() {
            Some("http") => false,
            Some("https") => defect != Defect::HttpsInClear,
            _ => return Err(unsent(InvalidRequest).with_source("neither http nor https")),
        };
        let host = uri.host().filter(|host| !host.is_empty());
        let host = host.ok_or_else(|| unsent(InvalidRequest).with_source("no host"))?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let port = uri.port_u16().unwrap_or(if secure { 443 } else { 80 });
        Ok(Self { secure, host, port })
    }

    pub(super) async fn connect(
        &self,
        tls: &Arc<ClientConfig>,
        limit: Duration,
    ) -> Result<Connection, TransportError> {
        let connecting = tokio::time::timeout(limit, self.stream(tls)).await;
        let stream = connecting.unwrap_or_else(|_elapsed| Err(unsent(Timeout)))?;
        Ok(Connection { stream, unread: BytesMut::new(), used: 0 })
    }

    async fn stream(&self, tls: &Arc<ClientConfig>) -> Result<Box<dyn Stream>, TransportError> {
        let tcp = TcpStream::connect((self.host.as_str(), self.port)).await;
        let tcp = tcp.map_err(|error| unsent(Connect).with_source(error))?;
        let _ = tcp.set_nodelay(true);
        if !self.secure {
            return Ok(Box::new(tcp));
        }
        let name = ServerName::try_from(self.host.clone());
        let name = name.map_err(|error| unsent(Tls).with_source(error))?;
        match TlsConnector::from(Arc::clone(tls)).connect(name, tcp).await {
            Ok(stream) => Ok(Box::new(stream)),
            // A peer that hangs up says nothing of trust.
            Err(error) if is_refusal(&error) => Err(unsent(Tls).with_source(error)),
            Err(error) => Err(unsent(Connect).with_source(error)),
        }
    }
}

impl Connection {
    /// Whether the peer has neither closed nor said anything unasked.
    pub(super) fn is_quiet(&mut self) -> bool {
        let mut byte = [0];
        let mut buffer = ReadBuf::new(&mut byte);
        let mut context = Context::from_waker(Waker::noop());
        let read = Pin::new(&mut self.stream).poll_read(&mut context, &mut buffer);
        self.unread.is_empty() && matches!(read, Poll::Pending)
    }
}

impl Connection {
    /// The defect's: what the peer has said unasked is kept for the next exchange.
    pub(super) fn has_said_something(&mut self) -> bool {
        let mut bytes = [0; 1024];
        let mut buffer = ReadBuf::new(&mut bytes);
        let mut context = Context::from_waker(Waker::noop());
        let _ = Pin::new(&mut self.stream).poll_read(&mut context, &mut buffer);
        self.unread.extend_from_slice(buffer.filled());
        !self.unread.is_empty()
    }
}

/// Before anything can have been sent.
pub(super) fn unsent(kind: TransportErrorKind) -> TransportError {
    TransportError::new(kind, Delivery::NotSent)
}

fn is_refusal(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<rustls::Error>())
}
