//! Tells whether anything of a request can have been sent.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use bytes::{Buf, Bytes};
use futures_util::AsyncRead;
use isahc::AsyncBody;
use kendra_sync_core::Delivery;

/// Whether the sending of a request has begun.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sent(Arc<AtomicBool>);

impl Sent {
    fn begin(&self) {
        self.0.store(true, Ordering::Release);
    }

    pub(crate) fn delivery(&self) -> Delivery {
        if self.0.load(Ordering::Acquire) { Delivery::MaybeSent } else { Delivery::NotSent }
    }
}

/// A body of one piece. libcurl has a connection and asks for the body before it writes the head's first byte; so until
/// then nothing was sent.
pub(crate) struct Watched {
    body: Bytes,
    sent: Sent,
}

impl Watched {
    pub(crate) fn body(body: Bytes, sent: &Sent) -> AsyncBody {
        if body.is_empty() {
            // Nobody asks for that.
            sent.begin();
            return AsyncBody::empty();
        }
        let length = body.len() as u64;
        AsyncBody::from_reader_sized(Self { body, sent: sent.clone() }, length)
    }
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
        room: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        self.sent.begin();
        let length = room.len().min(self.body.len());
        if let Some(room) = room.get_mut(..length) {
            self.body.copy_to_slice(room);
        }
        Poll::Ready(Ok(length))
    }
}
