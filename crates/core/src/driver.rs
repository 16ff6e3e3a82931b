//! What both drivers read: the clocks, and a random number for each call.

use std::hash::{BuildHasher, RandomState};
use std::time::{Instant, SystemTime};

use crate::call::Now;

#[expect(clippy::disallowed_methods, reason = "a driver is where clocks are read")]
pub(crate) fn now() -> Now {
    Now { instant: Instant::now(), system: SystemTime::now() }
}

/// A number that differs from call to call and from process to process: the standard library seeds
/// its hashers from the system's randomness.
pub(crate) fn random() -> u64 {
    RandomState::new().hash_one(0)
}
