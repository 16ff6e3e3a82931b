//! What the layers under ureq know of the exchange that this thread is in.
//!
//! ureq runs an exchange on the calling thread from beginning to end, but its connectors and transports
//! are not told which one they serve. So it is kept by thread.

use std::cell::Cell;
use std::time::{Duration, Instant};

use kendra_sync_core::Delivery;
use ureq::unversioned::transport::NextTimeout;

thread_local! {
    static CONNECT_BY: Cell<Option<Instant>> = const { Cell::new(None) };
    static DELIVERY: Cell<Delivery> = const { Cell::new(Delivery::NotSent) };
}

/// Begins an exchange, whose connection must be there by `connect_by`.
pub(crate) fn begin(connect_by: Instant) {
    CONNECT_BY.set(Some(connect_by));
    DELIVERY.set(Delivery::NotSent);
}

/// How long connecting may still take.
pub(crate) fn connect_left() -> Duration {
    CONNECT_BY.get().map_or(Duration::MAX, |by| by.saturating_duration_since(Instant::now()))
}

/// What connecting has left, if that is less than `timeout`.
pub(crate) fn limit(timeout: NextTimeout) -> NextTimeout {
    let left = ureq::unversioned::transport::time::Duration::Exact(connect_left());
    NextTimeout { after: if left < timeout.after { left } else { timeout.after }, ..timeout }
}

/// Bytes of the request are about to be written.
pub(crate) fn sending() {
    DELIVERY.set(Delivery::MaybeSent);
}

/// Whether bytes of the request can have been written.
pub(crate) fn delivery() -> Delivery {
    DELIVERY.get()
}
