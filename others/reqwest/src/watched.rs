//! Tells whether anything of a request can have been sent.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
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

/// A body of one piece. hyper has a connection and asks for the body before it writes the head's first byte; so
/// until then nothing was sent.
pub(crate) struct Watched {
    body: Option<Bytes>,
    sent: Sent,
}

impl Watched {
    pub(crate) fn new(body: Bytes, sent: &Sent) -> Self {
        let sent = sent.clone();
        if body.is_empty() {
            // hyper never asks for one without a byte.
            sent.begin();
            return Self { body: None, sent };
        }
        Self { body: Some(body), sent }
    }
}

impl Body for Watched {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.sent.begin();
        Poll::Ready(self.body.take().map(|body| Ok(Frame::data(body))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.body.as_ref().map_or(0, |body| body.len() as u64))
    }
}
