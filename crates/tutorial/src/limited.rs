//! A connection with a limit: for connecting, and for all that is read and written.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use kendra_sync_core::TransportErrorKind::{Connect, Timeout};
use kendra_sync_core::{Delivery, TransportError};

pub(crate) struct Limited {
    stream: TcpStream,
    limit: Limit,
}

impl Limited {
    /// Connects within `limit`, and within `connect_timeout`.
    pub(crate) fn connect(
        origin: (String, u16),
        limit: Limit,
        connect_timeout: Duration,
    ) -> Result<Self, TransportError> {
        Self::opened(origin, limit, connect_timeout).map_err(|error| {
            let kind = if error.kind() == io::ErrorKind::TimedOut { Timeout } else { Connect };
            TransportError::new(kind, Delivery::NotSent).with_source(error)
        })
    }

    fn opened(origin: (String, u16), limit: Limit, connect_timeout: Duration) -> io::Result<Self> {
        let connecting = Limit::of(limit.left()?.min(connect_timeout));
        let mut failure = io::Error::other("the name has no address");
        for address in origin.to_socket_addrs()? {
            match TcpStream::connect_timeout(&address, connecting.left()?) {
                Ok(stream) => {
                    stream.set_nodelay(true)?;
                    return Ok(Self { stream, limit });
                }
                Err(error) => failure = error,
            }
        }
        Err(failure)
    }
}

impl Read for Limited {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(Some(self.limit.left()?))?;
        self.stream.read(buffer)
    }
}

impl Write for Limited {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(Some(self.limit.left()?))?;
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

/// Until when.
#[derive(Clone, Copy)]
pub(crate) struct Limit(Instant);

impl Limit {
    /// So long from now, but no longer than a year: the clock must not overflow.
    pub(crate) fn of(timeout: Duration) -> Self {
        Self(Instant::now() + timeout.min(Duration::from_secs(365 * 24 * 60 * 60)))
    }

    /// What is left, or an error when nothing is.
    fn left(self) -> io::Result<Duration> {
        let left = self.0.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(left) }
    }
}
