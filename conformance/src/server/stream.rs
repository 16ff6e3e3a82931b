//! A connection's bytes, in clear or in TLS.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// A client's connection.
#[derive(Debug)]
pub(super) enum Stream {
    Plain(Tcp),
    Tls(Box<TlsStream<Tcp>>),
}

/// A TCP connection of which something has been read already.
#[derive(Debug)]
pub(super) struct Tcp {
    first: Vec<u8>,
    socket: TcpStream,
}

impl Stream {
    pub(super) fn new(socket: TcpStream) -> Self {
        let _ = socket.set_nodelay(true);
        Self::Plain(Tcp { first: Vec::new(), socket })
    }

    /// Shakes hands; `first` is what was read of them.
    ///
    /// # Errors
    ///
    /// Why there is no TLS, and the connection in clear, if there is one still.
    pub(super) async fn handshake(
        self,
        first: Vec<u8>,
        config: Arc<ServerConfig>,
    ) -> Result<Self, (String, Option<Self>)> {
        let Self::Plain(mut tcp) = self else {
            return Err(("there is TLS already".to_owned(), None));
        };
        tcp.first = first;
        match TlsAcceptor::from(config).accept(tcp).into_fallible().await {
            Ok(stream) => Ok(Self::Tls(Box::new(stream))),
            Err((error, tcp)) => Err((error.to_string(), Some(Self::Plain(tcp)))),
        }
    }

    /// Ends this side without close_notify.
    pub(super) async fn cut(&mut self) -> io::Result<()> {
        self.tcp_mut().socket.shutdown().await
    }

    /// The connection is reset when this is dropped.
    pub(super) fn reset(mut self) {
        let _ = self.tcp_mut().socket.set_zero_linger();
    }

    fn tcp_mut(&mut self) -> &mut Tcp {
        match self {
            Self::Plain(tcp) => tcp,
            Self::Tls(stream) => stream.get_mut().0,
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_read(cx, buffer),
            Self::Tls(stream) => match ready!(Pin::new(stream).poll_read(cx, buffer)) {
                // The client left without close_notify.
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Poll::Ready(Ok(())),
                result => Poll::Ready(result),
            },
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_write(cx, bytes),
            Self::Tls(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_flush(cx),
            Self::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}

impl AsyncRead for Tcp {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let tcp = self.get_mut();
        if tcp.first.is_empty() {
            return Pin::new(&mut tcp.socket).poll_read(cx, buffer);
        }
        let some = tcp.first.len().min(buffer.remaining());
        buffer.put_slice(&tcp.first[..some]);
        tcp.first.drain(..some);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Tcp {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().socket).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().socket).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().socket).poll_shutdown(cx)
    }
}
