//! A transport that answers at once: what a call costs without one.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use kendra_sync_core::{HttpTransport, TransportError, blocking};

use crate::calls::Answer;

/// Sends nothing and answers each request with success.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "for benches only")]
pub struct AtOnce;

#[async_trait]
impl HttpTransport for AtOnce {
    async fn send(
        &self,
        _request: Request<Bytes>,
        _timeout: Duration,
    ) -> Result<Response<Bytes>, TransportError> {
        Ok(Answer::success())
    }

    async fn sleep(&self, _duration: Duration) {}
}

impl blocking::HttpTransport for AtOnce {
    fn send(
        &self,
        _request: Request<Bytes>,
        _timeout: Duration,
    ) -> Result<Response<Bytes>, TransportError> {
        Ok(Answer::success())
    }

    fn sleep(&self, _duration: Duration) {}
}
