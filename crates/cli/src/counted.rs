//! Counts what is handed to a transport, so that an interrupted call can say whether it was sent.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use kendra_sync_hyper::kendra_sync_core::{HttpTransport, TransportError, blocking};

use crate::underway::Underway;

/// A transport of either kind whose sends are counted.
#[derive(Debug)]
pub(crate) struct Counted<T> {
    transport: T,
    underway: Underway,
}

impl<T> Counted<T> {
    pub(crate) fn new(transport: T, underway: &Underway) -> Self {
        Self { transport, underway: underway.clone() }
    }
}

impl<T: blocking::HttpTransport> blocking::HttpTransport for Counted<T> {
    fn send(
        &self,
        request: Request<Bytes>,
        timeout: Duration,
    ) -> Result<Response<Bytes>, TransportError> {
        self.underway.count();
        self.transport.send(request, timeout)
    }

    fn sleep(&self, duration: Duration) {
        self.transport.sleep(duration);
    }
}

#[async_trait]
impl<T: HttpTransport> HttpTransport for Counted<T> {
    async fn send(
        &self,
        request: Request<Bytes>,
        timeout: Duration,
    ) -> Result<Response<Bytes>, TransportError> {
        self.underway.count();
        self.transport.send(request, timeout).await
    }

    async fn sleep(&self, duration: Duration) {
        self.transport.sleep(duration).await;
    }
}
