//! The transport: a service made ready and called, and its body read, all within one limit.

use std::error::Error as StdError;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::{Buf, Bytes};
use futures_timer::Delay;
use http::{Request, Response, Version};
use http_body::Body;
use http_body_util::BodyExt;
use kendra_sync_core::transport::{BodyLimit, Recorded, check_answer, check_request};
use kendra_sync_core::{Delivery, HttpTransport, TransportError, TransportErrorKind};
use tower_service::Service;

use crate::deadline::Deadline;
use crate::failure::{BoxError, Classify, Stage};

/// Sends over a tower service.
///
/// Each exchange has a clone of the service to itself, as tower's services want it: what `poll_ready`
/// reserved is used by the `call` that follows. The service need not be `Sync`.
///
/// # Examples
///
/// ```
/// use bytes::Bytes;
/// use http::{Request, Response};
/// use http_body_util::Full;
/// use kendra_sync_tower::TowerTransport;
///
/// let service = tower::service_fn(|_request: Request<Bytes>| async {
///     Ok::<_, std::io::Error>(Response::new(Full::new(Bytes::from_static(b"{}"))))
/// });
/// let transport = TowerTransport::new(service);
/// # let _ = transport;
/// ```
pub struct TowerTransport<S> {
    /// Locked to be cloned, and no longer.
    service: Mutex<S>,
    classify: Option<Arc<Classify>>,
    sleep: Arc<dyn Fn(Duration) -> Sleep + Send + Sync>,
}

type Sleep = Pin<Box<dyn Future<Output = ()> + Send>>;

impl<S> TowerTransport<S> {
    /// A transport over `service`. Its timer is futures-timer's, which any executor can wait for.
    pub fn new(service: S) -> Self {
        let sleep = Arc::new(|duration| Box::pin(Delay::new(duration)) as Sleep);
        Self { service: Mutex::new(service), classify: None, sleep }
    }

    /// Asks `classify` what an error of the service, or of a body, means. Where it answers `None`, and by
    /// default, the error is looked at: see the crate's documentation.
    ///
    /// The error is the service's own; what caused it is under `source()`. `NotSent` may only be said if no
    /// byte of the request can have reached the server.
    #[must_use]
    pub fn classify<F>(mut self, classify: F) -> Self
    where
        F: Fn(&(dyn StdError + 'static)) -> Option<(TransportErrorKind, Delivery)>
            + Send
            + Sync
            + 'static,
    {
        self.classify = Some(Arc::new(classify));
        self
    }

    /// Waits by `sleep`, a runtime's own timer say, instead of futures-timer, which has a thread.
    ///
    /// ```
    /// # let service = ();
    /// # use kendra_sync_tower::TowerTransport;
    /// let transport = TowerTransport::new(service).timer(tokio::time::sleep);
    /// # let _ = transport;
    /// ```
    #[must_use]
    pub fn timer<F, W>(mut self, sleep: F) -> Self
    where
        F: Fn(Duration) -> W + Send + Sync + 'static,
        W: Future<Output = ()> + Send + 'static,
    {
        self.sleep = Arc::new(move |duration| Box::pin(sleep(duration)) as Sleep);
        self
    }

    fn failure(&self, stage: Stage, error: impl Into<BoxError>) -> TransportError {
        stage.failure(error.into(), self.classify.as_deref())
    }

    /// The answer, read whole or up to the limit for bodies.
    async fn read<B>(&self, response: Response<B>) -> Result<Response<Bytes>, TransportError>
    where
        B: Body + Send,
        B::Data: Send,
        B::Error: Into<BoxError>,
    {
        let (mut head, body) = response.into_parts();
        check_answer(&head.headers)?;
        let mut body = std::pin::pin!(body);
        let mut taken = BodyLimit::new();
        'frames: while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| self.failure(Stage::Body, error))?;
            // A frame that is no data holds trailers, which are not part of the answer.
            let Ok(mut data) = frame.into_data() else { continue };
            while data.has_remaining() {
                let chunk = data.chunk();
                let length = chunk.len();
                if taken.take(chunk).is_break() {
                    // Dropping a body before its end closes its connection.
                    break 'frames;
                }
                data.advance(length);
            }
        }
        // A new response leaves behind what else is in the extensions: the connection of a 101, say.
        let mut response = Response::new(taken.into_bytes());
        *response.status_mut() = head.status;
        *response.version_mut() = head.version;
        *response.headers_mut() = head.headers;
        if let Some(recorded) = head.extensions.remove::<Recorded>() {
            response.extensions_mut().insert(recorded);
        }
        Ok(response)
    }
}

#[async_trait]
impl<S, B> HttpTransport for TowerTransport<S>
where
    S: Service<Request<Bytes>, Response = Response<B>> + Clone + Send,
    S::Error: Into<BoxError> + Send,
    S::Future: Send,
    B: Body + Send,
    B::Data: Send,
    B::Error: Into<BoxError> + Send,
{
    async fn send(
        &self,
        mut request: Request<Bytes>,
        timeout: Duration,
    ) -> Result<Response<Bytes>, TransportError> {
        check_request(&request, timeout)?;
        *request.version_mut() = Version::HTTP_11;
        let deadline = Instant::now().checked_add(timeout).map(Deadline::new);
        if let Some(deadline) = &deadline {
            request.extensions_mut().insert(deadline.clone());
        }
        let mut limit = Limit { sleep: (self.sleep)(timeout), passed: false };
        let mut service = self.service.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match limit.within(poll_fn(|context| service.poll_ready(context)), || false).await {
            None => {
                return Err(TransportError::new(TransportErrorKind::Timeout, Delivery::NotSent));
            }
            Some(ready) => ready.map_err(|error| self.failure(Stage::Readiness, error))?,
        }
        // From here on only the service knows what has been sent.
        let timed_out = || TransportError::new(TransportErrorKind::Timeout, Delivery::MaybeSent);
        let kept = || deadline.as_ref().is_some_and(Deadline::is_kept);
        let response = limit.within(service.call(request), kept).await.ok_or_else(timed_out)?;
        let response = response.map_err(|error| self.failure(Stage::Request, error))?;
        limit.within(self.read(response), || false).await.ok_or_else(timed_out)?
    }

    async fn sleep(&self, duration: Duration) {
        (self.sleep)(duration).await;
    }
}

/// Shows nothing of the service, which may know secrets.
impl<S> fmt::Debug for TowerTransport<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TowerTransport").finish_non_exhaustive()
    }
}

/// The limit of an exchange.
struct Limit {
    sleep: Sleep,
    passed: bool,
}

impl Limit {
    /// What `future` comes to; `None` if the limit passes before, unless `kept` says that the future ends
    /// by itself.
    async fn within<T: Send>(
        &mut self,
        future: impl Future<Output = T> + Send,
        kept: impl Fn() -> bool + Send,
    ) -> Option<T> {
        let mut future = std::pin::pin!(future);
        poll_fn(move |context| {
            if let Poll::Ready(output) = future.as_mut().poll(context) {
                return Poll::Ready(Some(output));
            }
            self.passed = self.passed || self.sleep.as_mut().poll(context).is_ready();
            if self.passed && !kept() { Poll::Ready(None) } else { Poll::Pending }
        })
        .await
    }
}
