//! What a client is told: where to call, for which region, within which limits.

use std::time::Duration;

use crate::endpoint::{Endpoint, EndpointVariant};
use crate::region::Region;
use crate::retry::RetryPolicy;

/// The settings of a [`Client`](crate::Client).
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use kendra_sync_core::{Config, Endpoint, Region};
///
/// let config = Config::new(Region::new("eu-west-1")?)
///     .endpoint(Endpoint::parse("http://localhost:8080")?)
///     .operation_timeout(Duration::from_secs(10));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Config {
    pub(crate) region: Region,
    pub(crate) endpoint: Endpoint,
    pub(crate) operation_timeout: Duration,
    pub(crate) attempt_timeout: Duration,
    pub(crate) retry: RetryPolicy,
}

impl Config {
    /// Kendra's standard endpoint in `region`; 30 s for each attempt, 60 s for the whole operation.
    pub fn new(region: Region) -> Self {
        Self {
            endpoint: Endpoint::of_region(&region, EndpointVariant::Standard),
            region,
            operation_timeout: Duration::from_secs(60),
            attempt_timeout: Duration::from_secs(30),
            retry: RetryPolicy::OFF,
        }
    }

    /// Calls `endpoint` instead. Requests are still signed for the region.
    #[must_use]
    pub fn endpoint(mut self, endpoint: Endpoint) -> Self {
        self.endpoint = endpoint;
        self
    }

    /// Limits the whole operation: credentials, attempts, and waits between them. 60 s by default.
    #[must_use]
    pub fn operation_timeout(mut self, limit: Duration) -> Self {
        self.operation_timeout = limit;
        self
    }

    /// Limits each attempt, from connecting to the last byte of the answer. 30 s by default.
    #[must_use]
    pub fn attempt_timeout(mut self, limit: Duration) -> Self {
        self.attempt_timeout = limit;
        self
    }
}
