//! Sends as futures: to start, to poll, to wait for.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::Request;
use kendra_sync_blocking::Offload;
use kendra_sync_core::{Delivery, HttpTransport, TransportErrorKind};

use crate::gated::Gated;

/// The status, or the error's kind and delivery.
pub(crate) type Outcome = Result<u16, (TransportErrorKind, Delivery)>;

pub(crate) type Sending = Pin<Box<dyn Future<Output = Outcome> + Send>>;

pub(crate) fn request(path: &str) -> Request<Bytes> {
    Request::post(format!("http://kendra.test/{path}")).body(Bytes::new()).unwrap()
}

pub(crate) fn send(offload: &Offload<Gated>, path: &str, limit: Duration) -> Sending {
    let (offload, request) = (offload.clone(), request(path));
    Box::pin(async move {
        let answer = offload.send(request, limit).await;
        answer.map(|answer| answer.status().as_u16()).map_err(|e| (e.kind(), e.delivery()))
    })
}

/// 64 sends.
pub(crate) fn many(offload: &Offload<Gated>) -> Vec<Sending> {
    (0..64).map(|_| send(offload, "many", LONG)).collect()
}

pub(crate) fn poll<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(Waker::noop()))
}

/// Polls each once, in order.
pub(crate) async fn start(sends: &mut [Sending]) {
    poll_fn(|context| {
        for send in &mut *sends {
            assert!(send.as_mut().poll(context).is_pending());
        }
        Poll::Ready(())
    })
    .await;
}

/// Waits for all at the same time.
pub(crate) async fn all<F: Future<Output = Outcome> + Unpin>(mut sends: Vec<F>) -> Vec<Outcome> {
    let mut outcomes = vec![None; sends.len()];
    poll_fn(|context| {
        for (send, outcome) in sends.iter_mut().zip(&mut outcomes) {
            if outcome.is_none()
                && let Poll::Ready(ready) = Pin::new(send).poll(context)
            {
                *outcome = Some(ready);
            }
        }
        if outcomes.contains(&None) { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
    outcomes.into_iter().flatten().collect()
}

/// Opens the gate after 1000 ticks with 64 sends held at it.
pub(crate) async fn tick_and_open(gated: Gated) {
    let start = Instant::now();
    let mut ticks = 0;
    while ticks < 1000 {
        assert!(start.elapsed() < PATIENCE, "64 sends are not all in flight");
        ticks += usize::from(gated.seen(|seen| seen.inside == 64));
        smol::future::yield_now().await;
    }
    gated.open();
}

pub(crate) const UNSENT_IN_TIME: Outcome = Err((TransportErrorKind::Timeout, Delivery::NotSent));

/// A limit that no test reaches.
pub(crate) const LONG: Duration = Duration::from_secs(600);

/// After this long, what is waited for does not happen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
