//! A transport whose answers go through a parser of the self-test's.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use kendra_sync_core::{HttpTransport, TransportError, blocking};

use crate::self_test::Reader;

/// Hands up what the reader makes of each answer, or the answer as it is.
#[derive(Debug)]
pub(crate) struct Read<T: ?Sized>(pub(crate) Arc<T>, pub(crate) Option<Reader>);

#[async_trait]
impl<T: HttpTransport + ?Sized> HttpTransport for Read<T> {
    async fn send(
        &self,
        request: Request<Bytes>,
        timeout: Duration,
    ) -> Result<Response<Bytes>, TransportError> {
        self.0.send(request, timeout).await.and_then(self.1.unwrap_or(Ok))
    }

    async fn sleep(&self, duration: Duration) {
        self.0.sleep(duration).await;
    }
}

impl<T: blocking::HttpTransport + ?Sized> blocking::HttpTransport for Read<T> {
    fn send(
        &self,
        request: Request<Bytes>,
        timeout: Duration,
    ) -> Result<Response<Bytes>, TransportError> {
        self.0.send(request, timeout).and_then(self.1.unwrap_or(Ok))
    }

    fn sleep(&self, duration: Duration) {
        self.0.sleep(duration);
    }
}
