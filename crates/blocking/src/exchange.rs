//! What the layers under ureq know of the exchange that this thread is in.
//!
//! ureq runs an exchange on the calling thread from beginning to end, but its connectors and transports
//! are not told which one they serve. So it is kept by thread.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use kendra_sync_core::Delivery;
use ureq::unversioned::transport::NextTimeout;

thread_local! {
    static EXCHANGE: RefCell<State> = const { RefCell::new(State::NONE) };
    static WITHDRAWN: RefCell<Option<Arc<AtomicBool>>> = const { RefCell::new(None) };
}

/// How far an exchange is.
struct State {
    /// When its connection must be there.
    connect_by: Option<Instant>,
    delivery: Delivery,
    /// The body says itself where it ends: the connection's end is a cut.
    body_delimited: bool,
    /// How many bytes have come.
    received: usize,
}

impl State {
    const NONE: Self =
        Self { connect_by: None, delivery: Delivery::NotSent, body_delimited: false, received: 0 };
}

/// An exchange that has begun. Until it is dropped, the layers below know of it.
///
/// It may begin inside another one, in a logger that itself sends: dropping it goes back to that.
pub(crate) struct Exchange {
    outer: State,
}

impl Exchange {
    /// Begins one whose connection must be there by `connect_by`.
    pub(crate) fn begin(connect_by: Instant) -> Self {
        let state = State { connect_by: Some(connect_by), ..State::NONE };
        Self { outer: EXCHANGE.replace(state) }
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        let outer = std::mem::replace(&mut self.outer, State::NONE);
        EXCHANGE.set(outer);
    }
}

/// Runs `send`, which gives up before the request's first byte when `withdrawn` is set.
pub(crate) fn unless<T>(withdrawn: Arc<AtomicBool>, send: impl FnOnce() -> T) -> T {
    let outer = WITHDRAWN.replace(Some(withdrawn));
    let sent = send();
    WITHDRAWN.set(outer);
    sent
}

/// How long connecting may still take.
pub(crate) fn connect_left() -> Duration {
    let by = EXCHANGE.with_borrow(|state| state.connect_by);
    by.map_or(Duration::MAX, |by| by.saturating_duration_since(Instant::now()))
}

/// What connecting has left, if that is less than `timeout`.
pub(crate) fn limit(timeout: NextTimeout) -> NextTimeout {
    let left = ureq::unversioned::transport::time::Duration::Exact(connect_left());
    NextTimeout { after: if left < timeout.after { left } else { timeout.after }, ..timeout }
}

/// Bytes of the request are about to be written; false if they must not be.
pub(crate) fn sending() -> bool {
    EXCHANGE.with_borrow_mut(|state| {
        let withdrawn =
            || WITHDRAWN.with_borrow(|w| w.as_ref().is_some_and(|w| w.load(Ordering::Acquire)));
        if state.delivery == Delivery::NotSent && withdrawn() {
            return false;
        }
        state.delivery = Delivery::MaybeSent;
        true
    })
}

/// Whether bytes of the request can have been written.
pub(crate) fn delivery() -> Delivery {
    EXCHANGE.with_borrow(|state| state.delivery)
}

/// The answer's head is there; its body says itself where it ends, or not.
pub(crate) fn head_read(body_delimited: bool) {
    EXCHANGE.with_borrow_mut(|state| state.body_delimited = body_delimited);
}

/// So many more bytes have come; how many in all.
pub(crate) fn received(more: usize) -> usize {
    EXCHANGE.with_borrow_mut(|state| {
        state.received = state.received.saturating_add(more);
        state.received
    })
}

/// Whether the connection's end is a cut.
pub(crate) fn body_delimited() -> bool {
    EXCHANGE.with_borrow(|state| state.body_delimited)
}
