//! What comes over a connection, read ahead of what is taken.

use std::future::poll_fn;
use std::io;
use std::task::Poll;
use std::time::Duration;

use bytes::{Buf, BytesMut};
use kendra_sync_core::TransportErrorKind::{Interrupted, InvalidResponse, Timeout};
use kendra_sync_core::{Delivery, TransportError, TransportErrorKind};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::sync::Mutex;

use super::{Defect, Raw};

/// The answer's side of a connection.
pub(super) struct Wire<'a> {
    pub(super) defect: Defect,
    /// The exchange's; only defects look at it here.
    pub(super) limit: Duration,
    /// What a defect lets only one hold at a time.
    pub(super) one_at_a_time: &'a Mutex<()>,
    /// The head has been read.
    pub(super) in_body: bool,
    pub(super) stream: &'a mut (dyn AsyncRead + Send + Unpin),
    pub(super) unread: &'a mut BytesMut,
}

impl<'a> Wire<'a> {
    pub(super) fn new(
        raw: &'a Raw,
        limit: Duration,
        stream: &'a mut (dyn AsyncRead + Send + Unpin),
        unread: &'a mut BytesMut,
    ) -> Self {
        let Raw { defect, one_at_a_time, .. } = raw;
        Self { defect: *defect, limit, one_at_a_time, in_body: false, stream, unread }
    }

    /// Reads some more; false at the end.
    pub(super) async fn more(&mut self) -> io::Result<bool> {
        self.unread.reserve(16 * 1024);
        let mut reading = std::pin::pin!(self.stream.read_buf(self.unread));
        let read = match poll_fn(|cx| Poll::Ready(reading.as_mut().poll(cx))).await {
            Poll::Ready(read) => read?,
            Poll::Pending if self.defect == Defect::LimitForEachRead => {
                tokio::time::timeout(self.limit, reading).await??
            }
            Poll::Pending => {
                if self.in_body && self.defect == Defect::BlocksInBody {
                    // Once, so as not to take for ever.
                    self.in_body = false;
                    std::thread::sleep(BLOCKED);
                }
                reading.await?
            }
        };
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
                let mut line = self.unread.split_to(end + 1).to_vec();
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
        self.unread.advance(bytes.len());
        Ok(())
    }
}

/// Longer than anything waits.
const BLOCKED: Duration = Duration::from_secs(3);

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
