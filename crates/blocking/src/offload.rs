//! A blocking transport for async callers: its exchanges run on threads.

use std::fmt;
use std::future::{Future, poll_fn};
use std::num::NonZeroUsize;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use futures_timer::Delay;
use http::{Request, Response};
use kendra_sync_core::{Delivery, HttpTransport, TransportError, TransportErrorKind, blocking};
use tokio::sync::oneshot;

use crate::exchange;
use crate::threads::{Job, NotStarted, Threads};

/// Makes a blocking transport an async one, for any executor.
///
/// Each `send` runs on a thread, so that the executor never waits for the network. Threads are started
/// when there is something to send, at most 128 of them unless [`threads`](Self::threads) says
/// otherwise; further requests queue, oldest first. A thread that has had nothing to do for 10 s ends.
/// Clones share the threads, and are cheap.
///
/// # Time limits
///
/// `timeout` counts from the call, queueing included. A request that is still queued when it passes
/// ends as [`Timeout`](TransportErrorKind::Timeout) and [`NotSent`](Delivery::NotSent). One that a
/// thread has taken gets what is left, and the blocking transport's own limit ends it.
///
/// The timer is that of futures-timer, one thread for the process. As that crate does, `send` and
/// `sleep` panic if the system refuses to start it.
///
/// # Dropping the future
///
/// - While the request is queued, it is withdrawn and never sent.
/// - While a [`BlockingTransport`](crate::BlockingTransport) connects, it ends before the request's
///   first byte.
/// - After that, and from the beginning with another blocking transport, nothing can interrupt it: the
///   exchange goes on until it ends or its `timeout` passes, with its thread, and its result is
///   dropped. The request may still reach the server after the drop, so here number 12 of the
///   [`HttpTransport`] contract holds only in part.
///
/// # Dropping the transport
///
/// When the last clone is dropped, idle threads end at once, and others after the exchange they are in.
/// Nothing waits for them.
///
/// # Examples
///
/// ```
/// use std::num::NonZeroUsize;
///
/// use kendra_sync_blocking::{BlockingTransport, Offload};
/// use kendra_sync_core::{Client, Config, Credentials};
///
/// /// At most 16 exchanges at a time.
/// fn client(credentials: Credentials, config: Config) -> Client<Offload<BlockingTransport>> {
///     let threads = NonZeroUsize::new(16).expect("16 is not zero");
///     let transport = Offload::new(BlockingTransport::new()).threads(threads);
///     Client::new(transport, credentials, config)
/// }
/// ```
pub struct Offload<T> {
    transport: Arc<T>,
    threads: Arc<Threads<Exchange<T>>>,
}

impl<T: blocking::HttpTransport + 'static> Offload<T> {
    /// Sends over `transport`, on at most 128 threads. Starts none yet.
    pub fn new(transport: T) -> Self {
        Self { transport: Arc::new(transport), threads: Arc::new(Threads::new(THREADS)) }
    }

    /// Uses at most `bound` threads, so that at most as many exchanges run at a time.
    ///
    /// Clones made before keep the threads that they share, and their bound.
    #[must_use]
    pub fn threads(self, bound: NonZeroUsize) -> Self {
        Self { transport: self.transport, threads: Arc::new(Threads::new(bound)) }
    }
}

#[async_trait]
impl<T: blocking::HttpTransport + 'static> HttpTransport for Offload<T> {
    async fn send(
        &self,
        request: Request<Bytes>,
        timeout: Duration,
    ) -> Result<Response<Bytes>, TransportError> {
        if timeout.is_zero() {
            return Err(timed_out_unsent());
        }
        let (reply, mut answer) = oneshot::channel();
        let unwanted = Unwanted(Arc::default());
        let place = self.threads.queue(Exchange {
            transport: Arc::clone(&self.transport),
            request,
            timeout,
            deadline: Instant::now().checked_add(timeout),
            withdrawn: Arc::clone(&unwanted.0),
            reply,
        });
        let mut limit = Delay::new(timeout);
        let answered = poll_fn(|context| match Pin::new(&mut answer).poll(context) {
            Poll::Ready(outcome) => Poll::Ready(Some(outcome)),
            Poll::Pending => Pin::new(&mut limit).poll(context).map(|()| None),
        });
        let outcome = match answered.await {
            Some(outcome) => outcome,
            None if place.withdraw() => return Err(timed_out_unsent()),
            None => answer.await,
        };
        // The reply is dropped unused only by a panic, while the exchange runs.
        outcome.unwrap_or_else(|_dropped| {
            let error = TransportError::new(TransportErrorKind::Other, Delivery::MaybeSent);
            Err(error.with_source("the blocking transport panicked"))
        })
    }

    async fn sleep(&self, duration: Duration) {
        Delay::new(duration).await;
    }
}

impl<T> Clone for Offload<T> {
    fn clone(&self) -> Self {
        Self { transport: Arc::clone(&self.transport), threads: Arc::clone(&self.threads) }
    }
}

/// Shows the blocking transport and the bound, nothing of what is being sent.
impl<T: blocking::HttpTransport + 'static> fmt::Debug for Offload<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Offload")
            .field("transport", &self.transport)
            .field("threads", &self.threads.bound())
            .finish()
    }
}

/// One request on its way to a thread.
struct Exchange<T> {
    transport: Arc<T>,
    request: Request<Bytes>,
    timeout: Duration,
    /// None if `timeout` ends after the last instant that there is.
    deadline: Option<Instant>,
    withdrawn: Arc<AtomicBool>,
    reply: Reply,
}

/// Once dropped, nobody waits for the answer.
struct Unwanted(Arc<AtomicBool>);

impl Drop for Unwanted {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

type Reply = oneshot::Sender<Result<Response<Bytes>, TransportError>>;

impl<T: blocking::HttpTransport + 'static> Job for Exchange<T> {
    fn run(self) {
        let left = self
            .deadline
            .map_or(self.timeout, |deadline| deadline.saturating_duration_since(Instant::now()));
        let outcome = if left.is_zero() {
            Err(timed_out_unsent())
        } else {
            exchange::unless(self.withdrawn, || self.transport.send(self.request, left))
        };
        // First, so that whoever has the answer and drops the last `Offload` has dropped the transport.
        drop(self.transport);
        // Without a receiver the future was dropped: nobody wants the outcome.
        let _ = self.reply.send(outcome);
    }

    fn refuse(self, error: NotStarted) {
        let refused = TransportError::new(TransportErrorKind::Other, Delivery::NotSent);
        let _ = self.reply.send(Err(refused.with_source(error)));
    }
}

fn timed_out_unsent() -> TransportError {
    TransportError::new(TransportErrorKind::Timeout, Delivery::NotSent)
}

const THREADS: NonZeroUsize = NonZeroUsize::new(128).expect("128 is not zero");

#[cfg(test)]
mod tests {
    use std::error::Error as _;
    use std::io;

    use super::*;

    #[test]
    fn a_thread_that_comes_too_late_does_not_send() {
        let (reply, mut answer) = oneshot::channel();
        exchange(reply).run();
        let error = answer.try_recv().unwrap().unwrap_err();
        let told = (error.kind(), error.delivery());
        assert_eq!(told, (TransportErrorKind::Timeout, Delivery::NotSent));
    }

    #[test]
    fn without_a_thread_nothing_was_sent() {
        let (reply, mut answer) = oneshot::channel();
        exchange(reply).refuse(NotStarted(Arc::new(io::ErrorKind::WouldBlock.into())));
        let error = answer.try_recv().unwrap().unwrap_err();
        let told = (error.kind(), error.delivery());
        assert_eq!(told, (TransportErrorKind::Other, Delivery::NotSent));
        assert_eq!(error.source().unwrap().to_string(), "could not start a thread");
    }

    /// Its limit has passed.
    fn exchange(reply: Reply) -> Exchange<Idle> {
        Exchange {
            transport: Arc::new(Idle),
            request: Request::new(Bytes::new()),
            timeout: Duration::from_secs(1),
            deadline: Some(Instant::now()),
            withdrawn: Arc::default(),
            reply,
        }
    }

    #[derive(Debug)]
    struct Idle;

    impl blocking::HttpTransport for Idle {
        fn send(
            &self,
            _request: Request<Bytes>,
            _timeout: Duration,
        ) -> Result<Response<Bytes>, TransportError> {
            panic!("nothing is to be sent");
        }

        fn sleep(&self, _duration: Duration) {
            panic!("nothing is to sleep");
        }
    }
}
