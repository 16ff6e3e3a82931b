//! Counts what is handed to a transport, so that an interrupted call can say whether it was sent.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use kendra_sync_hyper::kendra_sync_core::{HttpTransport, TransportError, blocking};

/// A transport of either kind whose sends are counted.
#[derive(Debug)]
pub(crate) struct Counted<T> {
    transport: T,
    sends: Arc<AtomicU32>,
}

impl<T> Counted<T> {
    pub(crate) fn new(transport: T, sends: &Arc<AtomicU32>) -> Self {
        Self { transport, sends: Arc::clone(sends) }
    }
}

impl<T: blocking::HttpTransport> blocking::HttpTransport for Counted<T> {
    fn send(
        &self,
        request: Request<Bytes>,
        timeout: Duration,
    ) -> Result<Response<Bytes>, TransportError> {
        self.sends.fetch_add(1, Ordering::Relaxed);
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
        self.sends.fetch_add(1, Ordering::Relaxed);
        self.transport.send(request, timeout).await
    }

    async fn sleep(&self, duration: Duration) {
        self.transport.sleep(duration).await;
    }
}
