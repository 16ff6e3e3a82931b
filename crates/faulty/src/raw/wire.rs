//! What comes over a connection, read ahead of what is taken.

use std::io;
use std::time::Duration;

use kendra_sync_core::TransportErrorKind::{Interrupted, InvalidResponse, Timeout};
use kendra_sync_core::{Delivery, TransportError, TransportErrorKind};
use tokio::io::{AsyncRead, AsyncReadExt};

use super::Defect;

/// The answer's side of a connection.
pub(super) struct Wire<'a> {
    pub(super) defect: Defect,
    /// The exchange's; only defects look at it here.
    pub(super) limit: Duration,
    pub(super) stream: &'a mut (dyn AsyncRead + Send + Unpin),
    pub(super) unread: &'a mut Vec<u8>,
}

impl Wire<'_> {
    /// Reads some more; false at the end.
    pub(super) async fn more(&mut self) -> io::Result<bool> {
        let mut chunk = Vec::with_capacity(16 * 1024);
        let reading = self.stream.read_buf(&mut chunk);
        let read = match self.defect {
            Defect::LimitForEachRead => tokio::time::timeout(self.limit, reading).await??,
            _ => reading.await?,
        };
        self.unread.extend_from_slice(&chunk);
        Ok(read > 0)
    }

    /// Reads some more, which there must be.
    pub(super) async fn must_have_more(&mut self) -> Result<(), TransportError> {
        match self.more().await {
            Ok(true) => Ok(()),
            Ok(false) => Err(failed(Interrupted).with_source("the answer broke off")),
            Err(error) if error.kind() == io::ErrorKind::TimedOut => {
                Err(failed(Timeout).with_source(error))
            }
            Err(error) => Err(failed(Interrupted).with_source(error)),
        }
    }

    /// Takes one line, without its end. `limit` is what is left for it and others; more is refused.
    pub(super) async fn line(&mut self, limit: &mut usize) -> Result<Vec<u8>, TransportError> {
        loop {
            if let Some(end) = self.unread.iter().position(|&b| b == b'\n') {
                *limit = limit.checked_sub(end + 1).ok_or_else(too_large)?;
                let mut line: Vec<u8> = self.unread.drain(..=end).collect();
                line.pop();
                if line.pop() != Some(b'\r') {
                    return Err(invalid("a line must end with CR LF"));
                }
                return Ok(line);
            }
            if self.unread.len() > *limit {
                return Err(too_large());
            }
            self.must_have_more().await?;
        }
    }

    /// Takes exactly these bytes.
    pub(super) async fn expect(&mut self, bytes: &[u8]) -> Result<(), TransportError> {
        while self.unread.len() < bytes.len() {
            self.must_have_more().await?;
        }
        if !self.unread.starts_with(bytes) {
            return Err(invalid("other bytes than the framing has"));
        }
        self.unread.drain(..bytes.len());
        Ok(())
    }
}

/// Once a request may have been sent.
pub(super) fn failed(kind: TransportErrorKind) -> TransportError {
    TransportError::new(kind, Delivery::MaybeSent)
}

pub(super) fn invalid(why: &'static str) -> TransportError {
    failed(InvalidResponse).with_source(why)
}

fn too_large() -> TransportError {
    invalid("the head is over its limit")
}
