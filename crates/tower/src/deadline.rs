//! When an exchange must have ended.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// Stands in the extensions of a request: nobody waits for its answer any longer after this.
///
/// [`TowerTransport`](crate::TowerTransport) puts it there, for a service that knows what was sent, or
/// cannot be stopped by dropping its future.
#[derive(Clone, Debug)]
pub struct Deadline {
    instant: Instant,
    kept: Arc<AtomicBool>,
}

impl Deadline {
    /// At this instant.
    pub fn new(instant: Instant) -> Self {
        Self { instant, kept: Arc::default() }
    }

    /// The instant.
    pub fn instant(&self) -> Instant {
        self.instant
    }

    /// Promises that the service's future ends by then by itself, with a `TransportError` that says whether
    /// anything was sent. It is not dropped for the limit's sake; reading the body may still be.
    pub fn keep(&self) -> Instant {
        self.kept.store(true, Ordering::Release);
        self.instant
    }

    pub(crate) fn is_kept(&self) -> bool {
        self.kept.load(Ordering::Acquire)
    }
}
