//! The body of an answer, as the SDK reads it.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http_body::{Body, Frame};
use kendra_sync_core::transport::MAX_BODY;

/// `bytes` if they are the whole body; what there is of a larger one ends in an error.
pub(crate) fn sdk_body(bytes: Bytes) -> SdkBody {
    if bytes.len() > MAX_BODY { SdkBody::from_body_1_x(Cut(Some(bytes))) } else { bytes.into() }
}

/// A body that a transport cut: nobody may take it for whole.
struct Cut(Option<Bytes>);

impl Body for Cut {
    type Data = Bytes;
    type Error = OverLimit;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, OverLimit>>> {
        Poll::Ready(Some(self.0.take().map(Frame::data).ok_or(OverLimit)))
    }
}

#[derive(Debug)]
struct OverLimit;

impl fmt::Display for OverLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the body is over the limit of 1 MiB")
    }
}

impl std::error::Error for OverLimit {}
